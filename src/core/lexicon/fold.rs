//! Reads text: folds characters, finds words and hashes them, in the same way for texts and lexicons.
//!
//! Knows nothing about languages except what Unicode and the orthographies of the supported scripts say.
//! `docs/lexicon.md`, section 1.

use unicode_normalization::char::is_combining_mark;

use crate::text::fold;
use crate::text::script::Script;

/// The entry of a character of the Basic Multilingual Plane: the folded character in the low 16 bits, flags above.
pub(crate) type Entry = u32;

/// A letter, digit or mark of a word.
pub(crate) const WORD: Entry = 1 << 16;
/// Ignored inside a word (soft hyphen, zero-width character, vowel sign).
pub(crate) const DELETED: Entry = 1 << 17;
pub(crate) const UPPER: Entry = 1 << 18;
pub(crate) const LOWER: Entry = 1 << 19;
/// Composes with the character before it, or folds to several characters: the word is read again by the slow path.
pub(crate) const SLOW: Entry = 1 << 20;
/// A Latin or a Cyrillic letter. A word with both is read again, since some letters of the two look alike.
const LATIN: Entry = 1 << 21;
const CYRILLIC: Entry = 1 << 22;
const MIXED: Entry = LATIN | CYRILLIC;
/// The bits from here up hold a number plus one: that of the only language of the script that has the letter.
pub(crate) const LETTER_SHIFT: u32 = 24;

/// The first letter of the word is a capital.
pub const CAPITAL: u8 = 1;
/// The word has a small letter.
pub const SMALL: u8 = 2;
/// A letter after the first is a capital.
pub const INNER: u8 = 4;

/// The fewest characters of a wildcard.
pub(crate) const PREFIX_CHARS: usize = 3;
/// How many first characters of a word decide whether the longer wildcards are tried on it.
pub(crate) const LONG_PREFIX_CHARS: usize = 5;

/// The bits below those that name a language.
const SLOW_MASK: Entry = (1 << LETTER_SHIFT) - 1;

const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Continues the hash of a word by one folded character. A stem is hashed once and its endings are added.
#[inline(always)]
pub(crate) fn extend(hash: u64, folded: u32) -> u64 {
    hash.wrapping_add(u64::from(folded)).wrapping_mul(BASE)
}

/// Spreads the hash of a whole word over all bits.
#[inline(always)]
pub(crate) fn finish(hash: u64) -> u64 {
    let h = (hash ^ (hash >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let h = (h ^ (h >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h ^ (h >> 32)
}

fn is_word(c: char) -> bool {
    // Modifier letters that serve as an apostrophe separate words like any other apostrophe.
    c.is_alphanumeric() && !matches!(c, '\u{2B0}'..='\u{2FF}')
}

fn entry_of(c: char) -> Entry {
    if fold::is_ignored(c) {
        // A combining mark may compose with the letter before it (й, ñ): the word is read again.
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
    if c.is_alphabetic() {
        match Script::of(c) {
            Script::Latin => flags |= LATIN,
            Script::Cyrillic => flags |= CYRILLIC,
            _ => {}
        }
    }
    match fold::for_lexicon(c) {
        _ if fold::has_usual_letters(c) => flags | SLOW | (u32::from(c) & 0xFFFF),
        [Some(folded), None] => flags | (u32::from(folded) & 0xFFFF),
        _ => flags | SLOW | (u32::from(c) & 0xFFFF),
    }
}

/// In the index of a [`CharTable`]: the block is not stored.
const ON_DEMAND: u8 = u8::MAX;

/// The entries of the characters of the supported scripts, in blocks of 256.
#[derive(Debug)]
pub struct CharTable {
    /// The first eight blocks once more, in one piece: all characters of one or two bytes in UTF-8.
    low: Box<[Entry; 2048]>,
    index: Box<[u8; 256]>,
    blocks: Vec<[Entry; 256]>,
}

impl CharTable {
    pub fn new() -> CharTable {
        let mut index = Box::new([ON_DEMAND; 256]);
        let mut blocks: Vec<[Entry; 256]> = Vec::new();
        // Latin to Arabic, Georgian, their extensions, punctuation, presentation forms. Other entries are computed on
        // demand.
        for high in (0x00..=0x07).chain([0x10, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x2C, 0x2D]).chain(0xFB..=0xFE) {
            let mut block = [0; 256];
            for (low, entry) in block.iter_mut().enumerate() {
                if let Some(c) = char::from_u32((high as u32) << 8 | low as u32) {
                    *entry = entry_of(c);
                }
            }
            index[high] = blocks.len() as u8;
            blocks.push(block);
        }
        let mut table = CharTable { low: Box::new([0; 2048]), index, blocks };
        for code in 0..2048usize {
            table.low[code] = table.blocks[usize::from(table.index[code >> 8])][code & 255];
        }
        table
    }

    /// Marks a letter as one that only this language of its script has.
    pub fn mark(&mut self, c: char, language: u8) {
        // The capital of ß is SS, two letters that many languages have.
        let capital = Some(c.to_uppercase()).filter(|upper| upper.len() == 1);
        let both = std::iter::once(c).chain(capital.into_iter().flatten());
        for c in both {
            let code = u32::from(c);
            if code < 0x1_0000 && self.index[(code >> 8) as usize] != ON_DEMAND {
                let block = usize::from(self.index[(code >> 8) as usize]);
                let entry = &mut self.blocks[block][(code & 255) as usize];
                *entry |= u32::from(language + 1) << LETTER_SHIFT;
                if let Some(low) = self.low.get_mut(code as usize) {
                    *low = *entry;
                }
            }
        }
    }

    #[inline(always)]
    pub fn entry(&self, c: char) -> Entry {
        let code = u32::from(c);
        if code < 0x1_0000 {
            let block = self.index[(code >> 8) as usize];
            if block != ON_DEMAND {
                return self.blocks[usize::from(block)][(code & 255) as usize];
            }
        }
        entry_of(c)
    }

    /// Returns the entry of the character that begins at a byte, and its length in bytes.
    #[inline(always)]
    fn decode(&self, text: &str, bytes: &[u8], at: usize) -> (Entry, usize) {
        let byte = bytes[at];
        if byte < 0x80 {
            return (self.low[usize::from(byte)], 1);
        }
        if byte < 0xE0 && at + 1 < bytes.len() {
            let code = usize::from(byte & 0x1F) << 6 | usize::from(bytes[at + 1] & 0x3F);
            return (self.low[code & 0x7FF], 2);
        }
        match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(c) => (self.entry(c), c.len_utf8()),
            None => (0, 1),
        }
    }

    /// Appends the folded characters of a word to `out`: like [`fold_word`], but by the table if possible.
    pub fn fold(&self, word: &str, out: &mut Vec<char>) {
        let from = out.len();
        for c in word.chars() {
            let entry = self.entry(c);
            if entry & SLOW != 0 || u32::from(c) > 0xFFFF {
                out.truncate(from);
                fold_word(word, out);
                return;
            }
            if entry & WORD != 0 {
                out.extend(char::from_u32(entry & 0xFFFF));
            }
        }
    }

    /// Returns the hash of the folded characters of a word.
    pub fn hash(&self, word: &[char]) -> u64 {
        let mut hash = 0;
        for &c in word {
            let entry = self.entry(c);
            if entry & SLOW != 0 || u32::from(c) > 0xFFFF {
                let mut folded = Vec::new();
                fold_word(&word.iter().collect::<String>(), &mut folded);
                return hash_chars(0, &folded);
            }
            if entry & WORD != 0 {
                hash = extend(hash, entry & 0xFFFF);
            }
        }
        hash
    }
}

/// Calls `see` with length and hash of each prefix of a word, from [`PREFIX_CHARS`] to `longest` folded characters.
pub(crate) fn each_prefix(table: &CharTable, word: &str, longest: usize, mut see: impl FnMut(usize, u64)) {
    let (mut hash, mut count) = (0u64, 0usize);
    let mut put = |folded: u32| {
        hash = extend(hash, folded & 0xFFFF);
        count += 1;
        if (PREFIX_CHARS..=longest).contains(&count) {
            see(count, hash);
        }
        count < longest
    };
    if word.chars().any(|c| table.entry(c) & SLOW != 0) {
        let mut folded = Vec::new();
        fold_word(word, &mut folded);
        folded.into_iter().all(|c| put(u32::from(c)));
        return;
    }
    word.chars().map(|c| table.entry(c)).filter(|entry| entry & WORD != 0).all(put);
}

/// Appends the folded characters of a word, in its usual letters and composed (Unicode NFC).
fn fold_word(word: &str, out: &mut Vec<char>) {
    let mut put = |c: char| {
        for folded in fold::for_lexicon(c).into_iter().flatten() {
            if !fold::is_ignored(folded) {
                out.push(folded);
            }
        }
    };
    if word.is_ascii() { word.chars().for_each(&mut put) } else { fold::composed(word).for_each(&mut put) }
}

/// Continues `hash` by folded characters.
pub(crate) fn hash_chars(hash: u64, folded: &[char]) -> u64 {
    folded.iter().fold(hash, |h, &c| extend(h, u32::from(c) & 0xFFFF))
}

/// A word of a text: its bytes `start..end`, and its hash.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// Hash of the folded characters.
    pub hash: u64,
    /// Hash of the first [`PREFIX_CHARS`] characters; 0 for shorter words.
    pub prefix: u64,
    /// Hash of the first [`LONG_PREFIX_CHARS`] characters; 0 for shorter words.
    pub long_prefix: u64,
    /// [`CAPITAL`], [`SMALL`], [`INNER`].
    pub shape: u8,
    /// See [`script`].
    pub script: u8,
}

/// How many scripts [`script`] distinguishes.
pub(crate) const SCRIPTS: usize = 6;

/// Returns the script of a word by its first folded letter: Latin, Cyrillic, Armenian, Arabic, Georgian, or any other.
#[inline(always)]
pub(crate) fn script(folded: u32) -> u8 {
    (Script::of_folded(folded) as u8).min(SCRIPTS as u8 - 1)
}

/// Calls `see` with each word of a text, in order, and `letter` with the language of each letter that only one language
/// has. Takes linear time. Only the first 4 GiB of a text are read.
#[inline(always)]
pub(crate) fn each_word(table: &CharTable, text: &str, mut letter: impl FnMut(u8), mut see: impl FnMut(Word)) {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(u32::MAX as usize - 8);
    let mut at = 0;
    while at < limit {
        let (mut entry, mut size) = table.decode(text, bytes, at);
        if entry & WORD == 0 {
            at += size;
            continue;
        }
        let start = at;
        let first = entry;
        let (mut hash, mut prefix, mut long_prefix, mut count) = (0u64, 0u64, 0u64, 0usize);
        let mut rest = 0;
        let mut end;
        loop {
            at += size;
            end = at;
            hash = extend(hash, entry & 0xFFFF);
            count += 1;
            if count == PREFIX_CHARS {
                prefix = hash;
            }
            if count == LONG_PREFIX_CHARS {
                long_prefix = hash;
            }
            // Ignored characters may be inside a word, but not at its end.
            loop {
                if at >= limit {
                    entry = 0;
                    break;
                }
                (entry, size) = table.decode(text, bytes, at);
                rest |= entry;
                if entry & DELETED == 0 {
                    break;
                }
                at += size;
                // A mark that may compose with the last letter is part of the word.
                if entry & SLOW != 0 {
                    end = at;
                }
            }
            if entry & WORD == 0 {
                break;
            }
        }
        let mut script = script(first & 0xFFFF);
        if (first | rest) & (SLOW | !(SLOW_MASK)) != 0 {
            let word = text.get(start..end).unwrap_or_default();
            for c in word.chars() {
                let named = table.entry(c) >> LETTER_SHIFT;
                if named != 0 {
                    letter(named as u8 - 1);
                }
            }
            if (first | rest) & SLOW != 0 {
                (hash, prefix, long_prefix, script) = hash_slowly(word);
            }
        }
        let is_tag = start > 0 && matches!(bytes[start - 1], b'#' | b'@');
        if is_tag && rest & UPPER != 0 && (first | rest) & LOWER != 0 {
            each_part(text, start, end, &mut see);
            continue;
        }
        let mut first = first;
        if (first | rest) & MIXED == MIXED
            && let Some(word) = text.get(start..end).and_then(fold::in_one_script)
        {
            (hash, prefix, long_prefix, script) = hash_slowly(&word);
            first = word.chars().next().map_or(first, |c| table.entry(c));
        }
        let mut shape = 0;
        // Tags of networks are often in small letters.
        if is_tag && bytes[start - 1] == b'#' {
            shape |= CAPITAL;
        }
        if first & UPPER != 0 {
            shape |= CAPITAL;
        }
        if (first | rest) & LOWER != 0 {
            shape |= SMALL;
        }
        if rest & UPPER != 0 {
            shape |= INNER;
        }
        see(Word { start: start as u32, end: end as u32, hash: finish(hash), prefix, long_prefix, shape, script });
    }
}

/// Calls `see` with each part of a word that begins with a capital: `TbilisiProtests` is two words.
#[cold]
pub(crate) fn each_part(text: &str, start: usize, end: usize, see: &mut impl FnMut(Word)) {
    let mut from = start;
    while from < end {
        let Some(rest) = text.get(from..end) else { return };
        let mut chars = rest.char_indices().skip(1).peekable();
        let mut last_is_capital = true;
        let mut to = end;
        while let Some((at, c)) = chars.next() {
            // The last capital of several begins the next part: `#NATOSummit`.
            let begins =
                c.is_uppercase() && (!last_is_capital || chars.peek().is_some_and(|(_, next)| next.is_lowercase()));
            if begins {
                to = from + at;
                break;
            }
            last_is_capital = c.is_uppercase();
        }
        let Some(part) = text.get(from..to) else { return };
        let (hash, prefix, long_prefix, script) = hash_slowly(part);
        let small = part.chars().any(char::is_lowercase);
        let inner = part.chars().skip(1).any(char::is_uppercase);
        let shape = CAPITAL | if small { SMALL } else { 0 } | if inner { INNER } else { 0 };
        see(Word { start: from as u32, end: to as u32, hash: finish(hash), prefix, long_prefix, shape, script });
        from = to;
    }
}

/// The fewest letters of each part of a joined word: `YouTube` and `McDonald` are single words.
const JOINED_LETTERS: usize = 4;

/// Whether a word looks like two that lost the space between them: `RussiaUkraine`.
pub(crate) fn is_joined(word: &str) -> bool {
    let (mut letters, mut parts, mut last_is_small) = (0, 1, false);
    for c in word.chars() {
        if last_is_small && c.is_uppercase() {
            if letters < JOINED_LETTERS {
                return false;
            }
            (letters, parts) = (0, parts + 1);
        }
        letters += 1;
        last_is_small = c.is_lowercase();
    }
    parts > 1 && letters >= JOINED_LETTERS
}

/// Returns the hash of a word and of its two prefixes, and its script, by the slow path.
#[cold]
fn hash_slowly(word: &str) -> (u64, u64, u64, u8) {
    let mut folded = Vec::new();
    fold_word(word, &mut folded);
    let prefix = |chars| folded.get(..chars).map_or(0, |p| hash_chars(0, p));
    let script = script(folded.first().map_or(0, |&c| u32::from(c)));
    (hash_chars(0, &folded), prefix(PREFIX_CHARS), prefix(LONG_PREFIX_CHARS), script)
}
