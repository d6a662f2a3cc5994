//! The outbox at work: what is due is tried, and how it ended is kept.
//!
//! Three writes surround each attempt. Before the transport is asked, the row becomes `sending`, on the disk; behind its answer it becomes `delivered`, or `waiting`
//! for the next attempt, or `dead`. A process that ends in between leaves `sending` behind, and its successor tries again: at least once. What the
//! transport can know a second copy by is the same at every attempt.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::alerting::Watch;
use super::pipeline::Pipeline;
use super::{clock, issues};
use crate::config::Config;
use crate::deliver::{Content, Courier, Parcel, Refusal};
use crate::model::Cadence;
use crate::store::{FailedAttempt, OutboxRow, Store, StoreError};

/// How often the outbox is looked at, besides when something is put into it: `kazbek outbox retry` writes from another process.
const TICK: Duration = Duration::from_secs(5);

/// How long a stop waits for the deliveries in hand.
const STOP_DEADLINE: Duration = Duration::from_secs(15);

/// Attempts to keep what came of a delivery, one a second; behind them the row stays `sending`.
const KEEP_ATTEMPTS: u32 = 30;

/// The running task.
#[derive(Debug)]
pub(super) struct Delivery {
    task: Option<JoinHandle<()>>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Office {
    config: Arc<Config>,
    pipeline: Arc<Pipeline>,
    database: PathBuf,
    courier: Courier,
}

impl Delivery {
    /// Starts delivering under a configuration; without recipients there is nothing to do.
    pub(super) fn start(
        config: &Arc<Config>,
        pipeline: &Arc<Pipeline>,
        database: PathBuf,
        outbox: Arc<Notify>,
    ) -> Result<Delivery, crate::poller::FetcherError> {
        let stop = CancellationToken::new();
        if config.recipients.is_empty() {
            return Ok(Delivery { task: None, stop });
        }
        let courier = Courier::new(&config.poller, &config.delivery)?;
        let (config, pipeline) = (Arc::clone(config), Arc::clone(pipeline));
        let office = Arc::new(Office { config, pipeline, database, courier });
        let task = tokio::spawn(work(office, outbox, stop.clone()));
        Ok(Delivery { task: Some(task), stop })
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

async fn work(office: Arc<Office>, outbox: Arc<Notify>, stop: CancellationToken) {
    let mut attempts = JoinSet::new();
    let mut watch = Watch::default();
    let recovered = office.pipeline.store(|store| store.recover_outbox(clock::now())).await;
    match recovered {
        Ok(0) => {}
        Ok(count) => warn!(count, "deliveries were under way when kazbek last ended; they are tried again"),
        Err(error) => error!(%error, "the outbox cannot be read"),
    }
    while !stop.is_cancelled() {
        if let Err(error) = watch.look(&office.config, &office.pipeline, &office.database).await {
            error!(%error, "the alert rules could not be looked at; it is tried again");
        }
        let wait = office.start_due(&mut attempts).await.unwrap_or_else(|error| {
            error!(%error, "the outbox could not be worked at; it is tried again");
            TICK
        });
        tokio::select! {
            () = stop.cancelled() => {}
            () = outbox.notified() => {}
            () = tokio::time::sleep(wait) => {}
            Some(ended) = attempts.join_next() => noted(ended),
        }
    }
    let rest = async {
        while let Some(ended) = attempts.join_next().await {
            noted(ended);
        }
    };
    if tokio::time::timeout(STOP_DEADLINE, rest).await.is_err() {
        warn!(seconds = STOP_DEADLINE.as_secs(), "a delivery did not end in time; it is tried again at the next start");
        attempts.shutdown().await;
    }
}

fn noted(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        error!(%error, "a delivery failed inside kazbek; please report it");
    }
}

impl Office {
    /// Begins as many deliveries as are due and as there is room for. Returns how long there is nothing more to begin, at most a tick.
    async fn start_due(self: &Arc<Self>, attempts: &mut JoinSet<()>) -> anyhow::Result<Duration> {
        let room = self.config.delivery.concurrency.saturating_sub(attempts.len());
        if room == 0 {
            return Ok(TICK);
        }
        let now = clock::now();
        let database = self.database.clone();
        let look = move || {
            let store = Store::open_read_only(&database)?;
            Ok::<_, StoreError>((store.outbox_due(now, room)?, store.outbox_due_next()?))
        };
        let (due, next) = tokio::task::spawn_blocking(look).await??;
        for row in due {
            let id = row.id;
            if self.pipeline.store(move |store| store.begin_delivery(id)).await? {
                attempts.spawn(Arc::clone(self).attempt(row));
            }
        }
        let wait = next.map_or(SignedDuration::MAX, |next| next.duration_since(now));
        Ok(Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(100), TICK))
    }

    /// One attempt, from the parcel to what is kept of it.
    async fn attempt(self: Arc<Self>, row: OutboxRow) {
        let sent = self.send(&row).await;
        let now = clock::now();
        for round in 0..KEEP_ATTEMPTS {
            if round > 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            match self.keep(&row, &sent, now).await {
                Ok(()) => return,
                Err(error) => {
                    error!(%error, delivery = row.id, "what came of a delivery could not be kept; trying again")
                }
            }
        }
    }

    async fn send(&self, row: &OutboxRow) -> Result<(), Refusal> {
        let refused = |reason: String, is_permanent| Refusal {
            reason,
            is_permanent,
            is_in_doubt: false,
            retry_after: None,
            parts_done: row.parts_done,
        };
        let recipient = self.config.recipients.iter().find(|recipient| recipient.name == row.recipient);
        let recipient = recipient.ok_or_else(|| {
            refused(format!("the configuration has no [[recipient]] named `{}`", row.recipient), false)
        })?;
        let (database, of) = (self.database.clone(), row.clone());
        let content = tokio::task::spawn_blocking(move || content(&database, &of)).await;
        let content = content.map_err(|error| refused(format!("reading it failed inside kazbek: {error}"), false))?;
        let content = content.map_err(|error| refused(error.to_string(), false))?;
        let parcel = Parcel {
            cadence: row.cadence.clone(),
            period: row.period.clone(),
            created_at: row.created_at,
            attempted_at: clock::now(),
            parts_done: row.parts_done,
            content: content.ok_or_else(|| refused("what was to be delivered is not in the store".to_owned(), true))?,
        };
        self.courier.send(recipient, &parcel).await
    }

    async fn keep(&self, row: &OutboxRow, sent: &Result<(), Refusal>, now: Timestamp) -> anyhow::Result<()> {
        let (id, recipient, period) = (row.id, &row.recipient, &row.period);
        let Err(refusal) = sent else {
            self.pipeline.store(move |store| store.delivered(id, now)).await?;
            info!(recipient, period, "delivered");
            return Ok(());
        };
        let backoff = &self.config.delivery.backoff;
        let attempts = row.attempts + 1;
        let next = backoff.next(attempts, row.since, now, refusal.retry_after, rand::random());
        let next = next.filter(|_| !refusal.is_permanent);
        let Refusal { reason, is_in_doubt, parts_done, .. } = refusal.clone();
        let told = reason.clone();
        self.pipeline
            .store(move |store| {
                let failed = FailedAttempt { reason: &told, next_attempt_at: next, is_in_doubt, parts_done };
                store.delivery_failed(id, &failed)
            })
            .await?;
        match next {
            Some(next) => warn!(recipient, period, reason, attempts, %next, "not delivered"),
            None => error!(
                recipient,
                period, reason, attempts, "not delivered, and not tried again; see `kazbek outbox list --dead`"
            ),
        }
        Ok(())
    }
}

/// What a row delivers; none where it is gone.
fn content(database: &std::path::Path, row: &OutboxRow) -> anyhow::Result<Option<Content>> {
    if let Some(payload) = &row.payload {
        return Ok(Some(Content::Alert(serde_json::from_str(payload)?)));
    }
    let all = [Cadence::Day, Cadence::Week, Cadence::Month, Cadence::Year];
    let Some(cadence) = all.into_iter().find(|cadence| cadence.as_str() == row.cadence) else { return Ok(None) };
    let Some(frozen) = Store::open_read_only(database)?.issue(cadence, &row.period)? else { return Ok(None) };
    let json = frozen.json.clone();
    Ok(Some(Content::Issue(Box::new(issues::Issue::frozen(frozen)?.digest), json)))
}
