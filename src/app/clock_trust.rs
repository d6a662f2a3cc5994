//! The judgement on a clock: pure, from one reading to the next.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// By how much the clock may be set without a confirmation, also in several steps. Items that are dated wrong by minutes
/// do no harm.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(15);

/// A thousandth of the time that passes may be set as well: a clock without a time server, which somebody corrects now
/// and then, goes wrong by a few seconds a day, and nobody's by more than a minute.
const DRIFT: i64 = 1_000;

/// How long after the last time that is known a start is plausible without a confirmation. Few machines are off for
/// longer, and a clock that somebody set to the wrong month or year is further ahead.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(31 * 24);

/// After a longer pause, nothing is removed or delivered until the clock is confirmed.
const PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// How near to the last answer of a time server the clock must be at a start for that answer to confirm it.
const CONFIRMED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// After running for so long without a contradiction, a clock is right.
const UNCONTRADICTED: Duration = Duration::from_secs(24 * 3_600);

/// So many servers are enough to confirm a clock, and so many to contradict it. After [`PATIENCE`], any number is.
const CONFIRMING_SERVERS: usize = 3;
const CONTRADICTING_SERVERS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(600);

/// By how much the clock may differ from those of the servers.
const SERVER_TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// Why the clock cannot be trusted, or not yet for what cannot be taken back.
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
    /// It shows a time before the newest one that is known.
    #[error("the clock shows {shown:.0}, but the last poll in the store was at {newest:.0}")]
    BeforeNewestStored {
        /// What the clock shows.
        shown: Timestamp,
        /// The newest time in the store.
        newest: Timestamp,
    },
    /// It shows a time so long after the newest one that is known that it was probably set wrong.
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
    /// The servers of the feeds show another time, after a start that nothing else confirmed.
    #[error("the clock shows {shown:.0}, but on the servers of the feeds it is {servers:.0}")]
    ContradictedByServers {
        /// What the clock shows.
        shown: Timestamp,
        /// The median of what the servers show.
        servers: Timestamp,
    },
    /// It is plausible, but long after the newest time that is known, and nothing has confirmed it yet.
    #[error(
        "the clock shows {shown:.0}, long after the last poll in the store, at {newest:.0}, and nothing has confirmed it yet"
    )]
    Unconfirmed {
        /// What the clock shows.
        shown: Timestamp,
        /// The newest time in the store.
        newest: Timestamp,
    },
}

impl ClockFault {
    /// Returns whether the clock was wrong at the start already, so that how long the machine was off is unknown.
    fn is_of_start(self) -> bool {
        match self {
            ClockFault::BeforeBuild { .. }
            | ClockFault::BeforeNewestStored { .. }
            | ClockFault::LongAfterNewestStored { .. } => true,
            ClockFault::Leapt { .. } | ClockFault::ContradictedByServers { .. } | ClockFault::Unconfirmed { .. } => {
                false
            }
        }
    }
}

/// What the clocks show at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) wall: Timestamp,
    /// By a clock that nobody can set, and that goes on while the system is suspended.
    pub(super) monotonic: Duration,
    /// By one that stops meanwhile. A program that is run at another speed sees this one and the wall clock go
    /// together.
    pub(super) running: Duration,
    /// When a time server last confirmed the clock.
    pub(super) synchronized_at: Option<Timestamp>,
}

/// What is known of the time from before the start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past {
    /// The newest time; none if nothing is stored.
    pub(super) newest: Option<Timestamp>,
    /// What the clock should show if the system has been up since then.
    pub(super) expected: Option<Timestamp>,
}

/// Whether a clock can be trusted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust {
    /// The last reading that was trusted; at the start, the time that was expected at least.
    last: Reading,
    /// By how much the clock was set since it was confirmed, less what it may have gone wrong meanwhile.
    set_by: SignedDuration,
    earliest: Timestamp,
    /// The newest time that was known at the start.
    newest: Option<Timestamp>,
    fault: Option<ClockFault>,
    /// Since when the clock waits to be confirmed, by the monotonic clock.
    unconfirmed_since: Option<Duration>,
}

impl Trust {
    /// Judges the clock at a start. With `is_accepted`, the operator says that it is right.
    pub(super) fn start(reading: Reading, earliest: Timestamp, past: Past, is_accepted: bool) -> Trust {
        let shown = reading.wall;
        let is_confirmed = reading.synchronized_at.is_some_and(|at| shown.duration_since(at).abs() <= CONFIRMED_FOR);
        let is_expected = past.expected.is_some_and(|at| shown.duration_since(at).abs() <= TOLERANCE);
        let is_known = is_accepted || is_confirmed || is_expected;
        let fault = match past.newest {
            _ if is_accepted => None,
            _ if shown < earliest - TOLERANCE => Some(ClockFault::BeforeBuild { shown, earliest }),
            Some(newest) if shown < newest - TOLERANCE => Some(ClockFault::BeforeNewestStored { shown, newest }),
            Some(newest) if shown > after(newest, LONGEST_PAUSE) && !is_known => {
                Some(ClockFault::LongAfterNewestStored { shown, newest })
            }
            _ => None,
        };
        let least = if fault.is_some() { past.newest.unwrap_or(earliest).max(earliest) } else { shown };
        let trust = Trust {
            last: Reading { wall: least, ..reading },
            set_by: SignedDuration::ZERO,
            earliest,
            newest: past.newest.filter(|_| !is_accepted),
            fault,
            unconfirmed_since: None,
        };
        Trust { unconfirmed_since: trust.doubt(reading).filter(|_| fault.is_none() && !is_known), ..trust }
    }

    /// Returns what the clock should show.
    pub(super) fn expected(&self, reading: Reading) -> Timestamp {
        self.expected_after(reading.monotonic.saturating_sub(self.last.monotonic))
    }

    fn expected_after(&self, elapsed: Duration) -> Timestamp {
        self.last.wall.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    /// Returns since when the clock is in doubt if it shows a time long after the newest that is known.
    fn doubt(&self, reading: Reading) -> Option<Duration> {
        self.newest.filter(|newest| reading.wall > after(*newest, PAUSE)).map(|_| reading.monotonic)
    }

    /// Returns the time that the clock shows if it can be trusted to date what is seen.
    pub(super) fn check(&mut self, reading: Reading) -> Result<Timestamp, ClockFault> {
        let (shown, expected) = (reading.wall, self.expected(reading));
        let elapsed = reading.monotonic.saturating_sub(self.last.monotonic);
        let by_running = self.expected_after(reading.running.saturating_sub(self.last.running));
        let step =
            [expected, by_running].map(|time| shown.duration_since(time)).into_iter().min_by_key(|step| step.abs());
        let set_by = lessened(self.set_by, elapsed) + step.unwrap_or_default();
        let is_near = step.is_some_and(|step| step.abs() <= TOLERANCE) && set_by.abs() <= TOLERANCE;
        // How long the machine was off is unknown.
        let is_after_start = |least: Timestamp| {
            shown >= least - TOLERANCE && self.newest.is_none_or(|newest| shown <= after(newest, LONGEST_PAUSE))
        };
        let is_fault_of_start = self.fault.is_some_and(ClockFault::is_of_start);
        let is_set = match (self.unconfirmed_since, self.newest) {
            _ if is_fault_of_start => is_after_start(self.last.wall),
            (Some(_), Some(newest)) => !is_near && is_after_start(newest.max(self.earliest)),
            _ => false,
        };
        let is_confirmed = reading.synchronized_at.is_some_and(|at| Some(at) != self.last.synchronized_at);
        if is_confirmed && shown >= self.earliest {
            *self =
                Trust { last: reading, fault: None, set_by: SignedDuration::ZERO, unconfirmed_since: None, ..*self };
            return Ok(shown);
        }
        if is_set {
            let unconfirmed_since = self.doubt(reading);
            *self = Trust { last: reading, fault: None, set_by: SignedDuration::ZERO, unconfirmed_since, ..*self };
            return Ok(shown);
        }
        if is_near && !is_fault_of_start {
            let is_recent = |since: &Duration| reading.monotonic.saturating_sub(*since) < UNCONTRADICTED;
            let unconfirmed_since = self.unconfirmed_since.filter(is_recent);
            *self = Trust { last: reading, fault: None, set_by, unconfirmed_since, ..*self };
            return Ok(shown);
        }
        let earliest = self.earliest;
        let fault = match (self.fault, self.newest) {
            (Some(ClockFault::ContradictedByServers { .. }), _) => {
                ClockFault::ContradictedByServers { shown, servers: expected }
            }
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

    /// Returns the time that the clock shows if it can be trusted with what cannot be taken back: to remove what is old,
    /// to write digests and to deliver them.
    pub(super) fn check_confirmed(&mut self, reading: Reading) -> Result<Timestamp, ClockFault> {
        let shown = self.check(reading)?;
        match (self.unconfirmed_since, self.newest) {
            (Some(_), Some(newest)) => Err(ClockFault::Unconfirmed { shown, newest }),
            _ => Ok(shown),
        }
    }

    /// Returns whether the clock waits to be confirmed.
    pub(super) fn is_unconfirmed(&self) -> bool {
        self.fault.is_none() && self.unconfirmed_since.is_some()
    }

    /// Compares a clock that waits to be confirmed with those of servers, each of another site. `ahead` has by how much
    /// they are ahead of it. The median decides, so that half of them may be wrong.
    pub(super) fn compare(&mut self, reading: Reading, mut ahead: Vec<SignedDuration>) {
        let Some(since) = self.unconfirmed_since.filter(|_| self.fault.is_none()) else { return };
        ahead.sort_unstable();
        let Some(median) = ahead.get(ahead.len() / 2).copied() else { return };
        let is_right = median.abs() <= SERVER_TOLERANCE;
        let enough = if is_right { CONFIRMING_SERVERS } else { CONTRADICTING_SERVERS };
        if ahead.len() < enough && reading.monotonic.saturating_sub(since) < PATIENCE {
            return;
        }
        self.unconfirmed_since = None;
        if !is_right {
            let (shown, servers) = (reading.wall, after(reading.wall, median));
            self.last = Reading { wall: servers, ..reading };
            self.fault = Some(ClockFault::ContradictedByServers { shown, servers });
        }
    }
}

fn after(time: Timestamp, duration: SignedDuration) -> Timestamp {
    time.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// Returns by how much a clock was set, less what it may have gone wrong meanwhile.
fn lessened(set_by: SignedDuration, elapsed: Duration) -> SignedDuration {
    let gone_wrong =
        SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::MAX) / i32::try_from(DRIFT).unwrap_or(i32::MAX);
    match set_by.is_negative() {
        true => (set_by + gone_wrong).min(SignedDuration::ZERO),
        false => (set_by - gone_wrong).max(SignedDuration::ZERO),
    }
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
        let past = Past { newest: newest_stored.map(at), expected: None };
        Trust::start(reading(wall, 0, Some(1)), at(EARLIEST), past, false)
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
    fn steps_of_minutes_do_not_add_up_to_more_than_a_step_may_be() {
        let secs = |count: i64| SignedDuration::from_secs(count);
        let mut trust = start(START, None);
        // 250 s each minute.
        let trusted =
            (1..10).take_while(|step| trust.check(reading(START + step * 310, step.unsigned_abs() * 60, None)).is_ok());
        assert_eq!(trusted.count(), 3, "the fourth would make it 1,000 s");
        let fault = trust.check(reading(START + 4 * 310, 4 * 60, None)).unwrap_err();
        assert!(matches!(fault, ClockFault::Leapt { .. }), "{fault}");
        assert!(trust.check(reading(START + 3 * 310 + 60, 4 * 60, None)).is_ok(), "it was set back");
        // A clock that is corrected by a minute each day, for a year.
        let mut trust = start(START, None);
        let day = |count: i64| trust.check(reading(START + count * 86_460, count.unsigned_abs() * 86_400, None));
        assert!((1..365).map(day).all(|checked| checked.is_ok()));
        // A time server knows better.
        let mut trust = start(START, None);
        let synchronized = |count: i64| {
            let shown = START + count * 310;
            trust.check(reading(shown, count.unsigned_abs() * 60, Some(shown)))
        };
        assert!((1..20).map(synchronized).all(|checked| checked.is_ok()));
        assert_eq!(lessened(secs(900), Duration::from_secs(100_000)), secs(800));
        assert_eq!(lessened(secs(-900), Duration::from_secs(100_000)), secs(-800));
        assert_eq!(lessened(secs(5), Duration::from_secs(100_000)), secs(0));
    }

    #[test]
    fn a_start_after_days_is_confirmed_by_the_uptime_by_servers_or_by_a_day_without_contradiction() {
        const DAY: i64 = 86_400;
        let at = |secs| Timestamp::from_second(secs).unwrap();
        let late = START + 20 * DAY;
        let begin = |wall: i64, expected: Option<i64>, synchronized_at| {
            let past = Past { newest: Some(at(START)), expected: expected.map(at) };
            Trust::start(reading(wall, 0, synchronized_at), at(EARLIEST), past, false)
        };
        let is_confirmed = |trust: &mut Trust, wall, after| trust.check_confirmed(reading(wall, after, None)).is_ok();
        for (expected, synchronized_at, confirmed) in [
            (None, None, false),
            (Some(late + 300), None, true),
            (Some(START + 60), None, false),
            (None, Some(late - 600), true),
            (None, Some(START), false),
        ] {
            let mut trust = begin(late, expected, synchronized_at);
            let reading = reading(late + 60, 60, synchronized_at);
            assert!(trust.check(reading).is_ok(), "feeds are polled");
            assert_eq!(trust.check_confirmed(reading).is_ok(), confirmed, "{expected:?} {synchronized_at:?}");
        }
        assert!(is_confirmed(&mut begin(START + DAY - 60, None, None), START + DAY, 60), "a pause of a day");
        // Nothing contradicts it for a day.
        let mut trust = begin(late, None, None);
        for hour in 1..=24 {
            assert_eq!(
                is_confirmed(&mut trust, late + hour * 3_600, hour.unsigned_abs() * 3_600),
                hour == 24,
                "{hour}"
            );
        }
        // It is set to a time soon after the last one, or to one days after it.
        for (wall, confirmed) in [(START + 600, true), (START + 5 * DAY, false)] {
            let mut trust = begin(late, None, None);
            assert!(trust.check(reading(wall, 60, None)).is_ok(), "{wall}");
            assert_eq!(is_confirmed(&mut trust, wall + 60, 120), confirmed, "{wall}");
        }
        let mut trust = begin(late, None, None);
        assert!(trust.check(reading(START - DAY, 60, None)).is_err(), "before the last one");
        // What the servers show, in seconds ahead of the clock, and how long it runs.
        let hours_ahead =
            |hours: &[i64]| hours.iter().map(|hours| SignedDuration::from_hours(*hours)).collect::<Vec<_>>();
        let back = -20 * 24;
        for (servers, after, confirmed, contradicted) in [
            (&[0, 0][..], 60, false, false),
            (&[0, 0, 0], 60, true, false),
            (&[0, back, 0], 60, true, false),
            (&[0], 700, true, false),
            (&[back; 4], 60, false, false),
            (&[back; 5], 60, false, true),
            (&[back, back, back, 0, 0], 60, false, true),
            (&[back, 0, back], 700, false, true),
            (&[], 700, false, false),
        ] {
            let mut trust = begin(late, None, None);
            let now = reading(late + i64::try_from(after).unwrap(), after, None);
            trust.compare(now, hours_ahead(servers));
            assert_eq!(trust.check_confirmed(now).is_ok(), confirmed, "{servers:?}");
            let is_contradicted = matches!(trust.check(now), Err(ClockFault::ContradictedByServers { .. }));
            assert_eq!(is_contradicted, contradicted, "{servers:?}");
            if contradicted {
                assert_eq!(trust.expected(now), at(START) + SignedDuration::try_from(now.monotonic).unwrap());
                let right = START + i64::try_from(after).unwrap() + 60;
                assert!(
                    trust.check_confirmed(reading(right, after + 60, None)).is_ok(),
                    "it is set as the servers say"
                );
            }
        }
        // A clock that is trusted is compared with nobody.
        let mut trust = begin(START + 60, None, None);
        trust.compare(reading(START + 700, 700, None), hours_ahead(&[back; 9]));
        assert!(is_confirmed(&mut trust, START + 760, 760));
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
            let past = Past { newest: Some(at(START)), expected: None };
            let trust = Trust::start(reading(late, 0, synchronized_at), at(EARLIEST), past, false);
            assert_eq!(trust.fault.is_none(), is_trusted, "{synchronized_at:?}");
        }
        let past = Past { newest: Some(at(START)), expected: None };
        let accepted = Trust::start(reading(late, 0, None), at(EARLIEST), past, true);
        assert!(accepted.fault.is_none());
    }
}
