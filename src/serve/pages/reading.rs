//! Reading: a river of stories, the newest first, for those who read everything.

use std::collections::HashSet;

use maud::{Markup, html};

use super::{moment, start, tag_chips};
use crate::render::block::is_language;
use crate::render::web_link;
use crate::serve::answer::{Answer, Fault};
use crate::serve::conditions::filter;
use crate::serve::layout::{Frame, page as framed};
use crate::serve::pages::search::place;
use crate::serve::stars::{self, star_form};
use crate::serve::visit::Visit;
use crate::store::ListedItem;

/// Reports that are read for a page; those of one story are shown once.
const READ: usize = 80;
/// Letters of a summary.
const SUMMARY: usize = 400;

/// The page.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let query = &visit.request.query;
    let filter = filter(visit)?;
    let found = visit.reader.newest_items(&filter, place(visit, "after"), READ)?;
    if found.items.is_empty() && visit.reader.time_span()?.is_none() {
        return start::empty_store(visit);
    }
    let starred = stars::ids(visit.site)?;
    let mut stories = HashSet::new();
    let shown: Vec<&ListedItem> = found
        .items
        .iter()
        .filter(|item| item.duplicate_of.is_none() && stories.insert(item.story.unwrap_or(item.id)))
        .collect();
    let back = format!("/reading?{}", query.encoded());
    let content = html! {
        h1 { "Reading" }
        p.meta { "Stories as they came, the newest first. Keys: " kbd { "j" } " next, " kbd { "k" } " back, " kbd { "o" } " open, " kbd { "s" } " star, " kbd { "/" } " search, " kbd { "?" } " help. " a href="/stars" { "Starred reports" } }
        @if shown.is_empty() { p { "Nothing here." } }
        ol.reports.river { @for item in &shown { (row(visit, item, starred.contains(&item.id), &back)) } }
        @if let Some((at, id)) = found.next {
            nav.pages aria-label="Pages" { a rel="next" href={ "/reading?" (query.with("after", &format!("{at}.{id}"))) } { "Older stories →" } }
        }
    };
    Ok(Answer::page(framed(&Frame { title: "Reading", place: "/reading", ..Frame::default() }, &content)))
}

fn row(visit: &Visit<'_>, item: &ListedItem, is_starred: bool, back: &str) -> Markup {
    let language = item.language.as_deref().filter(|code| is_language(code));
    html! {
        li id={ "item-" (item.id) } {
            p.headline dir="auto" { (web_link(&item.title, language, item.url.as_deref())) }
            @if !item.summary.is_empty() && item.summary != item.title {
                p.summary dir="auto" lang=[language] { (crate::digest::cut(&item.summary, SUMMARY)) }
            }
            div.row {
                (star_form(item.id, is_starred, back))
                span.meta { bdi { (item.outlet) } " · " @if item.published.is_none() { "first seen " } (moment(visit.site, item.published.unwrap_or(item.first_seen)))
                    " · " a href={ "/items/" (item.id) } { "story" } }
            }
            p { (tag_chips(visit.site, &item.tags)) }
        }
    }
}
