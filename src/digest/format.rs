//! The formats that an issue is written in.

use std::str::FromStr;

use crate::model::UnknownWord;

/// A format in which an issue is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A self-contained HTML page.
    Html,
    /// CommonMark.
    Markdown,
    /// Plain text, with lines of any length.
    Text,
    /// The [`Digest`](super::Digest) as JSON.
    Json,
    /// An Atom feed (RFC 4287) with this issue as its only entry.
    Atom,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 5] = [Format::Html, Format::Markdown, Format::Text, Format::Json, Format::Atom];

    /// Returns the word used in the configuration, which is also the file extension.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Markdown => "md",
            Format::Text => "text",
            Format::Json => "json",
            Format::Atom => "atom",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Format, UnknownWord> {
        UnknownWord::find(Format::ALL, Format::as_str, word)
    }
}
