//! What a fetch comes to. A dead feed is data, not an error.

use std::time::Duration;

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
            Status::Connect => "connect",
            Status::Tls => "tls",
            Status::Timeout => "timeout",
            Status::Broken => "broken",
            Status::BadEncoding => "bad-encoding",
            Status::Redirects => "redirects",
            Status::Refused => "refused",
            Status::Gone => "gone",
            Status::RateLimited => "rate-limited",
            Status::ClientError => "client-error",
            Status::ServerError => "server-error",
            Status::Internal => "internal",
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
}

/// Why there is no body.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The kind.
    pub status: Status,
    /// What happened, for a person.
    pub reason: String,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// What a fetch came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A body that differs from the last one.
    Fetched(Fetched),
    /// Nothing has changed: [`Status::NotModified`] or [`Status::SameBody`].
    Unchanged(Status),
    /// No body.
    Failed(Failure),
}
