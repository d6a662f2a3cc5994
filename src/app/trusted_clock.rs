//! Decides whether the system's clock can be trusted. Nothing is dated, frozen or removed by a clock that cannot.
//!
//! A machine without a battery starts in the past, a virtual machine is resumed days later, and somebody sets the year
//! by mistake. What is stored with such a time stays wrong for ever. So a clock that leaps against the monotonic clock,
//! or that shows a time before the newest one in the store, is not trusted until it shows a plausible time again, a
//! time server has confirmed it, or the operator accepts it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::clock::{Busy, Clock};
use crate::store::{Store, StoreError};

/// By how much the clock may be set without a confirmation. Items that are dated wrong by minutes do no harm.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(15);

/// How long after the last poll a start is plausible without a confirmation. Few machines are off for longer, and a
/// clock that somebody set to the wrong month or year is further ahead.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(31 * 24);

/// How near to the last answer of a time server the clock must be at a start for that answer to confirm it.
const CONFIRMED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The name under which the store keeps the newest time in it when the operator accepted a clock before that time.
const CLOCK_ACCEPTED: &str = "clock_accepted";

/// Why the clock cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockFault {
    /// It shows a time before this kazbek was built.
    #[error("the clock shows {shown:.0}, but this kazbek was built at {earliest:.0}")]
    BeforeBuild {
        /// What the clock shows.
        shown: Timestamp,
        /// When it was built.
        earliest: Timestamp,
    },
    /// It shows a time before the newest one in the store.
    #[error("the clock shows {shown:.0}, but the last poll in the store was at {newest:.0}")]
    BeforeNewestStored {
        /// What the clock shows.
        shown: Timestamp,
        /// The newest time in the store.
        newest: Timestamp,
    },
    /// It shows a time so long after the newest one in the store that it was probably set wrong.
    #[error(
        "the clock shows {shown:.0}, more than {} days after the last poll in the store, at {newest:.0}",
        LONGEST_PAUSE.as_hours() / 24
    )]
    LongAfterNewestStored {
        /// What the clock shows.
        shown: Timestamp,
        /// The newest time in the store.
        newest: Timestamp,
    },
    /// It has leapt.
    #[error("the clock leapt to {shown:.0}; {expected:.0} was expected")]
    Leapt {
        /// What the clock shows.
        shown: Timestamp,
        /// What it should show by the monotonic clock.
        expected: Timestamp,
    },
}

/// A clock with a judgement on whether it can be trusted. Cheap to clone; all clones agree.
#[derive(Clone, Debug)]
pub struct TrustedClock {
    clock: Clock,
    trust: Arc<Mutex<Trust>>,
}

impl TrustedClock {
    /// Judges a clock at the start by what is in the store. With `is_accepted`, the operator says that what it shows
    /// now is right; this is stored, so that later starts accept it.
    ///
    /// # Errors
    /// Fails if the store cannot be read or written.
    pub(crate) fn start(clock: &Clock, store: &mut Store, is_accepted: bool) -> Result<TrustedClock, StoreError> {
        let newest = store.newest_poll()?;
        let accepted: Option<Timestamp> = store.meta(CLOCK_ACCEPTED)?.and_then(|text| text.parse().ok());
        if is_accepted && let Some(newest) = newest {
            store.set_meta(CLOCK_ACCEPTED, &newest.to_string())?;
        }
        let newest = newest.filter(|newest| accepted.is_none_or(|accepted| *newest > accepted));
        Ok(TrustedClock::judged(clock, newest, is_accepted))
    }

    /// Returns a clock whose present time is right.
    pub fn accepted(clock: &Clock) -> TrustedClock {
        TrustedClock::judged(clock, None, true)
    }

    fn judged(clock: &Clock, newest_stored: Option<Timestamp>, is_accepted: bool) -> TrustedClock {
        let trust = Trust::start(Reading::of(clock), clock.earliest(), newest_stored, is_accepted);
        TrustedClock { clock: clock.clone(), trust: Arc::new(Mutex::new(trust)) }
    }

    /// Returns the current time.
    ///
    /// # Errors
    /// Fails if the clock cannot be trusted.
    pub(crate) fn check(&self) -> Result<Timestamp, ClockFault> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner).check(Reading::of(&self.clock))
    }

    /// Returns the current time or, if the clock cannot be trusted, what it should be by the monotonic clock.
    pub(crate) fn now(&self) -> Timestamp {
        let mut trust = self.trust.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = Reading::of(&self.clock);
        trust.check(reading).unwrap_or_else(|_| trust.expected(reading))
    }

    /// As [`Clock::busy`].
    pub(crate) fn busy(&self) -> Busy {
        self.clock.busy()
    }
}

/// What the clocks show at one moment.
#[derive(Clone, Copy, Debug)]
struct Reading {
    wall: Timestamp,
    /// By a clock that nobody can set, and that goes on while the system is suspended.
    monotonic: Duration,
    /// By one that stops meanwhile. A program that is run at another speed sees this one and the wall clock go
    /// together.
    running: Duration,
    /// When a time server last confirmed the clock.
    synchronized_at: Option<Timestamp>,
}

impl Reading {
    fn of(clock: &Clock) -> Reading {
        Reading {
            wall: clock.now(),
            monotonic: clock.monotonic(),
            running: clock.running(),
            synchronized_at: clock.synchronized_at(),
        }
    }
}

/// The judgement: pure, from one reading to the next.
#[derive(Clone, Copy, Debug)]
struct Trust {
    /// The last reading that was trusted; at the start, the time that was expected at least.
    last: Reading,
    earliest: Timestamp,
    /// The newest time in the store at the start, unless the operator accepted a clock before it.
    newest_stored: Option<Timestamp>,
    fault: Option<ClockFault>,
}

impl Trust {
    fn start(reading: Reading, earliest: Timestamp, newest_stored: Option<Timestamp>, is_accepted: bool) -> Trust {
        let shown = reading.wall;
        let is_confirmed = || reading.synchronized_at.is_some_and(|at| shown.duration_since(at).abs() <= CONFIRMED_FOR);
        let fault = match newest_stored {
            _ if is_accepted => None,
            _ if shown < earliest - TOLERANCE => Some(ClockFault::BeforeBuild { shown, earliest }),
            Some(newest) if shown < newest - TOLERANCE => Some(ClockFault::BeforeNewestStored { shown, newest }),
            Some(newest) if shown > longest_pause_after(newest) && !is_confirmed() => {
                Some(ClockFault::LongAfterNewestStored { shown, newest })
            }
            _ => None,
        };
        let least = if fault.is_some() { newest_stored.unwrap_or(earliest).max(earliest) } else { shown };
        Trust { last: Reading { wall: least, ..reading }, earliest, newest_stored, fault }
    }

    fn expected(&self, reading: Reading) -> Timestamp {
        self.after(reading.monotonic.saturating_sub(self.last.monotonic))
    }

    fn after(&self, elapsed: Duration) -> Timestamp {
        self.last.wall.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn check(&mut self, reading: Reading) -> Result<Timestamp, ClockFault> {
        let (shown, expected) = (reading.wall, self.expected(reading));
        let is_near = |time: Timestamp| shown.duration_since(time).abs() <= TOLERANCE;
        let is_plausible = match self.fault {
            Some(ClockFault::Leapt { .. }) | None => {
                is_near(expected) || is_near(self.after(reading.running.saturating_sub(self.last.running)))
            }
            // Since the start. How long the machine was off is unknown.
            Some(_) => {
                let is_soon = self.newest_stored.is_none_or(|newest| shown <= longest_pause_after(newest));
                shown >= self.last.wall - TOLERANCE && is_soon
            }
        };
        let is_confirmed = reading.synchronized_at.is_some_and(|at| Some(at) != self.last.synchronized_at);
        if is_plausible || (is_confirmed && shown >= self.earliest) {
            *self = Trust { last: reading, fault: None, ..*self };
            return Ok(shown);
        }
        let earliest = self.earliest;
        let fault = match (self.fault, self.newest_stored) {
            (Some(ClockFault::Leapt { .. }) | None, _) => ClockFault::Leapt { shown, expected },
            (_, Some(newest)) if shown >= earliest && shown < newest => {
                ClockFault::BeforeNewestStored { shown, newest }
            }
            (_, Some(newest)) if shown >= earliest => ClockFault::LongAfterNewestStored { shown, newest },
            _ => ClockFault::BeforeBuild { shown, earliest },
        };
        self.fault = Some(fault);
        Err(fault)
    }
}

fn longest_pause_after(newest: Timestamp) -> Timestamp {
    newest.checked_add(LONGEST_PAUSE).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIEST: i64 = 1_000_000;
    const START: i64 = 50_000_000;

    fn reading(wall: i64, monotonic: u64, synchronized_at: Option<i64>) -> Reading {
        let at = |secs| Timestamp::from_second(secs).unwrap();
        let monotonic = Duration::from_secs(monotonic);
        Reading { wall: at(wall), monotonic, running: monotonic, synchronized_at: synchronized_at.map(at) }
    }

    fn start(wall: i64, newest_stored: Option<i64>) -> Trust {
        let at = |secs| Timestamp::from_second(secs).unwrap();
        Trust::start(reading(wall, 0, Some(1)), at(EARLIEST), newest_stored.map(at), false)
    }

    #[test]
    fn a_leap_is_a_fault_until_the_clock_is_back_or_confirmed() {
        const DAY: i64 = 86_400;
        for leap in [-400 * DAY, -3 * DAY, -3_600, 3_600, 3 * DAY, 400 * DAY] {
            let mut trust = start(START, Some(START - 60));
            assert!(trust.check(reading(START + 100, 100, Some(1))).is_ok());
            for after in [130, 160, 4_000] {
                let reading = reading(START + after + leap, after.unsigned_abs(), Some(1));
                let fault = trust.check(reading).unwrap_err();
                assert!(matches!(fault, ClockFault::Leapt { .. }), "{fault}");
                assert_eq!(trust.expected(reading).as_second(), START + after);
            }
            let mut confirmed = trust;
            assert!(
                confirmed.check(reading(START + 5_000 + leap, 5_000, Some(START + 4_990 + leap))).is_ok(),
                "{leap}"
            );
            assert!(
                confirmed.check(reading(START + 6_000 + leap, 6_000, Some(START + 4_990 + leap))).is_ok(),
                "{leap}"
            );
            assert!(trust.check(reading(START + 5_000, 5_000, Some(1))).is_ok(), "{leap}: it is back");
        }
    }

    #[test]
    fn a_clock_that_is_set_by_minutes_is_trusted() {
        let mut trust = start(START, None);
        for (wall, monotonic) in [(300, 30), (-200, 60), (600, 90)] {
            assert!(trust.check(reading(START + wall, monotonic, None)).is_ok(), "{wall}");
        }
    }

    #[test]
    fn a_suspended_system_and_one_at_another_speed_are_trusted() {
        let mut trust = start(START, None);
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        // Both for a day, then suspended for three days, then at the speed of a simulation.
        for (wall, monotonic, running) in [(24, 24, 24), (96, 96, 24), (2_000, 97, 1_928)] {
            let reading = reading(START + wall * 3_600, 0, None);
            let reading = Reading { monotonic: hours(monotonic), running: hours(running), ..reading };
            assert!(trust.check(reading).is_ok(), "{wall}");
        }
    }

    #[test]
    fn a_start_in_the_past_is_a_fault_until_the_time_is_plausible() {
        for (wall, newest_stored) in [(EARLIEST - 3_600, None), (START - 3_600, Some(START)), (5_000, Some(START))] {
            let mut trust = start(wall, newest_stored);
            let fault = trust.check(reading(wall + 60, 60, Some(1))).unwrap_err();
            assert!(!matches!(fault, ClockFault::Leapt { .. }), "{fault}");
            let mut confirmed = trust;
            assert!(trust.check(reading(START + 400_000, 90, Some(1))).is_ok(), "{fault}");
            // A time server knows better than the store, but nobody believes in a time before the release.
            assert_eq!(confirmed.check(reading(wall + 90, 90, Some(2))).is_ok(), wall >= EARLIEST, "{fault}");
        }
        assert!(start(START - 60, Some(START)).check(reading(START, 60, None)).is_ok(), "a minute is nothing");
    }

    #[test]
    fn a_clock_that_starts_before_the_build_and_is_then_set_far_ahead_is_a_fault() {
        const DAY: i64 = 86_400;
        let mut trust = start(EARLIEST - 3_600, Some(START));
        let fault = |trust: &mut Trust, wall, after| trust.check(reading(wall, after, Some(1))).unwrap_err();
        assert!(matches!(fault(&mut trust, EARLIEST - 3_500, 100), ClockFault::BeforeBuild { .. }));
        assert!(matches!(fault(&mut trust, START - DAY, 200), ClockFault::BeforeNewestStored { .. }));
        assert!(matches!(fault(&mut trust, START + 365 * DAY, 300), ClockFault::LongAfterNewestStored { .. }));
        assert!(trust.check(reading(START + DAY, 400, Some(1))).is_ok(), "it was set again");
        let mut empty = start(EARLIEST - 3_600, None);
        assert!(empty.check(reading(START + 365 * DAY, 100, Some(1))).is_ok(), "nothing is stored");
    }

    #[test]
    fn a_start_long_after_the_last_poll_is_a_fault_unless_a_time_server_confirms_it() {
        const DAY: i64 = 86_400;
        assert!(start(START + 30 * DAY, Some(START)).fault.is_none(), "a machine that was off for long");
        assert!(start(START + 900 * DAY, None).fault.is_none(), "nothing is stored");
        let late = START + 32 * DAY;
        let mut trust = start(late, Some(START));
        let fault = trust.check(reading(late + 60, 60, Some(1))).unwrap_err();
        assert!(matches!(fault, ClockFault::LongAfterNewestStored { .. }), "{fault}");
        let mut confirmed = trust;
        assert!(confirmed.check(reading(late + 90, 90, Some(late + 80))).is_ok());
        assert!(trust.check(reading(START + 3_600, 120, Some(1))).is_ok(), "it was set");
        let at = |secs| Timestamp::from_second(secs).unwrap();
        for (synchronized_at, is_trusted) in [(Some(late - 600), true), (Some(START), false), (None, false)] {
            let trust = Trust::start(reading(late, 0, synchronized_at), at(EARLIEST), Some(at(START)), false);
            assert_eq!(trust.fault.is_none(), is_trusted, "{synchronized_at:?}");
        }
        let accepted = Trust::start(reading(late, 0, None), at(EARLIEST), Some(at(START)), true);
        assert!(accepted.fault.is_none());
    }
}
