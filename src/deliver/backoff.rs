//! How long to wait after a failed attempt. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The waits between attempts: each twice as long as the one before up to a limit, with 25 % jitter, for some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait in seconds.
    pub first_secs: u64,
    /// The longest wait in seconds, before jitter.
    pub limit_secs: u64,
    /// Days for which a delivery is tried. RFC 5321 (4.5.4.1) recommends four to five.
    pub days: u32,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { first_secs: 60, limit_secs: 6 * 3_600, days: 5 }
    }
}

impl Backoff {
    /// Returns when to try again after attempt number `attempts` (from 1) failed at `now`; none if the days since
    /// `since` are over. A longer wait that the server asks for is respected, up to a day. `jitter` is 0 to 1.
    pub fn next(
        &self,
        attempts: u32,
        since: Timestamp,
        now: Timestamp,
        retry_after: Option<Duration>,
        jitter: f64,
    ) -> Option<Timestamp> {
        if now.duration_since(since) >= SignedDuration::from_hours(24 * i64::from(self.days)) {
            return None;
        }
        let doubled = self.first_secs.saturating_mul(1 << attempts.saturating_sub(1).min(30)).min(self.limit_secs);
        #[expect(clippy::cast_precision_loss, reason = "seconds of some hours")]
        let spread = doubled as f64 * (0.75 + 0.5 * jitter.clamp(0.0, 1.0));
        // A server may ask for a wait, but not for ever.
        let asked = retry_after.unwrap_or_default().min(Duration::from_secs(86_400));
        let wait = SignedDuration::from_secs_f64(spread.max(asked.as_secs_f64()).max(1.0));
        now.checked_add(wait).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_up_to_a_limit_and_end_with_the_days() {
        let backoff = Backoff::default();
        let since: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let check = |attempts: u32, asked: Option<u64>, jitter: f64, expected: i64| {
            let next = backoff.next(attempts, since, since, asked.map(Duration::from_secs), jitter).unwrap();
            assert_eq!(next.duration_since(since).as_secs(), expected, "attempt {attempts}");
        };
        check(1, None, 0.5, 60);
        check(2, None, 0.5, 120);
        check(1, None, 0.0, 45);
        check(1, None, 1.0, 75);
        check(40, None, 0.5, 21_600);
        check(1, Some(600), 0.5, 600);
        check(1, Some(10), 0.5, 60);
        check(1, Some(u64::MAX), 0.5, 86_400);
        let late = since.checked_add(SignedDuration::from_hours(120)).unwrap();
        assert_eq!(backoff.next(9, since, late, None, 0.5), None);
    }

    proptest! {
        #[test]
        fn it_is_tried_for_days_and_not_in_a_rush(jitters in prop::collection::vec(0.0..1.0, 200)) {
            let backoff = Backoff::default();
            let since: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
            let (mut now, mut attempts) = (since, 1);
            for jitter in jitters {
                let Some(next) = backoff.next(attempts, since, now, None, jitter) else { break };
                prop_assert!(next > now);
                (now, attempts) = (next, attempts + 1);
            }
            let tried = now.duration_since(since).as_hours();
            prop_assert!((120..=128).contains(&tried), "{tried} hours");
            prop_assert!((20..60).contains(&attempts), "{attempts} attempts");
        }
    }
}
