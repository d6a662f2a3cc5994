//! What a report is asked for, and how strict it is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Two actors, the lesser id first: place ids such as `armenia`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Pair(String, String);

impl Pair {
    /// The pair of two actors, given in any order, with or without `place:`. None where they are the same.
    pub fn new(a: &str, b: &str) -> Option<Pair> {
        let a = a.strip_prefix("place:").unwrap_or(a);
        let b = b.strip_prefix("place:").unwrap_or(b);
        match a.cmp(b) {
            std::cmp::Ordering::Less => Some(Pair(a.to_owned(), b.to_owned())),
            std::cmp::Ordering::Greater => Some(Pair(b.to_owned(), a.to_owned())),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// The actor whose id comes first.
    pub fn a(&self) -> &str {
        &self.0
    }

    /// The other actor.
    pub fn b(&self) -> &str {
        &self.1
    }
}

/// A day on which some tags are in the news every year.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month.
    pub day: i8,
    /// The tags that are then looked for.
    pub tags: Vec<String>,
    /// What is remembered or held.
    pub label: String,
}

impl CalendarDay {
    /// Whether a burst that begins on a date is the day's: up to two days before it or one behind, if all that rose is looked for then.
    pub(crate) fn covers(&self, date: Date, rose: &[&str]) -> bool {
        let near = (-1..=2).any(|ahead| {
            date.checked_add(jiff::Span::new().days(ahead))
                .is_ok_and(|day| (day.month(), day.day()) == (self.month, self.day))
        });
        let looked_for = |tag: &&str| {
            tag.starts_with("topic:") || tag.starts_with("relation:") || self.tags.iter().any(|known| known == tag)
        };
        near && rose.iter().all(looked_for)
    }
}

/// What a trend report is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// First day of the report.
    pub since: Date,
    /// The day behind its last.
    pub until: Date,
    /// The zone whose midnights part the days.
    pub time_zone: TimeZone,
    /// Only series and turning points of these tags; empty for all.
    pub tags: Vec<String>,
    /// Only what concerns these two.
    pub pair: Option<Pair>,
    /// English labels of tags, actors (`place:ID`), rival names (`SET/SIDE`); the id stands where there is none.
    pub labels: BTreeMap<String, String>,
    /// How many days before `since` the history should reach; what the baselines use.
    pub history_days: u16,
    /// How many days the baseline of a burst looks back.
    pub baseline_days: u16,
    /// Fewer days than these before a day mean "no baseline yet".
    pub warm_up_days: u16,
    /// Fewest newsrooms whose own texts make a burst.
    pub newsrooms_min: u32,
    /// The share of false discoveries that is borne among bursts, 0 to 1.
    pub false_discovery_rate: f64,
    /// Days of a subject that may falsely be taken for a burst in a month, where the beat is told in a story or two a day and a share of so little is
    /// next to nothing. One event is a burst of several subjects.
    pub false_a_month: f64,
    /// Tags of the beat, such as `place:georgia`: an item with none of them makes no turning point. Empty: every item does.
    pub beat: Vec<String>,
    /// Tags of those who act toward each other, such as `place:armenia`: every two of them on one item are counted as a pair.
    pub actors: Vec<String>,
    /// Tags that never make a turning point by themselves, such as `topic:sport`.
    pub quiet_tags: Vec<String>,
    /// Words, in lower case, that mark what comes by the calendar, such as `anniversary`.
    pub routine_words: Vec<String>,
    /// Days of remembrance, elections long set, and the like.
    pub calendar: Vec<CalendarDay>,
    /// Most series that are listed; the ones with most items win.
    pub series_max: usize,
    /// Most items shown as evidence of one turning point.
    pub evidence_max: usize,
    /// Most addresses listed for one turning point; the shown items are the first of them.
    pub urls_max: usize,
}

impl Options {
    /// The report of the days from `since` to before `until`, with the defaults of `docs/methods.md`.
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
            beat: Vec::new(),
            actors: Vec::new(),
            quiet_tags: Vec::new(),
            routine_words: Vec::new(),
            calendar: Vec::new(),
            series_max: 60,
            evidence_max: 5,
            urls_max: 12,
        }
    }

    /// The label of an id, else the id without its namespace, its hyphens as spaces.
    pub fn label(&self, id: &str) -> String {
        self.labels.get(id).cloned().unwrap_or_else(|| bare(id).replace('-', " "))
    }
}

/// An id without its namespace.
pub(crate) fn bare(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, rest)| rest)
}
