//! Kinds of formal acts, as the options list them.

use serde::Deserialize;

/// A kind of formal act.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeedKind {
    /// The id, such as `treaty`.
    pub id: String,
    /// The tone between two actors that the act implies, -10 to +10; 0 if it implies none.
    pub tone: f32,
    /// Whether it happens so often that two reports of it at one place need not be of the same event.
    #[serde(default)]
    pub is_everyday: bool,
    /// Whether two parties take part, so that a text must relate the two actors: a visit may be that of journalists.
    #[serde(default)]
    pub is_mutual: bool,
    /// Beginnings of words, in lower case; with `$` at the end, whole words.
    pub words: Vec<String>,
}

impl DeedKind {
    /// Whether one of the words, given in lower case, tells such an act.
    pub(super) fn is_told_by(&self, words: &[&str]) -> bool {
        self.words.iter().any(|known| match known.strip_suffix('$') {
            Some(whole) => words.contains(&whole),
            None => words.iter().any(|word| word.starts_with(known.as_str())),
        })
    }
}
