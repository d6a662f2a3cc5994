//! Bytes to items: what a feed's body says, whatever its encoding, dialect and faults.
//!
//! This module owns the reading of feeds (and `feed-rs`, `quick-xml`, `chardetng`, `encoding_rs`, `html2text` with it),
//! the identity of an item within its feed, and the feed list as OPML. It knows `model` and nothing else: bytes and values
//! in, values out; `now` is a parameter. It never panics and never gives up a feed for one bad item.
//!
//! The way of a body:
//!
//! 1. [`charset`](self) turns bytes into text: byte order mark, HTTP charset, prolog, then detection.
//! 2. The text is looked over: is it a feed at all, is it well-formed, does it stay within the bounds?
//! 3. `feed-rs` reads what it reads fully; the tolerant reader of this module reads the rest.
//! 4. Texts become plain, addresses absolute, dates instants.

mod alternates;
mod charset;
mod feed_rs_reader;
mod identity;
mod markup;
pub mod opml;
mod source;

pub use alternates::{FeedLink, alternates};
pub use identity::{IDENTITY_VERSION, Identity, identities, identity, title_key};
pub use source::{Limits, NotAFeed, Source};

use crate::model::ParsedFeed;

/// Reads a feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.x.
///
/// What could be read is in the items; what was odd, mended or lost is in the warnings. Broken XML gives the items before
/// the break.
///
/// # Errors
/// [`NotAFeed`] where the bytes hold no feed: empty, a web page, a challenge page, another kind of document.
pub fn parse(bytes: &[u8], source: &Source<'_>) -> Result<ParsedFeed, NotAFeed> {
    let decoded = charset::decode(bytes, source.content_type);
    feed_rs_reader::read(&decoded.text, source).map(|mut feed| {
        feed.warnings.splice(0..0, decoded.warnings);
        feed
    })
}

#[cfg(test)]
mod tests;
