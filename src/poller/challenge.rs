//! Recognises bot checks and block pages, by headers first and by what their pages load second. Pure.

/// How much of a body is looked at: such pages say what they are in their head.
pub(super) const PREFIX_BYTES: usize = 16 * 1024;

/// Whether a body is an HTML page rather than a feed, by its first markup.
pub fn looks_like_html(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1_024)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_lowercase();
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    // An XML prolog and comments may stand before either; XHTML has the one, hand-made pages the other.
    loop {
        let closed = if rest.starts_with("<?") {
            rest.split_once("?>")
        } else if rest.starts_with("<!--") {
            rest.split_once("-->")
        } else {
            break;
        };
        match closed {
            Some((_, behind)) => rest = behind.trim_start(),
            None => return false,
        }
    }
    ["<!doctype html", "<html", "<head", "<body", "<script", "<title", "<meta"].iter().any(|tag| rest.starts_with(tag))
}

/// Names the guard that stood in the way, where headers say that one did. `header` gives a value by its lower-case name.
pub(super) fn by_headers(status: u16, header: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let refused = matches!(status, 401 | 403 | 405 | 406 | 429 | 503);
    let is = |name: &str, word: &str| header(name).is_some_and(|value| value.to_lowercase().contains(word));
    if header("cf-mitigated").is_some() {
        return Some("Cloudflare");
    }
    if header("x-amzn-waf-action").is_some() {
        return Some("AWS WAF");
    }
    if header("x-sucuri-block").is_some() {
        return Some("Sucuri");
    }
    if header("x-datadome").is_some() && refused {
        return Some("DataDome");
    }
    if refused && is("server", "ddos-guard") {
        return Some("DDoS-Guard");
    }
    if refused && is("server", "qrator") {
        return Some("Qrator");
    }
    None
}

/// Names the guard whose page this is. Only for bodies that look like HTML: a feed may well write about such pages.
pub(super) fn by_body(bytes: &[u8]) -> Option<&'static str> {
    // What the pages load or set, rather than what they say: that does not change with the reader's language.
    const MARKS: [(&str, &str); 13] = [
        ("/cdn-cgi/challenge-platform/", "Cloudflare"),
        ("_cf_chl_opt", "Cloudflare"),
        ("cf-error-details", "Cloudflare"),
        ("/.well-known/ddos-guard/", "DDoS-Guard"),
        ("check.ddos-guard.net", "DDoS-Guard"),
        ("_incapsula_resource", "Imperva"),
        ("captcha-delivery.com", "DataDome"),
        ("awswafcookiedomainlist", "AWS WAF"),
        ("token.awswaf.com", "AWS WAF"),
        ("sucuri.net/privacy-policy", "Sucuri"),
        ("/__qrator/", "Qrator"),
        ("/.within.website/x/cmd/anubis", "Anubis"),
        ("errors.edgesuite.net", "Akamai"),
    ];
    if !looks_like_html(bytes) {
        return None;
    }
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(PREFIX_BYTES)).unwrap_or_default()).to_lowercase();
    MARKS.iter().find(|(mark, _)| head.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_told_from_feeds() {
        for page in [
            "<!DOCTYPE html><html>",
            "\u{feff} \n<html lang='ka'>",
            "<!-- x --><HTML>",
            "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'>",
            "<script>location='/'</script>",
        ] {
            assert!(looks_like_html(page.as_bytes()), "{page}");
        }
        for feed in ["<?xml version='1.0'?><rss/>", "<rss>", "<feed>", "{}", "", "<!-- html -->", "<?xml", "\0\u{1}"] {
            assert!(!looks_like_html(feed.as_bytes()), "{feed}");
        }
    }

    #[test]
    fn guards_are_named() {
        let check = |status, headers: &[(&str, &str)], expected| {
            let found =
                by_headers(status, |name| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()));
            assert_eq!(found, expected, "{status} {headers:?}");
        };
        check(403, &[("cf-mitigated", "challenge")], Some("Cloudflare"));
        check(200, &[("cf-mitigated", "challenge")], Some("Cloudflare"));
        check(403, &[("server", "cloudflare")], None);
        check(403, &[("server", "DDoS-Guard")], Some("DDoS-Guard"));
        check(200, &[("server", "ddos-guard")], None);
        check(404, &[("server", "ddos-guard")], None);
        check(405, &[("x-amzn-waf-action", "captcha")], Some("AWS WAF"));
        let page = "<html><script src='/cdn-cgi/challenge-platform/h/b/orchestrate'>";
        assert_eq!(by_body(page.as_bytes()), Some("Cloudflare"));
        assert_eq!(by_body(format!("<rss><title>{page}").as_bytes()), None, "a feed may write of such pages");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes: Vec<u8>, prefix in "(<\\?xml|<!--|<html|<!doctype html|\u{feff}| )*") {
            let mut page = prefix.into_bytes();
            page.extend(bytes);
            assert!(by_body(&page).is_none() || looks_like_html(&page));
        }
    }
}
