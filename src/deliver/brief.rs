//! An issue or an alert in a few lines: for chats, and for the subject of a mail.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;

use super::{Content, Parcel};
use crate::alert::Alert;
use crate::digest::{Digest, Moved, Review};
use crate::render::digest::period_words;

/// Stories of a section that a chat is told; the whole issue is for mail and files.
const STORIES: usize = 5;

/// Turning points of a year that a chat is told.
const POINTS: usize = 10;

/// The line over it: `Caucasus and Russia: Sunday, 22 November 2026`.
pub(super) fn subject(parcel: &Parcel) -> String {
    let text = match &parcel.content {
        Content::Issue(digest, _) => format!("{}: {}", digest.title, period_words(&digest.period)),
        Content::Alert(alert) => alert.subject(),
    };
    // Whatever a publisher wrote, a header has one line.
    let text = crate::text::sanitize::plain(&text);
    match text.graphemes(true).count() > 160 {
        true => text.graphemes(true).take(159).chain(["…"]).collect(),
        false => text,
    }
}

/// The text for a chat.
pub(super) fn text(parcel: &Parcel) -> String {
    match &parcel.content {
        Content::Issue(digest, _) => issue_text(digest),
        Content::Alert(alert) => alert_text(alert),
    }
}

fn issue_text(digest: &Digest) -> String {
    let mut out = format!("{}\n{}\n", digest.title, period_words(&digest.period));
    write_issue(&mut out, digest).unwrap_or_default();
    out
}

fn write_issue(out: &mut String, digest: &Digest) -> std::fmt::Result {
    for note in &digest.notes {
        writeln!(out, "\n! {note}")?;
    }
    match &digest.review {
        Some(review) => write_review(out, digest, review)?,
        None if digest.moved.is_empty() => {}
        None => {
            writeln!(out, "\nWHAT MOVED")?;
            digest.moved.iter().take(STORIES).try_for_each(|moved| writeln!(out, "• {}", moved.title))?;
        }
    }
    for section in &digest.sections {
        writeln!(out, "\n{}", section.title.to_uppercase())?;
        for story in section.stories.iter().take(STORIES) {
            let before = story.follow_up_to.as_ref().map(|issue| format!("; follow-up to {issue}")).unwrap_or_default();
            writeln!(out, "• {} ({}{before})", story.headline, story.outlet)?;
            if story.foreign_script && !story.tags.is_empty() {
                let labels: Vec<&str> = story.tags.iter().map(|tag| tag.label.as_str()).collect();
                writeln!(out, "  [{}]", labels.join(", "))?;
            }
            if let Some(url) = &story.url {
                writeln!(out, "  {url}")?;
            }
        }
        let more = section.stories.len().saturating_sub(STORIES) + section.omitted;
        if more > 0 {
            writeln!(out, "  and {more} more")?;
        }
    }
    match &digest.permalink {
        Some(permalink) => writeln!(out, "\nThe whole issue: {permalink}"),
        None => Ok(()),
    }
}

/// A year: who moved, and of its turning points, which stand by date, those that most newsrooms told of.
fn write_review(out: &mut String, digest: &Digest, review: &Review) -> std::fmt::Result {
    if !review.movers.is_empty() {
        writeln!(out, "\nWHO MOVED TOWARDS WHOM")?;
        review.movers.iter().try_for_each(|mover| writeln!(out, "• {} {}", mover.actor.label, mover.sentence))?;
    }
    let mut points: Vec<&Moved> = digest.moved.iter().collect();
    points.sort_by_key(|point| std::cmp::Reverse(point.newsrooms));
    points.truncate(POINTS);
    points.sort_by_key(|point| point.date);
    if !points.is_empty() {
        writeln!(out, "\nTURNING POINTS")?;
    }
    points.iter().try_for_each(|point| writeln!(out, "• {}  {}", point.date, point.title))
}

/// An alert as text.
pub(super) fn alert_text(alert: &Alert) -> String {
    let mut out = format!("{}\n", alert.rule);
    for story in &alert.stories {
        let outlet = if story.outlet.is_empty() { String::new() } else { format!(" ({})", story.outlet) };
        out.push_str(&format!("\n• {}{outlet}\n", story.title));
        if !story.labels.is_empty() {
            out.push_str(&format!("  [{}]\n", story.labels.join(", ")));
        }
        if let Some(url) = &story.url {
            out.push_str(&format!("  {url}\n"));
        }
    }
    if alert.omitted > 0 {
        out.push_str(&format!("\nand {} more\n", alert.omitted));
    }
    out
}

/// What the last part says where there would be more.
const CUT: &str = "\n(cut here: a chat has no room for more)\n";

/// At most `most` [`parts`]; where the text has more, the last one says so.
pub(super) fn bounded_parts(text: &str, limit: usize, most: usize) -> Vec<String> {
    let mut all = parts(text, limit);
    if all.len() > most {
        all = parts(text, limit.saturating_sub(CUT.len()));
        all.truncate(most);
        if let Some(last) = all.last_mut() {
            last.truncate(last.trim_end().len());
            last.push_str(CUT);
        }
    }
    all
}

/// Cuts a text into parts of at most `limit` UTF-16 units, which is how chat services count: at line ends where it can be, else between words or graphemes,
/// never inside one.
pub(super) fn parts(text: &str, limit: usize) -> Vec<String> {
    let units = |text: &str| text.encode_utf16().count();
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut room = limit;
    let mut push = |piece: &str, part: &mut String| {
        let size = units(piece);
        if size > room && !part.is_empty() {
            parts.push(std::mem::take(part));
            room = limit;
        }
        part.push_str(piece);
        room = room.saturating_sub(size);
    };
    for line in text.split_inclusive('\n') {
        if units(line) <= limit {
            push(line, &mut part);
            continue;
        }
        for word in line.split_inclusive(' ') {
            match units(word) <= limit {
                true => push(word, &mut part),
                // A letter with a thousand marks on it is no letter of any script, but may come.
                false => word.graphemes(true).for_each(|grapheme| match units(grapheme) <= limit {
                    true => push(grapheme, &mut part),
                    false => grapheme.chars().for_each(|letter| push(letter.encode_utf8(&mut [0; 4]), &mut part)),
                }),
            }
        }
    }
    if !part.trim().is_empty() {
        parts.push(part);
    }
    parts
}
