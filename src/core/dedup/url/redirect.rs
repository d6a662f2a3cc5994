//! Addresses that only lead to another: redirectors, caches, translations.

use percent_encoding::percent_decode_str;
use url::Url;

use super::rules::{Redirector, UrlRules};

/// Whether an address leads to another.
pub(super) enum Wrapper {
    /// It leads to this target.
    Of(Url),
    /// It does not, or its target is not an address.
    None {
        /// Whether some rule applies to this host.
        may_wrap: bool,
    },
}

pub(super) fn unwrap_once(rules: &UrlRules, url: &Url) -> Wrapper {
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
    // The first rule with a target counts, in the order of the file.
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
        // A country suffix has at most two labels, as in `google.com.tr`.
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
        // The query of a target that is not encoded has been split off.
        let whole = url.query().map_or_else(|| rest.to_owned(), |query| format!("{rest}?{query}"));
        let (_, after) = whole.split_once(open.trim_start_matches('/'))?;
        let (inside, _) = after.split_once(close.as_str()).unwrap_or((after, ""));
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
        let (stamp, after) = rest.split_once('/')?;
        if !stamp.chars().next().is_some_and(|first| first.is_ascii_digit()) {
            return None;
        }
        rest = after;
    }
    let decoded = percent_decode_str(rest).decode_utf8().ok()?;
    if decoded.starts_with("http") && decoded.contains(":/") && rest.contains('%') && !rest.contains('/') {
        // The whole target is one encoded segment; the wrapper's own query is not the target's.
        return target_address(&decoded);
    }
    let mut path = rest.to_owned();
    if !rule.skip_segments_after_host.is_empty() {
        let (host, after) = path.split_once('/')?;
        let (segment, tail) = after.split_once('/').unwrap_or((after, ""));
        if rule.skip_segments_after_host.iter().any(|skip| skip == segment) {
            path = format!("{host}/{tail}");
        }
    }
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    target_address(&format!("{path}{query}"))
}

/// Reads a wrapped address: absolute, or starting with a host under a public suffix.
fn target_address(text: &str) -> Option<Url> {
    let text = text.trim();
    let text = text.strip_prefix("cache:").unwrap_or(text);
    let url = if text.starts_with("http:/") || text.starts_with("https:/") {
        // A path loses one of two slashes: `https:/example.org/`; the parser restores it.
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
