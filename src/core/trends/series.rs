//! Counts by day and tag, with the number of monitored items as the denominator.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::history::History;
use crate::model::Tag;

/// The counts of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SeriesDay {
    /// Items, including duplicates.
    pub items: u32,
    /// Items that are not copies of another item.
    pub originals: u32,
    /// Outlets with at least one such item.
    pub newsrooms: u32,
}

/// The series of one tag over the days of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TagSeries {
    /// The tag that is counted.
    pub tag: Tag,
    /// Its English label.
    pub label: String,
    /// Items in the report's period, including duplicates.
    pub items: u32,
    /// Items that are not copies of another item.
    pub originals: u32,
    /// Outlets with at least one such item.
    pub newsrooms: u32,
    /// Share of all items monitored in the period, 0 to 1; 0 if nothing was monitored.
    pub share: f64,
    /// Items in the preceding period of equal length; `None` if the history does not reach back so far.
    pub items_before: Option<u32>,
    /// The counts of each day, aligned with the report's `days`.
    pub days: Vec<SeriesDay>,
}

/// Numbers calendar days from a first day on, and finds the day of an instant without building a date for each.
#[derive(Debug)]
pub(crate) struct Calendar {
    pub(crate) first: Date,
    /// Unix seconds at which each day begins, then the end of the last day.
    starts: Vec<i64>,
}

impl Calendar {
    /// The days from `first` to before `end`; empty if the zone has no such dates.
    pub(crate) fn new(first: Date, end: Date, zone: &TimeZone) -> Calendar {
        let mut starts = Vec::new();
        let mut day = first;
        while day <= end {
            let Ok(start) = day.to_zoned(zone.clone()) else { break };
            starts.push(start.timestamp().as_second());
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        Calendar { first, starts }
    }

    /// A calendar whose "days" are steps of any length. `starts` holds the second at which each begins, then the end of
    /// the last.
    pub(crate) fn of_starts(first: Date, starts: Vec<i64>) -> Calendar {
        Calendar { first, starts }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The second at which the last day ends.
    pub(crate) fn end_secs(&self) -> Option<i64> {
        self.starts.last().copied()
    }

    pub(crate) fn day_of(&self, at_secs: i64) -> Option<usize> {
        let next = self.starts.partition_point(|&start| start <= at_secs);
        (next >= 1 && next <= self.len()).then(|| next - 1)
    }

    pub(crate) fn date(&self, day: usize) -> Date {
        let span = i32::try_from(day).unwrap_or(i32::MAX);
        self.first.checked_add(jiff::Span::new().days(span)).unwrap_or(self.first)
    }

    pub(crate) fn number(&self, date: Date) -> Option<usize> {
        let days = self.first.until(date).ok()?.get_days();
        usize::try_from(days).ok().filter(|&day| day < self.len())
    }
}

/// Returns the first day from which there are items on most days, so that stray items with a wrong, early date do not
/// count as history. Returns the very first day if there is no such stretch.
pub(crate) fn watch_began(history: &History, zone: &TimeZone) -> Option<Date> {
    /// At least this many of the days that follow must have items.
    const SPAN: i64 = 14;
    const WITH_ITEMS: usize = 10;
    // UTC days are precise enough to separate strays from the beginning.
    let mut days: Vec<i64> = history.rows.iter().map(|row| row.at_secs.div_euclid(86_400)).collect();
    days.sort_unstable();
    days.dedup();
    let steady = (0..days.len())
        .find(|&place| days[place..].iter().take_while(|&&day| day < days[place] + SPAN).count() >= WITH_ITEMS);
    let first = days.get(steady.unwrap_or(0))? * 86_400;
    let at = history.rows.iter().map(|row| row.at_secs).filter(|&at| at >= first).min()?;
    Some(Timestamp::from_second(at).ok()?.to_zoned(zone.clone()).date())
}

/// All items by day, in an order that does not depend on the order in which they were added.
pub(crate) struct Ordered<'a> {
    pub(crate) history: &'a History,
    pub(crate) calendar: Calendar,
    /// Row numbers, sorted by day, then by time, URL, title and outlet.
    pub(crate) rows: Vec<u32>,
    /// The position of every row of the history in `rows`; `u32::MAX` for rows outside the calendar.
    pub(crate) place: Vec<u32>,
    /// Where each day begins in `rows`, then the end of the last day.
    pub(crate) offsets: Vec<u32>,
    /// Whether each row is a copy of another item of the history.
    pub(crate) copies: Vec<bool>,
    /// For an original, the number of outlets that carry its text, including its own.
    pub(crate) carriers: Vec<u32>,
    /// The day on which monitoring began, if the calendar begins earlier; otherwise 0. Earlier days are not history.
    pub(crate) began: usize,
}

impl<'a> Ordered<'a> {
    pub(crate) fn new(history: &'a History, calendar: Calendar) -> Ordered<'a> {
        let mut keyed: Vec<(u32, u32)> = history
            .rows
            .iter()
            .enumerate()
            .filter_map(|(number, row)| Some((calendar.day_of(row.at_secs)? as u32, number as u32)))
            .collect();
        keyed.sort_unstable_by(|&(day_a, a), &(day_b, b)| {
            let (row_a, row_b) = (&history.rows[a as usize], &history.rows[b as usize]);
            day_a.cmp(&day_b).then(row_a.at_secs.cmp(&row_b.at_secs)).then_with(|| {
                (history.url(row_a), history.title(row_a), history.outlet_words.word(row_a.outlet)).cmp(&(
                    history.url(row_b),
                    history.title(row_b),
                    history.outlet_words.word(row_b.outlet),
                ))
            })
        });
        let mut offsets = vec![0u32; calendar.len() + 1];
        for &(day, _) in &keyed {
            offsets[day as usize + 1] += 1;
        }
        for day in 1..offsets.len() {
            offsets[day] += offsets[day - 1];
        }
        let rows: Vec<u32> = keyed.into_iter().map(|(_, row)| row).collect();
        let mut place = vec![u32::MAX; history.rows.len()];
        for (at, &row) in rows.iter().enumerate() {
            place[row as usize] = at as u32;
        }
        let (copies, carriers) = mark_copies(history, &rows);
        Ordered { history, calendar, rows, place, offsets, copies, carriers, began: 0 }
    }

    pub(crate) fn of_day(&self, day: usize) -> &[u32] {
        match (self.offsets.get(day), self.offsets.get(day + 1)) {
            (Some(&from), Some(&to)) => &self.rows[from as usize..to as usize],
            _ => &[],
        }
    }
}

/// Marks the first item of every group of copies as the original, whichever the store saw first. Also returns the
/// number of outlets of each group.
fn mark_copies(history: &History, rows: &[u32]) -> (Vec<bool>, Vec<u32>) {
    let mut originals: HashMap<i64, u32> = HashMap::new();
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let mut copies = vec![false; history.rows.len()];
    let mut carriers = vec![1u32; history.rows.len()];
    let targets: HashSet<i64> = history.rows.iter().filter_map(|row| row.duplicate_of).collect();
    for &number in rows {
        let row = &history.rows[number as usize];
        let group = row.duplicate_of.unwrap_or(row.id);
        if row.duplicate_of.is_none() && !targets.contains(&row.id) {
            continue;
        }
        let original = *originals.entry(group).or_insert(number);
        copies[number as usize] = original != number;
        pairs.push((original, row.outlet));
    }
    pairs.sort_unstable();
    pairs.dedup();
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        carriers[group[0].0 as usize] = group.len() as u32;
    }
    (copies, carriers)
}

/// The counts of every tag on every day of the calendar.
pub(crate) struct Counts {
    days: usize,
    cells: Vec<SeriesDay>,
    /// The counts of all items, by day.
    pub(crate) all: Vec<SeriesDay>,
}

impl Counts {
    pub(crate) fn new(ordered: &Ordered<'_>) -> Counts {
        let (tags, outlets) = (ordered.history.tag_words.len(), ordered.history.outlet_words.len());
        let days = ordered.calendar.len();
        let mut cells = vec![SeriesDay::default(); tags * days];
        let mut all = vec![SeriesDay::default(); days];
        let mut seen = vec![u32::MAX; (tags + 1) * outlets];
        for day in 0..days {
            for &number in ordered.of_day(day) {
                let row = &ordered.history.rows[number as usize];
                let original = !ordered.copies[number as usize];
                let mut count = |cell: &mut SeriesDay, tag: usize| {
                    cell.items += 1;
                    if original {
                        cell.originals += 1;
                        let stamp = &mut seen[tag * outlets + row.outlet as usize];
                        if *stamp != day as u32 {
                            *stamp = day as u32;
                            cell.newsrooms += 1;
                        }
                    }
                };
                for &tag in ordered.history.tags(row) {
                    count(&mut cells[tag as usize * days + day], tag as usize);
                }
                count(&mut all[day], tags);
            }
        }
        Counts { days, cells, all }
    }

    pub(crate) fn of(&self, tag: u32) -> &[SeriesDay] {
        let from = tag as usize * self.days;
        self.cells.get(from..from + self.days).unwrap_or(&[])
    }
}
