//! `reclassify`: tags the stored items again under the current lexicon.

use clap::Args;

use super::arguments::instant;
use super::context::Context;
use super::failure::Failure;
use super::output;
use crate::app::clock;
use crate::ingest::Writer;

#[derive(Debug, Args)]
pub(super) struct ReclassifyArguments {
    /// Only items dated at or after this day or instant
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
}

pub(super) fn reclassify(context: &Context, arguments: &ReclassifyArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let engine = config.engine();
    let since = arguments.since.as_deref().map(|text| instant(text, "--since", &config.time_zone)).transpose()?;
    let _lock = context.lock()?;
    let store = context.open()?;
    let bar = output::bar(store.count_since(since)?, "items");
    let mut writer = Writer::open(store, engine, clock::now())?;
    let done = writer.reclassify(since, |done| bar.set_position(done))?;
    writer.close()?;
    bar.finish_and_clear();
    output::text(&format!("{done} items tagged again under lexicon {}", config.lexicon.dated_version()))
}
