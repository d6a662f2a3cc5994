//! An item of a JSON Feed, with the keys that programs write in place of those of the specification.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json_values::{AttachmentUrl, AuthorName, BestLink, Member, NAMES, Names, Scalar, skip};
use super::raw::{RawItem, RawLink, RawText};
use crate::feed::dates;
use crate::text::html::TextKind;

/// An element of a list of items.
#[derive(Default)]
pub(super) struct Listed {
    /// None if it is no object.
    pub(super) item: Option<RawItem<'static>>,
    /// Whether it looks like an item, for a document that does not say that it is a feed.
    pub(super) is_item: bool,
    /// Whether it has a link and a text that is not only a name, as pages have and authors have not.
    pub(super) is_page: bool,
    pub(super) unread_dates: usize,
    /// The items of a list within it, if it is not an item but a section that has items.
    pub(super) section: Vec<Listed>,
    /// Texts, addresses and dates of another kind.
    pub(super) lost: usize,
}

impl Listed {
    fn none(&self) -> Listed {
        Listed::default()
    }

    /// Returns whether it is an item by any measure: with an address, a text and a date.
    pub(super) fn is_surely_an_item(&self) -> bool {
        let has_date = |item: &RawItem<'_>| item.published.or(item.updated).is_some();
        self.is_item && (self.unread_dates > 0 || self.item.as_ref().is_some_and(has_date))
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

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Listed, D::Error> {
        deserializer.deserialize_any(Listed::default())
    }
}

/// The keys by which an item is known.
const ITEM_KEYS: [&str; 9] =
    ["id", "url", "title", "summary", "contenthtml", "contenttext", "datepublished", "link", "guid"];

/// Returns whether a key is one of an item, for an object that may be an item or a list with keys of its own.
pub(super) fn is_item_key(key: &str) -> bool {
    ITEM_KEYS.contains(&&*plain_key(key))
}

/// Returns a key as it is compared: programs write `Title`, `datePublished`, `content-html` and `dc:date` as well.
pub(super) fn plain_key(key: &str) -> Cow<'_, str> {
    if key.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(key);
    }
    let is_plain = |letter: &char| !matches!(letter, '_' | '-' | ':' | '@' | ' ');
    Cow::Owned(key.chars().filter(is_plain).map(|letter| letter.to_ascii_lowercase()).collect())
}

pub(super) fn raw_text(text: String, kind: TextKind) -> RawText<'static> {
    RawText { text: Cow::Owned(text), kind }
}

pub(super) fn raw_link(href: String) -> RawLink<'static> {
    RawLink { href: Cow::Owned(href), base: None, is_resolved: false }
}

/// `author` of version 1.0, and `authors` of version 1.1.
pub(super) fn joined(author: Option<String>, authors: Vec<String>) -> Vec<Cow<'static, str>> {
    author.into_iter().chain(authors).take(NAMES).map(Cow::Owned).collect()
}

/// What is read of an item: the fields of JSON Feed, and those that other programs write in their place.
#[derive(Default)]
struct Fields {
    id: Option<String>,
    guid: Option<String>,
    url: Option<String>,
    external_url: Option<String>,
    other_link: Option<String>,
    /// Those beside it, which serve if it leads elsewhere.
    more_links: Vec<String>,
    title: Option<String>,
    other_title: Option<String>,
    /// Whether that is only a name.
    is_named: bool,
    summary: Option<String>,
    html: Option<String>,
    plain: Option<String>,
    other_text: Option<String>,
    description: Option<String>,
    published: Option<Timestamp>,
    /// The date of WordPress with a zone; its `date` has none.
    published_utc: Option<Timestamp>,
    other_published: Option<Timestamp>,
    updated: Option<Timestamp>,
    updated_utc: Option<Timestamp>,
    other_updated: Option<Timestamp>,
    author: Option<String>,
    authors: Vec<String>,
    tags: Vec<String>,
    language: Option<String>,
    attachment: Option<String>,
    /// The item within its envelope.
    within: Option<Box<Listed>>,
    /// The items of a list within it.
    section: Section,
    unread_dates: usize,
    lost: usize,
}

impl Fields {
    fn text<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<Option<String>, A::Error> {
        let value = object.next_value::<Scalar>()?;
        // Of a list of titles the first counts.
        self.lost += usize::from(value.text.is_none() && value.is_lost) + value.further.len();
        Ok(value.text)
    }

    /// Reads a text that may come in paragraphs.
    fn paragraphs<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<Option<String>, A::Error> {
        let value = object.next_value::<Scalar>()?;
        self.lost += usize::from(value.text.is_none() && value.is_lost);
        Ok(value.text.map(|first| std::iter::once(first).chain(value.further).collect::<Vec<String>>().join("\n")))
    }

    fn date<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<Option<Timestamp>, A::Error> {
        let Some(text) = self.text(object)? else { return Ok(None) };
        let date = dates::parse(&text);
        self.unread_dates += usize::from(date.is_none());
        Ok(date)
    }

    /// Reads the value of a key.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "id" => self.id = self.text(object)?,
            "url" => self.url = self.text(object)?,
            "externalurl" => self.external_url = self.text(object)?,
            "title" => self.title = self.text(object)?,
            "summary" => self.summary = self.paragraphs(object)?,
            "contenthtml" => self.html = self.paragraphs(object)?,
            "contenttext" => self.plain = self.paragraphs(object)?,
            "datepublished" => self.published = self.date(object)?,
            "datemodified" => self.updated = self.date(object)?,
            "language" => self.language = self.text(object)?,
            "author" => self.author = object.next_value::<Member<AuthorName>>()?.0,
            "authors" => self.authors = object.next_value::<Names<Member<AuthorName>>>()?.0,
            "tags" => self.tags = object.next_value::<Names<Scalar>>()?.0,
            "attachments" => {
                self.attachment = object.next_value::<Names<Member<AttachmentUrl>>>()?.0.into_iter().next();
            }
            _ => return self.read_other(key, object),
        }
        Ok(())
    }

    /// Reads the value of a key that JSON Feed does not have: those of RSS and Atom, of WordPress, of news sites.
    fn read_other<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let none = |found: &Option<String>| found.is_none();
        match key {
            "guid" | "uuid" if none(&self.guid) => self.guid = self.text(object)?,
            "link" | "links" | "permalink" | "permalinkurl" | "canonicalurl" | "weburl" | "articleurl" | "pageurl"
            | "shareurl" | "uri" | "href" => {
                let link = object.next_value::<BestLink>()?.0;
                match none(&self.other_link) {
                    true => self.other_link = link,
                    false => self.more_links.extend(link),
                }
            }
            "headline" | "webtitle" | "heading" | "name" | "subject" if none(&self.other_title) => {
                self.other_title = self.text(object)?;
                self.is_named = key == "name";
            }
            "content" | "body" | "contentencoded" | "articlebody" | "text" if none(&self.other_text) => {
                self.other_text = self.paragraphs(object)?;
            }
            "description" | "excerpt" | "lead" | "teaser" | "standfirst" if none(&self.description) => {
                self.description = self.paragraphs(object)?;
            }
            "dategmt" => self.published_utc = self.date(object)?,
            "modifiedgmt" => self.updated_utc = self.date(object)?,
            "published" | "pubdate" | "date" | "publishedat" | "publishdate" | "publicationdate" | "dcdate"
            | "created" | "createdutc" | "dateposted" | "datecreated" | "createdat" | "timestamp" | "isodate"
            | "webpublicationdate"
                if self.other_published.is_none() =>
            {
                self.other_published = self.date(object)?;
            }
            "updated" | "modified" | "updatedat" | "modifiedat" | "lastmodified" if self.other_updated.is_none() => {
                self.other_updated = self.date(object)?;
            }
            "creator" | "dccreator" | "byline" if self.authors.is_empty() => {
                self.authors = object.next_value::<Names<Member<AuthorName>>>()?.0;
            }
            // The envelopes of GraphQL, JSON:API, search engines and ActivityPub.
            "node" | "attributes" | "source" | "data" | "object" | "item" | "post" | "article"
                if self.within.is_none() =>
            {
                self.within = Some(Box::new(object.next_value()?));
            }
            "items" | "entries" | "articles" | "posts" | "stories" | "news" if self.section.items.is_empty() => {
                self.section = object.next_value()?;
            }
            // What has lost its key among brackets that do not match.
            "" => self.lost += usize::from(object.next_value::<Option<IgnoredAny>>()?.is_some()),
            _ => drop(object.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    fn finish(self) -> Listed {
        let has_address = [&self.id, &self.guid, &self.url, &self.other_link].into_iter().any(Option::is_some);
        let texts = [
            &self.title,
            &self.other_title,
            &self.summary,
            &self.html,
            &self.plain,
            &self.other_text,
            &self.description,
        ];
        let has_text = texts.into_iter().any(Option::is_some);
        let is_only_named = self.is_named && texts.into_iter().flatten().count() == 1;
        let html = self.html.or(self.other_text);
        // RSS has its text as the description, if it has no longer one.
        let (html, description) = match html {
            None if self.plain.is_none() => (self.description, None),
            html => (html, self.description),
        };
        let plain = self.plain.map(|text| raw_text(text, TextKind::Plain));
        let description = description.map(|text| raw_text(text, TextKind::Html));
        // If there are both, the plain one is usually shorter.
        let (content, other) = match html {
            Some(html) => (Some(raw_text(html, TextKind::Html)), plain),
            None => (plain, None),
        };
        let id = self.id.or(self.guid);
        // The best id is the address of what the item describes.
        let address = id.as_deref().filter(|id| id.starts_with("https://") || id.starts_with("http://"));
        let address = address.map(str::to_owned);
        let other_links = [self.other_link.clone(), address.clone()].into_iter().flatten().chain(self.more_links);
        let other_links = other_links.map(raw_link).collect();
        let item = RawItem {
            other_links,
            link: self.url.or(self.other_link).or(self.external_url).or(address).or(self.attachment).map(raw_link),
            id: id.map(Cow::Owned),
            original_link: None,
            title: self.title.or(self.other_title).map(|text| raw_text(text, TextKind::Plain)),
            published: self.published.or(self.published_utc).or(self.other_published),
            updated: self.updated.or(self.updated_utc).or(self.other_updated),
            summary: self.summary.map(|text| raw_text(text, TextKind::Plain)).or(description).or(other),
            content,
            authors: joined(self.author, self.authors),
            categories: self.tags.into_iter().map(Cow::Owned).collect(),
            language: self.language.map(Cow::Owned),
        };
        // A true item has a date, and such lists beside it are of others.
        let has_date = item.published.or(item.updated).is_some();
        if !has_date && self.section.items.iter().any(|within| within.is_item) {
            let lost = self.lost + self.section.lost;
            return Listed { section: self.section.items, unread_dates: self.unread_dates, lost, ..Listed::default() };
        }
        let own = Listed {
            section: Vec::new(),
            is_page: item.link.is_some() && has_text && !is_only_named,
            item: Some(item),
            is_item: has_address && has_text,
            unread_dates: self.unread_dates,
            lost: self.lost,
        };
        match self.within {
            Some(within) if !has_text => own.around(*within),
            _ => own,
        }
    }
}

/// The items of a list within an element of a list: a section of a site.
#[derive(Default)]
struct Section {
    items: Vec<Listed>,
    /// Elements that are no items, and items beyond the limit.
    lost: usize,
}

/// The limit of the items of a section.
const SECTION: usize = 500;

impl Section {
    fn none(&self) -> Section {
        Section::default()
    }
}

impl<'de> Visitor<'de> for Section {
    type Value = Section;

    skip!(text number object);

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Section, A::Error> {
        while let Some(listed) = list.next_element::<Listed>()? {
            self.lost += usize::from(listed.item.is_none() && listed.section.is_empty());
            for one in listed.flat() {
                match self.items.len() < SECTION {
                    true => self.items.push(one),
                    false => self.lost += 1,
                }
            }
        }
        Ok(self)
    }
}

impl<'de> Deserialize<'de> for Section {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Section, D::Error> {
        deserializer.deserialize_any(Section::default())
    }
}

impl Listed {
    /// Returns the items of a section, else the element itself.
    pub(super) fn flat(mut self) -> Vec<Listed> {
        match self.section.first_mut() {
            Some(first) => {
                first.lost += self.lost;
                first.unread_dates += self.unread_dates;
                self.section
            }
            None => vec![self],
        }
    }

    /// Reads an item whose first key was read already.
    pub(super) fn read<'de, A: MapAccess<'de>>(
        first: Option<Cow<'de, str>>,
        mut object: A,
    ) -> Result<Listed, A::Error> {
        let mut fields = Fields::default();
        let mut next = first;
        while let Some(key) = next {
            fields.read(&plain_key(&key), &mut object)?;
            next = object.next_key()?;
        }
        Ok(fields.finish())
    }

    /// Returns the item that an envelope without a text has within it; what that lacks is taken from the envelope.
    fn around(self, within: Listed) -> Listed {
        let (Some(envelope), Some(item)) = (self.item, within.item) else {
            return Listed { item: None, ..within };
        };
        let (has_address, has_text) = (
            item.id.is_some() || envelope.id.is_some() || item.link.is_some() || envelope.link.is_some(),
            item.title.is_some() || item.summary.is_some() || item.content.is_some(),
        );
        let item = RawItem {
            id: item.id.or(envelope.id),
            other_links: item.other_links.into_iter().chain(envelope.link.clone()).collect(),
            link: item.link.or(envelope.link),
            published: item.published.or(envelope.published),
            updated: item.updated.or(envelope.updated),
            authors: if item.authors.is_empty() { envelope.authors } else { item.authors },
            ..item
        };
        Listed {
            section: Vec::new(),
            is_page: item.link.is_some() && has_text,
            item: Some(item),
            is_item: has_address && has_text,
            unread_dates: self.unread_dates + within.unread_dates,
            lost: self.lost + within.lost,
        }
    }
}
