//! What the store keeps over time: edits, duplicates, counts, retention, damage.

mod support;

use support::kazbek::Kazbek;
use support::site::{Site, rss};

const RSS: &str = "application/rss+xml";
const DAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";

fn one_feed(items: &[(&str, &str, &str)]) -> (Site, Kazbek) {
    let site = Site::start();
    site.put("/a.xml", RSS, rss(items));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.ok(&["poll"]);
    (site, kazbek)
}

fn is_sound(kazbek: &Kazbek) {
    assert_eq!(kazbek.ok(&["db", "check"]), "ok: no damage found\n");
}

#[test]
fn an_edited_headline_keeps_its_former_words_and_gets_its_tags_anew() {
    let (site, kazbek) = one_feed(&[("Armenia signs an agreement in Brussels", "/1", DAY)]);
    site.put("/a.xml", RSS, rss(&[("Georgia signs an agreement in Brussels, Tbilisi says", "/1", DAY)]));
    let summary = kazbek.json(&["poll", "--json"]);
    assert_eq!((summary["items_new"].as_i64(), summary["duplicates"].as_i64()), (Some(0), Some(0)));
    let explained = kazbek.json(&["explain", "--json", "https://news.example/1"]);
    assert_eq!(explained["versions"][0]["title"], "Armenia signs an agreement in Brussels");
    let tags = explained["tags"].to_string();
    assert!(tags.contains("place:georgia") && !tags.contains("place:armenia"), "{tags}");
    let text = kazbek.ok(&["explain", "https://news.example/1"]);
    assert!(text.contains("[-Armenia-] {+Georgia+}") || text.contains("[-Armenia signs"), "{text}");
    assert_eq!(kazbek.ok(&["search", "--json", "Armenia"]), "", "the former words are not found");
    assert_eq!(kazbek.ok(&["search", "--json", "Tbilisi"]).lines().count(), 1);
    is_sound(&kazbek);
}

#[test]
fn a_clock_in_the_summary_is_no_edit() {
    let feed = |minutes: u32| {
        format!(
            "<rss version=\"2.0\"><channel><title>x</title><item><title>Baku hosts talks</title><link>https://news.example/1</link>\
             <description>Updated {minutes} minutes ago</description></item></channel></rss>"
        )
    };
    let site = Site::start();
    site.put("/a.xml", RSS, feed(1));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    for minutes in 1..5 {
        site.put("/a.xml", RSS, feed(minutes));
        kazbek.ok(&["poll"]);
    }
    assert_eq!(kazbek.json(&["explain", "--json", "https://news.example/1"])["versions"].as_array().unwrap().len(), 0);
    is_sound(&kazbek);
}

#[test]
fn a_page_that_changes_at_every_fetch_does_not_fill_the_disk() {
    let (site, kazbek) = one_feed(&[("Yerevan: day 0", "/1", DAY)]);
    for day in 1..40 {
        site.put("/a.xml", RSS, rss(&[(&format!("Yerevan: day {day}"), "/1", DAY)]));
        kazbek.ok(&["poll"]);
    }
    assert_eq!(kazbek.json(&["explain", "--json", "https://news.example/1"])["versions"].as_array().unwrap().len(), 24);
    is_sound(&kazbek);
}

#[test]
fn a_feed_that_changes_its_ids_does_not_give_its_items_again() {
    let feed = |round: u32| {
        let item = |number: u32| {
            format!(
                "<item><title>Tbilisi council debates item number {number} of the budget</title><guid>{round}-{number}</guid>\
                 <link>https://news.example/{number}</link></item>"
            )
        };
        format!(
            "<rss version=\"2.0\"><channel><title>x</title>{}</channel></rss>",
            (0..5).map(item).collect::<String>()
        )
    };
    let site = Site::start();
    site.put("/a.xml", RSS, feed(0));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    assert_eq!(kazbek.json(&["poll", "--json"])["items_new"], 5);
    for round in 1..4 {
        site.put("/a.xml", RSS, feed(round));
        let summary = kazbek.json(&["poll", "--json"]);
        assert_eq!((summary["items_new"].as_i64(), summary["duplicates"].as_i64()), (Some(0), Some(0)), "{summary}");
    }
    assert_eq!(kazbek.json(&["db", "stats", "--json"])["sightings"], 5);
    is_sound(&kazbek);
}

#[test]
fn what_was_purged_does_not_come_back_as_new() {
    let (site, kazbek) =
        one_feed(&[("A recipe for bread", "/old", DAY), ("Moscow and Yerevan hold talks", "/talks", DAY)]);
    let config = "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n[store]\nout_of_scope_days = 1\n";
    kazbek.write("kazbek.toml", config);
    kazbek.ok(&["db", "compact"]);
    let stats = kazbek.json(&["db", "stats", "--json"]);
    assert_eq!((stats["items"].as_i64(), stats["tagged"].as_i64()), (Some(1), Some(1)));
    site.put(
        "/a.xml",
        RSS,
        rss(&[
            ("A recipe for bread", "/old", DAY),
            ("Moscow and Yerevan hold talks", "/talks", DAY),
            ("Baku answers Moscow", "/new", DAY),
        ]),
    );
    assert_eq!(kazbek.json(&["poll", "--json"])["items_new"], 1, "only the new one");
    is_sound(&kazbek);
    kazbek.write("kazbek.toml", &config.replace("out_of_scope_days", "in_scope_days"));
    kazbek.ok(&["db", "compact"]);
    assert_eq!(kazbek.json(&["db", "stats", "--json"])["items"], 0);
    assert_eq!(kazbek.ok(&["search", "--json", "Moscow"]), "");
    is_sound(&kazbek);
}

#[test]
fn duplicates_are_kept_as_sightings_and_counts_equal_a_recount() {
    let site = Site::start();
    let wire = "Armenia and Azerbaijan exchange drafts of the peace agreement in Geneva";
    site.put("/a.xml", RSS, rss(&[(wire, "/wire", "Mon, 05 Jan 2026 09:00:00 GMT")]));
    site.put("/b.xml", RSS, rss(&[(&format!("{wire} - Agency"), "/copy", DAY)]));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.ok(&["poll"]);
    // The copy was published first: it takes the lead of the group when it comes in.
    kazbek.list(&[site.url("/a.xml"), site.url("/b.xml")]);
    let summary = kazbek.json(&["poll", "--json"]);
    assert_eq!((summary["items_new"].as_i64(), summary["duplicates"].as_i64()), (Some(0), Some(1)), "{summary}");
    let later = kazbek.json(&["explain", "--json", "https://news.example/wire"]);
    let first = kazbek.json(&["explain", "--json", "https://news.example/copy"]);
    assert_eq!(later["duplicate_of"], first["id"], "{later}");
    assert_eq!(first["found"]["level"], "near-duplicate");
    is_sound(&kazbek);
}

#[test]
fn damage_is_found_and_a_backup_is_whole() {
    let items: Vec<(String, String)> =
        (0..300).map(|n| (format!("Moscow and Tbilisi, report {n}"), format!("/{n}"))).collect();
    let items: Vec<(&str, &str, &str)> =
        items.iter().map(|(title, path)| (title.as_str(), path.as_str(), DAY)).collect();
    let (_site, kazbek) = one_feed(&items);
    let copy = kazbek.path("copy.db");
    kazbek.ok(&["db", "backup", copy.to_str().unwrap()]);
    assert_eq!(
        kazbek.run(&["db", "backup", copy.to_str().unwrap()]).code,
        1,
        "a file that is there is not overwritten"
    );
    let restored = Kazbek::polling(&[]);
    std::fs::create_dir(restored.path("data")).unwrap();
    std::fs::copy(&copy, restored.path("data/kazbek.db")).unwrap();
    is_sound(&restored);
    assert_eq!(kazbek.ok(&["export"]), restored.ok(&["export"]));
    // A page in the middle of the file is overwritten.
    let path = kazbek.path("data/kazbek.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(kazbek.run(&["db", "check"]).code, 65);
}

#[test]
fn a_directory_that_cannot_be_written_is_told() {
    let kazbek = Kazbek::polling(&[]);
    std::fs::write(kazbek.path("data"), b"a file where a directory should be").unwrap();
    let ended = kazbek.run(&["poll"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("data directory"), "{}", ended.stderr);
}
