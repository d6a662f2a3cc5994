//! Calendar periods that reports cover.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::word::UnknownWord;

/// The length of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Cadence {
    Day,
    Week,
    Month,
    Year,
}

impl Cadence {
    /// All cadences, shortest first.
    pub const ALL: [Cadence; 4] = [Cadence::Day, Cadence::Week, Cadence::Month, Cadence::Year];

    /// The stable id.
    pub fn as_str(self) -> &'static str {
        match self {
            Cadence::Day => "day",
            Cadence::Week => "week",
            Cadence::Month => "month",
            Cadence::Year => "year",
        }
    }
}

impl FromStr for Cadence {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Cadence, UnknownWord> {
        UnknownWord::find(Cadence::ALL, Cadence::as_str, word)
    }
}

/// A calendar period in a time zone: whole days, from midnight to midnight there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// How long it is.
    pub cadence: Cadence,
    /// Its first day.
    pub first: Date,
    /// The day after its last.
    pub end: Date,
    /// The zone whose midnights bound it.
    pub time_zone: TimeZone,
}

impl Period {
    /// Returns the period of a cadence that contains `date`. Weeks are those of ISO 8601: Monday to Sunday.
    ///
    /// # Errors
    /// Fails at the ends of the calendar: within a year of the years -9999 and 9999.
    pub fn containing(cadence: Cadence, date: Date, time_zone: TimeZone) -> Result<Period, jiff::Error> {
        let (first, end) = match cadence {
            Cadence::Day => (date, date.tomorrow()?),
            Cadence::Week => {
                let offset = i64::from(date.weekday().to_monday_zero_offset());
                let first = date.checked_sub(jiff::Span::new().try_days(offset)?)?;
                (first, first.checked_add(jiff::Span::new().try_days(7)?)?)
            }
            Cadence::Month => (date.first_of_month(), date.last_of_month().tomorrow()?),
            Cadence::Year => (date.first_of_year(), date.last_of_year().tomorrow()?),
        };
        Ok(Period { cadence, first, end, time_zone })
    }

    /// Returns the instant at which it begins. If daylight saving skips that midnight, this is the first instant after
    /// it.
    ///
    /// # Errors
    /// Fails if the instant is out of the range of [`Timestamp`].
    pub fn start_instant(&self) -> Result<Timestamp, jiff::Error> {
        Ok(self.first.to_zoned(self.time_zone.clone())?.timestamp())
    }

    /// Returns the instant at which it has ended.
    ///
    /// # Errors
    /// Fails if the instant is out of the range of [`Timestamp`].
    pub fn end_instant(&self) -> Result<Timestamp, jiff::Error> {
        Ok(self.end.to_zoned(self.time_zone.clone())?.timestamp())
    }

    /// Returns a name that sorts by time and that a file can have: `2026-11-23`, `2026-W48`, `2026-11`, `2026`.
    pub fn label(&self) -> String {
        match self.cadence {
            Cadence::Day => self.first.to_string(),
            Cadence::Week => {
                let week = self.first.iso_week_date();
                format!("{}-W{:02}", week.year(), week.week())
            }
            Cadence::Month => format!("{:04}-{:02}", self.first.year(), self.first.month()),
            Cadence::Year => format!("{:04}", self.first.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn periods_contain_their_date_and_have_their_label() {
        let check = |cadence, day: Date, first: Date, end: Date, label: &str| {
            let period = Period::containing(cadence, day, TimeZone::UTC).unwrap();
            assert_eq!((period.first, period.end, period.label().as_str()), (first, end, label));
        };
        check(Cadence::Day, date(2024, 2, 28), date(2024, 2, 28), date(2024, 2, 29), "2024-02-28");
        check(Cadence::Week, date(2021, 1, 3), date(2020, 12, 28), date(2021, 1, 4), "2020-W53");
        check(Cadence::Week, date(2024, 12, 30), date(2024, 12, 30), date(2025, 1, 6), "2025-W01");
        check(Cadence::Month, date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1), "2024-02");
        check(Cadence::Year, date(2025, 12, 31), date(2025, 1, 1), date(2026, 1, 1), "2025");
    }

    #[test]
    fn a_day_of_daylight_saving_has_its_own_length() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let check = |day: Date, hours: i64| {
            let period = Period::containing(Cadence::Day, day, zone.clone()).unwrap();
            let span = period.end_instant().unwrap().as_second() - period.start_instant().unwrap().as_second();
            assert_eq!(span, hours * 3600, "{day}");
        };
        check(date(2025, 3, 30), 23);
        check(date(2025, 10, 26), 25);
        check(date(2025, 6, 1), 24);
    }
}
