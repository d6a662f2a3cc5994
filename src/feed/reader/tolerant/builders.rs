//! Builds feeds and items: if several elements give the same field, the best one counts.

use std::borrow::Cow;

use jiff::Timestamp;
use url::Url;

use super::super::newest::NewestItems;
use super::super::raw::{RawFeed, RawItem, RawLink, RawText};
use super::fields::{FeedField, ItemField, Rank};
use super::text::{Captured, Entities, link};
use crate::feed::dates;
use crate::model::{FeedFormat, PublisherHints};
use crate::text::html::TextKind;
use crate::text::tokenizer::{Tag, Token, Tokens};

/// A field, with the rank of its value.
#[derive(Debug)]
struct Ranked<T> {
    held: Option<(Rank, T)>,
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Ranked { held: None }
    }
}

impl<T> Ranked<T> {
    fn offer(&mut self, rank: Rank, value: Option<T>) {
        if let Some(value) = value
            && self.held.as_ref().is_none_or(|(held, _)| rank < *held)
        {
            self.held = Some((rank, value));
        }
    }

    fn take(self) -> Option<T> {
        self.held.map(|(_, value)| value)
    }
}

/// Returns how well a link serves as the address of its feed or item, or `None` if it leads elsewhere.
///
/// Atom's `alternate` (RFC 4287, 4.2.7.2), preferably to a web page; an address as text, as in RSS, likewise.
fn link_rank(tag: &Tag<'_>) -> Option<Rank> {
    let is_page =
        tag.attribute("type").is_none_or(|media_type| media_type.trim().is_empty() || media_type.contains("html"));
    let rel = tag.attribute("rel").map_or("alternate", str::trim).to_lowercase();
    match rel.as_str() {
        "" | "alternate" | "http://www.iana.org/assignments/relation/alternate" => Some(PAGE + u8::from(!is_page)),
        "canonical" | "shortlink" => Some(CANONICAL),
        // Better than no link.
        "related" | "via" => Some(RELATED),
        "enclosure" => Some(ENCLOSURE),
        "self" => Some(OWN),
        _ => None,
    }
}

/// The address in a link element.
fn link_of<'a>(
    tag: &Tag<'a>,
    captured: &Captured<'a>,
    base: Option<Url>,
    entities: &Entities<'a>,
) -> Option<(Rank, RawLink<'a>)> {
    let rank = link_rank(tag)?;
    let href = match tag.attribute("href").or_else(|| tag.attribute("rdf:resource")) {
        Some(href) => entities.resolve(href),
        None => entities.text(captured),
    };
    link(href, base).map(|link| (rank, link))
}

/// A feed while it is read.
pub(in crate::feed::reader) struct FeedBuilder<'a> {
    pub(super) format: FeedFormat,
    title: Ranked<RawText<'a>>,
    link: Ranked<RawLink<'a>>,
    own_address: Option<RawLink<'a>>,
    language: Option<Cow<'a, str>>,
    hints: PublisherHints,
    update_period_secs: Option<u64>,
    update_frequency: Option<u64>,
    unread_dates: usize,
    empty_items: usize,
    pub(super) items: NewestItems<'a>,
}

impl<'a> FeedBuilder<'a> {
    pub(in crate::feed::reader) fn new(format: FeedFormat, items: usize) -> Self {
        FeedBuilder {
            format,
            title: Ranked::default(),
            link: Ranked::default(),
            own_address: None,
            language: None,
            hints: PublisherHints::default(),
            update_period_secs: None,
            update_frequency: None,
            unread_dates: 0,
            empty_items: 0,
            items: NewestItems::new(items),
        }
    }

    pub(in crate::feed::reader) fn offer_language(&mut self, language: Cow<'a, str>) {
        if self.language.is_none() && !language.trim().is_empty() {
            self.language = Some(language);
        }
    }

    pub(in crate::feed::reader) fn take(
        &mut self,
        field: FeedField,
        tag: &Tag<'a>,
        captured: &Captured<'a>,
        base: Option<Url>,
        entities: &Entities<'a>,
    ) {
        match field {
            FeedField::Title(rank) => self.title.offer(rank, entities.title(tag, captured, self.format)),
            FeedField::Link if tag.attribute("rel").is_some_and(|rel| rel.trim() == "self") => {
                self.own_address = tag.attribute("href").and_then(|href| link(entities.resolve(href), base));
            }
            FeedField::Link => {
                if let Some((rank, link)) = link_of(tag, captured, base, entities).filter(|(rank, _)| *rank < ID) {
                    self.link.offer(rank, Some(link));
                }
            }
            FeedField::Id => self.link.offer(ID, address(&trimmed(entities.text(captured)))),
            FeedField::Language => self.offer_language(entities.text(captured)),
            FeedField::TimeToLive => self.hints.ttl_minutes = entities.text(captured).trim().parse().ok(),
            FeedField::SkipHours => self.hints.skip_hours = skip_hours(captured.inner),
            FeedField::SkipDays => self.hints.skip_days = skip_days(captured.inner),
            FeedField::UpdatePeriod => {
                self.update_period_secs = match entities.text(captured).trim() {
                    "hourly" => Some(3600),
                    "daily" => Some(86_400),
                    "weekly" => Some(7 * 86_400),
                    "monthly" => Some(30 * 86_400),
                    "yearly" => Some(365 * 86_400),
                    _ => None,
                };
            }
            FeedField::UpdateFrequency => {
                self.update_frequency = entities.text(captured).trim().parse().ok().filter(|frequency| *frequency > 0);
            }
            FeedField::Container | FeedField::Opaque => {}
        }
    }

    pub(super) fn push(&mut self, item: ItemBuilder<'a>) {
        self.unread_dates += item.unread_dates;
        let item = item.finish();
        match item.is_empty() {
            true => self.empty_items += 1,
            false => self.items.push(item),
        }
    }

    /// The feed as read.
    pub(in crate::feed::reader) fn finish(self) -> RawFeed<'a> {
        let mut feed = RawFeed::new(self.format);
        feed.title = self.title.take();
        feed.link = self.link.take();
        feed.own_address = self.own_address;
        feed.language = self.language;
        feed.hints = self.hints;
        feed.hints.update_interval_secs = self
            .update_period_secs
            .or(self.update_frequency.map(|_| 86_400))
            .map(|period| period / self.update_frequency.unwrap_or(1));
        feed.unread_dates = self.unread_dates;
        feed.empty_items = self.empty_items;
        (feed.items, feed.items_left_out) = self.items.finish();
        feed
    }
}

/// The texts of the elements within an element.
fn children(inner: &str) -> impl Iterator<Item = &str> {
    Tokens::new(inner).filter_map(|token| match token {
        Token::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    })
}

/// RSS 2.0 `skipHours`: 0 to 23, and 24 for 0, as versions before 2.0 have it.
fn skip_hours(inner: &str) -> Vec<u8> {
    let mut hours: Vec<u8> = children(inner)
        .take(48)
        .filter_map(|hour| hour.parse().ok())
        .filter(|hour| *hour <= 24)
        .map(|hour: u8| hour % 24)
        .collect();
    hours.sort_unstable();
    hours.dedup();
    hours
}

/// RSS 2.0 `skipDays`: Monday to Sunday.
fn skip_days(inner: &str) -> Vec<jiff::civil::Weekday> {
    use jiff::civil::Weekday;
    let mut days = Vec::new();
    for day in children(inner).take(48) {
        let day = match day.to_lowercase().as_str() {
            "monday" => Weekday::Monday,
            "tuesday" => Weekday::Tuesday,
            "wednesday" => Weekday::Wednesday,
            "thursday" => Weekday::Thursday,
            "friday" => Weekday::Friday,
            "saturday" => Weekday::Saturday,
            "sunday" => Weekday::Sunday,
            _ => continue,
        };
        if !days.contains(&day) {
            days.push(day);
        }
    }
    days
}

/// An item while it is read.
#[derive(Default)]
pub(super) struct ItemBuilder<'a> {
    pub(super) raw: RawItem<'a>,
    /// `rdf:about` of RSS 1.0.
    pub(super) about: Option<Cow<'a, str>>,
    title: Ranked<RawText<'a>>,
    links: RankedLinks<'a>,
    published: Ranked<Timestamp>,
    updated: Ranked<Timestamp>,
    summary: Ranked<RawText<'a>>,
    content: Ranked<RawText<'a>>,
    authors: Vec<(Rank, Cow<'a, str>)>,
    unread_dates: usize,
}

/// Ranks of links.
const PAGE: Rank = 1;
const CANONICAL: Rank = 3;
const PERMALINK: Rank = 4;
const CONTENT_SOURCE: Rank = 5;
const ID: Rank = 6;
const RELATED: Rank = 7;
const ENCLOSURE: Rank = 8;
const OPAQUE_ID: Rank = 9;
/// The address of the item as a document of its own.
const OWN: Rank = 10;
/// The page with the comments is usually that of the item.
const COMMENTS: Rank = 11;

/// The links of an item, as many as are worth keeping.
#[derive(Default)]
struct RankedLinks<'a>(Vec<(Rank, RawLink<'a>)>);

impl<'a> RankedLinks<'a> {
    const MOST: usize = 8;

    fn offer(&mut self, rank: Rank, link: Option<RawLink<'a>>) {
        let Some(link) = link else { return };
        let place = self.0.partition_point(|(held, _)| *held <= rank);
        if place < Self::MOST {
            self.0.truncate(Self::MOST - 1);
            self.0.insert(place, (rank, link));
        }
    }

    /// Returns the best link, and others that are of the same page.
    fn take(self) -> (Option<RawLink<'a>>, Vec<RawLink<'a>>) {
        let mut links = self.0.into_iter();
        let best = links.next().map(|(_, link)| link);
        // A recording, what the item is about, an id that is said to be no link and its own document are not its page.
        let is_page = |rank: Rank| !matches!(rank, RELATED | ENCLOSURE | OPAQUE_ID | OWN);
        (best, links.filter(|(rank, _)| is_page(*rank)).map(|(_, link)| link).collect())
    }
}

/// What is added to the rank of a date that a program writes for want of one: any other date is better.
const PLACEHOLDER: Rank = 100;

impl<'a> ItemBuilder<'a> {
    pub(super) fn take(
        &mut self,
        field: ItemField,
        tag: &Tag<'a>,
        captured: &Captured<'a>,
        base: Option<Url>,
        entities: &Entities<'a>,
        format: FeedFormat,
    ) {
        match field {
            ItemField::Title(rank) => self.title.offer(rank, entities.title(tag, captured, format)),
            ItemField::Link => {
                if let Some((rank, link)) = link_of(tag, captured, base, entities) {
                    self.links.offer(rank, Some(link));
                }
            }
            ItemField::Guid => {
                let guid = trimmed(entities.text(captured));
                let said = tag.attribute("isPermaLink").or_else(|| tag.attribute("ispermalink"));
                let is_permalink = said.is_none_or(|value| !value.trim().eq_ignore_ascii_case("false"));
                // Relative addresses are no permalinks, unless the feed says so.
                let is_path = guid.starts_with('/') && said.is_some() && is_permalink;
                let guid_link = if is_path { link(guid.clone(), base) } else { address(&guid) };
                self.links.offer(if is_permalink { PERMALINK } else { OPAQUE_ID }, guid_link);
                offer(&mut self.raw.id, guid);
            }
            ItemField::Enclosure => {
                if let Some(url) = tag.attribute("url") {
                    self.links.offer(ENCLOSURE, link(entities.resolve(url), base));
                }
            }
            ItemField::OriginalLink => {
                self.raw.original_link = address(&trimmed(entities.text(captured)));
                self.links.offer(CANONICAL, self.raw.original_link.clone());
            }
            ItemField::Comments => self.links.offer(COMMENTS, address(&trimmed(entities.text(captured)))),
            ItemField::AtomId => {
                let id = trimmed(entities.text(captured));
                self.links.offer(ID, address(&id));
                offer(&mut self.raw.id, id);
            }
            ItemField::Published(rank) => {
                let date = self.date(&entities.text(captured));
                self.published.offer(date_rank(rank, date), date);
            }
            ItemField::Updated(rank) => {
                let date = self.date(&entities.text(captured));
                self.updated.offer(date_rank(rank, date), date);
            }
            ItemField::Summary(rank) => self.summary.offer(rank, entities.rich(tag, captured, format)),
            ItemField::Content(rank) => {
                // A full text is HTML unless declared otherwise (RSS 1.0 module Content).
                let text = entities.rich(tag, captured, format);
                let as_html = |text: RawText<'a>| match text.kind {
                    TextKind::Unspecified => RawText { kind: TextKind::Html, ..text },
                    TextKind::Plain | TextKind::Html => text,
                };
                self.content.offer(rank, text.map(as_html));
                if let Some(source) = tag.attribute("src") {
                    self.links.offer(CONTENT_SOURCE, link(entities.resolve(source), base));
                }
            }
            ItemField::Author(rank) => {
                if let Some(name) = author(captured, entities) {
                    self.authors.push((rank, name));
                }
            }
            ItemField::Category => self.raw.categories.extend(category(tag, captured, entities)),
            ItemField::Language => offer(&mut self.raw.language, trimmed(entities.text(captured))),
            ItemField::Transparent | ItemField::Opaque => {}
        }
    }

    /// Takes the address of a recording or picture of Media RSS.
    pub(super) fn take_media(&mut self, tag: &Tag<'a>, base: Option<Url>, entities: &Entities<'a>) {
        if let Some(url) = tag.attribute("url") {
            self.links.offer(ENCLOSURE, link(entities.resolve(url), base));
        }
    }

    fn date(&mut self, text: &str) -> Option<Timestamp> {
        let date = dates::parse(text);
        self.unread_dates += usize::from(date.is_none() && !text.trim().is_empty());
        date
    }

    /// Returns whether the item would have the same identity if the feed were complete.
    pub(super) fn can_be_known_again(&self) -> bool {
        self.title.held.is_some() && (self.raw.id.is_some() || self.about.is_some())
    }

    fn finish(mut self) -> RawItem<'a> {
        if let Some(about) = self.about.take().map(trimmed) {
            self.links.offer(ID, address(&about));
            offer(&mut self.raw.id, about);
        }
        let best = self.authors.iter().map(|(rank, _)| *rank).min();
        self.raw.authors =
            self.authors.into_iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, name)| name).collect();
        self.raw.title = self.title.take();
        (self.raw.link, self.raw.other_links) = self.links.take();
        self.raw.published = self.published.take();
        self.raw.updated = self.updated.take();
        self.raw.summary = self.summary.take();
        self.raw.content = self.content.take();
        self.raw
    }
}

/// Returns the rank of a date: one that means that there is none gives way to any other.
fn date_rank(rank: Rank, date: Option<Timestamp>) -> Rank {
    if date.is_some_and(dates::is_placeholder) { rank + PLACEHOLDER } else { rank }
}

/// Returns an identifier that is a web address as a link.
fn address<'a>(id: &Cow<'a, str>) -> Option<RawLink<'a>> {
    (id.starts_with("http://") || id.starts_with("https://")).then(|| RawLink {
        href: id.clone(),
        base: None,
        is_resolved: false,
    })
}

fn offer<'a>(field: &mut Option<Cow<'a, str>>, value: Cow<'a, str>) {
    if field.is_none() && !value.is_empty() {
        *field = Some(value);
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Returns the name of an author: Atom's `name`, else the text.
fn author<'a>(captured: &Captured<'a>, entities: &Entities<'a>) -> Option<Cow<'a, str>> {
    if !captured.has_elements {
        return Some(trimmed(entities.text(captured))).filter(|name| !name.is_empty());
    }
    let mut tokens = Tokens::new(captured.inner);
    while let Some(token) = tokens.next() {
        if let Token::Start(tag) = token
            && tag.name.rsplit(':').next() == Some("name")
        {
            let from = tokens.end();
            tokens.find(|token| !matches!(token, Token::Text(_) | Token::CData(_)))?;
            let inner = captured.inner.get(from..tokens.start())?;
            let name = trimmed(entities.text(&Captured { inner, has_elements: false }));
            return (!name.is_empty()).then_some(name);
        }
    }
    None
}

/// Returns the name of a category: Atom's `label` or `term`, else the text.
fn category<'a>(tag: &Tag<'a>, captured: &Captured<'a>, entities: &Entities<'a>) -> Option<Cow<'a, str>> {
    let label = tag.attribute("label").filter(|label| !label.trim().is_empty()).or_else(|| tag.attribute("term"));
    let name = match label {
        Some(label) => entities.resolve(label),
        None => entities.text(captured),
    };
    Some(trimmed(name)).filter(|name| !name.is_empty())
}
