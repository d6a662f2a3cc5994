//! The description of the interface, an OpenAPI 3.1 document, made from the functions that answer and their types.

use utoipa::OpenApi;

use super::{events, export, feeds, issues, items, reports, stories};
use crate::serve::answer::{Answer, Fault};
use crate::serve::request::Asked;
use crate::serve::site::Site;

/// The items, stories, trends, feeds and digests of this kazbek. Read only.
#[derive(OpenApi)]
#[openapi(
    info(title = "kazbek", version = "1", license(name = "MIT OR Apache-2.0")),
    paths(
        items::list,
        items::one,
        export::jsonl,
        export::csv,
        events::stream,
        stories::one,
        reports::trends,
        reports::relations,
        reports::relation,
        feeds::list,
        issues::list
    )
)]
struct Description;

/// The document.
pub(super) fn document(_: &Site, _: &Asked) -> Result<Answer, Fault> {
    Ok(Answer::json(&Description::openapi()))
}

/// Returns the document as a value.
pub(in crate::serve) fn description() -> serde_json::Value {
    // The document has only strings, numbers and lists, which serde_json cannot fail on.
    serde_json::to_value(Description::openapi()).unwrap_or_default()
}
