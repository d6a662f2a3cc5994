//! The interface for programs, `/api/v1`: JSON, read only.

mod feeds;
mod issues;
mod items;
mod stories;

use std::sync::Arc;

use axum::Router;

use super::answer::Fault;
use super::site::Site;
use super::visit::{Visit, get};

/// Entries on a page unless the request says otherwise, and at most.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// The routes.
pub(super) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/api/v1/items", get(items::list))
        .route("/api/v1/items/{id}", get(items::one))
        .route("/api/v1/stories/{id}", get(stories::one))
        .route("/api/v1/feeds", get(feeds::list))
        .route("/api/v1/issues", get(issues::list))
}

/// Reads how many entries a page has.
fn limit(visit: &Visit<'_>) -> Result<usize, Fault> {
    match visit.request.query.get("limit").map(str::parse::<usize>) {
        None => Ok(LIMIT),
        Some(Ok(limit @ 1..=LIMIT_MAX)) => Ok(limit),
        Some(_) => Err(Fault::Bad(format!("limit must be a number from 1 to {LIMIT_MAX}"))),
    }
}

/// Refuses parameters that the interface does not know, so that a typing error is not taken for no condition.
fn check_names(visit: &Visit<'_>, known: &[&str]) -> Result<(), Fault> {
    match visit.request.query.names().find(|name| !known.contains(name)) {
        Some(name) => Err(Fault::Bad(format!("unknown parameter `{name}`; known are: {}", known.join(", ")))),
        None => Ok(()),
    }
}
