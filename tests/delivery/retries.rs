//! What follows an attempt that failed, in simulated time.

use jiff::{SignedDuration, Timestamp};
use kazbek::api::store::{OutboxRow, OutboxState, Store};

use super::simulation::{Attempts, config, simulate, until};
use super::support::kazbek::Kazbek;
use super::support::mail::{MailServer, Mood};
use super::support::server::{Server, answer};
use super::{hours_ago, rows, smtp_recipient, with_config};

fn only_row(kazbek: &Kazbek) -> Option<OutboxRow> {
    let mut rows = rows(kazbek);
    assert!(rows.len() <= 1, "{rows:#?}");
    rows.pop()
}

fn is(kazbek: &Kazbek, state: OutboxState) -> bool {
    only_row(kazbek).is_some_and(|row| row.state == state)
}

/// Nobody can know whether such a mail was accepted (RFC 1047): it is sent again, and the mailbox can recognise it.
#[test]
fn a_mail_that_was_taken_without_an_answer_is_sent_again_as_the_same_mail() {
    let mail = MailServer::start();
    let kazbek = with_config(&format!("feeds = \"feeds.opml\"\n{}", smtp_recipient(&mail)));
    mail.mood(Mood::Mute);
    simulate(&kazbek, &config(&kazbek), hours_ago(24), Attempts::GoThrough, async |_| {
        until("the doubt", || only_row(&kazbek).is_some_and(|row| row.in_doubt >= 2)).await;
        mail.mood(Mood::Well);
        until("the answer", || is(&kazbek, OutboxState::Delivered)).await;
    });
    let copies = mail.received();
    assert!(copies.len() >= 3 && copies.iter().all(|copy| *copy == copies[0]), "{copies:#?}");
}

#[test]
fn a_delivery_is_tried_for_days_and_then_is_a_dead_letter() {
    let server = Server::start();
    for path in ["/late", "/never"] {
        server.answer(path, answer("503 Service Unavailable", "", "maintenance"));
    }
    let hook = |name: &str| {
        let url = server.url(&format!("/{name}"));
        format!(
            "[[recipient]]\nname = \"{name}\"\ntransport = \"webhook\"\nurl = \"{url}\"\nallow_private_addresses = true\n"
        )
    };
    let kazbek = with_config(&format!(
        "feeds = \"feeds.opml\"\n[digest]\ndaily_at = \"0 6 1 1 *\"\n{}{}",
        hook("late"),
        hook("never")
    ));
    let state = |name: &str| {
        let row = rows(&kazbek).into_iter().find(|row| row.recipient == name);
        row.map(|row| (row.state, row.attempts))
    };
    let id = |name: &str| rows(&kazbek).iter().find(|row| row.recipient == name).unwrap().id;
    let start = hours_ago(24 * 20);
    simulate(&kazbek, &config(&kazbek), start, Attempts::GoThrough, async |clock| {
        let days = |clock: &kazbek::api::app::clock::Clock| clock.now().duration_since(start).as_secs_f64() / 86_400.0;
        until("four days of attempts", || days(&clock) > 4.0).await;
        assert!(matches!(state("never"), Some((OutboxState::Waiting, 20..60))), "{:?}", state("never"));
        server.answer("/late", answer("200 OK", "", ""));
        until("the late one", || matches!(state("late"), Some((OutboxState::Delivered, _)))).await;
        until("the end", || matches!(state("never"), Some((OutboxState::Dead, _)))).await;
        assert!((5.0..5.4).contains(&days(&clock)), "after {} days", days(&clock));
        let (_, attempts) = state("never").unwrap();
        // By hand it is tried again, and then for days again.
        let mut other = Store::open(&kazbek.path("data/kazbek.db")).unwrap();
        assert_eq!(other.retry_deliveries(&[id("never")], clock.now()).unwrap(), 1);
        until("another attempt", || matches!(state("never"), Some((_, count)) if count > attempts)).await;
        assert_eq!(state("never").unwrap().0, OutboxState::Waiting);
    });
    let keys: Vec<Option<String>> =
        server.asked("/never").iter().map(|asked| asked.header("idempotency-key").map(str::to_owned)).collect();
    assert!(keys.len() > 20 && keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn a_panic_in_a_transport_is_the_failure_of_that_attempt() {
    let mail = MailServer::start();
    let kazbek = with_config(&format!("feeds = \"feeds.opml\"\n{}", smtp_recipient(&mail)));
    simulate(&kazbek, &config(&kazbek), hours_ago(24), Attempts::PanicOnce, async |_| {
        until("the failure", || only_row(&kazbek).is_some_and(|row| row.reason.is_some())).await;
        let row = only_row(&kazbek).unwrap();
        assert!(row.reason.unwrap().contains("failed inside kazbek") && row.in_doubt == 1);
        until("the next attempt", || is(&kazbek, OutboxState::Delivered)).await;
    });
    assert_eq!((mail.received().len(), only_row(&kazbek).unwrap().attempts), (1, 2));
}

#[test]
fn a_stop_cuts_off_an_attempt_that_hangs_and_records_the_doubt() {
    let mail = MailServer::start();
    let kazbek = with_config(&format!("feeds = \"feeds.opml\"\n{}", smtp_recipient(&mail)));
    let config = config(&kazbek);
    let stopped: Timestamp = simulate(&kazbek, &config, hours_ago(24), Attempts::HangOnce, async |clock| {
        until("the attempt", || is(&kazbek, OutboxState::Sending)).await;
        clock.now()
    });
    let row = only_row(&kazbek).unwrap();
    assert_eq!((row.state, row.in_doubt, row.attempts), (OutboxState::Waiting, 1, 1), "{row:?}");
    assert!(row.next_attempt_at > stopped + SignedDuration::from_secs(15), "{row:?}");
    simulate(&kazbek, &config, stopped + SignedDuration::from_hours(1), Attempts::GoThrough, async |_| {
        until("the mail", || is(&kazbek, OutboxState::Delivered)).await;
    });
    assert_eq!(mail.received().len(), 1);
}
