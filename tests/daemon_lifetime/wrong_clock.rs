//! What a clock that is wrong for a while does to a daemon: while it runs, and at its next start.

use super::*;

/// What a clock that is wrong for a while does to a daemon that polls three feeds every hour for four days.
struct WrongClock {
    /// By how much it is wrong, in seconds.
    by_secs: i64,
    /// For how long, in seconds.
    for_secs: u64,
    /// Whether a time server confirms it at the end, instead of setting it back.
    is_confirmed: bool,
}

impl WrongClock {
    /// Lives through it, with further lines of configuration.
    fn life(&self, further: &str) -> Installation {
        let WrongClock { by_secs, for_secs, is_confirmed } = *self;
        let by = SignedDuration::from_secs(by_secs);
        let config = format!("[digest]\ndaily_at = \"06:00\"\nformats = [\"md\"]\n{further}");
        simulate(|clock| async move {
            let poller = "min_interval_secs = 3600\nmax_interval_secs = 3600";
            let installation = Installation::new(poller, &config);
            installation.list(5..8);
            let world = world(&clock, 1);
            let (_sender, requests) = mpsc::channel(1);
            let shutdown = async {
                tokio::time::sleep(Duration::from_secs(36 * 3_600 + 1_000)).await;
                clock.leap(by);
                tokio::time::sleep(Duration::from_secs(for_secs)).await;
                match is_confirmed {
                    true => clock.synchronize(),
                    false => clock.leap(-by),
                }
                tokio::time::sleep(Duration::from_secs(60 * 3_600 - 1_000 - for_secs)).await;
                "the test"
            };
            installation.run(&clock, &world, requests, || {}, shutdown).await;
            installation
        })
    }

    /// Lives through it, and checks what is in the store.
    fn check(&self) {
        let WrongClock { by_secs, for_secs, is_confirmed } = *self;
        let case = format!("{by_secs} s for {for_secs} s, confirmed: {is_confirmed}");
        let installation = self.life("");
        let database = rusqlite::Connection::open(installation.path("data").join(Store::FILE_NAME)).unwrap();
        let number = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let start = START.parse::<Timestamp>().unwrap().as_second();
        let end = start + 96 * 3_600 + if is_confirmed { by_secs } else { 0 };
        // Nothing is dated outside the days that were lived through, and nobody waits longer than an hour and its
        // jitter.
        let (first, last) = (start.min(start + 36 * 3_600 + by_secs * i64::from(is_confirmed)), start.max(end) + 60);
        let dates = "SELECT first_seen AS at FROM items UNION ALL SELECT at FROM fetch_events UNION ALL SELECT last_poll_at FROM feeds";
        let (earliest, latest) =
            (number(&format!("SELECT min(at) FROM ({dates})")), number(&format!("SELECT max(at) FROM ({dates})")));
        assert!(earliest >= first && latest <= last, "{case}: {earliest} to {latest}, not {first} to {last}");
        assert!(number("SELECT max(next_due_at) FROM feeds") <= end + 4_000, "{case}");
        // Polls stopped only while the clock was wrong, and continued afterwards.
        let polls = number("SELECT min(polls) FROM feeds");
        let lost_hours = i64::try_from(for_secs / 3_600).unwrap() + 2;
        assert!(polls >= 96 * 10 / 11 - lost_hours, "{case}: {polls} polls");
        assert!(number("SELECT max(last_poll_at) FROM feeds") > end - 4_000, "{case}");
        let labels: Vec<String> = installation
            .store()
            .issues(Some(Cadence::Day), 1_000)
            .unwrap()
            .into_iter()
            .map(|issue| issue.label)
            .collect();
        let days = if is_confirmed { 3..=7 } else { 4..=5 };
        assert!(days.contains(&labels.len()), "{case}: {labels:?}");
        assert!(
            labels.iter().all(|label| label.starts_with("2025-12-") || label.starts_with("2026-01-0")),
            "{case}: {labels:?}"
        );
    }
}

#[test]
fn a_clock_that_is_wrong_for_a_while_dates_nothing_and_stops_polling_only_as_long() {
    const HOUR: i64 = 3_600;
    for by_secs in [-400 * 24 * HOUR, -3 * 24 * HOUR, -2 * HOUR, -300, 300, 2 * HOUR, 3 * 24 * HOUR, 400 * 24 * HOUR] {
        for for_secs in [75, 5 * 3_600] {
            WrongClock { by_secs, for_secs, is_confirmed: false }.check();
        }
    }
}

#[test]
fn a_leap_of_the_clock_that_a_time_server_confirms_is_accepted() {
    for by_secs in [-20 * 3_600, 3 * 86_400] {
        WrongClock { by_secs, for_secs: 3_600, is_confirmed: true }.check();
    }
}

/// Items are kept for 30 days, and the clock is 400 days ahead over the time of a digest, before which old items go.
#[test]
fn nothing_is_removed_while_the_clock_is_wrong() {
    for is_confirmed in [false, true] {
        let wrong = WrongClock { by_secs: 400 * 86_400, for_secs: 26 * 3_600, is_confirmed };
        let installation = wrong.life("[store]\nout_of_scope_days = 30\nin_scope_days = 30\nuntagged_text_days = 30\n");
        let database = rusqlite::Connection::open(installation.path("data").join(Store::FILE_NAME)).unwrap();
        let number = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let removed =
            number("SELECT count(*) FROM tombstones") + number("SELECT count(*) FROM items WHERE has_text = 0");
        assert!(number("SELECT count(*) FROM items") > 0);
        // With a clock that a time server confirms, everything of before is 400 days old.
        assert_eq!(removed > 0, is_confirmed, "{removed}");
    }
}

#[test]
fn a_start_with_a_clock_in_the_past_waits_until_the_operator_accepts_it() {
    simulate(|clock| async move {
        let installation = Installation::new("min_interval_secs = 3600\nmax_interval_secs = 3600", NO_DIGESTS);
        installation.list(5..8);
        let life = async |accepts_clock| {
            let world = world(&clock, 1);
            let (_sender, requests) = mpsc::channel(1);
            installation.run_with(&clock, accepts_clock, &world, requests, || {}, days(1)).await;
            world.0.lock().unwrap().seen.values().map(|seen| seen.fetches).sum::<u32>()
        };
        clock.leap(SignedDuration::from_hours(400 * 24));
        assert!(life(false).await >= 60, "nothing is in the store, so any time is plausible");
        clock.leap(SignedDuration::from_hours(-400 * 24));
        assert_eq!(life(false).await, 0, "the store has polls of next year");
        assert!(life(true).await >= 60, "due times of next year do not matter");
        assert!(life(false).await >= 60, "the operator need not accept it again");
    });
}

#[test]
fn digests_go_on_after_a_start_with_a_clock_that_was_ahead() {
    simulate(|clock| async move {
        let config = "[digest]\ndaily_at = \"06:00\"\nformats = [\"md\"]\n\
            [[recipient]]\nname = \"desk\"\nissues = [\"day\"]\ntransport = \"file\"\nfolder = \"/nowhere\"\n";
        let installation = Installation::new("min_interval_secs = 3600\nmax_interval_secs = 3600", config);
        installation.list(5..8);
        let world = world(&clock, 1);
        let days = [SignedDuration::ZERO, SignedDuration::from_hours(20 * 24), SignedDuration::from_hours(-20 * 24)];
        // Without servers that say what time it is, the clock is believed after a day.
        for (leap, hours) in days.into_iter().zip([48, 36, 72]) {
            clock.leap(leap);
            clock.reboot();
            let (_sender, requests) = mpsc::channel(1);
            let life = async {
                tokio::time::sleep(Duration::from_secs(hours * 3_600)).await;
                "the test"
            };
            installation.run_with(&clock, leap.is_negative(), &world, requests, || {}, life).await;
            let labels: Vec<String> = installation
                .store()
                .issues(Some(Cadence::Day), 100)
                .unwrap()
                .into_iter()
                .map(|issue| issue.label)
                .collect();
            let was_ahead = labels.iter().any(|label| label.as_str() > "2026-01-10");
            assert_eq!(was_ahead, leap.is_positive(), "{labels:?}");
        }
        let expected =
            ["2026-01-06", "2026-01-05", "2026-01-04", "2026-01-03", "2026-01-02", "2026-01-01", "2025-12-31"];
        let issues = installation.store().issues(Some(Cadence::Day), 100).unwrap();
        assert_eq!(issues.iter().map(|issue| issue.label.as_str()).collect::<Vec<_>>(), expected);
        let made = world.0.lock().unwrap();
        assert!(
            expected.iter().all(|label| made.delivered.get(&format!("desk day {label}")) == Some(&1)),
            "{:?}",
            made.delivered
        );
        for label in expected {
            assert!(installation.path("data/digests").join(format!("{label}.md")).exists(), "{label}");
        }
        let names = std::fs::read_dir(installation.path("data/digests")).unwrap().map(|file| file.unwrap().file_name());
        let ahead: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with("2026-01-2")).collect();
        assert!(ahead.is_empty(), "files of days that have not come: {ahead:?}");
    });
}

/// What a daemon that keeps items for ten days, and has run for two, does in the hours after its next start.
struct Restart {
    /// For how many days it does not run before.
    off_days: u64,
    /// By how many days the clock is ahead then.
    ahead_days: i64,
    is_rebooted: bool,
    tells_time: bool,
}

impl Restart {
    /// Returns whether anything was removed, and how many issues there are, eleven hours after the start and, with a clock
    /// that is right, a day later; and how often feeds were fetched in each of these times.
    fn life(&self) -> [(bool, usize, u32); 3] {
        let Restart { off_days, ahead_days, is_rebooted, tells_time } = *self;
        let config = "[digest]\ndaily_at = \"06:00\"\nformats = [\"md\"]\n\
            [store]\nout_of_scope_days = 10\nin_scope_days = 10\nuntagged_text_days = 10\n";
        simulate(|clock| async move {
            let installation = Installation::new("min_interval_secs = 3600\nmax_interval_secs = 3600", config);
            installation.list(5..11);
            let world = world(&clock, 1);
            world.0.lock().unwrap().began = Some(Instant::now());
            world.0.lock().unwrap().tells_time = tells_time;
            let ahead = SignedDuration::from_hours(ahead_days * 24);
            let mut states = [(false, 0, 0); 3];
            for (state, (off_days, leap, hours)) in
                states.iter_mut().zip([(0, SignedDuration::ZERO, 49), (off_days, ahead, 11), (0, -ahead, 25)])
            {
                tokio::time::sleep(Duration::from_secs(off_days * 86_400)).await;
                clock.leap(leap);
                if is_rebooted {
                    clock.reboot();
                }
                let fetches =
                    |world: &World| world.0.lock().unwrap().seen.values().map(|seen| seen.fetches).sum::<u32>();
                let before = fetches(&world);
                let (_sender, requests) = mpsc::channel(1);
                let life = async {
                    tokio::time::sleep(Duration::from_secs(hours * 3_600)).await;
                    "the test"
                };
                installation.run(&clock, &world, requests, || {}, life).await;
                let database = rusqlite::Connection::open(installation.path("data").join(Store::FILE_NAME)).unwrap();
                let number = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
                let removed =
                    number("SELECT count(*) FROM tombstones") + number("SELECT count(*) FROM items WHERE has_text = 0");
                let issues = installation.store().issues(Some(Cadence::Day), 100).unwrap().len();
                *state = (removed > 0, issues, fetches(&world) - before);
            }
            states
        })
    }
}

#[test]
fn a_start_with_a_clock_that_is_days_ahead_removes_and_writes_nothing() {
    for is_rebooted in [true, false] {
        for tells_time in [true, false] {
            let case = format!("rebooted: {is_rebooted}, servers tell the time: {tells_time}");
            let restart = Restart { off_days: 0, ahead_days: 20, is_rebooted, tells_time };
            let [first, ahead, right] = restart.life();
            assert!(!first.0 && first.1 > 0, "{case}: {first:?}");
            assert_eq!((ahead.0, ahead.1), (false, first.1), "{case}: {ahead:?}");
            // Where the servers contradict the clock, polls end.
            assert_eq!(ahead.2 < 20, tells_time, "{case}: {ahead:?}");
            assert!(!right.0 && right.1 > first.1 && right.2 > 100, "{case}: {right:?}");
        }
    }
}

#[test]
fn a_machine_that_was_off_for_weeks_goes_on_as_soon_as_its_clock_is_confirmed() {
    for (is_rebooted, tells_time) in [(true, true), (false, false)] {
        let restart = Restart { off_days: 20, ahead_days: 0, is_rebooted, tells_time };
        let [first, second, _] = restart.life();
        assert!(second.0, "old items are removed: {second:?}");
        assert!(second.1 > first.1 && second.2 > 40, "{first:?} {second:?}");
    }
    let [first, second, _] = Restart { off_days: 20, ahead_days: 0, is_rebooted: true, tells_time: false }.life();
    assert_eq!((second.0, second.1), (false, first.1), "nothing has confirmed it");
}
