//! The pages and the interface for programs, over HTTP. Owns `axum`, `hyper` and `listenfd`.
//!
//! A page is a plain function from a [`Visit`](visit::Visit), which has a reader of the store, to an
//! [`Answer`](answer::Answer); it runs on a thread where it may block. `visit` turns such functions into routes.
//! Everything else happens around them, for all pages alike: `guard` decides who may ask, `answer` adds headers, `ETag`
//! and 304, `server` limits connections and time.
//!
//! Pages only read. They need no script, load nothing from other hosts, and are written with the blocks and charts of
//! digests (`render`).

mod access;
mod answer;
mod api;
mod assets;
mod candidates;
mod conditions;
mod feed_orders;
mod guard;
mod health;
mod layout;
mod local;
mod map;
mod metrics;
mod pages;
mod patient;
mod reports;
mod request;
mod routes;
mod searches;
mod server;
mod site;
mod sources;
mod stars;
mod stream;
mod today;
mod token;
mod visit;

pub(crate) use local::LocalApi;
pub(crate) use searches::found_since;
pub(crate) use server::Server;
pub use server::Sockets;
pub(crate) use site::Site;
pub(crate) use token::new_token;
