//! Changes of stored items: new text from the publisher, new tags, a new survivor.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::encoding::{self, time};
use super::error::StoreError;
use super::handle::Reader;
use super::texts::full_text;
use super::transaction::WriteTransaction;
use crate::model::Classification;

/// Former versions of one item that are kept: a page that changes at every fetch must not fill the disk.
const VERSIONS_KEPT: i64 = 24;

/// The tags of an item, as the classifier decided.
#[derive(Clone, Copy, Debug)]
pub struct Tagging<'a> {
    /// Tags, scope, score, relations and evidence.
    pub classification: &'a Classification,
    /// Which variants of disputed names it uses: `set/side`, separated by spaces.
    pub names: Option<&'a str>,
}

/// The new text of an item.
#[derive(Clone, Copy, Debug)]
pub struct NewText<'a> {
    /// Title, plain text.
    pub title: &'a str,
    /// Summary, plain text.
    pub summary: &'a str,
}

/// The words of a stored item, and what tells it from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredText {
    /// Title, plain text.
    pub title: String,
    /// Summary, plain text.
    pub summary: String,
    /// Key of its address, if it has one.
    pub url_key: Option<i64>,
    /// When it was published, if the feed says.
    pub published: Option<Timestamp>,
    /// Its language, if it is known: BCP 47.
    pub language: Option<String>,
}

/// A former text of an item.
#[derive(Clone, Debug, Serialize)]
pub struct ItemVersion {
    /// When it was replaced.
    pub until: Timestamp,
    /// The title until then.
    pub title: String,
    /// The summary until then.
    pub summary: String,
}

impl Reader {
    /// Returns the former texts of an item, oldest first.
    pub fn versions_of(&self, item_id: i64) -> Result<Vec<ItemVersion>, StoreError> {
        let sql = "SELECT until, title, summary FROM item_versions WHERE item_id = ?1 ORDER BY version";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([item_id], |row| {
            Ok(ItemVersion { until: time(row.get(0)?), title: row.get(1)?, summary: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTransaction<'_> {
    /// Returns the words and the address of an item, or `None` if its text was dropped.
    pub fn stored_text(&self, item_id: i64) -> Result<Option<StoredText>, StoreError> {
        let sql = concat!(
            "SELECT ",
            full_text!("title"),
            ", ",
            full_text!("summary"),
            ", coalesce(i.url_key, i.lost_url_key), i.published, i.language FROM items i WHERE id = ?1 AND has_text = 1"
        );
        let row = self.connection.prepare_cached(sql)?.query_row([item_id], |row| {
            Ok(StoredText {
                title: row.get(0)?,
                summary: row.get(1)?,
                url_key: row.get(2)?,
                published: row.get::<_, Option<i64>>(3)?.map(time),
                language: row.get(4)?,
            })
        });
        Ok(row.optional()?)
    }

    /// Replaces the text and tags of an item whose feed changed it, and keeps the former text as a version. Returns
    /// the former title, or `None`, and changes nothing, if the item came from another feed, its text is the same or
    /// was dropped, or it has as many versions as are kept. If it is changed, the fingerprint is for the caller to
    /// replace.
    pub fn edit(
        &mut self,
        item_id: i64,
        feed_id: i64,
        text: NewText<'_>,
        tagging: Tagging<'_>,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let sql = concat!(
            "SELECT ",
            full_text!("title"),
            ", ",
            full_text!("summary"),
            " FROM items i WHERE id = ?1 AND feed_id = ?2 AND has_text = 1"
        );
        let old: Option<(String, String)> = self
            .connection
            .prepare_cached(sql)?
            .query_row([item_id, feed_id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((title, summary)) = old else { return Ok(None) };
        if title == text.title && summary == text.summary {
            return Ok(None);
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
            return Ok(None);
        }
        self.detach_copies(item_id, |_| false)?;
        self.set_tags(item_id, tagging, true)?;
        let sql = "UPDATE items SET title = ?2, summary = ?3, text_of = NULL, title_shared = NULL, summary_shared = NULL WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![item_id, text.title, text.summary])?;
        Ok(Some(title))
    }

    /// Notes that the text of an item says something new, first seen at `now`.
    pub fn mark_rewritten(&mut self, item_id: i64, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE items SET rewritten_at = ?2 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![item_id, now.as_second()])?;
        Ok(())
    }

    /// Replaces the tags of an item.
    pub fn retag(&mut self, item_id: i64, tagging: Tagging<'_>) -> Result<(), StoreError> {
        self.set_tags(item_id, tagging, false)
    }

    /// Replaces the tags of an item and updates the full-text index; `text_changes` says that its text is about to
    /// change.
    fn set_tags(&mut self, item_id: i64, tagging: Tagging<'_>, text_changes: bool) -> Result<(), StoreError> {
        let Tagging { classification, names } = tagging;
        let sql = "SELECT is_tagged, at, duplicate_of IS NULL FROM items WHERE id = ?1";
        let (was_tagged, at, is_original): (bool, i64, bool) = self
            .connection
            .prepare_cached(sql)?
            .query_row([item_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        self.delete_tags(item_id, at, is_original)?;
        let sql = "UPDATE items SET scope = ?2, score = ?3, relations = ?4, is_tagged = ?5, names = ?6, \
            story = CASE WHEN ?2 IS NULL THEN nullif(story, id) ELSE coalesce(story, id) END WHERE id = ?1";
        let is_tagged = !classification.tags.is_empty();
        self.connection.prepare_cached(sql)?.execute(params![
            item_id,
            classification.scope.as_ref().map(|scope| scope.as_str()),
            f64::from(classification.score),
            encoding::encode_relations(self.ids, self.connection, classification)?,
            is_tagged,
            names,
        ])?;
        self.insert_tags(item_id, classification, at, is_original)?;
        if was_tagged && (!is_tagged || text_changes) {
            self.index.remove(self.connection, item_id)?;
        }
        if was_tagged && !is_tagged {
            // The text of an untagged item is neither indexed nor kept for long.
            self.detach_copies(item_id, |_| false)?;
        }
        if is_tagged && (!was_tagged || text_changes) {
            self.index.add(item_id);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM items i NOT INDEXED CROSS JOIN items w ON w.id = i.text_of \
            WHERE i.id = ?1 AND NOT w.is_tagged)";
        if is_tagged && !was_tagged && self.connection.prepare_cached(sql)?.query_row([item_id], |row| row.get(0))? {
            self.store_full_text(item_id)?;
        }
        Ok(())
    }

    /// Makes a story part of another: its items, what issues contained of it, and what alerts reported of it. The id of
    /// a story is that of its first item, so the old id still leads to the story: as that item's.
    pub fn merge_stories(&mut self, absorbed: i64, story: i64) -> Result<(), StoreError> {
        for sql in [
            "UPDATE items SET story = ?2 WHERE story = ?1",
            "UPDATE items SET story = ?2 WHERE id = ?1 AND story IS NULL",
            "UPDATE issue_items SET story = ?2 WHERE story = ?1",
        ] {
            self.connection.prepare_cached(sql)?.execute([absorbed, story])?;
        }
        // One look-up a rule: a scan of all that was reported would take the writer's time.
        let sql = "WITH RECURSIVE rules (rule) AS (SELECT min(rule) FROM alert_matches UNION ALL \
            SELECT (SELECT min(rule) FROM alert_matches WHERE rule > r.rule) FROM rules r WHERE r.rule IS NOT NULL) \
            UPDATE OR IGNORE alert_matches SET subject = 'story:' || ?2 \
            WHERE rule IN (SELECT rule FROM rules) AND subject = 'story:' || ?1";
        self.connection.prepare_cached(sql)?.execute([absorbed, story])?;
        Ok(())
    }

    /// Makes `new` the survivor of the group of near-duplicates that `old` led. The rest of the group follows at the end
    /// of the transaction: in a feed that lists copies from the newest to the oldest, each displaces the one before.
    pub fn displace(&mut self, old: i64, new: i64) -> Result<(), StoreError> {
        let sql = "SELECT at FROM items WHERE id = ?1 AND duplicate_of IS NULL";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([old], |row| row.get(0)).optional()?;
        if let Some(at) = at {
            self.change_counts(old, at, 0, -1)?;
        }
        self.connection.prepare_cached("UPDATE items SET duplicate_of = ?2 WHERE id = ?1")?.execute([old, new])?;
        self.displaced.insert(old, new);
        Ok(())
    }

    /// Moves the groups of displaced survivors to the last that displaced them, each item once.
    pub(super) fn move_displaced_groups(&mut self) -> Result<(), StoreError> {
        let displaced = std::mem::take(&mut self.displaced);
        for old in displaced.keys() {
            // Each displacing item is newer than what it displaces, so this ends.
            let last = std::iter::successors(Some(old), |id| displaced.get(id)).last().unwrap_or(old);
            let sql = "UPDATE items SET duplicate_of = ?2 WHERE duplicate_of = ?1 AND id <> ?2";
            self.connection.prepare_cached(sql)?.execute([old, last])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;

    /// A group of 100,000 copies was updated as often as one of them displaced another.
    #[test]
    fn a_chain_of_displacements_changes_each_item_of_the_group_a_few_times_only() {
        const COPIES: i64 = 2_000;
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join(Store::FILE_NAME)).unwrap();
        let changes = store
            .write(|writer| {
                writer.connection.execute_batch(
                    "INSERT INTO outlets (id, name) VALUES (1, 'O'); \
                    INSERT INTO feeds (id, url, title, outlet_id, origin, state, added_at) VALUES (1, 'x:y', 'F', 1, 'list', 'on', 5)",
                )?;
                let before: i64 = writer.connection.query_row("SELECT total_changes()", [], |row| row.get(0))?;
                for id in 1..=COPIES {
                    let sql = "INSERT INTO items (id, feed_id, title, summary, first_seen, at, score, is_tagged) VALUES (?1, 1, 'T', '', 5, 5, 0, 0)";
                    writer.connection.execute(sql, [id])?;
                    if id > 1 {
                        writer.displace(id - 1, id)?;
                    }
                }
                writer.finish()?;
                let after: i64 = writer.connection.query_row("SELECT total_changes()", [], |row| row.get(0))?;
                Ok::<_, super::StoreError>(after - before)
            })
            .unwrap();
        assert!(changes <= 4 * COPIES, "{changes} rows were changed");
        let sql = "SELECT count(*) FROM items WHERE duplicate_of = ?1 OR (id = ?1 AND duplicate_of IS NULL)";
        let in_place: i64 = store.connection.query_row(sql, [COPIES], |row| row.get(0)).unwrap();
        assert_eq!(in_place, COPIES);
    }

    #[test]
    fn what_is_known_of_an_absorbed_story_is_known_of_the_one_that_absorbs_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join(Store::FILE_NAME)).unwrap();
        let merged = store.write(|writer| {
            writer.connection.execute_batch(
                "INSERT INTO outlets (id, name) VALUES (1, 'O'); \
                INSERT INTO feeds (id, url, title, outlet_id, origin, state, added_at) VALUES (1, 'x:y', 'F', 1, 'list', 'on', 5); \
                INSERT INTO items (id, feed_id, title, summary, first_seen, at, score, is_tagged, story) VALUES \
                (1, 1, 'T', '', 5, 5, 0, 0, NULL), (2, 1, 'T', '', 5, 5, 0, 0, 2), (3, 1, 'T', '', 5, 5, 0, 0, 2), \
                (4, 1, 'T', '', 5, 5, 0, 0, NULL); \
                INSERT INTO alert_matches (rule, subject, found_at, body) VALUES \
                ('a', 'story:2', 5, '{}'), ('b', 'story:1', 5, '{}'), ('b', 'story:2', 5, '{}'), ('b', 'story:3', 5, '{}')",
            )?;
            writer.merge_stories(2, 1)?;
            writer.merge_stories(4, 1)
        });
        merged.unwrap();
        let all = |sql: &str| -> Vec<String> {
            let mut statement = store.connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let stories = all("SELECT id || ' in ' || coalesce(story, id) FROM items ORDER BY id");
        assert_eq!(stories, ["1 in 1", "2 in 1", "3 in 1", "4 in 1"]);
        let reported = all("SELECT rule || ' ' || subject FROM alert_matches ORDER BY rule, subject");
        assert_eq!(reported, ["a story:1", "b story:1", "b story:2", "b story:3"]);
    }
}
