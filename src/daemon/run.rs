//! Runs the daemon under one configuration after another, until it is asked to stop.
//!
//! At the start, the caller has opened and locked the store; the feed list is compared with it, the writer's thread is
//! started, and the supervisor is notified. At a stop, no new polls begin, fetches in progress are dropped (nothing of
//! them was stored), and the writer stores what it was handed. A reload is a stop and a start within the process, so
//! that nothing of the old configuration remains.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tracing::{debug, error, info, warn};

use super::disk_space::DiskSpace;
use super::order_desk::OrderDesk;
use super::outbox_worker::OutboxWorker;
use super::requests::{Exit, Reload, Requests};
use super::scheduler::Scheduler;
use super::supervisor::{Notice, Supervisor};
use crate::app::clock::Clock;
use crate::app::figures::Figures;
use crate::app::network::Network;
use crate::app::pipeline::{Pipeline, PipelineError, WriterThread};
use crate::app::trusted_clock::TrustedClock;
use crate::config::Config;
use crate::ingest::Writer;
use crate::poller::schedule::Seed;
use crate::serve::{Server, Site, Sockets};
use crate::store::{FeedRow, FeedSync, ReaderPool, Store, StoreError};

/// How long a stop may take, whatever hangs. What was in progress is done again after the next start.
const STOP_LIMIT: Duration = Duration::from_millis(4_500);

/// How long a stop or a reload waits until the write-ahead log has been moved into the file.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// How long a reload may wait for the writer.
const RELOAD_LIMIT: Duration = Duration::from_secs(60);

/// Why the daemon ended without being asked to, or could not stop in order.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Polling cannot start, or the store or its writer failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// At a stop or a reload, the writer did not finish in time.
    #[error(
        "the writer did not finish within {} seconds; what it was storing is rolled back and done again after the next start",
        limit.as_secs_f64()
    )]
    WriterHangs {
        /// How long the daemon waited.
        limit: Duration,
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
    /// The time of day and of timers: the system's, or a simulated one.
    pub clock: Clock,
    /// Whether the clock is right although it shows a time before the newest one in the store, or one long after it.
    pub accepts_clock: bool,
    /// The seed of all random choices.
    pub seed: Seed,
    /// Access to the network.
    pub network: &'a dyn Network,
    /// Who watches the daemon.
    pub supervisor: &'a dyn Supervisor,
    /// Sockets on which the supervisor wants pages to be served; `None` if no pages are to be served, whatever the
    /// configuration says.
    pub sockets: Option<&'a Sockets>,
}

/// What lasts through reloads.
struct Lasting {
    clock: TrustedClock,
    figures: Arc<Figures>,
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
    info!(version = env!("CARGO_PKG_VERSION"), "kazbek starts");
    let clock = TrustedClock::start(&environment.clock, &mut store, environment.accepts_clock)?;
    let lasting = Lasting { clock, figures: Arc::default() };
    let database = store.path().to_owned();
    let mut store = Some(store);
    let data_dir = database.parent().unwrap_or(Path::new("."));
    let mut requests = Requests { shutdown: Box::pin(shutdown), reload, desk: OrderDesk::open(data_dir) };
    let mut config = Arc::new(config);
    let mut is_first_round = true;
    while let Exit::Reload { config: new, is_first_round: still } =
        run_once(&config, &database, store.take(), &lasting, &environment, is_first_round, &mut requests).await?
    {
        if new.log != config.log {
            warn!("changes of [log] take effect after a restart");
        }
        (config, is_first_round) = (new, still);
    }
    requests.desk.close().await;
    info!("kazbek has stopped; everything is stored");
    Ok(())
}

/// Opens the store. On a full disk, which leaves no room for the files that SQLite needs beside it, this waits for space.
/// Returns `None` if the daemon is asked to stop meanwhile.
///
/// # Errors
/// Fails if `open` does for another reason.
pub(crate) async fn opened<E: From<StoreError> + Send + 'static>(
    open: impl Fn() -> Result<Result<Store, StoreError>, E> + Send + Sync + 'static,
    supervisor: &dyn Supervisor,
    mut shutdown: impl Future<Output = &'static str> + Unpin,
) -> Result<Option<Store>, E> {
    let disk = DiskSpace::default();
    let open = Arc::new(open);
    loop {
        // Another process may have the database, and an upgrade takes its time; neither may delay a stop.
        let opening = tokio::task::spawn_blocking({
            let open = Arc::clone(&open);
            move || open()
        });
        let signal = tokio::select! {
            opened = opening => match opened {
                Ok(opened) => match opened? {
                    Err(StoreError::Full) => disk.wait(supervisor, &mut shutdown).await,
                    opened => {
                        disk.is_free();
                        return Ok(Some(opened?));
                    }
                },
                Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
            },
            signal = &mut shutdown => Some(signal),
        };
        if let Some(signal) = signal {
            info!(signal, "stopping");
            supervisor.notify(Notice::Stopping);
            return Ok(None);
        }
    }
}

/// Opens the store if it is not open, compares the feed list with it, and returns the writer and the feeds. This may
/// have to wait for another process, so it is done on a thread of its own.
fn prepare(
    config: &Config,
    database: &Path,
    store: Option<Store>,
    now: Timestamp,
) -> Result<(Writer, Vec<FeedRow>), StoreError> {
    let mut store = match store {
        Some(store) => store,
        None => Store::open(database)?,
    };
    let sync = store.write(|writer| writer.sync_feeds(&config.feeds, now))?;
    if sync != FeedSync::default() {
        let FeedSync { added, changed, unlisted } = sync;
        info!(added, changed, unlisted, "the feed list was compared with the store");
    }
    let mut writer = Writer::open(store, config.engine(), now)?;
    // Not before: the writer may have put feeds into quarantine.
    let rows = writer.store().feeds()?;
    if writer.store().meta("lexicon_version")?.is_some_and(|version| version != config.lexicon.version()) {
        info!("the stored items were tagged with another lexicon; `kazbek reclassify` tags them again");
    }
    Ok((writer, rows))
}

/// Works under one configuration until a request comes.
async fn run_once(
    config: &Arc<Config>,
    database: &Path,
    store: Option<Store>,
    lasting: &Lasting,
    environment: &Environment<'_>,
    is_first_round: bool,
    requests: &mut Requests<'_>,
) -> Result<Exit, DaemonError> {
    let Environment { seed, network, supervisor, .. } = environment;
    let Lasting { clock, figures } = lasting;
    let disk = DiskSpace::default();
    let mut store = store;
    let (writer, rows) = loop {
        let prepared = {
            let (config, database, now) = (Arc::clone(config), database.to_owned(), clock.now());
            let store = store.take();
            tokio::task::spawn_blocking(move || prepare(&config, &database, store, now))
        };
        let signal = tokio::select! {
            biased;
            signal = &mut requests.shutdown => signal,
            prepared = prepared => match prepared.map_err(|_| PipelineError::WriterPanicked)? {
                Err(StoreError::Full) => match disk.wait(*supervisor, &mut requests.shutdown).await {
                    Some(signal) => signal,
                    None => continue,
                },
                prepared => break prepared?,
            },
        };
        info!(signal, "stopping");
        supervisor.notify(Notice::Stopping);
        return Ok(Exit::Shutdown);
    };
    disk.is_free();
    let readers = ReaderPool::new(database);
    let fetcher = network.fetcher(&config.poller).map_err(PipelineError::from)?;
    let (pipeline, written, thread) =
        Pipeline::start(clock, *seed, fetcher, writer, config.poller.clone(), Arc::clone(figures))?;
    let outbox = Arc::new(Notify::new());
    let sender = network.sender(&config.poller.client(), &config.delivery).map_err(PipelineError::from)?;
    let deliveries = OutboxWorker::start(config, clock, &pipeline, &readers, sender, Arc::clone(&outbox), disk.clone());
    let mut scheduler = Scheduler::new(Arc::clone(config), clock.clone(), pipeline, readers, rows, outbox, disk);
    scheduler.begin(is_first_round);
    let server = environment.sockets.and_then(|sockets| serve_pages(config, database, environment, lasting, sockets));
    supervisor.notify(Notice::Ready);
    let mut ended = scheduler.serve(written, requests, *supervisor).await;
    drop(scheduler);
    let hurry = deliveries.hurry();
    let mut stopped = pin!(stop(deliveries, thread, server));
    if matches!(ended, Ok(Exit::Reload { .. })) {
        // A request to stop is heard here too.
        tokio::select! {
            biased;
            signal = &mut requests.shutdown => {
                info!(signal, "stopping");
                ended = Ok(Exit::Shutdown);
            }
            stopped = tokio::time::timeout(RELOAD_LIMIT, &mut stopped) => {
                stopped.map_err(|_| DaemonError::WriterHangs { limit: RELOAD_LIMIT })??;
                return Ok(ended?);
            }
        }
    }
    supervisor.notify(Notice::Stopping);
    hurry.cancel();
    let stopped = tokio::time::timeout(STOP_LIMIT, stopped).await;
    stopped.map_err(|_| DaemonError::WriterHangs { limit: STOP_LIMIT })??;
    Ok(ended?)
}

/// Begins to serve pages, if the configuration or the supervisor says where. If that is not possible, the daemon does
/// the rest of its work all the same.
fn serve_pages(
    config: &Arc<Config>,
    database: &Path,
    environment: &Environment<'_>,
    lasting: &Lasting,
    sockets: &Sockets,
) -> Option<Server> {
    if config.serve.listen.is_none() && !sockets.has_any() {
        return None;
    }
    let site = Site::new(Arc::clone(config), database, environment.clock.clone())
        .of_daemon(lasting.clock.clone(), Arc::clone(&lasting.figures));
    match Server::start(site, sockets) {
        Ok(server) => Some(server),
        Err(fault) => {
            error!("no pages are served: {fault}; then reload kazbek. Feeds are polled all the same");
            None
        }
    }
}

/// Waits until the pages have stopped, deliveries in progress have ended and the writer has stored what it was handed.
async fn stop(deliveries: OutboxWorker, thread: WriterThread, server: Option<Server>) -> Result<(), DaemonError> {
    let pages = tokio::task::spawn_blocking(move || server.map(Server::stop));
    // Before the writer, which records how the deliveries ended.
    deliveries.stop().await;
    let ended = tokio::task::spawn_blocking(move || thread.join()).await;
    let Ok(Ok(writer)) = ended else { return Err(PipelineError::WriterPanicked.into()) };
    if pages.await.is_err() {
        debug!("the pages ended with a panic");
    }
    // Everything is stored; whether the log is moved into the file, too, does not matter.
    let closed = tokio::task::spawn_blocking(move || writer.close());
    match tokio::time::timeout(CLOSE_LIMIT, closed).await {
        Ok(Ok(closed)) => Ok(closed?),
        Ok(Err(_)) => Err(PipelineError::WriterPanicked.into()),
        Err(_) => {
            debug!("another process uses the database, so the write-ahead log stays beside it");
            Ok(())
        }
    }
}
