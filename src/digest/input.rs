//! What an issue is made from: plain values, filled by whoever holds the items.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Period, PressBloc, Scope};
use crate::trends::TrendReport;

/// One item standing in one more feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// Who publishes the feed.
    pub outlet: String,
    /// The feed's name for people.
    pub feed_title: String,
    /// The outlet's vantage.
    pub bloc: Option<PressBloc>,
    /// BCP 47 language of the feed or the item.
    pub language: Option<String>,
    /// When it was first seen there.
    pub first_seen: Timestamp,
}

/// An item of the period that is in scope.
#[derive(Clone, Debug, PartialEq)]
pub struct DigestItem {
    /// The store's id; ties nothing but itself.
    pub id: i64,
    /// Title, plain text; may be empty.
    pub title: String,
    /// The short text, plain.
    pub summary: Option<String>,
    /// Address for people; anything but http and https is left out.
    pub url: Option<String>,
    /// Who published it.
    pub outlet: String,
    /// The feed that brought it first.
    pub feed_title: String,
    /// The outlet's vantage.
    pub bloc: Option<PressBloc>,
    /// BCP 47 language.
    pub language: Option<String>,
    /// When it was published, as the publisher says.
    pub published: Option<Timestamp>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// How it lies to the beat.
    pub scope: Scope,
    /// 0 to 1: how much it is about the scope.
    pub score: f32,
    /// Its tags, in any order.
    pub tags: Vec<String>,
    /// Those of its tags that its title shows, in any order.
    pub title_tags: Vec<String>,
    /// The item whose text this one copies.
    pub duplicate_of: Option<i64>,
    /// The story that it belongs to.
    pub story: Option<i64>,
    /// Further feeds in which the same item stood; the first may be among them or not.
    pub sightings: Vec<Sighting>,
    /// The label of the latest earlier issue of the same cadence that carried its story, e.g. `2026-11-22`. The story then stands in this
    /// issue only where it moved, and is marked as a follow-up.
    pub in_earlier_issue: Option<String>,
}

/// A feed that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FailingFeed {
    /// The feed's name for people.
    pub title: String,
    /// Why, in one line.
    pub reason: String,
}

/// A feed that lost items between two polls: it had turned over entirely.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rollover {
    /// The feed's name for people.
    pub title: String,
    /// How often in the period.
    pub times: u32,
}

/// A time in which a feed, or all of them, was not polled though it was due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The feed's name; none for all feeds (the daemon was down).
    pub title: Option<String>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// What the issue rests on: the honest foot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// Feeds that were to be polled in the period.
    pub feeds_total: u32,
    /// Feeds that were read at least once in the period.
    pub feeds_alive: u32,
    /// Feeds that were not, and why.
    pub feeds_failing: Vec<FailingFeed>,
    /// Feeds that lost items between polls.
    pub rollovers: Vec<Rollover>,
    /// Times without polls. A missing poll is a gap, not a zero.
    pub gaps: Vec<Gap>,
    /// Items that stood in the feeds.
    pub items_seen: u64,
    /// Items that were new.
    pub items_new: u64,
    /// New items that copied another.
    pub duplicates: u64,
    /// New items that were tagged as in scope.
    pub items_in_scope: u64,
    /// Version of the lexicon that tagged them.
    pub lexicon_version: String,
    /// Where the period was still running when the issue was made: the instant up to which it is complete, that is, at which something was last taken in.
    pub complete_until: Option<Timestamp>,
}

/// Everything an issue is made from.
#[derive(Clone, Debug)]
pub struct DigestInput {
    /// The period.
    pub period: Period,
    /// The items of the period in scope, in any order.
    pub items: Vec<DigestItem>,
    /// What was monitored.
    pub panel: Panel,
    /// English labels of tags.
    pub labels: BTreeMap<String, String>,
    /// The trend report of the same days, where there is one: what moved is taken from it.
    pub trends: Option<TrendReport>,
    /// Number of the issue within its cadence; none where it is not frozen.
    pub number: Option<u32>,
    /// Items dated before the period that came in after the issue that should have held them, in any order.
    pub late: Vec<DigestItem>,
    /// What changed of what earlier issues printed, in any order.
    pub changes: Vec<Change>,
}

/// What became of an item after an issue had printed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The store's id of the item.
    pub item_id: i64,
    /// Label of the issue that printed it last.
    pub issue: String,
    /// The title as it was printed.
    pub printed: String,
    /// The title of today.
    pub title: String,
    /// Whether it no longer counts to the beat.
    pub is_withdrawn: bool,
    /// Address for people.
    pub url: Option<String>,
    /// Who published it.
    pub outlet: String,
    /// BCP 47 language.
    pub language: Option<String>,
}
