//! Outlet activity: which outlets were active on which day, and how much a day counts.
//!
//! A count means little unless we know who was counted. This corrects for three things: outlets that joined too
//! recently to have a past, outlets that were down, and the weekly rhythm.

use super::series::Ordered;

/// Days after its first item during which an outlet has no past to be compared with.
const FRESH_DAYS: usize = 14;
/// An outlet with at least this many items in those days has joined. A rarer one is too small to distort the counts.
const FRESH_ITEMS: u32 = 7;
/// A silence less probable than this, given the outlet's rate, is an outage rather than a quiet time.
const OUTAGE_P: f64 = 1e-3;

/// The activity of all outlets on every day of the calendar.
pub(crate) struct Outlets {
    days: usize,
    /// Sum of the weights of an outlet's active days before each day; `days + 1` values for each outlet.
    exposure: Vec<f64>,
    alive: Vec<bool>,
    /// The first day on which each outlet counts; 0 unless it joined during the calendar.
    counts_from: Vec<usize>,
    /// The weight of each day: 1 for an average day, less on a weekend.
    pub(crate) weights: Vec<f64>,
}

impl Outlets {
    pub(crate) fn new(ordered: &Ordered<'_>) -> Outlets {
        let (days, outlets) = (ordered.calendar.len(), ordered.history.outlet_words.len());
        let mut counts = vec![0u32; outlets * days];
        for day in 0..days {
            for &row in ordered.of_day(day) {
                counts[ordered.history.rows[row as usize].outlet as usize * days + day] += 1;
            }
        }
        let weights = week_weights(ordered, &counts, days);
        let mut alive = vec![false; outlets * days];
        let mut exposure = vec![0.0; outlets * (days + 1)];
        let mut counts_from = vec![0; outlets];
        for outlet in 0..outlets {
            let own = &counts[outlet * days..(outlet + 1) * days];
            let lived = &mut alive[outlet * days..(outlet + 1) * days];
            mark_alive(own, &weights, lived);
            if let Some(first) = own.iter().position(|&count| count > 0) {
                let early: u32 = own[first..days.min(first + FRESH_DAYS)].iter().sum();
                // An outlet that is active from the first days on did not join then; the calendar merely begins there.
                if first >= 3 && early >= FRESH_ITEMS {
                    counts_from[outlet] = first + FRESH_DAYS;
                }
            }
            let sums = &mut exposure[outlet * (days + 1)..(outlet + 1) * (days + 1)];
            for day in 0..days {
                sums[day + 1] = sums[day] + if lived[day] { weights[day] } else { 0.0 };
            }
        }
        Outlets { days, exposure, alive, counts_from, weights }
    }

    pub(crate) fn alive(&self, outlet: u32, day: usize) -> bool {
        self.alive[outlet as usize * self.days + day]
    }

    /// Whether an outlet has a past that its texts on this day can be compared with.
    pub(crate) fn counts(&self, outlet: u32, day: usize) -> bool {
        day >= self.counts_from[outlet as usize]
    }

    /// Returns the weight of the days from `from` to before `to` on which an outlet was active.
    pub(crate) fn exposure(&self, outlet: u32, from: usize, to: usize) -> f64 {
        let base = outlet as usize * (self.days + 1);
        self.exposure[base + to] - self.exposure[base + from]
    }

    /// The number of outlets.
    pub(crate) fn len(&self) -> usize {
        self.counts_from.len()
    }
}

/// Marks the days from an outlet's first to its last item as active, except silences that are improbable at its own
/// rate.
fn mark_alive(counts: &[u32], weights: &[f64], alive: &mut [bool]) {
    let (Some(first), Some(last)) = (counts.iter().position(|&n| n > 0), counts.iter().rposition(|&n| n > 0)) else {
        return;
    };
    alive[first..=last].fill(true);
    let total: u32 = counts.iter().sum();
    let span: f64 = weights[first..=last].iter().sum();
    let rate = f64::from(total) / span.max(1.0);
    // After its last item an outlet counts as active until its silence is improbable, since the end of the calendar is
    // not the end of an outlet.
    let mut day = first;
    while day < counts.len() {
        if counts[day] > 0 {
            day += 1;
            continue;
        }
        let end = counts[day..].iter().position(|&n| n > 0).map_or(counts.len(), |more| day + more);
        let silence: f64 = weights[day..end].iter().sum();
        alive[day..end].fill((-rate * silence).exp() >= OUTAGE_P);
        day = end;
    }
}

/// Returns the weight of each day by its day of the week, over the whole calendar; 1 if the history is shorter than
/// three weeks.
fn week_weights(ordered: &Ordered<'_>, counts: &[u32], days: usize) -> Vec<f64> {
    let weekday = |day: usize| ordered.calendar.date(day).weekday().to_monday_zero_offset() as usize;
    let mut sums = [0.0f64; 7];
    let mut seen = [0.0f64; 7];
    let mut totals = vec![0u64; days];
    for (place, &count) in counts.iter().enumerate() {
        totals[place % days.max(1)] += u64::from(count);
    }
    for (day, &total) in totals.iter().enumerate().filter(|&(_, &total)| total > 0) {
        sums[weekday(day)] += total as f64;
        seen[weekday(day)] += 1.0;
    }
    let items: f64 = sums.iter().sum();
    let observed: f64 = seen.iter().sum();
    if observed < 21.0 {
        return vec![1.0; days];
    }
    let mean = items / observed;
    // Shrunk towards 1 with the weight of 30 items on that weekday.
    let factors: Vec<f64> = (0..7).map(|d| (sums[d] + 30.0) / (seen[d] * mean + 30.0)).collect();
    (0..days).map(|day| factors[weekday(day)].clamp(0.2, 3.0)).collect()
}
