//! The HTTP clients of the poller and of deliveries: one for http, one for https, one for each proxy.
//!
//! The system's certificates are read when the first https address is fetched: most of a start is theirs.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, Proxy, redirect};
use url::{Host, Url};

use super::address_guard;
use super::error::{ClientError, LookupError, REFUSED, chain};

/// Connections are kept for the next feed of the same domain and no longer.
const IDLE_SECS: u64 = 5;

/// Header lines of an answer over HTTP/1; the parser's own limit is a hundred.
const HEADER_LIMIT: usize = 500;

/// Bytes of an answer's headers over HTTP/2; the library's own limit is 16 KiB.
const HEADER_LIMIT_BYTES: u32 = 64 << 10;

/// Looks names up, and keeps only addresses that may be fetched where it is to guard.
#[derive(Debug)]
struct Resolver {
    is_guard: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let is_guard = self.is_guard;
        Box::pin(async move {
            let name = name.as_str();
            let found = tokio::net::lookup_host((name, 0)).await.map_err(|error| LookupError::of(name, &error))?;
            let found: Vec<SocketAddr> = found.collect();
            let kept: Vec<SocketAddr> =
                found.iter().copied().filter(|address| !is_guard || address_guard::is_public(address.ip())).collect();
            match (kept.is_empty(), found.is_empty()) {
                (true, true) => Err(LookupError::NoAddress(name.to_owned()).into()),
                (true, false) => Err(LookupError::Private(name.to_owned()).into()),
                (false, _) => Ok(Box::new(kept.into_iter()) as Addrs),
            }
        })
    }
}

/// What the clients are made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// Who to ask about this program: an address for the User-Agent; empty for none.
    pub contact: String,
    /// Seconds for a connection to be made.
    pub connect_timeout_secs: u64,
    /// Whether private, loopback and similar addresses may be fetched.
    pub allow_private_addresses: bool,
    /// The proxy of every request that names none of its own.
    pub proxy: Option<String>,
    /// Further proxies that requests may name.
    pub feed_proxies: Vec<String>,
}

/// A client that is made when it is first needed, or why it cannot be made.
type Slot = OnceLock<Result<Client, String>>;

/// All clients, made when they are first needed.
#[derive(Debug)]
pub(crate) struct Clients {
    user_agent: String,
    connect_timeout: Duration,
    allow_private_addresses: bool,
    plain: Slot,
    secure: Slot,
    proxied: HashMap<String, (Proxy, Slot)>,
}

impl Clients {
    pub(crate) fn new(options: &ClientOptions) -> Result<Clients, ClientError> {
        let version = env!("CARGO_PKG_VERSION");
        let contact = if options.contact.is_empty() { String::new() } else { format!("; +{}", options.contact) };
        // A second fetcher in one process finds the provider installed already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut clients = Clients {
            user_agent: format!("kazbek/{version} (feed reader{contact})"),
            connect_timeout: Duration::from_secs(options.connect_timeout_secs),
            allow_private_addresses: options.allow_private_addresses,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
            proxied: HashMap::new(),
        };
        for proxy in options.proxy.iter().chain(options.feed_proxies.iter()) {
            if !proxy.is_empty() && !clients.proxied.contains_key(proxy) {
                let through = Proxy::all(proxy)
                    .map_err(|error| ClientError::Client(format!("the proxy `{proxy}`: {}", chain(&error))))?;
                clients.proxied.insert(proxy.clone(), (through, OnceLock::new()));
            }
        }
        Ok(clients)
    }

    /// The client for an address.
    pub(crate) fn client(&self, url: &Url, proxy: Option<&str>) -> Result<&Client, String> {
        let client = match proxy.and_then(|proxy| self.proxied.get(proxy)) {
            // The proxy's own name may be private, and it looks names up itself; `check_target` does what can be done.
            Some((proxy, client)) => client.get_or_init(|| build(self.builder().proxy(proxy.clone()))),
            None if url.scheme() == "https" => self.secure.get_or_init(|| build(self.guarded())),
            // Without certificates, reading them costs nothing.
            None => self.plain.get_or_init(|| build(self.guarded().tls_certs_only([]))),
        };
        client.as_ref().map_err(Clone::clone)
    }

    /// Refuses a target that a proxy would be asked for, where this machine, too, knows the name and only private addresses for it.
    pub(crate) async fn check_target(&self, url: &Url) -> Result<(), String> {
        let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
        if self.allow_private_addresses {
            return Ok(());
        }
        // A name that only the proxy can look up is the proxy's to refuse.
        let Ok(found) = tokio::net::lookup_host((name, 0)).await else { return Ok(()) };
        let mut addresses = found.map(|address| address.ip()).peekable();
        if addresses.peek().is_some() && !addresses.any(address_guard::is_public) {
            return Err(format!("{url}: {REFUSED}"));
        }
        Ok(())
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder()
            .user_agent(&self.user_agent)
            .redirect(redirect::Policy::none())
            // Proxies are the configuration's to name, not the environment's.
            .no_proxy()
            .dns_resolver(Arc::new(Resolver { is_guard: false }))
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(IDLE_SECS))
            .pool_max_idle_per_host(2)
            // What browsers forgive: headers that are none, spaces before the colon, folded lines, and very many of them.
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_max_headers(HEADER_LIMIT)
            .http2_max_header_list_size(HEADER_LIMIT_BYTES)
            .referer(false)
    }

    fn guarded(&self) -> ClientBuilder {
        self.builder().dns_resolver(Arc::new(Resolver { is_guard: !self.allow_private_addresses }))
    }
}

fn build(builder: ClientBuilder) -> Result<Client, String> {
    builder.build().map_err(|error| chain(&error))
}
