//! Inflection classes: from a lemma to all its forms, by tables of endings. `docs/lexicon.md`, section 4.

use std::collections::HashMap;

use super::fold::{CharTable, extend, finish};
use super::matcher::Hasher;

/// What a variable becomes after a letter; `None` is any other letter.
pub(super) type Finals = Vec<(Option<char>, char)>;

/// A language's vowels and the variables of its endings.
#[derive(Debug, Default)]
pub(super) struct Sounds {
    pub(super) vowels: Vec<char>,
    /// Variables that depend on the last vowel: pairs of the vowel and the value after it.
    pub(super) harmony: Vec<(char, Vec<(char, char)>)>,
    /// Variables that depend on the last letter.
    pub(super) finals: Vec<(char, Finals)>,
}

impl Sounds {
    fn is_vowel(&self, c: char) -> bool {
        self.vowels.contains(&c)
    }

    /// Whether capital I is the dotless letter, as in Turkish and Azerbaijani.
    fn has_dotless_i(&self) -> bool {
        self.is_vowel('ı')
    }

    /// Returns a hash of everything in a stem that its endings depend on: its last letter, and the vowel that each
    /// variable finds.
    fn of_stem(&self, stem: &[char]) -> u64 {
        let heard = |values: &[(char, char)]| stem.iter().rev().find(|&&c| values.iter().any(|v| v.0 == c));
        let hash = extend(1, stem.last().map_or(0, |&c| u32::from(c)));
        self.harmony.iter().fold(hash, |hash, (_, values)| extend(hash, heard(values).map_or(0, |&c| u32::from(c))))
    }

    fn lower(&self, text: &str, out: &mut Vec<char>) {
        for c in text.chars() {
            match c {
                // Small letters of the most frequent scripts need no lookup.
                'a'..='z' | 'а'..='я' | 'ա'..='ֆ' | 'ა'..='ჰ' => out.push(c),
                'I' if self.has_dotless_i() => out.push('ı'),
                'İ' => out.push('i'),
                _ => out.extend(c.to_lowercase()),
            }
        }
    }
}

/// One piece of an ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Letter(char),
    Variable(char),
    /// Only after a vowel.
    AfterVowel(char),
    /// Only after a consonant.
    AfterConsonant(char),
}

/// An ending as the table writes it: `(n)In`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending(Vec<Piece>);

impl Ending {
    /// Reads an ending as the files write it.
    ///
    /// # Errors
    /// Returns a message about a bracket that is not closed, or an unknown variable.
    pub(super) fn parse(text: &str, sounds: &Sounds) -> Result<Ending, String> {
        let mut pieces = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let close = match c {
                '(' => ')',
                '[' => ']',
                _ if c.is_uppercase() && c != 'İ' => {
                    let known = sounds.harmony.iter().any(|v| v.0 == c) || sounds.finals.iter().any(|v| v.0 == c);
                    if !known {
                        return Err(format!(
                            "ending `{text}`: the language has no variable `{c}`; define it, or write a small letter"
                        ));
                    }
                    pieces.push(Piece::Variable(c));
                    continue;
                }
                _ => {
                    pieces.push(Piece::Letter(c));
                    continue;
                }
            };
            loop {
                match chars.next() {
                    Some(end) if end == close => break,
                    Some(letter) if c == '(' => pieces.push(Piece::AfterVowel(letter)),
                    Some(letter) => pieces.push(Piece::AfterConsonant(letter)),
                    None => return Err(format!("ending `{text}`: `{c}` is not closed; add `{close}`")),
                }
            }
        }
        Ok(Ending(pieces))
    }

    fn then(&self, tail: &Ending) -> Ending {
        Ending(self.0.iter().chain(&tail.0).copied().collect())
    }

    /// Appends the ending to `form`.
    fn append(&self, sounds: &Sounds, form: &mut Vec<char>) {
        // A buffer letter depends on the sound before its bracket, not on the letter before it in the bracket.
        let mut after_vowel = None;
        for piece in &self.0 {
            match *piece {
                Piece::Letter(c) => form.push(c),
                Piece::Variable(v) => {
                    if let Some(c) = variable(sounds, v, form) {
                        form.push(c);
                    }
                }
                Piece::AfterVowel(c) | Piece::AfterConsonant(c) => {
                    let vowel = *after_vowel.get_or_insert_with(|| form.last().is_some_and(|&l| sounds.is_vowel(l)));
                    if vowel == matches!(piece, Piece::AfterVowel(_)) {
                        form.push(c);
                    }
                    continue;
                }
            }
            after_vowel = None;
        }
    }
}

fn variable(sounds: &Sounds, variable: char, form: &[char]) -> Option<char> {
    if let Some((_, values)) = sounds.harmony.iter().find(|v| v.0 == variable) {
        let vowel = form.iter().rev().find(|&&c| values.iter().any(|v| v.0 == c));
        return match vowel {
            Some(vowel) => values.iter().find(|v| v.0 == *vowel).map(|v| v.1),
            None => values.first().map(|v| v.1),
        };
    }
    let (_, values) = sounds.finals.iter().find(|v| v.0 == variable)?;
    let last = form.last().copied();
    values.iter().find(|v| v.0.is_none() || v.0 == last).map(|v| v.1)
}

/// A row of a class: which lemmas it is for, what it removes from them, what it adds.
#[derive(Debug)]
pub(super) struct Row {
    when: Vec<Vec<char>>,
    strip: Vec<char>,
    add: Vec<char>,
    syncope: bool,
    endings: Vec<Ending>,
    /// Whether endings depend on the sounds of the stem.
    varies: bool,
}

impl Row {
    pub(super) fn new(
        when: Vec<Vec<char>>,
        strip: Vec<char>,
        add: Vec<char>,
        syncope: bool,
        endings: Vec<Ending>,
    ) -> Row {
        let varies = endings.iter().flat_map(|ending| &ending.0).any(|piece| !matches!(piece, Piece::Letter(_)));
        Row { when, strip, add, syncope, endings, varies }
    }

    /// Returns every ending with every tail; no tails are one empty tail.
    pub(super) fn cross(endings: &[Ending], tails: &[Ending]) -> Vec<Ending> {
        if tails.is_empty() {
            return endings.to_vec();
        }
        endings.iter().flat_map(|ending| tails.iter().map(|tail| ending.then(tail))).collect()
    }

    /// Puts the stem that the row makes of a lemma into `stem`; returns whether the row fits the lemma.
    fn stem(&self, sounds: &Sounds, lemma: &[char], stem: &mut Vec<char>) -> bool {
        if !self.when.is_empty() && !self.when.iter().any(|end| lemma.ends_with(end)) {
            return false;
        }
        let Some(rest) = lemma.strip_suffix(self.strip.as_slice()) else { return false };
        stem.clear();
        stem.extend(rest);
        if self.syncope {
            let Some(vowel) = stem.iter().rposition(|&c| sounds.is_vowel(c)) else { return false };
            stem.remove(vowel);
        }
        stem.extend(&self.add);
        !stem.is_empty()
    }
}

/// What an ending does to the hash of a stem. Each letter adds and multiplies, so all letters together are one addition
/// and one multiplication.
#[derive(Clone, Copy, Debug)]
struct Suffix {
    product: u64,
    sum: u64,
}

impl Suffix {
    fn of(letters: &[char]) -> Suffix {
        let sum = letters.iter().fold(0, |hash, &c| fold_ending(hash, c));
        // The hash of the stem is multiplied by every letter: from 0 and from 1 the results differ by that product.
        let product = letters.iter().fold(1, |hash, &c| fold_ending(hash, c)).wrapping_sub(sum);
        Suffix { product, sum }
    }

    #[inline(always)]
    fn after(self, stem: u64) -> u64 {
        stem.wrapping_mul(self.product).wrapping_add(self.sum)
    }
}

/// An inflection class.
#[derive(Debug)]
pub(super) struct InflectionClass {
    /// Number of the language.
    pub(super) language: usize,
    pub(super) rows: Vec<Row>,
}

/// Buffers that are reused from lemma to lemma.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    lemma: Vec<char>,
    stem: Vec<char>,
    form: Vec<char>,
    /// The endings after stems of the same sound, by class, row and [`Sounds::of_stem`].
    suffixes: HashMap<(u64, u64), Vec<Suffix>, Hasher>,
}

impl InflectionClass {
    /// Whether any row fits a lemma.
    pub(super) fn fits(&self, sounds: &Sounds, lemma: &str) -> bool {
        let (mut chars, mut stem) = (Vec::new(), Vec::new());
        sounds.lower(lemma, &mut chars);
        self.rows.iter().any(|row| row.stem(sounds, &chars, &mut stem))
    }

    /// Calls `see` with the hash of each form except the lemma itself, as in [`super::fold::Word::hash`]. `number` is
    /// the number of the class.
    pub(super) fn each_form(
        &self,
        number: u32,
        chars: &CharTable,
        sounds: &Sounds,
        lemma: &str,
        scratch: &mut Scratch,
        mut see: impl FnMut(u64),
    ) {
        let Scratch { lemma: lower, stem, form, suffixes } = scratch;
        lower.clear();
        sounds.lower(lemma, lower);
        for (n, row) in self.rows.iter().enumerate() {
            if !row.stem(sounds, lower, stem) {
                continue;
            }
            let hash = chars.hash(stem);
            let sound = if row.varies { sounds.of_stem(stem) } else { 0 };
            let suffixes = suffixes.entry((u64::from(number) << 32 | n as u64, sound)).or_insert_with(|| {
                let suffix = |ending: &Ending| {
                    form.clear();
                    form.extend(&*stem);
                    ending.append(sounds, form);
                    Suffix::of(&form[stem.len()..])
                };
                row.endings.iter().map(suffix).collect()
            });
            suffixes.iter().for_each(|suffix| see(finish(suffix.after(hash))));
        }
    }
}

/// Continues a hash by a letter of an ending. Endings are written in small, composed letters, of which only these fold
/// to something else.
#[inline]
fn fold_ending(hash: u64, c: char) -> u64 {
    match c {
        'ı' => extend(hash, u32::from('i')),
        'ё' => extend(hash, u32::from('е')),
        'ւ' => extend(hash, u32::from('վ')),
        'և' => extend(extend(hash, u32::from('ե')), u32::from('վ')),
        'آ' => extend(hash, u32::from('ا')),
        '\u{200c}' => hash,
        _ => extend(hash, u32::from(c) & 0xFFFF),
    }
}
