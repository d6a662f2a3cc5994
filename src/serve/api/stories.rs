//! `/api/v1/stories/ID`: the reports of a story.

use serde::Serialize;

use super::items::on_the_web;
use super::parameters::check_names;
use crate::serve::answer::{Answer, Fault};
use crate::serve::visit::Visit;
use crate::store::ListedItem;

/// A story.
#[derive(Serialize)]
struct Story {
    /// The id of the item that opened it.
    id: i64,
    /// Its reports, oldest first, at most 200.
    items: Vec<ListedItem>,
}

/// One story.
pub(super) fn one(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &[])?;
    let id = visit.request.id()?;
    let mut items = visit.reader.story(id)?;
    if items.is_empty() {
        return Err(Fault::NotFound(format!("there is no story {id}")));
    }
    items.iter_mut().for_each(|item| item.url = on_the_web(item.url.take()));
    Ok(Answer::json(&Story { id, items }))
}
