use jiff::civil::Weekday;
use proptest::prelude::*;

use super::*;

const BOUNDS: Bounds = Bounds { min_interval_secs: 300, max_interval_secs: 86_400, fixed_interval_secs: None };

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(secs).unwrap()
}

fn items(seen: usize, new: usize) -> PollResult {
    PollResult::Items { seen, new, is_rollover: seen > 0 && seen == new }
}

fn polled(result: PollResult, secs: i64) -> Polled<'static> {
    Polled { result, retry_after: None, fresh_for: None, hints: None, at: at(secs), jitter: 0.0 }
}

/// A feed in health, last read at second 0.
fn steady(interval_secs: u64) -> PollState {
    PollState { interval_secs, succeeded_at_secs: Some(0), ..PollState::default() }
}

#[test]
fn the_interval_follows_the_overlap() {
    let check = |found: PollResult, elapsed: i64, expected: u64| {
        let (state, due) = next(&steady(3_600), &polled(found, elapsed), &BOUNDS);
        assert_eq!(state.interval_secs, expected, "{found:?} after {elapsed}");
        assert_eq!(due.as_second() - elapsed, i64::try_from(expected).unwrap(), "{found:?} after {elapsed}");
    };
    check(items(30, 0), 3_600, 4_500);
    check(PollResult::Unchanged, 3_600, 4_500);
    check(items(30, 1), 3_600, 4_050);
    check(items(30, 15), 3_600, 3_600);
    check(items(30, 25), 3_600, 1_800);
    check(items(30, 30), 3_600, 1_800);
    check(items(0, 0), 3_600, 4_500);
    // Polled by hand a second later: that nothing is new then proves nothing.
    check(PollResult::Unchanged, 1, 3_600);
    // After a pause of a day much is new; the interval is not to blame, but what was missed is missed.
    check(items(30, 25), 86_400, 3_600);
    check(items(30, 30), 86_400, 1_800);
}

#[test]
fn a_first_fetch_has_nothing_to_overlap_with() {
    let (state, _) =
        next(&PollState::default(), &polled(PollResult::Items { seen: 30, new: 30, is_rollover: false }, 0), &BOUNDS);
    assert_eq!(state.interval_secs, PollState::default().interval_secs);
}

#[test]
fn hints_lengthen_the_wait_until_a_rollover_shows_that_they_ask_too_much() {
    let hints =
        PublisherHints { ttl_minutes: Some(240), update_interval_secs: Some(7_200), ..PublisherHints::default() };
    let (state, due) = next(&steady(3_600), &Polled { hints: Some(&hints), ..polled(items(30, 15), 3_600) }, &BOUNDS);
    assert_eq!(due, at(3_600 + 14_400));
    // A 304 has no body; what the feed asked for before still holds.
    let (state, due) = next(&state, &polled(PollResult::Unchanged, 18_000), &BOUNDS);
    assert_eq!(due, at(18_000 + 14_400));
    let (state, due) = next(&state, &Polled { hints: Some(&hints), ..polled(items(30, 30), 32_400) }, &BOUNDS);
    assert_eq!(due, at(32_400 + 7_200), "half of the four hours in which items were lost");
    assert_eq!(state.hint_limit_secs, Some(7_200));
}

#[test]
fn freshness_is_obeyed_up_to_the_longest_interval_and_retry_after_beyond_it() {
    let fresh = |secs| Some(SignedDuration::from_secs(secs));
    let check = |polled: Polled<'_>, expected: i64| {
        let (_, due) = next(&steady(3_600), &polled, &BOUNDS);
        assert_eq!(due.as_second() - polled.at.as_second(), expected, "{polled:?}");
    };
    check(Polled { fresh_for: fresh(10_000), ..polled(items(30, 15), 3_600) }, 10_000);
    check(Polled { fresh_for: fresh(31_536_000), ..polled(items(30, 15), 3_600) }, 86_400);
    check(Polled { fresh_for: fresh(60), ..polled(items(30, 15), 3_600) }, 3_600);
    check(Polled { retry_after: fresh(316_800), ..polled(PollResult::Failure(Grade::Soft), 3_600) }, 316_800);
    check(Polled { retry_after: fresh(1), ..polled(PollResult::Failure(Grade::Soft), 3_600) }, 3_600);
}

#[test]
fn a_fixed_interval_leaves_only_jitter_failures_and_retry_after() {
    let bounds = Bounds { fixed_interval_secs: Some(120), ..BOUNDS };
    let hints = PublisherHints { ttl_minutes: Some(240), skip_hours: vec![0, 1, 2], ..PublisherHints::default() };
    let (_, due) = next(&steady(3_600), &Polled { hints: Some(&hints), ..polled(items(30, 0), 3_600) }, &bounds);
    assert_eq!(due, at(3_720));
    let asked = Some(SignedDuration::from_secs(999_999));
    let (_, due) =
        next(&steady(3_600), &Polled { retry_after: asked, ..polled(PollResult::Failure(Grade::Soft), 0) }, &bounds);
    assert_eq!(due, at(999_999));
}

#[test]
fn quiet_hours_and_days_are_left_out() {
    // 1970-01-01 was a Thursday.
    let check = |skip_hours: &[u8], skip_days: &[Weekday], due_secs: i64, expected: i64| {
        let hints = PublisherHints {
            skip_hours: skip_hours.to_vec(),
            skip_days: skip_days.to_vec(),
            ..PublisherHints::default()
        };
        assert_eq!(after_skips(Asked::from(&hints), at(due_secs)), at(expected), "{hints:?}");
    };
    check(&[], &[], 1_000, 1_000);
    check(&[1, 2], &[], 1_000, 1_000);
    check(&[0, 1, 2], &[], 1_000, 3 * 3_600 + 1_000);
    check(&[], &[Weekday::Thursday], 1_000, 86_400 + 1_000);
    check(&[0], &[Weekday::Thursday], 1_000, 86_400 + 3_600 + 1_000);
    check(&(0..24).collect::<Vec<u8>>(), &[], 1_000, 1_000);
}

#[test]
fn failures_back_off_linearly_by_their_grade_and_never_stop() {
    let check = |grade: Grade, expected: &[u64]| {
        let mut state = steady(3_600);
        for (index, hours_of_wait) in expected.iter().enumerate() {
            let (learnt, due) = next(&state, &polled(PollResult::Failure(grade), 0), &BOUNDS);
            assert_eq!(due.as_second().unsigned_abs(), *hours_of_wait, "{grade:?}, failure {}", index + 1);
            state = learnt;
        }
    };
    check(Grade::Hard, &[3_600, 7_200, 10_800, 14_400]);
    check(Grade::Soft, &[3_600, 3_600, 5_400, 7_200]);
    check(Grade::Temporary, &[900, 1_800, 2_700, 3_600, 4_500]);
    // As soon as may be, however often; and no failure of the feed.
    check(Grade::Ours, &[BOUNDS.min_interval_secs; 20]);
    let (state, _) = next(&steady(3_600), &polled(PollResult::Failure(Grade::Ours), 0), &BOUNDS);
    assert_eq!((state.failures, state.failure_weight), (0, 0.0));
    check(Grade::Gone, &[36_000, 72_000, 7 * 86_400, 7 * 86_400]);
    let mut state = steady(3_600);
    for _ in 0..30 {
        assert!(!state.is_dead());
        state = next(&state, &polled(PollResult::Failure(Grade::Hard), 0), &BOUNDS).0;
    }
    assert!(state.is_dead());
    let (state, _) = next(&state, &polled(PollResult::Unchanged, 1_000), &BOUNDS);
    assert_eq!((state.failures, state.failure_weight, state.is_dead()), (0, 0.0, false), "one answer revives it");
}

fn any_result() -> impl Strategy<Value = PollResult> {
    prop_oneof![
        (0_usize..200, 0_usize..200, any::<bool>()).prop_map(|(seen, new, is_rollover)| PollResult::Items {
            seen,
            new: new.min(seen),
            is_rollover
        }),
        Just(PollResult::Unchanged),
        prop_oneof![Just(Grade::Hard), Just(Grade::Soft), Just(Grade::Temporary), Just(Grade::Ours), Just(Grade::Gone)]
            .prop_map(PollResult::Failure),
    ]
}

proptest! {
    /// Whatever comes, in whatever order: the interval stays in its bounds and the next poll comes, in time, and in no
    /// rush.
    #[test]
    fn every_wait_is_bounded(
        polls in prop::collection::vec((any_result(), 0_i64..200_000, prop::option::of(0_i64..2_000_000), 0.0_f64..=1.0), 1..60),
        ttl in prop::option::of(any::<u32>()),
        skip_hours in prop::collection::vec(0_u8..24, 0..24),
    ) {
        let hints = PublisherHints { ttl_minutes: ttl, skip_hours, ..PublisherHints::default() };
        let mut state = PollState::default();
        let mut now = 1_700_000_000;
        for (found, elapsed, asked, jitter) in polls {
            now += elapsed;
            let retry_after = asked.map(SignedDuration::from_secs);
            let poll = Polled { result: found, retry_after, fresh_for: retry_after, hints: Some(&hints), at: at(now), jitter };
            let (learnt, due) = next(&state, &poll, &BOUNDS);
            let wait = due.as_second() - now;
            prop_assert!((300..=86_400).contains(&learnt.interval_secs));
            let is_refused = matches!(found, PollResult::Failure(grade) if grade != Grade::Ours);
            let limit = if is_refused { i64::MAX } else { 86_400 };
            prop_assert!(wait >= 300.max(asked.unwrap_or(0).min(limit)));
            prop_assert!(wait <= (7 * 86_400 + 7 * 8_640).max(asked.unwrap_or(0) + 60));
            prop_assert!(due <= latest_due(&learnt, &BOUNDS, at(now)));
            let json = serde_json::to_string(&learnt).unwrap();
            prop_assert_eq!(&serde_json::from_str::<PollState>(&json).unwrap(), &learnt);
            state = learnt;
        }
    }

    /// A feed that gives items at an even pace settles where a fetch overlaps with the one before.
    #[test]
    fn an_even_pace_settles_without_losses(items_per_day in 5_u32..2_000, window in 10_usize..200) {
        let mut state = PollState::default();
        let (mut now, mut last) = (0_i64, 0_i64);
        let given = |secs: i64| usize::try_from(secs * i64::from(items_per_day) / 86_400).unwrap();
        let mut rollovers = 0;
        for poll in 0..200 {
            let new = (given(now) - given(last)).min(window);
            let is_rollover = poll > 0 && new == window;
            rollovers += usize::from(poll > 100 && is_rollover);
            let (learnt, due) = next(&state, &polled(PollResult::Items { seen: window, new, is_rollover }, now), &BOUNDS);
            (state, last, now) = (learnt, now, due.as_second());
        }
        // Only a feed that rolls over within the shortest interval may go on losing items.
        prop_assert!(rollovers == 0 || given(300) + 1 >= window / 2, "{} rollovers at {}", rollovers, state.interval_secs);
    }
}

#[test]
fn the_whole_is_asked_for_once_a_day_on_average() {
    // Evenly spread chances replace the dice: of a day's polls one is unconditional, whatever the interval.
    for interval_secs in [300, 3_600, 43_200, 86_400] {
        let polls = 100 * 86_400 / interval_secs;
        let whole = (0..polls).filter(|poll| {
            let chance = f64::from(*poll) / f64::from(polls);
            !may_be_conditional(SignedDuration::from_secs(i64::from(interval_secs)), chance)
        });
        let count = i32::try_from(whole.count()).unwrap();
        assert!((99..=101).contains(&count), "{count} in a hundred days at {interval_secs} s");
    }
}

#[test]
fn random_choices_are_uniform_and_repeatable() {
    let draw = |seed, purpose, id| (0..10_000).map(move |count| Seed(seed).uniform(purpose, id, count));
    let mean = draw(1, Purpose::PollJitter, 7).sum::<f64>() / 10_000.0;
    // Five standard deviations of the mean of a uniform distribution.
    assert!((mean - 0.5).abs() < 5.0 * 0.29 / 100.0, "{mean}");
    assert!(draw(1, Purpose::PollJitter, 7).eq(draw(1, Purpose::PollJitter, 7)));
    for other in [(2, Purpose::PollJitter, 7), (1, Purpose::Conditional, 7), (1, Purpose::PollJitter, 8)] {
        let same = draw(1, Purpose::PollJitter, 7).zip(draw(other.0, other.1, other.2)).filter(|(a, b)| a == b);
        assert_eq!(same.count(), 0, "{other:?}");
    }
}
