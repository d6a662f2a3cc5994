//! Secrets: each is in a file of its own, never in the configuration and never in any output.

use std::path::{Path, PathBuf};

use super::data_files::read_file;
use crate::model::Diagnostic;
use crate::poller::Secret;

/// Reads the files of secrets and collects warnings about them.
pub(super) struct Secrets<'a> {
    /// Resolves a path relative to the configuration file.
    pub(super) beside: &'a dyn Fn(String) -> PathBuf,
    /// Warnings.
    pub(super) notes: Vec<Diagnostic>,
}

impl Secrets<'_> {
    /// Reads a secret. A bare name is first looked up in `$CREDENTIALS_DIRECTORY` (`LoadCredential=` of systemd); any
    /// other path is relative to the configuration file. A line feed at the end of the file is not part of the secret.
    pub(super) fn read(&mut self, path: &str) -> Result<Secret, String> {
        let (path, is_credential) = self.find(path);
        let failed = |error: &dyn std::fmt::Display| format!("the secret {} cannot be read: {error}", path.display());
        let bytes = read_file(&path).map_err(|error| failed(&error))?;
        let text = String::from_utf8(bytes).map_err(|_| failed(&"it is not UTF-8"))?;
        // Windows editors write a mark in front of the text.
        let text = text.trim_start_matches('\u{FEFF}').trim_end_matches(['\r', '\n']);
        if text.is_empty() || !crate::deliver::is_one_line(text) {
            return Err(failed(&"it must be one line, and not empty"));
        }
        // The directory protects credentials that systemd provides.
        if !is_credential && is_open_to_others(&path) {
            let file = path.display().to_string();
            let message = format!("this secret can be read by other users: chmod 600 {file}");
            self.notes.push(Diagnostic { file, line: 0, message });
        }
        Ok(Secret(text.to_owned()))
    }

    fn find(&self, path: &str) -> (PathBuf, bool) {
        let is_name = Path::new(path).components().count() == 1;
        let folder = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| is_name && !folder.is_empty());
        match folder.map(|folder| Path::new(&folder).join(path)).filter(|path| path.exists()) {
            Some(path) => (path, true),
            None => ((self.beside)(path.to_owned()), false),
        }
    }
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}
