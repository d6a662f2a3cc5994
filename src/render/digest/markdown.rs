//! An issue as CommonMark.

use std::fmt::Write as _;

use super::{
    cadence_word, carried, correction_words, english, foot, moment, moved_heading, own_headline, period_words, plural,
    review, vantage,
};
use crate::digest::{Digest, PeriodView, StoryView};
use crate::render::trends::markdown::{escape, link};

pub(super) fn render(digest: &Digest) -> String {
    let mut out = String::new();
    write_issue(&mut out, digest).unwrap_or_default();
    out
}

fn write_issue(out: &mut String, digest: &Digest) -> std::fmt::Result {
    let period = &digest.period;
    writeln!(out, "# {}\n", escape(&digest.title))?;
    let number = digest.number.map(|number| format!(" No. {number}")).unwrap_or_default();
    writeln!(out, "**{}{number}: {}**", cadence_word(period.cadence), escape(&period_words(period)))?;
    for note in &digest.notes {
        writeln!(out, "\n> {}", escape(note))?;
    }
    if let Some(review) = digest.review.as_ref().filter(|review| !review.relations.is_empty()) {
        review::relations_markdown(out, review)?;
    }
    if !digest.moved.is_empty() {
        writeln!(out, "\n## {}\n", moved_heading(period.cadence))?;
        for moved in &digest.moved {
            writeln!(out, "- **{}** {}", moved.date, escape(&moved.title))?;
            for item in &moved.evidence {
                writeln!(out, "  - {} ({})", link(&item.title, item.url.as_deref()), escape(&item.outlet))?;
            }
        }
    }
    if let Some(review) = &digest.review {
        review::threads_markdown(out, review)?;
    }
    for section in &digest.sections {
        writeln!(out, "\n## {}\n", escape(&section.title))?;
        for story in &section.stories {
            if section.brief {
                let named = story.foreign_script && !story.tags.is_empty();
                let named = if named { format!(" *{}*", escape(&english(story))) } else { String::new() };
                let headline = link(&story.headline, story.url.as_deref());
                writeln!(out, "- {headline}{named} ({})", escape(&byline(story, period)))?;
            } else {
                write_story(out, story, period)?;
            }
        }
        if section.omitted > 0 {
            writeln!(
                out,
                "\n*and {} for which there was no room*",
                plural(section.omitted, "further story", "further stories")
            )?;
        }
    }
    if !digest.corrections.is_empty() {
        writeln!(out, "\n## Corrections and late news\n")?;
        for correction in &digest.corrections {
            let (before, behind) = correction_words(correction);
            let behind = if behind.is_empty() { behind } else { format!(" ({})", escape(&behind)) };
            writeln!(out, "- {} {}{behind}", escape(&before), link(&correction.title, correction.url.as_deref()))?;
        }
        if digest.late_omitted > 0 {
            writeln!(out, "- and {}", plural(digest.late_omitted, "further late story", "further late stories"))?;
        }
    }
    writeln!(out, "\n---\n\n## What this issue rests on\n")?;
    for (term, lines) in foot(digest) {
        if let [line] = lines.as_slice() {
            writeln!(out, "- {}: {}", escape(term), escape(line))?;
        } else {
            writeln!(out, "- {}:", escape(term))?;
            for line in lines {
                writeln!(out, "  - {}", escape(&line))?;
            }
        }
    }
    if let Some(permalink) = &digest.permalink {
        writeln!(out, "- Permanent address: {}", link(permalink, Some(permalink)))?;
    }
    Ok(())
}

fn write_story(out: &mut String, story: &StoryView, period: &PeriodView) -> std::fmt::Result {
    writeln!(out, "### {}\n", link(&story.headline, story.url.as_deref()))?;
    if let Some(summary) = &story.summary {
        writeln!(out, "{}\n", escape(summary))?;
    }
    let mut line = escape(&byline(story, period));
    if let Some(issue) = &story.follow_up_to {
        line = format!("**Follow-up to {}** · {line}", escape(issue));
    }
    writeln!(out, "{line}\n")?;
    if !story.tags.is_empty() {
        let tags: Vec<String> = story.tags.iter().map(|tag| escape(&tag.label)).collect();
        writeln!(out, "*{}*\n", tags.join(", "))?;
    }
    for source in &story.sources {
        let copy = if source.copy { ", same text" } else { "" };
        match own_headline(source, story) {
            Some(title) => {
                writeln!(out, "- {} ({}{copy})", link(title, source.url.as_deref()), escape(&source.outlet))?;
            }
            None => writeln!(out, "- {}{copy}", link(&source.outlet, source.url.as_deref()))?,
        }
    }
    if story.sources_omitted > 0 {
        writeln!(out, "- and {}", plural(story.sources_omitted, "other", "others"))?;
    }
    if !story.sources.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

pub(super) fn byline(story: &StoryView, period: &PeriodView) -> String {
    let mut line = story.outlet.clone();
    if let Some(bloc) = story.bloc {
        line.push_str(&format!(" ({})", vantage(bloc)));
    }
    line.push_str(&format!(" · first seen {}", moment(story.first_seen, period)));
    if let Some(words) = carried(story) {
        line.push_str(&format!(" · {words}"));
    }
    line
}
