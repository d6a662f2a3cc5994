//! One pass over an item's fields: the words that the lexicon knows, and the phrases they make.

use crate::lexicon::Lexicon;
use crate::lexicon::fold::{CAPITAL, INNER, SMALL, each_word};
use crate::lexicon::index::{Capitals, Output};
use crate::model::Field;

/// A word that the lexicon knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Number of the word in its field.
    pub(super) number: u32,
    /// Sets of paradigms that phrases begin with, and go on with.
    first: u32,
    later: u32,
    shape: u8,
    /// Range in the scan's wildcards.
    wild: (u32, u32),
}

const NO_SET: u32 = u32::MAX;
/// How many words of a field tell its language.
const LANGUAGE_WORDS: u32 = 120;

/// A phrase of the lexicon at its place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) output: Output,
    pub(super) field: u8,
    /// Numbers of its first word and of the word behind its last.
    pub(super) first: u32,
    pub(super) behind: u32,
    /// Bytes in the field.
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What a scan finds. Reused from item to item.
#[derive(Debug, Default)]
pub(super) struct Scan {
    tokens: Vec<Token>,
    wild: Vec<u32>,
    frontier: Vec<u32>,
    next_frontier: Vec<u32>,
    pub(super) hits: Vec<Hit>,
    /// Small words found, by language.
    pub(super) small_words: [u32; 16],
    /// Letters found that only one language has, by language.
    pub(super) letters: [u32; 16],
}

/// The three fields of an item in the order of the text.
pub(super) const FIELDS: [Field; 3] = [Field::Title, Field::Summary, Field::Content];

impl Scan {
    pub(super) fn clear(&mut self) {
        self.hits.clear();
        self.small_words = [0; 16];
        self.letters = [0; 16];
    }

    pub(super) fn field(&mut self, lexicon: &Lexicon, field: u8, text: &str) {
        self.tokens.clear();
        self.wild.clear();
        self.words(lexicon, text);
        self.phrases(lexicon, field, text);
    }

    fn words(&mut self, lexicon: &Lexicon, text: &str) {
        let index = &lexicon.index;
        let Scan { tokens, wild, small_words, letters, .. } = self;
        let mut number = 0u32;
        each_word(
            &lexicon.chars,
            text,
            |language| letters[usize::from(language & 15)] += 1,
            |word| {
                if number < LANGUAGE_WORDS {
                    let mut markers = index.small(&word);
                    while markers != 0 {
                        small_words[markers.trailing_zeros() as usize] += 1;
                        markers &= markers - 1;
                    }
                }
                let first = index.first(&word);
                let follows = tokens.last().is_some_and(|t: &Token| t.number + 1 == number);
                let later = if follows { index.later(&word) } else { None };
                let mut range = (0, 0);
                if index.may_be_wild(word.prefix, word.long_prefix) {
                    range.0 = wild.len() as u32;
                    let word = text.get(word.start as usize..word.end as usize).unwrap_or_default();
                    index.each_wildcard(&lexicon.chars, word, |paradigm| wild.push(paradigm));
                    range.1 = wild.len() as u32;
                }
                if first.is_some() || later.is_some() || range.0 != range.1 {
                    tokens.push(Token {
                        start: word.start,
                        end: word.end,
                        number,
                        first: first.unwrap_or(NO_SET),
                        later: later.unwrap_or(NO_SET),
                        shape: word.shape,
                        wild: range,
                    });
                }
                number += 1;
            },
        );
    }

    fn paradigms<'a>(&'a self, lexicon: &'a Lexicon, token: &Token, set: u32) -> impl Iterator<Item = u32> + 'a {
        let of_set = if set == NO_SET { &[] } else { lexicon.index.paradigms(set) };
        of_set.iter().chain(&self.wild[token.wild.0 as usize..token.wild.1 as usize]).copied()
    }

    fn phrases(&mut self, lexicon: &Lexicon, field: u8, text: &str) {
        let index = &lexicon.index;
        let mut frontier = std::mem::take(&mut self.frontier);
        let mut next = std::mem::take(&mut self.next_frontier);
        for i in 0..self.tokens.len() {
            let first = self.tokens[i];
            frontier.clear();
            frontier
                .extend(self.paradigms(lexicon, &first, first.first).map(|p| index.root(p)).filter(|&node| node != 0));
            let mut j = i;
            while !frontier.is_empty() {
                let last = self.tokens[j];
                for &node in &frontier {
                    for ending in index.endings(node) {
                        if self.capitals_fit(i, j, ending.capitals) {
                            self.hits.push(Hit {
                                output: ending.output,
                                field,
                                first: first.number,
                                behind: last.number + 1,
                                start: first.start,
                                end: last.end,
                            });
                        }
                    }
                }
                let Some(&token) = self.tokens.get(j + 1) else { break };
                if token.number != last.number + 1
                    || !frontier.iter().any(|&node| index.goes_on(node))
                    || !joins(text.get(last.end as usize..token.start as usize).unwrap_or_default())
                {
                    break;
                }
                next.clear();
                for &node in frontier.iter().filter(|&&node| index.goes_on(node)) {
                    next.extend(self.paradigms(lexicon, &token, token.later).filter_map(|p| index.next(node, p)));
                }
                std::mem::swap(&mut frontier, &mut next);
                j += 1;
            }
        }
        self.frontier = frontier;
        self.next_frontier = next;
    }

    fn capitals_fit(&self, i: usize, j: usize, capitals: Capitals) -> bool {
        if capitals == Capitals::default() {
            return true;
        }
        self.tokens[i..=j].iter().enumerate().all(|(n, token)| {
            let bit = 1u16 << n;
            (capitals.first & bit == 0 || token.shape & CAPITAL != 0)
                && (capitals.all & bit == 0 || token.shape & SMALL == 0)
                && (capitals.none & bit == 0 || token.shape & (CAPITAL | INNER) == 0)
        })
    }
}

/// Whether what stands between two words keeps them in one name.
fn joins(gap: &str) -> bool {
    gap.len() <= 24
        && gap.chars().all(|c| {
            c == ' '
                || c == '\u{a0}'
                || c == '\u{202f}'
                || matches!(c, '-' | '.' | '\'' | '"' | '\t')
                || matches!(c, '\u{2010}'..='\u{201f}' | '«' | '»' | '\u{2b9}'..='\u{2bc}' | '\u{ad}' | '/')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
        })
}
