//! The outcome of a fetch. A dead feed is data, not an error.

use std::sync::Arc;

use super::cache_headers::ServerHints;
use super::large_bodies::LargeBody;

/// How a fetch ended. The store keeps the words of [`Status::as_str`], so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The feed answered with a body.
    Ok,
    /// The body is a feed, but breaks off, and what comes before the break was read; or it has no items, and had some
    /// before.
    Incomplete,
    /// The server answered that nothing has changed (304).
    NotModified,
    /// The server sent the same body as last time.
    SameBody,
    /// The body is not a feed.
    NotAFeed,
    /// The body is a web page.
    Html,
    /// The body is a challenge for browsers.
    Challenge,
    /// The body is empty or missing (204).
    Empty,
    /// The body is larger than the limit.
    TooLarge,
    /// The host has no address.
    Dns,
    /// The name service did not answer: most likely a fault of this machine's network.
    Resolver,
    /// The configured proxy could not be reached or refused to serve.
    Proxy,
    /// No connection could be made.
    Connect,
    /// The certificate or the handshake failed.
    Tls,
    /// The fetch took longer than the limit.
    Timeout,
    /// The connection broke.
    Broken,
    /// The body could not be decompressed.
    BadEncoding,
    /// There were more redirects than the limit, or a loop.
    Redirects,
    /// The address is private, or the URL is not http or https.
    Refused,
    /// The server says that the feed is permanently gone (410).
    Gone,
    /// The server says that there were too many requests (429).
    RateLimited,
    /// The server does not have the feed (404).
    NotFound,
    /// The server refused: any other status of 400 to 499.
    ClientError,
    /// The server failed: a status of 500 or above, or one that makes no sense.
    ServerError,
    /// This process or this machine has no file descriptors left, so the server was not asked.
    NoDescriptors,
    /// kazbek itself failed; the feed is not to blame.
    Internal,
}

impl Status {
    /// Returns the stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Incomplete => "incomplete",
            Status::NotModified => "not-modified",
            Status::SameBody => "same-body",
            Status::NotAFeed => "not-a-feed",
            Status::Html => "html",
            Status::Challenge => "challenge",
            Status::Empty => "empty",
            Status::TooLarge => "too-large",
            Status::Dns => "dns",
            Status::Resolver => "resolver",
            Status::Proxy => "proxy",
            Status::Connect => "connect",
            Status::Tls => "tls",
            Status::Timeout => "timeout",
            Status::Broken => "broken",
            Status::BadEncoding => "bad-encoding",
            Status::Redirects => "redirects",
            Status::Refused => "refused",
            Status::Gone => "gone",
            Status::RateLimited => "rate-limited",
            Status::NotFound => "not-found",
            Status::ClientError => "client-error",
            Status::ServerError => "server-error",
            Status::NoDescriptors => "no-descriptors",
            Status::Internal => "internal",
        }
    }
}

/// How severe a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grade {
    /// The server says that the feed is gone for good.
    Gone,
    /// The server refuses, or what it sends is not a feed.
    Hard,
    /// A fault that often passes.
    Soft,
    /// The fault is most likely on our side.
    Temporary,
    /// The fault is certainly on our side, and says nothing about the feed.
    Ours,
}

impl Grade {
    /// Returns how many failures one of this grade counts for: the weights of Media Cloud's rss-fetcher, but three 410
    /// in a row make a feed dead.
    pub fn weight(self) -> f64 {
        match self {
            Grade::Gone => 10.0,
            Grade::Hard => 1.0,
            Grade::Soft => 0.5,
            Grade::Temporary => 0.25,
            Grade::Ours => 0.0,
        }
    }
}

impl Status {
    /// Returns how severe it is; the mildest grade for what is not a failure.
    pub fn grade(self) -> Grade {
        match self {
            Status::Gone => Grade::Gone,
            Status::NotAFeed
            | Status::Html
            | Status::Empty
            | Status::TooLarge
            | Status::Refused
            | Status::BadEncoding
            | Status::ClientError => Grade::Hard,
            Status::Challenge
            | Status::NotFound
            | Status::Dns
            | Status::Connect
            | Status::Tls
            | Status::Timeout
            | Status::Broken
            | Status::Redirects
            | Status::RateLimited
            | Status::ServerError => Grade::Soft,
            Status::Ok
            | Status::Incomplete
            | Status::NotModified
            | Status::SameBody
            | Status::Resolver
            | Status::Proxy
            | Status::Internal => Grade::Temporary,
            Status::NoDescriptors => Grade::Ours,
        }
    }
}

/// What lets a server answer that nothing has changed; sent back verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// The XXH3 hash (128 bits) of the body, because validators of servers can be wrong.
    pub body_hash: Option<[u8; 16]>,
}

/// A body that was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The body, decompressed.
    pub bytes: Vec<u8>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// All values of `Link`, which may name the feeds of a page.
    pub links: String,
    /// The URL that answered, after all redirects.
    pub final_url: String,
    /// The validators to send with the next request, once the items are stored.
    pub validators: Validators,
    /// What the headers ask of pollers.
    pub hints: ServerHints,
    /// The target of permanent redirects (301, 308), if the chain began with one.
    pub moved_to: Option<String>,
    /// Whether the body could be decompressed to its end.
    pub is_whole: bool,
    /// The place of a large body, if this one is large; it is free again when the body is dropped.
    pub large_body: Option<Arc<LargeBody>>,
}

/// Why there is no body.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The kind of failure, which decides when the feed is polled again.
    pub status: Status,
    /// What happened, for the user.
    pub reason: String,
    /// The status code of the answer, if there was one and it is to blame.
    pub http_status: Option<u16>,
    /// What the headers ask of pollers.
    pub hints: ServerHints,
}

impl Failure {
    /// Creates a failure without hints from the server.
    pub fn new(status: Status, reason: String) -> Failure {
        Failure { status, reason, http_status: None, hints: ServerHints::default() }
    }
}

/// The feed has not changed.
#[derive(Clone, Debug)]
pub struct Unchanged {
    /// [`Status::NotModified`] or [`Status::SameBody`].
    pub status: Status,
    /// What the headers ask of pollers.
    pub hints: ServerHints,
    /// The target of permanent redirects (301, 308), if the chain began with one.
    pub moved_to: Option<String>,
}

/// The outcome of a fetch.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A body that differs from the last one.
    Fetched(Fetched),
    /// Nothing has changed.
    Unchanged(Unchanged),
    /// There is no body.
    Failed(Failure),
}

impl Outcome {
    /// Returns what the server said about itself and the document.
    pub fn hints(&self) -> &ServerHints {
        match self {
            Outcome::Fetched(Fetched { hints, .. })
            | Outcome::Unchanged(Unchanged { hints, .. })
            | Outcome::Failed(Failure { hints, .. }) => hints,
        }
    }
}
