//! The schema, and the upgrade of every older version of it.
//!
//! To change the schema, append a step to [`STEPS`] and never change an old one. If a view changes, update
//! `docs/operations.md`. The tests below compare an upgraded file with a fresh one.
//!
//! Times are Unix seconds in UTC. `url_key` and `identity` are the first 64 bits of a versioned hash. Flags are 0 or 1.

use rusqlite::Connection;

use super::error::StoreError;

/// The `application_id` of the file, by which `file(1)` and kazbek recognise it: the letters "kzbk".
pub(super) const APPLICATION_ID: i32 = 0x6b7a_626b;

/// The steps, in order; a file's `user_version` says how many it has taken.
pub(super) const STEPS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
    include_str!("schema_8.sql"),
    include_str!("schema_9.sql"),
];

/// The schema version that this program writes.
pub(crate) const SCHEMA_VERSION: u32 = STEPS.len() as u32;

/// The version that some steps lead to.
fn version_of(steps: &[&str]) -> u32 {
    u32::try_from(steps.len()).unwrap_or(u32::MAX)
}

/// Upgrades the file of a connection to the version that `steps` lead to, in one transaction. A newer file is refused.
/// `keep_copy` is called before an older file with tables is changed.
pub(super) fn upgrade(
    connection: &mut Connection,
    steps: &[&str],
    keep_copy: impl FnOnce(&Connection, u32) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (found, known) = (version(connection, steps)?, version_of(steps));
    if found == known {
        return Ok(());
    }
    if found > 0 {
        keep_copy(connection, found)?;
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have upgraded the file before this one got the lock.
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (step, to) in steps.iter().zip(1..).skip(found as usize) {
        transaction.execute_batch(step).map_err(|error| match StoreError::from(error) {
            StoreError::Other(reason) => StoreError::Upgrade { to, reason },
            other => other,
        })?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known.max(found))?;
    transaction.commit()?;
    Ok(())
}

/// Returns the schema version of a file; 0 if it is empty. Refuses a file of another program or of a newer kazbek.
pub(super) fn version(connection: &Connection, steps: &[&str]) -> Result<u32, StoreError> {
    let (found, known): (u32, u32) =
        (connection.pragma_query_value(None, "user_version", |row| row.get(0))?, version_of(steps));
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(StoreError::Foreign);
    }
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::super::{Reader, Store};
    use super::*;

    /// A step of a later version: a table that is changed, filled from the old one, and looked at through a view.
    const NEXT: &str = "ALTER TABLE outlets ADD COLUMN note TEXT; UPDATE outlets SET note = 'from ' || name; \
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT; CREATE VIEW v_notes AS SELECT text FROM notes;";
    /// One that fails after it has changed much.
    const BROKEN: &str = "DROP VIEW v_items; DELETE FROM outlets; INSERT INTO no_such_table VALUES (1);";

    fn schema_of(path: &Path) -> Vec<(String, String, Option<String>)> {
        let connection = Connection::open(path).unwrap();
        let mut statement =
            connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.map(|row| row.unwrap()).collect()
    }

    fn notes_of(path: &Path) -> Vec<String> {
        let connection = Connection::open(path).unwrap();
        let mut statement = connection.prepare("SELECT note FROM outlets").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(|row| row.unwrap()).collect()
    }

    fn outlets_of(path: &Path) -> i64 {
        Connection::open(path).unwrap().query_row("SELECT count(*) FROM outlets", [], |row| row.get(0)).unwrap()
    }

    /// A file as version `version` of the program left it, with an outlet in it.
    fn file_of_version(folder: &Path, steps: &[&str], version: usize) -> PathBuf {
        let path = folder.join(format!("version-{version}.db"));
        drop(Store::open_with(&path, &steps[..version]).unwrap());
        if version > 0 {
            Connection::open(&path).unwrap().execute("INSERT INTO outlets (name) VALUES ('Daily')", []).unwrap();
        }
        path
    }

    fn check_upgrades(steps: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("fresh.db");
        drop(Store::open_with(&fresh, steps).unwrap());
        for version in 1..=steps.len() {
            let old = file_of_version(folder.path(), steps, version);
            let before = schema_of(&old);
            drop(Store::open_with(&old, steps).unwrap());
            assert_eq!(schema_of(&old), schema_of(&fresh), "from version {version}");
            assert_eq!(outlets_of(&old), 1, "from version {version}");
            let copy = Store::copy_before_upgrade(&old, u32::try_from(version).unwrap());
            assert_eq!(copy.exists(), version < steps.len(), "{}", copy.display());
            if copy.exists() {
                assert_eq!((schema_of(&copy), outlets_of(&copy)), (before, 1), "the copy is the file as it was");
            }
        }
    }

    #[test]
    fn issues_of_the_first_version_keep_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let old = file_of_version(folder.path(), STEPS, 1);
        Connection::open(&old).unwrap().execute_batch(
            "INSERT INTO issues (cadence, label, written_at, content_hash) VALUES ('day', '2026-11-21', 5, 'a'), ('day', '2026-11-22', 6, 'b')",
        )
        .unwrap();
        let store = Store::open(&old).unwrap();
        let mut statement = store
            .connection
            .prepare("SELECT label, number, ends_at - starts_at, body IS NULL FROM issues ORDER BY number")
            .unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let rows: Vec<(String, i64, i64, bool)> = statement.query_map([], row).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [("2026-11-21".to_owned(), 1, 86_400, true), ("2026-11-22".to_owned(), 2, 86_400, true)]);
    }

    #[test]
    fn evidence_of_the_second_version_is_read_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let old = file_of_version(folder.path(), STEPS, 2);
        Connection::open(&old)
            .unwrap()
            .execute_batch(
                "INSERT INTO feeds (id, url, title, outlet_id, origin, state, added_at) VALUES (1, 'x:y', 'F', 1, 'list', 'on', 5);
                INSERT INTO items (id, feed_id, title, summary, first_seen, at, score, is_tagged, relations) VALUES (7, 1, 'Tbilisi and Baku', 'In Baku.', 5, 5, 1.0, 1,
                    '[[\"georgia\",\"azerbaijan\",2.0,\"meet\",false,1.0,[[2,0,0,7],[1,1,3,7]]],[\"a\",\"b\",-1.5,\"accuse\",true,0.5,[]]]');
                INSERT INTO tags VALUES (4, 'city:baku');
                INSERT INTO evidence_kinds VALUES (1, 'baku', 'name'), (2, 'tbilisi', 'name \"x\"');
                INSERT INTO item_tags VALUES (7, 4, '[[1,0,12,16],[1,1,3,7]]');",
            )
            .unwrap();
        let view = |path: &Path| -> String {
            Connection::open(path).unwrap().query_row("SELECT evidence FROM v_tags", [], |row| row.get(0)).unwrap()
        };
        let before = view(&old);
        assert_eq!(before, r#"[["baku","title",12,16,"name"],["baku","summary",3,7,"name"]]"#);
        let item = Store::open(&old).unwrap().item(7).unwrap().unwrap();
        assert_eq!(view(&old), before);
        let forms = |all: &[crate::model::Evidence]| {
            all.iter().map(|e| (e.entity.clone(), e.form.clone(), e.start)).collect::<Vec<_>>()
        };
        let baku = |start| ("baku".to_owned(), "Baku".to_owned(), start);
        assert_eq!(forms(&item.classification.evidence), [baku(12), baku(3)]);
        let [first, second] = item.classification.relations.as_slice() else { panic!("{item:?}") };
        assert_eq!(forms(&first.evidence), [("tbilisi".to_owned(), "Tbilisi".to_owned(), 0), baku(3)]);
        assert!(second.evidence.is_empty() && second.class == "accuse");
    }

    #[test]
    fn words_of_an_older_index_are_found_in_the_new_spelling() {
        let folder = tempfile::tempdir().unwrap();
        let old = file_of_version(folder.path(), STEPS, 8);
        Connection::open(&old)
            .unwrap()
            .execute_batch(
                "INSERT INTO feeds (id, url, title, outlet_id, origin, state, added_at) VALUES (1, 'x:y', 'F', 1, 'list', 'on', 5);
                INSERT INTO items (id, feed_id, title, summary, first_seen, at, score, is_tagged) VALUES (7, 1, 'Ba\u{3164}ku waits', '', 5, 5, 1.0, 1);
                INSERT INTO item_text (rowid, title, summary) VALUES (7, 'ba\u{3164}ku waits', '');",
            )
            .unwrap();
        let store = Store::open(&old).unwrap();
        let found = store.search("baku", &crate::store::ItemFilter::default(), 5).unwrap();
        assert_eq!(found.iter().map(|hit| hit.id).collect::<Vec<_>>(), [7]);
    }

    #[test]
    fn every_old_version_upgrades_to_the_schema_of_a_fresh_file() {
        check_upgrades(STEPS);
    }

    #[test]
    fn later_versions_upgrade_in_one_go_and_leave_a_copy_of_the_old_file() {
        let later = [STEPS, &[NEXT, "CREATE INDEX notes_by_text ON notes (text);"]].concat();
        check_upgrades(&later);
        let folder = tempfile::tempdir().unwrap();
        let old = file_of_version(folder.path(), &later, STEPS.len());
        drop(Store::open_with(&old, &later).unwrap());
        assert_eq!(notes_of(&old), ["from Daily"], "the rows were carried over");
        assert!(
            matches!(Store::open(&old), Err(StoreError::NewerSchema { found, .. }) if found as usize == later.len())
        );
        assert!(matches!(Reader::open(&old), Err(StoreError::NewerSchema { .. })));
    }

    #[test]
    fn an_upgrade_that_fails_midway_leaves_the_file_as_it_was_and_can_be_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let old = file_of_version(folder.path(), STEPS, STEPS.len());
        let before = schema_of(&old);
        let broken = [STEPS, &[NEXT, BROKEN]].concat();
        for attempt in 0..2 {
            let failed = Store::open_with(&old, &broken).unwrap_err();
            assert!(matches!(&failed, StoreError::Upgrade { to, .. } if *to as usize == broken.len()), "{failed}");
            assert!(failed.to_string().contains("unchanged"), "{failed}");
            assert_eq!((schema_of(&old), outlets_of(&old)), (before.clone(), 1), "attempt {attempt}");
        }
        let copy = Store::copy_before_upgrade(&old, SCHEMA_VERSION);
        assert_eq!((schema_of(&copy), outlets_of(&copy)), (before, 1));
        assert_eq!(
            std::fs::read_dir(folder.path())
                .unwrap()
                .filter(|e| e.as_ref().unwrap().path().to_string_lossy().contains("before"))
                .count(),
            1
        );
        drop(Store::open(&old).unwrap());
        drop(Store::open_with(&old, &[STEPS, &[NEXT]].concat()).unwrap());
    }

    #[test]
    fn a_newer_schema_and_a_foreign_file_are_refused_and_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let newer = folder.path().join("newer.db");
        drop(Store::open(&newer).unwrap());
        Connection::open(&newer).unwrap().pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        let foreign = folder.path().join("foreign.db");
        Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE recipes(id)").unwrap();
        let other = folder.path().join("other.db");
        std::fs::write(&other, "a letter, and no database at all, of more than a hundred bytes".repeat(20)).unwrap();
        for (path, expected) in [(&newer, "newer kazbek"), (&foreign, "another program"), (&other, "not a database")] {
            let before = std::fs::read(path).unwrap();
            for refused in [Store::open(path).unwrap_err(), Reader::open(path).unwrap_err()] {
                assert!(refused.to_string().contains(expected), "{}: {refused}", path.display());
            }
            assert_eq!(std::fs::read(path).unwrap(), before, "{}", path.display());
        }
    }
}
