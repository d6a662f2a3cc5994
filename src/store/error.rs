//! The errors of the store.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use crate::files;

/// A failure of the store. Callers branch on the variants; the text of each names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer kazbek wrote the file.
    #[error(
        "the database has schema version {found}, this kazbek knows versions up to {known}: use a newer kazbek, or restore a backup made before the upgrade"
    )]
    NewerSchema {
        /// Version of the file.
        found: u32,
        /// Newest version that this program knows.
        known: u32,
    },
    /// An older kazbek wrote the file, and a reader does not upgrade it.
    #[error("its schema is older than this kazbek: run `kazbek run` or `kazbek poll` once to upgrade it")]
    OlderSchema,
    /// The file is an SQLite database of another program.
    #[error("the file is a database of another program; choose another data directory")]
    Foreign,
    /// The file is damaged, or is not a database.
    #[error(
        "the file is damaged or not a database ({0}) and was left unchanged: move it away and restore a backup, or try `sqlite3 FILE .recover`"
    )]
    Damaged(String),
    /// Another process holds SQLite's lock for longer than a statement waits.
    #[error("the database is locked by another process; stop it or wait, then try again")]
    Locked,
    /// A step of the upgrade to a newer schema failed.
    #[error(
        "the upgrade of the database to schema version {to} failed ({reason}); the file is unchanged: use the version of kazbek that wrote it, and report this"
    )]
    Upgrade {
        /// The version whose step failed.
        to: u32,
        /// The message of SQLite.
        reason: String,
    },
    /// The disk is full.
    #[error("the disk is full and nothing was written: free some space")]
    Full,
    /// The file or its directory cannot be written.
    #[error("the database cannot be written: check the owner and the permissions of the data directory")]
    ReadOnly,
    /// The file cannot be opened or created.
    #[error("the database cannot be opened ({0}): check the path and its permissions")]
    CannotOpen(String),
    /// There are no file descriptors left to open the file with.
    #[error(
        "no file descriptors left to open the database with: raise the limit of open files (`LimitNOFILE` of the unit)"
    )]
    NoDescriptors,
    /// The file that a backup would create exists; nothing was written.
    #[error("{} already exists and is left as it is; {}", .0.display(), other_name(.0))]
    Exists(PathBuf),
    /// There is no database file.
    #[error("there is no database yet; `kazbek poll` or `kazbek import` creates one")]
    Missing,
    /// A search query without a word, with too many words, or that SQLite does not understand.
    #[error("invalid search query: {0}")]
    BadQuery(String),
    /// The first or last instant of a period is outside the calendar.
    #[error("the period is out of range: {0}")]
    PeriodOutOfRange(String),
    /// Another issue was frozen under the number of this one after it was composed.
    #[error("the {cadence} issue {label}: another issue has taken number {number}; compose it again")]
    NumberTaken {
        /// Cadence of the issue.
        cadence: &'static str,
        /// Label of its period.
        label: String,
        /// The number within the cadence that both claim.
        number: u32,
    },
    /// Any other error of SQLite.
    #[error("the database failed: {0}")]
    Other(String),
}

impl StoreError {
    /// Returns the error for a file that cannot be opened.
    pub(super) fn cannot_open(path: &Path, error: &io::Error) -> StoreError {
        match files::is_of_descriptors(error) {
            true => StoreError::NoDescriptors,
            false => StoreError::CannotOpen(format!("{}: {error}", path.display())),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked,
            Some(ErrorCode::DiskFull) => StoreError::Full,
            // There is no room for the file by which processes share the write-ahead log.
            _ if error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE) => {
                StoreError::Full
            }
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
            // SQLite does not say why.
            Some(ErrorCode::CannotOpen) if files::lacks_descriptors() => StoreError::NoDescriptors,
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreError::CannotOpen(error.to_string()),
            _ => StoreError::Other(error.to_string()),
        }
    }
}

/// What to do about a file or folder that is in the way of a backup.
fn other_name(target: &Path) -> String {
    match target.is_dir() {
        true => format!("name a file in it, such as {}", target.join("kazbek-backup.db").display()),
        false => "give another name, for example with the date, or remove it first".to_owned(),
    }
}
