//! Digests and alerts reach their recipients, each once, whatever happens to the process and to the server.
//!
//! Days pass in simulated time, with the daemon in this process (`simulation`). The binary itself runs for what only it
//! can show: kills, signals, a second process that writes, and what is logged.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]
#![expect(clippy::disallowed_methods, reason = "imported history is dated relative to the machine's time")]

#[path = "../support/mod.rs"]
mod support;

mod alerts;
mod hostile_servers;
mod kills;
mod month;
mod retries;
mod simulation;
mod transports;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use kazbek::api::store::{OutboxRow, Reader};
use serde_json::Value;

use support::kazbek::Kazbek;
use support::mail::MailServer;

/// A configuration without feeds that tries again at once.
const QUICK: &str =
    "feeds = \"feeds.opml\"\n[delivery]\ntimeout_secs = 1\nfirst_retry_secs = 1\nretry_limit_secs = 1\n";

/// An installation without feeds.
fn with_config(config: &str) -> Kazbek {
    let kazbek = Kazbek::with_config(config);
    kazbek.list(&[]);
    kazbek
}

fn smtp_recipient(mail: &MailServer) -> String {
    format!(
        "[[recipient]]\nname = \"desk\"\ntransport = \"smtp\"\nserver = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
         from = \"kazbek@example.org\"\nto = \"Desk <desk@example.org>\"\n",
        mail.port()
    )
}

/// The present, less some hours.
fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(hours)
}

/// The outbox, oldest first; nothing before there is a database.
fn rows(kazbek: &Kazbek) -> Vec<OutboxRow> {
    let Ok(store) = Reader::open(&kazbek.path("data/kazbek.db")) else { return Vec::new() };
    let mut rows = store.outbox(&[], 10_000).unwrap();
    rows.reverse();
    rows
}

/// The outbox as the command line shows it.
fn outbox(kazbek: &Kazbek) -> Vec<Value> {
    let lines = kazbek.run(&["outbox", "list", "--json", "--limit", "10000"]).stdout;
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Imports one item for each title, with its time.
fn import(kazbek: &Kazbek, items: impl IntoIterator<Item = (String, String, Timestamp)>) {
    let line = |(url, title, published): (String, String, Timestamp)| {
        let outlet = url.split('/').nth(2).unwrap().to_owned();
        serde_json::json!({"url": url, "title": title, "published": published.to_string(), "outlet": outlet})
            .to_string()
    };
    let lines: Vec<String> = items.into_iter().map(line).collect();
    kazbek.write("history.jsonl", &lines.join("\n"));
    kazbek.ok(&["import", "history.jsonl"]);
}

/// The binary's daemon; killed if a test ends before it.
struct Daemon {
    process: Child,
    log: Arc<(Mutex<String>, Condvar)>,
}

impl Daemon {
    fn start(kazbek: &Kazbek) -> Daemon {
        let mut process = kazbek.command(&["run"]).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let log = Arc::<(Mutex<String>, Condvar)>::default();
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            while let Some(Ok(line)) = lines.next() {
                shared.0.lock().unwrap().push_str(&format!("{line}\n"));
                shared.1.notify_all();
            }
        });
        Daemon { process, log }
    }

    /// Waits for something that the daemon has done by the time it logs a line.
    fn until(&self, what: &str, mut is_done: impl FnMut() -> bool) {
        let (log, more) = &*self.log;
        let limit = Instant::now() + Duration::from_secs(120);
        let mut seen = 0;
        while !is_done() {
            let left = limit.saturating_duration_since(Instant::now());
            let (text, waited) = more.wait_timeout_while(log.lock().unwrap(), left, |log| log.len() == seen).unwrap();
            assert!(!waited.timed_out(), "{what} did not come:\n{}", *text);
            seen = text.len();
        }
    }

    /// Waits until it listens to signals.
    fn until_started(&self) {
        self.until("the start", || self.log().contains("kazbek runs"));
    }

    fn log(&self) -> String {
        self.log.0.lock().unwrap().clone()
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has done so.
    fn stop(mut self) -> String {
        self.signal("-TERM");
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{status:?}:\n{}", self.log());
        self.log()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
