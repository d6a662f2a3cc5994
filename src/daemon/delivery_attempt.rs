//! One attempt at one delivery: the message is read from the store and handed to the recipient's transport.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use jiff::Timestamp;

use crate::app::issue::Issue;
use crate::config::Config;
use crate::deliver::{Content, Deliver, DeliveryError, Message, Recipient};
use crate::poller::Secret;
use crate::store::{OutboxRow, Reader, ReaderPool};

/// One attempt, and what it needs.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) config: Arc<Config>,
    pub(super) readers: ReaderPool,
    pub(super) transport: Arc<dyn Deliver>,
    pub(super) row: OutboxRow,
    pub(super) at: Timestamp,
    /// Parts that were accepted, counted up by the transport.
    pub(super) parts_done: Arc<AtomicU32>,
}

impl Attempt {
    /// Makes the attempt.
    ///
    /// # Errors
    /// Returns why the message was not delivered.
    pub(super) async fn run(self) -> Result<(), DeliveryError> {
        let (row, config, at) = (self.row, self.config, self.at);
        let read = tokio::task::spawn_blocking(move || read(&config, &self.readers, &row, at)).await;
        let failed = |error| format!("reading the message failed inside kazbek: {error}; please report it");
        let (recipient, message) = read.map_err(|error| DeliveryError::temporary(failed(error)))??;
        self.transport.deliver(&recipient, message, &self.parts_done).await
    }
}

/// Reads what a row of the outbox delivers, and to whom.
fn read(
    config: &Config,
    readers: &ReaderPool,
    row: &OutboxRow,
    at: Timestamp,
) -> Result<(Recipient, Message), DeliveryError> {
    let recipient = config.recipients.iter().find(|recipient| recipient.name == row.recipient);
    let missing =
        || DeliveryError::temporary(format!("the configuration has no [[recipient]] named `{}`", row.recipient));
    let recipient = recipient.ok_or_else(missing)?.clone();
    let content = content(readers, row).map_err(|error| DeliveryError::temporary(error.to_string()))?;
    let secret = readers.read(Reader::delivery_secret).map_err(|error| DeliveryError::temporary(error.to_string()))?;
    let missing = || DeliveryError::permanent("what was to be delivered is not in the store any more");
    let message = Message {
        cadence: row.cadence.clone(),
        period: row.period.clone(),
        // An attempt begins by making the secret.
        secret: Secret(secret.unwrap_or_default()),
        created_at: row.created_at,
        attempted_at: at,
        content: content.ok_or_else(missing)?,
    };
    Ok((recipient, message))
}

/// Returns the content of a delivery; none if it has been deleted.
fn content(readers: &ReaderPool, row: &OutboxRow) -> anyhow::Result<Option<Content>> {
    if let Some(payload) = &row.payload {
        return Ok(Some(Content::Alert(serde_json::from_str(payload)?)));
    }
    let Ok(cadence) = row.cadence.parse() else { return Ok(None) };
    let Some(frozen) = readers.read(|store| store.issue(cadence, &row.period))? else { return Ok(None) };
    let json = frozen.json.clone();
    Ok(Some(Content::Issue(Box::new(Issue::frozen(frozen)?.digest), json)))
}
