//! Commands beside a daemon: it does what they ask, at once, and nothing has to be restarted.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::support::kazbek::{Ended, Kazbek};
use crate::support::server::{Server, answer};
use crate::support::site::{Site, rss};
use crate::{MONDAY, RUN, Running};

/// A daemon that polls one feed, and has done so.
fn daemon(site: &Site) -> (Kazbek, Running) {
    site.put("/a.xml", "application/rss+xml", rss(&[("Armenia and Russia talk", "/1", MONDAY)]));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_for(&["the digest of"]);
    (kazbek, daemon)
}

fn titles(kazbek: &Kazbek) -> Vec<String> {
    let title = |line: &str| -> String {
        let item: serde_json::Value = serde_json::from_str(line).unwrap();
        item["title"].as_str().unwrap_or_default().to_owned()
    };
    let mut titles: Vec<String> = kazbek.ok(&["export"]).lines().map(title).collect();
    titles.sort();
    titles
}

#[test]
fn poll_waits_for_the_polls_of_the_daemon() {
    let site = Site::start();
    let (kazbek, daemon) = daemon(&site);
    site.put("/a.xml", "application/rss+xml", rss(&[("Georgia and Russia talk", "/2", MONDAY)]));
    let summary = kazbek.json(&["poll", "--json"]);
    assert_eq!((&summary["feeds"], &summary["items_new"]), (&1.into(), &1.into()), "{summary}");
    assert_eq!(titles(&kazbek), ["Armenia and Russia talk", "Georgia and Russia talk"]);
    // Nothing is due, so nothing is polled.
    assert_eq!(kazbek.json(&["poll", "--due", "--json"])["feeds"], 0);
    let unknown = kazbek.run(&["poll", "https://nowhere.example/"]);
    assert!(unknown.code != 0 && unknown.stderr.contains("no feed has the address"), "{}", unknown.stderr);
    site.put("/a.xml", "text/plain", "no feed at all");
    let failed = kazbek.run(&["poll"]);
    assert!(failed.code == 1 && failed.stderr.contains("no feed could be read"), "{}", failed.stderr);
    assert_eq!(daemon.stop(), 0);
    kazbek.is_sound("after polls by order");
}

#[test]
fn changed_feeds_are_polled_or_not_without_a_restart() {
    let site = Site::start();
    let (kazbek, mut daemon) = daemon(&site);
    site.put("/b.xml", "application/rss+xml", rss(&[("Georgia and Russia talk", "/2", MONDAY)]));
    let (a, b) = (site.url("/a.xml"), site.url("/b.xml"));
    assert!(kazbek.ok(&["feeds", "add", &b, "--outlet", "B"]).starts_with("added"));
    daemon.wait_for(&["polled", &b]);
    assert_eq!(titles(&kazbek), ["Armenia and Russia talk", "Georgia and Russia talk"]);
    assert!(kazbek.ok(&["feeds", "add", &b]).starts_with("already known"));

    kazbek.ok(&["feeds", "disable", &a]);
    let refused = kazbek.run(&["poll", &a]);
    assert!(refused.code == 1 && refused.stderr.contains("enable it first"), "{}", refused.stderr);
    let requests = site.requests().len();
    assert_eq!(kazbek.json(&["poll", "--json"])["feeds"], 1, "only the other");
    assert_eq!(site.requests().len(), requests + 1);
    kazbek.ok(&["feeds", "enable", &a]);
    assert_eq!(kazbek.json(&["poll", "--json"])["feeds"], 2);

    kazbek.ok(&["feeds", "remove", &b]);
    let list =
        kazbek.write("more.opml", "<opml><body><outline text=\"C\" xmlUrl=\"http://127.0.0.1:9/c\"/></body></opml>");
    let imported = kazbek.ok(&["feeds", "import", &list.to_string_lossy()]);
    assert_eq!(imported, "1 feeds added, 0 already known\n");
    daemon.wait_for(&["polled", "http://127.0.0.1:9/c"]);
    assert_eq!(daemon.stop(), 0);
    let states: Vec<String> = kazbek
        .ok(&["feeds", "list", "--json"])
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states.iter().filter(|state| *state == "on").count(), 2, "{states:?}");
    kazbek.is_sound("after changes of feeds");
}

/// Its poll was stored after it was disabled, and took it back among the feeds that are polled.
#[test]
fn a_feed_that_is_disabled_while_it_is_fetched_is_not_polled_again() {
    let server = Server::start();
    let (release, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    server.script("/", move |_, stream| {
        // Until the test lets it go, or has ended.
        gate.lock().unwrap().recv_timeout(Duration::from_secs(20)).unwrap_or_default();
        stream.write_all(&answer("200 OK", "", rss(&[("Armenia and Russia talk", "/1", MONDAY)])))
    });
    let kazbek = Kazbek::polling(&[server.url("/")]);
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    let until = Instant::now() + Duration::from_secs(20);
    while server.asked("/").is_empty() {
        assert!(Instant::now() < until, "it is not polled");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    kazbek.ok(&["feeds", "disable", &server.url("/")]);
    release.send(()).unwrap();
    daemon.wait_for(&["polled", &server.url("/")]);
    assert_eq!(kazbek.json(&["poll", "--json"])["feeds"], 0);
    // From here on it answers at once.
    drop(release);
    kazbek.ok(&["feeds", "enable", &server.url("/")]);
    let polled = kazbek.run(&["poll"]);
    assert!(
        polled.stdout.starts_with("1 feed:") && polled.stdout.contains(" 0 failed"),
        "{polled:?} {}",
        kazbek.ok(&["feeds", "list", "--json"])
    );
    assert_eq!(daemon.stop(), 0);
    kazbek.is_sound("after a feed that was disabled in flight");
}

#[test]
fn import_and_reclassify_are_done_by_the_daemon() {
    let site = Site::start();
    let (kazbek, daemon) = daemon(&site);
    let lines: String = (0..1_200)
        .map(|number| {
            format!(
                "{{\"url\":\"https://old.example/{number}\",\"title\":\"Georgia signs treaty {number} with Russia\"}}\n"
            )
        })
        .collect();
    let file = kazbek.write("old.jsonl", &lines);
    let summary = kazbek.json(&["import", &file.to_string_lossy(), "--json"]);
    assert_eq!((&summary["lines"], &summary["bad_lines"]), (&1_200.into(), &0.into()), "{summary}");
    assert_eq!(kazbek.json(&["db", "stats", "--json"])["items"], 1_201);
    let again = kazbek.json(&["import", &file.to_string_lossy(), "--json"]);
    assert_eq!((&again["items_new"], &again["known"]), (&0.into(), &1_200.into()), "{again}");
    assert!(kazbek.ok(&["reclassify"]).starts_with("1201 items tagged again under lexicon "));
    assert!(kazbek.ok(&["reclassify", "--since", "2100-01-01"]).starts_with("0 items"));
    // What must have the directory for itself says who has it.
    let refused = kazbek.run(&["db", "prune"]);
    assert!(refused.code == 1 && refused.stderr.contains("another kazbek works in"), "{}", refused.stderr);
    assert_eq!(daemon.stop(), 0);
    kazbek.is_sound("after an import by order");
}

#[test]
fn the_socket_is_for_the_owner_only_and_goes_with_the_daemon() {
    let site = Site::start();
    let (kazbek, mut daemon) = daemon(&site);
    let socket = kazbek.path("data/kazbek.sock");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    daemon.signal("HUP");
    daemon.wait_for(&["were read again"]);
    daemon.wait_for(&["kazbek runs"]);
    assert_eq!(kazbek.json(&["poll", "--json"])["feeds"], 1, "after a reload as well");
    daemon.signal("KILL");
    daemon.child.wait().unwrap();
    assert!(socket.exists());
    // What a killed daemon left is in nobody's way.
    assert_eq!(kazbek.json(&["poll", "--json"])["feeds"], 1);
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_for(&["kazbek runs"]);
    assert_eq!(kazbek.json(&["poll", "--json"])["feeds"], 1);
    assert_eq!(daemon.stop(), 0);
    assert!(!socket.exists());
}

/// What comes through the socket and is no order is refused with a reason, and harms nobody.
#[test]
fn what_is_no_order_is_refused() {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixStream;
    let site = Site::start();
    let (kazbek, daemon) = daemon(&site);
    let connect = || UnixStream::connect(kazbek.path("data/kazbek.sock")).unwrap();
    for line in ["poll\n", "{\"order\":\"stop\"}\n", "\n", "\u{0}\n", "{\"order\":\"poll\",\"feeds\":[99]}\n"] {
        let mut stream = connect();
        stream.write_all(line.as_bytes()).unwrap();
        // What the daemon understands it takes first.
        let mut replies = BufReader::new(stream).lines().map(Result::unwrap);
        let reply = replies.find(|reply| !reply.starts_with("{\"progress\":")).unwrap();
        assert!(reply.starts_with("{\"failed\":"), "{line:?}: {reply}");
    }
    // One that says nothing, and one that goes away.
    let silent = connect();
    connect().write_all(b"{\"order\":\"reclassify\"").unwrap();
    connect().write_all(b"{\"order\":\"reclassify\",\"since\":null}\n").unwrap();
    let Ended { code, stderr, .. } = kazbek.run(&["poll"]);
    assert_eq!(code, 0, "{stderr}");
    drop(silent);
    assert_eq!(daemon.stop(), 0);
    kazbek.is_sound("after what was no order");
}
