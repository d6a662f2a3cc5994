//! The transaction of the writer, and what it postpones to its end: the full text and the daily counts.

use rusqlite::{CachedStatement, Connection, Transaction};

use super::daily_counts::CountChanges;
use super::error::StoreError;
use super::ids::IdCache;
use super::search_index::SearchIndex;

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
        }
    }

    /// Does what was postponed to the end of the transaction.
    pub(super) fn finish(&mut self) -> Result<(), StoreError> {
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
