//! When a feed is due again. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Options;

/// What is learnt of a feed's rhythm from poll to poll.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rhythm {
    /// Seconds between polls while all is well.
    pub interval_secs: u64,
    /// Failures in a row.
    pub failures: u32,
}

impl Default for Rhythm {
    fn default() -> Rhythm {
        Rhythm { interval_secs: 1_800, failures: 0 }
    }
}

/// What a poll found, as the schedule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The feed was read: so many items, so many of them new to it.
    Items {
        /// Items that stood in it.
        seen: usize,
        /// Items that it had not given before.
        new: usize,
    },
    /// Nothing has changed.
    Unchanged,
    /// It failed.
    Failure,
}

/// The rhythm and the due time behind a poll. `jitter` is between 0 and 1 and spreads feeds that were polled together; `retry_after` is
/// what the server asks for, and is obeyed beyond the longest interval.
pub fn next(
    rhythm: Rhythm,
    found: Found,
    retry_after: Option<SignedDuration>,
    options: &Options,
    now: Timestamp,
    jitter: f64,
) -> (Rhythm, Timestamp) {
    let within = |secs: u64| secs.clamp(options.min_interval_secs, options.max_interval_secs);
    let interval_secs = match found {
        Found::Items { seen, new } if new * 3 > seen * 2 => rhythm.interval_secs / 2,
        Found::Items { seen, new } if new * 3 > seen => rhythm.interval_secs,
        Found::Items { new, .. } if new > 0 => rhythm.interval_secs + rhythm.interval_secs / 8,
        Found::Items { .. } | Found::Unchanged => rhythm.interval_secs + rhythm.interval_secs / 4,
        Found::Failure => rhythm.interval_secs,
    };
    let failures = if found == Found::Failure { rhythm.failures.saturating_add(1) } else { 0 };
    let next = Rhythm { interval_secs: within(interval_secs), failures };
    let wait_secs = within(next.interval_secs.saturating_mul(u64::from(failures.max(1))));
    let spread = SignedDuration::from_secs_f64((wait_secs as f64 * (0.95 + 0.1 * jitter.clamp(0.0, 1.0))).min(1e9));
    let wait = retry_after.map_or(spread, |asked| asked.max(spread));
    (next, now.checked_add(wait).unwrap_or(Timestamp::MAX))
}
