//! Issues: digests as they were written, frozen, numbered within their cadence, with the items in them.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::encoding::{self, bounds, time};
use super::error::StoreError;
use super::handle::Reader;
use super::texts::full_text;
use super::transaction::WriteTransaction;
use crate::digest::{Change, IssueItem};
use crate::model::{Cadence, Period};

/// How many issues of a cadence, the newest ones, have their printed titles compared with those of today.
const COMPARED_ISSUES: i64 = 31;

/// An issue that is composed and not yet frozen.
#[derive(Clone, Debug)]
pub struct NewIssue {
    /// The days that it covers.
    pub period: Period,
    /// Its number within its cadence, from [`Reader::issue_number`].
    pub number: u32,
    /// When it was composed.
    pub written_at: Timestamp,
    /// The content hash that it states.
    pub content_hash: String,
    /// Its JSON, as printed.
    pub json: String,
    /// The items in it.
    pub held: Vec<IssueItem>,
    /// Id of the newest item of the store when it was composed.
    pub last_item_id: i64,
}

/// The head of a frozen issue: all but its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssueHead {
    /// Whether it is a daily, weekly, monthly or yearly issue.
    pub cadence: Cadence,
    /// The label of its period: `2026-11-23`, `2026-W48`, `2026-11`, `2026`.
    pub label: String,
    /// Its number within its cadence, from 1 without gaps.
    pub number: u32,
    /// When it was written.
    pub written_at: Timestamp,
    /// The content hash that it states.
    pub content_hash: String,
}

/// An issue of a period that has not ended ends later than this after now, whatever the time zone is.
const AHEAD_SECS: i64 = 86_400;

/// A frozen issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenIssue {
    /// What identifies it: cadence, label, number and hash.
    pub head: IssueHead,
    /// Its JSON, byte for byte as it was written.
    pub json: String,
}

fn head(row: &Row<'_>) -> rusqlite::Result<IssueHead> {
    Ok(IssueHead {
        cadence: encoding::cadence(&row.get::<_, String>(0)?),
        label: row.get(1)?,
        number: row.get(2)?,
        written_at: time(row.get(3)?),
        content_hash: row.get(4)?,
    })
}

fn compress(json: &str) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json.as_bytes())?;
    encoder.finish()
}

fn decompress(body: &[u8]) -> std::io::Result<String> {
    let mut json = String::new();
    GzDecoder::new(body).read_to_string(&mut json)?;
    Ok(json)
}

fn number(connection: &rusqlite::Connection, cadence: Cadence, label: &str) -> Result<u32, StoreError> {
    let sql = "SELECT coalesce((SELECT number FROM issues WHERE cadence = ?1 AND label = ?2), \
        (SELECT coalesce(max(number), 0) + 1 FROM issues WHERE cadence = ?1))";
    Ok(connection.prepare_cached(sql)?.query_row([cadence.as_str(), label], |row| row.get(0))?)
}

impl Reader {
    /// Returns the frozen issue of a period; none if it was not written, or by a kazbek that kept no more than its
    /// hash.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if its content cannot be decompressed.
    pub fn issue(&self, cadence: Cadence, label: &str) -> Result<Option<FrozenIssue>, StoreError> {
        let sql = "SELECT cadence, label, number, written_at, content_hash, body FROM issues \
            WHERE cadence = ?1 AND label = ?2 AND body IS NOT NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row([cadence.as_str(), label], |row| Ok((head(row)?, row.get::<_, Vec<u8>>(5)?)));
        let Some((head, body)) = found.optional()? else { return Ok(None) };
        let damaged = |error| StoreError::Damaged(format!("the {} issue {label}: {error}", cadence.as_str()));
        Ok(Some(FrozenIssue { head, json: decompress(&body).map_err(damaged)? }))
    }

    /// Returns the heads of the frozen issues of a cadence, or of all cadences, newest period first, at most `limit`.
    pub fn issues(&self, cadence: Option<Cadence>, limit: usize) -> Result<Vec<IssueHead>, StoreError> {
        let sql = "SELECT cadence, label, number, written_at, content_hash FROM issues \
            WHERE body IS NOT NULL AND (?1 IS NULL OR cadence = ?1) ORDER BY ends_at DESC, starts_at DESC LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![cadence.map(Cadence::as_str), limit], head)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns whether an issue of this cadence was ever written.
    pub fn has_issues(&self, cadence: Cadence) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM issues WHERE cadence = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([cadence.as_str()], |row| row.get(0))?)
    }

    /// Returns the number that the issue of a period has, or would get now.
    pub fn issue_number(&self, cadence: Cadence, label: &str) -> Result<u32, StoreError> {
        number(&self.connection, cadence, label)
    }

    /// Returns when the period of the newest issue of a cadence ended; none if there is no issue.
    pub fn last_issue_end(&self, cadence: Cadence) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(ends_at) FROM issues WHERE cadence = ?1 AND body IS NOT NULL";
        let end: Option<i64> = self.connection.prepare_cached(sql)?.query_row([cadence.as_str()], |row| row.get(0))?;
        Ok(end.map(time))
    }

    /// Returns whether something was written while the clock was ahead: an issue of a period that has not ended, or a
    /// delivery that waits for another day.
    pub fn is_ahead(&self, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM issues WHERE ends_at > ?1) OR EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_open \
            WHERE state IN ('waiting', 'sending') AND next_attempt_at > ?1)";
        let limit = now.as_second().saturating_add(AHEAD_SECS);
        Ok(self.connection.prepare_cached(sql)?.query_row([limit], |row| row.get(0))?)
    }

    /// Returns what has changed in the titles that the last issues of the cadence before the period printed.
    ///
    /// # Errors
    /// [`StoreError::PeriodOutOfRange`].
    pub fn issue_changes(&self, period: &Period) -> Result<Vec<Change>, StoreError> {
        let (from, _) = bounds(period)?;
        // Of the rows of an item, SQLite takes the other columns from the one with the greatest value of max().
        let sql = concat!(
            "WITH earlier AS (SELECT id, label, ends_at FROM issues WHERE cadence = ?1 AND ends_at <= ?2 ORDER BY ends_at DESC LIMIT ?3), \
            last AS (SELECT h.item_id, h.printed, h.is_withdrawn, e.label, max(e.ends_at) FROM earlier e JOIN issue_items h ON h.issue_id = e.id \
                WHERE h.printed IS NOT NULL GROUP BY h.item_id) \
            SELECT last.item_id, last.label, last.printed, ",
            full_text!("title"),
            ", i.scope IS NULL, i.url, o.name, i.language \
            FROM last JOIN items i ON i.id = last.item_id JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.has_text AND ((i.scope IS NULL AND NOT last.is_withdrawn) OR (i.scope IS NOT NULL AND ",
            full_text!("title"),
            " <> last.printed)) ORDER BY last.item_id"
        );
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![period.cadence.as_str(), from, COMPARED_ISSUES], |row| {
            Ok(Change {
                item_id: row.get(0)?,
                issue: row.get(1)?,
                printed: row.get(2)?,
                title: row.get(3)?,
                is_withdrawn: row.get(4)?,
                url: row.get(5)?,
                outlet: row.get(6)?,
                language: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTransaction<'_> {
    /// Withdraws what was written while the clock was ahead: issues of periods that have not ended are removed together
    /// with their open deliveries, and other deliveries that wait for another day are due now. Returns the labels of
    /// the issues.
    pub fn withdraw_ahead(&mut self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let limit = now.as_second().saturating_add(AHEAD_SECS);
        let sql = "DELETE FROM issues WHERE ends_at > ?1 RETURNING label";
        let mut statement = self.connection.prepare_cached(sql)?;
        let labels = statement.query_map([limit], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        let sql = "DELETE FROM outbox INDEXED BY outbox_open WHERE state IN ('waiting', 'sending') AND next_attempt_at > ?1 \
            AND payload IS NULL AND NOT EXISTS (SELECT 1 FROM issues i WHERE i.cadence = outbox.cadence AND i.label = outbox.period)";
        self.connection.prepare_cached(sql)?.execute([limit])?;
        let sql = "UPDATE outbox INDEXED BY outbox_open SET next_attempt_at = ?2, since = min(since, ?2) \
            WHERE state IN ('waiting', 'sending') AND next_attempt_at > ?1";
        self.connection.prepare_cached(sql)?.execute([limit, now.as_second()])?;
        Ok(labels)
    }

    /// Freezes an issue and returns its head. If the period has an issue already, that one stays and its head is
    /// returned.
    ///
    /// # Errors
    /// [`StoreError::NumberTaken`] if another issue of the cadence was frozen since this one was composed.
    pub fn freeze_issue(&mut self, issue: &NewIssue) -> Result<IssueHead, StoreError> {
        let (cadence, label) = (issue.period.cadence, issue.period.label());
        let sql = "SELECT cadence, label, number, written_at, content_hash FROM issues \
            WHERE cadence = ?1 AND label = ?2 AND body IS NOT NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        if let Some(frozen) = statement.query_row([cadence.as_str(), &label], head).optional()? {
            return Ok(frozen);
        }
        if number(self.connection, cadence, &label)? != issue.number {
            return Err(StoreError::NumberTaken { cadence: cadence.as_str(), label, number: issue.number });
        }
        let (from, until) = bounds(&issue.period)?;
        let body = compress(&issue.json)
            .map_err(|error| StoreError::Other(format!("the issue cannot be compressed: {error}")))?;
        let sql = "INSERT INTO issues (cadence, label, number, starts_at, ends_at, written_at, content_hash, last_item_id, body) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (cadence, label) DO UPDATE SET starts_at = excluded.starts_at, \
            ends_at = excluded.ends_at, written_at = excluded.written_at, content_hash = excluded.content_hash, \
            last_item_id = excluded.last_item_id, body = excluded.body RETURNING id";
        let values = params![
            cadence.as_str(),
            label,
            issue.number,
            from,
            until,
            issue.written_at.as_second(),
            issue.content_hash,
            issue.last_item_id,
            body
        ];
        let id: i64 = self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        let sql =
            "INSERT INTO issue_items (issue_id, item_id, story, printed, is_withdrawn) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut statement = self.connection.prepare_cached(sql)?;
        for held in &issue.held {
            statement.execute(params![id, held.item_id, held.story, held.printed, held.is_withdrawn])?;
        }
        Ok(IssueHead {
            cadence,
            label,
            number: issue.number,
            written_at: time(issue.written_at.as_second()),
            content_hash: issue.content_hash.clone(),
        })
    }
}
