//! Evidence: the best items of an event, on which its title and its tags rest.

use std::collections::{BTreeSet, HashMap};

use super::burst::Burst;
use super::history::EvidenceItem;
use super::series::Ordered;
use super::subject_series::{Subject, SubjectSeries};

/// An event while its bursts are collected.
pub(crate) struct Event {
    pub(crate) bursts: Vec<Burst>,
    /// Rows of its first, least probable burst.
    pub(crate) core: BTreeSet<u32>,
    /// Rows of its subject on the two days before, which a three-day scan may include.
    pub(crate) before: BTreeSet<u32>,
}

/// Ranks the event's rows: first those with most of what rose, then those of the story with most items.
pub(crate) fn rank_items(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    event: &Event,
    lifts: &HashMap<Subject, f64>,
) -> Vec<(u32, f64)> {
    let history = ordered.history;
    let mut stories: HashMap<i64, u32> = HashMap::new();
    for &row in event.core.iter().filter(|&&row| !ordered.copies[row as usize]) {
        if let Some(story) = history.rows[row as usize].story {
            *stories.entry(story).or_default() += 1;
        }
    }
    let mut subjects = Vec::new();
    let mut ranked: Vec<(u32, f64)> = event
        .core
        .iter()
        .map(|&number| {
            let row = &history.rows[number as usize];
            subject_series.subjects_of(ordered, row, &mut subjects);
            let lift: f64 = subjects.iter().filter_map(|subject| lifts.get(subject)).sum();
            let story = row.story.and_then(|story| stories.get(&story)).map_or(0.0, |&n| f64::from(n).ln_1p());
            (number, lift + story + f64::from(subject_series.weight(number)).ln())
        })
        .collect();
    ranked.sort_by(|a, b| {
        b.1.total_cmp(&a.1).then_with(|| ordered.place[a.0 as usize].cmp(&ordered.place[b.0 as usize]))
    });
    ranked
}

/// Returns the best rows: as many as the count of the burst warrants, with values close to the best, plus as many as
/// are needed for the fewest outlets of an event.
pub(crate) fn core_items(ordered: &Ordered<'_>, event: &Event, ranked: &[(u32, f64)], newsrooms_min: u32) -> Vec<u32> {
    let Some(best) = ranked.first().map(|first| first.1) else { return Vec::new() };
    let mut core: Vec<u32> = ranked
        .iter()
        .take(event.bursts[0].count.max(2) as usize * 2)
        .filter(|(_, value)| *value >= best * 0.5)
        .map(|&(row, _)| row)
        .collect();
    let before = event.before.iter().rev().copied();
    for row in ranked.iter().map(|&(row, _)| row).chain(before) {
        if newsrooms(ordered, &core) >= newsrooms_min {
            break;
        }
        if !core.contains(&row) {
            core.push(row);
        }
    }
    core
}

/// Returns the number of outlets that have an original text among these rows.
pub(crate) fn newsrooms(ordered: &Ordered<'_>, rows: &[u32]) -> u32 {
    let own = rows.iter().filter(|&&row| !ordered.copies[row as usize]);
    own.map(|&row| ordered.history.rows[row as usize].outlet).collect::<BTreeSet<u32>>().len() as u32
}

/// Returns the best items, one of each outlet first, originals before copies.
pub(crate) fn evidence(ordered: &Ordered<'_>, core: &[u32], most: usize) -> Vec<EvidenceItem> {
    let history = ordered.history;
    let mut outlets = BTreeSet::new();
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for &number in core {
        let row = &history.rows[number as usize];
        if !ordered.copies[number as usize] && outlets.insert(row.outlet) {
            first.push(number);
        } else {
            rest.push(number);
        }
    }
    first
        .into_iter()
        .chain(rest)
        .take(most)
        .map(|number| EvidenceItem::of(history, &history.rows[number as usize]))
        .collect()
}
