//! The tests that are made, and the threshold at which they find what chance would not.

use std::collections::BTreeMap;

use super::baseline::Expected;
use super::distributions::negative_binomial_tail;
use super::parallel::of_each;
use super::story_weights::Copying;

/// Lengths in days that are scanned for.
const SCANS: [usize; 2] = [1, 3];
/// The loosest p-value that is ever looked at.
pub(crate) const LOOSEST_P: f64 = 0.01;
/// A run of days that is tested as one.
pub(crate) struct Scan {
    pub(crate) from: usize,
    pub(crate) texts: u32,
    pub(crate) weight: u32,
    pub(crate) mean: f64,
    pub(crate) phi: f64,
    /// What of the mean is not from the past but added.
    added: f64,
    days: usize,
}

/// The scans that end on a day and have a baseline.
pub(crate) fn scans(course: &[Expected], day: usize, phi: f64) -> impl Iterator<Item = Scan> {
    SCANS.into_iter().filter_map(move |length| {
        let from = (day + 1).checked_sub(length)?;
        let (mut texts, mut weight, mut mean, mut added, mut past) = (0, 0, 0.0, 0.0, f64::MAX);
        for today in &course[from..=day] {
            texts += today.texts;
            weight += today.weight;
            mean += today.mean;
            added += today.added;
            past = past.min(today.past);
        }
        // The mean is itself an estimate: its variance adds to the count's, by the share of the past that is scanned.
        let days = length as f64;
        (past > 0.0).then(|| Scan { from, texts, weight, mean, phi: phi * (1.0 + days / past), added, days: length })
    })
}

/// How many false discoveries a threshold would let through, were there nothing to discover: the sum over all tests of the greatest p-value that
/// each can attain at or below the threshold. Counts are small, so most tests cannot attain a small p at all; taking that into account is
/// Heyse's (2011) form of the procedure of Benjamini and Hochberg for discrete tests.
#[derive(Clone, Default)]
pub(crate) struct NullCounts {
    /// How many tests there are of a length in days, by expected texts, by rate, and by dispersion.
    bins: BTreeMap<Key, u32>,
}

/// Length in days, expected texts, rate, dispersion.
type Key = (usize, Bin, Bin, Bin);

/// Bins that are summed at a time.
const PART_BINS: usize = 256;

/// Numbers that are the same to a sixteenth of a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bin(u32);

impl Bin {
    /// The sign, the exponent and the first four bits of the fraction (IEEE 754, binary64).
    const BITS: u32 = 48;

    fn of(value: f64) -> Bin {
        Bin((value.max(1e-9).to_bits() >> Bin::BITS) as u32)
    }

    /// Its middle.
    fn value(self) -> f64 {
        f64::from_bits((u64::from(self.0) << Bin::BITS) | 1 << (Bin::BITS - 1))
    }
}

impl NullCounts {
    /// `rate` is what the subject gives over the whole calendar. The mean that a p-value is made with has half a text added, so that
    /// what never was may come; counted over thousands of silent subjects that half text would be a crowd that never comes.
    pub(crate) fn add(&mut self, scan: &Scan, rate: f64) {
        let rate = scan.mean.min((rate * scan.days as f64).max(scan.mean - scan.added));
        *self.bins.entry((scan.days, Bin::of(scan.mean), Bin::of(rate), Bin::of(scan.phi))).or_default() += 1;
    }

    pub(crate) fn append(&mut self, other: &NullCounts) {
        for (bin, tests) in &other.bins {
            *self.bins.entry(*bin).or_default() += tests;
        }
    }

    /// Of the bins, which are summed in parts of one length: their sum is the same on any number of cores.
    fn expected(bins: &[(Key, u32)], copying: &Copying, threshold: f64) -> f64 {
        let of_bin = |&((days, mean, rate, phi), tests): &(Key, u32)| {
            let [mean, rate, phi] = [mean, rate, phi].map(Bin::value);
            let least = 1;
            let heavy = reach(least, threshold, |weight| copying.tail(weight, least, mean, phi));
            let many = reach(2, threshold, |texts| negative_binomial_tail(texts, mean, phi));
            // Either makes a discovery; both together are counted once.
            f64::from(tests)
                * share(days)
                * (negative_binomial_tail(many, rate, phi) + copying.tail_below(heavy, least, many, rate, phi))
        };
        let parts: Vec<&[(Key, u32)]> = bins.chunks(PART_BINS).collect();
        of_each(parts.len(), 1, |part| parts[part].iter().map(of_bin).sum::<f64>()).into_iter().sum()
    }

    /// The loosest threshold whose expected false discoveries are at most the wanted share of its discoveries, or as many as are borne in any case:
    /// found in great steps, and then in small ones from the last great step that is too loose.
    pub(crate) fn threshold(&self, copying: &Copying, sorted: &[f64], rate: f64, borne: f64) -> f64 {
        let bins: Vec<(Key, u32)> = self.bins.iter().map(|(key, tests)| (*key, *tests)).collect();
        let discoveries = |threshold: f64| sorted.partition_point(|&p| p <= threshold);
        let holds = |threshold: f64| {
            Self::expected(&bins, copying, threshold) <= (rate * discoveries(threshold) as f64).max(borne)
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

/// The share of its tests that are made: a scan counts only where its last day has a text, which of two texts thrown on L days happens in
/// (2L - 1) of L² cases.
fn share(days: usize) -> f64 {
    let days = days as f64;
    (2.0 * days - 1.0) / (days * days)
}

/// The least value from `least` on whose tail is at or below the threshold, by doubling and halving.
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
