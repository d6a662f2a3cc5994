//! Phrases that documents share: dates, counts, blocs, shares.

use jiff::civil::Date;

use crate::digest::{Digest, PeriodView};
use crate::model::Cadence;

/// A date as a person reads it: `23 November 2026`.
pub(super) fn long_date(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// `1 story`, `3 stories`.
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A share as a person reads it.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p <= 0.0 => "0 %".to_owned(),
        p if p < 0.1 => "<0.1 %".to_owned(),
        p if p < 10.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// The sentence with a capital at its head and a full stop at its end.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

/// The title of an issue with its period: the subject of its mail.
pub(crate) fn subject(digest: &Digest) -> String {
    format!("{}: {}", digest.title, period_words(&digest.period))
}

/// The period as a person reads it: `Monday, 23 November 2026`, `Week 48 of 2026 (23 to 29 November 2026)`.
pub(super) fn period_words(period: &PeriodView) -> String {
    match period.cadence {
        Cadence::Day => period.first.strftime("%A, %-d %B %Y").to_string(),
        Cadence::Week => {
            let week = period.first.iso_week_date();
            let (first, last) = (period.first, period.last);
            let form = match (first.year() == last.year(), first.month() == last.month()) {
                (true, true) => "%-d",
                (true, false) => "%-d %B",
                _ => "%-d %B %Y",
            };
            format!("Week {} of {} ({} to {})", week.week(), week.year(), first.strftime(form), long_date(last))
        }
        Cadence::Month => period.first.strftime("%B %Y").to_string(),
        Cadence::Year => period.label.clone(),
    }
}

/// The day of an instant in the zone: `23 Nov`.
pub(super) fn day_of(at: jiff::Timestamp, period: &PeriodView) -> String {
    let zone = jiff::tz::TimeZone::get(&period.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_zoned(zone).strftime("%-d %b").to_string()
}

/// The instant in the zone: time alone in a daily issue, else day and time.
pub(super) fn moment(at: jiff::Timestamp, period: &PeriodView) -> String {
    let zone = jiff::tz::TimeZone::get(&period.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let local = at.to_zoned(zone);
    if period.cadence == Cadence::Day && local.date() == period.first {
        local.strftime("%H:%M").to_string()
    } else {
        local.strftime("%-d %b %Y, %H:%M").to_string()
    }
}
