//! Changes of items that are there already: edits, new tags, displaced survivors, retention.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::StoreError;
use super::items::Words;
use super::words::whole;
use super::write::{Daily, FINGERPRINTS_KEPT, WriteTransaction, day};
use crate::model::Classification;

/// What the classifier says of an item, as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Tagging<'a> {
    /// Tags, scope, score, relations and evidence.
    pub classification: &'a Classification,
    /// Which of rival names it uses: `set/side`, separated by spaces.
    pub names: Option<&'a str>,
}

/// Former versions of one item that are kept; a page that changes at every fetch must not fill the disk.
const VERSIONS_KEPT: i64 = 24;

/// The name under which the store keeps up to which item it dropped the words of untagged ones.
pub(super) const TEXTS_MARK: &str = "untagged_texts_dropped_to";

impl WriteTransaction<'_> {
    /// Keeps new words of an item whose feed changed them, and the former ones as a version. Does nothing where the item came from
    /// another feed, or has as many versions as are kept.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn edit(
        &mut self,
        item_id: i64,
        feed_id: i64,
        words: Words<'_>,
        tagging: Tagging<'_>,
        fingerprint: &[u8],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = concat!(
            "SELECT ",
            whole!("title"),
            ", ",
            whole!("summary"),
            " FROM items i WHERE id = ?1 AND feed_id = ?2 AND has_text = 1"
        );
        let old: Option<(String, String)> = self
            .connection
            .prepare_cached(sql)?
            .query_row([item_id, feed_id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((title, summary)) = old else { return Ok(false) };
        if title == words.title && summary == words.summary {
            return Ok(false);
        }
        let sql = "INSERT INTO item_versions (item_id, version, until, title, summary) \
            SELECT ?1, count(*) + 1, ?2, ?3, ?4 FROM item_versions WHERE item_id = ?1 HAVING count(*) < ?5";
        let kept = self.connection.prepare_cached(sql)?.execute(params![
            item_id,
            now.as_second(),
            title,
            summary,
            VERSIONS_KEPT
        ])?;
        if kept == 0 {
            return Ok(false);
        }
        self.hand_out_words(item_id, |_| false)?;
        self.set_tags(item_id, tagging, true)?;
        let sql = "UPDATE items SET title = ?2, summary = ?3, text_of = NULL, title_shared = NULL, summary_shared = NULL WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![item_id, words.title, words.summary])?;
        let sql = "UPDATE recent_fingerprints SET fingerprint = ?3 WHERE slot = ?1 AND item_id = ?2";
        let values = params![item_id % FINGERPRINTS_KEPT, item_id, fingerprint];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(true)
    }

    /// Takes note of the words under which a feed gives an item now.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn set_text_hash(&mut self, feed_id: i64, identity: i64, text_hash: i64) -> Result<(), StoreError> {
        let sql = "UPDATE sightings SET text_hash = ?3 WHERE feed_id = ?1 AND identity = ?2";
        self.connection.prepare_cached(sql)?.execute([feed_id, identity, text_hash])?;
        Ok(())
    }

    /// Gives an item new tags, in place of those that it has; its words stay.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn retag(&mut self, item_id: i64, tagging: Tagging<'_>) -> Result<(), StoreError> {
        self.set_tags(item_id, tagging, false)
    }

    /// Sets the tags of an item and keeps the full text in step; `words_change` says that its words are about to.
    fn set_tags(&mut self, item_id: i64, tagging: Tagging<'_>, words_change: bool) -> Result<(), StoreError> {
        let Tagging { classification, names } = tagging;
        let sql = "SELECT is_tagged, at, duplicate_of IS NULL FROM items WHERE id = ?1";
        let (was_tagged, at, is_original): (bool, i64, bool) = self
            .connection
            .prepare_cached(sql)?
            .query_row([item_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        self.uncount(item_id, at, true, is_original)?;
        self.connection.prepare_cached("DELETE FROM item_tags WHERE item_id = ?1")?.execute([item_id])?;
        let sql = "UPDATE items SET scope = ?2, score = ?3, relations = ?4, is_tagged = ?5, names = ?6, \
            story = CASE WHEN ?2 IS NULL THEN nullif(story, id) ELSE coalesce(story, id) END WHERE id = ?1";
        let is_tagged = !classification.tags.is_empty();
        self.connection.prepare_cached(sql)?.execute(params![
            item_id,
            classification.scope.map(|scope| scope.as_str()),
            f64::from(classification.score),
            self.numbers.relations(self.connection, classification)?,
            is_tagged,
            names,
        ])?;
        self.insert_tags(item_id, classification, at, is_original)?;
        if was_tagged && (!is_tagged || words_change) {
            self.unindex_text(item_id)?;
        }
        if was_tagged && !is_tagged {
            // The words of an untagged item are neither indexed nor kept for long.
            self.hand_out_words(item_id, |_| false)?;
        }
        if is_tagged && (!was_tagged || words_change) {
            self.index_text(item_id);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM items i JOIN items w ON w.id = i.text_of WHERE i.id = ?1 AND NOT w.is_tagged)";
        if is_tagged && !was_tagged && self.connection.prepare_cached(sql)?.query_row([item_id], |row| row.get(0))? {
            self.hold_own_words(item_id)?;
        }
        Ok(())
    }

    /// Takes an item's tags out of the daily counts: as an item, as an original, or both.
    fn uncount(&mut self, item_id: i64, at: i64, as_item: bool, as_original: bool) -> Result<(), StoreError> {
        let sql = "SELECT tag_id FROM item_tags WHERE item_id = ?1";
        let tag_ids: Vec<i64> =
            self.connection.prepare_cached(sql)?.query_map([item_id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for tag_id in tag_ids {
            self.count(Daily { day: day(at), tag_id, items: -i64::from(as_item), originals: -i64::from(as_original) });
        }
        Ok(())
    }

    /// Makes `new` the survivor of the group that `old` led.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn displace(&mut self, old: i64, new: i64) -> Result<(), StoreError> {
        let sql = "SELECT at FROM items WHERE id = ?1 AND duplicate_of IS NULL";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([old], |row| row.get(0)).optional()?;
        if let Some(at) = at {
            self.uncount(old, at, false, true)?;
        }
        let sql = "UPDATE items SET duplicate_of = ?2 WHERE (id = ?1 OR duplicate_of = ?1) AND id <> ?2";
        self.connection.prepare_cached(sql)?.execute([old, new])?;
        Ok(())
    }

    /// Forgets the words of untagged items that were first seen before `before`; what remains is enough to know them again. Looks at no
    /// more than `limit` items behind those that it looked at before; returns how many it looked at, and how many lost their words.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn drop_untagged_texts(&mut self, before: Timestamp, limit: usize) -> Result<(usize, usize), StoreError> {
        let sql = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1), 0)";
        let after: i64 = self.connection.prepare_cached(sql)?.query_row([TEXTS_MARK], |row| row.get(0))?;
        // Items are numbered as they are first seen.
        let sql = "SELECT count(*), max(id) FROM (SELECT id FROM items WHERE id > ?1 AND first_seen < ?2 ORDER BY id LIMIT ?3)";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (looked, last): (i64, Option<i64>) = self
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
            self.hold_own_words(copy)?;
        }
        let sql = "UPDATE items SET title = '', summary = '', found = NULL, has_text = 0, \
            text_of = NULL, title_shared = NULL, summary_shared = NULL \
            WHERE id > ?1 AND id <= ?2 AND is_tagged = 0 AND has_text = 1";
        let dropped = self.connection.prepare_cached(sql)?.execute([after, last])?;
        self.set_meta(TEXTS_MARK, &last.to_string())?;
        Ok((usize::try_from(looked).unwrap_or_default(), dropped))
    }

    /// Removes the oldest items dated before `before`, at most `limit`, and returns how many of them were out of scope and
    /// how many in scope. Their identities and addresses stay, so that they do not come back as new.
    pub fn purge(
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
            // Asked only now: the one that went before may have made it the lead of its group.
            let sql = "SELECT duplicate_of IS NULL FROM items WHERE id = ?1";
            let is_original: bool = self.connection.prepare_cached(sql)?.query_row([*id], |row| row.get(0))?;
            self.promote_duplicate_of(*id)?;
            self.hand_out_words(*id, |copy| going.contains(&copy))?;
            self.uncount(*id, *at, true, is_original)?;
            if *is_tagged {
                self.unindex_text(*id)?;
            }
            let sql = "INSERT OR IGNORE INTO tombstones (feed_id, key, purged_at) \
                SELECT feed_id, identity, ?2 FROM sightings WHERE item_id = ?1 \
                UNION ALL SELECT 0, url_key, ?2 FROM items WHERE id = ?1 AND url_key IS NOT NULL";
            self.connection.prepare_cached(sql)?.execute([*id, now.as_second()])?;
            // The foreign keys are checked by `db check` and not at each insertion; what hangs on an item is removed here.
            for sql in [
                "DELETE FROM sightings WHERE item_id = ?1",
                "DELETE FROM item_tags WHERE item_id = ?1",
                "DELETE FROM item_versions WHERE item_id = ?1",
                "DELETE FROM items WHERE id = ?1",
            ] {
                self.connection.prepare_cached(sql)?.execute([*id])?;
            }
        }
        let in_scope = rows.iter().filter(|row| row.3).count();
        Ok((rows.len() - in_scope, in_scope))
    }

    /// Where an item leads a group of duplicates, the earliest of the others takes its place.
    fn promote_duplicate_of(&mut self, id: i64) -> Result<(), StoreError> {
        let sql = "SELECT id, at FROM items WHERE duplicate_of = ?1 ORDER BY at, id LIMIT 1";
        let next: Option<(i64, i64)> =
            self.connection.prepare_cached(sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((next, at)) = next else { return Ok(()) };
        let sql = "UPDATE items SET duplicate_of = nullif(?2, id) WHERE duplicate_of = ?1";
        self.connection.prepare_cached(sql)?.execute([id, next])?;
        let sql = "SELECT tag_id FROM item_tags WHERE item_id = ?1";
        let tag_ids: Vec<i64> =
            self.connection.prepare_cached(sql)?.query_map([next], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for tag_id in tag_ids {
            self.count(Daily { day: day(at), tag_id, items: 0, originals: 1 });
        }
        Ok(())
    }
}

/// Whether a purge spares the items in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnlyOutOfScope(pub bool);
