//! Kills and signals of the binary, in the middle of a conversation.

use super::support::mail::{MailServer, Mood};
use super::{Daemon, QUICK, rows, smtp_recipient, with_config};
use kazbek::api::store::OutboxState;

/// No digest is lost, and a mailbox that removes duplicates shows it once: a copy has the same `Message-ID` and bytes.
#[test]
fn a_kill_loses_no_digest_and_repeats_it_once_at_most() {
    let check = |mood: Mood, copies: usize, in_doubt: u32| {
        let mail = MailServer::start();
        let kazbek = with_config(&format!("{QUICK}{}", smtp_recipient(&mail)));
        mail.mood(mood);
        let daemon = Daemon::start(&kazbek);
        match mood {
            // Killed before the server has seen anything of the mail.
            Mood::Silent => mail.wait_for_attempts(1),
            // Killed when the server has the complete mail and has not answered.
            Mood::Holds => mail.wait_for_mails(1),
            // Killed when all is recorded.
            _ => daemon.until("the mail", || daemon.log().contains("delivered")),
        }
        daemon.kill();
        mail.mood(Mood::Well);
        let daemon = Daemon::start(&kazbek);
        let is_delivered = || rows(&kazbek).iter().any(|row| row.state == OutboxState::Delivered);
        daemon.until("the mail", is_delivered);
        daemon.until_started();
        daemon.stop();
        let (rows, mails) = (rows(&kazbek), mail.by_message_id());
        assert_eq!((rows.len(), mails.len()), (1, 1), "{mood:?}: {rows:#?}");
        assert_eq!((rows[0].in_doubt, mails.values().next().unwrap().len()), (in_doubt, copies), "{mood:?}");
        assert!(mails.values().all(|copies| copies.iter().all(|copy| *copy == copies[0])), "{mood:?}");
    };
    check(Mood::Silent, 1, 1);
    check(Mood::Holds, 2, 1);
    check(Mood::Well, 1, 0);
}

#[test]
fn a_stop_waits_for_the_answer_of_the_server_and_records_it() {
    let mail = MailServer::start();
    let kazbek = with_config(&format!("{QUICK}{}", smtp_recipient(&mail)));
    mail.mood(Mood::Holds);
    let daemon = Daemon::start(&kazbek);
    mail.wait_for_mails(1);
    daemon.until_started();
    daemon.signal("-TERM");
    daemon.until("the stop", || daemon.log().contains("stopping"));
    mail.mood(Mood::Well);
    daemon.until("the answer", || daemon.log().contains("kazbek has stopped"));
    let rows = rows(&kazbek);
    assert_eq!((rows[0].state, rows[0].in_doubt, mail.received().len()), (OutboxState::Delivered, 0, 1), "{rows:?}");
}

#[test]
fn a_server_that_never_answers_is_given_up_in_time_and_asked_again() {
    let mail = MailServer::start();
    let kazbek = with_config(&format!("{QUICK}{}", smtp_recipient(&mail)));
    mail.mood(Mood::Silent);
    let daemon = Daemon::start(&kazbek);
    let reason = || rows(&kazbek).first().and_then(|row| row.reason.clone());
    daemon.until("the deadline", || reason().is_some());
    assert_eq!(reason().unwrap(), "MAIL: the server did not answer within 1 seconds");
    mail.mood(Mood::Well);
    daemon.until("the mail", || rows(&kazbek)[0].state == OutboxState::Delivered);
    assert_eq!((rows(&kazbek)[0].in_doubt, mail.received().len()), (0, 1), "nothing was sent at first");
    daemon.stop();
}
