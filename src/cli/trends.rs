//! `trends`: the trend report, or bare counts over time.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::arguments::{Range, one_of};
use super::context::Context;
use super::failure::{Failure, WRONG_USAGE};
use super::output;
use crate::app::{clock, issue};
use crate::config::Config;
use crate::render;
use crate::render::trends::Format;
use crate::store::Reader;
use crate::trends::{self, Pair, Step};

#[derive(Debug, Args)]
pub(super) struct TrendsArguments {
    #[command(flatten)]
    range: Range,
    /// Only this pair of actors, e.g. russia-armenia
    #[arg(long, value_name = "A-B")]
    pair: Option<String>,
    /// Print bare counts per step instead of the report: of tags, pairs, outlets, press blocs and stories, as text or
    /// JSON
    #[arg(long, value_name = "STEP", value_parser = one_of::<Step>(Step::ALL.map(Step::as_str)))]
    by: Option<Step>,
    /// Output format
    #[arg(long, default_value = "text", value_parser = one_of::<Format>(Format::ALL.map(Format::as_str)))]
    format: Format,
}

/// Most items that a report is made of. Each takes about half a kilobyte, so this is about a gigabyte.
const ITEMS_MAX: usize = 2_000_000;

/// Most days of a report, each with its counts of every tag: a hundred years.
const DAYS_MAX: i32 = 36_525;

pub(super) fn trends(context: &Context, arguments: &TrendsArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.open_read_only()?;
    context.check_tags(&store, &arguments.range.tags)?;
    let (since, until) = span(arguments, &config, &store)?;
    let mut options = issue::trend_options(&config, since, until);
    bounded(&store, &mut options, ITEMS_MAX)?;
    options.tags = arguments.range.tags.clone();
    options.pair = arguments.pair.as_deref().map(|text| pair(&config, text)).transpose()?;
    if let Some(step) = arguments.by {
        let counts = issue::counts(&store, &options, step)?;
        return match arguments.format {
            Format::Text => output::table_text(&render::trends::render_counts(&counts)),
            Format::Json => output::json_text(&render::trends::counts_json(&counts)),
            Format::Html | Format::Markdown => Err(Failure::new(
                WRONG_USAGE,
                "--by prints counts as text or json only; leave out --by, or use --format json",
            )),
        };
    }
    let report = issue::trends(&store, &options)?;
    let text = render::trends::render(&report, arguments.format);
    match arguments.format {
        Format::Json => output::json_text(&text),
        Format::Text => output::document(&text),
        Format::Html | Format::Markdown => output::data_text(&text),
    }
}

/// Bounds the memory of a report. One that begins long before the first item begins with it instead, and says so.
fn bounded(store: &Reader, options: &mut trends::Options, items_max: usize) -> Result<(), Failure> {
    let days = |options: &trends::Options| (options.until - options.since).get_days();
    if days(options) > DAYS_MAX
        && let Some((oldest, _)) = store.time_span()?
    {
        options.since = options.since.max(oldest.to_zoned(options.time_zone.clone()).date());
        output::note(format_args!("the report begins on {}, the day of the first item", options.since));
    }
    let tell =
        |what: String| Failure::new(WRONG_USAGE, format!("{what}; give a shorter time with --since and --until"));
    if days(options) > DAYS_MAX {
        return Err(tell(format!("a report of {} days is too long; the limit is {DAYS_MAX}", days(options))));
    }
    let (since, until) = issue::history_span(options)?;
    if store.count_items(since, until, items_max + 1)? > items_max {
        return Err(tell(format!(
            "the report and the {} days before it have more than {items_max} items, which would take a gigabyte of memory",
            options.history_days
        )));
    }
    Ok(())
}

/// The days of the report: as given, else the last thirty days that have items.
fn span(arguments: &TrendsArguments, config: &Config, store: &Reader) -> Result<(Date, Date), Failure> {
    let filter = arguments.range.filter(&config.time_zone)?;
    let day = |instant: Timestamp| instant.to_zoned(config.time_zone.clone()).date();
    let newest = store.time_span()?.map_or_else(clock::now, |(_, newest)| newest);
    let calendar =
        |error: jiff::Error| Failure::new(WRONG_USAGE, format!("the days of the report are out of range: {error}"));
    let until = match filter.until {
        Some(until) => day(until),
        None => day(newest).tomorrow().map_err(calendar)?,
    };
    let since = match filter.since {
        Some(since) => day(since),
        None => until.checked_sub(jiff::Span::new().days(30)).map_err(calendar)?,
    };
    let today = clock::now().to_zoned(config.time_zone.clone()).date();
    // Only what was given is to be corrected.
    let fault = match (filter.since, filter.until) {
        (None, Some(_)) if since > today => {
            format!(
                "--until {until} is too far in the future for the thirty days before it; today is {today}; give --since as well"
            )
        }
        _ if since > today => format!("--since {since} is in the future; today is {today}"),
        (Some(_), None) if since >= until => {
            format!("--since {since} is after the newest item, which is of {}; give an earlier day", day(newest))
        }
        _ if since >= until => format!("--since {since} is not before --until {until}"),
        _ => return Ok((since, until)),
    };
    Err(Failure::new(WRONG_USAGE, fault))
}
fn pair(config: &Config, text: &str) -> Result<Pair, Failure> {
    let halves = config.lexicon.pair(text, &['-', '~', ',', ':', '–']);
    halves
        .and_then(|(a, b)| Pair::new(a, b).ok_or_else(|| format!("`{text}` names one place twice")))
        .map_err(|error| Failure::new(WRONG_USAGE, format!("--pair: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{ImportItem, Writer};
    use crate::store::Store;

    #[test]
    fn a_report_over_too_many_items_is_refused_and_the_days_before_it_count() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("feeds.opml"), "<opml version=\"2.0\"><body/></opml>").unwrap();
        let file = folder.path().join("kazbek.toml");
        std::fs::write(&file, "feeds = \"feeds.opml\"\n").unwrap();
        let config = Config::load(Some(&file)).unwrap();
        let item = |day: i8| ImportItem {
            url: Some(format!("https://news.example/{day}")),
            title: format!("Armenia and Russia talk, day {day}"),
            summary: String::new(),
            published: Some(format!("2026-03-{day:02}T08:00:00Z").parse().unwrap()),
            outlet: "News".to_owned(),
            language: None,
            bloc: None,
            first_seen: None,
        };
        let store = Store::open(&folder.path().join(Store::FILE_NAME)).unwrap();
        let now = "2026-04-01T00:00:00Z".parse().unwrap();
        let mut writer = Writer::open(store, config.engine(), now).unwrap();
        writer.import(&(1..=6).map(item).collect::<Vec<_>>(), now).unwrap();
        let mut check = |since: &str, items_max: usize, is_allowed: bool| {
            let (since, until) = (since.parse().unwrap(), "2026-03-07".parse().unwrap());
            let mut options = issue::trend_options(&config, since, until);
            options.history_days = 2;
            let result = bounded(writer.store(), &mut options, items_max);
            assert_eq!(result.is_ok(), is_allowed, "{since}, at most {items_max}: {result:?}");
        };
        // The last two days, and the two before them.
        check("2026-03-05", 4, true);
        check("2026-03-05", 3, false);
        // All years.
        check("0001-01-01", 6, true);
        check("0001-01-01", 5, false);
    }
}
