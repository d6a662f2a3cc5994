//! Feeds and their health.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::encoding::{bloc, time};
use super::error::StoreError;
use super::handle::Reader;
use super::transaction::WriteTransaction;
use crate::model::{Feed, PollState};
use crate::text::sanitize::without_passwords;

/// Where a feed comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The feed list of the configuration.
    List,
    /// `feeds add` or `feeds import`.
    Added,
    /// The outlet of an import: it is never polled.
    Import,
}

impl Origin {
    /// The word in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::List => "list",
            Origin::Added => "added",
            Origin::Import => "import",
        }
    }
}

/// Whether a feed is polled, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// It is polled.
    On,
    /// It was switched off by hand.
    Off,
    /// It was removed by hand; its history stays.
    Removed,
    /// It has left the feed list; its history stays.
    Unlisted,
}

impl FeedState {
    /// The word in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FeedState::On => "on",
            FeedState::Off => "off",
            FeedState::Removed => "removed",
            FeedState::Unlisted => "unlisted",
        }
    }

    fn from_word(word: &str) -> FeedState {
        match word {
            "on" => FeedState::On,
            "off" => FeedState::Off,
            "removed" => FeedState::Removed,
            _ => FeedState::Unlisted,
        }
    }
}

/// A feed with its health.
#[derive(Clone, Debug)]
pub struct FeedRow {
    /// Id.
    pub id: i64,
    /// Its description in the feed list.
    pub feed: Feed,
    /// Where it comes from, a word of [`Origin`].
    pub origin: String,
    /// Whether it is polled.
    pub state: FeedState,
    /// `ETag` of the last body.
    pub etag: Option<String>,
    /// `Last-Modified` of the last body.
    pub last_modified: Option<String>,
    /// Hash of the last body.
    pub body_hash: Option<Vec<u8>>,
    /// What the schedule has learnt.
    pub poll_state: PollState,
    /// When it is due.
    pub next_due_at: Timestamp,
    /// How often it was polled.
    pub polls: i64,
    /// Failures in a row.
    pub failures: i64,
    /// Fetches that shared no item with the one before, so that items between them may have been missed.
    pub rollovers: i64,
    /// When it was last polled.
    pub last_poll_at: Option<Timestamp>,
    /// When it last answered as a feed.
    pub last_success_at: Option<Timestamp>,
    /// The status word of the last fetch.
    pub last_status: Option<String>,
    /// Why the last fetch failed, in words for the user.
    pub last_reason: Option<String>,
}

impl FeedRow {
    /// A feed of the list that is not in the store.
    pub fn unpolled(feed: &Feed) -> FeedRow {
        FeedRow {
            id: 0,
            feed: feed.clone(),
            origin: Origin::List.as_str().to_owned(),
            state: FeedState::On,
            etag: None,
            last_modified: None,
            body_hash: None,
            poll_state: PollState::default(),
            next_due_at: Timestamp::UNIX_EPOCH,
            polls: 0,
            failures: 0,
            rollovers: 0,
            last_poll_at: None,
            last_success_at: None,
            last_status: None,
            last_reason: None,
        }
    }
}

/// What a comparison of the feed list with the store changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedSync {
    /// Feeds that are new.
    pub added: usize,
    /// Feeds whose description in the list has changed.
    pub changed: usize,
    /// Feeds that have left the list.
    pub unlisted: usize,
}

const COLUMNS: &str = "f.id, f.url, f.title, o.name, f.language, f.country, f.bloc, f.kind, f.list_group, f.origin, f.state, \
    f.etag, f.last_modified, f.body_hash, f.rhythm, f.next_due_at, f.polls, f.failures, f.rollovers, \
    f.last_poll_at, f.last_success_at, f.last_status, f.last_reason, f.site";

/// Reads what the schedule has learnt from the column `rhythm`, whose name is older than the type's; a migration is not
/// worth it. A state that cannot be read costs the feed some unneeded polls, so it is not an error.
fn poll_state(json: Option<String>) -> PollState {
    json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

fn feed_row(row: &Row<'_>) -> rusqlite::Result<FeedRow> {
    let state: String = row.get(10)?;
    Ok(FeedRow {
        id: row.get(0)?,
        feed: Feed {
            url: row.get(1)?,
            title: row.get(2)?,
            outlet: row.get(3)?,
            language: row.get(4)?,
            country: row.get(5)?,
            bloc: bloc(row.get(6)?),
            kind: row.get(7)?,
            group: row.get(8)?,
            site: row.get(23)?,
        },
        origin: row.get(9)?,
        state: FeedState::from_word(&state),
        etag: row.get(11)?,
        last_modified: row.get(12)?,
        body_hash: row.get(13)?,
        poll_state: poll_state(row.get(14)?),
        next_due_at: time(row.get(15)?),
        polls: row.get(16)?,
        failures: row.get(17)?,
        rollovers: row.get(18)?,
        last_poll_at: row.get::<_, Option<i64>>(19)?.map(time),
        last_success_at: row.get::<_, Option<i64>>(20)?.map(time),
        last_status: row.get(21)?,
        last_reason: row.get(22)?,
    })
}

impl Reader {
    /// Returns when a feed was last polled; `None` if none ever was.
    pub fn newest_poll(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT max(last_poll_at) FROM feeds")?;
        Ok(statement.query_row([], |row| row.get::<_, Option<i64>>(0))?.map(time))
    }

    /// Returns the names of all outlets, those of imports included.
    pub(crate) fn outlet_names(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("SELECT name FROM outlets ORDER BY name")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Returns every feed that is or was polled, in the order in which they were added; not those of imports.
    pub fn feeds(&self) -> Result<Vec<FeedRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE f.origin <> 'import' ORDER BY f.id"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map([], feed_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the feed with this address.
    pub fn feed(&self, url: &str) -> Result<Option<FeedRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE f.url = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([url], feed_row).optional()?)
    }
}

impl WriteTransaction<'_> {
    /// Returns a feed as this transaction leaves it. It is an error if there is no such feed.
    pub fn feed_by_id(&self, id: i64) -> Result<FeedRow, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE f.id = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([id], feed_row)?)
    }

    /// Returns a feed, if there is one with this id.
    pub fn feed_if_known(&self, id: i64) -> Result<Option<FeedRow>, StoreError> {
        let is_known = "SELECT EXISTS (SELECT 1 FROM feeds WHERE id = ?1)";
        let is_known: bool = self.connection.prepare_cached(is_known)?.query_row([id], |row| row.get(0))?;
        if is_known { self.feed_by_id(id).map(Some) } else { Ok(None) }
    }

    /// Stores what the schedule has learnt of a feed, and when the feed is due, without a poll.
    pub fn set_poll_state(&mut self, id: i64, state: &PollState, next_due_at: Timestamp) -> Result<(), StoreError> {
        let json = serde_json::to_string(state).unwrap_or_default();
        let sql = "UPDATE feeds SET rhythm = ?2, next_due_at = ?3 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![id, json, next_due_at.as_second()])?;
        Ok(())
    }

    /// Adds and updates the feeds of the feed list. Feeds that are no longer in it keep their history and are not
    /// polled; feeds that were removed or switched off by hand stay so.
    pub fn sync_feeds(&mut self, list: &[Feed], now: Timestamp) -> Result<FeedSync, StoreError> {
        let mut sync = FeedSync::default();
        let mut known: std::collections::HashMap<String, FeedRow> = std::collections::HashMap::new();
        let sql =
            format!("SELECT {COLUMNS} FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE f.origin <> 'import'");
        for row in self.connection.prepare(&sql)?.query_map([], feed_row)? {
            let row = row?;
            known.insert(row.feed.url.clone(), row);
        }
        for feed in list {
            match known.remove(&feed.url) {
                None => {
                    self.add_feed(feed, Origin::List, now)?;
                    sync.added += 1;
                }
                Some(row) => {
                    let is_back = row.state == FeedState::Unlisted;
                    if is_back || row.feed != *feed || row.origin != Origin::List.as_str() {
                        let state = if is_back { FeedState::On } else { row.state };
                        self.describe_feed(row.id, feed, Origin::List, state)?;
                        sync.changed += 1;
                    }
                }
            }
        }
        for row in known.into_values() {
            if row.origin == Origin::List.as_str() && matches!(row.state, FeedState::On | FeedState::Off) {
                self.set_feed_state(row.id, FeedState::Unlisted)?;
                sync.unlisted += 1;
            }
        }
        Ok(sync)
    }

    /// Adds a feed and returns its id. One that is known already gets the new description and is switched on.
    pub fn add_feed(&mut self, feed: &Feed, origin: Origin, now: Timestamp) -> Result<i64, StoreError> {
        let known: Option<i64> = self
            .connection
            .prepare_cached("SELECT id FROM feeds WHERE url = ?1")?
            .query_row([&feed.url], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            self.describe_feed(id, feed, origin, FeedState::On)?;
            return Ok(id);
        }
        let outlet_id = self.outlet(feed)?;
        let sql = "INSERT INTO feeds (url, title, outlet_id, language, country, bloc, kind, list_group, origin, state, added_at, site) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'on', ?10, ?11)";
        self.connection.prepare_cached(sql)?.execute(params![
            feed.url,
            feed.title,
            outlet_id,
            feed.language,
            feed.country,
            feed.bloc.map(|bloc| bloc.as_str()),
            feed.kind,
            feed.group,
            origin.as_str(),
            now.as_second(),
            feed.site,
        ])?;
        Ok(self.connection.last_insert_rowid())
    }

    fn describe_feed(&mut self, id: i64, feed: &Feed, origin: Origin, state: FeedState) -> Result<(), StoreError> {
        let outlet_id = self.outlet(feed)?;
        let sql = "UPDATE feeds SET title = ?2, outlet_id = ?3, language = ?4, country = ?5, bloc = ?6, kind = ?7, \
            list_group = ?8, origin = ?9, state = ?10, site = ?11 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![
            id,
            feed.title,
            outlet_id,
            feed.language,
            feed.country,
            feed.bloc.map(|bloc| bloc.as_str()),
            feed.kind,
            feed.group,
            origin.as_str(),
            state.as_str(),
            feed.site,
        ])?;
        Ok(())
    }

    /// Sets the title of a feed to its own, if the feed list gave none.
    pub fn name_feed(&mut self, id: i64, title: &str) -> Result<(), StoreError> {
        let sql = "UPDATE feeds SET title = ?2 WHERE id = ?1 AND (title IN ('', url) OR title LIKE 'http%://%:***@%')";
        self.connection.prepare_cached(sql)?.execute(params![id, title])?;
        Ok(())
    }

    /// Sets the state of a feed. Its history stays.
    pub fn set_feed_state(&mut self, id: i64, state: FeedState) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE feeds SET state = ?2, next_due_at = 0 WHERE id = ?1")?
            .execute(params![id, state.as_str()])?;
        Ok(())
    }

    fn outlet(&mut self, feed: &Feed) -> Result<i64, StoreError> {
        let url = without_passwords(&feed.url);
        let name = if feed.outlet.is_empty() { &*url } else { &feed.outlet };
        let bloc = feed.bloc.map(|bloc| bloc.as_str());
        let sql = "INSERT INTO outlets (name, bloc, country) VALUES (?1, ?2, ?3) \
            ON CONFLICT (name) DO UPDATE SET bloc = coalesce(excluded.bloc, bloc), country = coalesce(excluded.country, country) \
            RETURNING id";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![name, bloc, feed.country], |row| row.get(0))?)
    }
}
