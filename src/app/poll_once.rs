//! One round: each of some feeds is polled once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::clock::Clock;
use super::network::Network;
use super::pipeline::Pipeline;
use super::runtime;
use crate::config::Config;
use crate::ingest::{Counts, Engine, Recorded, Writer};
use crate::poller::Status;
use crate::poller::rate_limit::Dispatcher;
use crate::store::{FeedRow, StoreError};

/// What a round came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Feeds that were polled.
    pub feeds: usize,
    /// Feeds that answered with a body that reads as a feed.
    pub fetched: usize,
    /// Feeds in which nothing had changed.
    pub not_modified: usize,
    /// Feeds that did not answer as a feed.
    pub failed: usize,
    /// Items that stood in the fetched feeds.
    pub items_seen: usize,
    /// Items that the store had not.
    pub items_new: usize,
    /// Items new to their feed that the store had from elsewhere.
    pub duplicates: usize,
    /// New items with a tag.
    pub tagged: usize,
    /// How often each kind of failure came, by status word.
    #[serde(skip)]
    pub failures: BTreeMap<&'static str, usize>,
}

impl Summary {
    /// Adds one poll.
    pub fn add(&mut self, recorded: &Recorded) {
        self.feeds += 1;
        match recorded.status {
            Status::Ok => self.fetched += 1,
            Status::NotModified | Status::SameBody => self.not_modified += 1,
            status => {
                self.failed += 1;
                *self.failures.entry(status.as_str()).or_default() += 1;
            }
        }
        let Counts { items_seen, items_new, duplicates, tagged, known: _ } = recorded.counts;
        self.items_seen += items_seen;
        self.items_new += items_new;
        self.duplicates += duplicates;
        self.tagged += tagged;
    }

    /// One line for a person.
    pub fn line(&self) -> String {
        let kinds: Vec<String> = self.failures.iter().map(|(status, count)| format!("{status} {count}")).collect();
        let failed = match (self.failed, kinds.is_empty()) {
            (0, _) | (_, true) => String::new(),
            _ => format!(" ({}; see `kazbek feeds list --failing`)", kinds.join(", ")),
        };
        format!(
            "{}: {} fetched, {} not modified, {} failed{failed}; {}, {} new ({} tagged), {}",
            counted(self.feeds, "feed"),
            self.fetched,
            self.not_modified,
            self.failed,
            counted(self.items_seen, "item"),
            self.items_new,
            self.tagged,
            counted(self.duplicates, "duplicate")
        )
    }
}

/// A number with its noun.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Why a round could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The HTTP client or the runtime could not be made.
    #[error("polling cannot start: {0}")]
    Start(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Polls each feed once and stores what they gave.
///
/// # Errors
/// Where the store fails; what was stored until then stays.
pub fn poll_once(
    config: &Config,
    clock: &Clock,
    network: &dyn Network,
    engine: Arc<Engine>,
    writer: Writer,
    rows: Vec<FeedRow>,
    mut progress: impl FnMut(&Summary),
) -> Result<Summary, RoundError> {
    let start = |error: &dyn std::error::Error| RoundError::Start(error.to_string());
    let runtime = runtime::new().map_err(|error| start(&error))?;
    let (summary, writer) = runtime.block_on(async {
        let fetcher = network.fetcher(&config.poller).map_err(|error| start(&error))?;
        let (pipeline, mut written, thread) =
            Pipeline::start(clock, fetcher, engine, writer, config.poller.clone()).map_err(|error| start(&error))?;
        let polling = tokio::spawn(poll_all(pipeline, rows, Dispatcher::new(&config.poller)));
        let mut summary = Summary::default();
        let mut failed = None;
        while let Some(done) = written.recv().await {
            match done {
                Ok(recorded) => recorded.iter().for_each(|recorded| summary.add(recorded)),
                Err((error, _)) => {
                    failed = Some(error);
                    polling.abort();
                }
            }
            progress(&summary);
        }
        match polling.await {
            Ok(0) | Err(_) => {}
            Ok(count) => tracing::warn!(feeds = count, "put off: their servers say that there were too many requests"),
        }
        match (failed, thread.join()) {
            (Some(error), _) => Err(RoundError::Store(error)),
            (None, Ok(writer)) => Ok((summary, writer)),
            (None, Err(_)) => Err(RoundError::Start("the writer panicked; please report it".to_owned())),
        }
    })?;
    // A look-up of a name that hangs must not hold the command up.
    runtime.shutdown_background();
    writer.close()?;
    Ok(summary)
}

/// Polls each feed once, in the order that politeness allows. Returns how many were put off, as their servers want to be left alone.
async fn poll_all(pipeline: Arc<Pipeline>, rows: Vec<FeedRow>, mut dispatcher: Dispatcher) -> usize {
    let mut rows: HashMap<i64, Arc<FeedRow>> = rows.into_iter().map(|row| (row.id, Arc::new(row))).collect();
    let mut ids: Vec<i64> = rows.keys().copied().collect();
    ids.sort_unstable();
    for id in ids {
        dispatcher.push(id, &rows[&id].feed.url);
    }
    let (epoch, mut fetches, mut put_off) = (Instant::now(), JoinSet::new(), 0);
    loop {
        while let Some(turn) = dispatcher.start(epoch.elapsed()) {
            let Some(row) = rows.remove(&turn.feed_id) else { continue };
            let pipeline = Arc::clone(&pipeline);
            fetches.spawn(async move { (turn.feed_id, pipeline.poll(row, turn.is_last).await) });
        }
        let rested = dispatcher.next_start().map(|at| epoch + at);
        tokio::select! {
            Some(done) = fetches.join_next() => match done {
                Ok((id, status)) => {
                    dispatcher.finish(id, status == Status::RateLimited, epoch.elapsed());
                    if status == Status::RateLimited {
                        put_off += dispatcher.put_off();
                    }
                }
                // A fetch does not panic; if it does, the round must not wait for it forever.
                Err(error) => tracing::error!(%error, "a fetch failed inside kazbek; please report it"),
            },
            () = tokio::time::sleep_until(rested.unwrap_or(epoch)), if rested.is_some() => {}
            else => return put_off,
        }
    }
}
