//! No feed can cost another a poll: hostile feeds among good ones, and a process that dies with a feed in hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

mod support;

use std::fmt::Write as _;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::kazbek::Kazbek;
use support::server::{Server, answer};
use support::site::rss;

const MONDAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";

/// A daemon under way; it does not outlive its test.
struct Daemon(Child);

impl Daemon {
    fn start(kazbek: &Kazbek) -> Daemon {
        let run = kazbek.command(&["--log-format", "text", "run"]);
        Daemon(in_one_gibibyte(kazbek, &run).stderr(kazbek_log(kazbek)).spawn().unwrap())
    }

    /// The most memory that it ever had, in MiB.
    fn peak_mib(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")).unwrap();
        peak.parse::<usize>().unwrap() >> 10
    }

    /// The most address space that it may have, in MiB.
    fn address_space_mib(&self) -> usize {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.0.id())).unwrap();
        let limit = limits.lines().find_map(|line| line.strip_prefix("Max address space")).unwrap();
        limit.split_whitespace().next().unwrap().parse::<usize>().unwrap() >> 20
    }

    /// Returns its exit code, if it ended by itself.
    fn stop(mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
        self.0.wait().unwrap().code()
    }
}

/// The same command with so much address space that it must live within it.
fn in_one_gibibyte(kazbek: &Kazbek, command: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 1048576 && exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    limited.env_clear().env("HOME", kazbek.dir.path()).current_dir(kazbek.dir.path());
    limited
}

fn kazbek_log(kazbek: &Kazbek) -> std::fs::File {
    std::fs::File::options().create(true).append(true).open(kazbek.path("log")).unwrap()
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails where it has ended, as it should.
        drop(self.0.kill());
    }
}

/// Waits until something is so, and fails with `what` if it never is.
fn wait_until(what: &str, limit_secs: u64, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(limit_secs);
    while !is_so() {
        assert!(Instant::now() < until, "never: {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// Tiny items, each with an id that no other round has.
fn tiny_items(round: usize, count: usize) -> Vec<u8> {
    let mut text = "<rss version=\"2.0\"><channel><title>Tiny</title>".to_owned();
    for item in 0..count {
        write!(text, "<item><guid>{round}-{item}</guid><title>Item {item}</title></item>").unwrap();
    }
    text.push_str("</channel></rss>");
    text.into_bytes()
}

/// Items with titles of a mebibyte.
fn huge_titles() -> Vec<u8> {
    let mut text = "<rss version=\"2.0\"><channel><title>Huge</title>".to_owned();
    for item in 0..9 {
        let title = "Georgia and Russia talk ".repeat((1 << 20) / 24);
        write!(text, "<item><guid>{item}</guid><title>{title}</title></item>").unwrap();
    }
    text.push_str("</channel></rss>");
    text.into_bytes()
}

/// Items that are nearly the same text, full of names, so that each is compared with many others.
fn near_identical_texts(feed: usize, round: usize, count: usize) -> Vec<u8> {
    const NAMES: [&str; 10] =
        ["Armenia", "Pashinyan", "Baku", "Aliyev", "Georgia", "Kobakhidze", "Moscow", "Lavrov", "Iran", "Zangezur"];
    let mut text = "<rss version=\"2.0\"><channel><title>Same</title>".to_owned();
    for item in 0..count {
        let words = (0..150).map(|word| match word % 3 {
            // Every text has some words of its own.
            0 if word % 50 == 0 => format!("w{feed}x{round}x{item}x{word}"),
            0 => NAMES[(word / 3) % NAMES.len()].to_owned(),
            _ => format!("word{word}"),
        });
        let summary = words.collect::<Vec<_>>().join(" ");
        write!(
            text,
            "<item><guid>{round}-{item}</guid><title>Pashinyan and Aliyev meet in Moscow, talk {item} of {round}</title>\
             <description>{summary}</description></item>"
        )
        .unwrap();
    }
    text.push_str("</channel></rss>");
    text.into_bytes()
}

/// When each good feed was asked, in seconds.
type Asked = Arc<Mutex<Vec<Vec<f64>>>>;

/// Twenty good feeds, each with a new item at every poll.
fn good_feeds(asked: &Asked) -> (Vec<Server>, Vec<String>) {
    let started = Instant::now();
    let servers: Vec<Server> = (0..20).map(|feed| Server::at(&format!("127.0.1.{}", feed + 1))).collect();
    for (feed, server) in servers.iter().enumerate() {
        let asked = Arc::clone(asked);
        server.script("/", move |_, stream| {
            let round = {
                let mut asked = asked.lock().unwrap();
                asked[feed].push(started.elapsed().as_secs_f64());
                asked[feed].len()
            };
            let title = format!("Armenia and outlet {feed} talk for round {round}");
            let path = format!("/{feed}/{round}");
            stream.write_all(&answer("200 OK", "", rss(&[(&title, &path, MONDAY)])))
        });
    }
    let urls = servers.iter().map(|server| server.url("/")).collect();
    (servers, urls)
}

/// The figures of the test at full size (`KAZBEK_HOSTILE_ITEMS=200000 KAZBEK_HOSTILE_TEXTS=2000 KAZBEK_HOSTILE_ROUNDS=20`) are in
/// docs/performance.md.
#[test]
fn hostile_feeds_cost_no_good_one_a_poll_in_a_gibibyte_of_address_space() {
    let count = number("KAZBEK_HOSTILE_ITEMS", 20_000);
    let rounds = number("KAZBEK_HOSTILE_ROUNDS", 4);
    let hostile: Vec<Server> = (1..7).map(|feed| Server::at(&format!("127.0.0.{}", feed + 1))).collect();
    let same = answer("200 OK", "", tiny_items(0, count));
    // Never the same bytes, so that it is read each time.
    let round = AtomicUsize::new(0);
    hostile[0].script("/", move |_, stream| {
        let mut bytes = same.clone();
        let mark = format!("{:04}", round.fetch_add(1, Ordering::Relaxed) % 10_000);
        let place = bytes.windows(4).position(|part| part == b"Tiny").unwrap();
        bytes.splice(place..place + 4, mark.bytes());
        stream.write_all(&bytes)
    });
    let round = AtomicUsize::new(1);
    hostile[1].script("/", move |_, stream| {
        stream.write_all(&answer("200 OK", "", tiny_items(round.fetch_add(1, Ordering::Relaxed), count)))
    });
    hostile[2].answer("/", answer("200 OK", "", huge_titles()));
    let texts = number("KAZBEK_HOSTILE_TEXTS", 300);
    for (feed, server) in hostile[3..].iter().enumerate() {
        let round = AtomicUsize::new(1);
        server.script("/", move |_, stream| {
            stream.write_all(&answer(
                "200 OK",
                "",
                near_identical_texts(feed, round.fetch_add(1, Ordering::Relaxed), texts),
            ))
        });
    }
    let asked: Asked = Arc::new(Mutex::new(vec![Vec::new(); 20]));
    let (_good, urls) = good_feeds(&asked);
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\nmin_interval_secs = 1\nmax_interval_secs = 2\n\
        body_limit_bytes = 20_000_000\n",
    );
    let all: Vec<String> = hostile.iter().map(|server| server.url("/")).chain(urls.clone()).collect();
    kazbek.list(&all);
    let daemon = Daemon::start(&kazbek);
    wait_until("every feed polled often enough", 60 + 10 * rounds as u64, || {
        let good = asked.lock().unwrap().iter().all(|times| times.len() > rounds);
        good && hostile[..2].iter().all(|server| server.asked("/").len() > 1)
            && hostile[3..].iter().all(|server| !server.asked("/").is_empty())
    });
    let peak = daemon.peak_mib();
    assert_eq!(daemon.address_space_mib(), 1_024, "the limit is in force");
    assert_eq!(daemon.stop("-TERM"), Some(0), "{}", std::fs::read_to_string(kazbek.path("log")).unwrap());
    let longest = asked
        .lock()
        .unwrap()
        .iter()
        .flat_map(|times| times.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>())
        .fold(0.0, f64::max);
    let listed = kazbek.ok(&["feeds", "list", "--json"]);
    let listed: Vec<serde_json::Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |url: &str| listed.iter().find(|feed| feed["url"] == url).unwrap();
    eprintln!(
        "{count} items a hostile feed: {longest:.1} s at most between two polls of a good feed, {peak} MiB at most; {:?}",
        all.iter().take(6).map(|url| of(url)["used"].to_string()).collect::<Vec<_>>()
    );
    for url in &urls {
        let feed = of(url);
        assert!(feed["polls"].as_u64().unwrap() >= rounds as u64 && feed["status"] == "ok", "{feed}");
    }
    // The interval is two seconds, and those of a debug build are long.
    assert!(longest < 15.0, "{longest} s between two polls of a good feed");
    assert!(peak < 512, "{peak} MiB");
    let used = &of(&all[1])["used"];
    assert_eq!(used["items_left_out"], count - 2_000, "{used}");
    assert!(used["items_taken"].as_u64().unwrap() <= 5_000, "{used}");
    assert_eq!(of(&all[0])["used"]["items_taken"], 2_000);
    assert!(of(&all[0])["reason"].as_str().unwrap().contains("the newest 2000 were read"), "{}", of(&all[0]));
    assert_eq!(kazbek.ok(&["db", "check"]), "ok: no damage found\n");
}

#[test]
fn what_a_day_has_no_room_for_is_named_and_taken_on_the_next() {
    let server = Server::start();
    server.answer("/", answer("200 OK", "ETag: \"1\"\r\n", tiny_items(0, 30)));
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\ndaily_item_limit = 20\n",
    );
    kazbek.list(&[server.url("/")]);
    for poll in 1..3 {
        kazbek.poll();
        let feed = kazbek.json(&["feeds", "list", "--json"]);
        assert_eq!((&feed["used"]["items_taken"], &feed["used"]["items_put_off"]), (&20.into(), &10.into()), "{feed}");
        assert!(feed["reason"].as_str().unwrap().starts_with("10 new items wait for tomorrow"), "{feed}");
        assert_eq!(server.asked("/").len(), poll, "it is asked for the whole again");
        assert!(server.asked("/").iter().all(|asked| asked.header("if-none-match").is_none()));
    }
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
    database.execute("UPDATE feeds SET rhythm = json_set(rhythm, '$.used.day', 20000)", []).unwrap();
    kazbek.poll();
    let feed = kazbek.json(&["feeds", "list", "--json"]);
    assert_eq!(feed["used"]["items_taken"], 10, "{feed}");
    assert!(feed["reason"].is_null() && feed["used"]["items_put_off"] == 0, "{feed}");
}

#[test]
fn a_feed_that_was_in_hand_when_the_process_died_is_polled_later_and_alone() {
    let (good, heavy) = (Server::at("127.0.0.1"), Server::at("127.0.0.2"));
    good.answer("/", answer("200 OK", "", rss(&[("Armenia", "/1", MONDAY)])));
    let text = "<description>Georgia and Armenia and Russia talk about the road. </description>".repeat(20);
    let items: String =
        (0..2_000).map(|item| format!("<item><guid>{item}</guid><title>Item {item}</title>{text}</item>")).collect();
    let document = format!("<rss version=\"2.0\"><channel><title>Heavy</title>{items}</channel></rss>");
    heavy.answer("/", answer("200 OK", "", document));
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\nmin_interval_secs = 1\nmax_interval_secs = 2\n",
    );
    // What has not changed is never in hand, so that the heavy feed is alone when the process dies.
    kazbek.list(&[good.url("/")]);
    kazbek.poll();
    kazbek.list(&[good.url("/"), heavy.url("/")]);
    let heavy_in_hand =
        || std::fs::read_to_string(kazbek.path("data/kazbek.in-hand")).is_ok_and(|ids| ids.trim() == "2");
    let feed = |url: &str| {
        let listed = kazbek.ok(&["feeds", "list", "--json"]);
        let mut feeds = listed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        feeds.find(|feed| feed["url"] == url).unwrap()
    };
    for times in 1..3 {
        let asked = good.asked("/").len();
        let daemon = Daemon::start(&kazbek);
        if times == 1 {
            wait_until("the heavy feed is in hand", 30, heavy_in_hand);
            daemon.stop("-KILL");
            continue;
        }
        // The other feed is polled; this one waits.
        wait_until("the good feed is polled", 90, || good.asked("/").len() > asked);
        daemon.stop("-TERM");
        let heavy_feed = feed(&heavy.url("/"));
        let quarantine = &heavy_feed["quarantine"];
        assert_eq!((&quarantine["times"], heavy.asked("/").len()), (&1.into(), 1), "{heavy_feed}");
        assert!(feed(&good.url("/"))["quarantine"].is_null());
        assert!(kazbek.ok(&["feeds", "list"]).contains("in quarantine"));
        let log = std::fs::read_to_string(kazbek.path("log")).unwrap();
        assert!(log.contains("kazbek ended while it had this feed in hand"), "{log}");
    }
    // It is stored after all, and the quarantine ends.
    kazbek.poll();
    let heavy_feed = feed(&heavy.url("/"));
    assert!(heavy_feed["quarantine"].is_null() && heavy_feed["status"] == "ok", "{heavy_feed}");
    assert_eq!(kazbek.ok(&["db", "check"]), "ok: no damage found\n");
}
