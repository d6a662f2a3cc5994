//! The compiled matcher: which words a token may be a form of, and which phrases begin there.
//!
//! A *paradigm* is a lemma with its inflection class, or a wildcard; all its forms have its number. Phrases are
//! sequences of paradigms in a trie. So an inflected phrase costs one path, and a word of a text one look into a bit
//! set and, if that says perhaps, one into a hash table.

use std::collections::HashMap;

use super::word_table::{Hasher, WordTable, filter_of};
use crate::lexicon::cue::WordClass;
use crate::lexicon::fold::{CharTable, Word, each_prefix};

/// What a phrase means. Numbers are those of the [lexicon](crate::lexicon::Lexicon).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// A form of an entity: its number.
    Form(u32),
    /// A stop phrase: nothing in it is an entity.
    Stop,
    /// A phrase of a clue: its number.
    Clue(u32),
    /// A cue of a topic.
    Topic {
        /// The number of the topic.
        topic: u16,
        /// The number of the cue in the topic.
        cue: u16,
        /// The number of its language.
        language: u8,
        /// Whether it counts half.
        is_weak: bool,
    },
    /// One of the parts of a form of a relation cue, which an ellipsis separates.
    Cue {
        /// The number of the cue.
        cue: u16,
        /// The number of the form.
        form: u16,
        /// The number of the part, from 0.
        part: u8,
        /// How many parts the form has.
        parts: u8,
    },
    /// A word of the grammar of a language: the number of the language, and what the word is.
    Grammar(u8, WordClass),
    /// A modifier of relation cues: its number, and that of the language of the form.
    Modifier(u16, u8),
}

/// Which letters of a phrase must be capitals, one bit a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capitals {
    /// The word begins with a capital.
    pub first: u16,
    /// The word has no small letter.
    pub all: u16,
    /// The word has no capital.
    pub none: u16,
}

/// The end of a phrase in the trie.
#[derive(Clone, Copy, Debug)]
pub struct PhraseEnding {
    /// What the phrase means.
    pub output: Output,
    /// How it must be written.
    pub capitals: Capitals,
}

/// The paradigms that a word may be a form of, and what the phrases with any of them need. The set of a single paradigm
/// has the paradigm's number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Set {
    /// Range in `endings`: the phrases that are this one word.
    pub(super) alone: Range,
    /// Range in `onward`: the nodes after this word from which phrases continue.
    pub(super) onward: Range,
    /// Range in `followers`: those of the paradigms that occur in a phrase after its first word.
    pub(super) followers: Range,
    pub(super) links: Links,
    /// Languages of which this is a small word, one bit each.
    pub(super) markers: u16,
}

/// Which words may be next to a word in phrases, as bits of the numbers of paradigms modulo 32. Two words without a
/// common bit are in no phrase together, which saves a look at the phrases.
#[derive(Clone, Copy, Debug, Default)]
pub struct Links {
    /// Second words of the phrases that begin with this word.
    pub next: u32,
    /// This word itself, if it occurs after the first word of a phrase.
    pub follows: u32,
    /// Words that follow this word where it is not the first of a phrase.
    pub then: u32,
}

impl Links {
    pub(super) fn bit(paradigm: u32) -> u32 {
        1 << (paradigm & 31)
    }

    /// Returns the links of a word that may be either.
    #[inline(always)]
    pub fn with(self, other: Links) -> Links {
        Links { next: self.next | other.next, follows: self.follows | other.follows, then: self.then | other.then }
    }
}

/// The first index and the one after the last.
pub(super) type Range = (u32, u32);

pub(super) fn slice<T>(of: &[T], range: Range) -> &[T] {
    &of[range.0 as usize..range.1 as usize]
}

/// The compiled matcher; [`super::Builder`] makes it.
#[derive(Debug)]
pub struct Index {
    pub(super) table: WordTable,
    pub(super) sets: Vec<Set>,
    pub(super) onward: Vec<u32>,
    pub(super) followers: Vec<u32>,
    /// Bits for the first characters of short wildcards, and of long ones.
    pub(super) prefix_filter: Box<[u64; PREFIX_FILTER_WORDS]>,
    pub(super) long_prefix_filter: Box<[u64; PREFIX_FILTER_WORDS]>,
    /// From a hash of the first characters to the lengths of the wildcards that begin with them, one bit each.
    pub(super) prefix_lengths: HashMap<u64, u64, Hasher>,
    pub(super) prefixes: HashMap<u64, u32, Hasher>,
    pub(super) edges: HashMap<(u32, u32), u32, Hasher>,
    pub(super) node_endings: Vec<Range>,
    pub(super) endings: Vec<PhraseEnding>,
    pub(super) has_edges: Vec<bool>,
}

impl Default for Index {
    fn default() -> Index {
        Index {
            table: WordTable::default(),
            sets: Vec::new(),
            onward: Vec::new(),
            followers: Vec::new(),
            prefix_filter: Box::new([0; PREFIX_FILTER_WORDS]),
            long_prefix_filter: Box::new([0; PREFIX_FILTER_WORDS]),
            prefix_lengths: HashMap::default(),
            prefixes: HashMap::default(),
            edges: HashMap::default(),
            node_endings: Vec::new(),
            endings: Vec::new(),
            has_edges: Vec::new(),
        }
    }
}

impl Index {
    /// Returns the set of paradigms that a word may be a form of.
    #[inline(always)]
    pub fn set(&self, word: &Word) -> Option<u32> {
        self.may_be_known(word).then(|| self.table.look_up(word.hash)).flatten()
    }

    /// Whether a word may be a form of any paradigm; if not, [`Index::set`] returns `None`.
    #[inline(always)]
    pub fn may_be_known(&self, word: &Word) -> bool {
        self.table.filters[filter_of(word.script, word.shape)].has(word.hash)
    }

    /// Returns whether a word of the set alone is a phrase, and its links to other words.
    #[inline(always)]
    pub fn uses(&self, set: u32) -> (bool, Links) {
        let Set { alone, links, .. } = self.sets[set as usize];
        (alone.0 != alone.1, links)
    }

    /// The languages, a bit each, of which this is a small word.
    #[inline(always)]
    pub fn markers(&self, set: u32) -> u16 {
        self.sets[set as usize].markers
    }

    /// Whether a word may match a wildcard.
    #[inline(always)]
    pub fn may_be_wild(&self, word: &Word) -> bool {
        let has = |filter: &[u64; PREFIX_FILTER_WORDS], prefix: u64| {
            let bit = prefix_bit(prefix);
            filter[(bit >> 6) as usize] >> (bit & 63)
        };
        // A word that is too short has 0 for a prefix, which at worst costs a useless look.
        (has(&self.prefix_filter, word.prefix) | has(&self.long_prefix_filter, word.long_prefix)) & 1 != 0
    }

    /// Calls `see` with the paradigm of each wildcard that a word matches. `text` is the text of the word.
    pub fn each_wildcard(&self, table: &CharTable, word: &Word, text: &str, mut see: impl FnMut(u32)) {
        let lengths = self.prefix_lengths.get(&word.prefix).copied().unwrap_or(0);
        let Some(longest) = lengths.checked_ilog2() else { return };
        each_prefix(table, text, longest as usize, |length, hash| {
            if lengths >> length & 1 != 0
                && let Some(&paradigm) = self.prefixes.get(&hash)
            {
                see(paradigm);
            }
        });
    }

    /// Returns the endings of the phrases that are one word of this set.
    #[inline]
    pub fn alone(&self, set: u32) -> &[PhraseEnding] {
        slice(&self.endings, self.sets[set as usize].alone)
    }

    /// Returns the nodes from which phrases continue that begin with a word of this set.
    #[inline]
    pub fn onward(&self, set: u32) -> &[u32] {
        slice(&self.onward, self.sets[set as usize].onward)
    }

    /// Returns the paradigms of this set with which phrases continue.
    #[inline]
    pub fn followers(&self, set: u32) -> &[u32] {
        slice(&self.followers, self.sets[set as usize].followers)
    }

    /// Returns the endings of the phrases of exactly these words. Wildcards do not count.
    pub fn phrase_endings(&self, words: &[Word]) -> Vec<PhraseEnding> {
        let Some((first, later)) = words.split_first() else { return Vec::new() };
        let Some(first) = self.set(first) else { return Vec::new() };
        if later.is_empty() {
            return self.alone(first).to_vec();
        }
        let mut nodes = self.onward(first).to_vec();
        for word in later {
            let followers = self.set(word).map_or(&[][..], |set| self.followers(set));
            nodes = nodes.iter().flat_map(|&node| followers.iter().filter_map(move |&p| self.next(node, p))).collect();
        }
        nodes.iter().flat_map(|&node| self.endings(node)).copied().collect()
    }

    /// Returns the node to which a paradigm leads from a node.
    #[inline]
    pub fn next(&self, node: u32, paradigm: u32) -> Option<u32> {
        self.edges.get(&(node, paradigm)).copied()
    }

    /// Whether phrases continue from a node.
    #[inline]
    pub fn goes_on(&self, node: u32) -> bool {
        self.has_edges[node as usize]
    }

    /// Returns the endings of the phrases that end at a node.
    #[inline]
    pub fn endings(&self, node: u32) -> &[PhraseEnding] {
        slice(&self.endings, self.node_endings[node as usize])
    }
}

/// The size of a filter of prefixes, in words of 64 bits.
const PREFIX_FILTER_WORDS: usize = 1 << 10;

/// Returns the bit of a prefix in its filter. The highest bits of a product are mixed best.
#[inline(always)]
pub(super) fn prefix_bit(prefix: u64) -> u64 {
    prefix >> (64 - 16)
}
