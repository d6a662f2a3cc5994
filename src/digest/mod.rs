//! An issue: choose the stories of a period, rank them, set them in sections, write them in a format.
//!
//! Pure: the store gives the items of a period as plain values, [`compose`] makes a [`Digest`] of them, `render::digest` writes it. The same input gives
//! the same bytes in whatever order the items came. Sections, quotas and weights are data ([`SectionPlan`]); this module knows no place of the world.
//!
//! Everything from a feed is cleaned when it is taken in (one line, no control characters, only http and https addresses) and escaped when it is written.

mod compose;
mod correct;
mod course;
mod foot;
mod format;
mod held;
mod input;
mod outfeed;
mod plan;
mod rank;
mod review;
mod schedule;
mod sections;
mod story;
#[cfg(test)]
pub(crate) mod tests;
mod view;
mod words;

pub use compose::{Composition, Options, compose};
pub use course::Movement;
pub use format::Format;
pub use held::Held;
pub use input::{Change, DigestInput, DigestItem, FailingFeed, Gap, Panel, Rollover, Sighting};
pub use outfeed::{Choice, OutFeed};
pub use plan::{Added, Demotion, PlanError, Section, SectionKind, SectionPlan, Weights, Wording};
pub use review::{Mover, NamingReview, NamingRow, PeakReview, RelationReview, Review, ShiftReview, StorylineReview};
pub use schedule::{Cron, CronError, Schedule, Written};
pub use view::{
    CorrectionKind, CorrectionView, Counts, Digest, EvidenceView, Moved, PeriodView, SectionView, SourceView,
    StoryView, TagView,
};
pub(crate) use words::{cut, letters, tidy};
