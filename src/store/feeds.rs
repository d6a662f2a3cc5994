//! Feeds, their health, and what each fetch came to.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::items::time;
use super::{Store, StoreError, WriteTransaction};
use crate::model::Feed;

/// How many fetches of each feed are remembered.
pub(super) const EVENTS_KEPT: i64 = 30;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[expect(missing_docs, reason = "the names are those of the columns")]
pub struct FeedRow {
    pub id: i64,
    pub feed: Feed,
    pub origin: String,
    pub state: FeedState,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub body_hash: Option<Vec<u8>>,
    /// What the schedule has learnt, in the schedule's own words.
    pub rhythm: Option<String>,
    pub next_due_at: Timestamp,
    pub polls: i64,
    /// Failures in a row.
    pub failures: i64,
    /// Fetches that shared no item with the one before: items were lost between them.
    pub rollovers: i64,
    pub last_poll_at: Option<Timestamp>,
    pub last_success_at: Option<Timestamp>,
    /// The status word of the last fetch.
    pub last_status: Option<String>,
    pub last_reason: Option<String>,
}

impl FeedRow {
    /// A feed of the list that the store has not heard of.
    pub fn unpolled(feed: &Feed) -> FeedRow {
        FeedRow {
            id: 0,
            feed: feed.clone(),
            origin: Origin::List.as_str().to_owned(),
            state: FeedState::On,
            etag: None,
            last_modified: None,
            body_hash: None,
            rhythm: None,
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

/// One remembered fetch.
#[derive(Clone, Debug, serde::Serialize)]
#[expect(missing_docs, reason = "the names say it all")]
pub struct FetchEvent {
    pub at: Timestamp,
    pub status: String,
    pub size_bytes: i64,
    pub items_seen: i64,
    pub items_new: i64,
    pub reason: Option<String>,
}

/// What a body came with: to be sent back the next time.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeptValidators<'a> {
    /// `ETag`, verbatim.
    pub etag: Option<&'a str>,
    /// `Last-Modified`, verbatim.
    pub last_modified: Option<&'a str>,
    /// Hash of the body.
    pub body_hash: Option<&'a [u8]>,
}

/// What one fetch of one feed came to, to be kept together with its items.
#[derive(Clone, Debug)]
pub struct FetchResult<'a> {
    /// The feed.
    pub feed_id: i64,
    /// When it was fetched.
    pub at: Timestamp,
    /// The status word.
    pub status: &'a str,
    /// What went wrong, for a person.
    pub reason: Option<&'a str>,
    /// Whether the feed answered as a feed.
    pub is_success: bool,
    /// Bytes of the body after decompression.
    pub size_bytes: u64,
    /// Items that stood in the feed.
    pub items_seen: usize,
    /// Items that were new to the store.
    pub items_new: usize,
    /// Items that were new to the feed and known from elsewhere.
    pub duplicates: usize,
    /// The fetch shared no item with the one before.
    pub is_rollover: bool,
    /// New validators and body hash; none keeps the old ones.
    pub validators: Option<KeptValidators<'a>>,
    /// What the schedule has learnt.
    pub rhythm: &'a str,
    /// When the feed is due again.
    pub next_due_at: Timestamp,
}

/// What a comparison of the feed list with the store changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedSync {
    /// Feeds that are new.
    pub added: usize,
    /// Feeds whose words in the list changed.
    pub changed: usize,
    /// Feeds that have left the list.
    pub unlisted: usize,
}

const COLUMNS: &str = "f.id, f.url, f.title, o.name, f.language, f.country, f.bloc, f.kind, f.list_group, f.origin, f.state, \
    f.etag, f.last_modified, f.body_hash, f.rhythm, f.next_due_at, f.polls, f.failures, f.rollovers, \
    f.last_poll_at, f.last_success_at, f.last_status, f.last_reason";

fn feed_row(row: &Row<'_>) -> rusqlite::Result<FeedRow> {
    let bloc: Option<String> = row.get(6)?;
    let state: String = row.get(10)?;
    Ok(FeedRow {
        id: row.get(0)?,
        feed: Feed {
            url: row.get(1)?,
            title: row.get(2)?,
            outlet: row.get(3)?,
            language: row.get(4)?,
            country: row.get(5)?,
            bloc: bloc.and_then(|word| word.parse().ok()),
            kind: row.get(7)?,
            group: row.get(8)?,
        },
        origin: row.get(9)?,
        state: FeedState::from_word(&state),
        etag: row.get(11)?,
        last_modified: row.get(12)?,
        body_hash: row.get(13)?,
        rhythm: row.get(14)?,
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

impl Store {
    /// Every feed that is polled or was, in the order of the list; imports are left out.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn feeds(&self) -> Result<Vec<FeedRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE f.origin <> 'import' ORDER BY f.id"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map([], feed_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The feed with this address.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn feed(&self, url: &str) -> Result<Option<FeedRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE f.url = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([url], feed_row).optional()?)
    }

    /// The remembered fetches of a feed, newest first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn fetch_events(&self, feed_id: i64) -> Result<Vec<FetchEvent>, StoreError> {
        // The newest fetch stands in slot (polls - 1) modulo the ring's length.
        let sql = "SELECT at, status, size_bytes, items_seen, items_new, reason FROM fetch_events WHERE feed_id = ?1 \
            ORDER BY ((SELECT polls FROM feeds WHERE id = ?1) - 1 - slot) % ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![feed_id, EVENTS_KEPT], |row| {
            Ok(FetchEvent {
                at: time(row.get(0)?),
                status: row.get(1)?,
                size_bytes: row.get(2)?,
                items_seen: row.get(3)?,
                items_new: row.get(4)?,
                reason: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTransaction<'_> {
    /// Makes the store's listed feeds those of the feed list. Feeds that left it are kept with their history and no
    /// longer polled; feeds removed or switched off by hand stay so.
    ///
    /// # Errors
    /// Those of SQLite.
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

    /// Adds a feed; one that is known already is described anew and switched on.
    ///
    /// # Errors
    /// Those of SQLite.
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
        let sql = "INSERT INTO feeds (url, title, outlet_id, language, country, bloc, kind, list_group, origin, state, added_at) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'on', ?10)";
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
        ])?;
        Ok(self.connection.last_insert_rowid())
    }

    fn describe_feed(&mut self, id: i64, feed: &Feed, origin: Origin, state: FeedState) -> Result<(), StoreError> {
        let outlet_id = self.outlet(feed)?;
        let sql = "UPDATE feeds SET title = ?2, outlet_id = ?3, language = ?4, country = ?5, bloc = ?6, kind = ?7, \
            list_group = ?8, origin = ?9, state = ?10 WHERE id = ?1";
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
        ])?;
        Ok(())
    }

    /// Gives a feed the title that it has itself, where the list gave none.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn name_feed(&mut self, id: i64, title: &str) -> Result<(), StoreError> {
        let sql = "UPDATE feeds SET title = ?2 WHERE id = ?1 AND title IN ('', url)";
        self.connection.prepare_cached(sql)?.execute(params![id, title])?;
        Ok(())
    }

    /// Switches a feed on or off, or removes it. Its history stays.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn set_feed_state(&mut self, id: i64, state: FeedState) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE feeds SET state = ?2, next_due_at = 0 WHERE id = ?1")?
            .execute(params![id, state.as_str()])?;
        Ok(())
    }

    fn outlet(&mut self, feed: &Feed) -> Result<i64, StoreError> {
        let name = if feed.outlet.is_empty() { &feed.url } else { &feed.outlet };
        let bloc = feed.bloc.map(|bloc| bloc.as_str());
        let sql = "INSERT INTO outlets (name, bloc, country) VALUES (?1, ?2, ?3) \
            ON CONFLICT (name) DO UPDATE SET bloc = coalesce(excluded.bloc, bloc), country = coalesce(excluded.country, country) \
            RETURNING id";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![name, bloc, feed.country], |row| row.get(0))?)
    }

    /// Keeps what one fetch came to: validators, health, next due time, and the event. It belongs in the same
    /// transaction as the fetch's items.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn finish_fetch(&mut self, result: &FetchResult<'_>) -> Result<(), StoreError> {
        let at = result.at.as_second();
        let sql = "UPDATE feeds SET rhythm = ?2, next_due_at = ?3, polls = polls + 1, last_poll_at = ?4, last_status = ?5, \
            last_reason = ?6, failures = CASE WHEN ?7 THEN 0 ELSE failures + 1 END, \
            last_success_at = CASE WHEN ?7 THEN ?4 ELSE last_success_at END, rollovers = rollovers + ?8 \
            WHERE id = ?1 RETURNING polls";
        let polls: i64 = self.connection.prepare_cached(sql)?.query_row(
            params![
                result.feed_id,
                result.rhythm,
                result.next_due_at.as_second(),
                at,
                result.status,
                result.reason,
                result.is_success,
                result.is_rollover,
            ],
            |row| row.get(0),
        )?;
        if let Some(KeptValidators { etag, last_modified, body_hash }) = result.validators {
            self.connection
                .prepare_cached("UPDATE feeds SET etag = ?2, last_modified = ?3, body_hash = ?4 WHERE id = ?1")?
                .execute(params![result.feed_id, etag, last_modified, body_hash])?;
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let sql = "INSERT INTO feed_days (day, feed_id, polls, successes, items_seen, items_new, duplicates, rollovers, failure) \
            VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (day, feed_id) DO UPDATE SET polls = polls + 1, \
            successes = successes + excluded.successes, items_seen = max(items_seen, excluded.items_seen), \
            items_new = items_new + excluded.items_new, duplicates = duplicates + excluded.duplicates, \
            rollovers = rollovers + excluded.rollovers, failure = coalesce(excluded.failure, failure)";
        self.connection.prepare_cached(sql)?.execute(params![
            at.div_euclid(86_400),
            result.feed_id,
            result.is_success,
            count(result.items_seen),
            count(result.items_new),
            count(result.duplicates),
            result.is_rollover,
            if result.is_success { None } else { result.reason.or(Some(result.status)) },
        ])?;
        let sql = "INSERT OR REPLACE INTO fetch_events (feed_id, slot, at, status, size_bytes, items_seen, items_new, reason) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.connection.prepare_cached(sql)?.execute(params![
            result.feed_id,
            (polls - 1) % EVENTS_KEPT,
            at,
            result.status,
            i64::try_from(result.size_bytes).unwrap_or(i64::MAX),
            count(result.items_seen),
            count(result.items_new),
            result.reason,
        ])?;
        Ok(())
    }
}
