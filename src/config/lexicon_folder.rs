//! Reads the files of a lexicon folder.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::lexicon::LexiconFile;
use crate::model::Diagnostic;

/// Reads the `.toml` files of a folder and its subfolders, in the order of their paths. Links are followed, each folder
/// is read once, and names that begin with a dot are ignored.
///
/// # Errors
/// Names the first file or folder that cannot be read, with the reason.
pub(crate) fn lexicon_files(folder: &Path) -> Result<Vec<LexiconFile>, Diagnostic> {
    let mut paths = Vec::new();
    gather(folder, &mut HashSet::new(), &mut paths)?;
    paths.sort();
    paths.iter().map(|path| lexicon_file(path)).collect()
}

/// Reads one file of a lexicon.
///
/// # Errors
/// Fails if the file cannot be read or is not UTF-8.
pub(crate) fn lexicon_file(path: &Path) -> Result<LexiconFile, Diagnostic> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok(LexiconFile { name: path.display().to_string(), text })
}

fn gather(folder: &Path, seen: &mut HashSet<PathBuf>, paths: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    // A link may lead back to a folder that contains it.
    let real = folder.canonicalize().map_err(|error| unreadable(folder, &error))?;
    if !seen.insert(real) {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            continue;
        }
        if path.is_dir() {
            gather(&path, seen, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let what = if path.extension().is_some_and(|extension| extension == "toml") { "file" } else { "folder" };
    let message = format!("the lexicon's {what} cannot be read: {error}");
    Diagnostic { file: path.display().to_string(), line: 0, message }
}
