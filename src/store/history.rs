//! The items that a trend report is made from, read side by side.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::de::IgnoredAny;

use super::digests::bloc;
use super::items::time;
use super::words::whole;
use super::{Store, StoreError};
use crate::model::PressBloc;
use crate::trends::{History, ItemFacts, NameUsed, ToneReading};

/// Ids that one reader reads: fewer are not worth a thread and a connection of their own.
const IDS_A_READER: i64 = 20_000;

/// What a report says of the feed that an item came from.
struct FeedFacts {
    is_import: bool,
    outlet: String,
    bloc: Option<PressBloc>,
}

/// The part of a relation that a report needs, in the order in which `compact` keeps it; the rest is passed over.
#[derive(serde::Deserialize)]
struct Tone<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    f32,
    #[serde(borrow)] Cow<'a, str>,
    IgnoredAny,
    f32,
    IgnoredAny,
);

impl Tone<'_> {
    fn reading(&self) -> ToneReading<'_> {
        let Tone(a, b, tone, class, _, confidence, _) = self;
        ToneReading { a, b, tone: *tone, class, confidence: *confidence }
    }
}

fn first_two(row: Option<&Row<'_>>) -> rusqlite::Result<Option<(i64, i64)>> {
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Which items a reader reads, and in which order.
#[derive(Clone, Copy)]
enum Way {
    /// As they lie in the file, from one id to another.
    AsTheyLie(i64, i64),
    /// By their time.
    ByTime,
}

impl Way {
    /// The statements that give the items and their tags, both in the same order of items.
    fn statements(self) -> (String, String) {
        let columns = concat!(
            "i.id, i.feed_id, i.published, i.at, ",
            whole!("title"),
            ", i.url, i.language, i.relations, i.duplicate_of, i.story, i.names"
        );
        match self {
            Way::AsTheyLie(first, last) => {
                let span = format!("BETWEEN {first} AND {last}");
                (
                    format!(
                        "SELECT {columns} FROM items i NOT INDEXED WHERE i.id {span} AND i.at >= ?1 AND i.at < ?2 ORDER BY i.id"
                    ),
                    format!(
                        "SELECT item_id, tag_id FROM item_tags WHERE item_id {span} AND ?1 < ?2 ORDER BY item_id, tag_id"
                    ),
                )
            }
            Way::ByTime => {
                let span = "WHERE i.at >= ?1 AND i.at < ?2 ORDER BY i.at, i.id";
                (
                    format!("SELECT {columns} FROM items i INDEXED BY items_by_time {span}"),
                    format!(
                        "SELECT x.item_id, x.tag_id FROM items i INDEXED BY items_by_time \
                         CROSS JOIN item_tags x ON x.item_id = i.id {span}, x.tag_id"
                    ),
                )
            }
        }
    }

    /// Parts of about the same length, one a reader.
    fn parts(self, readers: i64) -> Vec<Way> {
        match self {
            Way::ByTime => vec![self],
            Way::AsTheyLie(first, last) => {
                let readers = readers.min((last - first) / IDS_A_READER).max(1);
                let bound = |part: i64| first + (last + 1 - first) * part / readers;
                (0..readers).map(|part| Way::AsTheyLie(bound(part), bound(part + 1) - 1)).collect()
            }
        }
    }
}

impl Store {
    /// Fills a history with the items that count from `since` on and before `until`. A long one is read by several connections at once;
    /// what is written meanwhile may be in it or not.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn history(&self, since: Timestamp, until: Timestamp) -> Result<History, StoreError> {
        let span = [since.as_second(), until.as_second()];
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as i64);
        let parts = self.way(span)?.parts(cores);
        let Some((own, others)) = parts.split_first() else { return Ok(History::new()) };
        let path = &self.path;
        std::thread::scope(|scope| {
            let read = |way: Way| Store::open_read_only(path)?.part_of_history(way, span);
            let others: Vec<_> = others.iter().map(|&way| scope.spawn(move || read(way))).collect();
            let mut history = self.part_of_history(*own, span)?;
            for other in others {
                history.append(&other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(history)
        })
    }

    /// Items that came in one after the other lie side by side in the file and are read as they lie; where the span holds few of those between
    /// its first and its last, they are looked up by their time.
    fn way(&self, span: [i64; 2]) -> Result<Way, StoreError> {
        let sql = "SELECT count(*), coalesce(min(id), 0), coalesce(max(id), 0) FROM items INDEXED BY items_by_time WHERE at >= ?1 AND at < ?2";
        let (count, first, last): (i64, i64, i64) =
            self.connection.query_row(sql, span, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(if (last - first) / 2 <= count { Way::AsTheyLie(first, last) } else { Way::ByTime })
    }

    fn part_of_history(&self, way: Way, span: [i64; 2]) -> Result<History, StoreError> {
        let words = |sql: &str| -> Result<HashMap<i64, String>, StoreError> {
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let tags = words("SELECT id, name FROM tags")?;
        let feeds = self.feed_facts()?;
        let is_by_id = matches!(way, Way::AsTheyLie(..));
        let (items_sql, tags_sql) = way.statements();
        let (mut items, mut item_tags) = (self.connection.prepare(&items_sql)?, self.connection.prepare(&tags_sql)?);
        let (mut items, mut item_tags) = (items.query(span)?, item_tags.query(span)?);
        let mut history = History::new();
        let mut next_tag: Option<(i64, i64)> = first_two(item_tags.next()?)?;
        let mut names: Vec<&str> = Vec::new();
        while let Some(row) = items.next()? {
            let id: i64 = row.get(0)?;
            names.clear();
            // Where the tags of all items of a stretch are read, those of the items in between belong to no report.
            while is_by_id && next_tag.is_some_and(|(item_id, _)| item_id < id) {
                next_tag = first_two(item_tags.next()?)?;
            }
            while let Some((_, tag_id)) = next_tag.filter(|(item_id, _)| *item_id == id) {
                names.extend(tags.get(&tag_id).map(String::as_str));
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
    fn readers_read_every_id_once() {
        let check = |first: i64, last: i64, readers: i64, parts: usize| {
            let found = Way::AsTheyLie(first, last).parts(readers);
            assert_eq!(found.len(), parts, "{first} to {last} by {readers}");
            let mut next = first;
            for part in found {
                let Way::AsTheyLie(from, to) = part else { panic!("read by time") };
                assert_eq!(from, next);
                next = to + 1;
            }
            assert_eq!(next, last + 1);
        };
        check(1, 1_000_000, 4, 4);
        check(7, 7 + 3 * IDS_A_READER, 4, 3);
        check(5, 5, 4, 1);
        check(0, 0, 1, 1);
        check(1, 999_999, 7, 7);
        assert_eq!(Way::ByTime.parts(4).len(), 1);
    }
}
