//! HTML to the text that a person would read.

use std::borrow::Cow;

use html2text::render::TrivialDecorator;

/// How far elements may stand within one another before `html2text`, which recurs, is not asked.
const DEPTH: usize = 256;

/// Text of HTML on one line: a title, a name.
pub(super) fn line(html: &str) -> String {
    squeeze(&text(html))
}

/// Plain text on one line.
pub(super) fn plain(text: &str) -> String {
    squeeze(text)
}

/// Text of HTML: markup removed, references resolved once, blocks on lines of their own.
pub(super) fn text(html: &str) -> String {
    if !html.contains('<') {
        return tidy(&resolve_references(html));
    }
    render(html).map_or_else(|| tidy(&resolve_references(html)), |text| tidy(&text))
}

fn render(html: &str) -> Option<String> {
    if html.matches('<').count() > 0 && depth(html) > DEPTH {
        return None;
    }
    let config = html2text::config::with_decorator(TrivialDecorator::new())
        .raw_mode(true)
        .no_table_borders()
        .no_link_wrapping()
        .allow_width_overflow();
    config.string_from_read(html.as_bytes(), 1_000_000).ok()
}

fn depth(html: &str) -> usize {
    html.matches('<').count().saturating_sub(html.matches("</").count())
}

/// Resolves the references of HTML: `&amp;`, `&nbsp;`, `&#8217;`. What is no reference stays as it is.
pub(super) fn resolve_references(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut resolved = String::with_capacity(text.len());
    let (before, mut rest) = text.split_at(first);
    resolved.push_str(before);
    while let Some(behind) = rest.strip_prefix('&') {
        let end = behind.bytes().take(MAX_REFERENCE).position(|byte| byte == b';');
        let value = end.and_then(|end| Some((resolve(behind.get(..end)?)?, behind.get(end + 1..)?)));
        match value {
            Some((value, behind)) => {
                resolved.push_str(&value);
                rest = behind;
            }
            None => {
                resolved.push('&');
                rest = behind;
            }
        }
        let next = memchr::memchr(b'&', rest.as_bytes()).unwrap_or(rest.len());
        let (text, behind) = rest.split_at(next);
        resolved.push_str(text);
        rest = behind;
    }
    Cow::Owned(resolved)
}

/// The longest name of HTML is `CounterClockwiseContourIntegral`.
const MAX_REFERENCE: usize = 33;

/// The value of a reference without its `&` and `;`.
pub(super) fn resolve(name: &str) -> Option<Cow<'static, str>> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some(Cow::Owned(character(code)?.to_string()));
    }
    quick_xml::escape::resolve_html5_entity(name).map(Cow::Borrowed)
}

/// The character of a numeric reference. 128 to 159 stand for what windows-1252 has there, as HTML has it (13.2.5.80).
fn character(code: u32) -> Option<char> {
    match code {
        0x80..=0x9F => {
            let byte = [u8::try_from(code).ok()?];
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0.chars().next()
        }
        0 => Some('\u{FFFD}'),
        _ => char::from_u32(code),
    }
}

/// Single spaces, no control characters, one line.
fn squeeze(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Single spaces, no control characters, no blank line twice.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.lines().map(squeeze).filter(|line| !line.is_empty()) {
        if !tidied.is_empty() {
            tidied.push('\n');
        }
        tidied.push_str(&line);
    }
    tidied
}
