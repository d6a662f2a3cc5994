//! The feeds that kazbek publishes: of its issues, and of items by scope, tags or a saved search.

use serde::Deserialize;

use crate::model::{Cadence, Scope, Tag, UnknownWord};

/// A feed that kazbek publishes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "OutFeedTable")]
pub struct OutFeed {
    /// The name of its file and the basis of its id. It must never change.
    pub name: String,
    /// The title shown to readers.
    pub title: String,
    /// Which issues or items it contains.
    pub choice: Choice,
    /// The maximum number of entries, newest first.
    pub limit: usize,
}

/// What a published feed contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Issues of one cadence, or of all.
    Issues(Option<Cadence>),
    /// Items in scope that are not near-duplicates of others and meet all given conditions.
    Items {
        /// The scope they must have; `None` for any.
        scope: Option<Scope>,
        /// Tags that each item must have.
        tags: Vec<Tag>,
        /// A query as `kazbek search` takes it.
        search: Option<String>,
    },
}

/// The default limit of a feed of items.
const ITEMS: usize = 100;

/// The default limit of a feed of issues.
const ISSUES: usize = 30;

/// An out feed as the plan writes it: of `issues`, or of items by `scope`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutFeedTable {
    name: String,
    title: String,
    /// A cadence, or `all`; none for items.
    issues: Option<String>,
    scope: Option<Scope>,
}

impl TryFrom<OutFeedTable> for OutFeed {
    type Error = String;
    fn try_from(table: OutFeedTable) -> Result<OutFeed, String> {
        let OutFeedTable { name, title, issues, scope } = table;
        OutFeed::check_name(&name)?;
        let choice = match issues.as_deref() {
            None => return Ok(OutFeed::items(&name, &title, scope)),
            Some("all") => Choice::Issues(None),
            Some(cadence) => Choice::Issues(Some(cadence.parse().map_err(|error: UnknownWord| error.to_string())?)),
        };
        Ok(OutFeed { name, title, choice, limit: ISSUES })
    }
}

impl OutFeed {
    /// Returns a feed of items with the default limit.
    pub fn items(name: &str, title: &str, scope: Option<Scope>) -> OutFeed {
        let choice = Choice::Items { scope, tags: Vec::new(), search: None };
        OutFeed { name: name.to_owned(), title: title.to_owned(), choice, limit: ITEMS }
    }

    /// Checks a name: lower-case ASCII letters, digits and hyphens.
    ///
    /// # Errors
    /// Returns a message for the user that says what is wrong with the name.
    pub fn check_name(name: &str) -> Result<String, String> {
        let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(format!(
                "`{name}` may contain only lower-case letters, digits and hyphens, since files are named after it"
            ));
        }
        Ok(name.to_owned())
    }
}
