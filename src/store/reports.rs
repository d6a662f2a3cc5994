//! What reports and exports ask of the history.

use jiff::Timestamp;
use rusqlite::{Row, ToSql, params};
use serde::Serialize;

use super::items::time;
use super::words::whole;
use super::{Store, StoreError};

/// Which items are meant. Every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// They count at or after this time.
    pub since: Option<Timestamp>,
    /// They count before this time.
    pub until: Option<Timestamp>,
    /// They bear all of these tags.
    pub tags: Vec<String>,
    /// They come from this outlet.
    pub outlet: Option<String>,
}

/// An item that a search found.
#[derive(Clone, Debug, Serialize)]
pub struct SearchHit {
    /// Id of the item.
    pub id: i64,
    /// Title.
    pub title: String,
    /// The words around the hit, the hit between `[` and `]`.
    pub snippet: String,
    /// Address of the article.
    pub url: Option<String>,
    /// Who published it.
    pub outlet: String,
    /// The time that counts for it.
    pub at: Timestamp,
    /// Its tags.
    pub tags: Vec<String>,
}

/// An item as `export` gives it and `import` takes it.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct ReportItem {
    pub id: i64,
    pub url: Option<String>,
    pub title: String,
    pub summary: String,
    pub published: Option<Timestamp>,
    pub first_seen: Timestamp,
    pub outlet: String,
    pub bloc: Option<String>,
    pub language: Option<String>,
    pub scope: Option<String>,
    pub score: f64,
    pub tags: Vec<String>,
    pub duplicate_of: Option<i64>,
    pub story: Option<i64>,
}

/// Where an item stands.
#[derive(Clone, Debug, Serialize)]
pub struct SightingDetail {
    /// Title of the feed.
    pub feed: String,
    /// Address of the feed.
    pub feed_url: String,
    /// Who publishes it.
    pub outlet: String,
    /// When it was first seen there.
    pub first_seen: Timestamp,
    /// The title there, where it is not that of the item.
    pub title: Option<String>,
}

/// Former words of an item.
#[derive(Clone, Debug, Serialize)]
pub struct ItemVersion {
    /// When they were replaced.
    pub until: Timestamp,
    /// The title that stood until then.
    pub title: String,
    /// The summary that stood until then.
    pub summary: String,
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
        for tag in &self.tags {
            let condition = "EXISTS (SELECT 1 FROM item_tags x JOIN tags t ON t.id = x.tag_id WHERE x.item_id = i.id AND t.name = ?)";
            add(condition, Box::new(tag.clone()));
        }
    }
}

pub(super) const TAGS: &str = "(SELECT group_concat(t.name, ' ' ORDER BY t.name) FROM item_tags x JOIN tags t ON t.id = x.tag_id WHERE x.item_id = i.id)";

pub(super) fn tags_of(row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<String>> {
    let joined: Option<String> = row.get(index)?;
    Ok(joined.map(|tags| tags.split(' ').map(str::to_owned).collect()).unwrap_or_default())
}

impl Store {
    /// Hands every item that the filter means to `each`, oldest first.
    ///
    /// # Errors
    /// Those of SQLite, and the first that `each` returns.
    pub fn for_each_item<E: From<StoreError>>(
        &self,
        filter: &ItemFilter,
        mut each: impl FnMut(ReportItem) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut sql = format!(
            "SELECT i.id, i.url, {}, {}, i.published, i.first_seen, o.name, o.bloc, i.language, i.scope, i.score, {TAGS}, \
             i.duplicate_of, i.story FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id WHERE 1",
            whole!("title"),
            whole!("summary"),
        );
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        filter.conditions(&mut sql, &mut values);
        sql.push_str(" ORDER BY i.at, i.id");
        let mut statement = self.connection.prepare_cached(&sql).map_err(StoreError::from)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            each(report_item(row).map_err(StoreError::from)?)?;
        }
        Ok(())
    }

    /// Where an item stands, first sighting first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn sightings_of(&self, item_id: i64) -> Result<Vec<SightingDetail>, StoreError> {
        let sql = "SELECT f.title, f.url, o.name, s.first_seen, s.title FROM sightings s JOIN feeds f ON f.id = s.feed_id \
            JOIN outlets o ON o.id = f.outlet_id WHERE s.item_id = ?1 AND s.is_alias = 0 ORDER BY s.first_seen, f.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([item_id], |row| {
            Ok(SightingDetail {
                feed: row.get(0)?,
                feed_url: row.get(1)?,
                outlet: row.get(2)?,
                first_seen: time(row.get(3)?),
                title: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The former words of an item, oldest first: until when they stood, title, summary.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn versions_of(&self, item_id: i64) -> Result<Vec<ItemVersion>, StoreError> {
        let sql = "SELECT until, title, summary FROM item_versions WHERE item_id = ?1 ORDER BY version";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([item_id], |row| {
            Ok(ItemVersion { until: time(row.get(0)?), title: row.get(1)?, summary: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The ids of the other items of a story, and of the near-duplicates of an item.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn relatives(&self, item_id: i64, story: Option<i64>) -> Result<Vec<ReportItem>, StoreError> {
        let sql = format!(
            "SELECT i.id, i.url, {}, {}, i.published, i.first_seen, o.name, o.bloc, i.language, i.scope, i.score, {TAGS}, \
             i.duplicate_of, i.story FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
             WHERE i.id <> ?1 AND (i.story = ?2 OR i.duplicate_of = ?1) ORDER BY i.at, i.id LIMIT 200",
            whole!("title"),
            whole!("summary"),
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![item_id, story], report_item)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn report_item(row: &Row<'_>) -> rusqlite::Result<ReportItem> {
    Ok(ReportItem {
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
        tags: tags_of(row, 11)?,
        duplicate_of: row.get(12)?,
        story: row.get(13)?,
    })
}
