//! Delivery into a folder.

use std::path::{Path, PathBuf};

use super::attempt::DeliveryError;
use super::message;
use super::message::{Content, Message};
use crate::files::{self, Access};
use crate::render::digest::{Format, render};

/// A folder for issues and alerts. It is meant for others, so what is written can be read by everyone.
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
    files::create_folder(&options.folder, Access::Public).map_err(|error| failed(&options.folder, error))?;
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
        files::write_whole(&path, text.as_bytes(), Access::Public).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}
