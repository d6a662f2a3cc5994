//! Takes a feed from its due time to a stored poll: fetches, reads and tags in parallel, then writes on a single
//! thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore, mpsc, oneshot,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::clock::Busy;
use super::figures::{Entered, Figures};
use super::network::Fetch;
use super::probe::status_of;
use super::runtime::{Permit, WorkerPool};
use super::trusted_clock::{ClockFault, TrustedClock};
use crate::feed::{Limits, NotAFeed, Source};
use crate::http::ClientError;
use crate::ingest::{Engine, InHand, Poll, PreparedFeed, Recorded, Writer};
use crate::poller::schedule::{Purpose, Seed, may_be_conditional};
use crate::poller::{self, Failure, Fetched, Outcome, Request, ServerHints, Status, Validators};
use crate::store::{FeedRow, Pruned, Pruning, RetentionOptions, Store, StoreError};
use crate::text::sanitize::without_passwords;

/// Most polls that wait for the writer; fetches wait when the queue is full.
const QUEUE: usize = 32;

/// How long a fetch may take beyond its own deadline before it is abandoned.
const FETCH_GRACE: Duration = Duration::from_secs(10);

/// How long to wait for the writer, which may be busy with the whole history.
const WRITER_DEADLINE: Duration = Duration::from_secs(1_800);

/// Why polling cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The HTTP client cannot be created.
    #[error("polling cannot start: {0}")]
    Client(#[from] ClientError),
    /// The system provides no thread or no event queue.
    #[error("polling cannot start: the system provides no thread: {0}")]
    Thread(#[source] std::io::Error),
    /// The writer's thread has panicked.
    #[error("the writer panicked; please report it")]
    WriterPanicked,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The clock leapt while feeds were polled.
    #[error("{0}; what would have been dated by it was not stored")]
    Clock(#[from] ClockFault),
}

/// Why work for the writer failed, or may have failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriterError {
    /// The writer's thread has ended.
    #[error("the writer has ended")]
    Ended,
    /// The work was not finished within the deadline.
    #[error("the writer gave no answer within {} seconds", WRITER_DEADLINE.as_secs())]
    Late,
    /// The work itself failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The parallel part, shared by all fetches.
#[derive(Debug)]
pub(crate) struct Pipeline {
    clock: TrustedClock,
    seed: Seed,
    fetcher: Arc<dyn Fetch>,
    engine: Arc<Engine>,
    workers: WorkerPool,
    options: poller::Options,
    /// Which feeds are being read or stored.
    in_hand: Arc<InHand>,
    /// Shared by the feeds that are being read or wait for the writer; a feed in quarantine has it for itself.
    turns: Arc<RwLock<()>>,
    /// The memory for items that wait for the writer, in KiB.
    waiting_kib: Arc<Semaphore>,
    to_writer: mpsc::Sender<(Work, Busy)>,
    figures: Arc<Figures>,
}

/// A poll that waits for the writer.
struct Waiting {
    poll: Poll,
    /// Whether the poll may be stored with others, and what it holds until it is stored.
    _turn: Option<Turn>,
    _memory: Option<OwnedSemaphorePermit>,
    _entered: Entered,
}

/// The right to read and store a feed.
enum Turn {
    /// While others are read and stored.
    Shared { _guard: OwnedRwLockReadGuard<()> },
    /// While no other is.
    Alone { _guard: OwnedRwLockWriteGuard<()> },
}

/// Work for the writer's thread.
enum Work {
    Poll(Box<Waiting>),
    Write(Box<dyn FnOnce(&mut Writer) + Send>),
    Prune(RetentionOptions, oneshot::Sender<()>),
    Ping(oneshot::Sender<()>),
}

/// The result of one transaction: the recorded polls, or the error and the feeds that were affected.
pub(crate) type Written = Result<Vec<Recorded>, (StoreError, Vec<i64>)>;

/// The writer's thread. It ends when every [`Pipeline`] is dropped, and returns the writer.
pub(crate) type WriterThread = JoinHandle<Writer>;

impl Pipeline {
    /// Starts the writer's thread. The receiver yields the result of each
    /// transaction; the writer waits while it is full.
    pub(crate) fn start(
        clock: &TrustedClock,
        seed: Seed,
        fetcher: Arc<dyn Fetch>,
        writer: Writer,
        options: poller::Options,
        figures: Arc<Figures>,
    ) -> Result<(Arc<Pipeline>, mpsc::Receiver<Written>, WriterThread), PipelineError> {
        let (to_writer, polls) = mpsc::channel(QUEUE);
        let (written, receiver) = mpsc::channel(QUEUE);
        let engine = Arc::clone(writer.engine());
        let in_hand = Arc::clone(writer.in_hand());
        let waiting_kib = Arc::new(Semaphore::new(options.budgets.waiting_limit_bytes >> 10));
        let workers = WorkerPool::start().map_err(PipelineError::Thread)?;
        let thread = {
            let (clock, figures) = (clock.clone(), Arc::clone(&figures));
            std::thread::Builder::new()
                .name("writer".to_owned())
                .spawn(move || write_all(writer, polls, &written, &clock, &figures))
                .map_err(PipelineError::Thread)?
        };
        let pipeline = Pipeline {
            clock: clock.clone(),
            seed,
            fetcher,
            engine,
            workers,
            options,
            in_hand,
            turns: Arc::default(),
            waiting_kib,
            to_writer,
            figures,
        };
        Ok((Arc::new(pipeline), receiver, thread))
    }

    /// Fetches, reads and tags one feed and hands it to the writer. Returns the status of the fetch as soon as the
    /// writer has room; `None` if the writer did not take it, or if the clock cannot be trusted to date it.
    pub(crate) async fn poll(&self, row: Arc<FeedRow>, is_last: bool) -> Option<Status> {
        let row_id = row.id;
        let request = self.request(&row, is_last, self.clock.check().ok()?);
        let outcome = self.fetch(request).await;
        if let Some(date) = outcome.hints().date {
            self.clock.hear(&row.feed.url, date);
        }
        let mut poll = Poll {
            feed_id: row.id,
            outlet: row.feed.outlet.clone(),
            at: self.clock.check().ok()?,
            read: None,
            status: Status::Internal,
            reason: None,
            size_bytes: 0,
            validators: Validators::default(),
            hints: ServerHints::default(),
            moved_to: None,
            state: row.poll_state.clone(),
            bounds: self.options.bounds(&row.feed.url),
            budgets: self.options.budgets,
            jitter: self.seed.uniform(Purpose::PollJitter, row.id, row.polls),
        };
        // Held until the writer has taken the poll.
        let mut held = None;
        let (mut turn, mut memory) = (None, None);
        match outcome {
            Outcome::Unchanged(unchanged) => {
                (poll.status, poll.hints, poll.moved_to) = (unchanged.status, unchanged.hints, unchanged.moved_to);
            }
            Outcome::Failed(failure) => {
                (poll.status, poll.hints, poll.reason) = (failure.status, failure.hints, Some(failure.reason));
            }
            Outcome::Fetched(mut fetched) => {
                (poll.hints, poll.moved_to) = (fetched.hints, fetched.moved_to.take());
                turn = Some(self.turn(row.poll_state.quarantine.is_some()).await);
                let permit = held.insert(self.workers.permit().await);
                self.read(permit, row, fetched, &mut poll).await;
                if let Some(read) = &poll.read {
                    memory = self.memory(read.size_bytes()).await;
                }
            }
        }
        let status = poll.status;
        tracing::debug!(feed = row_id, status = status.as_str(), "fetched; waiting for the writer");
        let waiting = Waiting { poll, _turn: turn, _memory: memory, _entered: self.figures.waiting_polls.enter() };
        match self.send(Work::Poll(Box::new(waiting))).await {
            Ok(()) => Some(status),
            Err(error) => {
                tracing::error!(%error, "a poll could not be stored");
                None
            }
        }
    }

    /// Waits until a feed may be read and stored.
    async fn turn(&self, is_alone: bool) -> Turn {
        let turns = Arc::clone(&self.turns);
        match is_alone {
            true => Turn::Alone { _guard: turns.write_owned().await },
            false => Turn::Shared { _guard: turns.read_owned().await },
        }
    }

    /// Waits until there is memory for items that wait for the writer; for more than there ever is, until nothing else
    /// waits.
    async fn memory(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let _busy = self.clock.busy();
        let kib = bytes.min(self.options.budgets.waiting_limit_bytes) >> 10;
        let waiting = Arc::clone(&self.waiting_kib);
        // It fails only if the semaphore is closed, which never happens.
        waiting.acquire_many_owned(u32::try_from(kib).unwrap_or(u32::MAX)).await.ok()
    }

    /// Returns the request for a feed, with validators unless a full response is needed.
    fn request(&self, row: &FeedRow, is_last: bool, now: Timestamp) -> Request {
        // If the last body was not a feed, a 304 would only confirm that, so the full body is requested.
        let is_suspect = row.last_status.as_deref().is_some_and(|word| {
            let of_body = [Status::NotAFeed, Status::Html, Status::Challenge, Status::Empty, Status::Internal];
            // Some servers break the connection, never answer, or do not know the feed if a request has conditions.
            let of_conditions = [
                Status::Broken,
                Status::Timeout,
                Status::BadEncoding,
                Status::Redirects,
                Status::NotFound,
                Status::Gone,
                Status::ClientError,
                Status::ServerError,
            ];
            of_body.iter().chain(&of_conditions).any(|status| status.as_str() == word)
        });
        let since_last_poll = row.last_poll_at.map_or(SignedDuration::ZERO, |at| now.duration_since(at));
        let chance = self.seed.uniform(Purpose::Conditional, row.id, row.polls);
        let is_conditional = !is_suspect && may_be_conditional(since_last_poll, chance);
        let validator = |value: &Option<String>| value.clone().filter(|_| is_conditional);
        Request {
            feed_id: row.id,
            url: row.feed.url.clone(),
            adopted_url: row.poll_state.adopted_url().map(str::to_owned),
            validators: Validators {
                etag: validator(&row.etag),
                last_modified: validator(&row.last_modified),
                body_hash: row.body_hash.as_deref().and_then(|hash| hash.try_into().ok()),
            },
            now,
            is_last,
        }
    }

    /// Returns the seed of all random choices.
    pub(crate) fn seed(&self) -> Seed {
        self.seed
    }

    /// Fetches within a deadline. A panic while fetching is a failure of that feed only.
    async fn fetch(&self, request: Request) -> Outcome {
        let fetcher = Arc::clone(&self.fetcher);
        let (_fetching, began_at) = (self.figures.fetching.enter(), Instant::now());
        // A task of its own, which ends with this future.
        let mut task = JoinSet::new();
        task.spawn(async move { fetcher.fetch(&request).await });
        let limit = Duration::from_secs(self.options.timeout_secs) + FETCH_GRACE;
        let failed = |status, reason| Outcome::Failed(Failure::new(status, reason));
        let fetched = tokio::time::timeout(limit, task.join_next()).await;
        self.figures.fetches.add(began_at.elapsed());
        match fetched {
            Ok(Some(Ok(outcome))) => outcome,
            Ok(Some(Err(error))) => {
                failed(Status::Internal, format!("fetching failed inside kazbek: {error}; please report it"))
            }
            Ok(None) | Err(_) => failed(Status::Timeout, format!("no answer within {} seconds", limit.as_secs())),
        }
    }

    /// Runs a function on the writer's store, in turn, and returns its result.
    pub(crate) async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, WriterError> {
        self.write(move |writer| work(writer.store())).await
    }

    /// Runs a function on the writer, in turn, and returns its result.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, WriterError> {
        let (answer, answered) = oneshot::channel();
        // The caller may be gone by now.
        let work = Box::new(move |writer: &mut Writer| drop(answer.send(work(writer))));
        self.send(Work::Write(work)).await?;
        let answered = tokio::time::timeout(WRITER_DEADLINE, answered).await.map_err(|_| WriterError::Late)?;
        Ok(answered.map_err(|_| WriterError::Ended)??)
    }

    /// Makes the writer remove items past their retention, and waits until it is done. Failures are logged; the next
    /// run tries again.
    pub(crate) async fn prune(&self, options: RetentionOptions) -> Result<(), WriterError> {
        let (answer, answered) = oneshot::channel();
        self.send(Work::Prune(options, answer)).await?;
        let answered = tokio::time::timeout(WRITER_DEADLINE, answered).await.map_err(|_| WriterError::Late)?;
        answered.map_err(|_| WriterError::Ended)
    }

    /// Asks the writer for a sign of life, which it gives in turn if the store answers. Returns `None` if the queue is
    /// full: then results of polls will show whether the writer works.
    pub(crate) fn ping(&self) -> Option<oneshot::Receiver<()>> {
        let (answer, answered) = oneshot::channel();
        self.to_writer.try_send((Work::Ping(answer), self.clock.busy())).ok().map(|()| answered)
    }

    async fn send(&self, work: Work) -> Result<(), WriterError> {
        let sent = tokio::time::timeout(WRITER_DEADLINE, self.to_writer.send((work, self.clock.busy()))).await;
        sent.map_err(|_| WriterError::Late)?.map_err(|_| WriterError::Ended)
    }

    async fn read(&self, permit: &Permit<'_>, row: Arc<FeedRow>, fetched: Fetched, poll: &mut Poll) {
        poll.size_bytes = fetched.bytes.len() as u64;
        let (engine, at) = (Arc::clone(&self.engine), poll.at);
        let (in_hand, items) = (Arc::clone(&self.in_hand), self.options.budgets.document_item_limit);
        let (validators, is_decompressed) = (fetched.validators.clone(), fetched.is_whole);
        let _busy = self.clock.busy();
        // A panic while reading a feed is a failure of that feed only.
        let read = permit.run(move || {
            let _held = in_hand.hold(row.id);
            read(&engine, &row, &fetched, items, at)
        });
        let read = read.await;
        match read {
            Ok(Ok(prepared)) => {
                let is_whole = is_decompressed && prepared.is_whole;
                poll.status = if is_whole { Status::Ok } else { Status::Incomplete };
                // The server must not be asked whether something has changed that was not read, and the same bytes again
                // are as incomplete as before.
                poll.validators = if is_whole { validators } else { Validators::default() };
                poll.reason = prepared.warnings.first().cloned();
                if !is_decompressed {
                    poll.reason = Some("the body breaks off; what came before the break was read".to_owned());
                }
                poll.read = Some(prepared);
            }
            Ok(Err(error)) if !is_decompressed => {
                poll.status = Status::Broken;
                poll.reason = Some(format!("the body breaks off, and what came before cannot be read: {error}"));
            }
            Ok(Err(error)) => {
                poll.status = status_of(&error);
                poll.reason = Some(error.to_string());
            }
            Err(error) => {
                poll.reason = Some(format!("reading the feed failed inside kazbek: {error}; please report it"))
            }
        }
    }
}

fn read(
    engine: &Engine,
    row: &FeedRow,
    fetched: &Fetched,
    items: usize,
    now: Timestamp,
) -> Result<PreparedFeed, NotAFeed> {
    let source = Source {
        content_type: fetched.content_type.as_deref(),
        base_url: Some(&fetched.final_url),
        limits: Limits { items, ..Limits::default() },
        now,
    };
    engine.prepare(&fetched.bytes, &source, &row.feed)
}

fn write_all(
    mut writer: Writer,
    mut queue: mpsc::Receiver<(Work, Busy)>,
    written: &mpsc::Sender<Written>,
    clock: &TrustedClock,
    figures: &Figures,
) -> Writer {
    let mut arrived = Vec::with_capacity(QUEUE);
    let mut waiting: VecDeque<(Waiting, Busy)> = VecDeque::with_capacity(QUEUE);
    let mut prune: Option<Prune> = None;
    loop {
        if waiting.is_empty() && prune.is_none() {
            if queue.blocking_recv_many(&mut arrived, QUEUE) == 0 {
                return writer;
            }
        } else {
            // Other work comes between two transactions, however many polls wait.
            while waiting.len() + arrived.len() < QUEUE
                && let Ok(work) = queue.try_recv()
            {
                arrived.push(work);
            }
            // A prune is no reason to stop later; the next one goes on.
            if waiting.is_empty() && arrived.is_empty() && queue.is_closed() && queue.is_empty() {
                return writer;
            }
        }
        // Simulated time stops until all answers have been sent.
        let mut busy = Vec::with_capacity(arrived.len());
        for (work, guard) in arrived.drain(..) {
            match work {
                Work::Poll(poll) => {
                    waiting.push_back((*poll, guard));
                    continue;
                }
                Work::Write(work) => work(&mut writer),
                Work::Prune(options, answer) => {
                    // If one is under way, its caller is gone: it is not asked for twice.
                    prune = Prune::begin(&options, answer, guard, clock);
                    continue;
                }
                Work::Ping(answer) => match writer.store().meta("lexicon_version") {
                    // The caller may be gone by now.
                    Ok(_) => answer.send(()).unwrap_or_default(),
                    Err(error) => tracing::error!(%error, "the store does not answer"),
                },
            }
            busy.push(guard);
        }
        // Between two steps of a prune comes what else there is.
        prune = prune.and_then(|prune| prune.step(&mut writer, clock));
        if waiting.is_empty() {
            continue;
        }
        let began_at = std::time::Instant::now();
        let (done, ended) = record_next(&mut writer, &mut waiting);
        figures.transactions.add(began_at.elapsed());
        // A failure of the disk is reported by whom it stops.
        if let Err(error) = clock.keep(writer.store()) {
            tracing::debug!(%error, "the time could not be stored");
        }
        // During shutdown nobody listens any more, but what waits is still stored.
        drop(written.blocking_send(done));
        drop(ended);
    }
}

/// Stores as many of the polls that wait as one transaction may hold. Also returns what they held.
fn record_next(writer: &mut Writer, waiting: &mut VecDeque<(Waiting, Busy)>) -> (Written, Vec<(Waiting, Busy)>) {
    let mut done = writer.record(waiting.iter().map(|(waiting, _)| &waiting.poll));
    let mut ended = match &done {
        Ok(recorded) => recorded.len(),
        Err(_) => waiting.len(),
    };
    // Perhaps only one of them is at fault: the first is tried on its own, the others have their turn after it.
    if ended > 1 && matches!(done, Err(StoreError::Other(_))) {
        ended = 1;
        done = writer.record(waiting.iter().take(ended).map(|(waiting, _)| &waiting.poll));
    }
    let ended: Vec<(Waiting, Busy)> = waiting.drain(..ended).collect();
    for recorded in done.iter().flatten().filter(|recorded| recorded.is_budget_exceeded) {
        let (feed, counts) = (without_passwords(&recorded.feed.feed.url), recorded.counts);
        if counts.put_off > 0 {
            let items_put_off = counts.put_off;
            tracing::warn!(%feed, items_put_off, "the feed has used its budget of new items for today");
        } else {
            let items_put_off = counts.out_of_time;
            tracing::warn!(
                %feed,
                items_put_off,
                "storing the feed's items takes long; the rest waits for the next poll"
            );
        }
    }
    let feeds = || ended.iter().map(|(waiting, _)| waiting.poll.feed_id).collect();
    (done.map_err(|error| (error, feeds())), ended)
}

/// A prune under way.
struct Prune {
    pruning: Pruning,
    answer: oneshot::Sender<()>,
    /// Simulated time stops until it is done.
    _busy: Busy,
}

impl Prune {
    fn begin(
        options: &RetentionOptions,
        answer: oneshot::Sender<()>,
        busy: Busy,
        clock: &TrustedClock,
    ) -> Option<Prune> {
        let now = trusted(clock)?;
        Some(Prune { pruning: Pruning::new(options, now), answer, _busy: busy })
    }

    /// Does a part of it. Returns the rest, if there is any.
    fn step(mut self, writer: &mut Writer, clock: &TrustedClock) -> Option<Prune> {
        let more = trusted(clock).map(|_| writer.prune_step(&mut self.pruning));
        match more {
            Some(Ok(true)) => return Some(self),
            Some(Err(error)) => tracing::error!(%error, "old items could not be removed; retrying tomorrow"),
            Some(Ok(false)) | None => {}
        }
        let Pruned { texts_dropped, items_out_of_scope, items_in_scope } = self.pruning.pruned();
        if self.pruning.pruned() != Pruned::default() {
            tracing::info!(texts_dropped, items_out_of_scope, items_in_scope, "old items were removed");
        }
        // The caller may be gone by now.
        self.answer.send(()).unwrap_or_default();
        None
    }
}

/// Returns the time for removing what is old by it, unless the clock cannot be trusted, which is logged.
fn trusted(clock: &TrustedClock) -> Option<Timestamp> {
    let log = |fault: &ClockFault| tracing::error!(%fault, "nothing is removed, because the clock cannot be trusted");
    clock.check_confirmed().inspect_err(log).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::app::clock::Clock;
    use crate::config::Config;
    use crate::ingest::ImportItem;

    const ITEMS: usize = 600;

    fn writer(folder: &Path) -> Writer {
        std::fs::write(folder.join("feeds.opml"), "<opml version=\"2.0\"><body/></opml>").unwrap();
        std::fs::write(folder.join("kazbek.toml"), "feeds = \"feeds.opml\"\n").unwrap();
        let config = Config::load(Some(&folder.join("kazbek.toml"))).unwrap();
        let now = "2026-01-20T00:00:00Z".parse().unwrap();
        let store = Store::open(&folder.join(Store::FILE_NAME)).unwrap();
        let mut writer = Writer::open(store, config.engine(), now).unwrap();
        let item = |number: usize| ImportItem {
            url: Some(format!("https://news.example/{number}")),
            title: format!("A recipe for soup number {number}, with {} spoons of salt", number * 7),
            summary: String::new(),
            published: Some("2026-01-05T08:00:00Z".parse().unwrap()),
            outlet: "News".to_owned(),
            language: None,
            bloc: None,
            first_seen: None,
        };
        writer.import(&(0..ITEMS).map(item).collect::<Vec<_>>(), now).unwrap();
        writer
    }

    /// Work that counts the items that are left, and as long as there are any asks for the same again.
    fn look(to_writer: mpsc::Sender<(Work, Busy)>, clock: Clock, seen: std::sync::mpsc::Sender<u64>) -> Work {
        Work::Write(Box::new(move |writer| {
            let left = writer.store().count_since(None).unwrap();
            seen.send(left).unwrap();
            if left > 0 {
                let again = look(to_writer.clone(), clock.clone(), seen);
                to_writer.try_send((again, clock.busy())).unwrap();
            }
        }))
    }

    /// A prune of a large file took half a minute, in which nothing was stored and no stop was heard.
    #[test]
    fn other_work_has_its_turn_between_the_steps_of_a_prune() {
        let folder = tempfile::tempdir().unwrap();
        let (clock, writer) = (Clock::system(), writer(folder.path()));
        let trusted = TrustedClock::accepted(&clock);
        let (to_writer, queue) = mpsc::channel(QUEUE);
        let (written, _results) = mpsc::channel(QUEUE);
        let options = RetentionOptions { out_of_scope_days: 1, in_scope_days: 1, ..RetentionOptions::default() };
        let (answer, mut answered) = oneshot::channel();
        let (seen, left) = std::sync::mpsc::channel();
        to_writer.try_send((Work::Prune(options, answer), clock.busy())).unwrap();
        to_writer.try_send((look(to_writer.clone(), clock.clone(), seen), clock.busy())).unwrap();
        let thread = std::thread::spawn(move || write_all(writer, queue, &written, &trusted, &Figures::default()));
        let mut left: Vec<u64> = left.iter().collect();
        left.dedup();
        assert_eq!(left.first(), Some(&(ITEMS as u64)));
        assert!(left.len() >= 4 && left.is_sorted_by(|before, after| before > after), "{left:?}");
        drop(to_writer);
        thread.join().unwrap();
        assert!(answered.try_recv().is_ok() || left.last() == Some(&0));
    }
}
