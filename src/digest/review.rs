//! The year in review: how relations changed, the storylines of the year, and what things are called.
//!
//! Selects what a yearly issue shows of a trend report, and writes the sentences that need more than one pair.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::headline::TitleCleaner;
use super::input::DigestInput;
use super::model::{
    EvidenceView, Mover, NamingReview, NamingRow, OverviewView, PeakReview, PhaseReview, RelationReview, Review,
    ShiftReview, StorylineReview, TagView,
};
use super::plan::SectionPlan;
use super::relation_trend::{Movement, RelationTrend, STORIES_MIN, half_years, relation_trend, signed};
use super::sections::tag_view;
use crate::model::{Cadence, PressBloc, Tag};
use crate::text::sanitize::plain;
use crate::trends::{Direction, EvidenceItem, NamingView, Phase, RelationView, Storyline, TrendReport};

/// Most pairs.
const PAIRS_MAX: usize = 12;
/// With fewer uses of a set of names, shares mean nothing.
const USES_MIN: u32 = 10;
/// A bloc with fewer uses is not shown.
const BLOC_USES_MIN: u32 = 5;
/// Months at either end of the year that are compared.
const END_MONTHS: usize = 3;

/// Returns the year in review; `None` for shorter periods and without a trend report.
pub(super) fn review(
    input: &DigestInput,
    plan: &SectionPlan,
    labels: &BTreeMap<&str, String>,
    cleaner: &TitleCleaner<'_>,
) -> Option<Review> {
    let trends = input.trends.as_ref().filter(|_| input.period.cadence == Cadence::Year)?;
    let is_of_year = |date: Date| date >= input.period.first && date < input.period.end;
    let shown = |item: &EvidenceItem| EvidenceView {
        title: cleaner.headline(&item.title, &item.outlet),
        url: item.url.clone(),
        outlet: item.outlet.clone(),
        language: item.language.clone(),
    };
    let of_plan = |relation: &&RelationView| {
        plan.review_actors.is_empty() || ids(relation).iter().any(|id| plan.review_actors.contains(id))
    };
    let mut pairs: Vec<(RelationTrend, RelationReview)> = trends
        .relations
        .iter()
        .filter(of_plan)
        .map(|relation| {
            let shifts: Vec<_> = shifts(relation, trends).filter(|shift| is_of_year(shift.0)).collect();
            let ways: Vec<Direction> = shifts.iter().filter_map(|shift| shift.1).collect();
            let of_quarters = relation_trend(&relation.quarters, &ways);
            let halves = half_years(&relation.quarters);
            // A sparse pair is judged over half-years.
            let (trend, sentence) = match of_quarters.movement {
                Movement::Unclear => {
                    let trend = relation_trend(&halves, &ways);
                    let sentence = trend.sentence_of_halves(&halves);
                    (trend, sentence)
                }
                _ => {
                    let sentence = of_quarters.sentence(&relation.quarters, !shifts.is_empty());
                    (of_quarters, sentence)
                }
            };
            let actors = ids(relation).map(|id| tag_view(&id, labels));
            let phase = |phase: &Phase| PhaseReview {
                direction: phase.direction,
                from: phase.from,
                to: phase.to,
                event: phase.main_event().and_then(|event| {
                    let item = event.evidence.as_ref()?;
                    Some(EvidenceView { title: cleaner.headline(&event.title, ""), ..shown(item) })
                }),
            };
            let view = RelationReview {
                label: plain(&relation.label),
                actors,
                phases: relation.phases.iter().map(phase).collect(),
                movement: trend.movement,
                sentence,
                stories: relation.stories,
                quarters: relation.quarters.clone(),
                weeks: relation.weeks.clone(),
                shifts: shifts
                    .into_iter()
                    .map(|(date, direction, items)| ShiftReview {
                        date,
                        direction,
                        evidence: items.iter().take(2).map(shown).collect(),
                    })
                    .collect(),
            };
            (trend, view)
        })
        .filter(|(trend, _)| trend.movement != Movement::Unclear)
        .collect();
    pairs.sort_by(|(a, one), (b, other)| {
        b.size()
            .total_cmp(&a.size())
            .then_with(|| other.stories.cmp(&one.stories))
            .then_with(|| one.label.cmp(&other.label))
    });
    pairs.truncate(PAIRS_MAX);
    let movers = movers(&pairs, plan);
    let review = Review {
        overview: trends
            .overview
            .iter()
            .map(|sentence| OverviewView {
                text: plain(&sentence.text),
                evidence: sentence.evidence.iter().map(&shown).collect(),
            })
            .collect(),
        movers,
        relations: pairs.into_iter().map(|(_, view)| view).collect(),
        storylines: trends.storylines.iter().filter_map(|line| storyline(line, &is_of_year, &shown)).collect(),
        naming: trends.naming.iter().filter_map(naming).collect(),
    };
    Some(review)
}

/// Returns caveats for a year that was not fully monitored or has too few stories.
pub(super) fn review_notes(input: &DigestInput, review: &Review) -> Vec<String> {
    if input.items.is_empty() {
        return Vec::new();
    }
    let mut notes: Vec<String> = input.trends.iter().flat_map(|trends| &trends.notes).map(|note| plain(note)).collect();
    if review.relations.is_empty() {
        notes.push(format!(
            "No two actors have {STORIES_MIN} stories in each of two quarters, so the review measures no change of tone."
        ));
    }
    notes
}

/// Returns the tags of the two actors.
fn ids(relation: &RelationView) -> [Tag; 2] {
    relation.pair.tags()
}

/// Returns the changes of a relation with direction and evidence from the report's turning points.
fn shifts<'a>(
    relation: &'a RelationView,
    trends: &'a TrendReport,
) -> impl Iterator<Item = (Date, Option<Direction>, &'a [EvidenceItem])> {
    relation.shifts.iter().map(|&date| {
        let point = trends.turning_points.iter().find(|point| {
            point.date == date && point.direction.is_some() && point.pair.as_ref() == Some(&relation.pair)
        });
        (date, point.and_then(|point| point.direction), point.map_or(&[][..], |point| &point.evidence))
    })
}

/// Returns a line for each actor whose relations changed, in the order of the plan, otherwise by the size of its
/// greatest change.
fn movers(pairs: &[(RelationTrend, RelationReview)], plan: &SectionPlan) -> Vec<Mover> {
    let mut seen: Vec<&TagView> = Vec::new();
    for (_, view) in pairs {
        for actor in &view.actors {
            let is_asked = plan.review_actors.is_empty() || plan.review_actors.contains(&actor.tag);
            if is_asked && !seen.contains(&actor) {
                seen.push(actor);
            }
        }
    }
    let place = |actor: &TagView| plan.review_actors.iter().position(|id| *id == actor.tag);
    seen.sort_by_key(|actor| place(actor));
    let line = |actor: &TagView| {
        let mut parts: [Vec<String>; 4] = Default::default();
        for (trend, view) in pairs {
            let Some(other) = other(view, actor) else { continue };
            let name = &other.label;
            match (trend.movement, trend.whole) {
                (Movement::Closer, Some(whole)) => parts[0].push(format!("{name} ({})", signed(whole.change))),
                (Movement::Apart, Some(whole)) => parts[1].push(format!("{name} ({})", signed(whole.change))),
                (Movement::Mended, _) => parts[2].push(name.clone()),
                (Movement::FellBack, _) => parts[3].push(name.clone()),
                _ => {}
            }
        }
        let clauses: Vec<String> =
            ["moved closer to ", "away from ", "fell out and then made up with ", "drew closer to and then away from "]
                .iter()
                .zip(&parts)
                .filter(|(_, names)| !names.is_empty())
                .map(|(verb, names)| format!("{verb}{}", listed(names)))
                .collect();
        let sentence = clauses.join("; ");
        let sentence = if sentence.starts_with("away") { format!("moved {sentence}") } else { sentence };
        (!sentence.is_empty()).then(|| Mover { actor: actor.clone(), sentence })
    };
    seen.into_iter().filter_map(line).collect()
}

fn other<'a>(view: &'a RelationReview, actor: &TagView) -> Option<&'a TagView> {
    match &view.actors {
        [a, b] if a == actor => Some(b),
        [a, b] if b == actor => Some(a),
        _ => None,
    }
}

/// Joins names: `a`, `a and b`, `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn storyline(
    line: &Storyline,
    is_of_year: &impl Fn(Date) -> bool,
    shown: &impl Fn(&EvidenceItem) -> EvidenceView,
) -> Option<StorylineReview> {
    let peaks: Vec<PeakReview> = line
        .peaks
        .iter()
        .filter(|peak| is_of_year(peak.day))
        .filter_map(|peak| {
            let evidence = EvidenceView { title: plain(&peak.title), ..shown(peak.evidence.first()?) };
            Some(PeakReview { date: peak.day, newsrooms: peak.newsrooms, evidence })
        })
        .collect();
    if peaks.len() < 2 {
        return None;
    }
    Some(StorylineReview {
        subject: TagView { tag: plain(&line.tag).into(), label: plain(&line.label) },
        items: line.items,
        newsrooms: line.newsrooms,
        peaks_omitted: 0,
        peaks,
    })
}

fn naming(set: &NamingView) -> Option<NamingReview> {
    let uses: u32 = set.uses.iter().sum();
    if set.sides.len() < 2 || uses < USES_MIN {
        return None;
    }
    let blocs: BTreeSet<Option<PressBloc>> = set.by_bloc.iter().map(|share| share.bloc).collect();
    let row = |bloc: Option<Option<PressBloc>>| {
        let of = |side: &String, months: &dyn Fn(&[u32]) -> u32| -> u32 {
            let shares =
                set.by_bloc.iter().filter(|share| share.side == *side && bloc.is_none_or(|bloc| share.bloc == bloc));
            shares.map(|share| months(&share.months)).sum()
        };
        let head = |months: &[u32]| months.iter().take(END_MONTHS).sum::<u32>();
        let tail = |months: &[u32]| months.iter().rev().take(END_MONTHS).sum::<u32>();
        let all = |months: &[u32]| months.iter().sum::<u32>();
        NamingRow {
            bloc: bloc.flatten(),
            uses: set.sides.iter().map(|side| of(side, &all)).collect(),
            first: set.sides.iter().map(|side| of(side, &head)).collect(),
            last: set.sides.iter().map(|side| of(side, &tail)).collect(),
        }
    };
    let mut rows = vec![row(None)];
    let (shown, rare): (Vec<NamingRow>, Vec<NamingRow>) = blocs
        .into_iter()
        .filter(Option::is_some)
        .map(|bloc| row(Some(bloc)))
        .partition(|row| row.uses.iter().sum::<u32>() >= BLOC_USES_MIN);
    rows.extend(shown);
    let names: Vec<String> = set.labels.iter().map(|label| plain(label)).collect();
    let sentence = rows.first().map(|all| naming_sentence(&names, all)).unwrap_or_default();
    Some(NamingReview { names, uses, sentence, rows, rare: rare.len() })
}

/// Returns a phrase such as `TRIPP rose from 0 % of 12 uses in the first three months to 71 % of 48 in the last`.
fn naming_sentence(names: &[String], all: &NamingRow) -> String {
    let (before, after): (u32, u32) = (all.first.iter().sum(), all.last.iter().sum());
    let share = |uses: u32, of: u32| if of == 0 { 0.0 } else { 100.0 * f64::from(uses) / f64::from(of) };
    if before < USES_MIN || after < USES_MIN {
        let most = names.first().map_or("", String::as_str);
        return format!("{most} is used most; there are too few uses at one end of the year to measure a change");
    }
    let changes = names.iter().zip(all.first.iter().zip(&all.last));
    let most =
        changes.map(|(name, (first, last))| (name, share(*first, before), share(*last, after))).max_by(|a, b| {
            let size = |change: &(&String, f64, f64)| (change.2 - change.1).abs();
            // Of two equal changes, the rising one is reported.
            size(a).total_cmp(&size(b)).then_with(|| (a.2 - a.1).total_cmp(&(b.2 - b.1)))
        });
    let Some((name, first, last)) = most else { return String::new() };
    let verb = match last - first {
        rise if rise >= 5.0 => "rose",
        fall if fall <= -5.0 => "fell",
        _ => {
            return format!(
                "no share changed by five points or more between the first three months ({before} uses) and the last ({after})"
            );
        }
    };
    format!(
        "{name} {verb} from {first:.0} % of {before} uses in the first three months to {last:.0} % of {after} in the last"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_names_is_reported_with_its_counts() {
        let names = ["Corridor".to_owned(), "Route".to_owned()];
        let check = |first: [u32; 2], last: [u32; 2], expected: &str| {
            let row = NamingRow { bloc: None, uses: vec![0, 0], first: first.to_vec(), last: last.to_vec() };
            assert_eq!(naming_sentence(&names, &row), expected);
        };
        check([20, 0], [10, 30], "Route rose from 0 % of 20 uses in the first three months to 75 % of 40 in the last");
        check(
            [20, 20],
            [21, 20],
            "no share changed by five points or more between the first three months (40 uses) and the last (41)",
        );
        check(
            [0, 0],
            [21, 20],
            "Corridor is used most; there are too few uses at one end of the year to measure a change",
        );
    }
}
