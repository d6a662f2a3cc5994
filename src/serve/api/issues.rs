//! `/api/v1/issues`: the digests that have been written. Each is whole at `/issues/CADENCE/LABEL.json`.

use super::parameters::{check_names, limit};
use super::schema::{self, Issue, Issues};
use crate::model::Cadence;
use crate::serve::answer::{Answer, Fault};
use crate::serve::visit::Visit;

/// The digests that have been written, newest first.
#[utoipa::path(
    get, path = "/api/v1/issues", operation_id = "issues", tag = "digests",
    params(
        ("cadence" = Option<String>, Query, description = "`day`, `week`, `month` or `year`"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 1000, description = "Digests at most; 100 unless given"),
    ),
    responses(
        (status = 200, description = "The digests", body = Issues),
        (status = 400, description = "A parameter is wrong or unknown", body = schema::Fault),
    )
)]
pub(super) fn list(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &["cadence", "limit"])?;
    let cadence = visit.request.query.get("cadence").map(str::parse::<Cadence>).transpose();
    let cadence = cadence.map_err(|error| Fault::Bad(format!("cadence: {error}")))?;
    let issues = visit.reader.issues(cadence, limit(visit)?)?.into_iter().map(Issue::from).collect();
    Ok(Answer::json(&Issues { issues }))
}
