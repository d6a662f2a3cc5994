//! When a feed is polled next. Pure: the state, what a poll gave, the time and the dice go in; the next state comes out.
//!
//! The formulas stand with their sources in `docs/methods.md`, section "Polling schedule". In short: a feed's rhythm is learnt from
//! how many new items each poll brings; the overlap of a fetch with what was seen before guards against losing items; servers'
//! and publishers' hints are floors; failures wait longer each time, and no feed is ever given up.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::hints::ServerHints;
use super::options::Options;
use super::outcome::{Grade, Outcome};
use super::status::StatusWord;
use crate::model::PublisherHints;

/// A fetch of which at least this share was seen before lets the interval grow.
const MUCH_OVERLAP: f64 = 2.0 / 3.0;
/// A fetch of which less than this share was seen before shortens it.
const LITTLE_OVERLAP: f64 = 1.0 / 3.0;
/// How the interval grows on a fetch without anything new, and on one with much overlap.
const GROWTH_ON_NOTHING: f64 = 1.5;
const GROWTH_ON_MUCH: f64 = 1.2;
/// How far one poll may draw the interval toward the learnt rate.
const DRAW: f64 = 0.8;
/// The interval at which half of the polls of a Poisson process bring something new, as a share of its mean gap: ln 2.
const SHARE_OF_GAP: f64 = std::f64::consts::LN_2;
/// Time constant of the learnt rate, in seconds: three days, so that a night or a weekend bends it and does not replace it.
const MEMORY_SECS: f64 = 3.0 * 86_400.0;
/// Share of the interval by which chance moves a poll to either side.
const JITTER: f64 = 0.1;
/// Least step of the linear backoff, in seconds: a feed polled every five minutes is not retried every five minutes.
const BACKOFF_STEP_SECS: f64 = 900.0;
/// Refusals in a row that say 410 after which the feed is tried as rarely as one long dead.
const GONE_IS_GONE: u32 = 3;
/// Longest Retry-After that is obeyed, in seconds: a month. A longer one is a mistake, and obeying it would be a silent stop.
const RETRY_AFTER_LIMIT_SECS: u64 = 31 * 86_400;
/// Time after which an answer that nothing changed is checked by an unconditional request, in seconds: some validators lie.
const FULL_FETCH_SECS: i64 = 86_400;

/// What is known of a feed's rhythm and health. The store keeps it between polls; a new feed starts with [`Rhythm::default`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rhythm {
    /// The learnt interval in seconds; 0 before the first poll.
    pub interval_secs: u32,
    /// When the feed is due; none before the first poll.
    pub next_due: Option<Timestamp>,
    /// The learnt rate of new items, per second; none before it is known.
    pub items_per_sec: Option<f64>,
    /// When the feed last answered well.
    pub last_success: Option<Timestamp>,
    /// When its body last came whole, rather than a statement that nothing changed.
    pub last_full: Option<Timestamp>,
    /// Sum of the weights of the failures since the last success.
    pub failure_weight: f64,
    /// Failures since the last success.
    pub failures: u32,
    /// When the failures began.
    pub failing_since: Option<Timestamp>,
    /// Answers in a row that said 410.
    pub gone_in_a_row: u32,
    /// How often a fetch overlapped in nothing with the one before: items between them were lost.
    pub rollovers: u32,
    /// When that happened last.
    pub last_rollover: Option<Timestamp>,
    /// Where permanent redirects point to, and how many well-read fetches in a row said so.
    pub redirect: Option<(String, u32)>,
    /// The feed's validators were caught naming a version that it no longer serves; they are not sent any more.
    pub distrust_validators: bool,
}

/// What a poll gave, as the schedule needs it.
#[derive(Clone, Debug, PartialEq)]
pub enum PollResult {
    /// A body came and read as a feed.
    Read {
        /// Items in it.
        items: u32,
        /// How many of them were held before. For a feed's first poll 0.
        seen_before: u32,
        /// Seconds from the oldest to the newest publication time in it, where items have one; teaches the rhythm at the first poll.
        published_span_secs: Option<u64>,
        /// [`Fetched::permanent_redirect`](super::Fetched::permanent_redirect).
        permanent_redirect: Option<String>,
        /// [`Fetched::validators_lied`](super::Fetched::validators_lied).
        validators_lied: bool,
    },
    /// The server said that nothing changed (304), or sent the same bytes.
    Unchanged {
        /// Whether the body came whole, as with the same bytes.
        full: bool,
    },
    /// There was no feed to be had: the fetch failed, or the body did not read as a feed.
    Failed {
        /// What happened.
        word: StatusWord,
        /// How bad it is.
        grade: Grade,
    },
    /// The feed was not asked.
    Postponed {
        /// Seconds for which its domain stays paused.
        wait_secs: u64,
    },
}

impl PollResult {
    /// What an outcome means by itself; none for a body, of which only the reader of feeds can say what it is.
    pub fn without_reading(outcome: &Outcome) -> Option<PollResult> {
        match outcome {
            Outcome::Fetched(_) => None,
            Outcome::NotModified(_) => Some(PollResult::Unchanged { full: false }),
            Outcome::SameBody(_) => Some(PollResult::Unchanged { full: true }),
            Outcome::Failed(failure) => Some(PollResult::Failed { word: failure.word, grade: failure.grade }),
            Outcome::Postponed { wait_secs } => Some(PollResult::Postponed { wait_secs: *wait_secs }),
        }
    }
}

/// What others want of the interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// What the server asks of pollers; of a [`Failure`](super::Failure) its `retry_after`.
    pub server: ServerHints,
    /// What the feed itself asks of pollers.
    pub publisher: PublisherHints,
    /// A fixed interval that the operator set, in seconds. It stands in for the learnt one and over `server.fresh_secs` and
    /// `publisher`, but not over Retry-After.
    pub interval_secs: Option<u32>,
}

/// What follows from a poll.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The state to store, with the next due time.
    pub rhythm: Rhythm,
    /// The address to adopt as the feed's own, where a permanent redirect was confirmed often enough.
    pub adopt_url: Option<String>,
    /// The fetch overlapped in nothing with what was seen before: items between the two were lost.
    pub rollover: bool,
    /// Why the feed is due when it is, in a sentence for `feeds check`.
    pub reason: String,
}

impl Rhythm {
    /// When the feed is due: at once where nothing is known.
    pub fn due(&self, now: Timestamp) -> Timestamp {
        self.next_due.unwrap_or(now)
    }

    /// Whether the feed counts as long dead: listed as such and tried rarely, but tried.
    pub fn is_dead(&self, now: Timestamp, options: &Options) -> bool {
        let dead_after_secs = i64::from(options.dead_after_days) * 86_400;
        let long = self.failing_since.is_some_and(|since| secs_between(since, now) >= dead_after_secs);
        self.gone_in_a_row >= GONE_IS_GONE || (long && self.failures > 1)
    }

    /// Whether the next request may send validators. Once a day it may not, where only 304s came since: that shows
    /// whether the feed's validators can be trusted, and asks no more than a client without validators may.
    pub fn may_send_validators(&self, now: Timestamp) -> bool {
        !self.distrust_validators && self.last_full.is_some_and(|full| secs_between(full, now) < FULL_FETCH_SECS)
    }
}

/// Moves polls that are due at start apart, so that no herd breaks loose: a due time of the past becomes one within `start_spread_secs`
/// from now, at the share `position` (0 to 1) of it. Later due times stay.
pub fn spread_start(due: Timestamp, now: Timestamp, position: f64, options: &Options) -> Timestamp {
    if due > now { due } else { after(now, f64::from(options.start_spread_secs) * position.clamp(0.0, 1.0)) }
}

/// What follows from a poll that ended at `now`. `jitter` is a uniform random number from 0 to 1.
pub fn after_poll(
    rhythm: &Rhythm,
    result: &PollResult,
    wishes: &Wishes,
    now: Timestamp,
    jitter: f64,
    options: &Options,
) -> Decision {
    let mut next = rhythm.clone();
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.5 };
    let (adopt_url, rollover, mut wait_secs, mut reason) = match result {
        PollResult::Read { items, seen_before, published_span_secs, permanent_redirect, validators_lied } => {
            let poll = Reading { items: *items, seen: (*seen_before).min(*items), span_secs: *published_span_secs };
            let (rollover, reason) = learn(&mut next, poll, now, options);
            let adopt_url = follow_redirect(&mut next, permanent_redirect.as_deref(), options);
            next.distrust_validators |= *validators_lied;
            next.last_full = Some(now);
            (adopt_url, rollover, f64::from(next.interval_secs), reason)
        }
        PollResult::Unchanged { full } => {
            let reason = learn_nothing_new(&mut next, now, options);
            if *full {
                next.last_full = Some(now);
            }
            (None, false, f64::from(next.interval_secs), reason)
        }
        PollResult::Failed { word, grade } => {
            let (wait_secs, reason) = back_off(&mut next, *word, *grade, now, options);
            (None, false, wait_secs, reason)
        }
        PollResult::Postponed { wait_secs } => {
            let wait = *wait_secs as f64;
            (None, false, wait, "its domain asked to be left alone".to_owned())
        }
    };
    let succeeded = matches!(result, PollResult::Read { .. } | PollResult::Unchanged { .. });
    if succeeded {
        next.last_success = Some(now);
        next.failure_weight = 0.0;
        next.failures = 0;
        next.failing_since = None;
        next.gone_in_a_row = 0;
        match wishes.interval_secs {
            Some(fixed) => {
                wait_secs = f64::from(fixed.max(1));
                reason = format!("{reason}; the interval is fixed at {fixed} s");
            }
            None => {
                let floor = floor_secs(wishes).min(u64::from(options.max_interval_secs)) as f64;
                if floor > wait_secs {
                    wait_secs = floor;
                    reason = format!("{reason}; the publisher asks for {floor} s");
                }
            }
        }
    }
    // A pause of the domain is a promise as well: coming early would only be postponed again.
    let early = if matches!(result, PollResult::Postponed { .. }) { 0.0 } else { 1.0 };
    wait_secs *= 1.0 + JITTER * ((1.0 + early) * jitter - early);
    // Retry-After is a promise to the server: chance may only add to it.
    if let Some(retry) = wishes.server.retry_after {
        let asked = retry.secs_from(now).min(RETRY_AFTER_LIMIT_SECS) as f64;
        if asked > 0.0 && asked * (1.0 + JITTER * jitter) > wait_secs {
            wait_secs = asked * (1.0 + JITTER * jitter);
            reason = format!("{reason}; the server asks to be left alone for {asked} s");
        }
    }
    let mut due = after(now, wait_secs);
    if succeeded && wishes.interval_secs.is_none() {
        due = skip_quiet_hours(due, &wishes.publisher);
    }
    next.next_due = Some(due);
    Decision { rhythm: next, adopt_url, rollover, reason }
}

#[derive(Clone, Copy)]
struct Reading {
    items: u32,
    seen: u32,
    span_secs: Option<u64>,
}

/// Learns from a fetch with items: the rate, and by the overlap the interval. Says whether items were lost since the last.
fn learn(next: &mut Rhythm, poll: Reading, now: Timestamp, options: &Options) -> (bool, String) {
    let Some(last) = next.last_success else {
        // The first poll: how far apart the items stand in the feed itself.
        let gaps = f64::from(poll.items.saturating_sub(1));
        next.items_per_sec = poll.span_secs.filter(|span| *span > 0 && gaps > 0.0).map(|span| gaps / span as f64);
        let secs = next.items_per_sec.map_or(f64::from(options.initial_interval_secs), |rate| SHARE_OF_GAP / rate);
        next.interval_secs = bounded(secs, options);
        return (false, format!("first poll, {} items: every {} s", poll.items, next.interval_secs));
    };
    let new = poll.items - poll.seen;
    if new == 0 {
        return (false, learn_nothing_new(next, now, options));
    }
    learn_rate(next, new, last, now);
    let overlap = f64::from(poll.seen) / f64::from(poll.items);
    let before = f64::from(next.interval_secs.max(1));
    let (rollover, factor) = if poll.seen == 0 {
        (true, 0.5)
    } else if overlap < LITTLE_OVERLAP {
        // From a half at no overlap to no change at one third, without a jump.
        (false, 0.5 + 0.5 * overlap / LITTLE_OVERLAP)
    } else if overlap >= MUCH_OVERLAP {
        (false, GROWTH_ON_MUCH)
    } else {
        (false, 1.0)
    };
    if rollover {
        next.rollovers = next.rollovers.saturating_add(1);
        next.last_rollover = Some(now);
    }
    next.interval_secs = settled(next, before, factor, true, options);
    let lost = if rollover { ", items between this poll and the last were lost" } else { "" };
    (rollover, format!("{} of {} items seen before{lost}: every {} s", poll.seen, poll.items, next.interval_secs))
}

fn learn_nothing_new(next: &mut Rhythm, now: Timestamp, options: &Options) -> String {
    if let Some(last) = next.last_success {
        learn_rate(next, 0, last, now);
    }
    let before = if next.interval_secs == 0 { options.initial_interval_secs } else { next.interval_secs };
    next.interval_secs = settled(next, f64::from(before), GROWTH_ON_NOTHING, false, options);
    format!("nothing new: every {} s", next.interval_secs)
}

/// Moves the learnt rate toward that of the time since the last success, by the share of the memory that this time fills.
fn learn_rate(next: &mut Rhythm, new: u32, last: Timestamp, now: Timestamp) {
    let elapsed = secs_between(last, now).max(1) as f64;
    let observed = f64::from(new) / elapsed;
    let weight = 1.0 - (-elapsed / MEMORY_SECS).exp();
    let rate = next.items_per_sec.unwrap_or(observed);
    next.items_per_sec = Some(rate + weight * (observed - rate));
}

/// The interval after a step by the overlap's factor. Where the learnt rate asks for a shorter one, it draws the interval toward
/// itself, by a fifth at most: a feed that changes hourly is not left for a day only because its window is wide.
/// A poll that brought nothing new never shortens the interval.
fn settled(next: &Rhythm, before: f64, factor: f64, brought_new: bool, options: &Options) -> u32 {
    let mut secs = before * factor;
    if let Some(rate) = next.items_per_sec.filter(|rate| *rate > 0.0) {
        let floor = if brought_new { before * factor.min(DRAW) } else { before };
        secs = secs.min((SHARE_OF_GAP / rate).max(floor));
    }
    bounded(secs, options)
}

fn bounded(secs: f64, options: &Options) -> u32 {
    let low = f64::from(options.min_interval_secs.max(1));
    let high = f64::from(options.max_interval_secs).max(low);
    // Within the range of u32 by the bounds themselves.
    secs.clamp(low, high).round() as u32
}

/// The linear backoff: the interval, or its least step, times the weight of the failures so far.
fn back_off(next: &mut Rhythm, word: StatusWord, grade: Grade, now: Timestamp, options: &Options) -> (f64, String) {
    next.failures = next.failures.saturating_add(1);
    next.failure_weight += grade.weight();
    next.failing_since.get_or_insert(now);
    next.gone_in_a_row = if word == StatusWord::Gone { next.gone_in_a_row.saturating_add(1) } else { 0 };
    if next.is_dead(now, options) {
        let secs = f64::from(options.dead_interval_secs.max(options.max_interval_secs));
        return (secs, format!("{word}: dead, still tried every {secs} s"));
    }
    let base = f64::from(next.interval_secs).max(BACKOFF_STEP_SECS);
    let low = f64::from(options.min_interval_secs.max(1));
    let secs = (base * next.failure_weight).clamp(low, f64::from(options.max_interval_secs).max(low));
    (secs, format!("{word}: {} failures in a row, again in {} s", next.failures, secs.round()))
}

/// Counts well-read fetches in a row that a permanent redirect led to the same address, and says when they suffice.
fn follow_redirect(next: &mut Rhythm, to: Option<&str>, options: &Options) -> Option<String> {
    let Some(to) = to else {
        next.redirect = None;
        return None;
    };
    let count = match next.redirect.take() {
        Some((held, count)) if held == to => count.saturating_add(1),
        _ => 1,
    };
    if count >= options.redirect_confirmations.max(1) {
        return Some(to.to_owned());
    }
    next.redirect = Some((to.to_owned(), count));
    None
}

/// The longest time for which the server or the publisher says that asking is of no use.
fn floor_secs(wishes: &Wishes) -> u64 {
    let (hints, publisher) = (&wishes.server, &wishes.publisher);
    let ttl = publisher.ttl_minutes.map_or(0, |minutes| u64::from(minutes) * 60);
    ttl.max(hints.fresh_secs.unwrap_or(0)).max(publisher.update_interval_secs.unwrap_or(0))
}

/// Moves a due time out of the hours and days that the publisher names as quiet, to the begin of the next hour that is not.
/// Where a week holds no other hour, the wish makes no sense and is passed over.
fn skip_quiet_hours(due: Timestamp, publisher: &PublisherHints) -> Timestamp {
    if publisher.skip_hours.is_empty() && publisher.skip_days.is_empty() {
        return due;
    }
    let mut candidate = due;
    for _ in 0..=7 * 24 {
        let utc = candidate.to_zoned(TimeZone::UTC);
        // Some publishers count midnight as 24.
        let quiet_hour = publisher.skip_hours.iter().any(|hour| i16::from(*hour % 24) == i16::from(utc.hour()));
        if !quiet_hour && !publisher.skip_days.contains(&utc.weekday()) {
            return candidate;
        }
        let next_hour = (candidate.as_second().div_euclid(3_600) + 1) * 3_600;
        let Ok(next_hour) = Timestamp::from_second(next_hour) else { return due };
        candidate = next_hour;
    }
    due
}

fn secs_between(earlier: Timestamp, later: Timestamp) -> i64 {
    later.as_second().saturating_sub(earlier.as_second())
}

fn after(now: Timestamp, secs: f64) -> Timestamp {
    let wait = SignedDuration::try_from_secs_f64(secs.max(0.0)).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
