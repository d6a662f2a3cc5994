//! What is asked of the fetcher: one feed, what is already held of it, and how it differs from the rest.

use std::fmt;

/// One fetch to be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The caller's number for the feed; handed back with the outcome.
    pub feed_id: i64,
    /// Address of the feed; http or https.
    pub url: String,
    /// What the last stored poll left; empty for an unconditional request.
    pub validators: Validators,
    /// Whether the validators are sent. Without it they are only compared with, which shows whether they can be trusted.
    pub unconditional: bool,
    /// How this feed differs from the rest.
    pub overrides: FeedOverrides,
}

/// What identifies the version of a feed that is held (RFC 9110, section 8.8). Kept only together with the items it came with.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Validators {
    /// The ETag header verbatim, with its quotes and a `W/` where there is one.
    pub etag: Option<String>,
    /// The Last-Modified header verbatim.
    pub last_modified: Option<String>,
    /// XXH3-128 of the decompressed body: an answer that is byte for byte the same needs no reading, whatever its headers say.
    pub body_hash: Option<u128>,
}

/// How one feed differs from the rest. Secrets in it do not show in `Debug`.
#[derive(Clone, Default, PartialEq)]
pub struct FeedOverrides {
    /// Headers added to each request of the feed's own origin, such as a token or a User-Agent.
    pub headers: Vec<(String, String)>,
    /// Name and password for HTTP basic authentication, sent to the feed's own origin only.
    pub basic_auth: Option<BasicAuth>,
    /// Proxy of this feed; `direct` for none where all others have one.
    pub proxy: Option<String>,
    /// A fixed interval between polls in seconds, in place of the learnt one.
    pub interval_secs: Option<u32>,
}

/// Name and password of HTTP basic authentication (RFC 7617).
#[derive(Clone, Default, PartialEq)]
pub struct BasicAuth {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuth").field("user", &self.user).finish_non_exhaustive()
    }
}

impl fmt::Debug for FeedOverrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("FeedOverrides")
            .field("headers", &names)
            .field("basic_auth", &self.basic_auth)
            .field("proxy", &self.proxy.is_some())
            .field("interval_secs", &self.interval_secs)
            .finish()
    }
}
