//! An issue as the HTML of a mail: one table of 600 pixels, every style inline, no script, nothing fetched.
//!
//! Mail programs keep little of CSS: no custom properties, no grid, often no `style` element. What must hold stands inline; the dark colours are in
//! a `style` element, which the programs that know of dark schemes read (Apple Mail, Outlook for Mac and phones, Thunderbird).

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{cadence_word, carried, correction_words, english, foot, moment, period_words, plural};
use crate::digest::view::{CorrectionView, Digest, Moved, PeriodView, SectionView, StoryView};
use crate::trends::Direction;
use crate::trends::render::page::{foreign, is_language, long_date};

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif";
const BODY: &str = "margin:0;padding:0;background-color:#f4f2ec;-webkit-text-size-adjust:100%";
const SHEET: &str = "width:100%;max-width:600px;background-color:#ffffff;border-collapse:collapse";
const KICKER: &str = "margin:0;color:#8c2f1b;font-size:13px;line-height:20px;font-weight:bold;letter-spacing:0.5px";
const H1: &str = "margin:0;color:#1b1d21;font-size:26px;line-height:32px";
const H2: &str =
    "margin:28px 0 4px;padding:0 0 6px;border-bottom:2px solid #8c2f1b;color:#1b1d21;font-size:19px;line-height:25px";
const H3: &str = "margin:14px 0 2px;color:#1b1d21;font-size:17px;line-height:23px";
const TEXT: &str = "margin:0 0 4px;color:#1b1d21;font-size:15px;line-height:22px";
const META: &str = "margin:0 0 3px;color:#565c66;font-size:13px;line-height:19px";
const NOTE: &str = "margin:12px 0 0;padding:8px 12px;border-left:3px solid #8c2f1b;background-color:#f4f2ec;color:#565c66;font-size:14px;line-height:20px";
const LINK: &str = "color:#1d4f91;text-decoration:underline";
const TITLE_LINK: &str = "color:#1b1d21;text-decoration:underline";
const RULE: &str = "margin:12px 0 0;border:0;border-top:1px solid #dfdcd3;height:1px;line-height:1px";

/// The dark scheme; `!important`, since what it changes stands inline.
const DARK: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){.k-body{background-color:#14161a!important}.k-sheet,.k-sheet td{background-color:#1c1f25!important}\
.k-ink,.k-ink a{color:#e9e7e1!important}.k-soft{color:#a5abb5!important}.k-accent{color:#f0a185!important}.k-note{background-color:#14161a!important;color:#a5abb5!important}\
.k-line{border-color:#343841!important}.k-head{border-color:#f0a185!important}a.k-link{color:#9cc3f5!important}}\
@media (max-width:620px){.k-pad{padding-left:16px!important;padding-right:16px!important}}";

/// Writes an issue as the HTML part of a mail; its text part is [`Format::Text`](super::Format::Text). The same issue gives the same bytes.
pub fn mail(digest: &Digest) -> String {
    let title = format!("{}: {}", digest.title, period_words(&digest.period));
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (title) }
                style { (PreEscaped(DARK)) }
            }
            body.k-body style=(BODY) {
                // What the list of mails shows beside the subject.
                div style="display:none;max-height:0;overflow:hidden" { (preview(digest)) }
                table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                    tr { td.k-body align="center" style="padding:16px 0;background-color:#f4f2ec" {
                        table.k-sheet role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style=(SHEET) {
                            tr { td.k-pad align="left" style={ "padding:24px 28px;" (FONT) } { (sheet(digest)) } }
                        }
                    } }
                }
            }
        }
    }
    .into_string()
        + "\n"
}

/// The best headlines, as the line that mail programs show before a mail is opened.
fn preview(digest: &Digest) -> Markup {
    let stories = digest.sections.iter().filter_map(|section| section.stories.first()).take(3);
    html! { @for (place, story) in stories.enumerate() { @if place > 0 { " · " } (foreign(&story.headline, language(story))) } }
}

fn sheet(digest: &Digest) -> Markup {
    html! {
        p.k-accent style=(KICKER) { (cadence_word(digest.period.cadence)) @if let Some(number) = digest.number { " No. " (number) } }
        h1.k-ink style=(H1) { (digest.title) }
        p.k-soft style=(META) { (period_words(&digest.period)) " · " (plural(digest.counts.shown, "story", "stories")) }
        @if let Some(permalink) = &digest.permalink { p.k-soft style=(META) { (link("Read it on the web", permalink)) } }
        @for note in &digest.notes { p.k-note style=(NOTE) { (note) } }
        @if !digest.moved.is_empty() {
            h2.k-ink.k-head style=(H2) { "What moved" }
            @for moved in &digest.moved { (moved_view(moved)) }
        }
        @for section in &digest.sections { (section_view(section, &digest.period)) }
        @if !digest.corrections.is_empty() {
            h2.k-ink.k-head style=(H2) { "Corrections and late news" }
            @for correction in &digest.corrections { (correction_view(correction)) }
            @if digest.late_omitted > 0 { p.k-soft style=(META) { "and " (plural(digest.late_omitted, "further late story", "further late stories")) } }
        }
        h2.k-ink.k-head style=(H2) { "What this issue rests on" }
        @for (term, lines) in foot(digest) {
            p.k-soft style=(META) { b { (term) ":" } " " @for (place, line) in lines.iter().enumerate() { @if place > 0 { "; " } (foreign(line, None)) } }
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

fn section_view(section: &SectionView, period: &PeriodView) -> Markup {
    html! {
        h2.k-ink.k-head style=(H2) { (section.title) }
        @for (place, story) in section.stories.iter().enumerate() {
            @if section.brief { (brief(story, period)) } @else {
                @if place > 0 { div.k-line style=(RULE) {} }
                (full(story, period))
            }
        }
        @if section.omitted > 0 { p.k-soft style=(META) { "and " (plural(section.omitted, "further story", "further stories")) " for which there was no room" } }
    }
}

fn full(story: &StoryView, period: &PeriodView) -> Markup {
    let headline = foreign(&story.headline, language(story));
    html! {
        h3.k-ink dir="auto" style=(H3) {
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
        @if let Some(bloc) = story.bloc { " (" (bloc) ")" }
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
