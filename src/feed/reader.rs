//! Text to items: one scan decides, then one reader reads.
//!
//! Readers return fields as the feed writes them; [`super::normalize`] makes texts plain and addresses absolute.

mod feed_rs;
mod json_feed;
mod namespaces;
mod prescan;
mod raw;
mod tolerant;

use url::Url;

pub(super) use self::raw::{RawFeed, RawItem, RawLink, RawText, Refusal};
use super::source::Limits;

/// Reads a document with the reader that can read all of it.
pub(super) fn read<'a>(text: &'a str, base: Option<&Url>, limits: &Limits) -> Result<RawFeed<'a>, Refusal> {
    if text.starts_with('{') {
        let feed = prescan::suits_feed_rs(text).then(|| feed_rs::read(text, base, limits.items)).flatten();
        return feed.map_or_else(|| json_feed::read(text, limits.items), Ok);
    }
    read_by_feed_rs(text, base, limits).map_or_else(|| tolerant::read(text, base, limits), Ok)
}

/// Reads a document with `feed-rs`, if the scan finds it suitable; the head comes from the scan, the items from
/// `feed-rs`.
fn read_by_feed_rs<'a>(text: &'a str, base: Option<&Url>, limits: &Limits) -> Option<RawFeed<'a>> {
    let head = prescan::prescan(text, base, limits).ok()?;
    let read = feed_rs::read(text, base, limits.items)?;
    Some(RawFeed {
        title: head.title.or(read.title),
        link: head.link.or(read.link),
        language: head.language.or(read.language),
        items: read.items,
        unread_dates: read.unread_dates,
        warnings: read.warnings,
        format: head.format,
        hints: head.hints,
        own_address: head.own_address,
    })
}

#[cfg(test)]
mod tests;
