//! Bursts: days on which a subject has more texts than its baseline expects, over all subjects at one false-discovery
//! rate.

use super::baseline::{Cell, Expected, Strictness, baseline, dispersions, pasts, spread};
use super::distributions::negative_binomial_tail;
use super::false_discovery::{LOOSEST_P, NullCounts, scans};
use super::outlet_activity::Outlets;
use super::story_weights::Copying;
use crate::parallel::{of_each, of_parts};

/// Most texts of one outlet that count on one day, so that a single outlet cannot make a burst.
pub(crate) const CAP: u32 = 2;
/// A day with a lower p-value against the days of a running burst starts a new burst.
const LEAP_P: f64 = 1e-3;
/// A day with this p-value or a higher one is not raised; a longer scan that ends on it only repeats what earlier days
/// showed.
pub(crate) const RAISED_P: f64 = 0.2;
/// With fewer stories a day in scope, the feed is a chronicle rather than a news feed.
pub(crate) const SPARSE_A_DAY: f64 = 2.0;
/// Fewest stories on a day that starts a new burst.
const LEAP_TEXTS: u32 = 8;
/// Rates, in stories a day, that separate the strata. Rare and busy subjects differ in how often their bursts are real,
/// and with one threshold the many silent subjects would set it for the few that are always in the news (Efron 2008;
/// Sun, Craiu, Paterson and Bull 2006).
const STRATA: [f64; 3] = [0.02, 0.1, 0.5];

/// Kinds of subjects, each with its own false-discovery rate, so that thousands of names do not raise the bar for a
/// place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Places and pairs of actors.
    Places,
    /// Any other tag.
    Tags,
    /// Actors together with a theme or with the class of their interaction.
    Themes,
}

/// The number of families.
const FAMILIES: usize = 3;

/// A burst of one subject; days are numbers in the calendar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Burst {
    pub(crate) subject: usize,
    pub(crate) start: usize,
    pub(crate) peak: usize,
    pub(crate) end: usize,
    pub(crate) count: u32,
    pub(crate) mean: f64,
    /// The smallest p-value of its days.
    pub(crate) p: f64,
}

/// The counts that are searched, by subject.
pub(crate) struct Counted<'a> {
    pub(crate) families: &'a [Family],
    /// Stories, which is what bursts are counted in.
    pub(crate) units: &'a [Vec<Cell>],
    /// Texts, which show whether several outlets support a day.
    pub(crate) texts: &'a [Vec<Cell>],
    pub(crate) copying: &'a Copying,
}

/// A subject, a day and its p-value.
type Hit = (usize, usize, f64);

/// Searches all subjects for bursts from day `report_from` on; earlier days only serve as the past. Also returns the
/// baseline of every subject, empty for subjects without a hit.
pub(crate) fn search(
    counted: &Counted<'_>,
    outlets: &Outlets,
    days: usize,
    report_from: usize,
    strict: &Strictness,
) -> (Vec<Burst>, Vec<Vec<Expected>>) {
    let &Counted { families, units, texts, copying } = counted;
    let pasts = pasts(outlets, days, strict);
    let baseline = |subject: usize, phi: f64| baseline(&units[subject], outlets, days, strict, &pasts, phi);
    // The dispersions come first, then every baseline again with its own. Baselines of subjects without a hit are
    // dropped to save memory.
    let spreads = of_each(units.len(), 64, |subject| spread(&baseline(subject, 2.0)));
    let phis = dispersions(&spreads);
    let tested = of_parts(units.len(), 64, |subjects| {
        let mut strata = vec![(NullCounts::default(), Vec::new()); FAMILIES * (STRATA.len() + 1)];
        let mut baselines = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let total: u32 = units[subject].iter().map(|cell| cell.texts).sum();
            let rate = f64::from(total) / (days as f64).max(1.0);
            let (null, hits) = &mut strata
                [families[subject] as usize * (STRATA.len() + 1) + STRATA.partition_point(|&least| least <= rate)];
            let baseline = baseline(subject, phis[subject]);
            let known = hits.len();
            for day in report_from..days {
                let mut least: f64 = 1.0;
                for scan in scans(&baseline, day, phis[subject]) {
                    null.add(&scan, rate);
                    // A scan whose last day is empty adds nothing to the scan of the day before.
                    if scan.texts >= 1
                        && alone(&baseline[day]) < RAISED_P
                        && newsrooms(&texts[subject], outlets, scan.from, day) >= strict.newsrooms_min
                    {
                        // The number of texts or their weight: either may be significant alone.
                        let heavy = copying.tail(scan.weight, 1, scan.mean, scan.phi);
                        let many = negative_binomial_tail(scan.texts.max(2), scan.mean, scan.phi);
                        least = least.min(if scan.texts > 1 { heavy.min(many) } else { heavy });
                    }
                }
                if least < LOOSEST_P {
                    hits.push((subject, day, least));
                }
            }
            // Thousands of subjects have no hit, and their baselines would take more memory than everything else.
            baselines.push(if hits.len() > known { baseline } else { Vec::new() });
        }
        (strata, baselines)
    });
    let mut strata: Vec<(NullCounts, Vec<Hit>)> = vec![Default::default(); FAMILIES * (STRATA.len() + 1)];
    let mut baselines: Vec<Vec<Expected>> = Vec::with_capacity(units.len());
    for (part, of_part) in tested {
        for ((null, hits), (more, found)) in strata.iter_mut().zip(part) {
            null.append(&more);
            hits.extend(found);
        }
        baselines.extend(of_part);
    }
    let values: Vec<Vec<f64>> = strata.iter().map(|(_, hits)| sorted(hits)).collect();
    // If the scope has few stories, each was chosen by an editor, and a proportional error rate would
    // hide what two outlets report of a place that nobody else covers. A fixed number of false alarms a day is accepted
    // there instead.
    let length = days.saturating_sub(report_from) as f64;
    let tested = values.iter().filter(|values| !values.is_empty()).count().max(1) as f64;
    let allowed =
        if copying.stories() < SPARSE_A_DAY * days as f64 { strict.false_a_day * length / tested } else { 0.0 };
    let mut found: Vec<Hit> = Vec::new();
    for ((null, hits), values) in strata.iter().zip(&values) {
        let threshold = null.threshold(copying, values, strict.rate, allowed);
        found.extend(hits.iter().filter(|&&(_, _, p)| p <= threshold));
    }
    found.sort_by_key(|&(subject, day, _)| (subject, day));
    (join(&found, &baselines), baselines)
}

fn sorted(hits: &[Hit]) -> Vec<f64> {
    let mut values: Vec<f64> = hits.iter().map(|&(_, _, p)| p).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// Returns the number of outlets that have a past and an original text on these days.
fn newsrooms(cells: &[Cell], panel: &Outlets, from: usize, to: usize) -> u32 {
    let start = cells.partition_point(|cell| (cell.day as usize) < from);
    let mut outlets: Vec<u32> = cells[start..]
        .iter()
        .take_while(|cell| cell.day as usize <= to)
        .filter(|cell| panel.counts(cell.outlet, cell.day as usize))
        .map(|cell| cell.outlet)
        .collect();
    outlets.sort_unstable();
    outlets.dedup();
    outlets.len() as u32
}

/// Returns the p-value of a day without the days around it, at a low dispersion.
fn alone(day: &Expected) -> f64 {
    negative_binomial_tail(day.texts, day.mean, 1.3)
}

/// Whether a day is unusual even after the burst it follows: a crisis that becomes a war is a new burst.
fn leaps(before: &[Expected], day: &Expected) -> bool {
    let mean = before.iter().map(|day| f64::from(day.texts)).sum::<f64>() / before.len().max(1) as f64;
    day.texts >= LEAP_TEXTS && negative_binomial_tail(day.texts, mean.max(1.0), 2.0) < LEAP_P
}

/// Joins hits of one subject with at most one day between them into one burst. It begins where the count first rose
/// above its mean.
fn join(hits: &[Hit], baselines: &[Vec<Expected>]) -> Vec<Burst> {
    let mut bursts: Vec<Burst> = Vec::new();
    for &(subject, day, p) in hits {
        let baseline = &baselines[subject];
        let running = bursts.last_mut().filter(|last| last.subject == subject && day <= last.end + 2);
        if let Some(last) = running.filter(|last| !leaps(&baseline[last.start..=last.end], &baseline[day])) {
            last.end = day;
            last.p = last.p.min(p);
            continue;
        }
        let mut start = day;
        // If the day alone would not be a hit, the three-day scan has found a rise that began earlier.
        if alone(&baseline[day]) >= LOOSEST_P {
            start = (day.saturating_sub(2)..day).find(|&earlier| alone(&baseline[earlier]) < RAISED_P).unwrap_or(day);
        }
        bursts.push(Burst { subject, start, peak: day, end: day, count: 0, mean: 0.0, p });
    }
    for burst in &mut bursts {
        let baseline = &baselines[burst.subject];
        let days = burst.start..=burst.end;
        burst.peak =
            days.clone().max_by_key(|&day| (baseline[day].weight, std::cmp::Reverse(day))).unwrap_or(burst.start);
        burst.count = days.clone().map(|day| baseline[day].texts).sum();
        burst.mean = days.map(|day| baseline[day].mean).sum();
    }
    bursts
}
