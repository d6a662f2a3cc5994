//! HTTP clients for the poller and for deliveries: TLS, proxies, and the guard that keeps them on the public internet.
//!
//! Owns the making of `reqwest` clients. Knows nothing of feeds.

pub(crate) mod address_guard;
mod client;
mod error;
mod post;

pub use client::ClientOptions;
pub(crate) use client::Clients;
pub use error::ClientError;
pub(crate) use error::{LookupError, REFUSED, causes, chain};
pub(crate) use post::{Answer, Post, PostError, Poster};
