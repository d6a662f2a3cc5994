//! Alert rules: pure.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::store::AlertItem;
use crate::trends::{TurningKind, TurningPoint};

/// Hours in which nothing is told; what is found waits for their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// From this time of the day on.
    pub from: Time,
    /// Until this one; where it is the earlier one, on the next day.
    pub until: Time,
}

impl QuietHours {
    /// Whether an instant lies in them.
    pub fn holds(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let time = at.to_zoned(zone.clone()).time();
        match self.from <= self.until {
            true => self.from <= time && time < self.until,
            false => self.from <= time || time < self.until,
        }
    }
}

/// What is told at once, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    /// Its name.
    pub name: String,
    /// Names of recipients.
    pub to: Vec<String>,
    /// Tags that an item must all have.
    pub tags: Vec<String>,
    /// Two actors that an item must relate, place ids in either order: `russia-armenia`.
    pub pair: Option<String>,
    /// The least score, 0 to 1.
    pub min_score: f64,
    /// Where set, bursts of at least this strength (0 to 1) are told, and no single items.
    pub burst: Option<f64>,
    /// Hours in which nothing is told.
    pub quiet: Option<QuietHours>,
    /// Minutes between two alerts of the rule, at least; what is found meanwhile comes together in the next.
    pub cooldown_minutes: u32,
}

/// Items older than this are no news.
const NEWS_HOURS: i64 = 24;

impl AlertRule {
    /// Whether a new item is to be told.
    pub fn matches(&self, item: &AlertItem, now: Timestamp) -> bool {
        let is_news = now.duration_since(item.at).as_hours() < NEWS_HOURS;
        let has_pair = |pair: &String| item.pairs.iter().any(|(a, b)| is_pair(pair, a, b));
        self.burst.is_none()
            && is_news
            && item.score >= self.min_score
            && self.tags.iter().all(|tag| item.tags.contains(tag))
            && self.pair.as_ref().is_none_or(has_pair)
    }

    /// Whether a turning point is to be told.
    pub fn matches_burst(&self, point: &TurningPoint, now: Timestamp, zone: &TimeZone) -> bool {
        let today = now.to_zoned(zone.clone()).date();
        let places: Vec<&str> = point.tags.iter().filter_map(|tag| tag.strip_prefix("place:")).collect();
        let has_pair = |pair: &String| places.iter().any(|a| places.iter().any(|b| is_pair(pair, a, b)));
        self.burst.is_some_and(|least| point.strength >= least)
            && point.kind == TurningKind::Burst
            && point.end >= today
            && self.tags.iter().all(|tag| point.tags.contains(tag))
            && self.pair.as_ref().is_none_or(has_pair)
    }

    /// Whether something that was found may be told now.
    pub fn may_tell(&self, last_told: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> bool {
        let is_rested = last_told.is_none_or(|last| {
            // A clock that was set back must not silence a rule.
            let since = now.duration_since(last).as_secs();
            since < 0 || since >= 60 * i64::from(self.cooldown_minutes)
        });
        is_rested && self.quiet.is_none_or(|quiet| !quiet.holds(now, zone))
    }
}

/// Whether two places are the pair, in either order.
fn is_pair(pair: &str, a: &str, b: &str) -> bool {
    let is = |a: &str, b: &str| pair.strip_prefix(a).and_then(|rest| rest.strip_prefix('-')) == Some(b);
    is(a, b) || is(b, a)
}

/// What a burst is known again by, as it grows and its tags change from look to look: the day on which it begins, and its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurstSubject {
    /// The day on which it begins.
    pub date: Date,
    /// Its tags.
    pub tags: BTreeSet<String>,
}

/// Days by which the beginnings of one burst may lie apart: its first day comes into sight, or falls out of it, as the baseline moves.
const SAME_DAYS: i32 = 3;

impl BurstSubject {
    /// What every subject of a burst begins with in the store.
    pub const PREFIX: &str = "burst:";

    /// The subject of a turning point.
    pub fn of(point: &TurningPoint) -> BurstSubject {
        BurstSubject { date: point.date, tags: point.tags.iter().cloned().collect() }
    }

    /// Whether two are one burst to a reader: they begin within three days, and share more than half of the tags of the one with fewer and a third of those
    /// of the other: a burst of a whole country is not each of what bursts there.
    pub fn is_same(&self, other: &BurstSubject) -> bool {
        let apart = self.date.since(other.date).map_or(i32::MAX, |span: Span| span.get_days().abs());
        let common = self.tags.intersection(&other.tags).count();
        let (fewer, more) = (self.tags.len().min(other.tags.len()), self.tags.len().max(other.tags.len()));
        apart <= SAME_DAYS && common * 2 > fewer && common * 3 >= more
    }
}

impl fmt::Display for BurstSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags: Vec<&str> = self.tags.iter().map(String::as_str).collect();
        write!(f, "{}{}:{}", BurstSubject::PREFIX, self.date, tags.join("+"))
    }
}

impl FromStr for BurstSubject {
    type Err = ();

    fn from_str(text: &str) -> Result<BurstSubject, ()> {
        let (date, tags) = text.strip_prefix(BurstSubject::PREFIX).and_then(|rest| rest.split_once(':')).ok_or(())?;
        Ok(BurstSubject { date: date.parse().map_err(drop)?, tags: tags.split('+').map(str::to_owned).collect() })
    }
}

/// Stories of an alert that are named; the others are counted.
const NAMED: usize = 10;

/// One story of an alert, or one burst.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertStory {
    /// The title of its first item, or what burst.
    pub title: String,
    /// Its address; http or https only.
    pub url: Option<String>,
    /// Who published it.
    pub outlet: String,
    /// BCP 47 language of the title.
    pub language: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What it is about, in English.
    pub labels: Vec<String>,
}

impl AlertStory {
    /// What is said of an item: on one line, its address one of the web.
    pub fn of(item: &AlertItem, label: impl Fn(&str) -> Option<String>) -> AlertStory {
        AlertStory {
            title: crate::text::sanitize::plain(&item.title),
            url: item.url.as_deref().and_then(crate::text::sanitize::web_address),
            outlet: crate::text::sanitize::plain(&item.outlet),
            language: item.language.clone(),
            at: item.at,
            labels: item.tags.iter().filter_map(|tag| label(tag)).collect(),
        }
    }

    /// What is said of a burst.
    pub fn of_burst(point: &TurningPoint, now: Timestamp) -> AlertStory {
        let best = point.evidence.first();
        AlertStory {
            title: crate::text::sanitize::plain(&point.title),
            url: best.and_then(|item| item.url.clone()),
            outlet: best.map(|item| item.outlet.clone()).unwrap_or_default(),
            language: None,
            at: now,
            labels: Vec::new(),
        }
    }
}

/// What a rule tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The rule's name.
    pub rule: String,
    /// The stories, oldest first.
    pub stories: Vec<AlertStory>,
    /// Stories for which there was no room.
    pub omitted: usize,
}

impl Alert {
    /// The alert of what a rule found.
    pub fn new(rule: &str, mut stories: Vec<AlertStory>) -> Alert {
        let omitted = stories.len().saturating_sub(NAMED);
        stories.truncate(NAMED);
        Alert { rule: rule.to_owned(), stories, omitted }
    }

    /// One line: the first story, and how many more.
    pub fn subject(&self) -> String {
        let first = self.stories.first().map_or("", |story| story.title.as_str());
        match self.stories.len() + self.omitted {
            0 | 1 => format!("{}: {first}", self.rule),
            count => format!("{}: {first} (and {} more)", self.rule, count - 1),
        }
    }
}
