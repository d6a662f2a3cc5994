//! A trend report, or counts by step, in each of their formats.

mod comparison;
mod counts;
mod document;

use std::str::FromStr;

use super::{html, markdown, text};
use crate::model::UnknownWord;
use crate::trends::{CountTable, TrendReport};

pub(crate) use comparison::comparison;
pub(crate) use document::{Links, of as document};

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    /// For a terminal: aligned columns and lines of block characters.
    Text,
    /// One self-contained page with charts.
    Html,
    /// CommonMark with tables.
    Markdown,
    /// The report itself; its shape is described in `docs/trends.md`.
    Json,
}

impl Format {
    /// All formats.
    pub(crate) const ALL: [Format; 4] = [Format::Text, Format::Html, Format::Markdown, Format::Json];

    /// The word on the command line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Html => "html",
            Format::Markdown => "md",
            Format::Json => "json",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Format, UnknownWord> {
        UnknownWord::find(Format::ALL, Format::as_str, word)
    }
}

/// Writes a report. The same report gives the same bytes.
pub(crate) fn render(report: &TrendReport, format: Format) -> String {
    match format {
        Format::Text => text::write(&document::of(report, None)),
        Format::Html => html::page(&document::of(report, None)),
        Format::Markdown => markdown::write(&document::of(report, None)),
        Format::Json => super::pretty_json(report),
    }
}

/// Writes counts as text: a line for each series, by kind. A dot is a gap: nothing was read.
pub(crate) fn render_counts(table: &CountTable) -> String {
    text::write(&counts::document(table))
}

/// Writes counts as JSON; its shape is described in `docs/trends.md`.
pub(crate) fn counts_json(table: &CountTable) -> String {
    let mut text = serde_json::to_string(table).unwrap_or_default();
    text.push('\n');
    text
}
