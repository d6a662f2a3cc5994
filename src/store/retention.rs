//! Retention: which texts and items are removed because of their age or the size of the file.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use serde::Serialize;

use super::{OnlyOutOfScope, Store, StoreError};

/// Items that one transaction removes: readers and polls get their turn in between.
const BATCH: usize = 1_000;

/// Pages that are given back to the file system at a time.
const VACUUM_PAGES: u32 = 2_000;

/// Pages of the full-text index that are merged at a time.
const MERGE_PAGES: i64 = 1_000;

/// How long items and texts are kept: the `[store]` table of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionOptions {
    /// Days for which untagged items keep their title and summary, so that a later lexicon can tag them.
    pub untagged_text_days: u32,
    /// Days for which items out of scope are kept; 0 means for ever.
    pub out_of_scope_days: u32,
    /// Days for which items are kept, in scope or not; 0 means for ever.
    pub in_scope_days: u32,
    /// Size of the file in MiB above which the oldest items are removed, those out of scope first; 0 means no limit.
    pub size_limit_mib: u64,
}

impl Default for RetentionOptions {
    fn default() -> RetentionOptions {
        RetentionOptions { untagged_text_days: 90, out_of_scope_days: 0, in_scope_days: 0, size_limit_mib: 0 }
    }
}

impl RetentionOptions {
    /// The time before which something kept for `days` is old.
    fn cutoff(days: u32, now: Timestamp) -> Timestamp {
        now.checked_sub(SignedDuration::from_hours(i64::from(days) * 24)).unwrap_or(Timestamp::MIN)
    }

    /// The same for items, which are kept for ever with 0 days.
    fn item_cutoff(days: u32, now: Timestamp) -> Option<Timestamp> {
        (days > 0).then(|| RetentionOptions::cutoff(days, now))
    }
}

/// What a prune removed, or would remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Untagged items that lost their title and summary.
    pub texts_dropped: usize,
    /// Items out of scope that were removed.
    pub items_out_of_scope: usize,
    /// Items in scope that were removed.
    pub items_in_scope: usize,
}

impl Pruned {
    /// Returns how many items were removed.
    pub fn items(&self) -> usize {
        self.items_out_of_scope + self.items_in_scope
    }

    /// Adds what one purge removed, and returns how many items that were.
    fn add(&mut self, (out_of_scope, in_scope): (usize, usize)) -> usize {
        self.items_out_of_scope += out_of_scope;
        self.items_in_scope += in_scope;
        out_of_scope + in_scope
    }
}

impl Store {
    /// Removes what the options no longer keep, in small transactions, and gives the space back. If it fails half-way,
    /// what was removed until then stays removed.
    pub fn prune(&mut self, options: &RetentionOptions, now: Timestamp) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        let text_cutoff = RetentionOptions::cutoff(options.untagged_text_days, now);
        loop {
            let (examined, dropped) = self.write(|writer| writer.drop_untagged_texts(text_cutoff, BATCH))?;
            pruned.texts_dropped += dropped;
            if examined < BATCH {
                break;
            }
        }
        for (days, only_out_of_scope) in [(options.out_of_scope_days, true), (options.in_scope_days, false)] {
            let Some(cutoff) = RetentionOptions::item_cutoff(days, now) else { continue };
            let only = OnlyOutOfScope(only_out_of_scope);
            while pruned.add(self.write(|writer| writer.purge(cutoff, only, BATCH, now))?) == BATCH {}
        }
        self.shrink_to(options.size_limit_mib << 20, now, &mut pruned)?;
        self.give_back()?;
        Ok(pruned)
    }

    /// Returns what [`Store::prune`] would remove, and changes nothing. What the ages remove is counted; what the size
    /// limit removes is estimated from the average size of an item.
    pub fn preview_prune(&self, options: &RetentionOptions, now: Timestamp) -> Result<Pruned, StoreError> {
        let sql = "SELECT count(*) FROM items WHERE is_tagged = 0 AND has_text = 1 \
            AND id > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1), 0) \
            AND id <= (SELECT max(id) FROM items WHERE first_seen < ?2)";
        let text_cutoff = RetentionOptions::cutoff(options.untagged_text_days, now).as_second();
        let texts: i64 =
            self.connection.query_row(sql, params![super::edit::TEXTS_MARK, text_cutoff], |row| row.get(0))?;
        let cutoff = |days| RetentionOptions::item_cutoff(days, now).map_or(i64::MIN, Timestamp::as_second);
        let (out_of_scope, in_scope) = (cutoff(options.out_of_scope_days), cutoff(options.in_scope_days));
        let sql = "SELECT scope IS NOT NULL, count(*), \
            sum(at < ?2 OR (scope IS NULL AND at < ?1)) FROM items GROUP BY 1";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([out_of_scope, in_scope], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let (mut kept, mut purged) = ([0_usize; 2], [0_usize; 2]);
        for row in rows {
            let (is_in_scope, all, old): (bool, i64, i64) = row?;
            let [all, old] = [all, old].map(|count| usize::try_from(count).unwrap_or_default());
            let index = usize::from(is_in_scope);
            (kept[index], purged[index]) = (all - old, old);
        }
        let total: usize = kept.iter().chain(&purged).sum();
        let limit = options.size_limit_mib << 20;
        if limit > 0 && total > 0 {
            let items = kept[0] + kept[1];
            let used = self.used_bytes()? / total as u64 * items as u64;
            let excess = excess_items(used, limit, items as u64);
            let first = excess.min(kept[0]);
            purged[0] += first;
            purged[1] += (excess - first).min(kept[1]);
        }
        Ok(Pruned {
            texts_dropped: usize::try_from(texts).unwrap_or_default(),
            items_out_of_scope: purged[0],
            items_in_scope: purged[1],
        })
    }

    /// Purges the oldest items until the used part of the file is within a limit; 0 means no limit.
    fn shrink_to(&mut self, limit_bytes: u64, now: Timestamp, pruned: &mut Pruned) -> Result<(), StoreError> {
        let mut only_out_of_scope = true;
        loop {
            let used = self.used_bytes()?;
            if limit_bytes == 0 || used <= limit_bytes {
                return Ok(());
            }
            // After each round the size is measured again.
            let mut wanted = excess_items(used, limit_bytes, self.count_since(None)?.max(1));
            while wanted > 0 {
                let batch = wanted.min(BATCH);
                let only = OnlyOutOfScope(only_out_of_scope);
                let purged = pruned.add(self.write(|writer| writer.purge(Timestamp::MAX, only, batch, now))?);
                wanted -= purged;
                if purged == 0 && !only_out_of_scope {
                    return Ok(());
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

/// Returns how many items fill what exceeds a limit if all items have the same size.
fn excess_items(used_bytes: u64, limit_bytes: u64, items: u64) -> usize {
    match used_bytes.checked_sub(limit_bytes) {
        None | Some(0) => 0,
        Some(excess) => usize::try_from(excess.saturating_mul(items) / used_bytes + 1).unwrap_or(usize::MAX),
    }
}
