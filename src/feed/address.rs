//! Addresses of feeds, as people and programs write them.

use std::borrow::Cow;

use url::Url;

/// Schemes that mean "subscribe to this", and the scheme of an address that follows one without its own. None of them
/// became a standard; old readers wrote them, and feed lists carry them on.
const SUBSCRIBE: [(&str, &str); 8] = [
    ("feed", "http"),
    ("feeds", "https"),
    ("rss", "http"),
    ("rsss", "https"),
    ("itpc", "http"),
    ("itpcs", "https"),
    ("pcast", "http"),
    ("podcast", "http"),
];

/// Returns the http or https address that a text means: itself, or that of a "subscribe" scheme, as in `feed://host/f`
/// and `feed:https://host/f`. `None` if there is none.
pub(crate) fn web_address(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if is_web(text) {
        // Some lists are escaped twice.
        return Some(if text.contains("&amp;") { text.replace("&amp;", "&").into() } else { text.into() });
    }
    if text.starts_with("//") {
        return Some(format!("https:{text}")).filter(|url| is_web(url)).map(Cow::Owned);
    }
    let (scheme, rest) = text.split_once(':')?;
    let (_, meant) = SUBSCRIBE.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known))?;
    let rest = rest.trim_start_matches('/');
    // Some programs lose the colon of the inner address.
    for (lost, whole) in [("https//", "https://"), ("http//", "http://")] {
        if let Some(rest) = rest.strip_prefix(lost) {
            return Some(format!("{whole}{rest}")).filter(|url| is_web(url)).map(Cow::Owned);
        }
    }
    let inner = web_address(rest).map(Cow::into_owned);
    let outer = Some(format!("{meant}://{rest}")).filter(|url| is_web(url) && !rest.contains("://"));
    inner.or(outer).map(Cow::Owned)
}

fn is_web(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_that_means_subscribe_stands_for_http() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(web_address(text).as_deref(), expected, "{text}");
        check("https://a.example/f", Some("https://a.example/f"));
        check("https://a.example/f?a=1&amp;b=2", Some("https://a.example/f?a=1&b=2"));
        check(" HTTP://a.example/f\n", Some("HTTP://a.example/f"));
        check("feed://a.example/f?x=1", Some("http://a.example/f?x=1"));
        check("FEED://a.example:8080/f", Some("http://a.example:8080/f"));
        check("feed:https://a.example/f", Some("https://a.example/f"));
        check("feed:http://a.example/f", Some("http://a.example/f"));
        check("feed://https://a.example/f", Some("https://a.example/f"));
        check("feed://https//a.example/f", Some("https://a.example/f"));
        check("feed:a.example/f", Some("http://a.example/f"));
        check("feed:feed://a.example/f", Some("http://a.example/f"));
        check("feeds://a.example/f", Some("https://a.example/f"));
        check("rss://a.example/f", Some("http://a.example/f"));
        check("itpc://a.example/f", Some("http://a.example/f"));
        check("pcast:https://a.example/f", Some("https://a.example/f"));
        check("//a.example/f", Some("https://a.example/f"));
        for none in [
            "",
            "feed:",
            "feed://",
            "feed:ftp://a.example/f",
            "ftp://a.example/f",
            "a.example/f",
            "mailto:a@b.example",
            "nonsense",
            "http://",
        ] {
            check(none, None);
        }
    }
}
