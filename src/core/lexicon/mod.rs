//! The lexicon: which words name what, and how they inflect. Read from TOML, checked, compiled to one matcher.
//!
//! Owns the folding of text, the inflection classes and the matcher's index. Knows the model and nothing about any
//! region: that is in the files, which `docs/lexicon.md` describes.

mod compile;
mod compiled;
mod cue;
mod doubts;
mod entity;
mod fold;
mod format;
mod inflect;
mod matcher;
mod rule;
mod schema;
mod search_name;

pub use compiled::Labels;
pub use compiled::Lexicon;
pub use cue::{Direction, Effect, Frame, Grammar, NounCase, Side, WordClass};
pub use doubts::doubts;
pub use entity::{Entity, EntityKind, FormKind, Script, SurfaceForm};
pub use fold::{CAPITAL, INNER, SMALL, Word};
pub use format::format;
pub use matcher::{Capitals, Index, Links, Output, PhraseEnding};
pub use rule::{Clue, Prior, Rule, Shape};
pub use schema::{LexiconFile, built_in_files};

#[cfg(test)]
mod tests;
