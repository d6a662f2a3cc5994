//! The data that every binary carries with it.

use crate::lexicon::LexiconFile;

/// The feed list that is polled by default.
pub(super) const FEEDS: &str = include_str!("../../config/feeds.opml");

/// The sections of a digest.
pub(super) const SECTIONS: &str = include_str!("../../config/digest.toml");

macro_rules! lexicon_files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../config/lexicon/", $name)))),*]
    };
}

/// The lexicon's files; `tests/embedded.rs` compares the list with the folder.
pub(super) const LEXICON: &[(&str, &str)] = lexicon_files!["classes.toml", "rules.toml", "starter.toml"];

/// The embedded lexicon.
pub(super) fn lexicon() -> Vec<LexiconFile> {
    LEXICON
        .iter()
        .map(|(name, text)| LexiconFile { name: format!("lexicon/{name}"), text: (*text).to_owned() })
        .collect()
}
