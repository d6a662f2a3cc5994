//! From the HTTP client's errors to words: what happened, told apart by the causes underneath.

use std::error::Error;
use std::io;

use url::Url;

use super::outcome::Failure;
use super::resolver::ResolveError;
use super::status::StatusWord;

/// What an error of sending a request or of waiting for the headers means.
pub(super) fn of_request(error: reqwest::Error, url: &Url, proxied: bool) -> Failure {
    let host = url.host_str().unwrap_or_default();
    let error = error.without_url();
    if let Some(found) = find::<ResolveError>(&error) {
        let word = match found {
            ResolveError::Refused(_) => StatusWord::PrivateAddress,
            ResolveError::Failed { source, .. } => dns_word(source),
        };
        return Failure::new(word, found.to_string());
    }
    if let Some(tls) = find::<rustls::Error>(&error) {
        return Failure::new(StatusWord::Tls, format!("{host}: {tls}"));
    }
    let text = innermost(&error);
    if error.is_builder() {
        return Failure::new(StatusWord::BadUrl, format!("{host}: {text}"));
    }
    if error.is_timeout() || io_kind(&error) == Some(io::ErrorKind::TimedOut) {
        return Failure::new(StatusWord::Timeout, format!("{host}: no connection in time"));
    }
    if error.is_connect() {
        let word = match io_kind(&error) {
            _ if proxied => StatusWord::Proxy,
            Some(io::ErrorKind::ConnectionRefused) => StatusWord::Refused,
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => StatusWord::Reset,
            _ => StatusWord::Connect,
        };
        return Failure::new(word, format!("{host}: {text}"));
    }
    Failure::new(broken_word(&error, StatusWord::BadResponse), format!("{host}: {text}"))
}

/// What an error of reading the body means, after `got_bytes` of it.
pub(super) fn of_body(error: reqwest::Error, url: &Url, got_bytes: usize) -> Failure {
    let host = url.host_str().unwrap_or_default();
    let error = error.without_url();
    // The client calls everything behind its decompression a decoding error; what the transfer itself broke is hyper's to tell.
    let transfer = find::<hyper::Error>(&error).is_some() || !error.is_decode();
    let fallback = if transfer { StatusWord::BadResponse } else { StatusWord::BadEncoding };
    let word = broken_word(&error, fallback);
    Failure::new(word, format!("{host}: {} after {got_bytes} bytes", innermost(&error)))
}

fn broken_word(error: &(dyn Error + 'static), fallback: StatusWord) -> StatusWord {
    if find::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message) {
        return StatusWord::Reset;
    }
    match io_kind(error) {
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe) => {
            StatusWord::Reset
        }
        Some(io::ErrorKind::UnexpectedEof) => StatusWord::Truncated,
        Some(io::ErrorKind::TimedOut) => StatusWord::Timeout,
        _ => fallback,
    }
}

/// Whether the name does not exist, or the service that would know is out of order. The system's own codes do not come
/// through the standard library, only their texts do, so all that is not clearly the latter counts as the former.
fn dns_word(error: &io::Error) -> StatusWord {
    let text = error.to_string();
    if text.contains("Temporary failure") || text.contains("Try again") || error.kind() == io::ErrorKind::TimedOut {
        StatusWord::DnsTemporary
    } else {
        StatusWord::Dns
    }
}

/// The error of this type in the chain of causes. An `io::Error` hides the error that it carries from that chain.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref::<T>())
}

/// The kind of the innermost input/output error.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(io::Error::kind)
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    // Chains are short; the limit is against one that bites its own tail.
    std::iter::successors(Some(error), |error| cause(*error)).take(16)
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(carried) => Some(carried),
        None => error.source(),
    }
}
