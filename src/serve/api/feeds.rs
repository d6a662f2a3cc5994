//! `/api/v1/feeds`: the feeds and their health.

use super::parameters::check_names;
use super::schema::{self, Feed, Feeds};
use crate::serve::answer::{Answer, Fault};
use crate::serve::visit::Visit;

/// All feeds and their health.
#[utoipa::path(
    get, path = "/api/v1/feeds", operation_id = "feeds", tag = "feeds",
    responses(
        (status = 200, description = "The feeds", body = Feeds),
        (status = 400, description = "There are parameters", body = schema::Fault),
    )
)]
pub(super) fn list(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &[])?;
    let feeds = visit.reader.feeds()?.into_iter().map(Feed::from).collect();
    Ok(Answer::json(&Feeds { feeds }))
}
