//! The overview of a report: a few sentences, each composed from findings and shown with their evidence.

use serde::Serialize;

use super::course::{Phase, days_in_words};
use super::history::EvidenceItem;
use super::options::{Options, Pair};
use super::relation::RelationView;
use super::turning_point::{Direction, TurningKind, TurningPoint};
use crate::model::Tag;

/// Most sentences.
const SENTENCES_MAX: usize = 5;
/// Most sentences about pairs that moved both ways.
const TURNED_MAX: usize = 2;
/// A pair with fewer stories has few reports, and the sentence says so.
pub const FEW_STORIES: u32 = 5;

/// A sentence of the overview.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverviewSentence {
    /// The sentence, with its full stop.
    pub text: String,
    /// The items that it rests on, one for each finding.
    pub evidence: Vec<EvidenceItem>,
}

/// What an overview is composed from.
struct Findings<'a> {
    /// The relations of the region, with their phases.
    relations: Vec<&'a RelationView>,
    points: &'a [TurningPoint],
    options: &'a Options,
    with_year: bool,
}

/// Composes the overview: pairs that moved both ways, actors pulled two ways, other pairs that moved, the most widely
/// reported event of the region, and what was most widely reported outside it.
pub(crate) fn overview(
    points: &[TurningPoint],
    relations: &[RelationView],
    options: &Options,
) -> Vec<OverviewSentence> {
    let is_regional = |relation: &&RelationView| {
        !relation.phases.is_empty() && relation.pair.tags().iter().any(|tag| options.region_tags.contains(tag))
    };
    let mut moved: Vec<&RelationView> = relations.iter().filter(is_regional).collect();
    moved.sort_by_key(|relation| (std::cmp::Reverse(weight(relation)), relation.pair.clone()));
    let with_year = options.since.year() != options.until.yesterday().unwrap_or(options.until).year();
    let findings = Findings { relations: moved, points, options, with_year };
    let mut told: Vec<&Pair> = Vec::new();
    let mut sentences = findings.turned(&mut told);
    sentences.extend(findings.pulled(&mut told));
    sentences.extend(findings.others(&told));
    sentences.extend(findings.widest(true));
    sentences.truncate(SENTENCES_MAX - 1);
    sentences.extend(findings.widest(false));
    sentences
}

/// How much was reported of the phases of a relation.
fn weight(relation: &RelationView) -> u32 {
    relation.phases.iter().flat_map(|phase| &phase.events).map(|event| event.newsrooms).sum()
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Positive => "closer",
        Direction::Negative => "apart",
    }
}

/// The items that show the main events of some phases.
fn evidence<'a>(phases: impl IntoIterator<Item = &'a Phase>) -> Vec<EvidenceItem> {
    phases.into_iter().filter_map(|phase| phase.main_event()?.evidence.clone()).collect()
}

/// Joins words: `a`, `a and b`, `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl Findings<'_> {
    fn when(&self, phase: &Phase) -> String {
        days_in_words(phase.from, phase.to, self.with_year)
    }

    /// `Armenia and Russia moved closer (6 July), then apart (24 to 30 July).`
    fn course(&self, relation: &RelationView) -> OverviewSentence {
        let phase = |(place, phase): (usize, &Phase)| {
            // Phases alternate, so the third goes the way of the first.
            let again = if place > 1 { " again" } else { "" };
            format!("{}{again} ({})", word(phase.direction), self.when(phase))
        };
        let phases: Vec<String> = relation.phases.iter().enumerate().map(phase).collect();
        let few = if relation.stories < FEW_STORIES { ", by few reports" } else { "" };
        let text = format!("{} moved {}{few}.", self.options.pair_label(&relation.pair), phases.join(", then "));
        OverviewSentence { text, evidence: evidence(&relation.phases) }
    }

    /// The pairs that moved one way and then the other.
    fn turned<'a>(&'a self, told: &mut Vec<&'a Pair>) -> Vec<OverviewSentence> {
        let turned = self.relations.iter().filter(|relation| relation.phases.len() > 1).take(TURNED_MAX);
        let mut sentences = Vec::new();
        for relation in turned {
            told.push(&relation.pair);
            sentences.push(self.course(relation));
        }
        sentences
    }

    /// The actor that most visibly moved closer to one and away from another.
    fn pulled<'a>(&'a self, told: &mut Vec<&'a Pair>) -> Option<OverviewSentence> {
        let other = |relation: &RelationView, actor: &Tag| {
            let [a, b] = relation.pair.tags();
            (a == *actor).then_some(b.clone()).or((b == *actor).then_some(a))
        };
        for actor in &self.options.region_tags {
            let own = self.relations.iter().filter_map(|relation| {
                let last = relation.phases.last().filter(|_| relation.phases.len() == 1)?;
                Some((*relation, other(relation, actor)?, last))
            });
            let (closer, apart): (Vec<_>, Vec<_>) =
                own.partition(|(_, _, phase)| phase.direction == Direction::Positive);
            if closer.is_empty() || apart.is_empty() {
                continue;
            }
            let names = |list: &[(&RelationView, Tag, &Phase)]| {
                let names: Vec<String> = list
                    .iter()
                    .map(|(_, tag, phase)| format!("{} ({})", self.options.label(tag), self.when(phase)))
                    .collect();
                listed(&names)
            };
            let text = format!(
                "{} moved closer to {} and away from {}.",
                self.options.label(actor),
                names(&closer),
                names(&apart)
            );
            told.extend(closer.iter().chain(&apart).map(|(relation, _, _)| &relation.pair));
            return Some(OverviewSentence {
                text,
                evidence: evidence(closer.iter().chain(&apart).map(|(_, _, phase)| *phase)),
            });
        }
        None
    }

    /// The other pairs that moved, in one sentence.
    fn others(&self, told: &[&Pair]) -> Option<OverviewSentence> {
        let rest: Vec<&RelationView> =
            self.relations.iter().copied().filter(|relation| !told.contains(&&relation.pair)).take(3).collect();
        let (first, others) = rest.split_first()?;
        if others.is_empty() {
            return Some(self.course(first));
        }
        let part = |relation: &RelationView| {
            let sentence = self.course(relation).text;
            sentence.trim_end_matches('.').to_owned()
        };
        let parts: Vec<String> = rest.iter().map(|relation| part(relation)).collect();
        Some(OverviewSentence {
            text: format!("{}.", parts.join("; ")),
            evidence: evidence(rest.iter().flat_map(|relation| &relation.phases)),
        })
    }

    /// The most widely reported event of the region, or outside it.
    fn widest(&self, is_regional: bool) -> Option<OverviewSentence> {
        let is_event = |point: &&TurningPoint| {
            point.is_regional == is_regional
                && matches!(point.kind, TurningKind::Burst | TurningKind::Deed | TurningKind::StorylineStart)
        };
        let list: Vec<&TurningPoint> = self.points.iter().filter(is_event).collect();
        let widest = list.iter().max_by(|a, b| a.newsrooms.cmp(&b.newsrooms).then(b.date.cmp(&a.date)))?;
        // Two newsrooms are not wide.
        if widest.newsrooms < 3 {
            return None;
        }
        let whose = if is_regional {
            "Most widely reported in the region".to_owned()
        } else {
            let count = list.len();
            format!("Outside the region, the most widely reported of {count} turning points")
        };
        let when = days_in_words(widest.date, widest.date, self.with_year);
        let text = format!("{whose}: {} ({when}, {} newsrooms).", widest.title, widest.newsrooms);
        Some(OverviewSentence { text, evidence: widest.evidence.first().cloned().into_iter().collect() })
    }
}
