//! The plan of an issue: sections, quotas, weights. Data, read from TOML; the built-in one is `config/digest.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::Scope;

/// What fills a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionKind {
    /// The stories that its scopes and tags choose.
    #[default]
    Stories,
    /// The turning points of the trend report.
    Moved,
    /// Stories that no section before had room for, one line each.
    Rest,
}

/// One section of an issue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Stable id: anchor and JSON key.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What fills it.
    #[serde(default)]
    pub kind: SectionKind,
    /// Scopes whose stories it takes; empty for any. Tags are those that the story's headlines show, or all where they show no place.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// Tags of which a story must have one; empty for any.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Tags that a story must all have.
    #[serde(default)]
    pub with: Vec<String>,
    /// Tags of which a story must have none.
    #[serde(default)]
    pub without: Vec<String>,
    /// Most stories in a daily issue; a weekly and a yearly take half as many more, a monthly twice as many; a yearly, six times as many of what moved.
    #[serde(default = "default_max")]
    pub max: usize,
}

fn default_max() -> usize {
    6
}

/// How much each term of the rank weighs. Each term is 0 to 1 before it is weighted; weights are divided by their sum.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// How much the story is about the scope.
    pub about: f64,
    /// How many newsrooms carry it with a text of their own.
    pub newsrooms: f64,
    /// How many vantages carry it.
    pub blocs: f64,
    /// How the scope lies to the beat: both, then one of the two.
    pub scope: f64,
    /// How late in the period it began.
    pub recency: f64,
    /// Whether it is behind a turning point.
    pub moved: f64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { about: 0.30, newsrooms: 0.25, blocs: 0.15, scope: 0.10, recency: 0.05, moved: 0.15 }
    }
}

/// What is taken away from headlines and summaries.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wording {
    /// Words before a colon or bar at the head of a headline that say nothing of what happened, such as `Breaking`.
    pub labels: Vec<String>,
    /// Newsrooms and agencies whose name, alone behind a dash or bar, says where a headline was copied from.
    pub credits: Vec<String>,
    /// Words that say of a name of two words or more behind a dash or bar that it is an agency's, such as `Agency`.
    pub credit_words: Vec<String>,
    /// Beginnings of short last sentences that ask to read on, or say nothing but that more may come.
    pub invitations: Vec<String>,
    /// What a publishing system adds at the end.
    pub added: Vec<Added>,
}

/// An addition at the end of a summary: from the last `from` before `holds` to the end.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// What it begins with.
    pub from: String,
    /// What it holds.
    pub holds: String,
}

/// What stands below news.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demotion {
    /// Tags that a story must have one of.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Words before the first colon, bar or dash of a title or behind its last bar or dash, such as `Opinion`; letter case does not matter.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Beginnings of a title, such as `Weather in `.
    #[serde(default)]
    pub beginnings: Vec<String>,
    /// Parts of an address, such as `/opinion/`.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// The rank is multiplied by it, 0 to 1.
    pub factor: f64,
    /// Whether it stands below all news of its section, whatever its rank.
    #[serde(default)]
    pub below_news: bool,
}

/// The plan of an issue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionPlan {
    /// Title of every issue; the period is added.
    pub title: String,
    /// Most characters of a summary.
    #[serde(default = "default_summary")]
    pub summary_chars: usize,
    /// Most stories of a section that one outlet may lead.
    #[serde(default = "default_outlet")]
    pub per_outlet: usize,
    /// Most links under a story.
    #[serde(default = "default_links")]
    pub links: usize,
    /// Most late stories among the corrections.
    #[serde(default = "default_late")]
    pub late: usize,
    /// Languages whose texts are preferred for headline and summary where the story has them, best first.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Tags that are shown beside a story, by the beginning of their ids.
    #[serde(default = "default_chips")]
    pub chips: Vec<String>,
    /// The same where the headline is not in Latin script: what it names is then said in English.
    #[serde(default = "default_chips")]
    pub chips_foreign: Vec<String>,
    /// Tags that are not shown beside a story that shows one of these parts of them.
    #[serde(default)]
    pub wholes: BTreeMap<String, Vec<String>>,
    /// A story that is less about the scope than this, 0 to 1, is counted and not shown.
    #[serde(default)]
    pub about_min: f64,
    /// A turning point of fewer newsrooms is not shown.
    #[serde(default)]
    pub moved_newsrooms_min: u32,
    /// Tags of which a turning point must have one to be shown; empty for any.
    #[serde(default)]
    pub beat: Vec<String>,
    /// Actors of whose relations the issue of a year tells, in this order; empty for all.
    #[serde(default)]
    pub review_actors: Vec<String>,
    /// What is taken away from headlines and summaries.
    #[serde(default)]
    pub wording: Wording,
    /// The weights of the rank.
    #[serde(default)]
    pub weights: Weights,
    /// What stands below news.
    #[serde(default, rename = "demote")]
    pub demotions: Vec<Demotion>,
    /// The sections, in order. A story stands in the first that takes it and has room.
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
    /// It is not TOML, or not of this shape. The message has line and column.
    #[error("the plan of the digest cannot be read: {0}")]
    Toml(String),
    /// It contradicts itself.
    #[error("the plan of the digest is wrong: {0}")]
    Wrong(String),
}

impl SectionPlan {
    /// Reads a plan and checks it.
    ///
    /// # Errors
    /// Where it is not TOML of this shape, has no section, two sections of one id, a weight below zero or no weight, or a factor beyond 0 to 1.
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
        if let Some(bad) = self.demotions.iter().find(|demotion| !(0.0..=1.0).contains(&demotion.factor)) {
            return wrong(format!("a [[demote]] has the factor {}, which is not from 0 to 1", bad.factor));
        }
        Ok(())
    }
}

impl Weights {
    pub(crate) fn list(&self) -> [f64; 6] {
        [self.about, self.newsrooms, self.blocs, self.scope, self.recency, self.moved]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_that_is_shipped_can_be_read() {
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
