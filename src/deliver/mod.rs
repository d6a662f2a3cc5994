//! Delivering issues and alerts: into a folder, by mail, to webhooks and to chat services.
//!
//! Owns `lettre` and the requests of each transport; HTTP goes through [`http`](crate::http). Knows nothing of
//! the outbox: one [`Sender::send`] is one attempt, and the caller records how it ended. What is sent is made from the
//! [`Message`] alone, so that a second attempt sends the same bytes; only a webhook's timestamp and signature differ.

mod attempt;
mod backoff;
mod chat;
mod file;
mod http;
mod message;
mod options;
mod smtp;
mod smtp_stream;
#[cfg(test)]
mod tests;
mod webhook;

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use crate::http::{ClientError, ClientOptions, Post, Poster};

pub use attempt::DeliveryError;
pub(crate) use attempt::{next_after_failure, next_after_interruption};
pub(crate) use backoff::Backoff;
pub(crate) use chat::{NtfyOptions, SlackOptions, TelegramOptions};
pub(crate) use file::FileOptions;
pub use message::{Content, Message};
pub use options::{DeliveryOptions, Recipient, Transport, mailbox};
pub(crate) use options::{ascii_domain, header_url, is_one_line};
pub(crate) use smtp::fault_of_ca;
pub use smtp::{SmtpOptions, Tls};
pub(crate) use webhook::WebhookOptions;

/// Makes attempts at deliveries: [`Sender`], or a stand-in in tests.
pub trait Deliver: fmt::Debug + Send + Sync {
    /// Makes one attempt, like [`Sender::send`].
    fn deliver<'a>(
        &'a self,
        recipient: &'a Recipient,
        message: Message,
        parts_done: &'a AtomicU32,
    ) -> Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>>;
}

impl Deliver for Sender {
    fn deliver<'a>(
        &'a self,
        recipient: &'a Recipient,
        message: Message,
        parts_done: &'a AtomicU32,
    ) -> Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>> {
        Box::pin(self.send(recipient, message, parts_done))
    }
}

/// Sends messages to recipients.
#[derive(Debug)]
pub struct Sender {
    poster: Poster,
    timeout: Duration,
}

impl Sender {
    /// Returns a sender whose HTTP requests go through a client with these options.
    ///
    /// # Errors
    /// Returns an error if the options name a proxy whose address is invalid.
    pub fn new(client: &ClientOptions, options: &DeliveryOptions) -> Result<Sender, ClientError> {
        Ok(Sender { poster: Poster::new(client)?, timeout: Duration::from_secs(options.timeout_secs) })
    }

    /// Makes one attempt to deliver a message. Every wait in it has a deadline, so it ends.
    ///
    /// `parts_done` counts the parts of the message that the recipient's service has accepted, in this attempt and in
    /// earlier ones. An attempt skips those parts and counts up as it goes, so the count is right however it ends.
    ///
    /// # Errors
    /// Returns why the message was not delivered.
    pub async fn send(
        &self,
        recipient: &Recipient,
        message: Message,
        parts_done: &AtomicU32,
    ) -> Result<(), DeliveryError> {
        let to = recipient.clone();
        // Rendering takes time, and writing files waits for the disk.
        let prepared = tokio::task::spawn_blocking(move || prepare(&to, &message)).await;
        let failed = |error| format!("composing the message failed inside kazbek: {error}; please report it");
        match prepared.map_err(|error| DeliveryError::temporary(failed(error)))?? {
            Prepared::Delivered => Ok(()),
            Prepared::Mail(options, mail) => smtp::send(options, *mail, self.timeout).await,
            Prepared::Posts(posts) => http::send(&self.poster, posts, parts_done, self.timeout).await,
        }
    }
}

/// What is left to do for a message once it is composed.
enum Prepared {
    /// Nothing.
    Delivered,
    Mail(Box<SmtpOptions>, Box<lettre::Message>),
    Posts(Vec<Post>),
}

fn prepare(recipient: &Recipient, message: &Message) -> Result<Prepared, DeliveryError> {
    Ok(match &recipient.transport {
        Transport::File(options) => {
            file::write(options, message)?;
            Prepared::Delivered
        }
        Transport::Smtp(options) => {
            Prepared::Mail(options.clone(), Box::new(smtp::compose(options, &recipient.name, message)?))
        }
        Transport::Webhook(options) => Prepared::Posts(vec![webhook::post(options, &recipient.name, message)]),
        Transport::Ntfy(options) => Prepared::Posts(options.posts(message)),
        Transport::Telegram(options) => Prepared::Posts(options.posts(message)),
        Transport::Slack(options) => Prepared::Posts(options.posts(message)),
    })
}
