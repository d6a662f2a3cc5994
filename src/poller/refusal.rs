//! What went wrong with a request: turns a status without a feed, or an error of the HTTP client, into a failure.

use super::cache_headers::ServerHints;
use super::{Failure, Status};
use crate::http::{HeaderMap, RequestError, RequestErrorKind, StatusCode, header};

/// Returns whether a header marks the response as a challenge for browsers, whatever its status is.
pub(super) fn is_challenge(headers: &HeaderMap) -> bool {
    headers.get("cf-mitigated").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"challenge"))
}

/// Returns the bot protection that answered instead of the server, recognised by its headers.
fn protection(status: StatusCode, headers: &HeaderMap) -> Option<&'static str> {
    if is_challenge(headers) {
        return Some("Cloudflare");
    }
    // With other statuses the request passed the protection, and the server itself answered.
    if !matches!(status.as_u16(), 401 | 403 | 405 | 406 | 429 | 503) {
        return None;
    }
    let server = headers.get(header::SERVER).map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
    let runs = |name: &str| server.as_deref().is_some_and(|server| server.contains(name));
    let marks = [("x-amzn-waf-action", "AWS WAF"), ("x-sucuri-block", "Sucuri"), ("x-datadome", "DataDome")];
    let mark = marks.iter().find(|(name, _)| headers.contains_key(*name)).map(|(_, guard)| *guard);
    mark.or_else(|| runs("ddos-guard").then_some("DDoS-Guard")).or_else(|| runs("qrator").then_some("Qrator"))
}

/// Turns a status that comes without a feed into a failure.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, hints: ServerHints) -> Failure {
    let guard = protection(status, headers);
    let word = match status.as_u16() {
        // A 429 asks for fewer requests, whoever sends it.
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
    Failure { http_status: Some(status.as_u16()), hints, ..Failure::new(word, reason) }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Failure {
        let status = match error.kind {
            RequestErrorKind::NoClient => Status::Internal,
            RequestErrorKind::NoDescriptors => Status::NoDescriptors,
            RequestErrorKind::Refused => Status::Refused,
            RequestErrorKind::ConnectTimeout => Status::Timeout,
            RequestErrorKind::Proxy => Status::Proxy,
            RequestErrorKind::Resolver => Status::Resolver,
            RequestErrorKind::Dns => Status::Dns,
            RequestErrorKind::Tls => Status::Tls,
            RequestErrorKind::Connect => Status::Connect,
            RequestErrorKind::BadEncoding => Status::BadEncoding,
            RequestErrorKind::Broken => Status::Broken,
        };
        Failure::new(status, error.reason)
    }
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
