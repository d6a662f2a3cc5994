//! `digest` and `trends`.

use jiff::Timestamp;
use jiff::civil::Date;

use super::context::Context;
use super::failure::Failure;
use super::{DigestArguments, DigestFormat, PeriodArgument, StepArgument, TrendsArguments, TrendsFormat, output};
use crate::app::{clock, issue};
use crate::config::{Config, Settings};
use crate::lexicon::Labels;
use crate::model::{Cadence, Period};
use crate::render;
use crate::store::Store;
use crate::trends::{Pair, Step};

pub(super) fn digest(context: &Context, arguments: &DigestArguments) -> Result<(), Failure> {
    let settings = context.settings()?;
    let store = context.open_read_only()?;
    if arguments.list {
        return list(&store, arguments.json);
    }
    let now = clock::now();
    let cadence = match arguments.period {
        PeriodArgument::Day => Cadence::Day,
        PeriodArgument::Week => Cadence::Week,
        PeriodArgument::Month => Cadence::Month,
        PeriodArgument::Year => Cadence::Year,
    };
    let date = match arguments.date {
        Some(date) => date,
        None => today(now, &settings).yesterday().map_err(|error| Failure::new(1, error))?,
    };
    let period = Period::containing(cadence, date, settings.time_zone.clone())
        .map_err(|error| Failure::new(2, format!("--date {date}: {error}")))?;
    let issue = match store.issue(cadence, &period.label())? {
        Some(frozen) => issue::Issue::frozen(frozen)?,
        None => {
            let labels = match issue::kept_labels(&store)? {
                Some(labels) => labels,
                None => Labels::of(&context.config()?.lexicon),
            };
            issue::preview(&store, &settings, &labels, period, now)?
        }
    };
    if let DigestFormat::Mail = arguments.format {
        return output::text(&render::digest::mail(&issue.digest));
    }
    output::text(&issue.render(match arguments.format {
        DigestFormat::Html | DigestFormat::Mail => render::digest::Format::Html,
        DigestFormat::Md => render::digest::Format::Markdown,
        DigestFormat::Text => render::digest::Format::Text,
        DigestFormat::Json => render::digest::Format::Json,
        DigestFormat::Atom => render::digest::Format::Atom,
    }))
}

/// The issues that stand in the store, newest first.
fn list(store: &Store, as_json: bool) -> Result<(), Failure> {
    let issues = store.issues(None, usize::MAX)?;
    if as_json {
        return output::json(&issues);
    }
    let line = |issue: &crate::store::IssueHead| {
        format!("{:<5}  No. {:<4}  {:<10}  {}", issue.cadence.as_str(), issue.number, issue.label, issue.content_hash)
    };
    output::text(&issues.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn today(now: Timestamp, config: &Settings) -> Date {
    now.to_zoned(config.time_zone.clone()).date()
}

pub(super) fn trends(context: &Context, arguments: &TrendsArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.open_read_only()?;
    let (since, until) = span(arguments, &config, &store)?;
    let mut options = issue::trend_options(&config, since, until);
    options.tags = arguments.range.tags.clone();
    options.pair = arguments.pair.as_deref().map(pair).transpose()?;
    if let Some(step) = arguments.by {
        let counts = issue::counts(&store, &options, step_of(step))?;
        return match arguments.format {
            TrendsFormat::Text => output::text(&render::trends::render_counts(&counts)),
            TrendsFormat::Json => output::text(&render::trends::counts_json(&counts)),
            TrendsFormat::Html | TrendsFormat::Md => Err(Failure::new(
                2,
                "--by gives counts as text or json: leave --by out for the page, or take --format json",
            )),
        };
    }
    let report = issue::trends(&store, &options)?;
    output::text(&render::trends::render(
        &report,
        match arguments.format {
            TrendsFormat::Text => render::trends::Format::Text,
            TrendsFormat::Html => render::trends::Format::Html,
            TrendsFormat::Md => render::trends::Format::Markdown,
            TrendsFormat::Json => render::trends::Format::Json,
        },
    ))
}

fn step_of(step: StepArgument) -> Step {
    match step {
        StepArgument::Hour => Step::Hour,
        StepArgument::Day => Step::Day,
        StepArgument::Week => Step::Week,
        StepArgument::Month => Step::Month,
    }
}

/// The days of the report: as given, else the last thirty days that hold items.
fn span(arguments: &TrendsArguments, config: &Config, store: &Store) -> Result<(Date, Date), Failure> {
    let filter = arguments.range.filter(&config.time_zone)?;
    let day = |instant: Timestamp| instant.to_zoned(config.time_zone.clone()).date();
    let newest = store.time_span()?.map_or_else(clock::now, |(_, newest)| newest);
    let calendar = |error: jiff::Error| Failure::new(2, format!("the report's days are out of range: {error}"));
    let until = match filter.until {
        Some(until) => day(until),
        None => day(newest).tomorrow().map_err(calendar)?,
    };
    let since = match filter.since {
        Some(since) => day(since),
        None => until.checked_sub(jiff::Span::new().days(30)).map_err(calendar)?,
    };
    if since >= until {
        return Err(Failure::new(2, format!("--since {since} is not before --until {until}")));
    }
    Ok((since, until))
}

fn pair(text: &str) -> Result<Pair, Failure> {
    let halves = text.split_once(['~', ',', ':', '–']).or_else(|| text.split_once('-'));
    halves.and_then(|(a, b)| Pair::new(a.trim(), b.trim())).ok_or_else(|| {
        Failure::new(
            2,
            format!("--pair: `{text}` is no pair of two places, such as russia-armenia or russia,south-ossetia"),
        )
    })
}
