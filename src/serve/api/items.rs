//! `/api/v1/items`: tagged items, newest first, or those that a search finds.

use super::parameters::{Conditions, check_names, limit};
use super::schema::{self, Item, Items, WholeItem};
use crate::app::entity_search;
use crate::serve::answer::{Answer, Fault};
use crate::serve::conditions::filter;
use crate::serve::visit::Visit;
use crate::store::ItemPlace;

fn cursor(visit: &Visit<'_>) -> Result<Option<ItemPlace>, Fault> {
    let Some(text) = visit.request.query.get("cursor") else { return Ok(None) };
    let place = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    place.map(Some).ok_or_else(|| Fault::Bad("cursor must be the next_cursor of the page before".to_owned()))
}

/// Tagged items, newest first; with `q` those that a search finds, best first.
///
/// A page may be short, or empty, although more follow: each looks at ten thousand items at most.
#[utoipa::path(
    get, path = "/api/v1/items", operation_id = "items", tag = "items",
    params(
        Conditions,
        ("q" = Option<String>, Query, description = "Words, as for `kazbek search`; such an answer has one page"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 1000, description = "Items of a page; 100 unless given"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of items", body = Items),
        (status = 400, description = "A parameter is wrong or unknown", body = schema::Fault),
    )
)]
pub(super) fn list(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &[Conditions::NAMES, &["cursor", "limit", "q"]].concat())?;
    let (filter, limit, cursor) = (filter(visit)?, limit(visit)?, cursor(visit)?);
    if let Some(words) = visit.request.query.get("q") {
        if cursor.is_some() {
            return Err(Fault::Bad("a search has no further pages; narrow it instead".to_owned()));
        }
        let found = entity_search::search(visit.reader, &visit.site.config.lexicon, Some(words), &filter, limit)?;
        let items = found.hits.into_iter().map(Item::from).collect();
        return Ok(Answer::json(&Items { items, next_cursor: None }));
    }
    let page = visit.reader.newest_items(&filter, cursor, limit)?;
    let items = page.items.into_iter().map(Item::from).collect();
    Ok(Answer::json(&Items { items, next_cursor: page.next.map(|(at, id)| format!("{at}.{id}")) }))
}

/// An item with its relations, and the evidence for each of its tags.
#[utoipa::path(
    get, path = "/api/v1/items/{id}", operation_id = "item", tag = "items",
    params(("id" = i64, Path, description = "The number of the item")),
    responses(
        (status = 200, description = "The item", body = WholeItem),
        (status = 400, description = "There are parameters", body = schema::Fault),
        (status = 404, description = "There is no such item", body = schema::Fault),
    )
)]
pub(super) fn one(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &[])?;
    let id = visit.request.id()?;
    let item = visit.reader.item(id)?.ok_or_else(|| Fault::NotFound(format!("there is no item {id}")))?;
    Ok(Answer::json(&WholeItem::from(item)))
}
