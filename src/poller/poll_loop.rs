//! The loop that polls feeds, for the daemon and for single rounds: starts each feed's poll when its turn comes, and
//! frees its slot however the poll ends.
//!
//! Owns the tasks. The caller says what a poll does and when a feed waits again.

use std::collections::HashMap;

use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use super::rate_limit::{Dispatcher, Turn};
use super::{Options, Status};

/// Feeds that wait for their turn or are being polled. A poll ends with its status, or with `None` if its result could
/// not be handed on.
#[derive(Debug)]
pub(crate) struct PollLoop {
    dispatcher: Dispatcher,
    polls: JoinSet<Option<Status>>,
    /// The feed of each task, to free its slot however the task ends.
    feeds: HashMap<Id, i64>,
    /// Where the dispatcher's time begins.
    epoch: Instant,
}

/// A poll that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The id of the feed that was polled.
    pub feed_id: i64,
    /// How its fetch ended; `None` if there is no result, because the poll panicked or could not hand it on.
    pub status: Option<Status>,
}

impl PollLoop {
    /// Creates a loop in which no feed waits.
    pub(crate) fn new(options: &Options) -> PollLoop {
        PollLoop {
            dispatcher: Dispatcher::new(options),
            polls: JoinSet::new(),
            feeds: HashMap::new(),
            epoch: Instant::now(),
        }
    }

    /// Lets a feed wait for its turn. A feed must not wait twice.
    pub(crate) fn push(&mut self, feed_id: i64, url: &str) {
        self.dispatcher.push(feed_id, url);
    }

    /// Starts the polls whose turn has come, as the futures that `poll` returns, and waits for the next one to end.
    /// Returns `None` if no poll is in progress and no feed waits. Nothing is lost if the future is dropped.
    pub(crate) async fn next<F>(&mut self, poll: impl Fn(Turn) -> F) -> Option<Ended>
    where
        F: Future<Output = Option<Status>> + Send + 'static,
    {
        loop {
            while let Some(turn) = self.dispatcher.start(self.epoch.elapsed()) {
                let task = self.polls.spawn(poll(turn));
                self.feeds.insert(task.id(), turn.feed_id);
            }
            let rested = self.dispatcher.next_start().map(|at| self.epoch + at);
            tokio::select! {
                Some(ended) = self.polls.join_next_with_id() => {
                    let (id, status) = match ended {
                        Ok(ended) => ended,
                        Err(error) => {
                            tracing::error!(%error, "a poll failed inside kazbek; please report it");
                            (error.id(), None)
                        }
                    };
                    let Some(feed_id) = self.feeds.remove(&id) else { continue };
                    let is_refused = status == Some(Status::RateLimited);
                    self.dispatcher.finish(feed_id, is_refused, self.epoch.elapsed());
                    return Some(Ended { feed_id, status });
                }
                () = tokio::time::sleep_until(rested.unwrap_or(self.epoch)), if rested.is_some() => {}
                else => return None,
            }
        }
    }

    /// Gives up the waiting feeds of domains that refuse repeatedly; returns how many.
    pub(crate) fn give_up_refusing(&mut self) -> usize {
        self.dispatcher.give_up_refusing()
    }

    /// Returns how many feeds wait for their turn or are being polled.
    pub(crate) fn len(&self) -> usize {
        self.dispatcher.waiting() + self.dispatcher.in_flight()
    }

    /// Returns whether no feed waits or is being polled.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Aborts the polls in progress.
    pub(crate) fn abort(&mut self) {
        self.polls.abort_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_poll_that_panics_gives_its_slot_back() {
        let mut polls = PollLoop::new(&Options { concurrency: 2, ..Options::default() });
        (0..7).for_each(|id| polls.push(id, &format!("https://s{id}.example/")));
        let poll = |turn: Turn| async move {
            assert!(turn.feed_id % 2 == 0, "this feed is odd");
            Some(Status::Ok)
        };
        let mut ended = Vec::new();
        while let Some(Ended { feed_id, status }) = polls.next(poll).await {
            ended.push((feed_id, status.is_some()));
        }
        ended.sort_unstable();
        assert_eq!(ended, (0..7).map(|id| (id, id % 2 == 0)).collect::<Vec<_>>());
        assert!(polls.is_empty() && polls.polls.is_empty());
    }
}
