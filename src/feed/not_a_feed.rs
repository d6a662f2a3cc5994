//! Why a body is not a feed.

use super::autodiscovery::{FeedLink, alternates};
use super::reader::Refusal;
use super::source::Source;
use crate::text::{html, truncate_to_bytes};

/// Why a body is not a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAFeed {
    /// The body is empty but for white space.
    #[error("the body is empty")]
    Empty,
    /// A web page, which may link to its feeds.
    #[error("the body is a web page, not a feed{}", suggestion(.alternates))]
    Html {
        /// The feeds that the page links to.
        alternates: Vec<FeedLink>,
    },
    /// A page that asks for a browser: the server does not serve the feed to programs.
    #[error(
        "the server sent a challenge page of {name} instead of the feed; only its operator can let this program through"
    )]
    ChallengePage {
        /// Whose challenge it is, e.g. `Cloudflare`.
        name: &'static str,
    },
    /// Neither XML nor JSON: an image, an archive, plain text.
    #[error("the body is neither XML nor JSON; it begins with `{beginning}`")]
    NotXmlNorJson {
        /// The first characters, printable.
        beginning: String,
    },
    /// XML or JSON of another kind.
    #[error("the document is not a feed: its root is `{root}`, not rss, RDF, feed, entry or a JSON Feed")]
    UnknownRoot {
        /// The name of the root element, or `a JSON object`.
        root: String,
    },
    /// The document starts like a feed, but nothing in it can be read.
    #[error("the feed cannot be read: {reason}")]
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}

fn suggestion(alternates: &[FeedLink]) -> String {
    // Those of the text are doubtful where the head names some; they come last.
    let of_head = alternates.iter().filter(|link| !link.is_in_text).count();
    match alternates.get(..of_head).filter(|of_head| !of_head.is_empty()).unwrap_or(alternates) {
        [] => String::new(),
        [one] => format!("; it links to this feed: {}", one.url),
        [first, rest @ ..] => format!("; it links to {} feeds, the first is {}", rest.len() + 1, first.url),
    }
}

/// Challenge pages that web servers show to programs: words of the page, and whose product it is.
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

/// How much of a page is searched for these words.
const PAGE_BYTES: usize = 64 << 10;

/// The first elements of web pages, including those without `html`, such as error pages and challenges.
const ROOTS_OF_PAGES: [&str; 14] =
    ["html", "script", "div", "p", "h1", "h2", "center", "meta", "title", "style", "form", "noscript", "br", "iframe"];

/// Returns why a document that every reader refuses is not a feed.
pub(super) fn explain(refusal: Refusal, text: &str, source: &Source<'_>) -> NotAFeed {
    let root = match refusal {
        Refusal::Json if text.starts_with('[') => return NotAFeed::UnknownRoot { root: "a JSON array".to_owned() },
        Refusal::Json => return NotAFeed::UnknownRoot { root: "a JSON object".to_owned() },
        Refusal::JsonSyntax(_) if !text.contains('"') => return NotAFeed::NotXmlNorJson { beginning: beginning(text) },
        Refusal::JsonSyntax(reason) => return NotAFeed::Unreadable { reason: format!("it is broken JSON: {reason}") },
        Refusal::Html => "html".to_owned(),
        Refusal::Root(root) => root,
    };
    if ROOTS_OF_PAGES.iter().any(|known| known.eq_ignore_ascii_case(&root)) {
        let head = truncate_to_bytes(text, PAGE_BYTES);
        return match CHALLENGES.iter().find(|(words, _)| head.contains(words)) {
            Some((_, name)) => NotAFeed::ChallengePage { name },
            None => NotAFeed::Html { alternates: alternates(text.as_bytes(), source.base_url.unwrap_or_default()) },
        };
    }
    match root.as_str() {
        "" => NotAFeed::NotXmlNorJson { beginning: beginning(text) },
        _ => NotAFeed::UnknownRoot { root },
    }
}

fn beginning(text: &str) -> String {
    let head: String = text.chars().take(200).collect();
    html::plain(&head).chars().take(40).collect()
}
