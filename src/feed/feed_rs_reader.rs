//! Feeds that `feed-rs` reads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use feed_rs::model::{Entry, Feed, FeedType};
use jiff::Timestamp;

use super::{NotAFeed, Source, markup};
use crate::model::{FeedFormat, Item, ParsedFeed, PublisherHints};

/// Reads a feed with `feed-rs`: no ids and no dates but those that the feed gives.
pub(super) fn read(text: &str, source: &Source<'_>) -> Result<ParsedFeed, NotAFeed> {
    if text.trim().is_empty() {
        return Err(NotAFeed::Empty);
    }
    let parser = feed_rs::parser::Builder::new()
        .base_uri(source.base_url.filter(|base| url::Url::parse(base).is_ok()))
        .id_generator(|_, _, _| String::new())
        .sanitize_content(false)
        .timestamp_parser(|text| date(text).map(|instant| SystemTime::from(instant).into()))
        .build();
    // The text is UTF-8 by now, whatever its prolog says.
    let body = without_prolog(text);
    let feed = catch_unwind(AssertUnwindSafe(|| parser.parse(body.as_bytes())))
        .map_err(|_| NotAFeed::Unreadable { reason: "the reader failed on it".to_owned() })?
        .map_err(|error| not_a_feed(text, source, &error.to_string()))?;
    Ok(convert(feed, source))
}

fn without_prolog(text: &str) -> &str {
    let text = text.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{FEFF}');
    match text.strip_prefix("<?xml") {
        Some(behind) => behind.split_once("?>").map_or(text, |(_, body)| body),
        None => text,
    }
}

fn not_a_feed(text: &str, source: &Source<'_>, reason: &str) -> NotAFeed {
    let head: String = text.chars().take(512).collect::<String>().to_lowercase();
    if head.contains("<html") || head.contains("<!doctype html") {
        let alternates = super::alternates(text.as_bytes(), source.base_url.unwrap_or_default());
        return NotAFeed::Html { alternates };
    }
    if !text.trim_start().starts_with(['<', '{']) {
        return NotAFeed::NotXmlNorJson { beginning: markup::plain(text).chars().take(40).collect() };
    }
    NotAFeed::Unreadable { reason: reason.to_owned() }
}

fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))
}

fn instant(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

fn convert(feed: Feed, source: &Source<'_>) -> ParsedFeed {
    let format = match feed.feed_type {
        FeedType::Atom => FeedFormat::Atom10,
        FeedType::JSON => FeedFormat::JsonFeed,
        FeedType::RSS0 => FeedFormat::Rss09,
        FeedType::RSS1 => FeedFormat::Rss10,
        FeedType::RSS2 => FeedFormat::Rss20,
    };
    let language = feed.language;
    ParsedFeed {
        title: feed.title.map(|title| markup::line(&title.content)).filter(|title| !title.is_empty()),
        link: feed
            .links
            .into_iter()
            .find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"))
            .map(|link| link.href),
        format,
        hints: PublisherHints { ttl_minutes: feed.ttl, ..PublisherHints::default() },
        items: feed
            .entries
            .into_iter()
            .take(source.limits.items)
            .map(|entry| item(entry, language.as_deref(), source))
            .collect(),
        language,
        warnings: Vec::new(),
    }
}

fn item(entry: Entry, language: Option<&str>, source: &Source<'_>) -> Item {
    let published = entry.published.and_then(|date| instant(date.timestamp())).map(|date| date.min(source.now));
    let updated = entry.updated.and_then(|date| instant(date.timestamp())).map(|date| date.min(source.now));
    Item {
        id: Some(entry.id.trim().to_owned()).filter(|id| !id.is_empty()),
        title: entry.title.map(|title| markup::line(&title.content)).unwrap_or_default(),
        link: entry
            .links
            .into_iter()
            .find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"))
            .map(|link| link.href),
        published,
        updated,
        summary: entry.summary.map(|summary| markup::text(&summary.content)).filter(|text| !text.is_empty()),
        content: entry
            .content
            .and_then(|content| content.body)
            .map(|body| markup::text(&body))
            .filter(|text| !text.is_empty()),
        authors: entry.authors.into_iter().filter_map(|person| person.name).collect(),
        categories: entry.categories.into_iter().map(|category| category.label.unwrap_or(category.term)).collect(),
        language: entry.language.or_else(|| language.map(str::to_owned)),
    }
}
