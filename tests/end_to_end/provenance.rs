//! Whose a page and a text are.

use jiff::{SignedDuration, Timestamp};
use kazbek::api::app::clock;

use crate::support::kazbek::Kazbek;
use crate::support::site::Site;

/// An item of a feed: title, summary, address, and hours before now at which it says it was published.
type Entry<'a> = (&'a str, &'a str, &'a str, i64);

const BRIDGE: Entry<'_> = ("Tbilisi opens a bridge over the Kura", "", "https://daily.example/bridge", 3);
const TREATY: Entry<'_> = (
    "Armenia and Russia sign a treaty on the northern railway",
    "The treaty was signed in Yerevan after nine months of talks on tariffs, customs and the repair of the line.",
    "https://daily.example/treaty",
    1,
);

/// An outlet, and a stranger whose feed is on another site.
struct Two {
    site: Site,
    kazbek: Kazbek,
}

impl Two {
    /// Both have been polled once, each with an item of its own.
    fn start(kind: &str) -> Two {
        let two = Two { site: Site::start(), kazbek: Kazbek::polling(&[]) };
        let outline = |name: &str, site: &str, kind: &str| {
            format!(
                "<outline type=\"rss\" text=\"{name}\" outlet=\"{name}\" xmlUrl=\"{}\" htmlUrl=\"{site}\" kind=\"{kind}\"/>",
                two.site.url(&format!("/{name}"))
            )
        };
        let outlines = outline("Daily", "https://www.daily.example/", "independent")
            + &outline("Stranger", "https://stranger.example/", kind);
        two.kazbek.write("feeds.opml", &format!("<opml version=\"2.0\"><body>{outlines}</body></opml>"));
        two.give("Daily", &[BRIDGE]);
        two.give("Stranger", &[("Baku hosts a chess tournament", "", "https://stranger.example/chess", 3)]);
        two
    }

    fn give(&self, name: &str, entries: &[Entry<'_>]) {
        let item = |(title, summary, link, hours): &Entry<'_>| {
            let at = clock::now() - SignedDuration::from_hours(*hours);
            format!(
                "<item><title>{title}</title><description>{summary}</description><link>{link}</link>\
                <guid isPermaLink=\"false\">{name} {link}</guid><pubDate>{}</pubDate></item>",
                at.strftime("%a, %d %b %Y %H:%M:%S GMT")
            )
        };
        let items: String = entries.iter().map(item).collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>{name}</title>{items}</channel></rss>");
        self.site.put(&format!("/{name}"), "application/rss+xml", feed);
        self.kazbek.poll();
    }

    /// The hits of a search: outlet and title, in the order of the alphabet.
    fn found(&self, query: &str) -> Vec<String> {
        let hits = self.kazbek.ok(&["search", query, "--json"]);
        let hit = |line: &str| {
            let hit: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            format!("{}: {}", hit["outlet"].as_str().unwrap_or_default(), hit["title"].as_str().unwrap_or_default())
        };
        let mut hits: Vec<String> = hits.lines().map(hit).collect();
        hits.sort();
        hits
    }

    /// The story of the week's digest that has this address as its best source, with when it was first seen.
    fn first_seen(&self, url: &str) -> Option<Timestamp> {
        self.first_seen_in(url, TREATY.3)
    }

    /// The same in the week of so many hours ago, which on a Monday after midnight is another.
    fn first_seen_in(&self, url: &str, hours: i64) -> Option<Timestamp> {
        let day = (clock::now() - SignedDuration::from_hours(hours)).strftime("%Y-%m-%d").to_string();
        let digest = self.kazbek.json(&["digest", "--period", "week", "--date", &day, "--format", "json"]);
        let sections = digest["sections"].as_array().expect("sections");
        let mut stories = sections.iter().flat_map(|section| section["stories"].as_array().into_iter().flatten());
        let story = stories.find(|story| story["url"] == url)?;
        let time = story["first_seen"].as_str().or_else(|| story["published"].as_str());
        time.and_then(|text| text.parse().ok())
    }
}

const FALSE_TITLE: &str = "Armenia leaves the talks on the northern railway";

#[test]
fn a_stranger_that_gives_an_address_first_does_not_keep_it() {
    let two = Two::start("independent");
    two.give("Stranger", &[(FALSE_TITLE, "", TREATY.2, 2)]);
    assert_eq!(two.found("railway"), [format!("Stranger: {FALSE_TITLE}")], "until the outlet publishes it");
    two.give("Daily", &[BRIDGE, TREATY]);
    let both = [format!("Daily: {}", TREATY.0), format!("Stranger: {FALSE_TITLE}")];
    assert_eq!(two.found("railway"), both, "each speaks for itself");
    let explained = two.kazbek.ok(&["explain", TREATY.2]);
    assert!(
        explained.contains(TREATY.0) && !explained.contains(FALSE_TITLE),
        "the address is the outlet's: {explained}"
    );
    let day = (clock::now() - SignedDuration::from_hours(TREATY.3)).strftime("%Y-%m-%d").to_string();
    let digest = two.kazbek.ok(&["digest", "--period", "week", "--date", &day, "--format", "json"]);
    assert!(digest.contains(TREATY.0), "the digest has the outlet's own story: {digest}");
    // What is known is known: neither gives anything new.
    two.give("Stranger", &[(FALSE_TITLE, "", TREATY.2, 2)]);
    assert_eq!(two.found("railway"), both);
    two.kazbek.is_sound("after an address changed hands");
}

#[test]
fn a_stranger_that_gives_an_address_later_is_a_sighting() {
    let two = Two::start("independent");
    two.give("Daily", &[BRIDGE, TREATY]);
    two.give("Stranger", &[(FALSE_TITLE, "", TREATY.2, 9)]);
    assert_eq!(two.found("railway"), [format!("Daily: {}", TREATY.0)]);
}

#[test]
fn a_copy_with_an_earlier_date_is_a_copy() {
    let two = Two::start("independent");
    let start = clock::now() - SignedDuration::from_secs(1);
    two.give("Daily", &[BRIDGE, TREATY]);
    two.give("Stranger", &[(TREATY.0, TREATY.1, "https://stranger.example/treaty", 20)]);
    let seen = two.first_seen(TREATY.2).expect("the outlet's page leads the story");
    assert!(seen >= start, "{seen}: first seen is when it was seen");
    assert_eq!(two.first_seen("https://stranger.example/treaty"), None);
}

#[test]
fn a_stranger_that_copies_a_text_and_its_address_makes_room_for_the_outlet() {
    let two = Two::start("independent");
    two.give("Stranger", &[(TREATY.0, TREATY.1, TREATY.2, 2)]);
    two.give("Daily", &[BRIDGE, TREATY]);
    assert_eq!(two.found("railway"), [format!("Daily: {}", TREATY.0)], "one text, found once, and by its original");
    let stats = two.kazbek.json(&["db", "stats", "--json"]);
    assert_eq!(stats["duplicates"].as_i64(), Some(1), "{stats}");
}

#[test]
fn an_aggregator_owns_no_page_and_not_even_its_own() {
    let two = Two::start("aggregator");
    let page = "https://stranger.example/treaty";
    two.give("Stranger", &[(TREATY.0, TREATY.1, page, 2)]);
    two.give("Daily", &[BRIDGE, TREATY]);
    assert!(two.first_seen(TREATY.2).is_some(), "the outlet's page leads the story");
    assert_eq!(two.first_seen(page), None);
}

#[test]
fn a_text_that_replaces_another_is_first_seen_when_it_does() {
    let two = Two::start("independent");
    let page = "https://stranger.example/chess";
    let edited = clock::now() - SignedDuration::from_secs(1);
    two.give("Stranger", &[(TREATY.0, TREATY.1, page, 3)]);
    let seen = two.first_seen(page).or_else(|| two.first_seen_in(page, BRIDGE.3)).expect("it is the only one");
    assert!(seen >= edited, "{seen}: the words were not there before");
}

#[test]
fn a_page_that_lost_its_address_stands_for_no_other_page_of_that_title() {
    let two = Two::start("independent");
    two.give("Stranger", &[(FALSE_TITLE, "", TREATY.2, 2)]);
    two.give("Daily", &[BRIDGE, TREATY]);
    two.give("Stranger", &[(FALSE_TITLE, "A second report.", "https://stranger.example/second", 0)]);
    let stats = two.kazbek.json(&["db", "stats", "--json"]);
    assert_eq!(stats["sightings"].as_i64(), Some(5), "{stats}");
}

#[test]
fn a_search_feed_speaks_for_the_outlet_that_the_list_names() {
    let two = Two::start("independent");
    let link = two.site.url("/articles/1");
    two.give("Daily", &[BRIDGE, (TREATY.0, TREATY.1, &link, 1)]);
    two.give("Stranger", &[(TREATY.0, TREATY.1, "https://stranger.example/treaty", 1)]);
    assert!(two.first_seen(&link).is_some(), "a link through the feed's own host is the outlet's");
}

/// A feed chooses its title; `feeds add` takes the outlet from there.
#[test]
fn a_feed_that_calls_itself_an_agency_is_not_believed() {
    let site = Site::start();
    let kazbek = Kazbek::polling(&[]);
    let feed = |title: &str| format!("<rss version=\"2.0\"><channel><title>{title}</title></channel></rss>");
    site.put("/a", "application/rss+xml", feed("Reuters"));
    site.put("/b", "application/rss+xml", feed("The Kura Courier"));
    site.put("/c", "application/rss+xml", feed("Reuters"));
    let outlet = |arguments: &[&str], path: &str| {
        let url = site.url(path);
        let ended = kazbek.run(&[&["feeds", "add", &url], arguments].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let listed = kazbek.ok(&["feeds", "list", "--json"]);
        let feeds = listed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line of JSON"));
        let outlets = feeds.filter(|feed| feed["url"] == url).map(|feed| feed["outlet"].as_str().unwrap().to_owned());
        (outlets.collect::<String>(), ended.stderr.contains("the name of an agency"))
    };
    assert_eq!(outlet(&[], "/a"), ("127.0.0.1".to_owned(), true));
    assert_eq!(outlet(&[], "/b"), ("The Kura Courier".to_owned(), false));
    assert_eq!(outlet(&["--outlet", "Reuters"], "/c"), ("Reuters".to_owned(), false));
}
