//! The one writer: what was fetched or imported becomes items, tags, sightings and the feed's new state.
//!
//! [`Engine`] is the pure half (read, tag, fingerprint) and runs on as many threads as there are; [`Writer`] is the
//! serial half (known or new, duplicate or not, store) and alone writes items. One poll of one feed lands whole or not
//! at all; polls that wait together share a transaction.

mod another;
mod boilerplate;
mod decide;
mod engine;
mod import;
mod in_hand;
mod likeness;
mod resolve;
mod window;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use engine::{Engine, Options, PreparedFeed, url_key};
pub(crate) use import::{ImportItem, Imported};
pub(crate) use in_hand::InHand;
pub(crate) use resolve::Counts;
pub use writer::Writer;
pub(crate) use writer::{LABELS, Poll, Recorded};
