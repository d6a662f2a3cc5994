//! What programs read.

use std::collections::HashSet;

use crate::client::Desk;
use crate::pages::with_news;

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
    for (path, status) in
        [("/api/v1/items/0", 404), ("/api/v1/stories/x", 404), ("/api/v1/issues?cadence=hour", 400), ("/api/v1/x", 404)]
    {
        let answer = desk.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["error"].is_string(), "{path}");
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
            assert!(matches!(kind, "gauge" | "counter"), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        } else {
            let (labelled, value) = line.rsplit_once(' ').expect("a value");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(series.insert(labelled.to_owned()), "{line} is there twice");
            let name = labelled.split('{').next().unwrap_or_default();
            assert_eq!(name, current, "{line}");
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
