//! Writes the issues that are due: composes each one, freezes it together with its deliveries, and writes its files.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::Notify;
use tracing::{error, info, warn};

use super::disk_space::DiskSpace;
use crate::app::issue::{self, Unreached};
use crate::app::pipeline::Pipeline;
use crate::config::Config;
use crate::digest::Written;
use crate::model::{Cadence, Period};
use crate::store::{OutboxEntry, Reader, ReaderPool, Store};

/// The name under which the store keeps when the schedule began.
const BEGAN: &str = "schedule_began";

/// Writes issues.
#[derive(Clone, Debug)]
pub(super) struct DigestJob {
    pub(super) config: Arc<Config>,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) readers: ReaderPool,
    /// The folder of the issues' files.
    pub(super) folder: PathBuf,
    /// Notified when something was put into the outbox.
    pub(super) outbox: Arc<Notify>,
    pub(super) disk: DiskSpace,
}

impl DigestJob {
    /// Writes the issues that are due. Returns whether any was written, and whether none is left to be tried again.
    /// `unreached` is given if they no longer wait for feeds, none of which can be reached; the issues then say so.
    pub(super) async fn write_due(&self, now: Timestamp, unreached: Option<Unreached>) -> (bool, bool) {
        if let Err(error) = self.withdraw_ahead(now).await {
            if !self.disk.explains(&error) {
                error!(%error, "it could not be checked whether a digest is of a day that has not come; trying again in a minute");
            }
            return (false, false);
        }
        let periods = match self.due(now).await {
            Ok(periods) => periods,
            Err(error) if self.disk.explains(&error) => return (false, false),
            Err(error) => {
                error!(%error, "the digests that are due could not be determined; trying again in a minute");
                return (false, false);
            }
        };
        let mut is_any_written = false;
        for period in periods {
            let label = period.label();
            match self.publish(period, now, unreached).await {
                Ok(None) => {}
                Ok(Some(paths)) => {
                    is_any_written = true;
                    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                    info!("the digest of {label} was written: {}", paths.join(", "));
                }
                Err(error) if self.disk.explains(&error) => return (is_any_written, false),
                Err(error) => {
                    error!(%error, "the digest of {label} could not be written; trying again in a minute");
                    return (is_any_written, false);
                }
            }
        }
        (is_any_written, true)
    }

    /// Withdraws issues of periods that have not ended, with their files: they were written while the clock was ahead.
    async fn withdraw_ahead(&self, now: Timestamp) -> anyhow::Result<()> {
        let readers = self.readers.clone();
        if !tokio::task::spawn_blocking(move || readers.read(|store| store.is_ahead(now))).await?? {
            return Ok(());
        }
        let labels = self.pipeline.store(move |store| store.write(|writer| writer.withdraw_ahead(now))).await?;
        warn!(digests = ?labels, "what was written while the clock was ahead is withdrawn; deliveries that wait are due now");
        let (config, folder) = (Arc::clone(&self.config), self.folder.clone());
        tokio::task::spawn_blocking(move || issue::remove_files(&labels, &config, &folder)).await??;
        self.outbox.notify_one();
        Ok(())
    }

    /// Returns the periods whose issues are due and not written, in the order in which they became due, and the last one
    /// that was written of each cadence, in case its files are missing. If no daily issue was ever written, yesterday's is due
    /// at any hour, so that a new user sees one.
    async fn due(&self, now: Timestamp) -> anyhow::Result<Vec<Period>> {
        let (config, readers) = (Arc::clone(&self.config), self.readers.clone());
        let found = tokio::task::spawn_blocking(move || {
            readers.read(|store| -> anyhow::Result<_> {
                let began: Option<Timestamp> = store.meta(BEGAN)?.and_then(|text| text.parse().ok());
                // Later than now, it was noted while the clock was ahead.
                let began = began.filter(|began| *began <= now);
                let (schedule, zone) = (&config.schedule, &config.time_zone);
                let mut periods = Vec::new();
                for cadence in Cadence::ALL {
                    match day_after_last(store, cadence, zone)? {
                        Some(end) => {
                            let last = end.yesterday().and_then(|day| Period::containing(cadence, day, zone.clone()));
                            periods.extend(last.ok());
                            periods.extend(schedule.due(cadence, Written::Until(end), now, zone));
                            if let Some((first, last)) = schedule.given_up(cadence, Written::Until(end), now, zone) {
                                let (first, last) = (first.label(), last.label());
                                warn!(
                                    cadence = cadence.as_str(),
                                    first, last, "some missed digests are not written, because they are more than digest.catch_up allows"
                                );
                            }
                        }
                        None => {
                            let since = began.unwrap_or(now);
                            let due = schedule.due(cadence, Written::NothingSince(since), now, zone);
                            if due.is_empty() && cadence == Cadence::Day && schedule.timing(cadence).is_some() {
                                periods.extend(schedule.yesterday(now, zone).ok());
                            }
                            periods.extend(due);
                        }
                    }
                }
                // The issue of a day comes before that of the week which ends with it. The sort is stable.
                periods.sort_by_key(|period| (schedule.due_at(period), period.end));
                Ok((periods, began))
            })
        });
        let (periods, began) = found.await??;
        if began.is_none() {
            self.pipeline.store(move |store| store.set_meta(BEGAN, &now.to_string())).await?;
        }
        Ok(periods)
    }

    /// Freezes an issue together with a delivery for each of its recipients, and writes its files. Returns the paths;
    /// `None` if everything had been done before.
    async fn publish(
        &self,
        period: Period,
        now: Timestamp,
        unreached: Option<Unreached>,
    ) -> anyhow::Result<Option<Vec<PathBuf>>> {
        let (config, readers) = (Arc::clone(&self.config), self.readers.clone());
        let of = period.clone();
        let draft = tokio::task::spawn_blocking(move || {
            readers.read(|store| -> anyhow::Result<_> {
                let is_frozen = store.issue(of.cadence, &of.label())?.is_some();
                Ok(if is_frozen { None } else { Some(issue::draft(store, &config, &of, now, unreached)?) })
            })
        });
        if let Some(draft) = draft.await?? {
            let recipients = self.config.recipients.iter();
            let names: Vec<String> = recipients
                .filter(|recipient| recipient.cadences.contains(&period.cadence))
                .map(|recipient| recipient.name.clone())
                .collect();
            let (cadence, label) = (period.cadence.as_str(), period.label());
            let freeze = move |store: &mut Store| {
                store.write(|writer| {
                    let head = writer.freeze_issue(&draft)?;
                    for recipient in &names {
                        let entry = OutboxEntry { recipient, cadence, period: &label, payload: None };
                        writer.enqueue(&entry, now)?;
                    }
                    Ok(head)
                })
            };
            self.pipeline.store(freeze).await?;
            self.outbox.notify_one();
        }
        // After a crash between freezing and writing, the issue is in the store and its files are missing.
        let (config, readers) = (Arc::clone(&self.config), self.readers.clone());
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || {
            readers.read(|store| -> anyhow::Result<_> {
                let Some(frozen) = store.issue(period.cadence, &period.label())? else { return Ok(None) };
                Ok(issue::write_missing(&issue::Issue::frozen(frozen)?, &period.label(), &config, &folder)?)
            })
        });
        written.await?
    }
}

/// Returns the day after the last issue of a cadence; `None` if there is no issue. It is the issue's own day, in
/// whatever time zone it was written, so that a change of the time zone neither repeats nor skips a day.
fn day_after_last(store: &Reader, cadence: Cadence, zone: &TimeZone) -> anyhow::Result<Option<Date>> {
    let Some(head) = store.issues(Some(cadence), 1)?.pop() else { return Ok(None) };
    let own = match store.issue(cadence, &head.label)?.map(issue::Issue::frozen) {
        Some(Ok(issue)) => issue.digest.period.last.tomorrow().ok(),
        // A newer kazbek wrote it.
        _ => None,
    };
    let end = store.last_issue_end(cadence)?.map(|end| end.to_zoned(zone.clone()).date());
    Ok(own.or(end))
}
