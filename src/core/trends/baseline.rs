//! The baseline: how many items of a subject the past leads us to expect on a day, and how widely the counts vary.

use std::collections::BTreeMap;

use super::distributions::negative_binomial_tail;
use super::outlet_activity::Outlets;

/// Weight of the shared dispersion as a prior, in expected items.
const DISPERSION_PRIOR: f64 = 15.0;
/// A day with a lower p-value is certainly a burst and is left out of the dispersion, so that it does not hide later
/// bursts.
const CLEAR_BURST_P: f64 = 3e-3;
/// A day with a lower p-value is capped in the baselines of later days, so that one burst does not hide the next.
const HELD_DOWN_P: f64 = 0.01;

/// The parameters of the burst search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strictness {
    pub(crate) baseline_days: usize,
    pub(crate) warm_up_days: usize,
    pub(crate) newsrooms_min: u32,
    pub(crate) rate: f64,
    /// False discoveries a day that are accepted in any case.
    pub(crate) false_a_day: f64,
}

/// The texts of one outlet about a subject on one day, capped at [`super::burst::CAP`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) day: u32,
    pub(crate) outlet: u32,
    /// Texts that are not copies.
    pub(crate) texts: u32,
    /// Sum of their weights; see [`super::story_weights::Surprisal`].
    pub(crate) weight: u32,
}

/// What the baseline expects of a subject on a day, and what was observed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Expected {
    /// Texts of outlets that have a past, capped for each outlet.
    pub(crate) texts: u32,
    /// Sum of their weights.
    pub(crate) weight: u32,
    pub(crate) newsrooms: u32,
    /// Texts expected.
    pub(crate) mean: f64,
    /// The part of `mean` that does not come from the past: half a text in the whole window.
    pub(crate) added: f64,
    /// Weight of the past that the mean rests on, in days; 0 if there is no baseline yet.
    pub(crate) past: f64,
}

/// Returns the baseline of one subject for every day. `cells` must be sorted by day.
///
/// For each outlet it takes the mean of its active days in the window, adjusted for the day of the week, and sums these
/// over the outlets that are active on the day.
pub(crate) fn baseline(
    cells: &[Cell],
    outlets: &Outlets,
    days: usize,
    strict: &Strictness,
    pasts: &[f64],
    dispersion: f64,
) -> Vec<Expected> {
    let mut by_day: Vec<(usize, usize)> = vec![(0, 0); days];
    let mut place = 0;
    for (day, range) in by_day.iter_mut().enumerate() {
        let from = place;
        while cells.get(place).is_some_and(|cell| cell.day as usize == day) {
            place += 1;
        }
        *range = (from, place);
    }
    let mut sums = vec![0.0f64; outlets.len()];
    let mut active: Vec<u32> = Vec::new();
    let mut scale = vec![1.0f64; days];
    let mut out = vec![Expected::default(); days];
    for day in 0..days {
        let window = day.saturating_sub(strict.baseline_days);
        if day > strict.baseline_days {
            let gone = day - strict.baseline_days - 1;
            for cell in &cells[by_day[gone].0..by_day[gone].1] {
                let sum = &mut sums[cell.outlet as usize];
                *sum = (*sum - f64::from(cell.texts) * scale[gone]).max(0.0);
            }
        }
        active.retain(|&outlet| sums[outlet as usize] > 1e-9);
        let past = pasts[day];
        let mut mean = 0.0;
        for &outlet in &active {
            if outlets.alive(outlet, day) && outlets.counts(outlet, day) {
                let exposure = outlets.exposure(outlet, window, day).max(past.min(14.0)).max(1.0);
                mean += sums[outlet as usize] / exposure;
            }
        }
        // Half an item in the whole window, since something that has never happened may still happen.
        let added = 0.5 / (past + 14.0) * outlets.weights[day];
        let mean = mean * outlets.weights[day] + added;
        let today = &cells[by_day[day].0..by_day[day].1];
        let (mut texts, mut weight, mut newsrooms) = (0, 0, 0);
        for cell in today.iter().filter(|cell| outlets.counts(cell.outlet, day)) {
            texts += cell.texts;
            weight += cell.weight;
            newsrooms += 1;
        }
        let past = if day >= strict.warm_up_days { past } else { 0.0 };
        out[day] = Expected { texts, weight, newsrooms, mean, added, past };
        if past > 0.0 && negative_binomial_tail(texts, mean, dispersion) < HELD_DOWN_P {
            // Capped at two standard deviations above the mean, so that a lasting rise is still learned.
            scale[day] = ((mean + 2.0 * (dispersion * mean).sqrt()) / f64::from(texts.max(1))).min(1.0);
        }
        for cell in today {
            if sums[cell.outlet as usize] <= 1e-9 {
                active.push(cell.outlet);
            }
            sums[cell.outlet as usize] += f64::from(cell.texts) * scale[day];
        }
        active.sort_unstable();
        active.dedup();
    }
    out
}

/// For every day, the weight of the days of the window before it.
pub(crate) fn pasts(outlets: &Outlets, days: usize, strict: &Strictness) -> Vec<f64> {
    (0..days).map(|day| outlets.weights[day.saturating_sub(strict.baseline_days)..day].iter().sum()).collect()
}

/// Returns the squared deviations and the expected items of a subject, each summed over its days except clear bursts.
/// Their quotient is the index of dispersion. Sums rather than a mean of quotients, so that days that expect almost
/// nothing do not dominate.
pub(crate) fn spread(baseline: &[Expected]) -> (f64, f64) {
    let mut sums = (0.0, 0.0);
    for day in baseline.iter().filter(|day| day.past > 0.0) {
        if negative_binomial_tail(day.texts, day.mean, 1.6) >= CLEAR_BURST_P {
            sums.0 += (f64::from(day.texts) - day.mean).powi(2);
            sums.1 += day.mean;
        }
    }
    sums
}

/// Returns the dispersion of every subject, shrunk towards that of subjects with a similar rate: a busy subject is a
/// sum of many topics and varies more than a rare one.
pub(crate) fn dispersions(spreads: &[(f64, f64)]) -> Vec<f64> {
    let class = |expected: f64| (expected.max(1e-3).ln() / 0.7).round() as i32;
    let mut classes: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    for &(squares, expected) in spreads {
        let sum = classes.entry(class(expected)).or_default();
        *sum = (sum.0 + squares, sum.1 + expected);
    }
    spreads
        .iter()
        .map(|&(squares, expected)| {
            let own = class(expected);
            // The neighbouring classes count half; ten items of dispersion 1.5 are the prior.
            let near =
                (-1..=1).filter_map(|step| Some((classes.get(&(own + step))?, if step == 0 { 1.0 } else { 0.5 })));
            let sum =
                near.fold((15.0, 10.0), |sum, (class, weight)| (sum.0 + class.0 * weight, sum.1 + class.1 * weight));
            let shared = (sum.0 / sum.1).clamp(1.01, 8.0);
            ((squares + shared * DISPERSION_PRIOR) / (expected + DISPERSION_PRIOR)).clamp(1.01, 12.0)
        })
        .collect()
}
