//! JSON Feed that `feed-rs` refuses: numeric ids, missing titles, objects in place of texts
//! (<https://www.jsonfeed.org/version/1.1/>).

use std::borrow::Cow;

use serde_json::Value;

use super::raw::{RawFeed, RawItem, RawLink, RawText, Refusal};
use crate::feed::dates;
use crate::model::FeedFormat;
use crate::text::html::TextKind;

/// Reads a document.
pub(super) fn read(text: &str, items: usize) -> Result<RawFeed<'static>, Refusal> {
    let value: Value = serde_json::from_str(text).map_err(|error| Refusal::JsonSyntax(error.to_string()))?;
    let listed = value.get("items").and_then(Value::as_array);
    let is_feed =
        value.get("version").and_then(Value::as_str).is_some_and(|version| version.contains("jsonfeed.org/version"));
    let listed = match listed {
        Some(listed) if is_feed || listed.iter().any(is_item) => listed,
        None if is_feed => &Vec::new(),
        _ => return Err(Refusal::Json),
    };
    let mut feed = RawFeed::new(FeedFormat::JsonFeed);
    feed.title = text_of(&value, "title", TextKind::Plain);
    feed.link = link(&value, "home_page_url");
    feed.language = string(&value, "language").map(Cow::Owned);
    if listed.len() > items {
        feed.warnings.push(format!("more than {items} items: the rest was left out"));
    }
    let authors = authors(&value);
    for listed in listed.iter().take(items).filter(|listed| listed.is_object()) {
        let mut item = item(listed, &mut feed.unread_dates);
        if item.authors.is_empty() {
            item.authors.clone_from(&authors);
        }
        feed.items.push(item);
    }
    Ok(feed)
}

/// Returns whether a value looks like an item, for a document that does not say that it is a feed.
fn is_item(value: &Value) -> bool {
    let has_any = |keys: &[&str]| keys.iter().any(|key| value.get(key).is_some());
    has_any(&["id", "url"]) && has_any(&["title", "summary", "content_html", "content_text"])
}

fn item(value: &Value, unread_dates: &mut usize) -> RawItem<'static> {
    let mut date = |key: &str| {
        let text = string(value, key)?;
        let date = dates::parse(&text);
        *unread_dates += usize::from(date.is_none());
        date
    };
    let plain = text_of(value, "content_text", TextKind::Plain);
    let html = text_of(value, "content_html", TextKind::Html);
    // If there are both, the plain one is usually shorter.
    let (content, other) = if html.is_some() { (html, plain) } else { (plain, None) };
    RawItem {
        id: string(value, "id").map(Cow::Owned),
        title: text_of(value, "title", TextKind::Plain),
        link: link(value, "url").or_else(|| link(value, "external_url")),
        published: date("date_published"),
        updated: date("date_modified"),
        summary: text_of(value, "summary", TextKind::Plain).or(other),
        content,
        authors: authors(value),
        categories: list(value, "tags")
            .iter()
            .filter_map(Value::as_str)
            .map(|tag| Cow::Owned(tag.to_owned()))
            .collect(),
        language: string(value, "language").map(Cow::Owned),
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns a text, or a number as text; `None` if it is empty.
fn string(value: &Value, key: &str) -> Option<String> {
    let text = match value.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn text_of(value: &Value, key: &str, kind: TextKind) -> Option<RawText<'static>> {
    string(value, key).map(|text| RawText { text: Cow::Owned(text), kind })
}

fn link(value: &Value, key: &str) -> Option<RawLink<'static>> {
    string(value, key).map(|href| RawLink { href: Cow::Owned(href), base: None, is_resolved: false })
}

/// The limit of authors of a feed or an item.
const AUTHORS: usize = 64;

/// `author` of version 1.0, and `authors` of version 1.1.
fn authors(value: &Value) -> Vec<Cow<'static, str>> {
    let one = value.get("author").into_iter();
    one.chain(list(value, "authors"))
        .take(AUTHORS)
        .filter_map(|author| string(author, "name"))
        .map(Cow::Owned)
        .collect()
}
