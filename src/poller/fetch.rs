//! One fetch: conditional, guarded at every hop, capped while it streams, with one deadline for the whole.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{RequestBuilder, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::{Host, Url};
use xxhash_rust::xxh3::xxh3_128;

use super::cache_headers::{self as hints, ServerHints};
use super::fetch_error::{failure, is_challenge, refusal};
use super::{Failure, FeedOptions, Fetched, Options, Outcome, Status, Unchanged, Validators};
use crate::http::{ClientError, Clients, REFUSED, address_guard};

/// What is preferred; servers that choose by it are given no reason to choose a web page.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

/// Beyond this size a body is large, and only a few large ones are held at once: memory stays bounded whatever `concurrency`
/// hostile servers send.
const LARGE_BODY_BYTES: usize = 1 << 20;

/// How many large bodies are held at once, from their first mebibyte until they have been read as feeds.
const LARGE_BODIES: usize = 8;

/// Room made for a body before it comes: an announced length is only believed so far.
const FIRST_ROOM_BYTES: usize = 64 << 10;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The feed, in the caller's numbering.
    pub feed_id: i64,
    /// The feed's address in the feed list, by which the configuration knows it; http or https.
    pub url: String,
    /// The address that is asked in its place, where the feed has moved.
    pub adopted_url: Option<String>,
    /// What the last answer came with.
    pub validators: Validators,
    /// The present, against which a server's dates are held.
    pub now: Timestamp,
    /// Whether the connection may be closed behind the answer, as no other feed of the domain waits.
    pub is_last: bool,
}

/// Fetches feeds. Cheap to clone; all clones share connections.
#[derive(Clone, Debug)]
pub struct Fetcher {
    clients: Arc<Clients>,
    options: Arc<Options>,
    large_bodies: Arc<Semaphore>,
}

/// One hop of a chain of redirects.
struct Hop {
    url: Url,
    /// Where the chain's permanent redirects led so far; none once another kind stood in it.
    moved_to: Option<Url>,
}

impl Fetcher {
    /// A fetcher with the given options.
    ///
    /// # Errors
    /// Where a proxy's address makes no sense.
    pub fn new(options: &Options) -> Result<Fetcher, ClientError> {
        Ok(Fetcher {
            clients: Arc::new(Clients::new(&options.client())?),
            options: Arc::new(options.clone()),
            large_bodies: Arc::new(Semaphore::new(LARGE_BODIES)),
        })
    }

    /// Fetches one feed. Whatever happens is an outcome.
    pub async fn fetch(&self, request: &Request) -> Outcome {
        let timeout = Duration::from_secs(self.options.timeout_secs);
        match tokio::time::timeout(timeout, self.follow(request)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => {
                let reason = format!("no whole answer within {} seconds", timeout.as_secs());
                Outcome::Failed(Failure::new(Status::Timeout, reason))
            }
        }
    }

    async fn follow(&self, request: &Request) -> Result<Outcome, Failure> {
        let own = self.checked(&request.url)?;
        let first = request.adopted_url.as_deref().map_or_else(|| Ok(own.clone()), |url| self.checked(url))?;
        let proxy = self.options.proxy_for(&request.url);
        let mut hop = Hop { url: first, moved_to: None };
        let mut visited: Vec<Url> = Vec::new();
        let mut is_permanent = true;
        while visited.len() <= self.options.redirect_limit {
            let url = hop.url.clone();
            let response = self.ask(request, &url, &own, proxy).await?;
            let status = response.status();
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return self.answer(request, response, &hop).await;
            }
            visited.push(url);
            let target = self.next_hop(&visited, &response, &own)?;
            // A move that gives up encryption may be a trap on the way: it is followed, but not for good.
            let is_downgrade = hop.url.scheme() == "https" && target.scheme() == "http";
            is_permanent &= matches!(status.as_u16(), 301 | 308) && !is_downgrade;
            hop.moved_to = if is_permanent { Some(target.clone()) } else { hop.moved_to };
            hop.url = target;
        }
        let reason = format!("more than {} redirects, the last to {}", self.options.redirect_limit, bare(&hop.url));
        Err(Failure::new(Status::Redirects, reason))
    }

    async fn ask(&self, request: &Request, url: &Url, own: &Url, proxy: Option<&str>) -> Result<Response, Failure> {
        if proxy.is_some() {
            let checked = self.clients.check_target(url).await;
            checked.map_err(|reason| Failure::new(Status::Refused, reason))?;
        }
        let client = self.clients.client(url, proxy);
        let client = client.map_err(|reason| Failure::new(Status::Internal, format!("no HTTP client: {reason}")))?;
        let mut asked = client.get(url.clone()).header(header::ACCEPT, ACCEPT);
        if let Some(etag) = &request.validators.etag {
            asked = asked.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &request.validators.last_modified {
            asked = asked.header(header::IF_MODIFIED_SINCE, last_modified);
        }
        if request.is_last {
            asked = asked.header(header::CONNECTION, "close");
        }
        // What was given for one origin is nobody else's business.
        if let Some(feed) = self.options.feeds.get(&request.url).filter(|_| is_own(own, url)) {
            asked = with_own(asked, feed);
        }
        asked.send().await.map_err(|error| failure(&error.without_url(), proxy.is_some()))
    }

    fn next_hop(&self, visited: &[Url], response: &Response, own: &Url) -> Result<Url, Failure> {
        let failed = |reason: String| Failure::new(Status::Redirects, reason);
        let location = response.headers().get(header::LOCATION);
        let location =
            location.ok_or_else(|| failed(format!("status {} without a Location", response.status().as_u16())))?;
        let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
        let target = response.url().join(&location);
        let mut target = target.map_err(|error| failed(format!("redirect to `{location}`: {error}")))?;
        target.set_fragment(None);
        if is_own(own, &target) && target.username().is_empty() && target.password().is_none() {
            target = with_credentials(target, own.username(), own.password());
        }
        if visited.contains(&target) {
            return Err(failed(format!("redirect in a circle at {}", bare(&target))));
        }
        self.checked(target.as_str())
    }

    /// The guard of literals and schemes; names are looked at when they are resolved.
    fn checked(&self, url: &str) -> Result<Url, Failure> {
        let refused = |reason: String| Failure::new(Status::Refused, reason);
        let url = Url::parse(url).map_err(|error| refused(format!("`{url}` is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(format!("{}: only http and https are fetched", bare(&url))));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(refused(format!("{} names no host", bare(&url)))),
        };
        if !self.options.allow_private_addresses && literal.is_some_and(|address| !address_guard::is_public(address)) {
            return Err(refused(format!("{}: {REFUSED}", bare(&url))));
        }
        Ok(url)
    }

    async fn answer(&self, request: &Request, response: Response, hop: &Hop) -> Result<Outcome, Failure> {
        let status = response.status();
        let headers = response.headers().clone();
        let hints = server_hints(&headers, request.now);
        let moved_to = hop.moved_to.as_ref().map(Url::to_string);
        if status == StatusCode::NOT_MODIFIED {
            if request.validators.etag.is_none() && request.validators.last_modified.is_none() {
                let reason = "the server answered 304 to a question without any condition".to_owned();
                return Err(Failure { status: Status::ServerError, reason, hints });
            }
            return Ok(Outcome::Unchanged(Unchanged { status: Status::NotModified, hints, moved_to }));
        }
        if !status.is_success() || is_challenge(&headers) {
            return Err(refusal(status, &headers, hints));
        }
        let (bytes, large) = self.body(response).await?;
        if bytes.is_empty() {
            let reason = format!("status {} without a body", status.as_u16());
            return Err(Failure { status: Status::Empty, reason, hints });
        }
        let body_hash = xxh3_128(&bytes).to_be_bytes();
        if request.validators.body_hash == Some(body_hash) {
            return Ok(Outcome::Unchanged(Unchanged { status: Status::SameBody, hints, moved_to }));
        }
        let validators = Validators {
            etag: single(&headers, header::ETAG),
            last_modified: single(&headers, header::LAST_MODIFIED),
            body_hash: Some(body_hash),
        };
        Ok(Outcome::Fetched(Fetched {
            bytes,
            content_type: single(&headers, header::CONTENT_TYPE),
            // Items' links are made from it and shown to everybody.
            final_url: bare(&hop.url).to_string(),
            validators,
            hints,
            moved_to,
            large_body_permit: large,
        }))
    }

    async fn body(&self, response: Response) -> Result<(Vec<u8>, Option<Arc<OwnedSemaphorePermit>>), Failure> {
        let limit = self.options.body_limit_bytes;
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        // The header may lie: only so much is believed.
        let mut bytes = Vec::with_capacity(announced.min(limit).min(FIRST_ROOM_BYTES));
        let mut large = None;
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| failure(&error.without_url(), false))?;
            if bytes.len() + chunk.len() > limit {
                return Err(Failure::new(Status::TooLarge, format!("the body is larger than {limit} bytes")));
            }
            if large.is_none() && bytes.len() + chunk.len() > LARGE_BODY_BYTES {
                // Fails only on a closed semaphore, and nobody closes this one.
                large = Arc::clone(&self.large_bodies).acquire_owned().await.ok().map(Arc::new);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((bytes, large))
    }
}

fn with_own(mut asked: RequestBuilder, feed: &FeedOptions) -> RequestBuilder {
    for (name, value) in &feed.headers {
        asked = asked.header(name, value);
    }
    match &feed.credentials {
        Some((user, password)) => asked.basic_auth(user, Some(&password.0)),
        None => asked,
    }
}

/// Whether what was given for the feed's own server may be sent to an address: to the same origin, and where the same host moves
/// from http to https, which only makes it safer.
fn is_own(own: &Url, url: &Url) -> bool {
    let is_upgrade = (own.scheme(), url.scheme()) == ("http", "https") && own.port().is_none() && url.port().is_none();
    own.origin() == url.origin() || (is_upgrade && own.host() == url.host())
}

fn with_credentials(mut url: Url, user: &str, password: Option<&str>) -> Url {
    // Both fail only for addresses without a host, which are not fetched.
    match url.set_username(user).and_then(|()| url.set_password(password)) {
        Ok(()) | Err(()) => url,
    }
}

/// An address for people: without the name and password that may stand in it.
fn bare(url: &Url) -> Url {
    with_credentials(url.clone(), "", None)
}

/// A header that stands once; two of a kind prove nothing.
fn single(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn server_hints(headers: &HeaderMap, now: Timestamp) -> ServerHints {
    let date = single(headers, header::DATE);
    let lines = headers.get_all(header::CACHE_CONTROL).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let cache_control = lines.collect::<Vec<_>>().join(",");
    ServerHints {
        retry_after: single(headers, header::RETRY_AFTER)
            .and_then(|value| hints::retry_after(&value, date.as_deref(), now)),
        fresh_for: hints::fresh_for(
            Some(&cache_control),
            single(headers, header::AGE).as_deref(),
            single(headers, header::EXPIRES).as_deref(),
            date.as_deref(),
            now,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_to_the_feeds_own_server_only() {
        let check = |own: &str, url: &str, expected: bool| {
            assert_eq!(is_own(&Url::parse(own).unwrap(), &Url::parse(url).unwrap()), expected, "{own} {url}");
        };
        check("https://a.org/x", "https://a.org/y", true);
        check("http://a.org/x", "https://a.org/x", true);
        check("https://a.org/x", "http://a.org/x", false);
        check("http://a.org:8080/x", "https://a.org/x", false);
        check("https://a.org/x", "https://a.org:444/x", false);
        check("https://a.org/x", "https://b.a.org/x", false);
        check("https://a.org/x", "https://b.org/x", false);
    }
}
