//! Answers of pages, with the headers that all of them have.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use maud::Markup;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::app::issue::IssueError;
use crate::store::StoreError;
use crate::text::sanitize::without_reordering;

/// What pages may load and do: only what this server serves, and no script in the page itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const FRAME_OPTIONS: HeaderName = HeaderName::from_static("x-frame-options");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// For how long a browser may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// It asks each time whether the answer has changed.
    Ask,
    /// It never asks again: the address changes with the content.
    Forever,
    /// It keeps nothing.
    Never,
}

/// What a page answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) kind: &'static str,
    pub(super) body: Vec<u8>,
    pub(super) keep: Keep,
    /// Whole values of `Set-Cookie`.
    pub(super) cookies: Vec<String>,
    /// Further headers.
    pub(super) headers: Vec<(HeaderName, String)>,
}

impl Answer {
    fn new(status: StatusCode, kind: &'static str, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, kind, body: body.into(), keep: Keep::Ask, cookies: Vec::new(), headers: Vec::new() }
    }

    /// A page, as a whole document.
    pub(super) fn page(page: Markup) -> Answer {
        // What a feed says may not change the order of the text around it; `bdi` and `dir` isolate what needs it.
        let page = without_reordering(page.into_string());
        Answer::new(StatusCode::OK, "text/html; charset=utf-8", page)
    }

    /// Plain text.
    pub(super) fn text(status: StatusCode, text: impl Into<String>) -> Answer {
        Answer::new(status, "text/plain; charset=utf-8", text.into())
    }

    /// A body of some type.
    pub(super) fn of_kind(kind: &'static str, body: impl Into<Vec<u8>>) -> Answer {
        Answer::new(StatusCode::OK, kind, body)
    }

    /// A value as JSON.
    pub(super) fn json(value: &impl Serialize) -> Answer {
        // The values have only strings, numbers and lists, which serde_json cannot fail on.
        let mut body = serde_json::to_vec(value).unwrap_or_default();
        body.push(b'\n');
        Answer::new(StatusCode::OK, "application/json", body)
    }

    /// A redirect to a path of this site after a form was posted, or to the right address of a page.
    pub(super) fn see_other(path: &str) -> Answer {
        let answer = Answer::new(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
        Answer { keep: Keep::Never, ..answer }.with(LOCATION, path)
    }

    /// The same with a further header.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Answer {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same with another status.
    pub(super) fn status(self, status: StatusCode) -> Answer {
        Answer { status, ..self }
    }

    /// The same, kept by browsers as `keep` says.
    pub(super) fn kept(self, keep: Keep) -> Answer {
        Answer { keep, ..self }
    }
}

/// Why a page has nothing to show.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// The query or the form is wrong.
    #[error("{0}")]
    Bad(String),
    /// Refused with a status.
    #[error("{1}")]
    Refused(StatusCode, String),
    /// Whoever asks must give the token first.
    #[error("a token is needed: send it as `Authorization: Bearer TOKEN`, or log in at /login")]
    Unknown,
    /// Too many requests wait.
    #[error("too many requests wait; try again in a few seconds")]
    Busy,
    /// The store cannot answer.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::BadQuery(fault) => Fault::Bad(format!("This search is not understood: {fault}.")),
            StoreError::PeriodOutOfRange(fault) => Fault::Bad(format!("These days are out of range: {fault}.")),
            error => Fault::Store(error),
        }
    }
}

impl From<IssueError> for Fault {
    fn from(error: IssueError) -> Fault {
        match error {
            IssueError::Store(error) => Fault::from(error),
            error => Fault::NotFound(error.to_string()),
        }
    }
}

impl Fault {
    /// Returns the status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Fault::NotFound(_) => StatusCode::NOT_FOUND,
            Fault::Bad(_) => StatusCode::BAD_REQUEST,
            Fault::Refused(status, _) => *status,
            Fault::Unknown => StatusCode::UNAUTHORIZED,
            Fault::Busy | Fault::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Turns an answer into a response; into 304 if the client has it already.
pub(super) fn respond(answer: Answer, if_none_match: Option<&HeaderValue>) -> Response {
    let Answer { status, kind, body, keep, cookies, headers } = answer;
    let etag = (status == StatusCode::OK && keep != Keep::Never).then(|| format!("\"{:016x}\"", xxh3_64(&body)));
    let is_known = |etag: &String| {
        let known = if_none_match.and_then(|value| value.to_str().ok()).unwrap_or_default();
        known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == etag || one == "*")
    };
    let is_unchanged = etag.as_ref().is_some_and(is_known);
    let mut response = match is_unchanged {
        true => Response::new(Body::empty()),
        false => Response::new(Body::from(body)),
    };
    *response.status_mut() = if is_unchanged { StatusCode::NOT_MODIFIED } else { status };
    let all = response.headers_mut();
    all.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let keep = match keep {
        Keep::Ask => "private, no-cache",
        Keep::Forever => "public, max-age=31536000, immutable",
        Keep::Never => "no-store",
    };
    all.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    let mut insert = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            all.append(name, value);
        }
    };
    for (name, value) in etag.map(|etag| (ETAG, etag)).into_iter().chain(headers) {
        insert(name, &value);
    }
    for cookie in &cookies {
        insert(SET_COOKIE, cookie);
    }
    protect(all);
    response
}

/// Adds the headers that protect readers of every answer.
pub(super) fn protect(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
}
