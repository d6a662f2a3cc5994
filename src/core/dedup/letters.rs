//! Questions about single letters, and letters of one alphabet that look like those of another.

use crate::text::script::Script;

/// Returns [`char::is_alphabetic`], with a shortcut for the alphabets of most news.
#[inline]
pub(super) fn is_letter(character: char) -> bool {
    match u32::from(character) {
        0x41..=0x5A | 0x61..=0x7A | 0x410..=0x44F | 0x561..=0x586 | 0x10D0..=0x10FA => true,
        // ASCII's signs, and the quotes and dashes of news.
        0..=0x7F | 0xA0..=0xA9 | 0xAB..=0xB4 | 0xBB..=0xBF | 0x2000..=0x206F => false,
        _ => character.is_alphabetic(),
    }
}

/// Returns [`char::is_uppercase`], with a shortcut for the alphabets of most news.
#[inline]
pub(super) fn is_capital(letter: char) -> bool {
    match letter {
        '\0'..='\u{7F}' => letter.is_ascii_uppercase(),
        'А'..='я' => letter <= 'Я',
        _ => letter.is_uppercase(),
    }
}

/// Returns the lower case of a letter that folds to itself: without a mark or a second form.
#[inline]
pub(super) fn plain_lower(letter: char, script: Script) -> Option<char> {
    match (script, u32::from(letter)) {
        (Script::Latin, 0x61..=0x7A)
        | (Script::Cyrillic, 0x430..=0x44F)
        | (Script::Armenian, 0x561..=0x586)
        | (Script::Georgian, 0x10D0..=0x10FA) => Some(letter),
        (Script::Latin, 0x41..=0x5A) | (Script::Cyrillic, 0x410..=0x42F) => char::from_u32(u32::from(letter) + 0x20),
        (Script::Armenian, 0x531..=0x556) => char::from_u32(u32::from(letter) + 0x30),
        _ => None,
    }
}

/// Cyrillic letters (lower case) and the Latin letters that look like them (UTS #39, confusables), as far as news uses
/// them.
const LOOK_ALIKES: [(char, char); 24] = [
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('у', 'y'),
    ('х', 'x'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ѕ', 's'),
    ('к', 'k'),
    ('м', 'm'),
    ('т', 't'),
    ('в', 'b'),
    ('н', 'h'),
    ('п', 'n'),
    ('г', 'r'),
    ('и', 'u'),
    ('ԁ', 'd'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('һ', 'h'),
    ('ё', 'e'),
    ('ь', 'b'),
];

/// Returns the Latin letter that looks like a letter of another alphabet.
pub(super) fn latin_twin(letter: char) -> Option<char> {
    match letter {
        'ο' => Some('o'),
        'α' => Some('a'),
        'ρ' => Some('p'),
        'ν' => Some('v'),
        'ε' => Some('e'),
        'ι' => Some('i'),
        'κ' => Some('k'),
        'τ' => Some('t'),
        'υ' => Some('u'),
        'χ' => Some('x'),
        'օ' => Some('o'),
        'ս' => Some('u'),
        'հ' => Some('h'),
        'ո' => Some('n'),
        'ց' => Some('g'),
        'զ' => Some('q'),
        _ => LOOK_ALIKES.iter().find(|(cyrillic, _)| *cyrillic == letter).map(|(_, latin)| *latin),
    }
}

/// Returns the Cyrillic letter that looks like a letter of Latin or Greek.
pub(super) fn cyrillic_twin(letter: char) -> Option<char> {
    let latin = if Script::of_fingerprint(letter) == Script::Latin { letter } else { latin_twin(letter)? };
    LOOK_ALIKES.iter().find(|(_, twin)| *twin == latin).map(|(cyrillic, _)| *cyrillic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold::for_fingerprint;

    #[test]
    fn the_shortcuts_agree_with_unicode() {
        for letter in (0..0x1_1000).filter_map(char::from_u32) {
            assert_eq!(is_letter(letter), letter.is_alphabetic(), "{letter:?}");
            assert_eq!(is_capital(letter), letter.is_uppercase(), "{letter:?}");
            let Some(lower) = plain_lower(letter, Script::of_fingerprint(letter)) else { continue };
            assert!(letter.to_lowercase().eq([lower]), "{letter:?}");
            let mut folded = Vec::new();
            for_fingerprint(lower, &mut |letter| folded.push(letter));
            assert_eq!(folded, [lower], "{letter:?}");
        }
    }
}
