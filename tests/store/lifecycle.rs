//! What the store keeps over time: edits, duplicates, counts, retention, damage.

use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

const RSS: &str = "application/rss+xml";
const DAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";

fn one_feed(items: &[(&str, &str, &str)]) -> (Site, Kazbek) {
    let site = Site::start();
    site.put("/a.xml", RSS, rss(items));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.poll();
    (site, kazbek)
}

#[test]
fn an_item_that_says_only_when_it_was_updated_is_of_that_day() {
    let site = Site::start();
    let feed = "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title>Yerevan and Moscow talk</title>\
        <link href='https://news.example/1'/><id>1</id><updated>2026-01-05T08:00:00Z</updated></entry></feed>";
    site.put("/a.xml", "application/atom+xml", feed);
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.poll();
    let item: serde_json::Value = serde_json::from_str(kazbek.ok(&["export"]).trim()).unwrap();
    assert_eq!(item["published"], "2026-01-05T08:00:00Z");
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
    kazbek.is_sound("");
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
        kazbek.poll();
    }
    assert_eq!(kazbek.json(&["explain", "--json", "https://news.example/1"])["versions"].as_array().unwrap().len(), 0);
    kazbek.is_sound("");
}

#[test]
fn a_page_that_changes_at_every_fetch_does_not_fill_the_disk() {
    let (site, kazbek) = one_feed(&[("Yerevan: day 0", "/1", DAY)]);
    for day in 1..28 {
        site.put("/a.xml", RSS, rss(&[(&format!("Yerevan: day {day}"), "/1", DAY)]));
        kazbek.poll();
    }
    assert_eq!(kazbek.json(&["explain", "--json", "https://news.example/1"])["versions"].as_array().unwrap().len(), 24);
    kazbek.is_sound("");
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
    kazbek.is_sound("");
}

#[test]
fn what_was_purged_does_not_come_back_as_new() {
    let (site, kazbek) =
        one_feed(&[("A recipe for bread", "/old", DAY), ("Moscow and Yerevan hold talks", "/talks", DAY)]);
    let config = "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n[store]\nout_of_scope_days = 1\n";
    kazbek.write("kazbek.toml", config);
    kazbek.ok(&["db", "prune"]);
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
    kazbek.is_sound("");
    kazbek.write("kazbek.toml", &config.replace("out_of_scope_days", "in_scope_days"));
    kazbek.ok(&["db", "prune"]);
    assert_eq!(kazbek.json(&["db", "stats", "--json"])["items"], 0);
    assert_eq!(kazbek.ok(&["search", "--json", "Moscow"]), "");
    kazbek.is_sound("");
}

#[test]
fn nobody_keeps_a_page_from_its_own_site_by_giving_it_first() {
    let (site, kazbek) = one_feed(&[("Moscow and Yerevan hold talks", "/talks", DAY)]);
    kazbek.write(
        "kazbek.toml",
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n[store]\nin_scope_days = 1\n",
    );
    kazbek.ok(&["db", "prune"]);
    assert_eq!(kazbek.json(&["db", "stats", "--json"])["items"], 0);
    let item = "<item><title>Talks of Moscow and Yerevan begin</title><link>https://news.example/talks</link></item>";
    let feed = format!("<rss version=\"2.0\"><channel><title>T</title>{item}</channel></rss>");
    let outline =
        |path: &str, page: &str| format!("<outline text=\"{path}\" xmlUrl=\"{}\" htmlUrl=\"{page}\"/>", site.url(path));
    let outlines = [
        outline("/a.xml", "https://other.example/"),
        outline("/stranger.xml", "https://stranger.example/"),
        outline("/own.xml", "https://news.example/"),
    ];
    for (path, feeds, new) in [("/stranger.xml", 2, 0), ("/own.xml", 3, 1)] {
        site.put(path, RSS, feed.clone());
        let list = outlines[..feeds].concat();
        kazbek.write("feeds.opml", &format!("<opml version=\"2.0\"><body>{list}</body></opml>"));
        assert_eq!(kazbek.json(&["poll", "--json"])["items_new"], new, "{path}");
    }
    kazbek.is_sound("");
}

/// A store with an item of each scope, dated long ago, under a configuration that keeps neither.
fn expired_items() -> (Site, Kazbek) {
    let (site, kazbek) =
        one_feed(&[("A recipe for bread", "/old", DAY), ("Moscow and Yerevan hold talks", "/talks", DAY)]);
    kazbek.write("kazbek.toml", "feeds = \"feeds.opml\"\n[store]\nin_scope_days = 1\nsize_limit_mib = 1000\n");
    (site, kazbek)
}

#[test]
fn compact_removes_no_item_however_old() {
    let (_site, kazbek) = expired_items();
    let before = kazbek.ok(&["export"]);
    let connection = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
    let fill = "CREATE TABLE filler (bytes BLOB); INSERT INTO filler SELECT randomblob(1000000); DROP TABLE filler";
    connection.execute_batch(fill).unwrap();
    drop(connection);
    let size_bytes = || std::fs::metadata(kazbek.path("data/kazbek.db")).unwrap().len();
    let full = size_bytes();
    kazbek.ok(&["db", "compact"]);
    assert_eq!(kazbek.ok(&["export"]), before);
    assert!(size_bytes() + 900_000 < full, "{} of {full} bytes are left", size_bytes());
    kazbek.is_sound("");
}

#[test]
fn a_dry_run_of_prune_counts_what_a_prune_removes_and_changes_nothing() {
    let (_site, kazbek) = expired_items();
    let counts = |arguments: &[&str]| {
        let report = kazbek.json(&[&["db", "prune", "--json"], arguments].concat());
        ["dry_run", "texts_dropped", "items_out_of_scope", "items_in_scope"].map(|key| report[key].clone())
    };
    let path = kazbek.path("data/kazbek.db");
    let (exported, file) = (kazbek.ok(&["export"]), std::fs::read(&path).unwrap());
    let text = kazbek.ok(&["db", "prune", "--dry-run"]);
    assert!(text.starts_with("would be removed\n"), "{text}");
    let preview = counts(&["--dry-run"]);
    assert_eq!((kazbek.ok(&["export"]), std::fs::read(&path).unwrap()), (exported, file));
    assert_eq!(serde_json::json!(preview), serde_json::json!([true, 0, 1, 1]));
    assert_eq!(serde_json::json!(counts(&[])), serde_json::json!([false, 0, 1, 1]));
    assert_eq!(kazbek.ok(&["export"]), "");
    assert_eq!(serde_json::json!(counts(&["--dry-run"])), serde_json::json!([true, 0, 0, 0]));
    kazbek.is_sound("");
}

#[test]
fn maintenance_creates_no_database() {
    let kazbek = Kazbek::polling(&[]);
    for command in ["compact", "repair", "prune"] {
        let ended = kazbek.run(&["db", command]);
        assert!(ended.code == 1 && ended.stderr.contains("no database yet"), "{command}: {}", ended.stderr);
        assert!(!kazbek.path("data/kazbek.db").exists(), "{command}");
    }
}

#[test]
fn duplicates_are_kept_as_sightings_and_counts_equal_a_recount() {
    let site = Site::start();
    let wire = "Armenia and Azerbaijan exchange drafts of the peace agreement in Geneva";
    site.put("/a.xml", RSS, rss(&[(wire, "/wire", "Mon, 05 Jan 2026 09:00:00 GMT")]));
    site.put("/b.xml", RSS, rss(&[(&format!("{wire} - Agency"), "/copy", DAY)]));
    let kazbek = Kazbek::polling(&[site.url("/a.xml")]);
    kazbek.poll();
    // The copy was published first: it takes the lead of the group when it comes in.
    kazbek.list(&[site.url("/a.xml"), site.url("/b.xml")]);
    let summary = kazbek.json(&["poll", "--json"]);
    assert_eq!((summary["items_new"].as_i64(), summary["duplicates"].as_i64()), (Some(0), Some(1)), "{summary}");
    let later = kazbek.json(&["explain", "--json", "https://news.example/wire"]);
    let first = kazbek.json(&["explain", "--json", "https://news.example/copy"]);
    assert_eq!(later["duplicate_of"], first["id"], "{later}");
    assert_eq!(first["found"]["level"], "near-duplicate");
    kazbek.is_sound("");
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
    restored.is_sound("the copy");
    assert_eq!(kazbek.ok(&["export"]), restored.ok(&["export"]));
    // A whole page (of 8 KiB) in the middle of the file is overwritten: half a page may be room that nothing uses.
    let path = kazbek.path("data/kazbek.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 8192 * 8192;
    bytes[middle..middle + 8192].fill(0x5a);
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

/// What a search gives: the paths of the items that it finds.
#[test]
fn a_search_finds_words_of_any_script_however_they_are_written() {
    let (_site, kazbek) = one_feed(&[
        ("Bakıda Azərbaycan və Ermənistan danışıqları", "/az", DAY),
        ("Королёв посетил Москву и Тбилиси", "/ru", DAY),
        ("საქართველოს პარლამენტი თბილისში", "/ka", DAY),
        ("Երևանում Հայաստանի կառավարությունը", "/hy", DAY),
        ("گفتگوهای ایران و ارمنستان در تهران", "/fa", DAY),
        ("Moscow's envoy on C++ in Tbilisi: \"Upper Lars\" is open", "/en", DAY),
    ]);
    let check = |query: &str, expected: &[&str]| assert_eq!(kazbek.found(&[query]), expected, "{query}");
    check("Bakida", &["az"]);
    check("BAKIDA azerbaycan", &["az"]);
    check("ermenistan", &["az"]);
    check("danisiqlari", &["az"]);
    check("королев", &["ru"]);
    check("КОРОЛЁВ", &["ru"]);
    check("Москв*", &["ru"]);
    check("თბილისში", &["ka"]);
    check("პარლამ*", &["ka"]);
    check("Երեւանում", &["hy"]);
    check("հայաստանի", &["hy"]);
    check("ايران", &["fa"]);
    check("\"Upper Lars\"", &["en"]);
    check("\"Lars Upper\"", &[]);
    check("„upper lars“ - tbilisi", &["en"]);
    check("C++", &["en"]);
    check("тбилиси OR tbilisi", &["en", "ru"]);
    check("moscow's (tbilisi)", &["en"]);
    check("OR tbilisi OR", &["en"]);
    check("tbilisi AND NEAR(", &[]);
    check("title:tbilisi ^moscow", &[]);
    check("\"unclosed", &[]);
    assert_eq!(kazbek.found(&["--", "-tbilisi"]), ["en"]);
    for query in ["", " ", "\"", "\"\"", "*", "()", "+ - & OR", "'", "\\", "^", "🙂", &"x ".repeat(200)] {
        let refused = kazbek.run(&["search", "--", query]);
        assert_eq!(refused.code, 2, "`{query}`: {}", refused.stderr);
        assert!(refused.stderr.starts_with("kazbek: invalid search query"), "`{query}`: {}", refused.stderr);
    }
    for query in
        ["\u{1}tbilisi", "%s", "'; DROP TABLE items; --", "a\"b\"c\"", "{title} : x", "x NEAR/2 y", &"e".repeat(5000)]
    {
        assert_eq!(kazbek.run(&["search", "--", query]).code, 0, "`{query}`");
    }
}

#[test]
fn a_search_keeps_to_its_filters_and_puts_a_word_of_the_title_first() {
    let lines = [
        ("1", "Moscow", "Talks on Georgia in the capital", "2026-01-01T08:00:00Z", "A"),
        ("2", "Georgia holds talks", "Moscow was absent", "2026-01-02T08:00:00Z", "B"),
        ("3", "Armenia waits", "Georgia and Moscow are heard in the talks", "2026-01-03T08:00:00Z", "A"),
    ];
    let line = |(id, title, summary, published, outlet)| serde_json::json!({"url": format!("https://news.example/{id}"), "title": title, "summary": summary, "published": published, "outlet": outlet});
    let kazbek = Kazbek::polling(&[]);
    kazbek.write("in.jsonl", &lines.map(|fields| line(fields).to_string()).join("\n"));
    kazbek.ok(&["import", kazbek.path("in.jsonl").to_str().unwrap()]);
    let check = |arguments: &[&str], expected: &[&str]| assert_eq!(kazbek.found(arguments), expected, "{arguments:?}");
    check(&["talks"], &["1", "2", "3"]);
    check(&["talks", "--since", "2026-01-02"], &["2", "3"]);
    check(&["talks", "--until", "2026-01-03"], &["1", "2"]);
    check(&["talks", "--since", "2026-01-02", "--until", "2026-01-03"], &["2"]);
    check(&["talks", "--since", "2026-02-01"], &[]);
    check(&["talks", "--tag", "place:armenia"], &["3"]);
    check(&["talks", "--tag", "place:georgia", "--tag", "place:armenia"], &["3"]);
    check(&["talks", "--tag", "place:belarus"], &[]);
    check(&["talks", "--outlet", "A"], &["1", "3"]);
    check(&["talks", "--outlet", "A", "--since", "2026-01-02"], &["3"]);
    assert_eq!(kazbek.run(&["search", "talks", "--outlet", "nobody"]).code, 2, "nobody is no outlet");
    let first = kazbek.ok(&["search", "--json", "--limit", "1", "georgia"]);
    assert!(first.lines().count() == 1 && first.contains("news.example/2"), "{first}");
    assert!(first.contains("[Georgia] holds talks"), "{first}");
}

#[test]
fn a_history_goes_out_and_in_again_and_is_the_same() {
    let (site, kazbek) = one_feed(&[
        ("Armenia and Azerbaijan exchange drafts, \"all, but one\"", "/1", DAY),
        ("Moscow, Tbilisi\nand Yerevan", "/2", "Mon, 05 Jan 2026 09:00:00 GMT"),
        ("A recipe for bread", "/3", "Mon, 05 Jan 2026 07:00:00 GMT"),
        ("Грузия и Россия возобновляют переговоры", "/4", ""),
    ]);
    site.put(
        "/b.xml",
        RSS,
        rss(&[("Armenia and Azerbaijan exchange drafts, \"all, but one\" - Agency", "/copy", DAY)]),
    );
    kazbek.list(&[site.url("/a.xml"), site.url("/b.xml")]);
    kazbek.poll();
    let original = kazbek.ok(&["export"]);
    assert_eq!(original.lines().count(), 5);
    // Numbers are given as items come in: an export is in the order of time, so they settle with the first import.
    let unnumbered = |lines: &str| -> Vec<serde_json::Value> {
        let line = |line: &str| {
            let mut item: serde_json::Value = serde_json::from_str(line).unwrap();
            for number in ["id", "story"] {
                item.as_object_mut().unwrap().remove(number);
            }
            let is_copy = !item["duplicate_of"].is_null();
            item["duplicate_of"] = is_copy.into();
            item
        };
        lines.lines().map(line).collect()
    };
    let mut last = kazbek;
    for format in ["jsonl", "csv", "jsonl"] {
        let name = format!("out.{format}");
        let path = last.write(&name, &last.ok(&["export", "--format", format]));
        let next = Kazbek::polling(&[]);
        // Interrupted after the first lines, and taken up again.
        let text = std::fs::read_to_string(&path).unwrap();
        let part: String = text.split_inclusive('\n').take(3).collect();
        next.ok(&["import", next.write(&format!("part.{format}"), &part).to_str().unwrap()]);
        next.ok(&["import", path.to_str().unwrap()]);
        let again = next.json(&["import", "--json", path.to_str().unwrap()]);
        assert_eq!(
            (again["lines"].as_i64(), again["known"].as_i64(), again["items_new"].as_i64()),
            (Some(5), Some(5), Some(0))
        );
        assert_eq!(unnumbered(&next.ok(&["export"])), unnumbered(&original), "{format}");
        next.is_sound("");
        if format == "csv" {
            assert_eq!(next.ok(&["export"]), last.ok(&["export"]), "to the byte");
            assert_eq!(next.ok(&["export", "--format", "csv"]), text, "to the byte");
        }
        last = next;
    }
    let wrong = last.write("wrong.csv", "title,published\nMoscow,yesterday\nBaku,2026-01-05T08:00:00Z\n");
    let told = last.run(&["import", wrong.to_str().unwrap()]);
    assert!(told.code == 65 && told.stderr.contains("wrong.csv:2: `published`"), "{} {}", told.code, told.stderr);
}

#[test]
fn repair_rebuilds_what_is_derived_from_the_items() {
    let (_site, kazbek) = one_feed(&[("Moscow and Tbilisi", "/1", DAY), ("Baku and Yerevan", "/2", DAY)]);
    let whole = kazbek.ok(&["db", "stats", "--json"]);
    for (sql, told) in [
        ("UPDATE daily_counts SET items = items + 1", "differ from a recount"),
        ("DELETE FROM daily_counts", "differ from a recount"),
        ("INSERT INTO item_text (item_text) VALUES ('delete-all')", "missing from the full-text index"),
        (
            "INSERT INTO item_text (rowid, title, summary) VALUES (77, 'ghost', '')",
            "untagged items are in the full-text index",
        ),
        ("UPDATE items SET is_tagged = 0", "wrong `is_tagged`"),
    ] {
        rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap().execute_batch(sql).unwrap();
        let checked = kazbek.run(&["db", "check"]);
        assert_eq!(checked.code, 65, "{sql}");
        assert!(checked.stdout.contains(told) && checked.stderr.contains("db repair"), "{sql}: {}", checked.stdout);
        assert!(kazbek.ok(&["db", "repair"]).contains("repaired"), "{sql}");
        kazbek.is_sound("");
        assert_eq!(kazbek.found(&["Tbilisi"]), ["1"], "{sql}");
        assert_eq!(kazbek.found(&["ghost"]), [""; 0], "{sql}");
    }
    let size =
        |stats: &str| stats.lines().filter(|line| !line.contains("bytes")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(size(&kazbek.ok(&["db", "stats", "--json"])), size(&whole));
}

#[test]
fn damage_that_cannot_be_mended_is_told_and_the_file_is_left_as_it_is() {
    let items: Vec<(String, String)> =
        (0..300).map(|n| (format!("Moscow and Tbilisi, report {n}"), format!("/{n}"))).collect();
    let items: Vec<(&str, &str, &str)> =
        items.iter().map(|(title, path)| (title.as_str(), path.as_str(), DAY)).collect();
    let (site, kazbek) = one_feed(&items);
    let path = kazbek.path("data/kazbek.db");
    let whole = std::fs::read(&path).unwrap();
    // SQLite's file format, 1.3: the page size is at offset 16.
    let page_bytes = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    let pages = whole.len() / page_bytes;
    let mut told = 0;
    let damages = (1..pages)
        .step_by(pages / 8)
        .map(|page| (page * page_bytes, page_bytes))
        .chain([(0, 100), (whole.len() / 2, usize::MAX)]);
    for (from, count) in damages {
        let mut bytes = whole.clone();
        if count == usize::MAX {
            bytes.truncate(from);
        } else {
            bytes[from..from + count].iter_mut().for_each(|byte| *byte ^= 0x5a);
        }
        std::fs::write(&path, &bytes).unwrap();
        let checked = kazbek.run(&["db", "check"]);
        told += usize::from(checked.code == 65 && checked.stderr.contains("backup"));
        assert!(checked.code == 65 || checked.code == 0, "{from}: {} {}", checked.code, checked.stderr);
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{from}: a check changes nothing");
        for arguments in [["search", "Moscow"], ["export", "--tag=place:russia"]] {
            let ended = kazbek.run(&arguments);
            assert!(!ended.stderr.contains("panicked"), "{from} {arguments:?}: {}", ended.stderr);
        }
        if count != page_bytes {
            site.put("/a.xml", RSS, rss(&[("Baku", "/new", DAY)]));
            let polled = kazbek.run(&["poll"]);
            assert!(
                polled.code == 65 && polled.stderr.contains("left unchanged"),
                "{}: {}",
                polled.code,
                polled.stderr
            );
            assert_eq!(std::fs::read(&path).unwrap(), bytes, "{from}: a damaged file is not written to");
        }
    }
    // A page may be a free one; most are not.
    assert!(told >= 8, "{told} of 10 or 11 damages were told of");
}

#[test]
fn what_is_kept_for_how_long_depends_on_the_time_that_is_given() {
    use kazbek::api::store::{RetentionOptions, Store};
    let lines: Vec<String> = (0..40)
        .map(|n| {
            let (title, day) = (if n % 2 == 0 { "A recipe for bread and soup" } else { "Moscow and Tbilisi talk" }, n / 2 + 1);
            serde_json::json!({
                "url": format!("https://news.example/{n}"), "title": format!("{title} {n}"), "summary": format!("number {n} of many {}", n * 7919),
                "outlet": format!("Outlet {n}"), "published": format!("2026-01-{day:02}T08:00:00Z"), "first_seen": format!("2026-01-{day:02}T09:00:00Z"),
            })
            .to_string()
        })
        .collect();
    let kazbek = Kazbek::polling(&[]);
    kazbek.write("in.jsonl", &lines.join("\n"));
    kazbek.ok(&["import", kazbek.path("in.jsonl").to_str().unwrap()]);
    let figures = || {
        let stats = kazbek.json(&["db", "stats", "--json"]);
        (stats["items"].as_i64().unwrap(), stats["tagged"].as_i64().unwrap())
    };
    let (items, tagged) = figures();
    assert_eq!((items, tagged), (40, 20));
    let prune = |options: RetentionOptions, now: &str| {
        Store::open(&kazbek.path("data/kazbek.db")).unwrap().prune(&options, now.parse().unwrap()).unwrap()
    };
    let words = || kazbek.ok(&["export"]).lines().filter(|line| line.contains("recipe")).count();
    let options = RetentionOptions::default();
    let done = prune(options, "2026-04-01T00:00:00Z");
    assert_eq!((done.texts_dropped, done.items(), words()), (0, 0, 20), "ninety days are not over");
    let done = prune(options, "2026-04-11T12:00:00Z");
    assert_eq!((done.texts_dropped, done.items(), words()), (11, 0, 9), "the untagged of eleven days lose their words");
    assert_eq!(figures(), (40, 20), "and are still there");
    let known = kazbek.json(&["import", "--json", kazbek.path("in.jsonl").to_str().unwrap()]);
    assert_eq!((known["known"].as_i64(), known["items_new"].as_i64()), (Some(40), Some(0)));
    let done = prune(RetentionOptions { out_of_scope_days: 10, ..options }, "2026-01-20T12:00:00Z");
    assert_eq!((done.items(), figures()), (10, (30, 20)), "by scope");
    let done = prune(RetentionOptions { in_scope_days: 15, ..options }, "2026-01-20T12:00:00Z");
    assert_eq!((done.items(), figures()), (5, (25, 15)), "by age");
    kazbek.is_sound("");
    let back = kazbek.json(&["import", "--json", kazbek.path("in.jsonl").to_str().unwrap()]);
    assert_eq!(back["items_new"], 0, "what was purged stays away: {back}");
    assert_eq!(kazbek.found(&["Moscow"]).len(), 15);
    let done = prune(options, "2025-01-01T00:00:00Z");
    assert_eq!((done.texts_dropped, done.items()), (0, 0), "a clock set back drops nothing");
    kazbek.is_sound("");
}

#[test]
fn a_file_that_is_too_big_loses_its_oldest_items_and_gives_their_space_back() {
    use kazbek::api::store::{RetentionOptions, Store};
    let filler = |n: u64| {
        (0..150)
            .map(|i| format!("w{:x}", (n * 1_000 + i).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let line = |n: u64| {
        let title = if n.is_multiple_of(2) { "Bread" } else { "Moscow and Tbilisi" };
        serde_json::json!({
            "url": format!("https://news.example/{n}"), "title": format!("{title} {n}"), "summary": filler(n), "outlet": "Outlet",
            "published": jiff::Timestamp::from_second(1_760_000_000 + n as i64 * 3_600).unwrap().to_string(),
        })
        .to_string()
    };
    let kazbek = Kazbek::polling(&[]);
    kazbek.write("in.jsonl", &(0..1_500).map(line).collect::<Vec<_>>().join("\n"));
    kazbek.ok(&["import", kazbek.path("in.jsonl").to_str().unwrap()]);
    let path = kazbek.path("data/kazbek.db");
    let before = std::fs::metadata(&path).unwrap().len();
    assert!(before > 6 << 20, "{before}");
    let limit = (before / 2) >> 20;
    let options = RetentionOptions { size_limit_mib: limit, ..RetentionOptions::default() };
    let mut store = Store::open(&path).unwrap();
    let now = "2026-01-20T12:00:00Z".parse().unwrap();
    let preview = store.preview_prune(&options, now).unwrap();
    let done = store.prune(&options, now).unwrap();
    assert!(preview.items().abs_diff(done.items()) * 2 < done.items(), "{preview:?} is no estimate of {done:?}");
    store.checkpoint().unwrap();
    drop(store);
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after <= limit << 20, "{after} bytes of {limit} MiB");
    assert!(done.items() > 0, "{done:?}");
    let stats = kazbek.json(&["db", "stats", "--json"]);
    let kept = stats["items"].as_u64().unwrap();
    assert!(
        (100..700).contains(&kept) && stats["tagged"] == kept,
        "half the space is for half the items, those in scope: {stats}"
    );
    kazbek.is_sound("");
}

/// Other programs read the views with a SQLite of their own, which may be older: an aggregate with `ORDER BY` needs
/// 3.44, and one such view makes the whole file unreadable for what is before.
#[test]
fn the_views_are_read_by_the_sqlite_of_other_programs() {
    let (_site, kazbek) = one_feed(&[("Russia accuses Armenia in Tbilisi", "/1", DAY)]);
    let path = kazbek.path("data/kazbek.db");
    let connection = rusqlite::Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut views = connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'view'").unwrap();
    let views: Vec<(String, String)> =
        views.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(views.len(), 5);
    let is_ordered =
        regex::Regex::new(r"(?i)(json_group_\w+|group_concat|string_agg|sum|count)\s*\([^()]*\border\s+by\b").unwrap();
    for (view, sql) in &views {
        assert!(!is_ordered.is_match(sql), "{view} has an ordered aggregate: {sql}");
    }
    // If another SQLite is installed, it must read them.
    let script = "import sqlite3, sys\n\
        file = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)\n\
        views = [row[0] for row in file.execute(\"SELECT name FROM sqlite_master WHERE type = 'view'\")]\n\
        print(len(views), sum(len(file.execute(f'SELECT * FROM {view}').fetchall()) > 0 for view in views))\n\
        print(file.execute(\"SELECT evidence FROM v_tags WHERE tag = 'place:russia'\").fetchall())";
    if let Ok(output) = std::process::Command::new("/usr/bin/python3").args(["-c", script]).arg(path).output() {
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // No issue was written yet.
        assert!(printed.starts_with("5 4\n") && printed.contains(r#"["russia","title",0,6,"#), "{printed}");
    }
}

#[test]
fn the_documented_queries_run_on_the_views() {
    let (_site, kazbek) =
        one_feed(&[("Russia accuses Armenia in Tbilisi", "/1", DAY), ("Armenia and Georgia sign", "/2", DAY)]);
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md")).unwrap();
    let path = kazbek.path("data/kazbek.db");
    let connection = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut run = 0;
    for line in text.lines().filter(|line| line.trim_start().starts_with("sqlite3 -readonly")) {
        let sql = line.split('"').nth(1).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |_| Ok(())).unwrap().count();
        assert!(rows > 0, "{sql}");
        run += 1;
    }
    assert!(run >= 3, "{run} queries");
    // The columns of the table are those of the views.
    for line in text.lines().filter(|line| line.starts_with("| `v_")) {
        let mut quoted = line.split('`').skip(1).step_by(2);
        let (view, columns) = (quoted.next().unwrap(), quoted.next().unwrap());
        let statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        assert_eq!(statement.column_names().collect::<Vec<_>>().join(", "), columns, "{view}");
    }
}

#[test]
fn a_database_on_a_read_only_mount_can_be_read() {
    let (_site, kazbek) = one_feed(&[("Armenia and Georgia open a road", "/1", DAY)]);
    let unshared = |script: &str, arguments: &[&str]| {
        let command = kazbek.command(arguments);
        let mut unshared = std::process::Command::new("unshare");
        unshared.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).arg(command.get_program());
        unshared.args(command.get_args()).current_dir(kazbek.dir.path()).output()
    };
    let read_only = "mount --bind data data && mount -o remount,ro,bind data";
    if !unshared(read_only, &[]).is_ok_and(|output| output.status.success()) {
        eprintln!("not tested: this machine lets nobody mount");
        return;
    }
    let script = format!("{read_only} && exec \"$0\" \"$@\"");
    for (arguments, word) in [
        (&["search", "Armenia"][..], "Georgia"),
        (&["digest", "--date", "2026-01-05", "--format", "text"], "Georgia"),
        (&["trends"], ""),
        (&["feeds", "list"], "ok"),
    ] {
        let output = unshared(&script, arguments).unwrap();
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && stdout.contains(word), "{arguments:?}: {stdout}{stderr}");
    }
}
