//! Webhooks: signed JSON to an address.

use ring::hmac;
use serde_json::{Value, json};

use super::http::json_post;
use super::message;
use super::message::{Content, Message};
use crate::http::Post;
use crate::poller::Secret;

/// An address that accepts JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookOptions {
    /// The http or https URL to post to; a secret, because many services put their token into it.
    pub url: Secret,
    /// The key that requests are signed with.
    pub secret: Option<Secret>,
    /// Whether the address may be a private one.
    pub allow_private_addresses: bool,
}

/// Returns the request of a message.
pub(super) fn post(options: &WebhookOptions, recipient: &str, message: &Message) -> Post {
    let key = message.key(recipient);
    let (kind, content) = match &message.content {
        Content::Issue(_, json) => ("issue", serde_json::from_str(json).unwrap_or(Value::Null)),
        Content::Alert(alert) => ("alert", serde_json::to_value(alert).unwrap_or(Value::Null)),
    };
    let body = json!({
        "kind": kind,
        "id": key,
        "recipient": recipient,
        "cadence": message.cadence,
        "period": message.period,
        "created_at": message.created_at.to_string(),
        "subject": message::subject(message),
        kind: content,
    });
    let mut post = json_post(options.url.0.clone(), &body, options.allow_private_addresses);
    let timestamp = message.attempted_at.as_second().to_string();
    post.headers.push(("Idempotency-Key".to_owned(), key));
    post.headers.push(("X-Kazbek-Timestamp".to_owned(), timestamp.clone()));
    if let Some(secret) = &options.secret {
        let signature = format!("sha256={}", signature(secret, &timestamp, &post.body));
        post.headers.push(("X-Kazbek-Signature".to_owned(), signature));
    }
    post
}

/// Returns the HMAC-SHA256 (RFC 2104) of the timestamp, a full stop and the body, in hexadecimal.
pub(super) fn signature(secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.0.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(timestamp.as_bytes());
    context.update(b".");
    context.update(body);
    context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
