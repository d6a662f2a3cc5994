//! The panel: which outlets were alive on which day, and what a day of theirs counts for.
//!
//! A count says little without knowing who was counted. Three things are corrected for here: outlets that joined so lately that they have no past,
//! outlets that were dark, and the rhythm of the week.

use super::series::Ordered;

/// Days after its first item for which an outlet has no past to be measured against.
const FRESH_DAYS: usize = 14;
/// Items in those days from which on it counts as having joined the panel; a rare voice has no volume that could mislead.
const FRESH_ITEMS: u32 = 7;
/// A silence that has a lower probability than this, given the outlet's rate, is an outage and not a quiet time.
const OUTAGE_P: f64 = 1e-3;

/// What is known of the outlets on every day of the calendar.
pub(crate) struct Outlets {
    days: usize,
    /// Sum of the weights of an outlet's alive days before each day; `days + 1` values an outlet.
    exposure: Vec<f64>,
    alive: Vec<bool>,
    /// The first day on which an outlet counts, where it joined so lately.
    counts_from: Vec<usize>,
    /// What a day is worth: 1 for the mean day, less on a weekend.
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
                // An outlet that is there from the calendar's first days on did not join: the calendar began.
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

    /// Whether what an outlet says on a day can be held against a past.
    pub(crate) fn counts(&self, outlet: u32, day: usize) -> bool {
        day >= self.counts_from[outlet as usize]
    }

    /// The weight of the days from `from` to before `to` on which an outlet was alive.
    pub(crate) fn exposure(&self, outlet: u32, from: usize, to: usize) -> f64 {
        let base = outlet as usize * (self.days + 1);
        self.exposure[base + to] - self.exposure[base + from]
    }

    /// How many outlets there are.
    pub(crate) fn len(&self) -> usize {
        self.counts_from.len()
    }
}

/// Days from its first to its last item, without silences that its own rate makes improbable.
fn mark_alive(counts: &[u32], weights: &[f64], alive: &mut [bool]) {
    let (Some(first), Some(last)) = (counts.iter().position(|&n| n > 0), counts.iter().rposition(|&n| n > 0)) else {
        return;
    };
    alive[first..=last].fill(true);
    let total: u32 = counts.iter().sum();
    let span: f64 = weights[first..=last].iter().sum();
    let rate = f64::from(total) / span.max(1.0);
    // Behind its last item it lives on until its silence is improbable: the end of the calendar is no end of an outlet.
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

/// The share of each day of the week, over the whole calendar; a history of less than three weeks has no rhythm yet.
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
    // Shrunk toward one by as much as 30 items on that weekday would say.
    let factors: Vec<f64> = (0..7).map(|d| (sums[d] + 30.0) / (seen[d] * mean + 30.0)).collect();
    (0..days).map(|day| factors[weekday(day)].clamp(0.2, 3.0)).collect()
}
