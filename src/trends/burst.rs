//! Bursts: days on which a subject has more than its baseline lets expect, over all subjects at one rate of false discoveries.

use super::baseline::{Cell, Expected, Strictness, baseline, dispersions, pasts, spread};
use super::distributions::negative_binomial_tail;
use super::false_discovery::{LOOSEST_P, NullCounts, scans};
use super::outlet_activity::Outlets;
use super::parallel::{of_each, of_parts};
use super::story_weights::Copying;

/// Most texts of one outlet that count on one day: a flood of one newsroom is one newsroom's.
pub(crate) const CAP: u32 = 2;
/// A day below this p-value stands above the days of a burst that runs.
const LEAP_P: f64 = 1e-3;
/// A day at or above this is not raised; a longer scan that ends on it only repeats what the days before it said.
pub(crate) const RAISED_P: f64 = 0.2;
/// Fewer stories of the beat a day than these are a chronicle and no news feed.
const SPARSE_A_DAY: f64 = 2.0;
/// Fewest stories of a day that makes a burst begin again.
const LEAP_TEXTS: u32 = 8;
/// Rates, in stories a day, that part the strata. Rare and busy subjects differ in how often their bursts are real, and one threshold for all would
/// let the many silent ones set it for the few that are always in the news (Efron 2008; Sun, Craiu, Paterson and Bull 2006).
const STRATA: [f64; 3] = [0.02, 0.1, 0.5];

/// Kinds of subjects, each with its own rate of false discoveries: a place is not to wait for what thousands of names allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Places and pairs of actors.
    Places,
    /// Any other tag.
    Tags,
    /// Actors together with a matter or with what passed between them.
    Matters,
}

/// How many families there are.
const FAMILIES: usize = 3;

/// A subject's burst, in days of the calendar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Burst {
    pub(crate) subject: usize,
    pub(crate) start: usize,
    pub(crate) peak: usize,
    pub(crate) end: usize,
    pub(crate) count: u32,
    pub(crate) mean: f64,
    /// The least p-value of its days.
    pub(crate) p: f64,
}

/// What is searched, subject by subject.
pub(crate) struct Counted<'a> {
    pub(crate) families: &'a [Family],
    /// Stories: what is counted.
    pub(crate) units: &'a [Vec<Cell>],
    /// Texts: what tells whether two newsrooms support a day.
    pub(crate) texts: &'a [Vec<Cell>],
    pub(crate) copying: &'a Copying,
}

/// A subject, a day and its p-value.
type Hit = (usize, usize, f64);

/// Searches all subjects. `report_from` is the first day whose bursts are asked for; the days before it are only past.
pub(crate) fn search(
    counted: &Counted<'_>,
    outlets: &Outlets,
    days: usize,
    report_from: usize,
    strict: &Strictness,
) -> (Vec<Burst>, Vec<Vec<Expected>>) {
    let &Counted { families, units, texts, copying } = counted;
    let pasts = pasts(outlets, days, strict);
    let course = |subject: usize, phi: f64| baseline(&units[subject], outlets, days, strict, &pasts, phi);
    // The dispersions first, then every baseline again with its own; that of a subject without a hit is let go of.
    let spreads = of_each(units.len(), 64, |subject| spread(&course(subject, 2.0)));
    let phis = dispersions(&spreads);
    let tested = of_parts(units.len(), 64, |subjects| {
        let mut strata = vec![(NullCounts::default(), Vec::new()); FAMILIES * (STRATA.len() + 1)];
        let mut courses = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let told: u32 = units[subject].iter().map(|cell| cell.texts).sum();
            let rate = f64::from(told) / (days as f64).max(1.0);
            let (null, hits) = &mut strata
                [families[subject] as usize * (STRATA.len() + 1) + STRATA.partition_point(|&least| least <= rate)];
            let course = course(subject, phis[subject]);
            let known = hits.len();
            for day in report_from..days {
                let mut least: f64 = 1.0;
                for scan in scans(&course, day, phis[subject]) {
                    null.add(&scan, rate);
                    // A scan of days of which the last is empty says nothing that the day before did not.
                    if scan.texts >= 1
                        && alone(&course[day]) < RAISED_P
                        && newsrooms(&texts[subject], outlets, scan.from, day) >= strict.newsrooms_min
                    {
                        // How many texts, or how heavy: either may stand out alone.
                        let heavy = copying.tail(scan.weight, 1, scan.mean, scan.phi);
                        let many = negative_binomial_tail(scan.texts.max(2), scan.mean, scan.phi);
                        least = least.min(if scan.texts > 1 { heavy.min(many) } else { heavy });
                    }
                }
                if least < LOOSEST_P {
                    hits.push((subject, day, least));
                }
            }
            // Thousands of subjects stand out on no day, and their courses would take more room than all else.
            courses.push(if hits.len() > known { course } else { Vec::new() });
        }
        (strata, courses)
    });
    let mut strata: Vec<(NullCounts, Vec<Hit>)> = vec![Default::default(); FAMILIES * (STRATA.len() + 1)];
    let mut courses: Vec<Vec<Expected>> = Vec::with_capacity(units.len());
    for (part, of_part) in tested {
        for ((null, hits), (more, found)) in strata.iter_mut().zip(part) {
            null.append(&more);
            hits.extend(found);
        }
        courses.extend(of_part);
    }
    let values: Vec<Vec<f64>> = strata.iter().map(|(_, hits)| sorted(hits)).collect();
    // Of a beat that is told in a story now and then each was chosen by an editor; a share of next to nothing would hide what two newsrooms tell
    // of a place that nobody else writes of. What is borne there is a number a day instead.
    let length = days.saturating_sub(report_from) as f64;
    let tested = values.iter().filter(|values| !values.is_empty()).count().max(1) as f64;
    let borne = if copying.stories() < SPARSE_A_DAY * days as f64 { strict.false_a_day * length / tested } else { 0.0 };
    let mut found: Vec<Hit> = Vec::new();
    for ((null, hits), values) in strata.iter().zip(&values) {
        let threshold = null.threshold(copying, values, strict.rate, borne);
        found.extend(hits.iter().filter(|&&(_, _, p)| p <= threshold));
    }
    found.sort_by_key(|&(subject, day, _)| (subject, day));
    (join(&found, &courses), courses)
}

fn sorted(hits: &[Hit]) -> Vec<f64> {
    let mut values: Vec<f64> = hits.iter().map(|&(_, _, p)| p).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The outlets with a past that have a text of their own in these days.
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

/// How probable a day's texts are without the days around it, at a dispersion that asks little.
fn alone(day: &Expected) -> f64 {
    negative_binomial_tail(day.texts, day.mean, 1.3)
}

/// Whether a day stands above the days of a burst that it follows: a crisis that becomes a war begins again.
fn leaps(before: &[Expected], day: &Expected) -> bool {
    let mean = before.iter().map(|day| f64::from(day.texts)).sum::<f64>() / before.len().max(1) as f64;
    day.texts >= LEAP_TEXTS && negative_binomial_tail(day.texts, mean.max(1.0), 2.0) < LEAP_P
}

/// Days of one subject with at most one day between them are one burst. It begins where its count first rose over its mean.
fn join(hits: &[Hit], courses: &[Vec<Expected>]) -> Vec<Burst> {
    let mut bursts: Vec<Burst> = Vec::new();
    for &(subject, day, p) in hits {
        let course = &courses[subject];
        let running = bursts.last_mut().filter(|last| last.subject == subject && day <= last.end + 2);
        if let Some(last) = running.filter(|last| !leaps(&course[last.start..=last.end], &course[day])) {
            last.end = day;
            last.p = last.p.min(p);
            continue;
        }
        let mut start = day;
        // Where the day alone would not have been looked at, the scan of three days has found a rise that began before.
        if alone(&course[day]) >= LOOSEST_P {
            start = (day.saturating_sub(2)..day).find(|&earlier| alone(&course[earlier]) < RAISED_P).unwrap_or(day);
        }
        bursts.push(Burst { subject, start, peak: day, end: day, count: 0, mean: 0.0, p });
    }
    for burst in &mut bursts {
        let course = &courses[burst.subject];
        let days = burst.start..=burst.end;
        burst.peak =
            days.clone().max_by_key(|&day| (course[day].weight, std::cmp::Reverse(day))).unwrap_or(burst.start);
        burst.count = days.clone().map(|day| course[day].texts).sum();
        burst.mean = days.map(|day| course[day].mean).sum();
    }
    bursts
}
