//! Posting to an address that the configuration names: webhooks and chat services. The same clients and the same address guard as for feeds, but no
//! redirect is followed: a service that has moved is for the operator to enter.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue, RETRY_AFTER};
use url::{Host, Url};

use super::address_guard;
use super::client::{ClientOptions, Clients};
use super::error::{ClientError, REFUSED, chain};

/// Bytes of an answer that are read: enough for what went wrong.
const ANSWER_LIMIT_BYTES: usize = 4 << 10;

/// What is posted.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    /// Where to; http or https.
    pub url: String,
    /// Headers; each must be one that HTTP allows.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the address may be private.
    pub allow_private_addresses: bool,
}

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long to wait before the next attempt (`Retry-After` in seconds), where the server says so.
    pub retry_after: Option<Duration>,
    /// The beginning of the body.
    pub text: String,
}

/// Why there is no answer. No message names the address: it may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PostError {
    /// The address cannot be asked, now or later.
    #[error("{0}")]
    Refused(String),
    /// No connection: nothing was posted.
    #[error("{0}")]
    Unsent(String),
    /// The connection broke, or the answer did not come in time: it may have been taken.
    #[error("{0}")]
    Unanswered(String),
}

/// Posts. The clients are made when they are first needed.
#[derive(Debug)]
pub(crate) struct Poster {
    guarded: Clients,
    open: Clients,
}

impl Poster {
    /// A poster that names itself as the poller does.
    ///
    /// # Errors
    /// Where a proxy's address makes no sense.
    pub(crate) fn new(options: &ClientOptions) -> Result<Poster, ClientError> {
        let with =
            |allow_private_addresses| Clients::new(&ClientOptions { allow_private_addresses, ..options.clone() });
        Ok(Poster { guarded: with(false)?, open: with(true)? })
    }

    /// Posts once, within `timeout`.
    ///
    /// # Errors
    /// Where no answer came.
    pub(crate) async fn post(&self, post: Post, timeout: Duration) -> Result<Answer, PostError> {
        let refused = |text: &str| PostError::Refused(text.to_owned());
        let url = Url::parse(&post.url).map_err(|error| PostError::Refused(format!("the address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused("the address is neither http nor https"));
        }
        let is_private = match url.host() {
            Some(Host::Ipv4(address)) => !address_guard::is_public(address.into()),
            Some(Host::Ipv6(address)) => !address_guard::is_public(address.into()),
            _ => false,
        };
        if is_private && !post.allow_private_addresses {
            return Err(refused(REFUSED));
        }
        let clients = if post.allow_private_addresses { &self.open } else { &self.guarded };
        let mut request =
            clients.client(&url, None).map_err(PostError::Refused)?.post(url).timeout(timeout).body(post.body);
        for (name, value) in &post.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("a header's name is none"))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| refused("a header's value cannot be sent"))?;
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
        // The status is what counts; a body that breaks off says less of it.
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
