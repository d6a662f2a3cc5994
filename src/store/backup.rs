//! A consistent copy of a database while it is in use.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rusqlite::Connection;

use super::error::StoreError;
use super::schema::APPLICATION_ID;
use crate::files;

/// How every database of SQLite begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

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
        io::ErrorKind::WouldBlock => {
            StoreError::CannotOpen(format!("{}: another kazbek is making this copy", target.display()))
        }
        _ => StoreError::cannot_open(target, &error),
    };
    // SQLite opens the empty database, which keeps its mode. The lock, which it does not know of, says that the copy is
    // being made, and ends with this process. Closing the file would end SQLite's own locks, so it comes last.
    let page_bytes = connection.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))?;
    let (partial, file) = files::create_locked_partial(target, &empty_database(page_bytes)).map_err(cannot_open)?;
    let renamed =
        copy_to(connection, &partial, progress).and_then(|()| std::fs::rename(&partial, target).map_err(cannot_open));
    if renamed.is_err() && partial.exists() {
        // The first error is the one to report; a leftover says by its name what it is.
        drop(std::fs::remove_file(&partial));
    }
    drop(file);
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
    let is_ours = head.starts_with(MAGIC) && head[68..] == APPLICATION_ID.to_be_bytes();
    Ok(is_ours && file.try_lock().is_ok())
}

/// Returns the only page of a database of ours that has no table, as <https://sqlite.org/fileformat2.html> has it. The
/// first page of a copy is written last, and an incomplete copy must be known as one of ours.
fn empty_database(page_bytes: u32) -> Vec<u8> {
    let mut page = vec![0; usize::try_from(page_bytes).unwrap_or_default()];
    // The largest size, 65,536, is written as 1, and as 0 where the cells of the page begin.
    let size = u16::try_from(page_bytes).unwrap_or_default();
    let fields: [(usize, &[u8]); 12] = [
        (0, MAGIC),
        (16, &size.max(1).to_be_bytes()),
        // Versions of reading and writing (a rollback journal), and the shares of a page that are fixed.
        (18, &[1, 1, 0, 64, 32, 32]),
        (24, &1_u32.to_be_bytes()),
        (28, &1_u32.to_be_bytes()),
        (44, &4_u32.to_be_bytes()),
        (56, &1_u32.to_be_bytes()),
        (68, &APPLICATION_ID.to_be_bytes()),
        (92, &1_u32.to_be_bytes()),
        (96, &3_038_000_u32.to_be_bytes()),
        // A leaf of a table, without cells.
        (100, &[13]),
        (105, &size.to_be_bytes()),
    ];
    for (at, bytes) in fields {
        if let Some(place) = page.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
    page
}

fn copy_to(connection: &Connection, target: &Path, progress: &mut impl FnMut(u64, u64)) -> Result<(), StoreError> {
    // In one snapshot, or every write of another process would restart the copy.
    let snapshot = connection.unchecked_transaction()?;
    snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut copy = Connection::open(target)?;
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
