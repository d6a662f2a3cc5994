use jiff::civil::Weekday;
use proptest::prelude::*;

use super::super::hints::RetryAfter;
use super::*;

const NOW: i64 = 1_790_000_000;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(NOW + secs).unwrap()
}

fn options() -> Options {
    Options::default()
}

fn read(items: u32, seen_before: u32) -> PollResult {
    PollResult::Read { items, seen_before, published_span_secs: None, permanent_redirect: None, validators_lied: false }
}

fn redirected(to: &str) -> PollResult {
    PollResult::Read {
        items: 10,
        seen_before: 10,
        published_span_secs: None,
        permanent_redirect: Some(to.to_owned()),
        validators_lied: false,
    }
}

fn failed(word: StatusWord) -> PollResult {
    PollResult::Failed { word, grade: word.grade() }
}

/// A feed that answered well an hour ago and is polled hourly.
fn settled_feed() -> Rhythm {
    Rhythm { interval_secs: 3_600, last_success: Some(at(-3_600)), last_full: Some(at(-3_600)), ..Rhythm::default() }
}

fn step(rhythm: &Rhythm, result: &PollResult, now: i64) -> Decision {
    after_poll(rhythm, result, &Wishes::default(), at(now), 0.5, &options())
}

fn wait_secs(decision: &Decision, now: i64) -> i64 {
    decision.rhythm.next_due.unwrap().as_second() - at(now).as_second()
}

fn wait_under(wishes: &Wishes, result: &PollResult) -> i64 {
    wait_secs(&after_poll(&settled_feed(), result, wishes, at(0), 0.5, &options()), 0)
}

#[test]
fn overlap_moves_the_interval() {
    for (items, seen, expected) in [
        (30, 30, 5_400), // nothing new
        (30, 25, 4_320), // much overlap
        (30, 15, 3_600), // neither
        (30, 5, 2_700),  // little
        (30, 0, 1_800),  // none: rollover
        (0, 0, 5_400),   // an empty feed is not a rollover
    ] {
        // A memory without news, so long that this poll does not outweigh it.
        let feed = Rhythm { items_per_sec: Some(0.0), last_success: Some(at(-1)), ..settled_feed() };
        let decision = step(&feed, &read(items, seen), 0);
        assert_eq!(decision.rhythm.interval_secs, expected, "{items} {seen}: {}", decision.reason);
        assert_eq!(decision.rollover, items > 0 && seen == 0, "{items} {seen}");
    }
}

#[test]
fn the_learnt_rate_draws_the_interval_down() {
    // An item every 20 minutes in a window of 100, polled every six hours: most was seen before, and yet six hours are too long.
    let feed = Rhythm {
        interval_secs: 21_600,
        items_per_sec: Some(1.0 / 1_200.0),
        last_success: Some(at(-21_600)),
        ..Rhythm::default()
    };
    assert_eq!(step(&feed, &read(100, 82), 0).rhythm.interval_secs, 17_280);
    assert_eq!(step(&feed, &read(100, 100), 0).rhythm.interval_secs, 21_600);
}

#[test]
fn a_first_poll_learns_from_the_items_themselves() {
    let first = |span| {
        let result = PollResult::Read {
            items: 31,
            seen_before: 0,
            published_span_secs: span,
            permanent_redirect: None,
            validators_lied: false,
        };
        let decision = step(&Rhythm::default(), &result, 0);
        assert!(!decision.rollover, "nothing was polled before that could be lost");
        decision.rhythm.interval_secs
    };
    assert_eq!(first(None), 3_600);
    assert_eq!(first(Some(0)), 3_600);
    assert_eq!(first(Some(30 * 3_600)), 2_495, "hourly items: ln 2 of an hour");
    assert_eq!(first(Some(30)), 300);
    assert_eq!(first(Some(30 * 86_400 * 30)), 86_400);
}

/// Polls a feed that publishes every `gap_secs` in a window of `window` items, and gives the mean interval of the last polls and the rollovers.
fn simulate(gap_secs: i64, window: i64, days: i64) -> (f64, u32) {
    let mut rhythm = Rhythm::default();
    let (mut now, mut held, mut waits) = (0_i64, None::<i64>, Vec::new());
    while now < days * 86_400 {
        let newest = now / gap_secs;
        let seen = held.map_or(0, |held| (window - (newest - held)).clamp(0, window));
        let result = PollResult::Read {
            items: window as u32,
            seen_before: seen as u32,
            published_span_secs: Some(((window - 1) * gap_secs) as u64),
            permanent_redirect: None,
            validators_lied: false,
        };
        let decision = step(&rhythm, &result, now);
        waits.push(wait_secs(&decision, now));
        now += waits.last().unwrap();
        held = Some(newest);
        rhythm = decision.rhythm;
    }
    let late = &waits[waits.len() / 2..];
    (late.iter().sum::<i64>() as f64 / late.len() as f64, rhythm.rollovers)
}

#[test]
fn a_steady_feed_is_polled_about_as_often_as_it_publishes_and_loses_nothing() {
    for (gap_secs, window) in [(3_600, 10), (3_600, 50), (7_200, 30), (21_600, 20), (43_200, 100), (900, 30)] {
        let (mean, rollovers) = simulate(gap_secs, window, 60);
        let share = mean / gap_secs as f64;
        assert!((0.3..1.6).contains(&share), "gap {gap_secs} window {window}: {share}");
        assert_eq!(rollovers, 0, "gap {gap_secs} window {window}");
    }
    // Faster than the shortest interval: that one is kept.
    assert!(simulate(60, 50, 10).0 < 400.0);
    // Slower than the longest: likewise.
    assert!(simulate(40 * 86_400, 20, 400).0 > 80_000.0);
}

#[test]
fn a_feed_that_wakes_up_is_caught_up_with() {
    // A month of silence, then an item a minute.
    let mut rhythm = Rhythm::default();
    let mut now = 0;
    while now < 30 * 86_400 {
        let decision = step(&rhythm, &PollResult::Unchanged { full: false }, now);
        now += wait_secs(&decision, now);
        rhythm = decision.rhythm;
    }
    assert_eq!(rhythm.interval_secs, 86_400);
    let mut polls = 0;
    while rhythm.interval_secs > 600 {
        let new = (i64::from(rhythm.interval_secs) / 60).min(30) as u32;
        let decision = step(&rhythm, &read(30, 30 - new), now);
        now += wait_secs(&decision, now);
        rhythm = decision.rhythm;
        polls += 1;
        assert!(polls <= 20, "{rhythm:?}");
    }
    assert!(rhythm.rollovers >= 1);
}

#[test]
fn hints_are_floors_and_retry_after_is_obeyed_beyond_the_cap() {
    let server = |server| Wishes { server, ..Wishes::default() };
    let fresh = |secs| server(ServerHints { fresh_secs: Some(secs), retry_after: None });
    let retry = |after| server(ServerHints { retry_after: Some(after), fresh_secs: None });
    let same = PollResult::Unchanged { full: false };
    assert_eq!(wait_under(&fresh(60), &same), 5_400);
    assert_eq!(wait_under(&fresh(7_200), &same), 7_200);
    assert_eq!(wait_under(&fresh(31_536_000), &same), 86_400, "a year of cache is no year of silence");
    let publisher = |publisher| Wishes { publisher, ..Wishes::default() };
    let ttl = PublisherHints { ttl_minutes: Some(180), ..PublisherHints::default() };
    assert_eq!(wait_under(&publisher(ttl), &same), 10_800);
    let update = PublisherHints { update_interval_secs: Some(9_000), ..PublisherHints::default() };
    assert_eq!(wait_under(&publisher(update), &same), 9_000);
    // Seconds and dates, with jitter only to the far side.
    let refused = failed(StatusWord::Http(429));
    assert_eq!(wait_under(&retry(RetryAfter::Secs(10)), &refused), 1_800);
    for after in [RetryAfter::Secs(200_000), RetryAfter::At(at(200_000))] {
        assert_eq!(wait_under(&retry(after), &refused), 210_000);
    }
    assert_eq!(wait_under(&retry(RetryAfter::At(at(-5))), &refused), 1_800);
    assert!(wait_under(&retry(RetryAfter::Secs(u64::MAX)), &refused) < 40 * 86_400);
}

#[test]
fn a_fixed_interval_stands_over_all_but_retry_after() {
    let ttl = PublisherHints { ttl_minutes: Some(1_440), ..PublisherHints::default() };
    let fixed = Wishes { interval_secs: Some(120), publisher: ttl, ..Wishes::default() };
    assert_eq!(wait_under(&fixed, &read(30, 30)), 120);
    let server = ServerHints { retry_after: Some(RetryAfter::Secs(600)), fresh_secs: None };
    assert_eq!(wait_under(&Wishes { server, ..fixed }, &read(30, 30)), 630);
}

#[test]
fn quiet_hours_and_days_are_skipped() {
    let check = |due: &str, hours: &[u8], days: &[Weekday], expected: &str| {
        let publisher =
            PublisherHints { skip_hours: hours.to_vec(), skip_days: days.to_vec(), ..PublisherHints::default() };
        let due = skip_quiet_hours(due.parse().unwrap(), &publisher);
        assert_eq!(due, expected.parse::<Timestamp>().unwrap(), "{hours:?} {days:?}");
    };
    check("2026-11-23T10:30:15Z", &[], &[], "2026-11-23T10:30:15Z");
    check("2026-11-23T10:30:15Z", &[11], &[Weekday::Sunday], "2026-11-23T10:30:15Z");
    check("2026-11-23T22:30:15Z", &[22, 23, 24], &[], "2026-11-24T01:00:00Z");
    check("2026-11-21T22:30:15Z", &[0], &[Weekday::Saturday, Weekday::Sunday], "2026-11-23T01:00:00Z");
    let all: Vec<u8> = (0..24).collect();
    check("2026-11-23T10:30:15Z", &all, &[], "2026-11-23T10:30:15Z");
}

#[test]
fn failures_wait_longer_each_time_and_never_stop() {
    let mut rhythm = settled_feed();
    let mut waits = Vec::new();
    let mut now = 0;
    for _ in 0..200 {
        let decision = step(&rhythm, &failed(StatusWord::Timeout), now);
        waits.push(wait_secs(&decision, now));
        now += waits.last().unwrap();
        rhythm = decision.rhythm;
    }
    assert_eq!(waits[..4], [1_800, 3_600, 5_400, 7_200], "linear, half a weight each");
    assert!(waits.is_sorted(), "{waits:?}");
    assert!(rhythm.is_dead(at(now), &options()));
    assert_eq!(waits.last(), Some(&(7 * 86_400)), "rarely, but still");
    let back = step(&rhythm, &read(30, 10), now);
    assert_eq!((back.rhythm.failures, back.rhythm.failing_since), (0, None));
    assert!(!back.rhythm.is_dead(at(now), &options()));
    assert_eq!(wait_secs(&back, now), 3_600, "the rhythm from before the failures is still known");
}

#[test]
fn grades_weigh() {
    for (word, expected) in [(StatusWord::Http(403), 3_600), (StatusWord::Dns, 1_800), (StatusWord::Connect, 900)] {
        assert_eq!(wait_secs(&step(&settled_feed(), &failed(word), 0), 0), expected, "{word}");
    }
}

#[test]
fn gone_is_believed_when_it_is_repeated() {
    let mut rhythm = settled_feed();
    let mut dead = Vec::new();
    for _ in 0..4 {
        rhythm = step(&rhythm, &failed(StatusWord::Gone), 0).rhythm;
        dead.push(rhythm.is_dead(at(0), &options()));
    }
    assert_eq!(dead, [false, false, true, true]);
    rhythm = step(&rhythm, &failed(StatusWord::Http(500)), 0).rhythm;
    assert!(!rhythm.is_dead(at(0), &options()));
}

#[test]
fn a_permanent_redirect_is_adopted_after_enough_identical_answers() {
    let mut rhythm = settled_feed();
    let mut run = |results: &[PollResult]| -> Vec<Option<String>> {
        results
            .iter()
            .map(|result| {
                let decision = step(&rhythm, result, 0);
                rhythm = decision.rhythm;
                decision.adopt_url
            })
            .collect()
    };
    let (a, b) = (redirected("http://a/"), redirected("http://b/"));
    // Another address, no redirect at all: each begins the count anew. A failure or a 304 neither counts nor breaks it.
    let not_yet = [a.clone(), a.clone(), a.clone(), a.clone(), b.clone(), a.clone(), a.clone(), read(9, 9)];
    assert!(run(&not_yet).iter().all(Option::is_none));
    let between = [
        a.clone(),
        a.clone(),
        failed(StatusWord::Timeout),
        a.clone(),
        PollResult::Unchanged { full: false },
        a.clone(),
    ];
    assert!(run(&between).iter().all(Option::is_none));
    assert_eq!(run(&[a]), [Some("http://a/".to_owned())]);
}

#[test]
fn validators_are_doubted_once_a_day_and_for_good_once_caught() {
    let rhythm = step(&settled_feed(), &read(30, 30), 0).rhythm;
    assert!(rhythm.may_send_validators(at(80_000)));
    assert!(!rhythm.may_send_validators(at(86_400)));
    let later = step(&rhythm, &PollResult::Unchanged { full: false }, 86_400).rhythm;
    assert!(!later.may_send_validators(at(86_401)), "a 304 is no proof");
    let later = step(&rhythm, &PollResult::Unchanged { full: true }, 86_400).rhythm;
    assert!(later.may_send_validators(at(86_401)));
    let lied = PollResult::Read {
        items: 3,
        seen_before: 2,
        published_span_secs: None,
        permanent_redirect: None,
        validators_lied: true,
    };
    assert!(!step(&rhythm, &lied, 0).rhythm.may_send_validators(at(1)));
}

#[test]
fn a_postponed_poll_is_no_failure() {
    let decision = step(&settled_feed(), &PollResult::Postponed { wait_secs: 500 }, 0);
    assert_eq!(wait_secs(&decision, 0), 525);
    let result = PollResult::Postponed { wait_secs: 500 };
    let earliest = after_poll(&settled_feed(), &result, &Wishes::default(), at(0), 0.0, &options());
    assert_eq!(wait_secs(&earliest, 0), 500, "not before the pause ends");
    assert_eq!(Rhythm { next_due: None, ..decision.rhythm }, settled_feed());
}

#[test]
fn a_rhythm_survives_the_store_and_an_older_store() {
    let rhythm = step(&settled_feed(), &redirected("http://a/"), 0).rhythm;
    let text = serde_json::to_string(&rhythm).unwrap();
    assert_eq!(serde_json::from_str::<Rhythm>(&text).unwrap(), rhythm);
    assert_eq!(serde_json::from_str::<Rhythm>("{}").unwrap(), Rhythm::default());
}

fn any_result() -> impl Strategy<Value = PollResult> {
    prop_oneof![
        (0_u32..200, 0_u32..200, any::<Option<u64>>(), any::<bool>()).prop_map(|(items, seen_before, span, lied)| {
            PollResult::Read {
                items,
                seen_before,
                published_span_secs: span,
                permanent_redirect: None,
                validators_lied: lied,
            }
        }),
        any::<bool>().prop_map(|full| PollResult::Unchanged { full }),
        prop::sample::select(StatusWord::ALL.to_vec()).prop_map(failed),
    ]
}

fn any_wishes() -> impl Strategy<Value = Wishes> {
    let retry = prop_oneof![
        Just(None),
        any::<u64>().prop_map(|secs| Some(RetryAfter::Secs(secs))),
        (-1_000_000_i64..10_000_000).prop_map(|secs| Some(RetryAfter::At(at(secs)))),
    ];
    let hours = prop::collection::vec(any::<u8>(), 0..26);
    (retry, any::<Option<u64>>(), any::<Option<u32>>(), any::<Option<u64>>(), hours).prop_map(
        |(retry_after, fresh_secs, ttl_minutes, update_interval_secs, skip_hours)| Wishes {
            server: ServerHints { retry_after, fresh_secs },
            publisher: PublisherHints { ttl_minutes, update_interval_secs, skip_hours, ..PublisherHints::default() },
            interval_secs: None,
        },
    )
}

proptest! {
    /// Whatever happens, a feed is due again: not before its shortest interval, and never in a silent stop.
    #[test]
    fn every_history_keeps_a_feed_alive_and_bounded(
        polls in prop::collection::vec((any_result(), any_wishes(), 0.0..=1.0_f64), 1..60),
    ) {
        let options = options();
        let mut rhythm = Rhythm::default();
        let mut now = at(0);
        for (result, wishes, jitter) in polls {
            let decision = after_poll(&rhythm, &result, &wishes, now, jitter, &options);
            let due = decision.rhythm.next_due.unwrap();
            let wait = due.as_second() - now.as_second();
            prop_assert!(wait >= 269, "{wait} s after {result:?}");
            // A month for Retry-After, and its jitter, and the quiet hours of a week behind.
            prop_assert!(wait <= 43 * 86_400, "{wait} s after {result:?}");
            if wishes.server.retry_after.is_none() && !matches!(result, PollResult::Failed { .. }) {
                prop_assert!(wait <= 95_041 + 7 * 86_400, "{wait} s after {result:?}");
            }
            if let Some(RetryAfter::Secs(secs)) = wishes.server.retry_after {
                prop_assert!(wait >= secs.min(31 * 86_400) as i64, "{wait} s for {secs}");
            }
            let succeeded = !matches!(result, PollResult::Failed { .. });
            prop_assert!(!succeeded || (300..=86_400).contains(&decision.rhythm.interval_secs));
            prop_assert!(!decision.reason.is_empty());
            rhythm = decision.rhythm;
            now = due;
        }
    }

    /// More overlap never asks for a shorter interval; much lengthens it, little shortens it.
    #[test]
    fn the_interval_grows_with_the_overlap(items in 2_u32..20, share in 0.0..1.0_f64, interval in 600_u32..20_000) {
        let feed = Rhythm { interval_secs: interval, ..settled_feed() };
        let next = |seen: u32| step(&feed, &read(items, seen), 0).rhythm.interval_secs;
        let seen = (f64::from(items) * share) as u32;
        prop_assert!(next(seen) <= next(seen + 1));
        if f64::from(seen) < f64::from(items) / 3.0 {
            prop_assert!(next(seen) < interval);
        }
        if 3 * seen >= 2 * items {
            // Where the learnt rate does not draw it down, much overlap lengthens.
            let unhurried = Rhythm { items_per_sec: Some(0.0), last_success: Some(at(-1)), ..feed.clone() };
            prop_assert!(step(&unhurried, &read(items, seen), 0).rhythm.interval_secs > interval);
        }
        prop_assert!(next(items) > interval);
        prop_assert!(next(0) <= interval.div_ceil(2).max(300));
    }

    /// Chance moves a poll by a tenth to either side and no further.
    #[test]
    fn jitter_is_bounded(jitter in any::<f64>(), interval in 300_u32..57_600) {
        let feed = Rhythm { interval_secs: interval, ..settled_feed() };
        let result = PollResult::Unchanged { full: true };
        let decision = after_poll(&feed, &result, &Wishes::default(), at(0), jitter, &options());
        let wait = wait_secs(&decision, 0) as f64;
        let interval = f64::from(decision.rhythm.interval_secs);
        prop_assert!(wait >= (interval * 0.9).floor() && wait <= (interval * 1.1).ceil());
    }

    /// At start nothing is due in one instant, and nothing is put off for longer than the spread.
    #[test]
    fn a_start_is_spread(due in -1_000_000_i64..1_000_000, position in any::<f64>()) {
        prop_assume!(!position.is_nan());
        let options = options();
        let spread = spread_start(at(due), at(0), position, &options);
        if due > 0 {
            prop_assert_eq!(spread, at(due));
        } else {
            prop_assert!(spread >= at(0) && spread <= at(i64::from(options.start_spread_secs)));
        }
    }
}
