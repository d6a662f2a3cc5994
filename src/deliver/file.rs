//! Delivery into a folder.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::attempt::DeliveryError;
use super::message;
use super::message::{Content, Message};
use crate::render::digest::{Format, render};

/// A folder for issues and alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOptions {
    /// The folder; it is created if it does not exist.
    pub folder: PathBuf,
    /// The formats of an issue, one file each.
    pub formats: Vec<Format>,
}

/// Writes the files of a message, each complete or not at all. A second attempt writes the same bytes again.
pub(super) fn write(options: &FileOptions, message: &Message) -> Result<(), DeliveryError> {
    let failed = |path: &Path, error: std::io::Error| DeliveryError::temporary(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(&options.folder).map_err(|error| failed(&options.folder, error))?;
    let mut files = Vec::new();
    match &message.content {
        Content::Issue(digest, json) => files.extend(options.formats.iter().map(|format| {
            let text = if *format == Format::Json { json.clone() } else { render(digest, *format) };
            (format!("{}.{}", message.period, format.as_str()), text)
        })),
        Content::Alert(alert) => files.push((format!("alert-{}.txt", message.period), message::alert_text(alert))),
    }
    for (name, text) in files {
        let path = options.folder.join(name);
        write_atomically(&path, text.as_bytes()).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

/// Writes a file so that readers see either the old or the new one, also after a crash.
fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let mut file = std::fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&partial, path)
}
