//! Stories into sections: quotas, and what of a story is shown.

use std::collections::{BTreeMap, BTreeSet};

use super::input::DigestInput;
use super::plan::{Section, SectionKind, SectionPlan, Wording};
use super::rank::Ranked;
use super::story::Story;
use super::view::{EvidenceView, Moved, SectionView, SourceView, StoryView, TagView};
use super::words;
use crate::model::Cadence;
use crate::trends::safe::plain;
use crate::trends::{EvidenceItem, TurningPoint};

/// Characters of a summary that stand in for a headline that is missing.
const UNTITLED_CHARS: usize = 100;

pub(super) fn fill(
    ranked: &mut [Ranked],
    plan: &SectionPlan,
    cadence: Cadence,
    labels: &BTreeMap<&str, String>,
) -> Vec<SectionView> {
    let mut views: Vec<SectionView> = Vec::new();
    for section in plan.sections.iter().filter(|section| section.kind != SectionKind::Moved) {
        let most = room(section, cadence);
        let mut leads: BTreeMap<String, usize> = BTreeMap::new();
        let mut stories = Vec::new();
        for candidate in ranked.iter_mut().filter(|candidate| !candidate.placed) {
            if stories.len() >= most {
                break;
            }
            let lead = leads.entry(candidate.story.best().outlet.clone()).or_default();
            let full = section.kind == SectionKind::Stories && *lead >= plan.per_outlet.max(1);
            if !takes(section, &candidate.story) || full {
                continue;
            }
            *lead += 1;
            candidate.placed = true;
            let view = story_view(candidate, plan, labels, section.kind == SectionKind::Rest);
            stories.push(view);
        }
        views.push(SectionView {
            id: section.id.clone(),
            title: plain(&section.title),
            brief: section.kind == SectionKind::Rest,
            stories,
            omitted: 0,
        });
    }
    for left in ranked.iter().filter(|candidate| !candidate.placed) {
        let home = plan
            .sections
            .iter()
            .filter(|section| section.kind != SectionKind::Moved)
            .position(|section| takes(section, &left.story));
        if let Some(view) = home.and_then(|place| views.get_mut(place)) {
            view.omitted += 1;
        }
    }
    views.retain(|view| !view.stories.is_empty());
    views
}

/// Room for stories: longer periods get more, but never in proportion to their length.
fn room(section: &Section, cadence: Cadence) -> usize {
    match cadence {
        Cadence::Day => section.max,
        Cadence::Week => section.max * 3 / 2,
        Cadence::Month => section.max * 2,
        Cadence::Year => section.max * 3,
    }
}

fn takes(section: &Section, story: &Story) -> bool {
    (section.scopes.is_empty() || section.scopes.contains(&story.scope))
        && (section.tags.is_empty() || section.tags.iter().any(|tag| story.leading.contains(tag)))
        && section.with.iter().all(|tag| story.leading.contains(tag))
        && !section.without.iter().any(|tag| story.leading.contains(tag))
}

fn story_view(
    candidate: &mut Ranked,
    plan: &SectionPlan,
    labels: &BTreeMap<&str, String>,
    is_brief: bool,
) -> StoryView {
    let story = &candidate.story;
    let best = story.best();
    let wording = &plan.wording;
    let headline = match (&best.title, &best.summary) {
        (title, _) if !title.is_empty() => words::headline(title, &best.outlet, wording),
        (_, Some(summary)) => words::cut(summary, UNTITLED_CHARS),
        _ => "Untitled".to_owned(),
    };
    let summary = best.summary.as_deref().and_then(|text| words::summary(text, &headline, plan.summary_chars, wording));
    let foreign_script = words::is_foreign_script(&headline);
    let mut sources: Vec<SourceView> = Vec::new();
    let mut named: BTreeSet<&str> = BTreeSet::from([best.outlet.as_str()]);
    let mut printed = vec![best.id];
    // Texts of their own before copies, then by time: who was first stands first.
    let mut reports: Vec<_> = story.reports.iter().collect();
    reports.sort_by_key(|report| report.copy);
    for report in reports {
        if named.insert(report.outlet.as_str()) && sources.len() < plan.links {
            if !is_brief {
                printed.push(report.id);
            }
            sources.push(SourceView {
                outlet: report.outlet.clone(),
                bloc: report.bloc,
                title: words::headline(&report.title, &report.outlet, wording),
                url: report.url.clone(),
                language: report.language.clone(),
                published: report.at,
                copy: report.copy,
            });
        }
    }
    let newsrooms = story.newsrooms().len();
    let view = StoryView {
        headline,
        language: best.language.clone(),
        summary,
        url: best.url.clone(),
        outlet: best.outlet.clone(),
        bloc: best.bloc,
        first_seen: story.first_seen(),
        tags: chips(story, if foreign_script { &plan.chips_foreign } else { &plan.chips }, labels),
        foreign_script,
        items: story.items,
        newsrooms,
        independent: story.independent(),
        blocs: story.blocs().into_iter().collect(),
        languages: story.languages().into_iter().map(str::to_owned).collect(),
        follow_up_to: story.in_earlier_issue.clone(),
        rank: candidate.rank,
        sources_omitted: newsrooms - 1 - sources.len(),
        sources,
    };
    candidate.printed = printed;
    view
}

fn chips(story: &Story, heads: &[String], labels: &BTreeMap<&str, String>) -> Vec<TagView> {
    let mut tags: Vec<(usize, &String)> = story
        .tags
        .iter()
        .filter_map(|tag| Some((heads.iter().position(|head| tag.starts_with(head.as_str()))?, tag)))
        .collect();
    tags.sort();
    tags.into_iter().map(|(_, tag)| tag_view(tag, labels)).collect()
}

fn tag_view(tag: &str, labels: &BTreeMap<&str, String>) -> TagView {
    let label = labels.get(tag).cloned().unwrap_or_else(|| {
        let bare = tag.split_once(':').map_or(tag, |(_, rest)| rest);
        plain(bare).replace('-', " ")
    });
    TagView { tag: plain(tag), label }
}

/// The turning points of the period that concern the beat, strongest first.
pub(super) fn moved(input: &DigestInput, plan: &SectionPlan, labels: &BTreeMap<&str, String>) -> Vec<Moved> {
    let Some(section) = plan.sections.iter().find(|section| section.kind == SectionKind::Moved) else {
        return Vec::new();
    };
    let items: BTreeSet<i64> = input.items.iter().map(|item| item.id).collect();
    let mut points: Vec<_> = turning_points(input, plan).filter(|point| concerns(point, input, &items)).collect();
    points.sort_by(|a, b| {
        let key = |point: &&TurningPoint| (point.date, point.kind);
        b.strength.total_cmp(&a.strength).then_with(|| key(a).cmp(&key(b))).then_with(|| a.title.cmp(&b.title))
    });
    points.truncate(room(section, input.period.cadence));
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    points
        .into_iter()
        .map(|point| Moved {
            date: point.date,
            kind: point.kind,
            title: plain(&point.title),
            tags: point.tags.iter().map(|tag| tag_view(tag, labels)).collect(),
            direction: point.direction,
            items: point.items,
            newsrooms: point.newsrooms,
            evidence: point
                .evidence
                .iter()
                .filter(|item| !is_of_period(item, input) || items.contains(&item.id))
                .filter(|item| item.url.as_deref().is_none_or(|url| shown.insert(url)))
                .map(|item| evidence(item, &plan.wording))
                .collect(),
        })
        .collect()
}

/// The turning points of the period that bear a tag of the beat and come from newsrooms enough.
pub(super) fn turning_points<'a>(
    input: &'a DigestInput,
    plan: &'a SectionPlan,
) -> impl Iterator<Item = &'a TurningPoint> {
    let on_beat = |point: &TurningPoint| plan.beat.is_empty() || point.tags.iter().any(|tag| plan.beat.contains(tag));
    input
        .trends
        .iter()
        .flat_map(|trends| &trends.turning_points)
        .filter(|point| point.date >= input.period.first && point.date < input.period.end)
        .filter(move |point| on_beat(point) && point.newsrooms >= plan.moved_newsrooms_min)
}

/// Whether at least half of its evidence of the period is in scope: a burst of other news that names the beat in passing is none of it.
fn concerns(point: &TurningPoint, input: &DigestInput, items: &BTreeSet<i64>) -> bool {
    let of_period: Vec<bool> =
        point.evidence.iter().filter(|item| is_of_period(item, input)).map(|item| items.contains(&item.id)).collect();
    of_period.iter().filter(|in_scope| **in_scope).count() * 2 >= of_period.len()
}

fn is_of_period(item: &EvidenceItem, input: &DigestInput) -> bool {
    let bounds = (input.period.start_instant().ok(), input.period.end_instant().ok());
    item.published.is_some_and(|at| bounds.0 <= Some(at) && Some(at) < bounds.1)
}

fn evidence(item: &EvidenceItem, wording: &Wording) -> EvidenceView {
    EvidenceView {
        title: words::headline(&item.title, &item.outlet, wording),
        url: item.url.clone(),
        outlet: item.outlet.clone(),
        language: item.language.clone(),
    }
}
