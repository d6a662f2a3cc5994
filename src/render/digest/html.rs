//! An issue as a page, and as the body that mail and Atom carry.

use maud::{Markup, html};

use super::{
    cadence_word, carried, correction_words, english, foot, moment, moved_heading, own_headline, period_words, plural,
    review, vantage,
};
use crate::digest::{CorrectionView, Digest, Moved, PeriodView, SectionView, SourceView, StoryView};
use crate::render::trends::page::{foreign, link, long_date, page};
use crate::trends::Direction;

pub(super) fn render(digest: &Digest) -> String {
    let title = format!("{}: {}", digest.title, period_words(&digest.period));
    let description = format!("{}, {}", cadence_word(digest.period.cadence), period_words(&digest.period));
    let body = html! {
        header {
            p.kicker { (cadence_word(digest.period.cadence)) @if let Some(number) = digest.number { " No. " (number) } }
            h1 { (digest.title) }
            p.lead { (period_words(&digest.period)) }
            p.meta { (summary_line(digest)) }
        }
        (contents(digest))
        main { (content(digest)) }
        (footer(digest))
    };
    page(&title, &description, &body)
}

fn summary_line(digest: &Digest) -> String {
    let counts = &digest.counts;
    let mut line = format!(
        "{} from {}, {}",
        plural(counts.stories, "story", "stories"),
        plural(counts.items, "item", "items"),
        plural(counts.newsrooms, "newsroom", "newsrooms"),
    );
    // Feeds need not say their language.
    if counts.languages > 0 {
        line.push_str(&format!(", in {}", plural(counts.languages, "language", "languages")));
    }
    line
}

fn contents(digest: &Digest) -> Markup {
    let review = digest.review.as_ref();
    html! {
        @if digest.sections.len() > 1 {
            nav.contents aria-label="Sections" {
                @if review.is_some_and(|review| !review.relations.is_empty()) { a href="#relations" { (review::RELATIONS) } " " }
                @if !digest.moved.is_empty() { a href="#moved" { (moved_heading(digest.period.cadence)) } " " }
                @if review.is_some_and(|review| !review.storylines.is_empty()) { a href="#storylines" { (review::STORYLINES) } " " }
                @if review.is_some_and(|review| !review.naming.is_empty()) { a href="#naming" { (review::NAMING) } " " }
                @for section in &digest.sections {
                    a href=(format!("#{}", section.id)) { (section.title) " " span.count { (section.stories.len()) } } " "
                }
            }
        }
    }
}

/// Notes, what moved, sections: what is between head and foot.
pub(super) fn content(digest: &Digest) -> Markup {
    html! {
        @for note in &digest.notes { p.note { (note) } }
        @if let Some(review) = &digest.review { (review::relations_html(review)) }
        @if !digest.moved.is_empty() {
            section aria-labelledby="moved" {
                h2 id="moved" { (moved_heading(digest.period.cadence)) }
                ol.stories { @for moved in &digest.moved { li { (moved_view(moved)) } } }
            }
        }
        @if let Some(review) = &digest.review { (review::threads_html(review)) }
        @for section in &digest.sections { (section_view(section, &digest.period)) }
        @if !digest.corrections.is_empty() {
            section aria-labelledby="corrections" {
                h2 id="corrections" { "Corrections and late news" }
                ul.plain { @for correction in &digest.corrections { li { (correction_view(correction)) } } }
                @if digest.late_omitted > 0 { p.meta { "and " (plural(digest.late_omitted, "further late story", "further late stories")) } }
            }
        }
    }
}

fn correction_view(correction: &CorrectionView) -> Markup {
    let (before, behind) = correction_words(correction);
    let language = correction.language.as_deref();
    html! {
        span.meta { (foreign(&before, None)) } " "
        (link(&foreign(&correction.title, language), correction.url.as_deref()))
        @if !behind.is_empty() { " " span.meta { "(" (foreign(&behind, None)) ")" } }
    }
}

fn moved_view(moved: &Moved) -> Markup {
    html! {
        p.meta {
            time datetime=(moved.date) { (long_date(moved.date)) }
            @match moved.direction {
                Some(Direction::Positive) => { " " span.chip.up { "▲ warmer" } }
                Some(Direction::Negative) => { " " span.chip.down { "▼ colder" } }
                None => {}
            }
        }
        h3 { (moved.title) }
        ul.evidence {
            @for item in &moved.evidence {
                li { (link(&foreign(&item.title, item.language.as_deref()), item.url.as_deref())) " " span.meta { (foreign(&item.outlet, None)) } }
            }
        }
    }
}

fn section_view(section: &SectionView, period: &PeriodView) -> Markup {
    html! {
        section aria-labelledby=(section.id) {
            h2 id=(section.id) { (section.title) }
            ol.stories.brief[section.brief] {
                @for story in &section.stories {
                    li { @if section.brief { (brief(story, period)) } @else { (full(story, period)) } }
                }
            }
            @if section.omitted > 0 { p.meta { "and " (plural(section.omitted, "further story", "further stories")) " for which there was no room" } }
        }
    }
}

fn full(story: &StoryView, period: &PeriodView) -> Markup {
    html! {
        // Without an isolate of its own: `dir=auto` would not look into it, and a Persian headline would stand at the left.
        h3 dir="auto" lang=[language(story)] { (link(&html! { (story.headline) }, story.url.as_deref())) }
        @if let Some(summary) = &story.summary { p.summary dir="auto" lang=[language(story)] { (summary) } }
        p.meta { (byline(story, period)) }
        (chips(story))
        @if !story.sources.is_empty() {
            details {
                summary { "Also carried by " (plural(story.newsrooms - 1, "newsroom", "newsrooms")) }
                ul { @for source in &story.sources { li { (source_view(source, story, period)) } }
                    @if story.sources_omitted > 0 { li.meta { "and " (plural(story.sources_omitted, "other", "others")) } }
                }
            }
        }
    }
}

fn brief(story: &StoryView, period: &PeriodView) -> Markup {
    html! {
        (headline(story)) " "
        @if story.foreign_script && !story.tags.is_empty() { span.meta.gloss { "[" (english(story)) "]" } " " }
        span.meta { (byline(story, period)) }
    }
}

fn headline(story: &StoryView) -> Markup {
    link(&foreign(&story.headline, story.language.as_deref()), story.url.as_deref())
}

fn byline(story: &StoryView, period: &PeriodView) -> Markup {
    html! {
        (foreign(&story.outlet, None))
        @if let Some(bloc) = story.bloc { " (" (vantage(bloc)) ")" }
        " · first seen " time datetime=(story.first_seen) { (moment(story.first_seen, period)) }
        @if let Some(words) = carried(story) { " · " (words) }
    }
}

fn chips(story: &StoryView) -> Markup {
    html! {
        @if !story.tags.is_empty() || story.follow_up_to.is_some() {
            p {
                @if let Some(issue) = &story.follow_up_to { span.chip.follow { "Follow-up to " (issue) } " " }
                @for tag in &story.tags { span.chip { (tag.label) } " " }
            }
        }
    }
}

fn source_view(source: &SourceView, story: &StoryView, period: &PeriodView) -> Markup {
    let outlet = foreign(&source.outlet, None);
    html! {
        @match own_headline(source, story) {
            Some(title) => { (link(&foreign(title, source.language.as_deref()), source.url.as_deref())) " " span.meta { (outlet) } }
            None => (link(&outlet, source.url.as_deref())),
        }
        span.meta {
            @if let Some(bloc) = source.bloc { " (" (vantage(bloc)) ")" }
            " · " (moment(source.published, period))
            @if source.copy { " · same text" }
        }
    }
}

fn language(story: &StoryView) -> Option<&str> {
    story.language.as_deref().filter(|code| crate::render::trends::page::is_language(code))
}

fn footer(digest: &Digest) -> Markup {
    html! {
        footer {
            h2 { "What this issue rests on" }
            dl {
                @for (term, lines) in foot(digest) {
                    dt { (term) }
                    dd { @for (place, line) in lines.iter().enumerate() { @if place > 0 { br; } (foreign(line, None)) } }
                }
            }
            @if let Some(permalink) = &digest.permalink { p { "Permanent address: " a href=(permalink) { (permalink) } } }
        }
    }
}
