//! Merging of stories: a report that belongs to two of them shows that they tell of one event.

use super::search::{SUPPORT, Support};
use super::{Deduplicator, Story, StoryKey};
use crate::dedup::decide::{self, PairContext};
use crate::dedup::similarity::{Frequencies as _, Weighed, compare, edit_of};

impl Deduplicator {
    /// Returns the stories that a report joins to `best`, to which it belongs: those that accept it as well, as far as
    /// their own reports do not speak against it.
    pub(super) fn bridged(&self, best: &Support, others: &[Support]) -> Vec<StoryKey> {
        let mut items = self.members(best.story) + 1;
        let mut bridged = Vec::new();
        for other in others.iter().filter(|other| other.story != best.story) {
            let together = items + self.members(other.story);
            if together <= self.options.story_items && self.are_alike(best.slot, other.slot) {
                items = together;
                bridged.push(other.story);
            }
        }
        bridged
    }

    /// Makes several stories one, under the key of the first of them. Returns that, and the keys that it takes in.
    pub(super) fn merge(&mut self, story: StoryKey, bridged: Vec<StoryKey>) -> (StoryKey, Vec<StoryKey>) {
        let first = bridged.iter().copied().fold(story, StoryKey::min);
        let absorbed: Vec<StoryKey> = bridged.into_iter().chain([story]).filter(|other| *other != first).collect();
        if absorbed.is_empty() {
            return (first, absorbed);
        }
        let mut whole = self.stories.remove(&first).unwrap_or(ALONE);
        for other in &absorbed {
            let part = self.stories.remove(other).unwrap_or(ALONE);
            whole = Story { alive: whole.alive + part.alive, members: whole.members + part.members };
        }
        self.stories.insert(first, whole);
        for slot in self.slots.iter_mut().filter(|slot| absorbed.contains(&slot.story)) {
            slot.story = first;
        }
        (first, absorbed)
    }

    /// Returns how many items a story has ever had, without duplicates.
    pub(super) fn members(&self, story: StoryKey) -> u32 {
        self.stories.get(&story).unwrap_or(&ALONE).members
    }

    /// Returns whether two items of the window may report one event.
    fn are_alike(&self, a: u32, b: u32) -> bool {
        let (Some(a), Some(b)) = (self.slot(a), self.slot(b)) else { return false };
        let (Some(of_a), Some(of_b)) = (&a.fingerprint, &b.fingerprint) else { return false };
        let (of_a, of_b) = (Weighed::new(of_a, self), Weighed::new(of_b, self));
        let similarity = compare(&of_a, &of_b);
        let apart_secs = a.standing.at_secs.abs_diff(b.standing.at_secs);
        let context = PairContext::new(a.publisher(), b.publisher(), apart_secs);
        let edit = edit_of(&of_a, &of_b, &similarity);
        let reach = u64::from(self.options.story_hours) * 3600;
        decide::same_story(&self.model, &similarity, &edit, context, self.items(), reach) >= SUPPORT
    }
}

/// A story of one item.
const ALONE: Story = Story { alive: 1, members: 1 };
