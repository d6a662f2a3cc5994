//! The character references of HTML, by name and by number.

use std::borrow::Cow;

use memchr::memchr;

/// Resolves the references of HTML in a text: `&amp;`, `&nbsp;`, `&#8217;`. Anything else is left unchanged.
pub fn resolve_references(text: &str) -> Cow<'_, str> {
    resolve_references_with(text, resolve)
}

/// Resolves the references in a text by `value`, which is given the name without `&` and `;`.
pub fn resolve_references_with<'v>(text: &str, value: impl Fn(&str) -> Option<Cow<'v, str>>) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut resolved = String::with_capacity(text.len());
    let (before, mut rest) = text.split_at(first);
    resolved.push_str(before);
    while !rest.is_empty() {
        let named = name(rest).and_then(|(name, after)| Some((value(name)?, after)));
        if let Some((value, after)) = named {
            resolved.push_str(&value);
            rest = after;
        } else if let Some((character, after)) = surrogates(rest) {
            resolved.push(character);
            rest = after;
        } else {
            resolved.push('&');
            rest = rest.get(1..).unwrap_or_default();
        }
        let (plain, after) = rest.split_at(memchr(b'&', rest.as_bytes()).unwrap_or(rest.len()));
        resolved.push_str(plain);
        rest = after;
    }
    Cow::Owned(resolved)
}

/// Returns the character whose two UTF-16 surrogates are written as references: `&#55357;&#56832;`.
fn surrogates(text: &str) -> Option<(char, &str)> {
    let half = |text| {
        let (name, after) = name(text)?;
        Some((u16::try_from(number(name)?).ok()?, after))
    };
    let (high, after) = half(text)?;
    let (low, after) = half(after.starts_with('&').then_some(after)?)?;
    Some((char::decode_utf16([high, low]).next()?.ok().filter(|character| u32::from(*character) > 0xFFFF)?, after))
}

/// The longest name of HTML is `CounterClockwiseContourIntegral`; numbers may have zeros before them.
const REFERENCE_BYTES: usize = 33;

/// Returns the name of the reference that a text starts with, and what follows.
fn name(text: &str) -> Option<(&str, &str)> {
    let inside = text.get(1..)?;
    let end = inside.bytes().take(REFERENCE_BYTES).position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#')?;
    (end > 0 && inside.as_bytes().get(end) == Some(&b';')).then_some(())?;
    Some((inside.get(..end)?, inside.get(end + 1..)?))
}

pub(super) fn reference(text: &str) -> Option<(Cow<'static, str>, &str)> {
    let (name, after) = name(text)?;
    Some((resolve(name)?, after))
}

/// The value of a reference by its name.
pub fn resolve(name: &str) -> Option<Cow<'static, str>> {
    if name.starts_with('#') {
        return Some(Cow::Owned(character(number(name)?)?.to_string()));
    }
    named(name)
}

/// The number in a reference to a character by its number.
fn number(name: &str) -> Option<u32> {
    let number = name.strip_prefix('#')?;
    match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => number.parse().ok(),
    }
}

/// The one or two characters that a name of HTML denotes. The usual names are tried first.
fn named(name: &str) -> Option<Cow<'static, str>> {
    let usual = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{A0}",
        _ => return rare(name).map(Cow::Owned),
    };
    Some(Cow::Borrowed(usual))
}

fn rare(name: &str) -> Option<String> {
    let mut buffer = [0_u8; REFERENCE_BYTES + 1];
    let key = buffer.get_mut(..=name.len())?;
    key.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
    *key.last_mut()? = b';';
    let (first, second) = web_atoms::NAMED_ENTITIES.get(std::str::from_utf8(key).ok()?)?;
    // The table also holds prefixes of names, without a value.
    let value: String = [*first, *second].into_iter().filter(|code| *code != 0).filter_map(char::from_u32).collect();
    (!value.is_empty()).then_some(value)
}

/// The character of a numeric reference. 128 to 159 are read as in windows-1252 (HTML, 13.2.5.80).
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
