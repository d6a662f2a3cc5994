//! The clock that is passed to the daemon and the application layer: the system's, or a simulated one.
//!
//! A simulated clock follows the paused time of a tokio runtime. The runtime advances its time to the next timer as
//! soon as no task can run, so months pass in seconds. It only knows its own tasks and `spawn_blocking`: work on any
//! other thread must hold a [`Busy`] from before it is handed over until its answer has been sent. Time then stops
//! while anything is under way, and a test without other sources of randomness is deterministic.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::time::Instant;

/// Returns the system's time, truncated to microseconds.
#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// When the program was built, in Unix seconds (`SOURCE_DATE_EPOCH` if that was set). A clock that shows an earlier time
/// is wrong.
const BUILT_AT_SECS: &str = env!("KAZBEK_BUILT_AT_SECS");

/// systemd-timesyncd touches this file each time it has synchronised the clock with a time server.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";

/// A source of the current time. Cheap to clone; all clones agree.
#[derive(Clone, Debug)]
pub struct Clock {
    /// `None` for the system's clock.
    simulation: Option<Arc<Simulation>>,
    /// Added to the system's time.
    offset: SignedDuration,
    /// When the clock was created.
    started: std::time::Instant,
    /// How long the system had been up then.
    uptime_at_start: Duration,
}

#[derive(Debug)]
struct Simulation {
    start: Timestamp,
    epoch: Instant,
    runtime: Handle,
    work: Mutex<Work>,
    setting: Mutex<Setting>,
}

/// How a simulated clock was set.
#[derive(Clone, Copy, Debug, Default)]
struct Setting {
    /// By how much the clock is ahead.
    ahead: SignedDuration,
    synchronized_at: Option<Timestamp>,
    /// When the system was started, by the monotonic clock.
    booted_at: Duration,
}

/// The work for which simulated time waits.
#[derive(Debug, Default)]
struct Work {
    count: usize,
    /// Dropped when the count falls to 0, which ends the blocking task that keeps the runtime from advancing.
    held: Option<mpsc::Sender<()>>,
}

impl Clock {
    /// Returns the system's clock.
    pub fn system() -> Clock {
        Clock::shifted(SignedDuration::ZERO)
    }

    /// Returns the system's clock shifted by `offset`: ahead if positive, back if negative.
    pub fn shifted(offset: SignedDuration) -> Clock {
        Clock { simulation: None, offset, started: std::time::Instant::now(), uptime_at_start: system_uptime() }
    }

    /// Returns a clock that starts at `start` and advances with the time of the current tokio runtime, which must be
    /// paused.
    ///
    /// # Panics
    /// Panics outside a tokio runtime.
    pub fn simulated(start: Timestamp) -> Clock {
        let simulation = Simulation {
            start,
            epoch: Instant::now(),
            runtime: Handle::current(),
            work: Mutex::default(),
            setting: Mutex::default(),
        };
        Clock { simulation: Some(Arc::new(simulation)), ..Clock::system() }
    }

    /// Sets a simulated clock by `by`: forward if positive, back if negative.
    pub fn leap(&self, by: SignedDuration) {
        if let Some(simulation) = &self.simulation {
            let mut setting = simulation.setting.lock().unwrap_or_else(PoisonError::into_inner);
            setting.ahead = setting.ahead.saturating_add(by);
        }
    }

    /// Lets a simulated time server confirm what a simulated clock shows.
    pub fn synchronize(&self) {
        let now = self.now();
        if let Some(simulation) = &self.simulation {
            simulation.setting.lock().unwrap_or_else(PoisonError::into_inner).synchronized_at = Some(now);
        }
    }

    /// Restarts a simulated system: its uptime begins anew.
    pub fn reboot(&self) {
        let now = self.monotonic();
        if let Some(simulation) = &self.simulation {
            simulation.setting.lock().unwrap_or_else(PoisonError::into_inner).booted_at = now;
        }
    }

    /// Returns the current time, truncated to microseconds.
    pub fn now(&self) -> Timestamp {
        let Some(simulation) = &self.simulation else {
            return now().checked_add(self.offset).unwrap_or(Timestamp::MAX);
        };
        let elapsed = i64::try_from(self.monotonic().as_micros()).unwrap_or(i64::MAX);
        let ahead = simulation.setting.lock().unwrap_or_else(PoisonError::into_inner).ahead;
        simulation
            .start
            .checked_add(SignedDuration::from_micros(elapsed).saturating_add(ahead))
            .unwrap_or(Timestamp::MAX)
    }

    /// Returns the time since the clock was created, by a clock that nobody can set. It goes on while the system is
    /// suspended.
    pub(super) fn monotonic(&self) -> Duration {
        let Some(simulation) = &self.simulation else { return system_uptime().saturating_sub(self.uptime_at_start) };
        // Outside the runtime, tokio would return the system's time.
        let _entered = simulation.runtime.enter();
        simulation.epoch.elapsed()
    }

    /// Returns how long the system has been up, including the time in which it was suspended.
    pub(super) fn uptime(&self) -> Duration {
        let Some(simulation) = &self.simulation else { return system_uptime() };
        let booted_at = simulation.setting.lock().unwrap_or_else(PoisonError::into_inner).booted_at;
        self.monotonic().saturating_sub(booted_at)
    }

    /// As [`Clock::monotonic`], but it stops while the system is suspended.
    pub(super) fn running(&self) -> Duration {
        if self.simulation.is_some() { self.monotonic() } else { self.started.elapsed() }
    }

    /// Returns when a time server last confirmed the clock; `None` if that is unknown.
    pub(super) fn synchronized_at(&self) -> Option<Timestamp> {
        match &self.simulation {
            Some(simulation) => simulation.setting.lock().unwrap_or_else(PoisonError::into_inner).synchronized_at,
            None => Timestamp::try_from(std::fs::metadata(SYNCHRONIZED).ok()?.modified().ok()?).ok(),
        }
    }

    /// Returns a time before which the clock is certainly wrong.
    pub(super) fn earliest(&self) -> Timestamp {
        match &self.simulation {
            Some(simulation) => simulation.start,
            None => BUILT_AT_SECS.parse().ok().and_then(|secs| Timestamp::from_second(secs).ok()).unwrap_or_default(),
        }
    }

    /// Stops simulated time while work is under way on a thread that tokio does not know. Has no effect on the system's
    /// clock.
    pub fn busy(&self) -> Busy {
        if let Some(simulation) = &self.simulation {
            let mut work = simulation.work.lock().unwrap_or_else(PoisonError::into_inner);
            work.count += 1;
            if work.held.is_none() {
                let (held, released) = mpsc::channel();
                work.held = Some(held);
                // A running blocking task keeps the runtime from advancing its time; this one ends when `held` is
                // dropped.
                drop(simulation.runtime.spawn_blocking(move || released.recv()));
            }
        }
        Busy { simulation: self.simulation.clone() }
    }
}

fn system_uptime() -> Duration {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::Boottime)).unwrap_or_default()
}

/// Stops simulated time until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Busy {
    simulation: Option<Arc<Simulation>>,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Some(simulation) = &self.simulation else { return };
        let mut work = simulation.work.lock().unwrap_or_else(PoisonError::into_inner);
        work.count -= 1;
        if work.count == 0 {
            work.held = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulated_time_leaps_to_the_next_timer_and_waits_for_work_on_other_threads() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
            let clock = Clock::simulated(start);
            tokio::time::sleep(Duration::from_secs(86_400)).await;
            assert_eq!(clock.now().to_string(), "2026-01-02T00:00:00Z");

            let (answer, answered) = tokio::sync::oneshot::channel();
            let (other, busy) = (clock.clone(), clock.busy());
            let (begin, begun) = mpsc::channel::<()>();
            std::thread::spawn(move || {
                begun.recv().unwrap();
                answer.send(other.now()).unwrap();
                drop(busy);
            });
            let sleeper = tokio::spawn(tokio::time::sleep(Duration::from_secs(60)));
            tokio::task::spawn_blocking(move || begin.send(())).await.unwrap().unwrap();
            assert_eq!(answered.await.unwrap().to_string(), "2026-01-02T00:00:00Z");
            sleeper.await.unwrap();
            assert_eq!(clock.now().to_string(), "2026-01-02T00:01:00Z");
        });
    }
}
