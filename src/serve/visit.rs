//! A request as pages see it, and routes that are made of plain functions.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawPathParams, State};
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use jiff::Timestamp;
use tracing::warn;

use super::answer::{Answer, Fault, respond};
use super::layout::{explained, without_store};
use super::request::{Asked, Fields, is_for_programs};
use super::site::Site;
use crate::store::{Reader, StoreError};

/// Bytes of a form at most.
const FORM_LIMIT: usize = 64 * 1_024;
/// How long a client may take to send a form.
const FORM_TIME_LIMIT: Duration = Duration::from_secs(15);

/// A request, with a reader of the store for it alone.
pub(super) struct Visit<'a> {
    pub(super) site: &'a Arc<Site>,
    pub(super) reader: &'a Reader,
    pub(super) now: Timestamp,
    pub(super) request: &'a Asked,
}

/// A page: what it answers to a visit.
pub(super) type Page = fn(&Visit<'_>) -> Result<Answer, Fault>;

/// Routes GET and HEAD to a page.
pub(super) fn get(page: Page) -> MethodRouter<Arc<Site>> {
    routing::get(move |State(site): State<Arc<Site>>, named: RawPathParams, request: Request<Body>| async move {
        answer(site, &named, request, page).await
    })
}

/// Routes POST to a page.
pub(super) fn post(page: Page) -> MethodRouter<Arc<Site>> {
    routing::post(move |State(site): State<Arc<Site>>, named: RawPathParams, request: Request<Body>| async move {
        answer(site, &named, request, page).await
    })
}

/// What is answered without a look into the store.
pub(super) type Plain = fn(&Site, &Asked) -> Result<Answer, Fault>;

/// Routes GET and HEAD to what needs no store.
pub(super) fn get_plain(page: Plain) -> MethodRouter<Arc<Site>> {
    routing::get(move |State(site): State<Arc<Site>>, named: RawPathParams, request: Request<Body>| async move {
        plain(&site, &named, request, page).await
    })
}

/// Routes POST to what needs no store.
pub(super) fn post_plain(page: Plain) -> MethodRouter<Arc<Site>> {
    routing::post(move |State(site): State<Arc<Site>>, named: RawPathParams, request: Request<Body>| async move {
        plain(&site, &named, request, page).await
    })
}

async fn plain(site: &Site, named: &RawPathParams, request: Request<Body>, page: Plain) -> Response {
    let (asked, read, if_none_match) = asked(named, request).await;
    let answered = read.and_then(|()| page(site, &asked)).unwrap_or_else(|fault| explained(&fault, &asked));
    respond(answered, if_none_match.as_ref())
}

async fn answer(site: Arc<Site>, named: &RawPathParams, request: Request<Body>, page: Page) -> Response {
    let (asked, read, if_none_match) = asked(named, request).await;
    let answered = match read {
        Ok(()) => made(&site, asked, page).await,
        Err(fault) => explained(&fault, &asked),
    };
    respond(answered, if_none_match.as_ref())
}

/// Reads a request with its form, which may fail. Returns `If-None-Match` as well, if it applies.
pub(super) async fn asked(
    named: &RawPathParams,
    request: Request<Body>,
) -> (Asked, Result<(), Fault>, Option<HeaderValue>) {
    let named = named.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (parts, body) = request.into_parts();
    let query = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let path = parts.uri.path().to_owned();
    let mut asked = Asked { path, named, query, form: Fields::default(), headers: parts.headers };
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let if_none_match = asked.headers.get(IF_NONE_MATCH).filter(|_| is_read).cloned();
    let read = form(&parts.method, body).await.map(|form| asked.form = form);
    (asked, read, if_none_match)
}

async fn form(method: &Method, body: Body) -> Result<Fields, Fault> {
    if *method != Method::POST {
        return Ok(Fields::default());
    }
    match tokio::time::timeout(FORM_TIME_LIMIT, axum::body::to_bytes(body, FORM_LIMIT)).await {
        Ok(Ok(bytes)) => Ok(Fields::parse(&bytes)),
        Ok(Err(_)) => Err(Fault::Refused(StatusCode::PAYLOAD_TOO_LARGE, "the form is larger than 64 KiB".to_owned())),
        Err(_) => Err(Fault::Refused(StatusCode::REQUEST_TIMEOUT, "the form did not arrive in time".to_owned())),
    }
}

/// Makes the answer on a thread where it may block.
async fn made(site: &Arc<Site>, asked: Asked, page: Page) -> Answer {
    let Ok(_place) = site.waiting.try_acquire() else {
        return explained(&Fault::Busy, &asked);
    };
    let site = Arc::clone(site);
    let path = asked.path.clone();
    let work = move || {
        let visited =
            site.readers.read(|reader| page(&Visit { site: &site, reader, now: site.clock.now(), request: &asked }));
        visited.unwrap_or_else(|fault| match fault {
            Fault::Store(StoreError::Missing) if !is_for_programs(&asked.path) => without_store(site.readers.folder()),
            fault => explained(&fault, &asked),
        })
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        warn!(path, %error, "a page could not be made");
        Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "This page could not be made; the log says more.\n")
    })
}
