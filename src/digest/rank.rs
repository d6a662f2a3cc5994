//! Ranks stories: the weighted mean of terms from 0 to 1.

use std::collections::BTreeSet;

use super::model::IssueItem;
use super::plan::{Demotion, SectionPlan};
use super::plan::{Head, concerns};
use super::story::Story;
use crate::model::Tag;

/// The number of outlets with an original text at which the term reaches 1.
const FULL_NEWSROOMS: f64 = 8.0;
/// The number of blocs at which the term reaches 1.
const FULL_BLOCS: f64 = 5.0;

/// A story with its rank.
pub(super) struct Ranked {
    pub(super) story: Story,
    pub(super) rank: f64,
    /// Whether it is listed after all news.
    pub(super) below_news: bool,
    pub(super) placed: bool,
    /// Ids of the items whose titles are printed.
    pub(super) printed: Vec<i64>,
}

impl Ranked {
    /// Returns the items of the story for the record of the issue.
    pub(super) fn held(&self) -> impl Iterator<Item = IssueItem> + '_ {
        let title = |id: i64| {
            let report = self.story.reports.iter().find(|report| report.id == id && self.printed.contains(&id));
            report.map(|report| report.title.clone())
        };
        self.story.members.iter().map(move |&(item_id, story)| IssueItem {
            item_id,
            story,
            printed: title(item_id),
            is_withdrawn: false,
        })
    }
}

/// What a rank depends on besides the story.
pub(super) struct Frame<'a> {
    pub(super) plan: &'a SectionPlan,
    /// Unix seconds at which the period begins and ends.
    pub(super) bounds: (i64, i64),
    /// URLs of the items of turning points.
    pub(super) moved: BTreeSet<&'a str>,
    /// The tags of each turning point.
    pub(super) moved_tags: Vec<&'a [Tag]>,
}

impl Frame<'_> {
    /// Whether a turning point rests on an item of the story.
    pub(super) fn shows_turn(&self, story: &Story) -> bool {
        story.reports.iter().any(|report| report.url.as_deref().is_some_and(|url| self.moved.contains(url)))
    }

    /// Whether the story has all tags of a turning point that has at least two.
    fn is_of_turn(&self, story: &Story) -> bool {
        let bears_all = |tags: &&[Tag]| tags.len() >= 2 && tags.iter().all(|tag| story.tags.contains(tag));
        self.moved_tags.iter().any(bears_all)
    }
}

/// Returns the rank of a story, 0 to 1, rounded to four decimals so that it is printed as it is compared.
pub(super) fn rank(story: &Story, frame: &Frame<'_>) -> f64 {
    let (start, end) = frame.bounds;
    let age = story.appeared().as_second().saturating_sub(start) as f64;
    let moved = frame.shows_turn(story) || frame.is_of_turn(story);
    let terms = [
        story.score,
        // Logarithmic: the second outlet adds more than the ninth.
        (weight_of_newsrooms(story).ln_1p() / FULL_NEWSROOMS.ln_1p()).min(1.0),
        (story.blocs().len().saturating_sub(1) as f64 / (FULL_BLOCS - 1.0)).min(1.0),
        frame.plan.weight_of_scope(&story.scope),
        if end > start { (age / (end - start) as f64).clamp(0.0, 1.0) } else { 0.0 },
        if moved { 1.0 } else { 0.0 },
    ];
    let weights = frame.plan.weights.list();
    let sum: f64 = weights.iter().sum();
    let mean = terms.iter().zip(weights).map(|(term, weight)| term * weight).sum::<f64>() / sum;
    let value = demotions(story, frame.plan)
        .map(|demotion| demotion.factor)
        .fold(mean, |least, factor| least.min(mean * factor));
    (value.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0
}

/// Returns the weighted number of outlets that carry the story. One that copies another's text counts a quarter: it
/// found the news worth printing, but adds no knowledge.
fn weight_of_newsrooms(story: &Story) -> f64 {
    let (own, all) = (story.independent(), story.newsrooms().len());
    own as f64 + all.saturating_sub(own) as f64 / 4.0
}

/// Whether the story is listed after all news, as opinion and sport are.
pub(super) fn below_news(story: &Story, plan: &SectionPlan) -> bool {
    demotions(story, plan).any(|demotion| demotion.below_news)
}

/// Returns the demotions that apply to the story.
fn demotions<'a>(story: &'a Story, plan: &'a SectionPlan) -> impl Iterator<Item = &'a Demotion> {
    let best = story.best();
    let has_tag = |tag: &str| story.tags.contains(tag);
    let head = Head::of(&best.title);
    plan.demotions.iter().filter(move |demotion| concerns(demotion, has_tag, &head, best.url.as_deref()))
}
