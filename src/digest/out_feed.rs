//! The feeds that kazbek publishes: of its issues, and of items by scope, tags or a saved search.

use crate::model::{Cadence, Scope};

/// A feed that kazbek publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        tags: Vec<String>,
        /// A query as `kazbek search` takes it.
        search: Option<String>,
    },
}

/// The default limit of a feed of items.
const ITEMS: usize = 100;

/// The default limit of a feed of issues.
const ISSUES: usize = 30;

impl OutFeed {
    /// Returns a feed of items with the default limit.
    pub fn items(name: &str, title: &str, scope: Option<Scope>) -> OutFeed {
        let choice = Choice::Items { scope, tags: Vec::new(), search: None };
        OutFeed { name: name.to_owned(), title: title.to_owned(), choice, limit: ITEMS }
    }

    /// Returns the feeds that are always published: issues of all cadences, of days and of weeks; items of the whole
    /// scope and of each part.
    pub fn built_in() -> Vec<OutFeed> {
        let issues = |name: &str, title: &str, cadence| OutFeed {
            name: name.to_owned(),
            title: title.to_owned(),
            choice: Choice::Issues(cadence),
            limit: ISSUES,
        };
        vec![
            issues("issues", "Kazbek: all digests", None),
            issues("issues-day", "Kazbek: daily digests", Some(Cadence::Day)),
            issues("issues-week", "Kazbek: weekly digests", Some(Cadence::Week)),
            OutFeed::items("items", "Kazbek: news of Russia and the Caucasus", None),
            OutFeed::items(
                "items-caucasus-russia",
                "Kazbek: between Russia and the Caucasus",
                Some(Scope::CaucasusRussia),
            ),
            OutFeed::items("items-caucasus", "Kazbek: the Caucasus", Some(Scope::Caucasus)),
            OutFeed::items("items-russia", "Kazbek: Russia", Some(Scope::Russia)),
        ]
    }

    /// Checks a name: lower-case ASCII letters, digits and hyphens, and not the name of a built-in feed.
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
        if OutFeed::built_in().iter().any(|feed| feed.name == name) {
            return Err(format!("`{name}` is the name of a feed that is built in"));
        }
        Ok(name.to_owned())
    }
}
