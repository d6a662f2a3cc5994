//! Checks of the file, and repair of what is derived from the items: the `is_tagged` flags, the full-text index and the
//! daily counts.

use rusqlite::Connection;
use serde::Serialize;

use super::error::StoreError;
use super::handle::{Reader, Store};
use super::tags::{is_tagged, tagged_items};
use super::texts;

/// SQL: the UTC day of the item `i`, counted from 1970-01-01, also for times before.
macro_rules! day_of_item {
    () => {
        "(i.at - ((i.at % 86400) + 86400) % 86400) / 86400"
    };
}

/// Counts the days and tags whose counts are not those of a recount.
const WRONG_COUNTS: &str = concat!(
    "SELECT count(*) FROM (SELECT day, tag_id FROM \
    (SELECT day, tag_id, items, originals FROM daily_counts UNION ALL SELECT ",
    day_of_item!(),
    ", x.tag_id, -1, -(i.duplicate_of IS NULL) FROM ",
    tagged_items!(),
    ") GROUP BY day, tag_id HAVING sum(items) <> 0 OR sum(originals) <> 0)"
);

/// Counts everything again.
const RECOUNT: &str = concat!(
    "DELETE FROM daily_counts; INSERT INTO daily_counts (day, tag_id, items, originals) SELECT ",
    day_of_item!(),
    ", x.tag_id, count(*), sum(i.duplicate_of IS NULL) FROM ",
    tagged_items!(),
    " GROUP BY 1, 2;"
);

/// Counts tagged items that are not indexed.
const UNINDEXED: &str = concat!(
    "SELECT count(*) FROM items i WHERE ",
    is_tagged!("i.id"),
    " AND NOT EXISTS (SELECT 1 FROM item_text_docsize d WHERE d.id = i.id)"
);

/// Counts untagged items that are indexed.
const WRONGLY_INDEXED: &str = concat!("SELECT count(*) FROM item_text_docsize d WHERE NOT ", is_tagged!("d.id"));

/// Indexes everything again.
const REINDEX: &str = "INSERT INTO item_text (item_text) VALUES ('delete-all'); \
    INSERT INTO item_text (rowid, title, summary) \
        SELECT id, folded(title), folded(summary) FROM items WHERE is_tagged = 1 ORDER BY id;";

/// Data that is derived from other tables.
struct Derived {
    /// Describes the fault, after its count.
    what: &'static str,
    /// SQL that counts the rows that are wrong.
    faults: &'static str,
    /// SQL that rebuilds the data.
    remedy: &'static str,
}

/// What is derived, in the order in which it can be rebuilt.
const DERIVED: &[Derived] = &[
    Derived {
        what: "items have a wrong `is_tagged`",
        faults: concat!("SELECT count(*) FROM items i WHERE is_tagged <> ", is_tagged!("i.id")),
        remedy: concat!("UPDATE items SET is_tagged = ", is_tagged!("items.id")),
    },
    Derived { what: "tagged items are missing from the full-text index", faults: UNINDEXED, remedy: REINDEX },
    Derived { what: "untagged items are in the full-text index", faults: WRONGLY_INDEXED, remedy: REINDEX },
    Derived { what: "daily counts differ from a recount", faults: WRONG_COUNTS, remedy: RECOUNT },
];

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// One line for each kind of fault; empty if there is none.
    pub faults: Vec<String>,
    /// What to do about them; none if there is no fault.
    pub advice: Option<&'static str>,
}

fn count(connection: &Connection, sql: &str) -> Result<i64, StoreError> {
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

impl Reader {
    /// Looks for damage: SQLite's own integrity check, references, the full-text index, and the invariants of the
    /// module page.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the file is too damaged to be queried.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        let mut faults = Vec::new();
        let mut statement = self.connection.prepare("PRAGMA integrity_check(100)")?;
        for line in statement.query_map([], |row| row.get::<_, String>(0))? {
            let line = line?;
            if line != "ok" {
                faults.push(format!("integrity: {line}"));
            }
        }
        let mut statement =
            self.connection.prepare("SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1")?;
        for row in statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))? {
            let (table, count) = row?;
            faults.push(format!("foreign keys: {count} rows of {table} refer to missing rows"));
        }
        for (what, sql) in [
            (
                "items are in no feed",
                "SELECT count(*) FROM items i WHERE NOT EXISTS (SELECT 1 FROM sightings s WHERE s.item_id = i.id)",
            ),
            (
                "items are duplicates of a duplicate",
                "SELECT count(*) FROM items i JOIN items d ON d.id = i.duplicate_of WHERE d.duplicate_of IS NOT NULL",
            ),
            (
                "items with a scope have no tag",
                concat!("SELECT count(*) FROM items i WHERE scope IS NOT NULL AND NOT ", is_tagged!("i.id")),
            ),
            (
                "items have an `at` that is not their time of publication or first sighting",
                "SELECT count(*) FROM items WHERE at <> coalesce(published, first_seen)",
            ),
            ("items share the text of an item that no longer has it", texts::BROKEN),
        ] {
            let count: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
            if count > 0 {
                faults.push(format!("{count} {what}"));
            }
        }
        let is_damaged = !faults.is_empty();
        for derived in DERIVED {
            let count = count(&self.connection, derived.faults)?;
            if count > 0 {
                faults.push(format!("{count} {}", derived.what));
            }
        }
        let advice = match (is_damaged, faults.is_empty()) {
            (_, true) => None,
            (false, false) => {
                Some("`kazbek db repair` rebuilds the full-text index and the daily counts from the items")
            }
            (true, false) => Some(
                "the file is left as it is: stop the daemon, move the file away and restore a backup, or save what can be read \
                 with `sqlite3 FILE .recover`",
            ),
        };
        Ok(CheckReport { faults, advice })
    }
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
