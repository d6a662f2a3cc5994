//! Builds an [`Index`]: gathers paradigms, their forms and their phrases, then lays them out in tables.

use std::collections::HashMap;

use super::index::{Index, Links, PhraseEnding, Range, Set, prefix_bit, slice};
use super::word_table::{FILTERS, Hasher, SET_MASK, WordTable, filter_of};
use crate::lexicon::fold::{CAPITAL, LONG_PREFIX_CHARS, PREFIX_CHARS, finish, hash_chars, script};

/// Gathers paradigms and phrases, then becomes an [`Index`].
#[derive(Debug, Default)]
pub(in crate::lexicon) struct Builder {
    index: Index,
    forms: Vec<(u64, u32)>,
    /// By paradigm, a hash of all its forms: a sum, so that their order does not matter.
    form_sums: Vec<u64>,
    /// By set, its paradigms: a range in `set_items`.
    sets: Vec<Range>,
    set_items: Vec<u32>,
    unions: HashMap<(u32, u32), u32, Hasher>,
    /// By paradigm, its node in the trie; 0 is none.
    roots: Vec<u32>,
    node_endings: Vec<Vec<PhraseEnding>>,
    markers: Vec<u16>,
    /// By paradigm, whether it occurs after the first word of a phrase.
    follows: Vec<bool>,
    /// By paradigm, whether a phrase has it without a capital.
    small: Vec<bool>,
    /// By paradigm, the script of its forms.
    scripts: Vec<u8>,
}

impl Builder {
    pub(in crate::lexicon) fn new() -> Builder {
        let mut builder = Builder::default();
        // Node 0 is no node.
        builder.node_endings.push(Vec::new());
        builder.index.has_edges.push(false);
        builder
    }

    /// Adds a paradigm without forms. The set that holds only it has the same number.
    pub(in crate::lexicon) fn paradigm(&mut self, first_letter: Option<char>) -> u32 {
        let id = self.roots.len() as u32;
        self.roots.push(0);
        self.form_sums.push(0);
        self.set_items.push(id);
        self.sets.push((id, id + 1));
        self.markers.push(0);
        self.follows.push(false);
        self.small.push(false);
        self.scripts.push(script(first_letter.map_or(0, |c| u32::from(c) & 0xFFFF)));
        id
    }

    /// Adds a form, by its hash, to a paradigm.
    pub(in crate::lexicon) fn form(&mut self, hash: u64, paradigm: u32) {
        self.forms.push((hash, paradigm));
        let sum = &mut self.form_sums[paradigm as usize];
        *sum = sum.wrapping_add(finish(hash));
    }

    /// Returns a hash of all forms of a paradigm.
    pub(in crate::lexicon) fn forms_hash(&self, paradigm: u32) -> u64 {
        self.form_sums[paradigm as usize]
    }

    /// Makes a paradigm a wildcard: every word that begins with these folded characters belongs to it. Returns the
    /// paradigm that already has these characters, or this one.
    pub(in crate::lexicon) fn wildcard(&mut self, folded: &[char], paradigm: u32) -> u32 {
        let Some(head) = folded.get(..PREFIX_CHARS) else { return paradigm };
        let head = hash_chars(0, head);
        self.form_sums[paradigm as usize] = !hash_chars(0, folded);
        let (filter, deciding) = match folded.get(..LONG_PREFIX_CHARS) {
            Some(long) => (&mut self.index.long_prefix_filter, hash_chars(0, long)),
            None => (&mut self.index.prefix_filter, head),
        };
        let bit = prefix_bit(deciding);
        filter[(bit >> 6) as usize] |= 1 << (bit & 63);
        *self.index.prefix_lengths.entry(head).or_default() |= 1 << folded.len().min(63);
        *self.index.prefixes.entry(hash_chars(0, folded)).or_insert(paradigm)
    }

    /// Makes a paradigm a small word of a language.
    pub(in crate::lexicon) fn marker(&mut self, paradigm: u32, language: usize) {
        self.markers[paradigm as usize] |= 1 << language;
        self.small[paradigm as usize] = true;
    }

    /// Adds a phrase: a sequence of paradigms and its meaning.
    pub(in crate::lexicon) fn phrase(&mut self, paradigms: &[u32], ending: PhraseEnding) {
        let Some((&first, rest)) = paradigms.split_first() else { return };
        let capital = |at: usize| at < 16 && ending.capitals.first >> at & 1 != 0;
        self.small[first as usize] |= !capital(0);
        let mut node = self.roots[first as usize];
        if node == 0 {
            node = self.node();
            self.roots[first as usize] = node;
        }
        for (n, &paradigm) in rest.iter().enumerate() {
            self.follows[paradigm as usize] = true;
            self.small[paradigm as usize] |= !capital(n + 1);
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
        if self.paradigms(old).contains(&paradigm) {
            return old;
        }
        if let Some(&set) = self.unions.get(&(old, paradigm)) {
            return set;
        }
        let (start, end) = self.sets[old as usize];
        let from = self.set_items.len() as u32;
        self.set_items.extend_from_within(start as usize..end as usize);
        self.set_items.push(paradigm);
        let set = self.sets.len() as u32;
        self.sets.push((from, self.set_items.len() as u32));
        self.unions.insert((old, paradigm), set);
        set
    }

    fn paradigms(&self, set: u32) -> &[u32] {
        slice(&self.set_items, self.sets[set as usize])
    }

    /// Lays everything out as an index.
    pub(in crate::lexicon) fn finish(mut self) -> Index {
        self.index.table = self.table();
        for endings in &self.node_endings {
            let start = self.index.endings.len() as u32;
            self.index.endings.extend(endings);
            self.index.node_endings.push((start, self.index.endings.len() as u32));
        }
        let (next, then) = self.links();
        self.index.sets = Vec::with_capacity(self.sets.len());
        for set in 0..self.sets.len() {
            let set = self.lay_out(set as u32, &next, &then);
            self.index.sets.push(set);
        }
        self.index.edges.shrink_to_fit();
        self.index.endings.shrink_to_fit();
        self.index
    }

    /// Returns, by node, the bits of the paradigms that lead on from it, and, by paradigm, those that lead on after it.
    fn links(&self) -> (Vec<u32>, Vec<u32>) {
        let mut next = vec![0; self.node_endings.len()];
        for &(node, paradigm) in self.index.edges.keys() {
            next[node as usize] |= Links::bit(paradigm);
        }
        let mut then = vec![0; self.roots.len()];
        for (&(_, paradigm), &to) in &self.index.edges {
            then[paradigm as usize] |= next[to as usize];
        }
        (next, then)
    }

    /// Puts what the paradigms of a set lead to into the tables of the index.
    fn lay_out(&mut self, set: u32, next: &[u32], then: &[u32]) -> Set {
        let (start, end) = self.sets[set as usize];
        let items = &self.set_items[start as usize..end as usize];
        let index = &mut self.index;
        let mut out = Set::default();
        out.onward.0 = index.onward.len() as u32;
        out.followers.0 = index.followers.len() as u32;
        // A single paradigm shares the range of its node.
        match items {
            [paradigm] => out.alone = index.node_endings[self.roots[*paradigm as usize] as usize],
            _ => {
                out.alone.0 = index.endings.len() as u32;
                for &paradigm in items {
                    let (start, end) = index.node_endings[self.roots[paradigm as usize] as usize];
                    index.endings.extend_from_within(start as usize..end as usize);
                }
                out.alone.1 = index.endings.len() as u32;
            }
        }
        for &paradigm in items {
            let root = self.roots[paradigm as usize];
            if index.has_edges[root as usize] {
                index.onward.push(root);
                out.links.next |= next[root as usize];
            }
            if self.follows[paradigm as usize] {
                index.followers.push(paradigm);
                out.links.follows |= Links::bit(paradigm);
                out.links.then |= then[paradigm as usize];
            }
            out.markers |= self.markers[paradigm as usize];
        }
        out.onward.1 = index.onward.len() as u32;
        out.followers.1 = index.followers.len() as u32;
        out
    }

    /// Builds the table of all forms.
    fn table(&mut self) -> WordTable {
        let forms = std::mem::take(&mut self.forms);
        // By paradigm, the filter for words with a capital. The filter before it, for small letters, has the forms as
        // well if a phrase allows them.
        let filters: Vec<usize> = self.scripts.iter().map(|&script| filter_of(script, CAPITAL)).collect();
        let mut by_filter = [0; FILTERS];
        for &(_, paradigm) in &forms {
            let filter = filters[paradigm as usize];
            by_filter[filter] += 1;
            by_filter[filter - 1] += usize::from(self.small[paradigm as usize]);
        }
        // Rows of a class often make the same form, so there are somewhat fewer words than forms.
        let mut table = WordTable::new(forms.len(), by_filter);
        for chunk in forms.chunks(64) {
            // Reading the slots of many forms before writing any lets the memory accesses overlap.
            std::hint::black_box(chunk.iter().fold(0, |all, form| all | table.slots[table.home(form.0)]));
            for &(hash, paradigm) in chunk {
                let at = table.slot_of(hash);
                let set = match table.slots[at] {
                    0 => paradigm,
                    slot => self.union((slot & SET_MASK) as u32 - 1, paradigm),
                };
                table.put(at, hash, set);
                let filter = filters[paradigm as usize];
                table.filters[filter].put(hash);
                if self.small[paradigm as usize] {
                    table.filters[filter - 1].put(hash);
                }
            }
        }
        table
    }
}
