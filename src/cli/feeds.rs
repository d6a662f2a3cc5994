//! `feeds`: the feeds and their health.

use std::collections::HashMap;
use std::io::Write;

use serde::Serialize;

use super::context::Context;
use super::failure::{BAD_DATA, FAILED, Failure};
use super::{FeedNames, FeedsCommand, feed_check, output};
use crate::app::clock;
use crate::app::probe::{self, Probed};
use crate::config::Settings;
use crate::feed::NotAFeed;
use crate::feed::opml::{self, OpmlFaultKind};
use crate::model::{Feed, PressBloc};
use crate::poller::schedule::Rhythm;
use crate::store::{FeedRow, FeedState, Origin, Store};

pub(super) fn feeds(context: &Context, command: FeedsCommand) -> Result<(), Failure> {
    let config = context.settings()?;
    match command {
        FeedsCommand::List { json, failing } => list(context, &config, json, failing),
        FeedsCommand::Add { urls, outlet, bloc, unchecked } => {
            add(context, &config, &urls, outlet.as_deref(), bloc, unchecked)
        }
        FeedsCommand::Remove(names) => {
            set_state(context, &config, &names, FeedState::Removed, "removed; its history stays")
        }
        FeedsCommand::Enable(names) => set_state(context, &config, &names, FeedState::On, "is polled again"),
        FeedsCommand::Disable(names) => set_state(context, &config, &names, FeedState::Off, "is no longer polled"),
        FeedsCommand::Check { target, json } => feed_check::check(context, &config, &target, json),
        FeedsCommand::Import { file } => import(context, &config, &file),
        FeedsCommand::Export => export(context, &config),
    }
}

/// The store with the feed list in it, for a command that changes feeds.
fn open_synced(context: &Context, config: &Settings) -> Result<Store, Failure> {
    let mut store = context.open()?;
    store.write(|writer| writer.sync_feeds(&config.feeds, clock::now()))?;
    Ok(store)
}

/// The feeds of the store; before the first poll, those of the feed list.
fn known(context: &Context, config: &Settings) -> Result<Vec<FeedRow>, Failure> {
    let path = context.data_dir()?.join(Store::FILE_NAME);
    if path.exists() {
        return Ok(context.open_read_only()?.feeds()?);
    }
    Ok(config.feeds.iter().map(FeedRow::unpolled).collect())
}

/// A feed as `list --json` gives it.
#[derive(Serialize)]
struct Listed<'a> {
    url: &'a str,
    title: &'a str,
    outlet: &'a str,
    language: Option<&'a str>,
    country: Option<&'a str>,
    bloc: Option<PressBloc>,
    kind: Option<&'a str>,
    group: Option<&'a str>,
    origin: &'a str,
    state: &'static str,
    status: &'a str,
    reason: Option<&'a str>,
    polls: i64,
    failures: i64,
    rollovers: i64,
    last_poll_at: Option<jiff::Timestamp>,
    last_success_at: Option<jiff::Timestamp>,
    next_due_at: Option<jiff::Timestamp>,
    /// Failing for so long that it is tried rarely.
    is_dead: bool,
    /// The address that the feed has moved to for good.
    adopted_url: Option<String>,
}

impl<'a> Listed<'a> {
    fn of(row: &'a FeedRow) -> Listed<'a> {
        let feed = &row.feed;
        let rhythm: Rhythm = row.rhythm.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        Listed {
            is_dead: rhythm.is_dead(),
            adopted_url: rhythm.adopted_url().map(str::to_owned),
            url: &feed.url,
            title: &feed.title,
            outlet: &feed.outlet,
            language: feed.language.as_deref(),
            country: feed.country.as_deref(),
            bloc: feed.bloc,
            kind: feed.kind.as_deref(),
            group: feed.group.as_deref(),
            origin: &row.origin,
            state: row.state.as_str(),
            status: row.last_status.as_deref().unwrap_or("new"),
            reason: row.last_reason.as_deref(),
            polls: row.polls,
            failures: row.failures,
            rollovers: row.rollovers,
            last_poll_at: row.last_poll_at,
            last_success_at: row.last_success_at,
            next_due_at: (row.state == FeedState::On && row.polls > 0).then_some(row.next_due_at),
        }
    }
}

fn list(context: &Context, config: &Settings, json: bool, failing: bool) -> Result<(), Failure> {
    let rows = known(context, config)?;
    let rows: Vec<&FeedRow> = rows.iter().filter(|row| !failing || row.failures > 0).collect();
    let mut out = output::stdout();
    if json {
        for row in rows {
            output::json_line(&mut out, &Listed::of(row))?;
        }
        return Ok(out.flush()?);
    }
    let mut group = None;
    for row in &rows {
        let of = row.feed.group.as_deref().unwrap_or("Other feeds");
        if group != Some(of) {
            writeln!(out, "{}{of}", if group.is_some() { "\n" } else { "" })?;
            group = Some(of);
        }
        let listed = Listed::of(row);
        let state = if row.state == FeedState::On { listed.status } else { listed.state };
        let name = if row.feed.title.is_empty() { &row.feed.url } else { &row.feed.title };
        writeln!(out, "  {state:<14} {name}")?;
        writeln!(out, "                 {}", without_password(&row.feed.url))?;
        if let Some(reason) = listed.reason {
            let reason = if row.failures == 0 { format!("note: {reason}") } else { reason.to_owned() };
            let times = if row.failures > 1 { format!(" ({} times in a row)", row.failures) } else { String::new() };
            writeln!(out, "                 {reason}{times}")?;
        }
        if listed.is_dead {
            writeln!(out, "                 long dead: it is tried rarely; `kazbek feeds remove` ends that")?;
        }
        if let Some(url) = &listed.adopted_url {
            writeln!(out, "                 has moved to {url}, and is polled there")?;
        }
        if row.rollovers > 0 {
            writeln!(out, "                 lost items between polls {} times", row.rollovers)?;
        }
    }
    let count = |test: fn(&&&FeedRow) -> bool| rows.iter().filter(test).count();
    writeln!(
        out,
        "{}{} feeds: {} answered last, {} failed last, {} not polled yet, {} not polled by choice",
        if rows.is_empty() { "" } else { "\n" },
        rows.len(),
        count(|row| row.state == FeedState::On && row.polls > 0 && row.failures == 0),
        count(|row| row.state == FeedState::On && row.failures > 0),
        count(|row| row.state == FeedState::On && row.polls == 0),
        count(|row| row.state != FeedState::On),
    )?;
    Ok(out.flush()?)
}

fn add(
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
            return Err(Failure::new(BAD_DATA, format!("`{url}` is no http or https address{}", meant(url))));
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
            // What is known of a feed stands, but for what a person says of it now.
            let mut feed = known.map_or_else(
                || Feed { url: url.clone(), title: title.clone().unwrap_or_else(|| url.clone()), ..Feed::default() },
                |row| row.feed.clone(),
            );
            if known.is_some_and(|row| row.state == FeedState::On) && outlet.is_none() && bloc.is_none() {
                lines.push(format!("known already: {} ({})", feed.title, feed.url));
                continue;
            }
            let said = outlet.map(str::to_owned).or(known.map(|row| row.feed.outlet.clone()));
            feed.outlet = said.unwrap_or_else(|| feed.title.clone());
            feed.bloc = bloc.or(feed.bloc);
            writer.add_feed(&feed, Origin::Added, clock::now())?;
            lines.push(format!("added {} ({})", feed.title, feed.url));
        }
        Ok::<_, Failure>(())
    })?;
    output::text(&lines.join("\n"))
}

/// A question whether an address without its scheme is meant; nothing where the text is no such.
fn meant(text: &str) -> String {
    let whole = format!("https://{text}");
    let is_host = text.contains('.') && !text.contains("://") && is_address(&whole);
    if is_host { format!("; is {whole} meant?") } else { String::new() }
}

pub(super) fn is_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The feed at an address, or the one that the page there names, with its title.
fn find(config: &Settings, address: &str) -> Result<(String, Option<String>), Failure> {
    let mut address = address.to_owned();
    for _ in 0..2 {
        let told = |code: u8, reason: &str| Failure::new(code, format!("{address}: {reason}"));
        match probe::probe(config, &address, clock::now()).map_err(|error| told(FAILED, &error))? {
            Probed::Failed(failure) => {
                return Err(told(FAILED, &format!("{}: {}", failure.status.as_str(), failure.reason)));
            }
            Probed::Read(Ok(parsed)) => return Ok((address, parsed.title)),
            Probed::Read(Err(NotAFeed::Html { alternates })) if !alternates.is_empty() => {
                address.clone_from(&alternates[0].url);
            }
            Probed::Read(Err(error)) => return Err(told(BAD_DATA, &error.to_string())),
        }
    }
    Err(Failure::new(BAD_DATA, format!("{address}: the page names a feed that is none")))
}

/// An address as it may be shown over somebody's shoulder.
pub(super) fn without_password(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else { return url.to_owned() };
    // The first is so for most, and the second fails only for addresses without a host, which have no password.
    if parsed.password().is_none() || parsed.set_password(Some("***")).is_err() {
        return url.to_owned();
    }
    parsed.to_string()
}

/// Whether a person means this feed.
pub(super) fn is_named(row: &FeedRow, name: &str) -> bool {
    row.feed.url == name || row.feed.title == name
}

fn set_state(
    context: &Context,
    config: &Settings,
    names: &FeedNames,
    state: FeedState,
    done: &str,
) -> Result<(), Failure> {
    let _lock = context.lock()?;
    let mut store = open_synced(context, config)?;
    let rows = store.feeds()?;
    let mut chosen = Vec::new();
    for name in &names.feeds {
        let mut meant = rows.iter().filter(|row| is_named(row, name)).peekable();
        if meant.peek().is_none() {
            return Err(Failure::new(
                FAILED,
                format!("no feed has the address or the title `{name}`; see `kazbek feeds list`"),
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
    let lines: Vec<String> = chosen.iter().map(|row| format!("{} ({}) {done}", row.feed.title, row.feed.url)).collect();
    output::text(&lines.join("\n"))
}

fn import(context: &Context, config: &Settings, file: &std::path::Path) -> Result<(), Failure> {
    let list = opml::read(&output::read_all(file)?);
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
        output::complain(file, fault.line, &fault.kind.to_string());
    }
    output::text(&format!("{added} feeds added, {} known before", list.feeds.len() - added))?;
    let is_whole = list.faults.iter().all(|fault| matches!(fault.kind, OpmlFaultKind::Repeated { .. }));
    if is_whole { Ok(()) } else { Err(Failure::told(BAD_DATA)) }
}

fn export(context: &Context, config: &Settings) -> Result<(), Failure> {
    let rows = known(context, config)?;
    let feeds: Vec<Feed> = rows
        .into_iter()
        .filter(|row| matches!(row.state, FeedState::On | FeedState::Off))
        .map(|row| row.feed)
        .collect();
    output::text(&opml::write(&feeds))
}
