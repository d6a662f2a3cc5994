//! Digests and alerts reach their recipients, each once, whatever happens to the process and to the server.
//!
//! The mail server is aiosmtpd, and days pass by libfaketime; both are packages of Debian that `.ci/run` installs. Where they are missing, CI fails and a person
//! is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]
#![expect(
    clippy::disallowed_methods,
    reason = "the servers of the test live in the machine's time, as the daemon does"
)]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::kazbek::Kazbek;
use support::random::Random;
use support::server::{Server, answer};
use support::site::{Site, rss};

/// Days that go by.
const DAYS: usize = 30;
/// Days that go by at a time; the daemon catches up.
const STEP: usize = 2;
const KILLS: usize = 50;
const OUTAGES: usize = 10;

/// A time from `low` to `high`.
fn between(random: &mut Random, low: Duration, high: Duration) -> Duration {
    low + (high - low) * random.below(1_000) as u32 / 1_000
}

/// The Python that has aiosmtpd: Debian's package belongs to Debian's Python.
fn python() -> Option<&'static str> {
    let has = |python: &&str| {
        let status = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let found = ["/usr/bin/python3", "python3"].into_iter().find(has);
    support::needed(found.is_some(), "aiosmtpd for python3 (apt-get install python3-aiosmtpd)").then_some(())?;
    found
}

fn faketime() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    let libraries = folders.map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1"));
    let found = libraries.into_iter().find(|path| path.exists());
    support::needed(found.is_some(), "libfaketime (apt-get install libfaketime)").then_some(())?;
    found
}

/// A mail server in a folder.
struct Mail {
    python: &'static str,
    folder: PathBuf,
    secure: Vec<String>,
    process: Option<Child>,
}

impl Mail {
    fn start(folder: PathBuf, secure: &[String]) -> Option<Mail> {
        let python = python()?;
        std::fs::create_dir_all(&folder).unwrap();
        let mut mail = Mail { python, folder, secure: secure.to_vec(), process: None };
        mail.mode("ok");
        mail.up();
        Some(mail)
    }

    fn mode(&self, mode: &str) {
        std::fs::write(self.folder.join("mode.new"), mode).unwrap();
        std::fs::rename(self.folder.join("mode.new"), self.folder.join("mode")).unwrap();
    }

    fn up(&mut self) {
        if self.process.is_some() {
            return;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/smtp.py");
        let mut command = Command::new(self.python);
        command.arg(script).args([self.folder.join("port"), self.folder.join("maildir"), self.folder.join("mode")]);
        let mut child = command.args(&self.secure).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        self.process = Some(child);
    }

    fn down(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn port(&self) -> String {
        std::fs::read_to_string(self.folder.join("port")).unwrap()
    }

    /// The mails that came, whole.
    fn received(&self) -> Vec<String> {
        let folder = self.folder.join("maildir/new");
        let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
        files.map(|file| String::from_utf8(std::fs::read(file.unwrap().path()).unwrap()).unwrap()).collect()
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        self.down();
    }
}

fn header(mail: &str, name: &str) -> String {
    let line = mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {mail}")).to_owned()
}

fn wait_for(what: &str, mut is_done: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(120);
    while !is_done() {
        assert!(Instant::now() < until, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A daemon, killed where a test ends before it.
struct Daemon(Child);

impl Daemon {
    fn start(kazbek: &Kazbek) -> Daemon {
        Daemon(kazbek.command(&["run"]).stderr(log(kazbek)).stdout(Stdio::null()).spawn().unwrap())
    }

    fn stop(mut self) {
        let status = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(status.success());
        let status = self.0.wait().unwrap();
        assert!(status.success(), "{status:?}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Where the daemon's lines go, for a person who looks at what failed.
fn log(kazbek: &Kazbek) -> std::fs::File {
    std::fs::File::options().create(true).append(true).open(kazbek.path("log")).unwrap()
}

/// How often the daemon has begun to work.
fn starts(kazbek: &Kazbek) -> usize {
    let log = std::fs::read_to_string(kazbek.path("log")).unwrap_or_default();
    log.lines().filter(|line| line.contains("kazbek runs")).count()
}

fn smtp_recipient(mail: &Mail) -> String {
    format!(
        "[[recipient]]\nname = \"desk\"\ntransport = \"smtp\"\nserver = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
         from = \"kazbek@example.org\"\nto = \"Desk <desk@example.org>\"\n",
        mail.port()
    )
}

/// A configuration without feeds that tries again at once.
const QUICK: &str =
    "feeds = \"feeds.opml\"\n[delivery]\ntimeout_secs = 1\nfirst_retry_secs = 1\nretry_limit_secs = 1\n";

fn with_config(config: &str) -> Kazbek {
    let kazbek = Kazbek::with_config(config);
    kazbek.list(&[]);
    kazbek
}

/// The outbox; nothing before there is a database.
fn outbox(kazbek: &Kazbek) -> Vec<Value> {
    let lines = kazbek.run(&["outbox", "list", "--json", "--limit", "10000"]).stdout;
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A history of some items a day, so that there is something to tell.
fn import_history(kazbek: &Kazbek) {
    let mut lines = String::new();
    let now = jiff::Timestamp::now();
    for day in 0..DAYS + 2 {
        for number in 0..3 {
            let published = now + jiff::SignedDuration::from_hours(24 * day as i64 - 24);
            lines.push_str(&format!(
                "{{\"url\":\"https://news.example/{day}/{number}\",\"title\":\"Armenia and Russia sign agreement {day}-{number} <b>&amp;\",\
                 \"summary\":\"Talks number {number} of day {day} in Yerevan.\",\"published\":\"{published}\",\"outlet\":\"Outlet {number}\"}}\n"
            ));
        }
    }
    kazbek.write("history.jsonl", &lines);
    kazbek.ok(&["import", "history.jsonl"]);
}

#[test]
fn each_of_thirty_digests_is_received_once_through_kills_and_outages() {
    let Some(library) = faketime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some(mut mail) = Mail::start(folder.path().join("mail"), &[]) else { return };
    let kazbek = with_config(&format!("{QUICK}retry_days = 30\n{}", smtp_recipient(&mail)));
    import_history(&kazbek);
    let start = |day: usize| start_at(&kazbek, &library, &format!("+{day}d"));
    let received = |mail: &Mail, count: usize| {
        let distinct = |mail: &Mail| {
            let mut ids: Vec<String> = mail.received().iter().map(|mail| header(mail, "Message-ID")).collect();
            ids.sort();
            ids.dedup();
            ids.len()
        };
        wait_for(&format!("mail number {count}"), || distinct(mail) >= count);
    };
    // The first day is undisturbed, and says how long a start takes.
    let began = Instant::now();
    let daemon = start(0);
    received(&mail, 1);
    // On a slow machine kills come before the work, and the undisturbed run behind them does it.
    let usual = began.elapsed().min(Duration::from_secs(1));
    daemon.stop();
    let mut random = Random(7);
    let steps: Vec<usize> = (1..DAYS).step_by(STEP).map(|day| (day + STEP - 1).min(DAYS - 1)).collect();
    let (mut kills, mut outages) = (0, 0);
    for (place, &day) in steps.iter().enumerate() {
        let has_outage = outages * steps.len() < OUTAGES * (place + 1) && outages < OUTAGES;
        if has_outage {
            match ["down", "busy", "hang", "drop"][outages % 4] {
                "down" => mail.down(),
                mode => mail.mode(mode),
            }
            outages += 1;
        }
        let wanted = KILLS * (place + 1) / steps.len();
        for number in kills..wanted {
            // The outage ends amid the kills.
            if has_outage && number == kills + (wanted - kills) / 2 {
                mail.up();
                mail.mode("ok");
            }
            let daemon = start(day);
            std::thread::sleep(between(&mut random, usual / 3, usual * 5 / 4));
            drop(daemon);
        }
        kills = wanted;
        mail.up();
        mail.mode("ok");
        let so_far = starts(&kazbek);
        let daemon = start(day);
        received(&mail, day + 1);
        // A signal in front of this line would end the process before it listens.
        wait_for("the start", || starts(&kazbek) > so_far);
        daemon.stop();
    }
    assert_eq!((kills, outages), (KILLS, OUTAGES));
    let rows = outbox(&kazbek);
    assert_eq!(rows.len(), DAYS, "one delivery a day");
    assert!(rows.iter().all(|row| row["state"] == "delivered"), "{rows:#?}");
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in mail.received() {
        by_id.entry(header(&mail, "Message-ID")).or_default().push(mail);
    }
    assert_eq!(by_id.len(), DAYS);
    let mut subjects: Vec<String> = by_id.values().map(|mails| header(&mails[0], "Subject")).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), DAYS, "each of another day");
    let copies = by_id.values().map(|mails| mails.len() - 1).sum::<usize>();
    let in_doubt: u64 = rows.iter().map(|row| row["in_doubt"].as_u64().unwrap()).sum();
    println!(
        "{kills} kills, {outages} outages: {DAYS} mails, {copies} copies, {in_doubt} attempts in doubt, a start in {usual:?}"
    );
    for mails in by_id.values() {
        // The server adds the port that it was spoken to from.
        let body = |mail: &String| mail.lines().filter(|line| !line.starts_with("X-Peer")).collect::<String>();
        assert!(mails.iter().all(|mail| body(mail) == body(&mails[0])));
    }
    assert!(by_id.values().all(|mails| mails.len() <= 2), "a kill repeats a mail once at most");
}

/// Nobody can know of such a mail whether it was taken (RFC 1047): it is sent again, and the mailbox can tell.
#[test]
fn a_mail_that_was_taken_without_a_word_is_sent_again_as_the_same_mail() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mail) = Mail::start(folder.path().join("mail"), &[]) else { return };
    let kazbek = with_config(&format!("{QUICK}{}", smtp_recipient(&mail)));
    mail.mode("mute");
    let daemon = Daemon::start(&kazbek);
    wait_for("the first copy", || !mail.received().is_empty());
    wait_for("the doubt", || outbox(&kazbek)[0]["in_doubt"].as_u64() >= Some(1));
    mail.mode("ok");
    wait_for("the answer", || outbox(&kazbek)[0]["state"] == "delivered");
    daemon.stop();
    let copies = mail.received();
    let body = |mail: &String| mail.lines().filter(|line| !line.starts_with("X-Peer")).collect::<String>();
    assert!(copies.len() >= 2 && copies.iter().all(|copy| body(copy) == body(&copies[0])), "{copies:#?}");
}

#[test]
fn a_mail_goes_through_starttls_and_a_password() {
    a_mail_goes_through("starttls");
}

#[test]
fn a_mail_goes_through_implicit_tls_and_a_password() {
    a_mail_goes_through("implicit");
}

fn a_mail_goes_through(tls: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(path("cert.pem"), key.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), key.signing_key.serialize_pem()).unwrap();
    let secure = [path("cert.pem"), path("key.pem"), "kazbek".to_owned(), "hunter2".to_owned(), tls.to_owned()];
    let Some(mail) = Mail::start(folder.path().join("mail"), &secure) else { return };
    let config = |password: &str| {
        format!(
            "{QUICK}[[recipient]]\nname = \"desk\"\ntransport = \"smtp\"\nserver = \"localhost\"\nport = {}\ntls = \"{tls}\"\nca_file = \"{}\"\n\
             user = \"kazbek\"\npassword_file = \"{password}\"\nfrom = \"kazbek@example.org\"\nto = \"desk@example.org\"\n\
             list_id = \"watch.example.org\"\nlist_unsubscribe = \"https://example.org/off\"\n",
            mail.port(),
            secure[0]
        )
    };
    let kazbek = with_config(&config("wrong"));
    kazbek.write("wrong", "hunter1\n");
    kazbek.write("right", "hunter2\n");
    let shown = kazbek.run(&["--log-level", "trace", "check"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(!shown.stdout.contains("hunter") && !shown.stderr.contains("hunter"));
    let mut daemon = Daemon::start(&kazbek);
    let reason = || outbox(&kazbek).first().and_then(|row| Some(row["reason"].as_str()?.to_owned()));
    wait_for("the refusal", || reason().is_some());
    assert!(reason().unwrap().contains("AUTH"), "{:?}", reason());
    // The password is mended, and the daemon reads it again.
    kazbek.write("kazbek.toml", &config("right"));
    assert!(Command::new("kill").args(["-HUP", &daemon.0.id().to_string()]).status().unwrap().success());
    wait_for("the mail", || mail.received().len() == 1);
    assert!(daemon.0.try_wait().unwrap().is_none());
    daemon.stop();
    let source = &mail.received()[0];
    assert_eq!(header(source, "List-Id"), "<watch.example.org>");
    assert_eq!(header(source, "List-Unsubscribe"), "<https://example.org/off>");
    let log = std::fs::read_to_string(kazbek.path("log")).unwrap();
    assert!(!log.contains("hunter"), "{log}");
}

#[test]
fn dead_letters_are_listed_and_tried_again_on_demand() {
    let server = Server::start();
    server.answer("/hook", answer("413 Content Too Large", "", "too large"));
    server.answer("/slow", answer("503 Service Unavailable", "Retry-After: 1\r\n", ""));
    let config = format!(
        "{QUICK}[[recipient]]\nname = \"hook\"\ntransport = \"webhook\"\nurl = \"{}\"\nsecret_file = \"key\"\nallow_private_addresses = true\n\
         [[recipient]]\nname = \"slow\"\ntransport = \"webhook\"\nurl = \"{}\"\nallow_private_addresses = true\n\
         [[recipient]]\nname = \"guarded\"\ntransport = \"webhook\"\nurl = \"{}\"\n\
         [[recipient]]\nname = \"folder\"\ntransport = \"file\"\nfolder = \"out\"\nformats = [\"html\", \"json\"]\n",
        server.url("/hook"),
        server.url("/slow"),
        server.url("/hook"),
    );
    let kazbek = with_config(&config);
    kazbek.write("key", "secret\n");
    let daemon = Daemon::start(&kazbek);
    let states = || -> BTreeMap<String, String> {
        let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        outbox(&kazbek).iter().map(|row| (word(row, "recipient"), word(row, "state"))).collect()
    };
    let is = |name: &str, state: &str| states().get(name).map(String::as_str) == Some(state);
    wait_for("a dead letter", || is("hook", "dead") && is("guarded", "dead"));
    wait_for("two attempts", || server.asked("/slow").len() >= 2);
    assert!(is("slow", "waiting") || is("slow", "sending"), "{:?}", states());
    let keys: Vec<Option<String>> =
        server.asked("/slow").iter().map(|asked| asked.header("idempotency-key").map(str::to_owned)).collect();
    assert!(keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let signature = server.asked("/hook")[0].header("x-kazbek-signature").map(str::to_owned).unwrap();
    assert!(signature.starts_with("sha256=") && signature.len() == 71, "{signature}");
    assert_eq!(server.asked("/hook").len(), 1, "a permanent refusal is not tried again");
    wait_for("the folder", || is("folder", "delivered"));
    let files =
        std::fs::read_dir(kazbek.path("out")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.collect();
    files.sort();
    assert!(
        matches!(files.as_slice(), [html, json] if html.ends_with(".html") && json.ends_with(".json")),
        "{files:?}"
    );
    // Who subscribes to the issues has a new one as soon as a recipient.
    wait_for("the feed of issues", || {
        std::fs::read_to_string(kazbek.path("data/feeds/issues.atom")).is_ok_and(|feed| feed.contains("<entry>"))
    });
    let dead = kazbek.ok(&["outbox", "list", "--dead"]);
    assert!(
        dead.contains("the server answered 413: too large") && dead.contains("not on the public internet"),
        "{dead}"
    );
    // Beside the running daemon.
    server.answer("/hook", answer("200 OK", "", ""));
    server.answer("/slow", answer("200 OK", "", ""));
    kazbek.ok(&["outbox", "retry", "--dead"]);
    wait_for("what was dead", || is("hook", "delivered") && is("slow", "delivered"));
    let refused = kazbek.run(&["outbox", "retry", "999"]);
    assert_eq!(refused.code, 65, "{}", refused.stderr);
    daemon.stop();
}

/// A daemon that lives some days and hours later.
fn start_at(kazbek: &Kazbek, library: &Path, shift: &str) -> Daemon {
    let mut command = kazbek.command(&["run"]);
    command.env("LD_PRELOAD", library).env("FAKETIME", shift).env("DONT_FAKE_MONOTONIC", "1");
    Daemon(command.stdout(Stdio::null()).stderr(log(kazbek)).spawn().unwrap())
}

#[test]
fn a_delivery_is_tried_for_days_and_then_is_a_dead_letter() {
    let Some(library) = faketime() else { return };
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
        let rows = outbox(&kazbek);
        let row = rows.iter().find(|row| row["recipient"] == name);
        row.map(|row| (row["state"].as_str().unwrap().to_owned(), row["attempts"].as_u64().unwrap()))
    };
    let waits = |name: &str, attempts: u64| state(name) == Some(("waiting".to_owned(), attempts));
    for (shift, attempts) in [("+0d", 1), ("+1d", 2), ("+4d", 3)] {
        let so_far = starts(&kazbek);
        let daemon = start_at(&kazbek, &library, shift);
        wait_for("an attempt", || waits("late", attempts) && waits("never", attempts));
        wait_for("the start", || starts(&kazbek) > so_far);
        daemon.stop();
    }
    server.answer("/late", answer("200 OK", "", ""));
    let daemon = start_at(&kazbek, &library, "+6d");
    wait_for("both ends", || {
        state("late") == Some(("delivered".to_owned(), 4)) && state("never") == Some(("dead".to_owned(), 4))
    });
    let dead = kazbek.ok(&["outbox", "list", "--dead"]);
    assert!(dead.contains("after 4 attempts") && dead.contains("503: maintenance"), "{dead}");
    // By hand it is tried again, and then for days again.
    let retry = |kazbek: &Kazbek| {
        let mut command = kazbek.command(&["outbox", "retry", "--dead"]);
        command.env("LD_PRELOAD", &library).env("FAKETIME", "+6d").env("DONT_FAKE_MONOTONIC", "1");
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
    };
    retry(&kazbek);
    wait_for("one more attempt", || waits("never", 5));
    daemon.stop();
}

#[test]
fn chats_get_what_they_understand_and_no_part_twice() {
    let server = Server::start();
    for path in ["/topic", "/chat", "/bot12:secret/sendMessage"] {
        server.answer(path, answer("200 OK", "", "{}"));
    }
    // The second part is refused once; the first one is not to come again.
    let count = std::sync::atomic::AtomicUsize::new(0);
    server.script("/bot12:secret/sendMessage", move |_, stream| {
        let is_second = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 1;
        let slow = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":1}}"#;
        stream.write_all(&if is_second {
            answer("429 Too Many Requests", "", slow)
        } else {
            answer("200 OK", "", "{}")
        })
    });
    let private = "allow_private_addresses = true";
    let kazbek = with_config(&format!(
        "{QUICK}[[recipient]]\nname = \"ntfy\"\ntransport = \"ntfy\"\nurl = \"{}\"\ntoken_file = \"token\"\n{private}\n\
         [[recipient]]\nname = \"slack\"\ntransport = \"slack\"\nurl_file = \"address\"\n{private}\n\
         [[recipient]]\nname = \"telegram\"\ntransport = \"telegram\"\nurl = \"{}\"\ntoken_file = \"bot\"\nchat = \"@watch\"\n{private}\n",
        server.url("/topic"),
        server.url("")
    ));
    kazbek.write("token", "tk_secret\n");
    kazbek.write("address", &server.url("/chat"));
    kazbek.write("bot", "12:secret\n");
    // Yesterday's issue, long enough for two messages of Telegram.
    let yesterday = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let places = [
        "Armenia and Russia",
        "Armenia and Turkey",
        "Azerbaijan",
        "Georgia",
        "Abkhazia",
        "Chechnya",
        "Dagestan and Ingushetia",
        "Russia",
    ];
    let mut random = Random(3);
    // Words of no language, so that no two titles are alike.
    let mut word = || -> String {
        let number = random.next();
        (0..4)
            .flat_map(|at| {
                let part = (number >> (8 * at)) as usize;
                [b"bdfgklmnprst"[part % 12] as char, b"aeiou"[part / 12 % 5] as char]
            })
            .collect()
    };
    let mut lines = String::new();
    for (place, name) in places.iter().enumerate() {
        for number in 0..6 {
            let tail = (0..16).map(|_| word()).collect::<Vec<_>>().join(" ");
            lines.push_str(&format!(
                "{{\"url\":\"https://news{place}.example/{number}\",\"title\":\"{name}: <b>&amp; a long story {tail}\",\"published\":\"{yesterday}\",\"outlet\":\"Outlet {place}{number}\"}}\n"
            ));
        }
    }
    kazbek.write("history.jsonl", &lines);
    kazbek.ok(&["import", "history.jsonl"]);
    let daemon = Daemon::start(&kazbek);
    wait_for("all chats", || outbox(&kazbek).iter().filter(|row| row["state"] == "delivered").count() == 3);
    daemon.stop();
    let ntfy = server.asked("/topic");
    assert_eq!(ntfy[0].header("authorization"), Some("Bearer tk_secret"));
    assert!(ntfy[0].header("x-title").unwrap().starts_with("Kazbek: Russia and the Caucasus"));
    assert!(ntfy.iter().all(|asked| asked.body.len() <= 4_096));
    let json = |asked: &support::server::Asked| -> Value { serde_json::from_slice(&asked.body).unwrap() };
    let slack = json(&server.asked("/chat")[0]);
    let text = slack["text"].as_str().unwrap();
    assert!(text.contains("&lt;b&gt;&amp;amp; a long story") && !text.contains("<b>"), "{text}");
    let telegram: Vec<Value> = server.asked("/bot12:secret/sendMessage").iter().map(json).collect();
    let texts: Vec<&str> = telegram.iter().map(|body| body["text"].as_str().unwrap()).collect();
    assert!(texts.len() >= 3 && texts[1] == texts[2] && texts[0] != texts[1], "{}", texts.len());
    assert!(texts.iter().all(|text| text.encode_utf16().count() <= 4_096));
    assert!(telegram.iter().all(|body| body["chat_id"] == "@watch"));
    let log = std::fs::read_to_string(kazbek.path("log")).unwrap();
    assert!(!log.contains("secret") && !log.contains("/chat"), "{log}");
    let listed = kazbek.ok(&["outbox", "list"]);
    assert!(listed.contains("telegram") && listed.contains("after 2 attempts"), "{listed}");
}

#[test]
fn a_burst_is_told_by_a_rule_that_asks_for_it_and_once() {
    let rule = |name: &str, tag: &str| {
        format!(
            "[[alert]]\nname = \"{name}\"\nto = [\"folder\"]\ntags = [\"{tag}\"]\nburst = 0.3\ncooldown_minutes = 0\n"
        )
    };
    let kazbek = with_config(&format!(
        "feeds = \"feeds.opml\"\n[[recipient]]\nname = \"folder\"\nissues = [\"none\"]\ntransport = \"file\"\nfolder = \"out\"\n{}{}",
        rule("Rises", "place:armenia"),
        rule("Elsewhere", "place:iran")
    ));
    let now = jiff::Timestamp::now();
    let mut random = Random(11);
    let mut import = |name: &str, title: &str, days: std::ops::Range<i64>, count: u64| {
        let mut lines = String::new();
        for (day, number) in days.flat_map(|day| (0..count).map(move |number| (day, number))) {
            let published =
                now - jiff::SignedDuration::from_hours(24 * day) - jiff::SignedDuration::from_mins(number as i64);
            let topic = ["grain", "bridges", "schools", "water", "courts", "wine", "roads", "banks"]
                [random.next() as usize % 8];
            let url = format!("https://news{}.example/{name}/{day}/{number}", number % 8);
            let title = title
                .replace("TOPIC", topic)
                .replace("ONE", &(random.next() % 1_000).to_string())
                .replace("TWO", &(random.next() % 1_000).to_string());
            lines.push_str(&format!(
                "{{\"url\":\"{url}\",\"title\":\"{title}\",\"published\":\"{published}\",\"outlet\":\"Outlet {}\"}}\n",
                number % 8
            ));
        }
        kazbek.write("history.jsonl", &lines);
        kazbek.ok(&["import", "history.jsonl"]);
    };
    let usual = "Armenia debates TOPIC: ONE of TWO";
    import("usual", usual, 1..60, 2);
    let run = |until: &dyn Fn() -> bool| {
        let so_far = starts(&kazbek);
        let daemon = Daemon::start(&kazbek);
        wait_for("the start", || starts(&kazbek) > so_far);
        wait_for("the look", until);
        daemon.stop();
    };
    let told = || outbox(&kazbek).len();
    // The first look only says from where on news are told.
    run(&|| std::fs::read_to_string(kazbek.path("log")).unwrap().contains("digest of"));
    assert_eq!(told(), 0);
    import("burst", usual, 0..1, 40);
    run(&|| outbox(&kazbek).iter().any(|row| row["state"] == "delivered"));
    run(&|| true);
    assert_eq!(told(), 1, "once: {:#?}", outbox(&kazbek));
    let file = std::fs::read_dir(kazbek.path("out")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.starts_with("Rises\n") && text.contains("Armenia"), "{text}");
    // It grows, and another place gets into its name: that is no other burst to who was told of it.
    import("growth", "Iran sends envoys for TOPIC to Armenia, ONE by rail and TWO by road", 0..1, 40);
    run(&|| told() > 1);
    let rows = outbox(&kazbek);
    assert_eq!(rows.len(), 2, "{rows:#?}");
    let files = std::fs::read_dir(kazbek.path("out")).unwrap();
    let texts: Vec<String> = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert_eq!(texts.iter().filter(|text| text.starts_with("Rises\n")).count(), 1, "{texts:#?}");
}

#[test]
fn an_alert_goes_out_at_once_for_news_and_never_for_what_was_there_before() {
    let site = Site::start();
    let stamp = |minutes: i64| {
        (jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes)).strftime("%a, %d %b %Y %T GMT").to_string()
    };
    let old = ("Armenia and Russia sign an agreement on gas", "/old", stamp(30));
    site.put("/a.xml", "application/rss+xml", rss(&[(old.0, old.1, &old.2)]));
    let url = site.url("/a.xml");
    let config = format!(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\nmin_interval_secs = 1\n[[feed]]\nurl = \"{url}\"\ninterval_secs = 1\n\
         [[recipient]]\nname = \"folder\"\nissues = [\"none\"]\ntransport = \"file\"\nfolder = \"out\"\n\
         [[alert]]\nname = \"Watch\"\nto = [\"folder\"]\ntags = [\"place:armenia\", \"place:russia\"]\npair = \"armenia-russia\"\nmin_score = 0.3\ncooldown_minutes = 60\n\
         [[alert]]\nname = \"Never\"\nto = [\"folder\"]\ntags = [\"place:georgia\"]\n"
    );
    let kazbek = Kazbek::with_config(&config);
    let slow = site.url("/slow.xml");
    let config = format!("{config}[[feed]]\nurl = \"{slow}\"\ninterval_secs = 1\n");
    kazbek.write("kazbek.toml", &config);
    kazbek.list(&[url, slow]);
    let daemon = Daemon::start(&kazbek);
    let polls = |count: usize| wait_for("a poll", || site.requests().len() >= count);
    polls(4);
    // A feed that fails at first and is then read for the first time brings what stood there before.
    let standing = ("Armenia and Russia sign a treaty on electricity", "/standing", stamp(20));
    site.put("/slow.xml", "application/rss+xml", rss(&[(standing.0, standing.1, &standing.2)]));
    let is_read = || kazbek.ok(&["search", "treaty electricity"]).contains("treaty");
    wait_for("the slow feed", is_read);
    let fresh = ("Russia and Armenia agree to open a railway through Gyumri", "/new", stamp(1));
    site.put("/a.xml", "application/rss+xml", rss(&[(fresh.0, fresh.1, &fresh.2), (old.0, old.1, &old.2)]));
    let alerts = || -> Vec<String> {
        let Ok(files) = std::fs::read_dir(kazbek.path("out")) else { return Vec::new() };
        let files =
            files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "txt"));
        files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    };
    wait_for("the alert", || !alerts().is_empty());
    // Another one within the rest of the rule waits.
    let third = ("Armenia buys grain from Russia after a poor harvest", "/third", stamp(0));
    site.put("/a.xml", "application/rss+xml", rss(&[(third.0, third.1, &third.2), (fresh.0, fresh.1, &fresh.2)]));
    let so_far = site.requests().len();
    polls(so_far + 3);
    std::thread::sleep(Duration::from_secs(6));
    daemon.stop();
    let alerts = alerts();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(alerts[0].starts_with("Watch\n") && alerts[0].contains(fresh.0), "{}", alerts[0]);
    assert!(!alerts[0].contains(old.0) && !alerts[0].contains(third.0), "{}", alerts[0]);
    assert!(!alerts[0].contains(standing.0), "{}", alerts[0]);
    std::io::stdout().flush().unwrap();
}

#[test]
fn a_rule_that_was_taken_out_and_put_back_tells_nothing_of_the_time_between() {
    let site = Site::start();
    let stamp = |minutes: i64| {
        (jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes)).strftime("%a, %d %b %Y %T GMT").to_string()
    };
    let put = |items: &[(&str, &str)]| {
        let stamps: Vec<String> = (1..).take(items.len()).map(stamp).collect();
        let items: Vec<_> = items.iter().zip(&stamps).map(|(item, at)| (item.0, item.1, at.as_str())).collect();
        site.put("/a.xml", "application/rss+xml", rss(&items));
    };
    let url = site.url("/a.xml");
    let polling = format!(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\nmin_interval_secs = 1\n[[feed]]\nurl = \"{url}\"\ninterval_secs = 1\n"
    );
    let rule = "[[recipient]]\nname = \"folder\"\nissues = [\"none\"]\ntransport = \"file\"\nfolder = \"out\"\n\
        [[alert]]\nname = \"Watch\"\nto = [\"folder\"]\ntags = [\"place:armenia\"]\ncooldown_minutes = 0\n";
    let kazbek = Kazbek::with_config(&format!("{polling}{rule}"));
    kazbek.list(&[url]);
    let rules = || -> Option<String> {
        let store = kazbek::store::Store::open_read_only(&kazbek.path("data/kazbek.db")).ok()?;
        store.meta("alert_rules").ok()?
    };
    let run_until = |rules_are: &str| {
        let daemon = Daemon::start(&kazbek);
        wait_for(rules_are, || rules().as_deref() == Some(rules_are));
        daemon
    };
    let old = ("Armenia and Russia sign an agreement on gas", "/old");
    put(&[old]);
    run_until("[\"Watch\"]").stop();
    kazbek.write("kazbek.toml", &polling);
    run_until("[]").stop();
    let between = ("Armenia buys grain from Russia after a poor harvest", "/between");
    put(&[between, old]);
    kazbek.ok(&["poll"]);
    kazbek.write("kazbek.toml", &format!("{polling}{rule}"));
    let daemon = run_until("[\"Watch\"]");
    let later = ("Russia and Armenia agree to open a railway through Gyumri", "/later");
    put(&[later, between, old]);
    let told = || -> Vec<String> {
        let Ok(files) = std::fs::read_dir(kazbek.path("out")) else { return Vec::new() };
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    };
    wait_for("the alert", || !told().is_empty());
    daemon.stop();
    assert!(told().iter().all(|text| text.contains(later.0) && !text.contains(between.0)), "{:#?}", told());
}

#[test]
fn a_time_zone_farther_west_brings_no_older_issue() {
    let zone = |name: &str| {
        format!(
            "feeds = \"feeds.opml\"\ntime_zone = \"{name}\"\n[[recipient]]\nname = \"folder\"\ntransport = \"file\"\nfolder = \"out\"\n"
        )
    };
    let kazbek = Kazbek::with_config(&zone("Pacific/Kiritimati"));
    kazbek.list(&[]);
    let labels =
        || -> Vec<String> { outbox(&kazbek).iter().map(|row| row["period"].as_str().unwrap().to_owned()).collect() };
    let daemon = Daemon::start(&kazbek);
    wait_for("an issue", || !labels().is_empty());
    daemon.stop();
    let first = labels();
    assert_eq!(first.len(), 1, "{first:?}");
    kazbek.write("kazbek.toml", &zone("Pacific/Pago_Pago"));
    let so_far = starts(&kazbek);
    let daemon = Daemon::start(&kazbek);
    wait_for("the start", || starts(&kazbek) > so_far);
    daemon.stop();
    assert_eq!(labels(), first, "25 hours west of it, no issue is due that was not");
}
