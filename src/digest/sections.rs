//! Fills the sections of an issue, within quotas, and decides what is shown of each story.

use std::collections::{BTreeMap, BTreeSet};

use super::headline::{self, TitleCleaner};
use super::input::DigestInput;
use super::model::{EvidenceView, Moved, SectionView, SourceView, StoryView, TagView};
use super::plan::{NewsKind, news_kind};
use super::plan::{Section, SectionKind, SectionPlan};
use super::rank::Ranked;
use super::story::Story;
use crate::model::{Cadence, Tag};
use crate::text::sanitize::plain;
use crate::trends::{EvidenceItem, TurningKind, TurningPoint};

/// Most characters of a summary used in place of a missing headline.
const UNTITLED_CHARS: usize = 100;

pub(super) fn fill(
    ranked: &mut [Ranked],
    plan: &SectionPlan,
    cadence: Cadence,
    labels: &BTreeMap<&str, String>,
    cleaner: &TitleCleaner<'_>,
) -> Vec<SectionView> {
    let mut views: Vec<SectionView> = Vec::new();
    // Stories that a turning point of the issue already reports.
    let reported: Vec<usize> = (0..ranked.len()).filter(|&place| ranked[place].placed).collect();
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
            let is_brief = section.kind == SectionKind::Rest || cadence == Cadence::Year;
            let view = story_view(candidate, plan, labels, cleaner, is_brief);
            stories.push(view);
        }
        views.push(SectionView {
            id: section.id.clone(),
            title: plain(&section.title),
            brief: section.kind == SectionKind::Rest || cadence == Cadence::Year,
            stories,
            in_moved: Vec::new(),
            omitted: 0,
        });
    }
    let home = |story: &Story| {
        let mut sections = plan.sections.iter().filter(|section| section.kind != SectionKind::Moved);
        sections.position(|section| takes(section, story))
    };
    for place in reported {
        let candidate = &mut ranked[place];
        if let Some(view) = home(&candidate.story).and_then(|place| views.get_mut(place)) {
            let printed = std::mem::take(&mut candidate.printed);
            view.in_moved.push(story_view(candidate, plan, labels, cleaner, view.brief));
            candidate.printed = printed;
        }
    }
    for left in ranked.iter().filter(|candidate| !candidate.placed) {
        if let Some(view) = home(&left.story).and_then(|place| views.get_mut(place)) {
            view.omitted += 1;
        }
    }
    views.retain(|view| !view.stories.is_empty() || !view.in_moved.is_empty());
    views
}

/// Most lines of the lead.
const LEAD_LINES: usize = 3;
/// Most characters of a line of the lead.
const LEAD_CHARS: usize = 110;

/// Most turning points of the region in the lead of an issue that has others.
const LEAD_REGIONAL: usize = 2;

/// Returns what a reader should know first: turning points of the region, the strongest other one, then the best story
/// of each section in order, and the other turning points.
pub(super) fn lead(moved: &[Moved], sections: &[SectionView], languages: &[String]) -> Vec<String> {
    let events = moved.iter().filter(|point| !point.figures.is_empty());
    let (regional, wider): (Vec<&Moved>, Vec<&Moved>) = events.partition(|point| point.is_regional);
    let stories = sections.iter().filter(|section| !section.brief).filter_map(|section| section.stories.first());
    // A story in a language of the reader comes before others.
    let is_read = |story: &&StoryView| {
        let code = story.language.as_deref().and_then(|code| code.split('-').next());
        code.is_none_or(|code| languages.iter().any(|known| known == code))
    };
    let (read, unread): (Vec<&StoryView>, Vec<&StoryView>) = stories.partition(is_read);
    let stories = read.into_iter().chain(unread);
    let titles = |points: &[&Moved]| points.iter().map(|point| point.title.clone()).collect::<Vec<String>>();
    let order = [
        titles(regional.get(..LEAD_REGIONAL).unwrap_or(&regional)),
        titles(wider.get(..1).unwrap_or(&wider)),
        stories.map(|story| story.headline.clone()).collect(),
        titles(&regional),
        titles(&wider),
    ];
    let mut lines: Vec<String> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for title in order.concat() {
        if lines.len() < LEAD_LINES && seen.insert(headline::letters(&title)) {
            lines.push(headline::cut(&title, LEAD_CHARS));
        }
    }
    lines
}

/// Marks the stories that a turning point of the issue tells as placed: an event is in an issue once. A turning point
/// tells a story that has half of its evidence, or the report that gives it its title; its evidence has other angles.
pub(super) fn place_told(ranked: &mut [Ranked], moved: &[Moved]) {
    for candidate in ranked.iter_mut() {
        let reports = &candidate.story.reports;
        let has = |item: &EvidenceView| {
            item.url.is_some() && reports.iter().any(|report| report.url.as_deref() == item.url.as_deref())
        };
        let is_told = |point: &&Moved| {
            let own: Vec<&EvidenceView> = point.evidence.iter().filter(|item| has(item)).collect();
            !own.is_empty()
                && (own.len() * 2 >= point.evidence.len() || own.iter().any(|item| item.title == point.title))
        };
        let Some(point) = moved.iter().find(is_told) else { continue };
        let shown = |url: Option<&str>| point.evidence.iter().any(|item| url.is_some() && item.url.as_deref() == url);
        candidate.printed =
            reports.iter().filter(|report| shown(report.url.as_deref())).map(|report| report.id).collect();
        candidate.placed = true;
    }
}

/// Most turning points under way that are listed, and fewest newsrooms of one outside the region.
const UNDER_WAY_MAX: usize = 3;
const UNDER_WAY_NEWSROOMS: u32 = 20;

/// Returns the turning points that began before the period and were still reported in it, those of the region first.
/// One of which a story of the issue tells is in the issue already.
pub(super) fn under_way(
    input: &DigestInput,
    plan: &SectionPlan,
    sections: &[SectionView],
    labels: &BTreeMap<&str, String>,
    cleaner: &TitleCleaner<'_>,
) -> Vec<Moved> {
    if !matches!(input.period.cadence, Cadence::Day | Cadence::Week) {
        return Vec::new();
    }
    let has_events = |point: &&TurningPoint| {
        matches!(point.kind, TurningKind::Burst | TurningKind::Deed | TurningKind::StorylineStart)
    };
    let is_wide = |point: &&TurningPoint| point.is_regional || point.newsrooms >= UNDER_WAY_NEWSROOMS;
    let stories = sections.iter().flat_map(|section| section.stories.iter().chain(&section.in_moved));
    let printed: BTreeSet<&str> = stories.flat_map(addresses).collect();
    let is_told = |point: &TurningPoint| point.urls.iter().any(|url| printed.contains(url.as_str()));
    let mut points: Vec<&TurningPoint> = in_scope(input, plan)
        .filter(|point| point.date < input.period.first && point.end >= input.period.first)
        .filter(|point| has_events(point) && is_wide(point) && !is_told(point))
        .collect();
    points.sort_by(|a, b| {
        b.is_regional
            .cmp(&a.is_regional)
            .then_with(|| b.newsrooms.cmp(&a.newsrooms))
            .then_with(|| b.date.cmp(&a.date))
            .then_with(|| a.title.cmp(&b.title))
    });
    points.truncate(UNDER_WAY_MAX);
    points.sort_by_key(|point| point.date);
    let shown = |item: &EvidenceItem| EvidenceView {
        title: cleaner.headline(&item.title, &item.outlet),
        url: item.url.clone(),
        outlet: item.outlet.clone(),
        language: item.language.clone(),
    };
    let view = |point: &TurningPoint| {
        let evidence = point.evidence.iter().take(1).map(shown).collect();
        moved_view(point, labels, cleaner, evidence)
    };
    points.into_iter().map(view).collect()
}

/// Returns the addresses of a story's reports.
fn addresses(story: &StoryView) -> Vec<&str> {
    story.url.iter().chain(story.sources.iter().filter_map(|one| one.url.as_ref())).map(String::as_str).collect()
}

fn moved_view(
    point: &TurningPoint,
    labels: &BTreeMap<&str, String>,
    cleaner: &TitleCleaner<'_>,
    evidence: Vec<EvidenceView>,
) -> Moved {
    Moved {
        date: point.date,
        kind: point.kind,
        title: cleaner.headline(&point.title, ""),
        figures: plain(&point.figures),
        tags: point.tags.iter().map(|tag| tag_view(tag, labels)).collect(),
        is_regional: point.is_regional,
        direction: point.direction,
        items: point.items,
        newsrooms: point.newsrooms,
        evidence,
    }
}

/// Most stories of a section of a yearly issue.
const YEAR_STORIES: usize = 2;
/// Most items shown for a turning point of a yearly issue.
const YEAR_EVIDENCE: usize = 2;

/// Returns the quota of a section: longer periods get more, but not in proportion to their length.
fn room(section: &Section, cadence: Cadence) -> usize {
    match cadence {
        // A yearly issue consists mainly of turning points.
        Cadence::Year if section.kind == SectionKind::Moved => section.max * 6,
        // Its other stories are a sample.
        Cadence::Year if section.kind == SectionKind::Rest => 0,
        Cadence::Year => section.max.min(YEAR_STORIES),
        Cadence::Day => section.max,
        Cadence::Week => section.max * 3 / 2,
        Cadence::Month => section.max * 2,
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
    cleaner: &TitleCleaner<'_>,
    is_brief: bool,
) -> StoryView {
    let story = &candidate.story;
    let best = story.best();
    let headline = match (&best.title, &best.summary) {
        (title, _) if !title.is_empty() => cleaner.headline(title, &best.outlet),
        (_, Some(summary)) => headline::cut(summary, UNTITLED_CHARS),
        _ => "Untitled".to_owned(),
    };
    let cut = best.summary.as_deref().and_then(|text| headline::with_cut_marked(&headline, text));
    let headline = cut.unwrap_or(headline);
    let summary = best
        .summary
        .as_deref()
        .and_then(|text| headline::summary(text, &headline, plan.summary_chars, cleaner.wording));
    let foreign_script = headline::is_foreign_script(&headline);
    let mut sources: Vec<SourceView> = Vec::new();
    let mut named: BTreeSet<&str> = BTreeSet::from([best.outlet.as_str()]);
    let mut printed = vec![best.id];
    // Originals before copies, then by time, so that the first to report comes first.
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
                title: cleaner.headline(&report.title, &report.outlet),
                url: report.url.clone(),
                language: report.language.clone(),
                published: report.published,
                first_seen: report.first_seen(),
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
        published: story.published(),
        tags: chips(story, if foreign_script { &plan.chips_foreign } else { &plan.chips }, plan, labels),
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

fn chips(story: &Story, heads: &[String], plan: &SectionPlan, labels: &BTreeMap<&str, String>) -> Vec<TagView> {
    let shows_part =
        |tag: &Tag| plan.wholes.get(tag).is_some_and(|parts| parts.iter().any(|part| story.tags.contains(part)));
    let mut tags: Vec<(usize, &Tag)> = story
        .tags
        .iter()
        .filter(|tag| !shows_part(tag))
        .filter_map(|tag| Some((heads.iter().position(|head| tag.starts_with(head.as_str()))?, tag)))
        .collect();
    tags.sort();
    tags.into_iter().map(|(_, tag)| tag_view(tag, labels)).collect()
}

pub(super) fn tag_view(tag: &str, labels: &BTreeMap<&str, String>) -> TagView {
    let label = labels.get(tag).cloned().unwrap_or_else(|| {
        let bare = tag.split_once(':').map_or(tag, |(_, rest)| rest);
        plain(bare).replace('-', " ")
    });
    TagView { tag: plain(tag).into(), label }
}

/// Returns the turning points of the period in scope, those of the region first and of these the strongest, in a yearly
/// issue by date; and how many more there are.
pub(super) fn moved(
    input: &DigestInput,
    plan: &SectionPlan,
    labels: &BTreeMap<&str, String>,
    cleaner: &TitleCleaner<'_>,
) -> (Vec<Moved>, usize) {
    let Some(section) = plan.sections.iter().find(|section| section.kind == SectionKind::Moved) else {
        return (Vec::new(), 0);
    };
    // Sport and opinion make no turning point.
    let news: BTreeSet<i64> =
        input.items.iter().filter(|item| news_kind(item, plan) != NewsKind::BelowNews).map(|item| item.id).collect();
    // That a subject returns for weeks is no event of a day; the storylines of a review tell it.
    let is_event = |point: &&TurningPoint| point.kind != TurningKind::StorylineStart || !point.figures.is_empty();
    let points = turning_points(input, plan).filter(is_event);
    let mut points: Vec<_> = points.filter(|point| concerns(point, input, &news)).collect();
    points.sort_by(|a, b| {
        let key = |point: &&TurningPoint| (point.date, point.kind);
        b.is_regional
            .cmp(&a.is_regional)
            .then_with(|| b.strength.total_cmp(&a.strength))
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| a.title.cmp(&b.title))
    });
    points = once_an_event(points);
    let most = room(section, input.period.cadence);
    let omitted = points.len().saturating_sub(most);
    points.truncate(most);
    let sources_min = if input.period.cadence == Cadence::Year {
        points.sort_by(|a, b| (a.date, a.kind).cmp(&(b.date, b.kind)).then_with(|| a.title.cmp(&b.title)));
        2
    } else {
        1
    };
    let mut shown: BTreeSet<String> = BTreeSet::new();
    let views = points
        .into_iter()
        .map(|point| {
            let mut evidence = evidence(point, input, &news, cleaner, sources_min, &mut shown);
            if input.period.cadence == Cadence::Year {
                evidence.truncate(YEAR_EVIDENCE);
            }
            moved_view(point, labels, cleaner, evidence)
        })
        .collect();
    (views, omitted)
}

/// Keeps the strongest turning point of each event and drops others that begin within a day of it and share an item or
/// two tags with it. An issue has room for each event once.
fn once_an_event(points: Vec<&TurningPoint>) -> Vec<&TurningPoint> {
    let mut kept: Vec<&TurningPoint> = Vec::new();
    for point in points {
        let is_reported = kept.iter().any(|other| {
            let days = (point.date - other.date).get_days().abs();
            let tags = point.tags.iter().filter(|tag| other.tags.contains(tag)).count();
            days <= 1 && (tags >= 2 || point.urls.iter().any(|url| other.urls.contains(url)))
        });
        if !is_reported {
            kept.push(point);
        }
    }
    kept
}

/// Returns the evidence of a turning point: each headline once, and none that another point has shown, unless fewer
/// than `least` remain.
fn evidence(
    point: &TurningPoint,
    input: &DigestInput,
    news: &BTreeSet<i64>,
    cleaner: &TitleCleaner<'_>,
    least: usize,
    shown: &mut BTreeSet<String>,
) -> Vec<EvidenceView> {
    let all: Vec<EvidenceView> = point
        .evidence
        .iter()
        .filter(|item| !is_of_period(item, input) || news.contains(&item.id))
        .map(|item| EvidenceView {
            title: cleaner.headline(&item.title, &item.outlet),
            url: item.url.clone(),
            outlet: item.outlet.clone(),
            language: item.language.clone(),
        })
        .collect();
    let (mut chosen, again): (Vec<EvidenceView>, Vec<EvidenceView>) =
        all.into_iter().partition(|item| shown.insert(headline::letters(&item.title)));
    for item in again {
        let says_more = || chosen.iter().all(|other| headline::letters(&other.title) != headline::letters(&item.title));
        if chosen.is_empty() || (chosen.len() < least && says_more()) {
            chosen.push(item);
        }
    }
    chosen
}

/// Returns the turning points of the period that have a tag in scope and come from enough outlets.
pub(super) fn turning_points<'a>(
    input: &'a DigestInput,
    plan: &'a SectionPlan,
) -> impl Iterator<Item = &'a TurningPoint> {
    in_scope(input, plan).filter(|point| point.date >= input.period.first && point.date < input.period.end)
}

/// The same, of any day.
fn in_scope<'a>(input: &'a DigestInput, plan: &'a SectionPlan) -> impl Iterator<Item = &'a TurningPoint> {
    let is_in_scope =
        |point: &TurningPoint| plan.scope_tags.is_empty() || point.tags.iter().any(|tag| plan.scope_tags.contains(tag));
    input
        .trends
        .iter()
        .flat_map(|trends| &trends.turning_points)
        .filter(move |point| is_in_scope(point) && point.newsrooms >= plan.moved_newsrooms_min)
}

/// Whether at least half of its evidence from the period is news in scope, which excludes bursts of other news that
/// merely mention it.
fn concerns(point: &TurningPoint, input: &DigestInput, news: &BTreeSet<i64>) -> bool {
    let of_period: Vec<bool> =
        point.evidence.iter().filter(|item| is_of_period(item, input)).map(|item| news.contains(&item.id)).collect();
    of_period.iter().filter(|in_scope| **in_scope).count() * 2 >= of_period.len()
}

fn is_of_period(item: &EvidenceItem, input: &DigestInput) -> bool {
    let bounds = (input.period.start_instant().ok(), input.period.end_instant().ok());
    item.published.is_some_and(|at| bounds.0 <= Some(at) && Some(at) < bounds.1)
}
