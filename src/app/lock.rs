//! Ensures one writer for each data directory, with a lock that the system releases however the process ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::files::{self, Access};

/// The lock on a data directory, released on drop.
#[derive(Debug)]
pub(crate) struct DataDirLock {
    _file: File,
}

/// Why the lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another process holds the lock on this data directory.
    #[error("another kazbek works in {0}; stop it, or use another --data-dir")]
    Held(String),
    /// The lock file cannot be created or locked.
    #[error("the lock {path} cannot be made ({source}): check the owner and the permissions of the data directory")]
    Io {
        /// The path of the lock file.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
}

impl DataDirLock {
    /// Takes the lock of a data directory, without waiting.
    ///
    /// # Errors
    /// Returns [`LockError::Held`] if another process has the lock, [`LockError::Io`] if the file cannot be created.
    pub(crate) fn take(data_dir: &Path) -> Result<DataDirLock, LockError> {
        let path = data_dir.join("kazbek.lock");
        let io = |source| LockError::Io { path: path.display().to_string(), source };
        let file = files::open_or_create(&path, Access::Private).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(DataDirLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(data_dir.display().to_string())),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}
