//! An issue or an alert in a few lines: for chats, and as the subject of a mail.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;

use super::message::{Content, Message};
use crate::alert::Alert;
use crate::digest::{Digest, Moved, Review};
use crate::render::digest::period_words;

/// Most stories of a section in a chat; mail and files have the whole issue.
const STORIES: usize = 5;

/// Most turning points of a year in a chat.
const POINTS: usize = 10;

/// Returns the subject: `Caucasus and Russia: Sunday, 22 November 2026`.
pub(super) fn subject(message: &Message) -> String {
    let text = match &message.content {
        Content::Issue(digest, _) => format!("{}: {}", digest.title, period_words(&digest.period)),
        Content::Alert(alert) => alert.subject(),
    };
    // A header has one line, whatever a publisher wrote.
    let text = crate::text::sanitize::plain(&text);
    match text.graphemes(true).count() > 160 {
        true => text.graphemes(true).take(159).chain(["…"]).collect(),
        false => text,
    }
}

/// Returns the text for a chat.
pub(super) fn text(message: &Message) -> String {
    match &message.content {
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

/// Writes a year: who moved, and the turning points that most newsrooms reported, by date.
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

/// Returns an alert as text.
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

/// The end of the last part if there would be more.
const CUT: &str = "\n(cut here: a chat has no room for more)\n";

/// Returns at most `most` [`parts`]; if the text has more, the last one says so.
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

/// Cuts a text into parts of at most `limit` UTF-16 units, the unit in which chat services count: at line ends if possible,
/// otherwise between words or graphemes.
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
                // A letter with a thousand combining marks belongs to no script, but can be sent.
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
