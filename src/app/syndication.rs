//! Publishes feeds from the store: as text for the command line and as files for a web server.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::Timestamp;

use super::issue::{Issue, IssueError, write_whole};
use crate::config::Settings;
use crate::digest::{Choice, OutFeed};
use crate::model::UnknownWord;
use crate::render::digest::{self as render, FeedHead, IssueEntry};
use crate::store::Reader;

/// The format of a published feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutFormat {
    /// Atom, RFC 4287.
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl OutFormat {
    /// Both formats.
    pub(crate) const ALL: [OutFormat; 2] = [OutFormat::Atom, OutFormat::Json];

    /// Returns the word used on the command line, which is also the file extension.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            OutFormat::Atom => "atom",
            OutFormat::Json => "json",
        }
    }
}

impl FromStr for OutFormat {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<OutFormat, UnknownWord> {
        UnknownWord::find(OutFormat::ALL, OutFormat::as_str, word)
    }
}

/// Which feeds are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutFeeds {
    /// All of them.
    All,
    /// Those of items: no issue has been written since the last time.
    OfItems,
}

/// Renders a feed from the current state of the store, without items dated after `now`.
///
/// # Errors
/// Fails if the store cannot be read or a newer kazbek wrote an issue.
pub(crate) fn render(
    store: &Reader,
    settings: &Settings,
    feed: &OutFeed,
    format: OutFormat,
    now: Timestamp,
) -> Result<String, IssueError> {
    let mut head = FeedHead {
        title: feed.title.clone(),
        seed: format!("{}/feeds/{}", settings.digest.base_url.as_deref().unwrap_or("kazbek"), feed.name),
        home_url: settings.digest.base_url.clone(),
        self_url: settings.digest.base_url.as_deref().map(|base| address(base, &feed.name, format)),
        updated: Timestamp::UNIX_EPOCH,
    };
    match &feed.choice {
        Choice::Issues(cadence) => {
            let mut entries = Vec::new();
            for issue in store.issues(*cadence, feed.limit)? {
                if let Some(frozen) = store.issue(issue.cadence, &issue.label)? {
                    entries.push(IssueEntry::of(&Issue::frozen(frozen)?.digest));
                }
            }
            head.updated = entries.iter().map(|entry| entry.updated).max().unwrap_or(head.updated);
            Ok(match format {
                OutFormat::Atom => render::atom_of_issues(&head, &entries),
                OutFormat::Json => render::json_feed_of_issues(&head, &entries),
            })
        }
        Choice::Items { .. } => {
            let items = store.out_feed_items(feed, now)?;
            let newest = items.iter().map(|item| item.published.unwrap_or(item.first_seen)).max();
            head.updated = newest.unwrap_or(head.updated);
            Ok(match format {
                OutFormat::Atom => render::atom_of_items(&head, &items),
                OutFormat::Json => render::json_feed_of_items(&head, &items),
            })
        }
    }
}

fn address(base: &str, name: &str, format: OutFormat) -> String {
    format!("{}/feeds/{name}.{}", base.trim_end_matches('/'), format.as_str())
}

/// Writes the files of the feeds, `NAME.atom` and `NAME.json`, each atomically, and returns the paths of those that
/// changed. Unchanged files are not touched, so that a server's Last-Modified stays correct.
///
/// # Errors
/// Fails if the store cannot be read or a file cannot be written.
pub(crate) fn write_all(
    store: &Reader,
    settings: &Settings,
    which: OutFeeds,
    folder: &Path,
    now: Timestamp,
) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut written = Vec::new();
    for feed in &settings.out_feeds {
        if which == OutFeeds::OfItems && matches!(feed.choice, Choice::Issues(_)) {
            continue;
        }
        for format in OutFormat::ALL {
            let path = folder.join(format!("{}.{}", feed.name, format.as_str()));
            let text = render(store, settings, feed, format, now)?;
            if std::fs::read(&path).is_ok_and(|standing| standing == text.as_bytes()) {
                continue;
            }
            write_whole(&path, text.as_bytes())?;
            written.push(path);
        }
    }
    Ok(written)
}
