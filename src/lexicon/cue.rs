//! Topics, relation cues and their modifiers, in the compiled lexicon. `docs/lexicon.md`, sections 7 and 8.

use serde::Deserialize;

use crate::model::Tag;

/// A topic of items.
#[derive(Debug)]
pub struct Topic {
    /// Id, e.g. `energy`.
    pub id: String,
    /// English name.
    pub label: String,
    /// Its tag, e.g. `topic:energy`.
    pub tag: Tag,
    /// Whether items of the topic count less and have no relations, as with sport.
    pub demotes: bool,
    /// Numbers of the entities that are cues of the topic.
    pub(crate) entities: Vec<u32>,
}

/// A phrase that says what one actor does to another.
#[derive(Debug)]
pub(crate) struct RelationCue {
    pub(crate) id: String,
    /// Class of the relation, after PLOVER.
    pub(crate) class: String,
    /// -10 (attack) to +10 (alliance).
    pub(crate) tone: f32,
    pub(crate) direction: Direction,
}

/// Which of the actors next to a cue acts on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    /// The one before the cue acts on the one after it.
    Forward,
    /// The one after the cue acts on the one before it.
    Backward,
    /// Both act on each other.
    Mutual,
}

/// A phrase that changes what a relation cue near it says.
#[derive(Debug)]
pub(crate) struct Modifier {
    pub(crate) id: String,
    pub(crate) effect: Effect,
    /// How many words away from the cue it may be.
    pub(crate) reach_words: u32,
    pub(crate) side: Side,
    /// Class and tone of a negated cue of positive tone.
    pub(crate) becomes: Option<(String, f32)>,
    /// What a weakened tone is multiplied by.
    pub(crate) factor: f32,
}

/// What a modifier does to a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    Negate,
    Weaken,
    Void,
}

/// On which side of the cue a modifier has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    #[default]
    Before,
    After,
    Either,
}
