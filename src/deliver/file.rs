//! Delivery into a folder.

use std::io::Write;
use std::path::Path;

use super::{Content, FileOptions, Parcel, Refusal, brief};
use crate::render::digest::{Format, render};

/// Writes the files of a parcel, each whole or not at all; files of an earlier attempt are written again, to the same bytes.
pub(super) fn write(options: &FileOptions, parcel: &Parcel) -> Result<(), Refusal> {
    let failed = |path: &Path, error: std::io::Error| Refusal::passing(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(&options.folder).map_err(|error| failed(&options.folder, error))?;
    let mut files = Vec::new();
    match &parcel.content {
        Content::Issue(digest, json) => files.extend(options.formats.iter().map(|format| {
            let text = if *format == Format::Json { json.clone() } else { render(digest, *format) };
            (format!("{}.{}", parcel.period, format.as_str()), text)
        })),
        Content::Alert(alert) => files.push((format!("alert-{}.txt", parcel.period), brief::alert_text(alert))),
    }
    for (name, text) in files {
        let path = options.folder.join(name);
        write_whole(&path, text.as_bytes()).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

/// Writes a file so that a reader sees the old one or the new one, and a crash leaves one of the two.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let mut file = std::fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&partial, path)
}
