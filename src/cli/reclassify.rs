//! `reclassify`: tags the stored items again under the current lexicon.

use clap::Args;

use super::arguments::instant;
use super::context::{Context, Writing};
use super::failure::Failure;
use super::output;
use crate::app::clock;
use crate::app::orders::{Order, Reclassified};
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
    let bar = output::bar(0, "items");
    let Reclassified { items, lexicon } = match context.writing()? {
        Writing::Alone(_lock) => {
            let store = context.open()?;
            bar.set_length(store.count_since(since)?);
            let mut writer = Writer::open(store, engine, clock::now())?;
            let items = writer.reclassify(since, |done| bar.set_position(done))?;
            writer.close()?;
            Reclassified { items, lexicon: config.lexicon.dated_version() }
        }
        Writing::Daemon(mut daemon) => daemon.order(&Order::Reclassify { since }, |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        })?,
    };
    bar.finish_and_clear();
    output::text(&format!("{items} items tagged again under lexicon {lexicon}"))
}
