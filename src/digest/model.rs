//! The model of an issue: all formats show these values, and its JSON is these values.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::input::Panel;
use super::relation_trend::Movement;
use crate::model::UnknownWord;
use crate::model::{Cadence, PressBloc, Tag};
use crate::trends::{Direction, RelationQuarter, RelationWeek, TurningKind};

/// One issue: a dated digest. All values are cleaned: texts are single lines, URLs are http or https.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The version of the JSON format.
    pub schema: u32,
    /// The title, without the period.
    pub title: String,
    /// The number within its cadence; `None` if the issue is not frozen.
    pub number: Option<u32>,
    /// The URL of the issue; `None` if issues are not served.
    pub permalink: Option<String>,
    /// The period it covers.
    pub period: PeriodView,
    /// Hash of everything else in it (XXH3, 128 bits, hexadecimal), the same in every format.
    pub content_hash: String,
    /// Caveats that a reader must know first, as whole sentences: no feed reached, nothing in scope, period still
    /// running.
    pub notes: Vec<String>,
    /// What a reader should know first, at most three lines, or the overview of a yearly issue: the first is in the
    /// subject of its mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lead: Vec<String>,
    /// How much it contains.
    pub counts: Counts,
    /// The turning points, strongest first; in a yearly issue by date.
    pub moved: Vec<Moved>,
    /// The number of further turning points, which did not fit; the trend report of the period has them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub moved_omitted: usize,
    /// Turning points of the week before that were still reported in the period; only in daily and weekly issues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub under_way: Vec<Moved>,
    /// The year in review; only in yearly issues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// The sections in order, without empty ones. Of a section all of whose stories are in `moved`, only JSON knows.
    pub sections: Vec<SectionView>,
    /// Corrections of earlier issues.
    pub corrections: Vec<CorrectionView>,
    /// The number of late stories that exceeded the quota for corrections.
    pub late_omitted: usize,
    /// The sources and their health.
    pub panel: Panel,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A period as plain values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeriodView {
    /// The length of the period.
    pub cadence: Cadence,
    /// A label that sorts: `2026-11-23`, `2026-W48`, `2026-11` or `2026`.
    pub label: String,
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// The instant at which it begins; `None` outside the calendar's range.
    pub start: Option<Timestamp>,
    /// The instant at which it ends; `None` outside the calendar's range.
    pub end: Option<Timestamp>,
    /// The IANA name of the time zone whose midnights bound it.
    pub time_zone: String,
}

/// How much an issue contains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Items in scope.
    pub items: usize,
    /// Stories made of these items.
    pub stories: usize,
    /// Stories shown in the issue.
    pub shown: usize,
    /// Stories not shown because an earlier issue had them and there is nothing new.
    pub repeated: usize,
    /// Stories not shown because they are barely about the scope.
    pub faint: usize,
    /// Outlets that these stories come from.
    pub newsrooms: usize,
    /// Languages of these stories.
    pub languages: usize,
}

/// A turning point of the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// The day on which the change began.
    pub date: Date,
    /// The kind of change.
    pub kind: TurningKind,
    /// What happened, in one line: the best headline, or a summary in one sentence.
    pub title: String,
    /// Whom it concerns and how many outlets reported it; empty if the title says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub figures: String,
    /// The tags it concerns.
    pub tags: Vec<TagView>,
    /// Whether it concerns the region rather than the wider relations of its neighbours.
    #[serde(default)]
    pub is_regional: bool,
    /// Whether it brought the two actors it concerns closer or drove them apart; `None` if neither.
    pub direction: Option<Direction>,
    /// For a burst, the number of stories; otherwise the number of items that show the change.
    pub items: u32,
    /// Outlets with an original text.
    pub newsrooms: u32,
    /// Items that show it.
    pub evidence: Vec<EvidenceView>,
}

/// An item cited as evidence of a turning point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// The headline as the outlet printed it.
    pub title: String,
    /// The address of the report, if the feed gave a web address.
    pub url: Option<String>,
    /// The outlet that published it.
    pub outlet: String,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
}

/// The kind of a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionKind {
    /// The publisher changed the title that was printed.
    Retitled,
    /// The item is no longer in scope and should not have been printed.
    Withdrawn,
    /// The story arrived after the issue that should have contained it.
    Late,
}

/// A correction of an earlier issue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CorrectionView {
    /// The kind of correction.
    pub kind: CorrectionKind,
    /// The label of the corrected issue.
    pub issue: String,
    /// The current title.
    pub title: String,
    /// The title that was printed, if it has changed.
    pub was: Option<String>,
    /// The outlet that published it.
    pub outlet: String,
    /// The address of the report, if the feed gave a web address.
    pub url: Option<String>,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
}

/// A tag and its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagView {
    /// The tag's id.
    pub tag: Tag,
    /// The English label.
    pub label: String,
}

/// A section with its stories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SectionView {
    /// The stable id.
    pub id: String,
    /// The heading that is printed above its stories.
    pub title: String,
    /// Whether each story takes only one line.
    pub brief: bool,
    /// The stories, best first.
    pub stories: Vec<StoryView>,
    /// Stories of this section that a turning point under `moved` tells, best first. A reader finds them there, so no
    /// other format prints them here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_moved: Vec<StoryView>,
    /// Stories that belong here but did not fit anywhere in the issue.
    pub omitted: usize,
}

/// A story: one event, and who carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoryView {
    /// The headline of the best source, in its own script.
    pub headline: String,
    /// The language of headline and summary as a BCP 47 tag.
    pub language: Option<String>,
    /// A short summary from the best source.
    pub summary: Option<String>,
    /// The URL of the best source.
    pub url: Option<String>,
    /// The outlet of the best source.
    pub outlet: String,
    /// The press bloc of the outlet.
    pub bloc: Option<PressBloc>,
    /// When kazbek first saw an item of the story; `None` if that was there before kazbek first read its feed, so that the
    /// order and the time of an import do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// When its first item was published according to the publisher; only if `first_seen` is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// The tags that are shown, with labels: what it is about, in English.
    pub tags: Vec<TagView>,
    /// Whether the headline is not in Latin script; `tags` then include the people and places it names.
    pub foreign_script: bool,
    /// The number of items.
    pub items: usize,
    /// The number of outlets that carry it.
    pub newsrooms: usize,
    /// The number of outlets that carry it with an original text.
    pub independent: usize,
    /// The press blocs that carry it.
    pub blocs: Vec<PressBloc>,
    /// The languages in which it is carried.
    pub languages: Vec<String>,
    /// The label of the earlier issue that carried it; this one shows what is new.
    pub follow_up_to: Option<String>,
    /// The rank, 0 to 1.
    pub rank: f64,
    /// The other outlets that carry it, one line each.
    pub sources: Vec<SourceView>,
    /// The number of outlets that carry it but are not in `sources`.
    pub sources_omitted: usize,
}

/// One outlet that carries a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceView {
    /// The name of the outlet.
    pub outlet: String,
    /// The press bloc of the outlet.
    pub bloc: Option<PressBloc>,
    /// The outlet's headline.
    pub title: String,
    /// The address of the report, if the feed gave a web address.
    pub url: Option<String>,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
    /// When kazbek first saw the report, if it saw it appear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// When the report was published according to the publisher; only if `first_seen` is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// Whether its text is a copy of another outlet's.
    pub copy: bool,
}

/// The year in review, which only yearly issues contain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The year in a few sentences, each with its evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overview: Vec<OverviewView>,
    /// Which actors moved closer to or away from others, one line for each actor.
    pub movers: Vec<Mover>,
    /// The relations of all pairs, those that changed most first.
    pub relations: Vec<RelationReview>,
    /// The storylines of the year.
    pub storylines: Vec<StorylineReview>,
    /// The use of rival names.
    pub naming: Vec<NamingReview>,
}

/// A sentence of the overview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewView {
    /// The sentence, with its full stop.
    pub text: String,
    /// Items that it rests on, one for each finding.
    pub evidence: Vec<EvidenceView>,
}

/// An actor whose relations changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mover {
    /// The actor whose relations the sentence sums up.
    pub actor: TagView,
    /// The change in one sentence.
    pub sentence: String,
}

/// The relation of a pair of actors over the year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelationReview {
    /// The English label, e.g. `Armenia and Russia`.
    pub label: String,
    /// The two actors.
    pub actors: [TagView; 2],
    /// How the relation changed.
    pub movement: Movement,
    /// The same in words, with figures.
    pub sentence: String,
    /// The number of stories with a tone between the two.
    pub stories: u32,
    /// The level of each quarter.
    pub quarters: Vec<RelationQuarter>,
    /// The level of each week.
    pub weeks: Vec<RelationWeek>,
    /// When the level changed for good.
    pub shifts: Vec<ShiftReview>,
    /// When the two moved closer and when apart, by the turning points between them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseReview>,
}

/// A time in which what happened between two actors went one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseReview {
    /// Closer or apart.
    pub direction: Direction,
    /// The day of its first event.
    pub from: Date,
    /// The day of its last event.
    pub to: Date,
    /// Its most widely reported event.
    pub event: Option<EvidenceView>,
}

/// A change of a relation's level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftReview {
    /// The first day of the new level.
    pub date: Date,
    /// The direction; `None` if the report has no turning point on that day.
    pub direction: Option<Direction>,
    /// Items that show it.
    pub evidence: Vec<EvidenceView>,
}

/// A storyline of the year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StorylineReview {
    /// The person, organisation or project that it is about.
    pub subject: TagView,
    /// The number of items of all peaks.
    pub items: u32,
    /// Outlets with an original text; of a pair or matter, those of its widest peak.
    pub newsrooms: u32,
    /// The peaks, in order of date.
    pub peaks: Vec<PeakReview>,
    /// The number of other peaks: 0, but in issues of older versions, which left some out.
    pub peaks_omitted: usize,
}

/// A time at which a storyline was in the news.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeakReview {
    /// The day of what its headline tells.
    pub date: Date,
    /// The number of outlets that carry it.
    pub newsrooms: u32,
    /// The most widely carried item.
    pub evidence: EvidenceView,
}

/// A set of rival names, and how their use changed over the year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamingReview {
    /// The names, most used first.
    pub names: Vec<String>,
    /// The number of uses in the year.
    pub uses: u32,
    /// What changed, in words.
    pub sentence: String,
    /// All blocs together, then each bloc with enough uses.
    pub rows: Vec<NamingRow>,
    /// The number of blocs with too few uses to be shown.
    pub rare: usize,
}

/// How one bloc uses the names of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamingRow {
    /// The bloc; `None` in the first row, which is for all.
    pub bloc: Option<PressBloc>,
    /// Uses in the year, by name.
    pub uses: Vec<u32>,
    /// Uses in the first three months, by name.
    pub first: Vec<u32>,
    /// Uses in the last three months, by name.
    pub last: Vec<u32>,
}

/// An item in an issue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssueItem {
    /// The item's id in the store.
    pub item_id: i64,
    /// The id of its story; its own id if it belongs to none.
    pub story: i64,
    /// The title as printed; `None` if the issue shows its story but not this item.
    pub printed: Option<String>,
    /// Whether the issue withdraws it because it is no longer in scope.
    pub is_withdrawn: bool,
}

/// A format in which an issue is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A self-contained HTML page.
    Html,
    /// CommonMark.
    Markdown,
    /// Plain text, with lines of any length.
    Text,
    /// The [`Digest`] as JSON.
    Json,
    /// An Atom feed (RFC 4287) with this issue as its only entry.
    Atom,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 5] = [Format::Html, Format::Markdown, Format::Text, Format::Json, Format::Atom];

    /// Returns the word used in the configuration, which is also the file extension.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Markdown => "md",
            Format::Text => "text",
            Format::Json => "json",
            Format::Atom => "atom",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Format, UnknownWord> {
        UnknownWord::find(Format::ALL, Format::as_str, word)
    }
}
