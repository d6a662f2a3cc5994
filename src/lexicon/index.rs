//! The compiled matcher: which words a token may be a form of, and which phrases begin there.
//!
//! A *paradigm* is a lemma with its inflection class, or a wildcard; all its forms lead to its number. Phrases are sequences of paradigms in a trie.
//! So an inflected phrase costs one path, and a text word one look into a bit set and, where that says perhaps, one into a hash table.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::fold::{CharTable, LONG_PREFIX_CHARS, PREFIX_CHARS, each_prefix, finish, hash_chars};

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

/// Words by their hash, to the number of a set.
#[derive(Debug, Default)]
struct Table {
    /// Bits for residues of the hashes: most words of a text end here.
    filter: Vec<u64>,
    filter_mask: u64,
    /// Open addressing: 40 bits of the hash, 24 of the set's number plus one; 0 is free.
    slots: Vec<u64>,
    slot_mask: u64,
}

impl Table {
    fn new(distinct: usize) -> Table {
        let size = (distinct * 3 / 2).next_power_of_two().clamp(1 << 6, 1 << SET_BITS);
        let bits = (distinct * 12).next_power_of_two().clamp(1 << 6, 1 << 23);
        Table {
            filter: vec![0; bits / 64],
            filter_mask: bits as u64 - 1,
            slots: vec![0; size],
            slot_mask: size as u64 - 1,
        }
    }

    #[inline(always)]
    fn look_up(&self, hash: u64) -> Option<u32> {
        let bit = (hash >> 20) & self.filter_mask;
        if self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 == 0 {
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
        self.filter.len() * 8 + self.slots.len() * 8
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
    pub(crate) fn first(&self, hash: u64) -> Option<u32> {
        self.first.look_up(hash)
    }

    /// The set of paradigms that the word is a form of and that phrases go on with.
    #[inline(always)]
    pub(crate) fn later(&self, hash: u64) -> Option<u32> {
        self.later.look_up(hash)
    }

    /// The languages, a bit each, of which this is a small word.
    #[inline(always)]
    pub(crate) fn small(&self, hash: u64) -> u16 {
        self.small.look_up(hash).map_or(0, |set| self.sets[set as usize].markers)
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
    pub(crate) fn paradigm(&mut self) -> u32 {
        let id = self.index.roots.len() as u32;
        self.index.roots.push(0);
        self.index.set_items.push(id);
        self.index.sets.push(Set { start: id, len: 1, ..Set::default() });
        self.markers.push(0);
        self.follows.push(false);
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
        let mut node = self.index.roots[first as usize];
        if node == 0 {
            node = self.node();
            self.index.roots[first as usize] = node;
        }
        for &paradigm in rest {
            self.follows[paradigm as usize] = true;
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
        let mut table = Table::new(distinct);
        for &(hash, paradigm) in forms.iter().filter(|f| uses[f.1 as usize] & which != 0) {
            let bit = (hash >> 20) & table.filter_mask;
            table.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
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
