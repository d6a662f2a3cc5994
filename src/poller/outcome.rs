//! What a fetch comes to. A dead feed is data, not an error.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::cache_headers::ServerHints;

/// How a fetch ended; the words are stable and stand in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The feed answered with a body.
    Ok,
    /// It answered that nothing has changed (304).
    NotModified,
    /// It sent the same body as the last time.
    SameBody,
    /// The body is no feed.
    NotAFeed,
    /// The body is a web page.
    Html,
    /// The body is a page that wants to see a browser.
    Challenge,
    /// The body is empty, or there is none (204).
    Empty,
    /// The body is larger than the limit.
    TooLarge,
    /// The host has no address.
    Dns,
    /// The name service did not answer: most likely this machine's own network.
    Resolver,
    /// The configured proxy could not be reached or would not serve.
    Proxy,
    /// No connection could be made.
    Connect,
    /// The certificate or the handshake failed.
    Tls,
    /// It took longer than the limit.
    Timeout,
    /// The connection broke in the middle.
    Broken,
    /// The body could not be unpacked.
    BadEncoding,
    /// More redirects than the limit, or a circle.
    Redirects,
    /// The address is private, or of a scheme other than http and https.
    Refused,
    /// The server says that the feed is gone for good (410).
    Gone,
    /// The server says that there were too many requests (429).
    RateLimited,
    /// The server does not have the feed (404).
    NotFound,
    /// The server refused: any other status of 400 to 499.
    ClientError,
    /// The server failed: a status of 500 or above, or one that makes no sense.
    ServerError,
    /// This program failed; the feed is innocent.
    Internal,
}

impl Status {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
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
            Status::Internal => "internal",
        }
    }
}

/// How much a failure says against a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grade {
    /// The server says that the feed is gone for good.
    Gone,
    /// The server refuses, or what it gives is no feed.
    Hard,
    /// Such faults come and go.
    Soft,
    /// The fault is most likely on this side.
    Temporary,
}

impl Grade {
    /// How many failures one of this grade counts for: the weights of Media Cloud's rss-fetcher, and three 410 in a row are a death.
    pub fn weight(self) -> f64 {
        match self {
            Grade::Gone => 10.0,
            Grade::Hard => 1.0,
            Grade::Soft => 0.5,
            Grade::Temporary => 0.25,
        }
    }
}

impl Status {
    /// How much it says against the feed; what is no failure is of the mildest grade.
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
            | Status::NotModified
            | Status::SameBody
            | Status::Resolver
            | Status::Proxy
            | Status::Internal => Grade::Temporary,
        }
    }
}

/// What lets a server say that nothing has changed; sent back verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// XXH3, 128 bits, of the body: servers' validators lie.
    pub body_hash: Option<[u8; 16]>,
}

/// A body that was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The body, decompressed.
    pub bytes: Vec<u8>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// The address that answered, behind all redirects.
    pub final_url: String,
    /// To be sent back the next time, once the items are stored.
    pub validators: Validators,
    /// What the headers ask for.
    pub hints: ServerHints,
    /// Where permanent redirects (301, 308) led, where the chain began with one.
    pub moved_to: Option<String>,
    /// The right to hold a large body, if this one is large: it is given back when the body is dropped.
    pub large_body_permit: Option<Arc<OwnedSemaphorePermit>>,
}

/// Why there is no body.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The kind.
    pub status: Status,
    /// What happened, for a person.
    pub reason: String,
    /// What the headers ask for.
    pub hints: ServerHints,
}

impl Failure {
    /// A failure without any word from the server.
    pub fn new(status: Status, reason: String) -> Failure {
        Failure { status, reason, hints: ServerHints::default() }
    }
}

/// That nothing has changed.
#[derive(Clone, Debug)]
pub struct Unchanged {
    /// [`Status::NotModified`] or [`Status::SameBody`].
    pub status: Status,
    /// What the headers ask for.
    pub hints: ServerHints,
    /// Where permanent redirects (301, 308) led, where the chain began with one.
    pub moved_to: Option<String>,
}

/// What a fetch came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A body that differs from the last one.
    Fetched(Fetched),
    /// Nothing has changed.
    Unchanged(Unchanged),
    /// No body.
    Failed(Failure),
}
