//! What the configuration says about deliveries and recipients.

use lettre::message::Mailbox;

use super::Backoff;
use super::chat::{NtfyOptions, SlackOptions, TelegramOptions};
use super::file::FileOptions;
use super::smtp::SmtpOptions;
use super::webhook::WebhookOptions;
use crate::model::Cadence;

/// How deliveries are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOptions {
    /// Deadline in seconds of a connection, of the answer to a command, and of a whole HTTP request. A mail server has
    /// ten times that for its answer to the complete message.
    pub timeout_secs: u64,
    /// Attempts in progress at a time.
    pub concurrency: usize,
    /// The waits between attempts.
    pub backoff: Backoff,
}

impl Default for DeliveryOptions {
    fn default() -> DeliveryOptions {
        DeliveryOptions { timeout_secs: 60, concurrency: 4, backoff: Backoff::default() }
    }
}

/// Someone who receives issues or alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The name by which the outbox and the alert rules know the recipient.
    pub name: String,
    /// The issues that the recipient gets; empty for alerts only.
    pub cadences: Vec<Cadence>,
    /// How messages reach the recipient.
    pub transport: Transport,
}

/// How messages reach a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Files in a folder.
    File(FileOptions),
    /// Mail.
    Smtp(Box<SmtpOptions>),
    /// JSON to an address.
    Webhook(WebhookOptions),
    /// A topic of an ntfy server.
    Ntfy(NtfyOptions),
    /// A Telegram chat, through a bot.
    Telegram(TelegramOptions),
    /// An incoming webhook in Slack's format, which Mattermost, Rocket.Chat and Discord (`/slack`) accept too.
    Slack(SlackOptions),
}

/// Returns whether a text fits into a header: one line without control characters.
pub(crate) fn is_one_line(text: &str) -> bool {
    !text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'))
}

/// Reads a mail address with or without a name: `kazbek@example.org`, `kazbek <kazbek@example.org>`.
///
/// # Errors
/// Returns what is wrong with it, for a person.
pub(crate) fn mailbox(text: &str) -> Result<Mailbox, String> {
    if !is_one_line(text) {
        return Err("a mail address must be on one line".to_owned());
    }
    text.parse().map_err(|error| format!("`{text}` is not a mail address: {error}"))
}
