//! What readers return: fields as the feed writes them, before texts are made plain and addresses absolute.

use std::borrow::Cow;

use jiff::Timestamp;
use url::Url;

use crate::model::{FeedFormat, PublisherHints};
use crate::text::html::TextKind;

/// Why a reader refuses a document.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::feed) enum Refusal {
    /// It is a web page.
    Html,
    /// It is XML of another kind, with this root; empty if there is no element at all.
    Root(String),
    /// It starts like JSON, but has this syntax error.
    JsonSyntax(String),
    /// It is JSON of another kind.
    Json,
}

/// A feed as read.
#[derive(Debug)]
pub(in crate::feed) struct RawFeed<'a> {
    pub(in crate::feed) format: FeedFormat,
    pub(in crate::feed) title: Option<RawText<'a>>,
    pub(in crate::feed) link: Option<RawLink<'a>>,
    /// The address of the feed itself, as it says (`rel="self"`).
    pub(in crate::feed) own_address: Option<RawLink<'a>>,
    pub(in crate::feed) language: Option<Cow<'a, str>>,
    pub(in crate::feed) hints: PublisherHints,
    pub(in crate::feed) items: Vec<RawItem<'a>>,
    /// The number of older items that exceeded the limit.
    pub(in crate::feed) items_left_out: usize,
    /// The number of items with nothing in them, which were left out.
    pub(in crate::feed) empty_items: usize,
    /// The number of dates that could not be read.
    pub(in crate::feed) unread_dates: usize,
    pub(in crate::feed) warnings: Vec<String>,
    /// Whether the document was read to its end.
    pub(in crate::feed) is_whole: bool,
}

impl RawFeed<'_> {
    pub(in crate::feed) fn new(format: FeedFormat) -> Self {
        RawFeed {
            format,
            title: None,
            link: None,
            own_address: None,
            language: None,
            hints: PublisherHints::default(),
            items: Vec::new(),
            items_left_out: 0,
            empty_items: 0,
            unread_dates: 0,
            warnings: Vec::new(),
            is_whole: true,
        }
    }
}

/// An item as read.
#[derive(Debug, Default)]
pub(in crate::feed) struct RawItem<'a> {
    pub(in crate::feed) id: Option<Cow<'a, str>>,
    pub(in crate::feed) title: Option<RawText<'a>>,
    pub(in crate::feed) link: Option<RawLink<'a>>,
    /// The address that a service for feeds replaced by its own.
    pub(in crate::feed) original_link: Option<RawLink<'a>>,
    /// Other addresses of its page, the best first, for a link that leads to the front page of the site or nowhere.
    pub(in crate::feed) other_links: Vec<RawLink<'a>>,
    pub(in crate::feed) published: Option<Timestamp>,
    pub(in crate::feed) updated: Option<Timestamp>,
    pub(in crate::feed) summary: Option<RawText<'a>>,
    pub(in crate::feed) content: Option<RawText<'a>>,
    pub(in crate::feed) authors: Vec<Cow<'a, str>>,
    pub(in crate::feed) categories: Vec<Cow<'a, str>>,
    pub(in crate::feed) language: Option<Cow<'a, str>>,
}

impl RawItem<'_> {
    /// Returns whether nothing of the item was given.
    pub(in crate::feed) fn is_empty(&self) -> bool {
        self.id.is_none()
            && self.title.is_none()
            && self.link.is_none()
            && self.published.or(self.updated).is_none()
            && self.summary.is_none()
            && self.content.is_none()
            && self.authors.is_empty()
            && self.categories.is_empty()
    }
}

/// A text after the references of XML or the escapes of JSON are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::feed) struct RawText<'a> {
    pub(in crate::feed) text: Cow<'a, str>,
    pub(in crate::feed) kind: TextKind,
}

/// An address as written, and the base of an `xml:base` that applies to it.
#[derive(Clone, Debug)]
pub(in crate::feed) struct RawLink<'a> {
    pub(in crate::feed) href: Cow<'a, str>,
    pub(in crate::feed) base: Option<Url>,
    /// Whether the reader has already made it absolute, if it could.
    pub(in crate::feed) is_resolved: bool,
}
