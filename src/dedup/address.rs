//! Level 2: one key for all the addresses of one page.
//!
//! Owns the rules of `config/dedup/urls.toml` and what is done with them. Knows nothing of items.
//!
//! The order of the steps follows RFC 3986, section 6.2 (case, percent-encoding, path segments, scheme), and then goes
//! beyond it where a feed does: the scheme, the dress of the host, the way by which a reader came, and wrappers.

use std::collections::{HashMap, HashSet};

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::{Host, Url};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::RulesError;

/// Version of [`canonical_url`] and [`url_key`] together; it goes up when either gives another value for the same address.
pub const URL_KEY_VERSION: u8 = 2;

/// How many wrappers may stand around one address.
const WRAPPER_LIMIT: usize = 5;
/// Shortest number of a session: PHP's are of 26 to 40 letters and digits.
const SESSION_LENGTH_BYTES: usize = 26;
/// Longest address that is read, in bytes; what is longer is no address of a page.
const LENGTH_LIMIT_BYTES: usize = 8192;

/// The rules by which addresses are brought to one form; see `config/dedup/urls.toml`.
#[derive(Debug)]
pub struct UrlRules {
    drop: HashSet<String>,
    drop_prefixes: Vec<String>,
    drop_where_word: HashSet<String>,
    way_words: HashSet<String>,
    drop_where_switch: HashSet<String>,
    switch_values: HashSet<String>,
    drop_where_session: HashSet<String>,
    host_labels: HashSet<String>,
    inner_labels: HashSet<String>,
    path_suffixes: Vec<String>,
    path_suffixes_of_items: Vec<String>,
    path_segments: Vec<String>,
    path_extensions: Vec<(String, String)>,
    path_prefixes: Vec<String>,
    index_files: Vec<String>,
    aliases: HashMap<String, String>,
    sites: HashMap<String, Site>,
    redirectors: Vec<Redirector>,
    /// Of the redirectors those whose host is written out, by host, and the others.
    redirectors_by_host: HashMap<String, Vec<usize>>,
    redirectors_by_pattern: Vec<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UrlRulesFile {
    drop: Vec<String>,
    drop_prefixes: Vec<String>,
    drop_where_word: Vec<String>,
    way_words: Vec<String>,
    drop_where_switch: Vec<String>,
    switch_values: Vec<String>,
    drop_where_session: Vec<String>,
    host_labels: Vec<String>,
    inner_labels: Vec<String>,
    path_suffixes: Vec<String>,
    path_suffixes_of_items: Vec<String>,
    path_segments: Vec<String>,
    path_extensions: Vec<(String, String)>,
    path_prefixes: Vec<String>,
    index_files: Vec<String>,
    #[serde(default)]
    aliases: HashMap<String, String>,
    #[serde(default, rename = "site")]
    sites: Vec<Site>,
    #[serde(default, rename = "redirector")]
    redirectors: Vec<Redirector>,
}

/// A site whose pages are told apart by `keep` and by no other parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Site {
    host: String,
    keep: Vec<String>,
    /// Only the first of these that is there is kept.
    #[serde(default)]
    first_of: Vec<String>,
    /// A first path segment that shows the same page in another dress.
    drop_path_prefix: Option<String>,
}

/// An address that only leads to another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redirector {
    host: String,
    path: String,
    #[serde(default)]
    parameters: Vec<String>,
    #[serde(default)]
    rest: bool,
    #[serde(default)]
    query: bool,
    between: Option<(String, String)>,
    #[serde(default)]
    skip_segments_after_host: Vec<String>,
    #[serde(default)]
    skip_timestamp: bool,
}

impl UrlRules {
    /// Reads rules from the text of a file in the form of `config/dedup/urls.toml`.
    ///
    /// # Errors
    /// Where the text is no such TOML, or a redirector does not say where its target stands.
    pub fn load(text: &str) -> Result<UrlRules, RulesError> {
        let file: UrlRulesFile = toml::from_str(text)?;
        for rule in &file.redirectors {
            if rule.parameters.is_empty() && !rule.rest && !rule.query && rule.between.is_none() {
                return Err(RulesError::Rule(format!(
                    "redirector `{}{}` names no place of its target: give `parameters`, `rest`, `query` or `between`",
                    rule.host, rule.path
                )));
            }
        }
        let mut redirectors_by_host: HashMap<String, Vec<usize>> = HashMap::new();
        let mut redirectors_by_pattern = Vec::new();
        for (index, rule) in file.redirectors.iter().enumerate() {
            if rule.host.contains('*') {
                redirectors_by_pattern.push(index);
            } else {
                redirectors_by_host.entry(rule.host.clone()).or_default().push(index);
            }
        }
        let lower = |words: Vec<String>| words.into_iter().map(|word| word.to_lowercase()).collect();
        Ok(UrlRules {
            drop: lower(file.drop),
            drop_prefixes: file.drop_prefixes.into_iter().map(|word| word.to_lowercase()).collect(),
            drop_where_word: lower(file.drop_where_word),
            way_words: lower(file.way_words),
            drop_where_switch: lower(file.drop_where_switch),
            switch_values: lower(file.switch_values),
            drop_where_session: lower(file.drop_where_session),
            host_labels: lower(file.host_labels),
            inner_labels: lower(file.inner_labels),
            path_suffixes: file.path_suffixes,
            path_suffixes_of_items: file.path_suffixes_of_items,
            path_segments: file.path_segments,
            path_extensions: file.path_extensions,
            path_prefixes: file.path_prefixes,
            index_files: file.index_files,
            aliases: file.aliases,
            sites: file.sites.into_iter().map(|site| (site.host.clone(), site)).collect(),
            redirectors: file.redirectors,
            redirectors_by_host,
            redirectors_by_pattern,
        })
    }

    /// The rules that come with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn built_in() -> Result<UrlRules, RulesError> {
        UrlRules::load(include_str!("../../config/dedup/urls.toml"))
    }
}

/// The one form of all the addresses of a page, or none for what is no http or https address with a host.
///
/// Scheme becomes `https`; host loses `www.`, `m.`, `amp.` and the like as long as a registrable domain remains; the default
/// port, credentials, fragment and tracking parameters go; AMP and mobile variants and known redirectors are unwrapped; the
/// remaining parameters stand sorted by name. Parameters that are not known to be the way by which a reader came are kept.
/// Applying it to its own result changes nothing.
pub fn canonical_url(rules: &UrlRules, url: &str) -> Option<String> {
    let mut current = once(rules, url)?;
    // A step may bare what an earlier one handles (a slash behind an AMP suffix); the form is what no step changes.
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

/// The key under which a canonical address is looked up: XXH3-64, seeded with [`URL_KEY_VERSION`].
pub fn url_key(canonical: &str) -> u64 {
    xxh3_64_with_seed(canonical.as_bytes(), u64::from(URL_KEY_VERSION))
}

/// The key of the page at an address; none for what is no web address, and for a bare host: feeds that link every item to
/// their front page tell nothing by it.
pub fn page_key(rules: &UrlRules, url: &str) -> Option<u64> {
    let canonical = canonical_url(rules, url)?;
    let behind_scheme = canonical.strip_prefix("https://").unwrap_or(&canonical);
    let (_, path) = behind_scheme.split_once('/')?;
    (!path.is_empty()).then(|| url_key(&canonical))
}

/// An address after one pass of the steps.
struct Pass {
    url: String,
    /// Host and path stand as they came, and so does what is left of the query: another pass finds nothing to do.
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
    let host = canonical_host(rules, url.host()?);
    let site = rules.sites.get(&host);
    let path = canonical_path(rules, &url, site);
    let query = canonical_query(rules, &url, site);
    let (host, path, query) = video(&host, &path).unwrap_or((host, path, query));
    let stands = |kept: &String| {
        !kept.contains('%') && url.query().is_some_and(|query| query.split('&').any(|pair| pair == kept))
    };
    let is_final = !may_wrap
        && url.host_str() == Some(host.as_str())
        && url.path() == path
        && url.fragment().is_none()
        && query.iter().all(stands)
        && !written.contains("&amp;")
        && !written.contains("&#");
    let port = url.port().filter(|port| !matches!(port, 80 | 443)).map(|port| format!(":{port}")).unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let fragment = match url.fragment() {
        // Such fragments are addresses of their own: pages that a script draws.
        Some(fragment) if fragment.starts_with('!') || (fragment.starts_with('/') && fragment.len() > 1) => {
            format!("#{fragment}")
        }
        _ => String::new(),
    };
    Some(Pass { url: format!("https://{host}{port}{path}{query}{fragment}"), is_final })
}

/// The one address of a video that YouTube shows at several.
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
    // An address taken out of markup without decoding still carries its entities.
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

/// What an address is as a wrapper.
enum Wrapper {
    /// One of this target.
    Of(Url),
    /// None, or its target is no address.
    None {
        /// Some rule is for wrappers on this host.
        may_wrap: bool,
    },
}

fn unwrap_once(rules: &UrlRules, url: &Url) -> Wrapper {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    if let Some(target) = translated_host(url, host) {
        return Wrapper::Of(target);
    }
    let bare = host.strip_prefix("www.").unwrap_or(host);
    let of_host = |host: &str| rules.redirectors_by_host.get(host).into_iter().flatten();
    let of_pattern = rules.redirectors_by_pattern.iter().filter(|index| {
        let is_of = |rule: &Redirector| host_matches(&rule.host, bare) || host_matches(&rule.host, host);
        rules.redirectors.get(**index).is_some_and(is_of)
    });
    // The first that leads somewhere counts, in the order of the file.
    let mut found: Vec<usize> = of_host(bare).chain(of_host(host)).chain(of_pattern).copied().collect();
    found.sort_unstable();
    let mut rules = found.iter().filter_map(|index| rules.redirectors.get(*index));
    match rules.find_map(|rule| target(rule, url).filter(|target| target != url)) {
        Some(target) => Wrapper::Of(target),
        None => Wrapper::None { may_wrap: !found.is_empty() },
    }
}

/// Google Translate shows `www.example.org` at `www-example-org.translate.goog`; a hyphen of the name is doubled.
fn translated_host(url: &Url, host: &str) -> Option<Url> {
    let label = host.strip_suffix(".translate.goog")?;
    let name = label.replace("--", "\u{0}").replace('-', ".").replace('\u{0}', "-");
    let mut target = url.clone();
    target.set_host(Some(&name)).ok()?;
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !name.starts_with("_x_tr"))
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    target.set_query(None);
    if !kept.is_empty() {
        target.query_pairs_mut().extend_pairs(kept);
    }
    Some(target)
}

fn host_matches(pattern: &str, host: &str) -> bool {
    match (pattern.strip_prefix("*."), pattern.strip_suffix(".*")) {
        (Some(suffix), _) => host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.')),
        // An ending of a country has at most two labels, as in `google.com.tr`.
        (None, Some(name)) => host
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|ending| !ending.is_empty() && ending.len() <= 6 && ending.split('.').count() <= 2),
        (None, None) => host == pattern,
    }
}

fn target(rule: &Redirector, url: &Url) -> Option<Url> {
    let rest = url.path().strip_prefix(rule.path.as_str())?;
    if rule.query {
        return target_address(url.query()?);
    }
    if let Some((open, close)) = &rule.between {
        // A target that stands there bare has split its own query off.
        let whole = url.query().map_or_else(|| rest.to_owned(), |query| format!("{rest}?{query}"));
        let (_, behind) = whole.split_once(open.trim_start_matches('/'))?;
        let (inside, _) = behind.split_once(close.as_str()).unwrap_or((behind, ""));
        return target_address(&percent_decode_str(inside).decode_utf8().ok()?);
    }
    if rule.rest {
        return target_in_path(rule, rest, url.query());
    }
    // `/url` is not `/urls`, but `/sharer` is `/sharer.php` and `/sharer/sharer.php`.
    rule.parameters.iter().find_map(|wanted| {
        url.query_pairs().find(|(name, _)| name == wanted).and_then(|(_, value)| target_address(&value))
    })
}

fn target_in_path(rule: &Redirector, rest: &str, query: Option<&str>) -> Option<Url> {
    let mut rest = rest;
    if rule.skip_timestamp {
        let (stamp, behind) = rest.split_once('/')?;
        if !stamp.chars().next().is_some_and(|first| first.is_ascii_digit()) {
            return None;
        }
        rest = behind;
    }
    let decoded = percent_decode_str(rest).decode_utf8().ok()?;
    if decoded.starts_with("http") && decoded.contains(":/") && rest.contains('%') && !rest.contains('/') {
        // The whole target is one encoded segment; the wrapper's own query is not the target's.
        return target_address(&decoded);
    }
    let mut path = rest.to_owned();
    if !rule.skip_segments_after_host.is_empty() {
        let (host, behind) = path.split_once('/')?;
        let (segment, tail) = behind.split_once('/').unwrap_or((behind, ""));
        if rule.skip_segments_after_host.iter().any(|skip| skip == segment) {
            path = format!("{host}/{tail}");
        }
    }
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    target_address(&format!("{path}{query}"))
}

/// Reads a wrapped address: absolute, or beginning with a host that has a public ending.
fn target_address(text: &str) -> Option<Url> {
    let text = text.trim();
    let text = text.strip_prefix("cache:").unwrap_or(text);
    let url = if text.starts_with("http:/") || text.starts_with("https:/") {
        // A path swallows one of two slashes: `https:/example.org/`; the parser mends it.
        Url::parse(text).ok()?
    } else {
        let text = text.trim_start_matches('/');
        let host = text.split(['/', '?', '#']).next()?;
        if !host.contains('.') || psl::domain(host.as_bytes()).is_none_or(|domain| !domain.suffix().is_known()) {
            return None;
        }
        Url::parse(&format!("https://{text}")).ok()?
    };
    let known = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| host.contains('.'));
    known.then_some(url)
}

fn canonical_host(rules: &UrlRules, host: Host<&str>) -> String {
    let Host::Domain(name) = host else {
        return host.to_string();
    };
    let mut name = name.trim_end_matches('.').to_owned();
    loop {
        if let Some(alias) = rules.aliases.get(&name).filter(|alias| **alias != name) {
            name.clone_from(alias);
            continue;
        }
        let shorter = without_dress(rules, &name);
        match shorter {
            Some(shorter) if !shorter.is_empty() => name = shorter,
            _ => return name,
        }
    }
}

/// The host without one label that names the dress of the site, as long as what remains can be registered.
fn without_dress(rules: &UrlRules, name: &str) -> Option<String> {
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
            if let Some((before, behind)) = path.split_once(segment.as_str()).filter(|(before, _)| !before.is_empty()) {
                path = format!("{before}/{behind}");
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

/// Whether the last segment of a path looks like the name of an item and not of a section.
fn names_an_item(path: &str) -> bool {
    let segment = path.rsplit('/').next().unwrap_or_default();
    segment.contains('-') || segment.chars().any(|letter| letter.is_ascii_digit())
}

/// RFC 3986, 6.2.2: hexadecimal digits in capitals, and unreserved characters not escaped at all.
fn normal_escapes(path: &str) -> String {
    let mut result = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('%') {
        result.push_str(before);
        let code = behind.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                let character = char::from(code);
                if code.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~') {
                    result.push(character);
                } else {
                    result.push_str(&format!("%{code:02X}"));
                }
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                result.push('%');
                rest = behind;
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
        // A plus and an escaped space are one in a query.
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

/// Long, of letters and digits alone, and of both: nobody numbers items so.
fn is_session_number(value: &str) -> bool {
    value.len() >= SESSION_LENGTH_BYTES
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
