//! A month of digests by mail, with stops and outages.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kazbek::api::store::OutboxState;

use super::simulation::{Attempts, config, simulate, until};
use super::support::mail::{MailServer, Mood, header};
use super::support::random::Random;
use super::{hours_ago, import, rows, smtp_recipient, with_config};

const DAYS: usize = 30;
const STOPS: usize = 50;
const OUTAGES: usize = 10;

#[test]
fn each_of_thirty_digests_is_received_once_through_stops_and_outages() {
    let mail = MailServer::start();
    let kazbek = with_config(&format!("feeds = \"feeds.opml\"\n{}", smtp_recipient(&mail)));
    let midnight = hours_ago(24 * 40).round(jiff::Unit::Hour).unwrap().as_second() / 86_400 * 86_400;
    let midnight = Timestamp::from_second(midnight).unwrap();
    let day = |day: usize, seconds: i64| midnight + SignedDuration::from_secs(86_400 * day as i64 + seconds);
    import(
        &kazbek,
        (0..DAYS * 3).map(|number| {
            let title = format!("Armenia and Russia sign agreement {number} <b>&amp;");
            (format!("https://news{}.example/{number}", number % 3), title, day(number / 3, 36_000 + number as i64))
        }),
    );
    let mut random = Random(7);
    let mut at = |from: i64, to: i64| from + random.below((to - from) as u64) as i64;
    // Every second stop is within the minute in which a digest is composed and sent.
    let mut stops: Vec<Timestamp> = (0..STOPS)
        .map(|number| {
            let seconds = if number % 2 == 0 { 6 * 3_600 + at(0, 30) } else { at(0, 86_400) };
            day(1 + number * (DAYS - 2) / STOPS, seconds)
        })
        .collect();
    stops.sort();
    let moods = [Mood::Down, Mood::Busy, Mood::Drops];
    let mut turns: Vec<(Timestamp, Mood)> = Vec::new();
    for number in 0..OUTAGES {
        let begin = day(1 + number * (DAYS - 2) / OUTAGES, at(4 * 3_600, 6 * 3_600));
        turns.push((begin, moods[number % moods.len()]));
        turns.push((begin + SignedDuration::from_secs(at(3 * 3_600, 50 * 3_600)), Mood::Well));
    }
    turns.sort_by_key(|(at, _)| *at);
    let mut turns = turns.into_iter().peekable();
    let config = config(&kazbek);
    let mut now = day(0, 12 * 3_600);
    stops.push(day(DAYS, 0));
    for stop in stops {
        let stop = stop.max(now + SignedDuration::from_secs(1));
        let last = simulate(&kazbek, &config, now, Attempts::GoThrough, async |clock| {
            let sleep_until = async |at: Timestamp| {
                let wait = Duration::try_from(at.duration_since(clock.now())).unwrap_or_default();
                tokio::time::sleep(wait).await;
            };
            while let Some((at, mood)) = turns.next_if(|(at, _)| *at < stop) {
                sleep_until(at).await;
                mail.mood(mood);
            }
            sleep_until(stop).await;
            clock.now()
        });
        // Some stops last for hours.
        now = last + SignedDuration::from_secs(if at(0, 4) == 0 { at(60, 8 * 3_600) } else { 1 });
    }
    mail.mood(Mood::Well);
    simulate(&kazbek, &config, now, Attempts::GoThrough, async |_| {
        until("the last mail", || rows(&kazbek).iter().all(|row| row.state == OutboxState::Delivered)).await;
    });
    let rows = rows(&kazbek);
    assert_eq!(rows.len(), DAYS, "one delivery a day: {rows:#?}");
    let mails = mail.by_message_id();
    assert_eq!(mails.len(), DAYS);
    assert!(mails.values().all(|copies| copies.len() == 1), "no stop and no outage repeats a mail");
    let mut subjects: Vec<String> = mails.values().map(|copies| header(&copies[0], "Subject")).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), DAYS, "each of another day");
    assert!(rows.iter().map(|row| row.attempts).sum::<u32>() > 60, "the outages were felt");
}
