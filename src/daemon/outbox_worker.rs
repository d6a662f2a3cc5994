//! The outbox at work: what is due is tried, each attempt in a process of its own.
//!
//! Before an attempt the row becomes `sending`, on the disk; behind it `delivered`, or `waiting` for the next, or `dead`. A row that is `sending` while nobody holds its
//! lock was at a process that ended in the middle: it is in doubt and tried again, at least once. What the transport can know a second copy by is
//! the same at every attempt.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::alert_job::{self, Watch};
use super::delivery_attempt::{self, DeliveryLock};
use crate::app::clock::Clock;
use crate::app::pipeline::Pipeline;
use crate::config::Config;
use crate::store::{FailedAttempt, OutboxState, Store, StoreError};

/// How often the outbox is looked at, besides when something is put into it: `kazbek outbox retry` writes from another process.
const TICK: Duration = Duration::from_secs(5);

/// How long a stop waits for the deliveries in hand; what takes longer comes to its end in its own process, or with it.
const STOP_DEADLINE: Duration = Duration::from_secs(15);

/// How often an attempt may end in the middle before its delivery becomes a dead letter when its days are over.
const DOUBTS: u32 = 3;

/// The running task.
#[derive(Debug)]
pub(super) struct Delivery {
    task: Option<JoinHandle<()>>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Office {
    config: Arc<Config>,
    clock: Clock,
    pipeline: Arc<Pipeline>,
    data_dir: PathBuf,
}

/// The attempts under way: a task each, and the numbers of their deliveries.
#[derive(Debug, Default)]
struct Attempts {
    /// Each gives the number back, and whether it tried at all.
    tasks: JoinSet<(i64, bool)>,
    ids: HashSet<i64>,
}

impl Delivery {
    /// Starts delivering under a configuration; without recipients there is nothing to do but to forget alerts.
    pub(super) fn start(
        config: &Arc<Config>,
        clock: &Clock,
        pipeline: &Arc<Pipeline>,
        data_dir: &Path,
        outbox: Arc<Notify>,
    ) -> Delivery {
        let stop = CancellationToken::new();
        let (config, pipeline) = (Arc::clone(config), Arc::clone(pipeline));
        if config.recipients.is_empty() {
            let task = tokio::spawn(async move { forget_alerts(&pipeline).await });
            return Delivery { task: Some(task), stop };
        }
        let office = Office { config, clock: clock.clone(), pipeline, data_dir: data_dir.to_owned() };
        Delivery { task: Some(tokio::spawn(office.work(outbox, stop.clone()))), stop }
    }

    /// Starts no further attempt and waits for those in hand, for some time.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if let Some(task) = self.task
            && let Err(error) = task.await
        {
            error!(%error, "delivering failed inside kazbek; please report it");
        }
    }
}

impl Office {
    async fn work(self, outbox: Arc<Notify>, stop: CancellationToken) {
        if self.config.alerts.is_empty() {
            forget_alerts(&self.pipeline).await;
        }
        let mut attempts = Attempts::default();
        let mut watch = Watch::default();
        let database = self.data_dir.join(Store::FILE_NAME);
        while !stop.is_cancelled() {
            if let Err(error) = watch.look(&self.config, &self.pipeline, &database, self.clock.now()).await {
                error!(%error, "the alert rules could not be looked at; it is tried again");
            }
            let wait = self.start_due(&mut attempts).await.unwrap_or_else(|error| {
                error!(%error, "the outbox could not be worked at; it is tried again");
                TICK
            });
            tokio::select! {
                () = stop.cancelled() => {}
                () = outbox.notified() => {}
                () = tokio::time::sleep(wait) => {}
                Some(ended) = attempts.tasks.join_next() => self.noted(&mut attempts, ended).await,
            }
        }
        let rest = async {
            while let Some(ended) = attempts.tasks.join_next().await {
                self.noted(&mut attempts, ended).await;
            }
        };
        if tokio::time::timeout(STOP_DEADLINE, rest).await.is_err() {
            warn!(seconds = STOP_DEADLINE.as_secs(), "a delivery has not ended yet; it does so without the daemon");
        }
    }

    /// Begins as many deliveries as are due and as there is room for. Returns how long there is nothing more to begin, at most a tick.
    async fn start_due(&self, attempts: &mut Attempts) -> anyhow::Result<Duration> {
        let room = self.config.delivery.concurrency.saturating_sub(attempts.ids.len());
        if room == 0 {
            return Ok(TICK);
        }
        let now = self.clock.now();
        let database = self.data_dir.join(Store::FILE_NAME);
        let look = move || {
            let store = Store::open_read_only(&database)?;
            Ok::<_, StoreError>((store.outbox_sending()?, store.outbox_due(now, room)?, store.outbox_due_next()?))
        };
        let (sending, due, next) = tokio::task::spawn_blocking(look).await??;
        for id in sending.into_iter().filter(|id| !attempts.ids.contains(id)) {
            self.recover(id).await?;
        }
        for row in due {
            let id = row.id;
            if self.pipeline.store(move |store| store.begin_delivery(id)).await? {
                let (config, data_dir, attempt) = (Arc::clone(&self.config), self.data_dir.clone(), row.attempts + 1);
                attempts.ids.insert(id);
                attempts.tasks.spawn_blocking(move || {
                    let is_tried = delivery_attempt::start(&config, &data_dir, id, attempt).unwrap_or_else(|error| {
                        error!(%error, delivery = id, "an attempt at a delivery failed inside kazbek");
                        true
                    });
                    (id, is_tried)
                });
            }
        }
        let wait = next.map_or(SignedDuration::MAX, |next| next.duration_since(now));
        Ok(Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(100), TICK))
    }

    /// Takes note of an attempt that ended; what came of it, its process has kept.
    async fn noted(&self, attempts: &mut Attempts, ended: Result<(i64, bool), JoinError>) {
        let (id, is_tried) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                error!(%error, "a delivery failed inside kazbek; please report it");
                return;
            }
        };
        if !is_tried && let Err(error) = self.put_off(id).await {
            error!(%error, delivery = id, "a delivery that was not tried could not be put off");
        }
        attempts.ids.remove(&id);
    }

    /// Puts a delivery off that was not tried, since the files of the configuration have faults by now: nothing of it is in doubt.
    async fn put_off(&self, id: i64) -> anyhow::Result<()> {
        let (backoff, now) = (self.config.delivery.backoff, self.clock.now());
        let put_off = move |store: &mut Store| {
            let Some(row) = store.delivery(id)?.filter(|row| row.state == OutboxState::Sending) else { return Ok(()) };
            let reason = "the configuration has faults, and nothing is sent until they are mended: see `kazbek check`";
            let next_attempt_at = backoff.next(row.attempts, row.since, now, None, 0.5);
            let failed = FailedAttempt { reason, next_attempt_at, is_in_doubt: false, parts_done: row.parts_done };
            store.delivery_failed(id, &failed)
        };
        self.pipeline.store(put_off).await?;
        warn!(delivery = id, "not delivered: the configuration has faults; see `kazbek check`");
        Ok(())
    }

    /// Takes back a delivery that nobody is at any more; where its process is still at work, it is left alone.
    async fn recover(&self, id: i64) -> anyhow::Result<()> {
        let Some(lock) = DeliveryLock::take(&self.data_dir, id)? else { return Ok(()) };
        let (backoff, now) = (self.config.delivery.backoff, self.clock.now());
        let recover = move |store: &mut Store| {
            let Some(row) = store.delivery(id)? else { return Ok(false) };
            let next = backoff.next(row.attempts, row.since, now, None, 0.5);
            // The days may have passed while the machine was down: what was not in doubt often gets another attempt.
            let soon = now.checked_add(SignedDuration::from_secs(1)).ok().filter(|_| row.in_doubt < DOUBTS);
            store.recover_delivery(id, next.or(soon))
        };
        let is_in_doubt = self.pipeline.store(recover).await?;
        drop(lock);
        if is_in_doubt {
            warn!(
                delivery = id,
                "an attempt ended in the middle: it may have been delivered, and is tried again as long as its days last"
            );
        }
        Ok(())
    }
}

async fn forget_alerts(pipeline: &Arc<Pipeline>) {
    if let Err(error) = alert_job::forget(pipeline).await {
        error!(%error, "what alert rules left behind could not be forgotten");
    }
}
