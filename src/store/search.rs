//! Full-text search.
//!
//! For a word that half of all items have, ranking every hit would read all of them. Of more than [`CANDIDATES`] hits
//! only those stored last are ranked: for such words the rank says little, and the age says much.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, ToSql, params, params_from_iter};
use serde::Serialize;

use super::encoding::time;
use super::error::StoreError;
use super::handle::Reader;
use super::listing::{IN_LANGUAGE, ItemFilter, encoded_pair, has_relation};
use super::query::Query;
use super::snippet::snippet;
use super::tags::{self, tag_names};
use super::texts::{HOLDER_REACH, full_text};
use crate::model::{Classification, Tag};

/// How many hits are ranked.
const CANDIDATES: usize = 2_000;

/// Up to this many items of a span of time or of a tag are listed first. If there are more, each hit is looked at,
/// since the filter selects many of them.
const LISTED_MAX: i64 = 50_000;

/// How many pages of a list are read to find the newest items that a filter selects.
const PAGES_MAX: usize = 5;

/// An item that a search found.
#[derive(Clone, Debug, Serialize)]
pub struct SearchHit {
    /// Id.
    pub id: i64,
    /// Title.
    pub title: String,
    /// The text around the hit, the hit between `[` and `]`.
    pub snippet: String,
    /// Its address, as in the feed.
    pub url: Option<String>,
    /// Name of the outlet.
    pub outlet: String,
    /// When it was published, or first seen if that is not known.
    pub at: Timestamp,
    /// When it was published, if the feed says.
    pub published: Option<Timestamp>,
    /// When kazbek first saw it.
    pub first_seen: Timestamp,
    /// Its tags, sorted.
    pub tags: Vec<Tag>,
}

impl Reader {
    /// Searches the tagged items and returns the best first: BM25, with a word of the title counted three times. Items
    /// that share text are found once, as the original if the filter selects it.
    ///
    /// # Errors
    /// [`StoreError::BadQuery`] if the query has no word or too many.
    pub fn search(&self, query: &str, filter: &ItemFilter, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let query = Query::parse(query)?;
        let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(query.expression())];
        let conditions = self.search_conditions(filter, &mut values)?;
        let candidates = CANDIDATES.max(limit);
        let sql = format!(
            "SELECT min(id), max(id) FROM (SELECT rowid AS id FROM item_text WHERE item_text MATCH ?1{conditions} \
             ORDER BY rowid DESC LIMIT {candidates})"
        );
        let span: (Option<i64>, Option<i64>) = self
            .connection
            .prepare(&sql)?
            .query_row(params_from_iter(&values), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(first), Some(last)) = span else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT rowid FROM item_text WHERE item_text MATCH ?1 AND rowid BETWEEN {first} AND {last}{conditions} \
             ORDER BY bm25(item_text, 3.0, 1.0), rowid LIMIT {limit}"
        );
        let best: Vec<i64> = {
            let mut statement = self.connection.prepare(&sql)?;
            let rows = statement.query_map(params_from_iter(&values), |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        self.search_hits(Some(&query), &filter.tags, &self.selected(best, filter)?)
    }

    /// Returns the newest tagged items that a filter selects, by their dates. Items that share text are found once. Of
    /// a filter that selects few of many items, only those among the newest 50,000 are found.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn newest(&self, filter: &ItemFilter, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let mut texts = HashSet::new();
        let mut newest = Vec::new();
        let mut after = None;
        for _ in 0..PAGES_MAX {
            let (places, next) = self.newest_places(filter, after, limit)?;
            for (_, id) in places {
                let sql = "SELECT coalesce(text_of, id) FROM items WHERE id = ?1";
                let text: i64 = self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
                if texts.insert(text) {
                    newest.push(id);
                }
            }
            after = next;
            if newest.len() >= limit || after.is_none() {
                break;
            }
        }
        newest.truncate(limit);
        self.search_hits(None, &filter.tags, &newest)
    }

    /// Whether a statement that is bound to a name returns at most so many rows. It is not read beyond them.
    pub(super) fn has_at_most(&self, most: i64, rows: &str, name: &str) -> Result<bool, StoreError> {
        let sql = format!("SELECT count(*) FROM ({rows} LIMIT ?2)");
        let count: i64 = self.connection.prepare_cached(&sql)?.query_row(params![name, most + 1], |row| row.get(0))?;
        Ok(count <= most)
    }

    /// What is shown of the hits, in their order. The snippets mark what the query has and the evidence for `tags`.
    fn search_hits(&self, query: Option<&Query>, tags: &[Tag], best: &[i64]) -> Result<Vec<SearchHit>, StoreError> {
        let sql = format!(
            "SELECT {}, {}, i.url, o.name, i.at, {}, i.published, i.first_seen FROM items i JOIN feeds f ON f.id = i.feed_id \
             JOIN outlets o ON o.id = f.outlet_id WHERE i.id = ?1",
            full_text!("title"),
            full_text!("summary"),
            tag_names!()
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut hits = Vec::with_capacity(best.len());
        for id in best {
            let (mut hit, summary) = statement.query_row([id], |row| {
                let hit = SearchHit {
                    id: *id,
                    snippet: String::new(),
                    title: row.get(0)?,
                    url: row.get(2)?,
                    outlet: row.get(3)?,
                    at: time(row.get(4)?),
                    tags: tags::split_names(row, 5)?,
                    published: row.get::<_, Option<i64>>(6)?.map(time),
                    first_seen: time(row.get(7)?),
                };
                Ok((hit, row.get::<_, String>(1)?))
            })?;
            let mut found = Classification::default();
            if !tags.is_empty() {
                tags::add_tags(&self.connection, *id, &hit.title, &summary, &mut found)?;
            }
            let evidence = found.evidence.iter().filter(|evidence| tags.contains(&evidence.tag));
            let marked = Query::with_phrases(query, evidence.map(|evidence| evidence.form.as_str()));
            hit.snippet = snippet(&hit.title, &summary, &marked);
            hits.push(hit);
        }
        Ok(hits)
    }

    /// The conditions of a filter on a row of the full-text index, cheapest first. A row is that of an item and of
    /// those that share its text: the filter may select any of them.
    fn search_conditions(&self, filter: &ItemFilter, values: &mut Vec<Box<dyn ToSql>>) -> Result<String, StoreError> {
        let mut sql = String::new();
        // The first is a condition on the row, the second on an item `i` that shares its text.
        let mut add = |own: &str, copies: &str, value: Box<dyn ToSql>| {
            values.push(value);
            let copies = format!(
                "EXISTS (SELECT 1 FROM items i INDEXED BY items_by_text WHERE i.text_of = item_text.rowid AND {copies})"
            );
            sql.push_str(&format!(" AND ({own} OR {copies})").replace('?', &format!("?{}", values.len())));
        };
        let item = "EXISTS (SELECT 1 FROM items i WHERE i.id = item_text.rowid AND ";
        let since = filter.since.map_or(i64::MIN, |time| time.as_second());
        let until = filter.until.map_or(i64::MAX, |time| time.as_second());
        let mut span = String::new();
        if filter.since.is_some() || filter.until.is_some() {
            let counted = "SELECT count(*), min(id), max(id) FROM (SELECT id FROM items INDEXED BY items_by_time \
                WHERE at >= ?1 AND at < ?2 LIMIT ?3)";
            let (listed, first, last): (i64, Option<i64>, Option<i64>) = self
                .connection
                .prepare_cached(counted)?
                .query_row(params![since, until, LISTED_MAX + 1], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            if listed > LISTED_MAX {
                add(&format!("{item}i.at >= ?)"), "i.at >= ?", Box::new(since));
                add(&format!("{item}i.at < ?)"), "i.at < ?", Box::new(until));
            } else {
                let list =
                    format!("+rowid IN (SELECT id FROM items INDEXED BY items_by_time WHERE at < {until} AND at >= ?)");
                add(&list, &format!("i.at < {until} AND i.at >= ?"), Box::new(since));
                // What shares the text of an item was stored soon after it.
                let first = first.unwrap_or_default() - HOLDER_REACH;
                span = format!(" AND rowid BETWEEN {first} AND {}", last.unwrap_or_default());
            }
        }
        for tag in &filter.tags {
            let own = if self.has_at_most(LISTED_MAX, &tags::items_with_tag("?1"), tag.as_str())? {
                format!("+rowid IN ({})", tags::items_with_tag("?"))
            } else {
                tags::has_tag("item_text.rowid", "?")
            };
            add(&own, &tags::has_tag("i.id", "?"), Box::new(tag.to_string()));
        }
        if let Some(language) = &filter.language {
            add(&format!("{item}{IN_LANGUAGE})"), IN_LANGUAGE, Box::new(language.clone()));
        }
        if let Some(pair) = &filter.pair {
            let related = has_relation("?");
            add(&format!("{item}{related})"), &related, Box::new(encoded_pair(pair)));
        }
        if let Some(bloc) = filter.bloc {
            let feeds = "IN (SELECT id FROM feeds WHERE outlet_id IN (SELECT id FROM outlets WHERE bloc = ?))";
            add(&format!("{item}i.feed_id {feeds})"), &format!("i.feed_id {feeds}"), Box::new(bloc.as_str()));
        }
        if let Some(outlet) = &filter.outlet {
            let feeds = "IN (SELECT f.id FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE o.name = ?)";
            add(&format!("{item}i.feed_id {feeds})"), &format!("i.feed_id {feeds}"), Box::new(outlet.clone()));
            // The outlet's items are listed once; looking at each hit of a common word would take longer.
            let value = format!("?{}", values.len());
            let sightings = format!("sightings s WHERE s.feed_id {feeds}");
            let listed = format!(
                " AND +rowid IN (SELECT item_id FROM {sightings} UNION ALL SELECT i.text_of FROM items i \
                 WHERE i.text_of IS NOT NULL AND i.id IN (SELECT item_id FROM {sightings}))"
            );
            sql.insert_str(0, &listed.replace('?', &value));
        }
        Ok(span + &sql)
    }

    /// For each row found, the item that the filter selects: of that of the row and those that share its text, an
    /// original before its copies.
    fn selected(&self, rows: Vec<i64>, filter: &ItemFilter) -> Result<Vec<i64>, StoreError> {
        let mut sql = "SELECT i.id FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE (i.id = ?1 OR i.text_of = ?1)"
            .to_owned();
        let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(0)];
        filter.conditions(&mut sql, &mut values);
        sql.push_str(" ORDER BY i.duplicate_of IS NOT NULL, i.id LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut selected = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(first) = values.first_mut() {
                *first = Box::new(row);
            }
            let item: Option<i64> = statement.query_row(params_from_iter(&values), |found| found.get(0)).optional()?;
            selected.extend(item);
        }
        Ok(selected)
    }
}
