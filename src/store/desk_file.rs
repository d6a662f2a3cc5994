//! What readers of the pages keep, in a file of its own beside the database: the items that they have starred and the
//! searches that they have saved. Whoever serves pages writes it, whoever polls does not, and it has what a dossier needs
//! after an item has been pruned.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::backup;
use super::encoding::time;
use super::error::StoreError;
use super::handle::BUSY_TIMEOUT;
use crate::files::{self, Access};

/// The steps by which the tables are made; `user_version` says how many a file has taken.
const STEPS: [&str; 3] = [
    "CREATE TABLE stars (
        item_id INTEGER PRIMARY KEY,
        starred_at INTEGER NOT NULL,
        note TEXT NOT NULL,
        title TEXT NOT NULL,
        url TEXT,
        outlet TEXT NOT NULL,
        language TEXT,
        published INTEGER,
        first_seen INTEGER NOT NULL
    ) STRICT;",
    "CREATE TABLE searches (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        -- As in an address: `q=road&tag=place%3Ageorgia`.
        query TEXT NOT NULL UNIQUE,
        saved_at INTEGER NOT NULL
    ) STRICT;",
    // The recipient who is alerted to what the search finds.
    "ALTER TABLE searches ADD COLUMN alert_to TEXT;",
];

/// The version that this program reads and writes.
const VERSION: u32 = STEPS.len() as u32;

/// An item that was starred, as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Star {
    /// The id of the item in the database.
    pub(crate) item_id: i64,
    /// When it was starred.
    pub(crate) starred_at: Timestamp,
    /// What the reader wrote about it; may be empty.
    pub(crate) note: String,
    /// Its title.
    pub(crate) title: String,
    /// Its address.
    pub(crate) url: Option<String>,
    /// The name of its outlet.
    pub(crate) outlet: String,
    /// Its language, BCP 47.
    pub(crate) language: Option<String>,
    /// When it was published, if the feed said.
    pub(crate) published: Option<Timestamp>,
    /// When kazbek first saw it.
    pub(crate) first_seen: Timestamp,
}

/// A search that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedSearch {
    /// Its number.
    pub(crate) id: i64,
    /// What the reader calls it.
    pub(crate) name: String,
    /// Its fields, encoded as the query of an address.
    pub(crate) query: String,
    /// The name of the recipient who is alerted to what it finds.
    pub(crate) alert_to: Option<String>,
}

/// The file of stars and saved searches.
#[derive(Debug)]
pub(crate) struct DeskFile {
    connection: Connection,
}

impl DeskFile {
    /// The name of the file in the data directory.
    pub(crate) const FILE_NAME: &'static str = "desk.db";

    /// Opens the file in a data directory, and creates it if it is missing.
    ///
    /// # Errors
    /// Fails if the file cannot be opened or written, or was written by a newer kazbek.
    pub(crate) fn open(folder: &Path) -> Result<DeskFile, StoreError> {
        let path = folder.join(Self::FILE_NAME);
        // SQLite would follow a link.
        let refused = |error| StoreError::cannot_open(&path, &error);
        drop(files::open_or_create(&path, Access::Private).map_err(refused)?);
        let mut connection = Connection::open(&path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        if version(&connection)? < VERSION {
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            // Another process may have made the tables before this one got the lock.
            let taken = version(&transaction)?;
            for step in STEPS.iter().skip(taken as usize) {
                transaction.execute_batch(step)?;
            }
            transaction.pragma_update(None, "user_version", taken.max(VERSION))?;
            transaction.commit()?;
        }
        match version(&connection)? {
            VERSION => Ok(DeskFile { connection }),
            found => Err(StoreError::NewerSchema { found, known: VERSION }),
        }
    }

    /// Returns whether a data directory has such a file.
    pub(crate) fn exists(folder: &Path) -> bool {
        folder.join(Self::FILE_NAME).exists()
    }

    /// Copies the file to a new one, which appears under its name only when it is complete.
    ///
    /// # Errors
    /// Fails if there is such a file, or if it cannot be written.
    pub(crate) fn backup(&self, target: &Path) -> Result<(), StoreError> {
        backup::copy_new(&self.connection, target, |_, _| {})
    }

    /// Returns all starred items, the one starred last first.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub(crate) fn stars(&self) -> Result<Vec<Star>, StoreError> {
        let sql = "SELECT item_id, starred_at, note, title, url, outlet, language, published, first_seen FROM stars \
            ORDER BY starred_at DESC, item_id DESC";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], star)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds a star, or changes the note of one.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub(crate) fn add_star(&self, star: &Star) -> Result<(), StoreError> {
        let sql = "INSERT INTO stars VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
            ON CONFLICT (item_id) DO UPDATE SET note = excluded.note";
        let values = params![
            star.item_id,
            star.starred_at.as_second(),
            star.note,
            star.title,
            star.url,
            star.outlet,
            star.language,
            star.published.map(Timestamp::as_second),
            star.first_seen.as_second(),
        ];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Changes the note of a star. Returns whether there is one.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub(crate) fn annotate(&self, item_id: i64, note: &str) -> Result<bool, StoreError> {
        let changed =
            self.connection.execute("UPDATE stars SET note = ?2 WHERE item_id = ?1", params![item_id, note])?;
        Ok(changed > 0)
    }

    /// Removes a star, if there is one.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub(crate) fn remove_star(&self, item_id: i64) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM stars WHERE item_id = ?1", [item_id])?;
        Ok(())
    }

    /// Returns the saved searches in alphabetical order.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub(crate) fn searches(&self) -> Result<Vec<SavedSearch>, StoreError> {
        let sql = "SELECT id, name, query, alert_to FROM searches ORDER BY name, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(SavedSearch { id: row.get(0)?, name: row.get(1)?, query: row.get(2)?, alert_to: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Saves a search, or gives the one with these fields another name.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub(crate) fn save_search(&self, name: &str, query: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO searches (name, query, saved_at) VALUES (?1, ?2, ?3) \
            ON CONFLICT (query) DO UPDATE SET name = excluded.name";
        self.connection.prepare_cached(sql)?.execute(params![name, query, at.as_second()])?;
        Ok(())
    }

    /// Says who is alerted to what a saved search finds; nobody if that is `None`.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub(crate) fn set_alert(&self, id: i64, alert_to: Option<&str>) -> Result<(), StoreError> {
        self.connection.execute("UPDATE searches SET alert_to = ?2 WHERE id = ?1", params![id, alert_to])?;
        Ok(())
    }

    /// Removes a saved search, if there is one.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub(crate) fn remove_search(&self, id: i64) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM searches WHERE id = ?1", [id])?;
        Ok(())
    }
}

fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn star(row: &Row<'_>) -> rusqlite::Result<Star> {
    Ok(Star {
        item_id: row.get(0)?,
        starred_at: time(row.get(1)?),
        note: row.get(2)?,
        title: row.get(3)?,
        url: row.get(4)?,
        outlet: row.get(5)?,
        language: row.get(6)?,
        published: row.get::<_, Option<i64>>(7)?.map(time),
        first_seen: time(row.get(8)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_made_where_a_link_leads() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(DeskFile::FILE_NAME)).unwrap();
        assert!(matches!(DeskFile::open(folder.path()), Err(StoreError::CannotOpen(_))));
        assert!(!elsewhere.exists());
    }

    #[test]
    fn stars_are_kept_with_their_notes_until_they_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!DeskFile::exists(folder.path()));
        let star = |item_id: i64, at: i64| Star {
            item_id,
            starred_at: time(at),
            note: String::new(),
            title: "Дорога через перевал".to_owned(),
            url: Some("https://news.example/1".to_owned()),
            outlet: "Pass Post".to_owned(),
            language: Some("ru".to_owned()),
            published: None,
            first_seen: time(50),
        };
        let file = DeskFile::open(folder.path()).unwrap();
        file.add_star(&star(7, 100)).unwrap();
        file.add_star(&star(8, 200)).unwrap();
        assert!(file.annotate(7, "for chapter 2").unwrap() && !file.annotate(9, "nobody").unwrap());
        drop(file);
        let file = DeskFile::open(folder.path()).unwrap();
        let all = file.stars().unwrap();
        assert_eq!(all.iter().map(|star| star.item_id).collect::<Vec<_>>(), [8, 7]);
        assert_eq!(all[1], Star { note: "for chapter 2".to_owned(), ..star(7, 100) });
        file.remove_star(8).unwrap();
        assert_eq!(file.stars().unwrap().len(), 1);
        file.connection.pragma_update(None, "user_version", 9).unwrap();
        assert!(matches!(DeskFile::open(folder.path()), Err(StoreError::NewerSchema { found: 9, known: 3 })));
    }

    #[test]
    fn searches_are_saved_once_in_a_file_that_had_only_stars() {
        let folder = tempfile::tempdir().unwrap();
        let old = Connection::open(folder.path().join(DeskFile::FILE_NAME)).unwrap();
        old.execute_batch(STEPS[0]).unwrap();
        old.execute_batch("INSERT INTO stars VALUES (7, 1, 'kept', 't', NULL, 'o', NULL, NULL, 1)").unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        drop(old);
        let file = DeskFile::open(folder.path()).unwrap();
        assert_eq!(file.stars().unwrap()[0].note, "kept");
        file.save_search("Roads", "q=road", time(1)).unwrap();
        file.save_search("Baku", "tag=city%3Abaku", time(2)).unwrap();
        file.save_search("Passes and roads", "q=road", time(3)).unwrap();
        let names = |file: &DeskFile| file.searches().unwrap().into_iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(names(&file), ["Baku", "Passes and roads"]);
        let [first, second] = &file.searches().unwrap()[..] else { unreachable!("two names") };
        file.set_alert(second.id, Some("desk")).unwrap();
        file.save_search("Passes and roads", "q=road", time(4)).unwrap();
        let alert_to = || file.searches().unwrap()[1].alert_to.clone();
        assert_eq!((first.alert_to.clone(), alert_to().as_deref()), (None, Some("desk")), "it is kept");
        file.set_alert(second.id, None).unwrap();
        assert_eq!(alert_to(), None);
        file.remove_search(first.id).unwrap();
        assert_eq!(names(&DeskFile::open(folder.path()).unwrap()), ["Passes and roads"]);
    }
}
