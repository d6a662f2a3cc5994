//! The tables, and the way from every older version of them to this one.
//!
//! To change the schema: append a step to [`STEPS`], never touch an old one; add the tables' words to
//! `docs/operations.md`; the test at the bottom compares an upgraded file with a fresh one.
//!
//! Times are Unix seconds in UTC. `url_key` and `identity` are the first 64 bits of a versioned hash. Flags are 0 or 1.

use rusqlite::Connection;

use super::StoreError;

/// `application_id` of the file, so that `file(1)` and we know it: the letters "kzbk".
pub(super) const APPLICATION_ID: i32 = 0x6b7a_626b;

/// The steps, in order; a file's `user_version` says how many it has taken.
pub(super) const STEPS: &[&str] = &[include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// The version this program writes.
pub const SCHEMA_VERSION: u32 = STEPS.len() as u32;

/// Brings a connection's file to [`SCHEMA_VERSION`] in one transaction. A newer file is refused, not guessed at.
pub(super) fn upgrade(connection: &mut Connection) -> Result<(), StoreError> {
    if look(connection)? == SCHEMA_VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have upgraded the file between the look and the lock.
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in STEPS.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// The version of a file that is ours or empty.
pub(super) fn look(connection: &Connection) -> Result<u32, StoreError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::NewerSchema { found, known: SCHEMA_VERSION });
    }
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(StoreError::Foreign);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema_of(connection: &Connection) -> Vec<(String, String, Option<String>)> {
        let mut statement =
            connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.map(|row| row.unwrap()).collect()
    }

    #[test]
    fn every_old_version_upgrades_to_the_schema_of_a_fresh_file() {
        let mut fresh = Connection::open_in_memory().unwrap();
        upgrade(&mut fresh).unwrap();
        for version in 0..STEPS.len() {
            let mut old = Connection::open_in_memory().unwrap();
            for step in &STEPS[..version] {
                old.execute_batch(step).unwrap();
            }
            old.pragma_update(None, "user_version", version as u32).unwrap();
            old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
            upgrade(&mut old).unwrap();
            assert_eq!(schema_of(&old), schema_of(&fresh), "from version {version}");
        }
    }

    #[test]
    fn issues_of_the_first_version_keep_their_numbers() {
        let mut old = Connection::open_in_memory().unwrap();
        old.execute_batch(STEPS[0]).unwrap();
        old.execute_batch(
            "INSERT INTO issues (cadence, label, written_at, content_hash) VALUES ('day', '2026-11-21', 5, 'a'), ('day', '2026-11-22', 6, 'b')",
        )
        .unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        upgrade(&mut old).unwrap();
        let mut statement =
            old.prepare("SELECT label, number, ends_at - starts_at, body IS NULL FROM issues ORDER BY number").unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let rows: Vec<(String, i64, i64, bool)> = statement.query_map([], row).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [("2026-11-21".to_owned(), 1, 86_400, true), ("2026-11-22".to_owned(), 2, 86_400, true)]);
    }

    #[test]
    fn a_newer_schema_and_a_foreign_file_are_refused() {
        let mut newer = Connection::open_in_memory().unwrap();
        newer.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        assert!(
            matches!(upgrade(&mut newer), Err(StoreError::NewerSchema { found, .. }) if found == SCHEMA_VERSION + 1)
        );
        let mut foreign = Connection::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE recipes(id)").unwrap();
        assert!(matches!(upgrade(&mut foreign), Err(StoreError::Foreign)));
    }
}
