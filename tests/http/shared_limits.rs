//! What feeds share, memory for large bodies and file descriptors, is shared fairly, and its end is no feed's fault.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::support::kazbek::{Ended, Kazbek, ended};
use crate::support::server::{Server, answer};
use serde_json::Value;

/// A feed of one item and so many bytes.
fn feed(bytes: usize) -> String {
    let item = "<item><title>Armenia</title><link>https://news.example/1</link></item>";
    let filling = "x".repeat(bytes);
    format!("<rss version=\"2.0\"><channel><title>Feed</title>{item}<!-- {filling} --></channel></rss>")
}

/// The status and the reason of each feed, by its address.
fn outcomes(kazbek: &Kazbek) -> BTreeMap<String, (String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let lines = kazbek.ok(&["feeds", "list", "--json"]);
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| (text(&row, "url"), (text(&row, "status"), text(&row, "reason")))).collect()
}

/// Eight of them once starved every feed of more than a mebibyte.
#[test]
fn slow_servers_do_not_starve_large_feeds() {
    const SLOW: u8 = 10;
    let under_way = Arc::<(Mutex<usize>, Condvar)>::default();
    let mut servers = Vec::new();
    for number in 0..3 {
        let server = Server::at(&format!("127.0.3.{}", number + 1));
        let under_way = Arc::clone(&under_way);
        server.script("/", move |_, stream| {
            // Only when the slow ones have all the places.
            let (count, more) = &*under_way;
            let limit = Duration::from_secs(30);
            drop(more.wait_timeout_while(count.lock().unwrap(), limit, |count| *count < SLOW.into()));
            stream.write_all(&answer("200 OK", "", feed(2 << 20)))
        });
        servers.push(server);
    }
    for number in 0..SLOW {
        let server = Server::at(&format!("127.0.4.{}", number + 1));
        let under_way = Arc::clone(&under_way);
        server.script("/", move |_, stream| {
            let start = format!("<rss><channel><!-- {}", "x".repeat(3 << 19));
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")?;
            stream.write_all(start.as_bytes())?;
            *under_way.0.lock().unwrap() += 1;
            under_way.1.notify_all();
            loop {
                stream.write_all(b"x")?;
                stream.flush()?;
                std::thread::park_timeout(Duration::from_millis(100));
            }
        });
        servers.push(server);
    }
    let urls: Vec<String> = servers.iter().map(|server| server.url("/")).collect();
    let config = "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\ntimeout_secs = 15\n";
    let kazbek = Kazbek::with_config(config);
    kazbek.list(&urls);
    kazbek.poll();
    let outcomes = outcomes(&kazbek);
    let (good, slow) = urls.split_at(3);
    for url in good {
        assert_eq!(outcomes[url].0, "ok", "{outcomes:#?}");
    }
    for url in slow {
        assert_eq!(outcomes[url].0, "timeout", "{outcomes:#?}");
    }
    let dropped = slow.iter().filter(|url| outcomes[*url].1.contains("because faster feeds waited")).count();
    assert!(dropped >= 1, "{outcomes:#?}");
}

/// Runs a command that may have only so many files open.
fn with_descriptors(kazbek: &Kazbek, limit: u32, arguments: &[&str]) -> Ended {
    let command = kazbek.command(arguments);
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.env_clear().env("HOME", kazbek.dir.path()).current_dir(kazbek.dir.path());
    ended(limited.output().unwrap())
}

#[test]
fn a_lack_of_file_descriptors_is_no_fault_of_the_database() {
    let kazbek = Kazbek::with_config("");
    kazbek.write("a.jsonl", "{\"title\": \"Armenia opens a road\"}\n");
    kazbek.ok(&["import", "a.jsonl"]);
    let mut refused = 0;
    for limit in 4..24 {
        let ended = with_descriptors(&kazbek, limit, &["search", "Armenia"]);
        assert!(!ended.stderr.contains("permissions"), "{limit}: {}", ended.stderr);
        if ended.stderr.contains("no file descriptors left to open the database with") {
            assert_eq!(ended.code, 1, "{limit}");
            refused += 1;
        }
    }
    assert!(refused > 0);
}

#[test]
fn a_lack_of_file_descriptors_is_our_fault_and_not_the_feeds() {
    let server = Server::start();
    let mut urls = Vec::new();
    for number in 0..60 {
        let path = format!("/{number}");
        server.script(&path, |_, stream| {
            std::thread::park_timeout(Duration::from_millis(300));
            stream.write_all(&answer("200 OK", "", feed(10)))
        });
        urls.push(server.url(&path));
    }
    let config =
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\nconcurrency = 60\ndomain_concurrency = 60\n";
    let kazbek = Kazbek::with_config(config);
    kazbek.list(&urls);
    let ended = with_descriptors(&kazbek, 40, &["poll"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let outcomes = outcomes(&kazbek);
    let count = |status: &str| outcomes.values().filter(|outcome| outcome.0 == status).count();
    assert_eq!(count("ok") + count("no-descriptors"), urls.len(), "{outcomes:#?}");
    assert!(count("ok") > 0 && count("no-descriptors") > 0, "{outcomes:#?}");
    let reason = outcomes.values().find(|outcome| outcome.0 == "no-descriptors").unwrap().1.clone();
    assert!(reason.contains("no file descriptors left"), "{reason}");
    // It counts as no failure at all, and the feeds are polled again as soon as may be.
    assert_eq!(kazbek.ok(&["feeds", "list", "--failing", "--json"]), "");
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
    let wrong = "SELECT count(*) FROM feeds WHERE failures > 0 OR (last_status = 'no-descriptors' AND next_due_at - last_poll_at > 400) \
        OR json_extract(rhythm, '$.failure_weight') > 0 OR json_extract(rhythm, '$.failures') > 0";
    let wrong: i64 = database.query_row(wrong, [], |row| row.get(0)).unwrap();
    let days = "SELECT coalesce(sum(polls - successes), 0) FROM feed_days";
    let failed_days: i64 = database.query_row(days, [], |row| row.get(0)).unwrap();
    assert_eq!((wrong, failed_days), (0, 0));
}
