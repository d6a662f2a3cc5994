//! One pass over an item's fields: the words that the lexicon knows, and the phrases they make.

use crate::lexicon::Lexicon;
use crate::lexicon::fold::{CAPITAL, INNER, SMALL, Word, each_word};
use crate::lexicon::index::{Capitals, Ending, Links, Output};
use crate::model::Field;

/// A word that the lexicon knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Number of the word in its field.
    pub(super) number: u32,
    /// Number of its set of paradigms.
    set: u32,
    links: Links,
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

/// Keeps a token only where it is a phrase alone or the words beside it may make one with it: most words that phrases hold, such as `the`, do not.
#[derive(Default)]
struct Chain {
    /// Number of a word, and the links with which phrases go on there.
    open: (u32, u32),
    /// Whether the last token is of no use unless a phrase goes on behind it.
    idle: bool,
}

impl Chain {
    #[inline(always)]
    fn admit(&mut self, tokens: &mut Vec<Token>, token: Token, alone: bool) {
        let Token { number, links, .. } = token;
        let goes_on = self.open.0 == number && self.open.1 & links.follows != 0;
        if self.idle && !goes_on {
            tokens.pop();
        }
        self.idle = false;
        if alone || goes_on || links.next != 0 {
            self.idle = !alone && !goes_on;
            self.open = (number + 1, links.next | if goes_on { links.then } else { 0 });
            tokens.push(token);
        }
    }
}

/// The three fields of an item in the order of the text.
pub(super) const FIELDS: [Field; 3] = [Field::Title, Field::Summary, Field::Content];

impl Scan {
    pub(super) fn clear(&mut self) {
        self.hits.clear();
        self.small_words = [0; 16];
        self.letters = [0; 16];
    }

    /// Whether any name stands in the item: without one there are no tags.
    pub(super) fn has_names(&self) -> bool {
        self.hits.iter().any(|hit| matches!(hit.output, Output::Form(_)))
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
        let mut chain = Chain::default();
        each_word(
            &lexicon.chars,
            text,
            |language| letters[usize::from(language & 15)] += 1,
            |word| {
                let wild_perhaps = index.may_be_wild(&word);
                // One branch for the most words, which are neither.
                if !(wild_perhaps | index.may_be_known(&word)) {
                    number += 1;
                    return;
                }
                let (mut set, mut alone, mut links) = (NO_SET, false, Links::default());
                if let Some(known) = index.set(&word) {
                    if number < LANGUAGE_WORDS {
                        let mut markers = index.markers(known);
                        while markers != 0 {
                            small_words[markers.trailing_zeros() as usize] += 1;
                            markers &= markers - 1;
                        }
                    }
                    set = known;
                    (alone, links) = index.uses(known);
                }
                let from = wild.len() as u32;
                if wild_perhaps {
                    let text = text.get(word.start as usize..word.end as usize).unwrap_or_default();
                    index.each_wildcard(&lexicon.chars, &word, text, |paradigm| {
                        let (also_alone, also) = index.uses(paradigm);
                        (alone, links) = (alone | also_alone, links.with(also));
                        wild.push(paradigm);
                    });
                }
                let wild = (from, wild.len() as u32);
                let Word { start, end, shape, .. } = word;
                chain.admit(tokens, Token { start, end, number, set, links, shape, wild }, alone);
                number += 1;
            },
        );
    }

    /// The sets of a token: that of its word, then of each wildcard the one that is its own.
    fn sets<'a>(&'a self, token: &Token) -> impl Iterator<Item = u32> + 'a {
        let of_word = (token.set != NO_SET).then_some(token.set);
        of_word.into_iter().chain(self.wild[token.wild.0 as usize..token.wild.1 as usize].iter().copied())
    }

    fn phrases(&mut self, lexicon: &Lexicon, field: u8, text: &str) {
        let index = &lexicon.index;
        let mut frontier = std::mem::take(&mut self.frontier);
        let mut next = std::mem::take(&mut self.next_frontier);
        let mut hits = std::mem::take(&mut self.hits);
        for i in 0..self.tokens.len() {
            let first = self.tokens[i];
            let mut put = |ending: &Ending, last: usize| {
                if self.capitals_fit(i, last, ending.capitals) {
                    hits.push(Hit {
                        output: ending.output,
                        field,
                        first: first.number,
                        behind: self.tokens[last].number + 1,
                        start: first.start,
                        end: self.tokens[last].end,
                    });
                }
            };
            for set in self.sets(&first) {
                index.alone(set).iter().for_each(|ending| put(ending, i));
            }
            if self.tokens.get(i + 1).is_none_or(|next| first.links.next & next.links.follows == 0) {
                continue;
            }
            frontier.clear();
            for set in self.sets(&first) {
                frontier.extend(index.onward(set));
            }
            let mut last = i;
            while !frontier.is_empty() && self.joined(last, text) {
                last += 1;
                next.clear();
                for &node in &frontier {
                    for set in self.sets(&self.tokens[last]) {
                        next.extend(index.followers(set).iter().filter_map(|&p| index.next(node, p)));
                    }
                }
                std::mem::swap(&mut frontier, &mut next);
                for &node in &frontier {
                    index.endings(node).iter().for_each(|ending| put(ending, last));
                }
                frontier.retain(|&node| index.goes_on(node));
            }
        }
        self.frontier = frontier;
        self.next_frontier = next;
        self.hits = hits;
    }

    /// Whether a phrase that holds this token may go on with the next.
    fn joined(&self, token: usize, text: &str) -> bool {
        let Some([last, next]) = self.tokens.get(token..token + 2) else { return false };
        next.number == last.number + 1 && joins(text.get(last.end as usize..next.start as usize).unwrap_or_default())
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
