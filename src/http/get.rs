//! GET requests, one hop each: redirects are for the caller to follow.

use reqwest::StatusCode;
use reqwest::header::{ACCEPT_ENCODING, CONNECTION, HeaderMap};
use url::Url;

use super::client::Clients;
use super::coding;
use super::error::{RequestError, RequestErrorKind};

/// A GET request.
#[derive(Debug)]
pub(crate) struct Get<'a> {
    /// The URL, as [`check_url`](super::check_url) returned it.
    pub(crate) url: &'a Url,
    /// The proxy, one of those that the clients were made with; `None` to connect directly.
    pub(crate) proxy: Option<&'a str>,
    /// Names and values of headers.
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    /// User name and password for basic authentication (RFC 7617).
    pub(crate) credentials: Option<(&'a str, &'a str)>,
    /// Whether the connection may be closed after the response, because no further request to the domain is expected.
    pub(crate) is_last: bool,
}

/// A response whose body has not been read yet.
#[derive(Debug)]
pub(crate) struct Response {
    inner: reqwest::Response,
}

impl Clients {
    /// Sends a GET request and waits for the headers of the response. The caller sets the deadline.
    ///
    /// # Errors
    /// Fails if the guard refuses the address, or if no response arrives.
    pub(crate) async fn get(&self, get: &Get<'_>) -> Result<Response, RequestError> {
        if get.proxy.is_some() {
            let checked = self.check_target(get.url).await;
            checked.map_err(|reason| RequestError::new(RequestErrorKind::Refused, reason))?;
        }
        let client = self.client(get.url, get.proxy);
        let client = client.map_err(|reason| {
            RequestError::new(RequestErrorKind::NoClient, format!("the HTTP client cannot be created: {reason}"))
        })?;
        let request = get.headers.iter().fold(
            client.get(get.url.clone()).header(ACCEPT_ENCODING, coding::ACCEPT_ENCODING),
            |request, (name, value)| request.header(*name, *value),
        );
        let request = if get.is_last { request.header(CONNECTION, "close") } else { request };
        let request = match get.credentials {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        let sent = request.send().await;
        Ok(Response { inner: sent.map_err(|error| RequestError::of(error, get.proxy.is_some()))? })
    }
}

impl Response {
    pub(crate) fn status(&self) -> StatusCode {
        self.inner.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// Returns the length of the body as announced by the server, which may be wrong.
    pub(crate) fn announced_length(&self) -> Option<u64> {
        self.inner.content_length()
    }

    /// Waits for the next part of the body, as it was sent; `None` at its end.
    ///
    /// # Errors
    /// Fails if the connection breaks.
    pub(crate) async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, RequestError> {
        self.inner.chunk().await.map_err(|error| RequestError::of(error, false))
    }
}
