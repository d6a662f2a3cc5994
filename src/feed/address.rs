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

/// The ways in which an ampersand is escaped once too often; WordPress writes the second.
const ESCAPED_AMPERSANDS: [&str; 4] = ["&amp;", "&#038;", "&#38;", "&#x26;"];

/// Returns whether ampersands in an address are escaped once too often.
pub(super) fn has_escaped_ampersands(address: &str) -> bool {
    address.contains("&amp;") || address.contains("&#") && ESCAPED_AMPERSANDS.iter().any(|one| address.contains(one))
}

/// Returns an address whose ampersands are not escaped.
pub(super) fn with_bare_ampersands(address: &str) -> Cow<'_, str> {
    if !has_escaped_ampersands(address) {
        return address.into();
    }
    ESCAPED_AMPERSANDS.iter().fold(address.to_owned(), |address, one| address.replace(one, "&")).into()
}

/// Returns the http or https address that a text means: itself, or that of a "subscribe" scheme, as in `feed://host/f`
/// and `feed:https://host/f`. `None` if there is none.
pub(crate) fn web_address(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    // Two addresses are none.
    if text.split_whitespace().skip(1).any(|word| word.contains("://")) {
        return None;
    }
    if is_web(text) {
        // Some lists are escaped twice.
        let text = with_bare_ampersands(text);
        return Some(if is_oddly_written(&text) { Url::parse(&text).ok()?.to_string().into() } else { text });
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

/// Returns whether an address has another beginning than `https://`, or signs before its path that are escaped in an
/// address: its password could not be found in it.
fn is_oddly_written(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return true };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.is_empty() || authority.contains(|letter: char| letter.is_whitespace() || "\"`<>\\".contains(letter))
}

fn is_web(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Returns whether an address, absolute or relative to its host, is that of a whole site: its front page, also in one
/// of its languages, under the name of the file or with what counts clicks. It is no address of an item.
pub(super) fn is_front_page(address: &str) -> bool {
    let (address, fragment) = address.trim().split_once('#').unwrap_or((address.trim(), ""));
    let (address, query) = address.split_once('?').unwrap_or((address, ""));
    let path = match address.split_once("//") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => address,
    };
    let mut segments = path.split('/').filter(|segment| !segment.is_empty()).peekable();
    segments.next_if(|segment| is_language(segment));
    segments.next_if_eq(&"amp");
    segments.next_if(|segment| is_front_page_file(segment));
    segments.next().is_none()
        && is_no_place(fragment)
        && query.split('&').all(|parameter| parameter.is_empty() || counts_clicks(parameter))
}

/// Whether a fragment leads to no place within its page, or to the beginning of what any page has.
fn is_no_place(fragment: &str) -> bool {
    const BEGINNINGS: [&str; 10] = ["", "!", "/", "!/", "top", "main", "content", "main-content", "home", "header"];
    let fragment = fragment.split(':').next().unwrap_or_default();
    fragment.starts_with("utm_") || BEGINNINGS.iter().any(|known| known.eq_ignore_ascii_case(fragment))
}

/// Returns whether an address is that of a feed by its last part: `/feed/`, `/rss.xml`. No item is there.
pub(super) fn is_of_a_feed(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let (name, kind) = last.split_once('.').unwrap_or((&last, "xml"));
    matches!(name, "rss" | "rss2" | "atom" | "feed" | "rdf")
        && matches!(kind, "xml" | "json" | "php" | "aspx" | "rss" | "rdf")
}

/// Returns whether a text is what programs write in place of a link that they have not: the name of a variable, or
/// nothing in words.
pub(super) fn is_no_link(text: &str) -> bool {
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let is_within = |open: char, close: char| {
        let inside = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inside.is_some_and(|name| name.starts_with(char::is_alphabetic) && !name.contains(['/', ':']))
    };
    // A template left out the host as well as the scheme.
    let has_no_host = || {
        let rest = text.strip_prefix("://");
        rest.is_some_and(|rest| !rest.split(['/', '?', '#']).next().unwrap_or_default().contains('.'))
    };
    has_no_host()
        || matches!(last, "null" | "undefined" | "NaN" | "None" | "nil" | "(null)")
        || TEMPLATES.iter().any(|mark| text.contains(mark))
        || text.contains("[object ")
        || [('%', '%'), ('{', '}'), ('[', ']')].into_iter().any(|(open, close)| is_within(open, close))
        || text.strip_prefix('$').is_some_and(|name| name.starts_with(char::is_alphabetic) && !name.contains('/'))
}

/// What marks a variable in the languages of templates, as it is or escaped.
const TEMPLATES: [&str; 8] = ["{{", "}}", "{%", "${", "<%", "%7B%7B", "%7b%7b", "$%7B"];

/// `ru`, `en-us`, `rus`: how sites with several languages name their editions.
fn is_language(segment: &str) -> bool {
    let language = segment.split(['-', '_']).next().unwrap_or_default();
    let is_letters = segment.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    let is_three =
        || ["eng", "rus", "geo", "arm", "aze", "ukr"].iter().any(|known| known.eq_ignore_ascii_case(segment));
    is_letters && (language.len() == 2 && segment.len() <= 5 || is_three())
}

/// `index.php`, `default.aspx`, `home`.
fn is_front_page_file(segment: &str) -> bool {
    let (name, kind) = segment.split_once('.').unwrap_or((segment, "html"));
    let is = |known: &[&str], text: &str| known.iter().any(|known| known.eq_ignore_ascii_case(text));
    is(&["index", "default", "home", "main"], name)
        && is(&["html", "htm", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "do"], kind)
}

/// Whether a parameter says where readers come from or which language they read, and not which page they see.
fn counts_clicks(parameter: &str) -> bool {
    const NAMES: [&str; 15] = [
        "fbclid", "gclid", "yclid", "ysclid", "ref", "from", "source", "src", "medium", "campaign", "rss", "lang",
        "language", "locale", "hl",
    ];
    // In XML that is not yet read, and in what was escaped twice.
    let parameter = parameter.trim_start_matches("amp;").trim_start_matches("#38;");
    let name = parameter.split('=').next().unwrap_or_default();
    name.starts_with("utm") || NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Returns whether two addresses are of one page: but for the scheme, `www.`, the slash at the end, what counts clicks
/// and a fragment that leads nowhere they are the same.
pub(super) fn is_same_page(one: &str, other: &str) -> bool {
    let bare = |address: &str| -> String {
        let rest = address.trim().split_once("//").map_or(address.trim(), |(_, rest)| rest);
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.strip_prefix("www.").unwrap_or(path).trim_end_matches('/');
        let folder = path.rsplit_once('/').filter(|(_, file)| is_front_page_file(file)).map(|(folder, _)| folder);
        let mut bare = folder.unwrap_or(path).to_owned();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty() && !counts_clicks(parameter)) {
            bare.extend(["&", parameter]);
        }
        if !is_no_place(fragment) {
            bare.extend(["#", fragment]);
        }
        bare
    };
    bare(one) == bare(other)
}

/// Returns whether an address leads to the machine or the network of whoever wrote it: `localhost`, an address for
/// private use (RFC 1918), or a name without a domain.
pub(super) fn is_private(address: &str) -> bool {
    let Ok(url) = Url::parse(address.trim()) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => !name.trim_end_matches('.').contains('.') || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_unspecified() || ip.is_link_local(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_page_is_known_with_its_file_its_language_and_what_counts_clicks() {
        let check = |address: &str, expected: bool| assert_eq!(is_front_page(address), expected, "{address}");
        for front in [
            "https://e.example",
            "https://e.example/",
            "http://www.e.example/#",
            "https://e.example/?",
            "//e.example/",
            "https://e.example/?utm_source=rss&utm_medium=feed",
            "https://e.example?fbclid=x",
            "/",
            "/index.php",
            "https://e.example/index.html",
            "https://e.example/Default.aspx",
            "https://e.example/home",
            "https://e.example/ru",
            "https://e.example/ru/",
            "https://e.example/en-US/index.php?from=rss",
            "https://e.example/rus/",
            "https://e.example/?lang=ka",
            "https://e.example/#utm_source=x",
            "https://e.example:8080/index.shtml",
            "https://e.example/#top",
            "https://e.example/#!/",
            "https://e.example/#:~:text=war",
            "https://e.example/amp/",
        ] {
            check(front, true);
        }
        for page in [
            "https://e.example/1",
            "https://e.example/?p=17",
            "https://e.example/index.php?id=17",
            "/news/17",
            "https://e.example/ru/17",
            "https://e.example/#/news/17",
            "https://e.example/#17",
            "https://e.example/home/17",
            "https://e.example/index.php/news/17",
            "https://e.example/war",
            "https://e.example/index-17.html",
            "https://e.example/?utm_source=rss&id=17",
            "https://e.example/?17",
        ] {
            check(page, false);
        }
    }

    #[test]
    fn one_page_has_many_addresses() {
        let check = |one: &str, expected: bool| {
            for other in ["https://www.e.example/news/", "e.example/news", "http://e.example/news/?utm_source=x#"] {
                assert_eq!(is_same_page(one, other), expected, "{one} {other}");
            }
        };
        for same in [
            "http://e.example/news",
            "https://e.example/news/#",
            "https://e.example/news?utm_source=rss&utm_medium=feed",
            "https://e.example/news/?fbclid=1#utm_campaign=x",
            "https://e.example/news/?from=rss&amp;utm_source=x",
            "https://e.example/news/#top",
            "https://e.example/news/index.html?from=rss",
        ] {
            check(same, true);
        }
        for other in [
            "https://e.example/news/1",
            "https://e.example/news/?id=1&utm_source=rss",
            "https://e.example/news/#1",
            "https://e.example/News/",
            "https://m.e.example/news/",
        ] {
            check(other, false);
        }
    }

    #[test]
    fn an_address_of_a_private_network_is_known() {
        let check = |address: &str, expected: bool| assert_eq!(is_private(address), expected, "{address}");
        for private in [
            "http://localhost:3000/a",
            "http://127.0.0.1/a",
            "http://192.168.1.5/a",
            "http://10.0.0.1/",
            "http://[::1]/a",
            "http://0.0.0.0/a",
            "http://wordpress/a",
            "http://site.localhost/a",
            "http://172.16.0.9/a",
        ] {
            check(private, true);
        }
        for public in ["https://e.example/a", "http://8.8.8.8/a", "http://172.32.0.9/a", "mailto:a@b", "/a"] {
            check(public, false);
        }
    }

    #[test]
    fn a_scheme_that_means_subscribe_stands_for_http() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(web_address(text).as_deref(), expected, "{text}");
        // In these the password could not be found.
        for odd in ["http:/me:pass@e.example/f", "http:me:pass@e.example/f", "http:\\\\me:pass@e.example/f"] {
            check(odd, Some("http://me:pass@e.example/f"));
        }
        check("https://me:pa ss<`@e.example/f", Some("https://me:pa%20ss%3C%60@e.example/f"));
        check("https://me:pa'ss@e.example/f", Some("https://me:pa'ss@e.example/f"));
        check("https://a.example/f", Some("https://a.example/f"));
        for ampersand in ["&amp;", "&#038;", "&#38;", "&#x26;"] {
            check(&format!("https://a.example/f?a=1{ampersand}b=2"), Some("https://a.example/f?a=1&b=2"));
        }
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
