//! Repair of what is derived from the items: the `is_tagged` flags, the full-text index and the daily counts.

use rusqlite::Connection;

use super::{Store, StoreError};

/// Data that is derived from other tables.
pub(super) struct Derived {
    /// Describes the fault, after its count.
    pub(super) what: &'static str,
    /// SQL that counts the rows that are wrong.
    pub(super) faults: &'static str,
    /// SQL that rebuilds the data.
    remedy: &'static str,
}

const INDEX_ANEW: &str = "INSERT INTO item_text (item_text) VALUES ('delete-all'); \
    INSERT INTO item_text (rowid, title, summary) SELECT id, title, summary FROM items WHERE is_tagged = 1 ORDER BY id;";

/// What is derived, in the order in which it can be rebuilt.
pub(super) const DERIVED: &[Derived] = &[
    Derived {
        what: "items say of themselves that they are tagged, or not, and are otherwise",
        faults: "SELECT count(*) FROM items i WHERE is_tagged <> EXISTS (SELECT 1 FROM item_tags t WHERE t.item_id = i.id)",
        remedy: "UPDATE items SET is_tagged = EXISTS (SELECT 1 FROM item_tags t WHERE t.item_id = items.id)",
    },
    Derived {
        what: "tagged items are missing from the full text",
        faults: "SELECT count(*) FROM (SELECT DISTINCT item_id FROM item_tags) t \
            WHERE NOT EXISTS (SELECT 1 FROM item_text_docsize d WHERE d.id = t.item_id)",
        remedy: INDEX_ANEW,
    },
    Derived {
        what: "items without a tag stand in the full text",
        faults: "SELECT count(*) FROM item_text_docsize d WHERE NOT EXISTS (SELECT 1 FROM item_tags t WHERE t.item_id = d.id)",
        remedy: INDEX_ANEW,
    },
    Derived {
        what: "days and tags whose count is not that of a recount",
        faults: "SELECT count(*) FROM (SELECT day, tag_id FROM \
            (SELECT day, tag_id, items, originals FROM daily_counts UNION ALL \
            SELECT (i.at - ((i.at % 86400) + 86400) % 86400) / 86400, x.tag_id, -1, -(i.duplicate_of IS NULL) \
            FROM item_tags x JOIN items i ON i.id = x.item_id) GROUP BY day, tag_id HAVING sum(items) <> 0 OR sum(originals) <> 0)",
        remedy: "DELETE FROM daily_counts; INSERT INTO daily_counts (day, tag_id, items, originals) \
            SELECT (i.at - ((i.at % 86400) + 86400) % 86400) / 86400, x.tag_id, count(*), sum(i.duplicate_of IS NULL) \
            FROM item_tags x JOIN items i ON i.id = x.item_id GROUP BY 1, 2;",
    },
];

pub(super) fn count(connection: &Connection, sql: &str) -> Result<i64, StoreError> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

impl Store {
    /// Rebuilds derived data that contradicts the items, in one transaction, and returns one line for each fault found.
    pub fn repair(&mut self) -> Result<Vec<String>, StoreError> {
        self.write(|writer| {
            let mut repaired = Vec::new();
            for derived in DERIVED {
                let faults = count(writer.connection, derived.faults)?;
                if faults > 0 {
                    writer.connection.execute_batch(derived.remedy)?;
                    repaired.push(format!("{faults} {}", derived.what));
                }
            }
            Ok(repaired)
        })
    }
}
