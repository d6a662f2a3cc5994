//! Fetches a feed: conditionally, with the address guard at every redirect, a size limit on the body as sent and as
//! decompressed, and one deadline for the whole.
//!
//! A server that answers a conditional request with an error is asked again at once, without conditions.

use std::borrow::Cow;
use std::io::Read;
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
use crate::http::{
    ClientError, Clients, Cookies, Get, HeaderMap, HeaderName, RequestErrorKind, Response, StatusCode, check_url,
    decoded, header,
};
use crate::text::html;
use crate::text::tokenizer::{Tag, Token, Tokens};

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
    /// The value of `Cookie`, if a hop before has set some.
    cookies: Option<String>,
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
        match tokio::time::timeout(timeout, self.ask(request)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => {
                let reason = format!("no complete response within {} seconds", timeout.as_secs());
                Outcome::Failed(Failure::new(Status::Timeout, reason))
            }
        }
    }

    /// Asks for the feed, and once more without conditions if the answer may be to them.
    async fn ask(&self, request: &Request) -> Result<Outcome, Failure> {
        let outcome = self.follow(request).await;
        let is_conditional = request.validators.etag.is_some() || request.validators.last_modified.is_some();
        if !is_conditional || !outcome.as_ref().is_err_and(may_be_to_a_condition) {
            return outcome;
        }
        let Validators { body_hash, .. } = request.validators;
        let validators = Validators { body_hash, ..Validators::default() };
        let plain = self.follow(&Request { validators, ..request.clone() }).await;
        // If it is refused as well, the condition was not to blame.
        plain.or(outcome)
    }

    async fn follow(&self, request: &Request) -> Result<Outcome, Failure> {
        let own = self.checked(&request.url)?;
        let first = request.adopted_url.as_deref().map_or_else(|| Ok(own.clone()), |url| self.checked(url))?;
        let proxy = self.options.proxy_for(&request.url);
        let mut hop = Hop { url: first, cookies: None, moved_to: None };
        let mut visited: Vec<(Url, Option<String>)> = Vec::new();
        let mut cookies = Cookies::default();
        let mut is_permanent = true;
        while visited.len() <= self.options.redirect_limit {
            let url = hop.url.clone();
            let response = self.get(request, &hop, &own, proxy).await?;
            let status = response.status();
            cookies.take(response.headers(), &url);
            let is_redirect = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
            let header = |name: HeaderName| single(response.headers(), name);
            // Browsers take the header from any answer; beside a feed it only says how often to load it again.
            let is_feed = header(header::CONTENT_TYPE).is_some_and(|media_type| is_of_feeds(&media_type));
            let refreshed = header(header::REFRESH).filter(|_| !is_feed).and_then(|value| refresh_target(&value));
            let target = if is_redirect && response.headers().contains_key(header::LOCATION) {
                self.next_hop(&url, &response, &own)?
            } else if let Some(target) = refreshed.filter(|target| !target.is_empty()) {
                self.joined(&url, &target, &own)?
            } else if is_redirect && !is_feed {
                self.next_hop(&url, &response, &own)?
            } else {
                let outcome = self.answer(request, response, &hop).await?;
                let Outcome::Fetched(fetched) = &outcome else { return Ok(outcome) };
                let Some(target) = refresh(&fetched.bytes) else { return Ok(outcome) };
                let target = self.joined(&url, &target, &own)?;
                // A page that loads itself again waits for something else than a program, unless it has set a cookie.
                if target == url && cookies.header(&target) == hop.cookies {
                    return Ok(outcome);
                }
                target
            };
            visited.push((url.clone(), hop.cookies.take()));
            hop.cookies = cookies.header(&target);
            // The same address with other cookies is another request.
            if visited.iter().any(|(url, sent)| *url == target && *sent == hop.cookies) {
                return Err(Failure::new(Status::Redirects, format!("redirect loop at {}", bare(&target))));
            }
            // A redirect that gives up encryption may be an attack on the way: follow it, but do not adopt it.
            let is_downgrade = hop.url.scheme() == "https" && target.scheme() == "http";
            is_permanent &= matches!(status.as_u16(), 301 | 308) && !is_downgrade;
            hop.moved_to = if is_permanent { Some(target.clone()) } else { hop.moved_to };
            hop.url = target;
        }
        let reason = format!("more than {} redirects, the last to {}", self.options.redirect_limit, bare(&hop.url));
        Err(Failure::new(Status::Redirects, reason))
    }

    async fn get(&self, request: &Request, hop: &Hop, own: &Url, proxy: Option<&str>) -> Result<Response, Failure> {
        let url = &hop.url;
        let mut headers = vec![(header::ACCEPT.as_str(), ACCEPT)];
        headers.extend(hop.cookies.as_deref().map(|cookies| (header::COOKIE.as_str(), cookies)));
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

    /// Returns where the response for a URL redirects to.
    fn next_hop(&self, url: &Url, response: &Response, own: &Url) -> Result<Url, Failure> {
        let failed = |reason: String| Failure::new(Status::Redirects, reason);
        let location = response.headers().get(header::LOCATION);
        let location =
            location.ok_or_else(|| failed(format!("status {} without a Location", response.status().as_u16())))?;
        self.joined(url, &reference(location.as_bytes()), own)
    }

    /// Returns the address that a redirect from a URL names.
    fn joined(&self, url: &Url, location: &str, own: &Url) -> Result<Url, Failure> {
        let failed = |reason: String| Failure::new(Status::Redirects, reason);
        let target = url.join(location);
        let mut target = target.map_err(|error| failed(format!("redirect to `{location}`: {error}")))?;
        target.set_fragment(None);
        if is_own(own, &target) && target.username().is_empty() && target.password().is_none() {
            target = with_credentials(target, own.username(), own.password());
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
                return Err(Failure { hints, ..Failure::new(Status::ServerError, reason) });
            }
            return Ok(Outcome::Unchanged(Unchanged { status: Status::NotModified, hints, moved_to }));
        }
        // A redirect that leads nowhere may be the feed itself.
        let is_redirect = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
        if !(status.is_success() || is_redirect) || is_challenge(&headers) {
            return Err(refusal(status, &headers, hints));
        }
        let Body { bytes, large_body, is_whole } = self.body(response).await?;
        let is_whole = is_whole && (status != StatusCode::PARTIAL_CONTENT || is_whole_range(&headers));
        if bytes.is_empty() {
            let reason = format!("status {} without a body", status.as_u16());
            return Err(Failure { hints, ..Failure::new(Status::Empty, reason) });
        }
        let body_hash = xxh3_128(&bytes).to_be_bytes();
        if request.validators.body_hash == Some(body_hash) {
            return Ok(Outcome::Unchanged(Unchanged { status: Status::SameBody, hints, moved_to }));
        }
        // What was not read must not be called unchanged.
        let validators = if is_whole {
            Validators {
                etag: single(&headers, header::ETAG),
                last_modified: single(&headers, header::LAST_MODIFIED),
                body_hash: Some(body_hash),
            }
        } else {
            Validators::default()
        };
        Ok(Outcome::Fetched(Fetched {
            bytes,
            content_type: single(&headers, header::CONTENT_TYPE),
            links: all(&headers, header::LINK),
            // Links of items are resolved against it and shown to everybody.
            final_url: bare(&hop.url).to_string(),
            validators,
            hints,
            moved_to,
            large_body,
            is_whole,
        }))
    }

    async fn body(&self, mut response: Response) -> Result<Body, Failure> {
        let limit = self.options.body_limit_bytes;
        let codings = all(response.headers(), header::CONTENT_ENCODING);
        let announced = response.announced_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let mut bytes = Vec::with_capacity(announced.min(limit).min(FIRST_BUFFER_BYTES));
        let began_at = Instant::now();
        let mut large_body = None;
        let mut is_whole = true;
        loop {
            let chunk = match &large_body {
                None => response.chunk().await,
                Some(body) => tokio::select! {
                    chunk = response.chunk() => chunk,
                    () = LargeBody::lost(body) => return Err(too_slow(bytes.len(), began_at.elapsed())),
                },
            };
            let chunk = match chunk {
                // Some servers announce a wrong length, or do not end what they send in pieces.
                Err(error) if error.kind == RequestErrorKind::Broken && !bytes.is_empty() => {
                    is_whole = false;
                    None
                }
                chunk => chunk?,
            };
            let Some(chunk) = chunk else { break };
            let chunk = chunk.as_ref();
            if bytes.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            if large_body.is_none() && bytes.len() + chunk.len() > LARGE_BODY_BYTES {
                large_body = Some(self.large_bodies.place(began_at, bytes.len()).await);
            }
            bytes.extend_from_slice(chunk);
            if let Some(body) = &large_body {
                body.received(bytes.len());
            }
        }
        let undone = match bytes.is_empty() {
            true => None,
            false => self.decompressed(&bytes, &codings, began_at, &mut large_body).await?,
        };
        if let Some((plain, is_complete)) = undone {
            bytes = plain;
            is_whole &= is_complete;
        }
        if let Some(body) = &large_body {
            body.complete();
        }
        Ok(Body { bytes, large_body: large_body.map(Arc::new), is_whole })
    }

    /// Returns what is compressed in a body and whether that was read to its end; `None` if it is not compressed.
    async fn decompressed(
        &self,
        body: &[u8],
        codings: &str,
        began_at: Instant,
        large_body: &mut Option<LargeBody>,
    ) -> Result<Option<(Vec<u8>, bool)>, Failure> {
        let limit = self.options.body_limit_bytes;
        let bad_encoding = |error: std::io::Error| {
            Failure::new(Status::BadEncoding, format!("the body cannot be decompressed: {error}"))
        };
        let Some(mut reader) = decoded(body, codings).map_err(bad_encoding)? else { return Ok(None) };
        let mut plain = Vec::with_capacity(body.len().min(limit));
        let mut piece = vec![0; FIRST_BUFFER_BYTES];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(Some((plain, true))),
                Ok(count) if plain.len() + count > limit => return Err(too_large(limit)),
                Ok(count) => {
                    if large_body.is_none() && plain.len() + count > LARGE_BODY_BYTES {
                        *large_body = Some(self.large_bodies.place(began_at, plain.len()).await);
                    }
                    plain.extend_from_slice(piece.get(..count).unwrap_or_default());
                }
                Err(error) if plain.is_empty() => return Err(bad_encoding(error)),
                // What comes before the break is read.
                Err(_) => return Ok(Some((plain, false))),
            }
        }
    }
}

/// A body, decompressed.
struct Body {
    bytes: Vec<u8>,
    large_body: Option<Arc<LargeBody>>,
    /// Whether it arrived and could be decompressed to its end.
    is_whole: bool,
}

/// Returns whether a server may have refused because of the conditions: RFC 9110 (13.1.2) knows 304 or the whole as
/// answers to GET, but some servers and the filters before them answer with an error or with nothing.
fn may_be_to_a_condition(failure: &Failure) -> bool {
    failure.status == Status::Empty
        || matches!(failure.http_status, Some(400 | 403 | 406 | 412 | 416 | 417 | 500 | 501))
}

/// The size of a page that does nothing but lead to another.
const REFRESH_BYTES: usize = 16 << 10;

/// Returns where a small web page sends its readers at once, as browsers follow it (HTML, 4.2.5.3, "refresh").
fn refresh(body: &[u8]) -> Option<String> {
    if body.len() > REFRESH_BYTES {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    let mut tags = Tokens::new(text).filter_map(|token| match token {
        Token::Start(tag) => Some(tag),
        _ => None,
    });
    let is_page = |name: &str| ["html", "head", "meta", "title"].iter().any(|known| known.eq_ignore_ascii_case(name));
    let first = tags.next().filter(|tag| is_page(tag.name))?;
    let is_refresh = |tag: &Tag<'_>| {
        tag.name.eq_ignore_ascii_case("meta")
            && tag.attribute("http-equiv").is_some_and(|value| value.trim().eq_ignore_ascii_case("refresh"))
    };
    let content = std::iter::once(first).chain(tags).find(is_refresh)?.attribute("content")?;
    refresh_target(&html::resolve_references(content))
}

/// Returns the address of a refresh that comes at once: `0; url=/feed` or `0; /feed`, with or without a quotation mark
/// before the address. It is empty for the page itself: `0`.
fn refresh_target(value: &str) -> Option<String> {
    let value = value.trim_start();
    let end = value.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(value.len());
    let (seconds, rest) = value.split_at(end);
    if seconds.parse::<f64>().ok()? > REFRESH_SECS {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix([';', ',']).unwrap_or(rest).trim();
    let key = rest.get(..3).filter(|key| key.eq_ignore_ascii_case("url"));
    let named = key.and_then(|_| rest.get(3..)?.trim_start().strip_prefix('='));
    let address = named.unwrap_or(rest).trim();
    let address = match address.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
        Some(quote) => address.get(1..).and_then(|inside| inside.split(quote).next()).unwrap_or_default(),
        None => address,
    };
    Some(address.trim().replace("&amp;", "&"))
}

/// Whether a media type is one of feeds, or of documents that feeds may be.
fn is_of_feeds(media_type: &str) -> bool {
    let media_type = media_type.to_lowercase();
    (media_type.contains("xml") && !media_type.contains("xhtml")) || media_type.contains("json")
}

/// Whether a part of a document that nobody asked for is all of it (RFC 9110, 14.4): `bytes 0-99/100`.
fn is_whole_range(headers: &HeaderMap) -> bool {
    let range = single(headers, header::CONTENT_RANGE).unwrap_or_default();
    let numbers = range.trim_start_matches("bytes").trim().strip_prefix("0-").and_then(|range| range.split_once('/'));
    numbers.is_some_and(|(last, length)| {
        matches!((last.parse::<u64>(), length.parse::<u64>()), (Ok(last), Ok(length)) if last + 1 == length)
    })
}

/// A page that waits longer is to be read.
const REFRESH_SECS: f64 = 10.0;

/// Returns the value of `Location` as a reference: bytes that are no UTF-8 are percent-encoded as they came.
fn reference(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes)
        .map_or_else(|_| Cow::Owned(percent_encoding::percent_encode(bytes, &NOT_ASCII).to_string()), Cow::Borrowed)
}

/// Percent-encoding always takes what is not ASCII.
const NOT_ASCII: percent_encoding::AsciiSet = percent_encoding::AsciiSet::EMPTY;

fn too_large(limit: usize) -> Failure {
    Failure::new(Status::TooLarge, format!("the body is larger than {limit} bytes"))
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

/// Returns all values of a header as one list.
fn all(headers: &HeaderMap, name: HeaderName) -> String {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(",")
}

fn server_hints(headers: &HeaderMap, now: Timestamp) -> ServerHints {
    let date = single(headers, header::DATE);
    let cache_control = all(headers, header::CACHE_CONTROL);
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
        date: cache_headers::server_time(date.as_deref(), single(headers, header::AGE).as_deref()),
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
