//! The fingerprints of the last items, from which the window of near-duplicates is restored after a restart: a ring of
//! [`FINGERPRINTS_KEPT`] slots, the slot is the item's id modulo its size.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::encoding::time;
use super::error::StoreError;
use super::transaction::{WriteTransaction, prepared};
use crate::dedup::{Provenance, Survivor};

/// How many items keep their fingerprint: the last ones.
pub(crate) const FINGERPRINTS_KEPT: i64 = 50_000;

/// An item of the window.
#[derive(Clone, Debug)]
pub struct WindowRow {
    /// Id of the item.
    pub id: i64,
    /// When it was published, or first seen if that is not known.
    pub at: Timestamp,
    /// Name of the outlet that published it.
    pub outlet: String,
    /// When and how the store first saw it.
    pub provenance: Provenance,
    /// The survivor, if the item is a near-duplicate.
    pub duplicate_of: Option<Survivor>,
    /// The item that opened its story; its own id if it is alone.
    pub story: i64,
    /// Items of the story in the whole store, near-duplicates not counted.
    pub story_items: u32,
    /// The fingerprint as `dedup` encodes it; empty for a copy that others are not compared with.
    pub fingerprint: Vec<u8>,
}

/// Reads `is_own_page`, `agency`, `is_backlog`, `first_seen` and `appeared` from five columns.
fn provenance(row: &Row<'_>, first: usize) -> rusqlite::Result<Provenance> {
    Ok(Provenance {
        is_own_page: row.get(first)?,
        agency: row.get(first + 1)?,
        is_backlog: row.get(first + 2)?,
        seen: time(row.get(first + 3)?),
        appeared: time(row.get(first + 4)?),
    })
}

impl WriteTransaction<'_> {
    /// Returns the last [`FINGERPRINTS_KEPT`] items without those that were purged, in the order in which they came.
    pub fn window(&self) -> Result<Vec<WindowRow>, StoreError> {
        let sql = "SELECT i.id, r.at, o.name, coalesce(i.story, i.id), r.fingerprint, \
            i.is_own_page, i.agency, i.is_backlog, i.first_seen, i.appeared, \
            s.id, s.at, s.is_own_page, s.agency, s.is_backlog, s.first_seen, s.appeared \
            FROM recent_fingerprints r CROSS JOIN items i ON i.id = r.item_id JOIN feeds f ON f.id = i.feed_id \
            JOIN outlets o ON o.id = f.outlet_id LEFT JOIN items s ON s.id = i.duplicate_of";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let survivor: Option<i64> = row.get(10)?;
            let survivor = survivor
                .map(|key| {
                    Ok::<_, rusqlite::Error>(Survivor { key, at: time(row.get(11)?), provenance: provenance(row, 12)? })
                })
                .transpose()?;
            Ok(WindowRow {
                id: row.get(0)?,
                at: time(row.get(1)?),
                outlet: row.get(2)?,
                provenance: provenance(row, 5)?,
                duplicate_of: survivor,
                story: row.get(3)?,
                story_items: 0,
                fingerprint: row.get(4)?,
            })
        })?;
        let mut rows: Vec<WindowRow> = rows.collect::<Result<_, _>>()?;
        // A ring of which a part was purged may hold more than the last ids.
        let last = rows.iter().map(|row| row.id).max().unwrap_or_default();
        rows.retain(|row| row.id > last - FINGERPRINTS_KEPT);
        rows.sort_unstable_by_key(|row| row.id);
        self.count_stories(&mut rows)?;
        Ok(rows)
    }

    fn count_stories(&self, rows: &mut [WindowRow]) -> Result<(), StoreError> {
        let mut counts: HashMap<i64, u32> = HashMap::new();
        for row in rows.iter().filter(|row| row.duplicate_of.is_none()) {
            *counts.entry(row.story).or_default() += 1;
        }
        let first = rows.first().map_or(i64::MAX, |row| row.id);
        // An item alone in its story may have no story of its own.
        let sql = "SELECT (SELECT count(*) FROM items WHERE story = ?1 AND duplicate_of IS NULL) \
            + (SELECT count(*) FROM items WHERE id = ?1 AND story IS NULL AND duplicate_of IS NULL)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let older: HashSet<i64> = rows.iter().map(|row| row.story).filter(|story| *story < first).collect();
        for story in older {
            counts.insert(story, statement.query_row([story], |row| row.get(0))?);
        }
        for row in rows {
            row.story_items = counts.get(&row.story).copied().unwrap_or_default();
        }
        Ok(())
    }

    /// Returns the fingerprint of an item, if it is still kept.
    pub fn fingerprint(&self, item_id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT fingerprint FROM recent_fingerprints WHERE slot = ?1 AND item_id = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([item_id % FINGERPRINTS_KEPT, item_id], |row| row.get(0)).optional()?)
    }

    /// Stores the fingerprint of a new item dated `at`.
    pub(super) fn insert_fingerprint(&mut self, item_id: i64, at: i64, fingerprint: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO recent_fingerprints (slot, item_id, at, fingerprint) VALUES (?1, ?2, ?3, ?4)";
        let values = params![item_id % FINGERPRINTS_KEPT, item_id, at, fingerprint];
        prepared(&mut self.statements.insert_fingerprint, self.connection, sql)?.execute(values)?;
        Ok(())
    }

    /// Replaces the fingerprint of an item whose text or tags have changed, if it is still kept.
    pub fn set_fingerprint(&mut self, item_id: i64, fingerprint: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE recent_fingerprints SET fingerprint = ?3 WHERE slot = ?1 AND item_id = ?2";
        let values = params![item_id % FINGERPRINTS_KEPT, item_id, fingerprint];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}
