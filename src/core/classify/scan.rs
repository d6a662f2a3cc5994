//! One pass over the fields of an item: the words that the lexicon knows, and the phrases that they make.

use crate::lexicon::{CAPITAL, Capitals, INNER, Index, Lexicon, Links, Output, PhraseEnding, SMALL, Word};
use crate::model::{Field, PressBloc};

/// What the classifier reads of an item: its texts, without markup, and what is known about its source.
///
/// Only the texts are evidence. Address, bloc and country are clues for ambiguous names.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemText<'a> {
    /// Title; may be empty.
    pub title: &'a str,
    /// Summary; may be empty.
    pub summary: &'a str,
    /// Full text, if known.
    pub content: Option<&'a str>,
    /// Address.
    pub url: Option<&'a str>,
    /// Declared language as a BCP 47 tag. It counts only if the text does not show its language.
    pub language: Option<&'a str>,
    /// Press bloc of the outlet.
    pub bloc: Option<PressBloc>,
    /// ISO 3166 country code of the outlet, in any letter case.
    pub country: Option<&'a str>,
}

impl<'a> ItemText<'a> {
    /// Returns the text of a field by its number in [`FIELDS`].
    pub(super) fn field(&self, field: u8) -> &'a str {
        match field {
            0 => self.title,
            1 => self.summary,
            _ => self.content.unwrap_or_default(),
        }
    }

    /// Returns the words between two bytes of a field.
    pub(super) fn words(&self, hit: &Hit) -> &'a str {
        self.field(hit.field).get(hit.start as usize..hit.end as usize).unwrap_or_default()
    }
}

/// A word that the lexicon knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Number of the word in its field.
    pub(super) number: u32,
    /// Number of its set of paradigms, or [`NO_SET`].
    set: u32,
    links: Links,
    shape: u8,
    /// The wildcards that it matches: a range in the scan's list.
    wild: (u32, u32),
}

const NO_SET: u32 = u32::MAX;
/// How many words at the beginning of a field show its language.
const LANGUAGE_WORDS: u32 = 120;

/// A phrase of the lexicon found in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) output: Output,
    /// Number of the field in [`FIELDS`].
    pub(super) field: u8,
    /// Number of its first word in the field.
    pub(super) first_word: u32,
    /// Number of the word after its last.
    pub(super) end_word: u32,
    /// Its bytes in the field are `start..end`.
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What a scan finds; reused from item to item.
#[derive(Debug, Default)]
pub(super) struct Scan {
    tokens: Vec<Token>,
    wild: Vec<u32>,
    frontier: Vec<u32>,
    next_frontier: Vec<u32>,
    /// In the order of the text.
    pub(super) hits: Vec<Hit>,
    /// By language, how many of its small words were found.
    pub(super) small_words: [u32; 16],
    /// By language, how many letters were found that only it has.
    pub(super) letters: [u32; 16],
}

/// Keeps a token only if it is a phrase alone, or if the words next to it may make one with it. Most words that phrases
/// contain, such as `the`, are neither.
#[derive(Default)]
struct Chain {
    /// Number of the next word, and the links with which phrases continue there.
    open: (u32, u32),
    /// Whether the last token is useless unless a phrase continues after it.
    is_pending: bool,
}

impl Chain {
    #[inline(always)]
    fn admit(&mut self, tokens: &mut Vec<Token>, token: Token, alone: bool) {
        let Token { number, links, .. } = token;
        let continues = self.open.0 == number && self.open.1 & links.follows != 0;
        if self.is_pending && !continues {
            tokens.pop();
        }
        self.is_pending = false;
        if alone || continues || links.next != 0 {
            self.is_pending = !alone && !continues;
            self.open = (number + 1, links.next | if continues { links.then } else { 0 });
            tokens.push(token);
        }
    }
}

/// The fields of an item, in the order of the text.
pub(super) const FIELDS: [Field; 3] = [Field::Title, Field::Summary, Field::Content];

impl Scan {
    /// Scans the fields of an item.
    pub(super) fn item(&mut self, lexicon: &Lexicon, item: &ItemText<'_>) {
        self.hits.clear();
        self.small_words = [0; 16];
        self.letters = [0; 16];
        for field in 0..FIELDS.len() as u8 {
            self.field(lexicon, field, item.field(field));
        }
    }

    /// Whether the item has a form of any entity. Without one it has no tags.
    pub(super) fn has_names(&self) -> bool {
        self.hits.iter().any(|hit| matches!(hit.output, Output::Form(_)))
    }

    /// Drops the cues of topics in other languages than these, one bit each: a word may be a cue in one language and
    /// mean something else in another.
    pub(super) fn keep_topics_of(&mut self, languages: u32) {
        self.hits.retain(|hit| match hit.output {
            Output::Topic { language, .. } => languages >> language & 1 != 0,
            _ => true,
        });
    }

    /// Returns, by language, how many of the places of the text have names in this language, and in at most one other
    /// that is not one of `borrowed`, one bit each.
    pub(super) fn names_of_few_languages(&self, lexicon: &Lexicon, borrowed: u32) -> [u32; 16] {
        let mut counts = [0; 16];
        let (mut field, mut free) = (0u8, 0u32);
        let begins_alike = |a: &Hit, b: &Hit| (a.field, a.first_word) == (b.field, b.first_word);
        for group in self.hits.chunk_by(begins_alike) {
            // Of names inside each other the longest counts.
            let names = group.iter().filter(|hit| matches!(hit.output, Output::Form(_) | Output::Stop));
            let Some(longest) = names.max_by_key(|hit| hit.end_word) else { continue };
            if longest.field == field && longest.first_word < free {
                continue;
            }
            (field, free) = (longest.field, longest.end_word);
            let languages = group.iter().filter(|hit| hit.end_word == free).fold(0u32, |mask, hit| match hit.output {
                Output::Form(form) => mask | 1 << lexicon.form(form).language,
                _ => mask,
            });
            if languages.count_ones() == 1 || languages.count_ones() == 2 && languages & borrowed == 0 {
                (0..16).filter(|n| languages >> n & 1 != 0).for_each(|n| counts[n] += 1);
            }
        }
        counts
    }

    fn field(&mut self, lexicon: &Lexicon, field: u8, text: &str) {
        self.tokens.clear();
        self.wild.clear();
        self.words(lexicon, lexicon.index(), text);
        self.phrases(lexicon.index(), field, text);
    }

    /// Finds the phrases that only relations need, in one field, instead of all others.
    pub(super) fn relation_phrases(&mut self, lexicon: &Lexicon, field: u8, text: &str) {
        self.hits.clear();
        self.tokens.clear();
        self.wild.clear();
        self.words(lexicon, lexicon.relation_index(), text);
        self.phrases(lexicon.relation_index(), field, text);
    }

    fn words(&mut self, lexicon: &Lexicon, index: &Index, text: &str) {
        let Scan { tokens, wild, small_words, letters, .. } = self;
        let mut number = 0u32;
        let mut chain = Chain::default();
        let mut read = |word: Word| {
            let wild_perhaps = index.may_be_wild(&word);
            // One branch for most words, which are neither.
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
                index.each_wildcard(lexicon.char_table(), &word, text, |paradigm| {
                    let (also_alone, also) = index.uses(paradigm);
                    (alone, links) = (alone | also_alone, links.with(also));
                    wild.push(paradigm);
                });
            }
            let wild = (from, wild.len() as u32);
            let Word { start, end, shape, .. } = word;
            chain.admit(tokens, Token { start, end, number, set, links, shape, wild }, alone);
            number += 1;
        };
        lexicon.each_word(text, |language| letters[usize::from(language & 15)] += 1, &mut read);
    }

    /// Returns the sets of paradigms of a token: that of its word, then those of the wildcards that it matches.
    fn sets<'a>(&'a self, token: &Token) -> impl Iterator<Item = u32> + 'a {
        let of_word = (token.set != NO_SET).then_some(token.set);
        of_word.into_iter().chain(self.wild[token.wild.0 as usize..token.wild.1 as usize].iter().copied())
    }

    fn phrases(&mut self, index: &Index, field: u8, text: &str) {
        let mut frontier = std::mem::take(&mut self.frontier);
        let mut next = std::mem::take(&mut self.next_frontier);
        let mut hits = std::mem::take(&mut self.hits);
        for i in 0..self.tokens.len() {
            let first = self.tokens[i];
            let mut put = |ending: &PhraseEnding, last: usize| {
                if self.capitals_fit(i, last, ending.capitals) && !self.is_currency(last, text) {
                    hits.push(Hit {
                        output: ending.output,
                        field,
                        first_word: first.number,
                        end_word: self.tokens[last].number + 1,
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

    /// Whether a phrase may continue from a token to the next one.
    fn joined(&self, token: usize, text: &str) -> bool {
        let Some([last, next]) = self.tokens.get(token..token + 2) else { return false };
        next.number == last.number + 1 && joins(text.get(last.end as usize..next.start as usize).unwrap_or_default())
    }

    /// Whether a word is the first part of the sign of a currency, such as `US$`, and so is no name.
    fn is_currency(&self, token: usize, text: &str) -> bool {
        text.as_bytes().get(self.tokens[token].end as usize) == Some(&b'$')
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

/// Whether the characters between two words keep them in one name.
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
