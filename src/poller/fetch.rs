//! Fetches a feed: conditionally, with the address guard at every redirect, a size limit on the streamed body, and one
//! deadline for the whole.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::cache_headers::{self, ServerHints};
use super::large_bodies::{LargeBodies, LargeBody};
use super::refusal::{is_challenge, refusal};
use super::{Failure, Fetched, Options, Outcome, Status, Unchanged, Validators};
use crate::http::{ClientError, Clients, Get, HeaderMap, HeaderName, Response, StatusCode, check_url, header};

/// The preferred media types, so that servers that negotiate do not send a web page.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

/// A body beyond this size is large: only a few of them are held at once ([`LargeBodies`]).
const LARGE_BODY_BYTES: usize = 1 << 20;

/// The largest buffer that is allocated because a server announces a long body.
const FIRST_BUFFER_BYTES: usize = 64 << 10;

/// A request for a feed.
#[derive(Clone, Debug)]
pub struct Request {
    /// The id of the feed; the fetcher does not interpret it.
    pub feed_id: i64,
    /// The feed's URL in the feed list, by which the configuration refers to it; http or https.
    pub url: String,
    /// The URL to request instead, if the feed has moved.
    pub adopted_url: Option<String>,
    /// The validators of the last response.
    pub validators: Validators,
    /// The current time, to interpret dates in headers.
    pub now: Timestamp,
    /// Whether the connection may be closed after the response, because no other feed of the domain is waiting.
    pub is_last: bool,
}

/// Fetches feeds. Cheap to clone; all clones share connections.
#[derive(Clone, Debug)]
pub struct Fetcher {
    clients: Arc<Clients>,
    options: Arc<Options>,
    large_bodies: Arc<LargeBodies>,
}

/// One hop of a chain of redirects.
struct Hop {
    url: Url,
    /// The target of the chain's leading permanent redirects.
    moved_to: Option<Url>,
}

impl Fetcher {
    /// Creates a fetcher.
    ///
    /// # Errors
    /// Fails if the URL of a proxy is invalid.
    pub fn new(options: &Options) -> Result<Fetcher, ClientError> {
        Ok(Fetcher {
            clients: Arc::new(Clients::new(&options.client())?),
            options: Arc::new(options.clone()),
            large_bodies: Arc::default(),
        })
    }

    /// Fetches one feed. Failures are outcomes too.
    pub async fn fetch(&self, request: &Request) -> Outcome {
        let timeout = Duration::from_secs(self.options.timeout_secs);
        match tokio::time::timeout(timeout, self.follow(request)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => {
                let reason = format!("no complete response within {} seconds", timeout.as_secs());
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
            let response = self.get(request, &url, &own, proxy).await?;
            let status = response.status();
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return self.answer(request, response, &hop).await;
            }
            visited.push(url.clone());
            let target = self.next_hop(&visited, &url, &response, &own)?;
            // A redirect that gives up encryption may be an attack on the way: follow it, but do not adopt it.
            let is_downgrade = hop.url.scheme() == "https" && target.scheme() == "http";
            is_permanent &= matches!(status.as_u16(), 301 | 308) && !is_downgrade;
            hop.moved_to = if is_permanent { Some(target.clone()) } else { hop.moved_to };
            hop.url = target;
        }
        let reason = format!("more than {} redirects, the last to {}", self.options.redirect_limit, bare(&hop.url));
        Err(Failure::new(Status::Redirects, reason))
    }

    async fn get(&self, request: &Request, url: &Url, own: &Url, proxy: Option<&str>) -> Result<Response, Failure> {
        let mut headers = vec![(header::ACCEPT.as_str(), ACCEPT)];
        if let Some(etag) = &request.validators.etag {
            headers.push((header::IF_NONE_MATCH.as_str(), etag));
        }
        if let Some(last_modified) = &request.validators.last_modified {
            headers.push((header::IF_MODIFIED_SINCE.as_str(), last_modified));
        }
        let mut credentials = None;
        // Other origins must not see what was configured for the feed's own.
        if let Some(feed) = self.options.feeds.get(&request.url).filter(|_| is_own(own, url)) {
            headers.extend(feed.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            credentials = feed.credentials.as_ref().map(|(user, password)| (user.as_str(), password.0.as_str()));
        }
        let get = Get { url, proxy, headers, credentials, is_last: request.is_last };
        self.clients.get(&get).await.map_err(Failure::from)
    }

    /// Returns where the response of the last of the `visited` URLs redirects to.
    fn next_hop(&self, visited: &[Url], url: &Url, response: &Response, own: &Url) -> Result<Url, Failure> {
        let failed = |reason: String| Failure::new(Status::Redirects, reason);
        let location = response.headers().get(header::LOCATION);
        let location =
            location.ok_or_else(|| failed(format!("status {} without a Location", response.status().as_u16())))?;
        let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
        let target = url.join(&location);
        let mut target = target.map_err(|error| failed(format!("redirect to `{location}`: {error}")))?;
        target.set_fragment(None);
        if is_own(own, &target) && target.username().is_empty() && target.password().is_none() {
            target = with_credentials(target, own.username(), own.password());
        }
        if visited.contains(&target) {
            return Err(failed(format!("redirect loop at {}", bare(&target))));
        }
        self.checked(target.as_str())
    }

    fn checked(&self, text: &str) -> Result<Url, Failure> {
        check_url(text, self.options.allow_private_addresses).map_err(|error| {
            let shown = Url::parse(text).map_or_else(|_| text.to_owned(), |url| bare(&url).into());
            Failure::new(Status::Refused, format!("`{shown}`: {error}"))
        })
    }

    async fn answer(&self, request: &Request, response: Response, hop: &Hop) -> Result<Outcome, Failure> {
        let status = response.status();
        let headers = response.headers().clone();
        let hints = server_hints(&headers, request.now);
        let moved_to = hop.moved_to.as_ref().map(Url::to_string);
        if status == StatusCode::NOT_MODIFIED {
            if request.validators.etag.is_none() && request.validators.last_modified.is_none() {
                let reason = "the server answered 304 to an unconditional request".to_owned();
                return Err(Failure { status: Status::ServerError, reason, hints });
            }
            return Ok(Outcome::Unchanged(Unchanged { status: Status::NotModified, hints, moved_to }));
        }
        if !status.is_success() || is_challenge(&headers) {
            return Err(refusal(status, &headers, hints));
        }
        let (bytes, large_body) = self.body(response).await?;
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
            // Links of items are resolved against it and shown to everybody.
            final_url: bare(&hop.url).to_string(),
            validators,
            hints,
            moved_to,
            large_body,
        }))
    }

    async fn body(&self, mut response: Response) -> Result<(Vec<u8>, Option<Arc<LargeBody>>), Failure> {
        let limit = self.options.body_limit_bytes;
        let announced = response.announced_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let mut bytes = Vec::with_capacity(announced.min(limit).min(FIRST_BUFFER_BYTES));
        let began_at = Instant::now();
        let mut large_body = None;
        loop {
            let chunk = match &large_body {
                None => response.chunk().await?,
                Some(body) => tokio::select! {
                    chunk = response.chunk() => chunk?,
                    () = LargeBody::lost(body) => return Err(too_slow(bytes.len(), began_at.elapsed())),
                },
            };
            let Some(chunk) = chunk else { break };
            let chunk = chunk.as_ref();
            if bytes.len() + chunk.len() > limit {
                return Err(Failure::new(Status::TooLarge, format!("the body is larger than {limit} bytes")));
            }
            if large_body.is_none() && bytes.len() + chunk.len() > LARGE_BODY_BYTES {
                large_body = Some(self.large_bodies.place(began_at, bytes.len()).await);
            }
            bytes.extend_from_slice(chunk);
            if let Some(body) = &large_body {
                body.received(bytes.len());
            }
        }
        if let Some(body) = &large_body {
            body.complete();
        }
        Ok((bytes, large_body.map(Arc::new)))
    }
}

fn too_slow(bytes: usize, time: Duration) -> Failure {
    let kib_per_sec = bytes as f64 / 1024.0 / time.as_secs_f64().max(0.001);
    let reason = format!(
        "the body came at {kib_per_sec:.0} KiB a second and was dropped after {} seconds, because faster feeds waited",
        time.as_secs()
    );
    Failure::new(Status::Timeout, reason)
}

/// Returns whether headers and credentials for the feed's own URL may be sent to `url`: if it has the same origin, or
/// the same host over https instead of http.
fn is_own(own: &Url, url: &Url) -> bool {
    let is_upgrade = (own.scheme(), url.scheme()) == ("http", "https") && own.port().is_none() && url.port().is_none();
    own.origin() == url.origin() || (is_upgrade && own.host() == url.host())
}

fn with_credentials(mut url: Url, user: &str, password: Option<&str>) -> Url {
    // Both fail only for URLs without a host, which are not fetched.
    match url.set_username(user).and_then(|()| url.set_password(password)) {
        Ok(()) | Err(()) => url,
    }
}

/// Returns a URL without user name and password, for messages.
fn bare(url: &Url) -> Url {
    with_credentials(url.clone(), "", None)
}

/// Returns the value of a header that occurs once; of several, none can be trusted.
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
            .and_then(|value| cache_headers::retry_after(&value, date.as_deref(), now)),
        fresh_for: cache_headers::fresh_for(
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
