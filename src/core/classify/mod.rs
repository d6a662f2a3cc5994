//! Tags items: which entities a text mentions, what it is about, and what it says of pairs of actors, all with
//! evidence.
//!
//! Owns the scan of an item, the choice of its languages, the disambiguation of names, the score and the relations.
//! Knows the model and the lexicon. Which tags there are, and which clues decide about a name, is in the lexicon's
//! files.

mod classifier;
mod disambiguate;
mod language;
mod relations;
pub mod review;
mod scan;
mod score;

pub use classifier::{Classifier, Scratch};
pub use disambiguate::trace::AmbiguousName;
pub use scan::ItemText;

#[cfg(test)]
mod tests;
