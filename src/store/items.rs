//! Items: what was published, once each.
//!
//! An item is dated by its time of publication or, if that is not known, by when it was first seen (`at`).

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::encoding::{self, MatchRecord, time};
use super::error::StoreError;
use super::handle::Reader;
use super::tags;
use super::texts::full_text;
use super::transaction::{WriteTransaction, prepared};
use crate::classify;
use crate::dedup::{Level, Provenance};
use crate::model::Classification;

/// A new item.
#[derive(Clone, Debug)]
pub struct NewItem<'a> {
    /// Id of the feed that had it first.
    pub feed_id: i64,
    /// Its address, as in the feed.
    pub url: Option<&'a str>,
    /// Key of the canonical address; unique in the store.
    pub url_key: Option<i64>,
    /// When and how the store first saw it.
    pub provenance: Provenance,
    /// Title, plain text.
    pub title: &'a str,
    /// Summary, plain text.
    pub summary: &'a str,
    /// Language, BCP 47.
    pub language: Option<&'a str>,
    /// When it was published, if the feed says.
    pub published: Option<Timestamp>,
    /// Tags, scope, score, relations and evidence.
    pub classification: &'a Classification,
    /// Which variants of disputed names it uses: `set/side`, separated by spaces.
    pub names: Option<&'a str>,
    /// The survivor, if this is a near-duplicate.
    pub duplicate_of: Option<i64>,
    /// The item that opened its story; none if it is alone and out of scope.
    pub story: Option<i64>,
    /// The match that decided on duplicate and story.
    pub found: Option<MatchRecord>,
    /// Its fingerprint, as `dedup` encodes it; empty for a copy that others are not compared with.
    pub fingerprint: Option<&'a [u8]>,
}

/// Where an item is.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// Its address, as in the feed.
    pub url: &'a str,
    /// Key of the canonical address.
    pub url_key: i64,
    /// Whether the address belongs to the site of the feed.
    pub is_own_page: bool,
}

/// A stored item with its tags and evidence.
#[derive(Clone, Debug)]
pub struct ItemRow {
    /// Id.
    pub id: i64,
    /// Its address, as in the feed.
    pub url: Option<String>,
    /// Title.
    pub title: String,
    /// Summary.
    pub summary: String,
    /// Language, BCP 47.
    pub language: Option<String>,
    /// When it was published, if the feed says.
    pub published: Option<Timestamp>,
    /// When the store first saw it.
    pub first_seen: Timestamp,
    /// Name of the outlet.
    pub outlet: String,
    /// Title of the feed that had it first.
    pub feed_title: String,
    /// Address of that feed.
    pub feed_url: String,
    /// The survivor, if it is a near-duplicate.
    pub duplicate_of: Option<i64>,
    /// The item that opened its story.
    pub story: Option<i64>,
    /// The match that decided on duplicate and story, as a JSON object.
    pub found: Option<serde_json::Value>,
    /// Tags, scope, score, relations and evidence.
    pub classification: Classification,
}

/// The text of an item, as the classifier needs it.
#[derive(Clone, Debug)]
pub struct ItemText {
    /// Id.
    pub id: i64,
    /// Its address, as in the feed.
    pub url: Option<String>,
    /// Title.
    pub title: String,
    /// Summary.
    pub summary: String,
    /// Language, BCP 47.
    pub language: Option<String>,
    /// The bloc of its outlet.
    pub bloc: Option<String>,
    /// The country of its outlet.
    pub country: Option<String>,
    /// Name of the outlet.
    pub outlet: String,
}

impl ItemText {
    /// Returns the text for the classifier, as it is stored.
    pub(crate) fn text(&self) -> classify::ItemText<'_> {
        classify::ItemText {
            title: &self.title,
            summary: &self.summary,
            url: self.url.as_deref(),
            language: self.language.as_deref(),
            country: self.country.as_deref(),
            ..classify::ItemText::default()
        }
    }
}

impl Reader {
    /// Returns an item with its tags and evidence.
    pub fn item(&self, id: i64) -> Result<Option<ItemRow>, StoreError> {
        let sql = concat!(
            "SELECT i.id, i.url, ",
            full_text!("title"),
            ", ",
            full_text!("summary"),
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
                    .map(|json| encoding::decode_relations(&self.connection, &json, &title, &summary));
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
                    found: row.get::<_, Option<String>>(15)?.and_then(|json| MatchRecord::decode(&json)),
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
        let ItemRow { title, summary, classification, .. } = &mut item;
        tags::add_tags(&self.connection, id, title, summary, classification)?;
        Ok(Some(item))
    }

    /// Returns the id of the item with this key of its canonical address.
    pub fn item_by_url(&self, url_key: i64) -> Result<Option<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM items WHERE url_key = ?1")?;
        Ok(statement.query_row([url_key], |row| row.get(0)).optional()?)
    }

    /// Returns the text of up to `limit` items with an id above `after` that are dated at or after `since`, in the
    /// order of their ids.
    pub fn texts(&self, after: i64, since: Option<Timestamp>, limit: usize) -> Result<Vec<ItemText>, StoreError> {
        let sql = concat!(
            "SELECT i.id, i.url, ",
            full_text!("title"),
            ", ",
            full_text!("summary"),
            ", i.language, o.bloc, o.country, o.name FROM items i \
            JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.id > ?1 AND i.at >= ?2 AND i.has_text = 1 ORDER BY i.id LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(sql)?;
        let since = since.map_or(i64::MIN, Timestamp::as_second);
        let rows = statement.query_map(params![after, since, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(ItemText {
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

    /// Returns how many items are dated at or after `since`.
    pub fn count_since(&self, since: Option<Timestamp>) -> Result<u64, StoreError> {
        let since = since.map_or(i64::MIN, Timestamp::as_second);
        let count: i64 =
            self.connection.query_row("SELECT count(*) FROM items WHERE at >= ?1", [since], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Returns the id of the newest item; 0 if there is none.
    pub fn last_item_id(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(id), 0) FROM items";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Returns the dates of the oldest and of the newest item; none if there is no item.
    pub fn time_span(&self) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let sql = "SELECT (SELECT min(at) FROM items), (SELECT max(at) FROM items)";
        let span: (Option<i64>, Option<i64>) =
            self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(span.0.zip(span.1).map(|(oldest, newest)| (time(oldest), time(newest))))
    }

    /// Counts the items dated from `since` to before `until`, but not beyond `limit`.
    pub fn count_items(&self, since: Timestamp, until: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM items WHERE at >= ?1 AND at < ?2 LIMIT {limit})");
        let count: i64 = self.connection.query_row(&sql, [since.as_second(), until.as_second()], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(limit))
    }
}

impl WriteTransaction<'_> {
    /// Returns the id of the item with this key of its canonical address.
    pub fn item_by_url(&mut self, url_key: i64) -> Result<Option<(i64, bool)>, StoreError> {
        let sql = "SELECT id, is_own_page FROM items WHERE url_key = ?1";
        let statement = prepared(&mut self.statements.item_by_url, self.connection, sql)?;
        Ok(statement.query_row([url_key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// Takes the address from an item, so that another can hold it; the item goes on showing it.
    pub fn release_address(&mut self, item_id: i64) -> Result<(), StoreError> {
        let sql = "UPDATE items SET lost_url_key = url_key, url_key = NULL WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute([item_id])?;
        Ok(())
    }

    /// Gives an item the address under which its feed has it now. If another item holds that address, this one is shown
    /// with it and does not hold it. Changes nothing if the item came from another feed.
    pub fn move_address(&mut self, item_id: i64, feed_id: i64, address: Address<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE items SET url = ?3, is_own_page = ?5, lost_url_key = ?4, \
            url_key = CASE WHEN EXISTS (SELECT 1 FROM items WHERE url_key = ?4) THEN NULL ELSE ?4 END \
            WHERE id = ?1 AND feed_id = ?2 AND coalesce(url_key, lost_url_key) IS NOT ?4";
        let Address { url, url_key, is_own_page } = address;
        self.connection.prepare_cached(sql)?.execute(params![item_id, feed_id, url, url_key, is_own_page])?;
        Ok(())
    }

    /// Returns the id that the next new item gets.
    pub fn next_item_id(&mut self) -> Result<i64, StoreError> {
        if let Some(id) = self.next_item_id {
            return Ok(id);
        }
        let mut statement = self.connection.prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM items")?;
        let id = statement.query_row([], |row| row.get(0))?;
        Ok(*self.next_item_id.insert(id))
    }

    /// Stores a new item with its tags and their evidence, and indexes its text if it is tagged.
    pub fn insert_item(&mut self, id: i64, item: &NewItem<'_>) -> Result<(), StoreError> {
        let classification = item.classification;
        let Provenance { is_own_page, agency, is_backlog, seen, appeared } = item.provenance;
        let at = item.published.unwrap_or(seen).as_second();
        let relations = encoding::encode_relations(self.ids, self.connection, classification)?;
        let sql = "INSERT INTO items (id, feed_id, url, url_key, title, summary, language, published, first_seen, at, scope, score, \
            relations, duplicate_of, story, found, is_tagged, names, text_of, title_shared, summary_shared, is_own_page, agency, is_backlog, appeared) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)";
        let is_tagged = !classification.tags.is_empty();
        let copied = item.found.filter(|found| found.level == Level::NearDuplicate).map(|found| found.with);
        let text = self.share_text(id, copied, item.title, item.summary, is_tagged)?;
        prepared(&mut self.statements.insert_item, self.connection, sql)?.execute(params![
            id,
            item.feed_id,
            item.url,
            item.url_key,
            text.title,
            text.summary,
            item.language,
            item.published.map(Timestamp::as_second),
            seen.as_second(),
            at,
            classification.scope.as_ref().map(|scope| scope.as_str()),
            f64::from(classification.score),
            relations,
            item.duplicate_of,
            item.story,
            item.found.as_ref().map(MatchRecord::encode).transpose()?,
            is_tagged,
            item.names,
            text.shared.map(|shared| shared.0),
            text.shared.map(|shared| shared.1),
            text.shared.map(|shared| shared.2),
            is_own_page,
            agency,
            is_backlog,
            appeared.as_second(),
        ])?;
        if let Some(fingerprint) = item.fingerprint {
            self.insert_fingerprint(id, at, fingerprint)?;
        }
        self.insert_tags(id, classification, at, item.duplicate_of.is_none())?;
        self.next_item_id = self.next_item_id.filter(|next| *next > id).or(Some(id + 1));
        if is_tagged {
            self.index.add(id);
        }
        Ok(())
    }
}
