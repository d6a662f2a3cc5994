//! The report as text for a terminal, as Markdown, as JSON and as a page.

mod counts;
pub(crate) mod html;
pub(crate) mod markdown;
pub(crate) mod page;
pub(crate) mod svg;
pub(crate) mod text;

use std::str::FromStr;

use crate::model::UnknownWord;
use crate::trends::TrendReport;

pub use counts::{counts_json, render_counts};
pub use text::sparkline;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a terminal: sparklines and short lines.
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
    pub const ALL: [Format; 4] = [Format::Text, Format::Html, Format::Markdown, Format::Json];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
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
pub fn render(report: &TrendReport, format: Format) -> String {
    match format {
        Format::Text => text::render(report),
        Format::Html => html::render(report),
        Format::Markdown => markdown::render(report),
        Format::Json => json(report),
    }
}

fn json(report: &TrendReport) -> String {
    // The shape holds only strings, numbers and lists, which serde_json cannot fail on; a number that is not finite becomes null.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
