//! What people see.

use std::time::{Duration, Instant};

use crate::client::Desk;
use crate::markup::check;
use crate::support::kazbek::Kazbek;

/// Reports of one event in three languages, and of another one.
const NEWS: &str = r#"{"url":"https://news.example/1","title":"Georgia opens a new road over the mountains to Russia","summary":"The road over the pass opens in Georgia on Monday.","published":"2026-03-02T08:00:00Z","outlet":"Pass Post","language":"en","bloc":"western"}
{"url":"https://other.example/2","title":"Georgia opens a new road over the mountains to Russia, minister says","summary":"The road over the pass opens in Georgia.","published":"2026-03-02T09:30:00Z","outlet":"Valley Echo","language":"en","bloc":"georgian-government"}
{"url":"https://news.example/3","title":"Армения и Россия договорились о железной дороге","summary":"Переговоры прошли в Ереване.","published":"2026-03-02T10:00:00Z","outlet":"Вести гор","language":"ru","bloc":"russian-state"}
{"url":"https://news.example/4","title":"ایران و ارمنستان درباره راه تازه گفتگو کردند","summary":"","published":"2026-03-02T11:00:00Z","outlet":"روزنامه","language":"fa","bloc":"iranian"}
{"url":"https://news.example/5","title":"საქართველო და რუსეთი","summary":"","published":"2026-03-01T11:00:00Z","outlet":"ამბები","language":"ka","bloc":"georgian-independent"}
"#;

/// A store with some news and a written issue.
pub(crate) fn with_news() -> Kazbek {
    let kazbek = Kazbek::with_config("");
    kazbek.write("news.jsonl", NEWS);
    kazbek.ok(&["import", "news.jsonl"]);
    kazbek
}

/// The number of the story of a page that links to it.
fn story_of(page: &str) -> String {
    let (_, after) = page.split_once("/stories/").expect("a link to a story");
    after.chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn every_page_is_there_and_in_order() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let front = desk.get("/");
    assert_eq!(front.status, 200);
    check("/", &front.body);
    assert!(
        front.body.contains("The last day with news") && front.body.contains("Monday, 2 March 2026"),
        "{}",
        front.body
    );
    assert!(front.body.contains("Places in the news") && front.body.contains("Georgia"));
    let story = story_of(&front.body);
    let paths = [
        "/issues",
        "/issues/day",
        "/search",
        "/search?q=road",
        "/search?q=road&since=2026-03-01&until=2026-03-03&tag=place:georgia&outlet=Pass+Post",
        "/search?tag=place:armenia",
        "/search?q=nothing+of+the+kind",
        "/search?pair=russia-armenia&language=ru&bloc=russian-state",
        "/relations",
        "/reading",
        "/reading?tag=place:georgia",
        "/stars",
        "/searches",
        "/places",
        "/places?days=30&to=2026-03-02",
        "/places?days=1&to=2020-01-01",
        "/lexicon",
        "/lexicon?name=Pashinyan",
        "/lexicon?name=%D0%9F%D0%B0%D1%88%D0%B8%D0%BD%D1%8F%D0%BD%D0%B0",
        "/lexicon?name=nobody+at+all",
        "/lexicon/candidates",
        "/relations/armenia/russia",
        "/relations/georgia/iran",
        "/trends",
        "/trends?since=2026-02-20&to=2026-03-02&against=before",
        "/trends?against=year",
        "/feeds",
        "/login",
        &format!("/stories/{story}"),
    ];
    for path in paths {
        let answer = desk.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        check(path, &answer.body);
    }
    for path in [
        "/nothing",
        "/stories/999999",
        "/stories/x",
        "/items/0",
        "/issues/hour",
        "/issues/day/2020-01-01",
        "/feeds/7",
        "/relations/georgia/georgia",
        "/relations/georgia/mars",
    ] {
        let answer = desk.get(path);
        assert_eq!(answer.status, 404, "{path}");
        check(path, &answer.body);
    }
    for (path, said) in [
        ("/trends?since=2026-03-02&to=2026-03-01", "after its last day"),
        ("/trends?since=2026-04-01&to=2026-04-02", "the last day with news is 2026-03-02"),
        ("/trends?since=1900-01-01", "too long"),
        ("/trends?against=week", "neither"),
        ("/places?days=0", "from 1 to 3660"),
        ("/places?to=soon", "is not a day"),
        ("/search?pair=russia-armenai", "did you mean"),
        ("/search?bloc=nothing", "loc: "),
    ] {
        let answer = desk.get(path);
        assert_eq!(answer.status, 400, "{path}");
        check(path, &answer.body);
        assert!(answer.body.contains(said), "{path}: {}", answer.body);
    }
    assert_eq!(desk.get("/relations/russia/armenia").header("location"), "/relations/armenia/russia");
    let bad = desk.get("/search?q=road&since=yesterday");
    assert_eq!(bad.status, 400);
    assert!(check("since", &bad.body).len() > 5 && bad.body.contains("neither a day"), "{}", bad.body);
}

#[test]
fn a_pasted_text_shows_what_its_tags_rest_on() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let post = |form: &str| {
        let origin = format!("Origin: http://{}", desk.address);
        desk.ask("POST", "/lexicon", &[&origin, "Content-Type: application/x-www-form-urlencoded"], form)
    };
    let page = post("title=Armenia+and+%3Cb%3ERussia&text=They+met+in+Yerevan.");
    assert_eq!(page.status, 200, "{}", page.body);
    check("/lexicon", &page.body);
    for said in ["<mark>Armenia</mark> and &lt;b&gt;<mark>Russia</mark>", "<mark>Yerevan</mark>", "city:yerevan"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let empty = post("title=&text=");
    assert_eq!(empty.status, 400);
    check("/lexicon", &empty.body);
}

#[test]
fn starred_reports_keep_their_notes_and_go_into_a_dossier() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let river = desk.get("/reading").body;
    assert!(!river.contains("aria-pressed=\"true\"") && river.contains("aria-pressed=\"false\""));
    let item = desk.get("/api/v1/items?q=mountains").json()["items"][0]["id"].as_i64().unwrap();
    let post = |form: &str| {
        let origin = format!("Origin: http://{}", desk.address);
        desk.ask("POST", "/stars", &[&origin, "Content-Type: application/x-www-form-urlencoded"], form)
    };
    let starred = post(&format!("item={item}&action=add&back=/reading?%23item-{item}"));
    assert_eq!((starred.status, starred.header("location")), (303, format!("/reading?#item-{item}").as_str()));
    assert!(desk.get("/reading").body.contains("aria-pressed=\"true\""));
    assert_eq!(post(&format!("item={item}&action=note&note=%3Cb%3Efor+chapter+2")).header("location"), "/stars");
    let page = desk.get("/stars").body;
    check("/stars", &page);
    assert!(page.contains("&lt;b&gt;for chapter 2"), "{page}");
    let ris = desk.get("/stars/dossier.ris");
    assert!(ris.header("content-disposition").contains("dossier.ris"));
    assert!(ris.body.starts_with("TY  - NEWS\r\n") && ris.body.contains("UR  - https://"), "{}", ris.body);
    let json = desk.get("/stars/dossier.json").json();
    assert_eq!(json[0]["note"], "<b>for chapter 2");
    // Another process, after a restart, sees the same.
    let again = Desk::serving(&kazbek);
    assert!(again.get("/stars/dossier.md").body.contains("for chapter 2"));
    // A backup has them as well, and replaces none.
    assert!(kazbek.ok(&["db", "backup", "copy.db"]).contains("the stars, notes and saved searches to copy.desk.db"));
    let copied = rusqlite::Connection::open(kazbek.path("copy.desk.db")).unwrap();
    let note: String = copied.query_row("SELECT note FROM stars", [], |row| row.get(0)).unwrap();
    assert_eq!(note, "<b>for chapter 2");
    let refused = kazbek.run(&["db", "backup", "copy.text"]);
    assert!(refused.code == 1 && refused.stderr.contains("copy.desk.db already exists"), "{}", refused.stderr);
    assert!(!kazbek.path("copy.text").exists());
    // What is wrong changes nothing, and no form leads to another site.
    for (form, status) in [
        ("item=x&action=add".to_owned(), 400),
        ("item=999999&action=add".to_owned(), 404),
        ("item=999999&action=note&note=a".to_owned(), 404),
        (format!("item={item}&action=burn"), 400),
        (format!("item={item}&action=note&note={}", "a".repeat(4_001)), 400),
    ] {
        assert_eq!(post(&form).status, status, "{form}");
    }
    assert_eq!(post(&format!("item={item}&action=add&back=//evil.example/")).header("location"), "/stars");
    let foreign = desk.ask("POST", "/stars", &["Origin: https://evil.example"], &format!("item={item}&action=remove"));
    assert_eq!(foreign.status, 403);
    assert_eq!(post(&format!("item={item}&action=remove")).status, 303);
    assert!(desk.get("/stars").body.contains("None yet"));
}

#[test]
fn an_edit_shows_the_words_that_came_and_went() {
    let kazbek = with_news();
    kazbek.write(
        "edited.jsonl",
        &NEWS
            .lines()
            .next()
            .unwrap()
            .replace("opens a new road over the mountains", "opens an old road over the mountains"),
    );
    kazbek.ok(&["import", "edited.jsonl"]);
    let desk = Desk::serving(&kazbek);
    let id = desk.get("/api/v1/items?q=old+road").json()["items"][0]["id"].clone();
    let story = desk.get(&format!("/items/{id}")).header("location").split('#').next().unwrap().to_owned();
    let page = desk.get(&story).body;
    check("/stories", &page);
    assert!(
        page.contains("edited 1 time") && page.contains("<del>a</del><ins>an</ins> <del>new</del><ins>old</ins> road"),
        "{page}"
    );
}

#[test]
fn a_map_leads_to_the_reports_of_its_places() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let page = desk.get("/places?days=7&to=2026-03-02").body;
    let elements = check("/places", &page);
    let address = "/search?tag=place%3Ageorgia&since=2026-02-24&until=2026-03-03";
    let links = elements.iter().filter(|element| element.attribute("href") == Some(address)).count();
    assert_eq!(links, 2, "one on the map and one in the table: {page}");
    assert!(desk.get(address).body.contains("Georgia opens a new road"));
}

#[test]
fn a_story_shows_who_was_first_and_why_it_is_here() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let found = desk.get("/api/v1/items?q=mountains").json();
    let ids: Vec<i64> = found["items"].as_array().unwrap().iter().filter_map(|item| item["id"].as_i64()).collect();
    let led = desk.get(&format!("/items/{}", ids[0]));
    assert_eq!(led.status, 303);
    let path = led.header("location").split('#').next().unwrap().to_owned();
    let page = desk.get(&path).body;
    check(&path, &page);
    assert!(page.contains("Pass Post") && page.contains("Valley Echo"), "{page}");
    assert!(page.contains("1\u{a0}h\u{a0}30\u{a0}min later"), "{page}");
    assert!(page.contains("<mark>Georgia</mark>"), "the evidence is marked: {page}");
}

#[test]
fn text_of_every_script_says_its_language_and_direction() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let page = desk.get("/search?tag=place:iran").body;
    assert!(page.contains("dir=\"auto\"") && page.contains("lang=\"fa\""), "{page}");
    assert!(desk.get("/").body.contains("lang=\"ru\""));
}

#[test]
fn an_issue_is_at_its_permanent_address_in_every_format() {
    let now = kazbek::api::app::clock::now();
    let yesterday = now.to_zoned(jiff::tz::TimeZone::UTC).date().yesterday().unwrap();
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[serve]\nlisten = \"127.0.0.1:0\"\n[digest]\ndaily_at = \"00:00\"\n",
    );
    kazbek.list(&[]);
    kazbek.write("news.jsonl", &NEWS.replace("2026-03-02", &yesterday.to_string()));
    kazbek.ok(&["import", "news.jsonl"]);
    let desk = Desk::start(&kazbek, &["run"]);
    let start = std::time::Instant::now();
    while desk.get("/api/v1/issues?cadence=day").json()["issues"].as_array().unwrap().is_empty() {
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "no issue is written");
        std::thread::yield_now();
    }
    let path = format!("/issues/day/{yesterday}");
    let page = desk.get(&path);
    assert_eq!(page.status, 200, "{}", page.body);
    check(&path, &page.body);
    assert!(page.body.contains("/stories/") && page.body.contains("No. 1"), "{}", page.body);
    for (extension, kind, start) in [
        ("json", "application/json", "{"),
        ("md", "text/markdown; charset=utf-8", "#"),
        ("text", "text/plain; charset=utf-8", ""),
        ("atom", "application/atom+xml", "<?xml"),
    ] {
        let answer = desk.get(&format!("{path}.{extension}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{extension}");
        assert!(answer.body.starts_with(start), "{extension}: {}", answer.body);
    }
    assert!(desk.get("/issues").body.contains(&format!("href=\"{path}\"")));
    assert_eq!(desk.get(&format!("{path}.exe")).status, 404);
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    assert_eq!(desk.get(&format!("/issues/day/{today}")).header("location"), "/", "the day so far is the front page");
}

#[test]
fn a_preview_is_no_issue() {
    let kazbek = with_news();
    // The daemon writes the issues that are due; a command prints one.
    let printed = kazbek.ok(&["digest", "--date", "2026-03-02", "--format", "json"]);
    let desk = Desk::serving(&kazbek);
    let missing = desk.get("/issues/day/2026-03-02");
    assert_eq!(missing.status, 404, "a preview is no issue");
    assert!(printed.contains("2026-03-02"));
}

#[test]
fn before_the_first_item_a_page_says_what_is_happening() {
    let kazbek = Kazbek::with_config("");
    let desk = Desk::serving(&kazbek);
    let page = desk.get("/");
    assert_eq!(page.status, 503);
    check("/", &page.body);
    assert!(page.body.contains("There is no database") && page.header("refresh") == "5", "{}", page.head);
    assert_eq!(desk.get("/healthz").status, 200, "the server is well");
    assert_eq!(desk.get("/assets/desk.css").status, 200);
    assert_eq!(desk.get("/readyz").status, 503);
    // The store that another process makes meanwhile is found.
    kazbek.write("none.jsonl", "");
    kazbek.ok(&["import", "none.jsonl"]);
    let page = desk.get("/");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("The first round"), "{}", page.body);
    check("/", &page.body);
}

#[test]
fn what_came_since_the_last_visit_is_new() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let first = desk.get("/");
    let cookie = first.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("kazbek_seen=") && !first.body.contains("since your last visit"), "{cookie}");
    assert!(first.header("set-cookie").contains("HttpOnly") && first.header("set-cookie").contains("SameSite=Lax"));
    let again = desk.ask("GET", "/", &[&format!("Cookie: other=1; {cookie}")], "");
    assert!(again.body.contains("Nothing new since your last visit."), "{}", again.body);
    let earlier = desk.ask("GET", "/", &["Cookie: kazbek_seen=0.0.0"], "");
    assert!(
        earlier.body.contains("since your last visit") && earlier.body.contains("class=\"chip new\""),
        "{}",
        earlier.body
    );
}

/// The first visitor of each morning waited until the report of the year was computed.
#[test]
fn on_a_new_day_the_last_relations_are_shown_until_those_of_the_day_are_computed() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let shown = || desk.get("/relations/armenia/russia").body;
    assert!(shown().contains("The year to 2 March 2026."), "{}", shown());
    kazbek.write(
        "more.jsonl",
        r#"{"url":"https://news.example/9","title":"Azerbaijan opens an embassy in Tbilisi","summary":"","published":"2026-03-03T12:00:00Z","outlet":"Pass Post","language":"en"}"#,
    );
    kazbek.ok(&["import", "more.jsonl"]);
    assert!(shown().contains("The year to 2 March 2026."), "{}", shown());
    let until = Instant::now() + Duration::from_secs(30);
    while !shown().contains("The year to 3 March 2026.") {
        assert!(Instant::now() < until, "{}", shown());
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let exact = desk.get("/trends?since=2026-02-02&to=2026-03-02").body;
    assert!(exact.contains("2 March 2026") && !exact.contains("3 March 2026"), "days that were asked for: {exact}");
}
