//! The turning points of a report: what changed, when, and the items that show it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::basis::EvidenceItem;
use super::options::Pair;
use crate::model::PressBloc;

/// What sort of change a turning point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurningKind {
    /// More items from more newsrooms than the baseline lets expect.
    Burst,
    /// The tone between two actors changed and stayed.
    RelationShift,
    /// The shares of rival names changed and stayed.
    NamingShift,
    /// A name that was not there before.
    NewName,
    /// The first peak of a thread that comes back for weeks.
    StorylineStart,
    /// Outlets of one vantage dropped a subject, or kept silent on what others carried.
    Silence,
}

/// Whether relations became warmer or colder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Direction {
    Positive,
    Negative,
}

/// A dated change with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TurningPoint {
    /// The day on which it begins, in the report's zone.
    pub date: Date,
    /// What sort of change.
    pub kind: TurningKind,
    /// What it concerns, the most telling tag first.
    pub tags: Vec<String>,
    /// The two actors, where it concerns a pair.
    pub pair: Option<Pair>,
    /// Addresses of the items that show it, best first.
    pub urls: Vec<String>,
    /// One English sentence.
    pub title: String,
    /// Which way a relation moved.
    pub direction: Option<Direction>,
    /// Labels of the rival or new names, the rising one first.
    pub names: Vec<String>,
    /// The vantage whose outlets changed, where it is not all.
    pub bloc: Option<PressBloc>,
    /// The day with the most items.
    pub peak: Date,
    /// Its last day.
    pub end: Date,
    /// Stories of a burst from its first to its last day, each once a day; else the items that show the change.
    pub items: u32,
    /// How many the baseline expected in these days.
    pub expected: f64,
    /// Newsrooms with a text of their own.
    pub newsrooms: u32,
    /// 0 to 1: how far it stands out; comparable within a kind.
    pub strength: f64,
    /// The items behind it, best first; `urls` are theirs.
    pub evidence: Vec<EvidenceItem>,
}
