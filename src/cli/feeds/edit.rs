//! `feeds add`, `remove`, `enable`, `disable` and `import`: changes to the feeds in the store.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::list::{is_named, meant};
use crate::app::feed_list::FeedChange;
use crate::app::orders::Order;
use crate::app::probe::{self, Probed};
use crate::app::{clock, feed_list};
use crate::cli::context::{Context, Writing};
use crate::cli::failure::{BAD_DATA, FAILED, Failure};
use crate::cli::{input, output};
use crate::config::Settings;
use crate::dedup::Rules;
use crate::feed::opml;
use crate::feed::{FeedLink, NotAFeed, web_address};
use crate::model::{Feed, PressBloc};
use crate::poller::rate_limit::domain_of;
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
            return Err(Failure::new(BAD_DATA, format!("`{url}` is not an http or https address{}", meant(url))));
        };
        found.push(if unchecked { (address.into_owned(), None) } else { find(config, &address)? });
    }
    let mut lines = Vec::new();
    change(context, config, |rows| {
        let mut changes = Vec::new();
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
            lines.push(format!("added {} ({})", feed.title, without_passwords(&feed.url)));
            changes.push(FeedChange::Add(Box::new(feed)));
        }
        Ok(changes)
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

/// How many of the feeds that a page links to are tried.
const TRIED: usize = 5;

/// Returns the feed at an address, or the first of those that the page there links to that can be read, with its title.
fn find(config: &Settings, page: &str) -> Result<(String, Option<String>), Failure> {
    let links = match probe_feed(config, page)? {
        Found::Feed(title) => return Ok((page.to_owned(), title)),
        Found::Failed(failure) => return Err(failure),
        Found::Page(links) => links,
    };
    let mut first_failure = None;
    for link in links.iter().take(TRIED) {
        match probe_feed(config, &link.url)? {
            Found::Feed(title) => {
                let others: Vec<String> = links.iter().filter(|other| other.url != link.url).map(described).collect();
                if !others.is_empty() {
                    output::note(format!("{page} links to other feeds as well: {}", others.join(", ")));
                }
                return Ok((link.url.clone(), title));
            }
            Found::Failed(failure) => first_failure = first_failure.or(Some(failure)),
            Found::Page(_) => {}
        }
    }
    let no_feed = || Failure::new(BAD_DATA, format!("{page}: found no feed, only links from page to page"));
    Err(first_failure.unwrap_or_else(no_feed))
}

fn described(link: &FeedLink) -> String {
    let url = without_passwords(&link.url);
    if link.title.is_empty() { url.into_owned() } else { format!("{url} ({})", link.title) }
}

/// What is at an address.
enum Found {
    /// A feed, with its title.
    Feed(Option<String>),
    /// A page that links to feeds.
    Page(Vec<FeedLink>),
    /// Neither.
    Failed(Failure),
}

fn probe_feed(config: &Settings, address: &str) -> Result<Found, Failure> {
    let about = |code: u8, reason: &str| Failure::new(code, format!("{}: {reason}", without_passwords(address)));
    Ok(match probe::probe(config, address, clock::now()).map_err(|error| about(FAILED, &error))? {
        Probed::Failed(failure) => {
            Found::Failed(about(FAILED, &format!("{}: {}", failure.status.as_str(), failure.reason)))
        }
        Probed::Read(Ok(parsed)) => Found::Feed(parsed.title),
        Probed::Read(Err(NotAFeed::Html { alternates })) if !alternates.is_empty() => Found::Page(alternates),
        Probed::Read(Err(error)) => Found::Failed(about(BAD_DATA, &error.to_string())),
    })
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
    let mut added = HashSet::new();
    change(context, config, |rows| {
        let known: HashMap<String, &FeedRow> = rows.iter().map(|row| (opml::address_key(&row.feed.url), row)).collect();
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
        Ok(changes)
    })?;
    let added = added.len();
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
