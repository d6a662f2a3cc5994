//! How an [`Index`] is made: paradigms, their forms and the phrases of them are gathered, then laid out in tables.

use std::collections::HashMap;

use super::super::fold::{CAPITAL, LONG_PREFIX_CHARS, PREFIX_CHARS, finish, hash_chars, script};
use super::{Ending, FILTERS, Hasher, Index, PREFIX_FILTER_MASK, SET_BITS, SET_MASK, Set, Table, filter_of};

/// Gathers paradigms and phrases, then becomes an [`Index`].
#[derive(Debug, Default)]
pub(crate) struct Builder {
    index: Index,
    forms: Vec<(u64, u32)>,
    unions: HashMap<(u32, u32), u32, Hasher>,
    node_endings: Vec<Vec<Ending>>,
    markers: Vec<u16>,
    /// Paradigms that stand behind the first of a phrase.
    follows: Vec<bool>,
    /// Paradigms that begin, and that go on, a phrase which does not ask for a capital there.
    small_first: Vec<bool>,
    small_later: Vec<bool>,
    /// By paradigm, the script of its forms.
    scripts: Vec<u8>,
}

impl Builder {
    pub(crate) fn new() -> Builder {
        let mut builder = Builder::default();
        builder.index.prefix_filter = vec![0; (PREFIX_FILTER_MASK as usize + 1) / 64];
        builder.index.long_prefix_filter = builder.index.prefix_filter.clone();
        // Node 0 is no node.
        builder.node_endings.push(Vec::new());
        builder.index.has_edges.push(false);
        builder
    }

    /// A new paradigm without forms. Its number is that of the set that holds it alone.
    pub(crate) fn paradigm(&mut self, first_letter: Option<char>) -> u32 {
        let id = self.index.roots.len() as u32;
        self.index.roots.push(0);
        self.index.set_items.push(id);
        self.index.sets.push(Set { start: id, len: 1, ..Set::default() });
        self.markers.push(0);
        self.follows.push(false);
        self.small_first.push(false);
        self.small_later.push(false);
        self.scripts.push(script(first_letter.map_or(0, |c| u32::from(c) & 0xFFFF)));
        id
    }

    /// Says that a word with this hash is a form of the paradigm.
    pub(crate) fn form(&mut self, hash: u64, paradigm: u32) {
        self.forms.push((hash, paradigm));
    }

    /// Says that every word that begins with these folded characters belongs to the paradigm; gives back the paradigm
    /// that was there before, where there was one.
    pub(crate) fn wildcard(&mut self, folded: &[char], paradigm: u32) -> u32 {
        let Some(head) = folded.get(..PREFIX_CHARS) else { return paradigm };
        let head = hash_chars(0, head);
        let (filter, deciding) = match folded.get(..LONG_PREFIX_CHARS) {
            Some(long) => (&mut self.index.long_prefix_filter, hash_chars(0, long)),
            None => (&mut self.index.prefix_filter, head),
        };
        let bit = finish(deciding) & PREFIX_FILTER_MASK;
        filter[(bit >> 6) as usize] |= 1 << (bit & 63);
        *self.index.prefix_lengths.entry(head).or_default() |= 1 << folded.len().min(63);
        *self.index.prefixes.entry(hash_chars(0, folded)).or_insert(paradigm)
    }

    /// Says that the paradigm is a small word of a language.
    pub(crate) fn marker(&mut self, paradigm: u32, language: usize) {
        self.markers[paradigm as usize] |= 1 << language;
    }

    /// Says what stands at the end of a sequence of paradigms.
    pub(crate) fn phrase(&mut self, paradigms: &[u32], ending: Ending) {
        let Some((&first, rest)) = paradigms.split_first() else { return };
        let capital = |at: usize| at < 16 && ending.capitals.first >> at & 1 != 0;
        self.small_first[first as usize] |= !capital(0);
        let mut node = self.index.roots[first as usize];
        if node == 0 {
            node = self.node();
            self.index.roots[first as usize] = node;
        }
        for (n, &paradigm) in rest.iter().enumerate() {
            self.follows[paradigm as usize] = true;
            self.small_later[paradigm as usize] |= !capital(n + 1);
            node = match self.index.edges.get(&(node, paradigm)) {
                Some(&next) => next,
                None => {
                    let next = self.node();
                    self.index.edges.insert((node, paradigm), next);
                    self.index.has_edges[node as usize] = true;
                    next
                }
            };
        }
        let endings = &mut self.node_endings[node as usize];
        if !endings.iter().any(|e| e.output == ending.output && e.capitals == ending.capitals) {
            endings.push(ending);
        }
    }

    fn node(&mut self) -> u32 {
        self.node_endings.push(Vec::new());
        self.index.has_edges.push(false);
        self.node_endings.len() as u32 - 1
    }

    fn union(&mut self, old: u32, paradigm: u32) -> u32 {
        if self.index.paradigms(old).contains(&paradigm) {
            return old;
        }
        if let Some(&set) = self.unions.get(&(old, paradigm)) {
            return set;
        }
        let start = self.index.set_items.len() as u32;
        let items = self.index.paradigms(old).to_vec();
        let len = items.len() as u16 + 1;
        self.index.set_items.extend(items);
        self.index.set_items.push(paradigm);
        self.index.sets.push(Set { start, len, ..Set::default() });
        let set = self.index.sets.len() as u32 - 1;
        self.unions.insert((old, paradigm), set);
        set
    }

    pub(crate) fn finish(mut self) -> Index {
        let forms = std::mem::take(&mut self.forms);
        let uses = self.uses();
        let distinct = count_distinct(&forms, &uses);
        self.index.forms = distinct.all;
        self.index.first = self.table(&forms, &uses, BEGINS, distinct.of[0]);
        self.index.later = self.table(&forms, &uses, GOES_ON, distinct.of[1]);
        self.index.small = self.table(&forms, &uses, MARKS, distinct.of[2]);
        for set in 0..self.index.sets.len() {
            let markers = self.index.paradigms(set as u32).iter().fold(0, |m, &p| m | self.markers[p as usize]);
            self.index.sets[set].markers = markers;
        }
        for endings in &self.node_endings {
            let start = self.index.endings.len() as u32;
            self.index.endings.extend(endings);
            self.index.node_endings.push((start, self.index.endings.len() as u32));
        }
        self.index.edges.shrink_to_fit();
        self.index
    }

    /// By paradigm, which tables its forms go into.
    fn uses(&self) -> Vec<u8> {
        let of = |p: usize| {
            let begins = if self.index.roots[p] != 0 { BEGINS } else { 0 };
            let goes_on = if self.follows[p] { GOES_ON } else { 0 };
            let marks = if self.markers[p] != 0 { MARKS } else { 0 };
            begins | goes_on | marks
        };
        (0..self.follows.len()).map(of).collect()
    }

    /// The table of the forms whose paradigms have this use.
    fn table(&mut self, forms: &[(u64, u32)], uses: &[u8], which: u8, distinct: usize) -> Table {
        let small_too = |p: usize| match which {
            BEGINS => self.small_first[p],
            GOES_ON => self.small_later[p],
            _ => true,
        };
        // By paradigm, the filter of its forms with a capital, and whether they are in that of small letters as well.
        let filters: Vec<(usize, bool)> =
            (0..uses.len()).map(|p| (filter_of(self.scripts[p], CAPITAL), small_too(p))).collect();
        let used = || forms.iter().filter(|f| uses[f.1 as usize] & which != 0);
        let mut by_filter = [0; FILTERS];
        for &(_, paradigm) in used() {
            let (filter, small) = filters[paradigm as usize];
            by_filter[filter] += 1;
            by_filter[filter - 1] += usize::from(small);
        }
        let mut table = Table::new(distinct, by_filter);
        for &(hash, paradigm) in used() {
            let (filter, small) = filters[paradigm as usize];
            table.filters[filter].put(hash);
            if small {
                table.filters[filter - 1].put(hash);
            }
            let at = table.place(hash) as usize;
            let set = match table.slots[at] {
                0 => paradigm,
                slot => self.union((slot & SET_MASK) as u32 - 1, paradigm),
            };
            table.slots[at] = hash >> SET_BITS << SET_BITS | (u64::from(set) + 1);
        }
        table
    }
}

/// The paradigm begins phrases, stands later in them, is a small word of a language.
const BEGINS: u8 = 1;
const GOES_ON: u8 = 2;
const MARKS: u8 = 4;

/// How many different words there are, over all and of each use.
struct Distinct {
    all: usize,
    of: [usize; 3],
}

/// Counts different hashes: rows of one class make many a form twice, and a table of the right size stays in the cache.
fn count_distinct(forms: &[(u64, u32)], uses: &[u8]) -> Distinct {
    let size = (forms.len() * 3 / 2).max(2).next_power_of_two();
    let mask = size as u64 - 1;
    // 56 bits of the hash, the uses seen below them; 0 is free.
    let mut seen = vec![0u64; size];
    let mut distinct = Distinct { all: 0, of: [0; 3] };
    for &(hash, paradigm) in forms {
        let key = hash | 0xFF;
        let mut at = (hash >> 8) & mask;
        while seen[at as usize] != 0 && seen[at as usize] | 0xFF != key {
            at = (at + 1) & mask;
        }
        let slot = &mut seen[at as usize];
        if *slot == 0 {
            *slot = hash & !0xFF | 0x80;
            distinct.all += 1;
        }
        let new = u64::from(uses[paradigm as usize]) & !*slot;
        *slot |= new;
        for (n, count) in distinct.of.iter_mut().enumerate() {
            *count += (new >> n & 1) as usize;
        }
    }
    distinct
}
