//! What the classifier says of an item: scope, tags, relations, and the evidence for each.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::item::Field;
use super::word::UnknownWord;

/// How an item lies to the beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// It concerns both the Caucasus and Russia: the heart of the beat.
    CaucasusRussia,
    /// It concerns the Caucasus.
    Caucasus,
    /// It concerns Russia.
    Russia,
}

impl Scope {
    /// The stable id, as it stands in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::CaucasusRussia => "caucasus-russia",
            Scope::Caucasus => "caucasus",
            Scope::Russia => "russia",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        [Scope::CaucasusRussia, Scope::Caucasus, Scope::Russia]
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or_else(|| UnknownWord {
                word: word.to_owned(),
                expected: "caucasus-russia, caucasus, russia".to_owned(),
            })
    }
}

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
    /// How the item lies to the beat; none where it does not.
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
