//! Issues are frozen: numbered, the same bytes for ever, corrected by the issues after them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use kazbek::api::app::issue::{self, Issue};
use kazbek::api::config::Config;
use kazbek::api::digest::{CorrectionKind, Digest};
use kazbek::api::model::{Cadence, Period};
use kazbek::api::render::digest::Format;
use kazbek::api::store::{FrozenIssue, Reader, Store};
use serde_json::{Value, json};

/// An installation in a time zone, with these items imported in this order: title, time, outlet.
fn holding(zone: &str, items: &[(&str, &str, &str)]) -> Kazbek {
    let kazbek = Kazbek::with_config(&format!("time_zone = \"{zone}\"\n"));
    import(&kazbek, items);
    kazbek
}

fn import(kazbek: &Kazbek, items: &[(&str, &str, &str)]) {
    let lines: String = items
        .iter()
        .map(|(title, published, outlet)| {
            let url =
                format!("https://{}.example/{published}/{}", outlet.to_lowercase().replace(' ', "-"), title.len());
            json!({"url": url, "title": title, "published": published, "outlet": outlet}).to_string() + "\n"
        })
        .collect();
    let ended = kazbek.feed(&["import", "-"], lines.as_bytes());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

/// The configuration; its lexicon is compiled once for all installations that have the same file.
fn config(kazbek: &Kazbek) -> Arc<Config> {
    static LOADED: LazyLock<Mutex<HashMap<String, Arc<Config>>>> = LazyLock::new(Mutex::default);
    let path = kazbek.path("kazbek.toml");
    let text = std::fs::read_to_string(&path).expect("the configuration is there");
    let mut loaded = LOADED.lock().expect("no test panicked here");
    Arc::clone(
        loaded.entry(text).or_insert_with(|| Arc::new(Config::load(Some(&path)).expect("the configuration is good"))),
    )
}

fn freeze(kazbek: &Kazbek, cadence: Cadence, day: Date) -> FrozenIssue {
    let config = config(kazbek);
    let period = Period::containing(cadence, day, config.time_zone.clone()).expect("a period");
    let mut store = Store::open(&kazbek.path("data/kazbek.db")).expect("the store opens");
    issue::freeze(&mut store, &config, &period, later()).expect("the issue is frozen")
}

/// Long after all periods of these tests.
fn later() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().expect("a time")
}

fn digest(frozen: &FrozenIssue) -> Digest {
    serde_json::from_str(&frozen.json).expect("an issue")
}

fn headlines(digest: &Digest) -> Vec<&str> {
    let stories = digest.sections.iter().flat_map(|section| &section.stories);
    let mut headlines: Vec<&str> = stories.map(|story| story.headline.as_str()).collect();
    headlines.sort_unstable();
    headlines
}

const RAIL: &str = "Armenia and Russia sign an agreement on the northern railway";
const PORT: &str = "Abkhazia opens a new pier in the port of Ochamchire";

#[test]
fn a_frozen_issue_gives_the_same_bytes_whatever_comes_after_it() {
    let kazbek = holding(
        "Asia/Tbilisi",
        &[(RAIL, "2026-01-05T08:00:00Z", "Pass Post"), (PORT, "2026-01-05T09:00:00Z", "Shore Wire")],
    );
    let frozen = freeze(&kazbek, Cadence::Day, date(2026, 1, 5));
    assert_eq!((frozen.head.number, frozen.head.label.as_str()), (1, "2026-01-05"));
    assert_eq!(digest(&frozen).content_hash, frozen.head.content_hash);
    assert_eq!(digest(&frozen).number, Some(1));
    let all = |kazbek: &Kazbek| -> Vec<String> {
        let formats = ["html", "mail", "md", "text", "json", "atom"];
        formats.iter().map(|format| kazbek.ok(&["digest", "--date", "2026-01-05", "--format", format])).collect()
    };
    let before = all(&kazbek);
    assert_eq!(before[4], frozen.json);
    import(
        &kazbek,
        &[("Georgia and Azerbaijan open a border crossing at night", "2026-01-05T10:00:00Z", "Late Lines")],
    );
    kazbek.ok(&["reclassify"]);
    assert_eq!(all(&kazbek), before);
    assert_eq!(freeze(&kazbek, Cadence::Day, date(2026, 1, 5)), frozen, "an issue is written once");
    let issue = Issue::frozen(frozen).expect("readable");
    assert_eq!(issue.render(Format::Html), before[0]);
}

#[test]
fn what_came_late_or_changed_is_listed_once_in_the_next_issue() {
    let site = Site::start();
    let put = |items: &[(&str, &str, &str)]| site.put("/a.xml", "application/rss+xml", rss(items));
    let monday = "Mon, 05 Jan 2026 08:00:00 GMT";
    put(&[(RAIL, "/a/1", monday), (PORT, "/a/2", monday)]);
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.poll();
    assert!(digest(&freeze(&kazbek, Cadence::Day, date(2026, 1, 5))).corrections.is_empty());
    let retitled = "Armenia and Russia postpone the agreement on the northern railway";
    let late = "Tbilisi and Baku agree on the price of electricity";
    put(&[(retitled, "/a/1", monday), (PORT, "/a/2", monday), (late, "/a/3", "Mon, 05 Jan 2026 20:00:00 GMT")]);
    kazbek.poll();
    let next = digest(&freeze(&kazbek, Cadence::Day, date(2026, 1, 6)));
    let found: Vec<_> = next
        .corrections
        .iter()
        .map(|line| (line.kind, line.issue.as_str(), line.title.as_str(), line.was.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (CorrectionKind::Retitled, "2026-01-05", retitled, Some(RAIL)),
            (CorrectionKind::Late, "2026-01-05", late, None)
        ]
    );
    assert!(next.sections.is_empty(), "nothing else happened on that day: {:?}", headlines(&next));
    assert!(
        digest(&freeze(&kazbek, Cadence::Day, date(2026, 1, 7))).corrections.is_empty(),
        "a correction stands once"
    );
}

#[test]
fn a_story_comes_back_only_where_it_moved_and_is_then_a_follow_up() {
    let kazbek =
        holding("UTC", &[(RAIL, "2026-01-05T20:00:00Z", "Pass Post"), (PORT, "2026-01-05T20:00:00Z", "Shore Wire")]);
    freeze(&kazbek, Cadence::Day, date(2026, 1, 5));
    import(
        &kazbek,
        &[
            // The rail story once more, as it was.
            (RAIL, "2026-01-06T02:00:00Z", "Valley Echo"),
            // The port story goes on, in two newsrooms with words of their own.
            ("First ship moors at the new pier of Ochamchire port in Abkhazia", "2026-01-06T03:00:00Z", "Coast Herald"),
            (
                "New pier at Ochamchire port in Abkhazia takes on its first cargo of coal",
                "2026-01-06T04:00:00Z",
                "Sea Letter",
            ),
            ("Chechnya counts the damage of a flood in Grozny", "2026-01-06T05:00:00Z", "Terek Line"),
        ],
    );
    let next = digest(&freeze(&kazbek, Cadence::Day, date(2026, 1, 6)));
    let stories: Vec<_> = next.sections.iter().flat_map(|section| &section.stories).collect();
    let follow_up: Vec<_> = stories.iter().filter_map(|story| story.follow_up_to.as_deref()).collect();
    assert!(!headlines(&next).contains(&RAIL), "{:?}", headlines(&next));
    assert_eq!(next.counts.repeated, 1);
    assert_eq!(follow_up, ["2026-01-05"], "{:?}", headlines(&next));
}

#[test]
fn a_story_stands_where_its_headline_belongs_and_not_where_its_text_touches() {
    let kazbek = Kazbek::with_config("time_zone = \"UTC\"\n");
    let line = json!({
        "url": "https://post.example/1", "outlet": "Pass Post", "published": "2026-01-05T08:00:00Z",
        "title": "Russia raises the price of grain for export",
        "summary": "The new price holds from Monday. A buyer in Grozny, the capital of Chechnya, told of long queues.",
    });
    let ended = kazbek.feed(&["import", "-"], format!("{line}\n").as_bytes());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let issue = digest(&freeze(&kazbek, Cadence::Day, date(2026, 1, 5)));
    let sections: Vec<&str> = issue.sections.iter().map(|section| section.id.as_str()).collect();
    assert_eq!(sections, ["russia"]);
    let tags: Vec<&str> = issue.sections[0].stories[0].tags.iter().map(|tag| tag.tag.as_str()).collect();
    assert!(tags.contains(&"place:chechnya"), "the text says it: {tags:?}");
}

#[test]
fn the_name_of_an_outlet_is_no_evidence() {
    let title = "Ingushetia raises the budget of its schools | Yerevan Courier";
    let kazbek = holding("UTC", &[(title, "2026-01-05T08:00:00Z", "Yerevan Courier")]);
    for _ in 0..2 {
        let issue: Value =
            serde_json::from_str(&kazbek.ok(&["digest", "--date", "2026-01-05", "--format", "json"])).expect("JSON");
        let story = &issue["sections"][0]["stories"][0];
        assert_eq!(
            (&issue["sections"][0]["id"], &story["headline"]),
            (&"north-caucasus".into(), &"Ingushetia raises the budget of its schools".into())
        );
        assert!(!story["tags"].to_string().contains("armenia"), "{story}");
        kazbek.ok(&["reclassify"]);
    }
}

#[test]
fn every_label_beside_a_foreign_headline_is_english() {
    let config = Config::load(None).expect("the built-in configuration is good");
    let foreign: Vec<_> = issue::labels(&config.lexicon)
        .into_iter()
        .filter(|(_, label)| label.chars().any(|letter| letter.is_alphabetic() && letter > '\u{2af}'))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn issues_are_numbered_within_their_cadence_and_written_when_empty() {
    let kazbek = holding("UTC", &[(RAIL, "2026-12-31T20:00:00Z", "Pass Post")]);
    let check = |cadence: Cadence, day: Date, label: &str, number: u32, stories: usize| {
        let frozen = freeze(&kazbek, cadence, day);
        assert_eq!((frozen.head.label.as_str(), frozen.head.number), (label, number));
        assert_eq!(digest(&frozen).counts.stories, stories, "{label}");
    };
    check(Cadence::Day, date(2026, 12, 30), "2026-12-30", 1, 0);
    check(Cadence::Day, date(2026, 12, 31), "2026-12-31", 2, 1);
    check(Cadence::Day, date(2027, 1, 1), "2027-01-01", 3, 0);
    // The last week of 2026 has the number 53 and ends in 2027.
    check(Cadence::Week, date(2027, 1, 3), "2026-W53", 1, 1);
    check(Cadence::Week, date(2027, 1, 4), "2027-W01", 2, 0);
    check(Cadence::Month, date(2026, 12, 1), "2026-12", 1, 1);
    check(Cadence::Year, date(2026, 7, 1), "2026", 1, 1);
    let empty = kazbek.ok(&["digest", "--date", "2027-01-01"]);
    assert!(empty.contains("Nothing in scope") && empty.contains("No. 3"), "{empty}");
    let heads = kazbek.json(&["digest", "--list", "--json"]);
    let labels: Vec<&str> = heads.as_array().unwrap().iter().filter_map(|head| head["label"].as_str()).collect();
    assert_eq!(labels.len(), 7, "{labels:?}");
    assert!(
        heads.as_array().unwrap().iter().all(|head| head["content_hash"].as_str().is_some_and(|hash| hash.len() == 32))
    );
}

#[test]
fn a_period_that_is_still_running_is_not_frozen() {
    let kazbek = holding("UTC", &[(RAIL, "2026-01-05T08:00:00Z", "Pass Post")]);
    let config = config(&kazbek);
    let period = Period::containing(Cadence::Week, date(2026, 1, 5), TimeZone::UTC).unwrap();
    let mut store = Store::open(&kazbek.path("data/kazbek.db")).unwrap();
    let last: Timestamp = "2026-01-11T23:59:59Z".parse().unwrap();
    let refused = issue::freeze(&mut store, &config, &period, last).unwrap_err().to_string();
    assert!(refused.contains("2026-W02 is still running"), "{refused}");
    let end: Timestamp = "2026-01-12T00:00:00Z".parse().unwrap();
    assert_eq!(issue::freeze(&mut store, &config, &period, end).unwrap().head.number, 1);
}

#[test]
fn a_running_period_reads_the_same_at_any_hour_and_says_up_to_when_the_store_knows_it() {
    let kazbek = holding("UTC", &[(RAIL, "2026-01-05T08:00:00Z", "Pass Post")]);
    let config = config(&kazbek);
    let store = Reader::open(&kazbek.path("data/kazbek.db")).unwrap();
    // Nobody polls: no hour makes what is known any newer.
    let period = Period::containing(Cadence::Year, date(2200, 1, 1), TimeZone::UTC).unwrap();
    let end = period.end_instant().unwrap();
    let of = |hours: i64| {
        let now = end - jiff::SignedDuration::from_hours(hours);
        issue::issue(&store, &config, period.clone(), now).unwrap().render(kazbek::api::render::digest::Format::Json)
    };
    assert_eq!(of(2), of(1));
    let known: Digest = serde_json::from_str(&of(1)).unwrap();
    let until = known.panel.complete_until.unwrap();
    let store_knows: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
    assert!(until < store_knows, "when the item was imported, and no time of the year 2200: {until}");
}

#[test]
fn a_day_of_daylight_saving_holds_each_item_once() {
    // Midnights of Berlin around the days of 23 and of 25 hours, and of Beirut, where a spring day begins at one
    // o'clock.
    let check = |zone: &str, day: Date, inside: [&str; 2], outside: [&str; 2]| {
        let items = [
            ("Armenia and Iran open a bridge over the Araks", inside[0], "Pass Post"),
            ("Chechnya counts the damage of a flood in Grozny", inside[1], "Terek Line"),
            ("Georgia sells its share in the port of Poti", outside[0], "Shore Wire"),
            ("Azerbaijan and Turkey test a gas pipeline near Shusha", outside[1], "Caspian Echo"),
        ];
        let kazbek = holding(zone, &items);
        let found = digest(&freeze(&kazbek, Cadence::Day, day));
        let mut wanted = [items[0].0, items[1].0];
        wanted.sort_unstable();
        assert_eq!(headlines(&found), wanted, "{zone} {day}");
    };
    check(
        "Europe/Berlin",
        date(2025, 3, 30),
        ["2025-03-29T23:00:00Z", "2025-03-30T21:59:59Z"],
        ["2025-03-29T22:59:59Z", "2025-03-30T22:00:00Z"],
    );
    check(
        "Europe/Berlin",
        date(2025, 10, 26),
        ["2025-10-25T22:00:00Z", "2025-10-26T22:59:59Z"],
        ["2025-10-25T21:59:59Z", "2025-10-26T23:00:00Z"],
    );
    check(
        "Asia/Beirut",
        date(2025, 3, 30),
        ["2025-03-29T22:00:00Z", "2025-03-30T20:59:59Z"],
        ["2025-03-29T21:59:59Z", "2025-03-30T21:00:00Z"],
    );
}

#[test]
fn the_order_of_ingest_does_not_change_an_issue() {
    let items = [
        (RAIL, "2026-01-05T08:00:00Z", "Pass Post"),
        (PORT, "2026-01-05T09:00:00Z", "Shore Wire"),
        (RAIL, "2026-01-05T08:30:00Z", "Valley Echo"),
        ("Chechnya counts the damage of a flood in Grozny", "2026-01-05T05:00:00Z", "Terek Line"),
        ("Грузия продала долю в порту Поти", "2026-01-05T07:00:00Z", "Вести моря"),
    ];
    let forward = holding("UTC", &items);
    let mut turned = items;
    turned.reverse();
    let backward = holding("UTC", &turned);
    let frozen = freeze(&forward, Cadence::Day, date(2026, 1, 5));
    // Each import sees its items at its own second, which the hash of the content covers.
    let timeless = |json: &str| -> Vec<String> {
        let of_the_import = |line: &&str| ["\"first_seen\"", "\"content_hash\""].iter().any(|key| line.contains(key));
        json.lines().filter(|line| !of_the_import(line)).map(str::to_owned).collect()
    };
    let turned = freeze(&backward, Cadence::Day, date(2026, 1, 5));
    assert_eq!(timeless(&frozen.json), timeless(&turned.json));
    let value: Value = serde_json::from_str(&frozen.json).unwrap();
    assert_eq!(value["counts"]["stories"], 4, "{}", value["counts"]);
}

/// What RFC 4287 (4.1.1, 4.1.2) and JSON Feed 1.1 ask of every feed and entry, as the W3C's validator checks it.
#[test]
fn out_feeds_are_valid_and_keep_their_ids() {
    let items = [
        (RAIL, "2026-01-05T08:00:00Z", "Pass Post"),
        (PORT, "2026-01-05T09:00:00Z", "Shore Wire"),
        ("Грузия продала долю в порту Поти <b>&amp;</b>", "2026-01-05T07:00:00Z", "Вести моря"),
    ];
    let kazbek = holding("UTC", &items);
    kazbek.write("kazbek.toml", "public_url = \"https://news.example/kazbek/\"\n[[out_feed]]\nname = \"piers\"\nsearch = \"pier OR Поти\"\nlimit = 5\n");
    freeze(&kazbek, Cadence::Day, date(2026, 1, 5));
    freeze(&kazbek, Cadence::Week, date(2026, 1, 5));
    let check = |arguments: &[&str], entries: usize| {
        let atom = kazbek.ok(&[&["out-feed"], arguments].concat());
        let json = kazbek.json(&[&["out-feed", "--format", "json"], arguments].concat());
        let mut ids = atom_ids(&atom);
        assert_eq!(ids.len(), entries, "{arguments:?}: {atom}");
        let listed = json["items"].as_array().expect("items");
        assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
        assert!(json["title"].as_str().is_some_and(|title| !title.is_empty()));
        let in_json: Vec<&str> = listed.iter().filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(ids, in_json, "the same entry has the same id in both");
        for item in listed {
            assert!(item["content_text"].is_string() || item["content_html"].is_string(), "{item}");
            let dated = item["date_published"].as_str().expect("a date").parse::<Timestamp>();
            assert!(dated.is_ok(), "{item}");
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), entries, "an id twice in {arguments:?}");
        // And a feed reader, our own, has nothing to complain of.
        let file = kazbek.write("out.atom", &atom);
        let parsed = kazbek.json(&["parse", file.to_str().expect("a path"), "--json"]);
        assert_eq!(
            (parsed["format"].as_str(), parsed["warnings"].as_array().map(Vec::len)),
            (Some("atom-1.0"), Some(0)),
            "{}",
            parsed["warnings"]
        );
        ids
    };
    let all = check(&["items"], 3);
    assert_eq!(check(&["items-caucasus-russia"], 1).len(), 1);
    assert!(
        check(&["--tag", "place:abkhazia"], 1).iter().all(|id| all.contains(id)),
        "an item has one id in all feeds"
    );
    assert!(check(&["piers"], 2).iter().all(|id| all.contains(id)));
    check(&["--search", "nothing"], 0);
    check(&["issues"], 2);
    assert_eq!(
        check(&["issues-day"], 1),
        atom_ids(&kazbek.ok(&["digest", "--date", "2026-01-05", "--format", "atom"]))
    );
    let page = kazbek.ok(&["digest", "--date", "2026-01-05", "--format", "md"]);
    assert!(page.contains("https://news.example/kazbek/issues/day/2026-01-05"), "{page}");
    assert!(
        kazbek.ok(&["out-feed", "issues"]).contains(
            "rel=\"self\" type=\"application/atom+xml\" href=\"https://news.example/kazbek/feeds/issues.atom\""
        )
    );
    assert_eq!(kazbek.run(&["out-feed", "no-such"]).code, 2);
    assert!(kazbek.ok(&["out-feed"]).contains("piers"));
}

/// The ids of the entries of an Atom feed, each with all that an entry must have.
fn atom_ids(atom: &str) -> Vec<String> {
    let count = |text: &str, part: &str| text.matches(part).count();
    let (head, rest) = atom.split_once("<entry>").unwrap_or((atom, ""));
    for (part, name) in [("<id>", "id"), ("<title>", "title"), ("<updated>", "updated"), ("<author>", "author")] {
        assert_eq!(count(head, part), 1, "the feed's {name}: {head}");
    }
    let entries = rest.split("<entry>").filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            for part in ["<id>urn:uuid:", "<title", "<updated>"] {
                assert_eq!(count(entry, part), 1, "{part}: {entry}");
            }
            assert!(entry.contains("rel=\"alternate\"") || entry.contains("<content"), "{entry}");
            let (_, id) = entry.split_once("<id>").expect("an id");
            id.split_once("</id>").expect("an id").0.to_owned()
        })
        .collect()
}
