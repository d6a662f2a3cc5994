//! The requests of one attempt over HTTP, and what the answers mean.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::attempt::DeliveryError;
use super::message;
use super::message::{Message, Unit};
use crate::http::{Answer, Post, PostError, Poster};

/// The most messages of one delivery to a chat.
const PARTS: usize = 8;

/// The pause between two parts: Telegram accepts about one message a second in a chat.
const BETWEEN_PARTS: Duration = Duration::from_millis(1_100);

/// Sends the requests of a message in order, except those that `parts_done` says were accepted before; counts it up.
pub(super) async fn send(
    poster: &Poster,
    posts: Vec<Post>,
    parts_done: &AtomicU32,
    timeout: Duration,
) -> Result<(), DeliveryError> {
    let done = parts_done.load(Ordering::Relaxed) as usize;
    for (place, post) in posts.into_iter().enumerate().skip(done) {
        if place > done {
            tokio::time::sleep(BETWEEN_PARTS).await;
        }
        judge(poster.post(post, timeout).await)?;
        parts_done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Returns what an answer means for the delivery.
pub(super) fn judge(answer: Result<Answer, PostError>) -> Result<(), DeliveryError> {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => {
            let text: String = crate::text::sanitize::plain(&answer.text).chars().take(200).collect();
            // An operator can correct what causes 401, 403, 404 or a redirect, so these are tried again.
            let is_permanent = matches!(answer.status, 400 | 405 | 410 | 411 | 413 | 414 | 415 | 422);
            let retry_after = answer.retry_after.or_else(|| retry_after_in(&answer.text));
            let error = DeliveryError::temporary(format!("the server answered {}: {text}", answer.status));
            Err(DeliveryError { is_permanent, retry_after, ..error })
        }
        Err(PostError::Refused(reason)) => Err(DeliveryError::permanent(reason)),
        Err(PostError::Unsent(reason)) => Err(DeliveryError::temporary(reason)),
        Err(PostError::Unanswered(reason)) => Err(DeliveryError::in_doubt(reason)),
    }
}

/// Reads the wait in seconds that Telegram asks for in the body of an answer (`ResponseParameters.retry_after`).
fn retry_after_in(text: &str) -> Option<Duration> {
    let answer: Value = serde_json::from_str(text).ok()?;
    answer.pointer("/parameters/retry_after")?.as_u64().map(Duration::from_secs)
}

/// Cuts a message into chat messages of at most `limit` units each, as `written` writes them for the service.
pub(super) fn chat_parts(
    message: &Message,
    limit: usize,
    unit: Unit,
    written: impl FnOnce(String) -> String,
) -> Vec<String> {
    message::bounded_parts(&written(message::text(message)), limit, unit, PARTS)
}

/// Returns a request with a JSON body.
pub(super) fn json_post(url: String, body: &Value, allow_private_addresses: bool) -> Post {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Post { url, headers, body: body.to_string().into_bytes(), allow_private_addresses }
}
