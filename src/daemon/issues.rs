//! From the store to an issue or a trend report, and from an issue to its files.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Config;
use crate::digest::{self, Digest, DigestInput};
use crate::lexicon::Lexicon;
use crate::model::Period;
use crate::store::{Store, StoreError};
use crate::trends::{self, TrendReport};

/// English labels of tags, as reports show them.
pub fn labels(lexicon: &Lexicon) -> BTreeMap<String, String> {
    let entities = lexicon.entities().iter().filter_map(|entity| {
        let tag = entity.tag.clone()?;
        Some((tag, entity.label.clone()))
    });
    let rivals = lexicon
        .rivals()
        .iter()
        .flat_map(|rival| rival.sides.iter().map(|side| (format!("{}/{}", rival.id, side.id), side.label.clone())));
    entities
        .chain(rivals)
        .chain(lexicon.topics().map(|(id, label)| (format!("topic:{id}"), label.to_owned())))
        .collect()
}

/// What a trend report of some days is asked for, with all that the configuration knows.
pub fn trend_options(config: &Config, since: Date, until: Date) -> trends::Options {
    let mut options = trends::Options::new(since, until, config.time_zone.clone());
    options.labels = labels(&config.lexicon);
    // The relation matrix looks back a year.
    options.history_days = 400;
    options.actors = config.lexicon.actor_ids().into_iter().map(|id| format!("place:{id}")).collect();
    options.beat = config.lexicon.beat_ids().into_iter().map(|id| format!("place:{id}")).collect();
    config.foreknowledge.apply(&mut options);
    options
}

/// The trend report that `options` ask for.
///
/// # Errors
/// Those of the store.
pub fn trends(store: &Store, options: &trends::Options) -> Result<TrendReport, StoreError> {
    let calendar = |error: jiff::Error| StoreError::Other(format!("the report's days are out of range: {error}"));
    let midnight = |day: jiff::civil::Date| {
        Ok::<_, StoreError>(day.to_zoned(options.time_zone.clone()).map_err(calendar)?.timestamp())
    };
    let past = options.since.checked_sub(jiff::Span::new().days(i64::from(options.history_days))).map_err(calendar)?;
    let history = store.history(midnight(past)?, midnight(options.until)?)?;
    Ok(trends::report(&history, options))
}

/// The issue of a period as the store stands now.
///
/// # Errors
/// Those of the store.
pub fn compose(store: &Store, config: &Config, period: Period, now: Timestamp) -> Result<Digest, StoreError> {
    let options = trend_options(config, period.first, period.end);
    let input = DigestInput {
        items: store.digest_items(&period)?,
        panel: store.digest_panel(&period, now)?,
        labels: options.labels.clone(),
        trends: Some(trends(store, &options)?),
        number: None,
        corrections: Vec::new(),
        period,
    };
    Ok(digest::compose(&input, &config.digest))
}

/// A hash of all that an issue says: XXH3, 128 bits, of its JSON, in hexadecimal.
pub fn content_hash(issue: &Digest) -> String {
    let json = digest::render(issue, digest::Format::Json);
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(json.as_bytes()))
}

/// Writes the files of an issue to `folder`, each whole or not at all, and returns their paths.
///
/// # Errors
/// Those of the file system; a file that stood there before is then untouched.
pub fn write(issue: &Digest, label: &str, config: &Config, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut written = Vec::new();
    for format in &config.schedule.formats {
        let path = folder.join(format!("{label}.{}", format.as_str()));
        write_whole(&path, digest::render(issue, *format).as_bytes())?;
        written.push(path);
    }
    Ok(written)
}

/// Writes a file so that a reader sees the old one or the new one, and a crash leaves one of the two.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let mut file = std::fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&partial, path)
}
