//! What is usual: details of elements, attributes and references that `feed-rs` is known to read as they are meant.

use super::{MANY_ATTRIBUTES_BYTES, Outcome};
use crate::feed::namespaces::Namespace;
use crate::feed::scan::{Attributes, Tag, Token, Tokens};
use crate::feed::source::Limits;

/// Looks at the inside of a text without taking it in: it must hold no elements.
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

/// Names with an address of mail in them are read otherwise by `feed-rs`, and it panics on some.
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

/// The text of an element that is of one piece.
pub(super) fn lone_text<'a>(tokens: &Tokens<'a>) -> Option<&'a str> {
    let mut texts = texts(tokens);
    texts.next().filter(|_| texts.next().is_none())
}

/// Whether an address is absolute, or relative to the site; others are mended before they are resolved.
pub(super) fn is_usual_address(address: &str) -> bool {
    let trimmed = address.trim_ascii();
    let is_relative = trimmed.starts_with('/') && !trimmed.starts_with("//");
    // Of white space, feed-rs takes off only what is ASCII.
    let host = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    trimmed == address.trim() && (is_relative || host.is_some_and(|host| host.starts_with(char::is_alphanumeric)))
}

/// The types of Atom texts that `feed-rs` takes for what they are.
pub(super) fn is_usual_type(tag: &Tag<'_>) -> bool {
    !tag.attributes.contains("src")
        && !tag.attributes.contains("mode")
        && (tag.name == "link" || matches!(tag.attribute("type"), None | Some("text" | "html")))
}

/// Vocabularies that `feed-rs` knows must bear the name by which it knows them; others may bear any.
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

/// Attributes must be written as XML has them, and be few.
pub(super) fn attributes(tag: &Tag<'_>, limits: &Limits) -> Outcome<()> {
    if tag.attributes.is_empty() {
        return Ok(());
    }
    if tag.attributes.len() > MANY_ATTRIBUTES_BYTES && Attributes(tag.attributes).count() > limits.attributes {
        return Err("too many attributes");
    }
    references(tag.attributes)
}

/// References must be those that XML itself has, or numbers of characters.
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

/// Whether a reference is the number of a printable character of the lower planes, and not one that HTML reads otherwise.
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
