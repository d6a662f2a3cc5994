//! Composes issues: chooses the stories of a period, ranks them and arranges them in sections.
//!
//! This module is pure: the store provides the items of a period as plain values, [`compose()`] makes a [`Digest`] of
//! them, and `render::digest` writes it. The same input gives the same bytes, in whatever order the items come.
//! Sections, quotas and weights are data ([`SectionPlan`]).
//!
//! Everything from a feed is cleaned when it is taken in (one line, no control characters, only http and https URLs)
//! and escaped when it is written.

mod compose;
mod corrections;
mod headline;
mod input;
mod model;
mod out_feed;
mod plan;
mod rank;
mod relation_trend;
mod review;
mod schedule;
mod sections;
mod sources;
mod story;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use compose::{Composition, Options, compose};
pub(crate) use headline::{cut, letters, tidy};
pub use input::Unreached;
pub(crate) use input::{Change, DigestInput, DigestItem, FailingFeed, Gap, Panel, Rollover, Sighting};
pub(crate) use model::IssueItem;
pub use model::{CorrectionKind, Digest, Format};
pub(crate) use model::{
    CorrectionView, EvidenceView, Moved, Mover, NamingReview, NamingRow, PeakReview, PeriodView, PhaseReview,
    RelationReview, Review, SectionView, ShiftReview, SourceView, StoryView, StorylineReview,
};
pub(crate) use out_feed::{Choice, OutFeed};
pub(crate) use plan::SectionPlan;
pub(crate) use relation_trend::Movement;
pub(crate) use schedule::{Cron, Schedule, Written};
