//! HTTP: clients with TLS, proxies and the guard that keeps them on the public internet; GET for the poller, POST for
//! deliveries.
//!
//! The only module that names `reqwest` and `rustls`. Knows nothing of feeds.

mod address_guard;
mod client;
mod coding;
mod cookies;
mod error;
mod get;
mod lookup;
mod post;

pub use client::ClientOptions;
pub(crate) use client::{Clients, check_header, check_proxy, check_url};
pub(crate) use coding::decoded;
pub(crate) use cookies::Cookies;
pub use error::ClientError;
pub(crate) use error::{RequestError, RequestErrorKind};
pub(crate) use get::{Get, Response};
pub(crate) use lookup::{LOOKUPS, look_up};
pub(crate) use post::{Answer, Post, PostError, Poster};
/// The types of headers and status codes, which are those of the `http` crate.
pub(crate) use reqwest::{
    StatusCode,
    header::{self, HeaderMap, HeaderName},
};
