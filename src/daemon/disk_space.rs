//! A full disk: the daemon says so once a minute, fetches and writes nothing that could not be stored, and continues
//! when there is space. What is stored can be read meanwhile.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{error, info};

use super::alert_job::AlertError;
use super::supervisor::{Notice, Supervisor};
use crate::app::issue::IssueError;
use crate::app::pipeline::WriterError;
use crate::store::StoreError;

/// How often a start or a reload looks whether there is space.
const OPENED_EVERY: Duration = Duration::from_secs(5);

/// How often a daemon that runs does.
const TRIED_EVERY: Duration = Duration::from_secs(60);

/// How often the same fault is logged.
const FAULT_LOGGED_EVERY: Duration = Duration::from_secs(60);

/// Whether the disk is full. Cheap to clone; all clones agree, so that one fault is logged once and not by everyone
/// whom it stops.
#[derive(Clone, Debug, Default)]
pub(super) struct DiskSpace(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// When to try whether there is space; `None` if the disk is not known to be full.
    try_at: Option<Instant>,
    logged_at: Option<Instant>,
}

impl DiskSpace {
    /// Returns whether an error says that the disk is full. If so, takes note of it, and logs it once a minute instead
    /// of the caller.
    pub(super) fn explains(&self, error: &anyhow::Error) -> bool {
        let is_full = error.chain().any(is_full);
        if is_full {
            self.note();
        }
        is_full
    }

    /// Takes note that the disk is full.
    pub(super) fn note(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.try_at = Some(Instant::now() + TRIED_EVERY);
        if is_time_to_log(&mut state.logged_at) {
            error!("the disk is full, so nothing is polled or written until there is space; reading still works");
        }
    }

    /// Returns when to try whether there is space; `None` if the disk is not known to be full.
    pub(super) fn try_at(&self) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).try_at
    }

    /// Takes note that something could be written.
    pub(super) fn is_free(&self) {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).try_at.take().is_some() {
            info!("there is space on the disk again");
        }
    }

    /// Waits until it is time to try again to open the store, and lets the supervisor know that the daemon is alive.
    /// Returns the name of what asks the daemon to stop meanwhile.
    pub(super) async fn wait(
        &self,
        supervisor: &dyn Supervisor,
        shutdown: impl Future<Output = &'static str> + Unpin,
    ) -> Option<&'static str> {
        self.note();
        // A start that waits for an operator must not end in a timeout.
        supervisor.notify(Notice::Ready);
        let ping = async {
            let until = Instant::now() + OPENED_EVERY;
            while Instant::now() < until {
                supervisor.notify(Notice::Alive);
                let every = supervisor.watchdog_limit().map_or(OPENED_EVERY, |limit| limit / 3);
                tokio::time::sleep_until(until.min(Instant::now() + every)).await;
            }
        };
        tokio::select! {
            biased;
            signal = shutdown => Some(signal),
            () = ping => None,
        }
    }
}

/// Returns whether a fault that was last logged at that time may be logged again, and if so, that it is logged now.
pub(super) fn is_time_to_log(logged_at: &mut Option<Instant>) -> bool {
    let is_time = logged_at.is_none_or(|at| at.elapsed() >= FAULT_LOGGED_EVERY);
    if is_time {
        *logged_at = Some(Instant::now());
    }
    is_time
}

fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let of_store = match (error.downcast_ref(), error.downcast_ref(), error.downcast_ref()) {
        (Some(WriterError::Store(error)), _, _)
        | (_, Some(IssueError::Store(error)), _)
        | (_, _, Some(AlertError::Store(error))) => Some(error),
        _ => error.downcast_ref(),
    };
    let of_file = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(of_store, Some(StoreError::Full))
        || matches!(of_file, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_recognised_however_deep_the_error_is() {
        let full = || StoreError::Full;
        let io = |kind| anyhow::Error::from(io::Error::from(kind));
        for (error, expected) in [
            (anyhow::Error::from(full()), true),
            (anyhow::Error::from(WriterError::Store(full())).context("a digest"), true),
            (anyhow::Error::from(IssueError::Store(full())), true),
            (io(io::ErrorKind::StorageFull), true),
            (io(io::ErrorKind::PermissionDenied), false),
            (anyhow::Error::from(WriterError::Store(StoreError::Locked)), false),
        ] {
            assert_eq!(DiskSpace::default().explains(&error), expected, "{error:?}");
        }
    }

    /// Everything that is stopped by a full disk says so here, a dozen times a second.
    #[tokio::test(start_paused = true)]
    async fn a_full_disk_is_logged_once_a_minute() {
        let disk = DiskSpace::default();
        let mut logged = 0;
        for _ in 0..10 * 60 * 12 {
            let before = disk.0.lock().unwrap().logged_at;
            assert!(disk.clone().explains(&anyhow::Error::from(StoreError::Full)));
            logged += usize::from(disk.0.lock().unwrap().logged_at != before);
            tokio::time::advance(Duration::from_millis(83)).await;
        }
        assert_eq!(logged, 10);
        assert!(disk.try_at().is_some_and(|at| at > Instant::now()));
        disk.is_free();
        assert_eq!(disk.try_at(), None);
    }
}
