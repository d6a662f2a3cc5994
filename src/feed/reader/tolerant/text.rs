//! The inside of an element as text, with its entities resolved.

use std::borrow::Cow;
use std::cell::Cell;

use url::Url;

use super::super::raw::{RawLink, RawText};
use crate::model::FeedFormat;
use crate::text::html;
use crate::text::html::TextKind;
use crate::text::tokenizer::{Tag, Token, Tokens};

/// The inside of an element whose text is read.
pub(in crate::feed::reader) struct Captured<'a> {
    pub(in crate::feed::reader) inner: &'a str,
    pub(in crate::feed::reader) has_elements: bool,
}

/// The entities that a document declares: the first few, short ones, each resolved once, all together to a bounded
/// length. So nested declarations cannot explode.
#[derive(Debug)]
pub(in crate::feed::reader) struct Entities<'a> {
    declared: Vec<(&'a str, &'a str)>,
    /// Bytes that may still be resolved from declarations.
    budget: Cell<usize>,
}

const DECLARATIONS: usize = 64;
const VALUE_BYTES: usize = 1024;
const BUDGET_BYTES: usize = 1 << 20;

impl Default for Entities<'_> {
    fn default() -> Self {
        Entities { declared: Vec::new(), budget: Cell::new(BUDGET_BYTES) }
    }
}

impl<'a> Entities<'a> {
    /// Reads the declarations of a document type: `<!ENTITY name "value">`.
    pub(super) fn declare(&mut self, doctype: &'a str) {
        for declaration in doctype.split("<!ENTITY").skip(1).take(DECLARATIONS) {
            let declaration = declaration.trim_start();
            let Some((name, rest)) = declaration.split_once(char::is_whitespace) else { continue };
            let Some(quote) = rest.trim_start().chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
                continue;
            };
            let value =
                rest.trim_start().get(1..).and_then(|rest| rest.split_once(quote)).map_or("", |(value, _)| value);
            if value.len() <= VALUE_BYTES {
                self.declared.push((name, value));
            }
        }
    }

    /// Resolves the references in a text: those of XML, the declared ones, and those of HTML, which feeds use
    /// undeclared.
    pub(in crate::feed::reader) fn resolve(&self, text: &'a str) -> Cow<'a, str> {
        if self.declared.is_empty() {
            return html::resolve_references(text);
        }
        html::resolve_references_with(text, |name| match self.declared.iter().find(|(declared, _)| *declared == name) {
            Some((_, value)) if value.len() <= self.budget.get() => {
                self.budget.set(self.budget.get() - value.len());
                Some(html::resolve_references(value))
            }
            Some(_) => Some(Cow::Borrowed("")),
            None => html::resolve(name),
        })
    }

    /// Returns the address against which relative addresses in an element are resolved: its own `xml:base`, else the
    /// outer one.
    pub(in crate::feed::reader) fn base_of(&self, tag: &Tag<'a>, outer: Option<&Url>) -> Option<Url> {
        let Some(own) = tag.attributes.contains("xml:base").then(|| tag.attribute("xml:base")).flatten() else {
            return outer.cloned();
        };
        let own = self.resolve(own);
        match outer {
            Some(outer) => Some(outer.join(own.trim()).unwrap_or_else(|_| outer.clone())),
            None => Url::parse(own.trim()).ok(),
        }
    }

    /// Returns the text of an element, its CDATA sections included and its elements left in as markup.
    pub(super) fn text(&self, captured: &Captured<'a>) -> Cow<'a, str> {
        self.collect(captured, |text, section| text.push_str(section))
    }

    fn collect(&self, captured: &Captured<'a>, push_section: fn(&mut String, &str)) -> Cow<'a, str> {
        if !captured.inner.contains('<') {
            return self.resolve(captured.inner);
        }
        let mut tokens = Tokens::new(captured.inner);
        let mut collected = Cow::Borrowed("");
        while let Some(token) = tokens.next() {
            let piece = match token {
                Token::Text(text) if captured.has_elements => Cow::Borrowed(text),
                Token::Text(text) => self.resolve(text),
                Token::CData(section) if captured.has_elements => {
                    let mut escaped = String::with_capacity(section.len());
                    push_section(&mut escaped, section);
                    Cow::Owned(escaped)
                }
                Token::CData(section) => Cow::Borrowed(section),
                Token::Start(_) | Token::End(_) => {
                    Cow::Borrowed(captured.inner.get(tokens.start()..tokens.end()).unwrap_or_default())
                }
                Token::Doctype(_) => Cow::Borrowed(""),
            };
            // White space around CDATA sections is not part of the text; most texts are one section.
            if collected.trim().is_empty() {
                collected = piece;
            } else if !piece.trim().is_empty() || captured.has_elements {
                collected.to_mut().push_str(&piece);
            }
        }
        collected
    }

    /// Returns the text of an element that may contain markup, and its kind.
    pub(super) fn rich(&self, tag: &Tag<'a>, captured: &Captured<'a>, format: FeedFormat) -> Option<RawText<'a>> {
        self.rich_or(tag, captured, format, None)
    }

    /// Returns the text of an element that is always text: RFC 4287 (3.1.1) has no media types for titles, so a type
    /// of another kind is ignored.
    pub(super) fn title(&self, tag: &Tag<'a>, captured: &Captured<'a>, format: FeedFormat) -> Option<RawText<'a>> {
        self.rich_or(tag, captured, format, Some(TextKind::Unspecified))
    }

    fn rich_or(
        &self,
        tag: &Tag<'a>,
        captured: &Captured<'a>,
        format: FeedFormat,
        otherwise: Option<TextKind>,
    ) -> Option<RawText<'a>> {
        if is_base64(tag) {
            return from_base64(&self.text(captured))
                .map(|text| RawText { text: Cow::Owned(text), kind: TextKind::Unspecified });
        }
        let kind = kind(tag, captured, format).or(otherwise)?;
        let is_xhtml =
            tag.attribute("type").is_some_and(|media_type| media_type.contains("xhtml") || media_type.ends_with("xml"));
        let text = if is_xhtml && captured.has_elements {
            self.collect(captured, |text, section| text.push_str(&quick_xml::escape::escape(section)))
        } else {
            self.text(captured)
        };
        (!text.trim().is_empty()).then_some(RawText { text, kind })
    }
}

/// Returns whether an element of Atom 0.3 has its text in base 64 (3.1.2).
fn is_base64(tag: &Tag<'_>) -> bool {
    let is_text =
        |media_type: &str| media_type.starts_with("text/") || media_type.contains("html") || media_type.contains("xml");
    tag.attribute("mode").is_some_and(|mode| mode.trim().eq_ignore_ascii_case("base64"))
        && tag.attribute("type").is_none_or(|media_type| is_text(&media_type.trim().to_lowercase()))
}

/// Decodes a text in base 64 (RFC 4648, 4); `None` if it is not valid, or not text.
fn from_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.trim().is_empty())
}

/// Returns the kind of the text of an element, by its attributes (RFC 4287, 3.1 and 4.1.3; Atom 0.3, 3.1) or its
/// content. `None` if it is not text but an image, say.
fn kind(tag: &Tag<'_>, captured: &Captured<'_>, format: FeedFormat) -> Option<TextKind> {
    if captured.has_elements {
        return Some(TextKind::Html);
    }
    let is_atom = matches!(format, FeedFormat::Atom03 | FeedFormat::Atom10);
    let mode = tag.attribute("mode").unwrap_or("xml").trim();
    let Some(media_type) =
        tag.attribute("type").map(|media_type| media_type.trim().to_lowercase()).filter(|found| !found.is_empty())
    else {
        let is_escaped = mode.eq_ignore_ascii_case("escaped");
        return Some(if is_atom && !is_escaped { TextKind::Plain } else { TextKind::Unspecified });
    };
    match media_type.split(';').next().unwrap_or_default().trim() {
        "text" | "text/plain" | "plain" => Some(TextKind::Plain),
        media_type if media_type.contains("html") || media_type.contains("xml") => Some(TextKind::Html),
        media_type if media_type.starts_with("text/") || !media_type.contains('/') => Some(TextKind::Unspecified),
        _ => None,
    }
}

/// Returns an address as written in an element or attribute.
pub(super) fn link<'a>(href: Cow<'a, str>, base: Option<Url>) -> Option<RawLink<'a>> {
    let href = match href {
        Cow::Borrowed(href) => Cow::Borrowed(href.trim()),
        Cow::Owned(href) => Cow::Owned(href.trim().to_owned()),
    };
    may_lead_to_a_page(&href).then_some(RawLink { href, base, is_resolved: false })
}

/// Returns whether an address may be a web address; what plainly is not, such as `javascript:` or a bare `http://`,
/// gives way to another.
fn may_lead_to_a_page(href: &str) -> bool {
    let is_web = |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    match href.split_once(':') {
        Some((scheme, rest)) if is_web(scheme) => rest.chars().any(char::is_alphanumeric),
        Some((scheme, rest)) if !rest.starts_with("//") => {
            !["javascript", "mailto", "data", "tag", "urn", "file", "about", "tel"]
                .iter()
                .any(|other| scheme.eq_ignore_ascii_case(other))
        }
        // What programs write that have no address, and a place on a page that nobody knows.
        _ => {
            !href.is_empty()
                && !href.starts_with('#')
                && !["null", "undefined", "none", "nil"].contains(&&*href.to_lowercase())
        }
    }
}
