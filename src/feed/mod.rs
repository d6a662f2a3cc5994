//! Bytes to items: what a feed's body says, whatever its encoding, dialect and faults.
//!
//! This module owns the reading of feeds (and `feed-rs`, `quick-xml`, `chardetng`, `encoding_rs`, `html2text` with it),
//! the identity of an item within its feed, and the feed list as OPML. It knows `model` and nothing else: bytes and values
//! in, values out; `now` is a parameter. It never panics and never gives up a feed for one bad item.
//!
//! The way of a body:
//!
//! 1. Bytes become text: byte order mark, HTTP charset, prolog, then detection.
//! 2. A survey finds out whether `feed-rs` reads the text fully: well-formed, usual vocabulary, within the bounds.
//! 3. `feed-rs` reads what it reads fully; the tolerant reader of this module reads the rest.
//! 4. Texts become plain, addresses absolute, dates instants.

mod alternates;
mod charset;
mod dates;
mod feed_rs_reader;
mod identity;
mod json;
mod markup;
mod months;
mod namespaces;
pub mod opml;
mod packed;
mod raw;
mod refine;
mod refusal;
mod scan;
mod source;
mod survey;
mod tolerant;

pub use alternates::{FeedLink, alternates};
pub use identity::{IDENTITY_VERSION, Identity, identities, identity, title_key};
pub use source::{Limits, NotAFeed, Source};

use url::Url;

use self::raw::RawFeed;
use self::tolerant::Extent;
use crate::model::ParsedFeed;

/// Reads a feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.x.
///
/// What could be read is in the items; what was odd, mended or lost is in the warnings. Broken XML gives the items before
/// the break.
///
/// # Errors
/// [`NotAFeed`] where the bytes hold no feed: empty, a web page, a challenge page, another kind of document.
pub fn parse(bytes: &[u8], source: &Source<'_>) -> Result<ParsedFeed, NotAFeed> {
    let base = source.base_url.and_then(|base| Url::parse(base).ok());
    let mut warnings = Vec::new();
    let bytes = packed::unpacked(bytes, source.limits.document_bytes, &mut warnings);
    let decoded = charset::decode(&bytes, source.content_type, base.as_ref().and_then(Url::host_str));
    let text = decoded.text.trim();
    if text.is_empty() {
        return Err(NotAFeed::Empty);
    }
    let mut raw = read(text, base.as_ref(), source)?;
    warnings.extend(decoded.warnings);
    raw.warnings.splice(0..0, warnings);
    Ok(refine::refine(raw, base, source))
}

/// Reads a text by the reader that reads it fully.
fn read<'a>(text: &'a str, base: Option<&Url>, source: &Source<'_>) -> Result<RawFeed<'a>, NotAFeed> {
    let items = source.limits.items;
    if text.starts_with('{') {
        let feed = (survey::survey_json(text) == survey::Reader::FeedRs)
            .then(|| feed_rs_reader::read(text, base, items))
            .flatten();
        return match feed {
            Some(feed) => Ok(feed),
            None => json::read(text, items).map_err(|refusal| refusal::of_json(refusal, text)),
        };
    }
    if survey::survey(text, &source.limits) == survey::Reader::FeedRs
        && let Some(feed) = feed_rs_reader::read(text, base, items)
    {
        return Ok(with_head(feed, text, base, source));
    }
    tolerant::read(text, base, &source.limits, Extent::Whole).map_err(|refusal| refusal::of_xml(&refusal, text, source))
}

/// What `feed-rs` does not tell of a feed is read from its head.
fn with_head<'a>(mut feed: RawFeed<'a>, text: &'a str, base: Option<&Url>, source: &Source<'_>) -> RawFeed<'a> {
    if let Ok(head) = tolerant::read(text, base, &source.limits, Extent::Head) {
        feed.format = head.format;
        feed.title = head.title.or(feed.title);
        feed.link = head.link.or(feed.link);
        feed.language = head.language.or(feed.language);
        feed.hints = head.hints;
    }
    feed
}

#[cfg(test)]
mod tests;
