//! The report as text for a terminal, as Markdown, as JSON and as a page.

mod counts;
pub(crate) mod html;
pub(crate) mod markdown;
pub(crate) mod page;
pub(crate) mod svg;
pub(crate) mod text;

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
