//! The two handles: [`Reader`], which queries, and [`Store`], which also writes. [`ReaderPool`] shares readers between
//! tasks.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::backup;
use super::error::StoreError;
use super::ids::IdCache;
use super::query;
use super::schema::{self, SCHEMA_VERSION};
use super::transaction::WriteTransaction;
use crate::files::{self, Access};

/// How long a statement waits for another process's lock before it fails.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Open connections that a [`ReaderPool`] keeps for later use.
const IDLE_READERS: usize = 2;

/// One connection that queries the store. Each query sees what is committed when it starts.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

/// The store opened for writing. It can do what a [`Reader`] can.
#[derive(Debug)]
pub struct Store {
    reader: Reader,
    ids: IdCache,
}

impl std::ops::Deref for Store {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

/// Readers of one file, shared by whoever needs to query it. Cloning is cheap, and any number of threads may read at
/// once.
#[derive(Clone, Debug)]
pub(crate) struct ReaderPool {
    path: Arc<Path>,
    idle: Arc<Mutex<Vec<Reader>>>,
    /// Open connections that are kept for later use.
    kept: usize,
}

impl ReaderPool {
    /// A pool for the database at `path`; it is opened at the first read.
    pub(crate) fn new(path: &Path) -> ReaderPool {
        ReaderPool::keeping(path, IDLE_READERS)
    }

    /// The same, with the number of open connections that are kept for later use.
    pub(crate) fn keeping(path: &Path, kept: usize) -> ReaderPool {
        ReaderPool { path: Arc::from(path), idle: Arc::default(), kept }
    }

    /// Returns the folder of the database.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Opens a reader that does not go back to the pool, for whoever compares [`Reader::data_version`].
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub(crate) fn open(&self) -> Result<Reader, StoreError> {
        Reader::open(&self.path)
    }

    /// Runs `work` with a reader that nobody else uses meanwhile.
    ///
    /// # Errors
    /// Those of [`Reader::open`] and of `work`.
    pub(crate) fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Reader) -> Result<T, E>) -> Result<T, E> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => self.open()?,
        };
        let done = work(&reader);
        // After an error the connection is closed: the next reader opens the file afresh.
        if done.is_ok() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < self.kept {
                idle.push(reader);
            }
        }
        done
    }
}

/// Keeps the plan of a prepared statement. Otherwise SQLite prepares it again whenever a bound value changes, in case
/// another plan suits the value better, which can take far longer than running it.
fn keep_plans(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Returns whether the file has a write-ahead log with something in it.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0)
}

/// Returns the URI under which SQLite reads a file without the files that it shares with writers, which it cannot
/// create on a read-only mount. The file must have no writer and no log.
fn immutable(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for character in path.to_string_lossy().chars() {
        match character {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            _ => uri.push(character),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Opens a connection that waits for the locks of other processes.
fn opened(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let refused = |error| StoreError::cannot_open(path, &error);
    files::check_is_file(path).map_err(refused)?;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    query::add_function(&connection)?;
    #[cfg(test)]
    let connection = super::plan_tests::watched(connection, path);
    Ok(connection)
}

/// Sets the size of the write-ahead log, in bytes, at which SQLite copies it into the file. A page that many
/// transactions change is then copied once.
fn checkpoint_at(connection: &Connection, log_bytes: i64) -> Result<(), StoreError> {
    let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    connection.pragma_update(None, "wal_autocheckpoint", log_bytes / page_bytes.max(1))?;
    Ok(())
}

impl Reader {
    /// Opens an existing file for reading, while another process may write it. A file on a read-only mount or a full
    /// disk can be read if its log was moved into it, as an orderly stop does.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is no file, [`StoreError::OlderSchema`] if the file must be upgraded by a
    /// writer first, otherwise as [`Store::open`].
    pub fn open(path: &Path) -> Result<Reader, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = opened(path, flags)?;
        let version = |connection: &Connection| -> Result<u32, StoreError> {
            Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
        };
        let found = match version(&connection) {
            Err(StoreError::CannotOpen(_) | StoreError::ReadOnly | StoreError::Full) if !has_log(path) => {
                connection = opened(Path::new(&immutable(path)), flags | OpenFlags::SQLITE_OPEN_URI)?;
                version(&connection)?
            }
            found => found?,
        };
        let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        match found {
            SCHEMA_VERSION if application == schema::APPLICATION_ID => {}
            // A writer that found no room for the tables left an empty file.
            0 if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == 0) => return Err(StoreError::Missing),
            0 => return Err(StoreError::Foreign),
            _ if found > SCHEMA_VERSION => return Err(StoreError::NewerSchema { found, known: SCHEMA_VERSION }),
            _ => return Err(StoreError::OlderSchema),
        }
        keep_plans(&connection)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Reader { connection, path: path.to_owned() })
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a number that changes whenever another connection, of this process or another one, has changed the file.
    /// It costs a look into shared memory.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }

    /// Reads a value of the `meta` table, for example `lexicon_version`.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Copies the write-ahead log into the file, as far as readers let it, and truncates it.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

impl Store {
    /// The database's name inside the data directory.
    pub const FILE_NAME: &'static str = "kazbek.db";

    /// Opens the file for writing, creates it if it does not exist, and upgrades an older schema. Before an upgrade the
    /// file is copied to `kazbek.db.before-upgrade-from-N`, where N is its schema version.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`], [`StoreError::Foreign`], [`StoreError::Damaged`], [`StoreError::ReadOnly`],
    /// [`StoreError::Locked`], [`StoreError::Upgrade`] or [`StoreError::CannotOpen`]; the file is then as it was.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Store::open_with(path, schema::STEPS)
    }

    /// The path of the copy that is made before a file with this schema version is upgraded.
    pub(super) fn copy_before_upgrade(path: &Path, version: u32) -> PathBuf {
        let mut copy = path.as_os_str().to_owned();
        copy.push(format!(".before-upgrade-from-{version}"));
        PathBuf::from(copy)
    }

    pub(super) fn open_with(path: &Path, steps: &[&str]) -> Result<Store, StoreError> {
        // SQLite would create a file that others can read. Its log and its shared memory get the mode of the file.
        match files::create_new(path, Access::Private) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::CannotOpen(format!("{}: {error}", path.display())));
            }
            _ => {}
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = opened(path, flags)?;
        // A file that is refused stays as it is, so this comes before every setting.
        schema::version(&connection, steps)?;
        // Both can only be set before the first table. An item fills much of a page of 4 KiB, and the rest of the page
        // is lost.
        connection.pragma_update(None, "page_size", 8_192)?;
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if !mode.eq_ignore_ascii_case("wal") {
            return Err(StoreError::ReadOnly);
        }
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // Looking up the parent of every inserted row takes a tenth of the writing time. Items are deleted in one place
        // only, together with the rows that refer to them, and `db check` looks for dangling references.
        connection.pragma_update(None, "foreign_keys", false)?;
        keep_plans(&connection)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "cache_size", -3_000)?;
        connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
        checkpoint_at(&connection, 16 << 20)?;
        connection.set_prepared_statement_cache_capacity(64);
        schema::upgrade(&mut connection, steps, |connection, version| {
            backup::copy(connection, &Store::copy_before_upgrade(path, version), &mut |_, _| {})
        })?;
        Ok(Store { reader: Reader { connection, path: path.to_owned() }, ids: IdCache::default() })
    }

    /// Prepares for storing very many items: takes more memory, and lets the write-ahead log grow longer.
    pub fn expect_many(&mut self) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "cache_size", -64_000)?;
        checkpoint_at(&self.connection, 64 << 20)
    }

    /// Runs `work` in one transaction, which is committed if `work` succeeds and otherwise rolled back. A committed
    /// transaction survives a crash of the process; the last ones may be lost with the power.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut WriteTransaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let behavior = rusqlite::TransactionBehavior::Immediate;
        let transaction = self.reader.connection.transaction_with_behavior(behavior).map_err(StoreError::from)?;
        let mut writer = WriteTransaction::new(&transaction, &mut self.ids);
        let done = work(&mut writer).and_then(|done| Ok(writer.finish().map(|()| done)?));
        drop(writer);
        let done = done.and_then(|done| Ok(transaction.commit().map(|()| done).map_err(StoreError::from)?));
        if done.is_err() {
            // Ids that were assigned in the transaction are rolled back with it.
            self.ids.clear();
        }
        done
    }

    /// The same as [`Store::write`], but the commit is on the disk when it returns and survives a power failure.
    pub(super) fn write_durably<T>(
        &mut self,
        work: impl FnOnce(&mut WriteTransaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.reader.connection.pragma_update(None, "synchronous", "FULL")?;
        let done = self.write(work);
        self.reader.connection.pragma_update(None, "synchronous", "NORMAL")?;
        done
    }

    /// Sets a value of the `meta` table, in a transaction of its own.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|writer| writer.set_meta(key, value))
    }
}
