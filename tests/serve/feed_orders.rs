//! The forms of the page of feeds: the daemon does what they ask.

use crate::client::{Answer, Desk};
use crate::markup::check;
use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

const MONDAY: &str = "Mon, 05 Jan 2026 08:00:00 GMT";

fn post(desk: &Desk, form: &str) -> Answer {
    let origin = format!("Origin: http://{}", desk.address);
    desk.ask("POST", "/feeds", &[&origin, "Content-Type: application/x-www-form-urlencoded"], form)
}

#[test]
fn a_reader_adds_polls_switches_off_and_removes_feeds() {
    let site = Site::start();
    site.put("/a.xml", "application/rss+xml", rss(&[("Armenia and Russia talk", "/1", MONDAY)]));
    site.put("/b.xml", "application/rss+xml", rss(&[("Georgia and Russia talk", "/2", MONDAY)]));
    let page = "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/b.xml\"></head><body>News</body></html>";
    site.put("/news", "text/html", page);
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n[serve]\nlisten = \"127.0.0.1:0\"\n",
    );
    kazbek.list(&[site.url("/a.xml")]);
    let desk = Desk::start(&kazbek, &["run"]);
    let list = desk.get("/feeds").body;
    check("/feeds", &list);
    assert!(list.contains("Add a feed") && list.contains("/feeds.opml"), "{list}");

    // A page is as good as the feed that it links to.
    let added = post(&desk, &format!("action=add&url={}&outlet=Valley+Echo", site.url("/news")));
    assert_eq!(added.status, 303, "{}", added.body);
    let feed = added.header("location").to_owned();
    let shown = desk.get(&feed).body;
    check("/feeds/1", &shown);
    assert!(shown.contains("Valley Echo") && shown.contains("Check now"), "{shown}");
    let id = feed.trim_start_matches("/feeds/");
    assert_eq!(post(&desk, &format!("action=poll&feed={id}")).header("location"), feed);
    assert!(kazbek.ok(&["export"]).contains("Georgia and Russia talk"));
    assert!(desk.get("/feeds.opml").body.contains("Valley Echo"));

    let state = || desk.get(&feed).body;
    assert_eq!(post(&desk, &format!("action=disable&feed={id}")).status, 303);
    assert!(state().contains("Poll again") && !state().contains("Check now"));
    let refused = post(&desk, &format!("action=poll&feed={id}"));
    assert!(refused.status == 409 && refused.body.contains("enable it first"), "{}", refused.body);
    post(&desk, &format!("action=enable&feed={id}"));
    assert!(state().contains("Check now"));
    post(&desk, &format!("action=remove&feed={id}"));
    assert!(!desk.get("/feeds.opml").body.contains("Valley Echo"));

    // The list of another reader.
    let list = format!(
        "<opml><body><outline text=\"Third\" xmlUrl=\"{}\"/><outline text=\"A\" xmlUrl=\"{}\"/>\n\
         <outline text=\"<b>x\" type=\"rss\"/></body></opml>",
        site.url("/c.xml"),
        site.url("/a.xml")
    )
    .replace("<b>", "&lt;b&gt;");
    let encoded: String = list.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let shown = post(&desk, &format!("action=import&list={encoded}"));
    check("/feeds", &shown.body);
    assert_eq!(shown.status, 200);
    assert!(shown.body.contains("1 feed added, 1 already known") && shown.body.contains("Line 2: "), "{}", shown.body);
    assert!(desk.get("/feeds.opml").body.contains("Third"));

    // What is wrong changes nothing.
    for (form, status) in [
        ("action=add".to_owned(), 400),
        ("action=import".to_owned(), 400),
        ("action=import&list=%3Chtml%3E%3C%2Fhtml%3E".to_owned(), 400),
        ("action=add&url=gopher://x.example/".to_owned(), 400),
        (format!("action=add&url={}", site.url("/nothing")), 502),
        ("action=poll&feed=999".to_owned(), 404),
        ("action=poll&feed=x".to_owned(), 404),
        (format!("action=burn&feed={id}"), 400),
        (format!("action=add&url=https://x.example/{}", "a".repeat(2_001)), 400),
    ] {
        let answer = post(&desk, &form);
        assert_eq!(answer.status, status, "{form}: {}", answer.body);
    }
    let foreign = desk.ask("POST", "/feeds", &["Origin: https://evil.example"], &format!("action=enable&feed={id}"));
    assert_eq!(foreign.status, 403);
    desk.terminate();
}

#[test]
fn without_a_daemon_the_page_of_feeds_offers_nothing_that_it_cannot_do() {
    let kazbek = Kazbek::with_config("feeds = \"feeds.opml\"\n");
    kazbek.list(&["http://127.0.0.1:9/".to_owned()]);
    // Nothing answers there, but the feed is known.
    assert_eq!(kazbek.run(&["poll"]).code, 1);
    let desk = Desk::serving(&kazbek);
    let list = desk.get("/feeds").body;
    assert!(!list.contains("Add a feed") && !list.contains("method=\"post\""), "{list}");
    let refused = post(&desk, "action=poll&feed=1");
    assert!(refused.status == 503 && refused.body.contains("o daemon can be reached"), "{}", refused.body);
}
