//! The HTTP clients of the poller and of deliveries: one for http, one for https, one for each proxy.
//!
//! The system's certificates are read when the first https URL is fetched, since reading them takes most of a start.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Proxy, redirect};
use url::{Host, Url};

use super::address_guard;
use super::error::{ClientError, LookupError, REFUSED, UrlError, chain};
use super::lookup::look_up;

/// Connections are kept for the next feed of the same domain and no longer.
const IDLE_SECS: u64 = 5;

/// Header lines of a response over HTTP/1; the parser's default is a hundred.
const HEADER_LIMIT: usize = 500;

/// Bytes of a response's headers over HTTP/2; the library's default is 16 KiB.
const HEADER_LIMIT_BYTES: u32 = 64 << 10;

/// Looks names up.
#[derive(Debug)]
struct Resolver {
    /// Whether to drop addresses that are not on the public internet.
    is_guarded: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let is_guarded = self.is_guarded;
        Box::pin(async move {
            let name = name.as_str();
            let found = look_up(name).await?.into_iter();
            let kept: Vec<SocketAddr> = found
                .filter(|address| !is_guarded || address_guard::is_public(*address))
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            match kept.is_empty() {
                true => Err(LookupError::Private(name.to_owned()).into()),
                false => Ok(Box::new(kept.into_iter()) as Addrs),
            }
        })
    }
}

/// Options of the clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// A contact for the User-Agent, such as a URL or a mailto: address; empty for none.
    pub contact: String,
    /// Seconds within which a connection must be made.
    pub connect_timeout_secs: u64,
    /// Whether private, loopback and similar addresses may be fetched.
    pub allow_private_addresses: bool,
    /// The proxy of requests that name none; none to connect directly.
    pub proxy: Option<String>,
    /// Further proxies that requests may name; empty ones are ignored.
    pub feed_proxies: Vec<String>,
}

/// A client, made when it is first needed, or why it cannot be made.
type Slot = OnceLock<Result<Client, String>>;

/// All clients, each made when it is first needed.
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
    /// Prepares the clients.
    ///
    /// # Errors
    /// Fails if the URL of a proxy is invalid.
    pub(crate) fn new(options: &ClientOptions) -> Result<Clients, ClientError> {
        let version = env!("CARGO_PKG_VERSION");
        let contact = if options.contact.is_empty() { String::new() } else { format!("; +{}", options.contact) };
        // Fails if the provider is installed already, by an earlier call.
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

    /// Returns the client for a URL.
    pub(super) fn client(&self, url: &Url, proxy: Option<&str>) -> Result<&Client, String> {
        let client = match proxy.and_then(|proxy| self.proxied.get(proxy)) {
            // The proxy itself may have a private address, and it looks up the names of targets; see `check_target`.
            Some((proxy, client)) => client.get_or_init(|| build(self.builder().proxy(proxy.clone()))),
            None if url.scheme() == "https" => self.secure.get_or_init(|| build(self.guarded())),
            // No certificates are needed, so none are read.
            None => self.plain.get_or_init(|| build(self.guarded().tls_certs_only([]))),
        };
        client.as_ref().map_err(Clone::clone)
    }

    /// Refuses a target for a proxy if this machine can look its name up too and finds only private addresses.
    pub(super) async fn check_target(&self, url: &Url) -> Result<(), String> {
        let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
        if self.allow_private_addresses {
            return Ok(());
        }
        // A name that only the proxy can look up is for the proxy to refuse.
        let Ok(found) = look_up(name).await else { return Ok(()) };
        match found.into_iter().any(address_guard::is_public) {
            true => Ok(()),
            false => Err(format!("{url}: {REFUSED}")),
        }
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder()
            .user_agent(&self.user_agent)
            .redirect(redirect::Policy::none())
            // Only the configuration names proxies, not the environment.
            .no_proxy()
            .dns_resolver(Arc::new(Resolver { is_guarded: false }))
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(IDLE_SECS))
            .pool_max_idle_per_host(2)
            // As browsers do, accept invalid header lines, spaces before the colon, folded lines, and many lines.
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_max_headers(HEADER_LIMIT)
            .http2_max_header_list_size(HEADER_LIMIT_BYTES)
            .referer(false)
    }

    fn guarded(&self) -> ClientBuilder {
        self.builder().dns_resolver(Arc::new(Resolver { is_guarded: !self.allow_private_addresses }))
    }
}

fn build(builder: ClientBuilder) -> Result<Client, String> {
    builder.build().map_err(|error| chain(&error))
}

/// Parses a URL and refuses schemes other than http and https, and literal addresses that are not on the public
/// internet unless `allow_private_addresses`. Names are checked when they are looked up.
///
/// # Errors
/// Returns why the URL must not be fetched.
pub(crate) fn check_url(url: &str, allow_private_addresses: bool) -> Result<Url, UrlError> {
    let url = Url::parse(url)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(UrlError::Scheme);
    }
    let is_public = match url.host() {
        Some(Host::Ipv4(address)) => address_guard::is_public(address.into()),
        Some(Host::Ipv6(address)) => address_guard::is_public(address.into()),
        Some(Host::Domain(_)) => true,
        None => return Err(UrlError::NoHost),
    };
    if is_public || allow_private_addresses { Ok(url) } else { Err(UrlError::Private) }
}

/// Checks the URL of a proxy; an empty text means no proxy.
///
/// # Errors
/// Returns a message for the user.
pub(crate) fn check_proxy(text: &str) -> Result<String, String> {
    let is_known = |url: &Url| {
        matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") && url.has_host()
    };
    // The HTTP client has the last word, so that a client can be made with every proxy that passes.
    let is_proxy = || Url::parse(text).is_ok_and(|url| is_known(&url)) && Proxy::all(text).is_ok();
    if text.is_empty() || is_proxy() {
        return Ok(text.to_owned());
    }
    Err("not the URL of a proxy, such as http://proxy.example:3128 or socks5h://127.0.0.1:9050".to_owned())
}

/// Checks that a header can be sent.
///
/// # Errors
/// Returns a message for the user. It does not contain the value, which may be a secret.
pub(crate) fn check_header(name: &str, value: &str) -> Result<(), String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is not a valid header name"))?;
    HeaderValue::from_str(value)
        .map_err(|_| format!("the value of `{name}` contains characters that a header cannot have"))?;
    Ok(())
}
