//! The input of an issue: plain values that whoever holds the items fills in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Period, PressBloc, Scope, Tag};
use crate::trends::TrendReport;

/// The appearance of an item in a further feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// The outlet that publishes the feed.
    pub outlet: String,
    /// The title of the feed.
    pub feed_title: String,
    /// The press bloc of the outlet.
    pub bloc: Option<PressBloc>,
    /// The language of the feed or the item as a BCP 47 tag.
    pub language: Option<String>,
    /// When the item was first seen there.
    pub first_seen: Timestamp,
}

/// An item of the period that is in scope.
#[derive(Clone, Debug, PartialEq)]
pub struct DigestItem {
    /// The item's id in the store.
    pub id: i64,
    /// The title, plain text; may be empty.
    pub title: String,
    /// The summary, plain text.
    pub summary: Option<String>,
    /// The URL of the item's page; omitted from the issue unless it is http or https.
    pub url: Option<String>,
    /// The outlet that published it.
    pub outlet: String,
    /// The title of the feed in which it was first seen.
    pub feed_title: String,
    /// The press bloc of the outlet.
    pub bloc: Option<PressBloc>,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
    /// When it was published, according to the publisher.
    pub published: Option<Timestamp>,
    /// When it was first seen in any feed.
    pub first_seen: Timestamp,
    /// When it appeared: when it was first seen, or, if it was there before anybody looked, when it was published
    /// according to the publisher.
    pub appeared: Timestamp,
    /// The part of the scope that it concerns.
    pub scope: Scope,
    /// How relevant it is to the scope, 0 to 1.
    pub score: f32,
    /// The tags, in any order.
    pub tags: Vec<Tag>,
    /// The tags that already follow from its title, in any order.
    pub title_tags: Vec<Tag>,
    /// The id of the item that this one is a copy of.
    pub duplicate_of: Option<i64>,
    /// The id of its story.
    pub story: Option<i64>,
    /// Further feeds in which the item appeared; the first feed may be among them.
    pub sightings: Vec<Sighting>,
    /// The label of the latest earlier issue of the same cadence that carried its story, e.g. `2026-11-22`. The story
    /// is then repeated only if there is something new, and is marked as a follow-up.
    pub in_earlier_issue: Option<String>,
}

/// A feed that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FailingFeed {
    /// The title of the feed.
    pub title: String,
    /// The reason, in one line.
    pub reason: String,
}

/// A feed that lost items because it turned over completely between two polls.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rollover {
    /// The title of the feed.
    pub title: String,
    /// How often this happened in the period.
    pub times: u32,
}

/// A time in which a feed, or all feeds, were due but not polled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The title of the feed; `None` for all feeds, when the daemon was down.
    pub title: Option<String>,
    /// When the gap began.
    pub from: Timestamp,
    /// When the gap ended.
    pub until: Timestamp,
}

/// The sources of an issue and their health, printed in its footer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// Feeds that were to be polled in the period.
    pub feeds_total: u32,
    /// Feeds that were read at least once in the period.
    pub feeds_alive: u32,
    /// Feeds that could not be read in the period, and why.
    pub feeds_failing: Vec<FailingFeed>,
    /// Feeds that lost items between polls.
    pub rollovers: Vec<Rollover>,
    /// Times without polls, which are gaps in monitoring.
    pub gaps: Vec<Gap>,
    /// Items of the largest document of each feed on each day, new or not.
    pub items_seen: u64,
    /// Items that were new.
    pub items_new: u64,
    /// Further items new to their feed that repeat one of another feed.
    pub duplicates: u64,
    /// New items that were tagged as in scope.
    pub items_in_scope: u64,
    /// The version of the lexicon that tagged the items.
    pub lexicon_version: String,
    /// If the period had not ended when the issue was made: the time of the last ingestion, up to which it is complete.
    pub complete_until: Option<Timestamp>,
}

/// That no feed could be reached when an issue was written, although it had waited for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// When a feed was last reached; `None` if none ever was.
    pub since: Option<Timestamp>,
}

/// Everything an issue is made from.
#[derive(Clone, Debug)]
pub(crate) struct DigestInput {
    /// The days that the issue covers.
    pub period: Period,
    /// The items of the period in scope, in any order.
    pub items: Vec<DigestItem>,
    /// What was monitored.
    pub panel: Panel,
    /// English labels of tags.
    pub labels: BTreeMap<String, String>,
    /// The trend report of the same days, if there is one; it provides the turning points.
    pub trends: Option<TrendReport>,
    /// The number of the issue within its cadence; `None` if the issue is not frozen.
    pub number: Option<u32>,
    /// That no feed could be reached when the issue was written; `None` if feeds were.
    pub unreached: Option<Unreached>,
    /// Items dated before the period that arrived after the issue that should have contained them, in any order.
    pub late: Vec<DigestItem>,
    /// Changes to items that earlier issues printed, in any order.
    pub changes: Vec<Change>,
}

/// A change to an item after an issue printed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The item's id in the store.
    pub item_id: i64,
    /// The label of the last issue that printed it.
    pub issue: String,
    /// The title as printed.
    pub printed: String,
    /// The current title.
    pub title: String,
    /// Whether it is no longer in scope.
    pub is_withdrawn: bool,
    /// The URL of the item's page.
    pub url: Option<String>,
    /// The outlet that published it.
    pub outlet: String,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
}
