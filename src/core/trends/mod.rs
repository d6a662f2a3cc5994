//! Trend analysis: series, baselines, bursts, relations, naming and coverage, each with the items it rests on.
//!
//! This module is pure. The store fills a [`History`] item by item, and [`report()`] reads it; the caller chooses the
//! days and the time zone. There is no clock, no disk access and no knowledge of any particular country: tags, pairs
//! and rival names are ids that the lexicon provides.
//!
//! Results do not depend on the order in which items were added. A duplicate counts once, an undated item is in no
//! series, and a share is a share of what was monitored on that day. For formulas and their sources see
//! `docs/methods.md`.

mod baseline;
mod burst;
mod change_point;
mod cluster;
mod contradiction;
mod counts;
mod course;
mod coverage;
mod deed;
mod deed_kind;
mod distributions;
mod emerging;
mod event;
mod evidence;
mod false_discovery;
mod figure_series;
mod headline;
mod history;
mod known_events;
mod naming;
mod novelty;
mod options;
mod outlet_activity;
mod overview;
mod relation;
mod report;
mod series;
mod story_weights;
mod storyline;
mod subject_series;
#[cfg(test)]
mod tests;
mod turning_point;

pub use counts::{CountSeries, CountTable, Step, counts};
pub use course::{Phase, PhaseEvent, days_in_words};
pub use coverage::{BlocCoverage, StoryCoverage};
pub use emerging::EmergingWord;
pub use history::{EvidenceItem, History, ItemFacts, NameUsed, ToneReading};
pub use known_events::KnownEvents;
pub use naming::{NameMonth, NameShare, NamingView};
pub use options::{CalendarDay, Options, Pair, ReportPeriod};
pub use overview::{FEW_STORIES, OverviewSentence};
pub use relation::{Level, RelationQuarter, RelationView, RelationWeek};
pub use report::{TrendReport, report};
pub use series::{SeriesDay, TagSeries};
pub use storyline::{Peak, Storyline};
pub use turning_point::{Direction, TurningKind, TurningPoint};
