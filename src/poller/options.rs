//! The options of polling.

use std::collections::HashMap;
use std::fmt;

use super::budgets::Budgets;
use super::schedule::Bounds;
use crate::http::ClientOptions;

/// How feeds are fetched and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many fetches run at a time, 1 to 1,000.
    pub concurrency: usize,
    /// Seconds for one fetch, including redirects and the body.
    pub timeout_secs: u64,
    /// Seconds within which a connection must be made.
    pub connect_timeout_secs: u64,
    /// Bytes of a body after decompression, at most.
    pub body_limit_bytes: usize,
    /// How many redirects are followed.
    pub redirect_limit: usize,
    /// A contact for the User-Agent, such as a URL or a mailto: address; empty for none.
    pub contact: String,
    /// Whether private, loopback and similar addresses may be fetched.
    pub allow_private_addresses: bool,
    /// Seconds between two polls of a feed, at least.
    pub min_interval_secs: u64,
    /// Seconds between two polls of a feed, at most.
    pub max_interval_secs: u64,
    /// How many fetches run at a time from one registrable domain.
    pub domain_concurrency: usize,
    /// Milliseconds between the starts of two fetches from one registrable domain; loopback addresses are exempt.
    pub domain_spacing_ms: u64,
    /// The proxy of every feed that has none of its own: `http://`, `https://`, `socks5://` or `socks5h://`.
    pub proxy: Option<String>,
    /// What feeds may cost.
    pub budgets: Budgets,
    /// The options of single feeds, by their URLs in the feed list.
    pub feeds: HashMap<String, FeedOptions>,
}

/// The options of one feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedOptions {
    /// Seconds between two polls, instead of the interval that the schedule learns.
    pub interval_secs: Option<u64>,
    /// Headers that are sent to the feed's own origin only.
    pub headers: Vec<(String, String)>,
    /// User name and password for the feed's own origin (basic authentication, RFC 7617).
    pub credentials: Option<(String, Secret)>,
    /// The feed's own proxy; an empty text to use none.
    pub proxy: Option<String>,
}

/// A secret that no debug output shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Options {
    /// Returns the options of the HTTP clients.
    pub fn client(&self) -> ClientOptions {
        ClientOptions {
            contact: self.contact.clone(),
            connect_timeout_secs: self.connect_timeout_secs,
            allow_private_addresses: self.allow_private_addresses,
            proxy: self.proxy.clone(),
            feed_proxies: self.feeds.values().filter_map(|feed| feed.proxy.clone()).collect(),
        }
    }

    /// Returns the bounds of the schedule for a feed, given by its URL in the feed list.
    pub fn bounds(&self, url: &str) -> Bounds {
        Bounds {
            min_interval_secs: self.min_interval_secs,
            max_interval_secs: self.max_interval_secs,
            fixed_interval_secs: self.feeds.get(url).and_then(|feed| feed.interval_secs),
        }
    }

    /// Returns the proxy for a feed, given by its URL in the feed list.
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
            redirect_limit: 20,
            contact: String::new(),
            allow_private_addresses: false,
            min_interval_secs: 300,
            max_interval_secs: 86_400,
            domain_concurrency: 2,
            domain_spacing_ms: 1_000,
            proxy: None,
            budgets: Budgets::default(),
            feeds: HashMap::new(),
        }
    }
}
