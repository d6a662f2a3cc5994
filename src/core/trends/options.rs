//! The options of a report: what it covers, and how strict it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::deed_kind::DeedKind;
use crate::dedup::TextRules;
use crate::model::{Namespace, Tag};

/// The prefix under which a history counts interactions between two actors, by class: `relation:accuse`.
pub(crate) const RELATION_NAMESPACE: &str = "relation:";

/// The days that a report covers.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ReportPeriod {
    /// The first day.
    pub since: Date,
    /// The day after the last.
    pub until: Date,
    /// The IANA name of the time zone whose midnights separate the days.
    pub time_zone: String,
}

/// Two different actors in alphabetical order, as place ids such as `armenia`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Pair(String, String);

impl Pair {
    /// Returns the pair of two actors, given in any order, with or without `place:`; `None` if they are the same.
    pub fn new(a: &str, b: &str) -> Option<Pair> {
        let place = |word| match Namespace::split(word) {
            Some((Namespace::Place, id)) => id,
            _ => word,
        };
        let (a, b): (&str, &str) = (place(a), place(b));
        match a.cmp(b) {
            std::cmp::Ordering::Less => Some(Pair(a.to_owned(), b.to_owned())),
            std::cmp::Ordering::Greater => Some(Pair(b.to_owned(), a.to_owned())),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Returns the actor whose id sorts first.
    pub fn a(&self) -> &str {
        &self.0
    }

    /// Returns the other actor.
    pub fn b(&self) -> &str {
        &self.1
    }

    /// Returns the tags of both.
    pub fn tags(&self) -> [Tag; 2] {
        [Tag::place(&self.0), Tag::place(&self.1)]
    }
}

/// A day of the year on which some tags are always in the news.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    /// The month, 1 to 12.
    pub month: i8,
    /// The day of the month, from 1.
    pub day: i8,
    /// The tags that are then expected.
    pub tags: Vec<Tag>,
    /// What is commemorated or held on that day.
    pub label: String,
}

impl CalendarDay {
    /// Whether this day explains a burst that begins on `date`: at most two days before it or one day after, if all
    /// that rose is expected then.
    pub(crate) fn covers(&self, date: Date, rose: &[&str]) -> bool {
        let near = (-1..=2).any(|ahead| {
            date.checked_add(jiff::Span::new().days(ahead))
                .is_ok_and(|day| (day.month(), day.day()) == (self.month, self.day))
        });
        let looked_for = |tag: &&str| {
            Namespace::of(tag) == Some(Namespace::Topic)
                || tag.starts_with(RELATION_NAMESPACE)
                || self.tags.iter().any(|known| known == tag)
        };
        near && rose.iter().all(looked_for)
    }
}

/// What a trend report covers, and how strict it is.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first day of the report.
    pub since: Date,
    /// The day after its last day.
    pub until: Date,
    /// The time zone whose midnights separate the days.
    pub time_zone: TimeZone,
    /// Only series and turning points of these tags are listed; empty for all.
    pub tags: Vec<Tag>,
    /// Only what concerns these two actors is listed; `None` for all.
    pub pair: Option<Pair>,
    /// English labels of tags, actors (`place:ID`) and rival names (`SET/SIDE`); an id without a label is shown itself.
    pub labels: BTreeMap<String, String>,
    /// How many days before `since` the history should reach, for the baselines.
    pub history_days: u16,
    /// How many days the baseline of a burst looks back.
    pub baseline_days: u16,
    /// Until this many days after monitoring began there is no baseline.
    pub warm_up_days: u16,
    /// Fewest outlets whose own texts make a burst.
    pub newsrooms_min: u32,
    /// The accepted share of false discoveries among bursts, 0 to 1.
    pub false_discovery_rate: f64,
    /// The accepted number of false alarms a month, counted in days of a subject, if the scope yields fewer than two
    /// stories a day, too few for a proportional error rate. One event is a burst of several subjects.
    pub false_a_month: f64,
    /// The tags in scope, such as `place:georgia`: an item with none of them makes no turning point. If empty, all
    /// items are in scope.
    pub scope_tags: Vec<Tag>,
    /// The tags of the region that the report is about: the heart of the scope. If empty, all that is in scope.
    pub region_tags: Vec<Tag>,
    /// The words by which titles name countries; without them, countries that have no tag are not kept apart.
    pub text_rules: Option<Arc<TextRules>>,
    /// Acts of a formal kind, by which two newsrooms make a turning point in the region.
    pub deeds: Vec<DeedKind>,
    /// The reader's languages as BCP 47 tags, best first: a title in one of them is preferred.
    pub languages: Vec<String>,
    /// The tags of actors, such as `place:armenia`: any two of them on one item are counted as a pair.
    pub actors: Vec<Tag>,
    /// Tags that never make a turning point by themselves, such as `topic:sport`.
    pub quiet_tags: Vec<Tag>,
    /// Words, in lower case, that mark routine events, such as `anniversary`.
    pub routine_words: Vec<String>,
    /// Parts of titles, in lower case between spaces, that mark previews, explanations and round-ups.
    pub weak_titles: Vec<String>,
    /// Days of commemoration, scheduled elections and the like.
    pub calendar: Vec<CalendarDay>,
    /// Most series that are listed; those with most items come first.
    pub series_max: usize,
    /// Most items shown as evidence of one turning point.
    pub evidence_max: usize,
    /// Most URLs listed for one turning point; those of the shown items come first.
    pub urls_max: usize,
}

impl Options {
    /// Returns the options for the days from `since` to before `until`, with the defaults of `docs/methods.md`.
    pub fn new(since: Date, until: Date, time_zone: TimeZone) -> Options {
        Options {
            since,
            until,
            time_zone,
            tags: Vec::new(),
            pair: None,
            labels: BTreeMap::new(),
            history_days: 120,
            baseline_days: 84,
            warm_up_days: 10,
            newsrooms_min: 2,
            false_discovery_rate: 0.05,
            false_a_month: 8.0,
            scope_tags: Vec::new(),
            region_tags: Vec::new(),
            text_rules: None,
            deeds: Vec::new(),
            languages: vec!["en".to_owned()],
            actors: Vec::new(),
            quiet_tags: Vec::new(),
            routine_words: Vec::new(),
            weak_titles: Vec::new(),
            calendar: Vec::new(),
            series_max: 60,
            evidence_max: 5,
            urls_max: 12,
        }
    }

    /// Returns the English label of a pair, e.g. `Armenia and Russia`.
    pub(crate) fn pair_label(&self, pair: &Pair) -> String {
        let [a, b] = pair.tags();
        format!("{} and {}", self.label(&a), self.label(&b))
    }

    /// Returns the label of an id; without one, the id without its namespace, with spaces for hyphens.
    pub fn label(&self, id: &str) -> String {
        self.labels.get(id).cloned().unwrap_or_else(|| bare(id).replace('-', " "))
    }
}

impl Options {
    /// Returns whether something with these tags concerns the region.
    pub(crate) fn is_regional(&self, tags: &[Tag]) -> bool {
        self.region_tags.is_empty() || tags.iter().any(|tag| self.region_tags.contains(tag))
    }
}

/// Returns an id without its namespace.
pub(crate) fn bare(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, rest)| rest)
}
