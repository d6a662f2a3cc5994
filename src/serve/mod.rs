//! The pages and the interface for programs, over HTTP. Owns `axum`, `hyper` and `listenfd`.
//!
//! A page is a plain function from a [`Visit`](visit::Visit), which has a reader of the store, to an
//! [`Answer`](answer::Answer); it runs on a thread where it may block. `visit` turns such functions into routes.
//! Everything else happens around them, for all pages alike: `guard` decides who may ask, `answer` adds headers, `ETag`
//! and 304, `server` limits connections and time.
//!
//! Pages only read. They need no script, load nothing from other hosts, and are written with the blocks and charts of
//! digests (`render`).

mod answer;
mod api;
mod assets;
mod guard;
mod health;
mod layout;
mod metrics;
mod pages;
mod patient;
mod server;
mod site;
mod today;
mod token;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::middleware;

pub(crate) use server::Server;
pub use server::Sockets;
pub(crate) use site::Site;
pub(crate) use token::new_token;

use site::Site as State;
use visit::{get, get_plain, post_plain};

/// All routes of the site.
fn router(site: Arc<State>) -> Router {
    Router::new()
        .route("/", get(pages::today::page))
        .route("/stories/{id}", get(pages::story::page))
        .route("/items/{id}", get(pages::story::of_item))
        .route("/issues", get(pages::issues::archive))
        .route("/issues/{cadence}", get(pages::issues::archive))
        .route("/issues/{cadence}/{label}", get(pages::issues::page))
        .route("/search", get(pages::search::page))
        .route("/feeds", get(pages::feeds::list))
        .route("/feeds/{id}", get(pages::feeds::page))
        .route("/login", get_plain(pages::login::form).merge(post_plain(pages::login::enter)))
        .route("/logout", post_plain(pages::login::leave))
        .route("/assets/{name}", get_plain(assets::file))
        .route("/robots.txt", get_plain(assets::robots))
        .route("/healthz", get_plain(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::page))
        .merge(api::routes())
        .fallback_service(get_plain(pages::unknown).with_state(Arc::clone(&site)))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), guard::guard))
        .with_state(site)
}
