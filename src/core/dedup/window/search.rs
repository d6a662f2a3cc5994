//! The search of the window: what a new item repeats, and which stories it may belong to.

use super::{Candidate, Comparison, Deduplicator, Level, Match, Slot, StoryKey, Tell, outlet_hash};
use crate::dedup::decide::{self, PairContext, Publisher};
use crate::dedup::fingerprint::Fingerprint;
use crate::dedup::provenance::ItemKey;
use crate::dedup::similarity::{Frequencies as _, Similarity, Weighed, compare, edit_of};

impl Deduplicator {
    /// Returns the best near-duplicate among the candidates, and the stories that accept the item, the best first.
    pub(super) fn best(
        &mut self,
        item: &Candidate<'_>,
        at_secs: i64,
        mut tell: Option<&mut Tell<'_>>,
    ) -> (Option<(u32, Match)>, Vec<Support>) {
        let candidates = self.candidates(item.fingerprint);
        let reach = |hours: u32| u64::from(hours) * 3600;
        let (duplicate_reach, story_reach) = (reach(self.options.duplicate_hours), reach(self.options.story_hours));
        let weighed = Weighed::new(item.fingerprint, self);
        let publisher = Publisher { outlet: outlet_hash(item.outlet), agency: item.provenance.agency };
        let mut duplicate: Option<(u32, Match)> = None;
        let mut stories: Vec<Support> = Vec::new();
        for number in candidates {
            let Some(slot) = self.slot(number) else { continue };
            let Some(fingerprint) = &slot.fingerprint else { continue };
            let apart = self.apart(slot, at_secs);
            if apart > duplicate_reach.max(story_reach) {
                continue;
            }
            let other = Weighed::new(fingerprint, self);
            let similarity = compare(&weighed, &other);
            let context = PairContext::new(publisher, slot.publisher(), apart);
            let edit = edit_of(&weighed, &other, &similarity);
            let near = decide::near_duplicate(&self.model, &similarity, &edit, context, self.items());
            if let Some(tell) = &mut tell {
                let chance = decide::chance(self.items());
                tell(&Comparison {
                    with: slot.standing.key,
                    near_duplicate: near,
                    same_story: decide::same_story(&self.model, &similarity, &edit, context, self.items(), story_reach),
                    headline: decide::headline_features(&similarity, &edit, context, chance),
                    event: decide::event_features(&similarity, &edit, context, chance, story_reach),
                });
            }
            if near >= decide::NEAR_DUPLICATE
                && apart <= duplicate_reach
                && duplicate.is_none_or(|(_, best)| near > best.score)
                && self.is_near_leader(&weighed, slot, number, publisher, at_secs)
            {
                duplicate = Some((number, evidence(Level::NearDuplicate, slot.standing.key, near, &similarity)));
            }
            if apart > story_reach {
                continue;
            }
            let same = decide::same_story(&self.model, &similarity, &edit, context, self.items(), story_reach);
            if same > 0.0 {
                let found = evidence(Level::Story, slot.standing.key, same, &similarity);
                match stories.iter_mut().find(|support| support.story == slot.story) {
                    Some(support) => support.add(number, found),
                    None => stories.push(Support::new(slot.story, number, found)),
                }
            }
        }
        stories.retain(|support| self.accepts(support));
        stories.sort_unstable_by(|a, b| b.weight().total_cmp(&a.weight()).then(a.story.cmp(&b.story)));
        (duplicate, stories)
    }

    /// Returns the slots to compare with: of the item's own alphabet as many as the options say, and of others half as
    /// many, since they share less with it than those whose words it has.
    fn candidates(&mut self, fingerprint: &Fingerprint) -> Vec<u32> {
        let limit = self.options.candidates;
        let found = self.index.candidates(fingerprint, self.base, self.slots.len(), POOL * limit);
        let own = fingerprint.language_group();
        let mut sides = [(limit, 0.0_f32), (limit / 2, 0.0_f32)];
        let mut candidates = Vec::with_capacity(2 * limit);
        for (shared, number) in found {
            let Some(other) = self.slot(number).and_then(|slot| slot.fingerprint.as_ref()) else { continue };
            let (left, best) = &mut sides[usize::from(other.language_group() != own)];
            *best = best.max(shared);
            if *left > 0 && shared >= LEAST_OF_BEST * *best {
                *left -= 1;
                candidates.push(number);
            }
        }
        candidates
    }

    /// Returns whether a title differs so much from that of its group's leader that others are compared with it as
    /// well.
    pub(super) fn is_edit(&self, fingerprint: &Fingerprint, group: u32) -> bool {
        let leader = self.slot(self.leader(group).unwrap_or(group)).and_then(|slot| slot.fingerprint.as_ref());
        leader.is_none_or(|leader| {
            compare(&Weighed::new(fingerprint, self), &Weighed::new(leader, self)).copied < SAME_TITLE
        })
    }

    /// Returns whether an item is similar enough to the leader of a group to join it, so that a group does not drift
    /// from edit to edit.
    fn is_near_leader(
        &self,
        weighed: &Weighed<'_>,
        slot: &Slot,
        number: u32,
        publisher: Publisher,
        at_secs: i64,
    ) -> bool {
        let leader = self.leader(slot.group).filter(|leader| *leader != number).and_then(|leader| self.slot(leader));
        let leader = leader.and_then(|leader| Some((leader, leader.fingerprint.as_ref()?)));
        leader.is_none_or(|(slot, leader)| {
            let context = PairContext::new(publisher, slot.publisher(), at_secs.abs_diff(slot.standing.at_secs));
            let leader = Weighed::new(leader, self);
            let similarity = compare(weighed, &leader);
            let edit = edit_of(weighed, &leader, &similarity);
            decide::near_duplicate(&self.model, &similarity, &edit, context, self.items()) >= NEAR_LEADER
        })
    }

    /// Returns the seconds between a time and an item or its latest copy.
    fn apart(&self, slot: &Slot, at_secs: i64) -> u64 {
        let apart = at_secs.abs_diff(slot.standing.at_secs);
        self.groups.get(&slot.group).map_or(apart, |group| apart.min(at_secs.abs_diff(group.latest_secs)))
    }

    /// Returns whether a story accepts an item. A larger story needs more than one similar member, so that it does not
    /// wander from neighbour to neighbour.
    fn accepts(&self, support: &Support) -> bool {
        let members = self.members(support.story);
        support.best.score >= decide::SAME_STORY
            && support.mean() >= MEAN
            && members < self.options.story_items
            && (members < GROWN || support.similar >= 2 || support.best.score >= SURE)
    }
}

/// How many more items are looked at than compared, so that other alphabets are among them.
const POOL: usize = 8;
/// The least shared information, as a share of that of the best candidate.
const LEAST_OF_BEST: f32 = 0.5;
/// The least similarity to the leader of a group, for an item that joins it through another member.
const NEAR_LEADER: f32 = decide::NEAR_DUPLICATE;
/// Of two titles this similar, others are compared with only one.
const SAME_TITLE: f32 = 0.9;
/// From this many items on, one similar member of a story is not enough.
const GROWN: u32 = 4;
/// A similarity that is enough alone.
const SURE: f32 = 0.8;
/// A similarity that counts as support.
pub(super) const SUPPORT: f32 = 0.3;

/// What the items of a story that were compared say of a new one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Support {
    pub(super) story: StoryKey,
    compared: u32,
    /// Those that are similar.
    similar: u32,
    sum: f32,
    /// The most similar of them.
    pub(super) slot: u32,
    pub(super) best: Match,
}

impl Support {
    fn new(story: StoryKey, slot: u32, found: Match) -> Support {
        let similar = u32::from(found.score >= SUPPORT);
        Support { story, compared: 1, similar, sum: found.score, slot, best: found }
    }

    fn add(&mut self, slot: u32, found: Match) {
        self.compared += 1;
        self.similar += u32::from(found.score >= SUPPORT);
        self.sum += found.score;
        if found.score > self.best.score {
            (self.slot, self.best) = (slot, found);
        }
    }

    fn mean(&self) -> f32 {
        self.sum / self.compared as f32
    }

    /// Returns the score of the best match, raised for each further one.
    fn weight(&self) -> f32 {
        self.best.score + PER_SUPPORT * self.similar.saturating_sub(1) as f32
    }
}

/// How much each further similar member adds.
const PER_SUPPORT: f32 = 0.1;
/// The least mean of the similarities to all members that were compared: one similar member among many that are not is
/// the next step or another side of it.
const MEAN: f32 = 0.4;

fn evidence(level: Level, with: ItemKey, score: f32, similarity: &Similarity) -> Match {
    Match {
        level,
        with,
        score,
        title: similarity.plain,
        summary: similarity.summary,
        names: similarity.names_shared,
        numbers: similarity.numbers_shared,
        tags: similarity.tags_shared,
    }
}
