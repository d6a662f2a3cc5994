//! What the configuration says of polling.

use std::collections::HashMap;
use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::schedule::Bounds;
use crate::http::ClientOptions;

/// How feeds are fetched and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Fetches in flight at a time, 1 to 1,000.
    pub concurrency: usize,
    /// Seconds for the whole of one fetch, redirects and body included.
    pub timeout_secs: u64,
    /// Seconds for a connection to be made.
    pub connect_timeout_secs: u64,
    /// Bytes of a body after decompression.
    pub body_limit_bytes: usize,
    /// Redirects that are followed.
    pub redirect_limit: usize,
    /// Who to ask about this poller: an address that stands in the User-Agent; empty for none.
    pub contact: String,
    /// Whether private, loopback and similar addresses may be fetched.
    pub allow_private_addresses: bool,
    /// Seconds between two polls of a feed, at least.
    pub min_interval_secs: u64,
    /// Seconds between two polls of a feed, at most.
    pub max_interval_secs: u64,
    /// Fetches in flight at a time to one registrable domain.
    pub domain_concurrency: usize,
    /// Milliseconds between the starts of two fetches from one registrable domain. This machine itself needs no sparing.
    pub domain_spacing_ms: u64,
    /// The proxy of every feed that has none of its own: `http://`, `https://`, `socks5://` or `socks5h://`.
    pub proxy: Option<String>,
    /// What the configuration says of single feeds, by the address in the feed list.
    pub feeds: HashMap<String, FeedOptions>,
}

/// What the configuration says of one feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedOptions {
    /// Seconds between two polls, in the place of what is learnt.
    pub interval_secs: Option<u64>,
    /// Headers that are sent to the feed's own origin, and to no other.
    pub headers: Vec<(String, String)>,
    /// Name and password for the feed's own origin (basic authentication, RFC 7617).
    pub credentials: Option<(String, Secret)>,
    /// The feed's own proxy; an empty word for none.
    pub proxy: Option<String>,
}

/// A word that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Checks a proxy's address; an empty word stands for none.
///
/// # Errors
/// Why it is none, for a person.
pub(crate) fn check_proxy(text: &str) -> Result<String, String> {
    let is_known = |url: &Url| {
        matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") && url.has_host()
    };
    // The HTTP client has the last word, so that a client can be made of what stands here.
    let is_proxy = || Url::parse(text).is_ok_and(|url| is_known(&url)) && reqwest::Proxy::all(text).is_ok();
    if text.is_empty() || is_proxy() {
        return Ok(text.to_owned());
    }
    Err("no address of a proxy, such as http://proxy.example:3128 or socks5h://127.0.0.1:9050".to_owned())
}

/// Checks that a header can be sent.
///
/// # Errors
/// Why it cannot, for a person; the value is not repeated, as it may be a secret.
pub(crate) fn check_header(name: &str, value: &str) -> Result<(), String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is no name of a header"))?;
    HeaderValue::from_str(value).map_err(|_| format!("the value of `{name}` cannot stand in a header"))?;
    Ok(())
}

impl Options {
    /// What the HTTP clients are made with.
    pub fn client(&self) -> ClientOptions {
        ClientOptions {
            contact: self.contact.clone(),
            connect_timeout_secs: self.connect_timeout_secs,
            allow_private_addresses: self.allow_private_addresses,
            proxy: self.proxy.clone(),
            feed_proxies: self.feeds.values().filter_map(|feed| feed.proxy.clone()).collect(),
        }
    }

    /// What the schedule is to keep for one feed, named by its address in the feed list.
    pub fn bounds(&self, url: &str) -> Bounds {
        Bounds {
            min_interval_secs: self.min_interval_secs,
            max_interval_secs: self.max_interval_secs,
            fixed_interval_secs: self.feeds.get(url).and_then(|feed| feed.interval_secs),
        }
    }

    /// The proxy for a feed, named by its address in the feed list.
    pub fn proxy_for(&self, url: &str) -> Option<&str> {
        let own = self.feeds.get(url).and_then(|feed| feed.proxy.as_deref());
        own.or(self.proxy.as_deref()).filter(|proxy| !proxy.is_empty())
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            concurrency: 32,
            timeout_secs: 60,
            connect_timeout_secs: 15,
            body_limit_bytes: 10 << 20,
            redirect_limit: 8,
            contact: String::new(),
            allow_private_addresses: false,
            min_interval_secs: 300,
            max_interval_secs: 86_400,
            domain_concurrency: 2,
            domain_spacing_ms: 1_000,
            proxy: None,
            feeds: HashMap::new(),
        }
    }
}
