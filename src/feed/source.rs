//! What is known about a body, and how much of it is read.

use jiff::Timestamp;

/// Where a body comes from, and how to read it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The HTTP `Content-Type`, whose charset counts before the one in the document; none for a file.
    pub content_type: Option<&'a str>,
    /// The absolute address that the body came from, against which relative addresses are resolved.
    pub base_url: Option<&'a str>,
    /// The present: later dates of publication are clamped to it.
    pub now: Timestamp,
    /// How much is read.
    pub limits: Limits,
}

impl Source<'_> {
    /// Returns the source of a body about which nothing is known except when it is read.
    pub fn at(now: Timestamp) -> Source<'static> {
        Source { content_type: None, base_url: None, now, limits: Limits::default() }
    }
}

/// Limits of one feed. What exceeds them is left out, with a warning; the rest is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a document that came compressed, after decompression.
    pub document_bytes: usize,
    /// Items of one document: the newest are read.
    pub items: usize,
    /// Bytes of a title, cut at a character.
    pub title_bytes: usize,
    /// Bytes of a summary, cut at a character.
    pub summary_bytes: usize,
    /// Bytes of a content, cut at a character.
    pub content_bytes: usize,
    /// Bytes of an address; a longer one is not taken for an address.
    pub url_bytes: usize,
    /// Authors and categories of one item, each.
    pub names: usize,
    /// Elements within one another.
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            document_bytes: 16 << 20,
            items: 2_000,
            title_bytes: 4 << 10,
            summary_bytes: 64 << 10,
            content_bytes: 512 << 10,
            url_bytes: 4 << 10,
            names: 64,
            depth: 128,
            attributes: 256,
        }
    }
}
