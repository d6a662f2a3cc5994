//! Series, baselines, bursts, relations, naming, coverage: what moved, against what was to be expected, and on which items it rests.
//!
//! Pure. The store fills a [`History`] item by item and [`report`] reads it; the caller says which days, in which time zone. The module
//! knows no clock, no disk and no place of the world: tags, pairs and rival names are ids that the lexicon gave.
//!
//! Nothing depends on the order in which items were added. Duplicates count once, undated items count in no series, and a share is over
//! what was monitored on that day. The formulas and their sources stand in `docs/methods.md`.

mod baseline;
mod basis;
mod burst;
mod counts;
mod coverage;
mod distributions;
mod emerging;
mod event;
mod evidence;
mod false_discovery;
mod history;
mod known_events;
mod naming;
mod novelty;
mod options;
mod outlet_activity;
mod parallel;
mod relation;
mod report;
mod series;
mod story_weights;
mod storyline;
mod subject_series;
#[cfg(test)]
pub(crate) mod tests;
mod turning_point;

pub use basis::{EvidenceItem, ReportPeriod};
pub use counts::{Count, CountSeries, CountTable, MonitoredStep, Step, counts};
pub use coverage::{BlocCoverage, StoryCoverage};
pub use emerging::EmergingWord;
pub use history::{History, ItemFacts, NameUsed, ToneReading};
pub use known_events::{KnownEvents, KnownEventsError};
pub use naming::{NameMonth, NameShare, NamingView};
pub use options::{CalendarDay, Options, Pair};
pub use relation::{Level, RelationQuarter, RelationView, RelationWeek};
pub use report::{DayPanel, PanelSummary, TrendReport, report};
pub use series::{SeriesDay, TagSeries};
pub use storyline::{Peak, Storyline};
pub use turning_point::{Direction, TurningKind, TurningPoint};
