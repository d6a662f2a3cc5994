//! Reads the data that the configuration names: the feed list and the lexicon, from files or embedded in the binary.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::dedup::Rules;
use crate::digest::SectionPlan;
use crate::feed::opml;
use crate::lexicon::{self, Lexicon, LexiconFile};
use crate::model::{Diagnostic, Feed};
use crate::trends::KnownEvents;

/// The feed list that is polled by default.
const BUILT_IN_FEEDS: &str = include_str!("../../config/feeds.opml");

/// The sections of a digest.
const BUILT_IN_SECTIONS: &str = include_str!("../../config/digest.toml");

/// The events that trend reports treat as routine.
const BUILT_IN_KNOWN_EVENTS: &str = include_str!("../../config/trends.toml");

/// Reads a file. Anything else is refused before it is opened: a FIFO would be waited for, and a device may never end.
pub(super) fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    std::fs::read(path)
}

/// Reads a file of UTF-8 text like [`read_file`].
pub(super) fn read_text(path: &Path) -> std::io::Result<String> {
    let invalid = |_| std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8");
    String::from_utf8(read_file(path)?).map_err(invalid)
}

/// Returns the fault of a file or folder that cannot be read; `what` says what it is.
pub(super) fn unreadable(path: &Path, what: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic { file: path.display().to_string(), line: 0, message: format!("the {what} cannot be read: {error}") }
}

/// Loads the built-in data that no key replaces. A test ensures that it has no faults.
pub(super) fn built_in_data(found: &mut Vec<Diagnostic>) -> Option<(Rules, SectionPlan, KnownEvents)> {
    let fault = |message: String| Diagnostic { file: "built-in data".to_owned(), line: 0, message };
    let rules = Rules::built_in().map_err(|error| found.push(fault(error.to_string()))).ok();
    let sections = SectionPlan::load(BUILT_IN_SECTIONS).map_err(|error| found.push(fault(error.to_string()))).ok();
    let known_events =
        KnownEvents::load(BUILT_IN_KNOWN_EVENTS).map_err(|error| found.push(fault(error.to_string()))).ok();
    Some((rules?, sections?, known_events?))
}

/// Reads the feed list, or the built-in one.
pub(super) fn read_feeds(path: Option<&Path>, found: &mut Vec<Diagnostic>, notes: &mut Vec<Diagnostic>) -> Vec<Feed> {
    let (name, bytes) = match path {
        None => ("built-in feeds.opml".to_owned(), BUILT_IN_FEEDS.as_bytes().to_vec()),
        Some(path) => match read_file(path) {
            Ok(bytes) => (path.display().to_string(), bytes),
            Err(error) => {
                found.push(unreadable(path, "feed list", &error));
                return Vec::new();
            }
        },
    };
    let list = opml::read(&bytes);
    for opml::OpmlFault { line, kind } in list.faults {
        let into = if kind.is_note() || kind.is_omission() { &mut *notes } else { &mut *found };
        into.push(Diagnostic { file: name.clone(), line, message: kind.to_string() });
    }
    list.feeds
}

/// Reads the lexicon of a folder, or the built-in one, with the additions of another folder.
pub(super) fn read_lexicon(
    folder: Option<&Path>,
    additions: Option<&Path>,
    found: &mut Vec<Diagnostic>,
) -> Option<Lexicon> {
    if let Some(folder) = folder {
        found.extend(missing_files(folder));
    }
    let files = folder.map_or_else(|| Ok(lexicon::built_in_files()), lexicon_files);
    let additions = additions.map_or_else(|| Ok(Vec::new()), lexicon_files);
    let faults = match (files, additions) {
        (Ok(files), Ok(additions)) => match Lexicon::load(&files, &additions) {
            Ok(lexicon) => return Some(lexicon),
            Err(faults) => faults,
        },
        (files, additions) => files.err().into_iter().chain(additions.err()).collect(),
    };
    found.extend(faults);
    None
}

/// Reads the `.toml` files of a folder and its subfolders, in the order of their paths. Links are followed, each folder
/// is read once, and names that begin with a dot are ignored.
///
/// # Errors
/// Names the first file or folder that cannot be read, with the reason. A folder without such files is a fault, since
/// it is most likely the wrong one, or one that is not mounted.
pub(crate) fn lexicon_files(folder: &Path) -> Result<Vec<LexiconFile>, Diagnostic> {
    let mut paths = Vec::new();
    gather(folder, &mut HashSet::new(), &mut paths)?;
    if paths.is_empty() {
        let message = "the lexicon's folder has no .toml file; name another folder, or leave out the key".to_owned();
        return Err(Diagnostic { file: folder.display().to_string(), line: 0, message });
    }
    paths.sort();
    paths.iter().map(|path| lexicon_file(path)).collect()
}

/// Returns a fault for each file that a copy of the built-in lexicon lacks, or that is empty in it. Nothing refers to
/// some of them, such as the cues of relations: without them the lexicon is valid, and all digests are silent about a
/// whole kind of news.
///
/// A folder counts as a copy if it has most of the files.
fn missing_files(folder: &Path) -> Vec<Diagnostic> {
    let names = lexicon::built_in_files().into_iter().map(|file| file.name);
    let paths: Vec<PathBuf> = names.map(|name| folder.join(name.trim_start_matches("lexicon/"))).collect();
    let is_missing = |path: &&PathBuf| match std::fs::symlink_metadata(path) {
        Ok(file) => file.is_file() && file.len() == 0,
        Err(_) => true,
    };
    let missing: Vec<&PathBuf> = paths.iter().filter(is_missing).collect();
    if missing.len() * 2 > paths.len() {
        return Vec::new();
    }
    let message = "the file is missing from this copy of the built-in lexicon, or empty; copy it from config/lexicon as \
                   well, or put a file with a comment in its place if you do without it";
    let fault = |path: &PathBuf| Diagnostic { file: path.display().to_string(), line: 0, message: message.to_owned() };
    missing.into_iter().map(fault).collect()
}

/// Reads one file of a lexicon.
///
/// # Errors
/// Fails if the file cannot be read or is not UTF-8.
pub(crate) fn lexicon_file(path: &Path) -> Result<LexiconFile, Diagnostic> {
    let text = read_text(path).map_err(|error| unreadable(path, "lexicon's file", &error))?;
    Ok(LexiconFile { name: path.display().to_string(), text })
}

fn gather(folder: &Path, seen: &mut HashSet<PathBuf>, paths: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    // A link may lead back to a folder that contains it.
    let real = folder.canonicalize().map_err(|error| unreadable(folder, "lexicon's folder", &error))?;
    if !seen.insert(real) {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, "lexicon's folder", &error))? {
        let path = entry.map_err(|error| unreadable(folder, "lexicon's folder", &error))?.path();
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            continue;
        }
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        if path.is_dir() && is_toml {
            let message = "it is a folder, and a lexicon's file is expected; restore the file, or rename the folder";
            return Err(Diagnostic { file: path.display().to_string(), line: 0, message: message.to_owned() });
        }
        if path.is_dir() {
            gather(&path, seen, paths)?;
        } else if is_toml {
            paths.push(path);
        }
    }
    Ok(())
}
