//! Which reader reads a document.
//!
//! `feed-rs` reads well-formed feeds in the usual vocabulary, and reads them fully; the survey finds out in one pass, at a fraction of the cost
//! of reading, whether a document is one. All else is the tolerant reader's: what `feed-rs` refuses or is known to panic on, and elements that
//! say something of an item but are not known to `feed-rs`.

mod usual;

use super::namespaces::{Namespace, Scope};
use super::scan::{Tag, Token, Tokens};
use super::source::Limits;
use super::tolerant::{FeedField, ItemField, in_feed, in_item, is_item, name_as_specified};
use usual::{
    attributes, declarations_are_usual, is_usual_address, is_usual_type, lone_text, no_elements, person, references,
    texts,
};

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// `feed-rs` reads the document fully.
    FeedRs,
    /// The tolerant reader is needed, for this reason.
    Tolerant(&'static str),
}

/// Looks a document over. The text begins with its first character that is no white space.
pub(super) fn survey(text: &str, limits: &Limits) -> Reader {
    match (Survey {
        text,
        limits,
        dialect: Dialect::Rss,
        scope: Scope::default(),
        open: Vec::new(),
        items: 0,
        has_channel: false,
        item: Seen::default(),
    })
    .run()
    {
        Ok(()) => Reader::FeedRs,
        Err(reason) => Reader::Tolerant(reason),
    }
}

/// Looks a JSON document over. `feed-rs` compares each author with each, copies those of the feed to all items, panics on some names with
/// an address of mail in them, and knows no language of an item.
pub(super) fn survey_json(text: &str) -> Reader {
    let count = |name: &str| memchr::memmem::find_iter(text.as_bytes(), name).count();
    let (names, items) = (count("\"name\""), count("\"id\"") + count("\"url\""));
    if names > JSON_NAMES || names.saturating_mul(items) > JSON_NAMES * JSON_NAMES {
        return Reader::Tolerant("too many authors");
    }
    if count("\"language\"") > 1 {
        return Reader::Tolerant("the language of an item");
    }
    let is_usual = |at: usize| {
        let value = text.get(at + "\"name\"".len()..).unwrap_or_default();
        let value = value.trim_start().strip_prefix(':').map(str::trim_start);
        // An @ may be written as an escape, too.
        value
            .and_then(|value| value.strip_prefix('"')?.split('"').next())
            .is_none_or(|name| !name.contains(['@', '\\']))
    };
    if memchr::memmem::find_iter(text.as_bytes(), "\"name\"").all(is_usual) {
        Reader::FeedRs
    } else {
        Reader::Tolerant("an author's address")
    }
}

/// How many names a JSON document may hold.
const JSON_NAMES: usize = 4000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Rss,
    Atom,
}

/// What the elements of an item have been so far.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    title: bool,
    link: bool,
    id: bool,
    published: bool,
    updated: bool,
    summary: bool,
    content: bool,
    /// Elements that say the same with less weight: they count where the usual one is missing.
    lesser_title: bool,
    lesser_summary: bool,
    /// Elements of Media RSS.
    media: usize,
}

struct Survey<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    dialect: Dialect,
    scope: Scope<'a>,
    /// Names of the open elements.
    open: Vec<&'a str>,
    items: usize,
    has_channel: bool,
    item: Seen,
}

type Outcome<T> = Result<T, &'static str>;

/// How many elements of Media RSS an item may have: `feed-rs` copies what they have in common to each.
const MEDIA: usize = 64;

/// Attributes of this many bytes are counted.
const MANY_ATTRIBUTES_BYTES: usize = 2048;

impl<'a> Survey<'a, '_> {
    fn run(mut self) -> Outcome<()> {
        let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
        // By pieces without a way out, which the compiler makes fast.
        if self
            .text
            .as_bytes()
            .chunks(1024)
            .any(|piece| piece.iter().fold(false, |found, byte| found | is_control(byte)))
        {
            return Err("control characters");
        }
        // feed-rs would decode what follows once more.
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
        } else {
            Ok(())
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

    /// How many elements are around an item.
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
        self.dialect = match (tag.name, tag.attribute("version"), tag.attribute("xmlns")) {
            ("rss", Some("2.0" | "0.91" | "0.92"), None) => Dialect::Rss,
            ("feed", None, Some("http://www.w3.org/2005/Atom")) => Dialect::Atom,
            _ => return Err("another root"),
        };
        Ok(())
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
            return if tag.name == "channel" {
                once(&mut self.has_channel)
            } else {
                Err("something beside the channel")
            };
        }
        // The head of the feed is read up to its first item.
        if self.items > 0 && depth == self.item_depth() && in_feed(namespace, local) != FeedField::Opaque {
            return Err("something of the feed behind its items");
        }
        match in_item {
            true => self.item_child(tag, namespace, local, tokens),
            // feed-rs reads names of editors with a fault that letters beyond ASCII bring out.
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
                if tag.is_empty || !lone_text(tokens).is_some_and(is_usual_address) {
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
                // Media RSS, whose titles and descriptions may stand within.
                seen.lesser_summary = true;
                seen.lesser_title = true;
                return Ok(());
            }
            (ItemField::Opaque, _) if namespace != Namespace::Media => return Ok(()),
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
