//! Raw fields to items: texts made plain and cut to their limits, addresses absolute, dates no later than the present.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::address::{
    has_escaped_ampersands, is_front_page, is_no_link, is_of_a_feed, is_private, is_same_page, with_bare_ampersands,
};
use super::dates::{self, Meaning};
use super::reader::{RawFeed, RawItem, RawLink, RawText};
use super::source::Source;
use crate::model::{FeedFormat, Item, ParsedFeed};
use crate::text::{fold, html, truncate_to_bytes};

/// Makes a feed from what a reader returned.
pub(super) fn normalize(raw: RawFeed<'_>, base: Option<Url>, source: &Source<'_>) -> ParsedFeed {
    let mut normalizer = Normalizer {
        source,
        document: base.clone(),
        base,
        own: Vec::new(),
        language: None,
        faults: Faults { unread_dates: raw.unread_dates, ..Faults::default() },
    };
    // If nobody knows where the feed came from, its own word counts, else the address of its site.
    let own = raw.own_address.and_then(|link| normalizer.address(link));
    if normalizer.base.is_none() {
        normalizer.base = own.as_deref().and_then(|own| Url::parse(own).ok());
    }
    let link = raw.link.and_then(|link| normalizer.address(link));
    // A copy at another host says nothing of where relative links lead: the site that the feed names does.
    // In Atom the base is where the document lies (RFC 4287, 2).
    let is_atom = matches!(raw.format, FeedFormat::Atom03 | FeedFormat::Atom10);
    let site = link.as_deref().and_then(|link| Url::parse(link).ok());
    let site = site.filter(|_| !is_atom || normalizer.base.is_none());
    if site.as_ref().is_some_and(|site| normalizer.base.as_ref().is_none_or(|base| base.host() != site.host())) {
        normalizer.base = site;
    }
    let document = normalizer.document.as_ref().map(|document| document.as_str().to_owned());
    normalizer.own = [link.clone(), own, document].into_iter().flatten().collect();
    normalizer.language = raw.language.and_then(|language| tag(&language));
    let mut items: Vec<Item> = raw.items.into_iter().map(|item| normalizer.item(item)).collect();
    let mut warnings = raw.warnings;
    let listed = items.len();
    items.retain(|item| !is_empty(item));
    let empty = raw.empty_items + listed - items.len();
    if empty > 0 {
        warnings.push(format!("{empty} items have nothing that can be read, and were left out"));
    }
    if raw.items_left_out > 0 {
        let (read, left_out) = (items.len(), raw.items_left_out);
        warnings.insert(0, format!("{} items: the newest {read} were read and {left_out} left out", read + left_out));
    }
    normalizer.faults.describe(&mut warnings);
    ParsedFeed {
        title: raw.title.map(|title| normalizer.title(&title)).filter(|title| !title.is_empty()),
        link,
        format: raw.format,
        language: normalizer.language,
        hints: raw.hints,
        // Where there were items and none could be read, something was lost.
        is_whole: raw.is_whole && (empty == 0 || !items.is_empty()),
        items,
        items_left_out: raw.items_left_out,
        warnings,
    }
}

/// Returns whether nothing of an item could be read.
fn is_empty(item: &Item) -> bool {
    item.title.is_empty()
        && item.link.is_none()
        && item.id.is_none()
        && item.summary.is_none()
        && item.content.is_none()
        && item.published.or(item.updated).is_none()
        && item.authors.is_empty()
        && item.categories.is_empty()
}

/// Returns a language as BCP 47 (2.1.1) writes it, `zh-Hans-CN`, or `None` if the text is not a language tag.
fn tag(language: &str) -> Option<String> {
    let language = language.trim().replace('_', "-");
    let is_tag = (2..=35).contains(&language.len())
        && language
            .split('-')
            .all(|part| !part.is_empty() && part.len() <= 8 && part.chars().all(|c| c.is_ascii_alphanumeric()))
        && language.starts_with(|first: char| first.is_ascii_alphabetic());
    is_tag.then(|| {
        let parts = language.split('-').enumerate().map(|(place, part)| match (place, part.len()) {
            (1.., 2) => part.to_uppercase(),
            (1.., 4) => {
                part.get(..1).unwrap_or_default().to_uppercase() + &part.get(1..).unwrap_or_default().to_lowercase()
            }
            _ => part.to_lowercase(),
        });
        parts.collect::<Vec<String>>().join("-")
    })
}

/// Faults, counted over the items.
#[derive(Debug, Default)]
struct Faults {
    unread_dates: usize,
    future_dates: usize,
    distant_dates: usize,
    placeholder_dates: usize,
    cut_texts: usize,
    lost_links: usize,
}

impl Faults {
    fn describe(&self, warnings: &mut Vec<String>) {
        let mut count = |count: usize, what: &str| {
            if count > 0 {
                warnings.push(format!("{count} {what}"));
            }
        };
        count(self.unread_dates, "dates could not be read");
        count(self.future_dates, "dates are in the future and were set to the present");
        count(self.distant_dates, "dates are more than a year in the future and were left out");
        count(
            self.placeholder_dates,
            "dates were left out: programs write them if they have no date, such as 1970-01-01",
        );
        count(self.cut_texts, "texts were too long and were cut");
        count(self.lost_links, "links are not addresses, or are relative to an unknown one");
    }
}

struct Normalizer<'s> {
    source: &'s Source<'s>,
    /// Where the document came from.
    document: Option<Url>,
    /// Where relative links lead.
    base: Option<Url>,
    /// The addresses of the feed itself: those that it names as its page and as its own, and where it came from.
    own: Vec<String>,
    language: Option<String>,
    faults: Faults,
}

impl Normalizer<'_> {
    fn item(&mut self, raw: RawItem<'_>) -> Item {
        let limits = self.source.limits;
        let published = raw.published.and_then(|date| self.date(date));
        let updated = raw.updated.and_then(|date| self.date(date));
        // An item is not published after it has changed, so that a date far ahead is not meant.
        let is_far_ahead = raw.published.is_some_and(|date| date.duration_since(self.source.now) > CLOCK_ERROR)
            && updated.is_some_and(|date| date < self.source.now);
        Item {
            id: raw.id.map(|id| printable(&id, limits.url_bytes)).filter(|id| !id.is_empty()),
            title: raw.title.map(|title| self.title(&title)).unwrap_or_default(),
            link: self.link(raw.link, raw.other_links),
            original_link: raw.original_link.and_then(|link| self.address(link)),
            published: published.filter(|_| !is_far_ahead),
            updated,
            summary: raw.summary.and_then(|text| self.text(&text, limits.summary_bytes)),
            content: raw.content.and_then(|text| self.text(&text, limits.content_bytes)),
            authors: names(&raw.authors, limits.names),
            categories: names(&raw.categories, limits.names),
            language: raw.language.and_then(|language| tag(&language)).or_else(|| self.language.clone()),
        }
    }

    fn title(&mut self, raw: &RawText<'_>) -> String {
        let text = self.bounded(&raw.text, self.source.limits.title_bytes);
        let mut title = html::line(text, raw.kind);
        self.cut(&mut title, self.source.limits.title_bytes);
        title
    }

    fn text(&mut self, raw: &RawText<'_>, bytes: usize) -> Option<String> {
        let bounded = self.bounded(&raw.text, bytes);
        let mut text = html::text(bounded, raw.kind);
        self.cut(&mut text, bytes);
        (!text.is_empty()).then_some(text)
    }

    /// Returns the part of a text with markup that is read: eight times the limit of what may remain.
    fn bounded<'t>(&mut self, text: &'t str, bytes: usize) -> &'t str {
        let bound = bytes.saturating_mul(8);
        if text.len() <= bound {
            return text;
        }
        self.faults.cut_texts += 1;
        truncate_to_bytes(text, bound)
    }

    fn cut(&mut self, text: &mut String, bytes: usize) {
        if text.len() > bytes {
            self.faults.cut_texts += 1;
            text.truncate(truncate_to_bytes(text, bytes).trim_end().len());
        }
    }

    /// Returns the address of an item. One of a front page, or that of the feed, gives way to any other of its page.
    fn link(&mut self, link: Option<RawLink<'_>>, others: Vec<RawLink<'_>>) -> Option<String> {
        let link = self.address(link?);
        if link.as_deref().is_some_and(|link| self.is_page(link)) {
            return link;
        }
        let others: Vec<String> = others.into_iter().filter_map(|other| self.address(other)).collect();
        others.into_iter().find(|other| self.is_page(other)).or(link)
    }

    /// Returns whether an address may be that of an item: neither a front page nor the feed's own, and one that others
    /// than the publisher can reach.
    fn is_page(&self, link: &str) -> bool {
        let is_at_home = || self.document.as_ref().is_some_and(|document| is_private(document.as_str()));
        !is_front_page(link)
            && !is_of_a_feed(link)
            && self.own.iter().all(|own| !is_same_page(link, own))
            && (!is_private(link) || is_at_home())
    }

    /// Returns the absolute address, if there is one and it is a web address.
    fn address(&mut self, raw: RawLink<'_>) -> Option<String> {
        let href = repaired(raw.href.trim());
        if href.is_empty() || is_no_link(&raw.href) {
            return None;
        }
        if raw.is_resolved && is_plain(&raw.href) && raw.href.len() <= self.source.limits.url_bytes {
            return Some(raw.href.into_owned());
        }
        // Readers give the address of the document where no element says otherwise.
        let own = raw.base.as_ref().filter(|base| Some(*base) != self.document.as_ref());
        let base = own.or(self.base.as_ref());
        let url = match Url::parse(&href) {
            Err(url::ParseError::RelativeUrlWithoutBase) if href.starts_with("//") && base.is_none() => {
                Url::parse(&format!("https:{href}")).ok()
            }
            Err(url::ParseError::RelativeUrlWithoutBase) => base.and_then(|base| joined(base, &href)),
            url => url.ok(),
        };
        let url = url.filter(|url| {
            url.as_str().len() <= self.source.limits.url_bytes && matches!(url.scheme(), "http" | "https")
        });
        self.faults.lost_links += usize::from(url.is_none());
        url.map(String::from)
    }

    fn date(&mut self, date: Timestamp) -> Option<Timestamp> {
        let (count, read) = match dates::meaning_in_feed(date, self.source.now) {
            Meaning::Date => return Some(date),
            Meaning::Ahead => (&mut self.faults.future_dates, Some(self.source.now)),
            Meaning::FarAhead => (&mut self.faults.distant_dates, None),
            Meaning::Placeholder => (&mut self.faults.placeholder_dates, None),
        };
        *count += 1;
        read
    }
}

/// How far clocks and time zones of publishers are wrong.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_hours(24);

/// Repairs common faults of addresses: `&` escaped once too often, a scheme without its colon or twice, none before
/// what is plainly a host, a line break or an invisible character within, quotation marks or words around it, and the
/// markup of a link in place of its address.
fn repaired(href: &str) -> Cow<'_, str> {
    if href.starts_with("&lt;") {
        return Cow::Owned(repaired(&html::resolve_references(href)).into_owned());
    }
    if href.starts_with('<') {
        let found = || href.find("https://").or_else(|| href.find("http://")).and_then(|at| href.get(at..));
        let address = href.split_once("href=").map(|(_, rest)| rest).or_else(found).unwrap_or_default();
        let address = address.trim_start_matches(['"', '\'']).split(['"', '\'', '<', '>', ' ']).next();
        return Cow::Owned(with_bare_ampersands(address.unwrap_or_default().trim_end_matches("]]")).into_owned());
    }
    // A link of Markdown.
    if let Some((_, address)) = href.split_once("](").filter(|_| href.starts_with('[')) {
        return Cow::Owned(repaired(address.split([')', ' ']).next().unwrap_or_default()).into_owned());
    }
    if let Some(bare) = within_brackets(href) {
        return Cow::Owned(repaired(bare.trim()).into_owned());
    }
    if href.contains(fold::is_ignored) {
        return Cow::Owned(repaired(href.replace(fold::is_ignored, "").trim()).into_owned());
    }
    let bare = href.trim_matches(['"', '\'', '`', '“', '”', '„', '‘', '’', '‚', '‹', '›', '«', '»']);
    if bare.len() < href.len() {
        return Cow::Owned(repaired(bare.trim()).into_owned());
    }
    let is_web = |word: &&str| word.starts_with("https://") || word.starts_with("http://");
    let mut words = href.split_whitespace();
    // Words before the address, or another address after it.
    if let Some(address) = words.find(is_web)
        && (!is_web(&href) || words.any(|word| is_web(&word)))
        && !href.contains(['\n', '\r'])
    {
        return Cow::Owned(repaired(address).into_owned());
    }
    if href.len() > 10 && ["http%3A%2F%2F", "https%3A%2F%2F"].iter().any(|scheme| starts_with(href, scheme)) {
        return Cow::Owned(percent_encoding::percent_decode_str(href).decode_utf8_lossy().into_owned());
    }
    if href.contains(['\n', '\r']) {
        return Cow::Owned(repaired(&href.split(['\n', '\r']).map(str::trim).collect::<String>()).into_owned());
    }
    // A scheme or a whole site before an address that has its own.
    if let Some(("http:" | "https:", rest)) = href.split_once("//") {
        if ["http://", "https://", "http//", "https//"].iter().any(|scheme| rest.starts_with(scheme)) {
            return Cow::Owned(repaired(rest).into_owned());
        }
        if let Some((host, path)) = rest.split_once('/')
            && let Some(("http:" | "https:", inner)) = path.split_once("//")
            && inner.split('/').next() == Some(host)
        {
            return Cow::Owned(path.to_owned());
        }
    }
    if has_escaped_ampersands(href) {
        return with_bare_ampersands(href);
    }
    if href.starts_with("www.") {
        return Cow::Owned(format!("https://{href}"));
    }
    // The scheme that a template has left out.
    if let Some(rest) = href.strip_prefix("://") {
        return Cow::Owned(format!("https://{rest}"));
    }
    if let Some((scheme @ ("http" | "https"), rest)) = href.split_once("//") {
        return Cow::Owned(format!("{scheme}://{rest}"));
    }
    Cow::Borrowed(href)
}

/// Returns what is within a pair of brackets around the whole, and without a `URL:` before it (RFC 1738, appendix).
fn within_brackets(href: &str) -> Option<&str> {
    let pairs = [("(", ")"), ("[", "]"), ("{", "}"), ("\u{27e8}", "\u{27e9}"), ("\u{3008}", "\u{3009}")];
    let inside = pairs.iter().find_map(|(open, close)| href.strip_prefix(open)?.strip_suffix(close));
    inside.or_else(|| href.get(4..).filter(|_| starts_with(href, "url:")))
}

fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning))
}

/// Makes a relative address absolute. One that starts with the host it is relative to only lacks its scheme.
fn joined(base: &Url, href: &str) -> Option<Url> {
    let first = href.split(['/', '?', '#']).next().unwrap_or_default();
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_lowercase();
    match base.host_str() {
        Some(host) if host.contains('.') && bare(host) == bare(first) => {
            Url::parse(&format!("{}://{href}", base.scheme())).ok()
        }
        _ => base.join(href).ok(),
    }
}

/// Returns whether an address that a URL parser wrote is plainly a web address, so that it need not be parsed again.
/// Most are.
fn is_plain(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    // Labels of digits may be an IPv4 address, and `xn--` marks a label that must be decoded.
    let is_label =
        |label: &str| label.starts_with(|first: char| first.is_ascii_lowercase()) && !label.starts_with("xn--");
    host.split('.').all(is_label)
        && host.len() < rest.len()
        && host.bytes().all(is_name)
        && rest.bytes().all(|byte| byte.is_ascii_graphic())
        && !has_escaped_ampersands(rest)
}

/// Returns an identifier as given, without control characters.
fn printable(id: &str, bytes: usize) -> String {
    truncate_to_bytes(id.trim(), bytes).chars().filter(|character| !character.is_control()).collect()
}

/// Returns names on one line each, without repeats. `mail@example.org (Name)` and `Name <mail@example.org>` are reduced
/// to the name.
fn names(raw: &[Cow<'_, str>], most: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(raw.len().min(most));
    for name in raw {
        let name = html::line(without_address(name), html::TextKind::Unspecified);
        if !name.is_empty() && name.len() <= NAME_BYTES && names.len() < most && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A longer text is not a name.
const NAME_BYTES: usize = 512;

fn without_address(name: &str) -> &str {
    if !name.contains('@') {
        return name;
    }
    let name = name.trim();
    let in_brackets = |open: char, close: char| {
        let (before, rest) = name.split_once(open)?;
        let (inside, _) = rest.split_once(close)?;
        Some((before.trim(), inside.trim()))
    };
    match (in_brackets('(', ')'), in_brackets('<', '>')) {
        (Some((before, inside)), _) if before.contains('@') => inside,
        (_, Some((before, inside))) if inside.contains('@') => before,
        // An address alone names nobody.
        _ if !name.contains(char::is_whitespace) => "",
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_plain_address_is_one_that_the_parser_takes(host in "[a-z0-9.:@-]{0,12}", path in "[/?#a-z&;%<\" ]{0,8}") {
            let address = format!("https://{host}{path}");
            let parsed = Url::parse(&address).map(String::from);
            prop_assert!(!is_plain(&address) || parsed.is_ok());
            // What has been through the parser comes out of it as it is.
            if let Ok(parsed) = parsed {
                prop_assert_eq!(Url::parse(&parsed).map(String::from), Ok(parsed));
            }
        }
    }

    #[test]
    fn labels_of_digits_are_not_plain() {
        let check = |address: &str, expected: bool| assert_eq!(is_plain(address), expected, "{address}");
        check("https://e.example/a?b#c", true);
        check("http://pu.0/?item", false);
        check("http://xn--/a", false);
        check("ftp://e.example/", false);
    }

    #[test]
    fn a_language_is_a_tag_or_none() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(tag(text).as_deref(), expected, "{text}");
        check("ru", Some("ru"));
        check("EN_us", Some("en-US"));
        check("ZH-hans-cn", Some("zh-Hans-CN"));
        check("", None);
        check("Русский", None);
        check("english language", None);
    }

    #[test]
    fn an_author_is_a_name() {
        let check = |text: &str, expected: &[&str]| assert_eq!(names(&[Cow::Borrowed(text)], 8), expected, "{text}");
        check("a@b.example (Jane Doe)", &["Jane Doe"]);
        check("Jane Doe <a@b.example>", &["Jane Doe"]);
        check("Иван …a@b.example", &["Иван …a@b.example"]);
        check("…a@b.example", &[]);
        check("Jane &amp; John", &["Jane & John"]);
        check("  ", &[]);
    }
}
