//! Redirects, followed one by one, and what may travel along them. Pure.

use reqwest::StatusCode;
use url::Url;

use super::outcome::Failure;
use super::status::StatusWord;

/// The chain of addresses that a fetch goes along.
#[derive(Debug)]
pub(super) struct Trail {
    start: Url,
    visited: Vec<Url>,
    /// The end of the permanent redirects that stand first in the chain.
    permanent: Option<Url>,
    /// Whether all redirects so far were permanent.
    all_permanent: bool,
}

impl Trail {
    /// A chain that has gone nowhere yet.
    pub(super) fn from(start: Url) -> Trail {
        Trail { start, visited: Vec::new(), permanent: None, all_permanent: true }
    }

    /// Whether no redirect was followed yet.
    pub(super) fn is_at_start(&self) -> bool {
        self.visited.is_empty()
    }

    /// Whether what was meant for the feed's own server may be sent to this address: to the same origin, and where the same host
    /// moves from http to https, which only makes it safer.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        let upgraded = self.start.scheme() == "http"
            && url.scheme() == "https"
            && self.start.host() == url.host()
            && self.start.port().is_none()
            && url.port().is_none();
        self.start.origin() == url.origin() || upgraded
    }

    /// Where permanent redirects (301, 308) led, up to the first temporary one.
    pub(super) fn permanent(&self) -> Option<String> {
        self.permanent.as_ref().map(Url::to_string)
    }

    /// The address that `url` redirects to with this status and Location.
    pub(super) fn next(
        &mut self,
        url: Url,
        status: StatusCode,
        location: Option<&str>,
        limit: usize,
    ) -> Result<Url, Box<Failure>> {
        let fail =
            |word, detail: String| Box::new(Failure { status: Some(status.as_u16()), ..Failure::new(word, detail) });
        let Some(location) = location.map(str::trim).filter(|location| !location.is_empty()) else {
            return Err(fail(StatusWord::BadRedirect, format!("{status} without a Location")));
        };
        let mut next = url
            .join(location)
            .map_err(|error| fail(StatusWord::BadRedirect, format!("{status} to `{location}`: {error}")))?;
        next.set_fragment(None);
        if self.trusts(&next) {
            carry_credentials(&self.start, &mut next);
        }
        self.visited.push(url);
        if self.visited.contains(&next) {
            return Err(fail(StatusWord::RedirectLoop, format!("{} leads back to itself", without_secrets(&next))));
        }
        if self.visited.len() > limit {
            return Err(fail(StatusWord::TooManyRedirects, format!("more than {limit} redirects")));
        }
        // A move that gives up encryption may be a trap on the way; it is followed, but not for good.
        let downgraded = self.visited.last().is_some_and(|from| from.scheme() == "https") && next.scheme() == "http";
        let permanent = matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
        self.all_permanent &= permanent && !downgraded;
        if self.all_permanent {
            self.permanent = Some(next.clone());
        }
        Ok(next)
    }
}

/// Takes a name and a password that stand in an address along to another one.
fn carry_credentials(from: &Url, to: &mut Url) {
    if to.username().is_empty() && to.password().is_none() {
        let (user, password) = (from.username().to_owned(), from.password());
        // Both fail only for addresses that cannot hold a name or a password, and `from` holds them.
        if to.set_username(&user).is_err() || to.set_password(password).is_err() {
            debug_assert!(user.is_empty() && password.is_none(), "an http address can hold credentials");
        }
    }
}

/// An address for people: without the name and password that it may hold.
pub(super) fn without_secrets(url: &Url) -> String {
    let mut bare = url.clone();
    // Both fail only for addresses that cannot hold a name or a password.
    match bare.set_password(None).and_then(|()| bare.set_username("")) {
        Ok(()) => bare.to_string(),
        Err(()) => url.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn secrets_travel_to_the_same_server_only() {
        let check = |from: &str, to: &str, expected: bool| {
            assert_eq!(Trail::from(url(from)).trusts(&url(to)), expected, "{from} {to}");
        };
        check("https://a.org/x", "https://a.org/y", true);
        check("http://a.org/x", "https://a.org/x", true);
        check("https://a.org/x", "http://a.org/x", false);
        check("http://a.org:8080/x", "https://a.org/x", false);
        check("https://a.org/x", "https://a.org:444/x", false);
        check("https://a.org/x", "https://b.a.org/x", false);
        check("https://a.org/x", "https://b.org/x", false);
    }

    #[test]
    fn a_move_away_from_encryption_is_not_for_good() {
        let permanent = |from: &str, to: &str| {
            let mut trail = Trail::from(url(from));
            trail.next(url(from), StatusCode::MOVED_PERMANENTLY, Some(to), 9).unwrap();
            trail.permanent()
        };
        assert_eq!(permanent("https://a.org/", "http://a.org/x"), None);
        assert_eq!(permanent("http://a.org/", "https://a.org/x").as_deref(), Some("https://a.org/x"));
    }

    #[test]
    fn credentials_come_back_with_the_feeds_own_server() {
        let start = url("http://me:pw@a.org/x");
        let mut trail = Trail::from(start.clone());
        let mut go = |from: &Url, to: &str| trail.next(from.clone(), StatusCode::FOUND, Some(to), 9).unwrap();
        let other = go(&start, "https://b.org/");
        assert_eq!(other.as_str(), "https://b.org/");
        assert_eq!(go(&other, "https://a.org/y").as_str(), "https://me:pw@a.org/y");
        assert_eq!(without_secrets(&start), "http://a.org/x");
    }
}
