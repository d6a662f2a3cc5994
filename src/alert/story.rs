//! What an alert says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::AlertItem;
use crate::text::sanitize;
use crate::trends::TurningPoint;

/// Stories that an alert names; it only counts the others.
const NAMED: usize = 10;

/// One story of an alert, or one burst.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertStory {
    /// The title of the story's first item, or what the burst is about.
    pub title: String,
    /// The address; http or https only.
    pub url: Option<String>,
    /// The name of the outlet.
    pub outlet: String,
    /// The title's language as a BCP 47 tag.
    pub language: Option<String>,
    /// When the item was published, or when the burst was found.
    pub at: Timestamp,
    /// English labels of the item's tags.
    pub labels: Vec<String>,
}

impl AlertStory {
    /// Returns the story of an item. `label` gives the English label of a tag.
    pub fn of(item: &AlertItem, label: impl Fn(&str) -> Option<String>) -> AlertStory {
        AlertStory {
            title: sanitize::plain(&item.title),
            url: item.url.as_deref().and_then(sanitize::web_address),
            outlet: sanitize::plain(&item.outlet),
            language: item.language.clone(),
            at: item.at,
            labels: item.tags.iter().filter_map(|tag| label(tag)).collect(),
        }
    }

    /// Returns the story of a burst.
    pub fn of_burst(point: &TurningPoint, now: Timestamp) -> AlertStory {
        let best = point.evidence.first();
        AlertStory {
            title: sanitize::plain(&point.title),
            url: best.and_then(|item| item.url.clone()),
            outlet: best.map(|item| item.outlet.clone()).unwrap_or_default(),
            language: None,
            at: now,
            labels: Vec::new(),
        }
    }
}

/// An alert: the stories that one rule reports at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The rule's name.
    pub rule: String,
    /// The first stories, oldest first.
    pub stories: Vec<AlertStory>,
    /// How many further stories there are.
    pub omitted: usize,
}

impl Alert {
    /// Returns the alert of what a rule found.
    pub fn new(rule: &str, mut stories: Vec<AlertStory>) -> Alert {
        let omitted = stories.len().saturating_sub(NAMED);
        stories.truncate(NAMED);
        Alert { rule: rule.to_owned(), stories, omitted }
    }

    /// Returns one line: the first story, and how many more there are.
    pub fn subject(&self) -> String {
        let first = self.stories.first().map_or("", |story| story.title.as_str());
        match self.stories.len() + self.omitted {
            0 | 1 => format!("{}: {first}", self.rule),
            count => format!("{}: {first} (and {} more)", self.rule, count - 1),
        }
    }
}
