//! The only SQL: one SQLite file with feeds, items, sightings, tags and issues.
//!
//! Owns `rusqlite`; none of its types leaves this module. Contains no decisions about news: it keeps what
//! the writer decided and answers what reports ask. One [`Store`] opened for writing is the only writer;
//! any number opened for reading may stand beside it (WAL).
//!
//! A corrupt file is never deleted nor overwritten: [`StoreError::Damaged`] says what to do.

mod compact;
mod digests;
mod edit;
mod feeds;
mod history;
mod issues;
mod items;
mod maintenance;
mod outbox;
mod repair;
mod reports;
mod retention;
mod schema;
mod search;
mod words;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

pub use compact::Found;
pub use edit::{OnlyOutOfScope, Tagging};
pub use feeds::{FeedRow, FeedState, FeedSync, FetchEvent, FetchResult, KeptValidators, Origin};
pub use issues::{FrozenIssue, IssueHead, NewIssue};
pub use items::{ItemRow, NewItem, NewSighting, SightingRow, Text, WindowRow, Words};
pub use maintenance::{CheckReport, Stats};
pub use outbox::{AlertItem, FailedAttempt, OutboxEntry, OutboxRow, OutboxState};
pub use reports::{ItemFilter, ItemVersion, ReportItem, SearchHit, SightingDetail};
pub use retention::{Pruned, RetentionOptions};
pub use schema::SCHEMA_VERSION;
pub use write::{FINGERPRINTS_KEPT, WriteTransaction};

/// How long a statement waits for another process's lock before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file was written by a newer kazbek.
    #[error(
        "the database has schema version {found}, this kazbek knows versions up to {known}: use a newer kazbek, or restore a backup made before the upgrade"
    )]
    NewerSchema {
        /// Version of the file.
        found: u32,
        /// Newest version that this program knows.
        known: u32,
    },
    /// An SQLite file of another program.
    #[error("the file is a database of another program; choose another data directory")]
    Foreign,
    /// Not a database, or a damaged one.
    #[error(
        "the file is damaged or no database ({0}); it is left as it is: move it away and restore a backup, or try `sqlite3 FILE .recover`"
    )]
    Damaged(String),
    /// Another process holds the lock.
    #[error("the database is locked by another process; stop it or wait, then try again")]
    Locked,
    /// A step to a newer schema failed.
    #[error(
        "the upgrade of the database to schema version {to} failed ({reason}); the file is as it was: go back to the kazbek that wrote it, and report this"
    )]
    Upgrade {
        /// The version whose step failed.
        to: u32,
        /// What SQLite says.
        reason: String,
    },
    /// No space is left.
    #[error("the disk is full: nothing of this step was written; free some space")]
    Full,
    /// The file or its directory cannot be written.
    #[error("the database cannot be written: check the owner and the permissions of the data directory")]
    ReadOnly,
    /// The file cannot be opened.
    #[error("the database cannot be opened ({0}): check the path and its permissions")]
    CannotOpen(String),
    /// There is no such file.
    #[error("there is no database yet; `kazbek poll` or `kazbek import` makes one")]
    Missing,
    /// A search that holds no word, or too many.
    #[error("this cannot be searched for: {0}")]
    BadQuery(String),
    /// Whatever else SQLite reports.
    #[error("the database failed: {0}")]
    Other(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked,
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreError::CannotOpen(error.to_string()),
            _ => StoreError::Other(error.to_string()),
        }
    }
}

/// The store: one connection to the file.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    numbers: compact::Numbers,
}

/// Has the log moved into the file once it holds so many bytes: a page that many transactions change is copied into the file once.
fn checkpoint_at(connection: &Connection, log_bytes: i64) -> Result<(), StoreError> {
    let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    connection.pragma_update(None, "wal_autocheckpoint", log_bytes / page_bytes.max(1))?;
    Ok(())
}

impl Store {
    /// The database's name inside the data directory.
    pub const FILE_NAME: &'static str = "kazbek.db";

    /// Opens the file for writing; makes it where there is none, and upgrades an older schema. Before an upgrade, a copy of the file is
    /// made beside it: `kazbek.db.before-upgrade-from-1`.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`], [`StoreError::Foreign`], [`StoreError::Damaged`], [`StoreError::ReadOnly`],
    /// [`StoreError::Locked`], [`StoreError::Upgrade`] or [`StoreError::CannotOpen`]; the file is then as it was.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Store::open_with(path, schema::STEPS)
    }

    /// Where the copy of a file stands that had this schema version before it was upgraded.
    fn copy_before_upgrade(path: &Path, version: u32) -> PathBuf {
        let mut copy = path.as_os_str().to_owned();
        copy.push(format!(".before-upgrade-from-{version}"));
        PathBuf::from(copy)
    }

    fn open_with(path: &Path, steps: &[&str]) -> Result<Store, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // A file that is refused stays as it is: nothing is set before this look.
        schema::look(&connection, steps)?;
        // Both can be set before the first table only. An item takes a good part of a page of 4 KiB, and what is left over at its end is
        // lost; space given back by retention returns to the system in small steps.
        connection.pragma_update(None, "page_size", 8_192)?;
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if !mode.eq_ignore_ascii_case("wal") {
            return Err(StoreError::ReadOnly);
        }
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // A look-up of the parent for each row of each insertion is a tenth of the writing; the one place that removes items removes
        // what hangs on them, and `db check` looks for rows that point nowhere.
        connection.pragma_update(None, "foreign_keys", false)?;
        // The plan of a statement does not depend on the values bound to it, or SQLite would make it anew at each call.
        connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "cache_size", -3_000)?;
        connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
        checkpoint_at(&connection, 16 << 20)?;
        connection.set_prepared_statement_cache_capacity(64);
        schema::upgrade(&mut connection, steps, |connection, version| {
            // The copy of an upgrade that failed gives way to the newer one, once that is whole.
            maintenance::copy_whole(connection, &Store::copy_before_upgrade(path, version), &mut |_, _| {})
        })?;
        Ok(Store { connection, path: path.to_owned(), numbers: compact::Numbers::default() })
    }

    /// Opens an existing file for reading, beside a writer.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no file, else as [`Store::open`]. An older schema is an error of
    /// [`StoreError::Other`] that says to run a writing command first.
    pub fn open_read_only(path: &Path) -> Result<Store, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        match found {
            SCHEMA_VERSION if application == schema::APPLICATION_ID => {}
            0 => return Err(StoreError::Foreign),
            _ if found > SCHEMA_VERSION => return Err(StoreError::NewerSchema { found, known: SCHEMA_VERSION }),
            _ => {
                let text = "its schema is older than this kazbek: run `kazbek run` or `kazbek poll` once to upgrade it";
                return Err(StoreError::Other(text.to_owned()));
            }
        }
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Store { connection, path: path.to_owned(), numbers: compact::Numbers::default() })
    }

    /// Prepares for very many items: more memory, and a longer log, so that a page that many of them change is written less often.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn expect_many(&mut self) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "cache_size", -64_000)?;
        checkpoint_at(&self.connection, 64 << 20)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in one transaction: all of it lands, or nothing.
    ///
    /// # Errors
    /// Those of `work` and of SQLite; the transaction is then rolled back.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut WriteTransaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let behavior = rusqlite::TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior).map_err(StoreError::from)?;
        let mut writer = WriteTransaction::new(&transaction, &mut self.numbers);
        let done = work(&mut writer).and_then(|done| Ok(writer.finish().map(|()| done)?));
        drop(writer);
        let done = done.and_then(|done| Ok(transaction.commit().map(|()| done).map_err(StoreError::from)?));
        if done.is_err() {
            // What was numbered in a transaction that is undone has no number.
            self.numbers.clear();
        }
        done
    }

    /// The same, on the disk when it returns: [`Store::write`] survives the end of the process, this the end of the power as well.
    pub(super) fn write_durably<T>(
        &mut self,
        work: impl FnOnce(&mut WriteTransaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let done = self.write(work);
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        done
    }

    /// Reads a word that was kept under a name, e.g. `lexicon_version`.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        use rusqlite::OptionalExtension;
        let mut statement = self.connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Keeps a word under a name.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|writer| writer.set_meta(key, value))
    }
}
