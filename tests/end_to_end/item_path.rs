//! The path of an item from feed to digest, through the binary and over HTTP.

use std::io::BufRead;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::kazbek::{Kazbek, ended};
use crate::support::site::{Site, rss};

const RSS: &str = "application/rss+xml";
const MONDAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";

fn three_feeds() -> (Site, Kazbek) {
    let site = Site::start();
    site.put(
        "/a.xml",
        RSS,
        rss(&[
            ("Armenia and Russia sign an agreement on the railway", "/a/1", MONDAY),
            ("Tbilisi hears the Georgian parliament on the budget", "/a/2", MONDAY),
        ]),
    );
    site.put(
        "/b.xml",
        RSS,
        rss(&[("Россия и Азербайджан возобновили переговоры", "/b/1", MONDAY), ("A recipe for bread", "/b/2", MONDAY)]),
    );
    // The first item of this feed is the first item of the other, by another road.
    site.put(
        "/c.xml",
        RSS,
        rss(&[
            ("Armenia and Russia sign an agreement on the railway", "/a/1?utm_source=rss", MONDAY),
            ("Kremlin comments on Abkhazia", "/c/2", MONDAY),
        ]),
    );
    let kazbek = Kazbek::polling(&["/a.xml", "/b.xml", "/c.xml"].map(|path| site.url(path)));
    (site, kazbek)
}

#[test]
fn three_rounds_store_everything_once_then_nothing_then_only_what_is_new() {
    let (site, kazbek) = three_feeds();
    let check = |expected: serde_json::Value| assert_eq!(kazbek.json(&["poll", "--json"]), expected);
    let summary = |fetched: u32, not_modified: u32, seen: u32, new: u32, duplicates: u32, tagged: u32| {
        serde_json::json!({"feeds": 3, "fetched": fetched, "not_modified": not_modified, "failed": 0,
            "items_seen": seen, "items_new": new, "duplicates": duplicates, "tagged": tagged, "failures": {}})
    };
    check(summary(3, 0, 6, 5, 1, 4));
    check(summary(0, 3, 0, 0, 0, 0));
    let conditional =
        site.requests().iter().filter(|head| head.to_lowercase().contains("if-none-match: \"v1\"")).count();
    assert_eq!(conditional, 3, "the validators go back verbatim");
    site.put(
        "/b.xml",
        RSS,
        rss(&[
            ("Баку и Москва обменялись нотами", "/b/3", MONDAY),
            ("Россия и Азербайджан возобновили переговоры", "/b/1", MONDAY),
        ]),
    );
    site.put("/c.xml", RSS, rss(&[("Kremlin comments on Abkhazia", "/c/2", MONDAY)]));
    check(summary(2, 1, 3, 1, 0, 1));
    let stats = kazbek.json(&["db", "stats", "--json"]);
    assert_eq!(
        (stats["items"].as_i64(), stats["sightings"].as_i64(), stats["duplicates"].as_i64()),
        (Some(6), Some(7), Some(1))
    );
    assert_eq!(kazbek.ok(&["db", "check"]), "ok: no damage found\n");
}

#[test]
fn a_digest_of_the_day_holds_the_stories_and_is_the_same_every_time() {
    let (_site, kazbek) = three_feeds();
    kazbek.poll();
    for format in ["html", "md", "text", "json", "atom"] {
        let day = ["digest", "--date", "2026-01-05", "--format", format];
        let digest = kazbek.ok(&day);
        assert!(digest.contains("Armenia and Russia sign an agreement"), "{format}: {digest}");
        assert!(digest.contains("Россия и Азербайджан"), "{format}");
        assert!(!digest.contains("recipe"), "{format}");
        assert_eq!(digest, kazbek.ok(&day), "{format}");
    }
    let empty = kazbek.ok(&["digest", "--date", "2025-06-01"]);
    assert!(!empty.contains("Armenia and Russia"), "{empty}");
}

#[test]
fn trends_count_a_day_by_tag() {
    let (_site, kazbek) = three_feeds();
    kazbek.poll();
    let report = kazbek.json(&["trends", "--since", "2026-01-01", "--until", "2026-01-10", "--format", "json"]);
    assert!(report["turning_points"].is_array());
    let series = report["series"].as_array().unwrap();
    let russia = series.iter().find(|series| series["tag"] == "place:russia").unwrap();
    let total: i64 = russia["days"].as_array().unwrap().iter().map(|day| day["items"].as_i64().unwrap()).sum();
    assert_eq!(total, 3, "{russia}");
    assert!(kazbek.ok(&["trends", "--since", "2026-01-01", "--until", "2026-01-10"]).contains("Russia"));
    let by = |step: &str| {
        kazbek.json(&["trends", "--since", "2026-01-01", "--until", "2026-01-10", "--by", step, "--format", "json"])
    };
    for (step, steps) in [("hour", 216), ("day", 9), ("week", 2), ("month", 1)] {
        let table = by(step);
        assert_eq!(table["monitored"].as_array().unwrap().len(), steps, "{step}");
        let series = table["series"].as_array().unwrap();
        let russia = series.iter().find(|series| series["subject"] == "place:russia").unwrap();
        let counts = russia["counts"].as_array().unwrap();
        assert_eq!(counts.iter().map(|count| count["items"].as_i64().unwrap()).sum::<i64>(), 3, "{step}: {russia}");
    }
    assert!(
        kazbek
            .ok(&["trends", "--since", "2026-01-01", "--until", "2026-01-10", "--by", "week"])
            .contains("\nOutlets\n")
    );
}

#[test]
fn explain_and_search_find_an_item_and_its_evidence() {
    let (_site, kazbek) = three_feeds();
    kazbek.poll();
    let hits = kazbek.ok(&["search", "--json", "Россия"]);
    let hit: serde_json::Value = serde_json::from_str(hits.lines().next().unwrap()).unwrap();
    assert_eq!(hit["title"], "Россия и Азербайджан возобновили переговоры");
    let by_id = kazbek.ok(&["explain", &hit["id"].to_string()]);
    let by_url = kazbek.ok(&["explain", "http://www.news.example/b/1#top"]);
    assert_eq!(by_id, by_url);
    assert!(by_id.contains("place:azerbaijan") && by_id.contains("title: Россия и [Азербайджан]"), "{by_id}");
    let explained = kazbek.json(&["explain", "--json", "https://news.example/a/1"]);
    assert_eq!(explained["sightings"].as_array().unwrap().len(), 2, "{explained}");
    for evidence in explained["evidence"].as_array().unwrap() {
        let (start, end) = (evidence["start"].as_u64().unwrap() as usize, evidence["end"].as_u64().unwrap() as usize);
        assert_eq!(explained["title"].as_str().unwrap().get(start..end), evidence["form"].as_str());
    }
    assert_eq!(kazbek.run(&["explain", "999"]).code, 1);
}

#[test]
fn what_is_exported_comes_in_again_and_only_once() {
    let (_site, kazbek) = three_feeds();
    kazbek.poll();
    let out = kazbek.ok(&["export"]);
    assert_eq!(out.lines().count(), 5);
    let other = Kazbek::with_config("");
    let file = other.write("history.jsonl", &out);
    let first = other.json(&["import", "--json", file.to_str().unwrap()]);
    assert_eq!((first["items_new"].as_i64(), first["bad_lines"].as_i64()), (Some(5), Some(0)), "{first}");
    let again = other.json(&["import", "--json", file.to_str().unwrap()]);
    assert_eq!(
        (again["items_new"].as_i64(), again["duplicates"].as_i64(), again["known"].as_i64()),
        (Some(0), Some(0), Some(5))
    );
    let fields = |text: &str| -> Vec<(String, String, String)> {
        let mut fields: Vec<_> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|item| (item["title"].to_string(), item["published"].to_string(), item["tags"].to_string()))
            .collect();
        fields.sort();
        fields
    };
    assert_eq!(fields(&out), fields(&other.ok(&["export"])));
    assert_eq!(kazbek.ok(&["export", "--format", "csv"]).lines().count(), 6);
    assert_eq!(kazbek.ok(&["export", "--tag", "place:abkhazia"]).lines().count(), 1);
}

#[test]
fn a_bad_line_of_input_is_named_and_the_others_are_read() {
    let kazbek = Kazbek::with_config("");
    let input = b"{\"id\":1,\"title\":\"Armenia\",\"summary\":\"\"}\nnonsense\n{\"id\":2,\"title\":\"\xff\"}\n\n{\"id\":\"z\",\"title\":\"\xd0\x91\xd0\xb0\xd0\xba\xd1\x83\"}\n";
    let ended = kazbek.feed(&["classify", "--json"], input);
    assert_eq!(ended.code, 65);
    assert_eq!(ended.stdout.lines().count(), 2, "{}", ended.stdout);
    assert!(ended.stderr.contains("-:2: ") && ended.stderr.contains("-:3: "), "{}", ended.stderr);
    let last: serde_json::Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((last["id"].as_str(), last["scope"].as_str()), (Some("z"), Some("caucasus")));
}

/// Starts the daemon and waits for a line of its log.
#[expect(clippy::zombie_processes, reason = "the caller stops and waits for it")]
fn running(kazbek: &Kazbek, until: &str) -> (std::process::Child, Vec<String>) {
    let mut child =
        kazbek.command(&["--log-format", "text", "run"]).stderr(Stdio::piped()).spawn().expect("kazbek starts");
    let mut reader = std::io::BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = Vec::new();
    let started = Instant::now();
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).expect("a log") > 0, "ended without `{until}`: {lines:?}");
        assert!(started.elapsed() < Duration::from_secs(60), "no `{until}` in {lines:?}");
        let is_it = line.contains(until);
        lines.push(line);
        if is_it {
            child.stderr = Some(reader.into_inner());
            return (child, lines);
        }
    }
}

fn stop(child: std::process::Child, signal: &str) -> crate::support::kazbek::Ended {
    let kill = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    ended(child.wait_with_output().expect("kazbek ends"))
}

#[test]
fn the_daemon_polls_writes_the_digest_and_ends_well_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let (_site, kazbek) = three_feeds();
        let (child, lines) = running(&kazbek, "digest of");
        assert!(lines.iter().any(|line| line.contains("3 feeds: 3 fetched")), "{lines:?}");
        let second = kazbek.run(&["run"]);
        assert_eq!(second.code, 1, "{}", second.stderr);
        assert!(second.stderr.contains("another kazbek works in"), "{}", second.stderr);
        let ended = stop(child, signal);
        assert_eq!(ended.code, 0, "{signal}: {}", ended.stderr);
        let digests: Vec<_> = std::fs::read_dir(kazbek.path("data/digests")).unwrap().collect();
        assert_eq!(digests.len(), 2, "one html, one md");
        assert_eq!(kazbek.ok(&["db", "check"]), "ok: no damage found\n");
        assert_eq!(kazbek.json(&["db", "stats", "--json"])["items"], 5);
    }
}

#[test]
fn where_no_feed_can_be_reached_the_daemon_says_so_once_and_writes_an_honest_digest() {
    // A port that nobody listens on.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let kazbek = Kazbek::polling(&[format!("http://{closed}/a.xml"), format!("http://{closed}/b.xml")]);
    kazbek.write(
        "kazbek.toml",
        "feeds = \"feeds.opml\"\n[digest]\nwait_for_feeds_hours = 0\n[poller]\nallow_private_addresses = true\n",
    );
    let (child, lines) = running(&kazbek, "digest of");
    let summaries: Vec<_> = lines.iter().filter(|line| line.contains("no feed could be reached")).collect();
    assert_eq!(summaries.len(), 1, "{lines:?}");
    assert_eq!(stop(child, "TERM").code, 0);
    let list = kazbek.ok(&["feeds", "list"]);
    assert!(list.matches("connect").count() >= 2, "{list}");
    assert!(list.contains("2 failing"), "{list}");
    let folder = std::fs::read_dir(kazbek.path("data/digests")).unwrap();
    let page = folder
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|ending| ending == "md"))
        .unwrap();
    let text = std::fs::read_to_string(page).unwrap();
    assert!(text.to_lowercase().contains("no feed"), "{text}");
}
