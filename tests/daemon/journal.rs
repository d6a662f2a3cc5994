//! What goes to the systemd journal, field by field.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::support::kazbek::Kazbek;
use super::support::preloaded::services;
use super::support::server::{Server, answer};
use super::support::site::rss;
use super::{MONDAY, Running};

/// A journal of the test's own, with what was sent to it.
struct Journal {
    path: PathBuf,
    socket: UnixDatagram,
    sent: Vec<Vec<u8>>,
}

impl Journal {
    fn open(path: PathBuf) -> Journal {
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Journal { path, socket, sent: Vec::new() }
    }

    /// Reads on until an event has these words in one field.
    fn wait_for(&mut self, words: &str) {
        let until = Instant::now() + Duration::from_secs(60);
        let mut bytes = vec![0; 1 << 20];
        while !self.sent.last().is_some_and(|event| has(event, words)) {
            assert!(Instant::now() < until, "no {words} in the journal");
            let length = self.socket.recv(&mut bytes).unwrap_or_else(|error| panic!("no {words}: {error}"));
            self.sent.push(bytes[..length].to_vec());
        }
    }
}

fn has(event: &[u8], words: &str) -> bool {
    String::from_utf8_lossy(event).contains(words)
}

const SECRET: &str = "pa55word";

#[test]
fn no_field_of_the_journal_has_the_password_of_an_address() {
    let server = Server::start();
    let with_password = |path: &str| server.url(path).replace("http://", &format!("http://reader:{SECRET}@"));
    let items: Vec<String> = (0..9).map(|number| format!("/{number}")).collect();
    let items: Vec<_> = items.iter().map(|path| ("Armenia and Russia talk", path.as_str(), MONDAY)).collect();
    server.answer("/many", answer("200 OK", "", rss(&items)));
    server.answer("/page", answer("200 OK", "Content-Type: text/html\r\n", "<html><p>no feed</p></html>"));
    server.answer("/loop", answer("302 Found", &format!("Location: {}\r\n", with_password("/loop")), ""));
    let away = format!("Location: ftp://reader:{SECRET}@news.example/\r\n");
    server.answer("/away", answer("302 Found", &away, ""));
    server.answer("/moved", answer("301 Moved", &format!("Location: {}\r\n", with_password("/many")), ""));
    let hook = with_password("/hook");
    let config = format!(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\ndaily_item_limit = 2\n[[recipient]]\n\
         name = \"hook\"\ntransport = \"webhook\"\nurl = \"{hook}\"\nallow_private_addresses = true\n"
    );
    let kazbek = Kazbek::with_config(&config);
    // Without names the addresses are the names.
    let list = |more: &str| {
        let urls = ["/many", "/page", "/loop", "/away", "/moved", "/missing", "/many"].map(with_password);
        let outlines: String = urls.iter().map(|url| format!("<outline xmlUrl=\"{url}\"/>\n")).collect();
        kazbek.write("feeds.opml", &format!("<opml version=\"2.0\"><body>\n{outlines}{more}</body></opml>"));
    };
    list(&format!("<outline xmlUrl=\"http://reader:{SECRET}@127.0.0.1:9/\" bloc=\"none\"/>"));

    let mut journal = Journal::open(kazbek.path("journal"));
    let library = services(kazbek.dir.path());
    let command = |journal: &Path| {
        let mut command = kazbek.command(&["--log-level", "trace", "--log-format", "journald", "run"]);
        command.env("LD_PRELOAD", &library).env("KAZBEK_JOURNAL", journal);
        command
    };
    let daemon = Running::start(&mut command(&journal.path));
    journal.wait_for("the first round is done");
    journal.wait_for("not delivered");
    // A configuration and a list with faults are named with their addresses.
    list(&format!("<outline xmlUrl=\"ftp://reader:{SECRET}@news.example/\"/>"));
    kazbek.write("kazbek.toml", &format!("{config}[[feed]]\nurl = \"http://x:{SECRET}@y.example/\"\ninterval = 1\n"));
    daemon.signal("HUP");
    journal.wait_for("the old one stays");
    assert_eq!(daemon.stop(), 0);
    // As after a crash: the feeds go into quarantine.
    list("");
    kazbek.write("kazbek.toml", &config);
    kazbek.write("data/kazbek.in-hand", "1 2 3 4 5 6\n");
    let daemon = Running::start(&mut command(&journal.path));
    journal.wait_for("polled later, and alone");
    journal.wait_for("kazbek runs");
    assert_eq!(daemon.stop(), 0);

    for event in &journal.sent {
        assert!(!has(event, SECRET), "{}", String::from_utf8_lossy(event));
    }
    let masked: Vec<&Vec<u8>> = journal.sent.iter().filter(|event| has(event, "reader:***@127.0.0.1")).collect();
    for words in ["budget of new items", "polled\n", "polled later, and alone", "ftp://reader:***@news.example"] {
        let is_there = journal.sent.iter().any(|event| has(event, words));
        assert!(is_there, "nothing tells of `{words}`");
    }
    assert!(masked.len() > 10, "{}", masked.len());
}
