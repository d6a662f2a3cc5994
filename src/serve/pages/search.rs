//! The search: by words and by what a list can be narrowed to.

use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};

use super::{moment, tag_chips};
use crate::app::entity_search::{self, Found};
use crate::model::PressBloc;
use crate::render::web_link;
use crate::serve::answer::{Answer, Fault};
use crate::serve::conditions::filter;
use crate::serve::layout::{Frame, page as framed};
use crate::serve::request::{Fields, encoded};
use crate::serve::searches::offer;
use crate::serve::visit::Visit;
use crate::store::{ItemFilter, ItemPlace, ListedItem};

/// Returns the address of the items of a tag from one day to before another.
pub(super) fn tag_address(tag: &str, since: Date, until: Date) -> String {
    format!("/search?tag={}&since={since}&until={until}", encoded(tag))
}

/// Hits on a page.
const SHOWN: usize = 50;

/// The search.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let query = &visit.request.query;
    let words = query.get("q").unwrap_or_default();
    let filter = filter(visit)?;
    let is_narrowed = filter != ItemFilter::default();
    let results = match (words.is_empty(), is_narrowed) {
        (false, _) => {
            hits(visit, &entity_search::search(visit.reader, &visit.site.config.lexicon, Some(words), &filter, SHOWN)?)
        }
        (true, true) => listed(visit, &filter)?,
        (true, false) => html! {
            p.meta { "Names and words that a report must all have; who is named is found in every language. Also \"a phrase\", a beginning" b { "*" } " and one " b { "OR" } " other. Any script." }
        },
    };
    let outlets = visit.reader.outlet_names()?;
    let title = if words.is_empty() { "Search".to_owned() } else { format!("Search: {words}") };
    let content = html! {
        h1 { "Search" }
        (form(visit, query, &outlets))
        @if is_narrowed || !words.is_empty() { (offer(visit.site, query)) }
        @else { p { a href="/searches" { "Saved searches" } } }
        (results)
    };
    Ok(Answer::page(framed(&Frame { title: &title, place: "/search", query: words, ..Frame::default() }, &content)))
}

fn form(visit: &Visit<'_>, query: &Fields, outlets: &[String]) -> Markup {
    let value = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let mut tags: Vec<(&String, &String)> =
        visit.site.labels.labels.iter().filter(|(tag, _)| tag.contains(':')).collect();
    tags.sort_by_key(|(_, label)| *label);
    html! {
        form.search action="/search" method="get" role="search" aria-label="Search with conditions" {
            div.field.words { label for="q" { "Words" } input id="q" name="q" type="search" value=(value("q")) dir="auto"; }
            div.field { label for="since" { "From" } input id="since" name="since" type="date" value=(value("since")); }
            div.field { label for="until" { "Before" } input id="until" name="until" type="date" value=(value("until")); }
            div.field { label for="tag" { "About" } input id="tag" name="tag" list="tags" value=(value("tag")) placeholder="place:…" autocomplete="off"; }
            div.field { label for="outlet" { "Outlet" } input id="outlet" name="outlet" list="outlets" value=(value("outlet")) autocomplete="off"; }
            div.field {
                label for="bloc" { "Bloc" }
                select id="bloc" name="bloc" {
                    option value="" { "any" }
                    @for bloc in PressBloc::all() { option value=(bloc.as_str()) selected[value("bloc") == bloc.as_str()] { (bloc.label()) } }
                }
            }
            div.field { label for="language" { "Language" } input id="language" name="language" value=(value("language")) placeholder="ka" maxlength="35" autocomplete="off"; }
            div.field { label for="pair" { "Pair" } input id="pair" name="pair" value=(value("pair")) placeholder="russia-armenia" autocomplete="off"; }
            @for tag in query.all("tag").skip(1) { input type="hidden" name="tag" value=(tag); }
            button type="submit" { "Search" }
            datalist id="tags" { @for (tag, label) in tags { option value=(tag) { (label) } } }
            datalist id="outlets" { @for outlet in outlets { option value=(outlet) {} } }
        }
    }
}

/// The text around a hit, the hit marked. In the text itself a bracket is rare, and only looks like a hit.
fn snippet(text: &str) -> Markup {
    let escaped = html! { (text) }.into_string();
    html! { (PreEscaped(escaped.replace('[', "<mark>").replace(']', "</mark>"))) }
}

/// Whether each bracket of a snippet has its partner, so that it can be marked.
fn is_marked(text: &str) -> bool {
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if !(0..=1).contains(&depth) {
            return false;
        }
    }
    depth == 0
}

fn hits(visit: &Visit<'_>, found: &Found) -> Markup {
    let order = if found.names.is_empty() { "best first" } else { "those about the name first" };
    html! {
        @for (name, tag) in &found.names {
            p.meta { bdi { (name) } " is searched in every language: " (tag_chips(visit.site, std::slice::from_ref(tag)))
                " Quote it (" bdi { "\"" (name) "\"" } ") to find only the word." }
        }
        p.meta role="status" { (count(found.hits.len(), order)) }
        ol.reports { @for hit in &found.hits {
            li {
                p.headline dir="auto" { (web_link(&hit.title, None, hit.url.as_deref())) }
                @if hit.snippet.replace(['[', ']'], "") != hit.title {
                    p.summary dir="auto" { @if is_marked(&hit.snippet) { (snippet(&hit.snippet)) } @else { (hit.snippet) } }
                }
                p.meta {
                    bdi { (hit.outlet) } " · " @if hit.published.is_none() { "first seen " } (moment(visit.site, hit.at))
                    " · " a href={ "/items/" (hit.id) } { "story" }
                }
                p { (tag_chips(visit.site, &hit.tags)) }
            }
        } }
    }
}

/// Reads where a page of a list begins.
pub(super) fn place(visit: &Visit<'_>, name: &str) -> Option<ItemPlace> {
    let (at, id) = visit.request.query.get(name)?.split_once('.')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

/// Items without words: newest first.
fn listed(visit: &Visit<'_>, filter: &ItemFilter) -> Result<Markup, Fault> {
    let query = &visit.request.query;
    let page = visit.reader.newest_items(filter, place(visit, "after"), SHOWN)?;
    Ok(html! {
        p.meta role="status" {
            @if page.items.is_empty() && page.next.is_some() { "Nothing in the newest ten thousand reports." }
            @else { (count(page.items.len(), "newest first")) }
        }
        ol.reports { @for item in &page.items { (item_row(visit, item)) } }
        @if let Some((at, id)) = page.next {
            nav.pages aria-label="Pages" { a rel="next" href={ "/search?" (query.with("after", &format!("{at}.{id}"))) } { "Older reports →" } }
        }
    })
}

pub(super) fn item_row(visit: &Visit<'_>, item: &ListedItem) -> Markup {
    html! {
        li {
            p.headline dir="auto" { (web_link(&item.title, item.language.as_deref(), item.url.as_deref())) }
            p.meta {
                bdi { (item.outlet) } " · " @if item.published.is_none() { "first seen " }
                (moment(visit.site, item.published.unwrap_or(item.first_seen)))
                " · " a href={ "/items/" (item.id) } { "story" }
            }
            p { (tag_chips(visit.site, &item.tags)) }
        }
    }
}

fn count(found: usize, order: &str) -> String {
    match found {
        0 => "Nothing found.".to_owned(),
        1 => "1 report".to_owned(),
        SHOWN => format!("The first {SHOWN} reports, {order}"),
        found => format!("{found} reports, {order}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_marked, snippet};

    #[test]
    fn a_hit_is_marked_and_its_text_escaped() {
        assert_eq!(snippet("<b> [Baku] & more").into_string(), "&lt;b&gt; <mark>Baku</mark> &amp; more");
        assert!(is_marked("a [b] c [d]") && !is_marked("a ] b [") && !is_marked("[[a]]") && !is_marked("[a"));
    }
}
