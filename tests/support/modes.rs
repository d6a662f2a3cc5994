//! Who can read what is in a folder.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The folder and all that is in it, each with its mode. Files that go away meanwhile are left out.
pub fn modes(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mode = |path: &Path| path.metadata().map(|metadata| metadata.permissions().mode() & 0o777);
    let mut found = vec![(folder.to_owned(), mode(folder).expect("a folder"))];
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(modes(&path));
        } else if let Ok(mode) = mode(&path) {
            found.push((path, mode));
        }
    }
    found
}
