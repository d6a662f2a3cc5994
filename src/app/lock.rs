//! One writer to a data directory: a lock that the system gives back when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::path::Path;

/// The held lock; it is given back on drop.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

/// Why the lock was not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another kazbek works in {0}; stop it, or use another --data-dir")]
    Held(String),
    /// The lock file cannot be made.
    #[error("the lock {path} cannot be made ({source}): check the owner and the permissions of the data directory")]
    Io {
        /// The lock file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl DataDirLock {
    /// Takes the lock of a data directory, without waiting.
    ///
    /// # Errors
    /// [`LockError::Held`] where another process has it.
    pub fn take(data_dir: &Path) -> Result<DataDirLock, LockError> {
        let path = data_dir.join("kazbek.lock");
        let io = |source| LockError::Io { path: path.display().to_string(), source };
        let file = File::options().create(true).write(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(DataDirLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(data_dir.display().to_string())),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}
