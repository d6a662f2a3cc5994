//! How letters are folded before texts are compared: one table of what all profiles share, and the profiles.
//!
//! | letter | [`for_lexicon`] | [`for_fingerprint`] | [`SEARCH_SPELLINGS`] | [`push_lower`] |
//! |---|---|---|---|---|
//! | used by | matching of names | deduplication | full-text search | identities |
//! | ё, ґ, ı | е, г, i | е, г, i | ё and ı also as е and i | kept |
//! | ї, і, ӏ; є | kept | и; е | kept | kept |
//! | ə | kept | e | also as e | kept |
//! | é, ş | kept | e, s | by the index | kept |
//! | ø, đ, ł, æ, œ, ß, þ | kept | o, d, l, ae, oe, ss, th | kept | kept |
//! | և; ւ | եվ; վ | եւ; kept | also as եւ | kept |
//! | Arabic ي, ك, ة, أ | as Persian has them | as Persian has them | as Persian has them, but for ة | kept |
//!
//! The differences are on purpose: the lexicon keeps the letters that distinguish languages, a fingerprint should
//! survive a change of spelling, and a search should find what was typed on another keyboard. What [`for_fingerprint`]
//! and [`push_lower`] give is hashed into stored fingerprints and identities: a change needs a new version of these.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The letter that one letter is written as in every folding profile, for letters in lower case.
const fn shared(letter: char) -> Option<char> {
    Some(match letter {
        'ё' => 'е',
        'ґ' => 'г',
        'ı' => 'i',
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ة' => 'ه',
        _ => return None,
    })
}

/// Folds one character for the lexicon, to none, one or two. Letters keep their marks.
pub(crate) fn for_lexicon(letter: char) -> [Option<char>; 2] {
    let one = |letter| [Some(letter), None];
    if let Some(folded) = shared(letter) {
        return one(folded);
    }
    match letter {
        'I' | 'İ' => one('i'),
        'Ё' => one('е'),
        'Ґ' => one('г'),
        // The ligature ev is written in capitals as the letters ech and vew, in the classical orthography as ech and
        // yiwn.
        'և' => [Some('ե'), Some('վ')],
        'ւ' | 'Ւ' => one('վ'),
        'ۀ' => one('ه'),
        'ؤ' => one('و'),
        'Ⴀ'..='Ⴥ' => one(char::from_u32(u32::from(letter) - 0x10A0 + 0x10D0).unwrap_or(letter)),
        _ if is_ignored(letter) => [None, None],
        _ => {
            let mut lower = letter.to_lowercase();
            [lower.next(), lower.next()]
        }
    }
}

/// Returns whether the lexicon ignores a character inside a word: soft hyphens, zero-width characters, vowel signs,
/// combining marks.
pub(crate) fn is_ignored(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}' | '\u{FEFF}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{55A}'..='\u{55C}' | '\u{55E}' | '\u{55F}' | '\u{300}'..='\u{36F}' | '\u{FE00}'..='\u{FE0F}')
}

/// Folds a lower-case letter for fingerprints: without marks, and with the letters of Ukrainian and Azerbaijani as
/// their neighbours.
#[inline]
pub(crate) fn for_fingerprint(letter: char, push: &mut impl FnMut(char)) {
    if let Some(folded) = shared(letter) {
        return push(folded);
    }
    let mut both = |first, second| {
        push(first);
        push(second);
    };
    match letter {
        'a'..='z' | '0'..='9' | 'а'..='я' | 'ა'..='ჿ' => push(letter),
        'ї' | 'і' | 'ӏ' => push('и'),
        'є' => push('е'),
        'ə' => push('e'),
        'ø' => push('o'),
        'đ' | 'ð' => push('d'),
        'ł' => push('l'),
        'æ' => both('a', 'e'),
        'œ' => both('o', 'e'),
        'ß' => both('s', 's'),
        'þ' => both('t', 'h'),
        'և' => both('ե', 'ւ'),
        'ـ' => {}
        _ => decompose_compatible(letter, |part| {
            if !is_combining_mark(part) {
                push(part);
            }
        }),
    }
}

/// Pairs of spellings of one word that a search treats as equal, apart from diacritics, which the index itself ignores:
/// Russian ё without dots, Azerbaijani and Turkish without their own letters, the Armenian ligature, Arabic letters for
/// Persian ones, alef with or without hamza.
pub(crate) const SEARCH_SPELLINGS: [(&str, &str); 9] =
    [("ё", "е"), ("ı", "i"), ("ə", "e"), ("և", "եւ"), ("ي", "ی"), ("ى", "ی"), ("ك", "ک"), ("أ", "ا"), ("إ", "ا")];

/// Appends the lower case of a character, as [`char::to_lowercase`] has it, with a shortcut for the alphabets of most
/// news.
#[inline]
pub(crate) fn push_lower(text: &mut String, character: char) {
    match character {
        '\0'..='\u{7F}' => text.push(character.to_ascii_lowercase()),
        'а'..='я' => text.push(character),
        _ => text.extend(character.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_fold_as_the_table_says() {
        let check = |letter: char, lexicon: &str, fingerprint: &str| {
            let folded: String = for_lexicon(letter).into_iter().flatten().collect();
            let mut compared = String::new();
            for_fingerprint(letter, &mut |folded| compared.push(folded));
            assert_eq!((folded.as_str(), compared.as_str()), (lexicon, fingerprint), "{letter}");
        };
        check('a', "a", "a");
        check('ё', "е", "е");
        check('ґ', "г", "г");
        check('ı', "i", "i");
        check('ї', "ї", "и");
        check('є', "є", "е");
        check('ə', "ə", "e");
        check('é', "é", "e");
        check('ş', "ş", "s");
        check('æ', "æ", "ae");
        check('ß', "ß", "ss");
        check('և', "եվ", "եւ");
        check('ւ', "վ", "ւ");
        check('ي', "ی", "ی");
        check('ة', "ه", "ه");
        check('أ', "ا", "ا");
        check('ـ', "", "");
        check('ა', "ა", "ა");
    }

    #[test]
    fn lower_case_is_that_of_unicode() {
        for character in (0..0x1_1000).filter_map(char::from_u32) {
            let mut lower = String::new();
            push_lower(&mut lower, character);
            assert!(character.to_lowercase().eq(lower.chars()), "{character:?}");
        }
    }
}
