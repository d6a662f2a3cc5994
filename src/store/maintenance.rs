//! Integrity, backup, space and figures.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use super::items::time;
use super::repair::{self, DERIVED};
use super::words;
use super::{SCHEMA_VERSION, Store, StoreError};

/// Figures of the store. `sightings` is `items` and `duplicates` together: one item standing in one feed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// Feeds that are polled.
    pub feeds: i64,
    /// Items kept once.
    pub items: i64,
    /// Items standing in feeds, duplicates included.
    pub sightings: i64,
    /// Sightings of what the store had already from elsewhere.
    pub duplicates: i64,
    /// Groups of items about one event.
    pub stories: i64,
    /// Items kept once that have a tag.
    pub tagged: i64,
    /// Size of the database file with its log.
    pub bytes: u64,
    /// Time of the oldest item.
    pub oldest: Option<Timestamp>,
    /// Time of the newest item.
    pub newest: Option<Timestamp>,
    /// Version of the tables.
    pub schema_version: u32,
    /// Version of the lexicon that the items were tagged with.
    pub lexicon_version: Option<String>,
}

/// What a check of the file found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// One line each; empty where all is well.
    pub faults: Vec<String>,
    /// What to do about them; none where all is well.
    pub advice: Option<&'static str>,
}

/// Copies a database to a file that appears under its name only when it is whole; one that stood there is replaced.
pub(super) fn copy_whole(
    connection: &Connection,
    target: &Path,
    progress: &mut impl FnMut(u64, u64),
) -> Result<(), StoreError> {
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    let partial = std::path::PathBuf::from(partial);
    // A partial copy of an interrupted backup is worth nothing.
    if partial.exists() {
        std::fs::remove_file(&partial).map_err(|error| StoreError::CannotOpen(error.to_string()))?;
    }
    let renamed = copy_to(connection, &partial, progress).and_then(|()| {
        std::fs::rename(&partial, target)
            .map_err(|error| StoreError::CannotOpen(format!("{}: {error}", target.display())))
    });
    if renamed.is_err() && partial.exists() {
        // The first error is the one to tell; a left-over is named after what it is.
        drop(std::fs::remove_file(&partial));
    }
    renamed
}

fn copy_to(connection: &Connection, target: &Path, progress: &mut impl FnMut(u64, u64)) -> Result<(), StoreError> {
    // In one snapshot: else every write of another process would have the copy begin anew.
    let snapshot = connection.unchecked_transaction()?;
    snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut copy = Connection::open(target)?;
    let backup = rusqlite::backup::Backup::new(connection, &mut copy)?;
    let mut waits = 0;
    loop {
        match backup.step(4096)? {
            rusqlite::backup::StepResult::Done => break,
            rusqlite::backup::StepResult::More => waits = 0,
            _ if waits > 500 => return Err(StoreError::Locked),
            _ => {
                waits += 1;
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        let at = backup.progress();
        let total = u64::try_from(at.pagecount).unwrap_or_default();
        progress(total.saturating_sub(u64::try_from(at.remaining).unwrap_or_default()), total);
    }
    drop(backup);
    drop(snapshot);
    copy.close().map_err(|(_, error)| StoreError::from(error))
}

impl Store {
    /// Figures of the store.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let one = |sql: &str| -> Result<i64, StoreError> { Ok(self.connection.query_row(sql, [], |row| row.get(0))?) };
        let (oldest, newest): (Option<i64>, Option<i64>) = self.connection.query_row(
            "SELECT (SELECT min(at) FROM items), (SELECT max(at) FROM items)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let sightings = one("SELECT count(*) FROM sightings WHERE is_alias = 0")?;
        let items = one("SELECT count(*) FROM items WHERE duplicate_of IS NULL")?;
        Ok(Stats {
            feeds: one("SELECT count(*) FROM feeds WHERE state = 'on' AND origin <> 'import'")?,
            items,
            sightings,
            duplicates: sightings - items,
            stories: one("SELECT count(DISTINCT story) FROM items WHERE story IS NOT NULL")?,
            tagged: one(
                "SELECT count(*) FROM items i WHERE duplicate_of IS NULL AND EXISTS (SELECT 1 FROM item_tags t WHERE t.item_id = i.id)",
            )?,
            bytes: self.size_bytes(),
            oldest: oldest.map(time),
            newest: newest.map(time),
            schema_version: SCHEMA_VERSION,
            lexicon_version: self.meta("lexicon_version")?,
        })
    }

    /// Returns the size of the database file with its write-ahead log.
    pub fn size_bytes(&self) -> u64 {
        let size = |suffix: &str| {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            std::fs::metadata(path).map_or(0, |metadata| metadata.len())
        };
        size("") + size("-wal")
    }

    /// Looks for damage: SQLite's own integrity, foreign keys, the full-text index, and what this schema promises.
    ///
    /// # Errors
    /// Where the file is too damaged to be asked.
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
            faults.push(format!("foreign keys: {count} rows of {table} point nowhere"));
        }
        for (what, sql) in [
            (
                "items stand in no feed",
                "SELECT count(*) FROM items i WHERE NOT EXISTS (SELECT 1 FROM sightings s WHERE s.item_id = i.id)",
            ),
            (
                "items are duplicates of a duplicate",
                "SELECT count(*) FROM items i JOIN items d ON d.id = i.duplicate_of WHERE d.duplicate_of IS NOT NULL",
            ),
            (
                "items with a scope have no tag",
                "SELECT count(*) FROM items i WHERE scope IS NOT NULL AND NOT EXISTS (SELECT 1 FROM item_tags t WHERE t.item_id = i.id)",
            ),
            (
                "items count at another time than they say",
                "SELECT count(*) FROM items WHERE at <> coalesce(published, first_seen)",
            ),
            ("items share the words of an item that has them no longer", words::BROKEN),
        ] {
            let count: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
            if count > 0 {
                faults.push(format!("{count} {what}"));
            }
        }
        let is_damaged = !faults.is_empty();
        for derived in DERIVED {
            let count = repair::count(&self.connection, derived.faults)?;
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
                "the file is left as it is: stop the daemon, move the file away and put a backup in its place, or save what can be read \
                 with `sqlite3 FILE .recover`",
            ),
        };
        Ok(CheckReport { faults, advice })
    }

    /// Copies the store to a new file while others read and write it. The copy appears under its name only when it is whole.
    ///
    /// # Errors
    /// [`StoreError::CannotOpen`] where the file exists or cannot be written, and those of SQLite.
    pub fn backup(&self, target: &Path, mut progress: impl FnMut(u64, u64)) -> Result<(), StoreError> {
        if target.exists() {
            return Err(StoreError::CannotOpen(format!("{} exists already and is not overwritten", target.display())));
        }
        copy_whole(&self.connection, target, &mut progress)
    }

    /// Merges the full-text index and gives unused space back to the file system; changes no item. Returns the size in
    /// bytes before and after.
    pub fn compact(&mut self) -> Result<(u64, u64), StoreError> {
        let before = self.size_bytes();
        self.connection
            .execute_batch("INSERT INTO item_text (item_text) VALUES ('optimize'); VACUUM; PRAGMA optimize;")?;
        self.checkpoint()?;
        Ok((before, self.size_bytes()))
    }

    /// Moves the write-ahead log into the file, as far as readers let it.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}
