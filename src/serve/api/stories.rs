//! `/api/v1/stories/ID`: the reports of a story.

use super::parameters::check_names;
use super::schema::{self, Item, Story};
use crate::serve::answer::{Answer, Fault};
use crate::serve::visit::Visit;

/// A story with its reports.
#[utoipa::path(
    get, path = "/api/v1/stories/{id}", operation_id = "story", tag = "items",
    params(("id" = i64, Path, description = "The number of the story, which is that of the item that opened it")),
    responses(
        (status = 200, description = "The story", body = Story),
        (status = 400, description = "There are parameters", body = schema::Fault),
        (status = 404, description = "There is no such story", body = schema::Fault),
    )
)]
pub(super) fn one(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &[])?;
    let id = visit.request.id()?;
    let items: Vec<Item> = visit.reader.story(id)?.into_iter().map(Item::from).collect();
    match items.is_empty() {
        true => Err(Fault::NotFound(format!("there is no story {id}"))),
        false => Ok(Answer::json(&Story { id, items })),
    }
}
