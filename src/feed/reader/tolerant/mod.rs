//! The tolerant reader: every dialect, broken XML, undeclared references, old vocabularies.
//!
//! It uses the names and positions of elements, and does not need well-formed XML: an end tag closes the nearest
//! element of its name, a new item closes the previous one, and a text ends at the latest with its item. If the
//! document breaks off, the items before the break are read.

mod builders;
mod fields;
mod text;

use url::Url;

pub(super) use self::builders::FeedBuilder;
use self::builders::ItemBuilder;
pub(super) use self::fields::{FeedField, ItemField, in_feed, in_item, is_item, name_as_specified};
pub(super) use self::text::{Captured, Entities};
use super::namespaces::{Namespace, Scope};
use super::raw::{RawFeed, Refusal};
use crate::feed::source::Limits;
use crate::text::tokenizer::{Tag, Token, Tokens};

/// For this many texts without an end tag the end is searched up to the end of their item. After that a text ends with
/// the next field, so that the time stays linear in the length of the document.
const TEXTS_WITHOUT_END: usize = 16;

/// Reads a document.
pub(super) fn read<'a>(text: &'a str, base: Option<&Url>, limits: &Limits) -> Result<RawFeed<'a>, Refusal> {
    let (at, format) = fields::find_root(text)?;
    let mut reader = Reader {
        text,
        tokens: Tokens::new(text),
        limits,
        base: base.cloned(),
        scope: Scope::default(),
        entities: Entities::default(),
        open: Vec::new(),
        feed: FeedBuilder::new(format, limits.items),
        item: None,
        faults: Faults::default(),
    };
    reader.run(at);
    Ok(reader.finish())
}

/// An element that is open.
#[derive(Debug)]
struct Open<'a> {
    name: &'a str,
    role: Role,
    /// The `xml:base` outside it, to return to.
    outer_base: Option<Url>,
}

/// How the reader treats an element that contains others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// `rss`, `channel`, `feed`, `RDF`: its elements describe the feed.
    Feed,
    Item,
    /// Its elements describe the element around it, e.g. `media:group`.
    Transparent,
    /// Its elements are ignored, e.g. `image` with its own title and link.
    Opaque,
}

/// What was wrong with a document.
#[derive(Debug, Default)]
struct Faults {
    mismatched_tags: usize,
    texts_without_end: usize,
    broke_off: bool,
    too_deep: bool,
    cut_item: bool,
    /// Elements that are named like items and belong to another vocabulary.
    foreign_items: usize,
}

struct Reader<'a, 'l> {
    text: &'a str,
    tokens: Tokens<'a>,
    limits: &'l Limits,
    base: Option<Url>,
    scope: Scope<'a>,
    entities: Entities<'a>,
    open: Vec<Open<'a>>,
    feed: FeedBuilder<'a>,
    item: Option<ItemBuilder<'a>>,
    faults: Faults,
}

impl<'a> Reader<'a, '_> {
    fn run(&mut self, root: usize) {
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Doctype(doctype) => self.entities.declare(doctype),
                Token::Start(_) if self.tokens.start() < root => {}
                Token::Start(tag) => self.start(tag),
                Token::End(name) if !self.open.is_empty() => {
                    self.end(name);
                    if self.open.is_empty() && !self.begins_again() {
                        return;
                    }
                }
                Token::End(_) | Token::Text(_) | Token::CData(_) => {}
            }
        }
        self.faults.broke_off = true;
    }

    /// Goes to the next root of a feed: some programs put one document after another. Returns whether there is one.
    fn begins_again(&mut self) -> bool {
        loop {
            let here = self.tokens.clone();
            match self.tokens.next() {
                Some(Token::Start(tag)) if ["rss", "feed", "rdf:RDF"].contains(&tag.name) => {
                    self.tokens = here;
                    return true;
                }
                Some(_) => {}
                None => return false,
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        let depth = self.open.len();
        if depth >= self.limits.depth {
            // Deeper elements are skipped, with their end tags; the next item closes all of them.
            self.faults.too_deep = true;
            let (namespace, local) = self.scope.resolve(tag.name);
            if !fields::is_item(namespace, local) {
                return;
            }
        }
        self.scope.open(&tag, depth);
        let (namespace, local) = self.scope.resolve(tag.name);
        if fields::is_item(namespace, local) {
            self.close_to_feed();
            return self.begin_item(tag);
        }
        match self.role() {
            Role::Feed => self.start_in_feed(tag, namespace, local),
            Role::Item => self.start_in_item(tag, namespace, local),
            Role::Opaque | Role::Transparent => self.push(&tag, Role::Opaque),
        }
        // Declarations apply inside their element; one whose text was read is closed by now.
        self.scope.close(self.open.len());
    }

    /// Returns the role of the innermost open element that is not transparent.
    fn role(&self) -> Role {
        self.open.iter().rev().map(|open| open.role).find(|role| *role != Role::Transparent).unwrap_or(Role::Feed)
    }

    fn begin_item(&mut self, tag: Tag<'a>) {
        self.push(&tag, Role::Item);
        let mut item = ItemBuilder::default();
        for (name, value) in crate::text::tokenizer::Attributes(tag.attributes).take(self.limits.attributes) {
            if name.ends_with(":about") || name == "about" {
                item.about = Some(self.entities.resolve(value));
            } else if name == "xml:lang" {
                item.raw.language = Some(self.entities.resolve(value));
            }
        }
        if tag.is_empty {
            self.feed.push(item);
        } else {
            self.item = Some(item);
        }
    }

    fn start_in_feed(&mut self, tag: Tag<'a>, namespace: Namespace, local: &str) {
        match fields::in_feed(namespace, &fields::name_as_specified(local)) {
            FeedField::Container => {
                if let Some(language) = tag.attribute("xml:lang") {
                    self.feed.offer_language(self.entities.resolve(language));
                }
                self.push(&tag, Role::Feed);
            }
            FeedField::Opaque => {
                self.faults.foreign_items += usize::from(fields::is_named_like_an_item(local) && !tag.is_empty);
                self.push(&tag, Role::Opaque);
            }
            field => {
                let base = self.entities.base_of(&tag, self.base.as_ref());
                let captured = self.capture(&tag);
                self.feed.take(field, &tag, &captured, base, &self.entities);
            }
        }
    }

    fn start_in_item(&mut self, tag: Tag<'a>, namespace: Namespace, local: &str) {
        // Within a media group, only elements of Media RSS describe the item.
        let is_in_group = self.open.last().is_some_and(|open| open.role == Role::Transparent);
        if is_in_group && namespace != Namespace::Media {
            return self.push(&tag, Role::Opaque);
        }
        match fields::in_item(namespace, &fields::name_as_specified(local)) {
            ItemField::Transparent => {
                let base = self.entities.base_of(&tag, self.base.as_ref());
                if let Some(item) = &mut self.item {
                    item.take_media(&tag, base, &self.entities);
                }
                self.push(&tag, Role::Transparent);
            }
            ItemField::Opaque => self.push(&tag, Role::Opaque),
            field => {
                let base = self.entities.base_of(&tag, self.base.as_ref());
                let captured = match field {
                    ItemField::Link if tag.is_empty && tag.attributes.is_empty() => self.text_after(),
                    _ => self.capture(&tag),
                };
                if let Some(item) = &mut self.item {
                    item.take(field, &tag, &captured, base, &self.entities, self.feed.format);
                }
            }
        }
    }

    fn push(&mut self, tag: &Tag<'a>, role: Role) {
        if tag.is_empty {
            return;
        }
        let base = self.entities.base_of(tag, self.base.as_ref());
        let outer_base = std::mem::replace(&mut self.base, base);
        self.open.push(Open { name: tag.name, role, outer_base });
    }

    /// Reads the inside of an element up to its end tag. If that is missing, up to the end of the item or feed around
    /// it, or to the next element of an item.
    fn capture(&mut self, tag: &Tag<'a>) -> Captured<'a> {
        let from = self.tokens.end();
        let nothing = Captured { inner: "", has_elements: false };
        if tag.is_empty {
            return nothing;
        }
        let mut has_elements = false;
        let mut first_field = None;
        let mut nested = 0_usize;
        loop {
            let before = self.tokens.clone();
            let inner = self.text.get(from..before.end()).unwrap_or_default();
            match self.tokens.next() {
                Some(Token::End(name)) if name == tag.name => {
                    if nested == 0 {
                        return Captured { inner, has_elements };
                    }
                    nested -= 1;
                }
                Some(Token::Start(inside)) => {
                    let (namespace, local) = self.scope.resolve(inside.name);
                    if fields::is_item(namespace, local) && namespace != Namespace::Xhtml {
                        return self.cut_short(before, from, first_field);
                    }
                    if first_field.is_none() && fields::ends_a_text(namespace, &fields::name_as_specified(local)) {
                        if self.faults.texts_without_end >= TEXTS_WITHOUT_END {
                            return self.cut_short(before.clone(), from, Some((before, has_elements)));
                        }
                        first_field = Some((before, has_elements));
                    }
                    nested += usize::from(inside.name == tag.name && !inside.is_empty);
                    has_elements = true;
                }
                Some(Token::End(name)) if self.open.iter().any(|open| open.name == name) => {
                    return self.cut_short(before, from, first_field);
                }
                None => {
                    self.faults.broke_off = true;
                    self.faults.cut_item |= self.item.is_some();
                    return Captured { inner, has_elements };
                }
                Some(_) => {}
            }
        }
    }

    /// Returns the text after an empty element: programs for web pages close `<link>` before its address.
    fn text_after(&self) -> Captured<'a> {
        let inner = match self.tokens.clone().next() {
            Some(Token::Text(text)) if text.trim_start().starts_with("http") => text,
            _ => "",
        };
        Captured { inner, has_elements: false }
    }

    /// Ends a text whose end tag is missing, and continues after it.
    fn cut_short(&mut self, before: Tokens<'a>, from: usize, first_field: Option<(Tokens<'a>, bool)>) -> Captured<'a> {
        self.faults.mismatched_tags += 1;
        self.faults.texts_without_end += 1;
        let (end, has_elements) = first_field.unwrap_or((before, true));
        let inner = self.text.get(from..end.end()).unwrap_or_default();
        self.tokens = end;
        Captured { inner, has_elements }
    }

    fn end(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else {
            self.faults.mismatched_tags += 1;
            return;
        };
        self.faults.mismatched_tags += usize::from(at + 1 < self.open.len());
        self.close_to(at);
    }

    /// Closes all that is open within the feed.
    fn close_to_feed(&mut self) {
        let feed = self.open.iter().rposition(|open| open.role == Role::Feed).map_or(0, |at| at + 1);
        if feed < self.open.len() {
            self.faults.mismatched_tags += 1;
            self.close_to(feed);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(closed) = self.open.pop() {
                self.base = closed.outer_base;
                if closed.role == Role::Item
                    && let Some(item) = self.item.take()
                {
                    self.feed.push(item);
                }
            }
        }
        self.scope.close(depth);
    }

    fn finish(mut self) -> RawFeed<'a> {
        // The item in which the document breaks off is kept if no text of it is cut and it can be recognised later.
        if let Some(item) = self.item.take()
            && !self.faults.cut_item
            && !self.tokens.is_cut()
            && item.can_be_known_again()
        {
            self.feed.push(item);
        }
        let warnings = self.warnings();
        let has_unread_items = self.has_unread_items();
        let mut feed = self.feed.finish();
        feed.warnings.extend(warnings);
        feed.is_whole = !self.faults.broke_off && !has_unread_items;
        feed
    }

    /// Whether there were items, and none that could be read.
    fn has_unread_items(&self) -> bool {
        self.feed.items.seen() == 0 && self.faults.foreign_items > 0
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let items = self.feed.items.seen();
        if self.faults.too_deep {
            warnings.push(format!(
                "elements are nested more than {} deep; the content of the deeper ones was left out",
                self.limits.depth
            ));
        }
        if self.faults.broke_off {
            warnings.push(format!("the document breaks off; {items} items before the break were read"));
        }
        if self.has_unread_items() {
            let unread = self.faults.foreign_items;
            warnings.push(format!(
                "{unread} elements are named like items but belong to no feed's vocabulary; none was read"
            ));
        }
        if self.faults.mismatched_tags > 0 {
            warnings.push(format!(
                "not well-formed: {} tags do not match; the items were read anyway",
                self.faults.mismatched_tags
            ));
        }
        warnings
    }
}
