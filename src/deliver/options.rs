//! What the configuration says of recipients.

use std::path::PathBuf;

use lettre::message::Mailbox;

use super::Backoff;
use crate::model::Cadence;
use crate::poller::Secret;
use crate::render::digest::Format;

/// How deliveries are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOptions {
    /// Seconds for a connection, for an answer to a command, and for the whole of one HTTP request. A mail server has ten times that for its answer to the
    /// whole message.
    pub timeout_secs: u64,
    /// Deliveries under way at a time.
    pub concurrency: usize,
    /// The waits between attempts.
    pub backoff: Backoff,
}

impl Default for DeliveryOptions {
    fn default() -> DeliveryOptions {
        DeliveryOptions { timeout_secs: 60, concurrency: 4, backoff: Backoff::default() }
    }
}

/// Who gets what, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The name by which the outbox knows it.
    pub name: String,
    /// The issues that it gets.
    pub cadences: Vec<Cadence>,
    /// How they get there.
    pub transport: Transport,
}

/// How something gets to a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Files in a folder.
    File(FileOptions),
    /// Mail.
    Smtp(Box<SmtpOptions>),
    /// JSON to an address.
    Webhook(WebhookOptions),
    /// A topic of ntfy.
    Ntfy(NtfyOptions),
    /// A chat of Telegram, by a bot.
    Telegram(TelegramOptions),
    /// An incoming webhook in the form of Slack, which Mattermost, Rocket.Chat and Discord (`/slack`) take as well.
    Slack(ChatOptions),
}

/// Files in a folder, each whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOptions {
    /// The folder; it is made where there is none.
    pub folder: PathBuf,
    /// One file each.
    pub formats: Vec<Format>,
}

/// How the connection to a mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (RFC 8314), usually at port 465.
    Implicit,
    /// By STARTTLS (RFC 3207), usually at port 587; a server without it is refused.
    StartTls,
    /// Not at all: for a server on this machine.
    None,
}

/// A mail server and one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpOptions {
    /// Name of the server, which its certificate must bear.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: Tls,
    /// A certificate in PEM that is trusted beside the system's.
    pub ca: Option<Vec<u8>>,
    /// Name and password (PLAIN or LOGIN).
    pub credentials: Option<(String, Secret)>,
    /// Who sends.
    pub from: Mailbox,
    /// Who receives.
    pub to: Mailbox,
    /// `List-Id` (RFC 2919), without the brackets; by default made of the sender's domain.
    pub list_id: String,
    /// `List-Unsubscribe` (RFC 2369): an address of http, https or mailto; empty for none.
    pub list_unsubscribe: String,
}

/// An address that takes JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookOptions {
    /// The address.
    pub url: Secret,
    /// The key that bodies are signed with.
    pub secret: Option<Secret>,
    /// Whether the address may be private.
    pub allow_private_addresses: bool,
}

/// A topic of ntfy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NtfyOptions {
    /// The topic's address.
    pub url: Secret,
    /// An access token.
    pub token: Option<Secret>,
    /// Whether the address may be private.
    pub allow_private_addresses: bool,
}

/// A bot of Telegram and a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramOptions {
    /// Where the bot API is.
    pub url: String,
    /// The bot's token.
    pub token: Secret,
    /// The chat: a number or `@channel`.
    pub chat: String,
    /// Whether the address may be private.
    pub allow_private_addresses: bool,
}

/// An incoming webhook of a chat service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatOptions {
    /// Its address, which is a secret.
    pub url: Secret,
    /// Whether the address may be private.
    pub allow_private_addresses: bool,
}

/// Whether a text can stand in a header: one line, no control character.
pub fn is_one_line(text: &str) -> bool {
    !text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'))
}

/// Reads an address of mail, with or without a name: `kazbek@example.org`, `kazbek <kazbek@example.org>`.
///
/// # Errors
/// Why it is none, for a person.
pub fn mailbox(text: &str) -> Result<Mailbox, String> {
    if !is_one_line(text) {
        return Err("an address of mail must stand on one line".to_owned());
    }
    text.parse().map_err(|error| format!("`{text}` is no address of mail: {error}"))
}
