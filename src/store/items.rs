//! Items, sightings and tags as they stand in the store.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::compact::{self, Found};
use super::words::whole;
use super::{Store, StoreError};
use crate::model::Classification;

/// A time of the store. Seconds out of range cannot be stored; a damaged value reads as the epoch.
pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An item that the store does not have yet.
#[derive(Clone, Debug)]
pub struct NewItem<'a> {
    /// The feed that gave it first.
    pub feed_id: i64,
    /// Its address, as the feed gives it.
    pub url: Option<&'a str>,
    /// Key of the canonical address; unique in the store.
    pub url_key: Option<i64>,
    /// Plain text.
    pub title: &'a str,
    /// Plain text.
    pub summary: &'a str,
    /// BCP 47.
    pub language: Option<&'a str>,
    /// As the publisher says.
    pub published: Option<Timestamp>,
    /// When the store first saw it.
    pub first_seen: Timestamp,
    /// Tags, scope, score, relations and evidence.
    pub classification: &'a Classification,
    /// Which of rival names it uses: `set/side`, separated by spaces.
    pub names: Option<&'a str>,
    /// The survivor, where this is a near-duplicate.
    pub duplicate_of: Option<i64>,
    /// The item that opened its story.
    pub story: Option<i64>,
    /// What decided on duplicate and story.
    pub found: Option<Found>,
    /// The fingerprint by which near-duplicates are found again after a restart.
    pub fingerprint: Option<&'a [u8]>,
}

/// One item standing in one feed.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct NewSighting {
    pub feed_id: i64,
    pub identity: i64,
    pub item_id: i64,
    pub first_seen: Timestamp,
    pub title_key: Option<i64>,
    pub text_hash: i64,
    pub is_alias: bool,
}

/// The words of an item.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct Words<'a> {
    pub title: &'a str,
    pub summary: &'a str,
}

/// What the store knows of an identity in a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct SightingRow {
    pub item_id: i64,
    pub first_seen: Timestamp,
    pub text_hash: i64,
}

/// The words of an item, as the classifier wants them.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct Text {
    pub id: i64,
    pub url: Option<String>,
    pub title: String,
    pub summary: String,
    pub language: Option<String>,
    pub bloc: Option<String>,
    pub country: Option<String>,
    /// Who publishes it.
    pub outlet: String,
}

/// An item as it stands in the store.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct ItemRow {
    pub id: i64,
    pub url: Option<String>,
    pub title: String,
    pub summary: String,
    pub language: Option<String>,
    pub published: Option<Timestamp>,
    pub first_seen: Timestamp,
    pub outlet: String,
    pub feed_title: String,
    pub feed_url: String,
    pub duplicate_of: Option<i64>,
    pub story: Option<i64>,
    /// What decided on duplicate and story.
    pub found: Option<serde_json::Value>,
    pub classification: Classification,
}

/// An item as the window of recent items remembers it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct WindowRow {
    pub id: i64,
    pub at: Timestamp,
    pub outlet: String,
    pub duplicate_of: Option<i64>,
    pub story: i64,
    pub fingerprint: Vec<u8>,
}

pub(super) fn sighting_row(row: &Row<'_>) -> rusqlite::Result<SightingRow> {
    Ok(SightingRow { item_id: row.get(0)?, first_seen: time(row.get(1)?), text_hash: row.get(2)? })
}

impl Store {
    /// One item with its tags and evidence, by id.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn item(&self, id: i64) -> Result<Option<ItemRow>, StoreError> {
        let sql = concat!(
            "SELECT i.id, i.url, ",
            whole!("title"),
            ", ",
            whole!("summary"),
            ", i.language, i.published, i.first_seen, o.name, f.title, f.url, \
            i.duplicate_of, i.story, i.scope, i.score, i.relations, i.found \
            FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id WHERE i.id = ?1"
        );
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement
            .query_row([id], |row| {
                let scope: Option<String> = row.get(12)?;
                let (title, summary): (String, String) = (row.get(2)?, row.get(3)?);
                let relations = row
                    .get::<_, Option<String>>(14)?
                    .map(|json| compact::all_relations(&self.connection, &json, &title, &summary));
                let score: f64 = row.get(13)?;
                Ok(ItemRow {
                    id: row.get(0)?,
                    url: row.get(1)?,
                    title,
                    summary,
                    language: row.get(4)?,
                    published: row.get::<_, Option<i64>>(5)?.map(time),
                    first_seen: time(row.get(6)?),
                    outlet: row.get(7)?,
                    feed_title: row.get(8)?,
                    feed_url: row.get(9)?,
                    duplicate_of: row.get(10)?,
                    story: row.get(11)?,
                    found: row.get::<_, Option<String>>(15)?.and_then(|json| Found::shown(&json)),
                    classification: Classification {
                        scope: scope.and_then(|word| word.parse().ok()),
                        #[expect(clippy::cast_possible_truncation, reason = "it was stored from an f32")]
                        score: score as f32,
                        relations: relations.unwrap_or_default(),
                        ..Classification::default()
                    },
                })
            })
            .optional()?;
        let Some(mut item) = found else { return Ok(None) };
        self.add_evidence(&mut item)?;
        Ok(Some(item))
    }

    fn add_evidence(&self, item: &mut ItemRow) -> Result<(), StoreError> {
        let sql = "SELECT t.name, it.evidence FROM item_tags it JOIN tags t ON t.id = it.tag_id WHERE it.item_id = ?1 ORDER BY t.name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([item.id])?;
        while let Some(row) = rows.next()? {
            let tag: String = row.get(0)?;
            let json: String = row.get(1)?;
            let found = compact::all_evidence(&self.connection, &tag, &json, &item.title, &item.summary)?;
            item.classification.evidence.extend(found);
            item.classification.tags.push(tag);
        }
        item.classification.evidence.sort_by(|a, b| (a.field, a.start, &a.tag).cmp(&(b.field, b.start, &b.tag)));
        Ok(())
    }

    /// The id of the item with this canonical address.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn item_by_url(&self, url_key: i64) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM items WHERE url_key = ?1")?;
        Ok(statement.query_row([url_key], |row| row.get(0)).optional()?)
    }

    /// Up to `limit` items with an id above `after` that count at or after `since`, in the order of their ids.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn texts(&self, after: i64, since: Option<Timestamp>, limit: usize) -> Result<Vec<Text>, StoreError> {
        let sql = concat!(
            "SELECT i.id, i.url, ",
            whole!("title"),
            ", ",
            whole!("summary"),
            ", i.language, o.bloc, o.country, o.name FROM items i \
            JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.id > ?1 AND i.at >= ?2 AND i.has_text = 1 ORDER BY i.id LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(sql)?;
        let since = since.map_or(i64::MIN, Timestamp::as_second);
        let rows = statement.query_map(params![after, since, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(Text {
                id: row.get(0)?,
                url: row.get(1)?,
                title: row.get(2)?,
                summary: row.get(3)?,
                language: row.get(4)?,
                bloc: row.get(5)?,
                country: row.get(6)?,
                outlet: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many items count at or after `since`.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn count_since(&self, since: Option<Timestamp>) -> Result<u64, StoreError> {
        let since = since.map_or(i64::MIN, Timestamp::as_second);
        let count: i64 =
            self.connection.query_row("SELECT count(*) FROM items WHERE at >= ?1", [since], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
