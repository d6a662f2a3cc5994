//! Whether the database that the writer has open is still the file of that name.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

/// How often the file is looked at.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(10);

/// The database file, as it was at the start.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    looked_at: Instant,
}

impl DatabaseFile {
    pub(super) fn new(path: PathBuf) -> DatabaseFile {
        let mut file = DatabaseFile { path, identity: None, looked_at: Instant::now() };
        file.identity = file.identity_now();
        file
    }

    /// Looks at the file, if it is time to. Returns what is wrong with it, for the user.
    pub(super) fn fault(&mut self) -> Option<&'static str> {
        if self.looked_at.elapsed() < LOOKED_AT_EVERY {
            return None;
        }
        self.looked_at = Instant::now();
        match (self.identity, self.identity_now()) {
            (Some(_), None) => Some(
                "the database file has been removed; what is stored now is lost: restore the file and restart kazbek",
            ),
            (Some(then), Some(now)) if then != now => {
                Some("the database file has been replaced; what is stored now goes to the old one: restart kazbek")
            }
            _ => None,
        }
    }

    /// The device and the number of the file; none if there is none.
    fn identity_now(&self) -> Option<(u64, u64)> {
        std::fs::metadata(&self.path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_file_that_is_removed_or_replaced_is_noticed_within_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kazbek.db");
        std::fs::write(&path, "old").unwrap();
        let mut file = DatabaseFile::new(path.clone());
        let look = async |file: &mut DatabaseFile| {
            tokio::time::advance(Duration::from_secs(30)).await;
            file.fault().unwrap_or_default()
        };
        assert_eq!(look(&mut file).await, "");
        std::fs::write(&path, "written").unwrap();
        assert_eq!(look(&mut file).await, "");
        std::fs::rename(&path, folder.path().join("aside")).unwrap();
        assert!(look(&mut file).await.contains("removed"));
        assert_eq!(file.fault(), None, "not at every turn");
        std::fs::write(&path, "new").unwrap();
        assert!(look(&mut file).await.contains("replaced"));
    }
}
