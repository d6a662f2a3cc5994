//! JSON Feed that `feed-rs` refuses: numeric ids, missing titles, objects in place of texts, broken JSON
//! (<https://www.jsonfeed.org/version/1.1/>).
//!
//! Items are read one by one, and what no field has a use for is skipped: a document of ten megabytes can hold millions
//! of empty items, which would fill the memory as a tree.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json_item::{Listed, is_item_key, joined, plain_key, raw_link, raw_text};
use super::json_repair::repaired;
use super::json_values::{AuthorName, Member, Names, Scalar, skip, with_numbers_as_written};
use super::newest::NewestItems;
use super::raw::{RawFeed, Refusal};
use crate::model::FeedFormat;
use crate::text::html::TextKind;

/// Reads a document, and the newest of its items, at most `items`.
pub(super) fn read(text: &str, items: usize) -> Result<RawFeed<'static>, Refusal> {
    let (mut document, mut error) = deserialized(text, items);
    let mut warnings = Vec::new();
    if let Some(first) = error {
        (document, error) = deserialized(&repaired(text), items);
        let read = document.seen();
        match &error {
            None => warnings.push(format!("broken JSON was repaired: {first}")),
            Some(_) if read == 0 => return Err(Refusal::JsonSyntax(first.to_string())),
            Some(_) => warnings.push(format!("broken JSON: {first}; {read} items before the break were read")),
        }
    }
    let Document { own, other, .. } = document;
    let has_others = own.items.seen() == 0 && other.items.seen() > 0;
    let (list, rest) = if has_others { (other, own) } else { (own, other) };
    if !document.is_feed && !list.has_item {
        return Err(Refusal::Json);
    }
    match list.name.as_str() {
        _ if !list.is_there && !rest.is_there => warnings.push("the document has no list of `items`".to_owned()),
        "" if has_others => warnings.push("the document is a bare list of items, not a JSON Feed".to_owned()),
        name if has_others && rest.is_there => {
            warnings.push(format!("the list of `items` is empty; those under `{name}` were read"));
        }
        name if has_others && !LISTS.contains(&&*plain_key(name)) => {
            warnings.push(format!("the document has no list of `items`; those under `{name}` were read"));
        }
        _ if rest.has_item => {
            warnings.push(format!(
                "{} items under `{}` beside the list of `items` were left out",
                rest.items.seen(),
                rest.name
            ));
        }
        _ => {}
    }
    let mut feed = RawFeed::new(FeedFormat::JsonFeed);
    (feed.warnings, feed.is_whole) = (warnings, error.is_none() && (list.is_there || rest.is_there));
    feed.title = document.title.map(|title| raw_text(title, TextKind::Plain));
    feed.link = document.link.map(raw_link);
    feed.language = document.language.map(Cow::Owned);
    feed.unread_dates = list.unread_dates;
    feed.empty_items = list.empty;
    let read = list.items.seen();
    let lost = document.lost + list.lost + if read == 0 { rest.lost } else { 0 };
    if lost > 0 {
        feed.warnings.push(format!("{lost} values are of another kind than JSON Feed has, and were left out"));
        feed.is_whole &= read > 0;
    }
    let (mut listed, left_out) = list.items.finish();
    let authors = joined(document.author, document.authors);
    for item in listed.iter_mut().filter(|item| item.authors.is_empty()) {
        item.authors.clone_from(&authors);
    }
    (feed.items, feed.items_left_out) = (listed, left_out);
    Ok(feed)
}

/// Returns what can be read of a document, and the error at which reading ended, if it did not reach the end.
fn deserialized(text: &str, items: usize) -> (Document, Option<serde_json::Error>) {
    let text = with_numbers_as_written(text);
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let list = || List { items: NewestItems::new(items), ..List::default() };
    let mut document = Document { own: list(), other: list(), ..Document::default() };
    let read = (&mut document).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    (document, read.err())
}

/// A list of items, or what is one under another name.
#[derive(Default)]
struct List {
    items: NewestItems<'static>,
    /// The key that it has.
    name: String,
    /// Whether there is a list, if only an empty one.
    is_there: bool,
    /// Whether something in it looks like an item.
    has_item: bool,
    unread_dates: usize,
    /// Elements that are no items, and values that are of another kind than their key asks for.
    lost: usize,
    /// Items with nothing in them.
    empty: usize,
}

impl List {
    fn add(&mut self, listed: Listed) {
        self.has_item |= listed.is_item;
        self.unread_dates += listed.unread_dates;
        self.lost += listed.lost + usize::from(listed.item.is_none());
        match listed.item {
            Some(item) if item.is_empty() => self.empty += 1,
            item => self.items.extend(item),
        }
    }
}

/// What is read of the document.
#[derive(Default)]
struct Document {
    /// Whether its version says that it is a feed.
    is_feed: bool,
    title: Option<String>,
    link: Option<String>,
    language: Option<String>,
    author: Option<String>,
    authors: Vec<String>,
    /// The list `items`.
    own: List,
    /// Lists of another name, which count if that one has no items.
    other: List,
    lost: usize,
}

impl Document {
    fn none(&mut self) {}

    fn text<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<Option<String>, A::Error> {
        let value = object.next_value::<Scalar>()?;
        self.lost += usize::from(value.text.is_none() && value.is_lost);
        Ok(value.text)
    }

    /// Returns how many items were read.
    fn seen(&self) -> usize {
        self.own.items.seen() + self.other.items.seen()
    }
}

impl<'de> DeserializeSeed<'de> for &mut Document {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The names that programs give to a list of items.
const LISTS: [&str; 10] =
    ["entries", "articles", "posts", "item", "entry", "stories", "news", "ordereditems", "results", "records"];

impl<'de> Visitor<'de> for &mut Document {
    type Value = ();

    skip!(text number);

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            match &*plain_key(&key) {
                "version" => {
                    let version = object.next_value::<Scalar>()?.text;
                    self.is_feed |= version.is_some_and(|version| is_version(&version));
                }
                // Programs put the document, or its head, into another.
                "feed" | "data" | "channel" | "result" | "rss" | "response" => object.next_value_seed(&mut *self)?,
                "title" => self.title = self.text(&mut object)?,
                "homepageurl" => self.link = self.text(&mut object)?,
                "language" => self.language = self.text(&mut object)?,
                "author" => self.author = object.next_value::<Member<AuthorName>>()?.0,
                "authors" => self.authors = object.next_value::<Names<Member<AuthorName>>>()?.0,
                "items" => {
                    self.own.name = "items".to_owned();
                    object.next_value_seed(Items(&mut self.own))?;
                }
                name if LISTS.contains(&name) => {
                    let before = self.other.items.seen();
                    object.next_value_seed(Items(&mut self.other))?;
                    if before == 0 {
                        self.other.name = key.into_owned();
                    }
                }
                // An extension (JSON Feed 1.1, "Extensions") is for those who know it.
                _ if key.starts_with('_') => drop(object.next_value::<IgnoredAny>()?),
                _ => object.next_value_seed(Search { list: &mut self.other, name: &key })?,
            }
        }
        Ok(())
    }

    /// A list alone, as WordPress and other programs answer.
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        Search { list: &mut self.other, name: "" }.visit_seq(list)
    }
}

/// Returns whether a version is one of JSON Feed: its address, or the number alone, as some programs write it.
fn is_version(version: &str) -> bool {
    version.contains("jsonfeed.org/version") || matches!(version, "1" | "1.0" | "1.1")
}

/// Reads the list of items: a list, also of lists, an object with the items as its values, or a single item.
struct Items<'d>(&'d mut List);

impl Items<'_> {
    fn lost<E>(self) -> Result<(), E> {
        self.0.lost += 1;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.lost()
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.lost()
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.lost()
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.lost()
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.lost()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        self.0.is_there = true;
        let mut next: Option<Cow<'de, str>> = object.next_key()?;
        if next.as_deref().is_some_and(is_item_key) {
            self.0.add(Listed::read(next, object)?);
            return Ok(());
        }
        while next.is_some() {
            object.next_value_seed(Element(self.0))?;
            next = object.next_key()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.is_there = true;
        while list.next_element_seed(Element(self.0))?.is_some() {}
        Ok(())
    }
}

/// Reads an element of the list of items: an item, or a list of items.
struct Element<'d>(&'d mut List);

impl Element<'_> {
    fn none(self) {
        self.0.lost += 1;
    }
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = ();

    skip!(text number);

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let first = object.next_key()?;
        self.0.add(Listed::read(first, object)?);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Element(self.0))?.is_some() {}
        Ok(())
    }
}

/// Looks for items in a value of a name that nobody knows, at any depth.
struct Search<'d, 'n> {
    list: &'d mut List,
    name: &'n str,
}

impl Search<'_, '_> {
    fn none(self) {}
}

impl<'de> DeserializeSeed<'de> for Search<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_, '_> {
    type Value = ();

    skip!(text number);

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            object.next_value_seed(Search { list: &mut *self.list, name: &key })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(listed) = list.next_element::<Listed>()? {
            if !listed.is_surely_an_item() {
                continue;
            }
            if self.list.items.seen() == 0 {
                self.name.clone_into(&mut self.list.name);
            }
            self.list.is_there = true;
            self.list.add(listed);
        }
        Ok(())
    }
}
