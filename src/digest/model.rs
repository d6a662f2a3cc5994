//! An issue as it is written: every format shows the same values, and its JSON is these.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::input::Panel;
use super::relation_trend::Movement;
use crate::model::{Cadence, PressBloc};
use crate::trends::{Direction, RelationQuarter, RelationWeek, TurningKind};

/// One dated digest. Everything in it is cleaned: one-line texts, http and https addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// Version of this shape.
    pub schema: u32,
    /// Title without the period.
    pub title: String,
    /// Number within its cadence.
    pub number: Option<u32>,
    /// Where it can be read, where it is served.
    pub permalink: Option<String>,
    /// The period.
    pub period: PeriodView,
    /// Hash of everything else in it (XXH3, 128 bit, hex): the same issue has the same hash, in every format.
    pub content_hash: String,
    /// What a reader must know first, whole sentences: no feed reached, nothing in scope, period still running.
    pub notes: Vec<String>,
    /// What it holds.
    pub counts: Counts,
    /// What moved, strongest first; in the issue of a year by date.
    pub moved: Vec<Moved>,
    /// What only the issue of a year holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// Sections in order; those without a story are left out.
    pub sections: Vec<SectionView>,
    /// What earlier issues had wrong, or had not yet.
    pub corrections: Vec<CorrectionView>,
    /// Late stories that found no room among the corrections.
    pub late_omitted: usize,
    /// What it rests on.
    pub panel: Panel,
}

/// A period in plain values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeriodView {
    /// How long it is.
    pub cadence: Cadence,
    /// A name that sorts: `2026-11-23`, `2026-W48`, `2026-11`, `2026`.
    pub label: String,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// The instant at which it begins.
    pub start: Option<Timestamp>,
    /// The instant at which it has ended.
    pub end: Option<Timestamp>,
    /// The zone whose midnights bound it.
    pub time_zone: String,
}

/// How much an issue holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Items in scope.
    pub items: usize,
    /// Stories that they make.
    pub stories: usize,
    /// Stories that stand in the issue.
    pub shown: usize,
    /// Stories that an earlier issue had and that did not move since.
    pub repeated: usize,
    /// Stories that only touch the beat and are not shown.
    pub faint: usize,
    /// Newsrooms.
    pub newsrooms: usize,
    /// Languages.
    pub languages: usize,
}

/// A turning point of the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// When.
    pub date: Date,
    /// What sort of change.
    pub kind: TurningKind,
    /// One sentence.
    pub title: String,
    /// What it concerns.
    pub tags: Vec<TagView>,
    /// Which way a relation moved.
    pub direction: Option<Direction>,
    /// Items and newsrooms behind it.
    pub items: u32,
    /// Newsrooms with a text of their own.
    pub newsrooms: u32,
    /// The items that show it.
    pub evidence: Vec<EvidenceView>,
}

/// An item that shows a turning point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: Option<String>,
    /// Who published it.
    pub outlet: String,
    /// Its language.
    pub language: Option<String>,
}

/// What sort of correction it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionKind {
    /// The publisher changed the title that was printed.
    Retitled,
    /// The item no longer counts to the beat: it should not have stood there.
    Withdrawn,
    /// The story came in after the issue that should have held it.
    Late,
}

/// A correction of an earlier issue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CorrectionView {
    /// What sort.
    pub kind: CorrectionKind,
    /// Label of the issue that is corrected.
    pub issue: String,
    /// The title of today.
    pub title: String,
    /// The title that was printed, where another stands now.
    pub was: Option<String>,
    /// Who published it.
    pub outlet: String,
    /// Its address.
    pub url: Option<String>,
    /// Its language.
    pub language: Option<String>,
}

/// A tag with its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagView {
    /// The tag.
    pub tag: String,
    /// Its English label.
    pub label: String,
}

/// A section with its stories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SectionView {
    /// Stable id.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Whether its stories are one line each.
    pub brief: bool,
    /// The stories, best first.
    pub stories: Vec<StoryView>,
    /// Stories that fit here and found no room in the whole issue.
    pub omitted: usize,
}

/// A story: what happened once, and who carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoryView {
    /// The headline of the best source, in its own script.
    pub headline: String,
    /// Language of headline and summary.
    pub language: Option<String>,
    /// Two lines from the best source.
    pub summary: Option<String>,
    /// Address of the best source.
    pub url: Option<String>,
    /// The best source.
    pub outlet: String,
    /// Its vantage.
    pub bloc: Option<PressBloc>,
    /// When the first report of it was published, or first seen.
    pub first_seen: Timestamp,
    /// Its tags with labels: what it is about, in English.
    pub tags: Vec<TagView>,
    /// Whether the headline is not in Latin script: then `tags` say in English whom and what it names.
    pub foreign_script: bool,
    /// Items that tell it.
    pub items: usize,
    /// Newsrooms that carry it.
    pub newsrooms: usize,
    /// Newsrooms that carry it with a text of their own.
    pub independent: usize,
    /// Vantages that carry it.
    pub blocs: Vec<PressBloc>,
    /// Languages in which it is carried.
    pub languages: Vec<String>,
    /// The issue that had it before; this one shows what moved since.
    pub follow_up_to: Option<String>,
    /// Its rank, 0 to 1.
    pub rank: f64,
    /// Who else carries it, one line a newsroom.
    pub sources: Vec<SourceView>,
    /// Newsrooms that carry it and are not in `sources`.
    pub sources_omitted: usize,
}

/// One newsroom that carries a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceView {
    /// Who.
    pub outlet: String,
    /// Its vantage.
    pub bloc: Option<PressBloc>,
    /// Its headline.
    pub title: String,
    /// Its address.
    pub url: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// When.
    pub published: Timestamp,
    /// Whether its text copies another's.
    pub copy: bool,
}

/// What only the issue of a year holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// Who moved towards whom and away from whom, a line each actor.
    pub movers: Vec<Mover>,
    /// The pairs behind it and those that did not move; the greatest movement first.
    pub relations: Vec<RelationReview>,
    /// Threads of the year.
    pub storylines: Vec<StorylineReview>,
    /// Rival names.
    pub naming: Vec<NamingReview>,
}

/// An actor that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mover {
    /// The actor.
    pub actor: TagView,
    /// One sentence.
    pub sentence: String,
}

/// A pair of actors through the year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelationReview {
    /// `Armenia and Russia`.
    pub label: String,
    /// The two.
    pub actors: [TagView; 2],
    /// How it went.
    pub movement: Movement,
    /// The same in words, with figures.
    pub sentence: String,
    /// Stories with a tone between the two.
    pub stories: u32,
    /// Quarter by quarter.
    pub quarters: Vec<RelationQuarter>,
    /// Week by week.
    pub weeks: Vec<RelationWeek>,
    /// Days on which the level changed and stayed.
    pub shifts: Vec<ShiftReview>,
}

/// A change of level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftReview {
    /// When.
    pub date: Date,
    /// Which way; none where the report tells of no turning point of that day.
    pub direction: Option<Direction>,
    /// The items that show it.
    pub evidence: Vec<EvidenceView>,
}

/// A thread of the year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StorylineReview {
    /// What runs through it.
    pub subject: TagView,
    /// Items of all its peaks.
    pub items: u32,
    /// Newsrooms with a text of their own.
    pub newsrooms: u32,
    /// Its most widely carried peaks, by date.
    pub peaks: Vec<PeakReview>,
    /// Peaks that are not among them.
    pub peaks_omitted: usize,
}

/// A time at which a thread was in the news.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeakReview {
    /// Its first day.
    pub date: Date,
    /// Newsrooms that carry it.
    pub newsrooms: u32,
    /// Its most widely carried item.
    pub evidence: EvidenceView,
}

/// A set of rival names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamingReview {
    /// Its names, most used first.
    pub names: Vec<String>,
    /// Uses in the year.
    pub uses: u32,
    /// What changed, in words.
    pub sentence: String,
    /// All vantages together, then each that used its names often enough.
    pub rows: Vec<NamingRow>,
    /// Vantages that used them too seldom to be shown.
    pub rare: usize,
}

/// How one vantage names a thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamingRow {
    /// The vantage; none in the first row, which is of all.
    pub bloc: Option<PressBloc>,
    /// Uses by name in the year.
    pub uses: Vec<u32>,
    /// Uses by name in the first three months.
    pub first: Vec<u32>,
    /// Uses by name in the last three months.
    pub last: Vec<u32>,
}
