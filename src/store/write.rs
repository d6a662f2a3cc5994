//! The transaction of the one writer: look-ups, new items, new sightings, and the daily counts that go with them.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, params};

use super::StoreError;
use super::compact::{Found, Numbers};
use super::items::{NewItem, NewSighting, SightingRow, WindowRow, sighting_row, time};
use crate::dedup::Level;
use crate::model::Classification;

/// The transaction of the one writer.
pub struct WriteTransaction<'a> {
    pub(super) connection: &'a Connection,
    pub(super) numbers: &'a mut Numbers,
    /// What this transaction changes in the daily counts, one entry a change, added up at its end.
    daily: Vec<Daily>,
    /// Items whose words are to be indexed at the end of the transaction.
    unindexed: Vec<i64>,
    next_item_id: Option<i64>,
    has_tombstones: Option<bool>,
    hot: Hot<'a>,
}

/// Statements that run for each item, once they were needed: looking them up by their text is a good part of what they cost.
#[derive(Default)]
struct Hot<'a> {
    item: Option<CachedStatement<'a>>,
    tag: Option<CachedStatement<'a>>,
    fingerprint: Option<CachedStatement<'a>>,
    sighting: Option<CachedStatement<'a>>,
    known: Option<CachedStatement<'a>>,
    address: Option<CachedStatement<'a>>,
}

/// The statement of a slot, prepared where it is not yet.
fn ready<'s, 'a>(
    slot: &'s mut Option<CachedStatement<'a>>,
    connection: &'a Connection,
    sql: &str,
) -> Result<&'s mut CachedStatement<'a>, StoreError> {
    match slot {
        Some(statement) => Ok(statement),
        None => Ok(slot.insert(connection.prepare_cached(sql)?)),
    }
}

/// How many items keep the fingerprint by which near-duplicates are found: the last that came.
pub const FINGERPRINTS_KEPT: i64 = 50_000;

/// A change of the daily counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Daily {
    pub(super) day: i64,
    pub(super) tag_id: i64,
    pub(super) items: i64,
    pub(super) originals: i64,
}

/// The UTC day of a time, counted from 1970-01-01.
pub(super) fn day(at: i64) -> i64 {
    at.div_euclid(86_400)
}

impl std::fmt::Debug for WriteTransaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteTransaction").finish_non_exhaustive()
    }
}

impl<'a> WriteTransaction<'a> {
    pub(super) fn new(transaction: &'a Transaction<'_>, numbers: &'a mut Numbers) -> WriteTransaction<'a> {
        WriteTransaction {
            connection: transaction,
            numbers,
            daily: Vec::new(),
            unindexed: Vec::new(),
            next_item_id: None,
            has_tombstones: None,
            hot: Hot::default(),
        }
    }

    /// Takes note of a change of the daily counts.
    pub(super) fn count(&mut self, change: Daily) {
        self.daily.push(change);
    }

    /// What is left to the end of a transaction: the words that it brought are indexed, the changes of the daily counts added up.
    pub(super) fn finish(&mut self) -> Result<(), StoreError> {
        self.index_texts()?;
        let mut sums: HashMap<(i64, i64), (i64, i64)> = HashMap::new();
        for change in self.daily.drain(..) {
            let sum = sums.entry((change.day, change.tag_id)).or_default();
            sum.0 += change.items;
            sum.1 += change.originals;
        }
        let sql = "INSERT INTO daily_counts (day, tag_id, items, originals) VALUES (?1, ?2, ?3, ?4) \
            ON CONFLICT (day, tag_id) DO UPDATE SET items = items + excluded.items, originals = originals + excluded.originals";
        let mut statement = self.connection.prepare_cached(sql)?;
        for ((day, tag_id), (items, originals)) in sums.into_iter().filter(|(_, sum)| *sum != (0, 0)) {
            statement.execute([day, tag_id, items, originals])?;
        }
        Ok(())
    }

    /// Whether an identity of a feed was purged; for an address, the feed is 0.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_purged(&mut self, feed_id: i64, key: i64) -> Result<bool, StoreError> {
        let has_any = match self.has_tombstones {
            Some(has_any) => has_any,
            None => {
                let sql = "SELECT EXISTS (SELECT 1 FROM tombstones)";
                let has_any = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
                *self.has_tombstones.insert(has_any)
            }
        };
        if !has_any {
            return Ok(false);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM tombstones WHERE feed_id = ?1 AND key = ?2)";
        Ok(self.connection.prepare_cached(sql)?.query_row([feed_id, key], |row| row.get(0))?)
    }

    /// Of the last [`FINGERPRINTS_KEPT`] items those that count at or after `since`, in the order in which they came.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn window(&self, since: Timestamp) -> Result<Vec<WindowRow>, StoreError> {
        let sql = "SELECT i.id, i.at, o.name, i.duplicate_of, coalesce(i.story, i.id), r.fingerprint \
            FROM recent_fingerprints r CROSS JOIN items i ON i.id = r.item_id JOIN feeds f ON f.id = i.feed_id \
            JOIN outlets o ON o.id = f.outlet_id WHERE r.at >= ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([since.as_second()], |row| {
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
        rows.sort_unstable_by_key(|row| row.id);
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
    pub fn sighting(&mut self, feed_id: i64, identity: i64) -> Result<Option<SightingRow>, StoreError> {
        let sql = "SELECT item_id, first_seen, text_hash FROM sightings WHERE feed_id = ?1 AND identity = ?2";
        let statement = ready(&mut self.hot.known, self.connection, sql)?;
        Ok(statement.query_row([feed_id, identity], sighting_row).optional()?)
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
    pub fn item_by_url(&mut self, url_key: i64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT id FROM items WHERE url_key = ?1";
        let statement = ready(&mut self.hot.address, self.connection, sql)?;
        Ok(statement.query_row([url_key], |row| row.get(0)).optional()?)
    }

    /// The id that the next new item will bear.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn next_item_id(&mut self) -> Result<i64, StoreError> {
        if let Some(id) = self.next_item_id {
            return Ok(id);
        }
        let mut statement = self.connection.prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM items")?;
        let id = statement.query_row([], |row| row.get(0))?;
        Ok(*self.next_item_id.insert(id))
    }

    /// Stores a new item with its tags and their evidence, and indexes its words where it is tagged.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn insert_item(&mut self, id: i64, item: &NewItem<'_>) -> Result<(), StoreError> {
        let classification = item.classification;
        let relations = self.numbers.relations(self.connection, classification)?;
        let sql = "INSERT INTO items (id, feed_id, url, url_key, title, summary, language, published, first_seen, at, scope, score, \
            relations, duplicate_of, story, found, is_tagged, names, text_of, title_shared, summary_shared) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
        let is_tagged = !classification.tags.is_empty();
        let copied = item.found.filter(|found| found.level == Level::NearDuplicate).map(|found| found.with);
        let kept = self.kept_words(id, copied, item.title, item.summary, is_tagged)?;
        ready(&mut self.hot.item, self.connection, sql)?.execute(params![
            id,
            item.feed_id,
            item.url,
            item.url_key,
            kept.title,
            kept.summary,
            item.language,
            item.published.map(Timestamp::as_second),
            item.first_seen.as_second(),
            item.published.unwrap_or(item.first_seen).as_second(),
            classification.scope.map(|scope| scope.as_str()),
            f64::from(classification.score),
            relations,
            item.duplicate_of,
            item.story,
            item.found.as_ref().map(Found::kept).transpose()?,
            is_tagged,
            item.names,
            kept.shared.map(|shared| shared.0),
            kept.shared.map(|shared| shared.1),
            kept.shared.map(|shared| shared.2),
        ])?;
        let at = item.published.unwrap_or(item.first_seen).as_second();
        if let Some(fingerprint) = item.fingerprint {
            let sql =
                "INSERT OR REPLACE INTO recent_fingerprints (slot, item_id, at, fingerprint) VALUES (?1, ?2, ?3, ?4)";
            let values = params![id % FINGERPRINTS_KEPT, id, at, fingerprint];
            ready(&mut self.hot.fingerprint, self.connection, sql)?.execute(values)?;
        }
        self.insert_tags(id, classification, at, item.duplicate_of.is_none())?;
        self.next_item_id = self.next_item_id.filter(|next| *next > id).or(Some(id + 1));
        if is_tagged {
            self.index_text(id);
        }
        Ok(())
    }

    /// Has the words of an item indexed at the end of the transaction, as they stand in `items` by then.
    pub(super) fn index_text(&mut self, id: i64) {
        self.unindexed.push(id);
    }

    /// Whether the words of an item wait to be indexed.
    pub(super) fn is_unindexed(&self, id: i64) -> bool {
        self.unindexed.contains(&id)
    }

    /// Indexes the words that wait for it, by one statement: FTS5 writes what it holds in memory to the file whenever another
    /// statement of the transaction has to be able to fail alone, which nearly every one has.
    pub(super) fn index_texts(&mut self) -> Result<(), StoreError> {
        if self.unindexed.is_empty() {
            return Ok(());
        }
        self.unindexed.sort_unstable();
        let ids = format!("{:?}", self.unindexed);
        self.unindexed.clear();
        let sql = "INSERT INTO item_text (rowid, title, summary) \
            SELECT i.id, i.title, i.summary FROM json_each(?1) j CROSS JOIN items i ON i.id = j.value";
        self.connection.prepare_cached(sql)?.execute([ids])?;
        Ok(())
    }

    pub(super) fn insert_tags(
        &mut self,
        id: i64,
        classification: &Classification,
        at: i64,
        is_original: bool,
    ) -> Result<(), StoreError> {
        for tag in &classification.tags {
            let Some(evidence) = self.numbers.evidence(self.connection, classification, tag)? else { continue };
            let tag_id = self.numbers.tag(self.connection, tag)?;
            let sql = "INSERT INTO item_tags (item_id, tag_id, evidence) VALUES (?1, ?2, ?3)";
            ready(&mut self.hot.tag, self.connection, sql)?.execute(params![id, tag_id, evidence])?;
            self.count(Daily { day: day(at), tag_id, items: 1, originals: i64::from(is_original) });
        }
        Ok(())
    }

    /// Keeps that an item stands in a feed, under which title where it is another; an identity that is known already is left as it is.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn insert_sighting(&mut self, sighting: &NewSighting, title: Option<&str>) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO sightings (feed_id, identity, item_id, first_seen, title_key, text_hash, is_alias, title) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        ready(&mut self.hot.sighting, self.connection, sql)?.execute(params![
            sighting.feed_id,
            sighting.identity,
            sighting.item_id,
            sighting.first_seen.as_second(),
            sighting.title_key,
            sighting.text_hash,
            sighting.is_alias,
            title,
        ])?;
        Ok(())
    }
}
