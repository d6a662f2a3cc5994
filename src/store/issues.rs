//! Issues as they were written: frozen, numbered within their cadence, with what they held.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, ToSql, params};
use serde::Serialize;

use super::items::time;
use super::reports::ItemFilter;
use super::search::match_expression;
use super::words::whole;
use super::{Store, StoreError, WriteTransaction};
use crate::digest::{Change, Choice, DigestItem, IssueItem, OutFeed};
use crate::model::{Cadence, Period};

/// Issues of a cadence, from the newest back, whose printed titles are compared with those of today.
const COMPARED_ISSUES: i64 = 31;

/// An issue that was composed and is not frozen yet.
#[derive(Clone, Debug)]
pub struct NewIssue {
    /// The period.
    pub period: Period,
    /// Its number within its cadence, as [`Store::issue_number`] gave it.
    pub number: u32,
    /// When it was composed.
    pub written_at: Timestamp,
    /// The hash that it states.
    pub content_hash: String,
    /// Its JSON, as it is printed.
    pub json: String,
    /// What stands in it.
    pub held: Vec<IssueItem>,
    /// The newest item of the store when it was composed.
    pub last_item_id: i64,
}

/// The head of a frozen issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssueHead {
    /// How long its period is.
    pub cadence: Cadence,
    /// The period's name: `2026-11-23`, `2026-W48`, `2026-11`, `2026`.
    pub label: String,
    /// Number within its cadence, from 1 without gaps.
    pub number: u32,
    /// When it was written.
    pub written_at: Timestamp,
    /// The hash that it states.
    pub content_hash: String,
}

/// A frozen issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenIssue {
    /// Its head.
    pub head: IssueHead,
    /// Its JSON, byte for byte as it was written.
    pub json: String,
}

fn head(row: &Row<'_>) -> rusqlite::Result<IssueHead> {
    Ok(IssueHead {
        cadence: super::digests::cadence(&row.get::<_, String>(0)?),
        label: row.get(1)?,
        number: row.get(2)?,
        written_at: time(row.get(3)?),
        content_hash: row.get(4)?,
    })
}

fn bounds(period: &Period) -> Result<(i64, i64), StoreError> {
    let calendar = |error: jiff::Error| StoreError::Other(format!("the period is out of range: {error}"));
    let from = period.start_instant().map_err(calendar)?.as_second();
    Ok((from, period.end_instant().map_err(calendar)?.as_second()))
}

fn pack(json: &str) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json.as_bytes())?;
    encoder.finish()
}

fn unpack(body: &[u8]) -> std::io::Result<String> {
    let mut json = String::new();
    GzDecoder::new(body).read_to_string(&mut json)?;
    Ok(json)
}

impl Store {
    /// The frozen issue of a period; none where it was not written, or by a kazbek that kept no more than its hash.
    ///
    /// # Errors
    /// Those of SQLite; [`StoreError::Damaged`] where its text cannot be unpacked.
    pub fn issue(&self, cadence: Cadence, label: &str) -> Result<Option<FrozenIssue>, StoreError> {
        let sql = "SELECT cadence, label, number, written_at, content_hash, body FROM issues \
            WHERE cadence = ?1 AND label = ?2 AND body IS NOT NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row([cadence.as_str(), label], |row| Ok((head(row)?, row.get::<_, Vec<u8>>(5)?)));
        let Some((head, body)) = found.optional()? else { return Ok(None) };
        let damaged = |error| StoreError::Damaged(format!("the {} issue {label}: {error}", cadence.as_str()));
        Ok(Some(FrozenIssue { head, json: unpack(&body).map_err(damaged)? }))
    }

    /// The heads of the frozen issues of a cadence, or of all, newest period first, at most `limit`.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn issues(&self, cadence: Option<Cadence>, limit: usize) -> Result<Vec<IssueHead>, StoreError> {
        let sql = "SELECT cadence, label, number, written_at, content_hash FROM issues \
            WHERE body IS NOT NULL AND (?1 IS NULL OR cadence = ?1) ORDER BY ends_at DESC, starts_at DESC LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![cadence.map(Cadence::as_str), limit], head)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether an issue of this cadence was ever written.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn has_issues(&self, cadence: Cadence) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM issues WHERE cadence = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([cadence.as_str()], |row| row.get(0))?)
    }

    /// The number that the issue of a period has, or would have if it were written now.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn issue_number(&self, cadence: Cadence, label: &str) -> Result<u32, StoreError> {
        number(&self.connection, cadence, label)
    }

    /// The id of the newest item; 0 where there is none.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn last_item_id(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(id), 0) FROM items";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Items dated before the period, and not before the first issue of the cadence, that came in after the last issue before the period
    /// was composed.
    ///
    /// # Errors
    /// Those of SQLite; a period outside the calendar.
    pub fn late_items(&self, period: &Period) -> Result<Vec<DigestItem>, StoreError> {
        let (from, _) = bounds(period)?;
        let sql = "SELECT (SELECT min(starts_at) FROM issues WHERE cadence = ?1 AND body IS NOT NULL), last_item_id FROM issues \
            WHERE cadence = ?1 AND ends_at <= ?2 AND body IS NOT NULL ORDER BY ends_at DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row(params![period.cadence.as_str(), from], |row| Ok((row.get(0)?, row.get(1)?)));
        let Some((since, behind)) = found.optional()? else { return Ok(Vec::new()) };
        let mut items = self.digest_items_between(since, from, behind)?;
        self.mark_earlier(period, &mut items)?;
        Ok(items)
    }

    /// Names for each item the last issue of the cadence before the period that held its story.
    pub(super) fn mark_earlier(&self, period: &Period, items: &mut [DigestItem]) -> Result<(), StoreError> {
        let (from, _) = bounds(period)?;
        if !self.has_issues(period.cadence)? {
            return Ok(());
        }
        let sql = "SELECT i.label FROM issue_items h JOIN issues i ON i.id = h.issue_id \
            WHERE h.story = ?1 AND h.is_withdrawn = 0 AND i.cadence = ?2 AND i.ends_at <= ?3 ORDER BY i.ends_at DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        for item in items {
            let story = item.story.unwrap_or(item.id);
            let label = statement.query_row(params![story, period.cadence.as_str(), from], |row| row.get(0));
            item.in_earlier_issue = label.optional()?;
        }
        Ok(())
    }

    /// What changed of the titles that the last issues of the cadence before the period printed.
    ///
    /// # Errors
    /// Those of SQLite; a period outside the calendar.
    pub fn issue_changes(&self, period: &Period) -> Result<Vec<Change>, StoreError> {
        let (from, _) = bounds(period)?;
        // Of the rows of an item, SQLite takes the other columns from the one with the greatest value of max().
        let sql = concat!(
            "WITH earlier AS (SELECT id, label, ends_at FROM issues WHERE cadence = ?1 AND ends_at <= ?2 ORDER BY ends_at DESC LIMIT ?3), \
            last AS (SELECT h.item_id, h.printed, h.is_withdrawn, e.label, max(e.ends_at) FROM earlier e JOIN issue_items h ON h.issue_id = e.id \
                WHERE h.printed IS NOT NULL GROUP BY h.item_id) \
            SELECT last.item_id, last.label, last.printed, ",
            whole!("title"),
            ", i.scope IS NULL, i.url, o.name, i.language \
            FROM last JOIN items i ON i.id = last.item_id JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.has_text AND ((i.scope IS NULL AND NOT last.is_withdrawn) OR (i.scope IS NOT NULL AND ",
            whole!("title"),
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

impl Store {
    /// The items of an out feed, newest first: in scope, no near-duplicates, not dated behind `now`.
    ///
    /// # Errors
    /// [`StoreError::BadQuery`] where its search is not understood.
    pub fn out_feed_items(&self, feed: &OutFeed, now: Timestamp) -> Result<Vec<DigestItem>, StoreError> {
        let Choice::Items { scope, tags, search } = &feed.choice else { return Ok(Vec::new()) };
        let filter = ItemFilter { until: Some(now), tags: tags.clone(), ..ItemFilter::default() };
        let mut sql = "SELECT i.id FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.scope IS NOT NULL AND i.duplicate_of IS NULL"
            .to_owned();
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        if let Some(scope) = scope {
            values.push(Box::new(scope.as_str()));
            sql.push_str(" AND i.scope = ?1");
        }
        filter.conditions(&mut sql, &mut values);
        if let Some(query) = search {
            values.push(Box::new(match_expression(query)?));
            sql.push_str(&format!(
                " AND (i.id IN (SELECT rowid FROM item_text WHERE item_text MATCH ?{0}) \
                 OR i.text_of IN (SELECT rowid FROM item_text WHERE item_text MATCH ?{0}))",
                values.len()
            ));
        }
        values.push(Box::new(i64::try_from(feed.limit).unwrap_or(i64::MAX)));
        sql.push_str(&format!(" ORDER BY i.at DESC, i.id DESC LIMIT ?{}", values.len()));
        let understood = |error: rusqlite::Error| match StoreError::from(error) {
            StoreError::Other(message) if search.is_some() => StoreError::BadQuery(message),
            other => other,
        };
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, i64>(0));
        let ids: Vec<i64> = rows.map_err(understood)?.collect::<Result<_, _>>().map_err(understood)?;
        ids.into_iter().filter_map(|id| self.digest_item(id).transpose()).collect()
    }
}

fn number(connection: &rusqlite::Connection, cadence: Cadence, label: &str) -> Result<u32, StoreError> {
    let sql = "SELECT coalesce((SELECT number FROM issues WHERE cadence = ?1 AND label = ?2), \
        (SELECT coalesce(max(number), 0) + 1 FROM issues WHERE cadence = ?1))";
    Ok(connection.prepare_cached(sql)?.query_row([cadence.as_str(), label], |row| row.get(0))?)
}

impl WriteTransaction<'_> {
    /// Freezes an issue, once: where the period has an issue, that one stays and comes back.
    ///
    /// # Errors
    /// Those of SQLite; where another issue of the cadence took the number meanwhile.
    pub fn freeze_issue(&mut self, issue: &NewIssue) -> Result<IssueHead, StoreError> {
        let (cadence, label) = (issue.period.cadence, issue.period.label());
        let sql = "SELECT cadence, label, number, written_at, content_hash FROM issues \
            WHERE cadence = ?1 AND label = ?2 AND body IS NOT NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        if let Some(standing) = statement.query_row([cadence.as_str(), &label], head).optional()? {
            return Ok(standing);
        }
        if number(self.connection, cadence, &label)? != issue.number {
            let text =
                format!("another issue took the number {} of the {} issue {label}", issue.number, cadence.as_str());
            return Err(StoreError::Other(format!("{text}; compose it again")));
        }
        let (from, until) = bounds(&issue.period)?;
        let body =
            pack(&issue.json).map_err(|error| StoreError::Other(format!("the issue cannot be packed: {error}")))?;
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
