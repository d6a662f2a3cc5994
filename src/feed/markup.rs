//! HTML to the text that a person would read, and the references of HTML.
//!
//! Most texts of feeds are plain, or a paragraph or two: a scanner of this module reads these. What it does not take for simple goes to
//! `html2text`. Both give the same: blocks on lines of their own, links as their text, images, scripts and styles left out, single spaces,
//! no control characters.

mod elements;
mod references;
mod rendering;

use std::borrow::Cow;

use memchr::{memchr, memmem};

use self::elements::Element;
use self::references::reference;
pub(super) use self::references::{resolve, resolve_references, resolve_references_with};
use super::raw::TextKind;
use super::scan::{self, Token, Tokens};

/// A text on one line: a title, a name.
///
/// References that are left after that, `&quot;` for one, come from a publisher who escaped once too often: they are resolved as well, except
/// those to `<`, `>` and `&`, which may be what the title is about.
pub(super) fn line(text: &str, kind: TextKind) -> String {
    let mut line = match kind {
        TextKind::Plain => plain(text),
        TextKind::Html | TextKind::Unsaid => to_text(text, kind),
    };
    if line.contains('\n') {
        line = line.replace('\n', " ");
    }
    if memchr(b'&', line.as_bytes()).is_some() {
        let resolved = resolve_references_with(&line, |name| {
            resolve(name).filter(|value| !matches!(value.as_ref(), "<" | ">" | "&"))
        });
        if let Cow::Owned(resolved) = resolved {
            line = plain(&resolved);
        }
    }
    line
}

/// A text with its paragraphs on lines of their own.
pub(super) fn text(text: &str, kind: TextKind) -> String {
    match kind {
        TextKind::Plain => {
            let mut scanner = Scanner::new(text.len());
            for line in unwrapped(text).lines() {
                scanner.words(line);
                scanner.gap = Gap::Line;
            }
            scanner.text
        }
        TextKind::Html | TextKind::Unsaid => to_text(text, kind),
    }
}

/// Plain text on one line.
pub(super) fn plain(text: &str) -> String {
    let mut scanner = Scanner::new(text.len());
    scanner.words(unwrapped(text));
    scanner.text
}

/// The beginning of a text, at most so many bytes, cut at a character.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A text without the marks of a CDATA section that some publishers put into another.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix("<![CDATA[") {
        text = inner.trim_end().strip_suffix("]]>").unwrap_or(inner).trim();
    }
    text
}

fn to_text(html: &str, kind: TextKind) -> String {
    let html = unwrapped(html);
    let mut scanner = Scanner::new(html.len());
    if scanner.read(html, kind, Strictness::Simple) {
        return scanner.text;
    }
    // Where the layout shows nothing, such as the title of a drawing, that text is better than none.
    if let Some(rendered) = rendering::render(html).filter(|rendered| !rendered.trim().is_empty()) {
        let mut scanner = Scanner::new(rendered.len());
        for line in rendered.lines() {
            scanner.words(line);
            scanner.gap = Gap::Line;
        }
        return scanner.text;
    }
    let mut scanner = Scanner::new(html.len());
    scanner.read(html, kind, Strictness::Any);
    scanner.text
}

/// What stands between the word before and the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Space,
    Line,
}

/// Whether the scanner gives up where the markup is not simple.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Simple,
    Any,
}

struct Scanner {
    text: String,
    gap: Gap,
    has_open_frame: bool,
}

/// What a byte is to the scanner: part of a word, a space, or looked at singly. The last are other white space and control characters of
/// ASCII, `<`, `&`, and the first bytes of characters beyond ASCII that are white space or control characters.
const WORD: u8 = 0;
const SPACE: u8 = 1;
const STOP: u8 = 2;

const CLASSES: [u8; 256] = {
    let mut classes = [WORD; 256];
    let mut byte = 0;
    while byte < 0x20 {
        classes[byte] = STOP;
        byte += 1;
    }
    classes[b' ' as usize] = SPACE;
    classes[0x7F] = STOP;
    classes[b'<' as usize] = STOP;
    classes[b'&' as usize] = STOP;
    classes[0xC2] = STOP;
    classes[0xE1] = STOP;
    classes[0xE2] = STOP;
    classes[0xE3] = STOP;
    classes[0xEF] = STOP;
    classes
};

/// How many bytes at the beginning of a text are words with one space between each two.
fn clean(bytes: &[u8]) -> usize {
    let mut before = SPACE;
    // One branch a byte, and one that is easily foretold: this loop is where texts spend their time.
    let end = bytes.iter().position(|byte| {
        let class = CLASSES[usize::from(*byte)];
        let ends = class & (STOP | before) != 0;
        before = class;
        ends
    });
    let end = end.unwrap_or(bytes.len());
    if end > 0 && bytes.get(end - 1) == Some(&b' ') { end - 1 } else { end }
}

impl Scanner {
    fn new(length: usize) -> Scanner {
        Scanner { text: String::with_capacity(length), gap: Gap::None, has_open_frame: false }
    }

    fn space(&mut self) {
        if self.gap == Gap::None {
            self.gap = Gap::Space;
        }
    }

    fn push(&mut self, word: &str) {
        if !self.text.is_empty() {
            match self.gap {
                Gap::None => {}
                Gap::Space => self.text.push(' '),
                Gap::Line => self.text.push('\n'),
            }
        }
        self.gap = Gap::None;
        self.text.push_str(word);
    }

    /// One character that may be white space or a control character.
    fn character(&mut self, character: char) {
        if character.is_whitespace() {
            self.space();
        } else if !character.is_control() && character != '\u{FEFF}' {
            self.push(character.encode_utf8(&mut [0; 4]));
        }
    }

    /// Text without markup.
    fn words(&mut self, text: &str) {
        let mut rest = text;
        while let Some(behind) = self.run(rest) {
            let Some(first) = behind.chars().next() else { return };
            self.character(first);
            rest = behind.get(first.len_utf8()..).unwrap_or_default();
        }
    }

    /// Takes in what is clean; gives what stands behind it, none at the end.
    fn run<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let end = clean(text.as_bytes());
        let (word, behind) = text.split_at(end);
        if !word.is_empty() {
            self.push(word);
        }
        (!behind.is_empty()).then_some(behind)
    }

    /// Reads HTML; false where it is not simple, and then what was read is of no use.
    fn read(&mut self, html: &str, kind: TextKind, strictness: Strictness) -> bool {
        let mut rest = html;
        while let Some(behind) = self.run(rest) {
            let Some(first) = behind.chars().next() else { break };
            rest = match first {
                '<' => match self.tag(behind, kind, strictness) {
                    Some(behind) => behind,
                    None => return false,
                },
                '&' => self.reference(behind),
                _ => {
                    self.character(first);
                    behind.get(first.len_utf8()..).unwrap_or_default()
                }
            };
        }
        true
    }

    fn reference<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some((value, behind)) = reference(text) {
            value.chars().for_each(|character| self.character(character));
            return behind;
        }
        self.push("&");
        text.get(1..).unwrap_or_default()
    }

    /// Takes in a tag, or a `<` that begins none; gives what stands behind it, none where the markup is not simple.
    fn tag<'a>(&mut self, text: &'a str, kind: TextKind, strictness: Strictness) -> Option<&'a str> {
        let literal = |scanner: &mut Scanner| {
            scanner.push("<");
            text.get(1..)
        };
        if text.starts_with("<!") || text.starts_with("<?") {
            return self.declaration(text, strictness);
        }
        let mut tokens = Tokens::new(text);
        let token = tokens.next()?;
        let behind = text.get(tokens.end()..)?;
        let (name, is_start) = match token {
            // `<iframe …/>` is XHTML, and has no content to hide.
            Token::Start(tag) => (tag.name, !tag.is_empty),
            Token::End(name) => (name, false),
            _ if strictness == Strictness::Simple && tokens.is_cut() && kind == TextKind::Html => return None,
            _ => return literal(self),
        };
        match elements::element(name) {
            Element::Inline => {}
            Element::Block => self.gap = Gap::Line,
            Element::Hidden if is_start => return Some(self.hidden(behind, name)),
            Element::Hidden => {}
            Element::Unknown if kind == TextKind::Unsaid => return literal(self),
            Element::Table | Element::Unknown => match strictness {
                Strictness::Simple => return None,
                Strictness::Any => self.gap = if self.gap == Gap::None { Gap::Space } else { self.gap },
            },
        }
        Some(behind)
    }

    /// What stands behind an element whose content is not shown. A script that is never closed hides the rest; a frame hides nothing, and the ends
    /// of the frames behind it are not looked for.
    fn hidden<'a>(&mut self, text: &'a str, name: &str) -> &'a str {
        let hides_rest = ["script", "style", "head"].iter().any(|element| element.eq_ignore_ascii_case(name));
        if self.has_open_frame && !hides_rest {
            return text;
        }
        match behind_end(text, name) {
            Some(behind) => behind,
            None if hides_rest => "",
            None => {
                self.has_open_frame = true;
                text
            }
        }
    }

    /// Takes in a comment, a section, a declaration.
    fn declaration<'a>(&mut self, text: &'a str, strictness: Strictness) -> Option<&'a str> {
        let (open, close) = if text.starts_with("<!--") {
            (4, "-->")
        } else if text.starts_with("<![CDATA[") {
            (9, "]]>")
        } else {
            (2, ">")
        };
        let inside = text.get(open..)?;
        match memmem::find(inside.as_bytes(), close.as_bytes()) {
            Some(end) => {
                if open == 9 {
                    self.words(inside.get(..end)?);
                }
                inside.get(end + close.len()..)
            }
            None if strictness == Strictness::Simple => None,
            None => Some(""),
        }
    }
}

/// What stands behind the end tag of an element; none where there is no such tag.
fn behind_end<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        rest = rest.get(memmem::find(rest.as_bytes(), b"</")? + 2..)?;
        if rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return rest.get(memchr(b'>', rest.as_bytes())? + 1..);
        }
    }
}

/// How far elements stand within one another, at most: end tags that are missing count as if they were not.
fn depth(html: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for token in scan::Tokens::new(html) {
        match token {
            Token::Start(tag) if !tag.is_empty && !elements::is_void(tag.name) => depth += 1,
            Token::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests;
