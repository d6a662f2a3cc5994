//! What is known about a body, how much of it is read, and why it may not be a feed.

use jiff::Timestamp;

use super::autodiscovery::FeedLink;

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
    /// Items of one feed.
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

/// Why a body is not a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAFeed {
    /// The body is empty but for white space.
    #[error("the body is empty")]
    Empty,
    /// A web page, which may link to its feeds.
    #[error("the body is a web page, not a feed{}", suggestion(.alternates))]
    Html {
        /// The feeds that the page links to.
        alternates: Vec<FeedLink>,
    },
    /// A page that asks for a browser: the server does not serve the feed to programs.
    #[error(
        "the server sent a challenge page of {name} instead of the feed; only its operator can let this program through"
    )]
    ChallengePage {
        /// Whose challenge it is, e.g. `Cloudflare`.
        name: &'static str,
    },
    /// Neither XML nor JSON: an image, an archive, plain text.
    #[error("the body is neither XML nor JSON; it begins with `{beginning}`")]
    NotXmlNorJson {
        /// The first characters, printable.
        beginning: String,
    },
    /// XML or JSON of another kind.
    #[error("the document is not a feed: its root is `{root}`, not rss, RDF, feed, entry or a JSON Feed")]
    UnknownRoot {
        /// The name of the root element, or `a JSON object`.
        root: String,
    },
    /// The document starts like a feed, but nothing in it can be read.
    #[error("the feed cannot be read: {reason}")]
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}

fn suggestion(alternates: &[FeedLink]) -> String {
    match alternates {
        [] => String::new(),
        [one] => format!("; it links to this feed: {}", one.url),
        [first, rest @ ..] => format!("; it links to {} feeds, the first is {}", rest.len() + 1, first.url),
    }
}
