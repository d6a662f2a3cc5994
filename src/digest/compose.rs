//! Composes an issue from its input.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_128;

use super::corrections::corrections;
use super::headline::TitleCleaner;
use super::input::DigestInput;
use super::model::IssueItem;
use super::model::{Digest, PeriodView};
use super::plan::SectionPlan;
use super::rank::{Frame, Ranked, below_news, rank};
use super::review::{review, review_notes};
use super::sections::{fill, lead, moved, place_told, turning_points, under_way};
use super::sources::{clean_panel, count, notes};
use super::story::{Events, Report, Story, gather};
use crate::model::{Period, Tag};
use crate::text::sanitize::{plain, web_address};

/// The options for composing an issue.
#[derive(Clone, Debug)]
pub struct Options {
    /// The sections, quotas and weights.
    pub plan: SectionPlan,
    /// The base URL under which issues are served, without the path of an issue; `None` if they are not served.
    pub base_url: Option<String>,
}

impl Options {
    /// Returns options with a plan and without a base URL.
    pub fn new(plan: SectionPlan) -> Options {
        Options { plan, base_url: None }
    }
}

/// An issue, and the items in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Composition {
    /// The issue as it is printed.
    pub digest: Digest,
    /// The items in the issue, sorted by id.
    pub held: Vec<IssueItem>,
}

/// Composes an issue. The same input gives the same digest, whatever the order of its items and lists.
pub(crate) fn compose(input: &DigestInput, options: &Options) -> Composition {
    let plan = &options.plan;
    let period = period_view(&input.period);
    let points: Vec<_> = turning_points(input, plan).collect();
    let bounds = (period.start.map_or(0, |at| at.as_second()), period.end.map_or(0, |at| at.as_second()));
    let frame = Frame {
        plan,
        bounds,
        moved: points.iter().flat_map(|point| &point.urls).map(String::as_str).collect(),
        moved_tags: points.iter().map(|point| point.tags.as_slice()).collect(),
    };
    let events =
        input.trends.as_ref().map_or_else(Events::default, |trends| Events::new(&trends.events, &trends.apart));
    let (late, stories): (Vec<Story>, Vec<Story>) =
        gather(&input.items, &input.late, &events, plan).into_iter().partition(|story| story.is_late);
    let mut counts = count(input, &stories);
    let mut ranked = in_order(stories, &frame);
    let mut late = in_order(late, &frame);
    late.retain(|story| story.story.score >= plan.about_min);
    let before = ranked.len();
    ranked.retain(|story| story.story.in_earlier_issue.is_none() || has_moved(&story.story, &frame));
    counts.repeated = before - ranked.len();
    let before = ranked.len();
    ranked.retain(|story| story.story.score >= plan.about_min);
    counts.faint = before - ranked.len();

    let labels: BTreeMap<&str, String> = input.labels.iter().map(|(tag, label)| (tag.as_str(), plain(label))).collect();
    let cleaner = TitleCleaner::new(&plan.wording, input.items.iter().map(|item| item.outlet.as_str()));
    let (moved, moved_omitted) = moved(input, plan, &labels, &cleaner);
    place_told(&mut ranked, &moved);
    let sections = fill(&mut ranked, plan, period.cadence, &labels, &cleaner);
    counts.shown = sections.iter().map(|section| section.stories.len()).sum();
    let corrections = corrections(input, &late, plan);
    let mut held = corrections.held;
    held.extend(ranked.iter().filter(|ranked| ranked.placed).flat_map(Ranked::held));
    held.sort();
    held.dedup_by_key(|held| held.item_id);
    let review = review(input, plan, &labels, &cleaner);
    let mut notes = notes(input, &counts);
    notes.extend(review.iter().flat_map(|review| review_notes(input, review)));
    let mut digest = Digest {
        schema: 1,
        lead: match &review {
            Some(review) if !review.overview.is_empty() => {
                review.overview.iter().map(|sentence| sentence.text.clone()).collect()
            }
            _ => lead(&moved, &sections, &plan.languages),
        },
        title: plan.title.clone(),
        number: input.number,
        permalink: permalink(options, &period),
        notes,
        counts,
        moved,
        moved_omitted,
        under_way: under_way(input, plan, &sections, &labels, &cleaner),
        review,
        sections,
        corrections: corrections.views,
        late_omitted: corrections.late_omitted,
        panel: clean_panel(&input.panel),
        period,
        content_hash: String::new(),
    };
    // The hash covers the issue with an empty hash. serde_json writes equal values in the same order.
    digest.content_hash = format!("{:032x}", xxh3_128(serde_json::to_string(&digest).unwrap_or_default().as_bytes()));
    Composition { digest, held }
}

/// Returns the stories by rank, best first, with opinion and sport after all news.
fn in_order(stories: Vec<Story>, frame: &Frame<'_>) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = stories
        .into_iter()
        .map(|story| Ranked {
            rank: rank(&story, frame),
            below_news: below_news(&story, frame.plan),
            story,
            placed: false,
            printed: Vec::new(),
        })
        .collect();
    ranked.sort_by(|a, b| {
        a.below_news
            .cmp(&b.below_news)
            .then_with(|| b.rank.total_cmp(&a.rank))
            .then_with(|| order(&a.story).cmp(&order(&b.story)))
    });
    ranked
}

/// Returns the key that breaks ties of rank. It does not depend on the order of ingestion if the stories differ in
/// anything that is shown.
fn order(story: &Story) -> (i64, &str, Option<&str>, &str, &[Report], &BTreeSet<Tag>) {
    let best = story.best();
    let begin = story.appeared().as_second();
    (begin, best.title.as_str(), best.url.as_deref(), best.outlet.as_str(), &story.reports, &story.tags)
}

/// Whether a story of an earlier issue is shown again: a second outlet has written about it since, or a turning point
/// rests on it.
fn has_moved(story: &Story, frame: &Frame<'_>) -> bool {
    story.independent() >= 2 || frame.shows_turn(story)
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
