//! Polls each of some feeds once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::network::Network;
use super::pipeline::{Pipeline, PipelineError};
use super::runtime;
use super::trusted_clock::TrustedClock;
use crate::config::Config;
use crate::ingest::{Counts, Recorded, Writer};
use crate::poller::rate_limit::Turn;
use crate::poller::schedule::Seed;
use crate::poller::{PollLoop, Status};
use crate::store::FeedRow;

/// The counts of several polls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Feeds that were polled.
    pub feeds: usize,
    /// Feeds that were fetched and read.
    pub fetched: usize,
    /// Feeds that had not changed.
    pub not_modified: usize,
    /// Feeds that could not be fetched or read.
    pub failed: usize,
    /// Items in the fetched feeds.
    pub items_seen: usize,
    /// Items that are new to the store.
    pub items_new: usize,
    /// Items that are new to their feed but already stored from another.
    pub duplicates: usize,
    /// New items with a tag.
    pub tagged: usize,
    /// The number of failures, by status word.
    pub failures: BTreeMap<String, usize>,
}

impl Summary {
    /// Adds the result of one poll.
    pub fn add(&mut self, recorded: &Recorded) {
        self.feeds += 1;
        match recorded.status {
            Status::Ok | Status::Incomplete => self.fetched += 1,
            Status::NotModified | Status::SameBody => self.not_modified += 1,
            status => {
                self.failed += 1;
                *self.failures.entry(status.as_str().to_owned()).or_default() += 1;
            }
        }
        let Counts { items_seen, items_new, duplicates, tagged, .. } = recorded.counts;
        self.items_seen += items_seen;
        self.items_new += items_new;
        self.duplicates += duplicates;
        self.tagged += tagged;
    }

    /// Returns a summary in one line.
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

/// Returns a number with its noun.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Polls each feed once and stores the results. `progress` is called after each write.
///
/// # Errors
/// Fails if polling cannot start, if the store cannot be written, or if the clock leaps meanwhile; what was stored
/// before remains.
pub fn poll_once(
    config: &Config,
    clock: &TrustedClock,
    network: &dyn Network,
    writer: Writer,
    rows: Vec<FeedRow>,
    mut progress: impl FnMut(&Summary),
) -> Result<Summary, PipelineError> {
    let runtime = runtime::new().map_err(PipelineError::Thread)?;
    let (summary, writer) = runtime.block_on(async {
        let fetcher = network.fetcher(&config.poller)?;
        let (pipeline, mut written, thread) =
            Pipeline::start(clock, Seed::random(), fetcher, writer, config.poller.clone(), Arc::<Figures>::default())?;
        let polling = tokio::spawn(poll_all(pipeline, rows, PollLoop::new(&config.poller)));
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
            (Some(error), _) => Err(PipelineError::Store(error)),
            (None, Ok(writer)) => Ok((summary, writer)),
            (None, Err(_)) => Err(PipelineError::WriterPanicked),
        }
    })?;
    writer.close()?;
    // Polls after a leap were not stored.
    clock.check()?;
    Ok(summary)
}

/// Polls each feed once, in the order that rate limits allow. Returns how many feeds were deferred because their
/// servers asked for it.
async fn poll_all(pipeline: Arc<Pipeline>, mut rows: Vec<FeedRow>, mut polls: PollLoop) -> usize {
    rows.sort_unstable_by_key(|row| row.id);
    rows.iter().for_each(|row| polls.push(row.id, &row.feed.url));
    let rows: HashMap<i64, Arc<FeedRow>> = rows.into_iter().map(|row| (row.id, Arc::new(row))).collect();
    let poll = |turn: Turn| {
        let (pipeline, row) = (Arc::clone(&pipeline), rows.get(&turn.feed_id).cloned());
        async move { pipeline.poll(row?, turn.is_last).await }
    };
    let mut given_up = 0;
    while let Some(ended) = polls.next(poll).await {
        if ended.status == Some(Status::RateLimited) {
            given_up += polls.give_up_refusing();
        }
    }
    given_up
}
