//! Tests of cron expressions, daylight saving and catching up.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Returns the first times of an expression after an instant.
fn times(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let (cron, zone) = (cron.parse::<Cron>().unwrap(), TimeZone::get(zone).unwrap());
    let next = |after: &Timestamp| cron.next_after(*after, &zone);
    std::iter::successors(next(&at(after)), next).take(count).map(|time| time.to_string()).collect()
}

#[test]
fn expressions_name_their_times() {
    let check = |cron: &str, after: &str, expected: &[&str]| {
        assert_eq!(times(cron, "UTC", after, expected.len()), expected, "{cron} after {after}");
    };
    check("06:30", "2026-11-23T06:29:59Z", &["2026-11-23T06:30:00Z", "2026-11-24T06:30:00Z"]);
    check("0 6 * * *", "2026-11-23T06:00:00Z", &["2026-11-24T06:00:00Z"]);
    check("0 6 * * * Asia/Tbilisi", "2026-11-23T06:00:00Z", &["2026-11-24T02:00:00Z"]);
    check("06:00 Asia/Tbilisi", "2026-11-23T06:00:00Z", &["2026-11-24T02:00:00Z"]);
    check("0 7 * * mon-fri", "2026-11-20T08:00:00Z", &["2026-11-23T07:00:00Z"]);
    check("0 7 * * 7", "2026-11-20T08:00:00Z", &["2026-11-22T07:00:00Z"]);
    check("0 7 * * SUN", "2026-11-20T08:00:00Z", &["2026-11-22T07:00:00Z"]);
    check(
        "*/20 5 1 * *",
        "2026-11-20T08:00:00Z",
        &["2026-12-01T05:00:00Z", "2026-12-01T05:20:00Z", "2026-12-01T05:40:00Z"],
    );
    check("15,45 22/1 * * *", "2026-11-20T22:15:00Z", &["2026-11-20T22:45:00Z", "2026-11-20T23:15:00Z"]);
    // Either of two restricted day fields is enough.
    check(
        "0 0 13 * 5",
        "2026-11-09T00:00:00Z",
        &["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"],
    );
    check("0 0 29 2 *", "2096-03-01T00:00:00Z", &["2104-02-29T00:00:00Z"]);
    for (wrong, word) in [
        ("noon", "neither a time of day"),
        ("25:00", "neither a time of day"),
        ("60 6 * * *", "`60` is not a valid minute"),
        ("0 6 * * 8", "`8` is not a valid day of the week"),
        ("0 6 5-1 * *", "`5-1` is not a valid day of the month"),
        ("0 6 */0 * *", "`*/0` is not a valid day"),
        ("0 6 * * * Mars/Base", "`Mars/Base` is not a time zone"),
        ("0 6 * *", "five fields"),
        ("0 6 31 2 *", "never occurs"),
        ("", "five fields"),
    ] {
        let error = wrong.parse::<Cron>().unwrap_err().to_string();
        assert!(error.contains(word), "{wrong}: {error}");
    }
}

#[test]
fn a_skipped_hour_fires_once_and_a_doubled_hour_once() {
    let check = |cron: &str, zone: &str, after: &str, expected: &[&str]| {
        assert_eq!(times(cron, zone, after, expected.len()), expected, "{cron} in {zone}");
    };
    check("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", &["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
    check("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    // Midnight itself is skipped.
    check("0 0 * * *", "America/Asuncion", "2024-10-05T12:00:00Z", &["2024-10-06T04:00:00Z", "2024-10-07T03:00:00Z"]);
    // A whole day is skipped: its time is that of the following day and occurs once.
    check(
        "0 9 * * *",
        "Pacific/Apia",
        "2011-12-29T00:00:00Z",
        &["2011-12-29T19:00:00Z", "2011-12-30T19:00:00Z", "2011-12-31T19:00:00Z"],
    );
}

#[test]
fn every_day_of_a_year_with_daylight_saving_is_due_once() {
    for zone in ["Europe/Berlin", "Australia/Lord_Howe"] {
        for hour in ["00:00", "02:30", "23:59"] {
            let zone = TimeZone::get(zone).unwrap();
            let schedule = Schedule { timings: vec![(Cadence::Day, hour.parse().unwrap())], ..Schedule::default() };
            let mut now = at("2025-12-31T12:00:00Z");
            let mut written = Written::NothingSince(now);
            let mut labels = Vec::new();
            while labels.len() < 400 {
                now = schedule.next_due(now, &zone).unwrap();
                let due = schedule.due(Cadence::Day, written, now, &zone);
                assert!(due.len() <= 1, "{now} {hour}: {due:?}");
                let Some(period) = due.first() else { continue };
                written = Written::Until(period.end);
                labels.push(period.label());
                assert_eq!(schedule.due(Cadence::Day, written, now, &zone), [], "{now}: once");
            }
            let first: Date = labels[0].parse().unwrap();
            let expected: Vec<String> =
                first.series(Span::new().days(1)).take(400).map(|day| day.to_string()).collect();
            assert_eq!(labels, expected);
        }
    }
}

#[test]
fn missed_issues_are_caught_up_once_and_within_the_limit() {
    let labels = |schedule: &Schedule, cadence, written, now: &str| -> Vec<String> {
        schedule.due(cadence, written, at(now), &TimeZone::UTC).iter().map(Period::label).collect()
    };
    let schedule = Schedule { catch_up: 3, ..Schedule::default() };
    let until = |text: &str| Written::Until(text.parse().unwrap());
    let check = |cadence, written, now: &str, expected: &[&str]| {
        assert_eq!(labels(&schedule, cadence, written, now), expected, "{cadence:?} {written:?} at {now}");
    };
    check(Cadence::Day, until("2026-11-21"), "2026-11-23T05:59:00Z", &["2026-11-21"]);
    check(Cadence::Day, until("2026-11-21"), "2026-11-23T06:00:00Z", &["2026-11-21", "2026-11-22"]);
    check(Cadence::Day, until("2026-11-23"), "2026-11-23T06:00:00Z", &[]);
    check(Cadence::Day, until("2026-10-01"), "2026-11-23T07:00:00Z", &["2026-11-20", "2026-11-21", "2026-11-22"]);
    let given_up = |until: Written, now: &str| {
        let periods = schedule.given_up(Cadence::Day, until, at(now), &TimeZone::UTC);
        periods.map(|(first, last)| (first.label(), last.label()))
    };
    let days = ("2026-10-01".to_owned(), "2026-11-19".to_owned());
    assert_eq!(given_up(until("2026-10-01"), "2026-11-23T07:00:00Z"), Some(days));
    assert_eq!(given_up(until("2026-11-20"), "2026-11-23T07:00:00Z"), None);
    // After the clock was set back there is nothing to write.
    check(Cadence::Day, until("2027-01-01"), "2026-11-23T07:00:00Z", &[]);
    check(Cadence::Week, until("2020-12-28"), "2021-01-04T06:00:00Z", &["2020-W53"]);
    check(Cadence::Month, until("2026-12-01"), "2027-01-01T06:00:00Z", &["2026-12"]);
    check(Cadence::Year, until("2026-01-01"), "2027-01-01T06:00:00Z", &["2026"]);
    // A cadence that was never written begins with the schedule, not with the calendar.
    check(Cadence::Week, Written::NothingSince(at("2026-11-18T10:00:00Z")), "2026-11-20T10:00:00Z", &[]);
    check(Cadence::Week, Written::NothingSince(at("2026-11-18T10:00:00Z")), "2026-11-25T10:00:00Z", &["2026-W47"]);
    // On working days only: the issues of the weekend are written on Monday.
    let working = Schedule { timings: vec![(Cadence::Day, "0 6 * * 1-5".parse().unwrap())], ..schedule.clone() };
    assert_eq!(labels(&working, Cadence::Day, until("2026-11-20"), "2026-11-22T12:00:00Z"), [""; 0]);
    assert_eq!(
        labels(&working, Cadence::Day, until("2026-11-20"), "2026-11-23T06:00:00Z"),
        ["2026-11-20", "2026-11-21", "2026-11-22"]
    );
    // A cadence without a timing is not written.
    assert_eq!(labels(&working, Cadence::Week, until("2026-01-01"), "2026-11-23T06:00:00Z"), [""; 0]);
}
