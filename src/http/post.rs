//! POST requests to URLs from the configuration: webhooks and chat services. They use the same clients and address
//! guard as feeds, but follow no redirects: if a service has moved, the operator must enter the new URL.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue, RETRY_AFTER};

use super::client::{ClientOptions, Clients, check_url};
use super::error::{ClientError, REFUSED, chain};

/// Bytes of a response's body that are read: enough for an error message.
const ANSWER_LIMIT_BYTES: usize = 4 << 10;

/// A POST request.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    /// An http or https URL.
    pub url: String,
    /// Names and values of headers.
    pub headers: Vec<(String, String)>,
    /// The body, sent as it is; its type is among the headers.
    pub body: Vec<u8>,
    /// Whether the address may be private.
    pub allow_private_addresses: bool,
}

/// A server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long to wait before the next attempt: `Retry-After`, if the server sends it in seconds.
    pub retry_after: Option<Duration>,
    /// The beginning of the body.
    pub text: String,
}

/// Why there is no answer. The messages do not contain the URL, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PostError {
    /// The request is invalid or not allowed, so trying again is no use.
    #[error("{0}")]
    Refused(String),
    /// No connection was made, so nothing was posted.
    #[error("{0}")]
    Unsent(String),
    /// The connection broke or the answer did not arrive in time: the server may have accepted the request.
    #[error("{0}")]
    Unanswered(String),
}

/// Sends POST requests. Its clients are made when they are first needed.
#[derive(Debug)]
pub(crate) struct Poster {
    guarded: Clients,
    open: Clients,
}

impl Poster {
    /// Creates a poster with the same User-Agent as the poller.
    ///
    /// # Errors
    /// Fails if the URL of a proxy is invalid.
    pub(crate) fn new(options: &ClientOptions) -> Result<Poster, ClientError> {
        let with =
            |allow_private_addresses| Clients::new(&ClientOptions { allow_private_addresses, ..options.clone() });
        Ok(Poster { guarded: with(false)?, open: with(true)? })
    }

    /// Sends one request, within `timeout`.
    ///
    /// # Errors
    /// Fails if no answer arrives.
    pub(crate) async fn post(&self, post: Post, timeout: Duration) -> Result<Answer, PostError> {
        let refused = |error: &dyn std::fmt::Display| PostError::Refused(error.to_string());
        let url = check_url(&post.url, post.allow_private_addresses).map_err(|error| refused(&error))?;
        let clients = if post.allow_private_addresses { &self.open } else { &self.guarded };
        let mut request =
            clients.client(&url, None).map_err(PostError::Refused)?.post(url).timeout(timeout).body(post.body);
        for (name, value) in &post.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused(&"a header's name is not valid"))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| refused(&"a header's value is not valid"))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let mut response = request.send().await.map_err(|error| {
            let error = error.without_url();
            let text = chain(&error);
            match () {
                () if text.contains(REFUSED) => PostError::Refused(text),
                () if error.is_connect() => PostError::Unsent(text),
                () if error.is_builder() => PostError::Refused(text),
                () => PostError::Unanswered(text),
            }
        })?;
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        // If the body breaks off, its beginning and the status still count.
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() >= ANSWER_LIMIT_BYTES {
                body.truncate(ANSWER_LIMIT_BYTES);
                break;
            }
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status: response.status().as_u16(), retry_after: retry_after.map(Duration::from_secs), text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_to_a_private_address_is_refused_when_it_is_looked_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = ClientOptions {
            contact: String::new(),
            connect_timeout_secs: 10,
            allow_private_addresses: false,
            proxy: None,
            feed_proxies: Vec::new(),
        };
        let poster = Poster::new(&options).unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost"] {
            let post = Post {
                url: format!("http://{host}:{port}/hook"),
                headers: Vec::new(),
                body: b"{}".to_vec(),
                allow_private_addresses: false,
            };
            let refused = runtime.block_on(poster.post(post, Duration::from_secs(10)));
            assert!(matches!(&refused, Err(PostError::Refused(text)) if text.contains(REFUSED)), "{host}: {refused:?}");
            assert!(listener.accept().is_err(), "{host} was connected to");
        }
    }
}
