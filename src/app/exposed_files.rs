//! Files of the data directory that others can read, because an older kazbek or another umask made them.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::config::Settings;

/// How the names of the files begin that kazbek keeps in the data directory itself.
const OWN_FILES: &str = "kazbek.";

/// The folders for digests and out-feeds.
pub(crate) const OWN_FOLDERS: [&str; 2] = ["digests", "feeds"];

/// Returns what kazbek has made in the data directory and others can read: its files, its folders, and the data
/// directory itself if there is nothing else in it. Links are not followed, and what is published is left out.
pub(crate) fn exposed(data_dir: &Path, settings: &Settings) -> Vec<PathBuf> {
    let published =
        settings.public_folder.is_some().then(|| OWN_FOLDERS.map(|name| settings.published(data_dir, name)));
    let is_published = |path: &Path| published.iter().flatten().any(|folder| folder.starts_with(path));
    let (mut own, mut has_others) = (Vec::new(), false);
    for path in entries(data_dir) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if OWN_FOLDERS.contains(&name.as_str()) {
            if !is_published(&path) {
                own.extend(entries(&path).into_iter().filter(|path| path.is_file()));
                own.push(path);
            }
        } else if name.starts_with(OWN_FILES) {
            own.push(path);
        } else {
            has_others = true;
        }
    }
    if !has_others && !is_published(data_dir) {
        own.push(data_dir.to_owned());
    }
    own.retain(|path| path.symlink_metadata().is_ok_and(|found| !found.is_symlink() && found.mode() & 0o077 != 0));
    own
}

/// Makes what is exposed private: files get the mode 0600, folders 0700. Returns how many were changed; what belongs to
/// another user cannot be.
pub(crate) fn mend(data_dir: &Path, settings: &Settings) -> usize {
    exposed(data_dir, settings).iter().filter(|path| make_private(path).is_ok_and(|is_done| is_done)).count()
}

fn make_private(path: &Path) -> io::Result<bool> {
    let found = path.symlink_metadata()?;
    if !found.is_file() && !found.is_dir() {
        return Ok(false);
    }
    let file = File::open(path)?;
    let opened = file.metadata()?;
    // A link may have come in its place.
    if (opened.dev(), opened.ino()) != (found.dev(), found.ino()) {
        return Ok(false);
    }
    file.set_permissions(Permissions::from_mode(if found.is_dir() { 0o700 } else { 0o600 }))?;
    Ok(true)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    // Not through a link.
    let is_folder = folder.symlink_metadata().is_ok_and(|found| found.is_dir());
    let read = is_folder.then(|| std::fs::read_dir(folder).ok()).flatten();
    read.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
