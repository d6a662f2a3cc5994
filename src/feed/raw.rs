//! What the readers hand over: fields as the feed writes them, before texts are made plain and addresses absolute.

use std::borrow::Cow;

use jiff::Timestamp;
use url::Url;

use crate::model::{FeedFormat, PublisherHints};

/// A feed as read.
#[derive(Debug)]
pub(super) struct RawFeed<'a> {
    pub(super) format: FeedFormat,
    pub(super) title: Option<RawText<'a>>,
    pub(super) link: Option<RawLink<'a>>,
    /// The address of the feed itself, as it says (`rel="self"`).
    pub(super) own_address: Option<RawLink<'a>>,
    pub(super) language: Option<Cow<'a, str>>,
    pub(super) hints: PublisherHints,
    pub(super) items: Vec<RawItem<'a>>,
    /// Dates of which no instant could be made.
    pub(super) unread_dates: usize,
    pub(super) warnings: Vec<String>,
}

impl RawFeed<'_> {
    pub(super) fn new(format: FeedFormat) -> Self {
        RawFeed {
            format,
            title: None,
            link: None,
            own_address: None,
            language: None,
            hints: PublisherHints::default(),
            items: Vec::new(),
            unread_dates: 0,
            warnings: Vec::new(),
        }
    }
}

/// An item as read.
#[derive(Debug, Default)]
pub(super) struct RawItem<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) title: Option<RawText<'a>>,
    pub(super) link: Option<RawLink<'a>>,
    pub(super) published: Option<Timestamp>,
    pub(super) updated: Option<Timestamp>,
    pub(super) summary: Option<RawText<'a>>,
    pub(super) content: Option<RawText<'a>>,
    pub(super) authors: Vec<Cow<'a, str>>,
    pub(super) categories: Vec<Cow<'a, str>>,
    pub(super) language: Option<Cow<'a, str>>,
}

/// A text after the references of XML or the escapes of JSON are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawText<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) kind: TextKind,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind {
    /// Plain, by the feed's own word.
    Plain,
    /// HTML, by the feed's own word or because elements stand in it.
    Html,
    /// RSS does not say: HTML where it holds tags or references of HTML, else plain.
    Unsaid,
}

/// An address as written, and the one that it is relative to, where an `xml:base` is at work.
#[derive(Clone, Debug)]
pub(super) struct RawLink<'a> {
    pub(super) href: Cow<'a, str>,
    pub(super) base: Option<Url>,
    /// Whether the reader has made it absolute already, where that can be done.
    pub(super) is_resolved: bool,
}
