//! Level 2: one form for all the addresses of a page, and its key.
//!
//! Owns the rules of `config/dedup/urls.toml` and their application. The order of the steps follows RFC 3986, section
//! 6.2 (case, percent-encoding, path segments, scheme), and then goes further for feeds: the scheme, the host of a
//! mobile site, tracking parameters, and redirectors.

mod redirect;
mod rules;

use url::{Host, Url};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use redirect::{Wrapper, unwrap_once};
use rules::Site;

pub use rules::RulesError;
pub use rules::UrlRules;

/// The version of [`canonical_url`] and [`url_key`] together; it goes up when either returns another value for the same
/// address.
pub(crate) const URL_KEY_VERSION: u8 = 2;

/// The limit of redirectors around one address.
const WRAPPER_LIMIT: usize = 5;
/// The least length of a session number: those of PHP have 26 to 40 letters and digits.
const SESSION_LENGTH_BYTES: usize = 26;
/// The longest address that is read, in bytes; no page has a longer one.
const LENGTH_LIMIT_BYTES: usize = 8192;

/// Returns the canonical form of an address, or `None` if it is not an http or https address with a host.
///
/// Scheme becomes `https`; host loses `www.`, `m.`, `amp.` and the like as long as a registrable domain remains; the
/// default port, credentials and tracking parameters go, and fragments unless they name a part of the page by number or
/// date; AMP and mobile variants and known redirectors are unwrapped; the remaining parameters are sorted by name. Parameters that are not known to be for tracking are kept.
/// Applying it to its own result changes nothing.
pub fn canonical_url(rules: &UrlRules, url: &str) -> Option<String> {
    let mut current = once(rules, url)?;
    // A step may expose what an earlier one handles (a slash before an AMP suffix): repeat until nothing changes.
    for _ in 0..8 {
        if current.is_final {
            break;
        }
        let next = once(rules, &current.url)?;
        if next.url == current.url {
            break;
        }
        current = next;
    }
    Some(current.url)
}

/// Returns the key of a canonical address: XXH3-64, seeded with [`URL_KEY_VERSION`].
pub fn url_key(canonical: &str) -> u64 {
    xxh3_64_with_seed(canonical.as_bytes(), u64::from(URL_KEY_VERSION))
}

/// Returns the key of the page at an address, see [`page`].
pub fn page_key(rules: &UrlRules, url: &str) -> Option<u64> {
    page(rules, url).map(|page| page.key)
}

/// A page of the web.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its canonical address.
    pub url: String,
    /// [`url_key`] of it.
    pub key: u64,
}

/// Returns the page at an address; `None` if it is not a web address, or is a bare host, since some feeds link every
/// item to their front page.
pub fn page(rules: &UrlRules, url: &str) -> Option<Page> {
    let url = canonical_url(rules, url)?;
    let after_scheme = url.strip_prefix("https://").unwrap_or(&url);
    let (_, path) = after_scheme.split_once('/')?;
    let key = url_key(&url);
    (!path.is_empty()).then_some(Page { url, key })
}

/// An address after one pass over the steps.
struct Pass {
    url: String,
    /// Host, path and the rest of the query are unchanged: another pass would find nothing to do.
    is_final: bool,
}

fn once(rules: &UrlRules, written: &str) -> Option<Pass> {
    let mut url = parse(written)?;
    let mut may_wrap = true;
    for _ in 0..WRAPPER_LIMIT {
        match unwrap_once(rules, &url) {
            Wrapper::Of(target) => url = target,
            Wrapper::None { may_wrap: may } => {
                may_wrap = may;
                break;
            }
        }
    }
    let host = canonical_host(rules, url.host()?)?;
    let site = rules.sites.get(&host);
    let path = canonical_path(rules, &url, site);
    let query = canonical_query(rules, &url, site);
    let (host, path, query) = video(&host, &path).unwrap_or((host, path, query));
    let is_kept = |kept: &String| {
        !kept.contains('%') && url.query().is_some_and(|query| query.split('&').any(|pair| pair == kept))
    };
    let is_final = !may_wrap
        && url.host_str() == Some(host.as_str())
        && url.path() == path
        && url.fragment().is_none()
        && query.iter().all(is_kept)
        && !has_entities(written);
    let port = url.port().filter(|port| !matches!(port, 80 | 443)).map(|port| format!(":{port}")).unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let fragment = match url.fragment() {
        // Such fragments identify pages that a script draws.
        Some(fragment) if fragment.starts_with('!') || (fragment.starts_with('/') && fragment.len() > 1) => {
            format!("#{fragment}")
        }
        // The parts of live pages and of notes are numbered or dated.
        Some(fragment) if names_a_part(rules, fragment) => format!("#{fragment}"),
        _ => String::new(),
    };
    let url = format!("https://{host}{port}{path}{query}{fragment}");
    // In small letters a host may read as an entity that it was not before: `//&aMp;`.
    let is_final = is_final && !has_entities(&url);
    Some(Pass { url, is_final })
}

/// Returns whether [`parse`] would decode something in an address.
fn has_entities(url: &str) -> bool {
    url.contains("&amp;") || url.contains("&#")
}

/// Returns whether a fragment names a part of the page that is an item of its own, and neither a place that every page
/// has, such as its comments, nor a mark of tracking.
fn names_a_part(rules: &UrlRules, fragment: &str) -> bool {
    let is_place = |prefix: &String| fragment.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    fragment.contains(|letter: char| letter.is_ascii_digit())
        && !fragment.contains(['=', ':', '%', '&'])
        && !rules.fragment_prefixes.iter().any(is_place)
}

/// Returns the one address of a video that YouTube shows at several.
fn video(host: &str, path: &str) -> Option<(String, String, Vec<String>)> {
    let id = match host {
        "youtu.be" => path.strip_prefix('/')?,
        "youtube.com" => {
            ["/shorts/", "/live/", "/embed/", "/v/"].iter().find_map(|prefix| path.strip_prefix(prefix))?
        }
        _ => return None,
    };
    (!id.is_empty()).then(|| ("youtube.com".to_owned(), "/watch".to_owned(), vec![format!("v={id}")]))
}

fn parse(url: &str) -> Option<Url> {
    let url = url.trim();
    if url.len() > LENGTH_LIMIT_BYTES {
        return None;
    }
    // An address taken from markup without decoding still has its entities.
    let decoded;
    let url = if url.contains("&amp;") || url.contains("&#038;") || url.contains("&#38;") {
        decoded = url.replace("&amp;", "&").replace("&#038;", "&").replace("&#38;", "&");
        decoded.as_str()
    } else {
        url
    };
    let url =
        if let Some(rest) = url.strip_prefix("//") { Url::parse(&format!("https://{rest}")) } else { Url::parse(url) };
    let url = url.ok()?;
    (matches!(url.scheme(), "http" | "https") && url.host().is_some()).then_some(url)
}

/// Returns the one name of a host; `None` for dots alone, which name no host.
fn canonical_host(rules: &UrlRules, host: Host<&str>) -> Option<String> {
    let Host::Domain(name) = host else {
        return Some(host.to_string());
    };
    let mut name = name.trim_end_matches('.').to_owned();
    if name.is_empty() {
        return None;
    }
    loop {
        if let Some(alias) = rules.aliases.get(&name).filter(|alias| **alias != name) {
            name.clone_from(alias);
            continue;
        }
        let shorter = without_label(rules, &name);
        match shorter {
            Some(shorter) if !shorter.is_empty() => name = shorter,
            _ => return Some(name),
        }
    }
}

/// Returns the host without one label such as `m` or `amp`, if the rest is still a registrable domain.
fn without_label(rules: &UrlRules, name: &str) -> Option<String> {
    let registrable = |host: &str| psl::domain(host.as_bytes()).is_some();
    let (first, rest) = name.split_once('.')?;
    if rules.host_labels.contains(first) && registrable(rest) {
        return Some(rest.to_owned());
    }
    let (second, tail) = rest.split_once('.')?;
    (rules.inner_labels.contains(second) && registrable(tail)).then(|| format!("{first}.{tail}"))
}

fn canonical_path(rules: &UrlRules, url: &Url, site: Option<&Site>) -> String {
    let mut path = normal_escapes(url.path());
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    let dress = site.and_then(|site| site.drop_path_prefix.as_deref()).and_then(|prefix| path.strip_prefix(prefix));
    if let Some(rest) = dress.filter(|rest| rest.starts_with('/') && rest.len() > 1) {
        path = rest.to_owned();
    }
    // A path parameter of servlet containers.
    if let Some((before, _)) = path.split_once(";jsessionid=") {
        path = before.to_owned();
    }
    loop {
        let before = path.len();
        while path.len() > 1 && path.ends_with('/') {
            path.pop();
        }
        for file in &rules.index_files {
            if let Some(folder) = path.strip_suffix(file.as_str()) {
                path = if folder.is_empty() { "/".to_owned() } else { folder.to_owned() };
            }
        }
        for suffix in &rules.path_suffixes {
            // `/amp` alone is a page of its own.
            if let Some(rest) = path.strip_suffix(suffix.as_str()).filter(|rest| rest.len() > 1) {
                path = rest.to_owned();
            }
        }
        for suffix in &rules.path_suffixes_of_items {
            if let Some(rest) = path.strip_suffix(suffix.as_str()).filter(|rest| names_an_item(rest)) {
                path = rest.to_owned();
            }
        }
        for segment in &rules.path_segments {
            if let Some((before, after)) = path.split_once(segment.as_str()).filter(|(before, _)| !before.is_empty()) {
                path = format!("{before}/{after}");
            }
        }
        for (dressed, plain) in &rules.path_extensions {
            if let Some(rest) = path.strip_suffix(dressed.as_str()).filter(|rest| rest.len() > 1) {
                path = format!("{rest}{plain}");
            }
        }
        for prefix in &rules.path_prefixes {
            if let Some(rest) = path.strip_prefix(prefix.as_str()).filter(|rest| !rest.is_empty()) {
                path = format!("/{rest}");
            }
        }
        if path.len() == before {
            break;
        }
    }
    path
}

/// Returns whether the last segment of a path looks like the name of an item rather than a section.
fn names_an_item(path: &str) -> bool {
    let segment = path.rsplit('/').next().unwrap_or_default();
    segment.contains('-') || segment.chars().any(|letter| letter.is_ascii_digit())
}

/// Normalises percent-encoding (RFC 3986, 6.2.2): hexadecimal digits in capitals, unreserved characters not escaped.
fn normal_escapes(path: &str) -> String {
    let mut result = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        result.push_str(before);
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                let character = char::from(code);
                if code.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~') {
                    result.push(character);
                } else {
                    result.push_str(&format!("%{code:02X}"));
                }
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                result.push('%');
                rest = after;
            }
        }
    }
    result.push_str(rest);
    result
}

fn canonical_query(rules: &UrlRules, url: &Url, site: Option<&Site>) -> Vec<String> {
    let Some(query) = url.query() else { return Vec::new() };
    let mut kept: Vec<(String, String)> = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // `&amp;ref=rss` that was escaped twice.
        let name = name.strip_prefix("amp;").unwrap_or(name);
        if name.is_empty() || is_tracking(rules, name, value) {
            continue;
        }
        if site.is_some_and(|site| !site.keep.iter().any(|keep| keep == name)) {
            continue;
        }
        // A plus and an escaped space mean the same in a query.
        let pair = (normal_escapes(&name.replace('+', "%20")), normal_escapes(&value.replace('+', "%20")));
        if !kept.contains(&pair) {
            kept.push(pair);
        }
    }
    if let Some(first) =
        site.and_then(|site| site.first_of.iter().find(|first| kept.iter().any(|(name, _)| name == *first)))
    {
        kept.retain(|(name, _)| name == first);
    }
    // A stable sort: several values of one name keep their order.
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    kept.into_iter().map(|(name, value)| if value.is_empty() { name } else { format!("{name}={value}") }).collect()
}

fn is_tracking(rules: &UrlRules, name: &str, value: &str) -> bool {
    let name = name.to_lowercase();
    if rules.drop.contains(&name) || rules.drop_prefixes.iter().any(|prefix| name.starts_with(prefix.as_str())) {
        return true;
    }
    let lower = value.to_lowercase();
    (rules.drop_where_word.contains(&name) && (value.is_empty() || rules.way_words.contains(&lower)))
        || (rules.drop_where_switch.contains(&name) && rules.switch_values.contains(&lower))
        || (rules.drop_where_session.contains(&name) && is_session_number(value))
}

/// Returns whether a value is long and consists of both letters and digits: nobody numbers items like that.
fn is_session_number(value: &str) -> bool {
    value.len() >= SESSION_LENGTH_BYTES
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
