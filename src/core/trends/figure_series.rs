//! Series of figures: headlines that return with other numbers, such as the length of a queue or what was shot down at
//! night. The next number of a series turns nothing.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::series::Ordered;

/// Days between an event and an earlier headline of its series; within them, the number of one event grows.
const APART_DAYS: usize = 4;
/// Earlier days with the same headline that make a series.
const EARLIER_DAYS: usize = 2;
/// Fewest letters of a headline that is recognised without its numbers.
const LETTERS_MIN: usize = 12;

/// The days on which each headline was printed, whatever its numbers. Only headlines that were asked for are kept.
pub(crate) struct FigureSeries {
    days: HashMap<u64, Vec<usize>>,
}

impl FigureSeries {
    /// Collects the days of the headlines that some rows have.
    pub(crate) fn new(ordered: &Ordered<'_>, rows: impl Iterator<Item = u32>) -> FigureSeries {
        let shape = |row: u32| shape(ordered.history.title(&ordered.history.rows[row as usize]));
        let wanted: HashSet<u64> = rows.filter_map(shape).collect();
        let mut days: HashMap<u64, Vec<usize>> = HashMap::new();
        let all = (0..ordered.calendar.len()).filter(|_| !wanted.is_empty());
        for (day, row) in all.flat_map(|day| ordered.of_day(day).iter().map(move |&row| (day, row))) {
            if let Some(shape) = shape(row).filter(|shape| wanted.contains(shape)) {
                let days = days.entry(shape).or_default();
                if days.last() != Some(&day) {
                    days.push(day);
                }
            }
        }
        FigureSeries { days }
    }

    /// Whether at least half of the texts are the next numbers of series.
    pub(crate) fn continues(&self, ordered: &Ordered<'_>, rows: &[u32], begun: usize) -> bool {
        let is_next = |row: &&u32| {
            let shape = shape(ordered.history.title(&ordered.history.rows[**row as usize]));
            let days = shape.and_then(|shape| self.days.get(&shape));
            let earlier = |days: &Vec<usize>| days.iter().filter(|&&day| day + APART_DAYS <= begun).count();
            days.is_some_and(|days| earlier(days) >= EARLIER_DAYS)
        };
        let own = || rows.iter().filter(|&&row| !ordered.copies[row as usize]);
        let next = own().filter(is_next).count();
        next > 0 && next * 2 >= own().count()
    }
}

/// Returns the hash of the letters of a title that has a number; `None` if it has none, or few letters.
fn shape(title: &str) -> Option<u64> {
    if !title.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let letters: String = title.chars().filter(|letter| letter.is_alphabetic()).collect();
    (letters.chars().count() >= LETTERS_MIN).then(|| xxh3_64(letters.to_lowercase().as_bytes()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::trends::series::Calendar;
    use crate::trends::tests::march;
    use crate::trends::{History, ItemFacts};

    /// Checks whether the last of some headlines, each with its day of March, continues a series.
    #[track_caller]
    fn check(headlines: &[(i64, &str)], wanted: bool) {
        let mut history = History::new();
        for (id, (day, title)) in (0..).zip(headlines) {
            history.add(&ItemFacts { id, at: Some(march(*day, id)), title, outlet: "Gazette", ..ItemFacts::default() });
        }
        let calendar = Calendar::new(date(2026, 3, 1), date(2026, 4, 1), &TimeZone::UTC);
        let ordered = Ordered::new(&history, calendar);
        let last = headlines.len() as u32 - 1;
        let series = FigureSeries::new(&ordered, [last].into_iter());
        let begun = headlines.last().map_or(0, |(day, _)| *day as usize);
        assert_eq!(series.continues(&ordered, &[last], begun), wanted, "{headlines:?}");
    }

    #[test]
    fn a_headline_that_returned_twice_with_other_numbers_is_a_series() {
        let queue =
            ["Queue at the pass: 730 lorries", "Queue at the pass: 1,029 lorries", "QUEUE AT THE PASS: 88 lorries"];
        check(&[(1, queue[0]), (7, queue[1]), (20, queue[2])], true);
        check(&[(7, queue[1]), (20, queue[2])], false);
        // The number of one event grows for some days.
        check(&[(17, queue[0]), (18, queue[1]), (20, queue[2])], false);
        check(&[(1, queue[0]), (7, queue[1]), (20, "Queue at the port: 88 lorries")], false);
        check(&[(1, "The pass is closed"), (7, "The pass is closed"), (20, "The pass is closed")], false);
    }
}
