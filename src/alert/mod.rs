//! Alerts: rules over new items and over bursts, and what an alert says.
//!
//! Pure: the rules see items and turning points as plain values, and `now` is a parameter.

mod rule;
mod story;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::model::Tag;
use crate::store::AlertItem;
use crate::trends::TurningPoint;

pub(crate) use rule::{AlertRule, QuietHours};
pub use story::{Alert, AlertStory};

/// Something that a rule reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlertMatch {
    /// The rule's name.
    pub rule: String,
    /// What a rule reports only once: `story:17`, or a [`BurstSubject`].
    pub subject: String,
    /// What the alert says about it.
    pub story: AlertStory,
}

/// Returns what rules find among new items. `label` gives the English label of a tag.
pub(crate) fn scan_items(
    rules: &[&AlertRule],
    items: &[AlertItem],
    now: Timestamp,
    label: impl Fn(&str) -> Option<String>,
) -> Vec<AlertMatch> {
    let mut found = Vec::new();
    for item in items {
        for rule in rules.iter().filter(|rule| rule.matches(item, now)) {
            let subject = format!("story:{}", item.story);
            found.push(AlertMatch { rule: rule.name.clone(), subject, story: AlertStory::of(item, &label) });
        }
    }
    found
}

/// Returns the bursts among `points`, strongest first, that a rule asks for and has not found before. `known` are the
/// bursts that it found before: a burst grows for days, and its tags change meanwhile, but it is reported once.
pub(crate) fn scan_bursts(
    rule: &AlertRule,
    points: &[TurningPoint],
    mut known: Vec<BurstSubject>,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<AlertMatch> {
    let mut bursts: Vec<&TurningPoint> = points.iter().filter(|point| rule.matches_burst(point, now, zone)).collect();
    bursts.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    let mut found = Vec::new();
    for point in bursts {
        let subject = BurstSubject::of(point);
        if known.iter().any(|earlier| earlier.is_same(&subject)) {
            continue;
        }
        let story = AlertStory::of_burst(point, now);
        found.push(AlertMatch { rule: rule.name.clone(), subject: subject.to_string(), story });
        known.push(subject);
    }
    found
}

/// What identifies a burst while it grows and its tags change: the day on which it begins, and its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BurstSubject {
    /// The day on which it begins.
    pub date: Date,
    /// The tags that occur unusually often together from that day on.
    pub tags: BTreeSet<Tag>,
}

/// Most days between the beginnings of one burst: as the baseline moves, its first day is added or dropped.
const SAME_DAYS: i32 = 3;

impl BurstSubject {
    /// The prefix of a burst's subject in the store.
    pub(crate) const PREFIX: &str = "burst:";

    /// Returns the subject of a turning point.
    pub(crate) fn of(point: &TurningPoint) -> BurstSubject {
        BurstSubject { date: point.date, tags: point.tags.iter().cloned().collect() }
    }

    /// Returns whether two bursts are one to a reader. They begin within three days of each other, and share more than
    /// half of the tags of the smaller one and at least a third of those of the larger one: a burst about a whole
    /// country is not the same as each burst about a part of it.
    pub(crate) fn is_same(&self, other: &BurstSubject) -> bool {
        let apart = self.date.since(other.date).map_or(i32::MAX, |span: Span| span.get_days().abs());
        let common = self.tags.intersection(&other.tags).count();
        let (fewer, more) = (self.tags.len().min(other.tags.len()), self.tags.len().max(other.tags.len()));
        apart <= SAME_DAYS && common * 2 > fewer && common * 3 >= more
    }
}

impl fmt::Display for BurstSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags: Vec<&str> = self.tags.iter().map(Tag::as_str).collect();
        write!(f, "{}{}:{}", BurstSubject::PREFIX, self.date, tags.join("+"))
    }
}

impl FromStr for BurstSubject {
    type Err = ();

    fn from_str(text: &str) -> Result<BurstSubject, ()> {
        let (date, tags) = text.strip_prefix(BurstSubject::PREFIX).and_then(|rest| rest.split_once(':')).ok_or(())?;
        Ok(BurstSubject { date: date.parse().map_err(drop)?, tags: tags.split('+').map(Tag::from).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_recognised_while_it_grows_and_its_tags_change() {
        let check = |one: &str, other: &str, wanted: bool| {
            let [a, b]: [BurstSubject; 2] = [one, other].map(|text| format!("burst:{text}").parse().unwrap());
            assert_eq!((a.is_same(&b), b.is_same(&a)), (wanted, wanted), "{one} and {other}");
            assert_eq!(a.to_string().parse(), Ok(a));
        };
        let route = "2025-08-08:place:armenia+place:azerbaijan+project:route+topic:corridors";
        check(route, route, true);
        check(
            route,
            "2025-08-08:place:armenia+person:a+place:usa+project:route+topic:corridors+place:azerbaijan",
            true,
        );
        check(route, "2025-08-09:place:azerbaijan+place:armenia+topic:diplomacy", true);
        check(route, "2025-08-12:place:armenia+place:azerbaijan+project:route+topic:corridors", false);
        check(route, "2025-08-08:place:armenia+place:iran+topic:energy", false);
        check(route, "2025-08-08:place:north-ossetia+place:russia+topic:corridors", false);
        check("2025-08-08:place:armenia", "2025-08-08:place:georgia", false);
        check("2025-08-08:place:armenia", "2025-08-08:place:armenia+place:iran+topic:diplomacy", true);
        check("2025-08-08:place:russia", "2025-08-08:city:baku+place:azerbaijan+place:russia+topic:military", false);
        check("2025-08-31:place:armenia", "2025-09-02:place:armenia", true);
        assert_eq!("story:17".parse::<BurstSubject>(), Err(()));
    }
}
