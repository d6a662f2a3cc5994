//! `export`: the history as JSONL or CSV.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::arguments::Range;
use super::context::Context;
use super::failure::{BAD_DATA, Failure};
use super::output;
use crate::store::ListedItem;
use crate::text::spreadsheet::cell;

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    range: Range,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    Jsonl,
    Csv,
}

pub(super) fn export(context: &Context, arguments: &ExportArguments) -> Result<(), Failure> {
    let config = context.settings()?;
    let filter = arguments.range.filter(&config.time_zone)?;
    let store = context.open_read_only()?;
    context.check_tags(&store, &filter.tags)?;
    let mut out = output::stdout();
    match arguments.format {
        Format::Jsonl => {
            store.for_each_item(&filter, |item| output::json_line(&mut out, &item))?;
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            let mut row = |fields: [String; 14]| csv.write_record(fields.map(cell)).map_err(csv_failure);
            row(CSV_COLUMNS.map(str::to_owned))?;
            store.for_each_item(&filter, |item| row(csv_fields(item)))?;
            csv.flush()?;
        }
    }
    Ok(out.flush()?)
}

const CSV_COLUMNS: [&str; 14] = [
    "id",
    "url",
    "title",
    "summary",
    "published",
    "first_seen",
    "outlet",
    "bloc",
    "language",
    "scope",
    "score",
    "tags",
    "duplicate_of",
    "story",
];

fn csv_fields(item: ListedItem) -> [String; 14] {
    let text = |value: Option<String>| value.unwrap_or_default();
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    [
        item.id.to_string(),
        text(item.url),
        item.title,
        item.summary,
        text(item.published.map(|time| time.to_string())),
        item.first_seen.to_string(),
        item.outlet,
        text(item.bloc),
        text(item.language),
        text(item.scope),
        item.score.to_string(),
        item.tags.join(" "),
        number(item.duplicate_of),
        number(item.story),
    ]
}

pub(super) fn csv_failure(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::from(error),
        other => Failure::new(BAD_DATA, format!("{other:?}")),
    }
}
