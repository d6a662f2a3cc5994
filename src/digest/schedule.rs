//! When issues are due: pure, `now` is a parameter.

use jiff::Timestamp;
use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;

use super::Format;
use crate::model::{Cadence, Period};

/// When the daily issue is written, and in which formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Time of the day, in the time zone of the configuration, at which the issue of the day before is written.
    pub daily_at: Time,
    /// The formats that are written, one file each.
    pub formats: Vec<Format>,
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule { daily_at: time(6, 0, 0, 0), formats: vec![Format::Html, Format::Markdown] }
    }
}

impl Schedule {
    /// The day whose issue was the last to become due by `now`.
    ///
    /// # Errors
    /// Where the calendar ends.
    pub fn last_due(&self, now: Timestamp, time_zone: &TimeZone) -> Result<Period, jiff::Error> {
        let here = now.to_zoned(time_zone.clone());
        let mut day = here.date().yesterday()?;
        if self.due_at(day, time_zone)? > now {
            day = day.yesterday()?;
        }
        Period::containing(Cadence::Day, day, time_zone.clone())
    }

    /// The last whole day.
    ///
    /// # Errors
    /// Where the calendar ends.
    pub fn yesterday(&self, now: Timestamp, time_zone: &TimeZone) -> Result<Period, jiff::Error> {
        let day = now.to_zoned(time_zone.clone()).date().yesterday()?;
        Period::containing(Cadence::Day, day, time_zone.clone())
    }

    /// The instant at which the issue of `day` is due: `daily_at` on the day behind it. A time that daylight saving skips is
    /// the first one behind it; of a time that comes twice, the first counts.
    ///
    /// # Errors
    /// Where the calendar ends.
    pub fn due_at(&self, day: Date, time_zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        let due = day.tomorrow()?.to_datetime(self.daily_at);
        Ok(time_zone.to_ambiguous_zoned(due).compatible()?.timestamp())
    }

    /// The next instant behind `now` at which an issue becomes due.
    ///
    /// # Errors
    /// Where the calendar ends.
    pub fn next_due(&self, now: Timestamp, time_zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        let mut day = now.to_zoned(time_zone.clone()).date().yesterday()?;
        loop {
            let due = self.due_at(day, time_zone)?;
            if due > now {
                return Ok(due);
            }
            day = day.tomorrow()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issue_of_a_day_is_due_on_the_next_morning() {
        let schedule = Schedule::default();
        let check = |zone: &str, now: &str, last: &str, next: &str| {
            let zone = TimeZone::get(zone).unwrap();
            let now: Timestamp = now.parse().unwrap();
            assert_eq!(schedule.last_due(now, &zone).unwrap().label(), last, "last before {now}");
            assert_eq!(schedule.next_due(now, &zone).unwrap().to_string(), next, "next after {now}");
        };
        check("UTC", "2026-11-23T05:59:59Z", "2026-11-21", "2026-11-23T06:00:00Z");
        check("UTC", "2026-11-23T06:00:00Z", "2026-11-22", "2026-11-24T06:00:00Z");
        check("Asia/Tbilisi", "2026-11-23T02:00:00Z", "2026-11-22", "2026-11-24T02:00:00Z");
        check("UTC", "2027-01-01T07:00:00Z", "2026-12-31", "2027-01-02T06:00:00Z");
    }

    #[test]
    fn daylight_saving_neither_skips_nor_repeats_an_issue() {
        let schedule = Schedule { daily_at: time(2, 30, 0, 0), ..Schedule::default() };
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let mut now: Timestamp = "2026-03-27T12:00:00Z".parse().unwrap();
        let mut labels = Vec::new();
        for _ in 0..4 {
            now = schedule.next_due(now, &zone).unwrap();
            labels.push(schedule.last_due(now, &zone).unwrap().label());
        }
        assert_eq!(labels, ["2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30"]);
        let autumn: Timestamp = "2026-10-25T00:00:00Z".parse().unwrap();
        let first = schedule.next_due(autumn, &zone).unwrap();
        assert_eq!(first.to_string(), "2026-10-25T00:30:00Z");
        assert_eq!(schedule.next_due(first, &zone).unwrap().to_string(), "2026-10-26T01:30:00Z");
    }
}
