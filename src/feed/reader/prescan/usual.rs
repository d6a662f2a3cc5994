//! Details of elements, attributes and references that `feed-rs` is known to read correctly.

use crate::feed::address::{is_front_page, is_no_link, is_of_a_feed, is_private};
use crate::feed::reader::namespaces::Namespace;
use crate::feed::source::Limits;
use crate::text::fold;
use crate::text::tokenizer::{Attributes, Tag, Token, Tokens};

/// A check that fails with the reason why the tolerant reader is needed.
pub(super) type Outcome<T> = Result<T, &'static str>;

/// Attributes are counted only if they take this many bytes.
const MANY_ATTRIBUTES_BYTES: usize = 2048;

/// Checks that an element holds no other elements.
pub(super) fn no_elements<'a>(tag: &Tag<'a>, tokens: &Tokens<'a>) -> Outcome<()> {
    if tag.is_empty {
        return Ok(());
    }
    for token in tokens.clone() {
        match token {
            Token::Text(_) | Token::CData(_) => {}
            Token::End(_) => return Ok(()),
            Token::Start(_) | Token::Doctype(_) => return Err("elements within a text"),
        }
    }
    Err("the document breaks off")
}

/// Checks the name of a person: `feed-rs` reads names that contain an e-mail address differently, and panics on some.
pub(super) fn person<'a>(tag: &Tag<'a>, tokens: &Tokens<'a>) -> Outcome<()> {
    no_elements(tag, tokens)?;
    for token in tokens.clone() {
        match token {
            Token::Text(text) | Token::CData(text) if text.contains(['@', '&']) => return Err("an author's address"),
            Token::Text(_) | Token::CData(_) => {}
            _ => break,
        }
    }
    Ok(())
}

/// The texts of an element up to the first element within it or its end.
pub(super) fn texts<'a>(tokens: &Tokens<'a>) -> impl Iterator<Item = &'a str> {
    let pieces = tokens.clone().map_while(|token| match token {
        Token::Text(text) | Token::CData(text) => Some(text),
        _ => None,
    });
    pieces.filter(|text| !text.trim_ascii().is_empty())
}

/// Returns the text of an element if it is in one piece.
pub(super) fn lone_text<'a>(tokens: &Tokens<'a>) -> Option<&'a str> {
    let mut texts = texts(tokens);
    texts.next().filter(|_| texts.next().is_none())
}

/// Returns whether an address is absolute, or relative to the site; others are repaired before they are resolved. That
/// of the site itself is not usual: the item may have a better one.
pub(super) fn is_usual_address(address: &str) -> bool {
    let trimmed = address.trim_ascii();
    let is_relative = trimmed.starts_with('/') && !trimmed.starts_with("//");
    // feed-rs trims only ASCII white space.
    let host = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    let is_doubled = host.is_some_and(|host| host.contains("http"));
    let has_host = host.is_some_and(|host| host.starts_with(char::is_alphanumeric));
    let is_foreign =
        |letter: char| letter.is_whitespace() || fold::is_ignored(letter) || "<>\"`‹›«»“”’".contains(letter);
    let is_in_one_piece = !trimmed.contains(is_foreign);
    trimmed == address.trim()
        && is_in_one_piece
        && !is_front_page(trimmed)
        && !is_of_a_feed(trimmed)
        && !is_no_link(trimmed)
        && !is_private(trimmed)
        && !is_doubled
        && (is_relative || has_host)
}

/// Returns whether `feed-rs` understands the type of an Atom text.
pub(super) fn is_usual_type(tag: &Tag<'_>) -> bool {
    !tag.attributes.contains("src")
        && !tag.attributes.contains("mode")
        && (tag.name == "link" || matches!(tag.attribute("type"), None | Some("text" | "html")))
}

/// Returns whether vocabularies that `feed-rs` knows have the exact name by which it knows them; others may have any.
pub(super) fn declarations_are_usual(tag: &Tag<'_>) -> bool {
    Attributes(tag.attributes).filter(|(name, _)| name.starts_with("xmlns:")).all(|(_, name)| match Namespace::by_name(
        name,
    ) {
        Some(Namespace::Content) => name == "http://purl.org/rss/1.0/modules/content/",
        Some(Namespace::Atom) => name == "http://www.w3.org/2005/Atom",
        Some(Namespace::DublinCore) => name == "http://purl.org/dc/elements/1.1/",
        Some(Namespace::Media) => name == "http://search.yahoo.com/mrss/",
        Some(Namespace::Rss) => false,
        _ => true,
    })
}

/// Checks that attributes are valid XML, and few.
pub(super) fn attributes(tag: &Tag<'_>, limits: &Limits) -> Outcome<()> {
    if tag.attributes.is_empty() {
        return Ok(());
    }
    if tag.attributes.len() > MANY_ATTRIBUTES_BYTES && Attributes(tag.attributes).count() > limits.attributes {
        return Err("too many attributes");
    }
    references(tag.attributes)
}

/// Checks that references are those of XML itself, or character numbers.
pub(super) fn references(text: &str) -> Outcome<()> {
    for at in memchr::memchr_iter(b'&', text.as_bytes()) {
        let inside = text.as_bytes().get(at + 1..).unwrap_or_default();
        let is_usual = [&b"amp;"[..], b"lt;", b"gt;", b"quot;", b"apos;"].iter().any(|name| inside.starts_with(name));
        if !is_usual && !is_number(inside) {
            return Err("a reference that XML does not have");
        }
    }
    Ok(())
}

/// Returns whether a reference is the number of a printable character, and not one that HTML maps to another.
fn is_number(inside: &[u8]) -> bool {
    let Some(end) = inside.iter().take(10).position(|byte| *byte == b';') else { return false };
    let number = inside
        .get(..end)
        .and_then(|number| std::str::from_utf8(number).ok())
        .and_then(|number| number.strip_prefix('#'));
    let code = number.and_then(|number| match number.strip_prefix('x') {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => number.parse().ok(),
    });
    code.is_some_and(|code| matches!(code, 0x20..=0x7E | 0xA0..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF))
}
