//! The items that a trend report is made from. A long history is read by several connections at once.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::de::IgnoredAny;

use super::encoding::{bloc, time};
use super::error::StoreError;
use super::handle::Reader;
use super::tags;
use super::texts::full_text;
use crate::model::PressBloc;
use crate::parallel::joined;
use crate::trends::{History, ItemFacts, NameUsed, ToneReading};

/// Ids that one thread reads at least: fewer are not worth a thread and a connection of their own.
const IDS_PER_THREAD: i64 = 20_000;

/// What a report needs to know of the feed of an item.
struct FeedFacts {
    is_import: bool,
    outlet: String,
    bloc: Option<PressBloc>,
}

/// The part of a stored relation that a report needs, in the order of `encoding`; the rest is skipped.
#[derive(serde::Deserialize)]
struct Tone<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    f32,
    #[serde(borrow)] Cow<'a, str>,
    bool,
    f32,
    IgnoredAny,
);

impl Tone<'_> {
    fn reading(&self) -> ToneReading<'_> {
        let Tone(a, b, tone, class, is_directed, confidence, _) = self;
        ToneReading { a, b, tone: *tone, class, confidence: *confidence, is_directed: *is_directed }
    }
}

fn first_two(row: Option<&Row<'_>>) -> rusqlite::Result<Option<(i64, i64)>> {
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Which items a thread reads, and in which order.
#[derive(Clone, Copy)]
enum ScanOrder {
    /// In the order of the file, from one id to another.
    ByRowId(i64, i64),
    /// In the order of their dates.
    ByTime,
}

impl ScanOrder {
    /// The statements for the items and for their tags, both in the same order of items.
    fn statements(self) -> (String, String) {
        let columns = concat!(
            "i.id, i.feed_id, i.published, i.at, ",
            full_text!("title"),
            ", i.url, i.language, i.relations, i.duplicate_of, i.story, i.names"
        );
        match self {
            ScanOrder::ByRowId(first, last) => {
                let span = format!("BETWEEN {first} AND {last}");
                (
                    format!(
                        "SELECT {columns} FROM items i NOT INDEXED WHERE i.id {span} AND i.at >= ?1 AND i.at < ?2 ORDER BY i.id"
                    ),
                    tags::tags_by_id(first, last),
                )
            }
            ScanOrder::ByTime => {
                let span = "WHERE i.at >= ?1 AND i.at < ?2 ORDER BY i.at, i.id";
                (
                    format!("SELECT {columns} FROM items i INDEXED BY items_by_time {span}"),
                    tags::TAGS_BY_TIME.to_owned(),
                )
            }
        }
    }

    /// Parts of about the same length, at most one per thread.
    fn parts(self, threads: i64) -> Vec<ScanOrder> {
        match self {
            ScanOrder::ByTime => vec![self],
            ScanOrder::ByRowId(first, last) => {
                let threads = threads.min((last - first) / IDS_PER_THREAD).max(1);
                let bound = |part: i64| first + (last + 1 - first) * part / threads;
                (0..threads).map(|part| ScanOrder::ByRowId(bound(part), bound(part + 1) - 1)).collect()
            }
        }
    }
}

impl Reader {
    /// Returns the history of the items dated from `since` on and before `until`. What is written meanwhile may be in
    /// it or not.
    pub fn history(&self, since: Timestamp, until: Timestamp) -> Result<History, StoreError> {
        let span = [since.as_second(), until.as_second()];
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as i64);
        let parts = self.scan_order(span)?.parts(cores);
        let Some((own, others)) = parts.split_first() else { return Ok(History::new()) };
        let path = &self.path;
        std::thread::scope(|scope| {
            let read = |order: ScanOrder| Reader::open(path)?.part_of_history(order, span);
            let others: Vec<_> = others.iter().map(|&order| scope.spawn(move || read(order))).collect();
            let mut history = self.part_of_history(*own, span)?;
            for other in others {
                history.append(&joined(other)?);
            }
            Ok(history)
        })
    }

    /// Items that were stored one after the other are next to each other in the file, and reading them in that order is
    /// fastest. If many items between the first and the last of a span are of other dates, they are found by their
    /// dates.
    fn scan_order(&self, span: [i64; 2]) -> Result<ScanOrder, StoreError> {
        let sql = "SELECT count(*), coalesce(min(id), 0), coalesce(max(id), 0) FROM items INDEXED BY items_by_time WHERE at >= ?1 AND at < ?2";
        let (count, first, last): (i64, i64, i64) =
            self.connection.query_row(sql, span, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(if (last - first) / 2 <= count { ScanOrder::ByRowId(first, last) } else { ScanOrder::ByTime })
    }

    fn part_of_history(&self, order: ScanOrder, span: [i64; 2]) -> Result<History, StoreError> {
        let names_by_id = |sql: &str| -> Result<HashMap<i64, String>, StoreError> {
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let tag_names = names_by_id(tags::NAMES_BY_ID)?;
        let feeds = self.feed_facts()?;
        let is_by_id = matches!(order, ScanOrder::ByRowId(..));
        let (items_sql, tags_sql) = order.statements();
        let (mut items, mut item_tags) = (self.connection.prepare(&items_sql)?, self.connection.prepare(&tags_sql)?);
        let (mut items, mut item_tags) = (items.query(span)?, item_tags.query(span)?);
        let mut history = History::new();
        let mut next_tag: Option<(i64, i64)> = first_two(item_tags.next()?)?;
        let mut names: Vec<&str> = Vec::new();
        while let Some(row) = items.next()? {
            let id: i64 = row.get(0)?;
            names.clear();
            // The tags of a range of ids include those of items of other dates.
            while is_by_id && next_tag.is_some_and(|(item_id, _)| item_id < id) {
                next_tag = first_two(item_tags.next()?)?;
            }
            while let Some((_, tag_id)) = next_tag.filter(|(item_id, _)| *item_id == id) {
                names.extend(tag_names.get(&tag_id).map(String::as_str));
                next_tag = first_two(item_tags.next()?)?;
            }
            let text = |index: usize| row.get_ref(index).map(|value| value.as_str().ok());
            let feed_id: i64 = row.get(1)?;
            let feed = feeds.get(&feed_id);
            let is_undated = feed.is_some_and(|feed| feed.is_import) && row.get_ref(2)? == ValueRef::Null;
            let tones: Vec<Tone<'_>> = text(7)?.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
            let tones: Vec<ToneReading<'_>> = tones.iter().map(Tone::reading).collect();
            let used = text(10)?.unwrap_or_default().split_whitespace().filter_map(|name| name.split_once('/'));
            let used: Vec<NameUsed<'_>> = used.map(|(set, side)| NameUsed { set, side }).collect();
            history.add(&ItemFacts {
                id,
                at: if is_undated { None } else { Some(time(row.get(3)?)) },
                title: text(4)?.unwrap_or_default(),
                url: text(5)?,
                outlet: feed.map_or("", |feed| feed.outlet.as_str()),
                bloc: feed.and_then(|feed| feed.bloc),
                language: text(6)?,
                tags: &names,
                tones: &tones,
                names: &used,
                duplicate_of: row.get(8)?,
                story: row.get(9)?,
            });
        }
        Ok(history)
    }

    fn feed_facts(&self) -> Result<HashMap<i64, FeedFacts>, StoreError> {
        let sql = "SELECT f.id, f.origin = 'import', o.name, o.bloc FROM feeds f JOIN outlets o ON o.id = f.outlet_id";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            Ok((row.get(0)?, FeedFacts { is_import: row.get(1)?, outlet: row.get(2)?, bloc: bloc(row.get(3)?) }))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_cover_every_id_once() {
        let check = |first: i64, last: i64, threads: i64, parts: usize| {
            let found = ScanOrder::ByRowId(first, last).parts(threads);
            assert_eq!(found.len(), parts, "{first} to {last} by {threads}");
            let mut next = first;
            for part in found {
                let ScanOrder::ByRowId(from, to) = part else { panic!("read by time") };
                assert_eq!(from, next);
                next = to + 1;
            }
            assert_eq!(next, last + 1);
        };
        check(1, 1_000_000, 4, 4);
        check(7, 7 + 3 * IDS_PER_THREAD, 4, 3);
        check(5, 5, 4, 1);
        check(0, 0, 1, 1);
        check(1, 999_999, 7, 7);
        assert_eq!(ScanOrder::ByTime.parts(4).len(), 1);
    }
}
