//! What the daemon is asked to do while it runs: stop, read its configuration again, or carry out an order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::{error, info};

use super::order_desk::OrderDesk;
use super::supervisor::{Notice, Supervisor};
use crate::app::feed_list;
use crate::config::{Config, ConfigError};

/// Reads the configuration again.
pub type Load<'a> = dyn Fn() -> Result<Config, ConfigError> + 'a;

/// Asks the daemon to read its configuration again, and says how to read it.
pub struct Reload<'a> {
    /// Receives a message for each request.
    pub requests: mpsc::Receiver<()>,
    /// Reads the configuration, the feed list and the lexicon.
    pub load: Box<Load<'a>>,
}

impl std::fmt::Debug for Reload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reload").finish_non_exhaustive()
    }
}

/// The requests that the daemon listens for.
pub(super) struct Requests<'a> {
    /// Resolves to the name of what asked the daemon to stop.
    pub(super) shutdown: Pin<Box<dyn Future<Output = &'static str> + 'a>>,
    pub(super) reload: Reload<'a>,
    pub(super) desk: OrderDesk,
}

/// Why the daemon no longer works under a configuration.
pub(super) enum Exit {
    /// It was asked to stop.
    Shutdown,
    /// It continues under another configuration.
    Reload {
        config: Arc<Config>,
        /// Whether the first round was still under way.
        is_first_round: bool,
    },
}

/// Reads the configuration that replaces `current`. Returns `None`, after logging the faults, if it has any.
pub(super) fn reloaded(load: &Load<'_>, current: &Config, supervisor: &dyn Supervisor) -> Option<Config> {
    supervisor.notify(Notice::Reloading);
    // On this thread, for a tenth of a second: any other thread would keep memory of its own for the lexicon.
    let error = match catch_unwind(AssertUnwindSafe(load)) {
        Ok(Ok(config)) => match feed_list::check_new(&current.feeds, &config) {
            Ok(()) => {
                info!("the configuration, the feed list and the lexicon were read again");
                return Some(config);
            }
            Err(error) => error.to_string(),
        },
        Ok(Err(faults)) => faults.to_string(),
        Err(_) => "reading the configuration failed inside kazbek; please report it".to_owned(),
    };
    for fault in error.lines() {
        error!("{fault}");
    }
    error!("the new configuration has faults, so the old one stays in use");
    supervisor.notify(Notice::Ready);
    None
}
