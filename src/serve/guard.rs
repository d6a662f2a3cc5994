//! Decides on every request before a page sees it.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::answer::{Answer, Fault, protect, respond};
use super::layout::explained;
use super::request::{Asked, Fields, encoded, is_for_programs};
use super::site::Site;

/// Bytes of the path and query of a request at most.
const ADDRESS_LIMIT: usize = 4_096;

/// Lets a request through to its page, or answers it.
pub(super) async fn guard(State(site): State<Arc<Site>>, request: Request<Body>, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let address = request.uri().path_and_query().map_or("", |address| address.as_str()).to_owned();
    let path = request.uri().path();
    let is_long = address.len() > ADDRESS_LIMIT;
    let (access, headers) = (&site.access, request.headers());
    let checked = access
        .check_host(headers)
        .and_then(|()| if is_read { Ok(()) } else { access.check_origin(headers) })
        .and_then(|()| match is_long {
            true => Err(Fault::Refused(StatusCode::URI_TOO_LONG, "the address is too long".to_owned())),
            false => Ok(()),
        })
        .and_then(|()| access.check_token(path, headers, site.clock.now()));
    match checked {
        Ok(()) => {
            let began_at = Instant::now();
            let mut response = next.run(request).await;
            site.figures.answers.add(began_at.elapsed());
            protect(response.headers_mut());
            response
        }
        Err(Fault::Unknown) if is_read && !is_for_programs(path) => {
            respond(Answer::see_other(&format!("/login?next={}", encoded(&address))), None)
        }
        Err(fault) => {
            let asked = Asked {
                path: path.to_owned(),
                named: Vec::new(),
                query: Fields::default(),
                form: Fields::default(),
                headers: HeaderMap::new(),
            };
            respond(explained(&fault, &asked), None)
        }
    }
}
