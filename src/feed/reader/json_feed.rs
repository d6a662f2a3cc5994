//! JSON Feed that `feed-rs` refuses: numeric ids, missing titles, objects in place of texts, broken JSON
//! (<https://www.jsonfeed.org/version/1.1/>).
//!
//! Items are read one by one, and what no field has a use for is skipped: a document of ten megabytes can hold millions
//! of empty items, which would fill the memory as a tree.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json_item::{Listed, is_item_key, joined, plain_key, raw_link, raw_text};
use super::json_repair::{Repaired, repaired};
use super::json_values::{AuthorName, Member, Names, Scalar, skip, with_numbers_as_written};
use super::newest::NewestItems;
use super::raw::{RawFeed, Refusal};
use crate::model::FeedFormat;
use crate::text::html::TextKind;

/// Reads a document, and the newest of its items, at most `items`.
pub(super) fn read(text: &str, items: usize) -> Result<RawFeed<'static>, Refusal> {
    let (mut document, mut error) = deserialized(text, items);
    let mut warnings = Vec::new();
    let mut is_doubtful = false;
    let is_broken = error.is_some();
    if let Some(first) = error {
        let Repaired { text, is_doubtful: brackets } = repaired(text);
        (document, error) = deserialized(&text, items);
        is_doubtful = brackets;
        let read = document.seen();
        match &error {
            None if is_doubtful => {
                warnings.push(format!("the brackets of the JSON do not match, so parts of it may be lost: {first}"));
            }
            None => warnings.push(format!("broken JSON was repaired: {first}")),
            Some(_) if read == 0 => return Err(Refusal::JsonSyntax(first.to_string())),
            Some(_) => warnings.push(format!("broken JSON: {first}; {read} items before the break were read")),
        }
    }
    let Document { own, found: Found { items: mut other, mut undated, .. }, .. } = document;
    // What has no date may be a menu, but not where a feed has nothing else.
    if document.is_feed && !own.is_there && other.items.seen() == 0 {
        std::mem::swap(&mut other, &mut undated);
    }
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
    let is_whole = error.is_none() && !is_doubtful && (list.is_there || rest.is_there);
    let has_undated = undated.items.seen() > 0;
    if has_undated {
        let (count, name) = (undated.items.seen(), &undated.name);
        warnings.push(format!("{count} elements of `{name}` that may be items, without a date, were left out"));
    }
    let mut feed = RawFeed::new(FeedFormat::JsonFeed);
    (feed.warnings, feed.is_whole) = (warnings, is_whole && !(has_undated && list.items.seen() == 0));
    feed.title = document.title.map(|title| raw_text(title, TextKind::Plain));
    feed.link = document.link.map(raw_link);
    feed.own_address = document.own_address.map(raw_link);
    feed.language = document.language.map(Cow::Owned);
    feed.unread_dates = list.unread_dates;
    feed.empty_items = list.empty;
    let read = list.items.seen();
    let lost = document.lost + list.lost + if read == 0 { rest.lost } else { 0 };
    if lost > 0 {
        feed.warnings.push(format!("{lost} values are of another kind than JSON Feed has, and were left out"));
        feed.is_whole &= read > 0 && !is_broken;
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
    let list = || List::new(items);
    let found = Found { items: list(), undated: list(), limit: items };
    let mut document = Document { own: list(), found, ..Document::default() };
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
    fn new(limit: usize) -> List {
        List { items: NewestItems::new(limit), ..List::default() }
    }

    /// Takes the items of another list, which has this name.
    fn append(&mut self, other: List, name: &str) {
        if self.items.seen() == 0 {
            name.clone_into(&mut self.name);
        }
        self.is_there = true;
        self.has_item |= other.has_item;
        self.unread_dates += other.unread_dates;
        self.lost += other.lost;
        self.empty += other.empty;
        self.items.append(other.items);
    }

    fn add(&mut self, listed: Listed) {
        if !listed.section.is_empty() {
            return listed.flat().into_iter().for_each(|listed| self.add(listed));
        }
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
    /// The key of the last object that is a document of its own; empty for the whole.
    around: String,
    title: Option<String>,
    link: Option<String>,
    own_address: Option<String>,
    language: Option<String>,
    author: Option<String>,
    authors: Vec<String>,
    /// The list `items`.
    own: List,
    /// Lists of another name, which count if that one has no items.
    found: Found,
    lost: usize,
}

/// What looks like items in lists of other names.
#[derive(Default)]
struct Found {
    /// Lists in which something has an address, a text and a date.
    items: List,
    /// Lists in which nothing has a date.
    undated: List,
    limit: usize,
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
        self.own.items.seen() + self.found.items.items.seen()
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
                "feed" | "data" | "channel" | "result" | "rss" | "response" => {
                    self.around = key.into_owned();
                    object.next_value_seed(&mut *self)?;
                }
                "title" => self.title = self.text(&mut object)?,
                "homepageurl" => self.link = self.text(&mut object)?,
                "feedurl" => self.own_address = self.text(&mut object)?,
                "language" => self.language = self.text(&mut object)?,
                "author" => self.author = object.next_value::<Member<AuthorName>>()?.0,
                "authors" => self.authors = object.next_value::<Names<Member<AuthorName>>>()?.0,
                "items" => {
                    self.own.name = "items".to_owned();
                    object.next_value_seed(Items(&mut self.own))?;
                }
                name if LISTS.contains(&name) => {
                    let other = &mut self.found.items;
                    let before = other.items.seen();
                    object.next_value_seed(Items(other))?;
                    if before == 0 {
                        other.name = key.into_owned();
                    }
                }
                // What has lost its key among brackets that do not match follows the list that it is of.
                "" => {
                    let of_others = self.found.items.is_there && !self.own.is_there;
                    object.next_value_seed(Items(if of_others { &mut self.found.items } else { &mut self.own }))?;
                }
                // An extension (JSON Feed 1.1, "Extensions") is for those who know it.
                _ if key.starts_with('_') => drop(object.next_value::<IgnoredAny>()?),
                _ => object.next_value_seed(Search { found: &mut self.found, name: &key })?,
            }
        }
        Ok(())
    }

    /// A list alone, as WordPress and other programs answer.
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        Search { found: &mut self.found, name: &self.around }.visit_seq(list)
    }
}

/// The head of a document that has nothing but what JSON Feed has.
pub(super) struct Head {
    /// The addresses that the feed names as its page and as its own.
    pub(super) addresses: Vec<String>,
}

impl Head {
    /// Returns the head, or `None` if the document is not valid or has keys that JSON Feed has not.
    pub(super) fn of(text: &str) -> Option<Head> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let (addresses, is_usual) = deserializer.deserialize_map(HeadVisitor).ok()?;
        is_usual.then_some(Head { addresses })
    }
}

struct HeadVisitor;

impl<'de> Visitor<'de> for HeadVisitor {
    type Value = (Vec<String>, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let (mut addresses, mut is_usual) = (Vec::new(), true);
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            match &*key {
                "home_page_url" | "feed_url" => addresses.extend(object.next_value::<Scalar>()?.text),
                _ => {
                    let IgnoredAny = object.next_value()?;
                    is_usual &= KEYS.contains(&&*key) || key.starts_with('_');
                }
            }
        }
        Ok((addresses, is_usual))
    }
}

/// The other keys of a document (JSON Feed 1.1, "Top-level").
const KEYS: [&str; 13] = [
    "version",
    "title",
    "description",
    "user_comment",
    "next_url",
    "icon",
    "favicon",
    "author",
    "authors",
    "language",
    "expired",
    "hubs",
    "items",
];

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
    found: &'d mut Found,
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
            object.next_value_seed(Search { found: &mut *self.found, name: &key })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut found = List::new(self.found.limit);
        let (mut is_sure, mut is_likely) = (false, false);
        while let Some(listed) = list.next_element::<Listed>()? {
            for listed in listed.flat() {
                is_sure |= listed.is_surely_an_item();
                is_likely |= listed.is_page;
                found.add(listed);
            }
        }
        if is_sure {
            self.found.items.append(found, self.name);
        } else if is_likely {
            self.found.undated.append(found, self.name);
        }
        Ok(())
    }
}
