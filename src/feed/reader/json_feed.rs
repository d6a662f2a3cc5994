//! JSON Feed that `feed-rs` refuses: numeric ids, missing titles, objects in place of texts, broken JSON
//! (<https://www.jsonfeed.org/version/1.1/>).
//!
//! Items are read one by one, and what no field has a use for is skipped: a document of ten megabytes can hold millions
//! of empty items, which would fill the memory as a tree.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde_json::Number;

use super::json_repair::repaired;
use super::newest::NewestItems;
use super::raw::{RawFeed, RawItem, RawLink, RawText, Refusal};
use crate::feed::dates;
use crate::model::FeedFormat;
use crate::text::html::TextKind;

/// The limit of authors, and of tags, of a feed or an item.
const NAMES: usize = 64;

/// Reads a document, and the newest of its items, at most `items`.
pub(super) fn read(text: &str, items: usize) -> Result<RawFeed<'static>, Refusal> {
    let (mut document, mut error) = deserialized(text, items);
    let mut warnings = Vec::new();
    if let Some(first) = error {
        (document, error) = deserialized(&repaired(text), items);
        let read = document.items.seen();
        match &error {
            None => warnings.push(format!("broken JSON was repaired: {first}")),
            Some(_) if read == 0 => return Err(Refusal::JsonSyntax(first.to_string())),
            Some(_) => warnings.push(format!("broken JSON: {first}; {read} items before the break were read")),
        }
    }
    if !document.is_feed && !document.has_item {
        return Err(Refusal::Json);
    }
    let mut feed = RawFeed::new(FeedFormat::JsonFeed);
    (feed.warnings, feed.is_whole) = (warnings, error.is_none());
    feed.title = document.title.map(|title| raw_text(title, TextKind::Plain));
    feed.link = document.link.map(link);
    feed.language = document.language.map(Cow::Owned);
    feed.unread_dates = document.unread_dates;
    feed.empty_items = document.empty;
    if document.lost > 0 {
        feed.warnings
            .push(format!("{} values are of another kind than JSON Feed has, and were left out", document.lost));
        feed.is_whole &= document.items.seen() > 0;
    }
    if !document.has_list {
        feed.warnings.push("the document has no list of `items`".to_owned());
        feed.is_whole = false;
    }
    let (mut listed, left_out) = document.items.finish();
    let authors = joined(document.author, document.authors);
    for item in listed.iter_mut().filter(|item| item.authors.is_empty()) {
        item.authors.clone_from(&authors);
    }
    (feed.items, feed.items_left_out) = (listed, left_out);
    Ok(feed)
}

/// Returns what can be read of a document, and the error at which reading ended, if it did not reach the end.
fn deserialized(text: &str, items: usize) -> (Document, Option<serde_json::Error>) {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut document = Document { items: NewestItems::new(items), ..Document::default() };
    let read = (&mut document).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    (document, read.err())
}

fn raw_text(text: String, kind: TextKind) -> RawText<'static> {
    RawText { text: Cow::Owned(text), kind }
}

fn link(href: String) -> RawLink<'static> {
    RawLink { href: Cow::Owned(href), base: None, is_resolved: false }
}

/// `author` of version 1.0, and `authors` of version 1.1.
fn joined(author: Option<String>, authors: Vec<String>) -> Vec<Cow<'static, str>> {
    author.into_iter().chain(authors).take(NAMES).map(Cow::Owned).collect()
}

/// Skips every value of another kind than those that a visitor reads.
macro_rules! skip {
    ($($kind:ident)*) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(self.none())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(self.none())
        }
        $(skip!(@ $kind);)*
    };
    (@ text) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(self.none())
        }
    };
    (@ number) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(self.none())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(self.none())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(self.none())
        }
    };
    (@ list) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(self.none())
        }
    };
    (@ object) => {
        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
            while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(self.none())
        }
    };
}

/// A text without white space around it, or a number as text; none if it is empty or anything else. Of a list it is the
/// first, and of an object what such objects have as their text.
#[derive(Default)]
struct Scalar(Option<String>);

impl Scalar {
    fn none(&self) -> Scalar {
        Scalar(None)
    }
}

/// The keys of an object, given instead of a text, that hold the text.
const TEXTS: [&str; 11] = ["rendered", "value", "text", "name", "href", "url", "_", "#text", "date", "$date", "$oid"];

impl<'de> Visitor<'de> for Scalar {
    type Value = Scalar;

    skip!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        let first = list.next_element::<Scalar>()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first.unwrap_or_default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar, A::Error> {
        let mut found = Scalar(None);
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            match TEXTS.contains(&&*key) && found.0.is_none() {
                true => found = object.next_value()?,
                false => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar(Some(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar(Some(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar(Number::from_f64(number).map(|number| number.to_string())))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(Scalar::default())
    }
}

/// The text that an object has under a key, or a text in place of the object.
struct Member<K>(Option<String>, PhantomData<K>);

/// The key of a [`Member`].
trait Key {
    const NAME: &'static str;
}

/// The name of an author.
struct AuthorName;

impl Key for AuthorName {
    const NAME: &'static str = "name";
}

/// The address of an attachment.
struct AttachmentUrl;

impl Key for AttachmentUrl {
    const NAME: &'static str = "url";
}

impl<K> Default for Member<K> {
    fn default() -> Member<K> {
        Member(None, PhantomData)
    }
}

impl<K> Member<K> {
    fn none(&self) -> Member<K> {
        Member::default()
    }
}

impl<'de, K: Key> Visitor<'de> for Member<K> {
    type Value = Member<K>;

    skip!(number list);

    fn visit_str<E>(self, text: &str) -> Result<Member<K>, E> {
        Ok(Member(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned), PhantomData))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Member<K>, A::Error> {
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            match &*key {
                name if name == K::NAME => self.0 = object.next_value::<Scalar>()?.0,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(self)
    }
}

impl<'de, K: Key> Deserialize<'de> for Member<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Member<K>, D::Error> {
        deserializer.deserialize_any(Member::default())
    }
}

/// A list of names, or one name, each read as a `T`; what exceeds the limit is skipped.
struct Names<T>(Vec<String>, PhantomData<T>);

impl<T> Default for Names<T> {
    fn default() -> Names<T> {
        Names(Vec::new(), PhantomData)
    }
}

impl<T> Names<T> {
    fn none(&self) -> Names<T> {
        Names::default()
    }
}

impl<'de, T: Deserialize<'de> + Into<Option<String>>> Visitor<'de> for Names<T> {
    type Value = Names<T>;

    skip!(number);

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<Names<T>, E> {
        self.0.extend(T::deserialize(text.into_deserializer())?.into());
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, object: A) -> Result<Names<T>, A::Error> {
        self.0.extend(T::deserialize(MapAccessDeserializer::new(object))?.into());
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Names<T>, A::Error> {
        for _ in 0..NAMES {
            match list.next_element::<T>()? {
                Some(name) => self.0.extend(name.into()),
                None => return Ok(self),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self)
    }
}

impl<'de, T: Deserialize<'de> + Into<Option<String>>> Deserialize<'de> for Names<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Names<T>, D::Error> {
        deserializer.deserialize_any(Names::default())
    }
}

impl<K> From<Member<K>> for Option<String> {
    fn from(member: Member<K>) -> Option<String> {
        member.0
    }
}

impl From<Scalar> for Option<String> {
    fn from(scalar: Scalar) -> Option<String> {
        scalar.0
    }
}

/// An element of `items`.
#[derive(Default)]
struct Listed {
    /// None if it is no object.
    item: Option<RawItem<'static>>,
    /// Whether it looks like an item, for a document that does not say that it is a feed.
    is_item: bool,
    unread_dates: usize,
}

impl Listed {
    fn none(&self) -> Listed {
        Listed::default()
    }
}

impl<'de> Visitor<'de> for Listed {
    type Value = Listed;

    skip!(text number list);

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Listed, A::Error> {
        let first = object.next_key()?;
        Listed::read(first, object)
    }
}

impl Listed {
    /// Reads an item whose first key was read already.
    fn read<'de, A: MapAccess<'de>>(first: Option<Cow<'de, str>>, mut object: A) -> Result<Listed, A::Error> {
        let mut item = RawItem::default();
        let (mut has_address, mut has_text, mut unread_dates) = (false, false, 0);
        let (mut plain, mut html, mut url, mut external_url) = (None, None, None, None);
        let (mut author, mut authors, mut attachment) = (None, Vec::new(), None);
        let mut date = |text: Option<String>| {
            let text = text?;
            let date = dates::parse(&text);
            unread_dates += usize::from(date.is_none());
            date
        };
        // What programs write in place of the keys of JSON Feed.
        let (mut guid, mut other_link, mut other_title, mut other_text) = (None, None, None, None);
        let (mut other_published, mut other_updated) = (None, None);
        let mut next = first;
        while let Some(key) = next {
            let key = plain_key(&key);
            has_address |= matches!(&*key, "id" | "url" | "link" | "guid");
            has_text |= matches!(&*key, "title" | "summary" | "contenthtml" | "contenttext");
            match &*key {
                "guid" => guid = object.next_value::<Scalar>()?.0,
                "link" | "permalink" => other_link = object.next_value::<Scalar>()?.0,
                "headline" => other_title = object.next_value::<Scalar>()?.0,
                "content" | "description" | "body" => other_text = other_text.or(object.next_value::<Scalar>()?.0),
                "published" | "pubdate" | "date" => other_published = date(object.next_value::<Scalar>()?.0),
                "updated" | "modified" => other_updated = date(object.next_value::<Scalar>()?.0),
                "id" => item.id = object.next_value::<Scalar>()?.0.map(Cow::Owned),
                "title" => item.title = object.next_value::<Scalar>()?.0.map(|text| raw_text(text, TextKind::Plain)),
                "url" => url = object.next_value::<Scalar>()?.0,
                "externalurl" => external_url = object.next_value::<Scalar>()?.0,
                "datepublished" => item.published = date(object.next_value::<Scalar>()?.0),
                "datemodified" => item.updated = date(object.next_value::<Scalar>()?.0),
                "summary" => {
                    item.summary = object.next_value::<Scalar>()?.0.map(|text| raw_text(text, TextKind::Plain));
                }
                "contenttext" => plain = object.next_value::<Scalar>()?.0,
                "contenthtml" => html = object.next_value::<Scalar>()?.0,
                "author" => author = object.next_value::<Member<AuthorName>>()?.0,
                "authors" => authors = object.next_value::<Names<Member<AuthorName>>>()?.0,
                "tags" => {
                    let tags = object.next_value::<Names<Scalar>>()?.0;
                    item.categories = tags.into_iter().map(Cow::Owned).collect();
                }
                "language" => item.language = object.next_value::<Scalar>()?.0.map(Cow::Owned),
                "attachments" => attachment = object.next_value::<Names<Member<AttachmentUrl>>>()?.0.into_iter().next(),
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
            next = object.next_key()?;
        }
        item.id = item.id.take().or(guid.map(Cow::Owned));
        item.title = item.title.take().or(other_title.map(|text| raw_text(text, TextKind::Plain)));
        item.published = item.published.or(other_published);
        item.updated = item.updated.or(other_updated);
        let html = html.or(other_text.filter(|_| plain.is_none()));
        let plain = plain.map(|text| raw_text(text, TextKind::Plain));
        // If there are both, the plain one is usually shorter.
        let (content, other) = match html {
            Some(html) => (Some(raw_text(html, TextKind::Html)), plain),
            None => (plain, None),
        };
        item.content = content;
        item.summary = item.summary.or(other);
        // The best id is the address of what the item describes.
        let id = item.id.as_deref().filter(|id| id.starts_with("https://") || id.starts_with("http://"));
        item.permalink = id.map(|id| link(id.to_owned()));
        item.link = url.or(other_link).or(external_url).or(id.map(str::to_owned)).or(attachment).map(link);
        item.authors = joined(author, authors);
        Ok(Listed { item: Some(item), is_item: has_address && has_text, unread_dates })
    }
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Listed, D::Error> {
        deserializer.deserialize_any(Listed::default())
    }
}

/// What is read of the document.
#[derive(Default)]
struct Document {
    /// Whether its version says that it is a feed.
    is_feed: bool,
    /// Whether something in the list looks like an item.
    has_item: bool,
    title: Option<String>,
    link: Option<String>,
    language: Option<String>,
    author: Option<String>,
    authors: Vec<String>,
    items: NewestItems<'static>,
    unread_dates: usize,
    /// Whether there is a list of items, if only an empty one.
    has_list: bool,
    /// Elements of that list that are no items.
    lost: usize,
    /// Items with nothing in them.
    empty: usize,
}

impl Document {
    fn none(&mut self) {}
}

impl<'de> DeserializeSeed<'de> for &mut Document {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Document {
    type Value = ();

    skip!(text number list);

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            match &*plain_key(&key) {
                "version" => {
                    let version = object.next_value::<Scalar>()?.0;
                    self.is_feed |= version.is_some_and(|version| is_version(&version));
                }
                // Programs put the document, or its head, into another.
                "feed" | "data" | "channel" | "result" => object.next_value_seed(&mut *self)?,
                "entries" | "articles" | "posts" if !self.has_list => object.next_value_seed(Items(self))?,
                "title" => self.title = object.next_value::<Scalar>()?.0,
                "homepageurl" => self.link = object.next_value::<Scalar>()?.0,
                "language" => self.language = object.next_value::<Scalar>()?.0,
                "author" => self.author = object.next_value::<Member<AuthorName>>()?.0,
                "authors" => self.authors = object.next_value::<Names<Member<AuthorName>>>()?.0,
                "items" => object.next_value_seed(Items(self))?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Returns a key as it is compared: programs write `Title`, `datePublished` and `content-html` as well.
fn plain_key(key: &str) -> Cow<'_, str> {
    if key.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(key);
    }
    let plain = |letter: char| !matches!(letter, '_' | '-');
    Cow::Owned(key.chars().filter(|letter| plain(*letter)).map(|letter| letter.to_ascii_lowercase()).collect())
}

/// Returns whether a version is one of JSON Feed: its address, or the number alone, as some programs write it.
fn is_version(version: &str) -> bool {
    version.contains("jsonfeed.org/version") || matches!(version, "1" | "1.0" | "1.1")
}

/// The list of items, read into a document: a list, an object with the items as its values, or a single item.
struct Items<'d>(&'d mut Document);

/// The keys by which an item is known.
const ITEM_KEYS: [&str; 9] =
    ["id", "url", "title", "summary", "contenthtml", "contenttext", "datepublished", "link", "guid"];

impl Items<'_> {
    fn lost<E>(self) -> Result<(), E> {
        self.0.lost += 1;
        Ok(())
    }

    fn add(&mut self, listed: Listed) {
        let document = &mut *self.0;
        document.has_item |= listed.is_item;
        document.unread_dates += listed.unread_dates;
        document.lost += usize::from(listed.item.is_none());
        match listed.item {
            Some(item) if item.is_empty() => document.empty += 1,
            item => document.items.extend(item),
        }
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

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        self.0.has_list = true;
        let mut next: Option<Cow<'de, str>> = object.next_key()?;
        if next.as_deref().is_some_and(|key| ITEM_KEYS.contains(&&*plain_key(key))) {
            self.add(Listed::read(next, object)?);
            return Ok(());
        }
        while next.is_some() {
            self.add(object.next_value()?);
            next = object.next_key()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        self.0.has_list = true;
        while let Some(listed) = list.next_element::<Listed>()? {
            self.add(listed);
        }
        Ok(())
    }
}
