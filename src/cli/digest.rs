//! `digest`: prints the digest of a period, frozen or composed now.

use std::str::FromStr;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::arguments::one_of;
use super::context::Context;
use super::failure::{FAILED, Failure, WRONG_USAGE};
use super::output;
use crate::app::{clock, issue};
use crate::config::Settings;
use crate::digest::Format;
use crate::lexicon::Labels;
use crate::model::{Cadence, Period, UnknownWord};
use crate::render;
use crate::store::Reader;

#[derive(Debug, Args)]
pub(super) struct DigestArguments {
    /// The length of the period
    #[arg(long, default_value = "day", value_parser = one_of::<Cadence>(Cadence::ALL.map(Cadence::as_str)))]
    period: Cadence,
    /// A day in the period [default: yesterday]
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// Output format; `mail` is HTML as it is sent by mail
    #[arg(long, default_value = "text", value_parser = one_of::<Output>(Output::WORDS))]
    format: Output,
    /// List the issues that were written: cadence, number, label, content hash
    #[arg(long, conflicts_with_all = ["period", "date", "format"])]
    list: bool,
    /// Print the list as JSON
    #[arg(long, requires = "list")]
    json: bool,
}

/// An output format: one of those of issues, or HTML as it is mailed.
#[derive(Clone, Copy, Debug)]
enum Output {
    Format(Format),
    Mail,
}

impl Output {
    const WORDS: [&str; 6] = ["html", "mail", "md", "text", "json", "atom"];
}

impl FromStr for Output {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Output, UnknownWord> {
        if word == "mail" { Ok(Output::Mail) } else { word.parse().map(Output::Format) }
    }
}

pub(super) fn digest(context: &Context, arguments: &DigestArguments) -> Result<(), Failure> {
    let settings = context.settings()?;
    let store = context.open_read_only()?;
    if arguments.list {
        return list(&store, arguments.json);
    }
    let now = clock::now();
    let cadence = arguments.period;
    let date = match arguments.date {
        Some(date) => date,
        None => today(now, &settings).yesterday().map_err(|error| Failure::new(FAILED, error))?,
    };
    let period = Period::containing(cadence, date, settings.time_zone.clone())
        .map_err(|error| Failure::new(WRONG_USAGE, format!("--date {date}: {error}")))?;
    let issue = match store.issue(cadence, &period.label())? {
        Some(frozen) => issue::Issue::frozen(frozen)?,
        None => {
            let today = today(now, &settings);
            if period.first > today {
                let what = format!("the {} {} is in the future; today is {today}", cadence.as_str(), period.label());
                return Err(Failure::new(WRONG_USAGE, format!("--date: {what}")));
            }
            let labels = match issue::kept_labels(&store)? {
                Some(labels) => labels,
                None => Labels::of(&context.config()?.lexicon),
            };
            issue::preview(&store, &settings, &labels, period, now)?
        }
    };
    match arguments.format {
        Output::Mail => output::data_text(&render::digest::mail(&issue.digest)),
        Output::Format(Format::Json) => output::json_text(&issue.render(Format::Json)),
        Output::Format(Format::Text) => output::document(&issue.render(Format::Text)),
        Output::Format(format) => output::data_text(&issue.render(format)),
    }
}

/// Lists the issues in the store, newest first.
fn list(store: &Reader, as_json: bool) -> Result<(), Failure> {
    let issues = store.issues(None, usize::MAX)?;
    if as_json {
        return output::json(&issues);
    }
    let line = |issue: &crate::store::IssueHead| {
        format!("{:<5}  No. {:<4}  {:<10}  {}", issue.cadence.as_str(), issue.number, issue.label, issue.content_hash)
    };
    if issues.is_empty() {
        return output::text("no issues were written yet; `kazbek run` writes them");
    }
    output::text(&issues.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn today(now: Timestamp, config: &Settings) -> Date {
    now.to_zoned(config.time_zone.clone()).date()
}
