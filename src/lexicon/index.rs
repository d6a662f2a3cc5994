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

/// A set of paradigms: the value of a word.
#[derive(Clone, Copy, Debug, Default)]
struct Set {
    start: u32,
    len: u16,
    /// Languages, a bit each, of which this is a small word.
    markers: u16,
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
    /// Open addressing: 40 bits of the hash, 24 of the set's number plus one; 0 is free.
    slots: Vec<u64>,
    slot_mask: u64,
}

impl Table {
    fn new(distinct: usize, by_filter: [usize; FILTERS]) -> Table {
        let size = (distinct * 3 / 2).next_power_of_two().clamp(1 << 6, 1 << SET_BITS);
        Table { filters: by_filter.map(Filter::new), slots: vec![0; size], slot_mask: size as u64 - 1 }
    }

    #[inline(always)]
    fn look_up(&self, hash: u64, filter: usize) -> Option<u32> {
        if !self.filters[filter].has(hash) {
            return None;
        }
        let slot = self.slots[self.place(hash) as usize];
        (slot != 0).then(|| (slot & SET_MASK) as u32 - 1)
    }

    /// Where the hash stands, or the free slot where it would.
    fn place(&self, hash: u64) -> u64 {
        let mut at = hash & self.slot_mask;
        loop {
            let slot = self.slots[at as usize];
            if slot == 0 || slot >> SET_BITS == hash >> SET_BITS {
                return at;
            }
            at = (at + 1) & self.slot_mask;
        }
    }

    fn size_bytes(&self) -> usize {
        self.filters.iter().map(|f| f.bits.len() * 8).sum::<usize>() + self.slots.len() * 8
    }
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Words that phrases begin with; words that stand behind the first; small words of languages.
    first: Table,
    later: Table,
    small: Table,
    sets: Vec<Set>,
    set_items: Vec<u32>,
    forms: usize,
    /// Bits for the first characters of short wildcards, and of long ones.
    prefix_filter: Vec<u64>,
    long_prefix_filter: Vec<u64>,
    /// First characters to the lengths of wildcards that begin so, a bit each.
    prefix_lengths: HashMap<u64, u64, Hasher>,
    prefixes: HashMap<u64, u32, Hasher>,
    /// Paradigm to trie node; 0 is none.
    roots: Vec<u32>,
    edges: HashMap<(u32, u32), u32, Hasher>,
    node_endings: Vec<(u32, u32)>,
    endings: Vec<Ending>,
    has_edges: Vec<bool>,
}

impl Index {
    /// The set of paradigms that the word is a form of and that phrases begin with.
    #[inline(always)]
    pub(crate) fn first(&self, word: &Word) -> Option<u32> {
        self.first.look_up(word.hash, filter_of(word.script, word.shape))
    }

    /// The set of paradigms that the word is a form of and that phrases go on with.
    #[inline(always)]
    pub(crate) fn later(&self, word: &Word) -> Option<u32> {
        self.later.look_up(word.hash, filter_of(word.script, word.shape))
    }

    /// The languages, a bit each, of which this is a small word.
    #[inline(always)]
    pub(crate) fn small(&self, word: &Word) -> u16 {
        self.small
            .look_up(word.hash, filter_of(word.script, word.shape))
            .map_or(0, |set| self.sets[set as usize].markers)
    }

    #[inline(always)]
    pub(crate) fn may_be_wild(&self, prefix: u64, long_prefix: u64) -> bool {
        let has = |filter: &[u64], prefix: u64| {
            let bit = finish(prefix) & PREFIX_FILTER_MASK;
            filter[(bit >> 6) as usize] >> (bit & 63) & 1 != 0
        };
        prefix != 0 && has(&self.prefix_filter, prefix)
            || long_prefix != 0 && has(&self.long_prefix_filter, long_prefix)
    }

    /// Calls `see` with each wildcard that the word begins with.
    pub(crate) fn each_wildcard(&self, table: &CharTable, word: &str, mut see: impl FnMut(u32)) {
        let mut lengths = None;
        each_prefix(table, word, |length, hash| {
            let lengths = *lengths.get_or_insert_with(|| self.prefix_lengths.get(&hash).copied().unwrap_or(0));
            if length < 64
                && lengths >> length & 1 != 0
                && let Some(&paradigm) = self.prefixes.get(&hash)
            {
                see(paradigm);
            }
        });
    }

    pub(crate) fn paradigms(&self, set: u32) -> &[u32] {
        let set = self.sets[set as usize];
        &self.set_items[set.start as usize..set.start as usize + usize::from(set.len)]
    }

    /// The node behind a first word; 0 is none.
    #[inline]
    pub(crate) fn root(&self, paradigm: u32) -> u32 {
        self.roots[paradigm as usize]
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
        let (start, end) = self.node_endings[node as usize];
        &self.endings[start as usize..end as usize]
    }

    /// Memory in bytes, hash tables at their usual load.
    pub(crate) fn size_bytes(&self) -> usize {
        let table = |capacity: usize, entry: usize| capacity * (entry + 1) * 8 / 7;
        self.first.size_bytes()
            + self.later.size_bytes()
            + self.small.size_bytes()
            + self.sets.capacity() * size_of::<Set>()
            + self.set_items.capacity() * 4
            + self.prefix_filter.len() * 16
            + table(self.prefix_lengths.capacity(), 16)
            + table(self.prefixes.capacity(), 12)
            + self.roots.capacity() * 4
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

const PREFIX_FILTER_MASK: u64 = (1 << 16) - 1;
