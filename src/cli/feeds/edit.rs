//! `feeds add`, `remove`, `enable`, `disable` and `import`: changes to the feeds in the store.

use std::path::Path;

use super::list::{is_named, meant};
use crate::app::discovery::{self, Addition, DiscoveryError, FoundFeed};
use crate::app::feed_list::FeedChange;
use crate::app::orders::Order;
use crate::app::{clock, feed_list};
use crate::cli::context::{Context, Writing};
use crate::cli::failure::{BAD_DATA, FAILED, Failure};
use crate::cli::{input, output};
use crate::config::Settings;
use crate::feed::{opml, web_address};
use crate::model::PressBloc;
use crate::store::{FeedRow, FeedState};
use crate::text::sanitize::without_passwords;

/// Changes the feeds in the store as `plan` says, which is given those that are known. If the daemon runs, it makes the
/// changes and follows them at once.
fn change(
    context: &Context,
    config: &Settings,
    plan: impl FnOnce(&[FeedRow]) -> Result<Vec<FeedChange>, Failure>,
) -> Result<(), Failure> {
    match context.writing()? {
        Writing::Alone(_lock) => {
            let mut store = context.open()?;
            feed_list::sync(&mut store, config, clock::now())?;
            let changes = plan(&store.feeds()?)?;
            Ok(feed_list::change(&mut store, &changes, clock::now())?)
        }
        Writing::Daemon(mut daemon) => {
            let changes = plan(&context.open_read_only()?.feeds()?)?;
            Ok(daemon.order(&Order::ChangeFeeds { changes }, |_, _| {})?)
        }
    }
}

pub(super) fn add(
    context: &Context,
    config: &Settings,
    urls: &[String],
    outlet: Option<&str>,
    bloc: Option<PressBloc>,
    unchecked: bool,
) -> Result<(), Failure> {
    let mut found = Vec::new();
    for url in urls {
        let Some(address) = web_address(url) else {
            let error = DiscoveryError::NoAddress(url.clone());
            return Err(Failure::new(BAD_DATA, format!("{error}{}", meant(url))));
        };
        if unchecked {
            found.push(FoundFeed { url: address.into_owned(), title: None, others: Vec::new() });
            continue;
        }
        let feed = discovery::find(config, &address, clock::now())?;
        if !feed.others.is_empty() {
            output::note(format!("{address} links to other feeds as well: {}", feed.others.join(", ")));
        }
        found.push(feed);
    }
    let mut lines = Vec::new();
    change(context, config, |rows| {
        let mut changes = Vec::new();
        for found in &found {
            let added = discovery::addition(rows, found, outlet, bloc).map_err(|error| Failure::new(FAILED, error))?;
            let (word, feed) = match &added {
                Addition::Known(feed) => ("already known:", feed),
                Addition::New { feed, .. } => ("added", feed),
            };
            let url = without_passwords(&feed.url);
            lines.push(format!("{word} {} ({url})", feed.title));
            if let Addition::New { borrowed_name: Some(agency), feed } = &added {
                output::note(format!(
                    "{url} calls itself {agency}, the name of an agency; its outlet is {}. If it is the agency, add it \
                     again with --outlet",
                    feed.outlet
                ));
            }
            if let Addition::New { feed, .. } = added {
                changes.push(FeedChange::Add(Box::new(feed)));
            }
        }
        Ok(changes)
    })?;
    output::text(&lines.join("\n"))
}

impl From<DiscoveryError> for Failure {
    fn from(error: DiscoveryError) -> Failure {
        let code = match &error {
            DiscoveryError::NotFetched(_) => FAILED,
            DiscoveryError::NoAddress(_) | DiscoveryError::NoFeed(_) => BAD_DATA,
        };
        Failure::new(code, error)
    }
}

pub(super) fn set_state(
    context: &Context,
    config: &Settings,
    names: &[String],
    state: FeedState,
    done: &str,
) -> Result<(), Failure> {
    let mut lines = Vec::new();
    change(context, config, |rows| {
        let mut changes = Vec::new();
        for name in names {
            let mut meant = rows.iter().filter(|row| is_named(row, name)).peekable();
            if meant.peek().is_none() {
                return Err(Failure::new(
                    FAILED,
                    format!("no feed has the address or title `{name}`; see `kazbek feeds list`"),
                ));
            }
            for row in meant {
                lines.push(format!("{} ({}) {done}", row.feed.title, without_passwords(&row.feed.url)));
                changes.push(FeedChange::SetState { id: row.id, state });
            }
        }
        Ok(changes)
    })?;
    output::text(&lines.join("\n"))
}

pub(super) fn import(context: &Context, config: &Settings, file: &Path) -> Result<(), Failure> {
    let list = opml::read(&input::read_all(file)?);
    if let Some(fatal) = list.faults.iter().find(|fault| fault.kind.is_fatal()) {
        let (line, kind) = (fatal.line, &fatal.kind);
        return Err(Failure::new(BAD_DATA, format!("{}:{line}: {kind}; nothing was imported", file.display())));
    }
    let mut added = 0;
    change(context, config, |rows| {
        let changes;
        (changes, added) = feed_list::changes_of(&list, rows);
        Ok(changes)
    })?;
    for fault in &list.faults {
        output::complain(None, file, fault.line, &fault.kind.to_string());
    }
    let left_out = match list.faults.iter().filter(|fault| fault.kind.is_left_out()).count() {
        0 => String::new(),
        count => format!(", {count} outlines left out"),
    };
    output::text(&format!("{added} feeds added, {} already known{left_out}", list.feeds.len() - added))?;
    if list.faults.iter().all(|fault| fault.kind.is_note()) { Ok(()) } else { Err(Failure::reported(BAD_DATA)) }
}
