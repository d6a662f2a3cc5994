//! The lexicon that every binary carries with it.

use super::{Lexicon, LexiconFile};
use crate::model::Diagnostic;

/// The files by their path in `config/lexicon`; the build script lists the folder.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/lexicon_files.rs"));

/// The files of the built-in lexicon, named by their path in `config`, such as `lexicon/entities/armenia.toml`.
pub fn built_in_files() -> Vec<LexiconFile> {
    let file = |&(name, text): &(&str, &str)| LexiconFile { name: format!("lexicon/{name}"), text: text.to_owned() };
    FILES.iter().map(file).collect()
}

impl Lexicon {
    /// Compiles the built-in lexicon, without the files of any folder.
    ///
    /// # Errors
    /// As [`Lexicon::load`]; a test keeps the built-in files free of faults.
    pub fn built_in() -> Result<Lexicon, Vec<Diagnostic>> {
        Lexicon::load(&built_in_files(), &[])
    }
}
