//! Delivering issues and alerts: to a folder, by mail, to webhooks and chat services.
//!
//! Owns `lettre` and what each transport wants said; HTTP goes through [`http`](crate::http). Knows nothing of the outbox: one [`Courier::send`] is one
//! attempt, and what came of it is the caller's to keep. Everything that is sent is made from the parcel alone; but for a webhook's timestamp and signature, a
//! second attempt sends the same bytes.

mod backoff;
mod brief;
mod file;
mod http;
mod mail;
mod mail_page;
mod options;
mod smtp;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;

pub use backoff::Backoff;
pub use options::{
    ChatOptions, DeliveryOptions, FileOptions, NtfyOptions, Recipient, SmtpOptions, TelegramOptions, Tls, Transport,
    WebhookOptions, is_one_line, mailbox,
};

use crate::alert::Alert;
use crate::digest::Digest;
use crate::http::{ClientError, ClientOptions, Poster};

/// What is sent.
#[derive(Clone, Debug)]
pub enum Content {
    /// A frozen issue: its values, and its JSON as it was written.
    Issue(Box<Digest>, String),
    /// An alert.
    Alert(Alert),
}

/// One delivery.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// `day`, `week`, `month`, `year`, or `alert`.
    pub cadence: String,
    /// The label of the issue's period, or the key of the alert.
    pub period: String,
    /// When it was written; the date that it bears at every attempt.
    pub created_at: Timestamp,
    /// The time of this attempt, which only a webhook's signature bears.
    pub attempted_at: Timestamp,
    /// Parts that an earlier attempt got through, where the transport sends in parts.
    pub parts_done: u32,
    /// What is sent.
    pub content: Content,
}

impl Parcel {
    /// The same for every attempt at one delivery, and another for every other: 128 bits of XXH3 over recipient, cadence and period, in hexadecimal.
    pub fn key(&self, recipient: &str) -> String {
        let text = format!("delivery/1\0{recipient}\0{}\0{}", self.cadence, self.period);
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
    }
}

/// Why an attempt did not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, for a person; without secrets.
    pub reason: String,
    /// Whether trying again is of no use.
    pub is_permanent: bool,
    /// Whether it may have been taken all the same.
    pub is_in_doubt: bool,
    /// How long the other side wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Parts that got through, those of earlier attempts included.
    pub parts_done: u32,
}

impl Refusal {
    /// A failure that may pass.
    fn passing(reason: impl Into<String>) -> Refusal {
        Refusal { reason: reason.into(), is_permanent: false, is_in_doubt: false, retry_after: None, parts_done: 0 }
    }

    /// A failure that stays.
    fn permanent(reason: impl Into<String>) -> Refusal {
        Refusal { is_permanent: true, ..Refusal::passing(reason) }
    }

    fn in_doubt(reason: impl Into<String>) -> Refusal {
        Refusal { is_in_doubt: true, ..Refusal::passing(reason) }
    }
}

/// Sends parcels.
#[derive(Debug)]
pub struct Courier {
    poster: Poster,
    timeout: Duration,
}

impl Courier {
    /// A courier.
    ///
    /// # Errors
    /// Where the HTTP client's options make no sense.
    pub fn new(client: &ClientOptions, options: &DeliveryOptions) -> Result<Courier, ClientError> {
        Ok(Courier { poster: Poster::new(client)?, timeout: Duration::from_secs(options.timeout_secs) })
    }

    /// Makes one attempt. It ends: every wait has a deadline.
    ///
    /// # Errors
    /// Why it was not delivered.
    pub async fn send(&self, recipient: &Recipient, parcel: &Parcel) -> Result<(), Refusal> {
        match &recipient.transport {
            Transport::File(options) => {
                let (options, parcel) = (options.clone(), parcel.clone());
                let written = tokio::task::spawn_blocking(move || file::write(&options, &parcel)).await;
                written.map_err(|error| Refusal::passing(format!("writing failed inside kazbek: {error}")))?
            }
            Transport::Smtp(options) => smtp::send(options, &recipient.name, parcel, self.timeout).await,
            transport => http::send(&self.poster, transport, &recipient.name, parcel, self.timeout).await,
        }
    }
}
