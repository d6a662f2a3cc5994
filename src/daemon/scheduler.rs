//! The daemon's work under one configuration: polls feeds when they are due, and has digests and out-feeds written.
//!
//! The scheduler never waits for work: fetches, issues and files are tasks, and their results come back as events. A
//! feed is in one place at a time: among those that are due later, in the poll loop, or with the writer. When the
//! writer has stored a poll, the feed comes back with its row as it is in the file.

mod orders;
mod publishing;
mod stored_polls;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::database_file::DatabaseFile;
use super::digest_job::DigestJob;
use super::disk_space::{DiskSpace, is_time_to_log};
use super::order_desk::{Answers, AwaitedPolls};
use super::requests::{Exit, Requests, reloaded};
use super::round::{DueFeed, Round};
use super::supervisor::{Notice, Supervisor, Watchdog};
use crate::app::pipeline::{Pipeline, PipelineError, Written};
use crate::app::poll_once::Summary;
use crate::app::syndication::OutFeeds;
use crate::app::trusted_clock::TrustedClock;
use crate::config::Config;
use crate::poller::rate_limit::Turn;
use crate::poller::schedule::{self, Purpose};
use crate::poller::{Ended, PollLoop};
use crate::store::{FeedRow, FeedState, ReaderPool, Store};

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
    /// The feeds as they are after a command has changed them, and who waits until they are adopted.
    FeedsChanged { rows: Vec<FeedRow>, answers: Answers },
    /// An order has ended that may have changed items.
    Ordered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Idle,
    UnderWay,
    UnderWayAndStale,
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
    /// The feeds that are with the poll loop or the writer.
    in_hand: HashSet<i64>,
    /// Polls that commands wait for.
    awaited_polls: Vec<AwaitedPolls>,
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
    /// Whether it was logged that the clock is not confirmed yet.
    is_doubt_logged: bool,
    /// When it was last logged that polls cannot be stored.
    failure_logged_at: Option<Instant>,
    disk: DiskSpace,
    /// Whether a job tries whether there is space on the disk.
    is_trying_space: bool,
    database: DatabaseFile,
    database_fault_logged_at: Option<Instant>,
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
            in_hand: HashSet::new(),
            awaited_polls: Vec::new(),
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
            is_doubt_logged: false,
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
            self.awaited_polls.retain(AwaitedPolls::waits_on);
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
                asked = requests.desk.next() => self.take_order(asked),
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

    /// Returns whether the clock is confirmed. Logs once that digests wait for it, and once that they go on.
    fn is_clock_confirmed(&mut self) -> bool {
        match self.clock.check_confirmed() {
            Ok(_) => {
                if std::mem::take(&mut self.is_doubt_logged) {
                    info!("the clock is confirmed, so digests are written and delivered again");
                }
                true
            }
            Err(fault) => {
                if !std::mem::replace(&mut self.is_doubt_logged, true) {
                    warn!(
                        %fault,
                        "feeds are polled, but nothing is removed, and no digest is written or delivered, until a time \
                        server or the servers of the feeds show the same time; restart with `run --accept-clock` if it is right"
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
                self.in_hand.insert(id);
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
        self.in_hand.remove(&feed_id);
        if !self.rows.contains_key(&feed_id) {
            return;
        }
        let again = self.clock.now().checked_add(RETRY).unwrap_or(Timestamp::MAX);
        self.due.push(Reverse((again, feed_id)));
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
