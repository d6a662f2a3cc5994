//! A fault or a doubt in a file that a person wrote.

use std::fmt;

/// Something that is wrong, or doubtful, in a file that a person wrote: one of the lexicon, or the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name.
    pub file: String,
    /// The line, from 1; 0 if the fault has none.
    pub line: usize,
    /// What is wrong, with what, and what to do.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for Diagnostic {}
