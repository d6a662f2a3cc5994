//! Storylines: turning points that come back to the same person, organisation or project for weeks.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::options::Options;
use super::turning::{TurningKind, TurningPoint};

/// Days between one peak of a thread and the next.
const NEXT_DAYS: i32 = 45;
/// Peaks that make a thread.
const PEAKS_MIN: usize = 3;
/// A tag on more than this share of all turning points links nothing: it is what the report is about.
const COMMON_SHARE: f64 = 0.15;

/// A thread through the turning points of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Storyline {
    /// The tag that runs through it.
    pub tag: String,
    /// Its English label.
    pub label: String,
    /// Its peaks: date and title, by date.
    pub peaks: Vec<(Date, String)>,
}

/// Finds the threads, longest first; the burst that begins one becomes its start. `points` are sorted by date.
pub(crate) fn storylines(points: &mut [TurningPoint], options: &Options) -> Vec<Storyline> {
    let mut by_tag: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, point) in points.iter().enumerate() {
        // What stands far behind is company, not the matter itself.
        for tag in point
            .tags
            .iter()
            .take(2)
            .filter(|tag| !["place:", "topic:", "city:"].iter().any(|common| tag.starts_with(common)))
        {
            by_tag.entry(tag.clone()).or_default().push(place);
        }
    }
    let common = (points.len() as f64 * COMMON_SHARE).max(PEAKS_MIN as f64);
    let mut threads: Vec<(String, Vec<usize>)> = Vec::new();
    for (tag, places) in by_tag {
        if places.len() as f64 > common {
            continue;
        }
        let mut run: Vec<usize> = Vec::new();
        for place in places {
            let apart = run
                .last()
                .map(|&last| points[last].date.until(points[place].date).map_or(i32::MAX, |span| span.get_days()));
            if apart.is_some_and(|days| days > NEXT_DAYS) {
                threads.push((tag.clone(), std::mem::take(&mut run)));
            }
            run.push(place);
        }
        threads.push((tag.clone(), run));
    }
    // Two turning points of one day are one peak.
    let peaks = |run: &[usize]| {
        let mut dates: Vec<Date> = run.iter().map(|&place| points[place].date).collect();
        dates.dedup();
        dates.len()
    };
    threads.retain(|(_, run)| peaks(run) >= PEAKS_MIN);
    threads.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let mut taken: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for (tag, run) in threads {
        // The longest thread keeps its points; a shorter one that shares most of them is the same by another name.
        if run.iter().filter(|place| taken.contains(place)).count() * 2 >= run.len() {
            continue;
        }
        taken.extend(&run);
        found.push(Storyline {
            label: options.label(&tag),
            peaks: run.iter().map(|&place| (points[place].date, points[place].title.clone())).collect(),
            tag,
        });
        if let Some(first) =
            run.first().map(|&place| &mut points[place]).filter(|first| first.kind == TurningKind::Burst)
        {
            first.kind = TurningKind::StorylineStart;
        }
    }
    found
}
