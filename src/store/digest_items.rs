//! The items that digests and out-feeds are made from.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, ToSql, params};

use super::encoding::{bloc, bounds, time};
use super::error::StoreError;
use super::handle::Reader;
use super::listing::ItemFilter;
use super::query::Query;
use super::tags::{marked_tag_names, split_marked_names};
use super::texts::full_text;
use crate::digest::{Choice, DigestItem, OutFeed, Sighting};
use crate::model::Period;

/// What [`digest_item`] reads.
const ITEM: &str = concat!(
    "SELECT i.id, ",
    full_text!("title"),
    ", ",
    full_text!("summary"),
    ", i.url, o.name, f.title, o.bloc, i.language, i.published, i.first_seen, i.scope, i.score, ",
    marked_tag_names!(),
    ", i.duplicate_of, i.story, coalesce(i.rewritten_at, i.appeared)"
);

const OUTLETS: &str = "JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id";

/// Reads a row of [`ITEM`]; none if its scope is a word of a newer kazbek.
fn digest_item(row: &Row<'_>) -> rusqlite::Result<Option<DigestItem>> {
    let scope: String = row.get(10)?;
    let score: f64 = row.get(11)?;
    let Ok(scope) = scope.parse() else { return Ok(None) };
    let (tags, title_tags) = split_marked_names(row, 12)?;
    Ok(Some(DigestItem {
        id: row.get(0)?,
        title: row.get(1)?,
        summary: row.get::<_, Option<String>>(2)?.filter(|summary| !summary.is_empty()),
        url: row.get(3)?,
        outlet: row.get(4)?,
        feed_title: row.get(5)?,
        bloc: bloc(row.get(6)?),
        language: row.get(7)?,
        published: row.get::<_, Option<i64>>(8)?.map(time),
        first_seen: time(row.get(9)?),
        appeared: time(row.get(15)?),
        scope,
        #[expect(clippy::cast_possible_truncation, reason = "it was stored from an f32")]
        score: score as f32,
        title_tags,
        tags,
        duplicate_of: row.get(13)?,
        story: row.get(14)?,
        sightings: Vec::new(),
        in_earlier_issue: None,
    }))
}

/// How SQLite finds the items: those of a period by their date; those stored after an id, which are few, by their id.
fn item_order(after: i64) -> &'static str {
    if after > 0 { "NOT INDEXED" } else { "INDEXED BY items_by_time" }
}

impl Reader {
    /// Returns the items in scope of a period, each with the other feeds that have it and the earlier issue that had
    /// its story.
    ///
    /// # Errors
    /// [`StoreError::PeriodOutOfRange`].
    pub fn digest_items(&self, period: &Period) -> Result<Vec<DigestItem>, StoreError> {
        let (from, until) = bounds(period)?;
        let mut items = self.digest_items_between(from, until, 0)?;
        self.mark_earlier(period, &mut items)?;
        Ok(items)
    }

    /// Returns the items dated before the period, and not before the first issue of its cadence, that were stored after
    /// the last issue before the period was composed.
    ///
    /// # Errors
    /// [`StoreError::PeriodOutOfRange`].
    pub fn late_items(&self, period: &Period) -> Result<Vec<DigestItem>, StoreError> {
        let (from, _) = bounds(period)?;
        let sql = "SELECT (SELECT min(starts_at) FROM issues WHERE cadence = ?1 AND body IS NOT NULL), last_item_id FROM issues \
            WHERE cadence = ?1 AND ends_at <= ?2 AND body IS NOT NULL ORDER BY ends_at DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row(params![period.cadence.as_str(), from], |row| Ok((row.get(0)?, row.get(1)?)));
        let Some((since, after)) = found.optional()? else { return Ok(Vec::new()) };
        let mut items = self.digest_items_between(since, from, after)?;
        self.mark_earlier(period, &mut items)?;
        Ok(items)
    }

    /// Returns the items in scope dated from the second `from` on and before `until` whose id is above `after`. A copy
    /// dated before its original belongs to the period of that, whatever its publisher's date says.
    pub(super) fn digest_items_between(
        &self,
        from: i64,
        until: i64,
        after: i64,
    ) -> Result<Vec<DigestItem>, StoreError> {
        let order = item_order(after);
        let sql = format!(
            "{ITEM} FROM items i {order} {OUTLETS} LEFT JOIN items original ON original.id = i.duplicate_of \
            WHERE i.scope IS NOT NULL AND i.at >= ?1 AND i.at < ?2 AND i.id > ?3 AND coalesce(original.at < ?2, 1) \
            ORDER BY i.id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([from, until, after], digest_item)?;
        let mut items: Vec<DigestItem> = rows.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        self.add_sightings(&mut items, from, until, after)?;
        Ok(items)
    }

    /// Returns an item in scope, without further sightings.
    pub(super) fn digest_item(&self, id: i64) -> Result<Option<DigestItem>, StoreError> {
        let sql = format!("{ITEM} FROM items i {OUTLETS} WHERE i.id = ?1 AND i.scope IS NOT NULL");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([id], digest_item).optional()?.flatten())
    }

    fn add_sightings(&self, items: &mut [DigestItem], from: i64, until: i64, after: i64) -> Result<(), StoreError> {
        let places: HashMap<i64, usize> = items.iter().enumerate().map(|(place, item)| (item.id, place)).collect();
        let order = item_order(after);
        let sql = format!(
            "SELECT s.item_id, o.name, f.title, o.bloc, f.language, s.first_seen \
            FROM items i {order} JOIN sightings s ON s.item_id = i.id \
            JOIN feeds f ON f.id = s.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.scope IS NOT NULL AND i.at >= ?1 AND i.at < ?2 AND i.id > ?3 AND s.is_alias = 0 AND s.feed_id <> i.feed_id \
            ORDER BY s.first_seen, s.feed_id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([from, until, after])?;
        while let Some(row) = rows.next()? {
            let item_id: i64 = row.get(0)?;
            let Some(item) = places.get(&item_id).and_then(|place| items.get_mut(*place)) else { continue };
            item.sightings.push(Sighting {
                outlet: row.get(1)?,
                feed_title: row.get(2)?,
                bloc: bloc(row.get(3)?),
                language: row.get(4)?,
                first_seen: time(row.get(5)?),
            });
        }
        Ok(())
    }

    /// Names for each item the last issue of the cadence before the period that had its story.
    fn mark_earlier(&self, period: &Period, items: &mut [DigestItem]) -> Result<(), StoreError> {
        let (from, _) = bounds(period)?;
        if !self.has_issues(period.cadence)? {
            return Ok(());
        }
        let sql = "SELECT i.label FROM issue_items h INDEXED BY issue_items_by_story CROSS JOIN issues i ON i.id = h.issue_id \
            WHERE h.story = ?1 AND h.is_withdrawn = 0 AND i.cadence = ?2 AND i.ends_at <= ?3 ORDER BY i.ends_at DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        for item in items {
            let story = item.story.unwrap_or(item.id);
            let label = statement.query_row(params![story, period.cadence.as_str(), from], |row| row.get(0));
            item.in_earlier_issue = label.optional()?;
        }
        Ok(())
    }

    /// Returns the items of an out-feed, newest first: in scope, without near-duplicates, dated before `now`.
    ///
    /// # Errors
    /// [`StoreError::BadQuery`] if its search is not understood.
    pub fn out_feed_items(&self, feed: &OutFeed, now: Timestamp) -> Result<Vec<DigestItem>, StoreError> {
        let Choice::Items { scope, tags, search } = &feed.choice else { return Ok(Vec::new()) };
        let filter = ItemFilter { until: Some(now), tags: tags.clone(), ..ItemFilter::default() };
        let mut sql = "SELECT i.id FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.scope IS NOT NULL AND i.duplicate_of IS NULL"
            .to_owned();
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        if let Some(scope) = scope {
            values.push(Box::new(scope.as_str().to_owned()));
            sql.push_str(" AND i.scope = ?1");
        }
        filter.conditions(&mut sql, &mut values);
        if let Some(query) = search {
            values.push(Box::new(Query::parse(query)?.expression()));
            sql.push_str(&format!(
                " AND (i.id IN (SELECT rowid FROM item_text WHERE item_text MATCH ?{0}) \
                 OR i.text_of IN (SELECT rowid FROM item_text WHERE item_text MATCH ?{0}))",
                values.len()
            ));
        }
        values.push(Box::new(i64::try_from(feed.limit).unwrap_or(i64::MAX)));
        sql.push_str(&format!(" ORDER BY i.at DESC, i.id DESC LIMIT ?{}", values.len()));
        let understood = |error: rusqlite::Error| match StoreError::from(error) {
            StoreError::Other(message) if search.is_some() => StoreError::BadQuery(message),
            other => other,
        };
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, i64>(0));
        let ids: Vec<i64> = rows.map_err(understood)?.collect::<Result<_, _>>().map_err(understood)?;
        ids.into_iter().filter_map(|id| self.digest_item(id).transpose()).collect()
    }
}
