//! Searches as feeds, and those that are saved.

use crate::client::{Answer, Desk};
use crate::markup::check;
use crate::pages::with_news;
use crate::support::kazbek::Kazbek;

fn post(desk: &Desk, form: &str) -> Answer {
    let origin = format!("Origin: http://{}", desk.address);
    desk.ask("POST", "/searches", &[&origin, "Content-Type: application/x-www-form-urlencoded"], form)
}

#[test]
fn whatever_a_search_finds_is_a_feed() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let titles = |path: &str| -> Vec<String> {
        let feed = desk.get(path).json();
        feed["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
    };
    let road = titles("/search.json?q=road");
    assert_eq!(road, ["Georgia opens a new road over the mountains to Russia"], "its copy is no other");
    assert_eq!(titles("/search.json?tag=place:georgia").len(), 2, "without copies");
    assert_eq!(titles("/search.json?tag=place:georgia&language=ka"), ["საქართველო და რუსეთი"]);
    assert!(titles("/search.json?q=nothing").is_empty());
    let atom = desk.get("/search.atom?q=road");
    assert_eq!(atom.header("content-type"), "application/atom+xml; charset=utf-8");
    kazbek.write("road.atom", &atom.body);
    assert!(kazbek.ok(&["parse", "road.atom"]).contains("Georgia opens a new road"));
    assert_eq!(
        desk.ask("GET", "/search.atom?q=road", &[&format!("If-None-Match: {}", atom.header("etag"))], "").status,
        304
    );
    for (path, said) in [
        ("/search.atom", "searches for nothing"),
        ("/search.json?since=x", "Since"),
        ("/search.atom?q=%22", "not understood"),
    ] {
        let answer = desk.get(path);
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.body.contains(said), "{path}: {}", answer.body);
    }
}

#[test]
fn the_newest_come_first_however_many_are_better() {
    let kazbek = Kazbek::with_config("");
    let lines: String = (1..=28)
        .flat_map(|day| (0..4).map(move |hour| (day, hour)))
        .map(|(day, hour)| {
            // The older ones say the word more often.
            let words = "Baku ".repeat(30 - day);
            format!("{{\"title\":\"{words}day {day} hour {hour}\",\"published\":\"2026-02-{day:02}T{hour:02}:00:00Z\",\"outlet\":\"o{day}{hour}\"}}\n")
        })
        .collect();
    kazbek.write("news.jsonl", &lines);
    kazbek.ok(&["import", "news.jsonl"]);
    let feed = Desk::serving(&kazbek).get("/search.json?q=day").json();
    let dates: Vec<&str> =
        feed["items"].as_array().unwrap().iter().map(|item| item["date_published"].as_str().unwrap()).collect();
    assert_eq!((dates.len(), dates[0]), (50, "2026-02-28T03:00:00Z"));
    assert!(dates.is_sorted_by(|one, other| one >= other), "{dates:?}");
    assert_eq!(dates[49], "2026-02-16T02:00:00Z");
}

#[test]
fn a_search_is_saved_under_a_name_and_removed() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let page = desk.get("/search?q=road&tag=place:georgia&after=1.1&utm_source=x").body;
    check("/search", &page);
    assert!(page.contains("href=\"/search.atom?q=road&amp;tag=place%3Ageorgia\""), "{page}");
    assert!(page.contains("value=\"road, Georgia\""), "{page}");
    assert!(!desk.get("/search").body.contains("Save the search"));
    let saved = post(&desk, "action=save&name=%3Cb%3ERoads&query=q%3Droad%26tag%3Dplace%253Ageorgia%26evil%3D1");
    assert_eq!((saved.status, saved.header("location")), (303, "/searches"));
    let page = desk.get("/searches").body;
    check("/searches", &page);
    assert!(page.contains("&lt;b&gt;Roads</a>") && page.contains("road, Georgia") && !page.contains("evil"), "{page}");
    let (_, rest) = page.split_once("<a href=\"/search?").unwrap();
    let address = rest.split('"').next().unwrap().replace("&amp;", "&");
    assert_eq!(desk.get(&format!("/search.json?{address}")).json()["items"].as_array().unwrap().len(), 1);
    for (form, said) in [
        ("action=save&name=x&query=", "empty"),
        ("action=save&name=x&query=bloc%3Dnone", "Bloc"),
        ("action=save&query=q%3Droad", "a name"),
        ("action=remove", "no search"),
        ("", "what to do"),
    ] {
        let answer = post(&desk, form);
        assert_eq!(answer.status, 400, "{form}");
        assert!(answer.body.contains(said), "{form}: {}", answer.body);
    }
    assert!(!page.contains("Recipient of alerts"), "there is none");
    assert_eq!(post(&desk, "action=alert&id=1&to=desk").status, 400, "no such recipient");
    let foreign = desk.ask("POST", "/searches", &["Origin: https://evil.example"], "action=remove&id=1");
    assert_eq!(foreign.status, 403);
    assert_eq!(post(&desk, "action=remove&id=1").status, 303);
    assert!(desk.get("/searches").body.contains("None yet"));
}

#[test]
fn a_recipient_is_alerted_to_what_a_saved_search_finds_until_that_is_stopped() {
    let kazbek = with_news();
    let recipient = "[[recipient]]\nname = \"desk\"\nissues = [\"none\"]\ntransport = \"file\"\nfolder = \"out\"\n";
    let config = std::fs::read_to_string(kazbek.path("kazbek.toml")).unwrap();
    kazbek.write("kazbek.toml", &format!("{config}\n{recipient}"));
    let desk = Desk::serving(&kazbek);
    assert_eq!(post(&desk, "action=save&name=Roads&query=q%3Droad").status, 303);
    let page = || desk.get("/searches").body;
    check("/searches", &page());
    assert!(page().contains("<option value=\"desk\">desk</option>"), "{}", page());
    for (form, status) in
        [("action=alert&id=1&to=nobody", 400), ("action=alert&to=desk", 400), ("action=alert&id=1&to=desk", 303)]
    {
        assert_eq!(post(&desk, form).status, status, "{form}");
    }
    check("/searches", &page());
    assert!(page().contains("Alerts go to desk") && page().contains("Stop alerts"), "{}", page());
    assert_eq!(post(&desk, "action=silence&id=1").status, 303);
    assert!(!page().contains("Alerts go to"), "{}", page());
}
