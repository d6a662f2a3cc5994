//! False-discovery control for discrete p-values (Heyse 2011).

use std::collections::BTreeMap;

use super::baseline::Expected;
use super::distributions::negative_binomial_tail;
use super::story_weights::Copying;
use crate::parallel::of_each;

/// The lengths of the scans, in days.
const SCANS: [usize; 2] = [1, 3];
/// The largest p-value that is considered.
pub(crate) const LOOSEST_P: f64 = 0.01;
/// Consecutive days that are tested as one.
pub(crate) struct Scan {
    pub(crate) from: usize,
    pub(crate) texts: u32,
    pub(crate) weight: u32,
    pub(crate) mean: f64,
    pub(crate) phi: f64,
    /// The part of `mean` that does not come from the past; see [`Expected::added`].
    added: f64,
    days: usize,
}

/// Returns the scans that end on a day and have a baseline.
pub(crate) fn scans(baseline: &[Expected], day: usize, phi: f64) -> impl Iterator<Item = Scan> {
    SCANS.into_iter().filter_map(move |length| {
        let from = (day + 1).checked_sub(length)?;
        let (mut texts, mut weight, mut mean, mut added, mut past) = (0, 0, 0.0, 0.0, f64::MAX);
        for today in &baseline[from..=day] {
            texts += today.texts;
            weight += today.weight;
            mean += today.mean;
            added += today.added;
            past = past.min(today.past);
        }
        // The mean is an estimate: its variance adds to that of the count, in proportion to the scanned share of the
        // past.
        let days = length as f64;
        (past > 0.0).then(|| Scan { from, texts, weight, mean, phi: phi * (1.0 + days / past), added, days: length })
    })
}

/// How many false discoveries a threshold would let through if there were nothing to discover: the sum over all tests
/// of the largest p-value at or below the threshold that each can attain. Counts are small, so most tests cannot attain
/// a small p-value at all. Taking that into account is Heyse's (2011) form of the procedure of Benjamini and Hochberg
/// for discrete tests.
#[derive(Clone, Default)]
pub(crate) struct NullCounts {
    /// The number of tests, by length in days, expected texts, rate and dispersion.
    bins: BTreeMap<Key, u32>,
}

/// Length in days, expected texts, rate, dispersion.
type Key = (usize, Bin, Bin, Bin);

/// Bins that are summed in one part.
const PART_BINS: usize = 256;

/// A number rounded to a sixteenth of a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bin(u32);

impl Bin {
    /// The sign, the exponent and the first four bits of the fraction (IEEE 754, binary64).
    const BITS: u32 = 48;

    fn of(value: f64) -> Bin {
        Bin((value.max(1e-9).to_bits() >> Bin::BITS) as u32)
    }

    /// Returns the middle of the bin.
    fn value(self) -> f64 {
        f64::from_bits((u64::from(self.0) << Bin::BITS) | 1 << (Bin::BITS - 1))
    }
}

impl NullCounts {
    /// Adds a test. `rate` is the subject's texts a day over the whole calendar. The mean used for p-values includes
    /// half a text for what has never happened yet; summed over thousands of silent subjects, these halves would expect
    /// crowds that never come.
    pub(crate) fn add(&mut self, scan: &Scan, rate: f64) {
        let rate = scan.mean.min((rate * scan.days as f64).max(scan.mean - scan.added));
        *self.bins.entry((scan.days, Bin::of(scan.mean), Bin::of(rate), Bin::of(scan.phi))).or_default() += 1;
    }

    pub(crate) fn append(&mut self, other: &NullCounts) {
        for (bin, tests) in &other.bins {
            *self.bins.entry(*bin).or_default() += tests;
        }
    }

    /// Sums the bins, in parts of fixed length so that the sum is the same on any number of cores.
    fn expected(bins: &[(Key, u32)], copying: &Copying, threshold: f64) -> f64 {
        let of_bin = |&((days, mean, rate, phi), tests): &(Key, u32)| {
            let [mean, rate, phi] = [mean, rate, phi].map(Bin::value);
            let least = 1;
            let heavy = reach(least, threshold, |weight| copying.tail(weight, least, mean, phi));
            let many = reach(2, threshold, |texts| negative_binomial_tail(texts, mean, phi));
            // Either makes a discovery; both together count once.
            f64::from(tests)
                * share(days)
                * (negative_binomial_tail(many, rate, phi) + copying.tail_below(heavy, least, many, rate, phi))
        };
        let parts: Vec<&[(Key, u32)]> = bins.chunks(PART_BINS).collect();
        of_each(parts.len(), 1, |part| parts[part].iter().map(of_bin).sum::<f64>()).into_iter().sum()
    }

    /// Returns the loosest threshold whose expected false discoveries are at most the given share (`rate`) of its
    /// discoveries, or at most `allowed`. It searches in large steps, then in small ones from the last large step that
    /// was too loose.
    pub(crate) fn threshold(&self, copying: &Copying, sorted: &[f64], rate: f64, allowed: f64) -> f64 {
        let bins: Vec<(Key, u32)> = self.bins.iter().map(|(key, tests)| (*key, *tests)).collect();
        let discoveries = |threshold: f64| sorted.partition_point(|&p| p <= threshold);
        let holds = |threshold: f64| {
            Self::expected(&bins, copying, threshold) <= (rate * discoveries(threshold) as f64).max(allowed)
        };
        let descend = |from: f64, step: f64| {
            std::iter::successors(Some(from), |threshold| Some(threshold * step))
                .take_while(|&threshold| threshold > 1e-15 && discoveries(threshold) > 0)
                .find(|&threshold| holds(threshold))
        };
        let great: f64 = 0.8;
        let Some(tight) = descend(LOOSEST_P, great) else { return 0.0 };
        if tight >= LOOSEST_P {
            return tight;
        }
        descend(tight / great * 0.95, 0.95).unwrap_or(tight).max(tight)
    }
}

/// Returns the share of scans that are tested: a scan counts only if its last day has a text, which for two texts
/// spread at random over L days happens in (2L - 1) of L² cases.
fn share(days: usize) -> f64 {
    let days = days as f64;
    (2.0 * days - 1.0) / (days * days)
}

/// Returns the smallest value from `least` on whose tail is at or below the threshold, by doubling and bisection.
fn reach(least: u32, threshold: f64, tail: impl Fn(u32) -> f64) -> u32 {
    let (mut low, mut high) = (least, least.max(1));
    while tail(high) > threshold && high < 1 << 24 {
        low = high + 1;
        high *= 2;
    }
    while low < high {
        let middle = low.midpoint(high);
        if tail(middle) > threshold { low = middle + 1 } else { high = middle }
    }
    low
}
