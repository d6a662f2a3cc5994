//! Telegram: messages of a bot to a chat.

use serde_json::json;

use super::http::{chat_parts, json_post};
use crate::deliver::message::Message;
use crate::http::Post;
use crate::poller::Secret;

/// Most UTF-16 units of one message.
const LIMIT: usize = 4_096;

/// A Telegram bot and a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramOptions {
    /// The address of the bot API.
    pub url: String,
    /// The bot's token.
    pub token: Secret,
    /// The chat: a number or `@channel`.
    pub chat: String,
    /// Whether the address may be a private one.
    pub allow_private_addresses: bool,
}

/// Returns the requests of a message.
pub(in super::super) fn posts(options: &TelegramOptions, message: &Message) -> Vec<Post> {
    let url = format!("{}/bot{}/sendMessage", options.url.trim_end_matches('/'), options.token.0);
    let post = |text: String| {
        let body = json!({ "chat_id": options.chat, "text": text, "link_preview_options": { "is_disabled": true } });
        json_post(url.clone(), &body, options.allow_private_addresses)
    };
    chat_parts(message, LIMIT).into_iter().map(post).collect()
}
