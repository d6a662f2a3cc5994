//! A consistent copy of a database while it is in use.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rusqlite::Connection;

use super::error::StoreError;
use super::schema::APPLICATION_ID;
use crate::files::{self, Access};

/// The end of the name of a copy that is not complete.
const PARTIAL: &str = ".partial";

/// Copies a database as [`copy`] does, unless there is a file of that name.
pub(super) fn copy_new(
    connection: &Connection,
    target: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), StoreError> {
    match target.exists() {
        true => Err(StoreError::Exists(target.to_owned())),
        false => copy(connection, target, &mut progress),
    }
}

/// Copies a database to a file that appears under its name only when it is complete, and replaces one that was there.
/// Removes copies in the same folder that were never completed.
pub(super) fn copy(
    connection: &Connection,
    target: &Path,
    progress: &mut impl FnMut(u64, u64),
) -> Result<(), StoreError> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    remove_unfinished(folder);
    let cannot_open = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::CannotOpen(format!("{}: {error}", target.display())),
    };
    // SQLite opens the empty file, which keeps its mode. The lock, which it does not know of, says that the copy is
    // being made, and ends with this process. Closing the file would end SQLite's own locks, so it comes last.
    let (partial, file) = files::create_partial(target, Access::Private).map_err(cannot_open)?;
    let renamed = file.try_lock().map_err(|error| cannot_open(error.into())).and_then(|()| {
        copy_to(connection, &partial, progress)?;
        std::fs::rename(&partial, target).map_err(cannot_open)
    });
    if renamed.is_err() && partial.exists() {
        // The first error is the one to report; a leftover says by its name what it is.
        drop(std::fs::remove_file(&partial));
    }
    renamed
}

/// Removes the copies in a folder that were never completed, because the process that made them was killed. Links are
/// not followed, and whatever is not ours or is being made at this moment stays. What cannot be removed stays, too: it
/// must not keep a copy from being made.
pub(crate) fn remove_unfinished(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.as_os_str().as_encoded_bytes().ends_with(PARTIAL.as_bytes()) && is_unfinished(&path).unwrap_or(false) {
            tracing::info!(path = %path.display(), "removing a copy of the database that was never completed");
            drop(std::fs::remove_file(&path));
            let mut journal = path.into_os_string();
            journal.push("-journal");
            if std::fs::symlink_metadata(&journal).is_ok_and(|metadata| metadata.is_file()) {
                drop(std::fs::remove_file(&journal));
            }
        }
    }
}

/// Returns whether a file is a database of ours that nobody is writing.
fn is_unfinished(path: &Path) -> io::Result<bool> {
    // A link, or a FIFO, on which opening would wait.
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    let mut head = [0; 72];
    file.read_exact(&mut head)?;
    let is_ours = head.starts_with(b"SQLite format 3\0") && head[68..] == APPLICATION_ID.to_be_bytes();
    Ok(is_ours && file.try_lock().is_ok())
}

fn copy_to(connection: &Connection, target: &Path, progress: &mut impl FnMut(u64, u64)) -> Result<(), StoreError> {
    // In one snapshot, or every write of another process would restart the copy.
    let snapshot = connection.unchecked_transaction()?;
    snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut copy = Connection::open(target)?;
    // The first page of the copy is written last, but an incomplete copy must be known as one of ours.
    copy.pragma_update(
        None,
        "page_size",
        connection.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?,
    )?;
    copy.pragma_update(None, "application_id", APPLICATION_ID)?;
    let backup = rusqlite::backup::Backup::new(connection, &mut copy)?;
    let mut waits = 0;
    loop {
        match backup.step(4096)? {
            rusqlite::backup::StepResult::Done => break,
            rusqlite::backup::StepResult::More => waits = 0,
            _ if waits > 500 => return Err(StoreError::Locked),
            _ => {
                waits += 1;
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        let at = backup.progress();
        let total = u64::try_from(at.pagecount).unwrap_or_default();
        progress(total.saturating_sub(u64::try_from(at.remaining).unwrap_or_default()), total);
    }
    drop(backup);
    drop(snapshot);
    copy.close().map_err(|(_, error)| StoreError::from(error))
}
