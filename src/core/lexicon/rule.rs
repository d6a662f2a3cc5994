//! Rules for ambiguous names, and scopes, in the compiled lexicon. `docs/lexicon.md`, sections 5 and 6.

use serde::Deserialize;

use crate::model::{PressBloc, Scope};

/// What a rule decides if its clues add up to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prior {
    /// The mention is dropped.
    Abstain,
    /// The mention is accepted, and its weight is multiplied by this number from 0 to 1.
    Tag(f32),
}

/// Decides whether mentions of an ambiguous form count.
#[derive(Debug)]
pub struct Rule {
    /// Id, as `explain` prints it.
    pub id: String,
    /// What the name may mean, for readers of `explain`.
    pub note: String,
    /// What is decided without clues.
    pub prior: Prior,
    /// What speaks for or against the mention.
    pub clues: Vec<Clue>,
}

/// A clue of a rule. Its conditions are alternatives; each that holds adds `weight`, up to `most` times.
#[derive(Debug)]
pub struct Clue {
    /// What each condition that holds adds; less than 0 if it speaks against the mention.
    pub weight: f32,
    /// How often it may add it.
    pub most: u8,
    /// Sorted numbers of the phrases that may be anywhere in the item.
    pub words: Vec<u32>,
    /// Sorted numbers of the phrases that may be directly before the mention.
    pub before: Vec<u32>,
    /// Sorted numbers of the phrases that may be directly after the mention.
    pub after: Vec<u32>,
    /// Numbers of the entities that may be mentioned elsewhere, or parts of them.
    pub entities: Vec<u32>,
    /// Whether everything to which the mention's own entity belongs counts as one of `entities`.
    pub kin: bool,
    /// Ends of capitalised words in title or summary, such as those of a people's surnames.
    pub name_ends: Vec<String>,
    /// What the mention may look like.
    pub shapes: Vec<Shape>,
    /// Parts of the item's address, in small letters.
    pub url: Vec<String>,
    /// Country codes of outlets.
    pub countries: Vec<String>,
    /// Blocs of outlets.
    pub blocs: Vec<PressBloc>,
    /// Languages of the item, one bit each.
    pub languages: u32,
}

/// What a mention looks like, or what is next to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A capitalised word is before it.
    CapitalBefore,
    /// A capitalised word is after it.
    CapitalAfter,
    /// It begins a sentence.
    SentenceStart,
    /// It begins a sentence, and a word in small letters is next.
    OpensSentence,
    /// It is written in small letters.
    Lower,
    /// It is written in capitals.
    AllCaps,
    /// It is in quotation marks.
    Quoted,
    /// It is the credit of a report.
    Credit,
    /// It is in the title.
    Title,
}

impl Shape {
    /// Returns the description that `explain` prints.
    pub fn description(self) -> &'static str {
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
pub struct ScopeDefinition {
    pub id: Scope,
    /// Numbers of the entities whose mention, or that of a part of them, concerns the scope.
    pub places: Vec<u32>,
    /// Numbers of the scopes that an item must all concern; empty for a scope with places.
    pub all_of: Vec<usize>,
}
