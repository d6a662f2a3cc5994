//! The daemon's work: feeds are polled when they are due, digests written when they are due, until a signal comes.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::digest_job::Publisher;
use super::run::{End, Requests, notify, reloaded};
use crate::app::clock::Clock;
use crate::app::pipeline::{Pipeline, Written};
use crate::app::poll_once::{RoundError, Summary};
use crate::app::syndication;
use crate::config::Config;
use crate::ingest::Recorded;
use crate::poller::Status;
use crate::poller::rate_limit::Dispatcher;
use crate::store::{FeedRow, FeedState, ReaderPool, StoreError};

/// How long the first summary, and the issue that became due while the daemon was down, wait for the first round.
const FIRST_ROUND_DEADLINE: Duration = Duration::from_secs(60);

/// Feeds that became due while the daemon was down are spread over this time.
const SPREAD_SECS: f64 = 60.0;

/// How long feeds wait whose polls could not be stored.
const STORE_RETRY: SignedDuration = SignedDuration::from_secs(60);

/// How often a summary of the polls is logged.
const SUMMARY_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The work under one configuration.
pub(super) struct Service {
    config: Arc<Config>,
    clock: Clock,
    pipeline: Arc<Pipeline>,
    readers: ReaderPool,
    data_dir: PathBuf,
    rows: HashMap<i64, Arc<FeedRow>>,
    due: BinaryHeap<Reverse<(Timestamp, i64)>>,
    dispatcher: Dispatcher,
    /// The fetches that are under way, with how each ended.
    fetches: JoinSet<(i64, Status)>,
    /// The beginning of the dispatcher's time.
    epoch: Instant,
    /// Feeds that the first round still waits for.
    first_round: HashSet<i64>,
    first_round_until: Instant,
    summary: Summary,
    summary_due_at: Timestamp,
    publisher: Publisher,
    /// Held while the out feeds are written: two at it would spoil each other's files.
    out_feeds: Arc<Mutex<()>>,
    /// When the next issue is due; none until the one that was missed is written.
    issue_due_at: Option<Timestamp>,
}

impl Service {
    pub(super) fn new(
        config: Arc<Config>,
        clock: Clock,
        pipeline: Arc<Pipeline>,
        readers: ReaderPool,
        data_dir: PathBuf,
        rows: Vec<FeedRow>,
        outbox: Arc<Notify>,
    ) -> Service {
        let now = clock.now();
        let rows: HashMap<i64, Arc<FeedRow>> =
            rows.into_iter().filter(|row| row.state == FeedState::On).map(|row| (row.id, Arc::new(row))).collect();
        let dispatcher = Dispatcher::new(&config.poller);
        let mut due = BinaryHeap::new();
        let mut first_round = HashSet::new();
        for row in rows.values() {
            let overdue = row.next_due_at <= now;
            let wait = if overdue && row.polls > 0 { rand::random::<f64>() * SPREAD_SECS } else { 0.0 };
            let at = now.checked_add(SignedDuration::from_secs_f64(wait)).unwrap_or(now).max(row.next_due_at);
            due.push(Reverse((at, row.id)));
            if overdue {
                first_round.insert(row.id);
            }
        }
        let publisher = Publisher {
            config: Arc::clone(&config),
            pipeline: Arc::clone(&pipeline),
            readers: readers.clone(),
            folder: data_dir.join("digests"),
            outbox,
        };
        Service {
            config,
            clock,
            pipeline,
            readers,
            data_dir,
            rows,
            due,
            dispatcher,
            epoch: Instant::now(),
            fetches: JoinSet::new(),
            first_round,
            first_round_until: Instant::now() + FIRST_ROUND_DEADLINE,
            summary: Summary::default(),
            summary_due_at: Timestamp::MAX,
            publisher,
            out_feeds: Arc::default(),
            issue_due_at: None,
        }
    }

    /// Says that the work begins, and what it begins with.
    pub(super) fn begin(&mut self, is_first_round: bool) {
        if !is_first_round {
            self.first_round.clear();
        }
        info!(feeds = self.rows.len(), data = %self.data_dir.display(), "kazbek runs");
    }

    /// Works until a signal comes.
    pub(super) async fn serve(
        &mut self,
        mut written: mpsc::UnboundedReceiver<Written>,
        requests: &mut Requests<'_>,
    ) -> Result<End, RoundError> {
        let ping_every = sd_notify::watchdog_enabled().map(|limit| limit / 2);
        let mut next_ping = ping_every.map(|every| Instant::now() + every);
        loop {
            self.dispatch();
            self.write_due_issue().await;
            let wake = self.wake(next_ping);
            tokio::select! {
                signal = &mut requests.shutdown => {
                    info!(signal, "stopping");
                    self.fetches.abort_all();
                    return Ok(End::Stop);
                }
                Some(()) = requests.reload.requests.recv() => if let Some(config) = reloaded(&requests.reload.load) {
                    self.tell("polled");
                    self.fetches.abort_all();
                    let is_first_round = self.issue_due_at.is_none();
                    return Ok(End::Reload { config: Arc::new(config), is_first_round });
                },
                done = written.recv() => match done {
                    Some(done) => self.recorded(done)?,
                    None => return Err(RoundError::Start("the writer ended early; please report it".to_owned())),
                },
                Some(done) = self.fetches.join_next() => match done {
                    Ok((id, status)) => {
                        self.dispatcher.finish(id, status == Status::RateLimited, self.epoch.elapsed());
                    }
                    Err(error) => error!(%error, "a fetch failed inside kazbek; please report it"),
                },
                () = tokio::time::sleep_until(wake) => {}
            }
            if let (Some(at), Some(every)) = (next_ping, ping_every)
                && Instant::now() >= at
            {
                // The writer feeds the watchdog, once it has answered.
                next_ping = Some(Instant::now() + every);
                self.pipeline.ping(|| notify(&[NotifyState::Watchdog]));
            }
        }
    }

    /// Lines up the feeds that are due and starts as many fetches as there is room for.
    fn dispatch(&mut self) {
        let now = self.clock.now();
        while self.due.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Some(Reverse((_, id))) = self.due.pop() else { break };
            if let Some(row) = self.rows.get(&id) {
                self.dispatcher.push(id, &row.feed.url);
            }
        }
        while let Some(turn) = self.dispatcher.start(self.epoch.elapsed()) {
            let Some(row) = self.rows.get(&turn.feed_id).cloned() else { continue };
            let pipeline = Arc::clone(&self.pipeline);
            self.fetches.spawn(async move { (turn.feed_id, pipeline.poll(row, turn.is_last).await) });
        }
    }

    /// When there is something to do next.
    fn wake(&self, next_ping: Option<Instant>) -> Instant {
        let now = self.clock.now();
        let next_feed = self.due.peek().map(|Reverse((at, _))| *at);
        let next = [next_feed, self.issue_due_at, Some(self.summary_due_at)].into_iter().flatten().min();
        let wait = next.map_or(SignedDuration::from_hours(1), |at| at.duration_since(now));
        // The clock of the wall may be set: look again at least every half minute.
        let wait = wait.clamp(SignedDuration::from_millis(5), SignedDuration::from_secs(30)).unsigned_abs();
        let wake = Instant::now() + wait;
        let first_issue = self.issue_due_at.is_none().then_some(self.first_round_until);
        let rested = self.dispatcher.next_start().map(|at| self.epoch + at);
        [Some(wake), next_ping, first_issue, rested].into_iter().flatten().min().unwrap_or(wake)
    }

    /// Takes note of what the writer stored.
    fn recorded(&mut self, done: Written) -> Result<(), RoundError> {
        match done {
            Ok(recorded) => recorded.iter().for_each(|recorded| self.recorded_one(recorded)),
            Err((error @ (StoreError::Damaged(_) | StoreError::NewerSchema { .. } | StoreError::Foreign), _)) => {
                return Err(error.into());
            }
            Err((error, feeds)) => {
                error!(%error, feeds = feeds.len(), "polls could not be stored; their feeds are fetched again in a minute");
                let again = self.clock.now().checked_add(STORE_RETRY).unwrap_or(Timestamp::MAX);
                for id in feeds {
                    self.due.push(Reverse((again, id)));
                }
            }
        }
        Ok(())
    }

    fn recorded_one(&mut self, recorded: &Recorded) {
        self.due.push(Reverse((recorded.next_due_at, recorded.feed_id)));
        self.summary.add(recorded);
        if let Some(row) = self.rows.get_mut(&recorded.feed_id) {
            debug!(
                feed = row.feed.url,
                status = recorded.status.as_str(),
                items_new = recorded.counts.items_new,
                next_due_at = %recorded.next_due_at,
                "polled"
            );
            learn(Arc::make_mut(row), recorded);
        }
        if self.first_round.remove(&recorded.feed_id) && self.first_round.is_empty() {
            self.tell("the first round is done");
        } else if self.clock.now() >= self.summary_due_at {
            self.tell("polled");
        }
    }

    /// One line on what was polled since the last.
    fn tell(&mut self, what: &str) {
        let now = self.clock.now();
        let summary = std::mem::take(&mut self.summary);
        if summary.feeds > 0 && summary.failed == summary.feeds {
            warn!("{what}: no feed could be reached; {}", summary.line());
        } else if summary.feeds > 0 {
            info!("{what}: {}", summary.line());
        }
        self.summary_due_at = now.checked_add(SUMMARY_EVERY).unwrap_or(Timestamp::MAX);
        self.refresh_out_feeds(now);
    }

    /// Writes the out feeds that changed, beside everything else.
    fn refresh_out_feeds(&self, now: Timestamp) {
        let (config, readers) = (Arc::clone(&self.config), self.readers.clone());
        let folder = self.data_dir.join("feeds");
        let writing = Arc::clone(&self.out_feeds);
        drop(tokio::task::spawn_blocking(move || {
            let _writing = writing.lock();
            let written = readers.read(|store| syndication::write_all(store, &config, &folder, now));
            if let Err(error) = written {
                warn!(%error, "the out feeds could not be written; it is tried again in an hour");
            }
        }));
    }

    /// Writes the issue that is due: the one that was missed as soon as the first round is over, then each at its time.
    async fn write_due_issue(&mut self) {
        let now = self.clock.now();
        let is_due = match self.issue_due_at {
            Some(at) => at <= now,
            None => self.first_round.is_empty() || Instant::now() >= self.first_round_until,
        };
        if !is_due {
            return;
        }
        if self.issue_due_at.is_none() && !self.first_round.is_empty() {
            let waiting = self.first_round.len();
            self.first_round.clear();
            self.tell(&format!("the first round is done but for {waiting} feeds"));
        }
        let next = self.config.schedule.next_due(now, &self.config.time_zone);
        self.issue_due_at = Some(next.unwrap_or(Timestamp::MAX));
        self.pipeline.retain(self.config.retention).await;
        let periods = match self.publisher.due(now).await {
            Ok(periods) => periods,
            Err(error) => {
                error!(%error, "which digests are due cannot be told; it is tried again in a minute");
                self.issue_due_at = now.checked_add(STORE_RETRY).ok();
                return;
            }
        };
        let mut is_any_written = false;
        for period in periods {
            let label = period.label();
            match self.publisher.publish(period, now).await {
                Ok(None) => {}
                Ok(Some(paths)) => {
                    is_any_written = true;
                    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                    info!("the digest of {label} is written: {}", paths.join(", "));
                }
                Err(error) => {
                    error!(%error, "the digest of {label} could not be written; it is tried again in a minute");
                    self.issue_due_at = now.checked_add(STORE_RETRY).ok();
                    break;
                }
            }
        }
        if is_any_written {
            self.refresh_out_feeds(now);
        }
    }
}

/// Keeps in memory what the store has learnt of a feed, for its next poll.
fn learn(row: &mut FeedRow, recorded: &Recorded) {
    row.polls += 1;
    row.next_due_at = recorded.next_due_at;
    row.rhythm = Some(recorded.rhythm_json.clone());
    row.last_status = Some(recorded.status.as_str().to_owned());
    if let Some(validators) = &recorded.validators {
        row.etag.clone_from(&validators.etag);
        row.last_modified.clone_from(&validators.last_modified);
        row.body_hash = validators.body_hash.map(|hash| hash.to_vec());
    }
}
