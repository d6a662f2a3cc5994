//! What the scheduler makes of polls that were stored.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::{SPREAD_SECS, SUMMARY_EVERY, Scheduler};
use crate::app::pipeline::{PipelineError, Written};
use crate::daemon::disk_space::is_time_to_log;
use crate::daemon::round::Change;
use crate::ingest::Recorded;
use crate::poller::schedule::Purpose;
use crate::store::{FeedRow, StoreError};
use crate::text::sanitize::without_passwords;

impl Scheduler {
    /// Takes note of what the writer has stored.
    pub(super) fn recorded(&mut self, done: Written) -> Result<(), PipelineError> {
        match done {
            Ok(recorded) => recorded.into_iter().for_each(|recorded| self.recorded_one(recorded)),
            Err((error @ (StoreError::Damaged(_) | StoreError::NewerSchema { .. } | StoreError::Foreign), _)) => {
                return Err(PipelineError::Store(error));
            }
            Err((StoreError::Full, feeds)) => {
                self.disk.note();
                feeds.into_iter().for_each(|id| self.poll_again_soon(id));
            }
            Err((error, feeds)) => {
                if is_time_to_log(&mut self.failure_logged_at) {
                    error!(%error, feeds = feeds.len(), "polls could not be stored; fetching their feeds again in a minute");
                }
                feeds.into_iter().for_each(|id| self.poll_again_soon(id));
            }
        }
        Ok(())
    }

    pub(super) fn recorded_one(&mut self, recorded: Recorded) {
        self.summary.add(&recorded);
        self.tell_of_poll(&recorded);
        let feed = recorded.feed;
        debug!(
            feed = %without_passwords(&feed.feed.url),
            status = recorded.status.as_str(),
            items_new = recorded.counts.items_new,
            next_due_at = %feed.next_due_at,
            "polled"
        );
        let id = feed.id;
        self.in_hand.remove(&id);
        // A command may have removed the feed meanwhile, or changed it after this poll was stored.
        if let Some(row) = self.rows.get_mut(&id) {
            self.due.push(Reverse((feed.next_due_at, id)));
            let is_later = feed.polls > row.polls;
            *row = Arc::new(if is_later { feed } else { FeedRow { feed: row.feed.clone(), ..feed } });
        }
        let change = self.round.polled(id, recorded.status, self.clock.now());
        if let Change::Reconnected { failed } = &change {
            info!(feeds = failed.len(), "feeds can be reached again; polling those that failed meanwhile");
            self.make_due(failed, SPREAD_SECS);
            self.is_waiting_logged = false;
        }
        if change != Change::Nothing && self.round.is_over() && self.is_first_round {
            self.is_first_round = false;
            self.report("the first round is done");
        }
    }

    /// Makes some of the feeds that wait for their due times due within some seconds.
    pub(super) fn make_due(&mut self, feeds: &[i64], within_secs: f64) {
        let now = self.clock.now();
        let seed = self.pipeline.seed();
        let at = |id: i64| {
            let wait = seed.uniform(Purpose::StartDelay, id, now.as_second()) * within_secs;
            now.checked_add(SignedDuration::from_secs_f64(wait)).unwrap_or(now)
        };
        let moved = |Reverse((due_at, id)): Reverse<(Timestamp, i64)>| match feeds.contains(&id) {
            true => Reverse((due_at.min(at(id)), id)),
            false => Reverse((due_at, id)),
        };
        self.due = std::mem::take(&mut self.due).into_iter().map(moved).collect();
    }

    /// While nothing can be reached, tries one of the feeds now and then, so that the end of that is noticed soon.
    pub(super) fn try_cut_off(&mut self) {
        if self.round.next_try().is_none_or(|at| Instant::now() < at) {
            return;
        }
        let candidates = self.round.take_candidates();
        let next = self.due.iter().filter(|Reverse((_, id))| candidates.contains(id)).map(|Reverse(next)| *next).min();
        if let Some((_, id)) = next {
            self.make_due(&[id], 0.0);
            self.line_up_due();
        }
    }

    /// Logs a summary of the polls since the last one, and has the out-feeds written.
    pub(super) fn report(&mut self, what: &str) {
        let now = self.clock.now();
        let summary = std::mem::take(&mut self.summary);
        if summary.feeds > 0 && summary.failed == summary.feeds {
            warn!("{what}: no feed could be reached; {}", summary.line());
        } else if summary.feeds > 0 {
            info!("{what}: {}", summary.line());
        }
        self.summary_due_at = now.checked_add(SUMMARY_EVERY).unwrap_or(Timestamp::MAX);
        if summary.feeds > 0 {
            self.refresh_out_feeds();
        }
    }
}
