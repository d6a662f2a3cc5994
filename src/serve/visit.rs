//! A request as pages see it, and routes that are made of plain functions.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawPathParams, State};
use axum::http::header::{ACCEPT, COOKIE, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use jiff::Timestamp;
use tracing::warn;

use super::answer::{Answer, Fault, respond};
use super::site::Site;
use crate::store::{Reader, StoreError};

/// Bytes of a form at most.
const FORM_LIMIT: usize = 64 * 1_024;
/// How long a client may take to send a form.
const FORM_TIME_LIMIT: Duration = Duration::from_secs(15);

/// The fields of a query or of a form, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(encoded: &[u8]) -> Fields {
        Fields(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// Returns the first value of a field that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    }

    /// Returns the values of a field, without empty ones.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Returns the names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the fields with one replaced or added, encoded as a query.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let others = self.0.iter().filter(|(key, value)| key != name && !value.is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others).append_pair(name, value);
        query.finish()
    }
}

/// A request, with a reader of the store for it alone.
pub(super) struct Visit<'a> {
    pub(super) site: &'a Arc<Site>,
    pub(super) reader: &'a Reader,
    pub(super) now: Timestamp,
    pub(super) request: &'a Asked,
}

/// What was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// The path, without the query.
    pub(super) path: String,
    /// The parts of the path that the route names.
    pub(super) named: Vec<(String, String)>,
    pub(super) query: Fields,
    /// The fields of the body; empty unless it was posted.
    pub(super) form: Fields,
    pub(super) headers: HeaderMap,
}

impl Asked {
    /// Returns a part of the path; empty if the route does not name it.
    pub(super) fn part(&self, name: &str) -> &str {
        self.named.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Returns the number in a part of the path.
    ///
    /// # Errors
    /// [`Fault::NotFound`] if it is no number.
    pub(super) fn id(&self) -> Result<i64, Fault> {
        self.part("id").parse().map_err(|_| Fault::NotFound("there is no such number".to_owned()))
    }

    /// Returns the value of a cookie.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        cookie(&self.headers, name)
    }

    /// Returns whether the answer is for a program.
    pub(super) fn is_program(&self) -> bool {
        is_for_programs(&self.path)
            || self.headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"application/json"))
    }
}

/// Returns whether a path is for programs, who understand JSON better than pages.
pub(super) fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || matches!(path, "/metrics" | "/healthz" | "/readyz")
}

/// Returns the value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// A page: what it answers to a visit.
pub(super) type Page = fn(&Visit<'_>) -> Result<Answer, Fault>;

/// Routes GET and HEAD to a page.
pub(super) fn get(page: Page) -> MethodRouter<Arc<Site>> {
    routing::get(move |State(site): State<Arc<Site>>, named: RawPathParams, request: Request<Body>| async move {
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
    let answered = read.and_then(|()| page(site, &asked)).unwrap_or_else(|fault| fault.answer(&asked));
    respond(answered, if_none_match.as_ref())
}

async fn answer(site: Arc<Site>, named: &RawPathParams, request: Request<Body>, page: Page) -> Response {
    let (asked, read, if_none_match) = asked(named, request).await;
    let answered = match read {
        Ok(()) => made(&site, asked, page).await,
        Err(fault) => fault.answer(&asked),
    };
    respond(answered, if_none_match.as_ref())
}

/// Reads a request with its form, which may fail. Returns `If-None-Match` as well, if it applies.
async fn asked(named: &RawPathParams, request: Request<Body>) -> (Asked, Result<(), Fault>, Option<HeaderValue>) {
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
        return Fault::Busy.answer(&asked);
    };
    let site = Arc::clone(site);
    let path = asked.path.clone();
    let work = move || {
        let visited =
            site.readers.read(|reader| page(&Visit { site: &site, reader, now: site.clock.now(), request: &asked }));
        visited.unwrap_or_else(|fault| match fault {
            Fault::Store(StoreError::Missing) if !is_for_programs(&asked.path) => {
                super::pages::start::before_store(&site)
            }
            fault => fault.answer(&asked),
        })
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        warn!(path, %error, "a page could not be made");
        Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "This page could not be made; the log says more.\n")
    })
}

/// Escapes a text for use as a part of a path.
pub(super) fn encoded(part: &str) -> Cow<'_, str> {
    percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).into()
}
