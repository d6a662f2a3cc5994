//! Why a text is no feed, in words that help.

use super::source::{NotAFeed, Source};
use super::{json, markup, tolerant};

/// Pages by which guards of web servers ask for a browser: words of the page, and who the guard is.
const CHALLENGES: [(&str, &str); 14] = [
    ("cdn-cgi/challenge-platform", "Cloudflare"),
    ("cf-browser-verification", "Cloudflare"),
    ("cf_chl_opt", "Cloudflare"),
    ("Just a moment...</title>", "Cloudflare"),
    ("Attention Required! | Cloudflare", "Cloudflare"),
    ("ddos-guard", "DDoS-Guard"),
    ("DDoS-Guard", "DDoS-Guard"),
    ("_Incapsula_Resource", "Imperva"),
    ("Qrator", "Qrator"),
    ("__qrator", "Qrator"),
    ("servicepipe.ru", "Servicepipe"),
    ("datadome", "DataDome"),
    ("px-captcha", "HUMAN"),
    ("sucuri_cloudproxy_js", "Sucuri"),
];

/// How much of a page is looked through for a guard's words.
const PAGE_BYTES: usize = 64 << 10;

/// The first elements of web pages, those included that do without `html`: errors of servers, challenges.
const ROOTS_OF_PAGES: [&str; 14] =
    ["html", "script", "div", "p", "h1", "h2", "center", "meta", "title", "style", "form", "noscript", "br", "iframe"];

pub(super) fn of_json(refusal: json::Refusal, text: &str) -> NotAFeed {
    match refusal {
        json::Refusal::NoFeed => NotAFeed::UnknownRoot { root: "a JSON object".to_owned() },
        json::Refusal::Syntax(_) if !text.contains('"') => NotAFeed::NotXmlNorJson { beginning: beginning(text) },
        json::Refusal::Syntax(reason) => NotAFeed::Unreadable { reason: format!("it is broken JSON: {reason}") },
    }
}

pub(super) fn of_xml(refusal: &tolerant::Refusal, text: &str, source: &Source<'_>) -> NotAFeed {
    let root = match refusal {
        tolerant::Refusal::Html => "html",
        tolerant::Refusal::Root(root) => root,
    };
    if ROOTS_OF_PAGES.iter().any(|known| known.eq_ignore_ascii_case(root)) {
        let head = markup::head(text, PAGE_BYTES);
        return match CHALLENGES.iter().find(|(words, _)| head.contains(words)) {
            Some((_, name)) => NotAFeed::ChallengePage { name },
            None => {
                NotAFeed::Html { alternates: super::alternates(text.as_bytes(), source.base_url.unwrap_or_default()) }
            }
        };
    }
    match root {
        "" if text.starts_with('[') => NotAFeed::UnknownRoot { root: "a JSON array".to_owned() },
        "" => NotAFeed::NotXmlNorJson { beginning: beginning(text) },
        root => NotAFeed::UnknownRoot { root: root.to_owned() },
    }
}

fn beginning(text: &str) -> String {
    let head: String = text.chars().take(200).collect();
    markup::plain(&head).chars().take(40).collect()
}
