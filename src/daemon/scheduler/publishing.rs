//! The jobs of the scheduler: issues and out-feeds are written, and a full disk is tried, one of each at a time.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{Id, JoinError};
use tokio::time::Instant;
use tracing::{error, warn};

use super::{DISTRUST_CHECKED_EVERY, Event, RETRY, SPACE_TRIED, Scheduler, Writing};
use crate::app::issue::Unreached;
use crate::app::syndication::{self, OutFeeds};
use crate::daemon::round::{DueFeed, Readiness};

impl Scheduler {
    /// Has the writer try whether there is space on a disk that was full, if it is time.
    pub(super) fn try_space(&mut self, at: Instant) {
        if self.is_trying_space || Instant::now() < at {
            return;
        }
        self.is_trying_space = true;
        let (pipeline, disk, now) = (Arc::clone(&self.pipeline), self.disk.clone(), self.clock.now());
        self.jobs.spawn(async move {
            let tried = pipeline.store(move |store| store.set_meta(SPACE_TRIED, &now.to_string())).await;
            // Another fault than a full disk is reported by whom it stops.
            Event::Space {
                is_free: tried.map_err(anyhow::Error::from).err().is_none_or(|error| !disk.explains(&error)),
            }
        });
    }

    /// Has the out-feeds that changed written, by one job at a time, since two would write the same files.
    pub(super) fn refresh_out_feeds(&mut self) {
        if self.writing_out_feeds != Writing::Idle {
            self.writing_out_feeds = Writing::UnderWayAndStale;
            return;
        }
        self.writing_out_feeds = Writing::UnderWay;
        let which = std::mem::replace(&mut self.stale_out_feeds, OutFeeds::OfItems);
        let (config, readers, now) = (Arc::clone(&self.config), self.readers.clone(), self.clock.now());
        let disk = self.disk.clone();
        let folder = self.config.published(&self.data_dir, "feeds");
        self.jobs.spawn_blocking(move || {
            let written = readers.read(|store| syndication::write_all(store, &config, which, &folder, now));
            if let Err(error) = &written
                && !disk.explains(error)
            {
                warn!(%error, "the out-feeds could not be written; trying again in an hour");
            }
            Event::OutFeeds { is_written: written.is_ok() }
        });
    }

    /// Begins the round that issues wait for, when they become due.
    pub(super) fn begin_round_of_issues(&mut self) {
        let now = self.clock.now();
        if self.issue_due_at.is_none_or(|at| at > now) || self.writing_issues.is_some() {
            return;
        }
        self.issue_due_at = None;
        let due = self.due.iter().filter(|Reverse((at, _))| *at <= now);
        let due: Vec<DueFeed> = due
            .map(|Reverse((since, id))| DueFeed {
                id: *id,
                since: *since,
                is_failing: self.rows.get(id).is_some_and(|row| row.failures > 0),
            })
            .collect();
        self.round.begin(&due, now);
    }

    /// Starts to write the issues that are due, if the feeds have been read.
    pub(super) fn start_due_issues(&mut self) {
        self.issues_wait_until = None;
        if self.writing_issues.is_some() || self.issue_due_at.is_some() {
            return;
        }
        if !self.is_clock_confirmed() {
            self.issues_wait_until = Some(Instant::now() + DISTRUST_CHECKED_EVERY);
            return;
        }
        let now = self.clock.now();
        let patience = Duration::from_secs(3_600 * u64::from(self.config.schedule.wait_for_feeds_hours));
        let unreached = match self.round.readiness(patience) {
            Readiness::Wait { until } => {
                self.issues_wait_until = Some(until);
                if self.round.is_over() && !std::mem::replace(&mut self.is_waiting_logged, true) {
                    warn!(
                        hours = self.config.schedule.wait_for_feeds_hours,
                        "no feed can be reached, so digests that are due wait until one is, but no longer than digest.wait_for_feeds_hours"
                    );
                }
                return;
            }
            Readiness::Ready { unread } => {
                if unread > 0 && std::mem::take(&mut self.is_first_round) {
                    self.report(&format!("the first round is done except for {unread} feeds"));
                }
                None
            }
            Readiness::GivenUp { reached_at } => Some(Unreached { since: reached_at }),
        };
        self.round.end();
        let next = self.config.schedule.next_due(now, &self.config.time_zone);
        self.issue_due_at = Some(next.unwrap_or(Timestamp::MAX));
        let (job, retention) = (self.digest_job.clone(), self.config.retention);
        let task = self.jobs.spawn(async move {
            if let Err(error) = job.pipeline.prune(retention).await.map_err(anyhow::Error::from)
                && !job.disk.explains(&error)
            {
                error!(%error, "old items could not be removed; trying again with the next digest");
            }
            let (is_any_written, is_all_done) = job.write_due(now, unreached).await;
            Event::Digests { is_any_written, is_all_done }
        });
        self.writing_issues = Some(task.id());
    }

    pub(super) fn job_ended(&mut self, ended: Result<(Id, Event), JoinError>) {
        let event = match ended {
            Ok((_, event)) => event,
            Err(error) => {
                error!(%error, "a job failed inside kazbek; please report it");
                self.is_trying_space = false;
                match self.writing_issues == Some(error.id()) {
                    true => Event::Digests { is_any_written: false, is_all_done: false },
                    false => Event::OutFeeds { is_written: false },
                }
            }
        };
        match event {
            Event::Digests { is_any_written, is_all_done } => {
                self.writing_issues = None;
                if !is_all_done {
                    self.issue_due_at = self.clock.now().checked_add(RETRY).ok();
                }
                if is_any_written {
                    self.stale_out_feeds = OutFeeds::All;
                    self.refresh_out_feeds();
                }
            }
            Event::Space { is_free } => {
                self.is_trying_space = false;
                if is_free {
                    self.disk.is_free();
                }
            }
            Event::FeedsChanged { rows, answers } => self.adopt(rows, &answers),
            Event::Ordered => self.ordered(),
            Event::OutFeeds { is_written } => {
                if !is_written {
                    self.stale_out_feeds = OutFeeds::All;
                }
                let is_stale = self.writing_out_feeds == Writing::UnderWayAndStale;
                self.writing_out_feeds = Writing::Idle;
                if is_stale {
                    self.refresh_out_feeds();
                }
            }
        }
    }
}
