//! What similarity means: a near-duplicate (level 3), a report of the same event (level 4), or neither.
//!
//! Owns the thresholds and coefficients, which `docs/methods.md` explains.

use super::similarity::{ASSUMED_ITEMS, Similarity};
use super::wording::Edit;

/// The score from which two items are near-duplicates.
pub(super) const NEAR_DUPLICATE: f32 = 0.7;
/// The score from which two items are one story.
pub(super) const SAME_STORY: f32 = 0.5;

/// What an edited title keeps of its words, by the number of words with content: the fewer words, the more. The idea of
/// bands is from reader's `entry_dedupe`; the values come from labelled pairs, see `docs/methods.md`.
const NEEDED: [(u8, f32); 4] = [(2, 0.98), (4, 0.85), (6, 0.8), (u8::MAX, 0.75)];
/// Two titles that keep this much differ in words without content at most.
const EXACT: f32 = 0.97;
/// A title of so many words with content is no formula.
const LONG: u8 = 7;
/// A title that has all words of another one and more was cut or completed.
const CUT: f32 = 0.97;
/// A headline with so few words is another one if it has a number more.
const SHORT: u8 = 6;
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
pub(super) fn near_duplicate(similarity: &Similarity, edit: &Edit, context: PairContext, items: u32) -> f32 {
    if similarity.cross || similarity.shorter == 0 || context.recurs(similarity) {
        return 0.0;
    }
    let same_summary = similarity.summary.is_some_and(|summary| summary >= SAME_SUMMARY)
        && similarity.summary_stems >= SAME_SUMMARY_STEMS
        && similarity.sketch_shared;
    // Another paper's headline over the same text.
    let same_text = similarity.summary.is_some_and(|summary| summary >= SAME_TEXT)
        && similarity.summary_stems >= SAME_TEXT_STEMS
        && similarity.sketch_shared
        && !context.same_outlet;
    let floor = if same_text { NEAR_DUPLICATE } else { 0.0 };
    let chance = (items as f32 + ASSUMED_ITEMS).ln();
    let is_exact = edit.kept >= EXACT && edit.reworded == 0;
    // The next of an outlet's series has the words of the last.
    if (edit.turned || (context.same_outlet && !is_exact)) && !same_summary {
        return floor;
    }
    let title = headline(similarity, edit, chance);
    let needed = NEEDED.iter().find(|(words, _)| edit.words <= *words).map_or(1.0, |(_, needed)| *needed);
    let score = match similarity.summary {
        // One agency's text, of which two papers print different parts.
        _ if is_exact && edit.words >= LONG && !context.same_outlet => 1.0,
        Some(summary) => {
            let both = (0.5 * edit.kept + 0.5 * summary) / needed * NEAR_DUPLICATE;
            if similarity.sketch_shared { both } else { both.min(title) }
        }
        None => title,
    };
    score.clamp(floor, 1.0)
}

/// Returns how likely a headline is a light edit of another, 0 to 1.
///
/// A logistic function of the edit, fitted to labelled pairs, see `docs/methods.md`. What is shared counts by its
/// information: newsrooms that report one event on their own share the words that everybody uses.
fn headline(similarity: &Similarity, edit: &Edit, chance: f32) -> f32 {
    if edit.number_added && edit.words <= SHORT {
        return 0.0;
    }
    let at_most = |number: u8, limit: u8| f32::from(number.min(limit)) / f32::from(limit);
    let flag = |flag: bool| if flag { 1.0 } else { 0.0 };
    let sum = -1.83 + 4.8 * (similarity.surprise / chance).min(8.0) / 8.0 + 2.6 * edit.kept
        - 2.6 * at_most(edit.added, 4)
        - 1.9 * at_most(edit.reworded, 3)
        - 2.2 * at_most(edit.replaced, 2)
        - 1.3 * flag(edit.reworded > 0 && edit.added + edit.replaced > 0)
        + 1.7 * flag(edit.contained >= CUT)
        - 1.2 * flag(edit.words <= LONG && edit.facts_added > 0);
    1.0 / (1.0 + (-sum).exp())
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
/// A logistic function of what they share; the coefficients were fitted to labelled pairs, see `docs/methods.md`. `items`
/// is the size of the window, `reach_secs` the most that the reports of a story may be apart.
pub(super) fn same_story(
    similarity: &Similarity,
    edit: &Edit,
    context: PairContext,
    items: u32,
    reach_secs: u64,
) -> f32 {
    // What chance would find among this many items.
    let chance = (items as f32 + ASSUMED_ITEMS).ln();
    if similarity.surprise < chance || context.recurs(similarity) {
        return 0.0;
    }
    let flag = |flag: bool| if flag { 1.0 } else { 0.0 };
    let at_most = |number: u8, limit: u8| f32::from(number.min(limit)) / f32::from(limit);
    // The order of half a day says nothing.
    let apart = context.apart_secs.saturating_sub(ONE_TIME_SECS) as f32
        / reach_secs.saturating_sub(ONE_TIME_SECS).max(1) as f32;
    let cross = flag(similarity.cross);
    // A count that has grown is another number of the same event.
    let numbers = flag(similarity.numbers_differ) * if similarity.count_changes { 0.25 } else { 1.0 };
    let template = match (similarity.name_substituted, similarity.template) {
        (true, true) => 2.5,
        (false, true) => 1.1,
        _ => 0.0,
    };
    // An outlet that changes a number or a name in its own title is on to the next of a series.
    let series = context.same_outlet
        && (similarity.numbers_differ && !similarity.count_changes
            || similarity.name_substituted
            || similarity.places_replaced);
    let sum = -4.85
        + 1.8 * similarity.plain
        + 1.85 * similarity.overlap
        + 1.0 * (similarity.surprise / chance).min(4.0) / 4.0
        + 2.05 * edit.kept
        + 1.9 * at_most(similarity.shorter, 8)
        + 0.75 * at_most(similarity.names_shared, 3)
        + 1.0 * at_most(similarity.numbers_shared, 2)
        + 1.1 * at_most(similarity.tags_shared, 3)
        + 1.0 * similarity.summary.map_or(0.0, |summary| summary - 0.25)
        + 0.35 * flag(!similarity.tags_known)
        + cross * (0.5 + 2.2 * similarity.overlap)
        - 0.85 * numbers
        - template
        - 2.0 * flag(series)
        - 0.7 * flag(similarity.places_differ)
        - 1.2 * flag(similarity.places_replaced)
        - 1.15 * flag(similarity.names_replaced)
        - 1.9 * at_most(similarity.ideas_replaced, 3)
        - 2.0 * flag(similarity.denied)
        - 1.5 * flag(similarity.reacted)
        - 7.0 * apart.min(1.0);
    1.0 / (1.0 + (-sum).exp())
}

/// Items so close in time may be of one moment.
const ONE_TIME_SECS: u64 = 12 * 3600;
