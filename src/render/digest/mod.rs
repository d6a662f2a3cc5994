//! An issue in each of its formats. All show the same values; only JSON shows all of them.

pub(crate) mod dress;
mod feed;
mod html;
mod mail;
mod markdown;
mod review;
mod text;

use crate::digest::letters;
use crate::digest::{CorrectionKind, CorrectionView, Digest, PeriodView, SourceView, StoryView};
use crate::model::{Cadence, PressBloc};
use crate::render::trends::page::long_date;

pub use crate::digest::Format;
pub use feed::{FeedHead, IssueEntry, atom_of_issues, atom_of_items, json_feed_of_issues, json_feed_of_items};
pub use mail::mail;

/// Writes an issue. The same issue gives the same bytes.
pub fn render(digest: &Digest, format: Format) -> String {
    match format {
        Format::Html => html::render(digest),
        Format::Markdown => markdown::render(digest),
        Format::Text => text::render(digest),
        Format::Json => {
            let mut text = serde_json::to_string_pretty(digest).unwrap_or_default();
            text.push('\n');
            text
        }
        Format::Atom => atom_of_issues(&FeedHead::of(digest), &[IssueEntry::of(digest)]),
    }
}

/// The period as a person reads it: `Monday, 23 November 2026`, `Week 48 of 2026 (23 to 29 November 2026)`.
pub(crate) fn period_words(period: &PeriodView) -> String {
    match period.cadence {
        Cadence::Day => period.first.strftime("%A, %-d %B %Y").to_string(),
        Cadence::Week => {
            let week = period.first.iso_week_date();
            let (first, last) = (period.first, period.last);
            let form = match (first.year() == last.year(), first.month() == last.month()) {
                (true, true) => "%-d",
                (true, false) => "%-d %B",
                _ => "%-d %B %Y",
            };
            format!("Week {} of {} ({} to {})", week.week(), week.year(), first.strftime(form), long_date(last))
        }
        Cadence::Month => period.first.strftime("%B %Y").to_string(),
        Cadence::Year => period.label.clone(),
    }
}

/// What sort of issue it is.
pub(super) fn cadence_word(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Day => "Daily digest",
        Cadence::Week => "Weekly digest",
        Cadence::Month => "Monthly digest",
        Cadence::Year => "Year in review",
    }
}

/// The heading of what moved.
pub(super) fn moved_heading(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Year => "Turning points",
        _ => "What moved",
    }
}

/// `1 story`, `3 stories`.
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A vantage as a person writes it: `Russian state`, `North Caucasus`, `international`.
pub(super) fn vantage(bloc: PressBloc) -> String {
    let proper = |word: &str| !matches!(word, "state" | "independent" | "government" | "international");
    let word = |word: &str| {
        let mut letters = word.chars();
        match letters.next().filter(|_| proper(word)) {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => word.to_owned(),
        }
    };
    bloc.as_str().split('-').map(word).collect::<Vec<String>>().join(" ")
}

/// What a story is about, in English.
pub(super) fn english(story: &StoryView) -> String {
    let labels: Vec<&str> = story.tags.iter().map(|tag| tag.label.as_str()).collect();
    labels.join(", ")
}

/// Who carries a story, in words: `5 newsrooms (3 with a text of their own), 3 vantages, 4 languages`. None for one newsroom.
pub(super) fn carried(story: &StoryView) -> Option<String> {
    if story.newsrooms <= 1 {
        return None;
    }
    let mut words = plural(story.newsrooms, "newsroom", "newsrooms");
    if story.independent < story.newsrooms {
        words.push_str(&format!(
            " ({} with a text of {} own)",
            story.independent,
            if story.independent == 1 { "its" } else { "their" }
        ));
    }
    if story.blocs.len() > 1 {
        words.push_str(&format!(", {}", plural(story.blocs.len(), "vantage", "vantages")));
    }
    if story.languages.len() > 1 {
        words.push_str(&format!(", {}", plural(story.languages.len(), "language", "languages")));
    }
    Some(words)
}

/// The headline of a further source, where it is another than the story's.
pub(super) fn own_headline<'a>(source: &'a SourceView, story: &StoryView) -> Option<&'a str> {
    let (own, headline) = (letters(&source.title), letters(&story.headline));
    // Where a feed cut the headline, it is its beginning.
    let is_cut = headline.len() >= 30 && own.starts_with(&headline);
    let says_more = own != headline && !is_cut;
    Some(source.title.as_str()).filter(|title| !title.is_empty() && says_more)
}

/// A correction in words: what stands before the title and what behind it.
pub(super) fn correction_words(correction: &CorrectionView) -> (String, String) {
    let issue = &correction.issue;
    match (&correction.kind, &correction.was) {
        (CorrectionKind::Retitled, Some(was)) => {
            (format!("{issue}: {} changed its headline to", correction.outlet), format!("it was: {was}"))
        }
        (CorrectionKind::Retitled, None) => {
            (format!("{issue}: {} changed its headline to", correction.outlet), String::new())
        }
        (CorrectionKind::Withdrawn, _) => (format!("{issue}: should not have stood there:"), correction.outlet.clone()),
        (CorrectionKind::Late, _) => (format!("{issue}: came in after that issue:"), correction.outlet.clone()),
    }
}

/// The instant in the issue's zone: time alone in a daily issue, else day and time.
pub(super) fn moment(at: jiff::Timestamp, period: &PeriodView) -> String {
    let zone = jiff::tz::TimeZone::get(&period.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let local = at.to_zoned(zone);
    if period.cadence == Cadence::Day && local.date() == period.first {
        local.strftime("%H:%M").to_string()
    } else {
        local.strftime("%-d %b %Y, %H:%M").to_string()
    }
}

/// The foot as pairs of term and words; every format writes the same.
pub(super) fn foot(digest: &Digest) -> Vec<(&'static str, Vec<String>)> {
    let panel = &digest.panel;
    let counts = &digest.counts;
    let feeds = match panel.feeds_total {
        0 => "none was polled in this period: its items were imported, or found later".to_owned(),
        total => {
            let verb = if panel.feeds_alive == 1 { "was" } else { "were" };
            format!("{} of {total} {verb} read in this period", panel.feeds_alive)
        }
    };
    let polled = match panel.feeds_total {
        0 => String::new(),
        _ => format!("{} seen, {} new, {} of them copies, ", panel.items_seen, panel.items_new, panel.duplicates),
    };
    let mut rows = vec![
        ("Feeds", vec![feeds]),
        (
            "Items",
            vec![format!(
                "{polled}{} in scope; {}, {} shown",
                counts.items,
                plural(counts.stories, "story", "stories"),
                counts.shown
            )],
        ),
    ];
    if counts.repeated > 0 {
        rows.push((
            "Not repeated",
            vec![format!("{} of an earlier issue that did not move", plural(counts.repeated, "story", "stories"))],
        ));
    }
    if counts.faint > 0 {
        rows.push((
            "Left out",
            vec![format!("{} on the beat only in passing", plural(counts.faint, "story", "stories"))],
        ));
    }
    if !panel.feeds_failing.is_empty() {
        rows.push((
            "Not read",
            panel.feeds_failing.iter().map(|feed| format!("{}: {}", feed.title, feed.reason)).collect(),
        ));
    }
    if !panel.gaps.is_empty() {
        let line = |gap: &crate::digest::Gap| {
            let name = gap.title.as_deref().unwrap_or("all feeds");
            format!("{name}: {} to {}", moment(gap.from, &digest.period), moment(gap.until, &digest.period))
        };
        rows.push(("Gaps", panel.gaps.iter().map(line).collect()));
    }
    if !panel.rollovers.is_empty() {
        let line = |feed: &crate::digest::Rollover| {
            format!("{}: turned over between two polls, {}", feed.title, plural(feed.times as usize, "time", "times"))
        };
        rows.push(("Items missed", panel.rollovers.iter().map(line).collect()));
    }
    if !panel.lexicon_version.is_empty() {
        rows.push(("Lexicon", vec![panel.lexicon_version.clone()]));
    }
    rows.push(("Period", vec![format!("{} ({})", digest.period.label, digest.period.time_zone)]));
    if let Some(number) = digest.number {
        rows.push(("Issue", vec![format!("No. {number}")]));
    }
    rows.push(("Content hash", vec![digest.content_hash.clone()]));
    rows
}
