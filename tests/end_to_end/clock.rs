//! Commands do nothing that a wrong clock would spoil for ever, unless they are told that the clock is right.

use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

#[test]
fn commands_that_date_or_remove_refuse_a_clock_before_the_newest_poll_until_it_is_accepted() {
    let site = Site::start();
    site.put("/f.xml", "application/rss+xml", rss(&[("Armenia", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]));
    let kazbek = Kazbek::polling(&[site.url("/f.xml")]);
    kazbek.poll();
    kazbek.write("items.jsonl", "{\"title\": \"Georgia and Russia talk\", \"url\": \"https://news.example/2\"}\n");
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).expect("a database");
    database.execute_batch("UPDATE feeds SET last_poll_at = last_poll_at + 31536000").expect("it can be written");
    drop(database);
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
