//! Markup to tokens: XML and HTML alike, well-formed or broken, without copying and in linear time.
//!
//! What cannot be a tag is text. References are not resolved.

use memchr::{memchr, memchr2, memchr3, memmem};

/// The longest tag that is recognised.
const TAG_BYTES: usize = 256 << 10;

/// The start of a CDATA section; some programs write it in lower case.
const CDATA: &[u8] = b"<![CDATA[";

/// A piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// `<name …>` or `<name …/>`.
    Start(Tag<'a>),
    /// `</name>`.
    End(&'a str),
    /// Text between tags, references unresolved.
    Text(&'a str),
    /// The inside of `<![CDATA[…]]>`.
    CData(&'a str),
    /// The inside of `<!DOCTYPE …>`.
    Doctype(&'a str),
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The name as written, prefix included.
    pub name: &'a str,
    /// What follows the name.
    pub attributes: &'a str,
    /// Whether it ends with `/>`.
    pub is_empty: bool,
}

impl<'a> Tag<'a> {
    /// Returns the raw value of an attribute with this name, in any case.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        Attributes(self.attributes).find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// The tokens of a text.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    start: usize,
    is_cut: bool,
    has_doctype: bool,
    /// Whether it is known that no further CDATA section has an end.
    has_no_more_sections: bool,
}

impl<'a> Tokens<'a> {
    /// Reads a text from its start.
    pub fn new(text: &'a str) -> Tokens<'a> {
        Tokens { text, at: 0, start: 0, is_cut: false, has_doctype: false, has_no_more_sections: false }
    }

    /// Returns the byte at which the last token starts.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Returns the byte after the last token.
    pub fn end(&self) -> usize {
        self.at
    }

    /// Returns whether the text ends within a tag, a comment or a CDATA section.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Text up to the next `<` after byte `from` of the rest.
    fn text_token(&mut self, from: usize) -> Token<'a> {
        let rest = self.rest();
        let end = rest.as_bytes().get(from..).and_then(|bytes| memchr(b'<', bytes)).map_or(rest.len(), |at| at + from);
        self.at += end;
        Token::Text(rest.get(..end).unwrap_or_default())
    }

    /// Returns the inside of a section from `open` to `close`, or to the end of the text if that is missing.
    fn section(&mut self, open: usize, close: &str) -> &'a str {
        let inside = self.rest().get(open..).unwrap_or_default();
        if let Some(end) = memmem::find(inside.as_bytes(), close.as_bytes()) {
            self.at += open + end + close.len();
            inside.get(..end).unwrap_or_default()
        } else {
            self.is_cut = true;
            self.at = self.text.len();
            inside
        }
    }

    /// Returns the inside of a CDATA section. If it has no end, only its start is skipped, so that it swallows no other
    /// element.
    fn cdata(&mut self) -> Option<&'a str> {
        let inside = self.rest().get(CDATA.len()..).unwrap_or_default();
        let end = (!self.has_no_more_sections).then(|| memmem::find(inside.as_bytes(), b"]]>")).flatten();
        let Some(end) = end else {
            self.is_cut = true;
            self.has_no_more_sections = true;
            self.at += CDATA.len();
            return None;
        };
        self.at += CDATA.len() + end + 3;
        inside.get(..end)
    }

    /// `<!DOCTYPE …>` with its internal subset, which only the first of a text can have.
    fn doctype(&mut self) -> Token<'a> {
        let inside = self.rest().get(2..).unwrap_or_default();
        let close = memchr(b'>', inside.as_bytes());
        let head = inside.get(..close.unwrap_or(inside.len())).unwrap_or_default();
        let is_first = !std::mem::replace(&mut self.has_doctype, true);
        let end = match memchr(b'[', head.as_bytes()).filter(|_| is_first) {
            Some(open) => inside.get(open..).and_then(|subset| {
                let after = open + memchr(b']', subset.as_bytes())?;
                Some(after + memchr(b'>', inside.get(after..)?.as_bytes())?)
            }),
            None => close,
        };
        let end = end.or(close);
        self.is_cut |= end.is_none();
        let length = end.unwrap_or(inside.len());
        self.at = (self.at + 2 + length + 1).min(self.text.len());
        Token::Doctype(inside.get(..length).unwrap_or_default())
    }

    fn tag(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        let is_end = rest.starts_with("</");
        let inside = rest.get(if is_end { 2 } else { 1 }..)?;
        if !inside.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == ':') {
            return None;
        }
        let length = match tag_end(inside) {
            TagEnd::At(length) => length,
            TagEnd::None => return None,
            TagEnd::Cut => {
                self.is_cut = true;
                self.at = self.text.len();
                return Some(Token::Text(""));
            }
        };
        let inner = inside.get(..length)?;
        self.at += length + if is_end { 3 } else { 2 };
        let is_empty = inner.ends_with('/');
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let name_end = inner.bytes().position(|byte| byte.is_ascii_whitespace() || byte == b'/').unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(name_end);
        Some(if is_end { Token::End(name) } else { Token::Start(Tag { name, attributes, is_empty }) })
    }
}

/// Where a tag ends.
enum TagEnd {
    /// Its `>` is at this byte.
    At(usize),
    /// Another `<` comes first: it is not a tag.
    None,
    /// The text ends within it.
    Cut,
}

/// Finds the `>` of a tag. One within quotes does not count, unless the quotes are broken: they contain a `<`, which
/// XML forbids there, or are never closed. Each byte is read a bounded number of times, however broken the text is.
fn tag_end(inside: &str) -> TagEnd {
    let all = inside.as_bytes();
    let bytes = all.get(..all.len().min(TAG_BYTES)).unwrap_or_default();
    let at_end = if bytes.len() < all.len() { TagEnd::None } else { TagEnd::Cut };
    let between = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
    let mut at = 0;
    while let Some(found) = memchr3(b'>', b'"', b'\'', between(at, bytes.len())).map(|found| found + at) {
        if memchr(b'<', between(at, found)).is_some() {
            return TagEnd::None;
        }
        let quote = bytes.get(found).copied().unwrap_or(b'>');
        if quote == b'>' {
            return TagEnd::At(found);
        }
        at = found + 1;
        if opens_value(between(0, found)) {
            match memchr(quote, between(at, bytes.len())) {
                Some(length) if memchr(b'<', between(at, at + length)).is_none() => at += length + 1,
                _ => {
                    return match memchr2(b'>', b'<', between(at, bytes.len())) {
                        Some(end) if bytes.get(at + end) == Some(&b'>') => TagEnd::At(at + end),
                        Some(_) => TagEnd::None,
                        None => at_end,
                    };
                }
            }
        }
    }
    if memchr(b'<', between(at, bytes.len())).is_some() { TagEnd::None } else { at_end }
}

/// A quote opens a value only after an equals sign.
fn opens_value(before: &[u8]) -> bool {
    before.iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'=')
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.start = self.at;
            let rest = self.rest();
            let bytes = rest.as_bytes();
            match (bytes.first()?, bytes.get(1)) {
                (b'<', Some(b'!')) if rest.starts_with("<!--") => {
                    self.section(4, "-->");
                }
                (b'<', Some(b'!')) if bytes.get(..CDATA.len()).is_some_and(|mark| mark.eq_ignore_ascii_case(CDATA)) => {
                    if let Some(section) = self.cdata() {
                        return Some(Token::CData(section));
                    }
                }
                (b'<', Some(b'!')) if rest.get(2..9).is_some_and(|word| word.eq_ignore_ascii_case("doctype")) => {
                    return Some(self.doctype());
                }
                (b'<', Some(b'!' | b'?')) => {
                    self.section(2, ">");
                }
                (b'<', _) => return Some(self.tag().unwrap_or_else(|| self.text_token(1))),
                _ => return Some(self.text_token(0)),
            }
        }
    }
}

/// Attributes as written: name and raw value.
#[derive(Clone, Debug)]
pub struct Attributes<'a>(pub &'a str);

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let separates = |character: char| character.is_ascii_whitespace() || character == '/';
        loop {
            let rest = self.0.trim_start_matches(separates);
            if rest.is_empty() {
                return None;
            }
            let name_end = rest.find(|character: char| separates(character) || character == '=').unwrap_or(rest.len());
            let (name, after) = rest.split_at(name_end);
            let Some(value) = after.trim_start().strip_prefix('=') else {
                self.0 = after;
                return Some((name, ""));
            };
            let value = value.trim_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let inner = value.get(1..).unwrap_or_default();
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                _ => {
                    value.split_at(value.find(|character: char| character.is_ascii_whitespace()).unwrap_or(value.len()))
                }
            };
            self.0 = after;
            if !name.is_empty() {
                return Some((name, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Tokens::new(text)
            .map(|token| match token {
                Token::Start(tag) => format!("({}{}{})", tag.name, tag.attributes, if tag.is_empty { "/" } else { "" }),
                Token::End(name) => format!("[/{name}]"),
                Token::Text(text) => text.to_owned(),
                Token::CData(text) => format!("{{{text}}}"),
                Token::Doctype(text) => format!("!{text}!"),
            })
            .collect()
    }

    #[test]
    fn markup_falls_into_tokens() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text), expected, "{text}");
        check("", "");
        check("a<b>c</b>d", "a(b)c[/b]d");
        check("<a b='>'/>x", "(a b='>'/)x");
        check("1 < 2 <3> a<=b", "1 < 2 <3> a<=b");
        check("<!-- a > b --><x>", "(x)");
        check("<![CDATA[a<b>]]]>c", "{a<b>]}c");
        check("<!DOCTYPE rss [<!ENTITY a \"b\">]>c", "!DOCTYPE rss [<!ENTITY a \"b\">]!c");
        check("<?xml version='1.0'?><rss>", "(rss)");
        check("<a href=\"x>y</a>", "(a href=\"x)y[/a]");
        check("<a title='it's'>y", "(a title='it's')y");
        check("x<a b", "x");
        check("<a><![cdata[x<y]]></a>", "(a){x<y}[/a]");
        check("<a><![CDATA[x</a><b>y</b>", "(a)x[/a](b)y[/b]");
        check("<ж>", "(ж)");
        check("</a >", "[/a]");
    }

    #[test]
    fn attributes_are_read_as_they_come() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            assert_eq!(Attributes(text).collect::<Vec<_>>(), expected, "{text}");
        };
        check("", &[]);
        check(" a=\"1\" b='2 3' c=4 d e = '5'", &[("a", "1"), ("b", "2 3"), ("c", "4"), ("d", ""), ("e", "5")]);
        check(" ='x' a='", &[("a", "")]);
    }
}
