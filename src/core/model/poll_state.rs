//! What the polling schedule has learnt of a feed.
//!
//! The poller computes it and the store keeps it, so its type belongs to neither of them.

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::feed::PublisherHints;

/// Seconds between polls of a feed about which nothing is known yet.
const FIRST_INTERVAL_SECS: u64 = 1_800;

/// A feed whose weighted failures in a row reach this is considered dead: it is tried rarely, but never given up.
const DEAD_WEIGHT: f64 = 30.0;

/// How many identical permanent redirects in a row, each ending at a feed, it takes until the new URL is polled
/// directly.
const CONFIRMATIONS: u32 = 5;

/// What the schedule has learnt of a feed from poll to poll. The store keeps it as JSON: a field that is missing there
/// has its default value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PollState {
    /// Seconds between polls while the feed answers.
    pub interval_secs: u64,
    /// Failures in a row.
    #[serde(skip_serializing_if = "is_default")]
    pub failures: u32,
    /// The sum of the weights of these failures: a severe one counts more than a temporary one.
    #[serde(skip_serializing_if = "is_default")]
    pub failure_weight: f64,
    /// When the feed last answered as a feed, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_at_secs: Option<i64>,
    /// What the publisher asked for inside the feed.
    #[serde(skip_serializing_if = "is_default")]
    pub asked: Asked,
    /// The longest wait in seconds that the publisher's hints may cause, after a rollover has shown that they ask for
    /// too much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint_limit_secs: Option<u64>,
    /// Where the server says that the feed has moved permanently.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// What the feed has used of its budgets.
    #[serde(skip_serializing_if = "is_default")]
    pub used: BudgetUse,
    /// That kazbek died while it had the feed in hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for PollState {
    fn default() -> PollState {
        PollState {
            interval_secs: FIRST_INTERVAL_SECS,
            failures: 0,
            failure_weight: 0.0,
            succeeded_at_secs: None,
            asked: Asked::default(),
            hint_limit_secs: None,
            moved: None,
            used: BudgetUse::default(),
            quarantine: None,
        }
    }
}

impl PollState {
    /// Returns whether the feed has failed so long that it is tried only once a week.
    pub fn is_dead(&self) -> bool {
        self.failure_weight >= DEAD_WEIGHT
    }

    /// Returns the URL that is polled instead of the feed's own, if enough responses have confirmed that it has moved.
    pub fn adopted_url(&self) -> Option<&str> {
        self.moved.as_ref().filter(|moved| moved.times >= CONFIRMATIONS).map(|moved| moved.url.as_str())
    }

    /// Records where a poll's permanent redirects (301, 308) led. `confirmed` says that the response was read as a
    /// feed, so that a maintenance page cannot take over the URL. After a failure at an adopted URL, the feed's own URL
    /// is polled again.
    #[must_use]
    pub fn followed(mut self, moved_to: Option<&str>, confirmed: bool) -> PollState {
        let is_adopted = self.adopted_url().is_some();
        self.moved = match (self.moved.take(), moved_to) {
            (Some(_), _) if !confirmed => None,
            (Some(moved), None) if is_adopted => Some(moved),
            (Some(moved), Some(url)) if moved.url == url => {
                Some(Moved { times: moved.times.saturating_add(1), ..moved })
            }
            (_, Some(url)) if confirmed => Some(Moved { url: url.to_owned(), times: 1 }),
            _ => None,
        };
        self
    }
}

/// What a feed has used of its budgets, as of the last document that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BudgetUse {
    /// The day in UTC that `items_taken` is about, as days since 1970-01-01.
    pub day: i64,
    /// New items of the feed that were stored on that day, those that other feeds had as well included.
    pub items_taken: usize,
    /// Items of the document that wait: for the next day, because the feed has used the budget of the day, or for the
    /// next poll, because storing the others took long.
    pub items_put_off: usize,
    /// The older items of the document that were left out, because there were too many.
    pub items_left_out: usize,
    /// Milliseconds that the writer needed for the document; 0 if it was less than 100.
    pub writer_ms: u64,
}

impl BudgetUse {
    /// Returns whether items of the last document wait or were left out.
    pub fn is_over(&self) -> bool {
        self.items_put_off + self.items_left_out > 0
    }
}

/// Seconds that a feed in quarantine waits at first.
const FIRST_QUARANTINE_SECS: i64 = 300;

/// That kazbek died while it had a feed in hand. Such a feed is tried later, and alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// How often it happened.
    pub times: u32,
    /// When it was last noticed, in Unix seconds.
    pub since_secs: i64,
    /// The feed is not polled before this time, in Unix seconds.
    pub until_secs: i64,
}

impl Quarantine {
    /// Seconds that a feed in quarantine waits at most.
    pub const LONGEST_SECS: i64 = 7 * 86_400;

    /// Returns the quarantine of a feed that was in hand when kazbek died, given the one that it was in. Each time the
    /// wait is four times as long: 5 minutes, 20 minutes, up to a week.
    pub fn after(before: Option<&Quarantine>, now_secs: i64) -> Quarantine {
        let times = before.map_or(0, |before| before.times).saturating_add(1);
        let wait = FIRST_QUARANTINE_SECS.saturating_mul(4_i64.saturating_pow(times.min(20) - 1));
        let until_secs = now_secs.saturating_add(wait.min(Quarantine::LONGEST_SECS));
        Quarantine { times, since_secs: now_secs, until_secs }
    }

    /// Returns what is left of the quarantine after the feed was read and stored.
    pub fn survived(self) -> Option<Quarantine> {
        Some(Quarantine { times: self.times / 2, ..self }).filter(|left| left.times > 0)
    }
}

/// Where a feed says that it has moved, and how often in a row it has said so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The new URL.
    pub url: String,
    /// Identical redirects in a row, each of which ended at a feed.
    pub times: u32,
}

/// What a publisher asks of pollers inside the feed, in the schedule's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Seconds between polls: the longer of RSS `ttl` and `sy:updatePeriod / sy:updateFrequency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_secs: Option<u64>,
    /// Hours of the day in GMT without news, one bit each.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_hours: u32,
    /// Days of the week in GMT without news, one bit each from Monday.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_days: u8,
}

impl From<&PublisherHints> for Asked {
    fn from(hints: &PublisherHints) -> Asked {
        let ttl = hints.ttl_minutes.map(|minutes| u64::from(minutes) * 60);
        let hours = hints.skip_hours.iter().filter(|hour| **hour < 24);
        Asked {
            every_secs: ttl.max(hints.update_interval_secs),
            skip_hours: hours.fold(0, |bits, hour| bits | 1 << hour),
            skip_days: hints.skip_days.iter().fold(0, |bits, day| bits | day_bit(*day)),
        }
    }
}

impl Asked {
    /// Returns whether an hour (0 to 23) of a day of the week, both in GMT, is one without news.
    pub fn skips(self, day: Weekday, hour: u32) -> bool {
        self.skip_hours & (1 << hour) != 0 || self.skip_days & day_bit(day) != 0
    }
}

fn day_bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_adopted_after_identical_redirects_that_end_at_a_feed() {
        let mut state = PollState::default();
        for time in 1..=CONFIRMATIONS {
            assert_eq!(state.adopted_url(), None, "before redirect {time}");
            state = state.followed(Some("https://new.example/feed"), true);
        }
        assert_eq!(state.adopted_url(), Some("https://new.example/feed"));
        // Polled directly, it no longer redirects.
        state = state.followed(None, true);
        assert_eq!(state.adopted_url(), Some("https://new.example/feed"));
        assert_eq!(state.followed(None, false).adopted_url(), None, "it failed, so the feed's own URL is polled again");
    }

    #[test]
    fn a_redirect_that_changes_or_does_not_end_at_a_feed_is_not_adopted() {
        let check = |polls: &[(Option<&str>, bool)]| {
            let start = PollState {
                moved: Some(Moved { url: "a".to_owned(), times: CONFIRMATIONS - 1 }),
                ..PollState::default()
            };
            let end = polls.iter().fold(start, |state, (url, confirmed)| state.followed(*url, *confirmed));
            assert_eq!(end.adopted_url(), None, "{polls:?}");
        };
        check(&[(Some("b"), true)]);
        check(&[(Some("a"), false), (Some("a"), true)]);
        check(&[(None, true), (Some("a"), true)]);
    }
}
