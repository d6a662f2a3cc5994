//! The window of recent items: finds what a new item repeats, and the story it belongs to.
//!
//! Owns the index and its limits. Needs no files, stores or clocks.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::decide::{self, Publisher};
use super::fingerprint::{Fingerprint, TitleWord};
use super::hashing::{Spread, hash32};
use super::index::Index;
use super::pair_model::{EVENT, HEADLINE, PairModel};
use super::provenance::{ItemKey, Provenance, Standing, Survivor};
use super::similarity::Frequencies;

mod merge;
mod search;

/// The id of a story: that of its first item.
pub(crate) type StoryKey = i64;

/// The limits of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The most items in memory; those that arrived first are dropped first. Each takes 200 to 350 bytes, with index.
    pub capacity: usize,
    /// Items further apart than this are not near-duplicates.
    pub duplicate_hours: u32,
    /// Items further apart than this are not in one story because of each other.
    pub story_hours: u32,
    /// The most items in a story, without duplicates; later ones open a new story.
    pub story_items: u32,
    /// The most items that a new one is compared with.
    pub candidates: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { capacity: 50_000, duplicate_hours: 168, story_hours: 72, story_items: 150, candidates: 16 }
    }
}

/// An item to assign.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its id, unique among all items.
    pub key: ItemKey,
    /// [`super::url_key`] of its canonical address, if it has one.
    pub url_key: Option<u64>,
    /// When it was published, or first seen if that is not known.
    pub at: Timestamp,
    /// What decides whether it or a copy of it is the original.
    pub provenance: Provenance,
    /// Its outlet; empty if not known.
    pub outlet: &'a str,
    /// What is compared.
    pub fingerprint: &'a Fingerprint,
}

/// The level that found a duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Level 2: the same canonical address.
    Address,
    /// Level 3: the same text, lightly edited.
    NearDuplicate,
    /// Level 4: another report of the same event.
    Story,
}

impl Level {
    /// Returns the stable id, as in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Address => "address",
            Level::NearDuplicate => "near-duplicate",
            Level::Story => "story",
        }
    }

    /// Returns the lowest score of a match at this level, 0 to 1.
    pub fn threshold(self) -> f32 {
        match self {
            Level::Address => 1.0,
            Level::NearDuplicate => decide::NEAR_DUPLICATE,
            Level::Story => decide::SAME_STORY,
        }
    }
}

/// The match that decided about an item, for `explain`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// The level that decided.
    pub level: Level,
    /// The item that it matches.
    pub with: ItemKey,
    /// The score of the match, 0 to 1.
    pub score: f32,
    /// Weighted Jaccard similarity of the titles, 0 to 1.
    pub title: f32,
    /// Containment of the shorter summary in the longer, 0 to 1; `None` if one is missing or very short.
    pub summary: Option<f32>,
    /// Names that both titles have.
    pub names: u8,
    /// Numbers that both titles have.
    pub numbers: u8,
    /// Tags that both items have.
    pub tags: u8,
}

/// An item that was assigned before, to be restored into a window.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// Its id.
    pub key: ItemKey,
    /// When it was published, or first seen if that is not known.
    pub at: Timestamp,
    /// What decides whether it or a copy of it is the original.
    pub provenance: Provenance,
    /// Its outlet; empty if not known.
    pub outlet: &'a str,
    /// What is compared; `None` for a copy that others are not compared with, see [`Assignment::is_candidate`].
    pub fingerprint: Option<&'a Fingerprint>,
    /// The survivor of its group; `None` if it is itself a survivor.
    pub duplicate_of: Option<Survivor>,
    /// Its story.
    pub story: StoryKey,
    /// Items of the story so far without duplicates, including those that have left the window.
    pub story_items: u32,
}

/// The group and the story of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The survivor of the group of duplicates; `None` if that is the item itself.
    pub duplicate_of: Option<ItemKey>,
    /// The former survivor, if this item takes its place, see [`Provenance`].
    pub displaces: Option<ItemKey>,
    /// Its story.
    pub story: StoryKey,
    /// Stories of which all items belong to its story from now on: it belongs to them as well.
    pub absorbed: Vec<StoryKey>,
    /// The match that decided; `None` if there is none.
    pub found: Option<Match>,
    /// Whether later items are compared with it. Copies with the title of the first item of their group are not.
    pub is_candidate: bool,
}

/// What was found out about an item and one of the window.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub(crate) with: ItemKey,
    /// How likely they are one text, 0 to 1.
    pub near_duplicate: f32,
    /// How likely they report one event, 0 to 1.
    pub same_story: f32,
    /// What the model weighs to find near-duplicates, in the order of [`HEADLINE`].
    pub headline: [f32; HEADLINE.len()],
    /// What it weighs to find stories, in the order of [`EVENT`].
    pub event: [f32; EVENT.len()],
}

/// Receives each comparison.
pub(super) type Tell<'a> = dyn FnMut(&Comparison) + 'a;

/// Assigns items one after another, by comparison with a bounded window of recent ones.
///
/// The same items in the same order get the same assignments, even if the window is restored from the stored items in
/// between: its content follows from them alone. [`Provenance`] decides which of a group of duplicates survives.
#[derive(Debug)]
pub struct Deduplicator {
    model: Arc<PairModel>,
    options: Options,
    /// Slots in order of arrival; `base` is the number of the first.
    slots: VecDeque<Slot>,
    base: u32,
    urls: HashMap<u64, u32, Spread>,
    pub(super) index: Index,
    groups: HashMap<u32, Group, Spread>,
    /// During a restore: the groups whose survivor has not come yet, or has left the window.
    awaited: HashMap<ItemKey, u32, Spread>,
    /// Stories of several items; a story of one item needs no entry.
    stories: HashMap<StoryKey, Story, Spread>,
}

#[derive(Debug)]
struct Slot {
    standing: Standing,
    url_key: u64,
    story: StoryKey,
    /// The group of duplicates: the number of its first slot, which may have left the window.
    group: u32,
    /// [`outlet_hash`].
    outlet: u32,
    /// `None` for a copy that others are not compared with.
    fingerprint: Option<Fingerprint>,
}

impl Slot {
    fn publisher(&self) -> Publisher {
        Publisher { outlet: self.outlet, agency: self.standing.agency }
    }
}

/// A group of duplicates; an item without duplicates needs no entry.
#[derive(Clone, Debug)]
struct Group {
    survivor: Standing,
    /// When its latest item was published.
    latest_secs: i64,
    /// Its slots in the window, oldest first. New members are compared with the first, the leader.
    members: VecDeque<u32>,
}

/// A story of several items.
#[derive(Clone, Copy, Debug, Default)]
struct Story {
    /// Groups and single items in the window.
    alive: u32,
    /// All items it has ever had, without duplicates.
    members: u32,
}

impl Deduplicator {
    /// Returns an empty window, of which the model decides what is similar.
    pub fn new(model: Arc<PairModel>, options: Options) -> Deduplicator {
        Deduplicator {
            model,
            options,
            slots: VecDeque::new(),
            base: 0,
            urls: HashMap::default(),
            index: Index::new(options.capacity),
            groups: HashMap::default(),
            awaited: HashMap::default(),
            stories: HashMap::default(),
        }
    }

    /// Returns the number of items in the window.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns whether the window is empty.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Assigns an item to a group and a story, and keeps it in the window.
    pub fn assign(&mut self, item: &Candidate<'_>) -> Assignment {
        self.assign_and_tell(item, None)
    }

    /// Does the same, and tells of every item that was compared.
    pub(super) fn assign_and_tell(&mut self, item: &Candidate<'_>, tell: Option<&mut Tell<'_>>) -> Assignment {
        let own = Standing::new(item.key, item.at, item.provenance);
        if let Some(slot) = item.url_key.and_then(|url| self.urls.get(&url).copied()) {
            let found = Match {
                level: Level::Address,
                with: self.slot(slot).map_or(0, |slot| slot.standing.key),
                score: 1.0,
                title: 0.0,
                summary: None,
                names: 0,
                numbers: 0,
                tags: 0,
            };
            return self.join_group(item, own, slot, found);
        }
        let (duplicate, stories) = self.best(item, own.at_secs, tell);
        if let Some((slot, found)) = duplicate {
            return self.join_group(item, own, slot, found);
        }
        let (story, absorbed, found) = match stories.first() {
            Some(support) => {
                let bridged = self.bridged(support, &stories);
                let (story, absorbed) = self.merge(support.story, bridged);
                (story, absorbed, Some(support.best))
            }
            None => (item.key, Vec::new(), None),
        };
        if story != item.key {
            let entry = self.stories.entry(story).or_insert(Story { alive: 1, members: 1 });
            entry.alive += 1;
            entry.members += 1;
        }
        self.insert(item, own, story, None, true);
        Assignment { duplicate_of: None, displaces: None, story, absorbed, found, is_candidate: true }
    }

    /// Restores an item that was assigned before. Call it in the order in which the items were assigned.
    pub fn restore(&mut self, item: &Placed<'_>) {
        let standing = Standing::new(item.key, item.at, item.provenance);
        let number = self.next_number();
        let group = match item.duplicate_of {
            Some(Survivor { key, at, provenance }) => {
                Some(self.restored_group(Standing::new(key, at, provenance), number))
            }
            // A survivor that arrived after its duplicates joins the group that waits for it.
            None => self.awaited.remove(&item.key),
        };
        if let Some(group) = group.and_then(|group| self.groups.get_mut(&group)) {
            group.members.push_back(number);
            group.latest_secs = group.latest_secs.max(standing.at_secs);
        }
        let leads = group.is_none_or(|group| self.leader(group) == Some(number));
        if leads && item.story_items > 1 {
            let story = self.stories.entry(item.story).or_default();
            story.alive += 1;
            story.members = item.story_items;
        }
        if let Some(fingerprint) = item.fingerprint {
            self.index.insert(number, fingerprint);
        }
        self.push(Slot {
            standing,
            url_key: 0,
            story: item.story,
            group: group.unwrap_or(number),
            outlet: outlet_hash(item.outlet),
            fingerprint: item.fingerprint.cloned(),
        });
    }

    /// Returns the group of a survivor, and creates it if there is none yet.
    fn restored_group(&mut self, survivor: Standing, number: u32) -> u32 {
        if let Some(group) = self.awaited.get(&survivor.key) {
            return *group;
        }
        let found = self.position(survivor.key).and_then(|at| Some((at, self.slots.get(at)?)));
        let (group, members, latest_secs) = match found {
            Some((position, slot)) => (slot.group, VecDeque::from([self.number_at(position)]), slot.standing.at_secs),
            None => {
                self.awaited.insert(survivor.key, number);
                (number, VecDeque::new(), i64::MIN)
            }
        };
        self.groups.entry(group).or_insert(Group { survivor, latest_secs, members });
        group
    }

    /// Replaces the fingerprint of an item whose words or tags have changed; its assignment stays. Returns whether
    /// later items are compared with it, or `None` if it is not in the window.
    pub fn update(&mut self, key: ItemKey, fingerprint: &Fingerprint) -> Option<bool> {
        let position = self.position(key)?;
        let number = self.number_at(position);
        let group = self.slots.get(position)?.group;
        let leads = self.leader(group).is_none_or(|leader| leader == number);
        let is_candidate = leads || self.is_edit(fingerprint, group);
        let new = is_candidate.then(|| fingerprint.clone());
        let old = std::mem::replace(&mut self.slots.get_mut(position)?.fingerprint, new);
        let (slots, base) = (&self.slots, self.base);
        let newest_first = || {
            let numbered = slots.iter().enumerate().rev();
            numbered.filter_map(|(position, slot)| {
                Some((base.wrapping_add(u32::try_from(position).ok()?), slot.fingerprint.as_ref()?))
            })
        };
        self.index.replace(number, old.as_ref(), is_candidate.then_some(fingerprint), base, newest_first);
        Some(is_candidate)
    }

    /// Drops the items whose keys are at most `key`, as long as they are the oldest to arrive.
    pub fn forget_through(&mut self, key: ItemKey) {
        while self.slots.front().is_some_and(|slot| slot.standing.key <= key) {
            self.forget_first();
        }
    }

    /// Describes the content of the window, one line per item, story and word: two windows with the same lines assign
    /// every item alike.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for (position, slot) in self.slots.iter().enumerate() {
            let number = self.number_at(position);
            let Slot { standing, story, outlet, .. } = slot;
            let (leader, survivor, latest) = match self.groups.get(&slot.group) {
                Some(group) => (self.leader(slot.group), group.survivor, group.latest_secs),
                None => (Some(number), *standing, standing.at_secs),
            };
            let leader = leader.and_then(|leader| self.slot(leader)).map(|slot| slot.standing.key);
            let bytes = slot.fingerprint.as_ref().map(Fingerprint::to_bytes);
            lines.push(format!(
                "{standing:?}, {outlet:x}, story {story}, led by {leader:?}, repeats {survivor:?}, latest {latest}, {bytes:x?}"
            ));
        }
        let mut stories: Vec<_> = self.stories.iter().map(|(key, story)| format!("{key}: {story:?}")).collect();
        stories.sort_unstable();
        lines.append(&mut stories);
        lines.append(&mut self.index.lines(self.base, self.slots.len()));
        lines
    }

    /// Drops the items dated before `at` that arrived before the first later one.
    pub fn forget_before(&mut self, at: Timestamp) {
        while self.slots.front().is_some_and(|slot| slot.standing.at_secs < at.as_second()) {
            self.forget_first();
        }
    }

    fn slot(&self, number: u32) -> Option<&Slot> {
        self.slots.get(usize::try_from(number.wrapping_sub(self.base)).ok()?)
    }

    fn number_at(&self, position: usize) -> u32 {
        self.base.wrapping_add(u32::try_from(position).unwrap_or_default())
    }

    /// Returns the slot of an item. Ids mostly grow with the order of arrival.
    fn position(&self, key: ItemKey) -> Option<usize> {
        let found = self.slots.binary_search_by_key(&key, |slot| slot.standing.key).ok();
        found.or_else(|| self.slots.iter().rposition(|slot| slot.standing.key == key))
    }

    /// Returns the slot that leads a group; `None` for an item without duplicates.
    fn leader(&self, group: u32) -> Option<u32> {
        self.groups.get(&group)?.members.front().copied()
    }

    fn join_group(&mut self, item: &Candidate<'_>, own: Standing, with: u32, found: Match) -> Assignment {
        let (number, story, leader) =
            self.slot(with).map_or((with, item.key, own), |slot| (slot.group, slot.story, slot.standing));
        let is_candidate = self.is_edit(item.fingerprint, number);
        let first = self.slot(self.leader(number).unwrap_or(with)).and_then(|slot| slot.fingerprint.as_ref());
        let credited = first.and_then(Fingerprint::source);
        let own_number = self.next_number();
        let group = self.groups.entry(number).or_insert_with(|| Group {
            survivor: leader,
            latest_secs: leader.at_secs,
            members: VecDeque::from([with]),
        });
        group.members.push_back(own_number);
        group.latest_secs = group.latest_secs.max(own.at_secs);
        let former = group.survivor;
        let displaces = own.displaces(former, credited);
        if displaces {
            group.survivor = own;
        }
        self.insert(item, own, story, Some(number), is_candidate);
        Assignment {
            duplicate_of: (!displaces).then_some(former.key),
            displaces: displaces.then_some(former.key),
            story,
            absorbed: Vec::new(),
            found: Some(found),
            is_candidate,
        }
    }

    fn next_number(&self) -> u32 {
        self.number_at(self.slots.len())
    }

    /// Of a group of copies only the leader and its edits can be found by their text: a text that a hundred papers
    /// print is one candidate, and its words count once.
    fn insert(
        &mut self,
        item: &Candidate<'_>,
        standing: Standing,
        story: StoryKey,
        group: Option<u32>,
        is_candidate: bool,
    ) {
        let number = self.next_number();
        if let Some(url) = item.url_key {
            self.urls.insert(url, number);
        }
        if is_candidate {
            self.index.insert(number, item.fingerprint);
        }
        self.push(Slot {
            standing,
            url_key: item.url_key.unwrap_or_default(),
            story,
            group: group.unwrap_or(number),
            outlet: outlet_hash(item.outlet),
            fingerprint: is_candidate.then(|| item.fingerprint.clone()),
        });
    }

    fn push(&mut self, slot: Slot) {
        self.slots.push_back(slot);
        while self.slots.len() > self.options.capacity.max(1) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(slot) = self.slots.pop_front() else { return };
        let number = self.base;
        self.base = self.base.wrapping_add(1);
        if let Some(fingerprint) = &slot.fingerprint {
            self.index.forget(fingerprint);
        }
        if self.urls.get(&slot.url_key) == Some(&number) {
            self.urls.remove(&slot.url_key);
        }
        if self.group_outlives(slot.group) {
            return;
        }
        if let Some(story) = self.stories.get_mut(&slot.story) {
            story.alive = story.alive.saturating_sub(1);
            if story.alive == 0 {
                self.stories.remove(&slot.story);
            }
        }
    }

    /// Removes the oldest member of a group; the next one becomes its leader. Returns whether there is one.
    fn group_outlives(&mut self, number: u32) -> bool {
        let Some(group) = self.groups.get_mut(&number) else { return false };
        group.members.pop_front();
        if group.members.is_empty() {
            self.groups.remove(&number);
            return false;
        }
        let (slots, base) = (&self.slots, self.base);
        let at = |member: &u32| slots.get(member.wrapping_sub(base) as usize).map(|slot| slot.standing.at_secs);
        group.latest_secs = group.members.iter().filter_map(at).max().unwrap_or(group.latest_secs);
        true
    }
}

impl Frequencies for Deduplicator {
    fn items(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    fn log_count(&self, unit: TitleWord) -> f32 {
        self.index.log_count(unit)
    }

    fn count_summaries(&self, hash: u32) -> u32 {
        self.index.count_summaries(hash)
    }
}

/// Returns the hash of an outlet's name; 0 if it is not known.
fn outlet_hash(outlet: &str) -> u32 {
    if outlet.is_empty() { 0 } else { hash32(outlet.chars()).max(1) }
}
