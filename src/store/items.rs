//! Items, sightings and tags: what a write transaction can do, and the look-ups that the writer needs.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{Store, StoreError};
use crate::model::{Classification, Evidence, Field};

/// A time of the store. Seconds out of range cannot be stored; a damaged value reads as the epoch.
pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An item that the store does not have yet.
#[derive(Clone, Debug)]
pub struct NewItem<'a> {
    /// The feed that gave it first.
    pub feed_id: i64,
    /// Its address, as the feed gives it.
    pub url: Option<&'a str>,
    /// Key of the canonical address; unique in the store.
    pub url_key: Option<i64>,
    /// Plain text.
    pub title: &'a str,
    /// Plain text.
    pub summary: &'a str,
    /// BCP 47.
    pub language: Option<&'a str>,
    /// As the publisher says.
    pub published: Option<Timestamp>,
    /// When the store first saw it.
    pub first_seen: Timestamp,
    /// Tags, scope, score, relations and evidence.
    pub classification: &'a Classification,
    /// The survivor, where this is a near-duplicate.
    pub duplicate_of: Option<i64>,
    /// The item that opened its story.
    pub story: Option<i64>,
    /// What decided on duplicate and story, as JSON.
    pub found: Option<&'a str>,
    /// The fingerprint by which near-duplicates are found again after a restart.
    pub fingerprint: Option<&'a [u8]>,
}

/// One item standing in one feed.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct NewSighting {
    pub feed_id: i64,
    pub identity: i64,
    pub item_id: i64,
    pub first_seen: Timestamp,
    pub title_key: Option<i64>,
    pub text_hash: i64,
    pub is_alias: bool,
}

/// What the store knows of an identity in a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct SightingRow {
    pub item_id: i64,
    pub first_seen: Timestamp,
    pub text_hash: i64,
}

/// The words of an item, as the classifier wants them.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct Text {
    pub id: i64,
    pub url: Option<String>,
    pub title: String,
    pub summary: String,
    pub language: Option<String>,
    pub bloc: Option<String>,
    pub country: Option<String>,
}

/// An item as it stands in the store.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct ItemRow {
    pub id: i64,
    pub url: Option<String>,
    pub title: String,
    pub summary: String,
    pub language: Option<String>,
    pub published: Option<Timestamp>,
    pub first_seen: Timestamp,
    pub outlet: String,
    pub feed_title: String,
    pub feed_url: String,
    pub duplicate_of: Option<i64>,
    pub story: Option<i64>,
    /// What decided on duplicate and story.
    pub found: Option<serde_json::Value>,
    pub classification: Classification,
}

/// An item as the window of recent items remembers it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct WindowRow {
    pub id: i64,
    pub at: Timestamp,
    pub outlet: String,
    pub duplicate_of: Option<i64>,
    pub story: i64,
    pub fingerprint: Vec<u8>,
}

/// The transaction of the one writer.
pub struct WriteTransaction<'a> {
    pub(super) connection: &'a Connection,
    tag_ids: HashMap<String, i64>,
}

impl std::fmt::Debug for WriteTransaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteTransaction").finish_non_exhaustive()
    }
}

impl<'a> WriteTransaction<'a> {
    pub(super) fn new(transaction: &'a Transaction<'_>) -> WriteTransaction<'a> {
        WriteTransaction { connection: transaction, tag_ids: HashMap::new() }
    }

    /// Runs `work` so that it lands whole or not at all, without giving up the rest of the transaction.
    ///
    /// # Errors
    /// Those of `work`, whose writes are then undone, and of SQLite.
    pub fn savepoint<T, E: From<StoreError>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let run = |sql: &str| -> Result<(), StoreError> { Ok(self.connection.execute_batch(sql)?) };
        run("SAVEPOINT one")?;
        let connection = self.connection;
        let done = work(self);
        match &done {
            Ok(_) => connection.execute_batch("RELEASE one").map_err(StoreError::from)?,
            Err(_) => {
                self.tag_ids.clear();
                connection.execute_batch("ROLLBACK TO one; RELEASE one").map_err(StoreError::from)?;
            }
        }
        done
    }

    /// The newest items that count at or after `since`, at most `limit`, oldest first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn window(&self, since: Timestamp, limit: usize) -> Result<Vec<WindowRow>, StoreError> {
        let sql = "SELECT i.id, i.at, o.name, i.duplicate_of, coalesce(i.story, i.id), i.fingerprint \
            FROM items i INDEXED BY items_by_time JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.at >= ?1 AND i.fingerprint IS NOT NULL ORDER BY i.at DESC, i.id DESC LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows =
            statement.query_map(params![since.as_second(), i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(WindowRow {
                    id: row.get(0)?,
                    at: time(row.get(1)?),
                    outlet: row.get(2)?,
                    duplicate_of: row.get(3)?,
                    story: row.get(4)?,
                    fingerprint: row.get(5)?,
                })
            })?;
        let mut rows: Vec<WindowRow> = rows.collect::<Result<_, _>>()?;
        rows.reverse();
        Ok(rows)
    }

    /// Keeps a word under a name.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.connection.prepare_cached(sql)?.execute([key, value])?;
        Ok(())
    }

    /// The item behind an identity of a feed.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn sighting(&self, feed_id: i64, identity: i64) -> Result<Option<SightingRow>, StoreError> {
        let sql = "SELECT item_id, first_seen, text_hash FROM sightings WHERE feed_id = ?1 AND identity = ?2";
        Ok(self.connection.prepare_cached(sql)?.query_row([feed_id, identity], sighting_row).optional()?)
    }

    /// The newest item that the feed gave under this title at or after `since` and that may be the same: one of the two has no
    /// address of its own, or both were published at the same time.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn renamed_item(
        &self,
        feed_id: i64,
        title_key: i64,
        url_key: Option<i64>,
        published: Option<Timestamp>,
        since: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT s.item_id FROM sightings s JOIN items i ON i.id = s.item_id \
            WHERE s.feed_id = ?1 AND s.title_key = ?2 AND s.first_seen >= ?5 \
            AND (?3 IS NULL OR i.url_key IS NULL OR i.url_key = ?3 OR i.published = ?4) ORDER BY s.first_seen DESC, s.item_id DESC LIMIT 1";
        let values = params![feed_id, title_key, url_key, published.map(Timestamp::as_second), since.as_second()];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?)
    }

    /// Whether the feed gave any item before.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn has_sightings(&self, feed_id: i64) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sightings WHERE feed_id = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([feed_id], |row| row.get(0))?)
    }

    /// Whether the feed gave this item already, under whatever identity.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn stands_in(&self, item_id: i64, feed_id: i64) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sightings WHERE item_id = ?1 AND feed_id = ?2)";
        Ok(self.connection.prepare_cached(sql)?.query_row([item_id, feed_id], |row| row.get(0))?)
    }

    /// The item with this canonical address.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn item_by_url(&self, url_key: i64) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM items WHERE url_key = ?1")?;
        Ok(statement.query_row([url_key], |row| row.get(0)).optional()?)
    }

    /// The id that the next new item will bear.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn next_item_id(&self) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM items")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Stores a new item with its tags and their evidence, and indexes its words where it is tagged.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn insert_item(&mut self, id: i64, item: &NewItem<'_>) -> Result<(), StoreError> {
        let classification = item.classification;
        let relations = relations_json(classification)?;
        let sql = "INSERT INTO items (id, feed_id, url, url_key, title, summary, language, published, first_seen, at, scope, score, \
            relations, duplicate_of, story, found, fingerprint) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
        self.connection.prepare_cached(sql)?.execute(params![
            id,
            item.feed_id,
            item.url,
            item.url_key,
            item.title,
            item.summary,
            item.language,
            item.published.map(Timestamp::as_second),
            item.first_seen.as_second(),
            item.published.unwrap_or(item.first_seen).as_second(),
            classification.scope.map(|scope| scope.as_str()),
            f64::from(classification.score),
            relations,
            item.duplicate_of,
            item.story,
            item.found,
            item.fingerprint,
        ])?;
        self.insert_tags(id, classification)?;
        if !classification.tags.is_empty() {
            self.index_text(id, item.title, item.summary)?;
        }
        Ok(())
    }

    /// Makes `new` the survivor of the group that `old` led.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn displace(&mut self, old: i64, new: i64) -> Result<(), StoreError> {
        let sql = "UPDATE items SET duplicate_of = ?2 WHERE (id = ?1 OR duplicate_of = ?1) AND id <> ?2";
        self.connection.prepare_cached(sql)?.execute([old, new])?;
        Ok(())
    }

    fn index_text(&mut self, id: i64, title: &str, summary: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO item_text (rowid, title, summary) VALUES (?1, ?2, ?3)";
        self.connection.prepare_cached(sql)?.execute(params![id, title, summary])?;
        Ok(())
    }

    fn insert_tags(&mut self, id: i64, classification: &Classification) -> Result<(), StoreError> {
        for tag in &classification.tags {
            let Some(evidence) = evidence_json(classification, tag)? else { continue };
            let tag_id = self.tag_id(tag)?;
            let sql = "INSERT INTO item_tags (item_id, tag_id, evidence) VALUES (?1, ?2, ?3)";
            self.connection.prepare_cached(sql)?.execute(params![id, tag_id, evidence])?;
        }
        Ok(())
    }

    fn tag_id(&mut self, name: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.tag_ids.get(name) {
            return Ok(*id);
        }
        let mut statement = self.connection.prepare_cached("SELECT id FROM tags WHERE name = ?1")?;
        let known: Option<i64> = statement.query_row([name], |row| row.get(0)).optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                self.connection.prepare_cached("INSERT INTO tags (name) VALUES (?1)")?.execute([name])?;
                self.connection.last_insert_rowid()
            }
        };
        self.tag_ids.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Keeps that an item stands in a feed; an identity that is known already is left as it is.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn insert_sighting(&mut self, sighting: &NewSighting) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO sightings (feed_id, identity, item_id, first_seen, title_key, text_hash, is_alias) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.connection.prepare_cached(sql)?.execute(params![
            sighting.feed_id,
            sighting.identity,
            sighting.item_id,
            sighting.first_seen.as_second(),
            sighting.title_key,
            sighting.text_hash,
            sighting.is_alias,
        ])?;
        Ok(())
    }

    /// Gives an item new tags, in place of those that it has.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn retag(&mut self, text: &Text, classification: &Classification) -> Result<(), StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM item_tags WHERE item_id = ?1)")?;
        let was_tagged: bool = statement.query_row([text.id], |row| row.get(0))?;
        self.connection.prepare_cached("DELETE FROM item_tags WHERE item_id = ?1")?.execute([text.id])?;
        let sql = "UPDATE items SET scope = ?2, score = ?3, relations = ?4, \
            story = CASE WHEN ?2 IS NULL THEN NULL ELSE coalesce(story, id) END WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![
            text.id,
            classification.scope.map(|scope| scope.as_str()),
            f64::from(classification.score),
            relations_json(classification)?,
        ])?;
        self.insert_tags(text.id, classification)?;
        match (was_tagged, !classification.tags.is_empty()) {
            (false, true) => self.index_text(text.id, &text.title, &text.summary)?,
            (true, false) => {
                let sql = "INSERT INTO item_text (item_text, rowid, title, summary) VALUES ('delete', ?1, ?2, ?3)";
                self.connection.prepare_cached(sql)?.execute(params![text.id, text.title, text.summary])?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn sighting_row(row: &Row<'_>) -> rusqlite::Result<SightingRow> {
    Ok(SightingRow { item_id: row.get(0)?, first_seen: time(row.get(1)?), text_hash: row.get(2)? })
}

fn json_failed(error: &serde_json::Error) -> StoreError {
    StoreError::Other(format!("a value of the store is no JSON: {error}"))
}

fn relations_json(classification: &Classification) -> Result<Option<String>, StoreError> {
    if classification.relations.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(&classification.relations).map(Some).map_err(|error| json_failed(&error))
}

/// The evidence of one tag as it is kept: the form is left out, since it stands in the item's text at its span.
fn evidence_json(classification: &Classification, tag: &str) -> Result<Option<String>, StoreError> {
    let kept: Vec<(&str, Field, usize, usize, &str)> = classification
        .evidence
        .iter()
        .filter(|evidence| evidence.tag == tag)
        .map(|evidence| {
            (evidence.entity.as_str(), evidence.field, evidence.start, evidence.end, evidence.rule.as_str())
        })
        .collect();
    if kept.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(&kept).map(Some).map_err(|error| json_failed(&error))
}

impl Store {
    /// One item with its tags and evidence, by id.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn item(&self, id: i64) -> Result<Option<ItemRow>, StoreError> {
        let sql = "SELECT i.id, i.url, i.title, i.summary, i.language, i.published, i.first_seen, o.name, f.title, f.url, \
            i.duplicate_of, i.story, i.scope, i.score, i.relations, i.found \
            FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id WHERE i.id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement
            .query_row([id], |row| {
                let scope: Option<String> = row.get(12)?;
                let relations: Option<String> = row.get(14)?;
                let score: f64 = row.get(13)?;
                Ok(ItemRow {
                    id: row.get(0)?,
                    url: row.get(1)?,
                    title: row.get(2)?,
                    summary: row.get(3)?,
                    language: row.get(4)?,
                    published: row.get::<_, Option<i64>>(5)?.map(time),
                    first_seen: time(row.get(6)?),
                    outlet: row.get(7)?,
                    feed_title: row.get(8)?,
                    feed_url: row.get(9)?,
                    duplicate_of: row.get(10)?,
                    story: row.get(11)?,
                    found: row.get::<_, Option<String>>(15)?.and_then(|json| serde_json::from_str(&json).ok()),
                    classification: Classification {
                        scope: scope.and_then(|word| word.parse().ok()),
                        #[expect(clippy::cast_possible_truncation, reason = "it was stored from an f32")]
                        score: score as f32,
                        relations: relations.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
                        ..Classification::default()
                    },
                })
            })
            .optional()?;
        let Some(mut item) = found else { return Ok(None) };
        self.add_evidence(&mut item)?;
        Ok(Some(item))
    }

    fn add_evidence(&self, item: &mut ItemRow) -> Result<(), StoreError> {
        let sql = "SELECT t.name, it.evidence FROM item_tags it JOIN tags t ON t.id = it.tag_id WHERE it.item_id = ?1 ORDER BY t.name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([item.id])?;
        while let Some(row) = rows.next()? {
            let tag: String = row.get(0)?;
            let json: String = row.get(1)?;
            let kept: Vec<(String, Field, usize, usize, String)> =
                serde_json::from_str(&json).map_err(|error| json_failed(&error))?;
            for (entity, field, start, end, rule) in kept {
                let text = if field == Field::Title { &item.title } else { &item.summary };
                let form = text.get(start..end).unwrap_or_default().to_owned();
                item.classification.evidence.push(Evidence { tag: tag.clone(), entity, form, field, start, end, rule });
            }
            item.classification.tags.push(tag);
        }
        item.classification.evidence.sort_by(|a, b| (a.field, a.start, &a.tag).cmp(&(b.field, b.start, &b.tag)));
        Ok(())
    }

    /// The id of the item with this canonical address.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn item_by_url(&self, url_key: i64) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM items WHERE url_key = ?1")?;
        Ok(statement.query_row([url_key], |row| row.get(0)).optional()?)
    }

    /// Up to `limit` items with an id above `after` that count at or after `since`, in the order of their ids.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn texts(&self, after: i64, since: Option<Timestamp>, limit: usize) -> Result<Vec<Text>, StoreError> {
        let sql = "SELECT i.id, i.url, i.title, i.summary, i.language, o.bloc, o.country FROM items i \
            JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.id > ?1 AND i.at >= ?2 ORDER BY i.id LIMIT ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let since = since.map_or(i64::MIN, Timestamp::as_second);
        let rows = statement.query_map(params![after, since, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(Text {
                id: row.get(0)?,
                url: row.get(1)?,
                title: row.get(2)?,
                summary: row.get(3)?,
                language: row.get(4)?,
                bloc: row.get(5)?,
                country: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many items count at or after `since`.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn count_since(&self, since: Option<Timestamp>) -> Result<u64, StoreError> {
        let since = since.map_or(i64::MIN, Timestamp::as_second);
        let count: i64 =
            self.connection.query_row("SELECT count(*) FROM items WHERE at >= ?1", [since], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
