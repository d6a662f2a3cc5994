//! The window of recent items: finds what a new item repeats, and the story it belongs to.
//!
//! Owns the index and its bounds. Knows nothing of files, stores or clocks.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use jiff::{SignedDuration, Timestamp};

use super::compare::{self, Likeness};
use super::fingerprint::Fingerprint;
use super::script::Skeleton;
use super::text::{Sense, hash32};

/// An item's number in the store.
pub type ItemKey = i64;
/// A story's number: the key of the item that opened it.
pub type StoryKey = i64;

/// What bounds the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Items in memory at most; the oldest to arrive go first. About 300 bytes each.
    pub capacity: usize,
    /// Items farther apart than this are no near-duplicates.
    pub duplicate_hours: u32,
    /// Items farther apart than this do not open each other's story.
    pub story_hours: u32,
    /// Items of a story at most, duplicates not counted; what comes then opens a new one.
    pub story_items: u32,
    /// Items that are compared with a new one at most.
    pub candidates: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { capacity: 50_000, duplicate_hours: 168, story_hours: 72, story_items: 150, candidates: 24 }
    }
}

/// An item to be placed.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its number; no two items share one.
    pub key: ItemKey,
    /// [`super::url_key`] of its canonical address, where it has one.
    pub url_key: Option<u64>,
    /// When it was published, or first seen where that is not known.
    pub at: Timestamp,
    /// Who publishes it; empty where not known.
    pub outlet: &'a str,
    /// What is compared.
    pub fingerprint: &'a Fingerprint,
}

/// The level that found a duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Level 2: the same canonical address.
    Address,
    /// Level 3: the same text, lightly edited.
    NearDuplicate,
    /// Level 4: another report of the same event.
    Story,
}

impl Level {
    /// The stable id, as it stands in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Address => "address",
            Level::NearDuplicate => "near-duplicate",
            Level::Story => "story",
        }
    }
}

/// Why an item was placed where it is, for `explain`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// The level that decided.
    pub level: Level,
    /// The item that it was found like.
    pub with: ItemKey,
    /// 0 to 1: how sure the finding is.
    pub score: f32,
    /// 0 to 1: weighted Jaccard similarity of the titles.
    pub title: f32,
    /// 0 to 1: containment of the shorter summary in the longer; none where one has no summary to speak of.
    pub summary: Option<f32>,
    /// Names that both titles have.
    pub names: u8,
    /// Numbers that both titles have.
    pub numbers: u8,
    /// Tags that both items bear.
    pub tags: u8,
}

/// Where an item was placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assignment {
    /// The survivor of the group that the item repeats; none where it is the survivor itself, alone or of its group.
    pub duplicate_of: Option<ItemKey>,
    /// The former survivor, where this item was published before it and takes its place.
    pub displaces: Option<ItemKey>,
    /// Its story.
    pub story: StoryKey,
    /// What decided; none for an item that is like no other.
    pub found: Option<Match>,
}

/// Places items one after another against a bounded window of recent ones.
///
/// The same items in the same order get the same places. The survivor of a group of duplicates is the one published first,
/// of several the one with the smallest key.
#[derive(Debug)]
pub struct Deduplicator {
    options: Options,
    /// Slots in the order of arrival; `base` is the number of the first.
    slots: VecDeque<Slot>,
    base: u32,
    urls: HashMap<u64, u32, Spread>,
    index: Index,
    groups: HashMap<u32, Group, Spread>,
    stories: HashMap<StoryKey, Story>,
}

#[derive(Debug)]
struct Slot {
    key: ItemKey,
    url_key: u64,
    at_secs: i64,
    story: StoryKey,
    outlet: u32,
    /// Number of the slot that leads the group of duplicates.
    group: u32,
    postings: u8,
    fingerprint: Fingerprint,
}

/// A group of duplicates; items that have none need no entry.
#[derive(Clone, Copy, Debug)]
struct Group {
    survivor: ItemKey,
    survivor_at_secs: i64,
    members: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Story {
    /// Items in the window.
    alive: u32,
    /// Items ever, duplicates not counted.
    members: u32,
}

impl Deduplicator {
    /// An empty window.
    pub fn new(options: Options) -> Deduplicator {
        Deduplicator {
            options,
            slots: VecDeque::new(),
            base: 0,
            urls: HashMap::default(),
            index: Index::default(),
            groups: HashMap::default(),
            stories: HashMap::new(),
        }
    }

    /// Items in the window.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether the window is empty.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Places an item and keeps it in the window.
    pub fn assign(&mut self, item: &Candidate<'_>) -> Assignment {
        let at_secs = item.at.as_second();
        if let Some(slot) = item.url_key.and_then(|url| self.urls.get(&url).copied()) {
            let found = Match {
                level: Level::Address,
                with: self.slot(slot).map_or(0, |slot| slot.key),
                score: 1.0,
                title: 0.0,
                summary: None,
                names: 0,
                numbers: 0,
                tags: 0,
            };
            return self.join_group(item, at_secs, slot, found);
        }
        let (duplicate, story) = self.best(item, at_secs);
        if let Some((slot, found)) = duplicate {
            return self.join_group(item, at_secs, slot, found);
        }
        let (story, found) = match story {
            Some((story, found)) => (story, Some(found)),
            None => (item.key, None),
        };
        self.insert(item, at_secs, story, None);
        Assignment { duplicate_of: None, displaces: None, story, found }
    }

    /// Puts back an item as it was placed before, in the order in which the items were placed; for a start from a store.
    pub fn restore(&mut self, item: &Candidate<'_>, duplicate_of: Option<ItemKey>, story: StoryKey) {
        let at_secs = item.at.as_second();
        let leader = duplicate_of.and_then(|survivor| {
            let position = self.slots.iter().rposition(|slot| slot.key == survivor)?;
            Some(self.slots.get(position)?.group)
        });
        self.insert(item, at_secs, story, leader);
        if let (Some(leader), Some(survivor)) = (leader, duplicate_of) {
            let survivor_at_secs = self.slot(leader).map_or(at_secs, |slot| slot.at_secs);
            let group = self.groups.entry(leader).or_insert(Group { survivor, survivor_at_secs, members: 1 });
            group.members += 1;
        }
    }

    /// Drops the items from before `at` that arrived before any later one.
    pub fn forget_before(&mut self, at: Timestamp) {
        while self.slots.front().is_some_and(|slot| slot.at_secs < at.as_second()) {
            self.forget_first();
        }
    }

    fn slot(&self, number: u32) -> Option<&Slot> {
        self.slots.get(usize::try_from(number.wrapping_sub(self.base)).ok()?)
    }

    fn join_group(&mut self, item: &Candidate<'_>, at_secs: i64, with: u32, found: Match) -> Assignment {
        let (leader, story, key, leader_at) = self
            .slot(with)
            .map_or((with, item.key, item.key, at_secs), |slot| (slot.group, slot.story, slot.key, slot.at_secs));
        let group =
            self.groups.entry(leader).or_insert(Group { survivor: key, survivor_at_secs: leader_at, members: 1 });
        group.members += 1;
        let former = group.survivor;
        let first = (at_secs, item.key) < (group.survivor_at_secs, group.survivor);
        if first {
            group.survivor = item.key;
            group.survivor_at_secs = at_secs;
        }
        self.insert(item, at_secs, story, Some(leader));
        Assignment {
            duplicate_of: (!first).then_some(former),
            displaces: first.then_some(former),
            story,
            found: Some(found),
        }
    }

    fn insert(&mut self, item: &Candidate<'_>, at_secs: i64, story: StoryKey, leader: Option<u32>) {
        if self.slots.len() >= self.options.capacity.max(1) {
            self.forget_first();
        }
        let number = self.base.wrapping_add(u32::try_from(self.slots.len()).unwrap_or_default());
        if let Some(url) = item.url_key {
            self.urls.entry(url).or_insert(number);
        }
        let postings = self.index.insert(number, item.fingerprint);
        self.slots.push_back(Slot {
            key: item.key,
            url_key: item.url_key.unwrap_or_default(),
            at_secs,
            story,
            outlet: hash32(item.outlet.chars()),
            group: leader.unwrap_or(number),
            postings,
            fingerprint: item.fingerprint.clone(),
        });
        let entry = self.stories.entry(story).or_default();
        entry.alive += 1;
        entry.members += u32::from(leader.is_none());
    }

    fn forget_first(&mut self) {
        let Some(slot) = self.slots.pop_front() else { return };
        let number = self.base;
        self.base = self.base.wrapping_add(1);
        self.index.forget(slot.postings);
        if self.urls.get(&slot.url_key) == Some(&number) {
            self.urls.remove(&slot.url_key);
        }
        self.groups.remove(&number);
        if let Some(story) = self.stories.get_mut(&slot.story) {
            story.alive = story.alive.saturating_sub(1);
            if story.alive == 0 {
                self.stories.remove(&slot.story);
            }
        }
    }

    /// The best near-duplicate and the best story among the candidates.
    #[expect(clippy::type_complexity, reason = "two optional findings")]
    fn best(&self, item: &Candidate<'_>, at_secs: i64) -> (Option<(u32, Match)>, Option<(StoryKey, Match)>) {
        let mut duplicate: Option<(u32, Match)> = None;
        let mut story: Option<(StoryKey, Match)> = None;
        for number in self.index.candidates(item.fingerprint, self.options.candidates, self.base) {
            let Some(slot) = self.slot(number) else { continue };
            let apart = SignedDuration::from_secs(at_secs.saturating_sub(slot.at_secs)).unsigned_abs().as_secs();
            if apart > u64::from(self.options.duplicate_hours.max(self.options.story_hours)) * 3600 {
                continue;
            }
            let likeness = compare::compare(item.fingerprint, &slot.fingerprint);
            let near = compare::near_duplicate(&likeness);
            if near >= compare::NEAR_DUPLICATE
                && apart <= u64::from(self.options.duplicate_hours) * 3600
                && duplicate.is_none_or(|(_, best)| near > best.score)
            {
                duplicate = Some((number, evidence(Level::NearDuplicate, slot.key, near, &likeness)));
            }
            let same = compare::same_story(&likeness);
            if same >= compare::SAME_STORY
                && apart <= u64::from(self.options.story_hours) * 3600
                && self.stories.get(&slot.story).is_some_and(|story| story.members < self.options.story_items)
                && story.is_none_or(|(_, best)| same > best.score)
            {
                story = Some((slot.story, evidence(Level::Story, slot.key, same, &likeness)));
            }
        }
        (duplicate, story)
    }
}

fn evidence(level: Level, with: ItemKey, score: f32, likeness: &Likeness) -> Match {
    Match {
        level,
        with,
        score,
        title: likeness.jaccard,
        summary: likeness.summary,
        names: likeness.names_shared,
        numbers: likeness.numbers_shared,
        tags: likeness.tags_shared,
    }
}

/// From a sense to the items whose titles have it, newest first.
#[derive(Debug, Default)]
struct Index {
    heads: HashMap<u32, Head, Spread>,
    /// Postings in the order of arrival; `base` is the number of the first.
    postings: VecDeque<Posting>,
    base: u32,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    newest: u32,
    count: u32,
}

#[derive(Clone, Copy, Debug)]
struct Posting {
    key: u32,
    slot: u32,
    /// Number of the next older posting of the key; its own where there is none.
    older: u32,
}

/// Keys under which one item is found.
const KEYS: usize = 14;
/// Postings that one search reads at most.
const POSTINGS_READ: usize = 400;

impl Index {
    fn insert(&mut self, slot: u32, fingerprint: &Fingerprint) -> u8 {
        let mut count = 0;
        for key in keys(fingerprint) {
            let number = self.base.wrapping_add(u32::try_from(self.postings.len()).unwrap_or_default());
            let head = self.heads.entry(key).or_insert(Head { newest: number, count: 0 });
            let older = head.newest;
            head.newest = number;
            head.count += 1;
            self.postings.push_back(Posting { key, slot, older });
            count += 1;
        }
        count
    }

    fn forget(&mut self, postings: u8) {
        for _ in 0..postings {
            let Some(posting) = self.postings.pop_front() else { return };
            self.base = self.base.wrapping_add(1);
            if let Some(head) = self.heads.get_mut(&posting.key) {
                head.count -= 1;
                if head.count == 0 {
                    self.heads.remove(&posting.key);
                }
            }
        }
    }

    /// Slots that share the rarest keys, those that share most first.
    fn candidates(&self, fingerprint: &Fingerprint, limit: usize, _base: u32) -> Vec<u32> {
        let mut lists: Vec<Head> = keys(fingerprint).filter_map(|key| self.heads.get(&key).copied()).collect();
        lists.sort_by_key(|head| head.count);
        let mut found: HashMap<u32, f32, Spread> = HashMap::default();
        let mut read = 0;
        let total = self.postings.len().max(1) as f32;
        for head in lists {
            let worth = (total / head.count as f32).ln().max(0.1);
            let mut number = head.newest;
            while read < POSTINGS_READ {
                let Some(posting) = self.postings.get(number.wrapping_sub(self.base) as usize) else { break };
                *found.entry(posting.slot).or_default() += worth;
                read += 1;
                if posting.older == number {
                    break;
                }
                number = posting.older;
            }
        }
        let mut ranked: Vec<(u32, f32)> = found.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        ranked.truncate(limit);
        ranked.into_iter().map(|(slot, _)| slot).collect()
    }
}

/// The keys of an item: the senses of its title's words, and the sketch of its summary.
fn keys(fingerprint: &Fingerprint) -> impl Iterator<Item = u32> + '_ {
    let senses = fingerprint.units().map(|unit| match unit.sense() {
        Sense::None => unit.stem() | 1,
        Sense::Concept(id) => 0x8000_0000 | id,
        Sense::Number(hash) => 0x9000_0000 | hash,
        Sense::Sound(bits) => Skeleton::from_bits(bits).prefix(4),
    });
    fingerprint.sketch().iter().map(|hash| hash | 2).chain(senses).take(KEYS)
}

/// Keys are hashes already; one multiplication spreads them.
#[derive(Clone, Copy, Debug, Default)]
struct SpreadHasher(u64);
type Spread = BuildHasherDefault<SpreadHasher>;

impl Hasher for SpreadHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }
    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
