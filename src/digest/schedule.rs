//! The schedule of issues. It is pure: the current time is a parameter.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::Format;
use crate::model::{Cadence, Period};

/// Days that are searched for the next time of an expression; 29 February recurs within eight years.
const HORIZON_DAYS: i32 = 9 * 366;

/// Recurring times by minute, hour, day and month as in cron (POSIX.1-2017, `crontab`), with an optional time zone.
///
/// Written `minute hour day-of-month month day-of-week [zone]`, such as `30 6 * * 1-5 Asia/Tbilisi`; or `06:30`, which
/// means every day. Fields contain `*`, numbers, ranges `1-5`, steps `*/2` and lists `1,15`. Months and days of the
/// week may also be their first three English letters; Sunday is 0 or 7. If both day fields are restricted, either is
/// enough, as in cron. A time that daylight saving skips is moved by the length of the gap; of a time that occurs
/// twice, the first counts. So each fires once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether either of the two day fields is enough.
    is_either_day: bool,
    time_zone: Option<TimeZone>,
}

/// Why an expression is invalid, as a message for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CronError(String);

/// A field of an expression: its name, its smallest and largest number, and words for its numbers from the smallest on.
struct Field(&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 5] = [
    Field("minute", 0, 59, &[]),
    Field("hour", 0, 23, &[]),
    Field("day of the month", 1, 31, &[]),
    Field("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    Field("day of the week", 0, 7, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

impl Field {
    /// Reads the numbers of a field as bits.
    fn read(&self, text: &str) -> Result<u64, CronError> {
        text.split(',').try_fold(0, |bits, part| Ok(bits | self.part(part)?))
    }

    fn part(&self, part: &str) -> Result<u64, CronError> {
        let Field(name, least, greatest, _) = self;
        let (range, step) = part.split_once('/').map_or((part, Some(1)), |(range, step)| (range, step.parse().ok()));
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (Some(*least), Some(*greatest)),
            Some((first, last)) => (self.number(first), self.number(last)),
            // `5/15` counts from 5.
            None if part.contains('/') => (self.number(range), Some(*greatest)),
            None => (self.number(range), self.number(range)),
        };
        match (first, last, step) {
            (Some(first), Some(last), Some(step)) if first <= last && step > 0 => {
                Ok((first..=last).step_by(step).fold(0, |bits, number| bits | 1 << number))
            }
            _ => Err(CronError(format!(
                "`{part}` is not a valid {name}: use {least} to {greatest}, `*`, `1-5`, `*/2` or `1,15`"
            ))),
        }
    }

    fn number(&self, text: &str) -> Option<u32> {
        let Field(_, least, greatest, words) = self;
        let word = words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let word = word.and_then(|place| u32::try_from(place).ok()).map(|place| place + least);
        word.or_else(|| text.parse().ok()).filter(|number| (*least..=*greatest).contains(number))
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Cron, CronError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (fields, zone) = match words.as_slice() {
            [time] | [time, _] if time.contains(':') || words.len() == 1 => {
                let time: Time = time.parse().map_err(|_| {
                    CronError(format!(
                        "`{text}` is neither a time of day, such as 06:30, nor a cron expression, such as 30 6 * * *"
                    ))
                })?;
                let fields = [time.minute().to_string(), time.hour().to_string(), "*".into(), "*".into(), "*".into()];
                (fields, words.get(1))
            }
            [minute, hour, day, month, weekday] | [minute, hour, day, month, weekday, _] => {
                ([minute, hour, day, month, weekday].map(|word| (*word).to_owned()), words.get(5))
            }
            _ => {
                return Err(CronError(format!(
                    "`{text}` must have five fields (minute hour day-of-month month day-of-week) and may have a time zone after them"
                )));
            }
        };
        let time_zone = zone
            .map(|name| {
                TimeZone::get(name).map_err(|_| CronError(format!("`{name}` is not a time zone of the IANA database")))
            })
            .transpose()?;
        let mut bits = [0; 5];
        for ((bits, field), text) in bits.iter_mut().zip(&FIELDS).zip(&fields) {
            *bits = field.read(text)?;
        }
        let [minutes, hours, days, months, weekdays] = bits;
        let is_either_day = !fields[2].starts_with('*') && !fields[4].starts_with('*');
        // Sunday is both 7 and 0.
        let weekdays = weekdays | weekdays >> 7;
        let cron =
            Cron { text: text.trim().to_owned(), minutes, hours, days, months, weekdays, is_either_day, time_zone };
        let epoch = Timestamp::UNIX_EPOCH;
        match cron.next_after(epoch, &TimeZone::UTC) {
            Some(_) => Ok(cron),
            None => Err(CronError(format!("`{text}` never occurs"))),
        }
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Cron {
    /// Returns the first time after `after`, in `zone` unless the expression names one; `None` if there is none within
    /// the calendar.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let zone = self.time_zone.as_ref().unwrap_or(zone);
        // A gap may move a time of yesterday evening past midnight.
        let mut day = after.to_zoned(zone.clone()).date().yesterday().ok()?;
        for _ in 0..HORIZON_DAYS {
            if self.has_day(day) {
                let found = self.times().filter_map(|time| {
                    let ambiguous = zone.to_ambiguous_zoned(day.to_datetime(time));
                    ambiguous.compatible().ok().map(|zoned| zoned.timestamp())
                });
                if let Some(found) = found.filter(|found| *found > after).min() {
                    return Some(found);
                }
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    fn has_day(&self, day: Date) -> bool {
        let has = |bits: u64, number: i8| bits & (1 << number) != 0;
        let (of_month, of_week) =
            (has(self.days, day.day()), has(self.weekdays, day.weekday().to_sunday_zero_offset()));
        let is_day = if self.is_either_day { of_month || of_week } else { of_month && of_week };
        is_day && has(self.months, day.month())
    }

    fn times(&self) -> impl Iterator<Item = Time> {
        let hours = (0..24_i8).filter(|hour| self.hours & (1 << hour) != 0);
        hours.flat_map(|hour| {
            let minutes = (0..60_i8).filter(|minute| self.minutes & (1 << minute) != 0);
            minutes.filter_map(move |minute| Time::new(hour, minute, 0, 0).ok())
        })
    }
}

/// When issues are written, and in which formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When the issue of the last day, week, month or year is written; other cadences are not written.
    pub timings: Vec<(Cadence, Cron)>,
    /// The most issues of a cadence that are made up for after an outage; the newest are.
    pub catch_up: u32,
    /// For how many hours issues that are due wait for a feed to be reached, if none can be.
    pub wait_for_feeds_hours: u32,
    /// The formats that are written, one file each.
    pub formats: Vec<Format>,
}

impl Default for Schedule {
    fn default() -> Schedule {
        let timings = [
            (Cadence::Day, "06:00"),
            (Cadence::Week, "0 6 * * 1"),
            (Cadence::Month, "0 6 1 * *"),
            (Cadence::Year, "0 6 1 1 *"),
        ];
        let timings = timings.into_iter().filter_map(|(cadence, text)| Some((cadence, text.parse().ok()?))).collect();
        Schedule { timings, catch_up: 7, wait_for_feeds_hours: 6, formats: vec![Format::Html, Format::Markdown] }
    }
}

/// What has been written of a cadence so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Issues up to the one whose period ends at the start of this day.
    Until(Date),
    /// Nothing yet; the schedule has been in effect since this instant.
    NothingSince(Timestamp),
}

impl Schedule {
    /// Returns when the issues of a cadence are written; `None` if they are not.
    pub fn timing(&self, cadence: Cadence) -> Option<&Cron> {
        self.timings.iter().find(|(known, _)| *known == cadence).map(|(_, cron)| cron)
    }

    /// Returns the instant at which the issue of a period is due: the first time of its cadence at or after the
    /// period's end.
    pub fn due_at(&self, period: &Period) -> Option<Timestamp> {
        let end = period.end_instant().ok()?;
        let before = end.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?;
        self.timing(period.cadence)?.next_after(before, &period.time_zone)
    }

    /// Returns the periods of a cadence whose issues are due by `now` and not written, oldest first. At most `catch_up`
    /// (at least one) are returned; older ones stay unwritten.
    pub fn due(&self, cadence: Cadence, written: Written, now: Timestamp, zone: &TimeZone) -> Vec<Period> {
        let mut found = Vec::new();
        let Some(mut period) = self.running(cadence, now, zone) else { return found };
        while found.len() < self.catch_up.max(1) as usize {
            let Some(before) = before(&period) else { break };
            period = before;
            let Some(due_at) = self.due_at(&period) else { break };
            let is_wanted = match written {
                Written::Until(end) => period.end > end,
                Written::NothingSince(since) => due_at > since,
            };
            if !is_wanted {
                break;
            }
            if due_at <= now {
                found.push(period.clone());
            }
        }
        found.reverse();
        found
    }

    /// Returns the first and the last period that [`due`](Schedule::due) skips because there are too many. It looks
    /// back about eight years of days.
    pub fn given_up(
        &self,
        cadence: Cadence,
        written: Written,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<(Period, Period)> {
        let all = Schedule { catch_up: 3_000, ..self.clone() }.due(cadence, written, now, zone);
        let mut left = all.into_iter().rev().skip(self.catch_up.max(1) as usize);
        let last = left.next()?;
        Some((left.last().unwrap_or_else(|| last.clone()), last))
    }

    /// Returns the next instant after `now` at which an issue of any cadence is due.
    pub fn next_due(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.timings.iter().filter_map(|(_, cron)| cron.next_after(now, zone)).min()
    }

    /// Returns the last whole day.
    ///
    /// # Errors
    /// Fails if that day is outside the calendar's range.
    pub fn yesterday(&self, now: Timestamp, time_zone: &TimeZone) -> Result<Period, jiff::Error> {
        let day = now.to_zoned(time_zone.clone()).date().yesterday()?;
        Period::containing(Cadence::Day, day, time_zone.clone())
    }

    fn running(&self, cadence: Cadence, now: Timestamp, zone: &TimeZone) -> Option<Period> {
        self.timing(cadence)?;
        Period::containing(cadence, now.to_zoned(zone.clone()).date(), zone.clone()).ok()
    }
}

/// Returns the period before another.
fn before(period: &Period) -> Option<Period> {
    let last = period.first.checked_sub(Span::new().days(1)).ok()?;
    Period::containing(period.cadence, last, period.time_zone.clone()).ok()
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
