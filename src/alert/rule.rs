//! Alert rules.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::model::Tag;
use crate::store::AlertItem;
use crate::trends::{TurningKind, TurningPoint};

/// Hours during which nothing is sent; what is found is sent when they are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The time of day at which they begin.
    pub from: Time,
    /// The time at which they end; on the next day if it is before `from`.
    pub until: Time,
}

impl QuietHours {
    /// Returns whether they contain an instant.
    pub fn contains(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let time = at.to_zoned(zone.clone()).time();
        match self.from <= self.until {
            true => self.from <= time && time < self.until,
            false => self.from <= time || time < self.until,
        }
    }
}

/// What is reported at once, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    /// The rule's name.
    pub name: String,
    /// The names of the recipients.
    pub to: Vec<String>,
    /// Tags that an item must have, all of them.
    pub tags: Vec<Tag>,
    /// Two actors that an item must relate, as place ids in either order: `russia-armenia`.
    pub pair: Option<String>,
    /// The lowest score of an item, 0 to 1.
    pub min_score: f64,
    /// If set, the rule reports bursts of at least this strength (0 to 1), and no single items.
    pub burst: Option<f64>,
    /// Hours during which nothing is sent.
    pub quiet: Option<QuietHours>,
    /// Least minutes between two alerts of the rule; what is found meanwhile is in the next one.
    pub cooldown_minutes: u32,
}

/// Items that were published longer ago than this are not reported.
const NEWS_HOURS: i64 = 24;

impl AlertRule {
    /// Returns whether the rule reports a new item.
    pub fn matches(&self, item: &AlertItem, now: Timestamp) -> bool {
        let is_news = now.duration_since(item.at).as_hours() < NEWS_HOURS;
        let has_pair = |pair: &String| item.pairs.iter().any(|(a, b)| is_pair(pair, a, b));
        self.burst.is_none()
            && is_news
            && item.score >= self.min_score
            && self.tags.iter().all(|tag| item.tags.contains(tag))
            && self.pair.as_ref().is_none_or(has_pair)
    }

    /// Returns whether the rule reports a turning point: a burst that is still going on and strong enough.
    pub fn matches_burst(&self, point: &TurningPoint, now: Timestamp, zone: &TimeZone) -> bool {
        let today = now.to_zoned(zone.clone()).date();
        let places: Vec<&str> = point.tags.iter().filter_map(Tag::place_id).collect();
        let has_pair = |pair: &String| places.iter().any(|a| places.iter().any(|b| is_pair(pair, a, b)));
        self.burst.is_some_and(|least| point.strength >= least)
            && point.kind == TurningKind::Burst
            && point.end >= today
            && self.tags.iter().all(|tag| point.tags.contains(tag))
            && self.pair.as_ref().is_none_or(has_pair)
    }

    /// Returns whether the rule may send an alert now, outside its quiet hours and its cooldown.
    pub fn may_send(&self, last_alert: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> bool {
        let has_cooled_down = last_alert.is_none_or(|last| {
            // A clock that was set back must not silence a rule.
            let since = now.duration_since(last).as_secs();
            since < 0 || since >= 60 * i64::from(self.cooldown_minutes)
        });
        has_cooled_down && self.quiet.is_none_or(|quiet| !quiet.contains(now, zone))
    }
}

/// Returns whether two places are the pair, in either order.
fn is_pair(pair: &str, a: &str, b: &str) -> bool {
    let is = |a: &str, b: &str| pair.strip_prefix(a).and_then(|rest| rest.strip_prefix('-')) == Some(b);
    is(a, b) || is(b, a)
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_rule_finds_what_it_asks_for_and_sends_outside_its_quiet_hours() {
        let rule = AlertRule {
            name: "r".into(),
            to: vec!["desk".into()],
            tags: vec!["place:armenia".into()],
            pair: Some("russia-north-ossetia".into()),
            min_score: 0.5,
            burst: None,
            quiet: Some(QuietHours { from: time(22, 0, 0, 0), until: time(7, 0, 0, 0) }),
            cooldown_minutes: 60,
        };
        let now = at("2026-11-22T12:00:00Z");
        let item = AlertItem {
            id: 1,
            url: None,
            title: "t".into(),
            outlet: "o".into(),
            language: None,
            at: at("2026-11-22T11:00:00Z"),
            score: 0.6,
            story: 1,
            pairs: vec![("north-ossetia".into(), "russia".into())],
            tags: vec!["place:armenia".into(), "place:russia".into()],
        };
        assert!(rule.matches(&item, now));
        let never = |change: &dyn Fn(&mut AlertItem)| {
            let mut item = item.clone();
            change(&mut item);
            assert!(!rule.matches(&item, now), "{item:?}");
        };
        never(&|item| item.tags.clear());
        never(&|item| item.pairs = vec![("russia".into(), "ossetia".into())]);
        never(&|item| item.score = 0.4);
        never(&|item| item.at = at("2026-11-21T11:00:00Z"));
        let zone = TimeZone::UTC;
        let check = |last: Option<&str>, now: &str, expected: bool| {
            assert_eq!(rule.may_send(last.map(at), at(now), &zone), expected, "{last:?} {now}");
        };
        check(None, "2026-11-22T12:00:00Z", true);
        check(None, "2026-11-22T22:00:00Z", false);
        check(None, "2026-11-22T06:59:59Z", false);
        check(None, "2026-11-22T07:00:00Z", true);
        check(Some("2026-11-22T11:30:00Z"), "2026-11-22T12:00:00Z", false);
        check(Some("2026-11-22T11:00:00Z"), "2026-11-22T12:00:00Z", true);
        check(Some("2026-11-23T11:00:00Z"), "2026-11-22T12:00:00Z", true);
    }
}
