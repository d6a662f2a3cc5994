//! One fetch: conditional, guarded at every hop, capped while it streams, with one deadline for the whole.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Client, Response, StatusCode, redirect};
use url::{Host, Url};
use xxhash_rust::xxh3::xxh3_128;

use super::guard;
use super::{Failure, Fetched, Options, Outcome, Status, Validators};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The feed, in the caller's numbering.
    pub feed_id: i64,
    /// Address; http or https.
    pub url: String,
    /// What the last answer came with.
    pub validators: Validators,
}

/// Why there is no fetcher.
#[derive(Debug, thiserror::Error)]
pub enum FetcherError {
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
}

/// Fetches feeds. Cheap to clone; all clones share connections.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    timeout: Duration,
    body_limit_bytes: usize,
    redirect_limit: usize,
    allow_private_addresses: bool,
}

/// The message of an address that the guard refused; it travels through the HTTP client's errors.
const REFUSED: &str = "the address is not on the public internet";

/// Looks names up and keeps only addresses that may be fetched.
#[derive(Debug)]
struct GuardedResolver;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> =
                found.iter().copied().filter(|address| guard::is_public(address.ip())).collect();
            if public.is_empty() && !found.is_empty() {
                return Err(REFUSED.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

impl Fetcher {
    /// A fetcher with the given options.
    ///
    /// # Errors
    /// Where the system's certificates or the options do not let a client be made.
    pub fn new(options: &Options) -> Result<Fetcher, FetcherError> {
        let version = env!("CARGO_PKG_VERSION");
        let contact = if options.contact.is_empty() { String::new() } else { format!("; +{}", options.contact) };
        // A second fetcher in one process finds the provider installed already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(format!("kazbek/{version} (feed reader{contact})"))
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(options.connect_timeout_secs))
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(1)
            .referer(false);
        if !options.allow_private_addresses {
            builder = builder.dns_resolver(Arc::new(GuardedResolver));
        }
        Ok(Fetcher {
            client: builder.build().map_err(|error| FetcherError::Client(chain(&error)))?,
            timeout: Duration::from_secs(options.timeout_secs),
            body_limit_bytes: options.body_limit_bytes,
            redirect_limit: options.redirect_limit,
            allow_private_addresses: options.allow_private_addresses,
        })
    }

    /// Fetches one feed. Whatever happens is an outcome.
    pub async fn fetch(&self, request: &Request) -> Outcome {
        match tokio::time::timeout(self.timeout, self.follow(request)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => {
                let reason = format!("no whole answer within {} seconds", self.timeout.as_secs());
                Outcome::Failed(Failure { status: Status::Timeout, reason, retry_after: None })
            }
        }
    }

    async fn follow(&self, request: &Request) -> Result<Outcome, Failure> {
        let mut url = self.checked(&request.url)?;
        for _ in 0..=self.redirect_limit {
            let mut asked = self.client.get(url.clone()).header(
                header::ACCEPT,
                "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
            );
            if let Some(etag) = &request.validators.etag {
                asked = asked.header(header::IF_NONE_MATCH, etag);
            }
            if let Some(last_modified) = &request.validators.last_modified {
                asked = asked.header(header::IF_MODIFIED_SINCE, last_modified);
            }
            let response = asked.send().await.map_err(|error| failure(&error))?;
            let status = response.status();
            if status == StatusCode::NOT_MODIFIED {
                return Ok(Outcome::Unchanged(Status::NotModified));
            }
            if !status.is_redirection() {
                return self.answer(request, response).await;
            }
            url = self.next_hop(&url, &response)?;
        }
        let reason = format!("more than {} redirects, the last to {url}", self.redirect_limit);
        Err(Failure { status: Status::Redirects, reason, retry_after: None })
    }

    fn next_hop(&self, url: &Url, response: &Response) -> Result<Url, Failure> {
        let failed = |reason: String| Failure { status: Status::Redirects, reason, retry_after: None };
        let location = response.headers().get(header::LOCATION);
        let location =
            location.ok_or_else(|| failed(format!("status {} without a Location", response.status().as_u16())))?;
        let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
        let target = url.join(&location).map_err(|error| failed(format!("redirect to `{location}`: {error}")))?;
        if target == *url {
            return Err(failed(format!("redirect in a circle at {url}")));
        }
        self.checked(target.as_str())
    }

    /// The guard of literals and schemes; names are looked at when they are resolved.
    fn checked(&self, url: &str) -> Result<Url, Failure> {
        let refused = |reason: String| Failure { status: Status::Refused, reason, retry_after: None };
        let url = Url::parse(url).map_err(|error| refused(format!("`{url}` is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(format!("{url}: only http and https are fetched")));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(refused(format!("{url} names no host"))),
        };
        if !self.allow_private_addresses && literal.is_some_and(|address| !guard::is_public(address)) {
            return Err(refused(format!("{url}: {REFUSED}")));
        }
        Ok(url)
    }

    async fn answer(&self, request: &Request, response: Response) -> Result<Outcome, Failure> {
        let status = response.status();
        let headers = response.headers().clone();
        if !status.is_success() {
            return Err(refusal(status, &headers));
        }
        let final_url = response.url().to_string();
        let bytes = self.body(response).await?;
        if bytes.is_empty() {
            let reason = format!("status {} without a body", status.as_u16());
            return Err(Failure { status: Status::Empty, reason, retry_after: None });
        }
        let body_hash = xxh3_128(&bytes).to_be_bytes();
        if request.validators.body_hash == Some(body_hash) {
            return Ok(Outcome::Unchanged(Status::SameBody));
        }
        let validators = Validators {
            etag: single(&headers, header::ETAG),
            last_modified: single(&headers, header::LAST_MODIFIED),
            body_hash: Some(body_hash),
        };
        Ok(Outcome::Fetched(Fetched {
            bytes,
            content_type: single(&headers, header::CONTENT_TYPE),
            final_url,
            validators,
        }))
    }

    async fn body(&self, response: Response) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| failure(&error))?;
            if bytes.len() + chunk.len() > self.body_limit_bytes {
                let reason = format!("the body is larger than {} bytes", self.body_limit_bytes);
                return Err(Failure { status: Status::TooLarge, reason, retry_after: None });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
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

fn refusal(status: StatusCode, headers: &HeaderMap) -> Failure {
    let word = match status.as_u16() {
        410 => Status::Gone,
        429 => Status::RateLimited,
        400..500 => Status::ClientError,
        _ => Status::ServerError,
    };
    let is_challenge = headers.get("cf-mitigated").is_some();
    let name = status.canonical_reason().unwrap_or("unknown status");
    Failure {
        status: if is_challenge { Status::Challenge } else { word },
        reason: format!(
            "the server answered {} {name}{}",
            status.as_u16(),
            if is_challenge { ", a challenge for browsers" } else { "" }
        ),
        retry_after: single(headers, header::RETRY_AFTER)
            .and_then(|text| text.trim().parse().ok())
            .map(Duration::from_secs),
    }
}

/// The causes of an error, outermost first.
fn chain(error: &dyn std::error::Error) -> String {
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

fn failure(error: &reqwest::Error) -> Failure {
    let text = chain(error);
    let status = if text.contains(REFUSED) {
        Status::Refused
    } else if error.is_timeout() {
        Status::Timeout
    } else if text.contains("dns error") || text.contains("failed to lookup") {
        Status::Dns
    } else if text.contains("certificate") || text.contains("tls") || text.contains("TLS") {
        Status::Tls
    } else if error.is_connect() {
        Status::Connect
    } else if error.is_decode() {
        Status::BadEncoding
    } else {
        Status::Broken
    };
    Failure { status, reason: text, retry_after: None }
}
