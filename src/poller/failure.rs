//! From what went wrong to a status word and a reason for a person.

use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap};

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

/// The guard in front of a server that answered in its place, by the headers that guards set when they turn somebody away.
fn guard_of(status: StatusCode, headers: &HeaderMap) -> Option<&'static str> {
    if is_challenge(headers) {
        return Some("Cloudflare");
    }
    // A guard that lets a request pass to the server, which then has no such feed, has not turned anybody away.
    if !matches!(status.as_u16(), 401 | 403 | 405 | 406 | 429 | 503) {
        return None;
    }
    let server = headers.get(header::SERVER).map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
    let runs = |name: &str| server.as_deref().is_some_and(|server| server.contains(name));
    let marks = [("x-amzn-waf-action", "AWS WAF"), ("x-sucuri-block", "Sucuri"), ("x-datadome", "DataDome")];
    let mark = marks.iter().find(|(name, _)| headers.contains_key(*name)).map(|(_, guard)| *guard);
    mark.or_else(|| runs("ddos-guard").then_some("DDoS-Guard")).or_else(|| runs("qrator").then_some("Qrator"))
}

/// What a status that brings no feed says.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, hints: ServerHints) -> Failure {
    let guard = guard_of(status, headers);
    let word = match status.as_u16() {
        // Asking less often is what a 429 wants, whoever says so.
        429 if !is_challenge(headers) => Status::RateLimited,
        _ if guard.is_some() => Status::Challenge,
        404 => Status::NotFound,
        407 => Status::Proxy,
        410 => Status::Gone,
        400..500 => Status::ClientError,
        _ => Status::ServerError,
    };
    let name = status.canonical_reason().unwrap_or("unknown status");
    let by = guard.map(|guard| format!(", a bot check or block page of {guard}")).unwrap_or_default();
    let reason = format!("the server answered {} {name}{by}", status.as_u16());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_that_turn_away_are_named() {
        let check = |status: u16, name: &'static str, value: &'static str, word: Status, guard: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            let refused = refusal(StatusCode::from_u16(status).unwrap(), &headers, ServerHints::default());
            assert_eq!(refused.status, word, "{status} {name}: {value}");
            assert!(refused.reason.contains(guard), "{}", refused.reason);
        };
        check(403, "cf-mitigated", "challenge", Status::Challenge, "Cloudflare");
        check(403, "server", "cloudflare", Status::ClientError, "403");
        check(403, "server", "DDoS-Guard", Status::Challenge, "DDoS-Guard");
        check(404, "server", "ddos-guard", Status::NotFound, "404");
        check(405, "x-amzn-waf-action", "captcha", Status::Challenge, "AWS WAF");
        check(403, "x-sucuri-block", "1", Status::Challenge, "Sucuri");
        check(503, "server", "QRATOR", Status::Challenge, "Qrator");
        check(429, "server", "ddos-guard", Status::RateLimited, "DDoS-Guard");
        check(410, "server", "nginx", Status::Gone, "410");
    }
}
