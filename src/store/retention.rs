//! Retention: which texts and items are removed because of their age or the size of the file.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::error::StoreError;
use super::handle::{Reader, Store};
use super::transaction::WriteTransaction;

/// Items that one transaction removes: readers and polls get their turn in between.
const BATCH: usize = 1_000;

/// Pages that are given back to the file system at a time.
const VACUUM_PAGES: u32 = 2_000;

/// Pages of the full-text index that are merged at a time.
const MERGE_PAGES: i64 = 1_000;

/// The key in `meta` under which the id of the last item whose text was examined is kept.
const TEXTS_MARK: &str = "untagged_texts_dropped_to";

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

/// Whether a purge spares the items in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OnlyOutOfScope(bool);

impl Reader {
    /// Returns what [`Store::prune`] would remove, and changes nothing. What the ages remove is counted; what the size
    /// limit removes is estimated from the average size of an item.
    pub fn preview_prune(&self, options: &RetentionOptions, now: Timestamp) -> Result<Pruned, StoreError> {
        let sql = "SELECT count(*) FROM items WHERE is_tagged = 0 AND has_text = 1 \
            AND id > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1), 0) \
            AND id <= (SELECT max(id) FROM items WHERE first_seen < ?2)";
        let text_cutoff = RetentionOptions::cutoff(options.untagged_text_days, now).as_second();
        let texts: i64 = self.connection.query_row(sql, params![TEXTS_MARK, text_cutoff], |row| row.get(0))?;
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

    /// The size of the pages that are in use, in bytes.
    fn used_bytes(&self) -> Result<u64, StoreError> {
        let one = |name: &str| -> Result<u64, StoreError> {
            let number: i64 = self.connection.pragma_query_value(None, name, |row| row.get(0))?;
            Ok(u64::try_from(number).unwrap_or_default())
        };
        Ok((one("page_count")? - one("freelist_count")?.min(one("page_count")?)) * one("page_size")?)
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

    /// Merges the segments of the full-text index, in steps: only then is the space of removed text free.
    fn merge_text(&mut self) -> Result<(), StoreError> {
        let changes = |store: &Store| -> Result<i64, StoreError> {
            Ok(store.connection.query_row("SELECT total_changes()", [], |row| row.get(0))?)
        };
        // A negative number puts all segments on one level first, later steps continue from there. A step that changes
        // only one row did nothing (SQLite's documentation of FTS5, "The merge command").
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

    /// Gives free pages back to the file system, in steps.
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

impl WriteTransaction<'_> {
    /// Drops the text of untagged items first seen before `before`; what remains is enough to recognise them. Examines
    /// at most `limit` items after those that were examined before, and returns how many it examined and how many lost
    /// their text.
    fn drop_untagged_texts(&mut self, before: Timestamp, limit: usize) -> Result<(usize, usize), StoreError> {
        let sql = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1), 0)";
        let after: i64 = self.connection.prepare_cached(sql)?.query_row([TEXTS_MARK], |row| row.get(0))?;
        // Ids are given in the order in which items are first seen.
        let sql = "SELECT count(*), max(id) FROM (SELECT id FROM items WHERE id > ?1 AND first_seen < ?2 ORDER BY id LIMIT ?3)";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (examined, last): (i64, Option<i64>) = self
            .connection
            .prepare_cached(sql)?
            .query_row([after, before.as_second(), limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some(last) = last else { return Ok((0, 0)) };
        let sql = "DELETE FROM item_versions WHERE item_id IN (SELECT id FROM items WHERE id > ?1 AND id <= ?2 AND is_tagged = 0)";
        self.connection.prepare_cached(sql)?.execute([after, last])?;
        let sql = "SELECT i.id FROM items w CROSS JOIN items i INDEXED BY items_by_text ON i.text_of = w.id \
            WHERE w.id > ?1 AND w.id <= ?2 AND w.is_tagged = 0 AND (i.id > ?2 OR i.is_tagged)";
        let copies: Vec<i64> = {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_map([after, last], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for copy in copies {
            self.store_full_text(copy)?;
        }
        let sql = "UPDATE items SET title = '', summary = '', found = NULL, has_text = 0, \
            text_of = NULL, title_shared = NULL, summary_shared = NULL \
            WHERE id > ?1 AND id <= ?2 AND is_tagged = 0 AND has_text = 1";
        let dropped = self.connection.prepare_cached(sql)?.execute([after, last])?;
        self.set_meta(TEXTS_MARK, &last.to_string())?;
        Ok((usize::try_from(examined).unwrap_or_default(), dropped))
    }

    /// Removes the oldest items dated before `before`, at most `limit`, and returns how many of them were out of scope
    /// and how many in scope. Their identities and addresses stay, so that they do not come back as new.
    fn purge(
        &mut self,
        before: Timestamp,
        only_out_of_scope: OnlyOutOfScope,
        limit: usize,
        now: Timestamp,
    ) -> Result<(usize, usize), StoreError> {
        let sql = "SELECT id, at, is_tagged, scope IS NOT NULL FROM items INDEXED BY items_by_time \
            WHERE at < ?1 AND (?2 = 0 OR scope IS NULL) ORDER BY at, id LIMIT ?3";
        let values = params![before.as_second(), only_out_of_scope.0, i64::try_from(limit).unwrap_or(i64::MAX)];
        type Row = (i64, i64, bool, bool);
        let rows: Vec<Row> = self
            .connection
            .prepare_cached(sql)?
            .query_map(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect::<Result<_, _>>()?;
        let going: HashSet<i64> = rows.iter().map(|(id, ..)| *id).collect();
        for (id, at, is_tagged, _) in &rows {
            // Asked now, since the item before may have made this one the survivor of its group.
            let sql = "SELECT duplicate_of IS NULL FROM items WHERE id = ?1";
            let is_original: bool = self.connection.prepare_cached(sql)?.query_row([*id], |row| row.get(0))?;
            self.promote_duplicate_of(*id)?;
            self.detach_copies(*id, |copy| going.contains(&copy))?;
            if *is_tagged {
                self.index.remove(self.connection, *id)?;
            }
            self.delete_tags(*id, *at, is_original)?;
            let sql = "INSERT OR IGNORE INTO tombstones (feed_id, key, purged_at) \
                SELECT feed_id, identity, ?2 FROM sightings WHERE item_id = ?1 \
                UNION ALL SELECT 0, url_key, ?2 FROM items WHERE id = ?1 AND url_key IS NOT NULL";
            self.connection.prepare_cached(sql)?.execute([*id, now.as_second()])?;
            // Foreign keys are not enforced, so the rows that refer to the item are deleted here.
            for sql in [
                "DELETE FROM sightings WHERE item_id = ?1",
                "DELETE FROM item_versions WHERE item_id = ?1",
                "DELETE FROM items WHERE id = ?1",
            ] {
                self.connection.prepare_cached(sql)?.execute([*id])?;
            }
        }
        let in_scope = rows.iter().filter(|row| row.3).count();
        Ok((rows.len() - in_scope, in_scope))
    }

    /// If an item is the survivor of a group of near-duplicates, makes the earliest of the others the survivor.
    fn promote_duplicate_of(&mut self, id: i64) -> Result<(), StoreError> {
        let sql = "SELECT id, at FROM items WHERE duplicate_of = ?1 ORDER BY at, id LIMIT 1";
        let next: Option<(i64, i64)> =
            self.connection.prepare_cached(sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((next, at)) = next else { return Ok(()) };
        let sql = "UPDATE items SET duplicate_of = nullif(?2, id) WHERE duplicate_of = ?1";
        self.connection.prepare_cached(sql)?.execute([id, next])?;
        self.change_counts(next, at, 0, 1)
    }
}
