//! `feeds add`, `remove`, `enable`, `disable` and `import`: changes to the feeds in the store.

use std::collections::HashMap;
use std::path::Path;

use super::list::{is_address, is_named, meant};
use crate::app::probe::{self, Probed};
use crate::app::{clock, feed_list};
use crate::cli::context::Context;
use crate::cli::failure::{BAD_DATA, FAILED, Failure};
use crate::cli::{input, output};
use crate::config::Settings;
use crate::dedup::Rules;
use crate::feed::NotAFeed;
use crate::feed::opml::{self, OpmlFaultKind};
use crate::model::{Feed, PressBloc};
use crate::poller::rate_limit::domain_of;
use crate::store::{FeedState, Origin, Store};
use crate::text::sanitize::without_passwords;

/// Opens the store and updates its feeds from the feed list.
fn open_synced(context: &Context, config: &Settings) -> Result<Store, Failure> {
    let mut store = context.open()?;
    feed_list::sync(&mut store, config, clock::now())?;
    Ok(store)
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
        if !is_address(url) {
            return Err(Failure::new(BAD_DATA, format!("`{url}` is not an http or https address{}", meant(url))));
        }
        found.push(if unchecked { (url.clone(), None) } else { find(config, url)? });
    }
    let _lock = context.lock()?;
    let mut store = open_synced(context, config)?;
    let rows = store.feeds()?;
    let mut lines = Vec::new();
    store.write(|writer| {
        for (url, title) in &found {
            let known = rows.iter().find(|row| opml::address_key(&row.feed.url) == opml::address_key(url));
            // What the store knows of the feed stays, except what the command says.
            let mut feed = known.map_or_else(
                || Feed {
                    url: url.clone(),
                    title: title.clone().unwrap_or_else(|| without_passwords(url).into_owned()),
                    ..Feed::default()
                },
                |row| row.feed.clone(),
            );
            if known.is_some_and(|row| row.state == FeedState::On) && outlet.is_none() && bloc.is_none() {
                lines.push(format!("already known: {} ({})", feed.title, without_passwords(&feed.url)));
                continue;
            }
            let said = outlet.map(str::to_owned).or(known.map(|row| row.feed.outlet.clone()));
            feed.outlet = match said {
                Some(outlet) => outlet,
                None => unnamed_outlet(&feed)?,
            };
            feed.bloc = bloc.or(feed.bloc);
            writer.add_feed(&feed, Origin::Added, clock::now())?;
            lines.push(format!("added {} ({})", feed.title, without_passwords(&feed.url)));
        }
        Ok::<_, Failure>(())
    })?;
    output::text(&lines.join("\n"))
}

/// Returns the outlet of a feed whose publisher nobody has named: the feed's title, which its publisher chose. Anyone can
/// choose the name of an agency, so it is believed only of a feed on a domain of that name.
fn unnamed_outlet(feed: &Feed) -> Result<String, Failure> {
    let rules = Rules::built_in().map_err(|error| Failure::new(FAILED, error))?;
    let domain = domain_of(&feed.url);
    let named = rules.texts.agency(&feed.title);
    if named.is_none() || named == domain.split('.').next().and_then(|label| rules.texts.agency(label)) {
        return Ok(feed.title.clone());
    }
    output::note(format!(
        "{} calls itself {}, the name of an agency; its outlet is {domain}. If it is the agency, add it again with --outlet",
        without_passwords(&feed.url),
        feed.title
    ));
    Ok(domain)
}

/// Returns the feed at an address, or the one that the page there links to, with its title.
fn find(config: &Settings, page: &str) -> Result<(String, Option<String>), Failure> {
    let mut address = page.to_owned();
    for _ in 0..2 {
        let about = |code: u8, reason: &str| Failure::new(code, format!("{address}: {reason}"));
        match probe::probe(config, &address, clock::now()).map_err(|error| about(FAILED, &error))? {
            Probed::Failed(failure) => {
                return Err(about(FAILED, &format!("{}: {}", failure.status.as_str(), failure.reason)));
            }
            Probed::Read(Ok(parsed)) => return Ok((address, parsed.title)),
            Probed::Read(Err(NotAFeed::Html { alternates })) if !alternates.is_empty() => {
                address.clone_from(&alternates[0].url);
            }
            Probed::Read(Err(error)) => return Err(about(BAD_DATA, &error.to_string())),
        }
    }
    Err(Failure::new(BAD_DATA, format!("{page}: found no feed, only links from page to page")))
}

pub(super) fn set_state(
    context: &Context,
    config: &Settings,
    names: &[String],
    state: FeedState,
    done: &str,
) -> Result<(), Failure> {
    let _lock = context.lock()?;
    let mut store = open_synced(context, config)?;
    let rows = store.feeds()?;
    let mut chosen = Vec::new();
    for name in names {
        let mut meant = rows.iter().filter(|row| is_named(row, name)).peekable();
        if meant.peek().is_none() {
            return Err(Failure::new(
                FAILED,
                format!("no feed has the address or title `{name}`; see `kazbek feeds list`"),
            ));
        }
        chosen.extend(meant);
    }
    store.write(|writer| {
        for row in &chosen {
            writer.set_feed_state(row.id, state)?;
        }
        Ok::<_, Failure>(())
    })?;
    let lines: Vec<String> =
        chosen.iter().map(|row| format!("{} ({}) {done}", row.feed.title, without_passwords(&row.feed.url))).collect();
    output::text(&lines.join("\n"))
}

pub(super) fn import(context: &Context, config: &Settings, file: &Path) -> Result<(), Failure> {
    let list = opml::read(&input::read_all(file)?);
    if let Some(fatal) = list.faults.iter().find(|fault| fault.kind.is_fatal()) {
        return Err(Failure::new(BAD_DATA, format!("{}: {fatal}; nothing was imported", file.display())));
    }
    let _lock = context.lock()?;
    let mut store = open_synced(context, config)?;
    let rows = store.feeds()?;
    let known: HashMap<String, String> =
        rows.iter().map(|row| (opml::address_key(&row.feed.url), row.feed.url.clone())).collect();
    store.write(|writer| {
        for feed in &list.feeds {
            let url = known.get(&opml::address_key(&feed.url)).unwrap_or(&feed.url).clone();
            writer.add_feed(&Feed { url, ..feed.clone() }, Origin::Added, clock::now())?;
        }
        Ok::<_, Failure>(())
    })?;
    let added = store.feeds()?.len() - rows.len();
    for fault in &list.faults {
        output::complain(None, file, fault.line, &fault.kind.to_string());
    }
    output::text(&format!("{added} feeds added, {} already known", list.feeds.len() - added))?;
    let is_whole = list.faults.iter().all(|fault| matches!(fault.kind, OpmlFaultKind::Repeated { .. }));
    if is_whole { Ok(()) } else { Err(Failure::reported(BAD_DATA)) }
}
