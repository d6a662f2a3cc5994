//! What an operator may set about polling, with the defaults.

/// Settings of the poller, for all feeds. Single feeds differ by [`FeedOverrides`](super::FeedOverrides).
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Fetches in flight at once, over all hosts. At least 1. Each takes about 80 KiB beside its body; hosts that hang take one each
    /// until the deadline, so that many are better than few.
    pub concurrency: usize,
    /// Fetches in flight at once per registrable domain. At least 1.
    pub per_domain_in_flight: usize,
    /// Least time between two starts at one registrable domain, in milliseconds. Loopback addresses are not spaced.
    pub per_domain_spacing_ms: u64,
    /// Longest wait for a TCP connection, in seconds, within `timeout_secs`.
    pub connect_timeout_secs: u64,
    /// Deadline of one fetch from name resolution to the last byte, redirects included, in seconds. Some good servers take 23.
    pub timeout_secs: u64,
    /// Largest body after decompression, in bytes. A longer one is stopped while it streams.
    pub body_limit_bytes: usize,
    /// How many redirects one fetch may follow.
    pub redirect_limit: usize,
    /// The whole User-Agent; none for `kazbek/VERSION (+contact)`.
    pub user_agent: Option<String>,
    /// Address or page at which a publisher reaches the operator, shown in the User-Agent.
    pub contact: Option<String>,
    /// Whether feeds may lie at private, loopback and other non-public addresses.
    pub allow_private_addresses: bool,
    /// Proxy for all feeds: `http://`, `https://`, `socks5://` (names resolved here) or `socks5h://` (names resolved there).
    /// Unless `allow_private_addresses` is set, names are looked up here as well, so that a proxy is no way around the guard.
    pub proxy: Option<String>,
    /// Additional certification authorities in PEM, beside those of the system. For a proxy or a feed inside an organisation.
    pub extra_roots_pem: Option<String>,
    /// Shortest learnt interval between two polls of one feed, in seconds.
    pub min_interval_secs: u32,
    /// Longest learnt interval between two polls of one feed, in seconds; also the cap of the backoff and of cache hints.
    pub max_interval_secs: u32,
    /// Interval of a feed of which nothing is known yet, in seconds.
    pub initial_interval_secs: u32,
    /// Interval at which a feed long dead is still tried, in seconds.
    pub dead_interval_secs: u32,
    /// Days of unbroken failure after which a feed counts as long dead.
    pub dead_after_days: u32,
    /// Time over which the polls that are due at start are spread, in seconds.
    pub start_spread_secs: u32,
    /// How many identical permanent redirects in a row, each of which parsed as a feed, make the new address the feed's own.
    pub redirect_confirmations: u32,
    /// How long a domain that asked for patience may hold back queued polls before they are handed back as postponed, in seconds.
    pub patience_secs: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            concurrency: 128,
            per_domain_in_flight: 2,
            per_domain_spacing_ms: 1_000,
            connect_timeout_secs: 10,
            timeout_secs: 45,
            body_limit_bytes: 10 * 1024 * 1024,
            redirect_limit: 10,
            user_agent: None,
            contact: None,
            allow_private_addresses: false,
            proxy: None,
            extra_roots_pem: None,
            min_interval_secs: 300,
            max_interval_secs: 86_400,
            initial_interval_secs: 3_600,
            dead_interval_secs: 7 * 86_400,
            dead_after_days: 30,
            start_spread_secs: 300,
            redirect_confirmations: 5,
            patience_secs: 60,
        }
    }
}

impl Options {
    /// The User-Agent that is sent: who asks, in which version, and how to reach the operator.
    pub fn user_agent_header(&self) -> String {
        let product = concat!("kazbek/", env!("CARGO_PKG_VERSION"));
        match (&self.user_agent, &self.contact) {
            (Some(whole), _) => whole.clone(),
            (None, Some(contact)) => format!("{product} (feed reader; +{contact})"),
            (None, None) => format!("{product} (feed reader)"),
        }
    }
}
