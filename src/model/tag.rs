//! What the classifier says of an item: scope, tags, relations, and the evidence for each.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::item::Field;

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

/// Why a tag stands: an entity of the lexicon, found in this form at this place by this rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The tag that it supports, e.g. `place:armenia`.
    pub tag: String,
    /// The entity of the lexicon, e.g. `yerevan`.
    pub entity: String,
    /// The text as it stands in the item.
    pub form: String,
    /// The field that it stands in.
    pub field: Field,
    /// First byte of the form in the field.
    pub start: usize,
    /// The byte behind the form in the field.
    pub end: usize,
    /// The rule that decided, in words that the lexicon explains.
    pub rule: String,
}

/// What one actor did toward another, as a headline says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// The acting side where `directed`, else the first of the two in alphabetical order: a place id, e.g. `russia`.
    pub a: String,
    /// The other side: a place id.
    pub b: String,
    /// -10 (attack) to +10 (alliance).
    pub tone: f32,
    /// The class of the cue, e.g. `consult`, `sanction`.
    pub class: String,
    /// Whether the text shows that `a` acts toward `b`.
    pub directed: bool,
    /// 0 to 1: how sure the reading is.
    pub confidence: f32,
    /// The cue and the two actors where they stand.
    pub evidence: Vec<Evidence>,
}

/// What the classifier says of an item. Every tag has at least one line of evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// What the item concerns; none if it is out of scope.
    pub scope: Option<Scope>,
    /// 0 to 1: how much the item is about the scope.
    pub score: f32,
    /// Sorted, without repeats: `place:armenia`, `person:aliyev`, `topic:corridors`.
    pub tags: Vec<String>,
    /// Pairs of actors and what passed between them.
    pub relations: Vec<Relation>,
    /// What the tags rest on, in the order of the text.
    pub evidence: Vec<Evidence>,
}
