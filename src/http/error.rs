//! Errors of the HTTP client: their kinds by the types among their causes, and messages for the user.

use std::error::Error;
use std::io;

use crate::files;

/// The message for an address that the guard refused.
pub(crate) const REFUSED: &str = "the address is not on the public internet";

/// The message if no file descriptors are left.
const NO_DESCRIPTORS: &str = "kazbek has no file descriptors left; raise LimitNOFILE= or lower `poller.concurrency`";

/// Why there is no HTTP client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The HTTP client cannot be created.
    #[error("the HTTP client cannot be created: {0}")]
    Client(String),
}

/// Why a URL must not be fetched. The messages do not contain the URL, which may be a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UrlError {
    #[error("not a URL ({0})")]
    Invalid(#[from] url::ParseError),
    #[error("not an http or https URL")]
    Scheme,
    #[error("the URL has no host")]
    NoHost,
    #[error("{REFUSED}")]
    Private,
}

/// Why a name has no address that may be fetched. It is carried inside the HTTP client's errors.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    /// The name service has no address for the name.
    #[error("the name `{0}` has no address")]
    NoAddress(String),
    /// The name service did not answer.
    #[error("the name service did not answer for `{0}`")]
    NoAnswer(String),
    /// The name service was not asked, since it has not answered for so many other names.
    #[error("the name service has not answered yet for {count} other names, so it was not asked for `{name}`")]
    Crowded {
        /// The name.
        name: String,
        /// How many look-ups are under way.
        count: usize,
    },
    /// The name service could not be asked, because no file descriptors are left.
    #[error("{NO_DESCRIPTORS}")]
    NoDescriptors,
    /// All addresses are private.
    #[error("`{0}`: {REFUSED}")]
    Private(String),
}

impl LookupError {
    /// Interprets the system's error for a name; the kinds differ only in the text.
    pub(super) fn of(name: &str, error: &io::Error) -> LookupError {
        if has_no_descriptors(error) {
            return LookupError::NoDescriptors;
        }
        let text = error.to_string();
        let is_temporary = ["Temporary failure", "try again", "os error"].iter().any(|words| text.contains(words));
        if is_temporary { LookupError::NoAnswer(name.to_owned()) } else { LookupError::NoAddress(name.to_owned()) }
    }
}

/// What kind of failure ended a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestErrorKind {
    /// No HTTP client could be created.
    NoClient,
    /// This process or this machine has no file descriptors left.
    NoDescriptors,
    /// The address is private.
    Refused,
    /// No connection was made in time.
    ConnectTimeout,
    /// The proxy could not be reached or refused to serve.
    Proxy,
    /// The name service did not answer: most likely a fault of this machine's network.
    Resolver,
    /// The name has no address.
    Dns,
    /// The certificate is invalid or the TLS handshake failed.
    Tls,
    /// No connection could be made.
    Connect,
    /// The body could not be decompressed.
    BadEncoding,
    /// The connection broke.
    Broken,
}

/// Why a request has no response, or a response no complete body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct RequestError {
    pub(crate) kind: RequestErrorKind,
    /// What happened, for the user; without the URL, which may contain a password.
    pub(crate) reason: String,
}

impl RequestError {
    pub(super) fn new(kind: RequestErrorKind, reason: impl Into<String>) -> RequestError {
        RequestError { kind, reason: reason.into() }
    }

    /// Interprets an error of the HTTP client: by the types among its causes if possible, otherwise by its text. The
    /// reason is a short phrase instead of the whole chain of causes.
    pub(super) fn of(error: reqwest::Error, is_proxied: bool) -> RequestError {
        let error = &error.without_url();
        let text = chain(error);
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let last = || causes(error).last().map(ToString::to_string).unwrap_or_default();
        let lookup = causes(error).find_map(|cause| cause.downcast_ref::<LookupError>());
        let tls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
        let (kind, reason) = if causes(error).any(has_no_descriptors) {
            (RequestErrorKind::NoDescriptors, NO_DESCRIPTORS.to_owned())
        } else if let Some(private @ LookupError::Private(_)) = lookup {
            (RequestErrorKind::Refused, private.to_string())
        } else if error.is_timeout() {
            (RequestErrorKind::ConnectTimeout, "no connection was made within `connect_timeout_secs`".to_owned())
        } else if is_proxied && (lookup.is_some() || has(&["tcp connect", "tunnel", "socks", "proxy"])) {
            (RequestErrorKind::Proxy, format!("the proxy failed: {}", last()))
        } else if let Some(lookup) = lookup {
            let is_silent = matches!(lookup, LookupError::NoAnswer(_) | LookupError::Crowded { .. });
            let kind = if is_silent { RequestErrorKind::Resolver } else { RequestErrorKind::Dns };
            (kind, lookup.to_string())
        } else if let Some(tls) = tls {
            (RequestErrorKind::Tls, tls_reason(tls))
        } else if has(&["certificate", "tls", "TLS", "handshake"]) {
            (RequestErrorKind::Tls, format!("the TLS handshake failed: {}", last()))
        } else if error.is_connect() {
            (RequestErrorKind::Connect, connect_reason(error))
        } else if error.is_decode() && !has(&["request or response body error", "connection", "end of file before"]) {
            (RequestErrorKind::BadEncoding, format!("the body cannot be decompressed: {}", last()))
        } else {
            (RequestErrorKind::Broken, format!("the connection broke: {}", last()))
        };
        RequestError { kind, reason }
    }
}

/// Returns whether an error is that there are no file descriptors left.
fn has_no_descriptors(error: &(dyn Error + 'static)) -> bool {
    let lookup = matches!(error.downcast_ref(), Some(LookupError::NoDescriptors));
    lookup || error.downcast_ref::<io::Error>().is_some_and(files::is_of_descriptors)
}

fn tls_reason(error: &rustls::Error) -> String {
    use rustls::{CertificateError as Fault, Error};
    match error {
        Error::InvalidCertificate(Fault::Expired | Fault::ExpiredContext { .. }) => {
            "the server's certificate has expired".to_owned()
        }
        Error::InvalidCertificate(Fault::NotValidYet | Fault::NotValidYetContext { .. }) => {
            "the server's certificate is not valid yet".to_owned()
        }
        Error::InvalidCertificate(Fault::NotValidForName | Fault::NotValidForNameContext { .. }) => {
            "the server's certificate is for another name".to_owned()
        }
        Error::InvalidCertificate(Fault::UnknownIssuer) => {
            "the server's certificate is not signed by an authority that this machine trusts".to_owned()
        }
        Error::InvalidCertificate(other) => format!("the server's certificate is not valid: {other}"),
        Error::InvalidMessage(_) => "the server does not speak TLS".to_owned(),
        Error::AlertReceived(alert) => format!("the server refused the TLS handshake: {alert:?}"),
        other => format!("the TLS handshake failed: {other}"),
    }
}

fn connect_reason(error: &(dyn Error + 'static)) -> String {
    let io = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
    match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "the server refused the connection".to_owned(),
        Some(io::ErrorKind::ConnectionReset) => "the server reset the connection".to_owned(),
        Some(io::ErrorKind::TimedOut) => "the server did not answer".to_owned(),
        Some(io::ErrorKind::HostUnreachable) => "there is no route to the server".to_owned(),
        Some(io::ErrorKind::NetworkUnreachable) => "there is no route to the server's network".to_owned(),
        _ => {
            let last = causes(error).last().map(ToString::to_string).unwrap_or_default();
            format!("no connection could be made: {last}")
        }
    }
}

/// Returns the cause of an error. The source of an I/O error that wraps another error is the source of the wrapped one,
/// so the standard library would skip the wrapped error itself.
fn cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// Returns an error and its causes, outermost first.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

/// Joins the messages of an error and its causes, outermost first.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for words in causes(error).map(ToString::to_string) {
        if text.is_empty() {
            text = words;
        } else if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
    }
    text
}
