//! An issue as plain text, for terminals and the text part of a mail.

use std::fmt::Write as _;

use super::markdown::byline;
use super::{cadence_word, correction_words, english, foot, moved_heading, own_headline, period_words, plural, review};
use crate::digest::{Digest, PeriodView, StoryView};

pub(super) fn render(digest: &Digest) -> String {
    let mut out = String::new();
    write_issue(&mut out, digest).unwrap_or_default();
    out
}

fn write_issue(out: &mut String, digest: &Digest) -> std::fmt::Result {
    let period = &digest.period;
    writeln!(out, "{}", digest.title.to_uppercase())?;
    let number = digest.number.map(|number| format!(" No. {number}")).unwrap_or_default();
    writeln!(out, "{}{number}: {}", cadence_word(period.cadence), period_words(period))?;
    for note in &digest.notes {
        writeln!(out, "\n! {note}")?;
    }
    if let Some(review) = digest.review.as_ref().filter(|review| !review.relations.is_empty()) {
        heading(out, review::RELATIONS)?;
        review::relations_text(out, review)?;
    }
    if !digest.moved.is_empty() {
        heading(out, moved_heading(period.cadence))?;
        for moved in &digest.moved {
            writeln!(out, "\n* {}  {}", moved.date, moved.title)?;
            for item in &moved.evidence {
                writeln!(out, "    {} ({})", item.title, item.outlet)?;
                write_address(out, item.url.as_deref(), 6)?;
            }
        }
    }
    if let Some(review) = digest.review.as_ref().filter(|review| !review.storylines.is_empty()) {
        heading(out, review::STORYLINES)?;
        review::storylines_text(out, review)?;
    }
    if let Some(review) = digest.review.as_ref().filter(|review| !review.naming.is_empty()) {
        heading(out, review::NAMING)?;
        review::naming_text(out, review)?;
    }
    for section in &digest.sections {
        heading(out, &section.title)?;
        for story in &section.stories {
            write_story(out, story, period, section.brief)?;
        }
        if section.omitted > 0 {
            writeln!(
                out,
                "\n  and {} for which there was no room",
                plural(section.omitted, "further story", "further stories")
            )?;
        }
    }
    if !digest.corrections.is_empty() {
        heading(out, "Corrections and late news")?;
        for correction in &digest.corrections {
            let (before, behind) = correction_words(correction);
            let behind = if behind.is_empty() { behind } else { format!(" ({behind})") };
            writeln!(out, "\n* {before} {}{behind}", correction.title)?;
            write_address(out, correction.url.as_deref(), 2)?;
        }
        if digest.late_omitted > 0 {
            writeln!(out, "\n  and {}", plural(digest.late_omitted, "further late story", "further late stories"))?;
        }
    }
    heading(out, "What this issue rests on")?;
    for (term, lines) in foot(digest) {
        if let [line] = lines.as_slice() {
            writeln!(out, "{term}: {line}")?;
        } else {
            writeln!(out, "{term}:")?;
            for line in lines {
                writeln!(out, "  {line}")?;
            }
        }
    }
    if let Some(permalink) = &digest.permalink {
        writeln!(out, "Permanent address: {permalink}")?;
    }
    Ok(())
}

fn heading(out: &mut String, title: &str) -> std::fmt::Result {
    writeln!(out, "\n\n{title}\n{}", "-".repeat(title.chars().count()))
}

fn write_story(out: &mut String, story: &StoryView, period: &PeriodView, brief: bool) -> std::fmt::Result {
    writeln!(out, "\n* {}", story.headline)?;
    if let Some(summary) = story.summary.as_deref().filter(|_| !brief) {
        writeln!(out, "  {summary}")?;
    }
    writeln!(out, "  {}", byline(story, period))?;
    if let Some(issue) = &story.follow_up_to {
        writeln!(out, "  Follow-up to {issue}")?;
    }
    if (!brief || story.foreign_script) && !story.tags.is_empty() {
        writeln!(out, "  [{}]", english(story))?;
    }
    write_address(out, story.url.as_deref(), 2)?;
    if !brief {
        for source in &story.sources {
            let copy = if source.copy { ", same text" } else { "" };
            match (own_headline(source, story), &source.url) {
                (Some(title), _) => {
                    writeln!(out, "    - {}{copy}: {title}", source.outlet)?;
                    write_address(out, source.url.as_deref(), 6)?;
                }
                (None, Some(url)) => writeln!(out, "    - {}{copy}: {url}", source.outlet)?,
                (None, None) => writeln!(out, "    - {}{copy}", source.outlet)?,
            }
        }
        if story.sources_omitted > 0 {
            writeln!(out, "    and {}", plural(story.sources_omitted, "other", "others"))?;
        }
    }
    Ok(())
}

fn write_address(out: &mut String, url: Option<&str>, indent: usize) -> std::fmt::Result {
    match url {
        Some(url) => writeln!(out, "{}{url}", " ".repeat(indent)),
        None => Ok(()),
    }
}
