//! XML namespaces, as far as feeds use them.

use crate::text::tokenizer::{Attributes, Tag};

/// The vocabularies that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    /// RSS in all its versions, and elements without a namespace.
    Rss,
    Atom,
    Rdf,
    /// RSS 1.0 module Content.
    Content,
    DublinCore,
    DublinCoreTerms,
    /// Media RSS.
    Media,
    Itunes,
    /// RSS 1.0 module Syndication.
    Syndication,
    Xhtml,
    /// The vocabulary that Russian publishers use for Yandex News and Turbo.
    Yandex,
    /// Services that republish feeds for their publishers.
    FeedService,
    /// Any other.
    Other,
}

impl Namespace {
    /// Returns the vocabulary with a namespace name, compared without case, scheme and final slash, since feeds vary in
    /// these.
    pub(super) fn by_name(name: &str) -> Option<Namespace> {
        let name = name.trim().to_lowercase();
        let bare = name.split_once("://").map_or(name.as_str(), |(_, bare)| bare).trim_end_matches(['/', '#']);
        Some(match bare {
            "" => Namespace::Rss,
            "backend.userland.com/rss"
            | "blogs.law.harvard.edu/tech/rss"
            | "cyber.law.harvard.edu/rss/rss.html"
            | "www.rssboard.org/rss-specification"
            | "purl.org/rss/1.0" => Namespace::Rss,
            _ if bare.starts_with("backend.userland.com/rss") || bare.starts_with("my.netscape.com/") => Namespace::Rss,
            _ if bare.starts_with("channel.netscape.com/") || bare.starts_with("purl.org/net/rss") => Namespace::Rss,
            "www.w3.org/2005/atom" => Namespace::Atom,
            _ if bare.starts_with("purl.org/atom/ns") => Namespace::Atom,
            "www.w3.org/1999/02/22-rdf-syntax-ns" => Namespace::Rdf,
            "purl.org/rss/1.0/modules/content" => Namespace::Content,
            "purl.org/dc/terms" => Namespace::DublinCoreTerms,
            _ if bare.starts_with("purl.org/dc/elements/") => Namespace::DublinCore,
            "search.yahoo.com/mrss"
            | "tools.search.yahoo.com/mrss"
            | "video.search.yahoo.com/mrss"
            | "www.rssboard.org/media-rss" => Namespace::Media,
            "www.itunes.com/dtds/podcast-1.0.dtd" => Namespace::Itunes,
            "purl.org/rss/1.0/modules/syndication" => Namespace::Syndication,
            "www.w3.org/1999/xhtml" => Namespace::Xhtml,
            "news.yandex.ru" | "turbo.yandex.ru" => Namespace::Yandex,
            "rssnamespace.org/feedburner/ext/1.0" | "www.pheedo.com/namespace/pheedo" => Namespace::FeedService,
            _ => return None,
        })
    }
}

/// Returns the vocabulary that a prefix usually denotes, for feeds that forget to declare it.
fn by_usual_prefix(prefix: &str) -> Namespace {
    match prefix {
        "atom" | "a10" => Namespace::Atom,
        "rdf" => Namespace::Rdf,
        "rss" => Namespace::Rss,
        "content" => Namespace::Content,
        "dc" => Namespace::DublinCore,
        "dcterms" => Namespace::DublinCoreTerms,
        "media" => Namespace::Media,
        "itunes" => Namespace::Itunes,
        "sy" => Namespace::Syndication,
        "xhtml" => Namespace::Xhtml,
        "yandex" | "turbo" => Namespace::Yandex,
        "feedburner" | "pheedo" => Namespace::FeedService,
        _ => Namespace::Other,
    }
}

/// The namespace declarations in scope at a place of a document.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    /// Depth of the element that declares, prefix (empty: the default), vocabulary.
    declarations: Vec<(usize, &'a str, Namespace)>,
}

/// The limit of declarations in scope at once.
const DECLARATIONS: usize = 256;

impl<'a> Scope<'a> {
    /// Takes in what an element at this depth declares.
    pub(super) fn open(&mut self, tag: &Tag<'a>, depth: usize) {
        if !tag.attributes.contains("xmlns") {
            return;
        }
        let (own, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        let is_of_feeds = ["rss", "feed", "channel", "item"].iter().any(|name| name.eq_ignore_ascii_case(local));
        for (name, value) in Attributes(tag.attributes) {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) => match rest.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None => continue,
                },
                None => continue,
            };
            // If what holds the items is in a namespace that is not a feed's, that is a publisher's own name for RSS or
            // Atom, or a mistake.
            let known = Namespace::by_name(value);
            let is_feeds_own = matches!(known, Some(Namespace::Rss | Namespace::Atom | Namespace::Rdf));
            let is_its_own = own == prefix && (depth == 0 || is_of_feeds);
            let known = if is_its_own && !is_feeds_own { Some(Namespace::Rss) } else { known };
            if self.declarations.len() < DECLARATIONS {
                self.declarations.push((depth, prefix, known.unwrap_or(Namespace::Other)));
            }
        }
    }

    /// Forgets what elements at or below this depth declared.
    pub(super) fn close(&mut self, depth: usize) {
        while self.declarations.last().is_some_and(|(declared, _, _)| *declared >= depth) {
            self.declarations.pop();
        }
    }

    /// Returns whether the prefix of a name is declared; a name without one always is.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        name.split_once(':').is_none_or(|(prefix, _)| self.declarations.iter().any(|(_, found, _)| *found == prefix))
    }

    /// Returns the vocabulary and the local name of an element.
    pub(super) fn resolve<'n>(&self, name: &'n str) -> (Namespace, &'n str) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let declared =
            self.declarations.iter().rev().find(|(_, found, _)| *found == prefix).map(|(_, _, namespace)| *namespace);
        let namespace = declared.unwrap_or_else(|| {
            if prefix.is_empty() { Namespace::Rss } else { by_usual_prefix(&prefix.to_lowercase()) }
        });
        (namespace, local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tokenizer::{Token, Tokens};

    #[test]
    fn names_resolve_by_declaration_then_by_custom() {
        let check = |root: &str, name: &str, expected: Namespace| {
            let mut scope = Scope::default();
            let Some(Token::Start(tag)) = Tokens::new(root).next() else { panic!("{root}") };
            scope.open(&tag, 0);
            assert_eq!(scope.resolve(name).0, expected, "{root} {name}");
        };
        check("<rss>", "title", Namespace::Rss);
        check("<rss>", "dc:date", Namespace::DublinCore);
        check("<rss xmlns:dc='http://example.org/x'>", "dc:date", Namespace::Other);
        check("<rss xmlns:d='http://purl.org/dc/elements/1.1/'>", "d:date", Namespace::DublinCore);
        check("<feed xmlns='http://www.w3.org/2005/Atom'>", "title", Namespace::Atom);
        check("<feed xmlns='HTTPS://www.w3.org/2005/atom/'>", "title", Namespace::Atom);
        check("<feed xmlns='http://purl.org/atom/ns#'>", "title", Namespace::Atom);
        check("<rss xmlns='http://backend.userland.com/rss2'>", "title", Namespace::Rss);
        check("<rss xmlns='http://publisher.example/our-own'>", "title", Namespace::Rss);
        check("<rss xmlns='http://www.w3.org/1999/xhtml'>", "title", Namespace::Rss);
        check("<rss xmlns='http://search.yahoo.com/mrss/'>", "item", Namespace::Rss);
        check("<n:rss xmlns:n='http://publisher.example/our-own'>", "n:item", Namespace::Rss);
        check("<rss xmlns:n='http://publisher.example/our-own'>", "n:item", Namespace::Other);
        check("<rss xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'>", "f:origLink", Namespace::FeedService);
        check("<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", "r:RDF", Namespace::Rdf);
    }
}
