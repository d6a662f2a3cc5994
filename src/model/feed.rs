//! Feeds: what the feed list says of one, and what its bytes say.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::item::Item;
use super::word::UnknownWord;

/// The vantage from which an outlet reports; context for a reader, never evidence for a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum PressBloc {
    RussianState,
    RussianIndependent,
    Armenian,
    Azerbaijani,
    GeorgianGovernment,
    GeorgianIndependent,
    Abkhaz,
    Ossetian,
    NorthCaucasus,
    Turkish,
    Iranian,
    Ukrainian,
    Western,
    International,
}

impl PressBloc {
    /// Every bloc, in the order in which reports list them.
    pub const ALL: [PressBloc; 14] = [
        PressBloc::RussianState,
        PressBloc::RussianIndependent,
        PressBloc::Armenian,
        PressBloc::Azerbaijani,
        PressBloc::GeorgianGovernment,
        PressBloc::GeorgianIndependent,
        PressBloc::Abkhaz,
        PressBloc::Ossetian,
        PressBloc::NorthCaucasus,
        PressBloc::Turkish,
        PressBloc::Iranian,
        PressBloc::Ukrainian,
        PressBloc::Western,
        PressBloc::International,
    ];

    /// The stable id, as it stands in OPML, in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            PressBloc::RussianState => "russian-state",
            PressBloc::RussianIndependent => "russian-independent",
            PressBloc::Armenian => "armenian",
            PressBloc::Azerbaijani => "azerbaijani",
            PressBloc::GeorgianGovernment => "georgian-government",
            PressBloc::GeorgianIndependent => "georgian-independent",
            PressBloc::Abkhaz => "abkhaz",
            PressBloc::Ossetian => "ossetian",
            PressBloc::NorthCaucasus => "north-caucasus",
            PressBloc::Turkish => "turkish",
            PressBloc::Iranian => "iranian",
            PressBloc::Ukrainian => "ukrainian",
            PressBloc::Western => "western",
            PressBloc::International => "international",
        }
    }
}

impl fmt::Display for PressBloc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PressBloc {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        PressBloc::ALL.into_iter().find(|bloc| bloc.as_str() == word).ok_or_else(|| UnknownWord {
            word: word.to_owned(),
            expected: PressBloc::ALL.map(PressBloc::as_str).join(", "),
        })
    }
}

/// A feed as the feed list names it: where it is and who publishes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Address that is polled; http or https.
    pub url: String,
    /// Name for people; the feed's own title where the list gives none.
    pub title: String,
    /// Who publishes it; several feeds may share one outlet.
    pub outlet: String,
    /// BCP 47 language the list declares, e.g. `ru`; items may say otherwise.
    pub language: Option<String>,
    /// Country code the list declares, e.g. `GE`.
    pub country: Option<String>,
    /// The outlet's vantage.
    pub bloc: Option<PressBloc>,
    /// What the publisher is: `state`, `aligned`, `independent`, `official`, `think-tank`, `international`.
    pub kind: Option<String>,
    /// Group of the list that it stands in, e.g. `Georgia`.
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
    /// What was odd, broken or mended, one line each.
    pub warnings: Vec<String>,
}

/// What a publisher asks of pollers inside the feed: RSS 2.0 `ttl`, `skipHours`, `skipDays`, and RSS 1.0 module Syndication.
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
