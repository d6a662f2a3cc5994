//! Which element gives which field, and with which rank.

use std::borrow::Cow;

use super::super::namespaces::Namespace;
use crate::feed::reader::raw::Refusal;
use crate::model::FeedFormat;
use crate::text::tokenizer::{Tag, Token, Tokens};

/// How well an element fits a field: the lowest rank counts, and the first of equals.
pub(super) type Rank = u8;

/// The field that an element of the feed itself gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::feed::reader) enum FeedField {
    Container,
    Opaque,
    Title(Rank),
    /// The text is an address, or the attribute `href` is.
    Link,
    /// In Atom: if it is an address and there is no link, it is the link.
    Id,
    Language,
    TimeToLive,
    SkipHours,
    SkipDays,
    UpdatePeriod,
    UpdateFrequency,
}

/// The field that an element within an item gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::feed::reader) enum ItemField {
    Transparent,
    Opaque,
    Title(Rank),
    Link,
    Guid,
    AtomId,
    Published(Rank),
    Updated(Rank),
    Summary(Rank),
    Content(Rank),
    Author(Rank),
    Category,
    Language,
    /// A recording or picture, whose address is an attribute.
    Enclosure,
    /// The page that a service for feeds has put its own address before (FeedBurner, Pheedo).
    OriginalLink,
    /// The page with the comments.
    Comments,
}

/// Returns whether an element is an item: `item` of RSS, `entry` of Atom.
pub(in crate::feed::reader) fn is_item(namespace: Namespace, local: &str) -> bool {
    matches!(namespace, Namespace::Rss | Namespace::Atom | Namespace::Rdf)
        && (local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry"))
}

/// Elements of feeds whose names contain capitals.
const WITH_CAPITALS: [&str; 5] = ["pubDate", "skipHours", "skipDays", "updatePeriod", "updateFrequency"];

/// Returns the name of an element as its vocabulary writes it: feeds write `TITLE` and `PubDate` as well.
pub(in crate::feed::reader) fn name_as_specified(local: &str) -> Cow<'_, str> {
    // Programs for web pages write all names in lower case.
    match WITH_CAPITALS.into_iter().find(|name| name.eq_ignore_ascii_case(local)) {
        Some(name) => Cow::Borrowed(name),
        None if local.bytes().all(|byte| byte.is_ascii_lowercase()) => Cow::Borrowed(local),
        None => Cow::Owned(local.to_lowercase()),
    }
}

/// Returns whether the start of an element ends a text whose end tag is missing.
pub(super) fn ends_a_text(namespace: Namespace, local: &str) -> bool {
    match namespace {
        Namespace::Rss | Namespace::Atom => {
            matches!(
                local,
                "title"
                    | "link"
                    | "description"
                    | "summary"
                    | "content"
                    | "guid"
                    | "id"
                    | "pubDate"
                    | "published"
                    | "updated"
            ) || matches!(local, "author" | "category" | "enclosure" | "comments")
        }
        Namespace::Content
        | Namespace::DublinCore
        | Namespace::DublinCoreTerms
        | Namespace::Media
        | Namespace::Itunes => true,
        _ => false,
    }
}

pub(in crate::feed::reader) fn in_feed(namespace: Namespace, local: &str) -> FeedField {
    use Namespace::{Atom, DublinCore, Rdf, Rss, Syndication};
    match (namespace, local) {
        (Rss | Atom | Rdf, "rss" | "RDF" | "rdf" | "feed" | "channel") => FeedField::Container,
        (Rss | Rdf, "items") => FeedField::Opaque,
        (Rss | Atom, "title") => FeedField::Title(0),
        (DublinCore, "title") => FeedField::Title(1),
        (Rss | Atom, "link") => FeedField::Link,
        (Atom, "id") => FeedField::Id,
        (Rss | DublinCore, "language") => FeedField::Language,
        (Rss, "ttl") => FeedField::TimeToLive,
        (Rss, "skipHours") => FeedField::SkipHours,
        (Rss, "skipDays") => FeedField::SkipDays,
        (Syndication, "updatePeriod") => FeedField::UpdatePeriod,
        (Syndication, "updateFrequency") => FeedField::UpdateFrequency,
        _ => FeedField::Opaque,
    }
}

pub(in crate::feed::reader) fn in_item(namespace: Namespace, local: &str) -> ItemField {
    use Namespace::{Atom, Content, DublinCore, DublinCoreTerms, FeedService, Itunes, Media, Rss, Xhtml, Yandex};
    match (namespace, local) {
        (Rss | Atom, "title") => ItemField::Title(0),
        (DublinCore | DublinCoreTerms, "title") => ItemField::Title(1),
        (Media, "title") => ItemField::Title(2),
        (Itunes, "title") => ItemField::Title(3),
        (Rss | Atom, "link") => ItemField::Link,
        (Rss, "guid") => ItemField::Guid,
        (Rss, "enclosure") => ItemField::Enclosure,
        (Atom, "id") | (Rss, "id") => ItemField::AtomId,
        (Rss, "pubDate") | (Rss | Atom, "published" | "issued") => ItemField::Published(0),
        (Atom, "pubDate") | (DublinCoreTerms, "issued" | "available") => ItemField::Published(1),
        (DublinCore | DublinCoreTerms, "date") | (Rss, "date") => ItemField::Published(2),
        (Rss | Atom | DublinCoreTerms, "created") => ItemField::Published(3),
        (Rss | Atom, "updated" | "modified") => ItemField::Updated(0),
        (DublinCoreTerms, "modified") => ItemField::Updated(1),
        (Rss, "description") | (Rss | Atom, "summary") => ItemField::Summary(0),
        (DublinCore | DublinCoreTerms, "description" | "abstract") => ItemField::Summary(1),
        (Itunes, "summary") => ItemField::Summary(2),
        (Media, "description") => ItemField::Summary(3),
        (Itunes, "subtitle") => ItemField::Summary(4),
        (Content, "encoded") | (Atom, "content") => ItemField::Content(0),
        (Rss, "content" | "body" | "fullitem" | "fulltext") | (Xhtml, "body" | "div") => ItemField::Content(1),
        (Yandex, "full-text" | "content") => ItemField::Content(1),
        (Rss | Atom, "author") | (DublinCore, "creator" | "author") => ItemField::Author(0),
        (DublinCore | DublinCoreTerms, "contributor") | (Itunes, "author") => ItemField::Author(1),
        (Rss | Atom, "category") | (DublinCore | DublinCoreTerms, "subject") => ItemField::Category,
        (DublinCore | DublinCoreTerms, "language") | (Rss, "language") => ItemField::Language,
        (Media, "group" | "content") => ItemField::Transparent,
        (Media, "player") => ItemField::Enclosure,
        (Rss, "comments") => ItemField::Comments,
        (FeedService, "origLink" | "origlink") => ItemField::OriginalLink,
        _ => ItemField::Opaque,
    }
}

/// Returns whether an element has a name under which programs list items, though its vocabulary is no feed's.
pub(super) fn is_named_like_an_item(local: &str) -> bool {
    ["item", "entry", "article", "post", "story", "news"].iter().any(|name| name.eq_ignore_ascii_case(local))
}

/// How far into a document its root is searched for: some start with the warnings of a web server.
const PREAMBLE_BYTES: usize = 64 << 10;

/// Returns where the root element of the feed starts, and its dialect.
pub(super) fn find_root(text: &str) -> Result<(usize, FeedFormat), Refusal> {
    let mut tokens = Tokens::new(text);
    let mut first = None;
    while let Some(token) = tokens.next() {
        let Token::Start(tag) = token else { continue };
        let (_, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        match local.to_lowercase().as_str() {
            "rss" => return Ok((tokens.start(), rss_version(&tag))),
            "rdf" => return Ok((tokens.start(), rdf_version(&tag))),
            "feed" | "entry" => return Ok((tokens.start(), atom_version(&tag))),
            "html" | "head" | "body" => return Err(Refusal::Html),
            _ if tokens.start() > PREAMBLE_BYTES => break,
            _ => first = first.or(Some(tag.name)),
        }
    }
    Err(Refusal::Root(first.unwrap_or_default().chars().take(60).collect()))
}

fn rss_version(tag: &Tag<'_>) -> FeedFormat {
    match tag.attribute("version").map(str::trim) {
        Some(version) if version.starts_with("0.9") => FeedFormat::Rss09,
        Some("1.0" | "1") => FeedFormat::Rss10,
        _ => FeedFormat::Rss20,
    }
}

fn rdf_version(tag: &Tag<'_>) -> FeedFormat {
    if tag.attributes.contains("netscape.com/rdf/simple/0.9") { FeedFormat::Rss09 } else { FeedFormat::Rss10 }
}

fn atom_version(tag: &Tag<'_>) -> FeedFormat {
    let is_old = tag.attributes.contains("purl.org/atom/ns")
        || tag.attribute("version").is_some_and(|version| version.starts_with("0."));
    if is_old { FeedFormat::Atom03 } else { FeedFormat::Atom10 }
}
