//! Reads documents with `feed-rs`: those that [`super::prescan`] finds well-formed and in the usual vocabulary.
//!
//! `feed-rs` invents what a feed does not give: ids of items, the time of change. This module removes it.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use feed_rs::model::{Category, Entry, Feed, FeedType, Link, MediaObject, Person, Text};
use jiff::Timestamp;
use url::Url;

use super::newest::NewestItems;
use super::raw::{RawFeed, RawItem, RawLink, RawText};
use crate::feed::dates;
use crate::model::FeedFormat;
use crate::text::html::TextKind;

/// Reads a document; `None` if `feed-rs` refuses it or panics.
pub(super) fn read(text: &str, base: Option<&Url>, items: usize) -> Option<RawFeed<'static>> {
    let unread_dates = Arc::new(AtomicUsize::new(0));
    let unread = Arc::clone(&unread_dates);
    let parser = feed_rs::parser::Builder::new()
        .base_uri(base.map(Url::as_str))
        .id_generator(|_, _, _| String::new())
        .sanitize_content(false)
        .timestamp_parser(move |text| {
            let date = dates::parse(text);
            unread.fetch_add(usize::from(date.is_none() && !text.trim().is_empty()), Ordering::Relaxed);
            date.map(|date| SystemTime::from(date).into())
        })
        .build();
    // Documents on which it is known to panic are not passed to it; an unknown one must not cost the feed.
    let feed = catch_unwind(AssertUnwindSafe(|| parser.parse(without_prolog(text).as_bytes()))).ok()?.ok()?;
    let mut raw = convert(feed, items);
    raw.unread_dates = unread_dates.load(Ordering::Relaxed);
    Some(raw)
}

/// Returns the document without its XML declaration: by now the text is UTF-8, whatever that says.
fn without_prolog(text: &str) -> &str {
    match text.trim_start().strip_prefix("<?xml") {
        Some(behind) => behind.split_once("?>").map_or(text, |(_, body)| body),
        None => text,
    }
}

fn convert(feed: Feed, items: usize) -> RawFeed<'static> {
    let (format, is_said) = match feed.feed_type {
        FeedType::Atom => (FeedFormat::Atom10, true),
        FeedType::JSON => (FeedFormat::JsonFeed, true),
        FeedType::RSS0 => (FeedFormat::Rss09, false),
        FeedType::RSS1 => (FeedFormat::Rss10, false),
        FeedType::RSS2 => (FeedFormat::Rss20, false),
    };
    let mut raw = RawFeed::new(format);
    raw.title = feed.title.and_then(|title| text(title, is_said));
    raw.link = link(feed.links, false);
    raw.language = feed.language.map(Cow::Owned);
    let mut newest = NewestItems::new(items);
    newest.extend(feed.entries.into_iter().map(|entry| item(entry, format, is_said)));
    (raw.items, raw.items_left_out) = newest.finish();
    raw
}

fn item(entry: Entry, format: FeedFormat, is_said: bool) -> RawItem<'static> {
    let mut summary = entry.summary.and_then(|summary| text(summary, is_said));
    let mut title = entry.title.and_then(|title| text(title, is_said));
    let content = entry.content.and_then(|content| {
        let kind = kind(content.content_type.as_str(), true)?;
        raw_text(content.body?, kind)
    });
    for media in entry.media {
        let MediaObject { title: media_title, description, .. } = media;
        title = title.or_else(|| media_title.and_then(|title| text(title, false)));
        summary = summary.or_else(|| description.and_then(|description| text(description, false)));
    }
    let published = entry.published.and_then(|date| instant(date.timestamp(), date.timestamp_subsec_nanos()));
    let updated = entry.updated.and_then(|date| instant(date.timestamp(), date.timestamp_subsec_nanos()));
    let id = entry.id.trim();
    RawItem {
        // The scan leaves items that need it to the other reader.
        other_links: Vec::new(),
        original_link: None,
        id: (!id.is_empty()).then(|| Cow::Owned(id.to_owned())),
        title,
        link: link(entry.links, format == FeedFormat::JsonFeed),
        published,
        // For RSS, feed-rs copies the time of publication if there is no time of change.
        updated: updated.filter(|_| is_said || updated != published),
        summary,
        content,
        authors: entry.authors.into_iter().filter_map(author).collect(),
        categories: entry.categories.into_iter().map(category).collect(),
        language: entry.language.map(Cow::Owned),
    }
}

fn instant(seconds: i64, nanoseconds: u32) -> Option<Timestamp> {
    Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok()
}

/// Returns the kind of a text by its media type, or `None` if it is not text.
fn kind(media_type: &str, is_said: bool) -> Option<TextKind> {
    match media_type {
        "text/plain" if is_said => Some(TextKind::Plain),
        "text/plain" => Some(TextKind::Unspecified),
        _ if media_type.contains("html") && !is_said => Some(TextKind::Unspecified),
        _ if media_type.contains("html") || media_type.contains("xml") => Some(TextKind::Html),
        _ if media_type.starts_with("text/") => Some(TextKind::Unspecified),
        _ => None,
    }
}

fn text(text: Text, is_said: bool) -> Option<RawText<'static>> {
    let kind = kind(text.content_type.as_str(), is_said)?;
    raw_text(text.content, kind)
}

fn raw_text(text: String, kind: TextKind) -> Option<RawText<'static>> {
    (!text.trim().is_empty()).then_some(RawText { text: Cow::Owned(text), kind })
}

/// Returns the link of a feed or item: an `alternate`, preferably to a web page. In JSON Feed it is the first.
fn link(links: Vec<Link>, is_first: bool) -> Option<RawLink<'static>> {
    let rank = |link: &Link| match link.rel.as_deref() {
        _ if link.target.is_some() || link.href.trim().is_empty() => None,
        None | Some("alternate" | "")
            if is_first || link.media_type.as_deref().is_none_or(|found| found.contains("html")) =>
        {
            Some(0)
        }
        None | Some("alternate" | "") => Some(1),
        _ => None,
    };
    let best = links.into_iter().filter_map(|link| Some((rank(&link)?, link))).min_by_key(|(rank, _)| *rank);
    best.map(|(_, link)| RawLink { href: Cow::Owned(link.href), base: None, is_resolved: true })
}

fn author(person: Person) -> Option<Cow<'static, str>> {
    person.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).map(Cow::Owned)
}

fn category(category: Category) -> Cow<'static, str> {
    Cow::Owned(category.label.filter(|label| !label.trim().is_empty()).unwrap_or(category.term))
}
