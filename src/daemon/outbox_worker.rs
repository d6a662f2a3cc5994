//! The outbox worker: sends what is due, one task per attempt, and has the writer record how each attempt ended.
//!
//! Before an attempt its row becomes `sending`, on disk; afterwards `delivered`, `waiting` for the next attempt, or
//! `dead`. Nobody else makes rows `sending`, so one that is `sending` without an attempt in hand was interrupted by the
//! end of the process: nobody knows whether the message was accepted. It counts as in doubt and is tried again. A
//! message has the same ID at each attempt, so a transport that removes duplicates shows it once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::task::{self, JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::alert_job::{self, AlertJob, Slow};
use super::delivery_attempt::Attempt;
use super::disk_space::DiskSpace;
use crate::app::pipeline::Pipeline;
use crate::app::trusted_clock::TrustedClock;
use crate::config::Config;
use crate::deliver::{Deliver, DeliveryError, next_after_failure, next_after_interruption};
use crate::poller::schedule::Purpose;
use crate::store::{FailedAttempt, OutboxRow, Reader, ReaderPool, Store, StoreError};

/// How often the worker looks whether the file has changed: new items, or `kazbek outbox retry` in another process.
const TICK: Duration = Duration::from_secs(5);

/// How many deliveries that are due are looked at, at most, to find those that can begin.
const DUE_AT_ONCE: usize = 256;

/// How long a reload waits for the attempts in progress. One that takes longer is cut off and counts as in doubt.
const RELOAD_PATIENCE: Duration = Duration::from_secs(15);

/// The same when the daemon stops.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// The running worker.
#[derive(Debug)]
pub(super) struct OutboxWorker {
    task: JoinHandle<()>,
    stop: CancellationToken,
    hurry: CancellationToken,
}

impl OutboxWorker {
    /// Starts delivering under a configuration. Without recipients it only forgets what alert rules found.
    pub(super) fn start(
        config: &Arc<Config>,
        clock: &TrustedClock,
        pipeline: &Arc<Pipeline>,
        readers: &ReaderPool,
        transport: Arc<dyn Deliver>,
        outbox: Arc<Notify>,
        disk: DiskSpace,
    ) -> OutboxWorker {
        let (stop, hurry) = (CancellationToken::new(), CancellationToken::new());
        let worker = Worker {
            config: Arc::clone(config),
            clock: clock.clone(),
            pipeline: Arc::clone(pipeline),
            readers: readers.clone(),
            transport,
            reader: None,
            seen_version: None,
            attempts: Attempts::default(),
            alerts: AlertJob::default(),
            hurry: hurry.clone(),
            disk,
        };
        OutboxWorker { task: tokio::spawn(worker.run(outbox, stop.clone())), stop, hurry }
    }

    /// Returns a token that shortens the wait of [`OutboxWorker::stop`].
    pub(super) fn hurry(&self) -> CancellationToken {
        self.hurry.clone()
    }

    /// Starts no further attempt, waits for those in progress up to a deadline, and records how they ended. This takes
    /// as long as the writer is busy.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            error!(%error, "delivering failed inside kazbek; please report it");
        }
    }
}

#[derive(Debug)]
struct Worker {
    config: Arc<Config>,
    clock: TrustedClock,
    pipeline: Arc<Pipeline>,
    readers: ReaderPool,
    transport: Arc<dyn Deliver>,
    /// The store for reading; opened when it is first needed, and lent to a blocking task for each read.
    reader: Option<Reader>,
    /// The store's data version before it was last read; none if it must be read again.
    seen_version: Option<i64>,
    attempts: Attempts,
    alerts: AlertJob,
    /// Whether the daemon is about to stop, so that attempts are cut off soon.
    hurry: CancellationToken,
    disk: DiskSpace,
}

/// The attempts in progress, and those whose end is still to be recorded.
#[derive(Debug, Default)]
struct Attempts {
    tasks: JoinSet<Result<(), DeliveryError>>,
    running: HashMap<task::Id, (OutboxRow, Arc<AtomicU32>)>,
    ended: Vec<Ended>,
}

/// An attempt that has ended.
#[derive(Debug)]
struct Ended {
    row: OutboxRow,
    result: Result<(), DeliveryError>,
    parts_done: u32,
    at: Timestamp,
}

impl Attempts {
    fn ids(&self) -> impl Iterator<Item = i64> {
        self.running.values().map(|(row, _)| row.id).chain(self.ended.iter().map(|ended| ended.row.id))
    }

    fn recipients(&self) -> impl Iterator<Item = &str> {
        let ended = self.ended.iter().map(|ended| ended.row.recipient.as_str());
        self.running.values().map(|(row, _)| row.recipient.as_str()).chain(ended)
    }

    /// Takes note of a task that ended. If it panicked or was cut off, the message may have been accepted.
    fn note(&mut self, joined: Result<(task::Id, Result<(), DeliveryError>), JoinError>, at: Timestamp) {
        let (id, result) = match joined {
            Ok(ended) => ended,
            Err(error) if error.is_cancelled() => {
                (error.id(), Err(DeliveryError::in_doubt("kazbek stopped before the server had answered")))
            }
            Err(error) => {
                let reason = format!("the attempt failed inside kazbek: {error}; please report it");
                (error.id(), Err(DeliveryError::in_doubt(reason)))
            }
        };
        if let Some((row, parts_done)) = self.running.remove(&id) {
            self.ended.push(Ended { row, result, parts_done: parts_done.load(Ordering::Relaxed), at });
        }
    }
}

impl Worker {
    async fn run(mut self, outbox: Arc<Notify>, stop: CancellationToken) {
        self.read_searches().await;
        if self.alerts.is_idle(&self.config)
            && let Err(error) = alert_job::forget(&self.pipeline).await
            && !self.disk.explains(&error)
        {
            error!(%error, "what removed alert rules had found could not be deleted");
        }
        let mut next_due = None;
        while !self.config.recipients.is_empty() && !stop.is_cancelled() {
            self.record_ended().await;
            // A wrong clock would give deliveries up or send them too early.
            if self.clock.check_confirmed().is_ok() && self.has_work(next_due) {
                next_due = self.work().await.unwrap_or_else(|error| {
                    if !self.disk.explains(&error) {
                        error!(%error, "the outbox could not be read or written; trying again in a few seconds");
                    }
                    self.seen_version = None;
                    None
                });
            }
            let wait = next_due.map_or(SignedDuration::MAX, |next: Timestamp| next.duration_since(self.clock.now()));
            let wait = Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(100), TICK);
            tokio::select! {
                () = stop.cancelled() => {}
                () = outbox.notified() => self.seen_version = None,
                () = tokio::time::sleep(wait) => {}
                Some(joined) = self.attempts.tasks.join_next_with_id() => {
                    self.attempts.note(joined, self.clock.now());
                    self.seen_version = None;
                }
            }
        }
        self.finish().await;
    }

    /// Waits for the attempts in progress, cuts off those that take too long, and records how all ended.
    async fn finish(&mut self) {
        let hurry = self.hurry.clone();
        let deadline = async {
            tokio::select! {
                () = tokio::time::sleep(RELOAD_PATIENCE) => {}
                () = hurry.cancelled() => tokio::time::sleep(STOP_PATIENCE).await,
            }
        };
        tokio::pin!(deadline);
        let mut is_cut_off = false;
        loop {
            self.record_ended().await;
            tokio::select! {
                joined = self.attempts.tasks.join_next_with_id() => match joined {
                    Some(joined) => self.attempts.note(joined, self.clock.now()),
                    None => break,
                },
                () = &mut deadline, if !is_cut_off => {
                    warn!(count = self.attempts.tasks.len(), "stopping: cutting off deliveries in progress");
                    self.attempts.tasks.abort_all();
                    is_cut_off = true;
                }
            }
        }
        for ended in &self.attempts.ended {
            error!(delivery = ended.row.id, "how an attempt ended could not be recorded; it counts as in doubt");
        }
    }

    /// Returns whether the store has changed since it was last read, or something is due now.
    fn has_work(&self, next_due: Option<Timestamp>) -> bool {
        let version = self.reader.as_ref().and_then(|reader| reader.data_version().ok());
        version.is_none()
            || version != self.seen_version
            || next_due.is_some_and(|next| next <= self.clock.now())
            || self.alerts.is_due(&self.config)
    }

    /// Looks for alerts and begins what is due. Returns when the next waiting delivery is due.
    async fn work(&mut self) -> anyhow::Result<Option<Timestamp>> {
        // Before anything is read: what changes meanwhile is read next time.
        self.seen_version = self.read(|store| store.data_version()).await.ok();
        if let Err(error) = self.look_for_alerts().await {
            if !self.disk.explains(&error) {
                error!(%error, "the alert rules could not be applied; trying again in a few seconds");
            }
            self.seen_version = None;
        }
        self.begin_due().await
    }

    async fn look_for_alerts(&mut self) -> anyhow::Result<()> {
        let (config, now) = (Arc::clone(&self.config), self.clock.now());
        let with = Slow { bursts: self.alerts.are_bursts_due(&config), searches: self.alerts.are_searches_due() };
        if with.searches {
            self.read_searches().await;
        }
        if self.alerts.is_idle(&config) {
            return Ok(());
        }
        let (rules, searches) = (Arc::clone(&config), self.alerts.searches());
        let scan = self.read(move |store| alert_job::scan(&rules, &searches, store, with, now)).await?;
        self.alerts.note(&scan, with.bursts);
        if scan.has_work() {
            let searches = self.alerts.searches();
            self.pipeline.store(move |store| Ok(alert_job::enqueue(store, &config, &searches, &scan, now))).await??;
        }
        Ok(())
    }

    /// Reads which saved searches are reported.
    async fn read_searches(&mut self) {
        let folder = self.readers.folder().to_owned();
        let read = tokio::task::spawn_blocking(move || alert_job::saved_searches(&folder)).await;
        let searches = match read {
            Ok(Ok(searches)) => Some(searches),
            Ok(Err(error)) => {
                error!(%error, "the saved searches could not be read; trying again in a minute");
                None
            }
            Err(error) => {
                error!(%error, "reading the saved searches failed inside kazbek; please report it");
                None
            }
        };
        self.alerts.note_searches(searches);
    }

    /// Begins as many deliveries as are due and as there is room for, one at a time to each recipient, so that issues
    /// arrive in the order in which they were written.
    async fn begin_due(&mut self) -> anyhow::Result<Option<Timestamp>> {
        let now = self.clock.now();
        let room = self.config.delivery.concurrency.saturating_sub(self.attempts.ids().count());
        let (sending, due, next) = self
            .read(move |store| {
                Ok::<_, StoreError>((
                    store.outbox_sending()?,
                    store.outbox_due(now, DUE_AT_ONCE)?,
                    store.outbox_due_next()?,
                ))
            })
            .await?;
        for id in sending {
            if !self.attempts.ids().any(|in_hand| in_hand == id) {
                self.requeue_interrupted(id).await?;
            }
        }
        let mut busy: HashSet<String> = self.attempts.recipients().map(str::to_owned).collect();
        let due = due.into_iter().filter(|row| busy.insert(row.recipient.clone())).take(room);
        for id in due.map(|row| row.id) {
            let Some(row) = self.pipeline.store(move |store| store.begin_delivery(id)).await? else { continue };
            let parts_done = Arc::new(AtomicU32::new(row.parts_done));
            let attempt = Attempt {
                config: Arc::clone(&self.config),
                readers: self.readers.clone(),
                transport: Arc::clone(&self.transport),
                row: row.clone(),
                at: now,
                parts_done: Arc::clone(&parts_done),
            };
            let task = self.attempts.tasks.spawn(attempt.run()).id();
            self.attempts.running.insert(task, (row, parts_done));
        }
        // What is due already waits for room, which an attempt makes when it ends.
        Ok(next.filter(|next| *next > now))
    }

    /// Has the writer record how attempts ended. What cannot be recorded is kept and tried again.
    async fn record_ended(&mut self) {
        for ended in std::mem::take(&mut self.attempts.ended) {
            if let Err(error) = self.record(&ended).await {
                if !self.disk.explains(&error) {
                    error!(%error, delivery = ended.row.id, "how an attempt ended could not be recorded; trying again");
                }
                self.attempts.ended.push(ended);
            }
        }
    }

    async fn record(&mut self, ended: &Ended) -> anyhow::Result<()> {
        let Ended { row, result, parts_done, at } = ended;
        let (id, at, parts_done) = (row.id, *at, *parts_done);
        let (recipient, period, attempts) = (&row.recipient, &row.period, row.attempts);
        let Err(failure) = result else {
            self.pipeline.store(move |store| store.record_delivered(id, at)).await?;
            info!(recipient, period, "delivered");
            return Ok(());
        };
        let backoff = &self.config.delivery.backoff;
        let jitter = self.pipeline.seed().uniform(Purpose::RetryJitter, id, attempts.into());
        let next = next_after_failure(backoff, failure, attempts, row.since, at, jitter);
        let DeliveryError { reason, is_in_doubt, .. } = failure.clone();
        let record = move |store: &mut Store| {
            let failed = FailedAttempt { reason: &reason, next_attempt_at: next, is_in_doubt, parts_done };
            store.record_failure(id, &failed)
        };
        self.pipeline.store(record).await?;
        let reason = &failure.reason;
        match next {
            Some(next) => warn!(recipient, period, reason, attempts, %next, "not delivered"),
            None => error!(
                recipient,
                period, reason, attempts, "not delivered and given up; see `kazbek outbox list --dead`"
            ),
        }
        Ok(())
    }

    /// Requeues a delivery whose attempt was interrupted by the end of the process.
    async fn requeue_interrupted(&mut self, id: i64) -> anyhow::Result<()> {
        let (backoff, now) = (self.config.delivery.backoff, self.clock.now());
        let requeue = move |store: &mut Store| {
            let Some(row) = store.delivery(id)? else { return Ok(false) };
            let next = next_after_interruption(&backoff, row.attempts, row.in_doubt, row.since, now);
            store.requeue_interrupted(id, next)
        };
        if self.pipeline.store(requeue).await? {
            warn!(
                delivery = id,
                "kazbek ended in the middle of an attempt: the message may have been delivered; trying again"
            );
        }
        Ok(())
    }

    /// Reads the store on a thread for blocking work.
    async fn read<T: Send + 'static, E: From<StoreError> + std::error::Error + Send + Sync + 'static>(
        &mut self,
        work: impl FnOnce(&Reader) -> Result<T, E> + Send + 'static,
    ) -> anyhow::Result<T> {
        let (reader, readers) = (self.reader.take(), self.readers.clone());
        let read = move || {
            let reader = match reader {
                Some(reader) => reader,
                None => readers.open().map_err(E::from)?,
            };
            let read = work(&reader)?;
            Ok::<_, E>((reader, read))
        };
        let (reader, read) = tokio::task::spawn_blocking(read).await??;
        self.reader = Some(reader);
        Ok(read)
    }
}
