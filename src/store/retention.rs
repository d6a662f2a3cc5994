//! What is kept for how long, and the space that is given back.

use jiff::{SignedDuration, Timestamp};

use super::{OnlyOutOfScope, Store, StoreError};

/// Items that one transaction of retention touches: readers and polls get their turn in between.
const BATCH: usize = 1_000;

/// Pages that are given back to the system at a time.
const VACUUM_PAGES: u32 = 2_000;

/// Pages of the full text that are merged at a time.
const MERGE_PAGES: i64 = 1_000;

/// What is kept for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionOptions {
    /// Days for which untagged items keep their words, so that a later lexicon can tag them.
    pub untagged_text_days: u32,
    /// Days for which items outside the beat are kept at all; 0 for ever.
    pub out_of_scope_days: u32,
    /// Days for which items of the beat are kept; 0 for ever.
    pub in_scope_days: u32,
    /// Size of the file in MiB from which the oldest items go, those outside the beat first; 0 for no limit.
    pub size_limit_mib: u64,
}

impl Default for RetentionOptions {
    fn default() -> RetentionOptions {
        RetentionOptions { untagged_text_days: 90, out_of_scope_days: 0, in_scope_days: 0, size_limit_mib: 0 }
    }
}

/// What retention did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Untagged items that lost their words.
    pub texts_dropped: usize,
    /// Items that were removed.
    pub items_purged: usize,
}

impl Store {
    /// Drops and purges what is older than it is to be, in small transactions, and gives the space back.
    ///
    /// # Errors
    /// Those of SQLite; what was done until then stays done.
    pub fn retain(&mut self, options: &RetentionOptions, now: Timestamp) -> Result<Retained, StoreError> {
        let before =
            |days: u32| now.checked_sub(SignedDuration::from_hours(i64::from(days) * 24)).unwrap_or(Timestamp::MIN);
        let mut done = Retained::default();
        loop {
            let (looked, dropped) =
                self.write(|writer| writer.drop_untagged_texts(before(options.untagged_text_days), BATCH))?;
            done.texts_dropped += dropped;
            if looked < BATCH {
                break;
            }
        }
        for (days, only_out_of_scope) in [(options.out_of_scope_days, true), (options.in_scope_days, false)] {
            if days == 0 {
                continue;
            }
            loop {
                let only_out_of_scope = OnlyOutOfScope(only_out_of_scope);
                let purged = self.write(|writer| writer.purge(before(days), only_out_of_scope, BATCH, now))?;
                done.items_purged += purged;
                if purged < BATCH {
                    break;
                }
            }
        }
        done.items_purged += self.shrink_to(options.size_limit_mib << 20, now)?;
        self.give_back()?;
        Ok(done)
    }

    /// Purges the oldest items until the used part of the file is within a limit.
    fn shrink_to(&mut self, limit_bytes: u64, now: Timestamp) -> Result<usize, StoreError> {
        let mut purged_all = 0;
        let mut only_out_of_scope = true;
        loop {
            let used = self.used_bytes()?;
            if limit_bytes == 0 || used <= limit_bytes {
                return Ok(purged_all);
            }
            // As many as fill the excess if all are of a size; then it is looked again.
            let items = self.count_since(None)?.max(1);
            let excess = (used - limit_bytes).saturating_mul(items) / used + 1;
            let mut wanted = usize::try_from(excess).unwrap_or(usize::MAX);
            while wanted > 0 {
                let batch = wanted.min(BATCH);
                let purged =
                    self.write(|writer| writer.purge(Timestamp::MAX, OnlyOutOfScope(only_out_of_scope), batch, now))?;
                purged_all += purged;
                wanted -= purged;
                if purged == 0 && !only_out_of_scope {
                    return Ok(purged_all);
                }
                only_out_of_scope &= purged == batch;
            }
            self.merge_text()?;
        }
    }

    /// Merges the segments of the full text, in steps: only then is the space of removed words free.
    fn merge_text(&mut self) -> Result<(), StoreError> {
        let changes = |store: &Store| -> Result<i64, StoreError> {
            Ok(store.connection.query_row("SELECT total_changes()", [], |row| row.get(0))?)
        };
        // The first step puts all segments on one level, the others go on with them; a step that changes one row did nothing
        // (SQLite's documentation of FTS5, "The merge command").
        let mut pages = -MERGE_PAGES;
        loop {
            let before = changes(self)?;
            self.connection.execute("INSERT INTO item_text (item_text, rank) VALUES ('merge', ?1)", [pages])?;
            if changes(self)? - before < 2 {
                return Ok(());
            }
            pages = MERGE_PAGES;
        }
    }

    /// Bytes of the file that hold something.
    fn used_bytes(&self) -> Result<u64, StoreError> {
        let one = |name: &str| -> Result<u64, StoreError> {
            let number: i64 = self.connection.pragma_query_value(None, name, |row| row.get(0))?;
            Ok(u64::try_from(number).unwrap_or_default())
        };
        Ok((one("page_count")? - one("freelist_count")?.min(one("page_count")?)) * one("page_size")?)
    }

    /// Gives free pages back to the system, in steps.
    fn give_back(&mut self) -> Result<(), StoreError> {
        loop {
            let free: i64 = self.connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
            if free == 0 {
                return Ok(());
            }
            self.connection.execute_batch(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"))?;
            let left: i64 = self.connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
            if left >= free {
                return Ok(());
            }
        }
    }
}
