//! Finds the feed that a person means by an address, and describes it for the store.

use std::collections::HashSet;

use jiff::Timestamp;

use super::probe::{self, Probed};
use crate::config::Settings;
use crate::dedup::{Rules, RulesError};
use crate::feed::{FeedLink, NotAFeed, opml, web_address};
use crate::model::{Feed, PressBloc};
use crate::poller::rate_limit::domain_of;
use crate::store::{FeedRow, FeedState};
use crate::text::sanitize::without_passwords;

/// How many of the feeds that a page links to are tried.
const TRIED: usize = 5;

/// How many of the pages to which these links lead are read on.
const PAGES: usize = 2;

/// A feed that was found at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundFeed {
    /// Its address.
    pub(crate) url: String,
    /// Its title, if it was read and has one.
    pub(crate) title: Option<String>,
    /// The other feeds that the page links to, in words.
    pub(crate) others: Vec<String>,
}

/// Why there is no feed at an address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoveryError {
    /// It is no address of the web.
    #[error("`{0}` is not an http or https address")]
    NoAddress(String),
    /// What is there cannot be fetched.
    #[error("{0}")]
    NotFetched(String),
    /// What is there is no feed, and does not link to one that can be read.
    #[error("{0}")]
    NoFeed(String),
}

/// Returns the feed at an address, or the first of those that the page there links to that can be read and has items. A
/// podcast gives way to news, and a feed without items to both. The links of the head of the page come first, then those
/// of its text, then those of the pages to which these lead: a list of the feeds of a site.
///
/// # Errors
/// Fails if there is none, or if nothing can be fetched.
pub(crate) fn find(config: &Settings, address: &str, now: Timestamp) -> Result<FoundFeed, DiscoveryError> {
    let page = web_address(address).ok_or_else(|| DiscoveryError::NoAddress(address.to_owned()))?;
    let links = match look(config, &page, now)? {
        Found::Feed(title) | Found::Podcast(title) | Found::Empty(title) => {
            return Ok(FoundFeed { url: page.into_owned(), title, others: Vec::new() });
        }
        Found::Failed(error) => return Err(error),
        Found::Page(links) => links,
    };
    let mut tried = Tried { seen: HashSet::from([page.to_string()]), ..Tried::default() };
    for is_in_text in [false, true] {
        let links: Vec<FeedLink> = links.iter().filter(|link| link.is_in_text == is_in_text).cloned().collect();
        if let Some(found) = tried.first_of(config, &links, now)? {
            return Ok(found);
        }
    }
    let pages = std::mem::take(&mut tried.pages);
    for links in pages.iter().take(PAGES) {
        if let Some(found) = tried.first_of(config, links, now)? {
            return Ok(found);
        }
    }
    if let Some(found) = tried.podcast.or(tried.empty) {
        return Ok(found);
    }
    let no_feed = || DiscoveryError::NoFeed(format!("{page}: found no feed, only links from page to page"));
    Err(tried.error.unwrap_or_else(no_feed))
}

/// What was found on the way to a feed with news.
#[derive(Debug, Default)]
struct Tried {
    seen: HashSet<String>,
    podcast: Option<FoundFeed>,
    empty: Option<FoundFeed>,
    /// What the first feed that cannot be read failed with.
    error: Option<DiscoveryError>,
    /// The links of pages to which links lead.
    pages: Vec<Vec<FeedLink>>,
}

impl Tried {
    /// Returns the first of some links that leads to a feed with news.
    fn first_of(
        &mut self,
        config: &Settings,
        links: &[FeedLink],
        now: Timestamp,
    ) -> Result<Option<FoundFeed>, DiscoveryError> {
        let found = |link: &FeedLink, title| {
            let others = links.iter().filter(|other| other.url != link.url).map(described).collect();
            FoundFeed { url: link.url.clone(), title, others }
        };
        for link in links.iter().take(TRIED) {
            if !self.seen.insert(link.url.clone()) {
                continue;
            }
            match look(config, &link.url, now)? {
                Found::Feed(title) => return Ok(Some(found(link, title))),
                Found::Podcast(title) => self.podcast = self.podcast.take().or_else(|| Some(found(link, title))),
                Found::Empty(title) => self.empty = self.empty.take().or_else(|| Some(found(link, title))),
                Found::Failed(error) => self.error = self.error.take().or(Some(error)),
                Found::Page(links) => self.pages.push(links),
            }
        }
        Ok(None)
    }
}

fn described(link: &FeedLink) -> String {
    let url = without_passwords(&link.url);
    if link.title.is_empty() { url.into_owned() } else { format!("{url} ({})", link.title) }
}

/// What is at an address.
enum Found {
    /// A feed, with its title.
    Feed(Option<String>),
    /// A feed of recordings, with its title.
    Podcast(Option<String>),
    /// A feed without items, with its title.
    Empty(Option<String>),
    /// A page that links to feeds.
    Page(Vec<FeedLink>),
    /// Neither.
    Failed(DiscoveryError),
}

fn look(config: &Settings, address: &str, now: Timestamp) -> Result<Found, DiscoveryError> {
    let about = |reason: &str| format!("{}: {reason}", without_passwords(address));
    let probed = probe::probe(config, address, now).map_err(|error| DiscoveryError::NotFetched(about(&error)))?;
    Ok(match probed {
        Probed::Failed(failure) => {
            let reason = about(&format!("{}: {}", failure.status.as_str(), failure.reason));
            Found::Failed(DiscoveryError::NotFetched(reason))
        }
        Probed::Read { read: Ok(parsed), .. } if parsed.items.is_empty() => Found::Empty(parsed.title),
        Probed::Read { read: Ok(parsed), is_podcast: true } => Found::Podcast(parsed.title),
        Probed::Read { read: Ok(parsed), .. } => Found::Feed(parsed.title),
        Probed::Read { read: Err(NotAFeed::Html { alternates }), .. } if !alternates.is_empty() => {
            Found::Page(alternates)
        }
        Probed::Read { read: Err(error), .. } => Found::Failed(DiscoveryError::NoFeed(about(&error.to_string()))),
    })
}

/// What a found feed is to the store.
#[derive(Debug)]
pub(crate) enum Addition {
    /// It is polled already, and nothing new was said about it.
    Known(Feed),
    /// It is to be added, or described anew.
    New {
        /// The feed. What the store knows of it stays, except what was said.
        feed: Feed,
        /// The agency whose name its title is, although it is not on the agency's domain.
        borrowed_name: Option<String>,
    },
}

/// Describes a found feed with what is said about it and what the store knows.
///
/// # Errors
/// Fails if the names of agencies cannot be read.
pub(crate) fn addition(
    rows: &[FeedRow],
    found: &FoundFeed,
    outlet: Option<&str>,
    bloc: Option<PressBloc>,
) -> Result<Addition, RulesError> {
    let known = rows.iter().find(|row| opml::address_key(&row.feed.url) == opml::address_key(&found.url));
    let mut feed = match known {
        Some(row) => row.feed.clone(),
        None => Feed {
            url: found.url.clone(),
            title: found.title.clone().unwrap_or_else(|| without_passwords(&found.url).into_owned()),
            ..Feed::default()
        },
    };
    if known.is_some_and(|row| row.state == FeedState::On) && outlet.is_none() && bloc.is_none() {
        return Ok(Addition::Known(feed));
    }
    let mut borrowed_name = None;
    feed.outlet = match (outlet, known) {
        (Some(outlet), _) => outlet.to_owned(),
        (None, Some(row)) => row.feed.outlet.clone(),
        (None, None) if is_its_own_name(&feed)? => feed.title.clone(),
        (None, None) => {
            borrowed_name = Some(feed.title.clone());
            domain_of(&feed.url)
        }
    };
    feed.bloc = bloc.or(feed.bloc);
    Ok(Addition::New { feed, borrowed_name })
}

/// Returns whether the title of a feed, which its publisher chose, can be the name of its outlet. Anyone can choose the
/// name of an agency, so it is believed only of a feed on a domain of that name.
fn is_its_own_name(feed: &Feed) -> Result<bool, RulesError> {
    let rules = Rules::built_in()?;
    let domain = domain_of(&feed.url);
    let named = rules.texts.agency(&feed.title);
    Ok(named.is_none() || named == domain.split('.').next().and_then(|label| rules.texts.agency(label)))
}
