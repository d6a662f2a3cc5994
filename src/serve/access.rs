//! Who may ask for what.
//!
//! - The name in `Host` must be one of this machine or of the configuration. Otherwise a web site could point a name of
//!   its own at 127.0.0.1 and read the pages through a visitor's browser (DNS rebinding).
//! - A form must come from these pages: browsers say where a request comes from in `Origin` and `Sec-Fetch-Site`.
//! - If the configuration has the hash of a token, every request needs the token or a session.

use std::collections::HashSet;

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use jiff::Timestamp;

use super::answer::Fault;
use super::request::cookie;
use super::token::Gate;
use crate::config::{Config, Listen};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The cookie of a session.
pub(super) const SESSION: &str = "kazbek_session";

/// What is known of those who may ask.
#[derive(Debug)]
pub(super) struct Access {
    /// Names by which this site is known, without ports.
    hosts: HashSet<String>,
    /// `None` if everybody who can connect may read.
    pub(super) gate: Option<Gate>,
    /// The origin of `public_url`.
    public_origin: Option<String>,
    /// Whether browsers reach the site through TLS, so that cookies need not travel without.
    pub(super) is_secure: bool,
}

/// Returns the host of a `Host` header or an origin, without the port.
fn name_of(authority: &str) -> &str {
    let without_port = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    without_port.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.')
}

impl Access {
    pub(super) fn new(config: &Config) -> Access {
        let mut hosts: HashSet<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        hosts.extend(config.serve.hosts.iter().cloned());
        if let Some(Listen::Tcp(address)) = &config.serve.listen
            && !address.ip().is_unspecified()
        {
            hosts.insert(address.ip().to_string());
        }
        let public = config.digest.base_url.as_deref().and_then(|url| url::Url::parse(url).ok());
        hosts.extend(public.as_ref().and_then(|url| url.host_str()).map(|host| name_of(host).to_owned()));
        Access {
            hosts,
            gate: config.serve.token_hash.clone().map(Gate::new),
            public_origin: public.as_ref().map(|url| url.origin().ascii_serialization()),
            is_secure: public.is_some_and(|url| url.scheme() == "https"),
        }
    }

    fn knows_host(&self, authority: &str) -> bool {
        self.hosts.contains(&name_of(authority).to_lowercase())
    }

    /// Checks the name by which the site was asked for.
    pub(super) fn check_host(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let named: Vec<&str> = headers.get_all(HOST).iter().filter_map(|host| host.to_str().ok()).collect();
        match named.as_slice() {
            [host] if self.knows_host(host) => Ok(()),
            [host] => Err(Fault::Refused(
                StatusCode::MISDIRECTED_REQUEST,
                format!(
                    "this site does not answer to the name {}; add it to `hosts` of [serve] if it should",
                    name_of(host)
                ),
            )),
            _ => Err(Fault::Refused(StatusCode::BAD_REQUEST, "a request must name one host".to_owned())),
        }
    }

    /// Checks that a request which may change something was not made by another site.
    pub(super) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let value = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("invalid"));
        let host = value(HOST).unwrap_or_default();
        let is_own = |origin: &str| {
            let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
            (!authority.is_empty() && authority == host) || self.public_origin.as_deref() == Some(origin)
        };
        let is_foreign = value(FETCH_SITE).is_some_and(|site| !matches!(site, "same-origin" | "none"))
            || value(ORIGIN).is_some_and(|origin| !is_own(origin));
        match is_foreign {
            true => Err(Fault::Refused(StatusCode::FORBIDDEN, "this form was sent by another site".to_owned())),
            false => Ok(()),
        }
    }

    /// Checks that whoever asks for a path knows the token, if there is one.
    pub(super) fn check_token(&self, path: &str, headers: &HeaderMap, now: Timestamp) -> Result<(), Fault> {
        let Some(gate) = self.gate.as_ref().filter(|_| !is_open(path)) else { return Ok(()) };
        let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let may_enter = bearer.is_some_and(|token| gate.knows(token))
            || cookie(headers, SESSION).is_some_and(|session| gate.has_session(session, now));
        if may_enter { Ok(()) } else { Err(Fault::Unknown) }
    }
}

/// Whether a path is open to those without the token.
fn is_open(path: &str) -> bool {
    matches!(path, "/login" | "/healthz" | "/robots.txt") || path.starts_with("/assets/")
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn the_name_of_a_host_has_no_port() {
        let check = |authority: &str, name: &str| assert_eq!(name_of(authority), name);
        check("localhost:8650", "localhost");
        check("[::1]:8650", "::1");
        check("[::1]", "::1");
        check("desk.example.", "desk.example");
        check("127.0.0.1", "127.0.0.1");
        check("evil.example:80@localhost", "evil.example:80@localhost");
    }
}
