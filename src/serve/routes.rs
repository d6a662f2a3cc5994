//! The routes of the site.

use std::sync::Arc;

use axum::Router;
use axum::middleware;

use super::guard::guard;
use super::site::Site;
use super::visit::{get, get_plain, post, post_plain};
use super::{api, assets, feed_orders, health, metrics, pages, searches, stars};

/// Returns all routes of a site.
pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(pages::today::page))
        .route("/stories/{id}", get(pages::story::page))
        .route("/items/{id}", get(pages::story::of_item))
        .route("/issues", get(pages::issues::archive))
        .route("/issues/{cadence}", get(pages::issues::archive))
        .route("/issues/{cadence}/{label}", get(pages::issues::page))
        .route("/places", get(pages::places::page))
        .route("/trends", get(pages::trends::page))
        .route("/relations", get(pages::relations::page))
        .route("/relations/{a}/{b}", get(pages::pair::page))
        .route("/reading", get(pages::reading::page))
        .route("/stars", get(stars::page).merge(post(stars::change)))
        .route("/stars/{name}", get(stars::dossier))
        .route("/search", get(pages::search::page))
        .route("/search.atom", get(searches::atom))
        .route("/search.json", get(searches::json))
        .route("/searches", get(searches::page).merge(post(searches::change)))
        .route("/feeds", get(pages::feeds::list).merge(post(feed_orders::change)))
        .route("/feeds.opml", get(feed_orders::list))
        .route("/feeds/{id}", get(pages::feeds::page))
        .route("/lexicon", get_plain(pages::lexicon::page).merge(post_plain(pages::lexicon::text)))
        .route("/lexicon/candidates", get(pages::lexicon::candidates))
        .route("/login", get_plain(pages::login::form).merge(post_plain(pages::login::enter)))
        .route("/logout", post_plain(pages::login::leave))
        .route("/assets/{name}", get_plain(assets::file))
        .route("/robots.txt", get_plain(assets::robots))
        .route("/healthz", get_plain(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::page))
        .merge(api::routes())
        .fallback_service(get_plain(pages::unknown).with_state(Arc::clone(&site)))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), guard))
        .with_state(site)
}
