//! Bytes to items: reads the body of a feed, whatever its encoding, dialect and faults.
//!
//! This module owns the reading of feeds (with `feed-rs`, `quick-xml`, `chardetng` and `encoding_rs`), the identity of
//! an item within its feed, and the feed list as OPML. It is pure: bytes and values in, values out; `now` is a
//! parameter. It never panics and never gives up a feed because of one bad item.
//!
//! The path of a body:
//!
//! 1. Bytes become text: byte order mark, HTTP charset, XML declaration, then detection.
//! 2. One scan finds out whether `feed-rs` can read all of the text: well-formed, usual vocabulary, within the limits.
//! 3. `feed-rs` reads the text if it can, else the tolerant reader of this module does.
//! 4. Texts become plain, addresses absolute, dates instants.
//!
//! `docs/reading.md` explains the rules and why there are two readers.

mod address;
mod autodiscovery;
mod charset;
mod dates;
mod identity;
mod months;
mod normalize;
mod not_a_feed;
pub mod opml;
mod reader;
mod source;
mod title_days;

use url::Url;

use crate::model::ParsedFeed;

pub(crate) use address::web_address;
pub(crate) use autodiscovery::{FeedLink, named_by_header};
pub(crate) use dates::{Meaning, meaning, parse as parse_date};
pub use identity::{Identity, identities, identity, title_key};
pub(crate) use identity::{are_on_list_page, possible_identities};
pub use not_a_feed::NotAFeed;
pub(crate) use reader::repaired_json;
pub use source::{Limits, Source};
pub(crate) use title_days::title_days;

/// Reads a feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.x.
///
/// Anything odd, repaired or lost is reported in the warnings. Broken XML gives the items before the break.
///
/// # Errors
/// [`NotAFeed`] if the bytes are not a feed: empty, a web page, a challenge page, another kind of document.
pub fn parse(bytes: &[u8], source: &Source<'_>) -> Result<ParsedFeed, NotAFeed> {
    let base = source.base_url.and_then(|base| Url::parse(base).ok());
    let mut warnings = Vec::new();
    let bytes = charset::decompressed(bytes, source.limits.document_bytes, &mut warnings);
    let decoded = charset::decode(&bytes, source.content_type, base.as_ref().and_then(Url::host_str));
    let text = decoded.text.trim();
    if text.is_empty() {
        return Err(NotAFeed::Empty);
    }
    let mut raw = reader::read(text, base.as_ref(), &source.limits)
        .map_err(|refusal| not_a_feed::explain(refusal, text, source))?;
    warnings.extend(decoded.warnings);
    raw.warnings.splice(0..0, warnings);
    Ok(normalize::normalize(raw, base, source))
}

#[cfg(test)]
mod tests;
