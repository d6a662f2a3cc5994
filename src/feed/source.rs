//! What a body comes with, how much of it is read, and why it may be no feed.

use jiff::Timestamp;

use super::FeedLink;

/// Where a body comes from and how it is to be read.
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
    /// A body of which nothing is known but when it is read.
    pub fn at(now: Timestamp) -> Source<'static> {
        Source { content_type: None, base_url: None, now, limits: Limits::default() }
    }
}

/// Bounds of what one feed may hold. What lies beyond is left out and named in a warning; the rest is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a document that came packed, unpacked.
    pub document_bytes: usize,
    /// Items of one feed.
    pub items: usize,
    /// Bytes of a title, cut at a character.
    pub title_bytes: usize,
    /// Bytes of a summary, cut at a character.
    pub summary_bytes: usize,
    /// Bytes of a content, cut at a character.
    pub content_bytes: usize,
    /// Bytes of an address; a longer one is no address.
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
            items: 200_000,
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

/// Why a body is no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAFeed {
    /// Nothing but white space.
    #[error("the body is empty")]
    Empty,
    /// A web page. It may name its feeds.
    #[error("the body is a web page, not a feed{}", suggestion(.alternates))]
    Html {
        /// The feeds that the page links to.
        alternates: Vec<FeedLink>,
    },
    /// A page that wants to see a browser: the server refuses to serve the feed to programs.
    #[error(
        "the server sent a challenge page of {name} in place of the feed; only its operator can let this program through"
    )]
    ChallengePage {
        /// Who guards the server, e.g. `Cloudflare`.
        name: &'static str,
    },
    /// Neither XML nor JSON: an image, an archive, plain text.
    #[error("the body is neither XML nor JSON; it begins with `{beginning}`")]
    NotXmlNorJson {
        /// The first characters, printable.
        beginning: String,
    },
    /// XML or JSON of another kind.
    #[error("the document is no feed: its root is `{root}`, which is none of rss, RDF, feed, entry and JSON Feed")]
    UnknownRoot {
        /// The name of the root element, or `a JSON object`.
        root: String,
    },
    /// The document begins as a feed, but nothing of it can be read.
    #[error("the feed cannot be read: {reason}")]
    Unreadable {
        /// What stands in the way.
        reason: String,
    },
}

fn suggestion(alternates: &[FeedLink]) -> String {
    match alternates {
        [] => String::new(),
        [one] => format!("; it names this feed: {}", one.url),
        [first, rest @ ..] => format!("; it names {} feeds, the first is {}", rest.len() + 1, first.url),
    }
}
