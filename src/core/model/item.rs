//! Items: one entry of a feed as it was read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One item of a feed. Texts are plain: markup removed, entities decoded once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The publisher's own identifier (guid, atom:id, rdf:about, JSON Feed id), verbatim; `None` if the feed
    /// gives none.
    pub id: Option<String>,
    /// Title; empty if the feed gives none.
    pub title: String,
    /// Absolute address of the article, as the feed gives it.
    pub link: Option<String>,
    /// Absolute address of the article on the publisher's own site, if a service for feeds put its own into `link` and
    /// says which it replaced (`feedburner:origLink`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_link: Option<String>,
    /// When it was first published, as the publisher says, clamped to the present if it lies in the future.
    pub published: Option<Timestamp>,
    /// When it was last changed, as the publisher says.
    pub updated: Option<Timestamp>,
    /// The short text: description or summary.
    pub summary: Option<String>,
    /// The full text, if the feed carries it.
    pub content: Option<String>,
    /// Names of the authors.
    pub authors: Vec<String>,
    /// Categories as the publisher gives them.
    pub categories: Vec<String>,
    /// BCP 47 language that the item, else the feed, declares.
    pub language: Option<String>,
}

/// The field of an item in which something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Field {
    Title,
    Summary,
    Content,
}
