//! The interface for programs, `/api/v1`: JSON, read only.

mod events;
mod export;
mod feeds;
mod issues;
mod items;
mod openapi;
mod parameters;
mod report_schema;
mod reports;
mod schema;
mod stories;

use std::sync::Arc;

use axum::Router;

use super::site::Site;
use super::stream::stream;
use super::visit::{get, get_plain};

pub(super) use openapi::description;

/// The routes.
pub(super) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/api/v1/openapi.json", get_plain(openapi::document))
        .route("/api/v1/items", get(items::list))
        .route("/api/v1/items.jsonl", stream(export::jsonl))
        .route("/api/v1/items.csv", stream(export::csv))
        .route("/api/v1/events", stream(events::stream))
        .route("/api/v1/items/{id}", get(items::one))
        .route("/api/v1/stories/{id}", get(stories::one))
        .route("/api/v1/trends", get(reports::trends))
        .route("/api/v1/relations", get(reports::relations))
        .route("/api/v1/relations/{a}/{b}", get(reports::relation))
        .route("/api/v1/feeds", get(feeds::list))
        .route("/api/v1/issues", get(issues::list))
}
