//! Turning points: what changed, when, and the items that show it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::history::EvidenceItem;
use super::options::Pair;
use crate::model::{PressBloc, Tag};

/// The kind of change that a turning point marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurningKind {
    /// More items from more outlets than the baseline expects.
    Burst,
    /// An event that stands out by itself: a formal act that is rare for those concerned, or one that more outlets
    /// report than usual.
    Deed,
    /// The tone between two actors changed and stayed at the new level.
    RelationShift,
    /// The shares of rival names changed and stayed at the new level.
    NamingShift,
    /// A name that no item used before.
    NewName,
    /// The first peak of a storyline that returns for weeks.
    StorylineStart,
    /// The outlets of one bloc dropped a subject, or did not carry what others carried.
    Silence,
}

/// Whether relations became warmer or colder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Towards each other, or towards a name.
    Positive,
    /// Away from each other, or from a name.
    Negative,
}

/// A dated change with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TurningPoint {
    /// The day on which the change begins, in the report's time zone.
    pub date: Date,
    /// The kind of change.
    pub kind: TurningKind,
    /// The tags it concerns, the most significant first.
    pub tags: Vec<Tag>,
    /// The two actors, if it concerns a pair.
    pub pair: Option<Pair>,
    /// URLs of the items that show it, best first.
    pub urls: Vec<String>,
    /// What happened, in one line: for an event the best headline of its stories, otherwise an English sentence.
    pub title: String,
    /// Whom it concerns, and how many outlets reported it, in English: the line under the title.
    pub figures: String,
    /// Whether it concerns the region that the report is about, rather than the wider relations of its neighbours.
    pub is_regional: bool,
    /// Whether it brought the two actors closer or drove them apart; `None` if neither or if it concerns no pair.
    pub direction: Option<Direction>,
    /// Labels of the rival or new names, the rising one first; empty for the other kinds.
    pub names: Vec<String>,
    /// The bloc whose outlets changed, if not all blocs did.
    pub bloc: Option<PressBloc>,
    /// The day with the most items.
    pub peak: Date,
    /// The last day.
    pub end: Date,
    /// For a burst, the number of stories over its days, each counted once a day; otherwise the number of items that
    /// show the change.
    pub items: u32,
    /// How many items the baseline expected over these days.
    pub expected: f64,
    /// Outlets with an item that is not a copy.
    pub newsrooms: u32,
    /// How unusual it is, 0 to 1; comparable only within a kind.
    pub strength: f64,
    /// The items it rests on, best first. `urls` starts with their URLs.
    pub evidence: Vec<EvidenceItem>,
}
