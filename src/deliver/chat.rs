//! Chat services: a topic of ntfy, incoming webhooks in Slack's format, and a Telegram bot.

use serde_json::json;

use super::http::{chat_parts, json_post};
use super::message;
use super::message::{Message, Unit};
use crate::http::Post;
use crate::poller::Secret;

/// Most bytes of one message: ntfy turns longer ones into attachments.
const NTFY_LIMIT: usize = 4_096;

/// A topic of an ntfy server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NtfyOptions {
    /// The topic's address.
    pub url: Secret,
    /// An access token.
    pub token: Option<Secret>,
    /// Whether the address may be a private one.
    pub allow_private_addresses: bool,
}

impl NtfyOptions {
    /// Returns the requests of a message.
    pub(super) fn posts(&self, message: &Message) -> Vec<Post> {
        let mut headers = vec![
            ("Content-Type".to_owned(), "text/plain; charset=utf-8".to_owned()),
            ("X-Title".to_owned(), encoded_word(&message::subject(message))),
        ];
        headers.extend(self.token.as_ref().map(|token| ("Authorization".to_owned(), format!("Bearer {}", token.0))));
        let post = |text: String| Post {
            url: self.url.0.clone(),
            headers: headers.clone(),
            body: text.into_bytes(),
            allow_private_addresses: self.allow_private_addresses,
        };
        chat_parts(message, NTFY_LIMIT, Unit::Byte, |text| text).into_iter().map(post).collect()
    }
}

/// Encodes a text that is not ASCII for an HTTP header as ntfy reads it: as an encoded word of RFC 2047.
fn encoded_word(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let quoted: String = text
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("={byte:02X}"),
        })
        .collect();
    format!("=?UTF-8?Q?{quoted}?=")
}

/// Most UTF-16 units of one message to Slack, Mattermost or Rocket.Chat: Slack's own limits are higher, and older
/// versions of the others take 4,000.
const SLACK_LIMIT: usize = 3_000;

/// Most UTF-16 units of one message to Discord, in Slack's format as well.
const DISCORD_LIMIT: usize = 2_000;

/// An incoming webhook of a chat service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackOptions {
    /// Its address, which is a secret.
    pub url: Secret,
    /// Whether the address may be a private one.
    pub allow_private_addresses: bool,
}

impl SlackOptions {
    /// Returns the requests of a message.
    pub(super) fn posts(&self, message: &Message) -> Vec<Post> {
        let post = |text: String| {
            let body = json!({ "text": text, "unfurl_links": false });
            json_post(self.address(), &body, self.allow_private_addresses)
        };
        let limit = if self.is_discord() { DISCORD_LIMIT } else { SLACK_LIMIT };
        // What counts is what is sent, with its escapes.
        chat_parts(message, limit, Unit::Utf16, |text| escaped(&text)).into_iter().map(post).collect()
    }

    /// Returns whether the webhook is one of Discord, which takes Slack's format at an address that ends in `/slack`.
    fn is_discord(&self) -> bool {
        url::Url::parse(&self.url.0).is_ok_and(|url| takes_slack_format(&url) || is_at_discord(&url))
    }

    /// Returns where messages are sent. The address that Discord shows takes its own format only, so `/slack` is added.
    pub(super) fn address(&self) -> String {
        match url::Url::parse(&self.url.0) {
            Ok(mut url) if is_at_discord(&url) && !takes_slack_format(&url) => {
                url.set_path(&format!("{}/slack", url.path().trim_end_matches('/')));
                url.into()
            }
            _ => self.url.0.clone(),
        }
    }
}

fn takes_slack_format(url: &url::Url) -> bool {
    url.path().trim_end_matches('/').ends_with("/slack")
}

fn is_at_discord(url: &url::Url) -> bool {
    let is_host = |host: &str| {
        matches!(host, "discord.com" | "discordapp.com")
            || host.ends_with(".discord.com")
            || host.ends_with(".discordapp.com")
    };
    url.host_str().is_some_and(is_host)
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

/// Most UTF-16 units of one message.
const TELEGRAM_LIMIT: usize = 4_096;

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

impl TelegramOptions {
    /// Returns the requests of a message.
    pub(super) fn posts(&self, message: &Message) -> Vec<Post> {
        let url = format!("{}/bot{}/sendMessage", self.url.trim_end_matches('/'), self.token.0);
        let post = |text: String| {
            let body = json!({ "chat_id": self.chat, "text": text, "link_preview_options": { "is_disabled": true } });
            json_post(url.clone(), &body, self.allow_private_addresses)
        };
        chat_parts(message, TELEGRAM_LIMIT, Unit::Utf16, |text| text).into_iter().map(post).collect()
    }
}
