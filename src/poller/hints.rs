//! What a server's headers ask of pollers: Retry-After, Cache-Control, Expires. Pure.

use jiff::Timestamp;

/// How long a server asks to be left alone (RFC 9110, section 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// For that many seconds from now.
    Secs(u64),
    /// Until then. Only where the answer bears no Date to subtract; else the difference is taken, so that clocks need not agree.
    At(Timestamp),
}

impl RetryAfter {
    /// Seconds from `now` on; 0 for the past.
    pub fn secs_from(self, now: Timestamp) -> u64 {
        match self {
            RetryAfter::Secs(secs) => secs,
            RetryAfter::At(at) => u64::try_from(at.as_second().saturating_sub(now.as_second())).unwrap_or(0),
        }
    }
}

/// What the headers of an answer ask of pollers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerHints {
    /// How long the server asks to be left alone.
    pub retry_after: Option<RetryAfter>,
    /// For how many more seconds the answer stays fresh: Cache-Control `max-age` less Age, else Expires less Date
    /// (RFC 9111, section 4.2.1). None with `no-store` or `no-cache`, and where it is not positive.
    pub fresh_secs: Option<u64>,
}

/// Reads an HTTP date in any of its three forms (RFC 9110, section 5.6.7).
pub fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(zoned) = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_zoned(text) {
        return Some(zoned.timestamp());
    }
    let rfc850 = text.split_once(", ").map_or(text, |(_, rest)| rest);
    [("%d-%b-%y %H:%M:%S GMT", rfc850), ("%a %b %e %H:%M:%S %Y", text)].into_iter().find_map(|(form, text)| {
        let civil = jiff::civil::DateTime::strptime(form, text).ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// Reads the hints out of headers. `header` gives the value of a header by its lower-case name, several values joined by commas.
pub fn read(header: impl Fn(&str) -> Option<String>) -> ServerHints {
    let date = header("date").and_then(|text| http_date(&text));
    let retry_after = header("retry-after").and_then(|text| {
        let text = text.trim();
        if let Ok(secs) = text.parse::<u64>() {
            return Some(RetryAfter::Secs(secs));
        }
        let at = http_date(text)?;
        Some(date.map_or(RetryAfter::At(at), |date| RetryAfter::Secs(RetryAfter::At(at).secs_from(date))))
    });
    ServerHints { retry_after, fresh_secs: fresh_secs(&header, date).filter(|secs| *secs > 0) }
}

fn fresh_secs(header: &impl Fn(&str) -> Option<String>, date: Option<Timestamp>) -> Option<u64> {
    let mut max_age = None;
    for directive in header("cache-control").unwrap_or_default().split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return None;
        }
        if name.eq_ignore_ascii_case("max-age") && max_age.is_none() {
            max_age = value.trim().trim_matches('"').parse::<u64>().ok();
        }
    }
    if let Some(max_age) = max_age {
        let age = header("age").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        return Some(max_age.saturating_sub(age));
    }
    let expires = http_date(&header("expires")?)?;
    Some(RetryAfter::At(expires).secs_from(date?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)], retry_after: Option<RetryAfter>, fresh_secs: Option<u64>) {
        let hints = read(|name| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()));
        assert_eq!(hints, ServerHints { retry_after, fresh_secs }, "{headers:?}");
    }

    #[test]
    fn dates_read_in_all_three_forms() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(http_date(text).map(Timestamp::as_second), Some(784_111_777), "{text}");
        }
        for text in ["", "0", "-1", "yesterday", "Sun, 06 Nov"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn retry_after_reads_as_seconds_and_as_a_date() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        check(&[("retry-after", "120")], Some(RetryAfter::Secs(120)), None);
        check(&[("retry-after", " 172800 ")], Some(RetryAfter::Secs(172_800)), None);
        check(&[("retry-after", "Sun, 06 Nov 1994 09:49:37 GMT"), date], Some(RetryAfter::Secs(3600)), None);
        check(&[("retry-after", "Sun, 06 Nov 1994 07:49:37 GMT"), date], Some(RetryAfter::Secs(0)), None);
        let at = RetryAfter::At(Timestamp::from_second(784_111_777).unwrap());
        check(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], Some(at), None);
        check(&[("retry-after", "soon"), date], None, None);
        check(&[("retry-after", "-5"), date], None, None);
    }

    #[test]
    fn freshness_follows_rfc_9111() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let expires = ("expires", "Sun, 06 Nov 1994 09:49:37 GMT");
        check(&[("cache-control", "public, Max-Age=600")], None, Some(600));
        check(&[("cache-control", "max-age=600"), ("age", "200")], None, Some(400));
        check(&[("cache-control", "max-age=600"), ("age", "900")], None, None);
        check(&[("cache-control", "max-age=0"), expires, date], None, None);
        check(&[("cache-control", "no-cache, max-age=600")], None, None);
        check(&[expires, date], None, Some(3600));
        check(&[expires], None, None);
        check(&[("expires", "0"), date], None, None);
        check(&[("cache-control", "max-age=99999999999999999999999")], None, None);
    }

    proptest::proptest! {
        #[test]
        fn no_headers_are_too_odd(values in proptest::collection::vec(proptest::option::of(".{0,60}"), 5)) {
            let names = ["date", "retry-after", "cache-control", "age", "expires"];
            let hints = read(|name| {
                names.iter().position(|known| *known == name).and_then(|index| values[index].clone())
            });
            assert_ne!(hints.fresh_secs, Some(0));
        }
    }
}
