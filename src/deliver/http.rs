//! One attempt over HTTP: webhooks and chat services.

use std::time::Duration;

use ring::hmac;
use serde_json::{Value, json};

use super::{Content, Parcel, Refusal, Transport, brief};
use crate::http::{Answer, Post, PostError, Poster};
use crate::poller::Secret;

/// UTF-16 units of one message: the limits of Telegram, and of Slack and ntfy with some room.
const TELEGRAM_UNITS: usize = 4_096;
const SLACK_UNITS: usize = 3_000;
/// ntfy turns more than 4,096 bytes into an attachment; a letter of any script has up to three bytes a unit.
const NTFY_UNITS: usize = 1_300;

/// Parts of one delivery at most; a chat is no place for a longer text.
const PARTS: usize = 8;

/// Between two parts: Telegram takes about one message a second for a chat.
const BETWEEN_PARTS: Duration = Duration::from_millis(1_100);

/// Sends one parcel, in as many parts as its service wants, those left out that an earlier attempt got through.
pub(super) async fn send(
    poster: &Poster,
    transport: &Transport,
    recipient: &str,
    parcel: &Parcel,
    timeout: Duration,
) -> Result<(), Refusal> {
    let posts = posts(transport, recipient, parcel);
    let done = parcel.parts_done as usize;
    for (place, post) in posts.into_iter().enumerate().skip(done) {
        if place > done {
            tokio::time::sleep(BETWEEN_PARTS).await;
        }
        let parts_done = u32::try_from(place).unwrap_or(u32::MAX);
        let judged = judge(poster.post(post, timeout).await);
        judged.map_err(|refusal| Refusal { parts_done, ..refusal })?;
    }
    Ok(())
}

/// What an answer says of the delivery.
pub(super) fn judge(answer: Result<Answer, PostError>) -> Result<(), Refusal> {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => {
            let text: String = crate::text::sanitize::plain(&answer.text).chars().take(200).collect();
            let refusal = Refusal::passing(format!("the server answered {}: {text}", answer.status));
            // 401, 403 and 404 are an operator's to mend, and redirects as well: trying goes on for the days that there are.
            let is_permanent = matches!(answer.status, 400 | 405 | 410 | 411 | 413 | 414 | 415 | 422);
            let retry_after = answer.retry_after.or_else(|| retry_after_in(&answer.text));
            Err(Refusal { is_permanent, retry_after, ..refusal })
        }
        Err(PostError::Refused(reason)) => Err(Refusal::permanent(reason)),
        Err(PostError::Unsent(reason)) => Err(Refusal::passing(reason)),
        Err(PostError::Unanswered(reason)) => Err(Refusal::in_doubt(reason)),
    }
}

/// The wait that Telegram asks for in the body of an answer (`ResponseParameters.retry_after` of its Bot API), in seconds.
fn retry_after_in(text: &str) -> Option<Duration> {
    let answer: Value = serde_json::from_str(text).ok()?;
    answer.pointer("/parameters/retry_after")?.as_u64().map(Duration::from_secs)
}

/// The requests of a parcel.
pub(super) fn posts(transport: &Transport, recipient: &str, parcel: &Parcel) -> Vec<Post> {
    let texts = |units: usize| brief::bounded_parts(&brief::text(parcel), units, PARTS);
    match transport {
        Transport::Webhook(options) => {
            let body = webhook_body(recipient, parcel);
            let mut headers = json_headers();
            headers.push(("Idempotency-Key".to_owned(), parcel.key(recipient)));
            let timestamp = parcel.attempted_at.as_second().to_string();
            headers.push(("X-Kazbek-Timestamp".to_owned(), timestamp.clone()));
            if let Some(secret) = &options.secret {
                headers.push((
                    "X-Kazbek-Signature".to_owned(),
                    format!("sha256={}", signature(secret, &timestamp, &body)),
                ));
            }
            let url = options.url.0.clone();
            vec![Post { url, headers, body, allow_private_addresses: options.allow_private_addresses }]
        }
        Transport::Ntfy(options) => {
            let authorization = options.token.as_ref().map(|token| format!("Bearer {}", token.0));
            let post = |text: String| {
                let mut headers = vec![("Content-Type".to_owned(), "text/plain; charset=utf-8".to_owned())];
                headers.push(("X-Title".to_owned(), encoded_word(&brief::subject(parcel))));
                headers.extend(authorization.clone().map(|value| ("Authorization".to_owned(), value)));
                let url = options.url.0.clone();
                Post { url, headers, body: text.into_bytes(), allow_private_addresses: options.allow_private_addresses }
            };
            texts(NTFY_UNITS).into_iter().map(post).collect()
        }
        Transport::Telegram(options) => {
            let url = format!("{}/bot{}/sendMessage", options.url.trim_end_matches('/'), options.token.0);
            let post = |text: String| {
                let body =
                    json!({ "chat_id": options.chat, "text": text, "link_preview_options": { "is_disabled": true } });
                json_post(url.clone(), &body, options.allow_private_addresses)
            };
            texts(TELEGRAM_UNITS).into_iter().map(post).collect()
        }
        Transport::Slack(options) => {
            let post = |text: String| {
                let body = json!({ "text": slack_escaped(&text), "unfurl_links": false });
                json_post(options.url.0.clone(), &body, options.allow_private_addresses)
            };
            texts(SLACK_UNITS).into_iter().map(post).collect()
        }
        // They have no requests.
        Transport::File(_) | Transport::Smtp(_) => Vec::new(),
    }
}

fn json_headers() -> Vec<(String, String)> {
    vec![("Content-Type".to_owned(), "application/json".to_owned())]
}

fn json_post(url: String, body: &Value, allow_private_addresses: bool) -> Post {
    Post { url, headers: json_headers(), body: body.to_string().into_bytes(), allow_private_addresses }
}

fn webhook_body(recipient: &str, parcel: &Parcel) -> Vec<u8> {
    let (kind, content) = match &parcel.content {
        Content::Issue(_, json) => ("issue", serde_json::from_str(json).unwrap_or(Value::Null)),
        Content::Alert(alert) => ("alert", serde_json::to_value(alert).unwrap_or(Value::Null)),
    };
    let body = json!({
        "kind": kind,
        "id": parcel.key(recipient),
        "recipient": recipient,
        "cadence": parcel.cadence,
        "period": parcel.period,
        "created_at": parcel.created_at.to_string(),
        "subject": brief::subject(parcel),
        kind: content,
    });
    body.to_string().into_bytes()
}

/// HMAC-SHA256 (RFC 2104) over the timestamp, a full stop and the body, in hexadecimal.
pub(super) fn signature(secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.0.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(timestamp.as_bytes());
    context.update(b".");
    context.update(body);
    context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as it may stand in an HTTP header: words of RFC 2047 where it is not ASCII, which ntfy reads.
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

/// A text for a service that takes Slack's form: its three control characters escaped, and nothing left of a publisher's words by which Mattermost, Rocket.Chat or
/// Discord would call everybody (`@channel`, `@everyone`), hide an address behind other words or fetch a picture (`[words](address)`): a space without width parts the signs.
fn slack_escaped(text: &str) -> String {
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
