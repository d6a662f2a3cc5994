//! Items by UTC day and tag, kept in step with the items.

use std::collections::HashMap;

use rusqlite::Connection;

use super::error::StoreError;

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

/// The changes of one transaction, added up at its end.
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
