//! How an [`Index`] is made: paradigms, their forms and the phrases of them are gathered, then laid out in tables.

use std::collections::HashMap;

use super::super::fold::{CAPITAL, LONG_PREFIX_CHARS, PREFIX_CHARS, finish, hash_chars, script};
use super::{Ending, FILTERS, Hasher, Index, Links, Range, SET_MASK, Set, Table, filter_of, prefix_bit};

/// Gathers paradigms and phrases, then becomes an [`Index`].
#[derive(Debug, Default)]
pub(crate) struct Builder {
    index: Index,
    forms: Vec<(u64, u32)>,
    /// By paradigm, a hash of all its forms: a sum, so that their order does not matter.
    form_sums: Vec<u64>,
    /// By set, its paradigms: a range in `set_items`.
    sets: Vec<Range>,
    set_items: Vec<u32>,
    unions: HashMap<(u32, u32), u32, Hasher>,
    /// Paradigm to trie node; 0 is none.
    roots: Vec<u32>,
    node_endings: Vec<Vec<Ending>>,
    markers: Vec<u16>,
    /// Paradigms that stand behind the first of a phrase.
    follows: Vec<bool>,
    /// Paradigms that stand in a phrase which does not ask for a capital there.
    small: Vec<bool>,
    /// By paradigm, the script of its forms.
    scripts: Vec<u8>,
}

impl Builder {
    pub(crate) fn new() -> Builder {
        let mut builder = Builder::default();
        // Node 0 is no node.
        builder.node_endings.push(Vec::new());
        builder.index.has_edges.push(false);
        builder
    }

    /// A new paradigm without forms. Its number is that of the set that holds it alone.
    pub(crate) fn paradigm(&mut self, first_letter: Option<char>) -> u32 {
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

    /// Says that a word with this hash is a form of the paradigm.
    pub(crate) fn form(&mut self, hash: u64, paradigm: u32) {
        self.forms.push((hash, paradigm));
        let sum = &mut self.form_sums[paradigm as usize];
        *sum = sum.wrapping_add(finish(hash));
    }

    /// A hash of all forms of the paradigm.
    pub(crate) fn forms_hash(&self, paradigm: u32) -> u64 {
        self.form_sums[paradigm as usize]
    }

    /// Says that every word that begins with these folded characters belongs to the paradigm; gives back the paradigm
    /// that was there before, where there was one.
    pub(crate) fn wildcard(&mut self, folded: &[char], paradigm: u32) -> u32 {
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

    /// Says that the paradigm is a small word of a language.
    pub(crate) fn marker(&mut self, paradigm: u32, language: usize) {
        self.markers[paradigm as usize] |= 1 << language;
        self.small[paradigm as usize] = true;
    }

    /// Says what stands at the end of a sequence of paradigms.
    pub(crate) fn phrase(&mut self, paradigms: &[u32], ending: Ending) {
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
        super::slice(&self.set_items, self.sets[set as usize])
    }

    pub(crate) fn finish(mut self) -> Index {
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

    /// By node, the bits of the paradigms that lead on from it; by paradigm, those that lead on from where it leads.
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
        // A paradigm alone has what its node has.
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

    /// The table of all forms.
    fn table(&mut self) -> Table {
        let forms = std::mem::take(&mut self.forms);
        // By paradigm, the filter of its forms with a capital; they are in that of small letters as well where a phrase wants none.
        let filters: Vec<usize> = self.scripts.iter().map(|&script| filter_of(script, CAPITAL)).collect();
        let mut by_filter = [0; FILTERS];
        for &(_, paradigm) in &forms {
            let filter = filters[paradigm as usize];
            by_filter[filter] += 1;
            by_filter[filter - 1] += usize::from(self.small[paradigm as usize]);
        }
        // Rows of one class make many a form twice: there are somewhat fewer words than forms.
        let mut table = Table::new(forms.len(), by_filter);
        for chunk in forms.chunks(64) {
            // The slots of many forms are read before any is written, so that their ways to memory overlap.
            std::hint::black_box(chunk.iter().fold(0, |all, form| all | table.slots[table.home(form.0)]));
            for &(hash, paradigm) in chunk {
                let at = table.place(hash);
                let set = match table.slots[at] {
                    0 => {
                        self.index.forms += 1;
                        paradigm
                    }
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
