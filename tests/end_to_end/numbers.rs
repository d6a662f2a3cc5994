//! What is printed and what `--json` gives are the same figures.

use regex::Regex;
use serde_json::Value;

use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

const MONDAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";
const TUESDAY: &str = "Tue, 06 Jan 2026 08:00:00 GMT";

/// Two feeds that share an item, one of which has untagged news as well, and one feed that is missing.
fn site() -> Site {
    let site = Site::start();
    let shared = ("Armenia and Russia sign a treaty on the railway", "/1", MONDAY);
    let a = [shared, ("Georgia and Russia hold talks in Geneva", "/2", TUESDAY), ("A cat show", "/3", MONDAY)];
    let b = [shared, ("Azerbaijan opens a museum in Ganja", "/4", TUESDAY)];
    site.put("/a.xml", "application/rss+xml", rss(&a));
    site.put("/b.xml", "application/rss+xml", rss(&b));
    site
}

fn polling(site: &Site) -> Kazbek {
    Kazbek::polling(&["/a.xml", "/b.xml", "/missing.xml"].map(|path| site.url(path)))
}

/// A number of a JSON document by its pointer. `#` at the end counts a list, or the lines of JSON.
fn number(json: &Value, pointer: &str) -> f64 {
    match pointer.strip_suffix('#') {
        Some(list) => {
            json.pointer(list).and_then(Value::as_array).unwrap_or_else(|| panic!("no {list}: {json}")).len() as f64
        }
        None => json.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer}: {json}")),
    }
}

/// Compares the numbers that `pattern` captures in `text` with those of the pointers.
fn compare(command: &str, text: &str, json: &Value, pattern: &str, pointers: &[&str]) {
    let found = Regex::new(pattern).expect("a pattern").captures(text);
    let found = found.unwrap_or_else(|| panic!("{command}: no {pattern} in {text}"));
    assert_eq!(found.len() - 1, pointers.len(), "{command}: {pattern}");
    for (index, pointer) in pointers.iter().enumerate() {
        let printed = &found[index + 1];
        let value = number(json, pointer);
        let figure = printed.replace('\u{2212}', "-").parse::<f64>();
        assert_eq!(figure, Ok(value), "{command}: {pattern}: {pointer} of {json}");
    }
}

/// The output as JSON: one document, or a list of the lines.
fn as_json(command: &[&str], text: &str) -> Value {
    match command {
        ["feeds", "list", ..] | ["search", ..] => {
            text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).collect()
        }
        _ => serde_json::from_str(text).expect("JSON"),
    }
}

#[test]
fn commands_that_read_print_the_figures_of_their_json() {
    let site = site();
    let kazbek = polling(&site);
    kazbek.poll();
    let a = site.url("/a.xml");
    let week = ["digest", "--period", "week", "--date", "2026-01-05"];
    let days = ["trends", "--since", "2026-01-01", "--until", "2026-01-10"];
    let by_day = [&days[..], &["--by", "day"]].concat();
    let as_document = |command: &[&'static str]| [command, &["--format", "json"]].concat();
    let with_json = |command: &[&'static str]| [command, &["--json"]].concat();
    let check = |command: &[&str], json: &[&str], figures: &[(&str, &[&str])]| {
        let (text, json) = (kazbek.ok(command), as_json(json, &kazbek.ok(json)));
        for (pattern, pointers) in figures {
            compare(&command.join(" "), &text, &json, pattern, pointers);
        }
    };
    let stats: &[(&str, &[&str])] = &[
        (r"feeds +(\d+)", &["/feeds"]),
        (r"sightings +(\d+)", &["/sightings"]),
        (r"  items +(\d+)", &["/items"]),
        (r"  duplicates *(\d+)", &["/duplicates"]),
        (r"tagged +(\d+)", &["/tagged"]),
        (r"stories +(\d+)", &["/stories"]),
        (r"schema +(\d+)", &["/schema_version"]),
    ];
    check(&["db", "stats"], &with_json(&["db", "stats"]), stats);
    let prune: &[(&str, &[&str])] = &[
        (r"texts +(\d+)", &["/texts_dropped"]),
        (r"items +(\d+)", &["/items_out_of_scope"]),
        (r"\n +(\d+)   in scope", &["/items_in_scope"]),
    ];
    check(&["db", "prune", "--dry-run"], &with_json(&["db", "prune", "--dry-run"]), prune);
    check(&["feeds", "list"], &with_json(&["feeds", "list"]), &[(r"(\d+) feeds:", &["#"])]);
    let failing = ["feeds", "list", "--failing"];
    check(&failing, &with_json(&failing), &[(r"(\d+) feeds: 0 ok, (\d+) failing", &["#", "/0/failures"])]);
    let checked: &[(&str, &[&str])] = &[
        (r", (\d+) items\n", &["/feed/items#"]),
        (r", (\d+) times so far", &["/schedule/polls"]),
        (
            r"(\d+) bytes +(\d+) items, +(\d+) new",
            &["/events/0/size_bytes", "/events/0/items_seen", "/events/0/items_new"],
        ),
    ];
    check(&["feeds", "check", &a], &["feeds", "check", &a, "--json"], checked);
    let explained: &[(&str, &[&str])] = &[
        (r"^item (\d+):", &["/id"]),
        (r"score (\d\.\d+)", &["/classification/score"]),
        (r"seen in (\d+) feed", &["/sightings#"]),
        (r"story (\d+),", &["/story"]),
        (r"confidence (\d\.\d+)", &["/relations/0/confidence"]),
    ];
    // The classification is not nested.
    let explained: Vec<(&str, &[&str])> = explained
        .iter()
        .map(|(pattern, to)| (*pattern, if to[0].ends_with("score") { &["/score"][..] } else { to }))
        .collect();
    check(&["explain", "1"], &["explain", "1", "--json"], &explained);
    let issue: &[(&str, &[&str])] = &[
        (r"(\d+) in scope", &["/counts/items"]),
        (r"(\d+) (?:story|stories), (\d+) shown", &["/counts/stories", "/counts/shown"]),
    ];
    check(&week, &as_document(&week), issue);
    // The day of the polls.
    let feeds = as_json(&["feeds", "list"], &kazbek.ok(&["feeds", "list", "--json"]));
    let polled_at = feeds[0]["last_poll_at"].as_str().expect("a time").to_owned();
    let today = ["digest", "--date", polled_at.split("T").next().expect("a day")];
    let panel: &[(&str, &[&str])] = &[
        (r"Feeds: (\d+) of (\d+)", &["/panel/feeds_alive", "/panel/feeds_total"]),
        (r"Items: (\d+) new and (\d+) copies", &["/panel/items_new", "/panel/duplicates"]),
    ];
    check(&today, &[&today[..], &["--format", "json"]].concat(), panel);
    let report: &[(&str, &[&str])] = &[
        (
            r"Trend report: (\d+) items, (\d+) of them originals, from (\d+) outlets",
            &["/panel/items", "/panel/originals", "/panel/outlets"],
        ),
        (r"Nothing was monitored on (\d+) of", &["/panel/gap_days"]),
        (r"(?m)^  Russia +\S+ +(\d+) ", &["/series/0/items"]),
    ];
    check(&days, &as_document(&days), report);
    check(&by_day, &as_document(&by_day), &[(r"items in (\d+) steps", &["/monitored#"])]);
    let (text, json) =
        (kazbek.ok(&["search", "russia"]), as_json(&["search"], &kazbek.ok(&["search", "russia", "--json"])));
    let addresses = |text: &str| text.lines().filter(|line| line.trim().starts_with("https://")).count();
    assert_eq!(Some(addresses(&text)), json.as_array().map(Vec::len), "{text}");
    kazbek.write("a.xml", &rss(&[("One", "/1", MONDAY), ("Two", "/2", MONDAY)]));
    check(&["parse", "a.xml"], &["parse", "a.xml", "--json"], &[(r", (\d+) items", &["/items#"])]);
    let lines = kazbek.ok(&["lexicon", "lint"]).lines().count();
    assert_eq!(kazbek.ok(&["lexicon", "lint", "--json"]).lines().count(), lines);
}

#[test]
fn explain_and_classify_print_the_figures_of_their_json() {
    let line = |number: u8, title: &str, summary: &str| {
        let item = serde_json::json!({
            "url": format!("https://news{number}.example/1"), "title": title, "summary": summary,
            "published": format!("2026-01-05T{number:02}:00:00Z"), "outlet": format!("Outlet {number}"), "language": "en",
        });
        format!("{item}\n")
    };
    let lines = [
        line(1, "Armenia and Russia sign a treaty on the railway to Gyumri", "Ministers signed the treaty in Yerevan."),
        line(2, "Russia and Armenia sign railway treaty in Yerevan", "A treaty on the railway to Gyumri was signed."),
    ]
    .concat();
    let kazbek = Kazbek::with_config("");
    kazbek.feed(&["import", "-"], lines.as_bytes());
    let (text, json) = (kazbek.ok(&["explain", "2"]), kazbek.json(&["explain", "2", "--json"]));
    let explained: &[(&str, &[&str])] = &[
        (r"scope \S+, score (\d\.\d+)", &["/score"]),
        (r"confidence (\d\.\d+)", &["/relations/0/confidence"]),
        (r"similar to item (\d+): score (\d\.\d+), threshold", &["/found/with", "/found/score"]),
        (r"title similarity (\d\.\d+)", &["/found/title_similarity"]),
    ];
    explained.iter().for_each(|(pattern, pointers)| compare("explain", &text, &json, pattern, pointers));
    for term in json["story_terms"].as_array().expect("terms") {
        let name = term["feature"].as_str().expect("a name").replace('_', " ");
        let pattern = format!(r"[ ,]{name} (\d\.\d+) \(([+\u{{2212}}]\d+\.\d+)\)");
        compare("explain", &text, term, &pattern, &["/value", "/counts"]);
    }
    assert_eq!(json["related"][0]["score"].as_f64(), json["score"].as_f64(), "{json}");
    let classified = kazbek.feed(&["classify"], lines.as_bytes()).stdout;
    let json = kazbek.feed(&["classify", "--json"], lines.as_bytes()).stdout;
    for (line, json) in classified.lines().zip(json.lines()) {
        let json: Value = serde_json::from_str(json).expect("JSON");
        compare("classify", line, &json, r"^(\d+)\t\S+\t(\d\.\d+)\t", &["/id", "/score"]);
    }
}

#[test]
fn commands_that_store_print_the_figures_of_their_json() {
    let site = site();
    // Each in an installation of its own: the second time there is nothing new.
    let (text, json) = (polling(&site).ok(&["poll"]), polling(&site).json(&["poll", "--json"]));
    let polled: &[(&str, &[&str])] = &[
        (
            r"^(\d+) feeds: (\d+) fetched, (\d+) not modified, (\d+) failed",
            &["/feeds", "/fetched", "/not_modified", "/failed"],
        ),
        (
            r"; (\d+) items, (\d+) new \((\d+) tagged\), (\d+) duplicate",
            &["/items_seen", "/items_new", "/tagged", "/duplicates"],
        ),
    ];
    polled.iter().for_each(|(pattern, pointers)| compare("poll", &text, &json, pattern, pointers));
    let lines = "{\"url\": \"https://news.example/1\", \"title\": \"Armenia and Russia talk\", \"outlet\": \"A\"}\n\
        {\"url\": \"https://news.example/1\", \"title\": \"Armenia and Russia talk\", \"outlet\": \"A\"}\n\
        {\"url\": \"https://news.example/2\", \"title\": \"A cat show\", \"outlet\": \"B\"}\nno JSON\n";
    let import = |arguments: &[&str]| {
        let ended = Kazbek::with_config("").feed(arguments, lines.as_bytes());
        assert_eq!(ended.code, 65, "{}", ended.stderr);
        ended.stdout
    };
    let (text, json) = (import(&["import", "-"]), as_json(&["import"], &import(&["import", "-", "--json"])));
    let imported: &[(&str, &[&str])] = &[
        (r"^(\d+) lines: (\d+) new items \((\d+) tagged\)", &["/lines", "/items_new", "/tagged"]),
        (r"(\d+) duplicates, (\d+) known before, (\d+) bad lines", &["/duplicates", "/known", "/bad_lines"]),
    ];
    imported.iter().for_each(|(pattern, pointers)| compare("import", &text, &json, pattern, pointers));
    let dedup = |arguments: &[&str]| {
        let ended = Kazbek::with_config("").feed(arguments, lines.as_bytes());
        assert_eq!(ended.code, 65, "{}", ended.stderr);
        ended.stdout
    };
    let (text, json) = (dedup(&["dedup"]), dedup(&["dedup", "--json"]));
    let json: Value = json.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).collect();
    let compared: &[(&str, &[&str])] = &[
        (r"^(\d+)\t-\t(\d+)\t", &["/0/id", "/0/story"]),
        (r"\n(\d+)\t(\d+)\t(\d+)\t", &["/1/id", "/1/duplicate_of", "/1/story"]),
        (r"\n(\d+)\t-\t(\d+)\tA cat", &["/2/id", "/2/story"]),
    ];
    compared.iter().for_each(|(pattern, pointers)| compare("dedup", &text, &json, pattern, pointers));
}

#[test]
fn lists_of_issues_and_deliveries_print_the_figures_of_their_json() {
    let kazbek = polling(&site());
    kazbek.poll();
    assert_eq!(kazbek.ok(&["digest", "--list"]).trim(), "no issues were written yet; `kazbek run` writes them");
    assert_eq!(kazbek.ok(&["outbox", "list"]).trim(), "no deliveries");
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).expect("a database");
    let rows = "INSERT INTO issues (cadence, label, number, starts_at, ends_at, written_at, content_hash, last_item_id, body)
        VALUES ('day', '2026-01-05', 7, 1767571200, 1767657600, 1767600000, 'cafe', 1, X''),
            ('week', '2026-W02', 8, 1767571200, 1768176000, 1767600000, 'beef', 1, X'');
        INSERT INTO outbox (id, recipient, cadence, period, state, created_at, since, next_attempt_at, attempts, in_doubt, reason)
        VALUES (41, 'desk', 'day', '2026-01-05', 'dead', 1767600000, 1767600000, 1767600000, 5, 2, 'no route'),
            (42, 'desk', 'week', '2026-W02', 'waiting', 1767600000, 1767600000, 1767600000, 3, 0, NULL);";
    database.execute_batch(rows).expect("rows");
    let json = kazbek.json(&["digest", "--list", "--json"]);
    let listed = kazbek.ok(&["digest", "--list"]);
    compare("digest --list", &listed, &json, r"No. (\d+) +2026-W02 +beef\n.*No. (\d+) ", &["/0/number", "/1/number"]);
    let lines = kazbek.ok(&["outbox", "list", "--json"]);
    let json: Value = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).collect();
    let listed = kazbek.ok(&["outbox", "list"]);
    let (first, second) = if json[0]["id"] == 41 { (0, 1) } else { (1, 0) };
    let of = |row: usize, keys: &[&str]| keys.iter().map(|key| format!("/{row}/{key}")).collect::<Vec<_>>();
    let dead = of(first, &["id", "attempts", "in_doubt"]);
    let waiting = of(second, &["id", "attempts"]);
    for (pattern, pointers) in [
        (r"(\d+)  dead .* after (\d+) attempts  (\d+) in doubt", &dead),
        (r"(\d+)  waiting .* after (\d+) attempts", &waiting),
    ] {
        compare("outbox list", &listed, &json, pattern, &pointers.iter().map(String::as_str).collect::<Vec<_>>());
    }
}
