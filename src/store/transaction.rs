//! The transaction of the writer, and what it postpones to its end: the full text, the daily counts, and the groups of
//! displaced survivors.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, Transaction};

use super::error::StoreError;
use super::ids::IdCache;

/// The transaction of the writer. The modules of the nouns say what can be done in it.
pub struct WriteTransaction<'a> {
    pub(super) connection: &'a Connection,
    pub(super) ids: &'a mut IdCache,
    pub(super) counts: CountChanges,
    pub(super) index: SearchIndex,
    /// The id that the next new item gets, once it is known.
    pub(super) next_item_id: Option<i64>,
    /// Whether anything was ever purged, once it is known.
    pub(super) has_tombstones: Option<bool>,
    pub(super) statements: Statements<'a>,
    /// Survivors that were displaced, and by which item: the rest of their groups follows at the end.
    pub(super) displaced: HashMap<i64, i64>,
}

/// The statements that run for each item, prepared when they are first needed: finding them in the cache of the
/// connection by their text is a good part of what they cost.
#[derive(Default)]
pub(super) struct Statements<'a> {
    pub(super) insert_item: Option<CachedStatement<'a>>,
    pub(super) insert_tag: Option<CachedStatement<'a>>,
    pub(super) insert_fingerprint: Option<CachedStatement<'a>>,
    pub(super) insert_sighting: Option<CachedStatement<'a>>,
    pub(super) sighting: Option<CachedStatement<'a>>,
    pub(super) item_by_url: Option<CachedStatement<'a>>,
}

/// The statement in `slot`, prepared if it is not yet.
pub(super) fn prepared<'s, 'a>(
    slot: &'s mut Option<CachedStatement<'a>>,
    connection: &'a Connection,
    sql: &str,
) -> Result<&'s mut CachedStatement<'a>, StoreError> {
    match slot {
        Some(statement) => Ok(statement),
        None => Ok(slot.insert(connection.prepare_cached(sql)?)),
    }
}

impl std::fmt::Debug for WriteTransaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteTransaction").finish_non_exhaustive()
    }
}

impl<'a> WriteTransaction<'a> {
    pub(super) fn new(transaction: &'a Transaction<'_>, ids: &'a mut IdCache) -> WriteTransaction<'a> {
        WriteTransaction {
            connection: transaction,
            ids,
            counts: CountChanges::default(),
            index: SearchIndex::default(),
            next_item_id: None,
            has_tombstones: None,
            statements: Statements::default(),
            displaced: HashMap::new(),
        }
    }

    /// Does what was postponed to the end of the transaction.
    pub(super) fn finish(&mut self) -> Result<(), StoreError> {
        self.move_displaced_groups()?;
        self.index.flush(self.connection)?;
        self.counts.flush(self.connection)
    }

    /// Sets a value of the `meta` table.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.connection.prepare_cached(sql)?.execute([key, value])?;
        Ok(())
    }
}

/// One change: an item with a tag that comes, goes, or becomes a near-duplicate.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountChange {
    /// Unix seconds of the item.
    pub(super) at: i64,
    pub(super) tag_id: i64,
    /// By how much the count of items changes.
    pub(super) items: i64,
    /// By how much the count without near-duplicates changes.
    pub(super) originals: i64,
}

/// The changes of the items by UTC day and tag in one transaction, added up at its end.
#[derive(Debug, Default)]
pub(super) struct CountChanges(Vec<CountChange>);

impl CountChanges {
    pub(super) fn add(&mut self, change: CountChange) {
        self.0.push(change);
    }

    /// Writes the sums of the changes.
    pub(super) fn flush(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let mut sums: HashMap<(i64, i64), (i64, i64)> = HashMap::new();
        for change in self.0.drain(..) {
            let sum = sums.entry((change.at.div_euclid(86_400), change.tag_id)).or_default();
            sum.0 += change.items;
            sum.1 += change.originals;
        }
        let sql = "INSERT INTO daily_counts (day, tag_id, items, originals) VALUES (?1, ?2, ?3, ?4) \
            ON CONFLICT (day, tag_id) DO UPDATE SET items = items + excluded.items, originals = originals + excluded.originals";
        let mut statement = connection.prepare_cached(sql)?;
        for ((day, tag_id), (items, originals)) in sums.into_iter().filter(|(_, sum)| *sum != (0, 0)) {
            statement.execute([day, tag_id, items, originals])?;
        }
        Ok(())
    }
}

/// The items that a transaction has yet to add to the full-text index of the tagged items.
///
/// The index is an external-content FTS5 table: a row indexes the `title` and `summary` of the item with its id, folded
/// by the SQL function `folded`. An item that shares text with another has only its remainder there (see `texts`).
#[derive(Debug, Default)]
pub(super) struct SearchIndex {
    waiting: Vec<i64>,
}

impl SearchIndex {
    /// Indexes an item at the end of the transaction, with the text that it then has.
    pub(super) fn add(&mut self, item_id: i64) {
        self.waiting.push(item_id);
    }

    /// Removes an item from the index, while it still has the text that was indexed.
    pub(super) fn remove(&mut self, connection: &Connection, item_id: i64) -> Result<(), StoreError> {
        if self.waiting.contains(&item_id) {
            self.flush(connection)?;
        }
        let sql = "INSERT INTO item_text (item_text, rowid, title, summary) \
            SELECT 'delete', id, folded(title), folded(summary) FROM items WHERE id = ?1";
        connection.prepare_cached(sql)?.execute([item_id])?;
        Ok(())
    }

    /// Indexes what waits, in one statement. FTS5 writes what it holds in memory to the file whenever another statement
    /// of the transaction must be able to fail alone, and that is nearly every one.
    pub(super) fn flush(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.waiting.sort_unstable();
        let ids = format!("{:?}", self.waiting);
        self.waiting.clear();
        let sql = "INSERT INTO item_text (rowid, title, summary) \
            SELECT i.id, folded(i.title), folded(i.summary) FROM json_each(?1) j CROSS JOIN items i ON i.id = j.value";
        connection.prepare_cached(sql)?.execute([ids])?;
        Ok(())
    }
}
