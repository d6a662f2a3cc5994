//! Markup and entities off a text that should be plain and is not.
//!
//! Owns the entities that news writes. `feed` decodes what feeds escape; what reaches here by other ways may still carry them.

use std::borrow::Cow;

/// The text without markup, its entities decoded; feeds are known to escape twice.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    for _ in 0..2 {
        if plain.contains('&') && plain.contains(';') {
            plain = Cow::Owned(without_entities(&plain));
        }
    }
    if plain.contains('<') && plain.contains('>') {
        plain = Cow::Owned(without_tags(&plain));
    }
    plain
}

fn without_entities(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        result.push_str(before);
        let entity = behind.split_once(';').filter(|(name, _)| {
            !name.is_empty() && name.len() <= 10 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
        });
        match entity.and_then(|(name, tail)| entity_character(name).map(|character| (character, tail))) {
            Some((character, tail)) => {
                result.push(character);
                rest = tail;
            }
            None => {
                result.push('&');
                rest = behind;
            }
        }
    }
    result.push_str(rest);
    result
}

/// The character of an entity; names of punctuation, and of the letters that news of Europe writes.
fn entity_character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" => '’',
        "lsquo" => '‘',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "laquo" => '«',
        "raquo" => '»',
        "ldquo" => '“',
        "rdquo" => '”',
        "bdquo" => '„',
        "sbquo" => '‚',
        "mdash" => '—',
        "ndash" => '–',
        "minus" => '-',
        "hellip" => '…',
        "bull" | "middot" => '•',
        "shy" => '\u{AD}',
        "zwnj" => '\u{200C}',
        "zwj" => '\u{200D}',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "aacute" => 'á',
        "ccedil" => 'ç',
        "Ccedil" => 'Ç',
        "ouml" => 'ö',
        "Ouml" => 'Ö',
        "uuml" => 'ü',
        "Uuml" => 'Ü',
        "auml" => 'ä',
        "oacute" => 'ó',
        "iacute" => 'í',
        "uacute" => 'ú',
        "ntilde" => 'ñ',
        "szlig" => 'ß',
        _ => return None,
    };
    Some(character)
}

fn without_tags(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        result.push_str(before);
        // `a < b` is no tag.
        let tag = behind.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, '/' | '!'));
        match behind.split_once('>').filter(|_| tag) {
            Some((_, tail)) => {
                result.push(' ');
                rest = tail;
            }
            None => {
                result.push('<');
                rest = behind;
            }
        }
    }
    result.push_str(rest);
    result
}
