//! What the configuration says of polling.

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
        }
    }
}
