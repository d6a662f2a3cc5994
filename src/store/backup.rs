//! A consistent copy of a database while it is in use.

use std::path::Path;

use rusqlite::Connection;

use super::error::StoreError;
use crate::files::{self, Access};

/// Copies a database to a file that appears under its name only when it is complete, and replaces one that was there.
pub(super) fn copy(
    connection: &Connection,
    target: &Path,
    progress: &mut impl FnMut(u64, u64),
) -> Result<(), StoreError> {
    // SQLite opens the empty file, which keeps its mode.
    let (partial, _) = files::create_partial(target, Access::Private)
        .map_err(|error| StoreError::CannotOpen(format!("{}: {error}", target.display())))?;
    let renamed = copy_to(connection, &partial, progress).and_then(|()| {
        std::fs::rename(&partial, target)
            .map_err(|error| StoreError::CannotOpen(format!("{}: {error}", target.display())))
    });
    if renamed.is_err() && partial.exists() {
        // The first error is the one to report; a leftover says by its name what it is.
        drop(std::fs::remove_file(&partial));
    }
    renamed
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
