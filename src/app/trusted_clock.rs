//! Decides whether the system's clock can be trusted. Nothing is dated, frozen or removed by a clock that cannot.
//!
//! A machine without a battery starts in the past, a virtual machine is resumed days later, and somebody sets the year
//! by mistake. What is stored with such a time stays wrong for ever. So a clock that leaps against the monotonic clock,
//! or that shows a time before the newest one in the store, is not trusted until it shows a plausible time again, a
//! time server has confirmed it, or the operator accepts it.
//!
//! A start after a pause of days cannot tell a right clock from one that is days ahead. Feeds are polled then, but nothing
//! is removed, frozen or delivered until a time server, or most of the servers that are polled, show the same time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::clock::{Busy, Clock};
pub use super::clock_trust::ClockFault;
use super::clock_trust::{Past, Reading, Trust};
use crate::poller::rate_limit::domain_of;
use crate::store::{Store, StoreError};

/// The name under which the store keeps the last time that was right, and how long the system had been up then.
const CONFIRMED: &str = "clock_confirmed";

/// How often it is stored.
const KEPT_EVERY: Duration = Duration::from_secs(600);

/// A clock with a judgement on whether it can be trusted. Cheap to clone; all clones agree.
#[derive(Clone, Debug)]
pub struct TrustedClock {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    trust: Trust,
    /// By how much the servers of sites are ahead, while the clock waits to be confirmed.
    ahead: BTreeMap<String, SignedDuration>,
    /// When the time was last stored, by the monotonic clock.
    kept_at: Option<Duration>,
}

impl TrustedClock {
    /// Judges a clock at the start by what is in the store. With `is_accepted`, the operator says that what it shows
    /// now is right; this is stored, so that later starts accept it.
    ///
    /// # Errors
    /// Fails if the store cannot be read, or written if the clock is accepted.
    pub(crate) fn start(clock: &Clock, store: &mut Store, is_accepted: bool) -> Result<TrustedClock, StoreError> {
        let kept = store.meta(CONFIRMED)?.and_then(|text| Kept::parse(&text));
        let past = match kept {
            Some(kept) => Past { newest: Some(kept.wall), expected: kept.expected(clock.uptime()) },
            None => Past { newest: store.newest_poll()?, expected: None },
        };
        let judged = TrustedClock::judged(clock, past, is_accepted);
        if is_accepted {
            judged.keep(store)?;
        }
        Ok(judged)
    }

    /// Returns a clock whose present time is right.
    pub fn accepted(clock: &Clock) -> TrustedClock {
        TrustedClock::judged(clock, Past::default(), true)
    }

    fn judged(clock: &Clock, past: Past, is_accepted: bool) -> TrustedClock {
        let trust = Trust::start(Reading::of(clock), clock.earliest(), past, is_accepted);
        let state = State { trust, ahead: BTreeMap::new(), kept_at: None };
        TrustedClock { clock: clock.clone(), state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current time for dating what is seen now.
    ///
    /// # Errors
    /// Fails if the clock cannot be trusted.
    pub(crate) fn check(&self) -> Result<Timestamp, ClockFault> {
        self.state().trust.check(Reading::of(&self.clock))
    }

    /// Returns the current time for what cannot be taken back: removing, freezing and delivering.
    ///
    /// # Errors
    /// Fails if the clock cannot be trusted, or if nothing has confirmed it since a start after a long pause.
    pub(crate) fn check_confirmed(&self) -> Result<Timestamp, ClockFault> {
        self.state().trust.check_confirmed(Reading::of(&self.clock))
    }

    /// Returns the current time or, if the clock cannot be trusted, what it should be by the monotonic clock.
    pub(crate) fn now(&self) -> Timestamp {
        let mut state = self.state();
        let reading = Reading::of(&self.clock);
        state.trust.check(reading).unwrap_or_else(|_| state.trust.expected(reading))
    }

    /// Takes note of the time that a server showed just now, by its `Date` and `Age` (RFC 9110, section 6.6.1; RFC 9111,
    /// section 5.1). Only a clock that waits to be confirmed is compared with it, and each site counts once.
    pub(crate) fn hear(&self, url: &str, date: Timestamp) {
        let mut state = self.state();
        let reading = Reading::of(&self.clock);
        if !state.trust.is_unconfirmed() {
            state.ahead.clear();
            return;
        }
        state.ahead.insert(domain_of(url), date.duration_since(reading.wall));
        let ahead = state.ahead.values().copied().collect();
        state.trust.compare(reading, ahead);
    }

    /// Stores the time of a poll if it is right and was not stored for a while, so that the next start knows it.
    ///
    /// # Errors
    /// Fails if the store cannot be written.
    pub(crate) fn keep(&self, store: &mut Store) -> Result<(), StoreError> {
        let monotonic = self.clock.monotonic();
        let is_due = self.state().kept_at.is_none_or(|at| monotonic.saturating_sub(at) >= KEPT_EVERY);
        if !is_due {
            return Ok(());
        }
        let Ok(wall) = self.check_confirmed() else { return Ok(()) };
        store.set_meta(CONFIRMED, &Kept { wall, uptime: self.clock.uptime() }.to_text())?;
        self.state().kept_at = Some(monotonic);
        Ok(())
    }

    /// As [`Clock::busy`].
    pub(crate) fn busy(&self) -> Busy {
        self.clock.busy()
    }
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

/// A time that was right.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kept {
    wall: Timestamp,
    /// How long the system had been up.
    uptime: Duration,
}

impl Kept {
    fn to_text(self) -> String {
        format!("{} {}", self.wall, self.uptime.as_secs())
    }

    fn parse(text: &str) -> Option<Kept> {
        let (wall, secs) = text.split_once(' ')?;
        Some(Kept { wall: wall.parse().ok()?, uptime: Duration::from_secs(secs.parse().ok()?) })
    }

    /// Returns what the clock should show now if the system was not restarted since.
    fn expected(self, uptime: Duration) -> Option<Timestamp> {
        self.wall.checked_add(uptime.checked_sub(self.uptime)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_says_what_the_clock_should_show_until_the_system_is_restarted() {
        let kept = Kept { wall: "2026-01-05T10:00:00Z".parse().unwrap(), uptime: Duration::from_secs(5_000) };
        assert_eq!(Kept::parse(&kept.to_text()), Some(kept));
        let expected = |secs| kept.expected(Duration::from_secs(secs)).map(|time| time.to_string());
        assert_eq!(expected(8_600).as_deref(), Some("2026-01-05T11:00:00Z"));
        assert_eq!(expected(60), None, "it was restarted");
        for text in ["", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00Z soon", "now 5"] {
            assert_eq!(Kept::parse(text), None, "{text}");
        }
    }
}
