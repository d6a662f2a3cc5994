//! Decides when a feed is due again. Pure: takes the state of the schedule and the result of a poll, and returns the
//! new state and the due time.
//!
//! `docs/methods.md`, section "Polling schedule", has the rule and its source.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::cache_headers::LONGEST_RETRY;
use super::outcome::Grade;
use crate::model::{Asked, PollState, PublisherHints, Quarantine};

/// By which part jitter lengthens a wait, at most.
const JITTER: f64 = 0.1;

/// By how much jitter lengthens a wait that the server asked for, at most.
const RETRY_JITTER: SignedDuration = SignedDuration::from_secs(6);

/// Seconds between two polls of a dead feed.
const DEAD_INTERVAL_SECS: u64 = 7 * 86_400;

/// The limits of the schedule for one feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Seconds between two polls, at least.
    pub min_interval_secs: u64,
    /// Seconds between two polls, at most, except for `Retry-After` and dead feeds.
    pub max_interval_secs: u64,
    /// Seconds between two polls, if the configuration fixes them for this feed.
    pub fixed_interval_secs: Option<u64>,
}

/// Seconds in which, on average, one poll of a feed is unconditional.
const FULL_EVERY_SECS: f64 = 86_400.0;

/// Returns whether a poll may be conditional; `chance` is a uniform random number from 0 to 1. Some servers keep
/// sending the same validators although the feed changes, and such a feed would fall silent without a failure. So once
/// a day on average the full feed is requested: with a probability of the time since the last poll divided by a day.
pub(crate) fn may_be_conditional(since_last_poll: SignedDuration, chance: f64) -> bool {
    chance >= since_last_poll.as_secs_f64() / FULL_EVERY_SECS
}

/// Returns the first time from `at` on that lies in no hour and no day without news. If there is none, nothing is
/// skipped.
fn after_skips(asked: Asked, at: Timestamp) -> Timestamp {
    let is_skipped = |at: Timestamp| {
        let time = at.to_zoned(TimeZone::UTC);
        asked.skips(time.weekday(), u32::try_from(time.hour()).unwrap_or(0))
    };
    // A week has every hour of every day. Minutes are kept, so that feeds are not all polled at the start of an hour.
    let mut hours = (0..=7 * 24).map_while(|hours: i64| at.checked_add(hours.hours()).ok());
    hours.find(|at| !is_skipped(*at)).unwrap_or(at)
}

/// The result of a poll, as far as the schedule is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PollResult {
    /// The feed was read.
    Items {
        /// How many items it had.
        seen: usize,
        /// How many of them it had not had before.
        new: usize,
        /// Whether it shares no item with the last fetch, so that items between the two were missed.
        is_rollover: bool,
    },
    /// Nothing has changed.
    Unchanged,
    /// The poll failed.
    Failure(Grade),
}

/// A poll, as far as the schedule is concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polled<'a> {
    /// Whether the poll failed and, if not, how many items were new.
    pub result: PollResult,
    /// `Retry-After`: after a failure, respected even beyond the longest interval.
    pub retry_after: Option<SignedDuration>,
    /// How long the response stays fresh: `Cache-Control: max-age` or `Expires`.
    pub fresh_for: Option<SignedDuration>,
    /// What the feed itself asks for; `None` if it was not read, so that earlier hints remain valid.
    pub hints: Option<&'a PublisherHints>,
    /// When the feed was polled.
    pub at: Timestamp,
    /// A random number from 0 to 1, which spreads feeds that were polled together.
    pub jitter: f64,
}

/// Returns the state and the due time after a poll.
pub(crate) fn next(state: &PollState, polled: &Polled<'_>, bounds: &Bounds) -> (PollState, Timestamp) {
    let mut next = state.clone();
    if let Some(hints) = polled.hints {
        next.asked = Asked::from(hints);
    }
    let wait_secs = match polled.result {
        PollResult::Failure(grade) => {
            next.failures = state.failures.saturating_add(u32::from(grade != Grade::Ours));
            next.failure_weight = (state.failure_weight + grade.weight()).min(1e6);
            backoff_secs(&next, grade, bounds)
        }
        PollResult::Items { .. } | PollResult::Unchanged => {
            next.failures = 0;
            next.failure_weight = 0.0;
            next.succeeded_at_secs = Some(polled.at.as_second());
            adapt(state, &mut next, polled, bounds);
            let hint =
                next.asked.every_secs.max(polled.fresh_for.and_then(|fresh| u64::try_from(fresh.as_secs()).ok()));
            let hint_secs = hint.unwrap_or(0).min(next.hint_limit_secs.unwrap_or(u64::MAX));
            match bounds.fixed_interval_secs {
                Some(secs) => secs,
                None => next.interval_secs.max(hint_secs.min(bounds.max_interval_secs)),
            }
        }
    };
    // Jitter only lengthens the wait, so that it never undercuts what the server asks for.
    let jitter = polled.jitter.clamp(0.0, 1.0);
    let spread = 1.0 + JITTER * jitter;
    let wait = SignedDuration::from_secs_f64((wait_secs as f64 * spread).min(1e9));
    // Only a server that refuses can ask for more than the longest interval.
    let retry_limit = match polled.result {
        PollResult::Failure(Grade::Gone | Grade::Hard | Grade::Soft | Grade::Temporary) => LONGEST_RETRY,
        PollResult::Failure(Grade::Ours) | PollResult::Items { .. } | PollResult::Unchanged => {
            SignedDuration::from_secs(i64::try_from(bounds.max_interval_secs).unwrap_or(i64::MAX)).min(LONGEST_RETRY)
        }
    };
    let retry = polled.retry_after.map(|asked| asked.min(retry_limit) + RETRY_JITTER.mul_f64(jitter));
    let wait = retry.map_or(wait, |asked| asked.max(wait));
    let due_at = polled.at.checked_add(wait).unwrap_or(Timestamp::MAX);
    if bounds.fixed_interval_secs.is_some() {
        return (next, due_at);
    }
    // Hours without news delay a poll, but not beyond the longest interval.
    let latest = SignedDuration::from_secs(i64::try_from(bounds.max_interval_secs).unwrap_or(i64::MAX));
    let latest = polled.at.checked_add(latest).unwrap_or(Timestamp::MAX).max(due_at);
    let quiet = after_skips(next.asked, due_at).min(latest);
    (next, quiet)
}

/// Returns the latest time at which a feed in this state can be due, if its last poll was at or before `now`. A due
/// time after it was calculated with a wrong clock.
pub(crate) fn latest_due(state: &PollState, bounds: &Bounds, now: Timestamp) -> Timestamp {
    let longest_secs = bounds.fixed_interval_secs.unwrap_or(0).max(bounds.max_interval_secs).max(state.interval_secs);
    // Only servers that refuse can ask for more, and only dead feeds are polled less often.
    let longest_secs = match state.failures {
        0 => longest_secs,
        _ => longest_secs.max(DEAD_INTERVAL_SECS).max(LONGEST_RETRY.as_secs().unsigned_abs()),
    };
    let longest_secs = match state.quarantine {
        None => longest_secs,
        Some(_) => longest_secs.max(Quarantine::LONGEST_SECS.unsigned_abs()),
    };
    let wait = SignedDuration::from_secs_f64((longest_secs as f64 * (1.0 + JITTER)).min(1e9)) + RETRY_JITTER;
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Lengthens or shortens the interval, depending on how much of the feed was known before.
fn adapt(before: &PollState, next: &mut PollState, polled: &Polled<'_>, bounds: &Bounds) {
    let within =
        |secs: u64| secs.clamp(bounds.min_interval_secs, bounds.max_interval_secs.max(bounds.min_interval_secs));
    next.interval_secs = within(next.interval_secs);
    // The first fetch cannot be compared with an earlier one.
    let Some(last) = before.succeeded_at_secs else { return };
    let elapsed_secs = polled.at.as_second().saturating_sub(last).max(0).unsigned_abs();
    let interval = next.interval_secs;
    let waited = next.asked.every_secs.unwrap_or(0).min(bounds.max_interval_secs).max(interval);
    // An early poll, by hand, does not prove that the feed can be polled less often; a late one, after a pause, does
    // not prove that the interval was too long.
    let is_early = elapsed_secs < interval / 2;
    let is_late = elapsed_secs > waited.saturating_mul(2);
    let wanted = match polled.result {
        PollResult::Items { is_rollover: true, .. } => {
            if !is_late {
                next.hint_limit_secs = Some(within(elapsed_secs / 2));
            }
            interval / 2
        }
        PollResult::Items { seen, new, .. } if seen > 0 && new * 3 > seen * 2 => {
            if is_late {
                interval
            } else {
                interval / 2
            }
        }
        PollResult::Items { seen, new, .. } if new * 3 > seen => interval,
        _ if is_early => interval,
        PollResult::Items { new, .. } if new > 0 => interval.saturating_add(interval / 8),
        _ => interval.saturating_add(interval / 4),
    };
    next.interval_secs = within(wanted);
    if wanted > interval {
        // Trust in hints returns as slowly as the interval grows.
        next.hint_limit_secs = next.hint_limit_secs.map(|limit| limit.saturating_add(limit / 8));
    }
}

/// Returns the wait after a failure: proportional to the weighted failures, within the bounds.
fn backoff_secs(state: &PollState, grade: Grade, bounds: &Bounds) -> u64 {
    if state.is_dead() {
        return DEAD_INTERVAL_SECS.max(bounds.max_interval_secs);
    }
    let base = bounds.fixed_interval_secs.unwrap_or(state.interval_secs);
    // Only after a fault on our side is a feed polled sooner than a healthy one.
    let wait = match grade {
        Grade::Ours => 0.0,
        Grade::Temporary => base as f64 * state.failure_weight,
        Grade::Gone | Grade::Hard | Grade::Soft => base as f64 * state.failure_weight.max(1.0),
    };
    let longest = bounds.max_interval_secs.max(base);
    (wait as u64).clamp(bounds.min_interval_secs.min(longest), longest)
}

/// The seed of the random choices of one run. Each choice depends on the seed, on what it is for and on a number that
/// counts up, but not on the order in which choices are made, so that a simulation with a fixed seed can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// What a random choice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Whether a poll is conditional.
    Conditional,
    /// The jitter of a feed's due time.
    PollJitter,
    /// When a feed is polled that became due while the daemon was down.
    StartDelay,
    /// The jitter of the time of a delivery's next attempt.
    RetryJitter,
}

impl Seed {
    /// Returns a seed that nobody can predict.
    pub fn random() -> Seed {
        Seed(rand::random())
    }

    /// Returns a uniform number from 0 up to, but not including, 1; the same for the same arguments. `id` identifies
    /// the feed or delivery, `count` the choice among those for it.
    pub(crate) fn uniform(self, purpose: Purpose, id: i64, count: i64) -> f64 {
        let mut key = [0; 17];
        key[0] = purpose as u8;
        key[1..9].copy_from_slice(&id.to_le_bytes());
        key[9..].copy_from_slice(&count.to_le_bytes());
        // A float has 53 bits of precision.
        (xxh3_64_with_seed(&key, self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests;
