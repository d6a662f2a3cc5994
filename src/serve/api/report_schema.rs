//! What `/api/v1/trends` and `/api/v1/relations` answer.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::pages::relations::watched;
use crate::trends::{self, EvidenceItem, RelationView, RelationWeek, TrendReport};

/// An item that a statement rests on.
#[derive(Serialize, ToSchema)]
struct Source {
    /// The number of the item.
    id: i64,
    /// Its title, without the name of the outlet.
    title: String,
    /// Its address; http or https.
    url: Option<String>,
    /// The name of the outlet.
    outlet: String,
    /// The bloc of the outlet.
    bloc: Option<String>,
    /// Its language, BCP 47.
    language: Option<String>,
    /// When it was published, or first seen if that is not known.
    #[schema(value_type = Option<String>, format = DateTime)]
    published: Option<Timestamp>,
}

impl From<&EvidenceItem> for Source {
    fn from(item: &EvidenceItem) -> Source {
        Source {
            id: item.id,
            title: item.title.clone(),
            url: item.url.clone(),
            outlet: item.outlet.clone(),
            bloc: item.bloc.map(|bloc| bloc.as_str().to_owned()),
            language: item.language.clone(),
            published: item.published,
        }
    }
}

fn sources(items: &[EvidenceItem], limit: usize) -> Vec<Source> {
    items.iter().take(limit).map(Source::from).collect()
}

/// The trend report of some days.
#[derive(Serialize, ToSchema)]
pub(super) struct Trends {
    /// The first day.
    #[schema(format = Date)]
    since: String,
    /// The day after the last.
    #[schema(format = Date)]
    until: String,
    /// The report in a few sentences.
    overview: Vec<Statement>,
    /// What changed, in order of date.
    turning_points: Vec<TurningPoint>,
    /// What returned for weeks, those with most peaks first.
    storylines: Vec<Storyline>,
    /// The use of rival names, most used sets first.
    names: Vec<Names>,
    /// How often each tag occurs, most frequent first.
    tags: Vec<TagCount>,
    /// What could not be judged, as whole sentences.
    unknown: Vec<String>,
    /// What a reader must know to understand the figures, as whole sentences.
    notes: Vec<String>,
}

impl Trends {
    /// Makes the answer of a report, with so many items for each statement at most.
    pub(super) fn of(report: &TrendReport, evidence: usize) -> Trends {
        let statement = |one: &trends::OverviewSentence| Statement {
            text: one.text.clone(),
            evidence: sources(&one.evidence, evidence),
        };
        Trends {
            since: report.period.since.to_string(),
            until: report.period.until.to_string(),
            overview: report.overview.iter().map(statement).collect(),
            turning_points: report.turning_points.iter().map(|point| TurningPoint::of(point, evidence)).collect(),
            storylines: report.storylines.iter().map(|line| Storyline::of(line, evidence)).collect(),
            names: report.naming.iter().map(Names::from).collect(),
            tags: report.series.iter().map(TagCount::from).collect(),
            unknown: report.unknown.clone(),
            notes: report.notes.clone(),
        }
    }
}

/// A sentence of the overview.
#[derive(Serialize, ToSchema)]
struct Statement {
    /// The sentence.
    text: String,
    /// The items that it rests on.
    evidence: Vec<Source>,
}

/// A dated change.
#[derive(Serialize, ToSchema)]
struct TurningPoint {
    /// The day on which it begins.
    #[schema(format = Date)]
    date: String,
    /// Its last day.
    #[schema(format = Date)]
    end: String,
    /// `burst`, `deed`, `relation_shift`, `naming_shift`, `new_name`, `storyline_start` or `silence`.
    #[schema(value_type = String)]
    kind: trends::TurningKind,
    /// What happened, in one line.
    title: String,
    /// Whom it concerns, and how many outlets reported it.
    figures: String,
    /// The tags that it concerns, the most significant first.
    tags: Vec<String>,
    /// The two actors, if it concerns a pair.
    pair: Option<Vec<String>>,
    /// `positive` if it brought the two closer, `negative` if it drove them apart.
    #[schema(value_type = Option<String>)]
    direction: Option<trends::Direction>,
    /// Whether it concerns the region rather than the wider relations of its neighbours.
    is_regional: bool,
    /// Outlets with a report of their own.
    newsrooms: u32,
    /// The items that show it, best first.
    evidence: Vec<Source>,
}

impl TurningPoint {
    fn of(point: &trends::TurningPoint, evidence: usize) -> TurningPoint {
        TurningPoint {
            date: point.date.to_string(),
            end: point.end.to_string(),
            kind: point.kind,
            title: point.title.clone(),
            figures: point.figures.clone(),
            tags: point.tags.iter().map(ToString::to_string).collect(),
            pair: point.pair.as_ref().map(|pair| vec![pair.a().to_owned(), pair.b().to_owned()]),
            direction: point.direction,
            is_regional: point.is_regional,
            newsrooms: point.newsrooms,
            evidence: sources(&point.evidence, evidence),
        }
    }
}

/// A subject that returned for weeks.
#[derive(Serialize, ToSchema)]
struct Storyline {
    /// Its tag; of a pair, that of the first actor.
    tag: String,
    /// Its label.
    label: String,
    /// Items of all peaks.
    items: u32,
    /// Outlets with a report of their own.
    newsrooms: u32,
    /// The times at which it was in the news.
    peaks: Vec<Peak>,
}

impl Storyline {
    fn of(line: &trends::Storyline, evidence: usize) -> Storyline {
        Storyline {
            tag: line.tag.to_string(),
            label: line.label.clone(),
            items: line.items,
            newsrooms: line.newsrooms,
            peaks: line.peaks.iter().map(|peak| Peak::of(peak, evidence)).collect(),
        }
    }
}

/// A time at which a storyline was in the news.
#[derive(Serialize, ToSchema)]
struct Peak {
    /// The first day.
    #[schema(format = Date)]
    date: String,
    /// The last day.
    #[schema(format = Date)]
    end: String,
    /// What happened: the best headline of its most widely carried story.
    title: String,
    /// Outlets that carried it.
    newsrooms: u32,
    /// The items, that with the title first.
    evidence: Vec<Source>,
}

impl Peak {
    fn of(peak: &trends::Peak, evidence: usize) -> Peak {
        Peak {
            date: peak.date.to_string(),
            end: peak.end.to_string(),
            title: peak.title.clone(),
            newsrooms: peak.newsrooms,
            evidence: sources(&peak.evidence, evidence),
        }
    }
}

/// Rival names of one thing.
#[derive(Serialize, ToSchema)]
struct Names {
    /// The id of the set in the lexicon.
    set: String,
    /// The names, most used first.
    names: Vec<NameCount>,
}

/// How often a name was used.
#[derive(Serialize, ToSchema)]
struct NameCount {
    /// The name.
    label: String,
    /// Items that use it.
    uses: u32,
}

impl From<&trends::NamingView> for Names {
    fn from(view: &trends::NamingView) -> Names {
        let count = |(label, uses): (&String, &u32)| NameCount { label: label.clone(), uses: *uses };
        Names { set: view.set.clone(), names: view.labels.iter().zip(&view.uses).map(count).collect() }
    }
}

/// How often a tag occurs.
#[derive(Serialize, ToSchema)]
struct TagCount {
    /// The tag.
    tag: String,
    /// Its label.
    label: String,
    /// Items with it, with copies.
    items: u32,
    /// Items with it that are no copies.
    originals: u32,
    /// Items with it in as many days before; null if the history does not reach back so far.
    items_before: Option<u32>,
}

impl From<&trends::TagSeries> for TagCount {
    fn from(series: &trends::TagSeries) -> TagCount {
        TagCount {
            tag: series.tag.to_string(),
            label: series.label.clone(),
            items: series.items,
            originals: series.originals,
            items_before: series.items_before,
        }
    }
}

/// A mean tone, from -10 (attack) to +10 (alliance).
#[derive(Serialize, ToSchema)]
struct Tone {
    /// The mean of the stories.
    mean: f64,
    /// Lower end of its 95 % confidence interval.
    low: f64,
    /// Upper end of its 95 % confidence interval.
    high: f64,
    /// The stories that it rests on.
    stories: u32,
}

fn tone(level: Option<trends::Level>) -> Option<Tone> {
    level.map(|trends::Level { index, low, high, stories }| Tone { mean: index, low, high, stories })
}

/// The relations of the last year.
#[derive(Serialize, ToSchema)]
pub(super) struct Relations {
    /// The first day.
    #[schema(format = Date)]
    pub(super) since: String,
    /// The day after the last.
    #[schema(format = Date)]
    pub(super) until: String,
    /// The relations.
    pub(super) relations: Vec<Relation>,
}

/// The tone between two actors.
#[derive(Serialize, ToSchema)]
#[schema(as = RelationFigures)]
pub(super) struct Relation {
    /// The first actor in alphabetical order.
    a: String,
    /// The other.
    b: String,
    /// Both in words.
    label: String,
    /// Stories of the last year.
    stories: u32,
    /// The tone of the last four weeks with news.
    now: Option<Tone>,
    /// That of four weeks a quarter before.
    quarter_ago: Option<Tone>,
    /// That of four weeks a year before.
    year_ago: Option<Tone>,
}

impl From<&RelationView> for Relation {
    fn from(view: &RelationView) -> Relation {
        Relation {
            a: view.pair.a().to_owned(),
            b: view.pair.b().to_owned(),
            label: view.label.clone(),
            stories: view.stories,
            now: tone(view.now),
            quarter_ago: tone(view.quarter_ago),
            year_ago: tone(view.year_ago),
        }
    }
}

/// The tone of a week.
#[derive(Serialize, ToSchema)]
struct Week {
    /// The Monday on which it begins.
    #[schema(format = Date)]
    week: String,
    /// Stories with a tone.
    stories: u32,
    /// Their tone; null without a story.
    tone: Option<Tone>,
}

impl From<RelationWeek> for Week {
    fn from(week: RelationWeek) -> Week {
        Week { week: week.week.to_string(), stories: week.stories, tone: tone(week.level) }
    }
}

/// The relation of two actors in the last year.
#[derive(Serialize, ToSchema)]
pub(super) struct RelationOfPair {
    #[serde(flatten)]
    figures: Relation,
    /// The weeks in which anything was monitored.
    weeks: Vec<Week>,
    /// The turning points between the two, in order of date.
    turning_points: Vec<TurningPoint>,
}

impl RelationOfPair {
    /// Makes the answer for a relation of a report, with so many items for each turning point at most.
    pub(super) fn of(view: &RelationView, report: &TrendReport, evidence: usize) -> RelationOfPair {
        let is_theirs = |point: &&trends::TurningPoint| point.pair.as_ref() == Some(&view.pair);
        let theirs = report.turning_points.iter().filter(is_theirs);
        RelationOfPair {
            figures: Relation::from(view),
            weeks: watched(view, report).into_iter().map(Week::from).collect(),
            turning_points: theirs.map(|point| TurningPoint::of(point, evidence)).collect(),
        }
    }
}
