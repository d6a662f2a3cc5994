//! The HTML of a mail: one column of 600 pixels in tables, styles on the elements, no script, no image, nothing fetched.
//!
//! Why it is not the page that the browser gets: Outlook lays out with Word and Gmail drops a style sheet that uses custom properties, so both need the style on each element. The sheet in
//! the head only adds what mail programs with a dark scheme understand.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Alert, brief};
use crate::digest::{Digest, SectionView, StoryView};

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;";
const BODY: &str = "margin:0;padding:0;background-color:#f4f2ec;";
const CARD: &str = "width:100%;max-width:600px;background-color:#ffffff;";
const CELL: &str = "padding:24px 24px 8px 24px;font-size:16px;line-height:24px;color:#1b1d21;";
const KICKER: &str = "margin:0 0 4px 0;font-size:13px;line-height:18px;font-weight:bold;letter-spacing:0.5px;text-transform:uppercase;color:#8c2f1b;";
const H1: &str = "margin:0 0 4px 0;font-size:26px;line-height:32px;font-weight:bold;color:#1b1d21;";
const H2: &str = "margin:28px 0 8px 0;padding:0 0 4px 0;font-size:20px;line-height:26px;font-weight:bold;color:#1b1d21;border-bottom:2px solid #8c2f1b;";
const H3: &str = "margin:16px 0 2px 0;font-size:17px;line-height:23px;font-weight:bold;color:#1b1d21;";
const TEXT: &str = "margin:2px 0;font-size:16px;line-height:24px;color:#1b1d21;";
const META: &str = "margin:2px 0;font-size:14px;line-height:20px;color:#565c66;";
const NOTE: &str = "margin:12px 0;padding:8px 12px;border-left:3px solid #8c2f1b;background-color:#f4f2ec;font-size:15px;line-height:22px;color:#1b1d21;";
const LINK: &str = "color:#1d4f91;text-decoration:underline;";

/// For mail programs with a dark scheme: classes repeat what the elements say.
const DARK: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){body,.k-body{background-color:#14161a!important}.k-card{background-color:#1c1f25!important}\
.k-ink,.k-ink a{color:#e9e7e1!important}.k-soft{color:#a5abb5!important}.k-accent{color:#f0a185!important}.k-note{background-color:#2a2e36!important;color:#e9e7e1!important}\
a{color:#9cc3f5!important}}";

/// The mail of an issue.
pub(super) fn issue(digest: &Digest) -> String {
    let period = brief::period(digest);
    let counts = &digest.counts;
    let content = html! {
        @if let Some(number) = digest.number { p.k-accent style=(KICKER) { "No. " (number) } }
        h1.k-ink style=(H1) { (digest.title) }
        p.k-soft style=(META) { (period) }
        p.k-soft style=(META) { (counts.stories) " stories from " (counts.items) " items, " (counts.newsrooms) " newsrooms, " (counts.languages) " languages" }
        @for note in &digest.notes { p.k-note style=(NOTE) { (note) } }
        @if !digest.moved.is_empty() {
            h2.k-ink style=(H2) { "What moved" }
            @for moved in &digest.moved {
                h3.k-ink style=(H3) { (moved.title) }
                p.k-soft style=(META) { (moved.date) ", " (moved.items) " items, " (moved.newsrooms) " newsrooms" }
                @for item in moved.evidence.iter().take(3) {
                    p.k-ink style=(META) { (link(&item.title, item.url.as_deref())) " " (item.outlet) }
                }
            }
        }
        @for section in &digest.sections { (section_part(section)) }
        @if !digest.corrections.is_empty() {
            h2.k-ink style=(H2) { "Corrections" }
            @for correction in &digest.corrections {
                p.k-ink style=(TEXT) { (correction.issue) ": " (link(&correction.title, correction.url.as_deref())) " " (correction.outlet) }
                @if let Some(was) = &correction.was { p.k-soft style=(META) { "was: " bdi { (was) } } }
            }
        }
        h2.k-ink style=(H2) { "What this issue rests on" }
        p.k-soft style=(META) {
            (digest.panel.feeds_alive) " of " (digest.panel.feeds_total) " feeds were read; "
            (digest.panel.items_seen) " items seen, " (digest.panel.items_in_scope) " in scope."
            @if !digest.panel.feeds_failing.is_empty() { " Not read: " (digest.panel.feeds_failing.len()) " feeds; the text part of this mail names them." }
        }
        p.k-soft style=(META) { "Period " (digest.period.label) " (" (digest.period.time_zone) "), content hash " (digest.content_hash) }
        @if let Some(permalink) = &digest.permalink { p style=(META) { "Permanent address: " (link(permalink, Some(permalink))) } }
    };
    page(&format!("{}: {period}", digest.title), &content)
}

/// The mail of an alert.
pub(super) fn alert(alert: &Alert) -> String {
    let content = html! {
        p.k-accent style=(KICKER) { "Alert" }
        h1.k-ink style=(H1) { (alert.rule) }
        @for story in &alert.stories {
            h3.k-ink style=(H3) { (foreign(&story.title, story.url.as_deref(), story.language.as_deref())) }
            p.k-soft style=(META) { bdi { (story.outlet) } @if !story.outlet.is_empty() { ", " } (story.at.strftime("%-d %B %Y, %H:%M UTC")) }
            @if !story.labels.is_empty() { p.k-soft style=(META) { (story.labels.join(", ")) } }
        }
        @if alert.omitted > 0 { p.k-soft style=(META) { "and " (alert.omitted) " more" } }
    };
    page(&alert.subject(), &content)
}

fn section_part(section: &SectionView) -> Markup {
    html! {
        h2.k-ink style=(H2) { (section.title) }
        @for story in &section.stories { (story_part(story, section.brief)) }
        @if section.omitted > 0 { p.k-soft style=(META) { "and " (section.omitted) " further stories for which there was no room" } }
    }
}

fn story_part(story: &StoryView, is_brief: bool) -> Markup {
    html! {
        h3.k-ink style=(H3) { (foreign(&story.headline, story.url.as_deref(), story.language.as_deref())) }
        @if !is_brief {
            @if let Some(summary) = &story.summary { p.k-ink dir="auto" style=(TEXT) { (summary) } }
        }
        p.k-soft style=(META) {
            bdi { (story.outlet) }
            @if let Some(bloc) = story.bloc { " (" (bloc) ")" }
            @if story.newsrooms > 1 { ", and " (story.newsrooms - 1) " more newsrooms" }
            @if let Some(issue) = &story.follow_up_to { ", follow-up to " (issue) }
        }
        @if !is_brief && !story.tags.is_empty() {
            p.k-soft style=(META) { @for (place, tag) in story.tags.iter().enumerate() { @if place > 0 { ", " } (tag.label) } }
        }
    }
}

/// A title in its own script and direction, linked where it has an address.
fn foreign(text: &str, url: Option<&str>, language: Option<&str>) -> Markup {
    let language = language.filter(|code| crate::trends::render::page::is_language(code));
    html! { bdi lang=[language] { (link(text, url)) } }
}

/// Only addresses of the web become links, whoever made them.
fn link(text: &str, url: Option<&str>) -> Markup {
    match url.and_then(crate::trends::safe::web_address) {
        Some(url) => html! { a href=(url) style=(LINK) { (text) } },
        None => html! { (text) },
    }
}

fn page(title: &str, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta http-equiv="Content-Type" content="text/html; charset=utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (title) }
                style { (PreEscaped(DARK)) }
            }
            body.k-body style=(BODY) {
                table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                    tr { td align="center" style="padding:0;" {
                        table.k-card role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style=(CARD) {
                            tr { td.k-ink align="left" style=(format!("{CELL}{FONT}")) { (content) div style="height:24px;line-height:24px;" { " " } } }
                        }
                    } }
                }
            }
        }
    }
    .into_string()
        + "\n"
}
