//! The frame and the style that every page shares: one file, no script, nothing fetched, light and dark, phone first.

use jiff::civil::Date;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::trends::ReportPeriod;

/// Style of all pages. Colours keep a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3) in both schemes.
const STYLE: &str = include_str!("page.css");

/// A whole page around a body.
pub(crate) fn page(title: &str, description: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="description" content=(description);
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
    .into_string()
        + "\n"
}

/// Text of a feed with its own direction, cut off from the direction of what stands around it.
pub(crate) fn foreign(text: &str, language: Option<&str>) -> Markup {
    html! { bdi lang=[language.filter(|code| is_language(code))] { (text) } }
}

/// A link to the web that gives nothing away, or bare text without an address.
pub(crate) fn link(content: &Markup, url: Option<&str>) -> Markup {
    match url {
        Some(url) => html! { a href=(url) rel="noopener noreferrer" { (content) } },
        None => content.clone(),
    }
}

/// Whether it looks like a BCP 47 tag and so may stand in `lang`.
pub(crate) fn is_language(code: &str) -> bool {
    !code.is_empty()
        && code.len() <= 35
        && code.split('-').all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// The last day of a period, which its `until` stands behind.
pub(crate) fn last_day(period: &ReportPeriod) -> Date {
    period.until.yesterday().unwrap_or(period.until).max(period.since)
}

/// A date as a person reads it: `23 November 2026`.
pub(crate) fn long_date(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}
