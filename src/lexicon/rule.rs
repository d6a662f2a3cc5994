//! Rules for ambiguous names, and scopes, in the compiled lexicon. `docs/lexicon.md`, sections 5 and 6.

use serde::Deserialize;

use crate::model::{PressBloc, Scope};

/// What a rule decides if its clues add up to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Prior {
    /// The mention is dropped.
    Abstain,
    /// The mention is accepted, and its weight is multiplied by this number from 0 to 1.
    Tag(f32),
}

/// Decides whether mentions of an ambiguous form count.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    /// What the name may mean, for readers of `explain`.
    pub(crate) note: String,
    pub(crate) prior: Prior,
    pub(crate) clues: Vec<Clue>,
}

/// A clue of a rule. Its conditions are alternatives; each that holds adds `weight`, up to `most` times.
#[derive(Debug)]
pub(crate) struct Clue {
    pub(crate) weight: f32,
    pub(crate) most: u8,
    /// Sorted numbers of the phrases that may be anywhere in the item.
    pub(crate) words: Vec<u32>,
    /// Sorted numbers of the phrases that may be directly before the mention.
    pub(crate) before: Vec<u32>,
    /// Sorted numbers of the phrases that may be directly after the mention.
    pub(crate) after: Vec<u32>,
    /// Numbers of the entities that may be mentioned elsewhere, or parts of them.
    pub(crate) entities: Vec<u32>,
    /// Whether everything to which the mention's own entity belongs counts as one of `entities`.
    pub(crate) kin: bool,
    /// Ends of capitalised words in title or summary, such as those of a people's surnames.
    pub(crate) name_ends: Vec<String>,
    pub(crate) shapes: Vec<Shape>,
    /// Parts of the item's address, in small letters.
    pub(crate) url: Vec<String>,
    /// Country codes of outlets.
    pub(crate) countries: Vec<String>,
    pub(crate) blocs: Vec<PressBloc>,
    /// Languages of the item, one bit each.
    pub(crate) languages: u32,
}

/// What a mention looks like, or what is next to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Shape {
    CapitalBefore,
    CapitalAfter,
    SentenceStart,
    OpensSentence,
    Lower,
    AllCaps,
    Quoted,
    Credit,
    Title,
}

impl Shape {
    /// Returns the description that `explain` prints.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Shape::CapitalBefore => "a capitalised word before it",
            Shape::CapitalAfter => "a capitalised word after it",
            Shape::SentenceStart => "it begins a sentence",
            Shape::OpensSentence => "it begins a sentence and a word in small letters follows",
            Shape::Lower => "it is written in small letters",
            Shape::AllCaps => "it is written in capitals",
            Shape::Quoted => "it is in quotation marks",
            Shape::Credit => "it is the credit of a report",
            Shape::Title => "it is in the title",
        }
    }
}

/// What makes an item concern a scope.
#[derive(Debug)]
pub(crate) struct ScopeDefinition {
    pub(crate) id: Scope,
    /// Numbers of the entities whose mention, or that of a part of them, concerns the scope.
    pub(crate) places: Vec<u32>,
    /// Numbers of the scopes that an item must all concern; empty for a scope with places.
    pub(crate) all_of: Vec<usize>,
}
