//! One fetch: a conditional GET that follows redirects itself, so that each hop passes the guard, under one deadline.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Proxy, Response, StatusCode, redirect};
use rustls::ClientConfig;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::challenge;
use super::failure;
use super::guard::{Guard, Refusal};
use super::hints::{self, ServerHints};
use super::options::Options;
use super::outcome::{Failure, Fetched, Outcome, Unchanged};
use super::request::{Request, Validators};
use super::resolver::{ResolveError, Resolver};
use super::status::StatusWord;
use super::tls;

/// What feeds are served as; some servers choose by it.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, \
                      application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5";
/// Longer validators are not kept: they would be sent with every request.
const VALIDATOR_LIMIT_BYTES: usize = 1_024;
/// Some servers send hundreds of headers; more than this is no honest answer.
const HEADER_LIMIT: usize = 500;
/// Longest wait for the head of a refusal's body.
const PREFIX_PATIENCE: Duration = Duration::from_secs(5);
/// Largest header section over HTTP/2, in bytes; the client's own default turns away some honest servers.
const HTTP2_HEADER_LIMIT_BYTES: u32 = 64 * 1024;
/// Beyond this size a body is large, and only a few large ones are held at once, so that memory stays bounded
/// whatever `concurrency` hostile servers send.
const LARGE_BODY_BYTES: usize = 1024 * 1024;
/// How many large bodies are held at once, from their first mebibyte to the moment somebody takes the outcome.
const LARGE_BODIES: usize = 8;
/// Room made for a body before it comes; an announced length is only believed up to this.
const FIRST_ROOM_BYTES: usize = 64 * 1024;

/// Why no fetcher could be made: something in [`Options`] is unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetcherError {
    /// The proxy's address is unusable.
    #[error("the proxy address is unusable: {0}; write it as http://, https://, socks5:// or socks5h://HOST:PORT")]
    Proxy(String),
    /// The additional roots cannot be read.
    #[error("the additional root certificates cannot be read: {0}; give them in PEM")]
    ExtraRoots(String),
    /// The User-Agent holds a character that headers cannot.
    #[error("`{0}` cannot be sent as a User-Agent; use visible ASCII")]
    UserAgent(String),
    /// The HTTP client refused the settings.
    #[error("the HTTP client refused the settings: {0}")]
    Client(String),
}

/// Fetches feeds. One for all feeds and all tasks; it keeps TLS sessions and name service answers between fetches.
#[derive(Debug)]
pub struct Fetcher {
    options: Options,
    guard: Guard,
    resolver: Resolver,
    tls: ClientConfig,
    direct: Client,
    /// One client for each proxy in use, by its address.
    proxied: Mutex<HashMap<String, Client>>,
    large_bodies: Arc<Semaphore>,
}

/// Where a fetch has come to, and what it holds.
#[derive(Default)]
struct Progress {
    /// Bytes of the body so far, plus one; 0 before the headers came. For the words of a time-out.
    body_bytes_plus_one: AtomicU64,
    /// The right to hold a large body.
    large_body: Mutex<Option<OwnedSemaphorePermit>>,
}

/// The chain of addresses that a fetch goes along.
struct Trail {
    visited: Vec<Url>,
    /// The end of the permanent redirects that stand first in the chain.
    permanent: Option<Url>,
    /// Whether all redirects so far were permanent.
    all_permanent: bool,
}

impl Fetcher {
    /// A fetcher with these settings. Opens no connection and reads no file; both wait for the first fetch that needs them.
    ///
    /// # Errors
    /// A proxy address, root certificates or User-Agent that cannot be used.
    pub fn new(options: &Options) -> Result<Fetcher, FetcherError> {
        let guard = Guard { allow_private: options.allow_private_addresses };
        let resolver = Resolver::new(guard);
        let tls = tls::client_config(options.extra_roots_pem.as_deref())?;
        let direct = build_client(options, &tls, resolver.clone(), None)?;
        let fetcher = Fetcher {
            options: options.clone(),
            guard,
            resolver,
            tls,
            direct,
            proxied: Mutex::new(HashMap::new()),
            large_bodies: Arc::new(Semaphore::new(LARGE_BODIES)),
        };
        if let Some(proxy) = &options.proxy {
            fetcher.client_through(proxy)?;
        }
        Ok(fetcher)
    }

    /// The settings that it was made with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Fetches one feed. Ends within `timeout_secs`, whatever the server does.
    pub async fn fetch(&self, request: &Request) -> Outcome {
        self.fetch_holding(request).await.0
    }

    /// Like [`fetch`](Fetcher::fetch); the second value is to be kept until somebody has taken the first, which may be large.
    pub(super) async fn fetch_holding(&self, request: &Request) -> (Outcome, Option<OwnedSemaphorePermit>) {
        let progress = Progress::default();
        let deadline = Duration::from_secs(self.options.timeout_secs);
        let outcome = match tokio::time::timeout(deadline, self.follow(request, &progress)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(*failure),
            Err(_) => {
                let secs = self.options.timeout_secs;
                let detail = match progress.body_bytes_plus_one.load(Ordering::Relaxed) {
                    0 => format!("no answer within {secs} s"),
                    bytes => format!("the body did not end within {secs} s; {} bytes had come", bytes - 1),
                };
                Outcome::Failed(Failure::new(StatusWord::Timeout, detail))
            }
        };
        (outcome, progress.large_body.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    async fn follow(&self, request: &Request, progress: &Progress) -> Result<Outcome, Box<Failure>> {
        let start = Url::parse(&request.url).map_err(|error| {
            Failure::new(StatusWord::BadUrl, format!("{error}: correct the address in the feed list"))
        })?;
        let (client, proxied) = self.client_for(request)?;
        let mut trail = Trail { visited: Vec::new(), permanent: None, all_permanent: true };
        let mut url = start.clone();
        loop {
            self.check(&url, proxied, trail.visited.is_empty()).await?;
            let same_origin = url.origin() == start.origin();
            let response = self.send(&client, &url, request, same_origin, proxied).await?;
            let status = response.status();
            if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                url = self.next_hop(&response, url, &mut trail)?;
                continue;
            }
            return self.conclude(response, url, trail, request, progress).await;
        }
    }

    /// Whether this address may be asked. Through a proxy the name is looked up here as well, since nobody else would.
    async fn check(&self, url: &Url, proxied: bool, first: bool) -> Result<(), Box<Failure>> {
        let refused = |refusal: Refusal| {
            let word = match refusal {
                Refusal::NotPublic { .. } => StatusWord::PrivateAddress,
                Refusal::Scheme(_) | Refusal::NoHost if first => StatusWord::BadUrl,
                Refusal::Scheme(_) | Refusal::NoHost => StatusWord::BadRedirect,
            };
            Box::new(Failure::new(word, refusal.to_string()))
        };
        self.guard.check_url(url).map_err(refused)?;
        if let (true, false, Some(url::Host::Domain(name))) = (proxied, self.guard.allow_private, url.host())
            && let Err(ResolveError::Refused(refusal)) = self.resolver.lookup(name).await
        {
            return Err(refused(refusal));
        }
        // A name that only the proxy can look up is the proxy's to judge.
        Ok(())
    }

    async fn send(
        &self,
        client: &Client,
        url: &Url,
        request: &Request,
        same_origin: bool,
        proxied: bool,
    ) -> Result<Response, Box<Failure>> {
        let mut headers = HeaderMap::new();
        if !request.unconditional {
            // Verbatim: a server compares them with what it sent, byte by byte.
            let validators = &request.validators;
            for (name, value) in
                [(header::IF_NONE_MATCH, &validators.etag), (header::IF_MODIFIED_SINCE, &validators.last_modified)]
            {
                if let Some(Ok(value)) = value.as_ref().map(|value| HeaderValue::from_bytes(value.as_bytes())) {
                    headers.insert(name, value);
                }
            }
        }
        // Another origin must not learn what was meant for this one.
        if same_origin {
            for (name, value) in &request.overrides.headers {
                let pair =
                    HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_bytes(value.as_bytes()).ok());
                let (name, value) = pair.ok_or_else(|| {
                    Failure::new(StatusWord::Internal, format!("the header `{name}` set for this feed cannot be sent"))
                })?;
                headers.insert(name, value);
            }
        }
        let mut builder = client.get(url.clone()).headers(headers);
        if let (true, Some(auth)) = (same_origin, &request.overrides.basic_auth) {
            builder = builder.basic_auth(&auth.user, Some(&auth.password));
        }
        let response = builder.send().await.map_err(|error| Box::new(failure::of_request(error, url, proxied)))?;
        // The resolver judged already; this catches whatever way around it a future client may find.
        if let (false, Some(peer)) = (proxied, response.remote_addr()) {
            self.guard
                .check_address(url.host_str().unwrap_or_default(), peer.ip())
                .map_err(|refusal| Failure::new(StatusWord::PrivateAddress, refusal.to_string()))?;
        }
        Ok(response)
    }

    fn next_hop(&self, response: &Response, url: Url, trail: &mut Trail) -> Result<Url, Box<Failure>> {
        let status = response.status();
        let fail =
            |word, detail: String| Box::new(Failure { status: Some(status.as_u16()), ..Failure::new(word, detail) });
        let location = response.headers().get(header::LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let location = location.filter(|location| !location.trim().is_empty());
        let Some(location) = location else {
            return Err(fail(StatusWord::BadRedirect, format!("{status} without a Location")));
        };
        let mut next = url
            .join(location.trim())
            .map_err(|error| fail(StatusWord::BadRedirect, format!("{status} to `{}`: {error}", location.trim())))?;
        next.set_fragment(None);
        carry_credentials(&url, &mut next);
        trail.visited.push(url);
        if trail.visited.contains(&next) {
            return Err(fail(StatusWord::RedirectLoop, format!("{} leads back to itself", without_secrets(&next))));
        }
        if trail.visited.len() > self.options.redirect_limit {
            let limit = self.options.redirect_limit;
            return Err(fail(StatusWord::TooManyRedirects, format!("more than {limit} redirects")));
        }
        trail.all_permanent &= matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
        if trail.all_permanent {
            trail.permanent = Some(next.clone());
        }
        Ok(next)
    }

    async fn conclude(
        &self,
        mut response: Response,
        url: Url,
        trail: Trail,
        request: &Request,
        progress: &Progress,
    ) -> Result<Outcome, Box<Failure>> {
        progress.body_bytes_plus_one.store(1, Ordering::Relaxed);
        let status = response.status();
        let headers = response.headers().clone();
        let hints = read_hints(&headers);
        // Items' links are made from it, and are shown to everybody.
        let final_url = without_secrets(&url);
        let permanent_redirect = trail.permanent.map(|url| url.to_string());
        let validators = validators_of(&headers);

        if status == StatusCode::NOT_MODIFIED {
            let asked = &request.validators;
            if request.unconditional || (asked.etag.is_none() && asked.last_modified.is_none()) {
                return Err(refusal_of(status, hints, "304 to an unconditional request".to_owned()));
            }
            let validators = Validators {
                etag: validators.etag.or_else(|| asked.etag.clone()),
                last_modified: validators.last_modified.or_else(|| asked.last_modified.clone()),
                body_hash: asked.body_hash,
            };
            return Ok(Outcome::NotModified(Unchanged { final_url, permanent_redirect, validators, hints }));
        }
        if let Some(guard) = challenge::by_headers(status.as_u16(), |name| header_text(&headers, name)) {
            return Err(challenged(guard, status, hints));
        }
        if !status.is_success() || status == StatusCode::PARTIAL_CONTENT {
            // A body that drags on costs the name of the guard, not the refusal itself.
            let prefix = tokio::time::timeout(PREFIX_PATIENCE, read_prefix(&mut response)).await.unwrap_or_default();
            if let Some(guard) = challenge::by_body(&prefix) {
                return Err(challenged(guard, status, hints));
            }
            return Err(refusal_of(status, hints, format!("the server answered {status}")));
        }

        let bytes = self.read_body(&mut response, &url, progress).await?;
        if bytes.is_empty() {
            let failure = Failure::new(StatusWord::Empty, format!("{status} without a body"));
            return Err(Box::new(Failure { status: Some(status.as_u16()), ..failure }));
        }
        if let Some(guard) = challenge::by_body(&bytes) {
            return Err(challenged(guard, status, hints));
        }
        let body_hash = xxh3_128(&bytes);
        let validators = Validators { body_hash: Some(body_hash), ..validators };
        if request.validators.body_hash == Some(body_hash) {
            return Ok(Outcome::SameBody(Unchanged { final_url, permanent_redirect, validators, hints }));
        }
        // Only a strong ETag promises the same bytes (RFC 9110, section 8.8.1).
        let validators_lied = request.validators.body_hash.is_some()
            && validators.etag.as_ref().is_some_and(|etag| !etag.starts_with("W/"))
            && validators.etag == request.validators.etag;
        let content_type = header_text(&headers, "content-type");
        Ok(Outcome::Fetched(Fetched {
            bytes,
            content_type,
            final_url,
            permanent_redirect,
            validators,
            hints,
            validators_lied,
        }))
    }

    /// Reads the decompressed body as it comes and stops behind the limit, so that a bomb costs no more than the limit.
    async fn read_body(
        &self,
        response: &mut Response,
        url: &Url,
        progress: &Progress,
    ) -> Result<Vec<u8>, Box<Failure>> {
        let limit = self.options.body_limit_bytes;
        let too_large = || {
            Box::new(Failure::new(StatusWord::TooLarge, format!("the body is larger than {limit} bytes, the limit")))
        };
        // None where the body is compressed: then the announced length is that of the compressed form.
        let announced = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if announced > limit {
            return Err(too_large());
        }
        let mut body = Vec::with_capacity(announced.min(FIRST_ROOM_BYTES));
        loop {
            let chunk = response.chunk().await.map_err(|error| failure::of_body(error, url, body.len()))?;
            let Some(chunk) = chunk else { break };
            if body.len().saturating_add(chunk.len()) > limit {
                return Err(too_large());
            }
            if body.len() <= LARGE_BODY_BYTES && body.len() + chunk.len() > LARGE_BODY_BYTES {
                // Fails only on a closed semaphore, and nobody closes this one.
                let permit = Arc::clone(&self.large_bodies).acquire_owned().await.ok();
                *progress.large_body.lock().unwrap_or_else(PoisonError::into_inner) = permit;
            }
            body.extend_from_slice(&chunk);
            progress.body_bytes_plus_one.store(body.len() as u64 + 1, Ordering::Relaxed);
        }
        Ok(body)
    }

    fn client_for(&self, request: &Request) -> Result<(Client, bool), Box<Failure>> {
        match request.overrides.proxy.as_ref().or(self.options.proxy.as_ref()) {
            None => Ok((self.direct.clone(), false)),
            Some(proxy) if proxy == "direct" => Ok((self.direct.clone(), false)),
            Some(proxy) => match self.client_through(proxy) {
                Ok(client) => Ok((client, true)),
                Err(error) => Err(Box::new(Failure::new(StatusWord::Proxy, error.to_string()))),
            },
        }
    }

    fn client_through(&self, proxy: &str) -> Result<Client, FetcherError> {
        let mut proxied = self.proxied.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = proxied.get(proxy) {
            return Ok(client.clone());
        }
        // The parser's errors are told without the address, which may hold a password.
        let address = Url::parse(proxy).map_err(|error| FetcherError::Proxy(error.to_string()))?;
        if !matches!(address.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") {
            return Err(FetcherError::Proxy(format!("`{}` is no kind of proxy", address.scheme())));
        }
        let host = address.host_str().ok_or_else(|| FetcherError::Proxy("it names no host".to_owned()))?;
        let resolver = self.resolver.trusting(host);
        let through = Proxy::all(proxy).map_err(|error| FetcherError::Proxy(error.without_url().to_string()))?;
        let client = build_client(&self.options, &self.tls, resolver, Some(through))?;
        proxied.insert(proxy.to_owned(), client.clone());
        Ok(client)
    }
}

fn build_client(
    options: &Options,
    tls: &ClientConfig,
    resolver: Resolver,
    proxy: Option<Proxy>,
) -> Result<Client, FetcherError> {
    let user_agent = options.user_agent_header();
    let user_agent =
        HeaderValue::from_str(&user_agent).map_err(|_| FetcherError::UserAgent(options.user_agent_header()))?;
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    let builder = Client::builder()
        .user_agent(user_agent)
        .default_headers(headers)
        .tls_backend_preconfigured(tls.clone())
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(resolver)
        .connect_timeout(Duration::from_secs(options.connect_timeout_secs))
        // A feed is asked again in minutes or hours: a connection kept until then would cost both sides more than a new one,
        // and ten thousand hosts ten thousand sockets.
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .http2_max_header_list_size(HTTP2_HEADER_LIMIT_BYTES)
        .http1_max_headers(HEADER_LIMIT)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true);
    let builder = match proxy {
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    };
    builder.build().map_err(|error| FetcherError::Client(error.to_string()))
}

/// A header as text, several of one name joined by commas (RFC 9110, section 5.3); bytes that are no UTF-8 are replaced.
fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = values.next()?.into_owned();
    Some(values.fold(first, |joined, value| joined + ", " + &value))
}

fn read_hints(headers: &HeaderMap) -> ServerHints {
    hints::read(|name| header_text(headers, name))
}

/// The validators of an answer, verbatim. Two ETag headers say nothing: there is no telling which one the server means.
fn validators_of(headers: &HeaderMap) -> Validators {
    let only = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        let text = std::str::from_utf8(value.as_bytes()).ok()?;
        (!text.is_empty() && text.len() <= VALIDATOR_LIMIT_BYTES).then(|| text.to_owned())
    };
    Validators { etag: only(header::ETAG), last_modified: only(header::LAST_MODIFIED), body_hash: None }
}

fn refusal_of(status: StatusCode, hints: ServerHints, detail: String) -> Box<Failure> {
    let word = match status {
        StatusCode::GONE => StatusWord::Gone,
        other => StatusWord::Http(other.as_u16()),
    };
    let failure = Failure::new(word, detail);
    Box::new(Failure { status: Some(status.as_u16()), retry_after: hints.retry_after, ..failure })
}

fn challenged(guard: &str, status: StatusCode, hints: ServerHints) -> Box<Failure> {
    let failure =
        Failure::new(StatusWord::Challenge, format!("{guard} answered {status} with a bot check or block page"));
    Box::new(Failure { status: Some(status.as_u16()), retry_after: hints.retry_after, ..failure })
}

/// The beginning of a refusal's body; whatever breaks on the way, the refusal stands.
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

/// Takes a name and a password that stand in an address along to the next one of the same origin, as a browser would.
fn carry_credentials(from: &Url, to: &mut Url) {
    if from.origin() == to.origin() && to.username().is_empty() && to.password().is_none() {
        let (user, password) = (from.username().to_owned(), from.password());
        // Both fail only for addresses that cannot hold a name or a password, and `from` holds them.
        if to.set_username(&user).is_err() || to.set_password(password).is_err() {
            debug_assert!(user.is_empty() && password.is_none(), "an http address can hold credentials");
        }
    }
}

/// An address for people: without the name and password that it may hold.
pub(super) fn without_secrets(url: &Url) -> String {
    let mut bare = url.clone();
    // Both fail only for addresses that cannot hold a name or a password.
    match bare.set_password(None).and_then(|()| bare.set_username("")) {
        Ok(()) => bare.to_string(),
        Err(()) => url.to_string(),
    }
}
