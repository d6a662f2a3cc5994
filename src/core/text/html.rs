//! HTML to the text that a person would read, and the character references of HTML.
//!
//! One pass, linear in the length of the text, however broken the markup is: blocks go on lines of their own, links
//! become their text, and images, scripts, styles and drawings are left out. What comes out has single spaces and no
//! control characters.

mod references;

use std::borrow::Cow;

use memchr::{memchr, memmem};

use self::references::reference;
use super::tokenizer::{Token, Tokens};
use super::truncate_to_bytes;

pub use self::references::{resolve, resolve_references, resolve_references_with};

/// What kind of text a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Plain text, as the feed declares.
    Plain,
    /// HTML, as the feed declares or because the field contains elements.
    Html,
    /// RSS does not say: HTML if it contains tags or references of HTML, else plain text.
    Unspecified,
}

/// Returns a title or a name on one line.
///
/// References that remain, such as `&quot;`, come from a publisher who escaped once too often: they are resolved as
/// well, except those to `<` and `>`, which the title may be about, and to an `&` before what would be a reference then.
pub fn line(text: &str, kind: TextKind) -> String {
    let mut line = match kind {
        TextKind::Plain => plain(text),
        TextKind::Html | TextKind::Unspecified => to_text(text, kind),
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
        line = with_bare_ampersands(line);
    }
    line
}

/// Returns a line in which `&amp;`, however often it was escaped, is `&`, unless what follows would be a reference then.
fn with_bare_ampersands(line: String) -> String {
    const ESCAPED: [&str; 4] = ["&amp;", "&#038;", "&#38;", "&#x26;"];
    // No name of HTML is longer.
    const REFERENCE_BYTES: usize = 36;
    if !ESCAPED.iter().any(|escaped| line.contains(escaped)) {
        return line;
    }
    let mut bare = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        let (before, written) = rest.split_at(at);
        bare.push_str(before);
        let mut after = written.get(1..).unwrap_or_default();
        while let Some(inner) =
            ESCAPED.iter().filter_map(|escaped| escaped.get(1..)).find_map(|one| after.strip_prefix(one))
        {
            after = inner;
        }
        let is_escaped = after.len() + 1 < written.len();
        let is_reference = reference(&format!("&{}", truncate_to_bytes(after, REFERENCE_BYTES))).is_some();
        bare.push('&');
        rest = if is_escaped && is_reference { written.get(1..).unwrap_or_default() } else { after };
    }
    bare.push_str(rest);
    bare
}

/// Returns a text with its paragraphs on lines of their own.
pub fn text(text: &str, kind: TextKind) -> String {
    match kind {
        TextKind::Plain => {
            let mut scanner = Scanner::new(text.len());
            for line in unwrapped(text).lines() {
                scanner.words(line);
                scanner.gap = Gap::Line;
            }
            scanner.text
        }
        TextKind::Html | TextKind::Unspecified => to_text(text, kind),
    }
}

/// Returns text that should be plain, but may have come without a feed reader and still hold markup and references, as
/// plain text on one line; borrowed if there is neither.
pub fn without_markup(text: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'<', b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(line(text, TextKind::Unspecified))
}

/// Returns plain text on one line.
pub fn plain(text: &str) -> String {
    let mut scanner = Scanner::new(text.len());
    scanner.words(unwrapped(text));
    scanner.text
}

/// Returns a text without the marks of a CDATA section that some publishers put into another.
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
    scanner.read(html, kind);
    // If there is nothing but a drawing, its title is better than nothing.
    if scanner.text.is_empty() && scanner.has_drawing {
        scanner = Scanner { shows_drawings: true, ..Scanner::new(0) };
        scanner.read(html, kind);
    }
    scanner.text
}

/// What separates the previous word from the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Space,
    Line,
}

struct Scanner {
    text: String,
    gap: Gap,
    /// A frame without an end was found: the ends of later ones are not searched for.
    has_open_frame: bool,
    /// How many `pre` elements are open: in them a new line is one.
    preformatted: usize,
    has_drawing: bool,
    shows_drawings: bool,
}

/// How the scanner treats a byte: as part of a word, as a space, or by itself. The last are other ASCII white space and
/// control characters, `<`, `&`, and the first bytes of characters beyond ASCII that are white space or control
/// characters.
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

/// Returns how many bytes at the start of a text are words with single spaces between them.
fn clean(bytes: &[u8]) -> usize {
    let mut before = SPACE;
    // One well-predicted branch a byte: most of the time on texts is spent in this loop.
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
        Scanner {
            text: String::with_capacity(length),
            gap: Gap::None,
            has_open_frame: false,
            preformatted: 0,
            has_drawing: false,
            shows_drawings: false,
        }
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
        if character == '\n' && self.preformatted > 0 {
            self.gap = Gap::Line;
        } else if character.is_whitespace() {
            self.space();
        } else if !character.is_control() && character != '\u{FEFF}' {
            self.push(character.encode_utf8(&mut [0; 4]));
        }
    }

    /// Text without markup.
    fn words(&mut self, text: &str) {
        let mut rest = text;
        while let Some(after) = self.run(rest) {
            let Some(first) = after.chars().next() else { return };
            self.character(first);
            rest = after.get(first.len_utf8()..).unwrap_or_default();
        }
    }

    /// Takes in what is clean and returns what follows, `None` at the end.
    fn run<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let end = clean(text.as_bytes());
        let (word, after) = text.split_at(end);
        if !word.is_empty() {
            self.push(word);
        }
        (!after.is_empty()).then_some(after)
    }

    fn read(&mut self, html: &str, kind: TextKind) {
        let mut rest = html;
        while let Some(after) = self.run(rest) {
            let Some(first) = after.chars().next() else { break };
            rest = match first {
                '<' => self.tag(after, kind).unwrap_or_default(),
                '&' => self.reference(after),
                _ => {
                    self.character(first);
                    after.get(first.len_utf8()..).unwrap_or_default()
                }
            };
        }
    }

    fn reference<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some((value, after)) = reference(text) {
            value.chars().for_each(|character| self.character(character));
            return after;
        }
        self.push("&");
        text.get(1..).unwrap_or_default()
    }

    /// Takes in a tag, or a `<` that starts none, and returns what follows.
    fn tag<'a>(&mut self, text: &'a str, kind: TextKind) -> Option<&'a str> {
        let literal = |scanner: &mut Scanner| {
            scanner.push("<");
            text.get(1..)
        };
        if text.starts_with("<!") || text.starts_with("<?") {
            return self.declaration(text);
        }
        let mut tokens = Tokens::new(text);
        let token = tokens.next()?;
        let after = text.get(tokens.end()..)?;
        let (name, is_start, is_closed) = match token {
            Token::Start(tag) => (tag.name, true, tag.is_empty),
            Token::End(name) => (name, false, false),
            // A tag that is cut off is no text.
            _ if tokens.is_cut() && kind == TextKind::Html => return None,
            _ => return literal(self),
        };
        match element(name) {
            Element::Inline => {}
            Element::Block => self.gap = Gap::Line,
            Element::Preformatted => {
                self.gap = Gap::Line;
                self.preformatted = if is_start { self.preformatted + 1 } else { self.preformatted.saturating_sub(1) };
            }
            Element::Drawing => {
                self.has_drawing = true;
                if is_start && !is_closed && !self.shows_drawings {
                    return Some(self.hidden(after, name));
                }
            }
            // `<iframe …/>` is XHTML, and has no content to hide.
            Element::Hidden if is_start && !is_closed => return Some(self.hidden(after, name)),
            Element::Hidden => {}
            Element::Unknown if kind == TextKind::Unspecified => return literal(self),
            Element::Unknown => self.space(),
        }
        Some(after)
    }

    /// Returns what follows an element whose content is not shown. A script that is never closed hides the rest; a
    /// frame or a drawing that is never closed hides nothing, and the ends of later ones are not searched for.
    fn hidden<'a>(&mut self, text: &'a str, name: &str) -> &'a str {
        let hides_rest = ["script", "style", "head"].iter().any(|element| element.eq_ignore_ascii_case(name));
        if self.has_open_frame && !hides_rest {
            return text;
        }
        match after_end(text, name) {
            Some(after) => after,
            None if hides_rest => "",
            None => {
                self.has_open_frame = true;
                text
            }
        }
    }

    /// Takes in a comment, a CDATA section or a declaration, and returns what follows.
    fn declaration<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (open, close) = if text.starts_with("<!--") {
            (4, "-->")
        } else if text.starts_with("<![CDATA[") {
            (9, "]]>")
        } else {
            (2, ">")
        };
        let inside = text.get(open..)?;
        let end = memmem::find(inside.as_bytes(), close.as_bytes())?;
        if open == 9 {
            self.words(inside.get(..end)?);
        }
        inside.get(end + close.len()..)
    }
}

/// Returns what follows the end tag of an element, `None` if there is no such tag.
fn after_end<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        rest = rest.get(memmem::find(rest.as_bytes(), b"</")? + 2..)?;
        if rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return rest.get(memchr(b'>', rest.as_bytes())? + 1..);
        }
    }
}

#[cfg(test)]
mod tests;

/// How an element is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Within a line.
    Inline,
    /// On lines of its own: paragraphs, list items, cells of tables.
    Block,
    /// On lines of its own, with its line ends kept.
    Preformatted,
    /// Not at all, unless there is nothing else.
    Drawing,
    /// Not at all: scripts, styles.
    Hidden,
    /// Not an element of HTML.
    Unknown,
}

/// Returns how the element with this name, in any case, is shown.
pub(super) fn element(name: &str) -> Element {
    let mut buffer = [0_u8; 12];
    let Some(lower) = buffer.get_mut(..name.len()) else { return Element::Unknown };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    match &*lower {
        b"a" | b"abbr" | b"acronym" | b"b" | b"bdi" | b"bdo" | b"big" | b"cite" | b"code" | b"data" | b"del"
        | b"dfn" | b"em" | b"font" | b"i" | b"img" | b"ins" | b"kbd" | b"label" | b"mark" | b"nobr" | b"q" | b"s"
        | b"samp" | b"small" | b"span" | b"strike" | b"strong" | b"sub" | b"sup" | b"time" | b"tt" | b"u" | b"var"
        | b"wbr" | b"blink" | b"picture" | b"source" | b"link" | b"meta" | b"input" | b"base" | b"track" | b"param"
        | b"image" | b"col" | b"colgroup" | b"embed" | b"button" | b"select" | b"ruby" | b"rt" | b"rp" | b"map"
        | b"area" | b"video" | b"audio" | b"canvas" | b"textarea" => Element::Inline,
        b"p" | b"br" | b"div" | b"li" | b"ul" | b"ol" | b"dl" | b"dt" | b"dd" | b"blockquote" | b"h1" | b"h2"
        | b"h3" | b"h4" | b"h5" | b"h6" | b"hr" | b"section" | b"article" | b"aside" | b"header" | b"footer"
        | b"main" | b"nav" | b"figure" | b"figcaption" | b"address" | b"center" | b"html" | b"body" | b"form"
        | b"fieldset" | b"details" | b"summary" | b"table" | b"tr" | b"td" | b"th" | b"tbody" | b"thead" | b"tfoot"
        | b"caption" | b"option" | b"legend" | b"title" | b"dialog" | b"menu" | b"marquee" | b"frameset" | b"frame" => {
            Element::Block
        }
        // MathML, Core 3.
        b"math" | b"mrow" | b"mi" | b"mn" | b"mo" | b"ms" | b"mtext" | b"mspace" | b"mfrac" | b"msqrt" | b"mroot"
        | b"mstyle" | b"msub" | b"msup" | b"msubsup" | b"munder" | b"mover" | b"munderover" | b"mtable" | b"mtr"
        | b"mtd" | b"semantics" | b"mpadded" | b"mphantom" | b"mfenced" => Element::Inline,
        b"pre" => Element::Preformatted,
        b"svg" => Element::Drawing,
        b"script" | b"style" | b"noscript" | b"iframe" | b"object" | b"template" | b"head" => Element::Hidden,
        _ => Element::Unknown,
    }
}
