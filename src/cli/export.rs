//! `export`: the history as JSONL or CSV.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::arguments::Range;
use super::context::Context;
use super::failure::{BAD_DATA, Failure};
use super::output;
use crate::app::item_table;

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
            out.write_all(&item_table::head())?;
            store.for_each_item(&filter, |item| Ok::<_, Failure>(out.write_all(&item_table::row(item))?))?;
        }
    }
    Ok(out.flush()?)
}

pub(super) fn csv_failure(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::from(error),
        other => Failure::new(BAD_DATA, format!("{other:?}")),
    }
}
