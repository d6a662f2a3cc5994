//! Lists of items, by a filter or by their story.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, ToSql, params};
use serde::Serialize;

use super::encoding::time;
use super::error::StoreError;
use super::handle::Reader;
use super::tags::{self, tag_names};
use super::texts::full_text;
use crate::model::{PressBloc, Tag, two_decimals};

/// Which items to list; all conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Dated at or after this time.
    pub since: Option<Timestamp>,
    /// Dated before this time.
    pub until: Option<Timestamp>,
    /// With all of these tags.
    pub tags: Vec<Tag>,
    /// From the outlet of this name.
    pub outlet: Option<String>,
    /// From an outlet of this bloc.
    pub bloc: Option<PressBloc>,
    /// In this language, BCP 47.
    pub language: Option<String>,
    /// With a relation between these two actors, in either direction: ids of places, e.g. `armenia`.
    pub pair: Option<(String, String)>,
}

/// An item as `export` writes it.
#[derive(Clone, Debug, Serialize)]
pub struct ListedItem {
    /// Id.
    pub id: i64,
    /// Its address, as in the feed.
    pub url: Option<String>,
    /// Title.
    pub title: String,
    /// Summary.
    pub summary: String,
    /// When it was published, if the feed says.
    pub published: Option<Timestamp>,
    /// When the store first saw it.
    pub first_seen: Timestamp,
    /// Name of the outlet.
    pub outlet: String,
    /// The bloc of the outlet.
    pub bloc: Option<String>,
    /// Language, BCP 47.
    pub language: Option<String>,
    /// Its scope; none if it is out of scope.
    pub scope: Option<String>,
    /// 0 to 1: how much it is about its scope.
    #[serde(serialize_with = "two_decimals")]
    pub score: f64,
    /// Its tags, sorted.
    pub tags: Vec<Tag>,
    /// The survivor, if it is a near-duplicate.
    pub duplicate_of: Option<i64>,
    /// The item that opened its story.
    pub story: Option<i64>,
}

/// What [`listed_item`] reads.
const LISTED: &str = concat!(
    "SELECT i.id, i.url, ",
    full_text!("title"),
    ", ",
    full_text!("summary"),
    ", i.published, i.first_seen, o.name, o.bloc, i.language, i.scope, i.score, ",
    tag_names!(),
    ", i.duplicate_of, i.story FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id"
);

fn listed_item(row: &Row<'_>) -> rusqlite::Result<ListedItem> {
    Ok(ListedItem {
        id: row.get(0)?,
        url: row.get(1)?,
        title: row.get(2)?,
        summary: row.get(3)?,
        published: row.get::<_, Option<i64>>(4)?.map(time),
        first_seen: time(row.get(5)?),
        outlet: row.get(6)?,
        bloc: row.get(7)?,
        language: row.get(8)?,
        scope: row.get(9)?,
        score: row.get(10)?,
        tags: tags::split_names(row, 11)?,
        duplicate_of: row.get(12)?,
        story: row.get(13)?,
    })
}

impl ItemFilter {
    /// Adds the conditions on `items i` and `outlets o` to a statement, and their values to `values`.
    pub(super) fn conditions(&self, sql: &mut String, values: &mut Vec<Box<dyn ToSql>>) {
        let mut add = |condition: &str, value: Box<dyn ToSql>| {
            values.push(value);
            sql.push_str(" AND ");
            sql.push_str(&condition.replace('?', &format!("?{}", values.len())));
        };
        if let Some(since) = self.since {
            add("i.at >= ?", Box::new(since.as_second()));
        }
        if let Some(until) = self.until {
            add("i.at < ?", Box::new(until.as_second()));
        }
        if let Some(outlet) = &self.outlet {
            add("o.name = ?", Box::new(outlet.clone()));
        }
        if let Some(bloc) = self.bloc {
            add("o.bloc = ?", Box::new(bloc.as_str()));
        }
        if let Some(language) = &self.language {
            add(IN_LANGUAGE, Box::new(language.clone()));
        }
        for tag in &self.tags {
            add(&tags::has_tag("i.id", "?"), Box::new(tag.to_string()));
        }
        if let Some(pair) = &self.pair {
            add(&has_relation("?"), Box::new(encoded_pair(pair)));
        }
    }
}

/// SQL: whether the item `i` is in a language, or in a variety of it such as `pt-BR`.
pub(super) const IN_LANGUAGE: &str = "(i.language = ? OR i.language LIKE ? || '-%')";

/// SQL: whether the item `i` has a relation between the two actors that [`encoded_pair`] has bound to `parameter`.
pub(super) fn has_relation(parameter: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM json_each(i.relations) r WHERE {parameter} IN \
         (r.value ->> 0 || ' ' || (r.value ->> 1), r.value ->> 1 || ' ' || (r.value ->> 0)))"
    )
}

/// Returns a pair as [`has_relation`] compares it.
pub(super) fn encoded_pair((a, b): &(String, String)) -> String {
    format!("{a} {b}")
}

impl Reader {
    /// Passes every item that the filter selects to `each`, oldest first.
    ///
    /// # Errors
    /// The first that `each` returns; the list ends there.
    pub fn for_each_item<E: From<StoreError>>(
        &self,
        filter: &ItemFilter,
        mut each: impl FnMut(ListedItem) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut sql = format!("{LISTED} WHERE 1");
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        filter.conditions(&mut sql, &mut values);
        sql.push_str(" ORDER BY i.at, i.id");
        let mut statement = self.connection.prepare_cached(&sql).map_err(StoreError::from)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            each(listed_item(row).map_err(StoreError::from)?)?;
        }
        Ok(())
    }

    /// Returns an item as lists show it.
    pub(super) fn listed_item(&self, id: i64) -> Result<Option<ListedItem>, StoreError> {
        let sql = format!("{LISTED} WHERE i.id = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([id], listed_item).optional()?)
    }

    /// Returns the items of a story, oldest first, at most 200; an item that is in none is a story of its own.
    pub fn story(&self, story: i64) -> Result<Vec<ListedItem>, StoreError> {
        let sql =
            format!("{LISTED} WHERE (i.story = ?1 OR (i.id = ?1 AND i.story IS NULL)) ORDER BY i.at, i.id LIMIT 200");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([story], listed_item)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the other items of a story and the near-duplicates of an item, oldest first, at most 200.
    pub fn relatives(&self, item_id: i64, story: Option<i64>) -> Result<Vec<ListedItem>, StoreError> {
        let sql = format!(
            "{LISTED} WHERE i.id <> ?1 AND (i.story = ?2 OR i.duplicate_of = ?1) ORDER BY i.at, i.id LIMIT 200"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![item_id, story], listed_item)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
