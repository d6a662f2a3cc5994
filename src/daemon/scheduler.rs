//! The daemon's work under one configuration: polls feeds when they are due, and has digests and out-feeds written.
//!
//! The scheduler never waits for work: fetches, issues and files are tasks, and their results come back as events. A
//! feed is in one place at a time: among those that are due later, in the poll loop, or with the writer. When the
//! writer has stored a poll, the feed comes back with its row as it is in the file.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::database_file::DatabaseFile;
use super::digest_job::DigestJob;
use super::disk_space::{DiskSpace, is_time_to_log};
use super::requests::{Exit, Requests, reloaded};
use super::round::{Change, DueFeed, Readiness, Round};
use super::supervisor::{Notice, Supervisor, Watchdog};
use crate::app::issue::Unreached;
use crate::app::pipeline::{Pipeline, PipelineError, Written};
use crate::app::poll_once::Summary;
use crate::app::syndication::{self, OutFeeds};
use crate::app::trusted_clock::TrustedClock;
use crate::config::Config;
use crate::ingest::Recorded;
use crate::poller::rate_limit::Turn;
use crate::poller::schedule::{self, Purpose};
use crate::poller::{Ended, PollLoop};
use crate::store::{FeedRow, FeedState, ReaderPool, Store, StoreError};
use crate::text::sanitize::without_passwords;

/// Feeds that became due while the daemon was down are spread over this time.
const SPREAD_SECS: f64 = 60.0;

/// How long to wait before polls that could not be stored, or issues that could not be written, are tried again.
const RETRY: SignedDuration = SignedDuration::from_secs(60);

/// How often a summary of the polls is logged.
const SUMMARY_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How long no poll may finish while feeds are due, beyond the deadline of a fetch, before the watchdog is no longer
/// pinged.
const STALL: Duration = Duration::from_secs(120);

/// How often a clock that cannot be trusted is checked.
const DISTRUST_CHECKED_EVERY: Duration = Duration::from_secs(5);

/// The name under which the store keeps when it was last tried whether a full disk has space again.
const SPACE_TRIED: &str = "space_tried";

/// The result of a job.
enum Event {
    /// The issues that were due: whether any was written, and whether all were.
    Digests { is_any_written: bool, is_all_done: bool },
    /// The out-feeds, and whether they were written.
    OutFeeds { is_written: bool },
    /// Whether something could be written to a disk that was full.
    Space { is_free: bool },
}

/// The work under one configuration.
pub(super) struct Scheduler {
    config: Arc<Config>,
    clock: TrustedClock,
    pipeline: Arc<Pipeline>,
    readers: ReaderPool,
    data_dir: PathBuf,
    /// The feeds, as they are in the file.
    rows: HashMap<i64, Arc<FeedRow>>,
    due: BinaryHeap<Reverse<(Timestamp, i64)>>,
    polls: PollLoop,
    /// The polls that issues wait for.
    round: Round,
    /// Whether that is the first round, which is reported when it is over.
    is_first_round: bool,
    summary: Summary,
    summary_due_at: Timestamp,
    digest_job: DigestJob,
    jobs: JoinSet<Event>,
    /// The job that writes issues, while it runs.
    writing_issues: Option<Id>,
    /// Whether out-feeds are being written, and whether they must be written again afterwards.
    writing_out_feeds: Writing,
    /// Which out-feeds are written next time: those of issues change only with an issue.
    stale_out_feeds: OutFeeds,
    /// When the next issue is due; `None` while issues that are due wait for the round.
    issue_due_at: Option<Timestamp>,
    /// Until when issues that are due wait for the round.
    issues_wait_until: Option<Instant>,
    /// Whether it was logged that issues wait for the network.
    is_waiting_logged: bool,
    /// When it was last logged that the clock cannot be trusted; `None` if it can.
    distrust_logged_at: Option<Instant>,
    /// When it was last logged that polls cannot be stored.
    failure_logged_at: Option<Instant>,
    disk: DiskSpace,
    /// Whether a job tries whether there is space on the disk.
    is_trying_space: bool,
    database: DatabaseFile,
    database_fault_logged_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Idle,
    UnderWay,
    UnderWayAndStale,
}

impl Scheduler {
    pub(super) fn new(
        config: Arc<Config>,
        clock: TrustedClock,
        pipeline: Arc<Pipeline>,
        readers: ReaderPool,
        rows: Vec<FeedRow>,
        outbox: Arc<Notify>,
        disk: DiskSpace,
    ) -> Scheduler {
        let now = clock.now();
        let data_dir = readers.folder().to_owned();
        let database = DatabaseFile::new(data_dir.join(Store::FILE_NAME));
        let rows: HashMap<i64, Arc<FeedRow>> =
            rows.into_iter().filter(|row| row.state == FeedState::On).map(|row| (row.id, Arc::new(row))).collect();
        let mut due = BinaryHeap::new();
        let mut overdue = Vec::new();
        for row in rows.values() {
            let next_due_at = due_at(&config, row, now);
            let is_overdue = next_due_at <= now;
            let chance = pipeline.seed().uniform(Purpose::StartDelay, row.id, now.as_second());
            let wait = if is_overdue && row.polls > 0 { chance * SPREAD_SECS } else { 0.0 };
            let at = now.checked_add(SignedDuration::from_secs_f64(wait)).unwrap_or(now).max(next_due_at);
            due.push(Reverse((at, row.id)));
            if is_overdue {
                overdue.push(DueFeed { id: row.id, since: next_due_at, is_failing: row.failures > 0 });
            }
        }
        let failing: Vec<i64> = rows.values().filter(|row| row.failures > 0).map(|row| row.id).collect();
        let reached_at = rows.values().filter_map(|row| row.last_success_at).max();
        let round = Round::first(rows.len(), &overdue, &failing, reached_at);
        let digest_job = DigestJob {
            config: Arc::clone(&config),
            pipeline: Arc::clone(&pipeline),
            readers: readers.clone(),
            folder: config.published(&data_dir, "digests"),
            outbox,
            disk: disk.clone(),
        };
        Scheduler {
            polls: PollLoop::new(&config.poller),
            config,
            clock,
            pipeline,
            readers,
            data_dir,
            rows,
            due,
            round,
            is_first_round: true,
            summary: Summary::default(),
            summary_due_at: Timestamp::MAX,
            digest_job,
            jobs: JoinSet::new(),
            writing_issues: None,
            writing_out_feeds: Writing::Idle,
            stale_out_feeds: OutFeeds::All,
            issue_due_at: None,
            issues_wait_until: None,
            is_waiting_logged: false,
            distrust_logged_at: None,
            failure_logged_at: None,
            disk,
            is_trying_space: false,
            database,
            database_fault_logged_at: None,
        }
    }

    /// Logs that the work begins.
    pub(super) fn begin(&mut self, is_first_round: bool) {
        self.is_first_round = is_first_round && !self.round.is_over();
        if !is_first_round {
            self.round.skip();
        }
        if !self.is_first_round {
            self.summary_due_at = self.clock.now().checked_add(SUMMARY_EVERY).unwrap_or(Timestamp::MAX);
        }
        info!(feeds = self.rows.len(), data = %self.data_dir.display(), "kazbek runs");
    }

    /// Works until it is asked to stop or to reload.
    pub(super) async fn serve(
        &mut self,
        mut written: mpsc::Receiver<Written>,
        requests: &mut Requests<'_>,
        supervisor: &dyn Supervisor,
    ) -> Result<Exit, PipelineError> {
        let stall_limit = Duration::from_secs(self.config.poller.timeout_secs) + STALL;
        let mut watchdog = Watchdog::new(supervisor.watchdog_limit(), stall_limit);
        let mut pong = None;
        let mut shown = None;
        loop {
            if self.is_clock_trusted() {
                match self.disk.try_at() {
                    Some(at) => self.try_space(at),
                    None => {
                        self.begin_round_of_issues();
                        self.line_up_due();
                        self.try_cut_off();
                        self.start_due_issues();
                    }
                }
                if self.clock.now() >= self.summary_due_at {
                    self.report("polled");
                }
            }
            if let Some(fault) = self.database.fault()
                && is_time_to_log(&mut self.database_fault_logged_at)
            {
                error!("{fault}");
            }
            let progress = self.is_first_round.then(|| self.round.progress());
            if progress != shown {
                shown = progress;
                supervisor.notify(match progress {
                    Some((polled, feeds)) => Notice::FirstRound { polled, feeds },
                    None => Notice::FirstRoundOver,
                });
            }
            if self.polls.is_empty() {
                watchdog.progressed();
            }
            let wake = self.wake(watchdog.next_check_at());
            let (pipeline, rows) = (&self.pipeline, &self.rows);
            let poll = |turn: Turn| {
                let (pipeline, row) = (Arc::clone(pipeline), rows.get(&turn.feed_id).cloned());
                async move { pipeline.poll(row?, turn.is_last).await }
            };
            tokio::select! {
                // A request to stop comes first, however much else there is to do.
                biased;
                signal = &mut requests.shutdown => {
                    info!(signal, "stopping");
                    self.abort();
                    return Ok(Exit::Shutdown);
                }
                Some(()) = requests.reload.requests.recv() => if let Some(config) = reloaded(&requests.reload.load, &self.config, supervisor) {
                    self.report("polled");
                    self.abort();
                    let is_first_round = self.issue_due_at.is_none() || !self.round.is_reached();
                    return Ok(Exit::Reload { config: Arc::new(config), is_first_round });
                },
                done = written.recv() => match done {
                    Some(done) => {
                        watchdog.writer_answered();
                        watchdog.progressed();
                        self.recorded(done)?;
                    }
                    None => return Err(PipelineError::WriterPanicked),
                },
                Some(ended) = self.polls.next(poll) => self.ended(&ended),
                Some(event) = self.jobs.join_next_with_id() => self.job_ended(event),
                answered = answer(&mut pong) => if answered {
                    watchdog.writer_answered();
                },
                () = tokio::time::sleep_until(wake) => {}
            }
            if watchdog.check(supervisor) && pong.is_none() {
                pong = self.pipeline.ping();
            }
        }
    }

    /// Returns whether the clock can be trusted. If it cannot, logs that once a minute; when it can again, adapts what
    /// was due by its old time.
    fn is_clock_trusted(&mut self) -> bool {
        match self.clock.check() {
            Ok(now) => {
                if self.distrust_logged_at.take().is_some() {
                    warn!(%now, "the clock is trusted again");
                    let due = std::mem::take(&mut self.due).into_iter();
                    let clamped = |at: Timestamp, id: i64| match self.rows.get(&id) {
                        Some(row) => at.min(due_at(&self.config, row, now)),
                        None => at,
                    };
                    self.due = due.map(|Reverse((at, id))| Reverse((clamped(at, id), id))).collect();
                    self.summary_due_at = now.checked_add(SUMMARY_EVERY).unwrap_or(Timestamp::MAX);
                    // Those that a leap made due wait for the polls that it made due.
                    self.issue_due_at = self.issue_due_at.map(|_| now);
                }
                true
            }
            Err(fault) => {
                if is_time_to_log(&mut self.distrust_logged_at) {
                    error!(
                        %fault,
                        "the clock cannot be trusted, so nothing is polled, written, delivered or removed; \
                        set the clock, or restart with `run --accept-clock` if it is right"
                    );
                }
                false
            }
        }
    }

    /// Aborts everything in progress. Nothing of a fetch was stored; an issue that was being composed is composed
    /// again.
    fn abort(&mut self) {
        self.polls.abort();
        self.jobs.abort_all();
    }

    /// Lines up the feeds that are due.
    fn line_up_due(&mut self) {
        let now = self.clock.now();
        while self.due.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Some(Reverse((_, id))) = self.due.pop() else { break };
            if let Some(row) = self.rows.get(&id) {
                self.polls.push(id, &row.feed.url);
            }
        }
    }

    /// Returns when there is something to do next.
    fn wake(&self, watchdog_at: Option<Instant>) -> Instant {
        if self.distrust_logged_at.is_some() {
            let wake = Instant::now() + DISTRUST_CHECKED_EVERY;
            return watchdog_at.map_or(wake, |at| at.min(wake));
        }
        if let Some(at) = self.disk.try_at() {
            // While it is tried, the end of that is an event.
            let wake = if self.is_trying_space { at + SUMMARY_EVERY.unsigned_abs() } else { at };
            return watchdog_at.map_or(wake, |at| at.min(wake));
        }
        let now = self.clock.now();
        let next_feed = self.due.peek().map(|Reverse((at, _))| *at);
        let next_issue = self.issue_due_at.filter(|_| self.writing_issues.is_none());
        let next = [next_feed, next_issue, Some(self.summary_due_at)].into_iter().flatten().min();
        let wait = next.map_or(SignedDuration::from_hours(1), |at| at.duration_since(now));
        // The system's clock may be set, so look again at least every half minute.
        let wait = wait.clamp(SignedDuration::from_millis(5), SignedDuration::from_secs(30)).unsigned_abs();
        let wake = Instant::now() + wait;
        [Some(wake), watchdog_at, self.issues_wait_until, self.round.next_try()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(wake)
    }

    /// Takes note of a poll that has ended. Its result is with the writer; if there is none, the feed is polled again.
    fn ended(&mut self, ended: &Ended) {
        if ended.status.is_none() {
            self.poll_again_soon(ended.feed_id);
        }
    }

    fn poll_again_soon(&mut self, feed_id: i64) {
        let again = self.clock.now().checked_add(RETRY).unwrap_or(Timestamp::MAX);
        self.due.push(Reverse((again, feed_id)));
    }

    /// Has the writer try whether there is space on a disk that was full, if it is time.
    fn try_space(&mut self, at: Instant) {
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

    /// Takes note of what the writer has stored.
    fn recorded(&mut self, done: Written) -> Result<(), PipelineError> {
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

    fn recorded_one(&mut self, recorded: Recorded) {
        self.summary.add(&recorded);
        let feed = recorded.feed;
        debug!(
            feed = %without_passwords(&feed.feed.url),
            status = recorded.status.as_str(),
            items_new = recorded.counts.items_new,
            next_due_at = %feed.next_due_at,
            "polled"
        );
        let id = feed.id;
        self.due.push(Reverse((feed.next_due_at, id)));
        self.rows.insert(id, Arc::new(feed));
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
    fn make_due(&mut self, feeds: &[i64], within_secs: f64) {
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
    fn try_cut_off(&mut self) {
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
    fn report(&mut self, what: &str) {
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

    /// Has the out-feeds that changed written, by one job at a time, since two would write the same files.
    fn refresh_out_feeds(&mut self) {
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
    fn begin_round_of_issues(&mut self) {
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
    fn start_due_issues(&mut self) {
        self.issues_wait_until = None;
        if self.writing_issues.is_some() || self.issue_due_at.is_some() {
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

    fn job_ended(&mut self, ended: Result<(Id, Event), JoinError>) {
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

/// Waits for the writer's answer, if one is expected, and returns whether the writer gave it.
async fn answer(pong: &mut Option<oneshot::Receiver<()>>) -> bool {
    let Some(receiver) = pong else { return std::future::pending().await };
    let is_answered = receiver.await.is_ok();
    *pong = None;
    is_answered
}

/// Returns when a feed is due: at the time in the store, or at once if only a wrong clock can have put that so far into
/// the future.
fn due_at(config: &Config, row: &FeedRow, now: Timestamp) -> Timestamp {
    let latest = schedule::latest_due(&row.poll_state, &config.poller.bounds(&row.feed.url), now);
    if row.next_due_at > latest { now } else { row.next_due_at }
}
