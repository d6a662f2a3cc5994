//! What the classifier says of an item: scope, tags, relations, and the evidence for each.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::item::Field;

/// The kinds of things that a tag can name: what is written before its colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Namespace {
    /// A state, a bloc of states, a region: the actors of relations are of this kind.
    Place,
    /// A city, a town, a village.
    City,
    /// A person: a head of state, a minister, an opposition leader.
    Person,
    /// An organisation: a party, an army, a ministry, a company, a club.
    Organisation,
    /// A project, an agreement, a law, a pipeline or railway.
    Project,
    /// An event: a war, a summit, an election.
    Event,
    /// What an item is about, whoever is in it.
    Topic,
}

impl Namespace {
    /// All namespaces.
    pub const ALL: [Namespace; 7] = [
        Namespace::Place,
        Namespace::City,
        Namespace::Person,
        Namespace::Organisation,
        Namespace::Project,
        Namespace::Event,
        Namespace::Topic,
    ];

    /// Returns the word before the colon of a tag, as in `place:armenia`.
    pub fn as_str(self) -> &'static str {
        match self {
            Namespace::Place => "place",
            Namespace::City => "city",
            Namespace::Person => "person",
            Namespace::Organisation => "org",
            Namespace::Project => "project",
            Namespace::Event => "event",
            Namespace::Topic => "topic",
        }
    }

    /// Splits a tag into its namespace and its id; `None` if it has no known namespace.
    pub fn split(tag: &str) -> Option<(Namespace, &str)> {
        let (word, id) = tag.split_once(':')?;
        Some((Namespace::ALL.into_iter().find(|namespace| namespace.as_str() == word)?, id))
    }

    /// Returns the namespace of a tag; `None` if it has no known one.
    pub fn of(tag: &str) -> Option<Namespace> {
        Namespace::split(tag).map(|(namespace, _)| namespace)
    }

    /// Returns the tag of this namespace with an id.
    pub fn tag(self, id: &str) -> Tag {
        Tag(format!("{}:{id}", self.as_str()))
    }
}

/// What an item concerns, as `NAMESPACE:ID`: `place:armenia`, `person:aliyev`, `topic:corridors`.
///
/// Which tags exist is what the lexicon says; a tag of an older lexicon may name none of its entities.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(String);

impl Tag {
    /// Returns the tag of a place, e.g. `place:armenia` for `armenia`.
    pub fn place(id: &str) -> Tag {
        Namespace::Place.tag(id)
    }

    /// Returns the tag as it is stored and written in JSON.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what kind of thing the tag names; `None` if its namespace is unknown.
    pub fn namespace(&self) -> Option<Namespace> {
        Namespace::of(&self.0)
    }

    /// Returns the id of the place that the tag names; `None` for a tag of another kind.
    pub fn place_id(&self) -> Option<&str> {
        match Namespace::split(&self.0) {
            Some((Namespace::Place, id)) => Some(id),
            _ => None,
        }
    }
}

impl Deref for Tag {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Tag {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Tag {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<String> for Tag {
    fn from(tag: String) -> Tag {
        Tag(tag)
    }
}

impl From<&str> for Tag {
    fn from(tag: &str) -> Tag {
        Tag(tag.to_owned())
    }
}

impl PartialEq<str> for Tag {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Tag {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// What an item concerns, such as `caucasus-russia`: the id of one of the scopes that the lexicon defines.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Scope(String);

impl Scope {
    /// Returns the id, as the store and JSON hold it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Scope {
    type Err = BadScope;
    /// Reads an id of small letters, digits and hyphens; whether a lexicon defines it is for the caller to check.
    fn from_str(word: &str) -> Result<Scope, BadScope> {
        Scope::try_from(word.to_owned())
    }
}

impl TryFrom<String> for Scope {
    type Error = BadScope;
    fn try_from(word: String) -> Result<Scope, BadScope> {
        let is_id = !word.is_empty() && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if is_id { Ok(Scope(word)) } else { Err(BadScope(word)) }
    }
}

/// A word that cannot be the id of a scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a scope: an id has only small letters a-z, digits and hyphens")]
pub struct BadScope(String);

/// Why an item has a tag: which entity of the lexicon was found, in what form, where, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The tag that it supports, e.g. `place:armenia`.
    pub tag: Tag,
    /// The entity of the lexicon, e.g. `yerevan`.
    pub entity: String,
    /// The text as the item has it.
    pub form: String,
    /// The field in which it was found.
    pub field: Field,
    /// First byte of the form in the field.
    pub start: usize,
    /// The byte after the form in the field.
    pub end: usize,
    /// The rule that decided, in words that the lexicon explains.
    pub rule: String,
}

/// What one actor did to another, according to a headline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// The acting side if `directed`, else the first of the two in alphabetical order: a place id, e.g. `russia`.
    pub a: String,
    /// The other side: a place id.
    pub b: String,
    /// -10 (attack) to +10 (alliance).
    pub tone: f32,
    /// The class of the cue, e.g. `consult`, `sanction`.
    pub class: String,
    /// Whether the text shows that `a` acts on `b`.
    pub directed: bool,
    /// 0 to 1: how sure the reading is.
    #[serde(serialize_with = "two_decimals")]
    pub confidence: f32,
    /// The cue and the two actors, with their places in the text.
    pub evidence: Vec<Evidence>,
}

/// Writes a number with two decimals at most, as it is printed: a person and a program read the same number.
pub fn two_decimals<N: Into<f64> + Copy, S: serde::Serializer>(number: &N, into: S) -> Result<S::Ok, S::Error> {
    into.serialize_f64(((*number).into() * 100.0).round() / 100.0)
}

/// What the classifier says of an item. Every tag has at least one line of evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// What the item concerns; none if it is out of scope.
    pub scope: Option<Scope>,
    /// 0 to 1: how much the item is about the scope.
    #[serde(serialize_with = "two_decimals")]
    pub score: f32,
    /// Sorted, without repeats: `place:armenia`, `person:aliyev`, `topic:corridors`.
    pub tags: Vec<Tag>,
    /// Pairs of actors and what passed between them.
    pub relations: Vec<Relation>,
    /// What supports the tags, in the order of the text.
    pub evidence: Vec<Evidence>,
}
