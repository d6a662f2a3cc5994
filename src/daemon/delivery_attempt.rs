//! One attempt at one delivery, in a process of its own.
//!
//! Nothing that ends the daemon, a `kill -9` for lack of memory least of all, ends a conversation with a server in the middle: this process hears the answer and keeps it. A lock
//! for each delivery, which the system gives back however the process ends, says whether somebody is still at it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

use crate::app::{clock, issue};
use crate::config::Settings;
use crate::deliver::{Content, Courier, Parcel, Refusal};
use crate::model::Cadence;
use crate::store::{FailedAttempt, OutboxRow, OutboxState, Store};

/// Attempts to keep what came of a delivery, one a second; behind them the row stays `sending`.
const KEEP_ATTEMPTS: u32 = 30;

/// With what a process ends whose configuration has faults (`EX_CONFIG` of sysexits): nothing was sent.
const BAD_CONFIG: i32 = 78;

/// The lock of one delivery; it is given back on drop.
#[derive(Debug)]
pub(super) struct DeliveryLock {
    path: PathBuf,
    _file: File,
}

impl DeliveryLock {
    /// Takes the lock; none where another process has it.
    pub(super) fn take(data_dir: &Path, id: i64) -> std::io::Result<Option<DeliveryLock>> {
        let folder = data_dir.join("outbox");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{id}.lock"));
        let file = File::options().create(true).write(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(DeliveryLock { path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for DeliveryLock {
    fn drop(&mut self) {
        // Whoever opened the file before finds its row changed.
        drop(std::fs::remove_file(&self.path));
    }
}

/// Starts the process for one attempt and waits for its end. It goes on where the daemon ends. False where no attempt was made, since the configuration that it reads anew has
/// faults.
pub(super) fn start(settings: &Settings, data_dir: &Path, id: i64, attempt: u32) -> std::io::Result<bool> {
    use std::os::unix::process::CommandExt;
    // The link leads to the running program, whatever an upgrade has put in its place.
    let own = Path::new("/proc/self/exe");
    let program = if own.exists() { own.to_owned() } else { std::env::current_exe()? };
    let mut command = Command::new(program);
    if let Some(source) = &settings.source {
        command.arg("--config").arg(source);
    }
    command.arg("--data-dir").arg(data_dir).args([
        "outbox",
        "send",
        &id.to_string(),
        "--attempt",
        &attempt.to_string(),
    ]);
    // Interrupt from a terminal is for the daemon.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).process_group(0).status()?;
    match status.code() {
        Some(0) => Ok(true),
        Some(BAD_CONFIG) => Ok(false),
        _ => Err(std::io::Error::other(format!("the process for it ended with {status}"))),
    }
}

/// Makes the attempt that `start` asks for, and keeps what came of it. Nothing is done where somebody else is at it, or where the row has moved on.
///
/// # Errors
/// Where the store cannot be read, or what came of it cannot be kept.
pub fn send(settings: &Settings, data_dir: &Path, id: i64, attempt: u32) -> anyhow::Result<()> {
    let Some(_lock) = DeliveryLock::take(data_dir, id)? else { return Ok(()) };
    let database = data_dir.join(Store::FILE_NAME);
    let row = Store::open_read_only(&database)?.delivery(id)?;
    let Some(row) = row.filter(|row| row.state == OutboxState::Sending && row.attempts == attempt) else {
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sent = runtime.block_on(async {
        // A stop of the service lets the conversation come to its end, within the time that systemd gives.
        let _signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()));
        deliver(settings, &database, &row).await
    });
    runtime.shutdown_background();
    let now = clock::now();
    for round in 1.. {
        match keep(settings, &database, &row, &sent, now) {
            Ok(()) => break,
            Err(error) if round == KEEP_ATTEMPTS => return Err(error),
            Err(error) => error!(%error, delivery = id, "what came of a delivery could not be kept; trying again"),
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}

async fn deliver(settings: &Settings, database: &Path, row: &OutboxRow) -> Result<(), Refusal> {
    let refused = |reason: String, is_permanent| Refusal {
        reason,
        is_permanent,
        is_in_doubt: false,
        retry_after: None,
        parts_done: row.parts_done,
    };
    let passing = |error: &dyn std::fmt::Display| refused(error.to_string(), false);
    let recipient = settings.recipients.iter().find(|recipient| recipient.name == row.recipient);
    let missing = || refused(format!("the configuration has no [[recipient]] named `{}`", row.recipient), false);
    let recipient = recipient.ok_or_else(missing)?;
    let content = content(database, row).map_err(|error| passing(&error))?;
    let parcel = Parcel {
        cadence: row.cadence.clone(),
        period: row.period.clone(),
        created_at: row.created_at,
        attempted_at: clock::now(),
        parts_done: row.parts_done,
        content: content.ok_or_else(|| refused("what was to be delivered is not in the store".to_owned(), true))?,
    };
    let courier = Courier::new(&settings.poller.client(), &settings.delivery).map_err(|error| passing(&error))?;
    courier.send(recipient, &parcel).await
}

fn keep(
    settings: &Settings,
    database: &Path,
    row: &OutboxRow,
    sent: &Result<(), Refusal>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut store = Store::open(database)?;
    let (recipient, period, attempts) = (&row.recipient, &row.period, row.attempts);
    let Err(refusal) = sent else {
        store.delivered(row.id, now)?;
        info!(recipient, period, "delivered");
        return Ok(());
    };
    let next = settings.delivery.backoff.next(attempts, row.since, now, refusal.retry_after, rand::random());
    let next = next.filter(|_| !refusal.is_permanent);
    let Refusal { reason, is_in_doubt, parts_done, .. } = refusal;
    store.delivery_failed(
        row.id,
        &FailedAttempt { reason, next_attempt_at: next, is_in_doubt: *is_in_doubt, parts_done: *parts_done },
    )?;
    match next {
        Some(next) => warn!(recipient, period, reason, attempts, %next, "not delivered"),
        None => error!(
            recipient,
            period, reason, attempts, "not delivered, and not tried again; see `kazbek outbox list --dead`"
        ),
    }
    Ok(())
}

/// What a row delivers; none where it is gone.
fn content(database: &Path, row: &OutboxRow) -> anyhow::Result<Option<Content>> {
    if let Some(payload) = &row.payload {
        return Ok(Some(Content::Alert(serde_json::from_str(payload)?)));
    }
    let all = [Cadence::Day, Cadence::Week, Cadence::Month, Cadence::Year];
    let Some(cadence) = all.into_iter().find(|cadence| cadence.as_str() == row.cadence) else { return Ok(None) };
    let Some(frozen) = Store::open_read_only(database)?.issue(cadence, &row.period)? else { return Ok(None) };
    let json = frozen.json.clone();
    Ok(Some(Content::Issue(Box::new(issue::Issue::frozen(frozen)?.digest), json)))
}
