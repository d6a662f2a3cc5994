//! How text is read: characters folded, words found, words hashed. Text and lexicon pass through the same door.
//!
//! Knows nothing of languages beyond what Unicode and the orthographies of the supported scripts say; see `docs/lexicon.md`, section 1.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What the table says of a character of the Basic Multilingual Plane: the folded character in the low 16 bits, flags above.
pub(crate) type Entry = u32;

pub(crate) const WORD: Entry = 1 << 16;
/// Stands inside a word without being part of it (soft hyphen, zero-width, vowel sign).
pub(crate) const DELETED: Entry = 1 << 17;
pub(crate) const UPPER: Entry = 1 << 18;
pub(crate) const LOWER: Entry = 1 << 19;
/// Composes with what stands before it, or folds to several characters: the word is read again with care.
pub(crate) const SLOW: Entry = 1 << 20;
/// The number of the language, plus one, that alone of its script has this letter stands from here up.
pub(crate) const LETTER_SHIFT: u32 = 24;

/// The first letter of the word is a capital.
pub(crate) const CAPITAL: u8 = 1;
/// The word has a small letter.
pub(crate) const SMALL: u8 = 2;
/// A letter behind the first is a capital.
pub(crate) const INNER: u8 = 4;

/// How many characters of a word decide whether wildcards are tried on it.
pub(crate) const PREFIX_CHARS: usize = 3;

const BASE: u64 = 0x9E37_79B9_7F4A_7C15 | 1;
const OFFSET: u64 = 0x2545_F491_4F6C_DD1D;

/// Continues the hash of a word by one folded character, so that endings are added to a stem hashed once.
#[inline(always)]
pub(crate) fn extend(hash: u64, folded: u32) -> u64 {
    (hash ^ u64::from(folded)).wrapping_add(OFFSET).wrapping_mul(BASE).rotate_left(23)
}

/// Spreads the hash of a whole word over all bits.
#[inline(always)]
pub(crate) fn finish(hash: u64) -> u64 {
    let h = (hash ^ (hash >> 31)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    h ^ (h >> 32)
}

/// The fold of one character into none, one or two; words of the lexicon and of the text pass through it alike.
fn fold_char(c: char) -> [Option<char>; 2] {
    let one = |c| [Some(c), None];
    match c {
        'I' | 'İ' | 'ı' => one('i'),
        'ё' | 'Ё' => one('е'),
        'ґ' | 'Ґ' => one('г'),
        // The small ligature ev is written in capitals as the letters ech and vew, in the classical orthography as ech and yiwn.
        'և' => [Some('ե'), Some('վ')],
        'ւ' | 'Ւ' => one('վ'),
        'ي' | 'ى' => one('ی'),
        'ك' => one('ک'),
        'أ' | 'إ' | 'آ' | 'ٱ' => one('ا'),
        'ة' | 'ۀ' => one('ه'),
        'ؤ' => one('و'),
        'Ⴀ'..='Ⴥ' => one(char::from_u32(u32::from(c) - 0x10A0 + 0x10D0).unwrap_or(c)),
        _ if is_deleted(c) => [None, None],
        _ => {
            let mut lower = c.to_lowercase();
            [lower.next(), lower.next()]
        }
    }
}

fn is_deleted(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}' | '\u{FEFF}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{55A}'..='\u{55C}' | '\u{55E}' | '\u{55F}' | '\u{300}'..='\u{36F}' | '\u{FE00}'..='\u{FE0F}')
}

fn is_word(c: char) -> bool {
    // Modifier letters that stand for an apostrophe separate words like any other apostrophe.
    c.is_alphanumeric() && !matches!(c, '\u{2B0}'..='\u{2FF}')
}

/// Whether the character belongs to a word: counts in it or is passed over in it.
pub(crate) fn stands_in_word(c: char) -> bool {
    is_word(c) || is_deleted(c) || is_combining_mark(c)
}

fn entry_of(c: char) -> Entry {
    if is_deleted(c) {
        // Combining marks may compose with the letter before them (й, ñ): only then is the word read again.
        return DELETED
            | if is_combining_mark(c) && matches!(c, '\u{300}'..='\u{36F}' | '\u{653}'..='\u{655}') {
                SLOW
            } else {
                0
            };
    }
    if is_combining_mark(c) {
        return WORD | SLOW | (u32::from(c) & 0xFFFF);
    }
    if !is_word(c) {
        return 0;
    }
    let mut flags = WORD;
    if c.is_uppercase() {
        flags |= UPPER;
    } else if c.is_lowercase() || !c.is_alphabetic() {
        flags |= LOWER;
    }
    match fold_char(c) {
        [Some(folded), None] => flags | (u32::from(folded) & 0xFFFF),
        _ => flags | SLOW | (u32::from(c) & 0xFFFF),
    }
}

/// The fold of the whole Basic Multilingual Plane, in blocks of 256, equal blocks shared.
#[derive(Debug)]
pub(crate) struct CharTable {
    index: Box<[u8; 256]>,
    blocks: Vec<[Entry; 256]>,
}

impl CharTable {
    /// `letters`: characters that name a language, with its number.
    pub(crate) fn new(letters: &[(char, u8)]) -> CharTable {
        let mut index = Box::new([0u8; 256]);
        let mut blocks: Vec<[Entry; 256]> = Vec::new();
        let mut last_uniform: Option<u8> = None;
        for high in 0..256u32 {
            // Ideographs, syllables and private use are words without case; one block serves them all.
            let uniform = matches!(high, 0x34..=0x4C | 0x4E..=0x9E | 0xAC..=0xD6);
            if uniform && let Some(block) = last_uniform {
                index[high as usize] = block;
                continue;
            }
            let mut block = [0; 256];
            for low in 0..256u32 {
                if let Some(c) = char::from_u32(high << 8 | low) {
                    block[low as usize] = entry_of(c);
                }
            }
            let at = blocks.iter().position(|b| *b == block).unwrap_or_else(|| {
                blocks.push(block);
                blocks.len() - 1
            });
            index[high as usize] = u8::try_from(at).unwrap_or(0);
            if uniform {
                last_uniform = Some(index[high as usize]);
            }
        }
        let mut table = CharTable { index, blocks };
        for &(c, language) in letters {
            table.mark(c, language);
        }
        table
    }

    fn mark(&mut self, c: char, language: u8) {
        let both = std::iter::once(c).chain(c.to_uppercase());
        for c in both {
            let code = u32::from(c);
            if code < 0x1_0000 {
                let block = usize::from(self.index[(code >> 8) as usize]);
                self.blocks[block][(code & 255) as usize] |= u32::from(language + 1) << LETTER_SHIFT;
            }
        }
    }

    #[inline(always)]
    pub(crate) fn entry(&self, c: char) -> Entry {
        let code = u32::from(c);
        if code < 0x1_0000 {
            self.blocks[usize::from(self.index[(code >> 8) as usize])][(code & 255) as usize]
        } else if is_word(c) {
            // Beyond the plane only the low bits go into the hash; scripts there are in no lexicon of ours.
            WORD | LOWER | (code & 0xFFFF)
        } else {
            0
        }
    }

    /// Memory in bytes.
    pub(crate) fn size_bytes(&self) -> usize {
        256 + self.blocks.len() * size_of::<[Entry; 256]>()
    }
}

/// The folded characters of a word, composed first (Unicode NFC).
pub(crate) fn fold_word(word: &str, out: &mut Vec<char>) {
    let mut put = |c: char| {
        for folded in fold_char(c).into_iter().flatten() {
            if !is_deleted(folded) {
                out.push(folded);
            }
        }
    };
    if word.is_ascii() { word.chars().for_each(&mut put) } else { word.nfc().for_each(&mut put) }
}

/// The hash of folded characters, continued from `hash`.
pub(crate) fn hash_chars(hash: u64, folded: &[char]) -> u64 {
    folded.iter().fold(hash, |h, &c| extend(h, u32::from(c) & 0xFFFF))
}

/// A word of a text: where it stands, and its hash.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) hash: u64,
    /// Hash of the first [`PREFIX_CHARS`] characters; 0 for shorter words.
    pub(crate) prefix: u64,
    /// [`CAPITAL`], [`SMALL`], [`INNER`].
    pub(crate) shape: u8,
}

/// Calls `see` for each word of the text, in order, and `letter` for each character that names a language.
/// Linear in the text; a text of over 4 GiB is read to that point.
#[inline(always)]
pub(crate) fn each_word(table: &CharTable, text: &str, mut letter: impl FnMut(u8), mut see: impl FnMut(Word)) {
    let mut chars = text.char_indices();
    let limit = u32::MAX as usize - 8;
    while let Some((start, first)) = chars.next() {
        let entry = table.entry(first);
        if entry & WORD == 0 {
            continue;
        }
        if start >= limit {
            return;
        }
        let (mut hash, mut prefix, mut count) = (0u64, 0u64, 0usize);
        let mut shape = if entry & UPPER != 0 {
            CAPITAL
        } else if entry & LOWER != 0 {
            SMALL
        } else {
            0
        };
        let mut flags = 0;
        let mut end = start;
        let (mut at, mut c, mut entry) = (start, first, entry);
        loop {
            flags |= entry;
            if entry >> LETTER_SHIFT != 0 {
                letter((entry >> LETTER_SHIFT) as u8 - 1);
            }
            if entry & WORD != 0 {
                hash = extend(hash, entry & 0xFFFF);
                count += 1;
                if count == PREFIX_CHARS {
                    prefix = hash;
                }
                end = at + c.len_utf8();
            }
            let Some((next_at, next)) = chars.next() else { break };
            entry = table.entry(next);
            if entry & (WORD | DELETED) == 0 {
                break;
            }
            (at, c) = (next_at, next);
            if entry & UPPER != 0 {
                shape |= INNER;
            } else if entry & LOWER != 0 {
                shape |= SMALL;
            }
        }
        if flags & SLOW != 0 {
            (hash, prefix) = hash_slowly(text.get(start..end).unwrap_or_default());
        }
        see(Word { start: start as u32, end: end.min(limit) as u32, hash: finish(hash), prefix, shape });
    }
}

#[cold]
fn hash_slowly(word: &str) -> (u64, u64) {
    let mut folded = Vec::new();
    fold_word(word, &mut folded);
    let prefix = folded.get(..PREFIX_CHARS).map_or(0, |p| hash_chars(0, p));
    (hash_chars(0, &folded), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, u64)> {
        let table = CharTable::new(&[]);
        let mut out = Vec::new();
        each_word(
            &table,
            text,
            |_| {},
            |w| {
                out.push((text.get(w.start as usize..w.end as usize).unwrap().to_owned(), w.hash));
            },
        );
        out
    }

    #[test]
    fn words_end_where_unicode_letters_end() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<String> = words(text).into_iter().map(|w| w.0).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("Bakü'de, Russia’s d'Arménie", &["Bakü", "de", "Russia", "s", "d", "Arménie"]);
        check("армяно-азербайджанский", &["армяно", "азербайджанский"]);
        check("Հայաստանո՞ւմ։", &["Հայաստանո՞ւմ"]);
        check("علی\u{200c}اف، باکو", &["علی\u{200c}اف", "باکو"]);
        check("Hello\u{ad}world 102nd", &["Hello\u{ad}world", "102nd"]);
        check("В\u{2bc}ячеслав", &["В", "ячеслав"]);
        check("\u{301} —", &[]);
    }

    #[test]
    fn spellings_of_one_word_fold_alike() {
        let check = |a: &str, b: &str| assert_eq!(words(a)[0].1, words(b)[0].1, "{a} {b}");
        check("Йемен", "и\u{306}емен");
        check("Iğdır", "iğdir");
        check("İRAN", "iran");
        check("ТБИЛИСИ", "Тбили\u{ad}си");
        check("Росси́и", "россии");
        check("Երևան", "Երեւան");
        check("ԵՐԵՎԱՆ", "Երեւան");
        check("Հայաստանո՞ւմ", "հայաստանում");
        check("ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "საქართველო");
        check("علي\u{200c}اف", "علیاف");
        check("Хамзёв", "хамзев");
    }
}
