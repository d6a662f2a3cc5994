//! Autodiscovery: the feeds that a web page links to in its head.

use std::borrow::Cow;

use url::Url;

use crate::text::{html, truncate_to_bytes};

/// A feed that a web page links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    /// Absolute address.
    pub url: String,
    /// The title that the page gives it; empty if there is none.
    pub title: String,
    /// The media type, e.g. `application/rss+xml`.
    pub media_type: String,
    /// Whether the link is in the text of the page and not in its head.
    pub is_in_text: bool,
}

/// The limits of the part of a page that is searched, and of the feeds found.
const PAGE_BYTES: usize = 1 << 20;
const LINKS: usize = 32;

/// Media types of feeds.
const MEDIA_TYPES: [&str; 8] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/x-rss+xml",
    "application/x-atom+xml",
    "text/rss+xml",
    "application/rss",
];

/// Media types of feeds and of much else.
const VAGUE_TYPES: [&str; 4] = ["text/xml", "application/xml", "application/json", ""];

/// How a link says that its feed has the comments of readers, in its title or its address.
const COMMENTS: [&str; 13] = [
    "comment",
    "replies",
    "комментар",
    "коментар",
    "отзыв",
    "kommentar",
    "comentario",
    "comentário",
    "commenti",
    "reacties",
    "yorum",
    "şərh",
    "մեկնաբան",
];

/// What an address has before the name of a part of its site.
const PARTS: [&str; 5] = ["tag", "tags", "category", "author", "search"];

/// A link to a feed is called by no more words than these.
const RSS_WORDS: usize = 4;

/// How a link says that its feed is a podcast.
const PODCASTS: [&str; 6] = ["podcast", "podkast", "подкаст", "პოდკასტ", "փոդքասթ", "پادکست"];

/// How well a link suits a reader of the site, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Whether it is in the text of the page and not in its head.
    is_anchor: bool,
    /// Whether its feed has comments.
    has_comments: bool,
    /// Whether its feed has recordings.
    has_recordings: bool,
    /// Whether its feed is of a part of the site on which the page is not: a search, a subject, an author.
    is_of_part: bool,
    /// Whether it is in another language than the page.
    is_foreign: bool,
    /// Whether only its address or its text says that it is a feed.
    is_vague: bool,
    /// Whether only its text does: it may lead to a page about feeds.
    is_by_text: bool,
}

/// Returns the feeds that a web page links to as absolute addresses: first those of its head, by `<link rel="alternate"
/// type="application/rss+xml" href="…">` (<https://www.rssboard.org/rss-autodiscovery>), then those of its text that
/// look like feeds. They are in the order of the page, except that feeds of comments, podcasts and feeds in another
/// language than the page come last, as do those of another part of the site. `page_url` is the page's own address; the first
/// `<base href>` has priority.
pub(crate) fn alternates(html: &[u8], page_url: &str) -> Vec<FeedLink> {
    let bytes = html.get(..html.len().min(PAGE_BYTES)).unwrap_or_default();
    let decoded = super::charset::decode(bytes, None, None);
    let tags = tags(&decoded.text);
    let page = Url::parse(page_url).ok();
    let join = |base: Option<&Url>, href: &str| base.map_or_else(|| Url::parse(href).ok(), |base| base.join(href).ok());
    let own_base = tags.iter().filter(|tag| tag.name == "base").find_map(|tag| tag.attribute("href"));
    let base = own_base.and_then(|href| join(page.as_ref(), href)).or(page);
    let language = tags.iter().find(|tag| tag.name == "html").and_then(|tag| tag.attribute("lang")).map(primary);
    let page_part = part(page_url);
    let mut found: Vec<(Rank, FeedLink)> = Vec::new();
    for tag in &tags {
        let Some(href) = tag.attribute("href").filter(|_| tag.name == "link" || tag.name == "a") else { continue };
        let written = join(base.as_ref(), href).map(String::from);
        let meant = super::address::web_address(href).map(Cow::into_owned).filter(|_| !href.starts_with("//"));
        let meant = meant.or_else(|| written.filter(|url| super::address::web_address(url).is_some()));
        let Some(url) = meant else { continue };
        let (title, is_anchor) = (tag.attribute("title").map(html::plain).unwrap_or_default(), tag.name == "a");
        let media_type = tag.attribute("type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        let is_typed = MEDIA_TYPES.contains(&media_type.as_str());
        let is_vague = !is_typed && VAGUE_TYPES.contains(&media_type.as_str());
        let has_rel = |wanted: &str| {
            let mut words = tag.attribute("rel").unwrap_or_default().split_whitespace();
            words.any(|word| word.eq_ignore_ascii_case(wanted))
        };
        let is_feed = match is_anchor {
            true => is_typed || is_xml(&url) || looks_like_feed(&url) || says_rss(&tag.text) || says_rss(&title),
            false if has_rel("feed") => is_typed || is_vague,
            false => {
                let is_like_one =
                    media_type.ends_with("/xml") && !is_sitemap(&url) || looks_like_feed(&url) || says_feed(&title);
                has_rel("alternate") && (is_typed || (is_vague && is_like_one))
            }
        };
        if !is_feed || found.iter().any(|(_, link)| link.url == url) {
            continue;
        }
        let rank = Rank {
            is_anchor,
            has_comments: is_of_comments(&title, &url),
            has_recordings: is_of_recordings(&title, &url) || is_of_recordings(&tag.text, ""),
            is_of_part: page_part != part(&url) && part(&url).is_some(),
            is_foreign: matches!((tag.attribute("hreflang").map(primary), &language), (Some(own), Some(page)) if own != *page),
            is_vague,
            is_by_text: is_anchor && !is_typed && !looks_like_feed(&url),
        };
        found.push((rank, FeedLink { url, title, media_type, is_in_text: is_anchor }));
        if found.len() == LINKS {
            break;
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, link)| link).collect()
}

/// Returns the feeds that the `Link` header of an answer names (RFC 8288), as absolute addresses:
/// `</feed>; rel="alternate"; type="application/rss+xml"`.
pub(crate) fn named_by_header(links: &str, base: &str) -> Vec<FeedLink> {
    let base = Url::parse(base).ok();
    let mut found = Vec::new();
    let mut rest = links;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((href, after)) = after.split_once('>') else { break };
        let end = end_of_parameters(after);
        let parameters = after.get(..end).unwrap_or_default();
        rest = after.get(end..).unwrap_or_default();
        let parameter = |wanted: &str| {
            let pairs = parameters.split(';').filter_map(|pair| pair.split_once('='));
            let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            named.next().map_or("", |(_, value)| value.trim().trim_matches('"').trim())
        };
        let media_type = parameter("type").to_lowercase();
        let is_alternate = parameter("rel").split_whitespace().any(|word| word.eq_ignore_ascii_case("alternate"));
        let url = base.as_ref().and_then(|base| base.join(href.trim()).ok());
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        if let Some(url) = url.filter(|_| is_alternate && MEDIA_TYPES.contains(&media_type.as_str()))
            && found.len() < LINKS
        {
            found.push(FeedLink {
                url: url.into(),
                title: html::plain(parameter("title")),
                media_type,
                is_in_text: false,
            });
        }
    }
    found.sort_by_key(|link| is_of_comments(&link.title, &link.url));
    found
}

/// Returns where the parameters of a link end: at the next comma outside of quotation marks.
fn end_of_parameters(text: &str) -> usize {
    let mut is_quoted = false;
    let end = text.char_indices().find(|(_, letter)| {
        is_quoted ^= *letter == '"';
        *letter == ',' && !is_quoted
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// Returns the language of a tag such as `en-GB`, without its region.
fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

fn is_of_comments(title: &str, url: &str) -> bool {
    let (title, url) = (title.to_lowercase(), url.to_lowercase());
    COMMENTS.iter().any(|word| title.contains(word))
        || url.contains("/comments")
        || url.contains("comments-")
        || url.contains("comments.")
        || url.contains("=comments")
}

fn is_of_recordings(title: &str, url: &str) -> bool {
    let (title, url) = (title.to_lowercase(), url.to_lowercase());
    PODCASTS.iter().any(|word| title.contains(word) || url.contains(word))
}

/// Returns whether an address is like that of a feed: `/feed`, `/rss.xml`, `?feed=atom`.
fn looks_like_feed(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let path = url.path().trim_end_matches('/').to_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let (name, extension) = last.split_once('.').unwrap_or((last, ""));
    let is_name = |word: &str| matches!(word, "feed" | "feeds" | "rss" | "rss2" | "atom");
    let is_named = is_name(name) && matches!(extension, "" | "xml" | "json" | "rdf" | "php" | "aspx");
    is_named
        || matches!(last.rsplit_once('.').map(|(_, end)| end), Some("rss" | "atom" | "rdf"))
        || url.query_pairs().any(|(key, value)| key == "feed" && (is_name(&value) || value.starts_with("comments")))
}

/// Returns whether an address is that of an XML document, such as `/export/all.xml`.
fn is_xml(url: &str) -> bool {
    let path = Url::parse(url).map(|url| url.path().to_lowercase()).unwrap_or_default();
    path.ends_with(".xml") && !is_sitemap(url)
}

fn is_sitemap(url: &str) -> bool {
    url.to_lowercase().contains("sitemap")
}

/// Returns the part of a site that an address says it is of: `/tag/roads` of `/tag/roads/feed`, `/search`.
fn part(url: &str) -> Option<String> {
    let path = Url::parse(url).ok()?.path().to_lowercase();
    let segments: Vec<&str> = path.split('/').collect();
    let at = segments.iter().position(|segment| PARTS.contains(segment))?;
    segments.get(at..(at + 2).min(segments.len())).map(|part| part.join("/"))
}

/// Returns whether the text of a link says that it leads to a feed, in few words: `News RSS`, `RSS-лента`, `Atom feed`. A
/// question leads to an explanation.
fn says_rss(text: &str) -> bool {
    let words = || text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let has_rss = words().any(|word| word.eq_ignore_ascii_case("rss"));
    is_feed_alone(text) || has_rss && words().count() <= RSS_WORDS && !text.contains(['?', '？', '՞', '؟'])
}

/// Returns whether a text has no other words than those for a feed: `RSS`, `RSS 2.0`, `Atom feed`.
fn is_feed_alone(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let is_of_feed = |word: &str| {
        ["rss", "rss2", "atom", "feed", "feeds", "xml"].iter().any(|known| word.eq_ignore_ascii_case(known))
            || word.parse::<u8>().is_ok()
    };
    words.peek().is_some() && says_feed(text) && words.all(is_of_feed)
}

/// Returns whether the title of a link says that it leads to a feed.
fn says_feed(title: &str) -> bool {
    let words = title.split(|letter: char| !letter.is_alphanumeric());
    words.into_iter().any(|word| ["rss", "atom", "feed"].iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// A tag that matters here.
struct PageTag {
    /// `html`, `base`, `link` or `a`.
    name: String,
    /// Names in lower case, references in values resolved.
    attributes: Vec<(String, String)>,
    /// The beginning of the text of a link, plain.
    text: String,
}

impl PageTag {
    fn attribute(&self, wanted: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    }
}

/// Returns the tags of a page that matter here, without those inside comments, scripts and the like.
fn tags(html: &str) -> Vec<PageTag> {
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
        match name.as_str() {
            "link" | "base" | "html" | "a" => {
                let (attributes, after) = read_attributes(rest.get(name_end..).unwrap_or_default());
                rest = after;
                let text = if name == "a" { text_of_link(rest) } else { String::new() };
                found.push(PageTag { name, attributes, text });
            }
            // Their text is no markup.
            "script" | "style" | "textarea" | "template" => rest = after_end_tag(rest, &name),
            _ => {}
        }
    }
    found
}

/// No text of a link that is longer says only that it leads to a feed.
const LINK_TEXT_BYTES: usize = 400;

/// Returns the beginning of the text of a link, with the words that stand for its pictures.
fn text_of_link(rest: &str) -> String {
    let text = truncate_to_bytes(rest, LINK_TEXT_BYTES);
    let end = memchr::memmem::find(text.as_bytes(), b"</a").or_else(|| memchr::memmem::find(text.as_bytes(), b"</A"));
    let inside = end.and_then(|end| text.get(..end)).unwrap_or_default();
    let pictures = inside.split("alt=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        rest.get(1..)?.split(quote).next()
    });
    let mut text = html::line(inside, html::TextKind::Html);
    pictures.for_each(|words| {
        text.push(' ');
        text.push_str(words);
    });
    text
}

/// Returns what follows the end tag of an element; everything if it has none.
fn after_end_tag<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut searched = rest;
    while let Some(at) = memchr::memmem::find(searched.as_bytes(), b"</") {
        searched = searched.get(at + 2..).unwrap_or_default();
        if searched.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return searched;
        }
    }
    rest
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
    #[test]
    fn feeds_are_named_in_the_header_as_well() {
        let check = |links: &str, expected: &[&str]| {
            let found: Vec<String> =
                super::named_by_header(links, "https://site.example/news/").into_iter().map(|link| link.url).collect();
            assert_eq!(found, expected, "{links}");
        };
        let feed = "https://site.example/feed";
        check("</feed>; rel=\"alternate\"; type=\"application/rss+xml\"", &[feed]);
        check("</feed>; type=application/atom+xml; REL=alternate; title=\"News, of the day\"", &[feed]);
        check("</api>; rel=\"https://api.w.org/\", </feed>;rel=alternate;type=application/feed+json", &[feed]);
        check(
            "</comments/feed>; rel=alternate; type=application/rss+xml, </feed>; rel=alternate; type=application/rss+xml",
            &[feed, "https://site.example/comments/feed"],
        );
        check("</de>; rel=alternate; hreflang=de, <x.css>; rel=preload", &[]);
        check("<javascript:x>; rel=alternate; type=application/rss+xml", &[]);
        check("<", &[]);
    }

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
        // Links that say it in words alone.
        check("<p><a href=/export/news>RSS</a>", &["https://example.org/export/news"]);
        check(
            "<a href=/1><b>RSS</b> 2.0</a><a href=/2>Atom feed</A>",
            &["https://example.org/1", "https://example.org/2"],
        );
        check("<a href=/1><img src=i.png alt='RSS'></a>", &["https://example.org/1"]);
        check("<a href=/1 title=RSS>&#9776;</a>", &["https://example.org/1"]);
        check("<a href=/1>RSS</a><a href=/rss.xml>News</a>", &["https://example.org/rss.xml", "https://example.org/1"]);
        check(
            "<a href=/1>RSS-лента</a><a href=/2>Подписаться на RSS</a><a href=/3>News RSS</a>",
            &["https://example.org/1", "https://example.org/2", "https://example.org/3"],
        );
        check("<a href=/1>Our readers ask why RSS is back</a><a href=/2>Atom plant at Metsamor</a>", &[]);
        check("<a href=/all.xml>Все новости</a><a href=/sitemap.xml>Map</a>", &["https://example.org/all.xml"]);
        check("<a href=/1>What is RSS?</a><a href=/2>2.0</a><a href=/3>Atomic energy</a><a href=/4></a>RSS", &[]);
        check(
            r#"<link rel=alternate type=application/rss+xml href=/a><link rel=alternate type=application/rss+xml href=/a>"#,
            &["https://example.org/a"],
        );
        check("<link rel=alternate type=application/rss+xml href=\"/unclosed", &["https://example.org/unclosed"]);
    }

    #[test]
    fn the_feed_that_a_reader_of_the_site_wants_comes_first() {
        let link = |attributes: &str| format!("<link rel=alternate type=application/rss+xml {attributes}>");
        let check = |html: &str, expected: &[&str]| {
            let found = alternates(html.as_bytes(), "https://example.org/a/b");
            let urls: Vec<&str> =
                found.iter().map(|link| link.url.trim_start_matches("https://example.org/")).collect();
            assert_eq!(urls, expected, "{html}");
        };
        let (posts, titled) = (link("href=/feed/"), link("title='Site &raquo; Comments Feed' href=/c/"));
        check(&format!("{titled}{posts}"), &["feed/", "c/"]);
        check(&format!("{}{posts}", link("href=/comments/feed/")), &["feed/", "comments/feed/"]);
        check(&format!("{}{posts}", link("href='/?feed=comments-rss2'")), &["feed/", "?feed=comments-rss2"]);
        check(&format!("{}{posts}", link("title='Комментарии к записи' href=/k")), &["feed/", "k"]);
        check(&titled, &["c/"]);
        // The language of the page.
        let (en, ru) = (link("hreflang=en href=/en.xml"), link("hreflang=ru-RU href=/ru.xml"));
        check(&format!("<html lang=ru>{en}{ru}"), &["ru.xml", "en.xml"]);
        check(&format!("<html lang=en-GB>{en}{ru}"), &["en.xml", "ru.xml"]);
        check(&format!("{ru}{en}"), &["ru.xml", "en.xml"]);
        // Kinds of links.
        check("<link rel=alternate type=application/feed+json href=/f.json>", &["f.json"]);
        check("<link rel=alternate type=application/json href=/wp-json/wp/v2/pages/2>", &[]);
        check("<link rel=alternate type=application/json+oembed href=/feed>", &[]);
        check(
            "<link rel=alternate type=text/xml href=/rss.xml><link rel=alternate type=text/xml href=/sitemap.xml>",
            &["rss.xml"],
        );
        check("<link rel=feed href=/any>", &["any"]);
        check("<link rel=alternate type=application/xml href=/news.xml>", &["news.xml"]);
        check("<link rel=alternate title='News (RSS)' href=/news>", &["news"]);
        check("<link rel=alternate title='Atomic news' href=/news>", &[]);
        check("<link rel=stylesheet href=/feed><link rel=alternate hreflang=de href=/de/>", &[]);
        // Links of the text come after those of the head.
        check("<a href='/news/rss.xml'>RSS</a><a href=/about>About</a>", &["news/rss.xml"]);
        check(&format!("<a href='/news/rss.xml'>RSS</a>{posts}"), &["feed/", "news/rss.xml"]);
        // Podcasts.
        check(&format!("{}{posts}", link("title='Our podcast' href=/p.xml")), &["feed/", "p.xml"]);
        check(&format!("{}{posts}", link("href=/podcasts/feed.xml")), &["feed/", "podcasts/feed.xml"]);
        check("<a href=/p.rss>Подкаст</a><a href=/n.rss>Новости</a>", &["n.rss", "p.rss"]);
        check(&format!("{}{titled}", link("title=Подкасты href=/p.xml")), &["p.xml", "c/"]);
        // Neither scripts nor later bases count.
        // The feed of the whole site comes before that of a search or of another subject.
        check(&format!("{}{posts}", link("href='/tag/roads/feed'")), &["feed/", "tag/roads/feed"]);
        check(&format!("{}{posts}", link("href='/search/rss?q='")), &["feed/", "search/rss?q="]);
        let of_tag = alternates(
            format!("{}{posts}", link("href='/tag/roads/feed'")).as_bytes(),
            "https://example.org/tag/roads/",
        );
        assert_eq!(of_tag.first().map(|link| link.url.as_str()), Some("https://example.org/tag/roads/feed"));
        check("<script>var x = '<link rel=alternate type=application/rss+xml href=/no>';</script>", &[]);
        check(&format!("{posts}<base href=/x/><base href=/y/>{}", link("href=z")), &["feed/", "x/z"]);
        check(&link("href=feed://example.org/f"), &["http://example.org/f"]);
        check(&link("href=feed:https://example.org/f"), &["f"]);
        check(&link("href=//example.org/f"), &["f"]);
    }
}
