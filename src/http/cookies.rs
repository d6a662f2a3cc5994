//! Cookies between the redirects of one fetch (RFC 6265): consent pages and checks against robots set one and ask for it
//! back. They are forgotten when the fetch ends.

use cookie_store::CookieStore;
use reqwest::header::{HeaderMap, SET_COOKIE};
use url::Url;

/// The most cookies that are taken from one response.
const COOKIES: usize = 32;

/// The cookies of one fetch.
#[derive(Debug, Default)]
pub(crate) struct Cookies(CookieStore);

impl Cookies {
    /// Takes the cookies that a response to a request for `url` sets; what is malformed or for another domain is left.
    pub(crate) fn take(&mut self, headers: &HeaderMap, url: &Url) {
        let lines = headers.get_all(SET_COOKIE).iter().take(COOKIES).filter_map(|line| line.to_str().ok());
        for line in lines {
            drop(self.0.parse(line, url));
        }
    }

    /// Returns the value of `Cookie` for a request, if there is one to send.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let mut pairs: Vec<String> =
            self.0.get_request_values(url).map(|(name, value)| format!("{name}={value}")).collect();
        pairs.sort();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
