//! Retention: which texts and items are removed because of their age or the size of the file.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use serde::Serialize;

use super::error::StoreError;
use super::handle::{Reader, Store};
use super::transaction::WriteTransaction;

/// How long a step should take at most.
const STEP_TIME: Duration = Duration::from_millis(250);

/// Items that one step removes, at least and at most.
const BATCH_MIN: usize = 50;
const BATCH_MAX: usize = 1_000;

/// Pages that are given back to the file system in one step.
const VACUUM_PAGES: u32 = 500;

/// Pages of the full-text index that are merged in one step.
const MERGE_PAGES: i64 = 250;

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

/// A prune under way. It is done in steps that are short whatever there is to remove, so that polls and deliveries have
/// their turn in between.
#[derive(Clone, Debug)]
pub(crate) struct Pruning {
    options: RetentionOptions,
    now: Timestamp,
    stage: Stage,
    /// Items of the next step.
    batch: usize,
    pruned: Pruned,
}

/// What a prune does next.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Drops the texts of untagged items.
    Texts,
    /// Purges what is older than the age that is kept.
    OldItems(OnlyOutOfScope),
    /// Measures the file.
    Measure(OnlyOutOfScope),
    /// Purges so many of the oldest items.
    OldestItems(usize, OnlyOutOfScope),
    /// Merges the segments of the full-text index, for the first time or further: only then is the space of removed
    /// text free.
    MergeText { pages: i64, only: OnlyOutOfScope },
    /// Gives free pages back to the file system.
    GiveBack,
}

impl Pruning {
    /// Begins a prune that judges ages by the time `now`.
    pub(crate) fn new(options: &RetentionOptions, now: Timestamp) -> Pruning {
        Pruning { options: *options, now, stage: Stage::Texts, batch: BATCH_MIN, pruned: Pruned::default() }
    }

    /// Returns what was removed until now.
    pub(crate) fn pruned(&self) -> Pruned {
        self.pruned
    }

    /// Fits the number of items of the next step to how long the last one took.
    fn pace(&mut self, took: Duration) {
        if took > STEP_TIME {
            self.batch = (self.batch / 2).max(BATCH_MIN);
        } else if took * 2 < STEP_TIME {
            self.batch = (self.batch * 2).min(BATCH_MAX);
        }
    }
}

impl Store {
    /// Removes what the options no longer keep, in small transactions, and gives the space back. If it fails half-way,
    /// what was removed until then stays removed.
    pub fn prune(&mut self, options: &RetentionOptions, now: Timestamp) -> Result<Pruned, StoreError> {
        let mut pruning = Pruning::new(options, now);
        while self.prune_step(&mut pruning)? {}
        Ok(pruning.pruned)
    }

    /// Does a part of a prune. Returns whether there is more to do.
    pub(crate) fn prune_step(&mut self, pruning: &mut Pruning) -> Result<bool, StoreError> {
        let started = Instant::now();
        let next = self.prune_stage(pruning)?;
        pruning.pace(started.elapsed());
        if let Some(stage) = next {
            // Other work has another pace.
            if std::mem::discriminant(&stage) != std::mem::discriminant(&pruning.stage) {
                pruning.batch = BATCH_MIN;
            }
            pruning.stage = stage;
        }
        Ok(next.is_some())
    }

    /// Does a part of a prune, and returns what is to be done next.
    fn prune_stage(&mut self, pruning: &mut Pruning) -> Result<Option<Stage>, StoreError> {
        let Pruning { options, now, stage, batch, .. } = *pruning;
        Ok(match stage {
            Stage::Texts => {
                let cutoff = RetentionOptions::cutoff(options.untagged_text_days, now);
                let (examined, dropped) = self.write(|writer| writer.drop_untagged_texts(cutoff, batch))?;
                pruning.pruned.texts_dropped += dropped;
                Some(if examined < batch { Stage::OldItems(OnlyOutOfScope(true)) } else { stage })
            }
            Stage::OldItems(only) => {
                let days = if only.0 { options.out_of_scope_days } else { options.in_scope_days };
                let purged = match RetentionOptions::item_cutoff(days, now) {
                    Some(cutoff) => {
                        let purged = self.write(|writer| writer.purge(cutoff, only, batch, now))?;
                        pruning.pruned.add(purged)
                    }
                    None => 0,
                };
                Some(match (purged == batch, only.0) {
                    (true, _) => stage,
                    (false, true) => Stage::OldItems(OnlyOutOfScope(false)),
                    (false, false) => Stage::Measure(OnlyOutOfScope(true)),
                })
            }
            Stage::Measure(only) => {
                let (used, limit) = (self.used_bytes()?, options.size_limit_mib << 20);
                if limit == 0 || used <= limit {
                    return Ok(Some(Stage::GiveBack));
                }
                // After each round the size is measured again.
                Some(Stage::OldestItems(excess_items(used, limit, self.count_since(None)?.max(1)), only))
            }
            Stage::OldestItems(wanted, only) => {
                let batch = wanted.min(batch);
                let purged = self.write(|writer| writer.purge(Timestamp::MAX, only, batch, now))?;
                let purged = pruning.pruned.add(purged);
                let still_only = OnlyOutOfScope(only.0 && purged == batch);
                Some(if purged == 0 && !only.0 {
                    Stage::GiveBack
                } else if wanted > purged {
                    Stage::OldestItems(wanted - purged, still_only)
                } else {
                    // A negative number puts all segments on one level first, later steps continue from there.
                    Stage::MergeText { pages: -MERGE_PAGES, only: still_only }
                })
            }
            Stage::MergeText { pages, only } => Some(match self.merge_text(pages)? {
                true => Stage::MergeText { pages: MERGE_PAGES, only },
                false => Stage::Measure(only),
            }),
            Stage::GiveBack => self.give_back()?.then_some(Stage::GiveBack),
        })
    }

    /// Merges so many pages of the full-text index. Returns whether there is more to merge.
    fn merge_text(&mut self, pages: i64) -> Result<bool, StoreError> {
        let changes = |store: &Store| -> Result<i64, StoreError> {
            Ok(store.connection.query_row("SELECT total_changes()", [], |row| row.get(0))?)
        };
        let before = changes(self)?;
        self.connection.execute("INSERT INTO item_text (item_text, rank) VALUES ('merge', ?1)", [pages])?;
        // A step that changes only one row did nothing (SQLite's documentation of FTS5, "The merge command").
        Ok(changes(self)? - before >= 2)
    }

    /// Gives some free pages back to the file system. Returns whether there are more.
    fn give_back(&mut self) -> Result<bool, StoreError> {
        let free = |store: &Store| -> Result<i64, StoreError> {
            Ok(store.connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?)
        };
        let before = free(self)?;
        if before > 0 {
            self.connection.execute_batch(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"))?;
        }
        let after = free(self)?;
        Ok(after > 0 && after < before)
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
        for (id, ..) in &rows {
            self.promote_duplicate_of(*id, &going)?;
        }
        for (id, at, is_tagged, _) in &rows {
            let sql = "SELECT duplicate_of IS NULL FROM items WHERE id = ?1";
            let is_original: bool = self.connection.prepare_cached(sql)?.query_row([*id], |row| row.get(0))?;
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

    /// If an item is the survivor of a group of near-duplicates, makes the earliest of the others that are not `going`
    /// the survivor. So a group is changed once, however many of its items go.
    fn promote_duplicate_of(&mut self, id: i64, going: &HashSet<i64>) -> Result<(), StoreError> {
        let sql = "SELECT id, at FROM items WHERE duplicate_of = ?1 ORDER BY at, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let next = loop {
            let Some(row) = rows.next()? else { return Ok(()) };
            let (next, at): (i64, i64) = (row.get(0)?, row.get(1)?);
            if !going.contains(&next) {
                break (next, at);
            }
        };
        drop(rows);
        let sql = "UPDATE items SET duplicate_of = nullif(?2, id) WHERE duplicate_of = ?1";
        self.connection.prepare_cached(sql)?.execute([id, next.0])?;
        self.change_counts(next.0, next.1, 0, 1)
    }
}
