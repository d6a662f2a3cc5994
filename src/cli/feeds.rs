//! `feeds`: the feeds and their health.

use std::io::Write;

use serde::Serialize;

use super::context::Context;
use super::failure::{BAD_DATA, FAILED, Failure};
use super::{FeedNames, FeedsCommand, output};
use crate::config::Config;
use crate::daemon::{clock, looking};
use crate::feed::{self, NotAFeed, Source, opml};
use crate::model::{Feed, PressBloc};
use crate::poller::schedule::Rhythm;
use crate::store::{FeedRow, FeedState, FetchEvent, Origin, Store};

pub(super) fn feeds(context: &Context, command: FeedsCommand) -> Result<(), Failure> {
    let config = context.config()?;
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
        FeedsCommand::Check { target, json } => check(context, &config, &target, json),
        FeedsCommand::Import { file } => import(context, &config, &file),
        FeedsCommand::Export => export(context, &config),
    }
}

/// The store with the feed list in it, for a command that changes feeds.
fn open_synced(context: &Context, config: &Config) -> Result<Store, Failure> {
    let mut store = context.open()?;
    store.write(|writer| writer.sync_feeds(&config.feeds, clock::now()))?;
    Ok(store)
}

/// The feeds of the store; before the first poll, those of the feed list.
fn known(context: &Context, config: &Config) -> Result<Vec<FeedRow>, Failure> {
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

fn list(context: &Context, config: &Config, json: bool, failing: bool) -> Result<(), Failure> {
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
        writeln!(out, "                 {}", row.feed.url)?;
        if let Some(reason) = listed.reason {
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
    config: &Config,
    urls: &[String],
    outlet: Option<&str>,
    bloc: Option<PressBloc>,
    unchecked: bool,
) -> Result<(), Failure> {
    let mut found = Vec::new();
    for url in urls {
        if !is_address(url) {
            return Err(Failure::new(BAD_DATA, format!("`{url}` is no http or https address")));
        }
        let (url, title) = if unchecked { (url.clone(), None) } else { find(config, url)? };
        let title = title.unwrap_or_else(|| url.clone());
        let outlet = outlet.map_or_else(|| title.clone(), str::to_owned);
        found.push(Feed { url, title, outlet, bloc, ..Feed::default() });
    }
    let _lock = context.lock()?;
    let mut store = open_synced(context, config)?;
    store.write(|writer| {
        for feed in &found {
            writer.add_feed(feed, Origin::Added, clock::now())?;
        }
        Ok::<_, Failure>(())
    })?;
    let lines: Vec<String> = found.iter().map(|feed| format!("added {} ({})", feed.title, feed.url)).collect();
    output::text(&lines.join("\n"))
}

fn is_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The feed at an address, or the one that the page there names, with its title.
fn find(config: &Config, address: &str) -> Result<(String, Option<String>), Failure> {
    let mut address = address.to_owned();
    for _ in 0..2 {
        let looked =
            looking::look(config, &address).map_err(|message| Failure::new(FAILED, format!("{address}: {message}")))?;
        match looked.parsed {
            Ok(parsed) => return Ok((address, parsed.title)),
            Err(NotAFeed::Html { alternates }) if !alternates.is_empty() => {
                address.clone_from(&alternates[0].url);
            }
            Err(error) => return Err(Failure::new(BAD_DATA, format!("{address}: {error}"))),
        }
    }
    Err(Failure::new(BAD_DATA, format!("{address}: the page names a feed that is none")))
}

/// Whether a person means this feed.
pub(super) fn is_named(row: &FeedRow, name: &str) -> bool {
    row.feed.url == name || row.feed.title == name
}

fn set_state(
    context: &Context,
    config: &Config,
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

/// What `feeds check --json` gives.
#[derive(Serialize)]
struct Checked<'a> {
    target: &'a str,
    status: &'a str,
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed: Option<crate::model::ParsedFeed>,
    events: Vec<FetchEvent>,
}

fn check(context: &Context, config: &Config, target: &str, json: bool) -> Result<(), Failure> {
    let (status, parsed) = if is_address(target) {
        let looked =
            looking::look(config, target).map_err(|message| Failure::new(FAILED, format!("{target}: {message}")))?;
        (looked.status, looked.parsed)
    } else {
        let bytes = output::read_all(std::path::Path::new(target))?;
        ("file", feed::parse(&bytes, &Source::at(clock::now())))
    };
    let reason = parsed.as_ref().err().map(ToString::to_string);
    let events = match context.open_read_only() {
        Ok(store) => store.feed(target)?.map(|row| store.fetch_events(row.id)).transpose()?.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let is_feed = parsed.is_ok();
    if json {
        output::json(&Checked { target, status, reason: reason.as_deref(), feed: parsed.ok(), events })?;
    } else {
        if let Ok(parsed) = &parsed {
            super::inspect::print_feed(parsed)?;
        }
        let mut out = output::stdout();
        if !events.is_empty() {
            writeln!(out, "\nlast fetches:")?;
        }
        for event in &events {
            let reason = event.reason.as_deref().unwrap_or_default();
            writeln!(
                out,
                "  {}  {:<14} {:>8} bytes  {:>4} items, {:>3} new  {reason}",
                event.at, event.status, event.size_bytes, event.items_seen, event.items_new
            )?;
        }
        out.flush()?;
    }
    match reason {
        Some(_) if is_feed => Ok(()),
        Some(reason) => Err(Failure::new(BAD_DATA, format!("{target}: {reason}"))),
        None => Ok(()),
    }
}

fn import(context: &Context, config: &Config, file: &std::path::Path) -> Result<(), Failure> {
    let bytes = output::read_all(file)?;
    let feeds = opml::read(&bytes).map_err(|error| Failure::new(BAD_DATA, format!("{}: {error}", file.display())))?;
    let _lock = context.lock()?;
    let mut store = open_synced(context, config)?;
    let before = store.feeds()?.len();
    store.write(|writer| {
        for feed in &feeds {
            writer.add_feed(feed, Origin::Added, clock::now())?;
        }
        Ok::<_, Failure>(())
    })?;
    let added = store.feeds()?.len() - before;
    output::text(&format!("{added} feeds added, {} known before", feeds.len() - added))
}

fn export(context: &Context, config: &Config) -> Result<(), Failure> {
    let rows = known(context, config)?;
    let feeds: Vec<Feed> = rows
        .into_iter()
        .filter(|row| matches!(row.state, FeedState::On | FeedState::Off))
        .map(|row| row.feed)
        .collect();
    output::text(&opml::write(&feeds))
}
