//! Feed lists: takes over those of other programs, and guards the feeds against a list that has lost most of them, which
//! is most likely a mistake: a file that was cut off, the wrong file, or a folder that is not mounted.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Settings;
use crate::feed::opml::{self, FeedList};
use crate::model::Feed;
use crate::store::{FeedRow, FeedState, FeedSync, Origin, Store, StoreError};
use crate::text::sanitize::{without_credentials, without_passwords};

/// Removing fewer feeds needs no confirmation, unless none is left.
const FEW: usize = 2;

/// The feed list has lost most of the feeds, and nobody has confirmed that.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the feed list no longer has {removed} of {listed} feeds; correct it, or confirm this by \
     `confirm_removed_feeds = {removed}` in the configuration"
)]
pub(crate) struct ManyRemoved {
    removed: usize,
    listed: usize,
}

/// Why the feeds in the store cannot follow the feed list.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FeedListError {
    #[error(transparent)]
    ManyRemoved(#[from] ManyRemoved),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks the feed list of a new configuration against the one that it replaces.
///
/// # Errors
/// Fails if most of the feeds are gone and the new configuration does not confirm it.
pub(crate) fn check_new(old: &[Feed], new: &Settings) -> Result<(), ManyRemoved> {
    check(old.iter().map(|feed| feed.url.as_str()), new)
}

/// Checks the feed list against the feeds that the store knows from it.
///
/// # Errors
/// Fails if most of the feeds are gone and the configuration does not confirm it, or if the store cannot be read.
pub(crate) fn check_stored(store: &Store, settings: &Settings) -> Result<(), FeedListError> {
    let is_listed =
        |row: &&FeedRow| row.origin == Origin::List.as_str() && matches!(row.state, FeedState::On | FeedState::Off);
    let rows = store.feeds()?;
    Ok(check(rows.iter().filter(is_listed).map(|row| row.feed.url.as_str()), settings)?)
}

/// Updates the feeds of the store from the feed list, after the same check.
///
/// # Errors
/// Those of [`check_stored`], and if the store cannot be written.
pub(crate) fn sync(store: &mut Store, settings: &Settings, now: Timestamp) -> Result<FeedSync, FeedListError> {
    check_stored(store, settings)?;
    Ok(store.write(|writer| writer.sync_feeds(&settings.feeds, now))?)
}

/// A change to the feeds of the store.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FeedChange {
    /// Adds a feed, or describes one that is known as this says; it is polled from then on.
    Add(Box<Feed>),
    /// Switches a feed on or off, or removes it.
    SetState {
        /// Its id.
        id: i64,
        /// Its new state.
        state: FeedState,
    },
}

/// Returns the changes by which the feeds of a list of another program come into the store, and how many of them are new
/// to it. What is known of a feed stays where the list says nothing, and a feed that is switched off stays off.
pub(crate) fn changes_of(list: &FeedList, rows: &[FeedRow]) -> (Vec<FeedChange>, usize) {
    let known: HashMap<String, &FeedRow> = rows.iter().map(|row| (opml::address_key(&row.feed.url), row)).collect();
    let mut added = HashSet::new();
    let mut changes = Vec::new();
    for (feed, has_outlet) in list.feeds.iter().zip(&list.has_outlet) {
        let key = opml::address_key(&feed.url);
        let Some(row) = known.get(&key) else {
            added.insert(key);
            changes.push(FeedChange::Add(Box::new(feed.clone())));
            continue;
        };
        changes.push(FeedChange::Add(Box::new(completed(feed, *has_outlet, &row.feed))));
        if row.state == FeedState::Off {
            changes.push(FeedChange::SetState { id: row.id, state: FeedState::Off });
        }
    }
    (changes, added.len())
}

/// Returns a feed of a list with what is known of it already, where the list says nothing: other programs drop the
/// attributes that they do not know.
fn completed(feed: &Feed, has_outlet: bool, known: &Feed) -> Feed {
    let has_title = feed.title != without_passwords(&feed.url);
    let own = |said: &Option<String>, known: &Option<String>| said.clone().or_else(|| known.clone());
    // A site that the list names may be the first of several.
    let has_all_sites = feed
        .site
        .as_ref()
        .is_some_and(|site| site.contains(' ') || !known.site.iter().any(|all| all.starts_with(site.as_str())));
    Feed {
        url: known.url.clone(),
        title: if has_title { feed.title.clone() } else { known.title.clone() },
        outlet: if has_outlet { feed.outlet.clone() } else { known.outlet.clone() },
        language: own(&feed.language, &known.language),
        country: own(&feed.country, &known.country),
        bloc: feed.bloc.or(known.bloc),
        kind: own(&feed.kind, &known.kind),
        site: if has_all_sites { feed.site.clone() } else { known.site.clone() },
        group: own(&feed.group, &known.group),
    }
}

/// Changes the feeds of the store, all or none.
///
/// # Errors
/// Those of the store.
pub(crate) fn change(store: &mut Store, changes: &[FeedChange], now: Timestamp) -> Result<(), StoreError> {
    store.write(|writer| {
        for change in changes {
            match change {
                FeedChange::Add(feed) => drop(writer.add_feed(feed, Origin::Added, now)?),
                FeedChange::SetState { id, state } => writer.set_feed_state(*id, *state)?,
            }
        }
        Ok(())
    })
}

/// Returns the feeds that are polled or switched off, as OPML that others may read: without passwords.
pub(crate) fn exported(rows: Vec<FeedRow>) -> String {
    let feeds: Vec<Feed> = rows
        .into_iter()
        .filter(|row| matches!(row.state, FeedState::On | FeedState::Off))
        .map(|row| Feed { url: without_credentials(&row.feed.url), ..row.feed })
        .collect();
    opml::write(&feeds)
}

fn check<'a>(listed: impl Iterator<Item = &'a str>, settings: &Settings) -> Result<(), ManyRemoved> {
    let kept: HashSet<&str> = settings.feeds.iter().map(|feed| feed.url.as_str()).collect();
    let (mut count, mut removed) = (0, 0);
    for url in listed {
        count += 1;
        removed += usize::from(!kept.contains(url));
    }
    let is_most = removed >= FEW && removed * 2 > count;
    let is_all = removed > 0 && kept.is_empty();
    match (is_most || is_all) && removed != settings.confirm_removed_feeds {
        true => Err(ManyRemoved { removed, listed: count }),
        false => Ok(()),
    }
}
