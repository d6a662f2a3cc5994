//! One scan over a document before it is read: it decides which reader reads the items, and reads the head of the feed.
//!
//! `feed-rs` reads well-formed feeds that keep to the usual vocabulary; the scan checks that a document is one, at
//! about 5 % of the cost of reading it. Everything else goes to the tolerant reader: input that `feed-rs` refuses,
//! panics on, or silently reads differently. What `feed-rs` does not report about the feed itself (`ttl`,
//! `skipHours`, the version of RSS) comes from this scan, so that no part of a document is read twice for the same
//! purpose.

mod usual;

use url::Url;

use super::namespaces::{Namespace, Scope};
use super::raw::RawFeed;
use super::tolerant::{
    Captured, Entities, FeedBuilder, FeedField, ItemField, in_feed, in_item, is_item, name_as_specified,
};
use crate::feed::source::Limits;
use crate::model::FeedFormat;
use crate::text::tokenizer::{Tag, Token, Tokens};
use usual::{
    Outcome, attributes, declarations_are_usual, is_usual_address, is_usual_type, lone_text, no_elements, person,
    references, texts,
};

/// Scans an XML document that starts with a non-space character. Returns its head if `feed-rs` can read the items, else
/// the reason why the tolerant reader must read everything.
pub(super) fn prescan<'a>(text: &'a str, base: Option<&Url>, limits: &Limits) -> Result<RawFeed<'a>, &'static str> {
    let scan = Prescan {
        text,
        limits,
        dialect: Dialect::Rss,
        scope: Scope::default(),
        base: base.cloned(),
        entities: Entities::default(),
        head: FeedBuilder::new(FeedFormat::Rss20, limits.items),
        open: Vec::new(),
        items: 0,
        has_channel: false,
        item: Seen::default(),
    };
    scan.run().map(FeedBuilder::finish)
}

/// Returns whether `feed-rs` reads a JSON document well. It compares each author with every other, copies those of the
/// feed to all items, panics on some names that contain an e-mail address, and does not know the language of an item.
pub(super) fn suits_feed_rs(text: &str, items: usize) -> bool {
    // It reads all of a document before any of it can be left out.
    let objects = memchr::memchr_iter(b'{', text.as_bytes()).count();
    if text.len() > JSON_BYTES || objects > items.saturating_mul(4) {
        return false;
    }
    let count = |name: &str| memchr::memmem::find_iter(text.as_bytes(), name).count();
    let (names, items) = (count("\"name\""), count("\"id\"") + count("\"url\""));
    if names > JSON_NAMES || names.saturating_mul(items) > JSON_NAMES * JSON_NAMES || count("\"language\"") > 1 {
        return false;
    }
    let values = |name: &'static str| {
        memchr::memmem::find_iter(text.as_bytes(), name).filter_map(move |at| {
            let value = text.get(at + name.len()..)?.trim_start().strip_prefix(':')?;
            value.trim_start().strip_prefix('"')?.split('"').next()
        })
    };
    // An @ may also be written as an escape. A relative address leads to the site that the feed names.
    values("\"name\"").all(|name| !name.contains(['@', '\\']))
        && values("\"url\"").all(|address| address.starts_with("http"))
}

/// The limit of bytes of a JSON document.
const JSON_BYTES: usize = 2 << 20;

/// The limit of names in a JSON document.
const JSON_NAMES: usize = 4000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Rss,
    Atom,
}

/// The elements of the current item seen so far.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    title: bool,
    link: bool,
    id: bool,
    published: bool,
    updated: bool,
    summary: bool,
    content: bool,
    /// Elements of other vocabularies, which count if the usual one is missing.
    lesser_title: bool,
    lesser_summary: bool,
    /// Elements of Media RSS.
    media: usize,
}

struct Prescan<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    dialect: Dialect,
    scope: Scope<'a>,
    /// The address against which relative addresses of the feed itself are resolved.
    base: Option<Url>,
    /// No declared entities: a document with a document type goes to the tolerant reader.
    entities: Entities<'a>,
    head: FeedBuilder<'a>,
    /// Names of the open elements.
    open: Vec<&'a str>,
    items: usize,
    has_channel: bool,
    item: Seen,
}

/// The limit of elements of Media RSS in an item: `feed-rs` copies what they have in common to each.
const MEDIA: usize = 64;

impl<'a> Prescan<'a, '_> {
    fn run(mut self) -> Outcome<FeedBuilder<'a>> {
        let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
        // Without an early exit inside a chunk, so that the compiler vectorises it.
        if self
            .text
            .as_bytes()
            .chunks(1024)
            .any(|piece| piece.iter().fold(false, |found, byte| found | is_control(byte)))
        {
            return Err("control characters");
        }
        // feed-rs would decode what follows a second time.
        let declarations = memchr::memmem::find_iter(self.text.as_bytes(), b"<?xml");
        let is_declaration = |at: &usize| self.text.as_bytes().get(at + 5).is_none_or(|next| *next != b'-');
        if declarations.filter(is_declaration).any(|at| at > 0) {
            return Err("an XML declaration within");
        }
        let mut tokens = Tokens::new(self.text);
        while let Some(token) = tokens.next() {
            match token {
                Token::Start(tag) => self.start(tag, &mut tokens)?,
                Token::End(name) => self.end(name)?,
                Token::Text(text) if self.open.is_empty() => {
                    if !text.trim().is_empty() {
                        return Err("text outside of the root");
                    }
                }
                Token::Text(text) if text.starts_with('<') => return Err("a < that begins no tag"),
                Token::Text(text) => references(text)?,
                Token::CData(_) => {}
                Token::Doctype(_) => return Err("a document type"),
            }
        }
        if tokens.is_cut() || !self.open.is_empty() {
            Err("the document breaks off")
        } else if self.dialect == Dialect::Rss && !self.has_channel {
            Err("no channel")
        } else if self.items == 0 {
            // The other reader notices items of another vocabulary.
            Err("no items")
        } else {
            Ok(self.head)
        }
    }

    fn end(&mut self, name: &str) -> Outcome<()> {
        let opened = self.open.pop().ok_or("an end tag too many")?;
        if opened != name {
            return Err("tags do not match");
        }
        if self.open.len() == self.item_depth() && is_item_name(name, self.dialect) {
            self.end_item()?;
        }
        Ok(())
    }

    /// The number of elements around an item.
    fn item_depth(&self) -> usize {
        match self.dialect {
            Dialect::Rss => 2,
            Dialect::Atom => 1,
        }
    }

    fn start(&mut self, tag: Tag<'a>, tokens: &mut Tokens<'a>) -> Outcome<()> {
        let depth = self.open.len();
        attributes(&tag, self.limits)?;
        if depth == 0 {
            self.root(&tag)?;
        } else {
            if tag.attributes.contains("xmlns") {
                return Err("a namespace declared within");
            }
            if depth >= self.limits.depth {
                return Err("elements too deep");
            }
            self.element(&tag, depth, tokens)?;
        }
        if !tag.is_empty {
            self.open.push(tag.name);
        }
        Ok(())
    }

    fn root(&mut self, tag: &Tag<'a>) -> Outcome<()> {
        if self.items > 0 || tag.is_empty {
            return Err("no single root");
        }
        self.scope.open(tag, 0);
        if !declarations_are_usual(tag) {
            return Err("an unusual namespace");
        }
        let format;
        (self.dialect, format) = match (tag.name, tag.attribute("version"), tag.attribute("xmlns")) {
            ("rss", Some("2.0"), None) => (Dialect::Rss, FeedFormat::Rss20),
            ("rss", Some("0.91" | "0.92"), None) => (Dialect::Rss, FeedFormat::Rss09),
            ("feed", None, Some("http://www.w3.org/2005/Atom")) => (Dialect::Atom, FeedFormat::Atom10),
            _ => return Err("another root"),
        };
        self.head = FeedBuilder::new(format, self.limits.items);
        self.container(tag);
        Ok(())
    }

    /// Takes what the root or the channel says about all that is in it.
    fn container(&mut self, tag: &Tag<'a>) {
        self.base = self.entities.base_of(tag, self.base.as_ref());
        if let Some(language) = tag.attribute("xml:lang") {
            self.head.offer_language(self.entities.resolve(language));
        }
    }

    /// Reads an element of the feed itself.
    fn feed_child(&mut self, tag: &Tag<'a>, namespace: Namespace, local: &str, tokens: &Tokens<'a>) -> Outcome<()> {
        match in_feed(namespace, &name_as_specified(local)) {
            FeedField::Opaque => Ok(()),
            // The head of the feed is read up to its first item.
            _ if self.items > 0 => Err("an element of the feed after its items"),
            FeedField::Container => Err("a channel within the channel"),
            field => {
                let captured = self.inside(tag, tokens)?;
                let base = self.entities.base_of(tag, self.base.as_ref());
                self.head.take(field, tag, &captured, base, &self.entities);
                Ok(())
            }
        }
    }

    /// Returns the inside of an element; `tokens` is just after its start tag and stays there.
    fn inside(&self, tag: &Tag<'a>, tokens: &Tokens<'a>) -> Outcome<Captured<'a>> {
        let mut inside = Captured { inner: "", has_elements: false };
        if tag.is_empty {
            return Ok(inside);
        }
        let mut ahead = tokens.clone();
        let mut nested = 0_usize;
        loop {
            let end = ahead.end();
            match ahead.next().ok_or("the document breaks off")? {
                Token::End(name) if name == tag.name && nested == 0 => {
                    inside.inner = self.text.get(tokens.end()..end).unwrap_or_default();
                    return Ok(inside);
                }
                Token::End(name) => nested -= usize::from(name == tag.name),
                Token::Start(other) => {
                    inside.has_elements = true;
                    nested += usize::from(other.name == tag.name && !other.is_empty);
                }
                Token::Text(_) | Token::CData(_) | Token::Doctype(_) => {}
            }
        }
    }

    fn element(&mut self, tag: &Tag<'a>, depth: usize, tokens: &mut Tokens<'a>) -> Outcome<()> {
        let (namespace, local) = self.scope.resolve(tag.name);
        if !self.scope.is_declared(tag.name) {
            return Err("a prefix that is not declared");
        }
        self.item.media += usize::from(namespace == Namespace::Media);
        if self.item.media > MEDIA {
            return Err("too many media");
        }
        if matches!(namespace, Namespace::Itunes | Namespace::Xhtml | Namespace::Yandex) {
            return Err("another vocabulary");
        }
        if tag.attributes.contains("xml:") && (depth > self.item_depth() || is_item(namespace, local)) {
            return Err("an xml:base or xml:lang of an item");
        }
        if is_item(namespace, local) {
            return self.begin_item(tag, depth);
        }
        let in_item =
            depth == self.item_depth() + 1 && self.open.last().is_some_and(|name| is_item_name(name, self.dialect));
        if depth == 1 && self.dialect == Dialect::Rss {
            if tag.name != "channel" {
                return Err("something beside the channel");
            }
            self.container(tag);
            return once(&mut self.has_channel);
        }
        if depth == self.item_depth() {
            self.feed_child(tag, namespace, local, tokens)?;
        }
        match in_item {
            true => self.item_child(tag, namespace, local, tokens),
            // feed-rs misreads names of editors that have letters beyond ASCII.
            false if matches!(local, "managingEditor" | "webMaster" | "person") => person(tag, tokens),
            false => Ok(()),
        }
    }

    fn begin_item(&mut self, tag: &Tag<'a>, depth: usize) -> Outcome<()> {
        if depth != self.item_depth() || !is_item_name(tag.name, self.dialect) || tag.is_empty {
            return Err("an item in an unusual place");
        }
        self.items += 1;
        if self.items > self.limits.items {
            return Err("too many items");
        }
        self.item = Seen::default();
        Ok(())
    }

    fn end_item(&self) -> Outcome<()> {
        let Seen { title, link, summary, content, lesser_title, lesser_summary, .. } = self.item;
        if !link {
            Err("an item without a link")
        } else if (lesser_title && !title) || (lesser_summary && !summary) {
            Err("a title or summary of another vocabulary")
        } else if !title && !summary && !content {
            Err("an item without text")
        } else {
            Ok(())
        }
    }

    fn item_child(&mut self, tag: &Tag<'a>, namespace: Namespace, local: &str, tokens: &mut Tokens<'a>) -> Outcome<()> {
        let seen = &mut self.item;
        let rss = self.dialect == Dialect::Rss;
        if name_as_specified(local) != local && in_item(namespace, &name_as_specified(local)) != ItemField::Opaque {
            return Err("a name of an element in capitals");
        }
        match (in_item(namespace, local), local) {
            (ItemField::Title(0), _) => once(&mut seen.title)?,
            (ItemField::Link, _) if rss && namespace == Namespace::Rss && tag.attributes.is_empty() => {
                once(&mut seen.link)?;
                // A relative one leads to the site that the feed names, which feed-rs does not know.
                let is_usual = |address: &str| is_usual_address(address) && !address.trim_start().starts_with('/');
                if tag.is_empty || !lone_text(tokens).is_some_and(is_usual) {
                    return Err("an address that feed-rs reads otherwise");
                }
            }
            (ItemField::Link, _) if !rss => {
                let href = tag.attribute("href").filter(|href| is_usual_address(href));
                if href.is_none() {
                    return Err("an address that feed-rs reads otherwise");
                }
                seen.link |= tag.attribute("rel").is_none_or(|rel| rel == "alternate");
            }
            (ItemField::Guid, _) if rss => once(&mut seen.id)?,
            (ItemField::AtomId, _) if !rss => once(&mut seen.id)?,
            (ItemField::Published(0), "pubDate") if rss => once(&mut seen.published)?,
            (ItemField::Published(0), "published") if !rss => once(&mut seen.published)?,
            (ItemField::Updated(0), "updated") if !rss => once(&mut seen.updated)?,
            (ItemField::Summary(0), "description") if rss => once(&mut seen.summary)?,
            (ItemField::Summary(0), "summary") if !rss => once(&mut seen.summary)?,
            (ItemField::Content(0), "encoded") if rss => once(&mut seen.content)?,
            (ItemField::Content(0), "content") if !rss => once(&mut seen.content)?,
            (ItemField::Author(0), _) if rss => return person(tag, tokens),
            (ItemField::Author(0), _) if texts(tokens).next().is_none() => return Ok(()),
            (ItemField::Category, _)
                if matches!(namespace, Namespace::Rss | Namespace::Atom) && rss != tag.attribute("term").is_some() => {}
            (ItemField::Title(2), _) => seen.lesser_title = true,
            (ItemField::Summary(3), _) => seen.lesser_summary = true,
            (ItemField::Transparent, "content") => {
                // Media RSS, which may contain titles and descriptions.
                seen.lesser_summary = true;
                seen.lesser_title = true;
                return Ok(());
            }
            (ItemField::Opaque, _) if namespace != Namespace::Media => return Ok(()),
            // They count only if there is no link.
            (ItemField::Enclosure | ItemField::Comments, _) if rss => return Ok(()),
            (ItemField::Opaque, "thumbnail" | "credit" | "keywords" | "copyright" | "category" | "rating") => {
                return Ok(());
            }
            _ => return Err("an element that feed-rs reads otherwise"),
        }
        if !rss && !is_usual_type(tag) {
            return Err("an unusual type of text");
        }
        no_elements(tag, tokens)
    }
}

fn is_item_name(name: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Rss => name == "item",
        Dialect::Atom => name == "entry",
    }
}

fn once(seen: &mut bool) -> Outcome<()> {
    if std::mem::replace(seen, true) { Err("an element twice") } else { Ok(()) }
}

#[cfg(test)]
mod tests;
