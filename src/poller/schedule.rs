//! When a feed is due again. Pure: what was learnt and what was found come in, what is learnt and the due time go out.
//!
//! The rule and its source stand in `docs/methods.md`, section "Polling schedule".

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::outcome::Grade;
use crate::model::PublisherHints;

/// Seconds between polls of a feed of which nothing is known yet.
const FIRST_INTERVAL_SECS: u64 = 1_800;

/// A feed whose weighted failures in a row reach this is taken for dead: it is tried rarely, and never given up.
pub(crate) const DEAD_WEIGHT: f64 = 30.0;

/// Seconds between two looks at a dead feed.
const DEAD_INTERVAL_SECS: u64 = 7 * 86_400;

/// Identical permanent redirects in a row, each answered by a feed, behind which the new address is asked directly.
pub(crate) const CONFIRMATIONS: u32 = 5;

/// What is asked of the schedule for one feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Seconds between two polls, at least.
    pub min_interval_secs: u64,
    /// Seconds between two polls, at most; only `Retry-After` and death go beyond it.
    pub max_interval_secs: u64,
    /// Seconds between two polls, whatever the feed does, where the configuration names them for this feed.
    pub fixed_interval_secs: Option<u64>,
}

/// What the schedule has learnt of a feed from poll to poll; the store keeps it as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PollState {
    /// Seconds between polls while all is well.
    pub interval_secs: u64,
    /// Failures in a row.
    #[serde(skip_serializing_if = "is_default")]
    pub failures: u32,
    /// The same, each with the weight of its grade.
    #[serde(skip_serializing_if = "is_default")]
    pub failure_weight: f64,
    /// When the feed last answered as a feed, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_at_secs: Option<i64>,
    /// What the publisher asked for inside the feed.
    #[serde(skip_serializing_if = "is_default")]
    pub asked: Asked,
    /// Seconds to which hints may lengthen a wait, once a rollover has shown that they ask too much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint_limit_secs: Option<u64>,
    /// Where the server says that the feed has moved for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for PollState {
    fn default() -> PollState {
        PollState {
            interval_secs: FIRST_INTERVAL_SECS,
            failures: 0,
            failure_weight: 0.0,
            succeeded_at_secs: None,
            asked: Asked::default(),
            hint_limit_secs: None,
            moved: None,
        }
    }
}

impl PollState {
    /// Whether the feed has failed so long that it is only tried once a week.
    pub fn is_dead(&self) -> bool {
        self.failure_weight >= DEAD_WEIGHT
    }

    /// The address that is asked instead of the feed's own, where enough answers have confirmed that it has moved.
    pub fn adopted_url(&self) -> Option<&str> {
        self.moved.as_ref().filter(|moved| moved.times >= CONFIRMATIONS).map(|moved| moved.url.as_str())
    }

    /// Takes note of where a poll's permanent redirects (301, 308) led. Only an answer that read as a feed is `confirmed`: a
    /// maintenance page must not steal the address. A failure at an adopted address gives the feed its own address back.
    #[must_use]
    pub fn followed(mut self, moved_to: Option<&str>, confirmed: bool) -> PollState {
        let is_adopted = self.adopted_url().is_some();
        self.moved = match (self.moved.take(), moved_to) {
            (Some(_), _) if !confirmed => None,
            (Some(moved), None) if is_adopted => Some(moved),
            (Some(moved), Some(url)) if moved.url == url => {
                Some(Moved { times: moved.times.saturating_add(1), ..moved })
            }
            (_, Some(url)) if confirmed => Some(Moved { url: url.to_owned(), times: 1 }),
            _ => None,
        };
        self
    }
}

/// Seconds in which, on average, one poll of a feed asks for the whole.
const FULL_EVERY_SECS: f64 = 86_400.0;

/// Whether a poll may be conditional; `chance` is a uniform random number from 0 to 1. Some servers name the same version for ever
/// while the feed changes, and such a feed would fall silent without a failure. So the whole is asked for once a day on average:
/// with the chance that the time since the last poll has in a day. A client without validators may ask as often.
pub(crate) fn may_be_conditional(since_last_poll: SignedDuration, chance: f64) -> bool {
    chance >= since_last_poll.as_secs_f64() / FULL_EVERY_SECS
}

/// Where a feed says that it has moved, and how often in a row it said so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The new address.
    pub url: String,
    /// Identical answers in a row, each of which read as a feed.
    pub times: u32,
}

/// What a publisher asks of pollers inside the feed, in the schedule's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Seconds between polls: the longer of RSS `ttl` and `sy:updatePeriod / sy:updateFrequency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_secs: Option<u64>,
    /// Hours of the day in GMT without news, one bit each.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_hours: u32,
    /// Days of the week in GMT without news, one bit each from Monday.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_days: u8,
}

impl From<&PublisherHints> for Asked {
    fn from(hints: &PublisherHints) -> Asked {
        let ttl = hints.ttl_minutes.map(|minutes| u64::from(minutes) * 60);
        let hours = hints.skip_hours.iter().filter(|hour| **hour < 24);
        Asked {
            every_secs: ttl.max(hints.update_interval_secs),
            skip_hours: hours.fold(0, |bits, hour| bits | 1 << hour),
            skip_days: hints.skip_days.iter().fold(0, |bits, day| bits | day_bit(*day)),
        }
    }
}

fn day_bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl Asked {
    /// The first instant from `at` on that lies in no hour and no day to be skipped. A publisher that skips everything skips nothing.
    fn behind_skips(self, at: Timestamp) -> Timestamp {
        if self.skip_hours == 0 && self.skip_days == 0 {
            return at;
        }
        let is_skipped = |at: Timestamp| {
            let time = at.to_zoned(TimeZone::UTC);
            let hour = u32::try_from(time.hour()).unwrap_or(0);
            self.skip_hours & (1 << hour) != 0 || self.skip_days & day_bit(time.weekday()) != 0
        };
        // A week has every hour of every day; the minutes of the hour are kept, so that feeds do not all come at its beginning.
        let hours = (0..=7 * 24).map_while(|hours: i64| at.checked_add(hours.hours()).ok());
        hours.into_iter().find(|at| !is_skipped(*at)).unwrap_or(at)
    }
}

/// What a poll found, as the schedule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The feed was read: so many items, so many of them new to it.
    Items {
        /// Items that stood in it.
        seen: usize,
        /// Items that it had not given before.
        new: usize,
        /// Whether nothing of the fetch before was left, so that items were lost between the two.
        is_rollover: bool,
    },
    /// Nothing has changed.
    Unchanged,
    /// It failed.
    Failure(Grade),
}

/// One poll, as the schedule sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polled<'a> {
    /// What it found.
    pub found: Found,
    /// `Retry-After`: obeyed beyond the longest interval.
    pub retry_after: Option<SignedDuration>,
    /// `Cache-Control: max-age` or `Expires`: how long the answer stays fresh.
    pub fresh_for: Option<SignedDuration>,
    /// What the feed itself asks for; none where it was not read, and then what it asked before stands.
    pub hints: Option<&'a PublisherHints>,
    /// When it was.
    pub at: Timestamp,
    /// 0 to 1: spreads feeds that were polled together.
    pub jitter: f64,
}

/// The state and the due time after a poll.
pub(crate) fn next(state: &PollState, polled: &Polled<'_>, bounds: &Bounds) -> (PollState, Timestamp) {
    let mut next = state.clone();
    if let Some(hints) = polled.hints {
        next.asked = Asked::from(hints);
    }
    let wait_secs = match polled.found {
        Found::Failure(grade) => {
            next.failures = state.failures.saturating_add(1);
            next.failure_weight = (state.failure_weight + grade.weight()).min(1e6);
            backoff_secs(&next, grade, bounds)
        }
        Found::Items { .. } | Found::Unchanged => {
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
    // The spread lengthens only: a server's wish is never undercut.
    let spread = 1.0 + 0.1 * polled.jitter.clamp(0.0, 1.0);
    let wait = SignedDuration::from_secs_f64((wait_secs as f64 * spread).min(1e9));
    let retry = polled.retry_after.map(|asked| asked + SignedDuration::from_secs_f64(60.0 * (spread - 1.0)));
    let wait = retry.map_or(wait, |asked| asked.max(wait));
    let due_at = polled.at.checked_add(wait).unwrap_or(Timestamp::MAX);
    if bounds.fixed_interval_secs.is_some() {
        return (next, due_at);
    }
    // Quiet hours delay a poll, but no further than the longest interval.
    let latest = SignedDuration::from_secs(i64::try_from(bounds.max_interval_secs).unwrap_or(i64::MAX));
    let latest = polled.at.checked_add(latest).unwrap_or(Timestamp::MAX).max(due_at);
    let quiet = next.asked.behind_skips(due_at).min(latest);
    (next, quiet)
}

/// Lengthens or shortens the interval by how much of the fetch was known before.
fn adapt(before: &PollState, next: &mut PollState, polled: &Polled<'_>, bounds: &Bounds) {
    let within =
        |secs: u64| secs.clamp(bounds.min_interval_secs, bounds.max_interval_secs.max(bounds.min_interval_secs));
    next.interval_secs = within(next.interval_secs);
    // A first fetch has nothing to overlap with.
    let Some(last) = before.succeeded_at_secs else { return };
    let elapsed_secs = polled.at.as_second().saturating_sub(last).max(0).unsigned_abs();
    let interval = next.interval_secs;
    let waited = next.asked.every_secs.unwrap_or(0).min(bounds.max_interval_secs).max(interval);
    // A poll by hand comes early and proves that nothing may be polled less; one after a pause comes late and proves nothing of the state.
    let is_early = elapsed_secs < interval / 2;
    let is_late = elapsed_secs > waited.saturating_mul(2);
    let wanted = match polled.found {
        Found::Items { is_rollover: true, .. } => {
            if !is_late {
                next.hint_limit_secs = Some(within(elapsed_secs / 2));
            }
            interval / 2
        }
        Found::Items { seen, new, .. } if seen > 0 && new * 3 > seen * 2 => {
            if is_late {
                interval
            } else {
                interval / 2
            }
        }
        Found::Items { seen, new, .. } if new * 3 > seen => interval,
        _ if is_early => interval,
        Found::Items { new, .. } if new > 0 => interval.saturating_add(interval / 8),
        _ => interval.saturating_add(interval / 4),
    };
    next.interval_secs = within(wanted);
    if wanted > interval {
        // Trust in hints comes back as slowly as the interval grows.
        next.hint_limit_secs = next.hint_limit_secs.map(|limit| limit.saturating_add(limit / 8));
    }
}

/// The wait behind a failure: linear in the weighted failures, bounded, and never endless.
fn backoff_secs(state: &PollState, grade: Grade, bounds: &Bounds) -> u64 {
    if state.is_dead() {
        return DEAD_INTERVAL_SECS.max(bounds.max_interval_secs);
    }
    let base = bounds.fixed_interval_secs.unwrap_or(state.interval_secs);
    // Only a fault of our own side is looked at again sooner than a feed in health.
    let least = if grade == Grade::Temporary { 0.0 } else { 1.0 };
    let wait = base as f64 * state.failure_weight.max(least);
    let longest = bounds.max_interval_secs.max(base);
    (wait as u64).clamp(bounds.min_interval_secs.min(longest), longest)
}

#[cfg(test)]
mod tests;
