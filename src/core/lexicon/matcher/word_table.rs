//! The hash table of all word forms.

use std::hash::BuildHasherDefault;

use crate::lexicon::fold::{CAPITAL, SCRIPTS, finish};

/// A fast hasher without a secret: the keys are numbers that we make ourselves.
pub(in crate::lexicon) type Hasher = BuildHasherDefault<NumberHasher>;

#[derive(Clone, Copy, Debug, Default)]
pub(in crate::lexicon) struct NumberHasher(u64);

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

/// The bits of a slot that hold a set's number plus one.
const SET_BITS: u32 = 24;
pub(super) const SET_MASK: u64 = (1 << SET_BITS) - 1;
const HASH_MASK: u64 = u64::MAX >> SET_BITS;

/// A Bloom filter of one bit a hash: says for most words of a text that they are not in the table, without a look into
/// it.
#[derive(Debug, Default)]
pub(super) struct Filter {
    bits: Vec<u64>,
    mask: u64,
}

impl Filter {
    fn new(count: usize) -> Filter {
        let bits = (count * 12).next_power_of_two().clamp(1 << 6, 1 << 23);
        Filter { bits: vec![0; bits / 64], mask: bits as u64 - 1 }
    }

    #[inline(always)]
    pub(super) fn has(&self, hash: u64) -> bool {
        let bit = (hash >> 20) & self.mask;
        self.bits[(bit >> 6) as usize] >> (bit & 63) & 1 != 0
    }

    pub(super) fn put(&mut self, hash: u64) {
        let bit = (hash >> 20) & self.mask;
        self.bits[(bit >> 6) as usize] |= 1 << (bit & 63);
    }
}

/// How many filters there are: by script, and by whether the word begins with a capital. Most words of a text begin
/// with a small letter, which most forms forbid, so their filter is small enough for the nearest cache.
pub(super) const FILTERS: usize = 2 * SCRIPTS;

#[inline(always)]
pub(super) fn filter_of(script: u8, shape: u8) -> usize {
    usize::from(script) * 2 + usize::from(shape & CAPITAL != 0)
}

/// Maps the hash of a word form to the number of its set of paradigms.
#[derive(Debug, Default)]
pub(super) struct WordTable {
    pub(super) filters: [Filter; FILTERS],
    /// Open addressing. A slot holds the low 40 bits of the hash and, in 24 bits, the set's number plus one; 0 is free.
    /// The high bits of the hash choose where the search begins.
    pub(super) slots: Vec<u64>,
}

impl WordTable {
    /// Creates a table for a number of words; `by_filter` says how many of them each filter holds.
    pub(super) fn new(words: usize, by_filter: [usize; FILTERS]) -> WordTable {
        WordTable { filters: by_filter.map(Filter::new), slots: vec![0; words * 3 / 2 + 64] }
    }

    #[inline(always)]
    pub(super) fn look_up(&self, hash: u64) -> Option<u32> {
        let slot = self.slots[self.slot_of(hash)];
        (slot != 0).then(|| (slot & SET_MASK) as u32 - 1)
    }

    /// Returns the slot at which the search for a hash begins: its high 32 bits, scaled to the size of the table.
    #[inline(always)]
    pub(super) fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.slots.len() as u64) >> 32) as usize
    }

    /// Returns the slot of a hash, or the free slot that would be its.
    #[inline(always)]
    pub(super) fn slot_of(&self, hash: u64) -> usize {
        let mut at = self.home(hash);
        loop {
            let slot = self.slots[at];
            if slot == 0 || slot >> SET_BITS == hash & HASH_MASK {
                return at;
            }
            at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
        }
    }

    /// Maps a hash to a set, at the slot that [`WordTable::slot_of`] returned.
    pub(super) fn put(&mut self, at: usize, hash: u64, set: u32) {
        self.slots[at] = (hash & HASH_MASK) << SET_BITS | (u64::from(set) + 1);
    }
}
