//! Bursts: days on which a subject has more than its baseline lets expect, over all subjects at one rate of false discoveries.

use std::collections::BTreeMap;

use super::compound::Copying;
use super::panel::Outlets;
use super::statistics::negative_binomial_tail;

/// Most texts of one outlet that count on one day: a flood of one newsroom is one newsroom's.
pub(crate) const CAP: u32 = 2;
/// Lengths in days that are scanned for.
const SCANS: [usize; 2] = [1, 3];
/// Prior weight, in expected items, of the dispersion that all subjects share.
const DISPERSION_PRIOR: f64 = 15.0;
/// A day below this p-value is a burst beyond doubt and left out of the dispersion: what happened is not to hide what happens next.
const CLEAR_BURST_P: f64 = 3e-3;
/// A day below this p-value stands above the days of a burst that runs.
const LEAP_P: f64 = 1e-3;
/// A day at or above this is not raised; a longer scan that ends on it only repeats what the days before it said.
pub(crate) const RAISED_P: f64 = 0.2;
/// The loosest p-value that is ever looked at.
const LOOSEST_P: f64 = 0.01;
/// Fewer stories of the beat a day than these are a chronicle and no news feed.
const SPARSE_A_DAY: f64 = 2.0;
/// Fewest stories of a day that makes a burst begin again.
const LEAP_TEXTS: u32 = 8;
/// A day below this p-value is held down in the baseline of the days behind it, so that one burst does not hide the next.
const HELD_DOWN_P: f64 = 0.01;

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

/// What an outlet said of a subject on a day, capped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) day: u32,
    pub(crate) outlet: u32,
    /// Texts of its own.
    pub(crate) texts: u32,
    /// Their weights together, see [`super::compound::Surprisal`].
    pub(crate) weight: u32,
}

/// What the baseline expects of a subject on a day, and what came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Expected {
    /// Texts of outlets with a past, capped an outlet.
    pub(crate) texts: u32,
    /// Their weights together.
    pub(crate) weight: u32,
    pub(crate) newsrooms: u32,
    /// Texts expected.
    pub(crate) mean: f64,
    /// What of them is not from the past but added: half a text in the whole window.
    pub(crate) added: f64,
    /// Weight of the past that the mean rests on, in days; zero where there is no baseline yet.
    pub(crate) past: f64,
}

/// How strict the search is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strictness {
    pub(crate) baseline_days: usize,
    pub(crate) warm_up_days: usize,
    pub(crate) newsrooms_min: u32,
    pub(crate) rate: f64,
    /// False discoveries borne in a day in any case.
    pub(crate) false_a_day: f64,
}

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

/// The baseline of one subject on every day. Cells are sorted by day.
///
/// For each outlet the mean of its alive days in the window, by their weekday's weight; summed over the outlets alive on the day.
pub(crate) fn baseline(
    cells: &[Cell],
    outlets: &Outlets,
    days: usize,
    strict: &Strictness,
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
        let past: f64 = outlets.weights[window..day].iter().sum();
        let mut mean = 0.0;
        for &outlet in &active {
            if outlets.alive(outlet, day) && outlets.counts(outlet, day) {
                let exposure = outlets.exposure(outlet, window, day).max(past.min(14.0)).max(1.0);
                mean += sums[outlet as usize] / exposure;
            }
        }
        // Half an item in the whole window: what never was may still come.
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
            // Held down to two standard deviations above the mean, so that a lasting rise is still learned.
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

/// Squared deviations and expected items of a course, summed over its days without those that are bursts beyond doubt.
/// Their quotient is the index of dispersion; sums and not means of quotients, so that days that expect next to nothing do not rule it.
fn spread(course: &[Expected]) -> (f64, f64) {
    let mut sums = (0.0, 0.0);
    for day in course.iter().filter(|day| day.past > 0.0) {
        if negative_binomial_tail(day.texts, day.mean, 1.6) >= CLEAR_BURST_P {
            sums.0 += (f64::from(day.texts) - day.mean).powi(2);
            sums.1 += day.mean;
        }
    }
    sums
}

/// The dispersion of every subject, drawn toward what subjects of about the same rate share: a busy subject is the sum of many matters and
/// spreads wider than a rare one, whatever its clusters.
fn dispersions(spreads: &[(f64, f64)]) -> Vec<f64> {
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
            // The two classes beside it count half; ten items of dispersion 1.5 stand for what is not known.
            let near =
                (-1..=1).filter_map(|step| Some((classes.get(&(own + step))?, if step == 0 { 1.0 } else { 0.5 })));
            let sum =
                near.fold((15.0, 10.0), |sum, (class, weight)| (sum.0 + class.0 * weight, sum.1 + class.1 * weight));
            let shared = (sum.0 / sum.1).clamp(1.01, 8.0);
            ((squares + shared * DISPERSION_PRIOR) / (expected + DISPERSION_PRIOR)).clamp(1.01, 12.0)
        })
        .collect()
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
    // The dispersions first, then every baseline again with its own.
    let spreads = of_each(units, |subject| spread(&baseline(&units[subject], outlets, days, strict, 2.0)));
    let phis = dispersions(&spreads);
    let courses = of_each(units, |subject| baseline(&units[subject], outlets, days, strict, phis[subject]));

    let mut strata: Vec<(NullCounts<'_>, Vec<Hit>)> = (0..FAMILIES * (STRATA.len() + 1))
        .map(|_| (NullCounts { bins: BTreeMap::new(), copying }, Vec::new()))
        .collect();
    for (subject, course) in courses.iter().enumerate() {
        let told: u32 = units[subject].iter().map(|cell| cell.texts).sum();
        let rate = f64::from(told) / (days as f64).max(1.0);
        let (null, hits) = &mut strata
            [families[subject] as usize * (STRATA.len() + 1) + STRATA.partition_point(|&least| least <= rate)];
        for day in report_from..days {
            let mut least: f64 = 1.0;
            for scan in scans(course, day, phis[subject]) {
                null.add(&scan, rate);
                // A scan of days of which the last is empty says nothing that the day before did not.
                if alone(&course[day]) < RAISED_P
                    && scan.texts >= 1
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
    }
    let values: Vec<Vec<f64>> = strata.iter().map(|(_, hits)| sorted(hits)).collect();
    // Of a beat that is told in a story now and then each was chosen by an editor; a share of next to nothing would hide what two newsrooms tell
    // of a place that nobody else writes of. What is borne there is a number a day instead.
    let length = days.saturating_sub(report_from) as f64;
    let tested = values.iter().filter(|values| !values.is_empty()).count().max(1) as f64;
    let borne = if copying.stories() < SPARSE_A_DAY * days as f64 { strict.false_a_day * length / tested } else { 0.0 };
    let mut found: Vec<Hit> = Vec::new();
    for ((null, hits), values) in strata.iter().zip(&values) {
        let threshold = null.threshold(values, strict.rate, borne);
        found.extend(hits.iter().filter(|&&(_, _, p)| p <= threshold));
    }
    found.sort_by_key(|&(subject, day, _)| (subject, day));
    (join(&found, &courses), courses)
}

/// What `work` makes of every subject, in their order, on all cores: subjects know nothing of each other.
fn of_each<T: Send>(units: &[Vec<Cell>], work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let length = units.len().div_ceil(cores).max(64);
    let work = &work;
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..units.len())
            .step_by(length)
            .map(|from| scope.spawn(move || (from..units.len().min(from + length)).map(work).collect::<Vec<T>>()))
            .collect();
        let whole = |part: std::thread::ScopedJoinHandle<'_, Vec<T>>| {
            part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        parts.into_iter().flat_map(whole).collect()
    })
}

fn sorted(hits: &[Hit]) -> Vec<f64> {
    let mut values: Vec<f64> = hits.iter().map(|&(_, _, p)| p).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// A run of days that is tested as one.
struct Scan {
    from: usize,
    texts: u32,
    weight: u32,
    mean: f64,
    phi: f64,
    /// What of the mean is not from the past but added.
    added: f64,
    days: usize,
    /// The share of its tests that are made: a scan counts only where its last day has a text, which of two texts thrown on L days
    /// happens in (2L - 1) of L² cases.
    share: f64,
}

/// The scans that end on a day and have a baseline.
fn scans(course: &[Expected], day: usize, phi: f64) -> impl Iterator<Item = Scan> {
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
        (past > 0.0).then(|| Scan {
            from,
            texts,
            weight,
            mean,
            phi: phi * (1.0 + days / past),
            added,
            days: length,
            share: (2.0 * days - 1.0) / (days * days),
        })
    })
}

/// How many false discoveries a threshold would let through, were there nothing to discover: the sum over all tests of the greatest p-value that
/// each can attain at or below the threshold. Counts are small, so most tests cannot attain a small p at all; taking that into account is
/// Heyse's (2011) form of the procedure of Benjamini and Hochberg for discrete tests.
struct NullCounts<'a> {
    /// Tests by expected texts, by rate, and by dispersion, in steps of a tenth of their logarithms.
    bins: BTreeMap<(i32, i32, i32), f64>,
    copying: &'a Copying,
}

impl NullCounts<'_> {
    /// `rate` is what the subject gives over the whole calendar. The mean that a p-value is made with has half a text added, so that
    /// what never was may come; counted over thousands of silent subjects that half text would be a crowd that never comes.
    fn add(&mut self, scan: &Scan, rate: f64) {
        let bin = |value: f64| (value.max(1e-9).ln() * 10.0).round() as i32;
        let days = scan.days as f64;
        let rate = scan.mean.min((rate * days).max(scan.mean - scan.added));
        *self.bins.entry((bin(scan.mean), bin(rate), bin(scan.phi))).or_default() += scan.share;
    }

    fn expected(&self, threshold: f64) -> f64 {
        let mut sum = 0.0;
        for (&(mean, rate, phi), &tests) in &self.bins {
            let [mean, rate, phi] = [mean, rate, phi].map(|bin| (f64::from(bin) / 10.0).exp());
            let least = 1;
            let heavy = reach(least, threshold, |weight| self.copying.tail(weight, least, mean, phi));
            let many = reach(2, threshold, |texts| negative_binomial_tail(texts, mean, phi));
            // Either makes a discovery; both together are counted once.
            sum += tests
                * (negative_binomial_tail(many, rate, phi) + self.copying.tail_below(heavy, least, many, rate, phi));
        }
        sum
    }

    /// The loosest threshold whose expected false discoveries are at most the wanted share of its discoveries, or as many as are borne in any case.
    fn threshold(&self, sorted: &[f64], rate: f64, borne: f64) -> f64 {
        let mut threshold = LOOSEST_P;
        while threshold > 1e-15 {
            let discoveries = sorted.partition_point(|&p| p <= threshold);
            if discoveries == 0 {
                return 0.0;
            }
            if self.expected(threshold) <= (rate * discoveries as f64).max(borne) {
                return threshold;
            }
            threshold *= 0.95;
        }
        0.0
    }
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
