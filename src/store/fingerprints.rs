//! The fingerprints of the last items, from which the window of near-duplicates is restored after a restart: a ring of
//! [`FINGERPRINTS_KEPT`] slots, the slot is the item's id modulo its size.

use jiff::Timestamp;
use rusqlite::params;

use super::encoding::time;
use super::error::StoreError;
use super::transaction::{WriteTransaction, prepared};

/// How many items keep their fingerprint: the last ones.
pub const FINGERPRINTS_KEPT: i64 = 50_000;

/// An item of the window.
#[derive(Clone, Debug)]
pub struct WindowRow {
    /// Id of the item.
    pub id: i64,
    /// When it was published, or first seen if that is not known.
    pub at: Timestamp,
    /// Name of the outlet that published it.
    pub outlet: String,
    /// The survivor, if the item is a near-duplicate.
    pub duplicate_of: Option<i64>,
    /// The item that opened its story; its own id if it is alone.
    pub story: i64,
    /// The fingerprint as `dedup` encodes it.
    pub fingerprint: Vec<u8>,
}

impl WriteTransaction<'_> {
    /// Returns the items with a fingerprint that are dated at or after `since`, in the order of their ids.
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

    /// Stores the fingerprint of a new item dated `at`.
    pub(super) fn insert_fingerprint(&mut self, item_id: i64, at: i64, fingerprint: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO recent_fingerprints (slot, item_id, at, fingerprint) VALUES (?1, ?2, ?3, ?4)";
        let values = params![item_id % FINGERPRINTS_KEPT, item_id, at, fingerprint];
        prepared(&mut self.statements.insert_fingerprint, self.connection, sql)?.execute(values)?;
        Ok(())
    }

    /// Replaces the fingerprint of an item whose text has changed, if it is still kept.
    pub(super) fn replace_fingerprint(&mut self, item_id: i64, fingerprint: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE recent_fingerprints SET fingerprint = ?3 WHERE slot = ?1 AND item_id = ?2";
        let values = params![item_id % FINGERPRINTS_KEPT, item_id, fingerprint];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}
