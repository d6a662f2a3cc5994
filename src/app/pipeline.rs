//! From a feed that is due to a stored poll: fetch, read and tag in parallel, then one writer on a thread of its own.

use std::sync::Arc;
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::clock::{Busy, Clock};
use super::network::Fetch;
use super::probe::status_of;
use super::worker_pool::{Place, Readers};
use crate::feed::{NotAFeed, Source};
use crate::ingest::{Engine, Poll, PreparedFeed, Recorded, Writer};
use crate::poller::schedule::Rhythm;
use crate::poller::{self, Fetched, Outcome, Request, ServerHints, Status, Validators};
use crate::store::{FeedRow, RetentionOptions, Store, StoreError};

/// Polls that wait for the writer, at most; fetches wait when it is full.
const QUEUE: usize = 32;

/// The parallel half: shared by all fetches.
#[derive(Debug)]
pub(crate) struct Pipeline {
    clock: Clock,
    fetcher: Arc<dyn Fetch>,
    engine: Arc<Engine>,
    readers: Readers,
    options: poller::Options,
    to_writer: mpsc::Sender<(Work, Busy)>,
}

/// What the writer's thread is handed.
enum Work {
    Poll(Box<Poll>),
    Store(Box<dyn FnOnce(&mut Store) + Send>),
    Retain(RetentionOptions),
    Ping(fn()),
}

/// What the writer answers: the polls of one transaction, or why they could not be stored with the feeds that were in them.
pub(crate) type Written = Result<Vec<Recorded>, (StoreError, Vec<i64>)>;

/// The writer's thread; it ends when every [`Pipeline`] is gone, and gives the writer back.
pub(crate) type WriterThread = JoinHandle<Writer>;

impl Pipeline {
    /// Starts the writer's thread. What it stored comes out of the receiver.
    pub(crate) fn start(
        clock: &Clock,
        fetcher: Arc<dyn Fetch>,
        engine: Arc<Engine>,
        writer: Writer,
        options: poller::Options,
    ) -> std::io::Result<(Arc<Pipeline>, mpsc::UnboundedReceiver<Written>, WriterThread)> {
        let (to_writer, polls) = mpsc::channel(QUEUE);
        let (written, receiver) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn({
            let clock = clock.clone();
            move || write_all(writer, polls, &written, &clock)
        })?;
        let readers = Readers::start()?;
        let pipeline = Pipeline { clock: clock.clone(), fetcher, engine, readers, options, to_writer };
        Ok((Arc::new(pipeline), receiver, thread))
    }

    /// Fetches, reads and tags one feed and hands it to the writer. Returns when the writer has room for it, and says how the fetch ended.
    pub(crate) async fn poll(&self, row: Arc<FeedRow>, is_last: bool) -> Status {
        let rhythm = rhythm(&row);
        let request = request(&row, &rhythm, is_last, self.clock.now());
        let outcome = self.fetcher.fetch(&request).await;
        let mut poll = Poll {
            feed_id: row.id,
            outlet: row.feed.outlet.clone(),
            at: self.clock.now(),
            read: None,
            status: Status::Internal,
            reason: None,
            size_bytes: 0,
            validators: Validators::default(),
            hints: ServerHints::default(),
            moved_to: None,
            rhythm,
            bounds: self.options.bounds(&row.feed.url),
            jitter: rand::random(),
        };
        // Held until the writer has room.
        let mut held = None;
        match outcome {
            Outcome::Unchanged(unchanged) => {
                (poll.status, poll.hints, poll.moved_to) = (unchanged.status, unchanged.hints, unchanged.moved_to);
            }
            Outcome::Failed(failure) => {
                (poll.status, poll.hints, poll.reason) = (failure.status, failure.hints, Some(failure.reason));
            }
            Outcome::Fetched(mut fetched) => {
                (poll.hints, poll.moved_to) = (fetched.hints, fetched.moved_to.take());
                let place = held.insert(self.readers.place().await);
                self.read(place, row, fetched, &mut poll).await;
            }
        }
        let status = poll.status;
        // The writer ends only after all pipelines; if it panicked, the daemon notices its thread.
        drop(self.to_writer.send((Work::Poll(Box::new(poll)), self.clock.busy())).await);
        status
    }

    /// Has the writer do something with the store, in its turn, and gives back what came of it.
    pub(crate) async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let (answer, answered) = oneshot::channel();
        // Whoever asked may have gone meanwhile.
        let work = Box::new(move |store: &mut Store| drop(answer.send(work(store))));
        self.to_writer
            .send((Work::Store(work), self.clock.busy()))
            .await
            .map_err(|_| anyhow::anyhow!("the writer has ended"))?;
        Ok(answered.await??)
    }

    /// Has the writer drop and purge what is older than it is to be, once it has room for it.
    pub(crate) async fn retain(&self, options: RetentionOptions) {
        drop(self.to_writer.send((Work::Retain(options), self.clock.busy())).await);
    }

    /// Has the writer call `pong` when it has come so far. A full queue is left alone: the writer is at work.
    pub(crate) fn ping(&self, pong: fn()) {
        drop(self.to_writer.try_send((Work::Ping(pong), self.clock.busy())));
    }

    async fn read(&self, place: &Place<'_>, row: Arc<FeedRow>, fetched: Fetched, poll: &mut Poll) {
        poll.size_bytes = fetched.bytes.len() as u64;
        let (engine, at) = (Arc::clone(&self.engine), poll.at);
        let validators = fetched.validators.clone();
        // A panic in one feed's way is that feed's failure.
        let _busy = self.clock.busy();
        let read = place.run(move || read(&engine, &row, &fetched, at)).await;
        match read {
            Ok(Ok(prepared)) => {
                poll.status = Status::Ok;
                poll.validators = validators;
                poll.reason = prepared.warnings.first().cloned();
                poll.read = Some(prepared);
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

fn read(engine: &Engine, row: &FeedRow, fetched: &Fetched, now: Timestamp) -> Result<PreparedFeed, NotAFeed> {
    let source =
        Source { content_type: fetched.content_type.as_deref(), base_url: Some(&fetched.final_url), ..Source::at(now) };
    engine.prepare(&fetched.bytes, &source, &row.feed)
}

/// What is asked of a feed's server.
fn request(row: &FeedRow, rhythm: &Rhythm, is_last: bool, now: Timestamp) -> Request {
    // A body that was no feed came last: a 304 would only say that nothing is better. The whole is asked for.
    let is_suspect = row.last_status.as_deref().is_some_and(|word| {
        let of_body = [Status::NotAFeed, Status::Html, Status::Challenge, Status::Empty, Status::Internal];
        of_body.iter().any(|status| status.as_str() == word)
    });
    let since_last_poll = row.last_poll_at.map_or(jiff::SignedDuration::ZERO, |at| now.duration_since(at));
    let is_conditional = !is_suspect && poller::schedule::may_be_conditional(since_last_poll, rand::random());
    let validator = |value: &Option<String>| value.clone().filter(|_| is_conditional);
    Request {
        feed_id: row.id,
        url: row.feed.url.clone(),
        adopted_url: rhythm.adopted_url().map(str::to_owned),
        validators: Validators {
            etag: validator(&row.etag),
            last_modified: validator(&row.last_modified),
            body_hash: row.body_hash.as_deref().and_then(|hash| hash.try_into().ok()),
        },
        now,
        is_last,
    }
}

fn rhythm(row: &FeedRow) -> Rhythm {
    row.rhythm.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

fn write_all(
    mut writer: Writer,
    mut queue: mpsc::Receiver<(Work, Busy)>,
    written: &mpsc::UnboundedSender<Written>,
    clock: &Clock,
) -> Writer {
    let mut waiting = Vec::with_capacity(QUEUE);
    let mut polls: Vec<Poll> = Vec::with_capacity(QUEUE);
    while queue.blocking_recv_many(&mut waiting, QUEUE) > 0 {
        // Simulated time stands still until all answers have been sent.
        let mut busy = Vec::with_capacity(waiting.len());
        for (work, guard) in waiting.drain(..) {
            busy.push(guard);
            match work {
                Work::Poll(poll) => polls.push(*poll),
                Work::Store(work) => work(writer.store()),
                Work::Retain(options) => match writer.prune(&options, clock.now()) {
                    Ok(done) if done.texts_dropped + done.items() > 0 => {
                        tracing::info!(
                            texts_dropped = done.texts_dropped,
                            items_purged = done.items(),
                            "old items were dropped"
                        );
                    }
                    Ok(_) => {}
                    Err(error) => tracing::error!(%error, "old items could not be dropped; it is tried again tomorrow"),
                },
                Work::Ping(pong) => match writer.store().meta("lexicon_version") {
                    Ok(_) => pong(),
                    Err(error) => tracing::error!(%error, "the store does not answer"),
                },
            }
        }
        if polls.is_empty() {
            continue;
        }
        let done = writer.record(&polls).map_err(|error| (error, polls.iter().map(|poll| poll.feed_id).collect()));
        polls.clear();
        // At a stop nobody listens any more, and what waits is stored all the same.
        drop(written.send(done));
    }
    writer
}
