//! Out feeds: Atom (RFC 4287) and JSON Feed 1.1, of issues and of items.

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::document;
use crate::digest::Digest;
use crate::digest::DigestItem;
use crate::digest::{cut, tidy};
use crate::model::Tag;
use crate::render::block::is_language;
use crate::render::words::subject;
use crate::render::{html, text};
use crate::text::sanitize::{plain, web_address};

/// Characters of an entry's title, at most.
const TITLE_CHARS: usize = 300;

/// The head of a feed that kazbek writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FeedHead {
    /// Title.
    pub title: String,
    /// What makes its id unique and lasting: the address under which issues are served and the feed's name, e.g.
    /// `https://kazbek.example/feeds/issues`.
    pub seed: String,
    /// Address of the page that it is a feed of.
    pub home_url: Option<String>,
    /// Address of the feed itself.
    pub self_url: Option<String>,
    /// When its latest entry changed; the end of the period for a single issue, so that the same issue gives the same
    /// bytes.
    pub updated: Timestamp,
}

/// An item as an entry.
#[derive(Clone, Debug)]
pub(crate) struct ItemEntry<'a> {
    /// The number of the item.
    pub id: i64,
    /// Title.
    pub title: &'a str,
    /// Summary.
    pub summary: Option<&'a str>,
    /// Its address, as in the feed.
    pub url: Option<&'a str>,
    /// Name of the outlet.
    pub outlet: &'a str,
    /// Language, BCP 47.
    pub language: Option<&'a str>,
    /// When it was published, if the feed says.
    pub published: Option<Timestamp>,
    /// When kazbek first saw it.
    pub first_seen: Timestamp,
    /// Its tags.
    pub tags: &'a [Tag],
}

impl<'a> From<&'a DigestItem> for ItemEntry<'a> {
    fn from(item: &'a DigestItem) -> ItemEntry<'a> {
        ItemEntry {
            id: item.id,
            title: &item.title,
            summary: item.summary.as_deref(),
            url: item.url.as_deref(),
            outlet: &item.outlet,
            language: item.language.as_deref(),
            published: item.published,
            first_seen: item.first_seen,
            tags: &item.tags,
        }
    }
}

/// An issue as an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssueEntry {
    /// Title with the period.
    pub title: String,
    /// What makes its id unique and lasting: its permalink, or if nothing is served `kazbek/issue/day/2026-11-23`. It
    /// has the same id in every feed.
    pub seed: String,
    /// Where it can be read.
    pub url: Option<String>,
    /// When its period ended.
    pub published: Timestamp,
    /// When it last changed; later than `published` if it was corrected.
    pub updated: Timestamp,
    /// Its body as HTML, as [`IssueEntry::of`] makes it.
    pub content_html: String,
    /// Its body as text.
    pub content_text: String,
}

impl FeedHead {
    /// The head of a feed of one issue.
    pub(crate) fn of(digest: &Digest) -> FeedHead {
        FeedHead {
            title: digest.title.clone(),
            seed: format!("issues/{}", digest.period.cadence.as_str()),
            home_url: None,
            self_url: None,
            updated: digest.period.end.unwrap_or_default(),
        }
    }
}

impl IssueEntry {
    /// The entry of an issue.
    pub(crate) fn of(digest: &Digest) -> IssueEntry {
        let at = digest.period.end.unwrap_or_default();
        let document = document::of(digest);
        IssueEntry {
            title: subject(digest),
            seed: digest
                .permalink
                .clone()
                .unwrap_or_else(|| format!("kazbek/issue/{}/{}", digest.period.cadence.as_str(), digest.period.label)),
            url: digest.permalink.clone(),
            published: at,
            updated: at,
            content_html: html::content(&document).into_string(),
            content_text: text::write(&document),
        }
    }
}

/// Returns an id as RFC 4287 section 4.2.6 asks: an IRI that never changes. It is a UUID of version 8 (RFC 9562,
/// section 5.8) from a hash of the seed.
fn urn(seed: &str) -> String {
    let hash = xxh3_128(seed.as_bytes());
    let bits = (hash & !(0xf << 76) & !(0b11 << 62)) | (0x8 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or("");
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn atom(head: &FeedHead, entries: &Markup) -> String {
    let feed = html! {
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { (urn(&head.seed)) }
            title { (plain(&head.title)) }
            updated { (stamp(head.updated)) }
            author { name { "kazbek" } }
            generator version=(env!("CARGO_PKG_VERSION")) { "kazbek" }
            @if let Some(url) = head.self_url.as_deref().and_then(web_address) { (atom_link("self", "application/atom+xml", &url)) }
            @if let Some(url) = head.home_url.as_deref().and_then(web_address) { (atom_link("alternate", "text/html", &url)) }
            (entries)
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}\n", feed.into_string())
}

/// maud knows `link` as HTML's void element, which XML must close.
fn atom_link(rel: &str, kind: &str, url: &str) -> Markup {
    let escaped = html! { (url) }.into_string();
    PreEscaped(format!("<link rel=\"{rel}\" type=\"{kind}\" href=\"{escaped}\"/>"))
}

fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An Atom feed of issues, in the order given: newest first is what readers expect.
pub(crate) fn atom_of_issues(head: &FeedHead, issues: &[IssueEntry]) -> String {
    let entries = html! {
        @for issue in issues {
            entry {
                id { (urn(&issue.seed)) }
                title { (plain(&issue.title)) }
                published { (stamp(issue.published)) }
                updated { (stamp(issue.updated)) }
                @if let Some(url) = issue.url.as_deref().and_then(web_address) { (atom_link("alternate", "text/html", &url)) }
                content type="html" { (issue.content_html) }
            }
        }
    };
    atom(head, &entries)
}

/// An Atom feed of items, in the order given.
pub(crate) fn atom_of_items(head: &FeedHead, items: &[ItemEntry<'_>]) -> String {
    let entries = html! {
        @for item in items {
            entry {
                id { (urn(&item_seed(item))) }
                title { (title(item)) }
                @if let Some(at) = item.published { published { (stamp(at)) } }
                updated { (stamp(item.published.unwrap_or(item.first_seen))) }
                author { name { (tidy(item.outlet)) } }
                @if let Some(url) = item.url.and_then(web_address) { (atom_link("alternate", "text/html", &url)) }
                @for tag in item.tags { (category(tag)) }
                @if let Some(summary) = item.summary.map(tidy).filter(|text| !text.is_empty()) { summary { (summary) } }
                @else if item.url.and_then(web_address).is_none() { content { (title(item)) } }
            }
        }
    };
    atom(head, &entries)
}

fn category(tag: &str) -> Markup {
    let escaped = html! { (plain(tag)) }.into_string();
    PreEscaped(format!("<category term=\"{escaped}\"/>"))
}

/// An item has the same id in every feed (RFC 4287, 4.2.6), as long as it keeps its address; without one, as long as it
/// keeps its outlet and the time at which it was found.
fn item_seed(item: &ItemEntry<'_>) -> String {
    match item.url {
        Some(url) => format!("item/{url}"),
        None => format!("item/{}/{}/{}", item.outlet, item.first_seen, item.id),
    }
}

fn title(item: &ItemEntry<'_>) -> String {
    let title = cut(&tidy(item.title), TITLE_CHARS);
    if title.is_empty() { "Untitled".to_owned() } else { title }
}

fn json_feed(head: &FeedHead, items: Vec<Value>) -> String {
    let mut feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": plain(&head.title),
        "authors": [{"name": "kazbek"}],
        "items": items,
    });
    put(&mut feed, "home_page_url", head.home_url.as_deref().and_then(web_address));
    put(&mut feed, "feed_url", head.self_url.as_deref().and_then(web_address));
    let mut text = serde_json::to_string_pretty(&feed).unwrap_or_default();
    text.push('\n');
    text
}

fn put(object: &mut Value, key: &str, value: Option<String>) {
    if let (Some(map), Some(value)) = (object.as_object_mut(), value) {
        map.insert(key.to_owned(), Value::String(value));
    }
}

/// A JSON Feed of issues, in the order given.
pub(crate) fn json_feed_of_issues(head: &FeedHead, issues: &[IssueEntry]) -> String {
    let item = |issue: &IssueEntry| {
        let mut item = json!({
            "id": urn(&issue.seed),
            "title": plain(&issue.title),
            "content_html": issue.content_html,
            "content_text": issue.content_text,
            "date_published": stamp(issue.published),
            "date_modified": stamp(issue.updated),
            "language": "en",
        });
        put(&mut item, "url", issue.url.as_deref().and_then(web_address));
        item
    };
    json_feed(head, issues.iter().map(item).collect())
}

/// A JSON Feed of items, in the order given.
pub(crate) fn json_feed_of_items(head: &FeedHead, items: &[ItemEntry<'_>]) -> String {
    let entry = |item: &ItemEntry<'_>| {
        let summary = item.summary.map(tidy).filter(|text| !text.is_empty());
        let mut entry = json!({
            "id": urn(&item_seed(item)),
            "title": title(item),
            // Version 1.1 asks for content_text or content_html in every item.
            "content_text": summary.clone().unwrap_or_else(|| title(item)),
            "authors": [{"name": tidy(item.outlet)}],
            "tags": item.tags,
        });
        match item.published {
            Some(at) => put(&mut entry, "date_published", Some(stamp(at))),
            // When it was published is not known; this is when it was new here.
            None => put(&mut entry, "date_modified", Some(stamp(item.first_seen))),
        }
        put(&mut entry, "url", item.url.and_then(web_address));
        put(&mut entry, "language", item.language.map(plain).filter(|code| is_language(code)));
        entry
    };
    json_feed(head, items.iter().map(entry).collect())
}
