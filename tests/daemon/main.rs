//! The daemon from outside: signals, reloads, and notifications to systemd.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

mod hung_names;
mod journal;
mod orders;
#[path = "../support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::kazbek::{Kazbek, ended};
use support::modes::modes;
use support::preloaded::faulty_disk;
use support::server::{Server, answer};
use support::site::{Site, rss};

const MONDAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";

/// A daemon under way, with its log; it does not outlive its test.
struct Running {
    child: Child,
    log: Receiver<String>,
    /// What was read of the log.
    lines: Vec<String>,
}

impl Running {
    fn start(command: &mut Command) -> Running {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = channel();
        // Its end is the end of the log.
        std::thread::spawn(move || lines.try_for_each(|line| sender.send(line.unwrap())));
        Running { child, log, lines: Vec::new() }
    }

    /// Reads on until a line of the log holds all of `words`.
    fn wait_for(&mut self, words: &[&str]) {
        let until = Instant::now() + Duration::from_secs(30);
        while !self.lines.last().is_some_and(|line| words.iter().all(|word| line.contains(word))) {
            match self.log.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => self.lines.push(line),
                Err(error) => panic!("no {words:?} ({error}) in {:#?}", self.lines),
            }
        }
        self.lines.push(String::new());
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Ends it, and gives the exit code.
    fn stop(mut self) -> i32 {
        self.signal("TERM");
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if it has ended, as it should.
        drop(self.child.kill());
    }
}

const RUN: &[&str] = &["--log-format", "text", "--log-level", "info,kazbek=debug", "run"];

#[test]
fn others_can_read_what_is_published_only_in_a_folder_for_it() {
    let site = Site::start();
    site.put("/a.xml", "application/rss+xml", rss(&[("Armenia and Russia talk", "/1", MONDAY)]));
    for (config, folder) in [("", "data"), ("public_folder = \"public\"\n", "public")] {
        let kazbek =
            Kazbek::with_config(&format!("feeds = \"feeds.opml\"\n{config}[poller]\nallow_private_addresses = true\n"));
        kazbek.list(&[site.url("/a.xml")]);
        let mut daemon = Running::start(&mut kazbek.command(RUN));
        daemon.wait_for(&["the digest of"]);
        assert_eq!(daemon.stop(), 0);
        let digests = modes(&kazbek.path(folder).join("digests"));
        assert!(digests.iter().any(|(path, _)| path.extension().is_some_and(|name| name == "html")), "{digests:?}");
        for (path, mode) in digests {
            let expected = if folder == "data" { 0 } else { 0o044 };
            assert_eq!(mode & 0o044, expected, "{}", path.display());
        }
        for (path, mode) in modes(&kazbek.path("data")) {
            assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
        }
    }
}

#[test]
fn a_reload_takes_up_the_feed_list_the_lexicon_and_the_options_unless_they_have_faults() {
    let site = Site::start();
    let urls = ["/a.xml", "/b.xml"].map(|path| site.url(path));
    for path in ["/a.xml", "/b.xml"] {
        let title = format!("Zemlandia and Russia talk at {path}");
        site.put(path, "application/rss+xml", rss(&[(&title, path, MONDAY)]));
    }
    let config = "feeds = \"feeds.opml\"\nlexicon_additions = \"lexicon\"\n[poller]\nallow_private_addresses = true\n";
    let kazbek = Kazbek::with_config(config);
    kazbek.list(&urls[..1]);
    std::fs::create_dir(kazbek.path("lexicon")).unwrap();
    kazbek.write("lexicon/no-place.toml", "");
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_for(&["the digest of"]);

    // Two faults in two files: both are named, and the old configuration goes on.
    kazbek.write("feeds.opml", "<opml><body>\n<outline xmlUrl=\"gopher://x.example/\"/></body></opml>");
    kazbek.write("kazbek.toml", &config.replace("[poller]", "[poller]\ntimeout_sec = 3"));
    daemon.signal("HUP");
    daemon.wait_for(&["kazbek.toml:4: unknown key `poller.timeout_sec`"]);
    daemon.wait_for(&["feeds.opml:2: `gopher://x.example/` is not an http"]);
    daemon.wait_for(&["the old one stays"]);

    kazbek.list(&urls);
    kazbek.write("kazbek.toml", &config.replace("[poller]", "[poller]\ncontact = \"mailto:a@b.example\""));
    kazbek.write(
        "lexicon/zemlandia.toml",
        "[[entity]]\nid = \"zemlandia\"\nkind = \"place\"\nlabel = \"Zemlandia\"\nparents = [\"south-caucasus\"]\nnames.en = [\"Zemlandia\"]\n",
    );
    daemon.signal("HUP");
    daemon.wait_for(&["were read again"]);
    daemon.wait_for(&["tagged with another lexicon"]);
    daemon.wait_for(&["polled", &urls[1]]);
    let requests = site.requests();
    assert!(requests.last().unwrap().contains("+mailto:a@b.example"), "{requests:?}");
    assert_eq!(daemon.stop(), 0);
    let item = kazbek.json(&["explain", "https://news.example/b.xml", "--json"]);
    assert!(item["tags"].as_array().unwrap().iter().any(|tag| tag == "place:zemlandia"), "{item}");
    let item = kazbek.json(&["explain", "https://news.example/a.xml", "--json"]);
    assert!(!item["tags"].as_array().unwrap().iter().any(|tag| tag == "place:zemlandia"), "{item}");
    assert_eq!(kazbek.ok(&["db", "check"]), "ok: no damage found\n");
}

#[test]
fn a_fetch_that_hangs_does_not_hold_up_a_reload_or_a_stop() {
    let server = Server::start();
    server.script("/", |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")?;
        stream.flush()?;
        std::thread::park_timeout(Duration::from_secs(50));
        Ok(())
    });
    let good = Server::at("127.0.0.2");
    good.answer("/", answer("200 OK", "", rss(&[("Armenia", "/1", MONDAY)])));
    let kazbek = Kazbek::polling(&[server.url("/"), good.url("/")]);
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_for(&["polled", &good.url("/")]);
    let started = Instant::now();
    daemon.signal("HUP");
    daemon.wait_for(&["were read again"]);
    daemon.wait_for(&["kazbek runs"]);
    assert_eq!(daemon.stop(), 0);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn systemd_is_notified_of_start_reload_life_and_stop() {
    let kazbek = Kazbek::polling(&[]);
    let path = kazbek.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let notified = |word: &str| {
        let mut bytes = [0; 512];
        loop {
            let length = socket.recv(&mut bytes).unwrap_or_else(|error| panic!("no {word}: {error}"));
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            if text.lines().any(|line| line == word) {
                return text;
            }
        }
    };
    let mut command = kazbek.command(RUN);
    let daemon = Running::start(command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000"));
    notified("READY=1");
    notified("WATCHDOG=1");
    daemon.signal("HUP");
    let reloading = notified("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    notified("READY=1");
    notified("WATCHDOG=1");
    daemon.signal("TERM");
    notified("STOPPING=1");
    assert_eq!(daemon.stop(), 0);
}

/// How long a stop may take, in whatever state, with what a busy machine adds to start and end a process.
const STOP_LIMIT: Duration = Duration::from_secs(5);

impl Running {
    /// Asks it to stop, and gives its exit code. Fails if that takes too long.
    fn stop_in_time(mut self) -> i32 {
        self.signal("TERM");
        let asked = Instant::now();
        let code = self.child.wait().unwrap().code().unwrap();
        assert!(asked.elapsed() < STOP_LIMIT, "stopping took {:?}", asked.elapsed());
        code
    }
}

/// Locks a database for writing.
fn lock(database: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(database).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

#[test]
fn a_stop_takes_seconds_while_polls_and_an_issue_wait_for_a_locked_database() {
    let server = Server::start();
    let kazbek = Kazbek::polling(&[server.url("/")]);
    // The database is locked from the first request on, so neither the poll nor the issue can be stored.
    let held = Arc::new(Mutex::new((0, None)));
    let (database, lock_once) = (kazbek.path("data/kazbek.db"), Arc::clone(&held));
    server.script("/", move |_, stream| {
        let mut held = lock_once.lock().unwrap();
        held.0 += 1;
        if held.0 == 1 {
            held.1 = Some(lock(&database));
        }
        stream.write_all(&answer("200 OK", "", rss(&[("Armenia", "/1", MONDAY)])))
    });
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_for(&["waiting for the writer"]);
    // What the writer has in hand is rolled back, which is an error.
    assert_eq!(daemon.stop_in_time(), 1);
    drop(held.lock().unwrap().1.take());
    // What was in hand is done again after the next start.
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_for(&["the digest of"]);
    assert_eq!(daemon.stop_in_time(), 0);
    assert_eq!(kazbek.json(&["db", "stats", "--json"])["items"], 1);
}

#[test]
fn a_stop_takes_seconds_while_a_reload_waits_for_a_locked_database() {
    let kazbek = Kazbek::polling(&[]);
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_for(&["the digest of"]);
    let locked = lock(&kazbek.path("data/kazbek.db"));
    daemon.signal("HUP");
    daemon.wait_for(&["were read again"]);
    assert_eq!(daemon.stop_in_time(), 0);
    drop(locked);
}

#[test]
fn a_stop_takes_seconds_while_a_reload_waits_for_a_delivery() {
    let server = Server::start();
    server.script("/hook", |_, _| {
        std::thread::park_timeout(Duration::from_secs(50));
        Ok(())
    });
    let config = format!(
        "feeds = \"feeds.opml\"\n[delivery]\ntimeout_secs = 60\n[poller]\nallow_private_addresses = true\n[[recipient]]\nname = \"hook\"\n\
        transport = \"webhook\"\nurl = \"{}\"\nallow_private_addresses = true\n",
        server.url("/hook")
    );
    let kazbek = Kazbek::with_config(&config);
    kazbek.list(&[]);
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    let until = Instant::now() + Duration::from_secs(20);
    while server.asked("/hook").is_empty() {
        assert!(Instant::now() < until, "nothing was delivered");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    daemon.signal("HUP");
    daemon.wait_for(&["were read again"]);
    assert_eq!(daemon.stop_in_time(), 0);
    let delivery = kazbek.json(&["outbox", "list", "--json"]);
    assert_eq!(delivery["state"], "waiting", "{delivery}");
}

#[test]
fn a_clock_before_the_newest_poll_is_an_error_until_it_is_accepted() {
    let site = Site::start();
    site.put("/a.xml", "application/rss+xml", rss(&[("Armenia", "/1", MONDAY)]));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.poll();
    // As it would be if the clock had been a year ahead; the second is a database of before the time was confirmed there.
    // Feeds that were never polled are polled at once.
    let year_ahead =
        "UPDATE feeds SET last_poll_at = last_poll_at + 31536000, next_due_at = next_due_at + 31536000, polls = 0;";
    let confirmed = "UPDATE meta SET value = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 year') || ' 60' WHERE key = 'clock_confirmed';";
    let not_confirmed = "DELETE FROM meta WHERE key = 'clock_confirmed';";
    for meta in [confirmed, not_confirmed] {
        let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
        database.execute_batch(&format!("{year_ahead} {meta}")).unwrap();
        drop(database);
        let polled = site.requests().len();
        let mut daemon = Running::start(&mut kazbek.command(RUN));
        daemon.wait_for(&[
            "ERROR",
            "the clock cannot be trusted",
            "--accept-clock",
            "the last poll in the store was at",
        ]);
        assert_eq!(daemon.stop_in_time(), 0);
        assert_eq!(site.requests().len(), polled, "nothing is polled");
        let mut daemon = Running::start(&mut kazbek.command(&[RUN, &["--accept-clock"]].concat()));
        daemon.wait_for(&["polled", "/a.xml"]);
        assert_eq!(daemon.stop_in_time(), 0);
    }
}

/// Files beside the database can grow no more: SQLite finds no room for what it keeps there while it is open.
#[test]
fn a_start_on_a_full_disk_waits_says_so_and_recovers_while_reading_works() {
    let site = Site::start();
    site.put("/a.xml", "application/rss+xml", rss(&[("Armenia and Russia talk", "/1", MONDAY)]));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.poll();
    site.put("/a.xml", "application/rss+xml", rss(&[("Georgia and Russia talk", "/2", MONDAY)]));
    let library = faulty_disk(kazbek.dir.path());
    let on_it = |arguments: &[&str]| {
        let mut command = kazbek.command(arguments);
        command.env("LD_PRELOAD", &library).env("KAZBEK_FAULT_FOLDER", kazbek.path("data"));
        command
    };
    let full = kazbek.write("data/full", "");
    for command in [&["poll"][..], &["import", "-"]] {
        let ended = ended(on_it(command).output().unwrap());
        assert!(ended.code == 1 && ended.stderr.contains("the disk is full"), "{command:?}: {}", ended.stderr);
    }
    let requests = site.requests().len();
    let socket_path = kazbek.path("notify");
    let socket = UnixDatagram::bind(&socket_path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut daemon = Running::start(on_it(RUN).env("NOTIFY_SOCKET", &socket_path).env("WATCHDOG_USEC", "2000000"));
    daemon.wait_for(&["ERROR", "the disk is full, so nothing is polled or written"]);
    // It is started and alive, for systemd.
    let mut notices = String::new();
    while !(notices.contains("READY=1") && notices.contains("WATCHDOG=1")) {
        let mut bytes = [0; 512];
        let length = socket.recv(&mut bytes).unwrap();
        notices.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    // Whoever notifies a socket that nobody reads waits once it is full.
    std::thread::spawn(move || while socket.recv(&mut [0; 512]).is_ok() {});
    let reading: [&[&str]; 7] = [
        &["export"],
        &["search", "Armenia"],
        &["feeds", "list"],
        &["db", "stats"],
        &["db", "check"],
        &["digest", "--date", "2026-01-05"],
        &["trends", "--since", "2026-01-01", "--until", "2026-01-10"],
    ];
    for command in reading {
        let ended = ended(on_it(command).output().unwrap());
        assert_eq!(ended.code, 0, "{command:?}: {}", ended.stderr);
        assert!(!ended.stdout.is_empty(), "{command:?}");
    }
    assert_eq!(site.requests().len(), requests, "nothing is fetched that could not be stored");
    std::fs::remove_file(full).unwrap();
    daemon.wait_for(&["there is space on the disk again"]);
    daemon.wait_for(&["kazbek runs"]);
    let log = daemon.lines.iter().filter(|line| line.contains("ERROR")).count();
    assert_eq!(log, 1, "{:#?}", daemon.lines);
    assert_eq!(daemon.stop_in_time(), 0);
    kazbek.is_sound("after a start on a full disk");
}

#[test]
fn a_disk_that_fills_up_is_said_in_one_line_and_stops_polling_until_there_is_space() {
    const FEEDS: usize = 12;
    let server = Server::start();
    let urls: Vec<String> = (0..FEEDS).map(|number| server.url(&format!("/{number}"))).collect();
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\ndomain_concurrency = 12\n",
    );
    kazbek.list(&urls);
    let full = kazbek.path("data/full");
    let has_room = Arc::new(AtomicBool::new(false));
    for number in 0..FEEDS {
        let (full, room) = (full.clone(), Arc::clone(&has_room));
        server.script(&format!("/{number}"), move |_, stream| {
            // From the first request on.
            if !room.load(Ordering::Relaxed) {
                std::fs::write(&full, "")?;
            }
            let items: Vec<(String, String)> =
                (0..200).map(|item| (format!("Armenia {number} {item}"), format!("/{number}/{item}"))).collect();
            let items: Vec<(&str, &str, &str)> =
                items.iter().map(|(title, path)| (&**title, &**path, MONDAY)).collect();
            stream.write_all(&answer("200 OK", "", rss(&items)))
        });
    }
    let library = faulty_disk(kazbek.dir.path());
    let mut command = kazbek.command(RUN);
    command.env("LD_PRELOAD", &library).env("KAZBEK_FAULT_FOLDER", kazbek.path("data"));
    let mut daemon = Running::start(&mut command);
    daemon.wait_for(&["ERROR", "the disk is full, so nothing is polled or written"]);
    let until = Instant::now() + Duration::from_secs(30);
    while (0..FEEDS).any(|number| server.asked(&format!("/{number}")).is_empty()) && Instant::now() < until {
        std::thread::park_timeout(Duration::from_millis(50));
    }
    // At a stop, the writer tries what it was handed.
    daemon.signal("TERM");
    daemon.child.wait().unwrap();
    daemon.lines.extend(daemon.log.iter());
    let errors = daemon.lines.iter().filter(|line| line.contains("ERROR")).count();
    assert_eq!(errors, 1, "{:#?}", daemon.lines);
    std::fs::remove_file(&full).unwrap();
    has_room.store(true, Ordering::Relaxed);
    let mut daemon = Running::start(&mut command);
    daemon.wait_for(&["the first round is done", "12 fetched", "2400 items"]);
    assert_eq!(daemon.stop_in_time(), 0);
    kazbek.is_sound("after a disk that filled up");
}

/// A feed list of so many addresses that nobody polls, since all have one server that is not there.
fn addresses(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("http://127.0.0.1:9/{number}")).collect()
}

#[test]
fn a_reload_refuses_what_is_most_likely_a_mistake() {
    let config = "feeds = \"feeds.opml\"\nlexicon_additions = \"lexicon\"\n[poller]\nallow_private_addresses = true\n";
    let kazbek = Kazbek::with_config(config);
    kazbek.list(&addresses(12));
    std::fs::create_dir(kazbek.path("lexicon")).unwrap();
    let additions = kazbek.write("lexicon/additions.toml", "");
    let list = kazbek.path("feeds.opml");
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_for(&["kazbek runs"]);
    let mut refuses = |words: &[&str]| {
        daemon.signal("HUP");
        daemon.wait_for(words);
        daemon.wait_for(&["the old one stays"]);
    };
    kazbek.list(&[]);
    refuses(&["no longer has 12 of 12 feeds", "`confirm_removed_feeds = 12`"]);
    kazbek.list(&addresses(5));
    refuses(&["no longer has 7 of 12 feeds"]);
    std::fs::remove_file(&list).unwrap();
    assert!(Command::new("mkfifo").arg(&list).status().unwrap().success());
    refuses(&["feeds.opml", "not a regular file"]);
    std::fs::remove_file(&list).unwrap();
    std::fs::create_dir(&list).unwrap();
    refuses(&["feeds.opml", "not a regular file"]);
    std::fs::remove_dir(&list).unwrap();
    kazbek.list(&addresses(12));
    std::fs::remove_file(&additions).unwrap();
    refuses(&["the lexicon's folder has no .toml file"]);
    std::fs::create_dir(&additions).unwrap();
    refuses(&["additions.toml", "it is a folder"]);
    std::fs::remove_dir(&additions).unwrap();
    assert!(Command::new("mkfifo").arg(&additions).status().unwrap().success());
    refuses(&["additions.toml", "not a regular file"]);
    std::fs::remove_file(&additions).unwrap();
    kazbek.write("lexicon/additions.toml", "");
    // Fewer than half, and what was confirmed.
    kazbek.list(&addresses(8));
    daemon.signal("HUP");
    daemon.wait_for(&["were read again"]);
    daemon.wait_for(&["kazbek runs"]);
    kazbek.list(&addresses(2));
    kazbek.write("kazbek.toml", &format!("confirm_removed_feeds = 6\n{config}"));
    daemon.signal("HUP");
    daemon.wait_for(&["were read again"]);
    daemon.wait_for(&["kazbek runs"]);
    assert_eq!(daemon.stop(), 0);
    assert_eq!(kazbek.json(&["db", "stats", "--json"])["feeds"], 2);
}

#[test]
fn a_start_refuses_a_feed_list_that_has_lost_most_feeds() {
    let config = "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n";
    let kazbek = Kazbek::with_config(config);
    kazbek.list(&addresses(12));
    kazbek.poll();
    for (count, removed) in [(0, 12), (5, 7)] {
        kazbek.list(&addresses(count));
        for command in [&["run"][..], &["poll"], &["feeds", "disable", &addresses(1)[0]]] {
            let ended = kazbek.run(command);
            assert_eq!(ended.code, 78, "{command:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(&format!("no longer has {removed} of 12 feeds")), "{}", ended.stderr);
        }
    }
    kazbek.write("kazbek.toml", &format!("confirm_removed_feeds = 7\n{config}"));
    kazbek.poll();
    kazbek.poll();
}

/// A new database that another process holds.
fn held_database(kazbek: &Kazbek) -> rusqlite::Connection {
    std::fs::create_dir(kazbek.path("data")).unwrap();
    let locked = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
    locked.execute_batch("BEGIN EXCLUSIVE; CREATE TABLE empty (x)").unwrap();
    locked
}

impl Running {
    /// Waits until the process handles a signal.
    fn wait_until_it_handles(&self, signal: u32) {
        let handles = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_owned();
            u64::from_str_radix(&mask, 16).unwrap() >> (signal - 1) & 1 == 1
        };
        let until = Instant::now() + Duration::from_secs(30);
        while !handles() {
            assert!(Instant::now() < until, "signal {signal} is not handled during the start");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

#[test]
fn a_stop_takes_seconds_while_a_start_waits_for_a_locked_database() {
    let kazbek = Kazbek::polling(&[]);
    let locked = held_database(&kazbek);
    let daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_until_it_handles(15);
    assert_eq!(daemon.stop_in_time(), 0);
    drop(locked);
}

/// Opening the database can take minutes after an upgrade; a SIGHUP would end a process that does not handle it yet.
#[test]
fn a_reload_that_is_asked_for_during_the_start_is_heard() {
    let kazbek = Kazbek::polling(&[]);
    let locked = held_database(&kazbek);
    let mut daemon = Running::start(&mut kazbek.command(RUN));
    daemon.wait_until_it_handles(1);
    daemon.signal("HUP");
    locked.execute_batch("ROLLBACK").unwrap();
    drop(locked);
    daemon.wait_for(&["kazbek runs"]);
    daemon.wait_for(&["were read again"]);
    daemon.wait_for(&["kazbek runs"]);
    assert_eq!(daemon.stop(), 0);
}
