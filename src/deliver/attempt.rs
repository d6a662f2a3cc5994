//! How an attempt can fail, and when the next one is made. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Backoff;

/// Interruptions after which a delivery whose days are over is given up.
const INTERRUPTIONS: u32 = 3;

/// Why an attempt did not deliver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DeliveryError {
    /// The reason, for a person; it contains no secrets.
    pub reason: String,
    /// Whether a further attempt is pointless.
    pub is_permanent: bool,
    /// Whether the message may have been accepted all the same.
    pub is_in_doubt: bool,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

impl DeliveryError {
    /// Returns a failure that may pass.
    pub fn temporary(reason: impl Into<String>) -> DeliveryError {
        DeliveryError { reason: reason.into(), is_permanent: false, is_in_doubt: false, retry_after: None }
    }

    /// Returns a failure that further attempts would repeat.
    pub fn permanent(reason: impl Into<String>) -> DeliveryError {
        DeliveryError { is_permanent: true, ..DeliveryError::temporary(reason) }
    }

    /// Returns a failure after which nobody knows whether the message was accepted.
    pub fn in_doubt(reason: impl Into<String>) -> DeliveryError {
        DeliveryError { is_in_doubt: true, ..DeliveryError::temporary(reason) }
    }
}

/// Returns when to try again after attempt number `attempts` (from 1) failed at `now`; none if the delivery is given
/// up. Its days count from `since`. `jitter` is 0 to 1.
pub(crate) fn next_after_failure(
    backoff: &Backoff,
    error: &DeliveryError,
    attempts: u32,
    since: Timestamp,
    now: Timestamp,
    jitter: f64,
) -> Option<Timestamp> {
    let next = backoff.next(attempts, since, now, error.retry_after, jitter);
    next.filter(|_| !error.is_permanent)
}

/// Returns when to try again after attempt number `attempts` was interrupted by the end of the process, found at `now`;
/// none if the delivery is given up.
///
/// The days may have passed while the machine was down, so a delivery that was rarely in doubt gets another attempt at
/// once. A delivery that ends the process each time is given up when its days are over.
pub(crate) fn next_after_interruption(
    backoff: &Backoff,
    attempts: u32,
    in_doubt: u32,
    since: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let soon = || now.checked_add(SignedDuration::from_secs(1)).ok().filter(|_| in_doubt < INTERRUPTIONS);
    backoff.next(attempts, since, now, None, 0.5).or_else(soon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_followed_by_another_until_the_days_are_over() {
        let since: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let backoff = Backoff::default();
        let check = |error: &DeliveryError, hours: i64, secs: Option<i64>| {
            let now = since.checked_add(SignedDuration::from_hours(hours)).unwrap();
            let next = next_after_failure(&backoff, error, 1, since, now, 0.5);
            assert_eq!(next.map(|next| next.duration_since(now).as_secs()), secs, "{error:?} after {hours} hours");
        };
        check(&DeliveryError::temporary("busy"), 0, Some(60));
        check(&DeliveryError::in_doubt("no answer"), 1, Some(60));
        check(&DeliveryError::temporary("busy"), 120, None);
        check(&DeliveryError::permanent("no such address"), 0, None);
        let slow = DeliveryError { retry_after: Some(Duration::from_secs(600)), ..DeliveryError::temporary("slow") };
        check(&slow, 0, Some(600));
    }

    #[test]
    fn an_interrupted_attempt_is_made_again_and_an_endless_crash_is_given_up() {
        let since: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let backoff = Backoff::default();
        let check = |attempts: u32, in_doubt: u32, hours: i64, secs: Option<i64>| {
            let now = since.checked_add(SignedDuration::from_hours(hours)).unwrap();
            let next = next_after_interruption(&backoff, attempts, in_doubt, since, now);
            let found = next.map(|next| next.duration_since(now).as_secs());
            assert_eq!(found, secs, "attempt {attempts}, {in_doubt} in doubt, after {hours} hours");
        };
        check(1, 0, 0, Some(60));
        check(4, 3, 1, Some(480));
        check(1, 0, 200, Some(1));
        check(3, 2, 200, Some(1));
        check(4, 3, 200, None);
    }
}
