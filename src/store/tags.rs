//! The tags of items. Owns `tags` and `item_tags`: other modules name these tables only through the SQL that is here.
//!
//! A tag without evidence cannot exist: the table refuses it.

use rusqlite::{Connection, Row, params};

use super::encoding;
use super::error::StoreError;
use super::handle::Reader;
use super::transaction::CountChange;
use super::transaction::{WriteTransaction, prepared};
use crate::model::{Classification, Tag};

/// SQL: whether the item with this id has a tag.
macro_rules! is_tagged {
    ($item_id:literal) => {
        concat!("EXISTS (SELECT 1 FROM item_tags x WHERE x.item_id = ", $item_id, ")")
    };
}

/// SQL: the tags `x` with their items `i`, to select from.
macro_rules! tagged_items {
    () => {
        "item_tags x JOIN items i ON i.id = x.item_id"
    };
}

/// SQL: the names of the tags of the item `i`, sorted and separated by spaces; [`split_names`] reads them.
macro_rules! tag_names {
    () => {
        "(SELECT group_concat(t.name, ' ' ORDER BY t.name) FROM item_tags x JOIN tags t ON t.id = x.tag_id WHERE x.item_id = i.id)"
    };
}

/// SQL: the names of the tags of the item `i` in the order of their ids, those with evidence in the title marked;
/// [`split_marked_names`] reads them.
macro_rules! marked_tag_names {
    () => {
        concat!(
            "(SELECT group_concat(t.name || iif(",
            crate::store::encoding::is_in_title!(),
            ", '^', ''), ' ') FROM item_tags x JOIN tags t ON t.id = x.tag_id WHERE x.item_id = i.id)"
        )
    };
}

pub(super) use {is_tagged, marked_tag_names, tag_names, tagged_items};

/// SQL: the names of all tags by their ids.
pub(super) const NAMES_BY_ID: &str = "SELECT id, name FROM tags";

/// SQL: the ids of the items with the tag that is bound to `parameter`.
pub(super) fn items_with_tag(parameter: &str) -> String {
    format!("SELECT item_id FROM item_tags WHERE tag_id = (SELECT id FROM tags WHERE name = {parameter})")
}

/// SQL: whether an item has the tag that is bound to `parameter`.
pub(super) fn has_tag(item_id: &str, parameter: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM item_tags x WHERE x.item_id = {item_id} \
         AND x.tag_id = (SELECT id FROM tags WHERE name = {parameter}))"
    )
}

/// SQL: item id and tag id of the tags of the items `first` to `last`, in the order of items.
pub(super) fn tags_by_id(first: i64, last: i64) -> String {
    format!(
        "SELECT item_id, tag_id FROM item_tags WHERE item_id BETWEEN {first} AND {last} AND ?1 < ?2 ORDER BY item_id, tag_id"
    )
}

/// SQL: item id and tag id of the tags of the items dated from `?1` on and before `?2`, in the order of their dates.
pub(super) const TAGS_BY_TIME: &str = "SELECT x.item_id, x.tag_id FROM items i INDEXED BY items_by_time \
    CROSS JOIN item_tags x ON x.item_id = i.id WHERE i.at >= ?1 AND i.at < ?2 ORDER BY i.at, i.id, x.tag_id";

/// Reads a column of `tag_names!()`.
pub(super) fn split_names(row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<Tag>> {
    let joined: Option<String> = row.get(index)?;
    Ok(joined.map(|tags| tags.split(' ').map(Tag::from).collect()).unwrap_or_default())
}

/// Reads a column of `marked_tag_names!()`: all tags, and those with evidence in the title.
pub(super) fn split_marked_names(row: &Row<'_>, index: usize) -> rusqlite::Result<(Vec<Tag>, Vec<Tag>)> {
    let joined: Option<String> = row.get(index)?;
    let (mut tags, mut title_tags) = (Vec::new(), Vec::new());
    for tag in joined.as_deref().unwrap_or_default().split_whitespace() {
        let name = Tag::from(tag.trim_end_matches('^'));
        if name.len() < tag.len() {
            title_tags.push(name.clone());
        }
        tags.push(name);
    }
    Ok((tags, title_tags))
}

/// Adds tags and evidence to the classification of an item, read with its title and summary.
pub(super) fn add_tags(
    connection: &Connection,
    item_id: i64,
    title: &str,
    summary: &str,
    classification: &mut Classification,
) -> Result<(), StoreError> {
    let sql = "SELECT t.name, it.evidence FROM item_tags it JOIN tags t ON t.id = it.tag_id WHERE it.item_id = ?1 ORDER BY t.name";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([item_id])?;
    while let Some(row) = rows.next()? {
        let tag: String = row.get(0)?;
        let json: String = row.get(1)?;
        classification.evidence.extend(encoding::decode_evidence(connection, &tag, &json, title, summary)?);
        classification.tags.push(tag.into());
    }
    classification.evidence.sort_by(|a, b| (a.field, a.start, &a.tag).cmp(&(b.field, b.start, &b.tag)));
    Ok(())
}

impl Reader {
    /// Returns whether an item has, or had, a tag.
    pub(crate) fn has_tag(&self, tag: &str) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT count(*) FROM tags WHERE name = ?1")?;
        Ok(statement.query_row([tag], |row| row.get::<_, i64>(0))? > 0)
    }
}

impl WriteTransaction<'_> {
    /// Inserts the tags of an item dated `at` with their evidence, and counts them.
    pub(super) fn insert_tags(
        &mut self,
        item_id: i64,
        classification: &Classification,
        at: i64,
        is_original: bool,
    ) -> Result<(), StoreError> {
        for tag in &classification.tags {
            let Some(evidence) = encoding::encode_evidence(self.ids, self.connection, classification, tag)? else {
                continue;
            };
            let tag_id = self.ids.tag(self.connection, tag)?;
            let sql = "INSERT INTO item_tags (item_id, tag_id, evidence) VALUES (?1, ?2, ?3)";
            let statement = prepared(&mut self.statements.insert_tag, self.connection, sql)?;
            statement.execute(params![item_id, tag_id, evidence])?;
            self.counts.add(CountChange { at, tag_id, items: 1, originals: i64::from(is_original) });
        }
        Ok(())
    }

    /// Removes the tags of an item dated `at`, and takes them out of the daily counts.
    pub(super) fn delete_tags(&mut self, item_id: i64, at: i64, is_original: bool) -> Result<(), StoreError> {
        self.change_counts(item_id, at, -1, -i64::from(is_original))?;
        self.connection.prepare_cached("DELETE FROM item_tags WHERE item_id = ?1")?.execute([item_id])?;
        Ok(())
    }

    /// Changes the daily counts of all tags of an item dated `at`.
    pub(super) fn change_counts(
        &mut self,
        item_id: i64,
        at: i64,
        items: i64,
        originals: i64,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT tag_id FROM item_tags WHERE item_id = ?1")?;
        let mut rows = statement.query([item_id])?;
        while let Some(row) = rows.next()? {
            self.counts.add(CountChange { at, tag_id: row.get(0)?, items, originals });
        }
        Ok(())
    }
}
