//! `/api/v1/issues`: the digests that have been written. Each is whole at `/issues/CADENCE/LABEL.json`.

use serde::Serialize;

use super::parameters::{check_names, limit};
use crate::model::Cadence;
use crate::serve::answer::{Answer, Fault};
use crate::serve::visit::Visit;
use crate::store::IssueHead;

/// The issues, newest first.
#[derive(Serialize)]
struct Issues {
    issues: Vec<IssueHead>,
}

/// The list, of all cadences or of one.
pub(super) fn list(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &["cadence", "limit"])?;
    let cadence = visit.request.query.get("cadence").map(str::parse::<Cadence>).transpose();
    let cadence = cadence.map_err(|error| Fault::Bad(format!("cadence: {error}")))?;
    Ok(Answer::json(&Issues { issues: visit.reader.issues(cadence, limit(visit)?)? }))
}
