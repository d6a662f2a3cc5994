//! `/api/v1/items`: tagged items, newest first, or those that a search finds.

use serde::Serialize;

use super::parameters::{check_names, limit};
use crate::model::Classification;
use crate::serve::answer::{Answer, Fault};
use crate::serve::pages::search::filter;
use crate::serve::visit::Visit;
use crate::store::{ItemPlace, ListedItem, SearchHit};
use crate::text::sanitize::web_address;

/// A page of items.
#[derive(Serialize)]
struct Items {
    items: Vec<ListedItem>,
    /// What to send as `cursor` for the next page; null at the end.
    next_cursor: Option<String>,
}

/// What a search found, best first.
#[derive(Serialize)]
struct Hits {
    items: Vec<SearchHit>,
    /// Always null: a search has one page.
    next_cursor: Option<String>,
}

/// An item with everything that is known of it.
#[derive(Serialize)]
struct WholeItem {
    id: i64,
    url: Option<String>,
    title: String,
    summary: String,
    language: Option<String>,
    published: Option<jiff::Timestamp>,
    first_seen: jiff::Timestamp,
    outlet: String,
    #[serde(flatten)]
    classification: Classification,
    duplicate_of: Option<i64>,
    story: Option<i64>,
}

/// Addresses in answers lead to the web; a feed may say anything.
pub(super) fn on_the_web(url: Option<String>) -> Option<String> {
    url.as_deref().and_then(web_address)
}

fn cursor(visit: &Visit<'_>) -> Result<Option<ItemPlace>, Fault> {
    let Some(text) = visit.request.query.get("cursor") else { return Ok(None) };
    let place = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    place.map(Some).ok_or_else(|| Fault::Bad("cursor must be the next_cursor of the page before".to_owned()))
}

/// The list.
pub(super) fn list(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &["cursor", "limit", "since", "until", "tag", "outlet", "q"])?;
    let (filter, limit, cursor) = (filter(visit)?, limit(visit)?, cursor(visit)?);
    if let Some(words) = visit.request.query.get("q") {
        if cursor.is_some() {
            return Err(Fault::Bad("a search has no further pages; narrow it instead".to_owned()));
        }
        let mut items = visit.reader.search(words, &filter, limit)?;
        items.iter_mut().for_each(|hit| hit.url = on_the_web(hit.url.take()));
        return Ok(Answer::json(&Hits { items, next_cursor: None }));
    }
    let page = visit.reader.newest_items(&filter, cursor, limit)?;
    let mut items = page.items;
    items.iter_mut().for_each(|item| item.url = on_the_web(item.url.take()));
    Ok(Answer::json(&Items { items, next_cursor: page.next.map(|(at, id)| format!("{at}.{id}")) }))
}

/// One item.
pub(super) fn one(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &[])?;
    let id = visit.request.id()?;
    let item = visit.reader.item(id)?.ok_or_else(|| Fault::NotFound(format!("there is no item {id}")))?;
    Ok(Answer::json(&WholeItem {
        id,
        url: on_the_web(item.url),
        title: item.title,
        summary: item.summary,
        language: item.language,
        published: item.published,
        first_seen: item.first_seen,
        outlet: item.outlet,
        classification: item.classification,
        duplicate_of: item.duplicate_of,
        story: item.story,
    }))
}
