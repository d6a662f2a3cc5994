//! `db` and `check`.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use clap::Subcommand;

use super::arguments::ClockArguments;
use super::context::{self, Context, check_writable};
use super::failure::{BAD_CONFIGURATION, BAD_DATA, Failure, say};
use super::output;
use crate::app::{clock, exposed_files};
use crate::config::Settings;
use crate::deliver::Transport;
use crate::files;
use crate::store::{DeskFile, Pruned, StoreError};

#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Check the database for damage
    Check {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Copy the database, even while it is in use
    Backup {
        /// The new file
        file: PathBuf,
    },
    /// Give unused space back to the file system; the data stay as they are
    Compact,
    /// Rebuild the search index and the daily counts if they contradict the items
    Repair,
    /// Remove what the configuration no longer keeps: old items and texts, and the oldest items of a file that is too large
    Prune {
        /// Only count what would be removed; works while the daemon runs
        #[arg(long)]
        dry_run: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        clock: ClockArguments,
    },
    /// Print figures: feeds, items, sizes, versions
    Stats {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

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
                report.advice.into_iter().for_each(say);
            }
            if report.faults.is_empty() { Ok(()) } else { Err(Failure::reported(BAD_DATA)) }
        }
        DbCommand::Backup { file } => {
            let store = context.open_read_only()?;
            let folder = context.data_dir()?;
            // Stars and saved searches are in a file of their own.
            let stars = DeskFile::exists(&folder).then(|| DeskFile::open(&folder)).transpose()?;
            let of_stars = file.with_extension(DeskFile::FILE_NAME);
            if stars.is_some() && of_stars.exists() {
                return Err(StoreError::Exists(of_stars).into());
            }
            let bar = output::bar(0, "pages");
            store.backup(&file, |done, total| {
                bar.set_length(total);
                bar.set_position(done);
            })?;
            bar.finish_and_clear();
            let mut done = format!("copied {} to {}", store.path().display(), file.display());
            if let Some(stars) = stars {
                stars.backup(&of_stars)?;
                done.push_str(&format!(", and the stars, notes and saved searches to {}", of_stars.display()));
            }
            output::text(&done)
        }
        DbCommand::Compact => {
            let lock = context.lock()?;
            let (before, after) = context.open_for_maintenance(&lock)?.compact()?;
            output::text(&format!("{} before, {} after", size(before), size(after)))
        }
        DbCommand::Repair => {
            let lock = context.lock()?;
            let repaired = context.open_for_maintenance(&lock)?.repair()?;
            if repaired.is_empty() {
                return output::text("nothing to repair");
            }
            let lines: Vec<String> = repaired.iter().map(|fault| format!("repaired: {fault}")).collect();
            output::text(&lines.join("\n"))
        }
        DbCommand::Prune { dry_run, json, clock } => prune(context, dry_run, json, &clock),
        DbCommand::Stats { json } => {
            let stats = context.open_read_only()?.stats()?;
            if json {
                return output::json(&stats);
            }
            let mut out = output::lines();
            let day = |time: Option<jiff::Timestamp>| {
                time.map_or_else(|| "none".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
            };
            writeln!(out, "feeds       {:>12}", stats.feeds)?;
            writeln!(out, "sightings   {:>12}   an item seen in a feed", stats.sightings)?;
            writeln!(out, "  items     {:>12}   each kept once", stats.items)?;
            writeln!(out, "  duplicates{:>12}   the same item in another feed", stats.duplicates)?;
            writeln!(out, "tagged      {:>12}   items with a tag", stats.tagged)?;
            writeln!(out, "stories     {:>12}   in scope", stats.stories)?;
            writeln!(out, "time        {:>12}   to {}", day(stats.oldest), day(stats.newest))?;
            writeln!(out, "size        {:>12}", size(stats.bytes))?;
            writeln!(out, "schema      {:>12}", stats.schema_version)?;
            writeln!(out, "lexicon     {:>12}", stats.lexicon_version.as_deref().unwrap_or("none"))?;
            Ok(out.flush()?)
        }
    }
}

/// What `db prune` prints as JSON.
#[derive(Serialize)]
struct PruneReport {
    dry_run: bool,
    #[serde(flatten)]
    pruned: Pruned,
    size_bytes: u64,
}

fn prune(context: &Context, dry_run: bool, json: bool, clock: &ClockArguments) -> Result<(), Failure> {
    let options = context.settings()?.retention;
    let report = if dry_run {
        let store = context.open_read_only()?;
        PruneReport { dry_run, pruned: store.preview_prune(&options, clock::now())?, size_bytes: store.size_bytes() }
    } else {
        let lock = context.lock()?;
        let mut store = context.open_for_maintenance(&lock)?;
        let now = context::confirmed_time(&mut store, clock, "nothing was removed")?;
        let pruned = store.prune(&options, now)?;
        store.checkpoint()?;
        PruneReport { dry_run, pruned, size_bytes: store.size_bytes() }
    };
    if json {
        return output::json(&report);
    }
    let mut out = output::lines();
    let Pruned { texts_dropped, items_out_of_scope, items_in_scope } = report.pruned;
    writeln!(out, "{}", if dry_run { "would be removed" } else { "removed" })?;
    writeln!(
        out,
        "  texts     {texts_dropped:>12}   of untagged items older than {} days",
        options.untagged_text_days
    )?;
    writeln!(out, "  items     {items_out_of_scope:>12}   out of scope")?;
    writeln!(out, "            {items_in_scope:>12}   in scope")?;
    writeln!(out, "size        {:>12}", size(report.size_bytes))?;
    if dry_run && options.size_limit_mib > 0 {
        writeln!(out, "what exceeds size_limit_mib = {} is estimated", options.size_limit_mib)?;
    }
    Ok(out.flush()?)
}

fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

/// Checks that the folders of recipients can be written, and that none of our own is a link. systemd runs `check` in the sandbox of the service, so that a
/// folder that the sandbox forbids is found before the first delivery fails.
fn check_folders(config: &Settings, data_dir: &Path) -> Result<(), Failure> {
    let own = exposed_files::OWN_FOLDERS.map(|name| config.published(data_dir, name));
    let links = own.iter().filter_map(|folder| files::check_is_no_link(folder).err());
    let mut faults: Vec<String> = links.map(|error| error.to_string()).collect();
    for recipient in &config.recipients {
        let Transport::File(options) = &recipient.transport else { continue };
        if let Err(error) = check_writable(&options.folder) {
            let (name, folder) = (&recipient.name, options.folder.display());
            let remedy = format!("`systemctl edit kazbek` and ReadWritePaths={folder} let the service write there");
            faults.push(format!("recipient `{name}`: the folder {folder} cannot be written: {error}; {remedy}"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::new(BAD_CONFIGURATION, faults.join("\n"))) }
}

pub(super) fn check(context: &Context) -> Result<(), Failure> {
    // Both are checked, so that one run reports everything.
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
    let data_dir = context.data_dir()?;
    let exposed = exposed_files::exposed(&data_dir, &config).len();
    if exposed > 0 {
        output::note(format_args!(
            "others can read {exposed} files of the data directory; `kazbek run` makes them private"
        ));
    }
    check_folders(&config, &data_dir)?;
    let source = config.source.as_deref();
    output::text(&format!(
        "ok: {}, {} feeds, lexicon {}, data in {}",
        source.map_or_else(|| "built-in configuration".to_owned(), |path| path.display().to_string()),
        config.feeds.len(),
        config.lexicon.dated_version(),
        data_dir.display(),
    ))
}
