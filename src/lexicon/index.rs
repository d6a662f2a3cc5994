//! The compiled matcher: which words a token may be a form of, and which phrases begin there.
//!
//! A *paradigm* is a lemma with its inflection class, or a wildcard; all its forms lead to its number. Phrases are sequences of paradigms in a trie.
//! So an inflected phrase costs one path, and a text word one look into a bit set and, where that says perhaps, one into a hash table.

mod build;

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::fold::{CAPITAL, CharTable, SCRIPTS, Word, each_prefix, finish};

pub(crate) use build::Builder;

/// Keys are numbers of our own making, so a fast hasher without a secret will do.
pub(crate) type Hasher = BuildHasherDefault<NumberHasher>;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NumberHasher(u64);

impl std::hash::Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        finish(self.0)
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(32) ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// What stands at the end of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// A form of an entity: index into the lexicon's forms.
    Form(u32),
    /// A stop phrase.
    Stop,
    /// A word or phrase that a clue asks for.
    Clue(u32),
    /// A cue of a topic: topic and number of the cue, and whether it is a weak one.
    Topic(u16, u16, bool),
    /// Part `part` of `parts` of a form of a relation cue.
    Cue { cue: u16, form: u16, part: u8, parts: u8 },
    /// A modifier of cues.
    Modifier(u16),
}

/// Which letters of a phrase must be capitals; a bit for each word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Capitals {
    /// The word begins with a capital.
    pub(crate) first: u16,
    /// The word has no small letter.
    pub(crate) all: u16,
    /// The word begins with a small letter and has no capital behind it.
    pub(crate) none: u16,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) output: Output,
    pub(crate) capitals: Capitals,
}

const SET_BITS: u32 = 24;
const SET_MASK: u64 = (1 << SET_BITS) - 1;
const HASH_MASK: u64 = u64::MAX >> SET_BITS;

/// The value of a word: a set of paradigms, and what the phrases that begin with any of them need. A paradigm alone is the set of its own number.
#[derive(Clone, Copy, Debug, Default)]
struct Set {
    /// Range in `endings`: of the phrases that are this one word.
    alone: Range,
    /// Range in `onward`: the nodes behind this word from which phrases go on.
    onward: Range,
    /// Range in `followers`: the paradigms that stand behind the first word of a phrase.
    followers: Range,
    links: Links,
    /// Languages, a bit each, of which this is a small word.
    markers: u16,
}

/// How a word links to those beside it in phrases: a bit for each remainder of the numbers of paradigms, so that two words are known to stand in no
/// phrase together without a look at the phrases.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Links {
    /// Those with which a phrase goes on that begins with this word.
    pub(crate) next: u32,
    /// Those of this word with which a phrase goes on.
    pub(crate) follows: u32,
    /// Those with which a phrase goes on behind this word, where it is not the first.
    pub(crate) then: u32,
}

impl Links {
    fn bit(paradigm: u32) -> u32 {
        1 << (paradigm & 31)
    }

    /// The links of a word that is of both.
    #[inline(always)]
    pub(crate) fn with(self, other: Links) -> Links {
        Links { next: self.next | other.next, follows: self.follows | other.follows, then: self.then | other.then }
    }
}

/// First index and the one behind the last.
type Range = (u32, u32);

fn slice<T>(of: &[T], range: Range) -> &[T] {
    &of[range.0 as usize..range.1 as usize]
}

/// Bits for residues of hashes.
#[derive(Debug, Default)]
struct Filter {
    bits: Vec<u64>,
    mask: u64,
}

impl Filter {
    fn new(count: usize) -> Filter {
        let bits = (count * 12).next_power_of_two().clamp(1 << 6, 1 << 23);
        Filter { bits: vec![0; bits / 64], mask: bits as u64 - 1 }
    }

    #[inline(always)]
    fn has(&self, hash: u64) -> bool {
        let bit = (hash >> 20) & self.mask;
        self.bits[(bit >> 6) as usize] >> (bit & 63) & 1 != 0
    }

    fn put(&mut self, hash: u64) {
        let bit = (hash >> 20) & self.mask;
        self.bits[(bit >> 6) as usize] |= 1 << (bit & 63);
    }
}

/// Filters by script and by whether the word begins with a capital. Most words of a text begin with a small letter, which most forms forbid: they end in
/// a filter that is small enough to stay in the nearest cache.
const FILTERS: usize = 2 * SCRIPTS;

#[inline(always)]
fn filter_of(script: u8, shape: u8) -> usize {
    usize::from(script) * 2 + usize::from(shape & CAPITAL != 0)
}

/// Words by their hash, to the number of a set.
#[derive(Debug, Default)]
struct Table {
    filters: [Filter; FILTERS],
    /// Open addressing: the low 40 bits of the hash, 24 of the set's number plus one; 0 is free. The high bits of the hash say where to begin.
    slots: Vec<u64>,
}

impl Table {
    /// A table for so many words.
    fn new(words: usize, by_filter: [usize; FILTERS]) -> Table {
        Table { filters: by_filter.map(Filter::new), slots: vec![0; words * 3 / 2 + 64] }
    }

    #[inline(always)]
    fn look_up(&self, hash: u64) -> Option<u32> {
        let slot = self.slots[self.place(hash)];
        (slot != 0).then(|| (slot & SET_MASK) as u32 - 1)
    }

    /// Where the search for a hash begins: its share in all that a hash can be is that of the slot in the table.
    #[inline(always)]
    fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.slots.len() as u64) >> 32) as usize
    }

    /// Where the hash stands, or the free slot where it would.
    #[inline(always)]
    fn place(&self, hash: u64) -> usize {
        let mut at = self.home(hash);
        loop {
            let slot = self.slots[at];
            if slot == 0 || slot >> SET_BITS == hash & HASH_MASK {
                return at;
            }
            at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
        }
    }

    /// Says that the word leads to the set.
    fn put(&mut self, at: usize, hash: u64, set: u32) {
        self.slots[at] = (hash & HASH_MASK) << SET_BITS | (u64::from(set) + 1);
    }

    fn size_bytes(&self) -> usize {
        self.filters.iter().map(|f| f.bits.len() * 8).sum::<usize>() + self.slots.len() * 8
    }
}

#[derive(Debug)]
pub(crate) struct Index {
    table: Table,
    sets: Vec<Set>,
    onward: Vec<u32>,
    followers: Vec<u32>,
    forms: usize,
    /// Bits for the first characters of short wildcards, and of long ones.
    prefix_filter: Box<[u64; PREFIX_FILTER_WORDS]>,
    long_prefix_filter: Box<[u64; PREFIX_FILTER_WORDS]>,
    /// First characters to the lengths of wildcards that begin so, a bit each.
    prefix_lengths: HashMap<u64, u64, Hasher>,
    prefixes: HashMap<u64, u32, Hasher>,
    edges: HashMap<(u32, u32), u32, Hasher>,
    node_endings: Vec<Range>,
    endings: Vec<Ending>,
    has_edges: Vec<bool>,
}

impl Default for Index {
    fn default() -> Index {
        Index {
            table: Table::default(),
            sets: Vec::new(),
            onward: Vec::new(),
            followers: Vec::new(),
            forms: 0,
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
    /// The set of paradigms that the word is a form of.
    #[inline(always)]
    pub(crate) fn set(&self, word: &Word) -> Option<u32> {
        self.may_be_known(word).then(|| self.table.look_up(word.hash)).flatten()
    }

    /// Whether the word may be a form of any paradigm.
    #[inline(always)]
    pub(crate) fn may_be_known(&self, word: &Word) -> bool {
        self.table.filters[filter_of(word.script, word.shape)].has(word.hash)
    }

    /// Whether the word alone is a phrase, and how it links to others.
    #[inline(always)]
    pub(crate) fn uses(&self, set: u32) -> (bool, Links) {
        let Set { alone, links, .. } = self.sets[set as usize];
        (alone.0 != alone.1, links)
    }

    /// The languages, a bit each, of which this is a small word.
    #[inline(always)]
    pub(crate) fn markers(&self, set: u32) -> u16 {
        self.sets[set as usize].markers
    }

    /// Whether the word may begin with a wildcard.
    #[inline(always)]
    pub(crate) fn may_be_wild(&self, word: &Word) -> bool {
        let has = |filter: &[u64; PREFIX_FILTER_WORDS], prefix: u64| {
            let bit = prefix_bit(prefix);
            filter[(bit >> 6) as usize] >> (bit & 63)
        };
        // Where a word is too short for a prefix, its 0 costs a look in vain at worst.
        (has(&self.prefix_filter, word.prefix) | has(&self.long_prefix_filter, word.long_prefix)) & 1 != 0
    }

    /// Calls `see` with each wildcard that the word begins with. `text` is that of the word.
    pub(crate) fn each_wildcard(&self, table: &CharTable, word: &Word, text: &str, mut see: impl FnMut(u32)) {
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

    /// What stands at the end of the phrases that are one word of this set.
    #[inline]
    pub(crate) fn alone(&self, set: u32) -> &[Ending] {
        slice(&self.endings, self.sets[set as usize].alone)
    }

    /// The nodes from which phrases that begin with a word of this set go on.
    #[inline]
    pub(crate) fn onward(&self, set: u32) -> &[u32] {
        slice(&self.onward, self.sets[set as usize].onward)
    }

    /// The paradigms of this set that phrases go on with.
    #[inline]
    pub(crate) fn followers(&self, set: u32) -> &[u32] {
        slice(&self.followers, self.sets[set as usize].followers)
    }

    /// What stands at the end of the phrases of exactly these words, wildcards left aside.
    pub(crate) fn phrase_endings(&self, words: &[Word]) -> Vec<Ending> {
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

    #[inline]
    pub(crate) fn next(&self, node: u32, paradigm: u32) -> Option<u32> {
        self.edges.get(&(node, paradigm)).copied()
    }

    #[inline]
    pub(crate) fn goes_on(&self, node: u32) -> bool {
        self.has_edges[node as usize]
    }

    #[inline]
    pub(crate) fn endings(&self, node: u32) -> &[Ending] {
        slice(&self.endings, self.node_endings[node as usize])
    }

    /// Memory in bytes, hash tables at their usual load.
    pub(crate) fn size_bytes(&self) -> usize {
        let table = |capacity: usize, entry: usize| capacity * (entry + 1) * 8 / 7;
        self.table.size_bytes()
            + self.sets.capacity() * size_of::<Set>()
            + (self.onward.capacity() + self.followers.capacity()) * 4
            + PREFIX_FILTER_WORDS * 16
            + table(self.prefix_lengths.capacity(), 16)
            + table(self.prefixes.capacity(), 12)
            + table(self.edges.capacity(), 12)
            + self.node_endings.capacity() * 8
            + self.endings.capacity() * size_of::<Ending>()
            + self.has_edges.capacity()
    }

    /// How many different word forms are known.
    pub(crate) fn form_count(&self) -> usize {
        self.forms
    }
}

/// How many words of 64 bits a filter of prefixes has.
const PREFIX_FILTER_WORDS: usize = 1 << 10;

/// The bit of a prefix in its filter: the highest bits of a product are the best mixed.
#[inline(always)]
fn prefix_bit(prefix: u64) -> u64 {
    prefix >> (64 - 16)
}
