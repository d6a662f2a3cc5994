//! Sightings: which feed has which item, and under which identity. Also what was purged and must not come back as new.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::encoding::time;
use super::error::StoreError;
use super::handle::Reader;
use super::transaction::{WriteTransaction, prepared};

/// How many sightings of one title in one feed are looked at: a feed that repeats a title without end must not make the
/// look-up longer and longer.
const SAME_TITLES: i64 = 100;

/// An item in a feed.
#[derive(Clone, Copy, Debug)]
pub struct NewSighting {
    /// Id of the feed.
    pub feed_id: i64,
    /// Key of the item's identity in that feed.
    pub identity: i64,
    /// Id of the item.
    pub item_id: i64,
    /// When the feed first had it.
    pub first_seen: Timestamp,
    /// Key of the title; none if the title is too short to identify an item.
    pub title_key: Option<i64>,
    /// Hash of the text, by which an edit is noticed.
    pub text_hash: i64,
    /// Whether the feed had this item before, under another identity.
    pub is_alias: bool,
}

/// What is known about an identity in a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SightingRow {
    /// Id of the item.
    pub item_id: i64,
    /// Hash of its text when it was last looked at.
    pub text_hash: i64,
}

/// A feed that has an item.
#[derive(Clone, Debug, Serialize)]
pub struct SightingDetail {
    /// Title of the feed.
    pub feed: String,
    /// Address of the feed.
    pub feed_url: String,
    /// Name of the outlet.
    pub outlet: String,
    /// When the feed first had it.
    pub first_seen: Timestamp,
    /// Its title in the feed, if that is another one.
    pub title: Option<String>,
}

fn sighting_row(row: &Row<'_>) -> rusqlite::Result<SightingRow> {
    Ok(SightingRow { item_id: row.get(0)?, text_hash: row.get(1)? })
}

impl Reader {
    /// Returns the feeds that have an item, first sighting first.
    pub fn sightings_of(&self, item_id: i64) -> Result<Vec<SightingDetail>, StoreError> {
        let sql = "SELECT f.title, f.url, o.name, s.first_seen, s.title FROM sightings s JOIN feeds f ON f.id = s.feed_id \
            JOIN outlets o ON o.id = f.outlet_id WHERE s.item_id = ?1 AND s.is_alias = 0 ORDER BY s.first_seen, f.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([item_id], |row| {
            Ok(SightingDetail {
                feed: row.get(0)?,
                feed_url: row.get(1)?,
                outlet: row.get(2)?,
                first_seen: time(row.get(3)?),
                title: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTransaction<'_> {
    /// Returns what is known about an identity in a feed.
    pub fn sighting(&mut self, feed_id: i64, identity: i64) -> Result<Option<SightingRow>, StoreError> {
        let sql = "SELECT item_id, text_hash FROM sightings WHERE feed_id = ?1 AND identity = ?2";
        let statement = prepared(&mut self.statements.sighting, self.connection, sql)?;
        Ok(statement.query_row([feed_id, identity], sighting_row).optional()?)
    }

    /// Returns the newest item that the feed had under this title at or after `since` and that may be the same one: one
    /// of the two has no address, or both have the same address or time of publication. One of the same time comes before
    /// newer ones. Of many items with the title only the newest 100 are considered.
    pub fn renamed_item(
        &self,
        feed_id: i64,
        title_key: i64,
        url_key: Option<i64>,
        published: Option<Timestamp>,
        since: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        // By itself SQLite would read all sightings of the feed.
        let sql = "SELECT i.id FROM (SELECT item_id, first_seen FROM sightings INDEXED BY sightings_by_title \
                WHERE feed_id = ?1 AND title_key = ?2 AND first_seen >= ?5 ORDER BY first_seen DESC LIMIT ?6) s \
            CROSS JOIN items i ON i.id = s.item_id \
            WHERE ?3 IS NULL OR coalesce(i.url_key, i.lost_url_key, ?3) = ?3 OR i.published = ?4 \
            ORDER BY coalesce(i.published = ?4, 0) DESC, s.first_seen DESC, i.id DESC LIMIT 1";
        let (published, since) = (published.map(Timestamp::as_second), since.as_second());
        let values = params![feed_id, title_key, url_key, published, since, SAME_TITLES];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?)
    }

    /// Returns whether the feed ever had an item.
    pub fn has_sightings(&self, feed_id: i64) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sightings WHERE feed_id = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([feed_id], |row| row.get(0))?)
    }

    /// Returns when the feed was last read with success before the poll in hand.
    pub fn last_success(&self, feed_id: i64) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT last_success_at FROM feeds WHERE id = ?1";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([feed_id], |row| row.get(0))?;
        Ok(at.map(time))
    }

    /// Returns whether the feed had this item before, under any identity.
    pub fn is_in_feed(&self, item_id: i64, feed_id: i64) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sightings WHERE item_id = ?1 AND feed_id = ?2)";
        Ok(self.connection.prepare_cached(sql)?.query_row([item_id, feed_id], |row| row.get(0))?)
    }

    /// Gives the sightings of other feeds than its own, which gave only its address, from an item to another.
    pub fn move_sightings(&mut self, from: i64, to: i64) -> Result<(), StoreError> {
        let sql = "UPDATE sightings SET item_id = ?2 WHERE item_id = ?1 AND feed_id <> (SELECT feed_id FROM items WHERE id = ?1)";
        self.connection.prepare_cached(sql)?.execute([from, to])?;
        Ok(())
    }

    /// Stores that a feed has an item, with its title there if that is another one. An identity that is known already
    /// is left as it is.
    pub fn insert_sighting(&mut self, sighting: &NewSighting, title: Option<&str>) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO sightings (feed_id, identity, item_id, first_seen, title_key, text_hash, is_alias, title) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        prepared(&mut self.statements.insert_sighting, self.connection, sql)?.execute(params![
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

    /// Stores the hash of the text that an item has in a feed now.
    pub fn set_text_hash(&mut self, feed_id: i64, identity: i64, text_hash: i64) -> Result<(), StoreError> {
        let sql = "UPDATE sightings SET text_hash = ?3 WHERE feed_id = ?1 AND identity = ?2";
        self.connection.prepare_cached(sql)?.execute([feed_id, identity, text_hash])?;
        Ok(())
    }

    /// Returns when an identity of a feed was purged; with feed 0, when the key of an address was.
    pub fn purged_at(&mut self, feed_id: i64, key: i64) -> Result<Option<Timestamp>, StoreError> {
        let has_any = match self.has_tombstones {
            Some(has_any) => has_any,
            None => {
                let sql = "SELECT EXISTS (SELECT 1 FROM tombstones)";
                let has_any = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
                *self.has_tombstones.insert(has_any)
            }
        };
        if !has_any {
            return Ok(None);
        }
        let sql = "SELECT purged_at FROM tombstones WHERE feed_id = ?1 AND key = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([feed_id, key], |row| row.get(0)).optional()?.map(time))
    }
}
