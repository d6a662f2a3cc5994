//! From what went wrong to a status word and a reason for a person.

use std::error::Error;
use std::io;

use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap};

use super::cache_headers::ServerHints;
use super::{Failure, Status};
use crate::http::{LookupError, causes, chain};

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

/// What an error of the HTTP client says: its kind by the types among its causes where they tell it, else by its words; and a phrase
/// for a person in the place of the whole chain.
pub(super) fn failure(error: &reqwest::Error, is_proxied: bool) -> Failure {
    let find = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
    let text = chain(error);
    let has = |words: &[&str]| find(words, &text);
    let last = || causes(error).last().map(ToString::to_string).unwrap_or_default();
    let lookup = causes(error).find_map(|cause| cause.downcast_ref::<LookupError>());
    let tls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    let (status, reason) = if let Some(private @ LookupError::Private(_)) = lookup {
        (Status::Refused, private.to_string())
    } else if error.is_timeout() {
        (Status::Timeout, "no connection was made within `connect_timeout_secs`".to_owned())
    } else if is_proxied && (lookup.is_some() || has(&["tcp connect", "tunnel", "socks", "proxy"])) {
        (Status::Proxy, format!("the proxy does not serve: {}", last()))
    } else if let Some(lookup) = lookup {
        let status = if matches!(lookup, LookupError::NoAnswer(_)) { Status::Resolver } else { Status::Dns };
        (status, lookup.to_string())
    } else if let Some(tls) = tls {
        (Status::Tls, tls_reason(tls))
    } else if has(&["certificate", "tls", "TLS", "handshake"]) {
        (Status::Tls, format!("the TLS handshake failed: {}", last()))
    } else if error.is_connect() {
        (Status::Connect, connect_reason(error))
    } else if error.is_decode() && !has(&["request or response body error", "connection", "end of file before"]) {
        (Status::BadEncoding, format!("the body cannot be unpacked: {}", last()))
    } else {
        (Status::Broken, format!("the answer broke off: {}", last()))
    };
    Failure::new(status, reason)
}

fn tls_reason(error: &rustls::Error) -> String {
    use rustls::{CertificateError as Fault, Error};
    match error {
        Error::InvalidCertificate(Fault::Expired | Fault::ExpiredContext { .. }) => {
            "the server's certificate has expired".to_owned()
        }
        Error::InvalidCertificate(Fault::NotValidYet | Fault::NotValidYetContext { .. }) => {
            "the server's certificate is not valid yet".to_owned()
        }
        Error::InvalidCertificate(Fault::NotValidForName | Fault::NotValidForNameContext { .. }) => {
            "the server's certificate is for another name".to_owned()
        }
        Error::InvalidCertificate(Fault::UnknownIssuer) => {
            "the server's certificate is signed by nobody whom this machine trusts".to_owned()
        }
        Error::InvalidCertificate(other) => format!("the server's certificate is not valid: {other}"),
        Error::InvalidMessage(_) => "what answers there does not speak TLS".to_owned(),
        Error::AlertReceived(alert) => format!("the server refused the TLS handshake: {alert:?}"),
        other => format!("the TLS handshake failed: {other}"),
    }
}

fn connect_reason(error: &(dyn Error + 'static)) -> String {
    let io = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
    match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "the server refused the connection".to_owned(),
        Some(io::ErrorKind::ConnectionReset) => "the server reset the connection".to_owned(),
        Some(io::ErrorKind::TimedOut) => "the server did not answer".to_owned(),
        Some(io::ErrorKind::HostUnreachable) => "there is no way to the server".to_owned(),
        Some(io::ErrorKind::NetworkUnreachable) => "there is no way to the server's network".to_owned(),
        _ => {
            let last = causes(error).last().map(ToString::to_string).unwrap_or_default();
            format!("no connection could be made: {last}")
        }
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
