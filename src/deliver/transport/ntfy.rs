//! ntfy: plain text to a topic.

use super::http::chat_parts;
use crate::deliver::brief;
use crate::deliver::message::Message;
use crate::http::Post;
use crate::poller::Secret;

/// Most UTF-16 units of one message. ntfy turns more than 4,096 bytes into an attachment, and a unit has up to three.
const LIMIT: usize = 1_300;

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

/// Returns the requests of a message.
pub(in super::super) fn posts(options: &NtfyOptions, message: &Message) -> Vec<Post> {
    let mut headers = vec![
        ("Content-Type".to_owned(), "text/plain; charset=utf-8".to_owned()),
        ("X-Title".to_owned(), encoded_word(&brief::subject(message))),
    ];
    headers.extend(options.token.as_ref().map(|token| ("Authorization".to_owned(), format!("Bearer {}", token.0))));
    let post = |text: String| Post {
        url: options.url.0.clone(),
        headers: headers.clone(),
        body: text.into_bytes(),
        allow_private_addresses: options.allow_private_addresses,
    };
    chat_parts(message, LIMIT).into_iter().map(post).collect()
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
