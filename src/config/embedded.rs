//! The data that every binary carries with it.

use crate::lexicon::LexiconFile;

/// The feed list that is polled by default.
pub(super) const FEEDS: &str = include_str!("../../config/feeds.opml");

/// The sections of a digest.
pub(super) const SECTIONS: &str = include_str!("../../config/digest.toml");

/// What a trend report knows beforehand.
pub(super) const FOREKNOWLEDGE: &str = include_str!("../../config/trends.toml");

/// The lexicon's files by name; the build script lists the folder.
const LEXICON: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/lexicon_files.rs"));

/// The embedded lexicon.
pub(super) fn lexicon() -> Vec<LexiconFile> {
    LEXICON
        .iter()
        .map(|(name, text)| LexiconFile { name: format!("lexicon/{name}"), text: (*text).to_owned() })
        .collect()
}
