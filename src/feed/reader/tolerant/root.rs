//! The root element: its position, and the dialect of the feed.

use crate::feed::reader::raw::Refusal;
use crate::model::FeedFormat;
use crate::text::tokenizer::{Tag, Token, Tokens};

/// How far into a document its root is searched for: some start with the warnings of a web server.
const PREAMBLE_BYTES: usize = 64 << 10;

/// Returns where the root element of the feed starts, and its dialect.
pub(super) fn find(text: &str) -> Result<(usize, FeedFormat), Refusal> {
    let mut tokens = Tokens::new(text);
    let mut first = None;
    while let Some(token) = tokens.next() {
        let Token::Start(tag) = token else { continue };
        let (_, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        match local.to_lowercase().as_str() {
            "rss" => return Ok((tokens.start(), rss_version(&tag))),
            "rdf" => return Ok((tokens.start(), rdf_version(&tag))),
            "feed" | "entry" => return Ok((tokens.start(), atom_version(&tag))),
            "html" | "head" | "body" => return Err(Refusal::Html),
            _ if tokens.start() > PREAMBLE_BYTES => break,
            _ => first = first.or(Some(tag.name)),
        }
    }
    Err(Refusal::Root(first.unwrap_or_default().chars().take(60).collect()))
}

fn rss_version(tag: &Tag<'_>) -> FeedFormat {
    match tag.attribute("version").map(str::trim) {
        Some(version) if version.starts_with("0.9") => FeedFormat::Rss09,
        Some("1.0" | "1") => FeedFormat::Rss10,
        _ => FeedFormat::Rss20,
    }
}

fn rdf_version(tag: &Tag<'_>) -> FeedFormat {
    if tag.attributes.contains("netscape.com/rdf/simple/0.9") { FeedFormat::Rss09 } else { FeedFormat::Rss10 }
}

fn atom_version(tag: &Tag<'_>) -> FeedFormat {
    let is_old = tag.attributes.contains("purl.org/atom/ns")
        || tag.attribute("version").is_some_and(|version| version.starts_with("0."));
    if is_old { FeedFormat::Atom03 } else { FeedFormat::Atom10 }
}
