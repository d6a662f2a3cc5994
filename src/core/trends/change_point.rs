//! Changes of level in the tone between two actors, found by binary segmentation (Scott and Knott 1974).

/// Most stories of one day that count towards a change: the news of one day is reported many times, but is not many
/// observations.
const DAY_CAP: f64 = 3.0;
/// Weight of the variance that all pairs share, as a prior, in observations.
pub(super) const SPREAD_PRIOR: f64 = 5.0;
/// Fewest observations before and after a change.
const SIDE_MIN: f64 = 4.0;
/// The longest time before and after a change that is compared, in days.
const SIDE_DAYS: usize = 84;
/// Smallest |t| of the best split: its square is the 1 % critical value of the maximum over all splits of a series
/// (Andrews 1993, table 1, one parameter, 15 % trimmed at either end).
const T_MIN: f64 = 3.514;
/// Smallest difference of the means, on the scale from -10 to +10.
const SHIFT_MIN: f64 = 1.2;
/// Shortest time for which a level must have held, in days, unless the history ends.
const STAY_DAYS: usize = 21;
/// The same at the end of the history, so that a recent change can be reported early.
const EARLY_DAYS: usize = 7;

/// The tone of one story on one day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) day: usize,
    pub(super) tone: f64,
    pub(super) row: u32,
}

/// A change of level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    pub(super) day: usize,
    pub(super) before: f64,
    pub(super) after: f64,
    pub(super) t: f64,
}

/// Finds changes by binary segmentation (Scott and Knott 1974): the best split of the whole series, then of its parts,
/// as long as a split is significant.
pub(super) fn find_shifts(list: &[Reading], spread: f64) -> Vec<Shift> {
    let mut days: Vec<(usize, f64, f64)> = Vec::new();
    for group in list.chunk_by(|a, b| a.day == b.day) {
        let n = group.len() as f64;
        days.push((group[0].day, group.iter().map(|reading| reading.tone).sum::<f64>() / n, n.min(DAY_CAP)));
    }
    let mut shifts = Vec::new();
    let last = days.last().map_or(0, |day| day.0);
    split(&days, spread, last, &mut shifts, 0);
    shifts.sort_by_key(|shift| shift.day);
    shifts
}

fn split(days: &[(usize, f64, f64)], spread: f64, last: usize, shifts: &mut Vec<Shift>, depth: u32) {
    let best = (1..days.len())
        .filter_map(|place| Some((place, test(days, place, spread, last)?)))
        .max_by(|a, b| a.1.t.abs().total_cmp(&b.1.t.abs()).then(b.0.cmp(&a.0)));
    let Some((place, shift)) = best else { return };
    // Ten levels allow a thousand changes, more than any pair has.
    if shift.t.abs() < T_MIN || (shift.after - shift.before).abs() < SHIFT_MIN || depth > 10 {
        return;
    }
    shifts.push(shift);
    split(&days[..place], spread, last, shifts, depth + 1);
    split(&days[place..], spread, last, shifts, depth + 1);
}

/// Tests the split before a place, comparing at most [`SIDE_DAYS`] on either side.
fn test(days: &[(usize, f64, f64)], place: usize, spread: f64, last: usize) -> Option<Shift> {
    let at = days[place].0;
    let end = days.last().map_or(at, |day| day.0);
    let stay = if end == last { EARLY_DAYS } else { STAY_DAYS };
    if at < days[0].0 + STAY_DAYS || end < at + stay {
        return None;
    }
    let side = |part: &[(usize, f64, f64)]| {
        let weight: f64 = part.iter().map(|day| day.2).sum();
        let mean = part.iter().map(|day| day.1 * day.2).sum::<f64>() / weight.max(1e-9);
        let squares: f64 = part.iter().map(|day| day.2 * (day.1 - mean).powi(2)).sum();
        (weight, mean, squares)
    };
    let from = days[..place].partition_point(|day| day.0 + SIDE_DAYS < at);
    let to = place + days[place..].partition_point(|day| day.0 < at + SIDE_DAYS);
    let (left_weight, before, left_squares) = side(&days[from..place]);
    let (right_weight, after, right_squares) = side(&days[place..to]);
    // The new level must rest on more than the day of the event itself.
    if left_weight < SIDE_MIN || right_weight < SIDE_MIN || to - place < 3 || place - from < 3 {
        return None;
    }
    let freedom = left_weight + right_weight - 2.0;
    let variance = (left_squares + right_squares + SPREAD_PRIOR * spread) / (freedom + SPREAD_PRIOR);
    let t = (after - before) / (variance * (1.0 / left_weight + 1.0 / right_weight)).sqrt();
    t.is_finite().then_some(Shift { day: at, before, after, t })
}
