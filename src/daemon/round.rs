//! Whether feeds can be reached, and the polls that issues wait for.
//!
//! An issue cannot be taken back, so none is composed before the feeds have been read that were due when it became due.
//! A machine that boots or wakes up is often without a network at first; its issues wait until a feed is reached, or
//! until a configured time has passed. Pure but for the monotonic clock.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::poller::Status;

/// How long issues wait for the other feeds once one was reached.
const DEADLINE: Duration = Duration::from_secs(60);

/// A feed that has been due for longer than this was due while the daemon or the machine was not running.
const PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// This many failures of different feeds, without a success between them, mean that nothing can be reached.
const FAILURES: usize = 10;

/// How long to wait, while nothing can be reached, before one feed is tried again. Doubled after each try.
const FIRST_TRY: Duration = Duration::from_secs(60);
const LONGEST_TRY: Duration = Duration::from_secs(15 * 60);

/// A feed that is due when a round begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct DueFeed {
    pub(super) id: i64,
    pub(super) since: Timestamp,
    /// Whether its last poll failed.
    pub(super) is_failing: bool,
}

/// What is known about the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The last polls reached feeds.
    Reached,
    /// Nothing was polled since the start, or since a pause.
    Unknown,
    /// Many feeds were tried, and none was reached.
    CutOff,
}

/// Whether issues can be composed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// The feeds have been read, except for this many.
    Ready { unread: usize },
    /// They have to wait, at least until this instant unless something happens.
    Wait { until: Instant },
    /// No feed could be reached for as long as issues may wait; the last one was reached then, if ever.
    GivenUp { reached_at: Option<Timestamp> },
}

/// What a poll has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// All feeds of the round have been polled.
    Over,
    /// A feed was reached again. These feeds failed meanwhile and are to be polled now.
    Reconnected {
        failed: Vec<i64>,
    },
}

/// The current round.
#[derive(Debug)]
pub(super) struct Round {
    /// Feeds that issues wait for.
    waiting: HashSet<i64>,
    /// How many feeds the round began with.
    size: usize,
    deadline: Instant,
    reach: Reach,
    reached_at: Option<Timestamp>,
    /// Feeds that failed since one was last reached, and whether the network can be the reason.
    failed: HashMap<i64, bool>,
    /// How many failures mean that nothing can be reached.
    limit: usize,
    try_at: Instant,
    try_wait: Duration,
    /// Since when issues have been waiting.
    pending_since: Option<Instant>,
}

impl Round {
    /// Begins the first round under a configuration with this many feeds, some of which are due.
    pub(super) fn first(feeds: usize, due: &[DueFeed], failing: &[i64], reached_at: Option<Timestamp>) -> Round {
        let now = Instant::now();
        let mut round = Round {
            waiting: due.iter().map(|feed| feed.id).collect(),
            size: due.len(),
            deadline: now + DEADLINE,
            reach: Reach::Reached,
            reached_at,
            failed: HashMap::new(),
            limit: feeds.clamp(1, FAILURES),
            try_at: now + FIRST_TRY,
            try_wait: FIRST_TRY,
            pending_since: None,
        };
        if feeds > 0 && failing.len() == feeds {
            round.reach = Reach::CutOff;
            round.failed = failing.iter().map(|id| (*id, true)).collect();
        } else if due.iter().any(|feed| !feed.is_failing) {
            round.reach = Reach::Unknown;
        }
        round
    }

    /// Waits for no feed: the daemon only reads its configuration again.
    pub(super) fn skip(&mut self) {
        self.waiting.clear();
        self.reach = Reach::Reached;
    }

    /// Begins a round for issues that have become due.
    pub(super) fn begin(&mut self, due: &[DueFeed], now: Timestamp) {
        self.waiting.extend(due.iter().map(|feed| feed.id));
        self.size = self.waiting.len();
        self.deadline = Instant::now() + DEADLINE;
        let is_after_pause = |feed: &DueFeed| !feed.is_failing && now.duration_since(feed.since) > PAUSE;
        if self.reach == Reach::Reached && due.iter().any(is_after_pause) {
            self.reach = Reach::Unknown;
        }
    }

    /// Takes note of how a poll ended.
    pub(super) fn polled(&mut self, feed_id: i64, status: Status, now: Timestamp) -> Change {
        let was_waiting = self.waiting.remove(&feed_id);
        let is_read = matches!(status, Status::Ok | Status::Incomplete | Status::NotModified | Status::SameBody);
        if !is_read {
            self.failed.insert(feed_id, can_be_the_network(status));
            if self.reach != Reach::CutOff && self.failed.len() >= self.limit {
                self.reach = Reach::CutOff;
                (self.try_wait, self.try_at) = (FIRST_TRY, Instant::now() + FIRST_TRY);
            }
        } else {
            let was_cut_off = self.reach == Reach::CutOff;
            let failed = std::mem::take(&mut self.failed);
            (self.reach, self.reached_at) = (Reach::Reached, Some(now));
            if was_cut_off {
                let of_network = failed.into_iter().filter(|(id, can_be)| *can_be && *id != feed_id);
                let mut failed: Vec<i64> = of_network.map(|(id, _)| id).collect();
                failed.sort_unstable();
                self.waiting.extend(&failed);
                self.size = self.waiting.len();
                self.deadline = Instant::now() + DEADLINE;
                return Change::Reconnected { failed };
            }
        }
        if was_waiting && self.waiting.is_empty() { Change::Over } else { Change::Nothing }
    }

    /// Returns how many feeds of the round have been polled, and of how many.
    pub(super) fn progress(&self) -> (usize, usize) {
        (self.size - self.waiting.len().min(self.size), self.size)
    }

    /// Waits no longer for a feed that is not polled any more.
    pub(super) fn forget(&mut self, feed_id: i64) {
        self.waiting.remove(&feed_id);
        self.failed.remove(&feed_id);
    }

    pub(super) fn is_over(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn is_reached(&self) -> bool {
        self.reach == Reach::Reached
    }

    /// Gives up waiting for the feeds that have not been polled.
    pub(super) fn end(&mut self) {
        self.waiting.clear();
        self.pending_since = None;
    }

    /// Returns whether issues that are due can be composed. They wait for a feed to be reached no longer than
    /// `patience`, counted from the first call.
    pub(super) fn readiness(&mut self, patience: Duration) -> Readiness {
        let now = Instant::now();
        if self.reach == Reach::Reached {
            return match self.waiting.is_empty() || now >= self.deadline {
                true => Readiness::Ready { unread: self.waiting.len() },
                false => Readiness::Wait { until: self.deadline },
            };
        }
        let until = *self.pending_since.get_or_insert(now) + patience;
        let until = if self.waiting.is_empty() { until } else { until.max(self.deadline) };
        match now >= until {
            true => Readiness::GivenUp { reached_at: self.reached_at },
            false => Readiness::Wait { until },
        }
    }

    /// Returns when to try a feed again although it is not due; `None` while feeds are reached.
    pub(super) fn next_try(&self) -> Option<Instant> {
        (self.reach == Reach::CutOff).then_some(self.try_at)
    }

    /// Returns the feeds of which one is to be tried now.
    pub(super) fn take_candidates(&mut self) -> Vec<i64> {
        self.try_wait = (self.try_wait * 2).min(LONGEST_TRY);
        self.try_at = Instant::now() + self.try_wait;
        self.failed.iter().filter(|(_, can_be)| **can_be).map(|(id, _)| *id).collect()
    }
}

/// Returns whether a failure can be that of this machine's network.
fn can_be_the_network(status: Status) -> bool {
    matches!(
        status,
        Status::Dns
            | Status::Resolver
            | Status::Proxy
            | Status::Connect
            | Status::Tls
            | Status::Timeout
            | Status::Broken
            | Status::Challenge
            | Status::Html
            | Status::NoDescriptors
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn due(ids: impl IntoIterator<Item = i64>) -> Vec<DueFeed> {
        ids.into_iter().map(|id| DueFeed { id, since: Timestamp::UNIX_EPOCH, is_failing: false }).collect()
    }

    fn polled(round: &mut Round, id: i64, status: Status) -> Change {
        round.polled(id, status, Timestamp::UNIX_EPOCH)
    }

    #[tokio::test(start_paused = true)]
    async fn issues_wait_for_the_round_and_no_longer_than_its_deadline() {
        let mut round = Round::first(3, &due(1..=3), &[], None);
        assert!(matches!(round.readiness(HOUR), Readiness::Wait { .. }));
        assert_eq!(polled(&mut round, 1, Status::NotFound), Change::Nothing);
        assert_eq!(polled(&mut round, 2, Status::Ok), Change::Nothing);
        assert!(matches!(round.readiness(HOUR), Readiness::Wait { .. }));
        assert_eq!(round.progress(), (2, 3));
        tokio::time::advance(DEADLINE).await;
        assert_eq!(round.readiness(HOUR), Readiness::Ready { unread: 1 });
        assert_eq!(polled(&mut round, 3, Status::Ok), Change::Over);
        assert_eq!(round.readiness(HOUR), Readiness::Ready { unread: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_network_issues_wait_until_it_is_back_and_failed_feeds_were_polled() {
        let mut round = Round::first(3, &due(1..=3), &[], None);
        (1..=3).for_each(|id| drop(polled(&mut round, id, Status::Resolver)));
        assert!(round.is_over());
        assert!(matches!(round.readiness(HOUR), Readiness::Wait { .. }));
        tokio::time::advance(HOUR / 2).await;
        assert_eq!(polled(&mut round, 2, Status::Ok), Change::Reconnected { failed: vec![1, 3] });
        assert!(matches!(round.readiness(HOUR), Readiness::Wait { .. }));
        assert_eq!(polled(&mut round, 1, Status::NotModified), Change::Nothing);
        assert_eq!(polled(&mut round, 3, Status::Ok), Change::Over);
        assert_eq!(round.readiness(HOUR), Readiness::Ready { unread: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn issues_do_not_wait_for_ever() {
        let mut round = Round::first(1, &due([1]), &[], Some(Timestamp::UNIX_EPOCH));
        assert!(matches!(round.readiness(HOUR), Readiness::Wait { .. }));
        drop(polled(&mut round, 1, Status::Connect));
        tokio::time::advance(HOUR).await;
        assert_eq!(round.readiness(HOUR), Readiness::GivenUp { reached_at: Some(Timestamp::UNIX_EPOCH) });
    }

    #[tokio::test(start_paused = true)]
    async fn feeds_that_are_dead_anyway_hold_nothing_up() {
        let dead = [DueFeed { id: 1, since: Timestamp::UNIX_EPOCH, is_failing: true }];
        let mut round = Round::first(3, &dead, &[1], None);
        assert_eq!(polled(&mut round, 1, Status::NotFound), Change::Over);
        assert_eq!(round.readiness(HOUR), Readiness::Ready { unread: 0 });
        // All of them fail: that is no proof that they are dead.
        let mut round = Round::first(2, &[], &[1, 2], None);
        assert!(matches!(round.readiness(HOUR), Readiness::Wait { .. }));
        assert_eq!(Round::first(0, &[], &[], None).readiness(HOUR), Readiness::Ready { unread: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_slept_is_like_one_that_starts() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(9);
        let mut round = Round::first(3, &[], &[], None);
        round.begin(&due([1, 2]), now);
        drop(polled(&mut round, 1, Status::Resolver));
        drop(polled(&mut round, 2, Status::Resolver));
        assert!(matches!(round.readiness(HOUR), Readiness::Wait { .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn while_nothing_is_reached_one_feed_is_tried_at_growing_intervals() {
        let mut round = Round::first(2, &due([1, 2]), &[], None);
        assert_eq!(round.next_try(), None);
        drop(polled(&mut round, 1, Status::Resolver));
        drop(polled(&mut round, 2, Status::ServerError));
        assert_eq!(round.next_try(), Some(Instant::now() + FIRST_TRY));
        assert_eq!(round.take_candidates(), [1]);
        assert_eq!(round.next_try(), Some(Instant::now() + 2 * FIRST_TRY));
        (0..9).for_each(|_| drop(round.take_candidates()));
        assert_eq!(round.next_try(), Some(Instant::now() + LONGEST_TRY));
        drop(polled(&mut round, 1, Status::Ok));
        assert_eq!(round.next_try(), None);
    }
}
