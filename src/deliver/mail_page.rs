//! The HTML of an alert's mail, in the theme of an issue's.

use maud::html;

use crate::alert::Alert;
use crate::render::digest::dress::{H1, H3, KICKER, META, TITLE_LINK, frame};
use crate::render::trends::page::{foreign, is_language};
use crate::text::sanitize::web_address;

/// Returns the HTML of an alert's mail.
pub(super) fn alert(alert: &Alert) -> String {
    let subject = alert.subject();
    let sheet = html! {
        p.k-accent style=(KICKER) { "Alert" }
        h1.k-ink style=(H1) { (alert.rule) }
        @for story in &alert.stories {
            h3.k-ink dir="auto" lang=[story.language.as_deref().filter(|code| is_language(code))] style=(H3) {
                // Only http and https addresses become links.
                @match story.url.as_deref().and_then(web_address) { Some(url) => { a href=(url) style=(TITLE_LINK) { (story.title) } }, None => { (story.title) } }
            }
            p.k-soft style=(META) {
                @if !story.outlet.is_empty() { (foreign(&story.outlet, None)) " · " }
                (story.at.strftime("%-d %B %Y, %H:%M UTC"))
            }
            @if !story.labels.is_empty() { p.k-soft style=(META) { i { (story.labels.join(", ")) } } }
        }
        @if alert.omitted > 0 { p.k-soft style=(META) { "and " (alert.omitted) " more" } }
    };
    frame(&subject, &html! { (subject) }, &sheet)
}
