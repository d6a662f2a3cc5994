//! The daemon from outside: signals, reloads, and notifications to systemd.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

mod support;

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use support::kazbek::Kazbek;
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
fn systemd_is_told_of_the_start_of_reloads_of_each_sign_of_life_and_of_the_stop() {
    let kazbek = Kazbek::polling(&[]);
    let path = kazbek.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let told = |word: &str| {
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
    told("READY=1");
    told("WATCHDOG=1");
    daemon.signal("HUP");
    let reloading = told("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    told("READY=1");
    told("WATCHDOG=1");
    daemon.signal("TERM");
    told("STOPPING=1");
    assert_eq!(daemon.stop(), 0);
}
