//! Makes issues and trend reports from the store, and files from issues.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::{Config, Settings};
pub use crate::digest::Unreached;
use crate::digest::{self, Composition, Digest, DigestInput};
use crate::files;
use crate::ingest::LABELS;
use crate::lexicon::{Labels, Lexicon};
use crate::model::{Cadence, Period};
use crate::render;
use crate::store::{FrozenIssue, NewIssue, Reader, Store, StoreError};
use crate::trends::{self, TrendReport};

/// Days of history for the turning points of a daily or weekly issue: eight weeks. Longer periods use the default of
/// trend reports.
const SHORT_PAST_DAYS: u16 = 56;
/// Days before a daily or weekly issue whose turning points may still be under way in it.
const UNDER_WAY_DAYS: u16 = 7;

/// Returns the English labels of tags, as reports show them.
pub fn labels(lexicon: &Lexicon) -> BTreeMap<String, String> {
    Labels::of(lexicon).labels
}

/// Returns the options of a trend report for the days from `since` to before `until`, as the configuration defines
/// them.
pub fn trend_options(config: &Config, since: Date, until: Date) -> trends::Options {
    let mut options = known(config, &Labels::of(&config.lexicon), since, until);
    // The relation matrix looks back a year.
    options.history_days = 400;
    options
}

fn known(settings: &Settings, labels: &Labels, since: Date, until: Date) -> trends::Options {
    let mut options = trends::Options::new(since, until, settings.time_zone.clone());
    options.labels.clone_from(&labels.labels);
    options.actors.clone_from(&labels.actors);
    options.scope_tags.clone_from(&labels.scope_tags);
    settings.known_events.apply(&mut options);
    options.text_rules = Some(Arc::clone(&settings.dedup_rules.texts));
    options.languages.clone_from(&settings.digest.plan.languages);
    options
}

/// Returns the options of the trend report for an issue. A period that has not ended is cut after today, so that the
/// days to come do not count as silence.
fn moved_options(settings: &Settings, labels: &Labels, period: &Period, now: Timestamp) -> trends::Options {
    let tomorrow = now.to_zoned(period.time_zone.clone()).date().tomorrow();
    let until = tomorrow.map_or(period.end, |tomorrow| tomorrow.min(period.end).max(period.first));
    let mut options = known(settings, labels, period.first, until);
    if matches!(period.cadence, Cadence::Day | Cadence::Week) {
        let before = jiff::Span::new().days(i64::from(UNDER_WAY_DAYS));
        options.since = options.since.checked_sub(before).unwrap_or(options.since);
        options.baseline_days = SHORT_PAST_DAYS;
        options.history_days = SHORT_PAST_DAYS;
    }
    options
}

/// Why an issue cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A newer kazbek wrote the issue.
    #[error("the {cadence} issue {label} cannot be read ({source}): it was written by a newer kazbek")]
    Newer {
        /// The cadence of the issue.
        cadence: &'static str,
        /// The label of its period.
        label: String,
        /// Why its JSON cannot be read.
        source: serde_json::Error,
    },
    /// The period has not ended.
    #[error("the period {label} is still running: its issue cannot be written yet")]
    StillRunning {
        /// The label of the period.
        label: String,
    },
    /// The issue is missing although it was just written.
    #[error("the issue {label} was written but is missing from the store")]
    Missing {
        /// The label of its period.
        label: String,
    },
}

/// Returns the labels that the writer keeps in the store; `None` if an older kazbek wrote it last.
///
/// # Errors
/// Fails if the store cannot be read.
pub fn kept_labels(store: &Reader) -> Result<Option<Labels>, StoreError> {
    Ok(store.meta(LABELS)?.and_then(|json| serde_json::from_str(&json).ok()))
}

/// Computes a trend report with the given options.
///
/// # Errors
/// Fails if the store cannot be read or the days are out of range.
pub fn trends(store: &Reader, options: &trends::Options) -> Result<TrendReport, StoreError> {
    let (since, until) = history_span(options)?;
    let history = store.history(since, until)?;
    Ok(trends::report(&history, options))
}

/// Returns the span of time whose items a report reads: its days, and the history before them.
///
/// # Errors
/// Fails if the days are out of range.
pub(crate) fn history_span(options: &trends::Options) -> Result<(Timestamp, Timestamp), StoreError> {
    let past = options.since.checked_sub(jiff::Span::new().days(i64::from(options.history_days)));
    Ok((midnight(past, options)?, midnight(Ok(options.until), options)?))
}

/// Computes the counts of the days in `options`, by steps.
///
/// # Errors
/// Fails if the store cannot be read or the days are out of range.
pub fn counts(store: &Reader, options: &trends::Options, by: trends::Step) -> Result<trends::CountTable, StoreError> {
    let history = store.history(midnight(Ok(options.since), options)?, midnight(Ok(options.until), options)?)?;
    Ok(trends::counts(&history, options, by))
}

fn midnight(day: Result<Date, jiff::Error>, options: &trends::Options) -> Result<jiff::Timestamp, StoreError> {
    let instant = day.and_then(|day| day.to_zoned(options.time_zone.clone()));
    instant.map(|instant| instant.timestamp()).map_err(|error| StoreError::PeriodOutOfRange(error.to_string()))
}

/// An issue: frozen, or composed from the current state of the store.
#[derive(Clone, Debug)]
pub struct Issue {
    /// The values of the issue.
    pub digest: Digest,
    /// Its JSON; for a frozen issue, exactly as it was written.
    json: String,
}

impl Issue {
    /// Reads a frozen issue, so that it can be rendered in any format.
    ///
    /// # Errors
    /// Fails if a newer kazbek wrote the issue.
    pub fn frozen(frozen: FrozenIssue) -> Result<Issue, IssueError> {
        let digest = serde_json::from_str(&frozen.json).map_err(|source| IssueError::Newer {
            cadence: frozen.head.cadence.as_str(),
            label: frozen.head.label.clone(),
            source,
        })?;
        Ok(Issue { digest, json: frozen.json })
    }

    /// Renders the issue. A frozen issue always gives the same bytes.
    pub fn render(&self, format: render::digest::Format) -> String {
        match format {
            render::digest::Format::Json => self.json.clone(),
            format => render::digest::render(&self.digest, format),
        }
    }
}

/// Returns the issue of a period: the frozen one if it has been written, otherwise a preview.
///
/// # Errors
/// Fails if the store cannot be read, or if a newer kazbek wrote the issue.
pub fn issue(store: &Reader, config: &Config, period: Period, now: Timestamp) -> Result<Issue, IssueError> {
    match store.issue(period.cadence, &period.label())? {
        Some(frozen) => Issue::frozen(frozen),
        None => Ok(preview(store, config, &Labels::of(&config.lexicon), period, now)?),
    }
}

/// Composes the issue of a period from the current state of the store, without a number.
///
/// # Errors
/// Fails if the store cannot be read or the days are out of range.
pub fn preview(
    store: &Reader,
    settings: &Settings,
    labels: &Labels,
    period: Period,
    now: Timestamp,
) -> Result<Issue, StoreError> {
    let digest = compose(store, settings, labels, period, now, None, None)?.digest;
    Ok(Issue { json: render::digest::render(&digest, render::digest::Format::Json), digest })
}

fn compose(
    store: &Reader,
    settings: &Settings,
    labels: &Labels,
    period: Period,
    now: Timestamp,
    number: Option<u32>,
    unreached: Option<Unreached>,
) -> Result<Composition, StoreError> {
    let options = moved_options(settings, labels, &period, now);
    // Trends come before the items: their history takes more memory than the items, and is freed by then.
    let trends = trends(store, &options)?;
    let input = DigestInput {
        items: store.digest_items(&period)?,
        panel: store.digest_panel(&period, now)?,
        labels: options.labels.clone(),
        trends: Some(trends),
        number,
        unreached,
        late: store.late_items(&period)?,
        changes: store.issue_changes(&period)?,
        period,
    };
    Ok(digest::compose(&input, &settings.digest))
}

/// Composes the issue of a period that has ended, for [`WriteTransaction::freeze_issue`]. It only reads, so it may run
/// beside the writer. With `unreached` it says that no feed could be reached when it was written.
///
/// [`WriteTransaction::freeze_issue`]: crate::store::WriteTransaction::freeze_issue
///
/// # Errors
/// Fails if the period has not ended or the store cannot be read.
pub fn draft(
    store: &Reader,
    config: &Config,
    period: &Period,
    now: Timestamp,
    unreached: Option<Unreached>,
) -> Result<NewIssue, IssueError> {
    let label = period.label();
    if period.end_instant().map_or(true, |end| now < end) {
        return Err(IssueError::StillRunning { label });
    }
    // This must come first: whatever arrives from here on is late.
    let last_item_id = store.last_item_id()?;
    let number = store.issue_number(period.cadence, &label)?;
    let labels = Labels::of(&config.lexicon);
    let composition = compose(store, config, &labels, period.clone(), now, Some(number), unreached)?;
    Ok(NewIssue {
        period: period.clone(),
        number,
        written_at: now,
        content_hash: composition.digest.content_hash.clone(),
        json: render::digest::render(&composition.digest, render::digest::Format::Json),
        held: composition.held,
        last_item_id,
    })
}

/// Writes the issue of a period that has ended into the store, once and for all, and returns it, even if it is empty.
/// If it was written before, that issue is returned, whatever the store contains today.
///
/// # Errors
/// Fails if the period has not ended or the store cannot be read or written.
pub fn freeze(store: &mut Store, config: &Config, period: &Period, now: Timestamp) -> Result<FrozenIssue, IssueError> {
    if store.issue(period.cadence, &period.label())?.is_none() {
        let draft = draft(store, config, period, now, None)?;
        store.write(|writer| writer.freeze_issue(&draft))?;
    }
    let missing = || IssueError::Missing { label: period.label() };
    store.issue(period.cadence, &period.label())?.ok_or_else(missing)
}

/// The file of an issue in one format.
fn path_of(label: &str, format: render::digest::Format, folder: &Path) -> PathBuf {
    folder.join(format!("{label}.{}", format.as_str()))
}

/// Removes the files of issues that were withdrawn, in every format.
///
/// # Errors
/// Fails if a file cannot be removed, or if the folder is a link.
pub fn remove_files(labels: &[String], config: &Config, folder: &Path) -> std::io::Result<()> {
    files::check_is_no_link(folder)?;
    for label in labels {
        for format in &config.schedule.formats {
            match std::fs::remove_file(path_of(label, *format, folder)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Writes the files of an issue that are missing in `folder`, each atomically, and returns their paths; `None` if all
/// exist.
///
/// # Errors
/// Fails if the folder or a file cannot be written.
pub fn write_missing(
    issue: &Issue,
    label: &str,
    config: &Config,
    folder: &Path,
) -> std::io::Result<Option<Vec<PathBuf>>> {
    let access = config.access();
    files::create_own_folder(folder, access)?;
    let mut written = Vec::new();
    for format in &config.schedule.formats {
        let path = path_of(label, *format, folder);
        if !path.exists() {
            files::write_whole(&path, issue.render(*format).as_bytes(), access)?;
            written.push(path);
        }
    }
    Ok(Some(written).filter(|written| !written.is_empty()))
}
