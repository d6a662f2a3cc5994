//! From what went wrong to a status word and a reason for a person.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::clients::REFUSED;
use super::hints::ServerHints;
use super::{Failure, Status};

/// The causes of an error, outermost first.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}

/// Whether a header says that the answer is a challenge for browsers, whatever its status is.
pub(super) fn is_challenge(headers: &HeaderMap) -> bool {
    headers.get("cf-mitigated").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"challenge"))
}

/// What a status that brings no feed says.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, hints: ServerHints) -> Failure {
    let word = match status.as_u16() {
        _ if is_challenge(headers) => Status::Challenge,
        404 => Status::NotFound,
        407 => Status::Proxy,
        410 => Status::Gone,
        429 => Status::RateLimited,
        400..500 => Status::ClientError,
        _ => Status::ServerError,
    };
    let name = status.canonical_reason().unwrap_or("unknown status");
    let challenge = if word == Status::Challenge { ", a challenge for browsers" } else { "" };
    let reason = format!("the server answered {} {name}{challenge}", status.as_u16());
    Failure { status: word, reason, hints }
}

/// What an error of the HTTP client says. It names its kinds only in words, and so they are looked for.
pub(super) fn failure(error: &reqwest::Error, is_proxied: bool) -> Failure {
    let text = chain(error);
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let is_lookup = has(&["dns error", "failed to lookup"]);
    let status = if text.contains(REFUSED) {
        Status::Refused
    } else if error.is_timeout() {
        Status::Timeout
    } else if is_proxied && (is_lookup || has(&["tcp connect", "tunnel", "socks", "proxy"])) {
        Status::Proxy
    } else if is_lookup {
        if has(&["Temporary failure", "try again", "os error"]) { Status::Resolver } else { Status::Dns }
    } else if has(&["certificate", "tls", "TLS", "handshake"]) {
        Status::Tls
    } else if error.is_connect() {
        Status::Connect
    } else if error.is_decode() && !has(&["request or response body error", "connection", "end of file before"]) {
        Status::BadEncoding
    } else {
        Status::Broken
    };
    Failure::new(status, text)
}
