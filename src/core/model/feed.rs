//! Feeds: what the feed list says of one, and what its bytes say.

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::bloc::PressBloc;
use super::item::Item;

/// A feed as the feed list names it: where it is and who publishes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Address that is polled; http or https.
    pub url: String,
    /// Addresses of the outlet's sites, separated by spaces, if the list gives them: a feed may be on another domain
    /// than the pages it links to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Name for people; the feed's own title if the list gives none.
    pub title: String,
    /// Who publishes it; several feeds may share one outlet.
    pub outlet: String,
    /// BCP 47 language the list declares, e.g. `ru`; items may say otherwise.
    pub language: Option<String>,
    /// Country code the list declares, e.g. `GE`.
    pub country: Option<String>,
    /// The side from which the outlet reports, if the list gives it.
    pub bloc: Option<PressBloc>,
    /// What the publisher is: `state`, `aligned`, `independent`, `official`, `think-tank`, `international`;
    /// `aggregator` if it lists pages of others.
    pub kind: Option<String>,
    /// Group of the list that it is in, e.g. `Georgia`.
    pub group: Option<String>,
}

/// The dialect a feed was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FeedFormat {
    /// RSS 0.9, 0.91, 0.92, 0.93, 0.94.
    #[serde(rename = "rss-0.9")]
    Rss09,
    /// RSS 1.0, which is RDF.
    #[serde(rename = "rss-1.0")]
    Rss10,
    /// RSS 2.0.
    #[serde(rename = "rss-2.0")]
    Rss20,
    /// Atom 0.3.
    #[serde(rename = "atom-0.3")]
    Atom03,
    /// Atom 1.0, RFC 4287.
    #[serde(rename = "atom-1.0")]
    Atom10,
    /// JSON Feed 1.0 or 1.1.
    #[serde(rename = "json-feed")]
    JsonFeed,
}

/// What a feed's bytes say: its head, its items in document order, and what had to be mended on the way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParsedFeed {
    /// Title of the feed, plain text.
    pub title: Option<String>,
    /// Absolute address of the site that the feed belongs to.
    pub link: Option<String>,
    /// The dialect that was read.
    pub format: FeedFormat,
    /// BCP 47 language that the feed declares.
    pub language: Option<String>,
    /// What the publisher asks of pollers.
    #[serde(skip)]
    pub hints: PublisherHints,
    /// The items in document order.
    pub items: Vec<Item>,
    /// The number of older items that were left out because there were too many.
    #[serde(skip_serializing_if = "is_zero")]
    pub items_left_out: usize,
    /// What was odd, broken or mended, one line each.
    pub warnings: Vec<String>,
    /// Whether the document was read to its end; one that breaks off may have had more items.
    #[serde(skip)]
    pub is_whole: bool,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What a publisher asks of pollers inside the feed: RSS 2.0 `ttl`, `skipHours`, `skipDays`, and RSS 1.0 module
/// Syndication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PublisherHints {
    /// RSS `ttl`: minutes for which the feed may be cached.
    pub ttl_minutes: Option<u32>,
    /// RSS `skipHours`: hours of the day in GMT, 0 to 23, without news.
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`: days of the week in GMT without news.
    #[serde(skip)]
    pub skip_days: Vec<Weekday>,
    /// `sy:updatePeriod` divided by `sy:updateFrequency`, in seconds.
    pub update_interval_secs: Option<u64>,
}
