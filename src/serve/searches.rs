//! Searches that are kept: any search as a feed, and those that readers have saved.

use jiff::Timestamp;
use maud::{Markup, html};

use super::answer::{Answer, Fault, Keep};
use super::conditions::{FIELDS, conditions, filter, filter_of};
use super::layout::{Frame, page as framed};
use super::request::Fields;
use super::site::Site;
use super::visit::Visit;
use crate::app::entity_search;
use crate::app::syndication::{OutFormat, of_items};
use crate::config::Config;
use crate::model::PressBloc;
use crate::render::digest::{FeedHead, ItemEntry};
use crate::store::{DeskFile, ItemFilter, ItemRow, Reader, SavedSearch, StoreError};
use crate::text::sanitize::web_address;

/// Entries of a feed.
const ENTRIES: usize = 50;
/// Letters of a name.
const NAME_MAX: usize = 100;
/// Searches that are kept.
const SEARCHES_MAX: usize = 500;

/// What a search finds, as an Atom feed.
pub(super) fn atom(visit: &Visit<'_>) -> Result<Answer, Fault> {
    Ok(Answer::of_kind("application/atom+xml; charset=utf-8", feed(visit, OutFormat::Atom)?))
}

/// What a search finds, as a JSON Feed.
pub(super) fn json(visit: &Visit<'_>) -> Result<Answer, Fault> {
    Ok(Answer::of_kind("application/feed+json", feed(visit, OutFormat::Json)?))
}

fn feed(visit: &Visit<'_>, format: OutFormat) -> Result<String, Fault> {
    let query = &visit.request.query;
    let items: Vec<ItemRow> =
        found(visit)?.into_iter().filter_map(|id| visit.reader.item(id).transpose()).collect::<Result<_, _>>()?;
    let base = visit.site.config.digest.base_url.as_deref().and_then(web_address);
    let address =
        |path: &str| base.as_ref().map(|base| format!("{}/{path}?{}", base.trim_end_matches('/'), query.encoded()));
    let head = FeedHead {
        title: format!("kazbek: {}", described(visit.site, query)),
        seed: format!("search/{}", query.encoded()),
        home_url: address("search"),
        self_url: address(&format!("search.{}", format.as_str())),
        updated: items
            .iter()
            .map(|item| item.published.unwrap_or(item.first_seen))
            .max()
            .unwrap_or(Timestamp::UNIX_EPOCH),
    };
    Ok(of_items(&head, &items.iter().map(entry).collect::<Vec<_>>(), format))
}

fn entry(item: &ItemRow) -> ItemEntry<'_> {
    ItemEntry {
        id: item.id,
        title: &item.title,
        summary: Some(&item.summary),
        url: item.url.as_deref(),
        outlet: &item.outlet,
        language: item.language.as_deref(),
        published: item.published,
        first_seen: item.first_seen,
        tags: &item.classification.tags,
    }
}

/// Returns the ids of the newest items of the search that was asked for.
fn found(visit: &Visit<'_>) -> Result<Vec<i64>, Fault> {
    let (filter, words) = (filter(visit)?, visit.request.query.get("q"));
    if words.is_none() && filter == ItemFilter::default() {
        return Err(Fault::Bad("This address searches for nothing: give words (q) or a condition.".to_owned()));
    }
    Ok(newest(visit.reader, &visit.site.config, words, &filter, ENTRIES)?)
}

fn newest(
    reader: &Reader,
    config: &Config,
    words: Option<&str>,
    filter: &ItemFilter,
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    if let Some(words) = words {
        return entity_search::newest(reader, &config.lexicon, words, filter, limit);
    }
    let items = reader.newest_items(filter, None, limit)?.items;
    Ok(items.into_iter().filter(|item| item.duplicate_of.is_none()).map(|item| item.id).collect())
}

/// Returns the ids of the items since an instant that a saved search finds, at most `limit`. One whose conditions mean
/// nothing any more, such as a pair that the lexicon has lost, finds none.
///
/// # Errors
/// Fails if the store cannot be read.
pub(crate) fn found_since(
    search: &SavedSearch,
    reader: &Reader,
    config: &Config,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    let query = Fields::parse(search.query.as_bytes());
    let Ok(filter) = conditions(config, &query) else { return Ok(Vec::new()) };
    let filter = ItemFilter { since: Some(filter.since.map_or(since, |own| own.max(since))), ..filter };
    newest(reader, config, query.get("q"), &filter, limit)
}

/// What a search looks for, in words.
fn described(site: &Site, query: &Fields) -> String {
    let words = query.get("q").map(str::to_owned);
    let tags = query.all("tag").map(|tag| site.label(tag).to_owned());
    let others = ["pair", "outlet", "language"].into_iter().filter_map(|name| query.get(name));
    let bloc = query.get("bloc").and_then(|word| word.parse::<PressBloc>().ok()).map(|bloc| bloc.label().to_owned());
    let days = [("since", "from"), ("until", "before")];
    let days = days.into_iter().filter_map(|(name, word)| Some(format!("{word} {}", query.get(name)?)));
    let all: Vec<String> =
        words.into_iter().chain(tags).chain(bloc).chain(others.map(str::to_owned)).chain(days).collect();
    all.join(", ")
}

/// The links to the feeds of a search, and the form that saves it.
pub(super) fn offer(site: &Site, query: &Fields) -> Markup {
    let encoded = query.only(FIELDS);
    html! {
        div.row.keep {
            (feeds(&encoded))
            form action="/searches" method="post" {
                input type="hidden" name="action" value="save";
                input type="hidden" name="query" value=(encoded);
                label.hidden for="search-name" { "Name of the search" }
                input id="search-name" name="name" value=(crate::digest::cut(&described(site, query), NAME_MAX)) maxlength=(NAME_MAX) required dir="auto" autocomplete="off";
                button type="submit" { "Save the search" }
            }
        }
    }
}

fn feeds(query: &str) -> Markup {
    html! {
        span.meta { "Feed: " a href={ "/search.atom?" (query) } { "Atom" } " · " a href={ "/search.json?" (query) } { "JSON" } }
    }
}

fn all(site: &Site) -> Result<Vec<SavedSearch>, StoreError> {
    let folder = site.readers.folder();
    if DeskFile::exists(folder) { DeskFile::open(folder)?.searches() } else { Ok(Vec::new()) }
}

/// Saves a search, or removes one.
pub(super) fn change(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let form = &visit.request.form;
    let folder = visit.site.readers.folder();
    match form.get("action") {
        Some("save") => {
            let query = Fields::parse(form.get("query").unwrap_or_default().as_bytes());
            let name = form.get("name").ok_or_else(|| Fault::Bad("Give the search a name.".to_owned()))?;
            if name.chars().count() > NAME_MAX {
                return Err(Fault::Bad(format!("A name has at most {NAME_MAX} letters.")));
            }
            if filter_of(visit.site, &query)? == ItemFilter::default() && query.get("q").is_none() {
                return Err(Fault::Bad("The search is empty.".to_owned()));
            }
            let file = DeskFile::open(folder)?;
            if file.searches()?.len() >= SEARCHES_MAX {
                return Err(Fault::Bad(format!("There are {SEARCHES_MAX} saved searches; remove one first.")));
            }
            file.save_search(name, &query.only(FIELDS), visit.now)?;
        }
        Some("remove") => DeskFile::open(folder)?.remove_search(number(form)?)?,
        Some("alert") => {
            let to = form.get("to").unwrap_or_default();
            if !visit.site.config.recipients.iter().any(|recipient| recipient.name == to) {
                return Err(Fault::Bad(format!("There is no recipient `{to}`; see [[recipient]] in kazbek.toml.")));
            }
            DeskFile::open(folder)?.set_alert(number(form)?, Some(to))?;
        }
        Some("silence") => DeskFile::open(folder)?.set_alert(number(form)?, None)?,
        _ => return Err(Fault::Bad("The form does not say what to do.".to_owned())),
    }
    Ok(Answer::see_other("/searches"))
}

/// Returns the number of the search that a form names.
fn number(form: &Fields) -> Result<i64, Fault> {
    let wrong = || Fault::Bad("The form names no search.".to_owned());
    form.get("id").and_then(|id| id.parse().ok()).ok_or_else(wrong)
}

/// The list of saved searches.
pub(super) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let searches = all(visit.site)?;
    let content = html! {
        p.kicker { a href="/search" { "Search" } }
        h1 { "Saved searches" }
        @if searches.is_empty() {
            p.lead { "None yet. " a href="/search" { "Search" } " for something, and save the search above its results." }
        } @else {
            p.meta { "Each is a feed as well: subscribe to it in a feed reader. What a search finds among new items in scope can also be reported to a recipient at once." }
            ol.reports { @for search in &searches { (row(visit.site, search)) } }
        }
    };
    let answer =
        Answer::page(framed(&Frame { title: "Saved searches", place: "/search", ..Frame::default() }, &content));
    Ok(answer.kept(Keep::Never))
}

fn row(site: &Site, search: &SavedSearch) -> Markup {
    let what = described(site, &Fields::parse(search.query.as_bytes()));
    html! {
        li {
            p.headline dir="auto" { a href={ "/search?" (search.query) } { (search.name) } }
            @if what != search.name { p.summary dir="auto" { (what) } }
            div.row.keep {
                (feeds(&search.query))
                (alert(site, search))
                form action="/searches" method="post" {
                    input type="hidden" name="action" value="remove";
                    input type="hidden" name="id" value=(search.id);
                    button type="submit" aria-label={ "Remove " (search.name) } { "Remove" }
                }
            }
        }
    }
}

/// Who is alerted to what a search finds, and the form that changes it.
fn alert(site: &Site, search: &SavedSearch) -> Markup {
    let mut recipients = site.config.recipients.iter().map(|recipient| recipient.name.as_str()).peekable();
    if recipients.peek().is_none() && search.alert_to.is_none() {
        return html! {};
    }
    html! {
        form action="/searches" method="post" {
            input type="hidden" name="id" value=(search.id);
            @if let Some(to) = &search.alert_to {
                input type="hidden" name="action" value="silence";
                span.meta {
                    "Alerts go to " (to)
                    @if !recipients.any(|name| name == to) { ", who is no recipient any more" }
                }
                button type="submit" aria-label={ "Stop the alerts of " (search.name) } { "Stop alerts" }
            } @else {
                input type="hidden" name="action" value="alert";
                label.hidden for={ "to-" (search.id) } { "Recipient of alerts" }
                select id={ "to-" (search.id) } name="to" {
                    @for name in recipients { option value=(name) { (name) } }
                }
                button type="submit" aria-label={ "Alert to what " (search.name) " finds" } { "Alert" }
            }
        }
    }
}
