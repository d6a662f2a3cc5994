//! Autodiscovery: the feeds that a web page links to in its head.

use url::Url;

use crate::text::html;

/// A feed that a web page links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    /// Absolute address.
    pub url: String,
    /// The title that the page gives it; empty if there is none.
    pub title: String,
    /// The media type, e.g. `application/rss+xml`.
    pub media_type: String,
}

/// The limits of the part of a page that is searched, and of the feeds found.
const PAGE_BYTES: usize = 1 << 20;
const LINKS: usize = 32;

const MEDIA_TYPES: [&str; 6] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "text/rss+xml",
    "application/rss",
];

/// Returns the feeds that a web page links to by `<link rel="alternate" type="application/rss+xml" href="…">`, in the
/// order of the page, as absolute addresses (<https://www.rssboard.org/rss-autodiscovery>). `base` is the page's own
/// address; a `<base href>` has priority.
pub(crate) fn alternates(html: &[u8], base: &str) -> Vec<FeedLink> {
    let bytes = html.get(..html.len().min(PAGE_BYTES)).unwrap_or_default();
    let decoded = super::charset::decode(bytes, None, None);
    let mut base = Url::parse(base).ok();
    let mut links: Vec<FeedLink> = Vec::new();
    for (name, attributes) in tags(&decoded.text) {
        let attribute = |wanted: &str| {
            attributes
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.trim())
                .filter(|value| !value.is_empty())
        };
        if name == "base"
            && let Some(href) = attribute("href")
            && let Some(joined) = base.as_ref().map_or_else(|| Url::parse(href).ok(), |base| base.join(href).ok())
        {
            base = Some(joined);
        }
        if name != "link" || links.len() == LINKS {
            continue;
        }
        let (Some(rel), Some(media_type), Some(href)) = (attribute("rel"), attribute("type"), attribute("href")) else {
            continue;
        };
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        let is_feed = MEDIA_TYPES.contains(&media_type.as_str())
            && rel
                .split_whitespace()
                .any(|word| word.eq_ignore_ascii_case("alternate") || word.eq_ignore_ascii_case("feed"));
        let url = base.as_ref().map_or_else(|| Url::parse(href).ok(), |base| base.join(href).ok());
        if let (true, Some(url)) = (is_feed, url)
            && matches!(url.scheme(), "http" | "https")
            && !links.iter().any(|link| link.url == url.as_str())
        {
            links.push(FeedLink {
                url: url.into(),
                title: attribute("title").map(html::plain).unwrap_or_default(),
                media_type,
            });
        }
    }
    links
}

/// Returns the `link` and `base` tags of a page with their attributes: names in lower case, references in values
/// resolved.
fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix("!--") {
            rest = after.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest.get(..name_end).unwrap_or_default().to_lowercase();
        if name == "link" || name == "base" {
            let (attributes, after) = read_attributes(rest.get(name_end..).unwrap_or_default());
            found.push((name, attributes));
            rest = after;
        }
    }
    found
}

/// Reads attributes up to the end of the tag, and returns what follows.
fn read_attributes(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let name_end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '<')).unwrap_or(rest.len());
        let name = rest.get(..name_end).unwrap_or_default().to_lowercase();
        rest = rest.get(name_end..).unwrap_or_default().trim_start();
        if name.is_empty() && !rest.starts_with('=') {
            return (attributes, rest.strip_prefix('>').unwrap_or(rest));
        }
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let inner = after.get(1..).unwrap_or_default();
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                _ => after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len())),
            };
        }
        attributes.push((name, html::resolve_references(value).into_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_feeds() {
        let check = |html: &str, expected: &[&str]| {
            let urls: Vec<String> =
                alternates(html.as_bytes(), "https://example.org/a/b").into_iter().map(|link| link.url).collect();
            assert_eq!(urls, expected, "{html}");
        };
        check("", &[]);
        check(
            r#"<link rel="alternate" type="application/rss+xml" title="All &amp; more" href="/feed/">"#,
            &["https://example.org/feed/"],
        );
        check("<LINK REL='Alternate' TYPE=application/atom+xml HREF=c.xml />", &["https://example.org/a/c.xml"]);
        check(
            r#"<base href="https://cdn.example/x/"><link href="f?a=1&amp;b=2" type="application/rss+xml" rel="alternate">"#,
            &["https://cdn.example/x/f?a=1&b=2"],
        );
        check(
            r#"<!-- <link rel=alternate type=application/rss+xml href=/no> --><link rel=alternate type=text/html href=/en>"#,
            &[],
        );
        check(r#"<link rel=alternate type=application/rss+xml href="javascript:alert(1)">"#, &[]);
        check(
            r#"<link rel=alternate type=application/rss+xml href=/a><link rel=alternate type=application/rss+xml href=/a>"#,
            &["https://example.org/a"],
        );
        check("<link rel=alternate type=application/rss+xml href=\"/unclosed", &["https://example.org/unclosed"]);
    }
}
