//! The matcher: which paradigms a word of a text is a form of, and which phrases begin with it.

mod build;
mod index;
mod word_table;

pub(super) use build::Builder;
pub use index::{Capitals, Index, Links, Output, PhraseEnding};
pub(super) use word_table::Hasher;
