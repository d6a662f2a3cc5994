//! The results of fetches: what a feed answered, and the last of its answers.

use jiff::Timestamp;
use rusqlite::params;

use super::encoding::time;
use super::error::StoreError;
use super::handle::Reader;
use super::transaction::WriteTransaction;
use crate::model::PollState;
use crate::text::sanitize::without_passwords;

/// How many fetches of each feed are remembered.
pub(super) const EVENTS_KEPT: i64 = 30;

/// One remembered fetch.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FetchEvent {
    /// When it was fetched.
    pub at: Timestamp,
    /// The status word, see docs/operations.md.
    pub status: String,
    /// Size of the body after decompression.
    pub size_bytes: i64,
    /// Items in the feed.
    pub items_seen: i64,
    /// Items new to the store.
    pub items_new: i64,
    /// What went wrong, in words for the user.
    pub reason: Option<String>,
}

/// What came with a body, to be sent back with the next request.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredValidators<'a> {
    /// `ETag`, verbatim.
    pub etag: Option<&'a str>,
    /// `Last-Modified`, verbatim.
    pub last_modified: Option<&'a str>,
    /// Hash of the body.
    pub body_hash: Option<&'a [u8]>,
}

/// The result of one fetch of one feed, to be stored together with its items.
#[derive(Clone, Debug)]
pub struct FetchResult<'a> {
    /// Id of the feed.
    pub feed_id: i64,
    /// When it was fetched.
    pub at: Timestamp,
    /// The status word, see docs/operations.md.
    pub status: &'a str,
    /// What went wrong, in words for the user.
    pub reason: Option<&'a str>,
    /// Whether the feed answered as a feed.
    pub is_success: bool,
    /// Whether it failed through no fault of the feed, whose failures are then not counted.
    pub is_our_fault: bool,
    /// Bytes of the body after decompression.
    pub size_bytes: u64,
    /// Items in the feed.
    pub items_seen: usize,
    /// Items new to the store.
    pub items_new: usize,
    /// Items new to the feed that another feed had already.
    pub duplicates: usize,
    /// Whether it shares no item with the fetch before.
    pub is_rollover: bool,
    /// The new validators; none keeps the old ones.
    pub validators: Option<StoredValidators<'a>>,
    /// What the schedule has learnt.
    pub poll_state: &'a PollState,
    /// When the feed is due again.
    pub next_due_at: Timestamp,
}

impl Reader {
    /// Returns the remembered fetches of a feed, newest first.
    pub fn fetch_events(&self, feed_id: i64) -> Result<Vec<FetchEvent>, StoreError> {
        // The newest fetch is in the slot (polls - 1) modulo the length of the ring.
        let sql = "SELECT at, status, size_bytes, items_seen, items_new, reason FROM fetch_events WHERE feed_id = ?1 \
            ORDER BY ((SELECT polls FROM feeds WHERE id = ?1) - 1 - slot) % ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![feed_id, EVENTS_KEPT], |row| {
            Ok(FetchEvent {
                at: time(row.get(0)?),
                status: row.get(1)?,
                size_bytes: row.get(2)?,
                items_seen: row.get(3)?,
                items_new: row.get(4)?,
                reason: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTransaction<'_> {
    /// Stores the result of a fetch: validators, health, next due time and event. It belongs in the transaction that
    /// stores the items of the fetch.
    pub fn finish_fetch(&mut self, result: &FetchResult<'_>) -> Result<(), StoreError> {
        let at = result.at.as_second();
        let reason = result.reason.map(without_passwords);
        let poll_state = serde_json::to_string(result.poll_state).unwrap_or_default();
        let sql = "UPDATE feeds SET rhythm = ?2, next_due_at = ?3, polls = polls + 1, last_poll_at = ?4, last_status = ?5, \
            last_reason = ?6, failures = CASE WHEN ?7 THEN 0 ELSE failures + ?9 END, \
            last_success_at = CASE WHEN ?7 THEN ?4 ELSE last_success_at END, rollovers = rollovers + ?8 \
            WHERE id = ?1 RETURNING polls";
        let polls: i64 = self.connection.prepare_cached(sql)?.query_row(
            params![
                result.feed_id,
                poll_state,
                result.next_due_at.as_second(),
                at,
                result.status,
                reason,
                result.is_success,
                result.is_rollover,
                !result.is_our_fault,
            ],
            |row| row.get(0),
        )?;
        if let Some(StoredValidators { etag, last_modified, body_hash }) = result.validators {
            self.connection
                .prepare_cached("UPDATE feeds SET etag = ?2, last_modified = ?3, body_hash = ?4 WHERE id = ?1")?
                .execute(params![result.feed_id, etag, last_modified, body_hash])?;
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let sql = "INSERT INTO feed_days (day, feed_id, polls, successes, items_seen, items_new, duplicates, rollovers, failure) \
            VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (day, feed_id) DO UPDATE SET polls = polls + 1, \
            successes = successes + excluded.successes, items_seen = max(items_seen, excluded.items_seen), \
            items_new = items_new + excluded.items_new, duplicates = duplicates + excluded.duplicates, \
            rollovers = rollovers + excluded.rollovers, failure = coalesce(excluded.failure, failure)";
        // A day's polls and failures are about the feed.
        if !result.is_our_fault {
            self.connection.prepare_cached(sql)?.execute(params![
                at.div_euclid(86_400),
                result.feed_id,
                result.is_success,
                count(result.items_seen),
                count(result.items_new),
                count(result.duplicates),
                result.is_rollover,
                if result.is_success { None } else { reason.as_deref().or(Some(result.status)) },
            ])?;
        }
        let sql = "INSERT OR REPLACE INTO fetch_events (feed_id, slot, at, status, size_bytes, items_seen, items_new, reason) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.connection.prepare_cached(sql)?.execute(params![
            result.feed_id,
            (polls - 1) % EVENTS_KEPT,
            at,
            result.status,
            i64::try_from(result.size_bytes).unwrap_or(i64::MAX),
            count(result.items_seen),
            count(result.items_new),
            reason,
        ])?;
        Ok(())
    }
}
