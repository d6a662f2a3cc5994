//! The outbox: what is delivered to whom, the attempts, and how they ended.
//!
//! An attempt is recorded before the transport is asked, and its end after; both are on the disk when the call returns.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::encoding::time;
use super::error::StoreError;
use super::handle::{Reader, Store};
use super::transaction::WriteTransaction;

/// The key in `meta` of the secret from which the ids and boundaries of messages are made.
const SECRET: &str = "delivery_secret";

/// A new delivery. Recipient, cadence and period identify it: the three together occur once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry<'a> {
    /// The recipient's name in the configuration.
    pub recipient: &'a str,
    /// `day`, `week`, `month`, `year`, or `alert`.
    pub cadence: &'a str,
    /// The label of the period, or the key of the alert.
    pub period: &'a str,
    /// The alert as JSON; none for an issue.
    pub payload: Option<&'a str>,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboxState {
    /// Due now or later.
    Waiting,
    /// An attempt is in progress, or was when kazbek ended.
    Sending,
    /// The recipient's server accepted it.
    Delivered,
    /// Given up: a dead letter.
    Dead,
}

impl OutboxState {
    fn from_word(word: &str) -> OutboxState {
        match word {
            "sending" => OutboxState::Sending,
            "delivered" => OutboxState::Delivered,
            "dead" => OutboxState::Dead,
            _ => OutboxState::Waiting,
        }
    }

    /// Returns the stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            OutboxState::Waiting => "waiting",
            OutboxState::Sending => "sending",
            OutboxState::Delivered => "delivered",
            OutboxState::Dead => "dead",
        }
    }
}

/// One delivery.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutboxRow {
    /// Id, which `kazbek outbox` shows and takes.
    pub id: i64,
    /// The recipient's name in the configuration.
    pub recipient: String,
    /// `day`, `week`, `month`, `year`, or `alert`.
    pub cadence: String,
    /// The label of the period, or the key of the alert.
    pub period: String,
    /// Whether it is waiting, in progress, delivered or given up.
    pub state: OutboxState,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
    /// From when the days of retries count: its creation, or the last `kazbek outbox retry`.
    #[serde(skip)]
    pub since: Timestamp,
    /// When the next attempt is due, if it is waiting.
    pub next_attempt_at: Timestamp,
    /// Attempts so far, one in progress included.
    pub attempts: u32,
    /// Attempts of which nobody knows whether the message was accepted.
    pub in_doubt: u32,
    /// Parts that were accepted, for a transport that sends a message in parts.
    #[serde(skip)]
    pub parts_done: u32,
    /// When it was accepted.
    pub delivered_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub reason: Option<String>,
    /// The alert as JSON; none for an issue.
    #[serde(skip)]
    pub payload: Option<String>,
}

/// How a failed attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAttempt<'a> {
    /// The reason, for a person.
    pub reason: &'a str,
    /// When the next attempt is due; none makes it a dead letter.
    pub next_attempt_at: Option<Timestamp>,
    /// Whether the message may have been accepted all the same.
    pub is_in_doubt: bool,
    /// Parts that were accepted so far.
    pub parts_done: u32,
}

const COLUMNS: &str = "id, recipient, cadence, period, state, created_at, since, next_attempt_at, attempts, in_doubt, delivered_at, reason, payload, parts_done";

/// SQL: the deliveries that are not over, found by their index; delivered ones stay in the table for ever.
const OPEN: &str = "outbox INDEXED BY outbox_open WHERE state IN ('waiting', 'sending')";

fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        id: row.get(0)?,
        recipient: row.get(1)?,
        cadence: row.get(2)?,
        period: row.get(3)?,
        state: OutboxState::from_word(&row.get::<_, String>(4)?),
        created_at: time(row.get(5)?),
        since: time(row.get(6)?),
        next_attempt_at: time(row.get(7)?),
        attempts: row.get(8)?,
        in_doubt: row.get(9)?,
        delivered_at: row.get::<_, Option<i64>>(10)?.map(time),
        reason: row.get(11)?,
        payload: row.get(12)?,
        parts_done: row.get(13)?,
    })
}

impl Reader {
    /// Returns deliveries that are due, longest due first, at most `limit`.
    pub fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {OPEN} AND state = 'waiting' AND next_attempt_at <= ?1 ORDER BY next_attempt_at, id LIMIT ?2"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![now.as_second(), limit], outbox_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns when the next waiting delivery is due; none if none is waiting.
    pub fn outbox_due_next(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = format!("SELECT min(next_attempt_at) FROM {OPEN} AND state = 'waiting'");
        let next: Option<i64> = self.connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
        Ok(next.map(time))
    }

    /// Returns all deliveries, or those in some states, newest first, at most `limit`.
    pub fn outbox(&self, states: &[OutboxState], limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE ?1 = '' OR instr(?1, ' ' || state || ' ') > 0 ORDER BY id DESC LIMIT ?2"
        );
        let words: String = states.iter().map(|state| format!(" {} ", state.as_str())).collect();
        let mut statement = self.connection.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![words, limit], outbox_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the secret of the installation from which the ids and boundaries of messages are made; none before the
    /// first attempt at a delivery.
    pub fn delivery_secret(&self) -> Result<Option<String>, StoreError> {
        self.meta(SECRET)
    }

    /// Returns a delivery.
    pub fn delivery(&self, id: i64) -> Result<Option<OutboxRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([id], outbox_row).optional()?)
    }

    /// Returns the ids of deliveries with an attempt in progress, or with one that was when kazbek ended.
    pub fn outbox_sending(&self) -> Result<Vec<i64>, StoreError> {
        let sql = format!("SELECT id FROM {OPEN} AND state = 'sending' ORDER BY id");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTransaction<'_> {
    /// Adds a delivery to the outbox. Returns false if it is there already.
    pub fn enqueue(&mut self, entry: &OutboxEntry<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "INSERT INTO outbox (recipient, cadence, period, state, created_at, since, next_attempt_at, payload) \
            VALUES (?1, ?2, ?3, 'waiting', ?4, ?4, ?4, ?5) ON CONFLICT DO NOTHING";
        let values = params![entry.recipient, entry.cadence, entry.period, now.as_second(), entry.payload];
        Ok(self.connection.prepare_cached(sql)?.execute(values)? > 0)
    }
}

impl Store {
    /// Requeues a delivery whose attempt was interrupted by the end of the process: it counts as in doubt and is due
    /// again at `next`, or is a dead letter if there is none. Returns false if no attempt was in progress.
    pub fn requeue_interrupted(&mut self, id: i64, next: Option<Timestamp>) -> Result<bool, StoreError> {
        self.write_durably(|writer| {
            let sql = "UPDATE outbox SET state = CASE WHEN ?2 IS NULL THEN 'dead' ELSE 'waiting' END, in_doubt = in_doubt + 1, \
                next_attempt_at = coalesce(?2, next_attempt_at), reason = 'kazbek ended in the middle of the attempt' \
                WHERE id = ?1 AND state = 'sending'";
            let next = next.map(Timestamp::as_second);
            Ok(writer.connection.prepare_cached(sql)?.execute(params![id, next])? > 0)
        })
    }

    /// Records on disk, before the transport is asked, that an attempt is in progress. Returns the delivery as it is
    /// now; none if it is not waiting. The first attempt of an installation makes its secret.
    pub fn begin_delivery(&mut self, id: i64) -> Result<Option<OutboxRow>, StoreError> {
        self.write_durably(|writer| {
            // SQLite seeds its generator from the system's.
            let sql = "INSERT INTO meta (key, value) VALUES (?1, lower(hex(randomblob(32)))) ON CONFLICT (key) DO NOTHING";
            writer.connection.prepare_cached(sql)?.execute([SECRET])?;
            let sql = format!(
                "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ?1 AND state = 'waiting' RETURNING {COLUMNS}"
            );
            Ok(writer.connection.prepare_cached(&sql)?.query_row([id], outbox_row).optional()?)
        })
    }

    /// Records that the attempt in progress delivered the message.
    pub fn record_delivered(&mut self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        self.write_durably(|writer| {
            let sql = "UPDATE outbox SET state = 'delivered', delivered_at = ?2, reason = NULL WHERE id = ?1 AND state = 'sending'";
            writer.connection.prepare_cached(sql)?.execute(params![id, now.as_second()])?;
            Ok(())
        })
    }

    /// Records that the attempt in progress failed.
    pub fn record_failure(&mut self, id: i64, failed: &FailedAttempt<'_>) -> Result<(), StoreError> {
        self.write_durably(|writer| {
            let sql = "UPDATE outbox SET state = ?2, next_attempt_at = coalesce(?3, next_attempt_at), reason = ?4, \
                in_doubt = in_doubt + ?5, parts_done = ?6 WHERE id = ?1 AND state = 'sending'";
            let state = if failed.next_attempt_at.is_some() { "waiting" } else { "dead" };
            let next = failed.next_attempt_at.map(Timestamp::as_second);
            let FailedAttempt { reason, is_in_doubt, parts_done, .. } = failed;
            let values = params![id, state, next, reason, is_in_doubt, parts_done];
            writer.connection.prepare_cached(sql)?.execute(values)?;
            Ok(())
        })
    }

    /// Makes waiting and dead deliveries due now and restarts their days of retries. Returns how many there
    /// were.
    ///
    /// Safe beside a running daemon: it is one transaction, it leaves a delivery with an attempt in progress to the
    /// daemon (which records how an attempt ended only for a delivery in that state), and the daemon keeps no copy of
    /// waiting ones.
    pub fn retry_deliveries(&mut self, ids: &[i64], now: Timestamp) -> Result<usize, StoreError> {
        self.write_durably(|writer| {
            let sql = "UPDATE outbox SET state = 'waiting', next_attempt_at = ?2, since = ?2 \
                WHERE id = ?1 AND state IN ('waiting', 'dead')";
            let mut statement = writer.connection.prepare_cached(sql)?;
            ids.iter().try_fold(0, |count, id| Ok(count + statement.execute(params![id, now.as_second()])?))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn with_delivery() -> (tempfile::TempDir, Store, i64) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join(Store::FILE_NAME)).unwrap();
        let entry = OutboxEntry { recipient: "desk", cadence: "day", period: "2027-01-15", payload: None };
        store.write(|writer| writer.enqueue(&entry, NOW)).unwrap();
        let id = store.outbox_due(NOW, 1).unwrap()[0].id;
        (folder, store, id)
    }

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    #[test]
    fn an_interrupted_attempt_is_made_again_until_the_days_are_over() {
        let (_folder, mut store, id) = with_delivery();
        let mut requeued = |next: Option<Timestamp>| {
            assert!(store.begin_delivery(id).unwrap().is_some() && store.requeue_interrupted(id, next).unwrap());
            let row = store.delivery(id).unwrap().unwrap();
            (row.state, row.in_doubt, row.next_attempt_at)
        };
        let later = time(1_800_000_060);
        assert_eq!(requeued(Some(later)), (OutboxState::Waiting, 1, later));
        assert_eq!(requeued(None), (OutboxState::Dead, 2, later));
    }

    /// `kazbek outbox retry` writes from a second process: at whatever moment it does, no attempt is lost or made
    /// twice.
    #[test]
    fn a_retry_by_another_process_is_safe_at_any_moment() {
        let later = time(1_800_000_600);
        let check = |moment: &str, is_retried: bool, expected: (OutboxState, u32)| {
            let (folder, mut daemon, id) = with_delivery();
            let mut other = Store::open(&folder.path().join(Store::FILE_NAME)).unwrap();
            let mut retry = |now: &str| {
                if now == moment {
                    assert_eq!(other.retry_deliveries(&[id], later).unwrap() == 1, is_retried, "{moment}");
                }
            };
            // The daemon reads what is due, begins, sends, and records how it ended.
            let due = daemon.outbox_due(NOW, 1).unwrap();
            retry("before the attempt begins");
            let row = daemon.begin_delivery(due[0].id).unwrap().unwrap();
            assert_eq!(row.since, if moment == "before the attempt begins" { later } else { NOW }, "{moment}");
            retry("during the attempt");
            match moment {
                "after success" => daemon.record_delivered(id, NOW).unwrap(),
                "after an interruption" => assert!(daemon.requeue_interrupted(id, Some(later)).unwrap()),
                _ => {
                    let next = Some(later).filter(|_| moment != "after it was given up");
                    let reason = "busy";
                    let failed = FailedAttempt { reason, next_attempt_at: next, is_in_doubt: false, parts_done: 0 };
                    daemon.record_failure(id, &failed).unwrap();
                }
            }
            for after in ["after success", "after an interruption", "after it was given up", "after a failure"] {
                retry(after);
            }
            let row = daemon.delivery(id).unwrap().unwrap();
            assert_eq!((row.state, row.attempts), expected, "{moment}");
        };
        check("before the attempt begins", true, (OutboxState::Waiting, 1));
        check("during the attempt", false, (OutboxState::Waiting, 1));
        check("after success", false, (OutboxState::Delivered, 1));
        check("after an interruption", true, (OutboxState::Waiting, 1));
        check("after it was given up", true, (OutboxState::Waiting, 1));
        check("after a failure", true, (OutboxState::Waiting, 1));
    }

    #[test]
    fn the_secret_of_an_installation_is_made_once_and_is_its_own() {
        let secret = || {
            let (_folder, mut store, id) = with_delivery();
            assert_eq!(store.delivery_secret().unwrap(), None);
            store.begin_delivery(id).unwrap();
            let secret = store.delivery_secret().unwrap().unwrap();
            store.requeue_interrupted(id, Some(NOW)).unwrap();
            store.begin_delivery(id).unwrap();
            assert_eq!(store.delivery_secret().unwrap().as_ref(), Some(&secret));
            secret
        };
        let (one, other) = (secret(), secret());
        assert!(one != other && one.len() == 64, "{one} {other}");
    }

    /// Two connections write at the same time, and neither undoes what the other did.
    #[test]
    fn a_retry_by_another_process_waits_for_the_writer() {
        let (folder, mut daemon, _) = with_delivery();
        let path = folder.path().join(Store::FILE_NAME);
        let retried = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&retried);
        let retries = std::thread::spawn(move || {
            let mut other = Store::open(&path).unwrap();
            for _ in 0..200 {
                other.retry_deliveries(&[1], NOW).unwrap();
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut attempts = 0;
        while !retries.is_finished() || attempts < 50 {
            // SQLite's lock is not fair: a daemon that wrote without a pause, as none does, would keep the other from
            // writing for longer than it waits.
            if attempts > retried.load(Ordering::Relaxed) && !retries.is_finished() {
                std::thread::yield_now();
                continue;
            }
            let Some(row) = daemon.begin_delivery(1).unwrap() else {
                // The retries are over and the last attempt gave up.
                assert_eq!(daemon.retry_deliveries(&[1], NOW).unwrap(), 1);
                continue;
            };
            attempts += 1;
            assert_eq!((row.state, row.attempts), (OutboxState::Sending, attempts));
            let failed = FailedAttempt { reason: "busy", next_attempt_at: None, is_in_doubt: false, parts_done: 0 };
            daemon.record_failure(1, &failed).unwrap();
        }
        retries.join().unwrap();
        assert_eq!(daemon.delivery(1).unwrap().unwrap().attempts, attempts);
    }
}
