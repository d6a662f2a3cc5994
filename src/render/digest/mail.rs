//! An issue as the HTML of a mail.

use maud::{Markup, html};

use super::dress::{H1, H2, H3, KICKER, LINK, META, NOTE, RULE, TEXT, TITLE_LINK, frame};
use super::{
    cadence_word, carried, correction_words, english, foot, moment, moved_heading, period_words, plural, review,
    vantage,
};
use crate::digest::Review;
use crate::digest::{CorrectionView, Digest, Moved, PeriodView, SectionView, StoryView};
use crate::render::trends::page::{foreign, is_language, long_date};
use crate::trends::Direction;

/// Bytes of a mail's HTML, at most: Gmail hides what stands behind 102 400, in the encoded mail.
const SIZE_BYTES: usize = 96_000;

/// Bytes of what stands around the stories and of the rule between two, roughly.
const HEAD_BYTES: usize = 8_000;
const RULE_BYTES: usize = 120;

/// Lines of a term of the foot, at most; the text part has all.
const FOOT_LINES: usize = 12;

/// Writes an issue as the HTML part of a mail; its text part is [`Format::Text`](super::Format::Text). The same issue gives the same bytes.
pub fn mail(digest: &Digest) -> String {
    let title = format!("{}: {}", digest.title, period_words(&digest.period));
    frame(&title, &preview(digest), &sheet(digest))
}

/// The best headlines, as the line that mail programs show before a mail is opened.
fn preview(digest: &Digest) -> Markup {
    let stories = digest.sections.iter().filter_map(|section| section.stories.first()).take(3);
    html! { @for (place, story) in stories.enumerate() { @if place > 0 { " · " } (foreign(&story.headline, language(story))) } }
}

fn sheet(digest: &Digest) -> Markup {
    let moved = html! { @for moved in &digest.moved { (moved_view(moved)) } };
    let (relations, threads) = match &digest.review {
        Some(review) => (relations(review), threads(review)),
        None => Default::default(),
    };
    let behind = behind(digest);
    let room =
        SIZE_BYTES.saturating_sub(HEAD_BYTES + moved.0.len() + relations.0.len() + threads.0.len() + behind.0.len());
    let (sections, hidden) = sections(digest, room);
    html! {
        p.k-accent style=(KICKER) { (cadence_word(digest.period.cadence)) @if let Some(number) = digest.number { " No. " (number) } }
        h1.k-ink style=(H1) { (digest.title) }
        p.k-soft style=(META) { (period_words(&digest.period)) " · " (plural(digest.counts.shown, "story", "stories")) }
        @if let Some(permalink) = &digest.permalink { p.k-soft style=(META) { (link("Read it on the web", permalink)) } }
        @for note in &digest.notes { p.k-note style=(NOTE) { (note) } }
        (relations)
        @if !digest.moved.is_empty() {
            h2.k-ink.k-head style=(H2) { (moved_heading(digest.period.cadence)) }
            (moved)
        }
        (threads)
        @for section in &sections { (section) }
        @if hidden > 0 { p.k-note style=(NOTE) { "A mail has room for no more: " (plural(hidden, "further story stands", "further stories stand")) " in its text part" @if digest.permalink.is_some() { " and on the web" } "." } }
        (behind)
    }
}

/// Who moved towards whom; the figures by week stand on the web alone.
fn relations(review: &Review) -> Markup {
    html! {
        @if !review.relations.is_empty() {
            h2.k-ink.k-head style=(H2) { (review::RELATIONS) }
            @if review.movers.is_empty() { p.k-ink style=(TEXT) { (review::STILL) } }
            @for mover in &review.movers { p.k-ink style=(TEXT) { b { (mover.actor.label) } " " (mover.sentence) } }
            p.k-soft style=(META) { (review::TONE) }
            @let (still, moved) = review::still_and_moved(review);
            @for relation in moved {
                p.k-soft style=(META) {
                    b.k-ink { (relation.label) } " " (relation.sentence) ". " (review::course_words(relation))
                    @if let Some(shifts) = review::shift_words(relation) { "; " (shifts) }
                }
            }
            @if !still.is_empty() {
                p.k-soft style=(META) { b.k-ink { "Without a movement" } " " (still.iter().map(|relation| relation.label.as_str()).collect::<Vec<_>>().join("; ")) "." }
            }
        }
    }
}

/// Storylines and naming.
fn threads(review: &Review) -> Markup {
    html! {
        @if !review.storylines.is_empty() { h2.k-ink.k-head style=(H2) { (review::STORYLINES) } }
        @for line in &review.storylines {
            p.k-ink style=(H3) { b { (line.subject.label) } }
            @for peak in &line.peaks {
                p.k-soft style=(META) { (long_date(peak.date)) ": " (titled(&peak.evidence.title, peak.evidence.language.as_deref(), peak.evidence.url.as_deref())) " " (foreign(&peak.evidence.outlet, None)) }
            }
        }
        @if !review.naming.is_empty() { h2.k-ink.k-head style=(H2) { (review::NAMING) } }
        @for set in &review.naming {
            p.k-ink style=(H3) { b { (set.names.join(" / ")) } }
            p.k-ink style=(TEXT) { (set.sentence) "." }
            @for row in set.rows.iter().skip(1) { p.k-soft style=(META) { (review::row_words(row)) ": " (review::ends(&set.names, row)) } }
        }
    }
}

/// Corrections and foot.
fn behind(digest: &Digest) -> Markup {
    html! {
        @if !digest.corrections.is_empty() {
            h2.k-ink.k-head style=(H2) { "Corrections and late news" }
            @for correction in &digest.corrections { (correction_view(correction)) }
            @if digest.late_omitted > 0 { p.k-soft style=(META) { "and " (plural(digest.late_omitted, "further late story", "further late stories")) } }
        }
        h2.k-ink.k-head style=(H2) { "What this issue rests on" }
        @for (term, lines) in foot(digest) {
            p.k-soft style=(META) { b { (term) ":" } " " @for (place, line) in lines.iter().take(FOOT_LINES).enumerate() { @if place > 0 { "; " } (foreign(line, None)) } @if lines.len() > FOOT_LINES { "; and " (lines.len() - FOOT_LINES) " more" } }
        }
    }
}

fn moved_view(moved: &Moved) -> Markup {
    html! {
        p.k-ink style=(H3) { b { (moved.title) } }
        p.k-soft style=(META) {
            (long_date(moved.date))
            @match moved.direction {
                Some(Direction::Positive) => " · ▲ warmer",
                Some(Direction::Negative) => " · ▼ colder",
                None => "",
            }
        }
        @for item in &moved.evidence {
            p.k-soft style=(META) { (titled(&item.title, item.language.as_deref(), item.url.as_deref())) " " (foreign(&item.outlet, None)) }
        }
    }
}

/// How many stories of each section are told at length where there is no room for all of them: the first of these that fits.
const AT_LENGTH: [usize; 7] = [usize::MAX, 8, 5, 3, 2, 1, 0];

/// The sections that fit into a number of bytes, and how many stories do not. Better a line for each story of every section than whole ones of the first sections.
fn sections(digest: &Digest, room: usize) -> (Vec<Markup>, usize) {
    let stories = |at_length: usize| -> Vec<Vec<Markup>> {
        let section = |section: &SectionView| {
            let story = |(place, story): (usize, &StoryView)| match section.brief || place >= at_length {
                true => brief(story, &digest.period),
                false => full(story, &digest.period),
            };
            section.stories.iter().enumerate().map(story).collect()
        };
        digest.sections.iter().map(section).collect()
    };
    let size =
        |stories: &[Vec<Markup>]| stories.iter().flatten().map(|story| story.0.len() + RULE_BYTES).sum::<usize>();
    let mut chosen = Vec::new();
    for at_length in AT_LENGTH {
        chosen = stories(at_length);
        if size(&chosen) <= room {
            break;
        }
    }
    let (mut left, mut hidden) = (room, 0);
    let mut views = Vec::new();
    for (section, stories) in digest.sections.iter().zip(&chosen) {
        // Once one does not fit, none behind it is shown: their order is their rank.
        let fits = |story: &&Markup| {
            left = left.saturating_sub(story.0.len() + RULE_BYTES);
            left > 0
        };
        let shown: Vec<&Markup> = stories.iter().take_while(fits).collect();
        hidden += stories.len() - shown.len();
        views.push(section_view(section, &shown));
    }
    (views, hidden)
}

fn section_view(section: &SectionView, stories: &[&Markup]) -> Markup {
    html! {
        @if !stories.is_empty() {
            h2.k-ink.k-head style=(H2) { (section.title) }
            @for (place, story) in stories.iter().enumerate() {
                @if place > 0 && !section.brief { div.k-line style=(RULE) {} }
                (story)
            }
            @if section.omitted > 0 { p.k-soft style=(META) { "and " (plural(section.omitted, "further story", "further stories")) " for which there was no room" } }
        }
    }
}

fn full(story: &StoryView, period: &PeriodView) -> Markup {
    let headline = &story.headline;
    html! {
        h3.k-ink dir="auto" lang=[language(story)] style=(H3) {
            @match story.url.as_deref() { Some(url) => { a href=(url) style=(TITLE_LINK) { (headline) } }, None => { (headline) } }
        }
        @if let Some(summary) = &story.summary { p.k-ink dir="auto" lang=[language(story)] style=(TEXT) { (summary) } }
        p.k-soft style=(META) {
            @if let Some(issue) = &story.follow_up_to { b.k-accent style="color:#8c2f1b" { "Follow-up to " (issue) } " · " }
            (byline(story, period))
        }
        @if !story.tags.is_empty() { p.k-soft style=(META) { i { (english(story)) } } }
        @if !story.sources.is_empty() {
            p.k-soft style=(META) {
                "Also: "
                @for (place, source) in story.sources.iter().enumerate() {
                    @if place > 0 { ", " }
                    @match source.url.as_deref() { Some(url) => { a.k-link href=(url) style=(LINK) { (foreign(&source.outlet, None)) } }, None => { (foreign(&source.outlet, None)) } }
                }
                @if story.sources_omitted > 0 { " and " (plural(story.sources_omitted, "other", "others")) }
            }
        }
    }
}

fn brief(story: &StoryView, period: &PeriodView) -> Markup {
    html! {
        p.k-soft style=(META) {
            (titled(&story.headline, language(story), story.url.as_deref())) " "
            @if story.foreign_script && !story.tags.is_empty() { "[" (english(story)) "] " }
            (byline(story, period))
        }
    }
}

fn byline(story: &StoryView, period: &PeriodView) -> Markup {
    html! {
        (foreign(&story.outlet, None))
        @if let Some(bloc) = story.bloc { " (" (vantage(bloc)) ")" }
        " · first seen " (moment(story.first_seen, period))
        @if let Some(words) = carried(story) { " · " (words) }
    }
}

fn correction_view(correction: &CorrectionView) -> Markup {
    let (before, behind) = correction_words(correction);
    html! {
        p.k-soft style=(META) {
            (foreign(&before, None)) " " (titled(&correction.title, correction.language.as_deref(), correction.url.as_deref()))
            @if !behind.is_empty() { " (" (foreign(&behind, None)) ")" }
        }
    }
}

/// A title of a feed, a link where it has an address.
fn titled(title: &str, language: Option<&str>, url: Option<&str>) -> Markup {
    match url {
        Some(url) => html! { a.k-link href=(url) style=(LINK) { (foreign(title, language)) } },
        None => foreign(title, language),
    }
}

fn link(words: &str, url: &str) -> Markup {
    html! { a.k-link href=(url) style=(LINK) { (words) } }
}

fn language(story: &StoryView) -> Option<&str> {
    story.language.as_deref().filter(|code| is_language(code))
}
