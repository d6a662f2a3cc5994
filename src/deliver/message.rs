//! What is delivered: an issue or an alert, with everything that its bytes are made from.

use jiff::Timestamp;

use crate::alert::Alert;
use crate::digest::Digest;

/// The content of a message.
#[derive(Clone, Debug)]
pub enum Content {
    /// A frozen issue: its values, and its JSON as it was first written.
    Issue(Box<Digest>, String),
    /// An alert.
    Alert(Alert),
}

/// One message to one recipient.
#[derive(Clone, Debug)]
pub struct Message {
    /// `day`, `week`, `month`, `year` or `alert`.
    pub cadence: String,
    /// The label of the issue's period, or the key of the alert.
    pub period: String,
    /// When it was put into the outbox: the date of a mail, the same at each attempt.
    pub created_at: Timestamp,
    /// When this attempt began; only a webhook's timestamp and signature depend on it.
    pub attempted_at: Timestamp,
    /// Its content.
    pub content: Content,
}

impl Message {
    /// Returns a key that is the same for all attempts at one delivery and differs from that of every other delivery:
    /// 128 bits of XXH3 over recipient, cadence and period, in hexadecimal.
    pub fn key(&self, recipient: &str) -> String {
        let text = format!("delivery/1\0{recipient}\0{}\0{}", self.cadence, self.period);
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
    }
}
