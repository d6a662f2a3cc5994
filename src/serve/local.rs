//! The interface for programs, asked from within the process.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;

use super::api;
use super::site::Site;

/// The interface for programs over a site, without a server, and without its rules of who may ask.
#[derive(Clone)]
pub(crate) struct LocalApi {
    routes: TowerToHyperService<Router>,
}

impl LocalApi {
    /// Returns the interface of a site.
    pub(crate) fn new(site: Site) -> LocalApi {
        LocalApi { routes: TowerToHyperService::new(api::routes().with_state(Arc::new(site))) }
    }

    /// Returns the OpenAPI document that describes the interface.
    pub(crate) fn description() -> Value {
        api::description()
    }

    /// Answers a GET of a path with a query. Must be called on a runtime with threads for blocking work.
    ///
    /// # Errors
    /// What is wrong with the request, or why there is no answer, in words.
    pub(crate) async fn get(&self, address: &str) -> Result<Value, String> {
        let request = Request::get(address).body(Body::empty()).map_err(|error| error.to_string())?;
        let Ok(response) = self.routes.call(request).await;
        let is_done = response.status().is_success();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.map_err(|error| error.to_string())?;
        let value: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        match is_done {
            true => Ok(value),
            false => Err(value["error"].as_str().unwrap_or("there is no answer").to_owned()),
        }
    }
}
