//! Publishes feeds from the store: as text for the command line and as files for a web server.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::Timestamp;

use super::issue::{Issue, IssueError};
use crate::config::Settings;
use crate::digest::{Choice, DigestItem, OutFeed};
use crate::files;
use crate::model::UnknownWord;
use crate::render::digest::{self as render, FeedHead, IssueEntry, ItemEntry};
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

/// A feed as it is in the store, ready to be rendered in any format.
#[derive(Debug)]
pub(crate) struct FeedContent {
    name: String,
    head: FeedHead,
    entries: Entries,
}

#[derive(Debug)]
enum Entries {
    Issues(Vec<IssueEntry>),
    Items(Vec<DigestItem>),
}

impl FeedContent {
    /// Reads a feed from the current state of the store, without items dated after `now`.
    ///
    /// # Errors
    /// Fails if the store cannot be read or a newer kazbek wrote an issue.
    pub(crate) fn read(
        store: &Reader,
        settings: &Settings,
        feed: &OutFeed,
        now: Timestamp,
    ) -> Result<FeedContent, IssueError> {
        let (entries, newest) = match &feed.choice {
            Choice::Issues(cadence) => {
                let mut entries = Vec::new();
                for issue in store.issues(*cadence, feed.limit)? {
                    if let Some(frozen) = store.issue(issue.cadence, &issue.label)? {
                        entries.push(IssueEntry::of(&Issue::frozen(frozen)?.digest));
                    }
                }
                let newest = entries.iter().map(|entry| entry.updated).max();
                (Entries::Issues(entries), newest)
            }
            Choice::Items { .. } => {
                let items = store.out_feed_items(feed, now)?;
                let newest = items.iter().map(|item| item.published.unwrap_or(item.first_seen)).max();
                (Entries::Items(items), newest)
            }
        };
        let base_url = settings.digest.base_url.as_deref();
        let head = FeedHead {
            title: feed.title.clone(),
            seed: format!("{}/feeds/{}", base_url.unwrap_or("kazbek"), feed.name),
            home_url: base_url.map(str::to_owned),
            self_url: None,
            updated: newest.unwrap_or(Timestamp::UNIX_EPOCH),
        };
        Ok(FeedContent { name: feed.name.clone(), head, entries })
    }

    /// Renders the feed.
    pub(crate) fn render(&self, format: OutFormat) -> String {
        let self_url = self.head.home_url.as_deref().map(|base| address(base, &self.name, format));
        let head = FeedHead { self_url, ..self.head.clone() };
        match (&self.entries, format) {
            (Entries::Issues(entries), OutFormat::Atom) => render::atom_of_issues(&head, entries),
            (Entries::Issues(entries), OutFormat::Json) => render::json_feed_of_issues(&head, entries),
            (Entries::Items(items), format) => {
                let items: Vec<ItemEntry<'_>> = items.iter().map(ItemEntry::from).collect();
                of_items(&head, &items, format)
            }
        }
    }
}

/// Renders a feed of items.
pub(crate) fn of_items(head: &FeedHead, items: &[ItemEntry<'_>], format: OutFormat) -> String {
    match format {
        OutFormat::Atom => render::atom_of_items(head, items),
        OutFormat::Json => render::json_feed_of_items(head, items),
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
    let access = settings.access();
    files::create_own_folder(folder, access)?;
    let mut written = Vec::new();
    for feed in &settings.out_feeds {
        if which == OutFeeds::OfItems && matches!(feed.choice, Choice::Issues(_)) {
            continue;
        }
        let content = FeedContent::read(store, settings, feed, now)?;
        for format in OutFormat::ALL {
            let path = folder.join(format!("{}.{}", feed.name, format.as_str()));
            let text = content.render(format);
            if std::fs::read(&path).is_ok_and(|standing| standing == text.as_bytes()) {
                continue;
            }
            files::write_whole(&path, text.as_bytes(), access)?;
            written.push(path);
        }
    }
    Ok(written)
}
