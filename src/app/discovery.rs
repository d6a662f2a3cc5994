//! Finds the feed that a person means by an address, and describes it for the store.

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

/// Returns the feed at an address, or the first of those that the page there links to that can be read and has items; if
/// none has any, the first that can be read.
///
/// # Errors
/// Fails if there is none, or if nothing can be fetched.
pub(crate) fn find(config: &Settings, address: &str, now: Timestamp) -> Result<FoundFeed, DiscoveryError> {
    let page = web_address(address).ok_or_else(|| DiscoveryError::NoAddress(address.to_owned()))?;
    let links = match look(config, &page, now)? {
        Found::Feed(title) | Found::Empty(title) => {
            return Ok(FoundFeed { url: page.into_owned(), title, others: Vec::new() });
        }
        Found::Failed(error) => return Err(error),
        Found::Page(links) => links,
    };
    let found = |link: &FeedLink, title| {
        let others = links.iter().filter(|other| other.url != link.url).map(described).collect();
        FoundFeed { url: link.url.clone(), title, others }
    };
    let (mut first_error, mut first_empty) = (None, None);
    for link in links.iter().take(TRIED) {
        match look(config, &link.url, now)? {
            Found::Feed(title) => return Ok(found(link, title)),
            Found::Empty(title) => first_empty = first_empty.or_else(|| Some(found(link, title))),
            Found::Failed(error) => first_error = first_error.or(Some(error)),
            Found::Page(_) => {}
        }
    }
    if let Some(empty) = first_empty {
        return Ok(empty);
    }
    let no_feed = || DiscoveryError::NoFeed(format!("{page}: found no feed, only links from page to page"));
    Err(first_error.unwrap_or_else(no_feed))
}

fn described(link: &FeedLink) -> String {
    let url = without_passwords(&link.url);
    if link.title.is_empty() { url.into_owned() } else { format!("{url} ({})", link.title) }
}

/// What is at an address.
enum Found {
    /// A feed, with its title.
    Feed(Option<String>),
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
        Probed::Read(Ok(parsed)) if parsed.items.is_empty() => Found::Empty(parsed.title),
        Probed::Read(Ok(parsed)) => Found::Feed(parsed.title),
        Probed::Read(Err(NotAFeed::Html { alternates })) if !alternates.is_empty() => Found::Page(alternates),
        Probed::Read(Err(error)) => Found::Failed(DiscoveryError::NoFeed(about(&error.to_string()))),
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
