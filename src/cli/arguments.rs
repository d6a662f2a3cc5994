//! Arguments that several commands share: trust in the clock, a time range, tags, and fixed words.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::failure::{Failure, WRONG_USAGE};
use crate::model::Tag;
use crate::store::ItemFilter;

#[derive(Debug, Args)]
pub(super) struct ClockArguments {
    /// Trust the clock although it shows a time before the newest one in the database, or one long after it
    #[arg(long)]
    pub(super) accept_clock: bool,
}

#[derive(Debug, Args)]
pub(super) struct Range {
    /// From this day or instant on, e.g. 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "DATE")]
    pub(super) since: Option<String>,
    /// Up to, and not including, this day or instant
    #[arg(long, value_name = "DATE")]
    pub(super) until: Option<String>,
    /// Only items with this tag, e.g. place:armenia; repeat it for items that have all of them
    #[arg(long = "tag", value_name = "TAG")]
    pub(super) tags: Vec<Tag>,
}

impl Range {
    pub(super) fn filter(&self, zone: &TimeZone) -> Result<ItemFilter, Failure> {
        let read = |text: &Option<String>, option| text.as_deref().map(|text| instant(text, option, zone)).transpose();
        let (since, until) = (read(&self.since, "--since")?, read(&self.until, "--until")?);
        if let (Some(since), Some(until), true) = (&self.since, &self.until, since.is_some() && since >= until) {
            return Err(Failure::new(WRONG_USAGE, format!("--since {since} is not before --until {until}")));
        }
        let now = crate::app::clock::now();
        if let (Some(text), true) = (&self.since, since.is_some_and(|since| since > now)) {
            let today = now.to_zoned(zone.clone()).date();
            return Err(Failure::new(WRONG_USAGE, format!("--since {text} is in the future; today is {today}")));
        }
        Ok(ItemFilter { since, until, tags: self.tags.clone(), ..ItemFilter::default() })
    }
}

/// Reads an instant, or a day as its midnight in `zone`.
pub(super) fn instant(text: &str, option: &str, zone: &TimeZone) -> Result<Timestamp, Failure> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let day = text.parse::<jiff::civil::Date>().ok().and_then(|day| day.to_zoned(zone.clone()).ok());
    day.map(|zoned| zoned.timestamp()).ok_or_else(|| {
        Failure::new(
            2,
            format!("{option}: `{text}` is neither a day (2026-01-31) nor an instant (2026-01-31T12:00:00Z)"),
        )
    })
}

/// Parses how many things are printed at most: 1 to a million.
pub(super) fn limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(limit @ 1..=1_000_000) => Ok(limit),
        _ => Err("use a number from 1 to 1000000".to_owned()),
    }
}

/// Parses one of a fixed list of words by the value's `FromStr`; `--help` lists the words.
pub(super) fn one_of<T>(words: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: std::str::FromStr + Clone + Send + Sync + 'static,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
}
