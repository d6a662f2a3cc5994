//! Commands do nothing that a wrong clock would spoil for ever, unless they are told that the clock is right.

use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

/// Has the database say that kazbek last ran at some time, in a system that has been restarted since.
fn last_known(kazbek: &Kazbek, time: &str) {
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).expect("a database");
    let text = format!("{time} 999999999");
    let changed = database.execute("UPDATE meta SET value = ?1 WHERE key = 'clock_confirmed'", [text]);
    assert_eq!(changed.expect("it can be written"), 1);
}

#[test]
fn after_a_pause_of_days_commands_that_remove_or_deliver_wait_for_a_confirmation() {
    let site = Site::start();
    site.put("/f.xml", "application/rss+xml", rss(&[("Armenia", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]));
    let kazbek = Kazbek::polling(&[site.url("/f.xml")]);
    kazbek.poll();
    let days_ago = kazbek::api::app::clock::now() - jiff::SignedDuration::from_hours(5 * 24);
    last_known(&kazbek, &days_ago.to_string());
    // The scripted server does not say what time it is.
    for _ in 0..2 {
        kazbek.ok(&["poll"]);
        for command in [&["db", "prune"][..], &["outbox", "retry", "--dead"]] {
            let ended = kazbek.run(command);
            assert_eq!(ended.code, 1, "{command:?}: {}", ended.stderr);
            for words in ["nothing has confirmed it yet", "--accept-clock"] {
                assert!(ended.stderr.contains(words), "{command:?}: {}", ended.stderr);
            }
        }
    }
    kazbek.ok(&["db", "prune", "--accept-clock"]);
    kazbek.ok(&["outbox", "retry", "--dead"]);
}

#[test]
fn commands_that_date_or_remove_refuse_a_clock_before_the_newest_poll_until_it_is_accepted() {
    let site = Site::start();
    site.put("/f.xml", "application/rss+xml", rss(&[("Armenia", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]));
    let kazbek = Kazbek::polling(&[site.url("/f.xml")]);
    kazbek.poll();
    kazbek.write("items.jsonl", "{\"title\": \"Georgia and Russia talk\", \"url\": \"https://news.example/2\"}\n");
    last_known(&kazbek, "2090-01-01T00:00:00Z");
    let commands: [(&[&str], &str); 4] = [
        (&["poll"], "nothing was polled"),
        (&["import", "items.jsonl"], "nothing was imported"),
        (&["db", "prune"], "nothing was removed"),
        (&["outbox", "retry", "--dead"], "nothing was made due"),
    ];
    let (requests, exported) = (site.requests().len(), kazbek.ok(&["export"]));
    for (command, undone) in commands {
        let ended = kazbek.run(command);
        assert_eq!(ended.code, 1, "{command:?}: {}", ended.stderr);
        for words in ["the last poll in the store was at", undone, "--accept-clock"] {
            assert!(ended.stderr.contains(words), "{command:?}: {}", ended.stderr);
        }
    }
    assert_eq!((site.requests().len(), kazbek.ok(&["export"])), (requests, exported));
    // What was accepted once stays accepted.
    for (command, _) in commands {
        kazbek.ok(&[command, &["--accept-clock"]].concat());
        kazbek.ok(command);
    }
    assert!(site.requests().len() > requests && kazbek.ok(&["export"]).contains("news.example/2"));
}
