//! The full-text index of the tagged items.
//!
//! It is an external-content FTS5 table: a row indexes the `title` and `summary` of the item with its id, as these
//! columns are. An item that shares text with another has only its remainder there (see `texts`).

use rusqlite::Connection;

use super::error::StoreError;

/// The items that a transaction has yet to index.
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
        let sql = "INSERT INTO item_text (item_text, rowid, title, summary) SELECT 'delete', id, title, summary FROM items WHERE id = ?1";
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
            SELECT i.id, i.title, i.summary FROM json_each(?1) j CROSS JOIN items i ON i.id = j.value";
        connection.prepare_cached(sql)?.execute([ids])?;
        Ok(())
    }
}
