//! The inverted index of the window: from a word's meaning to the items whose titles have it, newest first.
//!
//! Lists are ring buffers in slabs of five sizes, since most keys have one item, and none needs an allocation of its
//! own.

use std::collections::HashMap;
use std::ops::Range;

use super::fingerprint::{Fingerprint, TitleWord};
use super::hashing::Spread;

/// The limit of keys under which one item is found.
const KEYS: usize = 12;
/// The limit of postings that one search reads.
const POSTINGS_READ: usize = 640;
/// The least shared information for a comparison, as a share of that of the rarest word.
const LEAST_WORTH: f32 = 0.6;
/// Items that are assumed in addition to those of the window, so that a small window needs no special case.
const ASSUMED_ITEMS: f32 = 200.0;
/// The capacities of a list by its size class; a list that is full in the last class drops its oldest item.
const PLACES: [usize; 5] = [1, 4, 16, 64, 240];

/// The index of a window.
#[derive(Debug, Default)]
pub(super) struct Index {
    lists: HashMap<u32, List, Spread>,
    blocks: [Blocks; 5],
    /// Scratch space of a search: what each slot shares, by the low bits of its number; zero between searches.
    worth: Vec<f32>,
    /// Precomputed logarithms of small counts, plus one.
    logs: Vec<f32>,
}

/// The number of precomputed logarithms.
const LOGS: u16 = 512;

/// The newest items of a key.
#[derive(Clone, Copy, Debug)]
struct List {
    /// Items of the window with the key, including those that the list has dropped.
    count: u32,
    /// First place of its block.
    block: u32,
    class: u8,
    /// Items in the block.
    filled: u8,
    /// Place of the next item.
    next: u8,
}

/// Blocks of one size class in one vector, and the free ones among them.
#[derive(Debug, Default)]
struct Blocks {
    slots: Vec<u32>,
    free: Vec<u32>,
}

impl Blocks {
    fn take(&mut self, places: usize) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            let block = u32::try_from(self.slots.len()).unwrap_or_default();
            self.slots.resize(self.slots.len() + places, 0);
            block
        })
    }
}

impl List {
    fn places(self) -> usize {
        PLACES.get(usize::from(self.class)).copied().unwrap_or(1)
    }

    fn range(self) -> Range<usize> {
        let start = usize::try_from(self.block).unwrap_or_default();
        start..start + self.places()
    }
}

impl Index {
    /// Returns an empty index for a window of `capacity` slots.
    pub(super) fn new(capacity: usize) -> Index {
        Index {
            worth: vec![0.0; capacity.max(1).next_power_of_two()],
            logs: (0..LOGS).map(|count| (f32::from(count) + 1.0).ln()).collect(),
            ..Index::default()
        }
    }

    /// Returns the natural logarithm of one more than the number of items whose title has the word.
    pub(super) fn log_count(&self, unit: TitleWord) -> f32 {
        self.lists.get(&unit.key()).map_or(0.0, |list| self.log(list.count))
    }

    fn log(&self, count: u32) -> f32 {
        let known = usize::try_from(count).ok().and_then(|count| self.logs.get(count)).copied();
        known.unwrap_or_else(|| (count as f32 + 1.0).ln())
    }

    /// Returns the number of items whose summary has this smallest hash.
    pub(super) fn count_summaries(&self, hash: u32) -> u32 {
        self.lists.get(&summary_key(hash)).map_or(0, |list| list.count)
    }

    pub(super) fn insert(&mut self, slot: u32, fingerprint: &Fingerprint) {
        for key in keys(fingerprint) {
            let blocks = &mut self.blocks;
            let list = self.lists.entry(key).or_insert_with(|| List {
                count: 0,
                block: blocks[0].take(PLACES[0]),
                class: 0,
                filled: 0,
                next: 0,
            });
            if usize::from(list.filled) == list.places() && usize::from(list.class) + 1 < PLACES.len() {
                grow(list, blocks);
            }
            list.count += 1;
            let range = list.range();
            let places = range.len();
            if let Some(place) = blocks[usize::from(list.class)]
                .slots
                .get_mut(range)
                .and_then(|block| block.get_mut(usize::from(list.next)))
            {
                *place = slot;
            }
            list.filled = list.filled.saturating_add(1).min(u8::try_from(places).unwrap_or(u8::MAX));
            list.next = if usize::from(list.next) + 1 >= places { 0 } else { list.next + 1 };
        }
    }

    /// Removes an item; its number stays in lists until newer ones replace it, and is skipped.
    pub(super) fn forget(&mut self, fingerprint: &Fingerprint) {
        for key in keys(fingerprint) {
            let Some(list) = self.lists.get_mut(&key) else { continue };
            list.count = list.count.saturating_sub(1);
            if list.count == 0 {
                self.blocks[usize::from(list.class)].free.push(list.block);
                self.lists.remove(&key);
            }
        }
    }

    /// Returns the slots from `first` on that share the rarest keys, with the information that they share, those that
    /// share most first. Slots that share less than chance would explain are left out.
    pub(super) fn candidates(
        &mut self,
        fingerprint: &Fingerprint,
        first: u32,
        items: usize,
        limit: usize,
    ) -> Vec<(f32, u32)> {
        let mut lists: Vec<List> = keys(fingerprint).filter_map(|key| self.lists.get(&key).copied()).collect();
        lists.sort_unstable_by_key(|list| list.count);
        let highest = (items as f32 + ASSUMED_ITEMS).ln();
        let mask = u32::try_from(self.worth.len().saturating_sub(1)).unwrap_or_default();
        let mut touched: Vec<u32> = Vec::with_capacity(POSTINGS_READ);
        let mut left = POSTINGS_READ;
        for list in lists {
            let worth = highest - self.log(list.count);
            let block = self.blocks[usize::from(list.class)].slots.get(list.range()).unwrap_or_default();
            let (newer, older) = block
                .get(..usize::from(list.filled))
                .unwrap_or_default()
                .split_at(usize::from(list.next).min(usize::from(list.filled)));
            // Numbers wrap around: a slot of the window is less than the window's size after its first slot. After the
            // first slot that is not, all are older.
            let in_window = |slot: &&u32| (slot.wrapping_sub(first) as usize) < items;
            for slot in newer.iter().rev().chain(older.iter().rev()).take_while(in_window).take(left) {
                left -= 1;
                if let Some(sum) = self.worth.get_mut((slot & mask) as usize) {
                    if *sum == 0.0 {
                        touched.push(*slot);
                    }
                    *sum += worth;
                }
            }
        }
        self.ranked(touched, mask, LEAST_WORTH * highest, limit)
    }

    /// Moves an item from the keys of its old fingerprint to those of its new one. `first` is the first slot of
    /// the window, and `newest_first` gives its items as they are now.
    pub(super) fn replace<'f, I: Iterator<Item = (u32, &'f Fingerprint)>>(
        &mut self,
        slot: u32,
        old: Option<&Fingerprint>,
        new: Option<&Fingerprint>,
        first: u32,
        newest_first: impl Fn() -> I,
    ) {
        let (old, new): (Vec<u32>, Vec<u32>) =
            (old.into_iter().flat_map(keys).collect(), new.into_iter().flat_map(keys).collect());
        let mut changed: Vec<u32> = old.iter().chain(&new).copied().collect();
        changed.sort_unstable();
        changed.dedup();
        let longest = PLACES[PLACES.len() - 1];
        for key in changed {
            let times = |keys: &[u32]| keys.iter().filter(|other| **other == key).count();
            let (before, after) = (times(&old), times(&new));
            if before == after {
                continue;
            }
            let (count, mut held) = match self.lists.remove(&key) {
                Some(list) => {
                    let held = self.newest_first(list).filter(|held| held.wrapping_sub(first) < u32::MAX / 2).collect();
                    self.blocks[usize::from(list.class)].free.push(list.block);
                    (list.count as usize, held)
                }
                None => (0, Vec::new()),
            };
            if count > held.len() {
                // The list has forgotten items of the window: one of them may take a free place.
                held = newest_first()
                    .flat_map(|(slot, fingerprint)| keys(fingerprint).filter(|other| *other == key).map(move |_| slot))
                    .take(longest)
                    .collect();
            } else {
                held.retain(|held| *held != slot);
                let place = held.partition_point(|held| held.wrapping_sub(first) > slot.wrapping_sub(first));
                held.splice(place..place, std::iter::repeat_n(slot, after));
                held.truncate(longest);
            }
            let count = u32::try_from(count + after - before.min(count)).unwrap_or(u32::MAX);
            self.set_list(key, count, &held);
        }
    }

    /// The items of a list, newest first.
    fn newest_first(&self, list: List) -> impl Iterator<Item = u32> + '_ {
        let block = self.blocks[usize::from(list.class)].slots.get(list.range()).unwrap_or_default();
        let filled = block.get(..usize::from(list.filled)).unwrap_or_default();
        let (newer, older) = filled.split_at(usize::from(list.next).min(filled.len()));
        newer.iter().rev().chain(older.iter().rev()).copied()
    }

    /// Rebuilds a list from its items, newest first.
    fn set_list(&mut self, key: u32, count: u32, newest_first: &[u32]) {
        if count == 0 {
            return;
        }
        let class = PLACES.iter().position(|places| newest_first.len() <= *places).unwrap_or(PLACES.len() - 1);
        let filled = u8::try_from(newest_first.len()).unwrap_or(u8::MAX);
        let next = if newest_first.len() >= PLACES[class] { 0 } else { filled };
        let block = self.blocks[class].take(PLACES[class]);
        let list = List { count, block, class: u8::try_from(class).unwrap_or_default(), filled, next };
        if let Some(places) = self.blocks[class].slots.get_mut(list.range()) {
            places.iter_mut().zip(newest_first.iter().rev()).for_each(|(place, slot)| *place = *slot);
        }
        self.lists.insert(key, list);
    }

    /// Describes the index of a window of `items` from slot `first` on, one line per key.
    pub(super) fn lines(&self, first: u32, items: usize) -> Vec<String> {
        let mut lists: Vec<(u32, List)> = self.lists.iter().map(|(key, list)| (*key, *list)).collect();
        lists.sort_unstable_by_key(|(key, _)| *key);
        let positions = |list| self.newest_first(list).map(|slot| slot.wrapping_sub(first));
        let held = |list| positions(list).take_while(|position| (*position as usize) < items).collect::<Vec<_>>();
        lists.into_iter().map(|(key, list)| format!("{key:x}: {} {:?}", list.count, held(list))).collect()
    }

    fn ranked(&mut self, touched: Vec<u32>, mask: u32, least: f32, limit: usize) -> Vec<(f32, u32)> {
        let mut ranked: Vec<(f32, u32)> = Vec::with_capacity(touched.len());
        for slot in touched {
            if let Some(sum) = self.worth.get_mut((slot & mask) as usize) {
                if *sum >= least {
                    ranked.push((*sum, slot));
                }
                *sum = 0.0;
            }
        }
        let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1));
        if ranked.len() > limit && limit > 0 {
            ranked.select_nth_unstable_by(limit - 1, order);
        }
        ranked.truncate(limit);
        ranked.sort_unstable_by(order);
        ranked
    }
}

/// Moves a full list into a block of the next class, oldest first.
fn grow(list: &mut List, blocks: &mut [Blocks; 5]) {
    let old = *list;
    let class = usize::from(old.class);
    let Some(places) = PLACES.get(class + 1).copied() else { return };
    let held: Vec<u32> = blocks[class].slots.get(old.range()).unwrap_or_default().to_vec();
    let (newer, older) = held.split_at(usize::from(old.next).min(held.len()));
    list.class += 1;
    list.block = blocks[class + 1].take(places);
    if let Some(block) = blocks[class + 1].slots.get_mut(list.range()) {
        for (place, slot) in block.iter_mut().zip(older.iter().chain(newer)) {
            *place = *slot;
        }
    }
    list.next = list.filled;
    blocks[class].free.push(old.block);
}

fn summary_key(hash: u32) -> u32 {
    hash | 2
}

/// Returns the keys of an item: the sketch of its summary, and the meanings of its title's words.
fn keys(fingerprint: &Fingerprint) -> impl Iterator<Item = u32> + '_ {
    fingerprint.sketch().iter().map(|hash| summary_key(*hash)).chain(fingerprint.units().map(TitleWord::key)).take(KEYS)
}
