//! What an answer's head says: validators, hints, refusals.

use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Response, StatusCode};

use super::challenge;
use super::hints::{self, ServerHints};
use super::outcome::Failure;
use super::request::Validators;
use super::status::StatusWord;

/// Longer validators are not kept: they would be sent with every request.
const VALIDATOR_LIMIT_BYTES: usize = 1_024;
/// Longest wait for the head of a refusal's body.
const PREFIX_PATIENCE: Duration = Duration::from_secs(5);

/// A header as text, several of one name joined by commas (RFC 9110, section 5.3); bytes that are no UTF-8 are replaced.
pub(super) fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = values.next()?.into_owned();
    Some(values.fold(first, |joined, value| joined + ", " + &value))
}

pub(super) fn read_hints(headers: &HeaderMap) -> ServerHints {
    hints::read(|name| header_text(headers, name))
}

/// The validators of an answer, verbatim. Two ETag headers say nothing: there is no telling which one the server means.
pub(super) fn validators_of(headers: &HeaderMap) -> Validators {
    let only = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        let text = std::str::from_utf8(value.as_bytes()).ok()?;
        (!text.is_empty() && text.len() <= VALIDATOR_LIMIT_BYTES).then(|| text.to_owned())
    };
    Validators { etag: only(header::ETAG), last_modified: only(header::LAST_MODIFIED), body_hash: None }
}

pub(super) fn refusal_of(status: StatusCode, hints: ServerHints, detail: String) -> Box<Failure> {
    let word = match status {
        StatusCode::GONE => StatusWord::Gone,
        other => StatusWord::Http(other.as_u16()),
    };
    let failure = Failure::new(word, detail);
    Box::new(Failure { status: Some(status.as_u16()), retry_after: hints.retry_after, ..failure })
}

pub(super) fn challenged(guard: &str, status: StatusCode, hints: ServerHints) -> Box<Failure> {
    let failure =
        Failure::new(StatusWord::Challenge, format!("{guard} answered {status} with a bot check or block page"));
    Box::new(Failure { status: Some(status.as_u16()), retry_after: hints.retry_after, ..failure })
}

/// Names the guard whose page a refusal's body is. A body that breaks or drags on costs that name, not the refusal itself.
pub(super) async fn guard_in_body(response: &mut Response) -> Option<&'static str> {
    let prefix = tokio::time::timeout(PREFIX_PATIENCE, read_prefix(response)).await.unwrap_or_default();
    challenge::by_body(&prefix)
}

async fn read_prefix(response: &mut Response) -> Vec<u8> {
    let mut prefix = Vec::new();
    while prefix.len() < challenge::PREFIX_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => prefix.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    prefix
}
