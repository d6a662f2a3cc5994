//! The HTTP clients: one that connects directly and one for each proxy, all with the same manners.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Proxy, redirect};
use rustls::ClientConfig;
use url::Url;

use super::options::Options;
use super::resolver::Resolver;
use super::tls;

/// What feeds are served as; some servers choose by it.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, \
                      application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5";
/// Some servers send hundreds of headers; more than this is no honest answer.
const HEADER_LIMIT: usize = 500;
/// Largest header section over HTTP/2, in bytes; the client's own default turns away some honest servers.
const HTTP2_HEADER_LIMIT_BYTES: u32 = 64 * 1024;

/// Why no fetcher could be made: something in [`Options`] is unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetcherError {
    /// The proxy's address is unusable.
    #[error("the proxy address is unusable: {0}; write it as http://, https://, socks5:// or socks5h://HOST:PORT")]
    Proxy(String),
    /// The additional roots cannot be read.
    #[error("the additional root certificates cannot be read: {0}; give them in PEM")]
    ExtraRoots(String),
    /// The User-Agent holds a character that headers cannot.
    #[error("`{0}` cannot be sent as a User-Agent; use visible ASCII")]
    UserAgent(String),
    /// The HTTP client refused the settings.
    #[error("the HTTP client refused the settings: {0}")]
    Client(String),
}

/// The clients that share one TLS configuration and one memory of names.
#[derive(Debug)]
pub(super) struct Clients {
    tls: ClientConfig,
    resolver: Resolver,
    direct: Client,
    /// By the address of the proxy.
    proxied: Mutex<HashMap<String, Client>>,
}

impl Clients {
    pub(super) fn new(options: &Options, resolver: Resolver) -> Result<Clients, FetcherError> {
        let tls = tls::client_config(options.extra_roots_pem.as_deref())?;
        let direct = build_client(options, &tls, resolver.clone(), None)?;
        Ok(Clients { tls, resolver, direct, proxied: Mutex::default() })
    }

    /// The client that connects directly.
    pub(super) fn direct(&self) -> Client {
        self.direct.clone()
    }

    /// The client that goes through this proxy, made when it is first asked for.
    pub(super) fn through(&self, proxy: &str, options: &Options) -> Result<Client, FetcherError> {
        let mut proxied = self.proxied.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = proxied.get(proxy) {
            return Ok(client.clone());
        }
        // The parser's errors are told without the address, which may hold a password.
        let address = Url::parse(proxy).map_err(|error| FetcherError::Proxy(error.to_string()))?;
        if !matches!(address.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") {
            return Err(FetcherError::Proxy(format!("`{}` is no kind of proxy", address.scheme())));
        }
        let host = address.host_str().ok_or_else(|| FetcherError::Proxy("it names no host".to_owned()))?;
        let resolver = self.resolver.trusting(host);
        let through = Proxy::all(proxy).map_err(|error| FetcherError::Proxy(error.without_url().to_string()))?;
        let client = build_client(options, &self.tls, resolver, Some(through))?;
        proxied.insert(proxy.to_owned(), client.clone());
        Ok(client)
    }
}

fn build_client(
    options: &Options,
    tls: &ClientConfig,
    resolver: Resolver,
    proxy: Option<Proxy>,
) -> Result<Client, FetcherError> {
    let user_agent = options.user_agent_header();
    let user_agent =
        HeaderValue::from_str(&user_agent).map_err(|_| FetcherError::UserAgent(options.user_agent_header()))?;
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    let builder = Client::builder()
        .user_agent(user_agent)
        .default_headers(headers)
        .tls_backend_preconfigured(tls.clone())
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(resolver)
        .connect_timeout(Duration::from_secs(options.connect_timeout_secs))
        // A feed is asked again in minutes or hours: a connection kept until then would cost both sides more than a new one,
        // and ten thousand hosts ten thousand sockets.
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .http2_max_header_list_size(HTTP2_HEADER_LIMIT_BYTES)
        .http1_max_headers(HEADER_LIMIT)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true);
    let builder = match proxy {
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    };
    builder.build().map_err(|error| FetcherError::Client(error.to_string()))
}
