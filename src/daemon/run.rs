//! The daemon from its start to its end: one configuration after another, until it is asked to stop.
//!
//! Start: the store is open and locked by the caller; here the feed list is compared, the writer's thread started, READY said. Stop: no
//! new polls, fetches in flight are dropped (nothing of them was stored), the writer drains, the log goes into the file. A reload is a
//! stop and a start within the process, so that nothing of the old configuration can be left over.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::{Notify, mpsc};
use tracing::{debug, error, info, warn};

use super::outbox_worker::OutboxWorker;
use super::scheduler::Scheduler;
use crate::app::clock::Clock;
use crate::app::network::Network;
use crate::app::pipeline::{Pipeline, PipelineError, WriterThread};
use crate::config::{Config, ConfigError};
use crate::ingest::Writer;
use crate::store::{FeedSync, ReaderPool, Store, StoreError};

/// How long a stop may take before what hangs is named and the process ends all the same.
const STOP_DEADLINE: Duration = Duration::from_secs(30);

/// Why the daemon ended otherwise than it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Polling cannot start, or the store or its writer failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// At the stop, the writer did not come to an end.
    #[error("the writer still hangs after {deadline_secs} seconds; what it was storing is undone")]
    WriterHangs {
        /// How long the stop waited.
        deadline_secs: u64,
    },
}

impl From<StoreError> for DaemonError {
    fn from(error: StoreError) -> DaemonError {
        DaemonError::Pipeline(PipelineError::Store(error))
    }
}

/// Reads the configuration again.
pub type Load<'a> = dyn Fn() -> Result<Config, ConfigError> + 'a;

/// Asks the daemon to read its configuration again, and says how to read it.
pub struct Reload<'a> {
    /// A message for each request.
    pub requests: mpsc::Receiver<()>,
    /// Reads the configuration, the feed list and the lexicon.
    pub load: Box<Load<'a>>,
}

impl std::fmt::Debug for Reload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reload").finish_non_exhaustive()
    }
}

/// What the daemon listens to.
pub(super) struct Requests<'a> {
    /// Resolves to the name of what asked for the stop.
    pub(super) shutdown: Pin<Box<dyn Future<Output = &'static str> + 'a>>,
    pub(super) reload: Reload<'a>,
}

/// Runs the daemon on a locked store until `shutdown` resolves to the name of what asked for it. At each request of
/// `reload` the configuration, the feed list and the lexicon are read again; if they have faults, the old ones stay.
///
/// The caller owns signals, the clock and the network. Files are written beside the store's.
///
/// # Errors
/// If the daemon cannot start, if the store is damaged, or if something hangs past the deadline of a stop.
pub async fn run(
    config: Config,
    mut store: Store,
    clock: Clock,
    network: &dyn Network,
    shutdown: impl Future<Output = &'static str>,
    reload: Reload<'_>,
) -> Result<(), DaemonError> {
    let database = store.path().to_owned();
    let mut requests = Requests { shutdown: Box::pin(shutdown), reload };
    let mut config = Arc::new(config);
    let mut is_first_round = true;
    while let Exit::Reload { config: new, is_first_round: still } =
        run_once(&config, store, &clock, network, is_first_round, &mut requests).await?
    {
        if new.log != config.log {
            warn!("a changed [log] is heeded at the next start");
        }
        (config, is_first_round) = (new, still);
        store = Store::open(&database)?;
    }
    info!("kazbek has stopped; everything is stored");
    Ok(())
}

/// Why the daemon no longer works under a configuration.
pub(super) enum Exit {
    /// It was asked to stop.
    Shutdown,
    /// It goes on under another one.
    Reload {
        config: Arc<Config>,
        /// Whether the first round was still under way.
        is_first_round: bool,
    },
}

/// Works under one configuration until a request comes.
async fn run_once(
    config: &Arc<Config>,
    mut store: Store,
    clock: &Clock,
    network: &dyn Network,
    is_first_round: bool,
    requests: &mut Requests<'_>,
) -> Result<Exit, DaemonError> {
    let now = clock.now();
    let sync = store.write(|writer| writer.sync_feeds(&config.feeds, now))?;
    if sync != FeedSync::default() {
        let FeedSync { added, changed, unlisted } = sync;
        info!(added, changed, unlisted, "the feed list was compared with the store");
    }
    let rows = store.feeds()?;
    let database = store.path().to_owned();
    let data_dir = database.parent().unwrap_or(Path::new(".")).to_owned();
    let readers = ReaderPool::new(&database);
    let engine = config.engine();
    let mut writer = Writer::open(store, Arc::clone(&engine), now)?;
    if writer.store().meta("lexicon_version")?.is_some_and(|version| version != config.lexicon.version()) {
        info!("the history was tagged under another lexicon; `kazbek reclassify` reads it again");
    }
    let fetcher = network.fetcher(&config.poller).map_err(PipelineError::from)?;
    let (pipeline, written, thread) = Pipeline::start(clock, fetcher, engine, writer, config.poller.clone())?;
    let outbox = Arc::new(Notify::new());
    let sender = network.sender(&config.poller.client(), &config.delivery).map_err(PipelineError::from)?;
    let deliveries = OutboxWorker::start(config, clock, &pipeline, &readers, sender, Arc::clone(&outbox));
    let mut scheduler = Scheduler::new(Arc::clone(config), clock.clone(), pipeline, readers, data_dir, rows, outbox);
    scheduler.begin(is_first_round);
    notify(&[NotifyState::Ready]);
    let ended = scheduler.serve(written, requests).await;
    if !matches!(ended, Ok(Exit::Reload { .. })) {
        notify(&[NotifyState::Stopping]);
    }
    drop(scheduler);
    // Before the writer, which records how the deliveries in progress end.
    deliveries.stop().await;
    stop(thread).await?;
    ended
}

/// Reads the configuration again. Returns none, after logging the faults, if it has any.
pub(super) fn reloaded(load: &Load<'_>) -> Option<Config> {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        notify(&[NotifyState::Reloading, now]);
    }
    // On this thread, for a tenth of a second: each other thread would keep memory of its own for a lexicon.
    let error = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(load)) {
        Ok(Ok(config)) => {
            info!("SIGHUP: the configuration, the feed list and the lexicon are read again");
            return Some(config);
        }
        Ok(Err(faults)) => faults.to_string(),
        Err(_) => "reading it failed inside kazbek".to_owned(),
    };
    for fault in error.lines() {
        error!("{fault}");
    }
    error!("SIGHUP: the configuration has faults, and the old one stays");
    notify(&[NotifyState::Ready]);
    None
}

/// Waits for the writer to store what it was handed.
async fn stop(thread: WriterThread) -> Result<(), DaemonError> {
    let ended = tokio::task::spawn_blocking(move || thread.join());
    match tokio::time::timeout(STOP_DEADLINE, ended).await {
        Ok(Ok(Ok(writer))) => {
            writer.close()?;
            Ok(())
        }
        Ok(_) => Err(PipelineError::WriterPanicked.into()),
        Err(_) => Err(DaemonError::WriterHangs { deadline_secs: STOP_DEADLINE.as_secs() }),
    }
}

/// Tells systemd, where it listens; elsewhere nobody does.
pub(super) fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        debug!(%error, "systemd could not be told");
    }
}
