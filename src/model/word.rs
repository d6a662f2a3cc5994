//! Words that name values: finds the value of a word, and reports a word that names none.

/// A word that is none of the ids of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of: {expected}")]
pub struct UnknownWord {
    /// What was read.
    pub word: String,
    /// The ids that would have been understood, comma-separated.
    pub expected: String,
}

impl UnknownWord {
    /// Returns the one of `all` whose id is `word`.
    ///
    /// # Errors
    /// If none has this id.
    pub fn find<T: Copy, const N: usize>(
        all: [T; N],
        id: impl Fn(T) -> &'static str,
        word: &str,
    ) -> Result<T, UnknownWord> {
        all.into_iter()
            .find(|value| id(*value) == word)
            .ok_or_else(|| UnknownWord { word: word.to_owned(), expected: all.map(id).join(", ") })
    }
}
