//! Interprets what a server's headers ask of pollers: `Retry-After`, `Cache-Control`, `Expires`. Pure.

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// The longest `Retry-After` that is respected: a typing error must not silence a feed for years.
pub(super) const LONGEST_RETRY: SignedDuration = SignedDuration::from_hours(31 * 24);

/// What a server's headers ask of pollers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerHints {
    /// `Retry-After` of a refusal.
    pub retry_after: Option<SignedDuration>,
    /// How long the response stays fresh: `Cache-Control: max-age` less `Age`, otherwise `Expires` (RFC 9111, section
    /// 4.2.1).
    pub fresh_for: Option<SignedDuration>,
    /// What the server's clock shows: `Date` and the `Age` of an answer that a cache gave (RFC 9110, section 6.6.1; RFC
    /// 9111, section 5.1).
    pub date: Option<Timestamp>,
}

/// Returns what a server's clock shows.
pub(super) fn server_time(server_date: Option<&str>, age: Option<&str>) -> Option<Timestamp> {
    let age = age.map_or(Some(0), |age| age.trim().parse::<i64>().ok())?;
    date(server_date?)?.checked_add(SignedDuration::from_secs(age.max(0))).ok()
}

/// Parses an IMF-fixdate or one of its obsolete forms (RFC 9110, section 5.6.7), as far as RFC 5322 allows them.
fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()
}

/// Parses `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is compared with the server's own clock
/// if there is a `Date`.
pub(super) fn retry_after(value: &str, server_date: Option<&str>, now: Timestamp) -> Option<SignedDuration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that does not fit is a long time too.
        SignedDuration::from_secs(value.parse().unwrap_or(i64::MAX))
    } else {
        date(value)?.duration_since(server_date.and_then(date).unwrap_or(now))
    };
    Some(wait.clamp(SignedDuration::ZERO, LONGEST_RETRY))
}

/// Returns how long a response stays fresh; `None` if no header says so or the response must not be cached.
pub(super) fn fresh_for(
    cache_control: Option<&str>,
    age: Option<&str>,
    expires: Option<&str>,
    server_date: Option<&str>,
    now: Timestamp,
) -> Option<SignedDuration> {
    let directives = cache_control.unwrap_or("").split(',').map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        (name.trim(), value.trim().trim_matches('"'))
    });
    let mut max_age = None;
    for (name, value) in directives {
        if name.eq_ignore_ascii_case("no-cache") || name.eq_ignore_ascii_case("no-store") {
            return None;
        }
        if name.eq_ignore_ascii_case("max-age") {
            max_age = max_age.or(value.parse::<i64>().ok());
        }
    }
    let fresh = match max_age {
        Some(secs) => {
            let age = age.and_then(|age| age.trim().parse::<i64>().ok()).unwrap_or(0).max(0);
            SignedDuration::from_secs(secs.saturating_sub(age))
        }
        None => date(expires?)?.duration_since(server_date.and_then(date).unwrap_or(now)),
    };
    Some(fresh).filter(|fresh| fresh.is_positive())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    #[test]
    fn a_servers_time_is_its_date_and_the_age_of_the_answer() {
        let check = |server_date: Option<&str>, age: Option<&str>, expected: Option<&str>| {
            let found = server_time(server_date, age).map(|time| time.to_string());
            assert_eq!(found.as_deref(), expected, "{server_date:?} {age:?}");
        };
        check(Some(NOW), None, Some("1994-11-06T08:49:37Z"));
        check(Some(NOW), Some("3600"), Some("1994-11-06T09:49:37Z"));
        check(Some(NOW), Some("old"), None);
        check(Some(NOW), Some("9223372036854775807"), None);
        check(Some("today"), None, None);
        check(None, Some("5"), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let check = |value: &str, server_date: Option<&str>, expected: Option<i64>| {
            let found = retry_after(value, server_date, date(NOW).unwrap());
            assert_eq!(found.map(|wait| wait.as_secs()), expected, "{value}");
        };
        check("120", None, Some(120));
        check(" 316800 ", None, Some(316_800));
        check("Sun, 06 Nov 1994 09:49:37 GMT", None, Some(3_600));
        // The server's clock is an hour ahead.
        check("Sun, 06 Nov 1994 10:49:37 GMT", Some("Sun, 06 Nov 1994 09:49:37 GMT"), Some(3_600));
        check("Sun, 06 Nov 1994 07:00:00 GMT", None, Some(0));
        check("99999999999999999999999", None, Some(31 * 86_400));
        check("soon", None, None);
        check("", None, None);
        check("-5", None, None);
    }

    #[test]
    fn freshness_is_max_age_less_age_else_expires() {
        let check = |cache: Option<&str>, age: Option<&str>, expires: Option<&str>, expected: Option<i64>| {
            let found = fresh_for(cache, age, expires, Some(NOW), date(NOW).unwrap());
            assert_eq!(found.map(|fresh| fresh.as_secs()), expected, "{cache:?} {age:?} {expires:?}");
        };
        check(Some("public, max-age=600"), None, None, Some(600));
        check(Some("Max-Age=\"600\", must-revalidate"), Some("100"), None, Some(500));
        check(Some("max-age=600"), Some("700"), None, None);
        check(Some("max-age=600, no-cache"), None, None, None);
        check(Some("no-store"), None, Some("Sun, 06 Nov 1994 09:49:37 GMT"), None);
        check(None, None, Some("Sun, 06 Nov 1994 09:49:37 GMT"), Some(3_600));
        check(Some("max-age=60"), None, Some("Sun, 06 Nov 1994 09:49:37 GMT"), Some(60));
        check(None, None, Some("0"), None);
        check(None, None, Some("Sun, 06 Nov 1990 09:49:37 GMT"), None);
        check(None, None, None, None);
    }
}
