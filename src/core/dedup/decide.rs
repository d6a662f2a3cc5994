//! What similarity means: a near-duplicate (level 3), a report of the same event (level 4), or neither.
//!
//! Owns the thresholds and coefficients, which `docs/methods.md` explains.

use super::pair_model::{EVENT, HEADLINE, PairModel};
use super::similarity::{ASSUMED_ITEMS, Similarity};
use super::text_rules::are_rivals;
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
/// Under another headline, the longer text has so much of the shorter and little of its own: whoever adds a sentence to
/// an agency's writes a text of their own.
const WHOLE_TEXT: f32 = 0.75;
/// A title that its outlet uses again after this long, this similar, over a summary that shares less than this, is a
/// regular column.
const COLUMN_SECS: u64 = 12 * 3600;
const COLUMN_TITLE: f32 = 0.8;
const COLUMN_SUMMARY: f32 = 0.5;

/// Returns how likely two items are one text lightly edited, 0 to 1; from [`NEAR_DUPLICATE`] they count as such.
pub(super) fn near_duplicate(
    model: &PairModel,
    similarity: &Similarity,
    edit: &Edit,
    context: PairContext,
    items: u32,
) -> f32 {
    if similarity.cross || similarity.shorter == 0 || context.recurs(similarity) {
        return 0.0;
    }
    // One form about two actors: who spoke to whom, with a text of the same form.
    let is_other_actor = similarity.template && (similarity.places_replaced || similarity.name_substituted);
    if is_other_actor && similarity.summary.is_none_or(|summary| summary < 1.0) {
        return 0.0;
    }
    let same_summary = similarity.summary.is_some_and(|summary| summary >= SAME_SUMMARY)
        && similarity.summary_stems >= SAME_SUMMARY_STEMS
        && similarity.sketch_shared;
    // Another paper's headline over the same text.
    let same_text = similarity.summary.is_some_and(|summary| summary >= SAME_TEXT)
        && similarity.summary_stems >= SAME_TEXT_STEMS
        && similarity.of_longer_summary >= WHOLE_TEXT
        && similarity.sketch_shared
        && !context.same_outlet;
    let floor = if same_text { NEAR_DUPLICATE } else { 0.0 };
    let chance = chance(items);
    let is_exact = edit.kept >= EXACT && edit.reworded == 0;
    // The next of an outlet's series has the words of the last, and an agency's report those that another uses as well.
    let writes_its_own = context.same_outlet || context.rival_agencies;
    if (edit.turned || (writes_its_own && !is_exact)) && !same_summary {
        return floor;
    }
    let title = if edit.number_added && edit.words <= SHORT {
        0.0
    } else {
        model.headline(&headline_features(similarity, edit, context, chance))
    };
    let needed = NEEDED.iter().find(|(words, _)| edit.words <= *words).map_or(1.0, |(_, needed)| *needed);
    let score = match similarity.summary {
        // One agency's text, of which two papers print different parts.
        _ if is_exact && edit.words >= LONG && !context.same_outlet => 1.0,
        Some(summary) => {
            let both = (0.5 * edit.kept + 0.5 * summary) / needed * NEAR_DUPLICATE;
            let is_one =
                similarity.sketch_shared && summary >= SAME_SUMMARY && similarity.of_longer_summary >= WHOLE_TEXT;
            if is_one { both } else { both.min(title) }
        }
        None => title,
    };
    score.clamp(floor, 1.0)
}

/// Returns what decides whether a headline is a light edit of another, in the order of [`HEADLINE`].
///
/// What is shared counts by its information: newsrooms that report one event on their own share the words that everybody
/// uses.
pub(super) fn headline_features(
    similarity: &Similarity,
    edit: &Edit,
    context: PairContext,
    chance: f32,
) -> [f32; HEADLINE.len()] {
    [
        (similarity.surprise / chance).min(8.0) / 8.0,
        edit.kept,
        flag(edit.contained >= CUT),
        at_most(edit.words, 12),
        at_most(edit.added, 4),
        at_most(edit.added_to_both, 2),
        at_most(edit.replaced, 2),
        at_most(edit.reworded, 3),
        flag(edit.events_reworded > 0),
        flag(edit.reworded > 0 && edit.added + edit.replaced > 0),
        at_most(edit.moved, 3),
        flag(edit.words <= LONG && edit.facts_added > 0),
        flag(edit.speaker_added),
        (context.apart_secs as f32 / DAY_SECS).min(1.0),
    ]
}

/// Returns the information that chance would find shared among this many items.
pub(super) fn chance(items: u32) -> f32 {
    (items as f32 + ASSUMED_ITEMS).ln()
}

const DAY_SECS: f32 = 86_400.0;

fn flag(flag: bool) -> f32 {
    if flag { 1.0 } else { 0.0 }
}

fn at_most(number: u8, limit: u8) -> f32 {
    f32::from(number.min(limit)) / f32::from(limit)
}

/// How two items are related, apart from their texts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PairContext {
    /// Both are from one known outlet.
    pub(super) same_outlet: bool,
    /// They are from two agencies.
    pub(super) rival_agencies: bool,
    /// Seconds between them.
    pub(super) apart_secs: u64,
}

/// Who publishes an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Publisher {
    /// Hash of the outlet's name; 0 if it is not known.
    pub(super) outlet: u32,
    /// The agency or paper that the outlet is.
    pub(super) agency: Option<u32>,
}

impl PairContext {
    pub(super) fn new(a: Publisher, b: Publisher, apart_secs: u64) -> PairContext {
        PairContext {
            same_outlet: a.outlet != 0 && a.outlet == b.outlet,
            rival_agencies: are_rivals(a.agency, b.agency),
            apart_secs,
        }
    }

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
/// `items` is the size of the window, `reach_secs` the most that the reports of a story may be apart.
pub(super) fn same_story(
    model: &PairModel,
    similarity: &Similarity,
    edit: &Edit,
    context: PairContext,
    items: u32,
    reach_secs: u64,
) -> f32 {
    let chance = chance(items);
    if similarity.surprise < chance || context.recurs(similarity) {
        return 0.0;
    }
    model.event(&event_features(similarity, edit, context, chance, reach_secs))
}

/// Returns what decides whether two items report one event, in the order of [`EVENT`].
pub(super) fn event_features(
    similarity: &Similarity,
    edit: &Edit,
    context: PairContext,
    chance: f32,
    reach_secs: u64,
) -> [f32; EVENT.len()] {
    // The order of half a day says nothing.
    let apart = context.apart_secs.saturating_sub(ONE_TIME_SECS) as f32
        / reach_secs.saturating_sub(ONE_TIME_SECS).max(1) as f32;
    let cross = flag(similarity.cross);
    // An outlet that changes a number or a name in its own title is on to the next of a series.
    let series = context.same_outlet
        && (similarity.numbers_differ && !similarity.count_changes
            || similarity.name_substituted
            || similarity.places_replaced);
    let information = (similarity.surprise / chance).min(4.0) / 4.0;
    [
        similarity.plain,
        similarity.overlap,
        information,
        edit.kept,
        at_most(similarity.shorter, 8),
        at_most(similarity.names_shared, 3),
        at_most(similarity.numbers_shared, 2),
        at_most(similarity.tags_shared, 3),
        similarity.summary.map_or(0.0, |summary| summary - 0.25),
        flag(!similarity.tags_known),
        cross,
        cross * similarity.overlap,
        cross * information,
        // A count that has grown is another number of the same event.
        flag(similarity.numbers_differ && !similarity.count_changes),
        flag(similarity.numbers_differ && similarity.count_changes),
        flag(similarity.template && similarity.name_substituted),
        flag(similarity.template && !similarity.name_substituted),
        flag(series),
        flag(context.same_outlet && context.apart_secs >= COLUMN_SECS),
        flag(similarity.places_differ),
        flag(similarity.places_replaced),
        // A name is written in many ways in another alphabet.
        flag(similarity.names_replaced && !similarity.cross),
        at_most(similarity.ideas_replaced, 3),
        flag(similarity.denied),
        flag(similarity.reacted),
        flag(similarity.planned),
        flag(edit.turned && !similarity.cross && !similarity.count_changes),
        apart.min(1.0),
    ]
}

/// Items so close in time may be of one moment.
const ONE_TIME_SECS: u64 = 12 * 3600;
