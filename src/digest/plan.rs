//! The plan of an issue: sections, quotas and weights, read from TOML. The default is `config/digest.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::input::DigestItem;
use super::out_feed::OutFeed;
use crate::model::{Scope, Tag};

/// What a section contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionKind {
    /// Stories chosen by scopes and tags.
    #[default]
    Stories,
    /// The turning points of the trend report.
    Moved,
    /// Stories that did not fit into the sections before, one line each.
    Rest,
}

/// One section of an issue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The stable id, used as anchor and in JSON.
    pub id: String,
    /// The heading that is printed above its stories.
    pub title: String,
    /// What it contains.
    #[serde(default)]
    pub kind: SectionKind,
    /// The scopes whose stories it takes; empty for any.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// A story must have one of these tags; empty for any. The tags of a story are those that its headlines show, or
    /// all if these show no place.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// A story must have all of these tags.
    #[serde(default)]
    pub with: Vec<Tag>,
    /// A story must have none of these tags.
    #[serde(default)]
    pub without: Vec<Tag>,
    /// Most stories in a daily issue. Weekly issues take one and a half times as many, monthly ones twice as many, and
    /// yearly ones three stories at most, a line each, and six times as many turning points.
    #[serde(default = "default_max")]
    pub max: usize,
}

fn default_max() -> usize {
    6
}

/// The weights of the terms of the rank. Each term is 0 to 1; the weights are divided by their sum.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// How relevant the story is to the scope.
    pub about: f64,
    /// How many outlets carry it with an original text.
    pub newsrooms: f64,
    /// How many press blocs carry it.
    pub blocs: f64,
    /// Which part of the scope it concerns: both sides count most.
    pub scope: f64,
    /// How late in the period it began.
    pub recency: f64,
    /// Whether a turning point rests on it.
    pub moved: f64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { about: 0.30, newsrooms: 0.25, blocs: 0.15, scope: 0.10, recency: 0.05, moved: 0.15 }
    }
}

/// A scope and how much it counts in the rank of a story.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeWeight {
    /// The scope to which stories must belong.
    pub id: Scope,
    /// The term of the rank, 0 to 1.
    pub weight: f64,
}

/// What is removed from headlines and summaries.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wording {
    /// Labels before a colon or bar at the beginning of a headline, such as `Breaking`.
    pub labels: Vec<String>,
    /// Outlets and agencies whose name, alone after a dash or bar, is a credit.
    pub credits: Vec<String>,
    /// Words, such as `Agency`, that mark a name of at least two words after a dash or bar as a credit.
    pub credit_words: Vec<String>,
    /// Beginnings of short last sentences that invite to read on or only say that more may follow.
    pub invitations: Vec<String>,
    /// What publishing systems add at the end.
    pub added: Vec<Added>,
}

/// An addition at the end of a summary: everything from the last `from` before `holds`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// The text with which it begins.
    pub from: String,
    /// A text that it contains.
    pub holds: String,
}

/// Marks stories that rank below plain news. One match in any of the lists is enough.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demotion {
    /// Tags that mark such a story.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Words before the first colon, bar or dash of a title or after its last bar or dash, such as `Opinion`, in any
    /// letter case.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Beginnings of a title, such as `Weather in `.
    #[serde(default)]
    pub beginnings: Vec<String>,
    /// Parts of a URL, such as `/opinion/`.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// The factor for the rank, 0 to 1.
    pub factor: f64,
    /// Whether it is listed after all news of its section, whatever its rank.
    #[serde(default)]
    pub below_news: bool,
}

/// The plan of an issue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionPlan {
    /// The title of every issue, to which the period is added.
    pub title: String,
    /// Most characters of a summary.
    #[serde(default = "default_summary")]
    pub summary_chars: usize,
    /// Most stories of a section from one outlet.
    #[serde(default = "default_outlet")]
    pub per_outlet: usize,
    /// Most links under a story.
    #[serde(default = "default_links")]
    pub links: usize,
    /// Most late stories among the corrections.
    #[serde(default = "default_late")]
    pub late: usize,
    /// Languages preferred for headline and summary, best first.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Prefixes of the tags shown beside a story, such as `place:`.
    #[serde(default = "default_chips")]
    pub chips: Vec<String>,
    /// The same for headlines that are not in Latin script, so that what they name is also given in English.
    #[serde(default = "default_chips")]
    pub chips_foreign: Vec<String>,
    /// Tags, each with its parts, that are not shown beside a story that has one of these parts.
    #[serde(default)]
    pub wholes: BTreeMap<Tag, Vec<Tag>>,
    /// Stories less relevant to the scope than this, 0 to 1, are counted but not shown.
    #[serde(default)]
    pub about_min: f64,
    /// Turning points of fewer outlets are not shown.
    #[serde(default)]
    pub moved_newsrooms_min: u32,
    /// A turning point must have one of these tags to be shown; empty for any.
    #[serde(default)]
    pub scope_tags: Vec<Tag>,
    /// The actors whose relations the year in review covers, in this order; empty for all.
    #[serde(default)]
    pub review_actors: Vec<Tag>,
    /// What is removed from headlines and summaries.
    #[serde(default)]
    pub wording: Wording,
    /// The weights of the rank.
    #[serde(default)]
    pub weights: Weights,
    /// The scopes of the lexicon, the heart of the matter first.
    #[serde(default, rename = "scope")]
    pub scopes: Vec<ScopeWeight>,
    /// The feeds that are always published.
    #[serde(default, rename = "out_feed")]
    pub out_feeds: Vec<OutFeed>,
    /// Stories that rank below plain news.
    #[serde(default, rename = "demote")]
    pub demotions: Vec<Demotion>,
    /// The sections, in order. A story is in the first that takes it and has room.
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
}

fn default_summary() -> usize {
    280
}

fn default_outlet() -> usize {
    3
}

fn default_links() -> usize {
    8
}

fn default_late() -> usize {
    10
}

fn default_chips() -> Vec<String> {
    vec!["place:".to_owned(), "topic:".to_owned(), "person:".to_owned()]
}

/// Why a plan cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The text is not TOML of this shape. The message has line and column.
    #[error("digest plan cannot be read: {0}")]
    Toml(String),
    /// The plan contradicts itself.
    #[error("invalid digest plan: {0}")]
    Wrong(String),
}

impl SectionPlan {
    /// Reads a plan and checks it.
    ///
    /// # Errors
    /// Fails if the text is not TOML of this shape, if there is no section, if two sections have the same id, if a
    /// weight is negative or all are zero, or if a factor is not from 0 to 1.
    pub fn load(text: &str) -> Result<SectionPlan, PlanError> {
        let mut plan: SectionPlan = toml::from_str(text).map_err(|error| PlanError::Toml(error.to_string()))?;
        for demotion in &mut plan.demotions {
            for words in demotion.labels.iter_mut().chain(&mut demotion.beginnings) {
                *words = words.to_lowercase();
            }
        }
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), PlanError> {
        let wrong = |what: String| Err(PlanError::Wrong(what));
        if self.sections.is_empty() {
            return wrong("it has no [[section]]".to_owned());
        }
        for (place, section) in self.sections.iter().enumerate() {
            let good = !section.id.is_empty() && section.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if !good {
                return wrong(format!("section id `{}` may hold only letters, digits and hyphens", section.id));
            }
            if self.sections.iter().take(place).any(|other| other.id == section.id) {
                return wrong(format!("two sections have the id `{}`", section.id));
            }
        }
        let weights = self.weights.list();
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) || weights.iter().sum::<f64>() <= 0.0 {
            return wrong("[weights] must be 0 or more, and one of them more than 0".to_owned());
        }
        if let Some(bad) = self.scopes.iter().find(|scope| !(0.0..=1.0).contains(&scope.weight)) {
            return wrong(format!(
                "the [[scope]] `{}` has the weight {}, which is not from 0 to 1",
                bad.id.as_str(),
                bad.weight
            ));
        }
        if let Some(bad) = self.demotions.iter().find(|demotion| !(0.0..=1.0).contains(&demotion.factor)) {
            return wrong(format!("a [[demote]] has the factor {}, which is not from 0 to 1", bad.factor));
        }
        Ok(())
    }
}

impl SectionPlan {
    /// The place of a scope among those of the plan; that of an unknown one is after all of them.
    pub(super) fn place_of_scope(&self, scope: &Scope) -> usize {
        self.scopes.iter().position(|known| known.id == *scope).unwrap_or(self.scopes.len())
    }

    /// How much a scope counts in the rank; 0 if the plan does not name it.
    pub(super) fn weight_of_scope(&self, scope: &Scope) -> f64 {
        self.scopes.get(self.place_of_scope(scope)).map_or(0.0, |known| known.weight)
    }
}

impl Weights {
    pub(crate) fn list(&self) -> [f64; 6] {
        [self.about, self.newsrooms, self.blocs, self.scope, self.recency, self.moved]
    }
}

/// How far an item is from plain news, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NewsKind {
    /// News.
    News,
    /// About news, but not a report of it, according to its title or URL: an analysis, for example.
    AboutNews,
    /// Ranked below all news: opinion, sport.
    BelowNews,
}

/// Returns how far an item by itself is from plain news.
pub(super) fn news_kind(item: &DigestItem, plan: &SectionPlan) -> NewsKind {
    let has_tag = |tag: &str| item.tags.iter().any(|own| own == tag);
    let head = Head::of(&item.title);
    let url = item.url.as_deref();
    let of_demotion = |demotion: &Demotion| match () {
        () if demotion.below_news && concerns(demotion, has_tag, &head, url) => NewsKind::BelowNews,
        () if concerns(demotion, |_| false, &head, url) => NewsKind::AboutNews,
        () => NewsKind::News,
    };
    plan.demotions.iter().map(of_demotion).max().unwrap_or(NewsKind::News)
}

/// Whether a demotion applies to a text, by its tags, title or URL.
pub(super) fn concerns(demotion: &Demotion, has_tag: impl Fn(&str) -> bool, head: &Head, url: Option<&str>) -> bool {
    demotion.tags.iter().any(|tag| has_tag(tag))
        || demotion.labels.iter().any(|label| head.labels.contains(label))
        || demotion.beginnings.iter().any(|words| head.title.starts_with(words.as_str()))
        || demotion.addresses.iter().any(|part| url.is_some_and(|url| url.contains(part.as_str())))
}

/// What a title says about itself, in lower case.
pub(super) struct Head {
    title: String,
    /// The words before its first sign and after its last bar or dash, so that `OPINION |` and `Opinion:` are the same.
    labels: Vec<String>,
}

impl Head {
    pub(super) fn of(title: &str) -> Head {
        let title = title.trim().to_lowercase();
        let first = title.split([':', '|', '—', '–', '-', '/']).next();
        let last = title.rsplit(['|', '—', '–']).next();
        let parts = first.into_iter().chain(last).filter(|part| part.len() < title.len());
        Head { labels: parts.map(|part| part.trim().to_owned()).collect(), title }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_plan_can_be_read() {
        let plan = SectionPlan::load(include_str!("../../config/digest.toml")).unwrap();
        assert!(plan.sections.len() > 5);
        let sum: f64 = plan.weights.list().iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "the shipped weights are shares: {sum}");
    }

    #[test]
    fn faults_are_named() {
        let check = |text: &str, part: &str| {
            let message = SectionPlan::load(text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        };
        check("title = 1", "line 1");
        check("title = 'x'\nsection = []", "no [[section]]");
        check("title = 'x'\n[[section]]\nid = 'a'\ntitle = 'A'\ncolour = 'red'", "colour");
        check("title = 'x'\n[[section]]\nid = 'a'\ntitle = 'A'\n[[section]]\nid = 'a'\ntitle = 'B'", "two sections");
        check("title = 'x'\n[[section]]\nid = 'a b'\ntitle = 'A'", "letters, digits");
        check("title = 'x'\n[weights]\nabout = -1\n[[section]]\nid = 'a'\ntitle = 'A'", "[weights]");
        check("title = 'x'\n[[demote]]\nfactor = 2\n[[section]]\nid = 'a'\ntitle = 'A'", "factor");
    }
}
