//! `db` and `check`.

use std::io::Write;

use super::context::Context;
use super::failure::{BAD_CONFIGURATION, BAD_DATA, Failure};
use super::{DbCommand, output};
use crate::app::clock;

pub(super) fn database(context: &Context, command: DbCommand) -> Result<(), Failure> {
    match command {
        DbCommand::Check { json } => {
            let report = context.open_read_only()?.check()?;
            if json {
                output::json(&report)?;
            } else if report.faults.is_empty() {
                output::text("ok: no damage found")?;
            } else {
                output::text(&report.faults.join("\n"))?;
                #[expect(clippy::print_stderr, reason = "advice is for the person, the faults are the data")]
                report.advice.into_iter().for_each(|advice| eprintln!("kazbek: {advice}"));
            }
            if report.faults.is_empty() { Ok(()) } else { Err(Failure::told(BAD_DATA)) }
        }
        DbCommand::Backup { file } => {
            let store = context.open_read_only()?;
            let bar = output::bar(0, "pages");
            store.backup(&file, |done, total| {
                bar.set_length(total);
                bar.set_position(done);
            })?;
            bar.finish_and_clear();
            output::text(&format!("{} is a whole copy of {}", file.display(), store.path().display()))
        }
        DbCommand::Compact => {
            let _lock = context.lock()?;
            let config = context.settings()?;
            let mut store = context.open()?;
            for fault in store.mend()? {
                output::text(&format!("mended: {fault}"))?;
            }
            store.retain(&config.retention, clock::now())?;
            let (before, after) = store.compact()?;
            output::text(&format!("{} before, {} after", size(before), size(after)))
        }
        DbCommand::Stats { json } => {
            let stats = context.open_read_only()?.stats()?;
            if json {
                return output::json(&stats);
            }
            let mut out = output::stdout();
            let day = |time: Option<jiff::Timestamp>| {
                time.map_or_else(|| "none".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
            };
            writeln!(out, "feeds       {:>12}", stats.feeds)?;
            writeln!(out, "sightings   {:>12}   one item standing in one feed", stats.sightings)?;
            writeln!(out, "  items     {:>12}   kept once", stats.items)?;
            writeln!(out, "  duplicates{:>12}   the same from elsewhere", stats.duplicates)?;
            writeln!(out, "tagged      {:>12}   items with a tag", stats.tagged)?;
            writeln!(out, "stories     {:>12}   in the beat", stats.stories)?;
            writeln!(out, "time        {:>12}   to {}", day(stats.oldest), day(stats.newest))?;
            writeln!(out, "size        {:>12}", size(stats.bytes))?;
            writeln!(out, "schema      {:>12}", stats.schema_version)?;
            writeln!(out, "lexicon     {:>12}", stats.lexicon_version.as_deref().unwrap_or("none"))?;
            Ok(out.flush()?)
        }
    }
}

fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

pub(super) fn check(context: &Context) -> Result<(), Failure> {
    // Both are looked at, so that one run tells everything.
    let (config, data_dir) = (context.config(), context.check_data_dir());
    let config = match (config, data_dir) {
        (Ok(config), Ok(())) => config,
        (Ok(_), Err(failure)) => return Err(failure.or_code(BAD_CONFIGURATION)),
        (Err(failure), Ok(())) => return Err(failure),
        (Err(failure), Err(other)) => return Err(failure.and(&other)),
    };
    for note in &config.notes {
        output::note(note);
    }
    let source = config.source.as_deref();
    output::text(&format!(
        "ok: {}, {} feeds, lexicon {}, data in {}",
        source.map_or_else(|| "built-in configuration".to_owned(), |path| path.display().to_string()),
        config.feeds.len(),
        config.lexicon.version(),
        context.data_dir()?.display(),
    ))
}
