//! Incoming webhooks in Slack's format.

use serde_json::json;

use super::http::{chat_parts, json_post};
use crate::deliver::message::Message;
use crate::http::Post;
use crate::poller::Secret;

/// Most UTF-16 units of one message, with some room for escapes.
const LIMIT: usize = 3_000;

/// An incoming webhook of a chat service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackOptions {
    /// Its address, which is a secret.
    pub url: Secret,
    /// Whether the address may be a private one.
    pub allow_private_addresses: bool,
}

/// Returns the requests of a message.
pub(in super::super) fn posts(options: &SlackOptions, message: &Message) -> Vec<Post> {
    let post = |text: String| {
        let body = json!({ "text": escaped(&text), "unfurl_links": false });
        json_post(options.url.0.clone(), &body, options.allow_private_addresses)
    };
    chat_parts(message, LIMIT).into_iter().map(post).collect()
}

/// Escapes a text so that nothing a publisher wrote acts in the chat. Slack's three control characters become entities.
/// A zero-width space breaks what Mattermost, Rocket.Chat and Discord would act on: a call to everyone (`@channel`,
/// `@everyone`), and a link or picture hidden under other words (`[words](address)`).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let is_address = word.starts_with("https://") || word.starts_with("http://");
        let word = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        match is_address {
            true => out.push_str(&word.replace("](", "]%28")),
            false => out.push_str(&word.replace('@', "@\u{200b}").replace("](", "]\u{200b}(")),
        }
    }
    out
}
