//! Runs the daemon under one configuration after another, until it is asked to stop.
//!
//! At the start, the caller has opened and locked the store; the feed list is compared with it, the writer's thread is
//! started, and the supervisor is notified. At a stop, no new polls begin, fetches in progress are dropped (nothing of
//! them was stored), and the writer stores what it was handed. A reload is a stop and a start within the process, so that
//! nothing of the old configuration remains.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tracing::{info, warn};

use super::outbox_worker::OutboxWorker;
use super::requests::{Exit, Reload, Requests};
use super::scheduler::Scheduler;
use super::supervisor::{Notice, Supervisor};
use crate::app::clock::Clock;
use crate::app::network::Network;
use crate::app::pipeline::{Pipeline, PipelineError, WriterThread};
use crate::config::Config;
use crate::ingest::Writer;
use crate::poller::schedule::Seed;
use crate::store::{FeedSync, ReaderPool, Store, StoreError};

/// How long a stop waits for the writer before the process ends anyway.
const STOP_DEADLINE: Duration = Duration::from_secs(30);

/// Why the daemon ended without being asked to, or could not stop in order.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Polling cannot start, or the store or its writer failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// At the stop, the writer did not finish.
    #[error("the writer did not finish within {deadline_secs} seconds; what it was storing is rolled back")]
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

/// What the daemon needs from the outside world. Tests hand in simulations.
#[derive(Debug)]
pub struct Environment<'a> {
    /// The clock.
    pub clock: Clock,
    /// The seed of all random choices.
    pub seed: Seed,
    /// Access to the network.
    pub network: &'a dyn Network,
    /// Who watches the daemon.
    pub supervisor: &'a dyn Supervisor,
}

/// Runs the daemon on a locked store until `shutdown` resolves to the name of what asked for it. At each request of
/// `reload` the configuration, the feed list and the lexicon are read again; if they have faults, the old ones stay.
///
/// The caller handles signals. Files are written to the folder of the store.
///
/// # Errors
/// Fails if the daemon cannot start, if the store is damaged, or if something hangs past the deadline of a stop.
pub async fn run(
    config: Config,
    mut store: Store,
    environment: Environment<'_>,
    shutdown: impl Future<Output = &'static str>,
    reload: Reload<'_>,
) -> Result<(), DaemonError> {
    let database = store.path().to_owned();
    let mut requests = Requests { shutdown: Box::pin(shutdown), reload };
    let mut config = Arc::new(config);
    let mut is_first_round = true;
    while let Exit::Reload { config: new, is_first_round: still } =
        run_once(&config, store, &environment, is_first_round, &mut requests).await?
    {
        if new.log != config.log {
            warn!("changes of [log] take effect after a restart");
        }
        (config, is_first_round) = (new, still);
        store = Store::open(&database)?;
    }
    info!("kazbek has stopped; everything is stored");
    Ok(())
}

/// Works under one configuration until a request comes.
async fn run_once(
    config: &Arc<Config>,
    mut store: Store,
    environment: &Environment<'_>,
    is_first_round: bool,
    requests: &mut Requests<'_>,
) -> Result<Exit, DaemonError> {
    let Environment { clock, seed, network, supervisor } = environment;
    let now = clock.now();
    let sync = store.write(|writer| writer.sync_feeds(&config.feeds, now))?;
    if sync != FeedSync::default() {
        let FeedSync { added, changed, unlisted } = sync;
        info!(added, changed, unlisted, "the feed list was compared with the store");
    }
    let database = store.path().to_owned();
    let data_dir = database.parent().unwrap_or(Path::new(".")).to_owned();
    let readers = ReaderPool::new(&database);
    let engine = config.engine();
    let mut writer = Writer::open(store, Arc::clone(&engine), now)?;
    // Not before: the writer may have put feeds into quarantine.
    let rows = writer.store().feeds()?;
    if writer.store().meta("lexicon_version")?.is_some_and(|version| version != config.lexicon.version()) {
        info!("the stored items were tagged with another lexicon; `kazbek reclassify` tags them again");
    }
    let fetcher = network.fetcher(&config.poller).map_err(PipelineError::from)?;
    let (pipeline, written, thread) = Pipeline::start(clock, *seed, fetcher, engine, writer, config.poller.clone())?;
    let outbox = Arc::new(Notify::new());
    let sender = network.sender(&config.poller.client(), &config.delivery).map_err(PipelineError::from)?;
    let deliveries = OutboxWorker::start(config, clock, &pipeline, &readers, sender, Arc::clone(&outbox));
    let mut scheduler = Scheduler::new(Arc::clone(config), clock.clone(), pipeline, readers, data_dir, rows, outbox);
    scheduler.begin(is_first_round);
    supervisor.notify(Notice::Ready);
    let ended = scheduler.serve(written, requests, *supervisor).await;
    if !matches!(ended, Ok(Exit::Reload { .. })) {
        supervisor.notify(Notice::Stopping);
    }
    drop(scheduler);
    // Before the writer, which records how the deliveries in progress end.
    deliveries.stop().await;
    stop(thread).await?;
    Ok(ended?)
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
