//! What similarity means: a near-duplicate (level 3), a report of the same event (level 4), or neither.
//!
//! Owns the thresholds and coefficients, which `docs/methods.md` explains.

use super::similarity::{ASSUMED_ITEMS, Similarity};

/// The score from which two items are near-duplicates.
pub(super) const NEAR_DUPLICATE: f32 = 0.7;
/// The score from which two items are one story.
pub(super) const SAME_STORY: f32 = 0.5;

/// The similarity that a title needs, by its number of content words: the fewer words, the higher. The idea of bands is
/// from reader's `entry_dedupe`; the values come from labelled pairs, see `docs/methods.md`.
const NEEDED: [(u8, f32); 4] = [(2, 0.98), (4, 0.8), (7, 0.7), (u8::MAX, 0.66)];
/// The share of containment, the rest being Jaccard, in the similarity of two titles.
const CONTAINMENT: f32 = 0.15;
/// A summary of this many stems and this similarity shows an edit even if the title's numbers changed.
const SAME_SUMMARY: f32 = 0.9;
const SAME_SUMMARY_STEMS: u8 = 10;
/// A summary of this many stems and this similarity is one text under any headline.
const SAME_TEXT: f32 = 0.95;
const SAME_TEXT_STEMS: u8 = 12;
/// A title that its outlet uses again after this long, this similar, over a summary that shares less than this, is a
/// regular column.
const COLUMN_SECS: u64 = 12 * 3600;
const COLUMN_TITLE: f32 = 0.8;
const COLUMN_SUMMARY: f32 = 0.5;

/// Returns how likely two items are one text lightly edited, 0 to 1; from [`NEAR_DUPLICATE`] they count as such.
pub(super) fn near_duplicate(similarity: &Similarity, context: PairContext) -> f32 {
    if similarity.cross || similarity.shorter == 0 || context.recurs(similarity) {
        return 0.0;
    }
    let title = (1.0 - CONTAINMENT) * similarity.copied + CONTAINMENT * similarity.contained;
    let same_summary = similarity.summary.is_some_and(|summary| summary >= SAME_SUMMARY)
        && similarity.summary_stems >= SAME_SUMMARY_STEMS;
    let replaced = similarity.numbers_differ
        || similarity.places_replaced
        || similarity.names_replaced
        || similarity.name_substituted;
    if replaced && !same_summary {
        return 0.0;
    }
    let needed = NEEDED.iter().find(|(words, _)| similarity.shorter <= *words).map_or(1.0, |(_, needed)| *needed);
    let score = similarity.summary.map_or(title, |summary| 0.5 * title + 0.5 * summary);
    let score = (score / needed * NEAR_DUPLICATE).min(1.0);
    // Another paper's headline over the same text.
    let same_text = similarity.summary.is_some_and(|summary| summary >= SAME_TEXT)
        && similarity.summary_stems >= SAME_TEXT_STEMS
        && !context.same_outlet;
    if same_text { score.max(NEAR_DUPLICATE) } else { score }
}

/// How two items are related, apart from their texts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PairContext {
    /// Both are from one known outlet.
    pub(super) same_outlet: bool,
    /// Seconds between them.
    pub(super) apart_secs: u64,
}

impl PairContext {
    /// Returns whether an outlet reuses a title for another text: the morning's column, the day's weather.
    fn recurs(self, similarity: &Similarity) -> bool {
        self.same_outlet
            && self.apart_secs >= COLUMN_SECS
            && similarity.copied >= COLUMN_TITLE
            && similarity.summary.is_none_or(|summary| summary < COLUMN_SUMMARY)
    }
}

/// Returns how likely two items report one event, 0 to 1; from [`SAME_STORY`] they count as one story.
///
/// A logistic function of what they share; the coefficients were fitted to labelled pairs, alone and within a stream of
/// unrelated items, see `docs/methods.md`. `items` is the size of the window, `reach_secs` the most that the reports of
/// a story may be apart.
pub(super) fn same_story(similarity: &Similarity, context: PairContext, items: u32, reach_secs: u64) -> f32 {
    // What chance would find among this many items.
    let chance = (items as f32 + ASSUMED_ITEMS).ln();
    if similarity.surprise < chance || context.recurs(similarity) {
        return 0.0;
    }
    let apart = context.apart_secs as f32 / reach_secs.max(1) as f32;
    let flag = |flag: bool| if flag { 1.0 } else { 0.0 };
    let cross = flag(similarity.cross);
    // A count that has grown is another number of the same event.
    let numbers = flag(similarity.numbers_differ) * if similarity.count_changes { 0.25 } else { 1.0 };
    let names = match (similarity.name_substituted, similarity.template) {
        (true, true) => 3.2,
        (true, false) => 1.0,
        (false, true) => 0.6,
        (false, false) => 0.0,
    };
    // An outlet that changes a number or a name in its own title is on to the next of a series.
    let series = context.same_outlet
        && (similarity.numbers_differ && !similarity.count_changes
            || similarity.name_substituted
            || similarity.places_replaced);
    let sum = -3.9 + 5.5 * similarity.jaccard + 4.5 * similarity.plain + 0.1 * (similarity.surprise / chance).min(3.0)
        - 2.3 * numbers
        - names
        - 1.2 * flag(series)
        - 0.6 * flag(similarity.places_differ)
        - 2.2 * flag(similarity.places_replaced)
        - 0.5 * f32::from(similarity.ideas_replaced.min(2))
        + 1.5 * similarity.summary.map_or(0.0, |summary| summary - 0.25)
        + cross * (0.75 + 2.0 * similarity.overlap)
        - 2.5 * apart
        - 0.05 * (chance - ASSUMED_ITEMS.ln());
    1.0 / (1.0 + (-sum).exp())
}
