//! What the pages that are served ask of the store besides what reports do.
//!
//! Pages are asked for at any time, so none of these statements reads more than a page of rows, whatever the store
//! holds.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, ToSql, params, params_from_iter};

use super::encoding::time;
use super::error::StoreError;
use super::handle::Reader;
use super::listing::{ItemFilter, ListedItem};
use super::tags;
use crate::model::Tag;

/// How far back the newest item in scope is looked for.
const LOOKED_BACK: i64 = 20_000;

/// Items that are looked at for one page of a list.
const LOOKED_AT: i64 = 10_000;

/// Up to this many items of a tag or an outlet are listed first, and then put in order.
const LISTED_MAX: i64 = 5_000;

/// A place in a list of items, newest first: the date of an item in Unix seconds, and its id.
pub(crate) type ItemPlace = (i64, i64);

/// A page of a list of items.
#[derive(Clone, Debug, Default)]
pub struct ItemPage {
    /// The items, newest first. There may be fewer than asked for although more follow.
    pub items: Vec<ListedItem>,
    /// Where the next page begins; none at the end of the list.
    pub next: Option<ItemPlace>,
}

/// What an alert rule has found.
#[derive(Clone, Debug)]
pub struct FoundAlert {
    /// When it was found.
    pub found_at: Timestamp,
    /// What is said of it, as JSON.
    pub body: String,
}

/// A day of a feed.
#[derive(Clone, Copy, Debug)]
pub struct FeedDay {
    /// Days since 1970-01-01, UTC.
    pub day: i64,
    /// Id of the feed.
    pub feed_id: i64,
    /// How often it was polled.
    pub polls: u32,
    /// How often it answered as a feed.
    pub successes: u32,
    /// Items that were new.
    pub items_new: u32,
}

impl Reader {
    /// Returns the tagged items that a filter selects and that come after a place of the list, newest first. If few of
    /// many items are selected, a page may be short and end before the list does.
    pub fn newest_items(
        &self,
        filter: &ItemFilter,
        after: Option<ItemPlace>,
        limit: usize,
    ) -> Result<ItemPage, StoreError> {
        let (places, next) = self.newest_places(filter, after, limit)?;
        let mut items = Vec::with_capacity(places.len());
        for (_, id) in places {
            items.extend(self.listed_item(id)?);
        }
        Ok(ItemPage { items, next })
    }

    /// Returns the tagged items that were stored after the item `after`, in the order in which they were stored, and the
    /// last item that was looked at.
    pub(crate) fn tagged_after(&self, after: i64, limit: usize) -> Result<(Vec<ListedItem>, i64), StoreError> {
        let last = self.last_item_id()?;
        let sql =
            format!("SELECT id FROM items WHERE id > ?1 AND id <= ?2 AND is_tagged = 1 ORDER BY id LIMIT {limit}");
        let ids: Vec<i64> = {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let rows = statement.query_map([after, last], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        let looked_at = if ids.len() == limit { ids.last().copied().unwrap_or(last) } else { last.max(after) };
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            items.extend(self.listed_item(id)?);
        }
        Ok((items, looked_at))
    }

    /// Returns the places of these items, and where the next page begins.
    pub(super) fn newest_places(
        &self,
        filter: &ItemFilter,
        after: Option<ItemPlace>,
        limit: usize,
    ) -> Result<(Vec<ItemPlace>, Option<ItemPlace>), StoreError> {
        let (at, id) = after.unwrap_or((i64::MAX, i64::MAX));
        let since = filter.since.map_or(i64::MIN, Timestamp::as_second);
        let list = self.short_list(filter)?;
        let (source, is_short) = match &list {
            Some((ids, _)) => (
                format!(
                    "SELECT id, at FROM items WHERE id IN ({ids}) AND at >= ?1 AND (at, id) < (?2, ?3) ORDER BY at DESC, id DESC LIMIT {LOOKED_AT}"
                ),
                true,
            ),
            None => (
                format!(
                    "SELECT id, at FROM items INDEXED BY items_by_time WHERE at >= ?1 AND at <= ?2 AND (at < ?2 OR id < ?3) \
                     ORDER BY at DESC, id DESC LIMIT {LOOKED_AT}"
                ),
                false,
            ),
        };
        // The list is bound as the fourth value; a statement without a list has to name the value all the same.
        let mut sql = format!(
            "SELECT i.id, i.at FROM ({source}) c CROSS JOIN items i ON i.id = c.id JOIN feeds f ON f.id = i.feed_id \
             JOIN outlets o ON o.id = f.outlet_id WHERE i.is_tagged = 1 AND ?4 IS NOT NULL"
        );
        let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(since), Box::new(at), Box::new(id)];
        let listed = list.map(|(_, name)| name);
        values.push(Box::new(listed.unwrap_or_default()));
        filter.conditions(&mut sql, &mut values);
        // In the order of the list, which its limit makes SQLite keep: it takes the rows one by one, and stops at the last that is wanted. Put in
        // order here, all ten thousand would be looked up first.
        sql.push_str(&format!(" LIMIT {limit}"));
        let places: Vec<ItemPlace> = {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(&values), |row| Ok((row.get(1)?, row.get(0)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let is_full = places.len() == limit;
        let next = match (is_full, is_short) {
            (true, _) => places.last().copied(),
            (false, true) => None,
            (false, false) => self.last_looked_at(since, at, id)?,
        };
        Ok((places, next))
    }

    /// The place of the last item that was looked at, if there may be more.
    fn last_looked_at(&self, since: i64, at: i64, id: i64) -> Result<Option<ItemPlace>, StoreError> {
        let sql = format!(
            "SELECT at, id FROM items INDEXED BY items_by_time WHERE at >= ?1 AND at <= ?2 AND (at < ?2 OR id < ?3) \
             ORDER BY at DESC, id DESC LIMIT 1 OFFSET {}",
            LOOKED_AT - 1
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([since, at, id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// SQL for the ids of the items of a tag or the outlet of a filter, with the name to bind as `?4`, if there are
    /// few of them.
    fn short_list(&self, filter: &ItemFilter) -> Result<Option<(String, String)>, StoreError> {
        let of_tag = tags::items_with_tag("?4");
        let of_outlet = "SELECT item_id FROM sightings WHERE feed_id IN \
            (SELECT f.id FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE o.name = ?4)";
        // Whoever takes part in a relation is a tag of its item.
        let actors = filter.pair.iter().flat_map(|(a, b)| [a, b]).map(|place| Tag::place(place));
        let tags = filter.tags.iter().cloned().chain(actors).map(|tag| (of_tag.clone(), tag.to_string()));
        let outlet = filter.outlet.iter().map(|outlet| (of_outlet.to_owned(), outlet.clone()));
        for (ids, name) in outlet.chain(tags) {
            if self.has_at_most(LISTED_MAX, &ids.replace("?4", "?1"), &name)? {
                return Ok(Some((ids, name)));
            }
        }
        Ok(None)
    }

    /// Returns the time at which the item stored last was first seen.
    pub fn last_stored_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT first_seen FROM items ORDER BY id DESC LIMIT 1";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
        Ok(at.map(time))
    }

    /// Counts the deliveries that wait or are under way.
    pub fn open_deliveries(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// Returns the date of the newest item in scope among those stored last; that of the newest of all if none is.
    pub fn newest_in_scope(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT coalesce((SELECT max(at) FROM items WHERE id > (SELECT coalesce(max(id), 0) FROM items) - ?1 AND scope IS NOT NULL), \
            (SELECT max(at) FROM items))";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([LOOKED_BACK], |row| row.get(0))?;
        Ok(at.map(time))
    }

    /// Returns the story of the item with this key of its canonical address, or its own id if it is alone.
    pub fn story_by_url(&self, url_key: i64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT coalesce(story, id) FROM items WHERE url_key = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([url_key], |row| row.get(0)).optional()?)
    }

    /// Returns how many items of the days from `first` to `last` (since 1970-01-01, UTC) have each tag, copies left
    /// out.
    pub fn daily_originals(&self, first: i64, last: i64) -> Result<Vec<(i64, String, u32)>, StoreError> {
        let sql = "SELECT d.day, t.name, d.originals FROM daily_counts d JOIN tags t ON t.id = d.tag_id WHERE d.day BETWEEN ?1 AND ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([first, last], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Counts the items in scope that were stored after the item `after`, copies left out, but not beyond `limit`.
    pub fn count_new(&self, after: i64, limit: usize) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM items NOT INDEXED \
            WHERE id > max(?1, (SELECT coalesce(max(id), 0) FROM items) - 50000) AND scope IS NOT NULL AND duplicate_of IS NULL LIMIT ?2)";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let count: i64 = self.connection.prepare_cached(sql)?.query_row([after, limit], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Returns what an alert rule found since an instant, newest first.
    pub fn alerts_since(&self, rule: &str, since: Timestamp) -> Result<Vec<FoundAlert>, StoreError> {
        let sql = "SELECT found_at, body FROM alert_matches WHERE rule = ?1 AND found_at >= ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![rule, since.as_second()], |row| {
            Ok(FoundAlert { found_at: time(row.get(0)?), body: row.get(1)? })
        })?;
        let mut found: Vec<FoundAlert> = rows.collect::<Result<_, _>>()?;
        found.sort_by_key(|alert| std::cmp::Reverse(alert.found_at));
        Ok(found)
    }

    /// Returns the days of all feeds from day `first` (since 1970-01-01, UTC) on.
    pub fn feed_days(&self, first: i64) -> Result<Vec<FeedDay>, StoreError> {
        let sql =
            "SELECT day, feed_id, polls, successes, items_new FROM feed_days WHERE day >= ?1 ORDER BY day, feed_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([first], |row| {
            Ok(FeedDay {
                day: row.get(0)?,
                feed_id: row.get(1)?,
                polls: row.get(2)?,
                successes: row.get(3)?,
                items_new: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
