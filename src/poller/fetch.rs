//! One fetch: a conditional GET that follows redirects itself, so that each hop passes the guard, under one deadline.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::{Host, Url};
use xxhash_rust::xxh3::xxh3_128;

use super::answer;
use super::challenge;
use super::client::{Clients, FetcherError};
use super::failure;
use super::guard::{Guard, Refusal};
use super::options::Options;
use super::outcome::{Failure, Fetched, Outcome, Unchanged};
use super::redirect::{Trail, without_secrets};
use super::request::{Request, Validators};
use super::resolver::{ResolveError, Resolver};
use super::status::StatusWord;

/// Beyond this size a body is large, and only a few large ones are held at once, so that memory stays bounded
/// whatever `concurrency` hostile servers send.
const LARGE_BODY_BYTES: usize = 1024 * 1024;
/// How many large bodies are held at once, from their first mebibyte to the moment somebody takes the outcome.
const LARGE_BODIES: usize = 8;
/// Room made for a body before it comes; an announced length is only believed up to this.
const FIRST_ROOM_BYTES: usize = 64 * 1024;

/// Fetches feeds. One for all feeds and all tasks; it keeps TLS sessions and name service answers between fetches.
#[derive(Debug)]
pub struct Fetcher {
    options: Options,
    guard: Guard,
    resolver: Resolver,
    clients: Clients,
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

impl Fetcher {
    /// A fetcher with these settings. Opens no connection and reads no file; both wait for the first fetch that needs them.
    ///
    /// # Errors
    /// A proxy address, root certificates or User-Agent that cannot be used.
    pub fn new(options: &Options) -> Result<Fetcher, FetcherError> {
        let guard = Guard { allow_private: options.allow_private_addresses };
        let resolver = Resolver::new(guard);
        let clients = Clients::new(options, resolver.clone())?;
        if let Some(proxy) = &options.proxy {
            clients.through(proxy, options)?;
        }
        let large_bodies = Arc::new(Semaphore::new(LARGE_BODIES));
        Ok(Fetcher { options: options.clone(), guard, resolver, clients, large_bodies })
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
        let mut start = Url::parse(request.url.trim()).map_err(|error| {
            Failure::new(StatusWord::BadUrl, format!("{error}: correct the address in the feed list"))
        })?;
        start.set_fragment(None);
        let (client, proxied) = self.client_for(request)?;
        let mut trail = Trail::from(start.clone());
        let mut url = start;
        loop {
            self.check(&url, proxied, trail.is_at_start()).await?;
            let builder = build_request(&client, &url, request, trail.trusts(&url))?;
            let response = builder.send().await.map_err(|error| failure::of_request(error, &url, proxied))?;
            // The resolver judged already; this catches whatever way around it a future client may find.
            if let (false, Some(peer)) = (proxied, response.remote_addr()) {
                self.guard
                    .check_address(url.host_str().unwrap_or_default(), peer.ip())
                    .map_err(|refusal| of_guard(&refusal, false))?;
            }
            let status = response.status();
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return self.conclude(response, url, trail, request, progress).await;
            }
            let location = response.headers().get(header::LOCATION);
            let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()));
            url = trail.next(url, status, location.as_deref(), self.options.redirect_limit)?;
        }
    }

    /// Whether this address may be asked. Through a proxy the name is looked up here as well, since nobody else would.
    async fn check(&self, url: &Url, proxied: bool, first: bool) -> Result<(), Box<Failure>> {
        self.guard.check_url(url).map_err(|refusal| of_guard(&refusal, first))?;
        if let (true, false, Some(Host::Domain(name))) = (proxied, self.guard.allow_private, url.host())
            && let Err(ResolveError::Refused(refusal)) = self.resolver.lookup(name).await
        {
            return Err(of_guard(&refusal, first));
        }
        // A name that only the proxy can look up is the proxy's to judge.
        Ok(())
    }

    fn client_for(&self, request: &Request) -> Result<(Client, bool), Box<Failure>> {
        match request.overrides.proxy.as_deref().or(self.options.proxy.as_deref()) {
            None | Some("direct") => Ok((self.clients.direct(), false)),
            Some(proxy) => match self.clients.through(proxy, &self.options) {
                Ok(client) => Ok((client, true)),
                Err(error) => Err(Box::new(Failure::new(StatusWord::Proxy, error.to_string()))),
            },
        }
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
        let hints = answer::read_hints(&headers);
        // Items' links are made from it, and are shown to everybody.
        let final_url = without_secrets(&url);
        let permanent_redirect = trail.permanent();
        let validators = answer::validators_of(&headers);

        if status == StatusCode::NOT_MODIFIED {
            let asked = &request.validators;
            if request.unconditional || (asked.etag.is_none() && asked.last_modified.is_none()) {
                return Err(answer::refusal_of(status, hints, "304 to an unconditional request".to_owned()));
            }
            let validators = Validators {
                etag: validators.etag.or_else(|| asked.etag.clone()),
                last_modified: validators.last_modified.or_else(|| asked.last_modified.clone()),
                body_hash: asked.body_hash,
            };
            return Ok(Outcome::NotModified(Unchanged { final_url, permanent_redirect, validators, hints }));
        }
        if let Some(guard) = challenge::by_headers(status.as_u16(), |name| answer::header_text(&headers, name)) {
            return Err(answer::challenged(guard, status, hints));
        }
        if !status.is_success() || status == StatusCode::PARTIAL_CONTENT {
            if let Some(guard) = answer::guard_in_body(&mut response).await {
                return Err(answer::challenged(guard, status, hints));
            }
            return Err(answer::refusal_of(status, hints, format!("the server answered {status}")));
        }

        let bytes = self.read_body(&mut response, &url, progress).await?;
        if bytes.is_empty() {
            let failure = Failure::new(StatusWord::Empty, format!("{status} without a body"));
            return Err(Box::new(Failure { status: Some(status.as_u16()), ..failure }));
        }
        if let Some(guard) = challenge::by_body(&bytes) {
            return Err(answer::challenged(guard, status, hints));
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
        let content_type = answer::header_text(&headers, "content-type");
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
}

/// The request for one hop. Only where `trusted` it bears what was meant for the feed's own server.
fn build_request(client: &Client, url: &Url, request: &Request, trusted: bool) -> Result<RequestBuilder, Box<Failure>> {
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
    if !trusted {
        return Ok(client.get(url.clone()).headers(headers));
    }
    for (name, value) in &request.overrides.headers {
        let pair = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_bytes(value.as_bytes()).ok());
        let (name, value) = pair.ok_or_else(|| {
            Failure::new(StatusWord::Internal, format!("the header `{name}` set for this feed cannot be sent"))
        })?;
        headers.insert(name, value);
    }
    let builder = client.get(url.clone()).headers(headers);
    Ok(match &request.overrides.basic_auth {
        Some(auth) => builder.basic_auth(&auth.user, Some(&auth.password)),
        None => builder,
    })
}

/// What it means that the guard refused the feed's address, or that of a redirect.
fn of_guard(refusal: &Refusal, first: bool) -> Box<Failure> {
    let word = match refusal {
        Refusal::NotPublic { .. } => StatusWord::PrivateAddress,
        Refusal::Scheme(_) | Refusal::NoHost if first => StatusWord::BadUrl,
        Refusal::Scheme(_) | Refusal::NoHost => StatusWord::BadRedirect,
    };
    Box::new(Failure::new(word, refusal.to_string()))
}
