//! Words that stand for values: what is said of one that is not known.

/// A word that is none of the ids of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of: {expected}")]
pub struct UnknownWord {
    /// What was read.
    pub word: String,
    /// The ids that would have been understood, comma-separated.
    pub expected: String,
}
