//! What programs read.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::client::Desk;
use crate::markup::check;
use crate::pages::with_news;
use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

const MONDAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";

#[test]
fn items_are_listed_page_by_page() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let all = desk.get("/api/v1/items").json();
    let all: Vec<i64> = all["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
    assert_eq!(all.len(), 5);
    let mut paged = Vec::new();
    let mut path = "/api/v1/items?limit=2".to_owned();
    loop {
        let page = desk.get(&path).json();
        paged.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/items?limit=2&cursor={cursor}"),
            None => break,
        }
        assert!(paged.len() <= all.len(), "{paged:?}");
    }
    assert_eq!(paged, all);
    let count = |query: &str| desk.get(&format!("/api/v1/items?{query}")).json()["items"].as_array().unwrap().len();
    assert_eq!(count("tag=place:armenia"), 2);
    assert_eq!(count("tag=place:armenia&tag=place:russia"), 1);
    assert_eq!(count("outlet=Pass+Post"), 1);
    assert_eq!(count("since=2026-03-02T10:00:00Z"), 2);
    assert_eq!(count("until=2026-03-02"), 1);
    assert_eq!(count("q=road"), 1, "items that share their text are found once");
    let times = |query: &str| -> Vec<String> {
        let page = desk.get(&format!("/api/v1/items?{query}")).json();
        page["items"].as_array().unwrap().iter().map(|item| item["published"].as_str().unwrap().to_owned()).collect()
    };
    for query in ["", "tag=place:georgia", "tag=place:russia", "outlet=Pass+Post&tag=place:georgia"] {
        assert!(times(query).is_sorted_by(|one, next| one >= next), "{query}: newest first");
    }
    for wrong in ["limit=0", "limit=x", "limit=1001", "cursor=x", "tags=place:armenia", "since=x", "q=%22"] {
        let answer = desk.get(&format!("/api/v1/items?{wrong}"));
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.body);
        assert!(answer.json()["error"].is_string(), "{wrong}");
    }
}

#[test]
fn an_item_a_story_feeds_and_issues_are_json() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let items = desk.get("/api/v1/items").json();
    let item = &items["items"][0];
    let whole = desk.get(&format!("/api/v1/items/{}", item["id"])).json();
    assert_eq!(whole["title"], item["title"]);
    assert!(!whole["evidence"].as_array().unwrap().is_empty(), "{whole}");
    let story = item["story"].as_i64().unwrap_or(item["id"].as_i64().unwrap());
    let story = desk.get(&format!("/api/v1/stories/{story}")).json();
    assert!(!story["items"].as_array().unwrap().is_empty());
    assert!(desk.get("/api/v1/feeds").json()["feeds"].is_array());
    assert!(desk.get("/api/v1/issues?cadence=day").json()["issues"].is_array());
    for (path, status) in [
        ("/api/v1/items/0", 404),
        ("/api/v1/stories/x", 404),
        ("/api/v1/issues?cadence=hour", 400),
        ("/api/v1/relations/armenia/armenia", 404),
        ("/api/v1/relations/armenia/nowhere", 404),
        ("/api/v1/trends?since=2026-03-05", 400),
        ("/api/v1/trends?to=x", 400),
        ("/api/v1/trends?evidence=-1", 400),
        ("/api/v1/x", 404),
    ] {
        let answer = desk.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["error"].is_string(), "{path}");
    }
}

#[test]
fn trends_and_relations_name_the_items_that_they_rest_on() {
    let kazbek = Kazbek::with_config("");
    let mut lines = String::new();
    let mut add = |outlet: &str, title: &str, time: &str| {
        let url = format!("https://news.example/{}", lines.len());
        let line = serde_json::json!({
            "url": url, "title": title, "summary": "", "published": time, "outlet": outlet, "language": "en"
        });
        lines.push_str(&format!("{line}\n"));
    };
    for (month, days) in [("2025-12", 31), ("2026-01", 31), ("2026-02", 28)] {
        for day in 1..=days {
            for (outlet, verb) in [("Pass Post", "condemns"), ("Valley Echo", "denounces"), ("Вести гор", "condemns")]
            {
                let title = format!("Russia {verb} Armenia over road {day} in the valley of {month}");
                add(outlet, &title, &format!("{month}-{day:02}T08:00:00Z"));
            }
        }
    }
    let endings = ["", ", officials say", " on Friday", " amid dispute", ", ministry says", " this week"];
    for (outlet, ending) in ["Pass Post", "Echo", "Вести", "Ridge News", "Summit Wire", "Daily"].iter().zip(endings)
    {
        for title in [
            "Russia bans imports of brandy from Armenia",
            "Armenia recalls its ambassador after Russia bans brandy",
            "Russian ban on Armenian brandy takes effect",
        ] {
            add(outlet, &format!("{title}{ending}"), "2026-02-20T09:00:00Z");
        }
    }
    kazbek.write("news.jsonl", &lines);
    kazbek.ok(&["import", "news.jsonl"]);
    let desk = Desk::serving(&kazbek);
    let all = desk.get("/api/v1/relations").json();
    let pair = &all["relations"][0];
    assert_eq!((&pair["a"], &pair["b"]), (&"armenia".into(), &"russia".into()), "{all}");
    let now = &pair["now"];
    assert!(now["mean"].as_f64().unwrap() < 0.0 && now["low"].as_f64() <= now["mean"].as_f64(), "{now}");
    let one = desk.get("/api/v1/relations/russia/armenia").json();
    assert_eq!(one["stories"], pair["stories"], "in either order");
    let weeks = one["weeks"].as_array().unwrap();
    assert!(weeks.iter().any(|week| week["stories"].as_u64() > Some(0)), "{one}");
    let trends = desk.get("/api/v1/trends?since=2026-02-10&to=2026-02-20").json();
    assert_eq!((&trends["since"], &trends["until"]), (&"2026-02-10".into(), &"2026-02-21".into()));
    let russia = trends["tags"].as_array().unwrap().iter().find(|one| one["tag"] == "place:russia").expect("a count");
    assert_eq!(russia["items"], 51, "three a day for eleven days, and eighteen: {russia}");
    assert!(trends["overview"][0]["evidence"][0]["id"].is_number(), "{trends}");
    let evidence =
        |answer: &Value| answer["turning_points"][0]["evidence"].as_array().expect("a turning point").clone();
    let sources = evidence(&trends);
    assert!(sources.len() > 1 && sources.iter().all(|item| item["id"].is_number()), "{trends}");
    for (limit, kept) in [(0, 0), (1, 1), (1000, sources.len())] {
        let fewer = desk.get(&format!("/api/v1/trends?since=2026-02-10&to=2026-02-20&evidence={limit}")).json();
        assert_eq!(evidence(&fewer), sources[..kept]);
        let of_pair = desk.get(&format!("/api/v1/relations/armenia/russia?evidence={limit}")).json();
        assert_eq!(evidence(&of_pair).len(), kept.min(evidence(&one).len()), "{of_pair}");
    }
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    for path in ["/", "/api/v1/items", "/issues", "/assets/desk.css", "/search?q=road"] {
        let answer = desk.get(path);
        let etag = answer.header("etag").to_owned();
        assert!(etag.starts_with('"'), "{path}: {}", answer.head);
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = desk.ask("GET", path, &[&format!("If-None-Match: {known}")], "");
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
            assert_eq!(again.header("etag"), etag, "{path}");
        }
        assert_eq!(desk.ask("GET", path, &["If-None-Match: \"x\""], "").status, 200, "{path}");
        let head = desk.ask("HEAD", path, &[], "");
        assert_eq!((head.status, head.body.as_str(), head.header("etag")), (200, "", etag.as_str()), "{path}");
        assert_eq!(head.header("content-length"), answer.body.len().to_string(), "{path}");
    }
    let style = desk.get("/assets/desk.css");
    assert!(style.header("cache-control").contains("immutable"));
    assert!(desk.get("/").body.contains("/assets/desk.css?v="), "the address changes with the content");
}

/// Reads Prometheus' text format strictly: each figure has its help and type before its values, once.
fn figures(text: &str) -> HashSet<String> {
    let mut known = HashSet::new();
    let mut current = String::new();
    let mut is_histogram = false;
    // How many were counted up to the last bound of a histogram.
    let mut up_to = 0.0;
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut series = HashSet::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').expect("a text");
            assert!(is_name(name) && words.ends_with('.'), "{line}");
            assert!(known.insert(name.to_owned()), "{name} is there twice");
            current = name.to_owned();
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a type");
            assert_eq!(name, current);
            assert!(matches!(kind, "gauge" | "counter" | "histogram"), "{line}");
            (is_histogram, up_to) = (kind == "histogram", 0.0);
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        } else {
            let (labelled, value) = line.rsplit_once(' ').expect("a value");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(series.insert(labelled.to_owned()), "{line} is there twice");
            let name = labelled.split('{').next().unwrap_or_default();
            let of_histogram = name.strip_prefix(&current).filter(|_| is_histogram);
            match of_histogram {
                Some("_bucket") => {
                    let count: f64 = value.parse().expect("a number");
                    assert!(count >= up_to, "{line}");
                    up_to = count;
                }
                Some("_count") => assert_eq!(value.parse(), Ok(up_to), "{line}: as many as up to +Inf"),
                Some(part) => assert_eq!(part, "_sum", "{line}"),
                None => assert_eq!(name, current, "{line}"),
            }
            if let Some(labels) = labelled.strip_prefix(name).filter(|labels| !labels.is_empty()) {
                let inner = labels.strip_prefix('{').and_then(|labels| labels.strip_suffix('}')).expect("labels");
                let (label, value) = inner.split_once("=\"").expect("a label");
                assert!(is_name(label) && value.ends_with('"'), "{line}");
            }
        }
    }
    known
}

#[test]
fn figures_are_in_the_format_of_prometheus() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let answer = desk.get("/metrics");
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert!(answer.body.ends_with('\n'));
    let known = figures(&answer.body);
    for name in
        ["kazbek_build_info", "kazbek_items_stored_total", "kazbek_newest_item_age_seconds", "kazbek_database_bytes"]
    {
        assert!(known.contains(name), "{name}: {}", answer.body);
    }
    let ready = desk.get("/readyz").json();
    assert_eq!(ready["ready"], true);
    assert!(ready["free_bytes"].as_u64().unwrap() > 0 && ready["newest_item_age_secs"].is_number(), "{ready}");
}

#[test]
fn what_keeps_a_feed_from_being_read_whole_is_visible() {
    let site = Site::start();
    let items =
        [("Armenia opens a road", "/1", MONDAY), ("Georgia closes a pass", "/2", MONDAY), ("Baku waits", "/3", MONDAY)];
    site.put("/a.xml", "application/rss+xml", rss(&items));
    let kazbek =
        Kazbek::with_config("feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\ndaily_item_limit = 1\n");
    kazbek.list(&[site.url("/a.xml")]);
    kazbek.poll();
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
    let quarantine = r#"{"times": 1, "since_secs": 1000000000, "until_secs": 4000000000}"#;
    let set = "UPDATE feeds SET rhythm = json_set(rhythm, '$.quarantine', json(?1))";
    database.execute(set, [quarantine]).unwrap();
    let desk = Desk::serving(&kazbek);
    let metrics = desk.get("/metrics").body;
    for line in [
        "kazbek_feeds_in_quarantine 1",
        "kazbek_feeds_over_budget 1",
        "kazbek_items_put_off 2",
        "kazbek_items_left_out 0",
    ] {
        assert!(metrics.contains(&format!("\n{line}\n")), "{line}: {metrics}");
    }
    let ready = desk.get("/readyz").json();
    assert_eq!((&ready["feeds_in_quarantine"], &ready["feeds_over_budget"]), (&1.into(), &1.into()), "{ready}");
    for page in ["/feeds", "/feeds/1"] {
        let body = desk.get(page).body;
        check(page, &body);
        for words in ["in quarantine, since kazbek was killed", "2 items of its last document put off to a later poll"]
        {
            assert!(body.contains(words), "{page}, {words}: {body}");
        }
    }
}

/// What of a value does not conform to a schema of the OpenAPI document.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.trim_start_matches('#')).expect("a schema");
        return faults(document, schema, value, at);
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().flat_map(|schema| faults(document, schema, value, at)).collect();
    }
    if let Some(one) = schema["oneOf"].as_array() {
        let found: Vec<Vec<String>> = one.iter().map(|schema| faults(document, schema, value, at)).collect();
        let fitting = found.iter().filter(|faults| faults.is_empty()).count();
        return if fitting == 1 { Vec::new() } else { found.into_iter().flatten().collect() };
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => panic!("{at}: a schema without a type: {schema}"),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_known = kinds.contains(&kind) || (kind == "integer" && kinds.contains(&"number"));
    if !is_known {
        return vec![format!("{at}: {kind} instead of {kinds:?}")];
    }
    let mut found = Vec::new();
    if let Some(values) = value.as_array() {
        for (place, value) in values.iter().enumerate() {
            found.extend(faults(document, &schema["items"], value, &format!("{at}[{place}]")));
        }
    }
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for (name, schema) in properties {
            if let Some(value) = object.get(name) {
                found.extend(faults(document, schema, value, &format!("{at}.{name}")));
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(required.filter(|name| !object.contains_key(*name)).map(|name| format!("{at}: no {name}")));
    }
    found
}

/// The names of all properties of a schema.
fn properties(document: &Value, schema: &Value) -> HashSet<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return properties(document, document.pointer(reference.trim_start_matches('#')).expect("a schema"));
    }
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| properties(document, part));
    parts.chain(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone())).collect()
}

#[test]
fn the_openapi_document_says_what_is_answered() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let answer = desk.get("/api/v1/openapi.json");
    let document = answer.json();
    let kept = include_str!("../../docs/openapi.json");
    let pretty = serde_json::to_string_pretty(&document).unwrap() + "\n";
    assert!(kept == pretty, "docs/openapi.json differs from what is served; it should be:\n{pretty}");
    let item = desk.get("/api/v1/items").json()["items"][0].clone();
    let story = item["story"].as_i64().unwrap_or(item["id"].as_i64().unwrap());
    for (path, methods) in document["paths"].as_object().unwrap() {
        let id = if path.contains("stories") { story.to_string() } else { item["id"].to_string() };
        let address = path.replace("{id}", &id).replace("{a}", "armenia").replace("{b}", "russia");
        let content = &methods["get"]["responses"]["200"]["content"];
        let unknown = desk.get(&format!("{address}?no_such=1"));
        assert_eq!(unknown.status, 400, "{address}");
        let kind = content.as_object().unwrap().keys().next().unwrap();
        if kind == "text/event-stream" {
            continue;
        }
        let answer = desk.get(&address);
        if kind != "application/json" {
            assert_eq!((answer.status, answer.header("content-type").starts_with(kind)), (200, true), "{address}");
            continue;
        }
        let schema = &content["application/json"]["schema"];
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{address}");
        let value = answer.json();
        assert_eq!(faults(&document, schema, &value, "$"), Vec::<String>::new(), "{address}");
        let known = properties(&document, schema);
        for name in value.as_object().unwrap().keys() {
            assert!(known.contains(name), "{address}: the document does not know `{name}`");
        }
        let schema = &methods["get"]["responses"]["400"]["content"]["application/json"]["schema"];
        assert_eq!(faults(&document, schema, &unknown.json(), "$"), Vec::<String>::new(), "{address}");
        for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{address}: {parameter}");
        }
    }
}

#[test]
fn an_export_has_every_item_and_no_formula() {
    let kazbek = with_news();
    kazbek.write(
        "more.jsonl",
        r#"{"url":"https://news.example/9","title":"=cmd|' /C calc'!A0 Armenia, \"Russia\"","summary":"","published":"2026-03-02T12:00:00Z","outlet":"=Evil","language":"en"}"#,
    );
    kazbek.ok(&["import", "more.jsonl"]);
    let desk = Desk::serving(&kazbek);
    let lines = desk.get("/api/v1/items.jsonl").body;
    let items: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let listed = desk.get("/api/v1/items").json();
    assert_eq!(serde_json::Value::from(items), listed["items"], "the same items in the same order");
    let csv = desk.get("/api/v1/items.csv?tag=place:armenia&since=2026-03-02");
    assert!(csv.header("content-disposition").contains("items.csv"));
    let mut rows = csv::Reader::from_reader(csv.body.as_bytes());
    let titles: Vec<String> = rows.records().map(|row| row.unwrap()[2].to_owned()).collect();
    assert_eq!(titles.len(), 3, "{titles:?}");
    assert!(titles.iter().all(|title| !title.starts_with('=')) && titles[0].starts_with("'=cmd"), "{titles:?}");
    assert_eq!(desk.get("/api/v1/items.csv?limit=5").status, 400);
}

#[test]
fn events_say_what_comes_in_and_go_on_where_they_broke_off() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let listen = |last: Option<i64>| {
        let mut stream = desk.connect();
        let last = last.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let request = format!("GET /api/v1/events HTTP/1.1\r\nHost: {}\r\n{last}\r\n", desk.address);
        stream.write_all(request.as_bytes()).unwrap();
        BufReader::new(stream)
    };
    let until = |stream: &mut BufReader<TcpStream>, wanted: &str| {
        let mut said = String::new();
        while !said.contains(wanted) {
            assert!(stream.read_line(&mut said).unwrap() > 0, "it ends before {wanted}: {said}");
        }
        said
    };
    let mut live = listen(None);
    let said = until(&mut live, "retry: 5000");
    assert!(said.to_lowercase().contains("content-type: text/event-stream"), "{said}");
    assert!(!said.contains("\ndata: "), "what is known already is no event: {said}");
    kazbek.write(
        "more.jsonl",
        r#"{"url":"https://news.example/9","title":"Azerbaijan opens an embassy in Tbilisi","summary":"","published":"2026-03-03T12:00:00Z","outlet":"Pass Post","language":"en"}"#,
    );
    kazbek.ok(&["import", "more.jsonl"]);
    let said = until(&mut live, "opens an embassy");
    assert!(said.contains("event: story") && said.contains("id: 6"), "{said}");
    let said = until(&mut listen(Some(3)), "opens an embassy");
    assert_eq!(said.matches("\ndata: ").count(), 3, "the fourth, the fifth and the sixth: {said}");
    let wrong = desk.ask("GET", "/api/v1/events", &["Last-Event-ID: soon"], "");
    assert_eq!(wrong.status, 400);
}

#[test]
fn the_alert_rules_and_the_dashboard_know_only_figures_that_there_are() {
    let kazbek = with_news();
    let metrics = Desk::serving(&kazbek).get("/metrics").body;
    let is_known = |name: &str| metrics.contains(&format!("# TYPE {name} "));
    let rules = include_str!("../../docs/prometheus-alerts.yml");
    let dashboard = include_str!("../../docs/grafana.json");
    serde_json::from_str::<Value>(dashboard).expect("the dashboard is JSON");
    let names = regex::Regex::new("kazbek_[a-z_]+").unwrap();
    for (file, fewest) in [(rules, 6), (dashboard, 10)] {
        let found: HashSet<&str> =
            names.find_iter(file).map(|name| name.as_str().trim_end_matches("_bucket")).collect();
        assert!(found.len() >= fewest, "{found:?}");
        let unknown: Vec<&&str> = found.iter().filter(|name| !is_known(name)).collect();
        assert!(unknown.is_empty(), "no such figure: {unknown:?}");
    }
}
