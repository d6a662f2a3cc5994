//! The composition of an issue.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_128;

use super::input::{DigestInput, FailingFeed, Gap, Panel, Rollover};
use super::plan::{Section, SectionKind, SectionPlan};
use super::rank::{Frame, rank};
use super::story::{Story, gather, shorten};
use super::view::{Counts, Digest, Moved, PeriodView, SectionView, SourceView, StoryView, TagView};
use crate::model::{Cadence, Period};
use crate::trends::safe::{plain, web_address};

/// How an issue is composed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sections, quotas, weights.
    pub plan: SectionPlan,
    /// Address under which issues are served, without the part for the issue; none where nothing is served.
    pub base_url: Option<String>,
}

impl Options {
    /// The options with a plan and nothing served.
    pub fn new(plan: SectionPlan) -> Options {
        Options { plan, base_url: None }
    }
}

/// A story with its rank.
struct Ranked {
    story: Story,
    rank: f64,
    placed: bool,
}

/// Composes an issue. The same input gives the same digest, whatever the order of its items and lists.
pub fn compose(input: &DigestInput, options: &Options) -> Digest {
    let plan = &options.plan;
    let period = period_view(&input.period);
    let moved_addresses: BTreeSet<&str> = input
        .trends
        .iter()
        .flat_map(|trends| &trends.turning_points)
        .flat_map(|point| &point.urls)
        .map(String::as_str)
        .collect();
    let bounds = (period.start.map_or(0, |at| at.as_second()), period.end.map_or(0, |at| at.as_second()));
    let frame = Frame { plan, bounds, moved: moved_addresses };
    let stories = gather(&input.items, plan);
    let mut counts = count(input, &stories);
    let mut ranked: Vec<Ranked> =
        stories.into_iter().map(|story| Ranked { rank: rank(&story, &frame), story, placed: false }).collect();
    ranked.sort_by(|a, b| b.rank.total_cmp(&a.rank).then_with(|| order(&a.story).cmp(&order(&b.story))));
    let before = ranked.len();
    ranked.retain(|story| story.story.in_earlier_issue.is_none() || has_moved(&story.story, &frame));
    counts.repeated = before - ranked.len();

    let labels: BTreeMap<&str, String> = input.labels.iter().map(|(tag, label)| (tag.as_str(), plain(label))).collect();
    let sections = fill(&mut ranked, options, period.cadence, &labels);
    counts.shown = sections.iter().map(|section| section.stories.len()).sum();
    let mut corrections: Vec<_> = input.corrections.iter().map(|(date, text)| (*date, plain(text))).collect();
    corrections.sort();
    let mut digest = Digest {
        schema: 1,
        title: plan.title.clone(),
        number: input.number,
        permalink: permalink(options, &period),
        notes: notes(input, &counts),
        counts,
        moved: moved(input, plan, &labels),
        sections,
        corrections,
        panel: clean_panel(&input.panel),
        period,
        content_hash: String::new(),
    };
    // The hash is over the issue with an empty hash; serde_json writes the same values in the same order always.
    digest.content_hash = format!("{:032x}", xxh3_128(serde_json::to_string(&digest).unwrap_or_default().as_bytes()));
    digest
}

/// What breaks ties of rank: nothing that depends on the order of ingest.
fn order(story: &Story) -> (i64, &str, Option<&str>, &str) {
    let best = story.best();
    (story.first_seen().as_second(), best.title.as_str(), best.url.as_deref(), best.outlet.as_str())
}

/// A story that an earlier issue had stands again where a second newsroom wrote of it anew, or a turning point rests on it.
fn has_moved(story: &Story, frame: &Frame<'_>) -> bool {
    story.independent() >= 2
        || story.reports.iter().any(|report| report.url.as_deref().is_some_and(|url| frame.moved.contains(url)))
}

fn fill(
    ranked: &mut [Ranked],
    options: &Options,
    cadence: Cadence,
    labels: &BTreeMap<&str, String>,
) -> Vec<SectionView> {
    let plan = &options.plan;
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
            stories.push(story_view(candidate, plan, labels));
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
        && (section.tags.is_empty() || section.tags.iter().any(|tag| story.tags.contains(tag)))
        && !section.without.iter().any(|tag| story.tags.contains(tag))
}

fn story_view(candidate: &Ranked, plan: &SectionPlan, labels: &BTreeMap<&str, String>) -> StoryView {
    let story = &candidate.story;
    let best = story.best();
    let headline = match (&best.title, &best.summary) {
        (title, _) if !title.is_empty() => title.clone(),
        (_, Some(summary)) => shorten(summary, "", 100).unwrap_or_default(),
        _ => "Untitled".to_owned(),
    };
    let summary = best.summary.as_deref().and_then(|text| shorten(text, &headline, plan.summary_chars));
    let mut sources: Vec<SourceView> = Vec::new();
    let mut named: BTreeSet<&str> = BTreeSet::from([best.outlet.as_str()]);
    // Texts of their own before copies, then by time: who was first stands first.
    let mut reports: Vec<_> = story.reports.iter().collect();
    reports.sort_by_key(|report| report.copy);
    for report in reports {
        if named.insert(report.outlet.as_str()) && sources.len() < plan.links {
            sources.push(SourceView {
                outlet: report.outlet.clone(),
                bloc: report.bloc,
                title: report.title.clone(),
                url: report.url.clone(),
                language: report.language.clone(),
                published: report.at,
                copy: report.copy,
            });
        }
    }
    let newsrooms = story.newsrooms().len();
    StoryView {
        headline,
        language: best.language.clone(),
        summary,
        url: best.url.clone(),
        outlet: best.outlet.clone(),
        bloc: best.bloc,
        first_seen: story.first_seen(),
        tags: chips(story, plan, labels),
        items: story.items,
        newsrooms,
        independent: story.independent(),
        blocs: story.blocs().into_iter().collect(),
        languages: story.languages().into_iter().map(str::to_owned).collect(),
        follow_up_to: story.in_earlier_issue.clone(),
        rank: candidate.rank,
        sources_omitted: newsrooms - 1 - sources.len(),
        sources,
    }
}

fn chips(story: &Story, plan: &SectionPlan, labels: &BTreeMap<&str, String>) -> Vec<TagView> {
    let mut tags: Vec<(usize, &String)> = story
        .tags
        .iter()
        .filter_map(|tag| Some((plan.chips.iter().position(|head| tag.starts_with(head.as_str()))?, tag)))
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

fn moved(input: &DigestInput, plan: &SectionPlan, labels: &BTreeMap<&str, String>) -> Vec<Moved> {
    let Some(section) = plan.sections.iter().find(|section| section.kind == SectionKind::Moved) else {
        return Vec::new();
    };
    let mut points: Vec<_> = input
        .trends
        .iter()
        .flat_map(|trends| &trends.turning_points)
        .filter(|point| point.date >= input.period.first && point.date < input.period.end)
        .collect();
    points.sort_by(|a, b| {
        let key = |point: &&crate::trends::TurningPoint| (point.date, point.kind);
        b.strength.total_cmp(&a.strength).then_with(|| key(a).cmp(&key(b))).then_with(|| a.title.cmp(&b.title))
    });
    points.truncate(room(section, input.period.cadence));
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
            evidence: point.evidence.clone(),
        })
        .collect()
}

fn count(input: &DigestInput, stories: &[Story]) -> Counts {
    let newsrooms: BTreeSet<&str> = stories.iter().flat_map(Story::newsrooms).collect();
    let languages: BTreeSet<&str> = stories.iter().flat_map(Story::languages).collect();
    Counts {
        items: input.items.len(),
        stories: stories.len(),
        shown: 0,
        repeated: 0,
        newsrooms: newsrooms.len(),
        languages: languages.len(),
    }
}

fn notes(input: &DigestInput, counts: &Counts) -> Vec<String> {
    let panel = &input.panel;
    let mut notes = Vec::new();
    if let Some(until) = panel.complete_until {
        let until = until.to_zoned(input.period.time_zone.clone()).strftime("%Y-%m-%d %H:%M %Z");
        notes.push(format!("The period was still running when this issue was made: it is complete up to {until}."));
    }
    if panel.feeds_total > 0 && panel.feeds_alive == 0 {
        notes.push(format!(
            "No feed could be reached: none of {} answered in this period. This is a gap in our watch, not a quiet time.",
            panel.feeds_total
        ));
    } else if panel.feeds_total > panel.feeds_alive {
        notes.push(format!(
            "{} of {} feeds could not be read in this period; the foot says which.",
            panel.feeds_total - panel.feeds_alive,
            panel.feeds_total
        ));
    }
    if counts.items == 0 {
        notes.push("Nothing in scope was published in this period.".to_owned());
    } else if counts.repeated == counts.stories {
        notes.push("Nothing new: every story of this period stood in an earlier issue and has not moved.".to_owned());
    }
    notes
}

fn clean_panel(panel: &Panel) -> Panel {
    let mut clean = panel.clone();
    clean.feeds_failing = panel
        .feeds_failing
        .iter()
        .map(|feed| FailingFeed { title: plain(&feed.title), reason: plain(&feed.reason) })
        .collect();
    clean.rollovers =
        panel.rollovers.iter().map(|feed| Rollover { title: plain(&feed.title), times: feed.times }).collect();
    clean.gaps = panel.gaps.iter().map(|gap| Gap { title: gap.title.as_deref().map(plain), ..gap.clone() }).collect();
    clean.feeds_failing.sort();
    clean.rollovers.sort_by_key(|feed| (Reverse(feed.times), feed.title.clone()));
    clean.gaps.sort_by_key(|gap| (gap.from, gap.until, gap.title.clone()));
    clean.lexicon_version = plain(&panel.lexicon_version);
    clean
}

fn period_view(period: &Period) -> PeriodView {
    PeriodView {
        cadence: period.cadence,
        label: period.label(),
        first: period.first,
        last: period.end.yesterday().unwrap_or(period.first).max(period.first),
        start: period.start_instant().ok(),
        end: period.end_instant().ok(),
        time_zone: period.time_zone.iana_name().unwrap_or("UTC").to_owned(),
    }
}

fn permalink(options: &Options, period: &PeriodView) -> Option<String> {
    let base = web_address(options.base_url.as_deref()?)?;
    Some(format!("{}/issues/{}/{}", base.trim_end_matches('/'), period.cadence.as_str(), period.label))
}
