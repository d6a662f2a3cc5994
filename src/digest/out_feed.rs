//! Which feeds kazbek gives out: of its issues, and of items by scope, tags or a saved search.

use crate::model::{Cadence, Scope};

/// A feed that kazbek gives out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutFeed {
    /// Stable name: its file's, and what its id is made of. Never change it.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// What it holds.
    pub choice: Choice,
    /// Most entries, newest first.
    pub limit: usize,
}

/// What an out feed holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Issues: of one cadence, or of all.
    Issues(Option<Cadence>),
    /// Items of the beat that are no near-duplicates of another; every condition that is given must hold.
    Items {
        /// How they lie to the beat; none for any way.
        scope: Option<Scope>,
        /// Tags that they all bear.
        tags: Vec<String>,
        /// A search as `kazbek search` takes it.
        search: Option<String>,
    },
}

/// Entries of a feed of items.
const ITEMS: usize = 100;

/// Entries of a feed of issues.
const ISSUES: usize = 30;

impl OutFeed {
    /// A feed of items.
    pub fn items(name: &str, title: &str, scope: Option<Scope>) -> OutFeed {
        let choice = Choice::Items { scope, tags: Vec::new(), search: None };
        OutFeed { name: name.to_owned(), title: title.to_owned(), choice, limit: ITEMS }
    }

    /// The feeds that are always given out: issues of all cadences, of days and of weeks; items of the whole beat and of each scope.
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

    /// Checks a name: letters of ASCII, digits and hyphens, and none that is built in.
    ///
    /// # Errors
    /// What is wrong with it, for a person.
    pub fn check_name(name: &str) -> Result<String, String> {
        let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(format!("`{name}` may hold only small letters, digits and hyphens: files bear it"));
        }
        if OutFeed::built_in().iter().any(|feed| feed.name == name) {
            return Err(format!("`{name}` is the name of a feed that is built in"));
        }
        Ok(name.to_owned())
    }
}
