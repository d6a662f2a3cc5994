//! Figures, size, backup and compaction of the file.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::backup;
use super::encoding::time;
use super::error::StoreError;
use super::handle::{Reader, Store};
use super::schema::SCHEMA_VERSION;
use super::tags::is_tagged;

/// Figures of the store: `sightings` is the sum of `items` and `duplicates`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// Feeds that are polled.
    pub feeds: i64,
    /// Items without near-duplicates.
    pub items: i64,
    /// Items in feeds: an item that two feeds have counts twice.
    pub sightings: i64,
    /// Sightings of what another feed had already.
    pub duplicates: i64,
    /// Stories.
    pub stories: i64,
    /// Items without near-duplicates that have a tag.
    pub tagged: i64,
    /// Size of the file with its write-ahead log.
    pub bytes: u64,
    /// Date of the oldest item.
    pub oldest: Option<Timestamp>,
    /// Date of the newest item.
    pub newest: Option<Timestamp>,
    /// Version of the schema.
    pub schema_version: u32,
    /// Version of the lexicon that the items were tagged with.
    pub lexicon_version: Option<String>,
}

impl Reader {
    /// Returns the figures of the store.
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
            tagged: one(concat!("SELECT count(*) FROM items i WHERE duplicate_of IS NULL AND ", is_tagged!("i.id")))?,
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

    /// Copies the store to a new file while others read and write it; `progress` gets the pages copied and the pages of
    /// the file. The copy appears under its name only when it is complete.
    ///
    /// # Errors
    /// [`StoreError::CannotOpen`] if the file exists or cannot be written.
    pub fn backup(&self, target: &Path, progress: impl FnMut(u64, u64)) -> Result<(), StoreError> {
        backup::copy_new(&self.connection, target, progress)
    }
}

impl Store {
    /// Merges the full-text index and gives unused space back to the file system; changes no item. Returns the size in
    /// bytes before and after.
    pub fn compact(&mut self) -> Result<(u64, u64), StoreError> {
        let before = self.size_bytes();
        self.connection
            .execute_batch("INSERT INTO item_text (item_text) VALUES ('optimize'); VACUUM; PRAGMA optimize;")?;
        self.checkpoint()?;
        Ok((before, self.size_bytes()))
    }
}
