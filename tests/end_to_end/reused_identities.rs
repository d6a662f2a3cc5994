//! Ids and addresses that are used again: what shares one of them and nothing else is another item.

use crate::support::kazbek::Kazbek;
use crate::support::site::Site;

/// An item of a feed: guid, title, link, summary, date.
type Entry = (&'static str, &'static str, &'static str, &'static str, &'static str);

const MARCH: &str = "Mon, 06 Mar 2023 10:00:00 GMT";
const NOVEMBER: &str = "Mon, 03 Nov 2025 09:00:00 GMT";

fn document(entries: &[Entry]) -> String {
    let item = |(guid, title, link, summary, date): &Entry| {
        format!(
            "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title><link>https://daily.example/{link}</link>\
            <description>{summary}</description><pubDate>{date}</pubDate></item>"
        )
    };
    let items: String = entries.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Daily</title>{items}</channel></rss>")
}

/// The titles of the items, copies included, after a feed was polled in each of its states.
fn after(states: &[&[Entry]]) -> Vec<String> {
    let site = Site::start();
    let kazbek = Kazbek::polling(&[site.url("/feed")]);
    for state in states {
        site.put("/feed", "application/rss+xml", document(state));
        kazbek.ok(&["poll"]);
    }
    kazbek.is_sound("after the polls");
    titles(&kazbek)
}

/// The titles of all items.
fn titles(kazbek: &Kazbek) -> Vec<String> {
    let lines = kazbek.ok(&["export"]);
    let title = |line: &str| -> String {
        let item: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        item["title"].as_str().unwrap_or_default().to_owned()
    };
    let mut titles: Vec<String> = lines.lines().map(title).collect();
    titles.sort();
    titles
}

#[test]
fn what_shares_only_an_id_or_an_address_is_another_item() {
    const SNOW: Entry = ("1", "Snow closes the pass near Lars", "news", "", MARCH);
    const COURT: Entry = ("2", "Court in Gori frees a mayor", "news", "", MARCH);
    const BRIDGE: Entry = ("3", "New bridge opens over the Rioni", "news", "", MARCH);
    let check = |name: &str, states: &[&[Entry]], expected: &[&str]| assert_eq!(after(states), expected, "{name}");
    check("one page shows one item at a time", &[&[SNOW], &[COURT], &[BRIDGE], &[SNOW]], &[COURT.1, BRIDGE.1, SNOW.1]);
    let edited: Entry = ("9", "Snow closes the pass near Lars for a second day", "news", "", MARCH);
    check("a page with a new guid for each headline", &[&[SNOW], &[edited]], &[SNOW.1]);
    // In a feed of articles, each of which has a page.
    let articles: [Entry; 2] = [
        ("a", "Grape harvest ends in Kakheti", "grapes", "", MARCH),
        ("b", "A tram derails in Lisbon", "tram", "", MARCH),
    ];
    let [grapes, tram] = articles;
    check(
        "both headlines at once",
        &[&[SNOW, grapes, tram], &[edited, SNOW, grapes, tram]],
        &[tram.1, grapes.1, SNOW.1],
    );
    check("both headlines of a page that lists items", &[&[SNOW], &[edited, SNOW]], &[SNOW.1, edited.1]);
    let pilot: Entry = ("1", "Georgian court jails a pilot", "pilot", "", NOVEMBER);
    check("an id that is used again", &[&[SNOW], &[pilot]], &[pilot.1, SNOW.1]);
    check("to and fro", &[&[SNOW], &[pilot], &[SNOW], &[pilot]], &[pilot.1, SNOW.1]);
    let pilot_edited: Entry = ("1", "Georgian court jails Russian pilot for a year", "pilot", "", NOVEMBER);
    check("its edit is no third item", &[&[SNOW], &[pilot], &[pilot_edited]], &[pilot_edited.1, SNOW.1]);
    let next_day: Entry = ("1", "Court in Gori frees a mayor", "news", "", NOVEMBER);
    check(
        "a page and its id that show one item at a time",
        &[&[SNOW], &[next_day], &[next_day]],
        &[next_day.1, SNOW.1],
    );
    // One page of a department, which has a guid and a summary for each of its notices.
    let open: Entry =
        ("7", "The Lars pass is open to lorries", "lars", "Snow was cleared overnight by both services.", MARCH);
    let closed: Entry = (
        "8",
        "The Lars pass is closed to cars",
        "lars",
        "An avalanche came down near the tunnel at noon.",
        "Mon, 06 Mar 2023 17:00:00 GMT",
    );
    check("notices hours apart", &[&[open], &[closed, open]], &[closed.1, open.1]);
    check("notices in one document", &[&[closed, open], &[closed, open]], &[closed.1, open.1]);
    // The same without summaries, on another day.
    let (open, closed): (Entry, Entry) = (("7", open.1, "lars", "", MARCH), ("8", closed.1, "lars", "", NOVEMBER));
    check("notices days apart", &[&[open], &[closed, open]], &[closed.1, open.1]);
    // An id that says which section an item is in.
    let opens: Entry = ("politics", "Armenia opens embassy in Riyadh", "n1", "", "");
    let closes: Entry = ("politics", "Azerbaijan closes embassy in Paris", "n2", "", "");
    check("an id of a section", &[&[opens], &[closes]], &[opens.1, closes.1]);
    // An id that says where an item is in the list, under headlines that are alike.
    let jails: Entry = ("0", "Tbilisi court jails opposition leader", "t", "", MARCH);
    let pilot: Entry = ("0", "Tbilisi court jails opposition activist", "c", "", "Mon, 06 Mar 2023 15:00:00 GMT");
    let moved: Entry = ("1", jails.1, jails.2, "", MARCH);
    check("a place in a list of headlines", &[&[jails], &[pilot, moved], &[pilot, moved]], &[pilot.1, jails.1]);
    let later: Entry = ("0", "Tbilisi court jails Russian pilot", "p", "", NOVEMBER);
    check("an id used again on another day", &[&[jails], &[later]], &[later.1, jails.1]);
    let (quake, flood): (Entry, Entry) = (("w", "Earthquake", "w", "", MARCH), ("w", "Flood", "w", "", MARCH));
    check("short titles", &[&[quake], &[flood], &[quake]], &[quake.1, flood.1]);
    // Notices under one title and one address, whose order the next document turns round.
    let notice = |summary| -> Entry { ("z", "Announcement", "z", summary, "") };
    let notices = [
        notice("The road near Gori is closed until the spring."),
        notice("A concert of the state orchestra has moved to Sunday."),
        notice("The tax office opens on Saturday mornings."),
    ];
    let [first, second, third] = notices;
    check("texts under one title", &[&notices, &[third, second, first], &[second, third, first]], &[first.1; 3]);
    // A list on one page, with an id for each notice and one pattern for their titles.
    let vacancies: [Entry; 3] = [
        ("v1", "Vacancy: accountant in the Tbilisi office", "jobs", "", MARCH),
        ("v2", "Vacancy: driver in the Tbilisi office", "jobs", "", MARCH),
        ("v3", "Vacancy: lawyer in the Tbilisi office", "jobs", "", MARCH),
    ];
    let [accountant, driver, lawyer] = vacancies;
    let each = [accountant.1, driver.1, lawyer.1];
    check("a list in one document", &[&vacancies, &vacancies], &each);
    check("a list that shows one at a time", &[&[accountant], &[driver], &[lawyer], &[driver]], &each);
    let rates: [Entry; 2] = [
        ("r", "Exchange rates for 6 March", "rates", "", MARCH),
        ("r", "Exchange rates for 3 November", "rates", "", NOVEMBER),
    ];
    check("a page of each day's rates", &[&[rates[0]], &[rates[1]], &[rates[1]]], &[rates[1].1, rates[0].1]);
    let pages: [Entry; 2] = [("0", SNOW.1, "snow", "", MARCH), ("0", "Грузия открыла мост", "most", "", NOVEMBER)];
    check("a place in a list of two languages", &[&[pages[0]], &[pages[1]]], &[pages[0].1, pages[1].1]);
    let page: [Entry; 2] = [("0", SNOW.1, "news", "", MARCH), ("0", "Грузия открыла мост", "news", "", NOVEMBER)];
    check("a page of two languages", &[&[page[0]], &[page[1]]], &[page[0].1, page[1].1]);
    let rewritten: Entry = ("1", "Lars is cut off, drivers say", "news", "", MARCH);
    check("the page and its id stay: an edit", &[&[SNOW], &[rewritten]], &[rewritten.1]);
}

/// Times of one day.
const EIGHT: &str = "Mon, 06 Mar 2023 08:00:00 GMT";
const NINE: &str = "Mon, 06 Mar 2023 09:00:00 GMT";
const TEN: &str = MARCH;
const NOON: &str = "Mon, 06 Mar 2023 12:00:00 GMT";

#[test]
fn a_new_id_with_a_new_date_is_the_next_item_of_its_kind() {
    let check = |name: &str, states: &[&[Entry]], expected: usize| {
        let found = after(states);
        assert_eq!(found.len(), expected, "{name}: {found:?}");
    };
    let (alert, clear) = ("Воздушная тревога в Харьковской области", "Отбой воздушной тревоги в Харьковской области");
    for link in ["alerts", ""] {
        let alerts: [Entry; 4] = [
            ("a1", alert, link, "", EIGHT),
            ("a2", clear, link, "", NINE),
            ("a3", alert, link, "", TEN),
            ("a4", clear, link, "", NOON),
        ];
        let [first, second, third, fourth] = alerts;
        check("one at a time", &[&[first], &[second], &[third], &[fourth]], 4);
        check("two at a time", &[&[first], &[second, first], &[third, second], &[fourth, third], &[third, fourth]], 4);
        check("all at once", &[&alerts, &alerts], 4);
    }
    let over: [Entry; 4] = [
        ("o1", "Flood alert for the Rioni valley", "flood", "", EIGHT),
        ("o2", "Flood alert for the Rioni valley is over", "flood", "", NINE),
        ("o3", "Flood alert for the Rioni valley", "flood", "", TEN),
        ("o4", "Flood alert for the Rioni valley is over", "flood", "", NOON),
    ];
    check("an end that adds to the headline", &[&[over[0]], &[over[1]], &[over[2]], &[over[3]]], 4);
    check("ends beside their alerts", &[&over[..1], &over[..2], &over[..3], &over[1..]], 4);
    const SHOW: &str = "Our correspondents discuss the events between the two seas, every week on this station.";
    let (salt, wine): (Entry, Entry) =
        (("p1", "The salt road", "show", SHOW, MARCH), ("p2", "A wine press in Telavi", "show", SHOW, NOVEMBER));
    check("a description of the programme", &[&[salt], &[wine], &[wine, salt]], 2);
    let (first, second): (Entry, Entry) =
        (("e1", "Episode 12", "show", SHOW, MARCH), ("e2", "Episode 13", "show", SHOW, NOVEMBER));
    check("numbers of a programme", &[&[first], &[second], &[second, first]], 2);
    check("numbers in one document", &[&[second, first], &[second, first]], 2);
    let (first, second): (Entry, Entry) =
        (("t1", "Tender No 1541", "tenders", "", EIGHT), ("t2", "Tender No 1542", "tenders", "", NINE));
    check("numbers on one day", &[&[first], &[second]], 2);
    let (morning, noon): (Entry, Entry) =
        (("n1", "News bulletin", "bulletin", SHOW, EIGHT), ("n2", "News bulletin", "bulletin", SHOW, NOON));
    check("nothing but the hour", &[&[morning], &[noon], &[noon]], 2);
    check("nothing but the hour, in one document", &[&[noon, morning], &[noon, morning]], 2);
    let (line, again): (Entry, Entry) = (
        ("l1", "Police on Rustaveli", "live", "Officers line up along the avenue before the parliament.", EIGHT),
        ("l2", "Police on Rustaveli", "live", "Several arrests after bottles were thrown near the opera.", NOON),
    );
    check("entries of a live page", &[&[line], &[again, line]], 2);
    let (first, second): (Entry, Entry) = (
        ("q1", "M 3.9 - 21 km E of Gori", "map", "Depth 8 km.", EIGHT),
        ("q2", "M 4.4 - 17 km E of Gori", "map", "Depth 9 km.", NINE),
    );
    check("measurements", &[&[first], &[second]], 2);
    let case = |guid, summary| -> Entry { (guid, "Hearing", "court", summary, MARCH) };
    let cases = [
        case("c1", "Case No 3301, courtroom 1, judge Beridze, starts at 12 o'clock."),
        case("c2", "Case No 3302, courtroom 2, judge Beridze, starts at 14 o'clock."),
        case("c3", "Case No 3304, courtroom 4, judge Beridze, starts at 15 o'clock."),
    ];
    check("a form under one title", &[&cases, &cases], 3);
    check("a form under one title, one more each time", &[&[cases[0]], &[cases[1], cases[0]], &cases], 3);
    let town = |guid, title, summary| -> Entry { (guid, title, "water", summary, MARCH) };
    let towns = [
        town(
            "w1",
            "Water cut on Tuesday: Gori",
            "The water works of Gori repair the main pipe from 8 to 12 this Tuesday.",
        ),
        town(
            "w2",
            "Water cut on Tuesday: Poti",
            "The water works of Poti repair the main pipe from 9 to 13 this Tuesday.",
        ),
        town(
            "w3",
            "Water cut on Tuesday: Telavi",
            "The water works of Telavi repair the main pipe from 7 to 9 this Tuesday.",
        ),
    ];
    check("texts of one pattern", &[&towns, &towns], 3);
    let without_guid = towns.map(|(_, title, link, summary, date)| -> Entry { ("", title, link, summary, date) });
    check("texts of one pattern without ids", &[&without_guid, &without_guid], 3);
    let (shepherd, boats): (Entry, Entry) = (
        ("", "Photo of the day", "photo", "A shepherd with his dogs above the clouds of Tusheti.", MARCH),
        ("", "Photo of the day", "photo", "Fishing boats return to the harbour in the rain.", NOVEMBER),
    );
    check("a page without an id that has another text each day", &[&[shepherd], &[boats], &[boats]], 2);
}

#[test]
fn a_new_id_alone_or_with_most_of_the_old_words_is_no_other_item() {
    let check = |name: &str, states: &[&[Entry]], expected: usize| {
        let found = after(states);
        assert_eq!(found.len(), expected, "{name}: {found:?}");
    };
    const TEXT: &str = "Hundreds of lorries have to wait at the border until the road is cleared of snow.";
    const LONGER: &str =
        "Hundreds of lorries have to wait at the border until the road is cleared of snow. Police say turn back.";
    // In a feed of articles, each of which has a page.
    const BESIDE: [Entry; 3] = [
        ("k1", "Grape harvest ends in Kakheti", "grapes", "", EIGHT),
        ("k2", "A tram derails in Lisbon", "tram", "", EIGHT),
        ("k3", "Tea is grown again in Guria", "tea", "", EIGHT),
    ];
    let check_beside = |name: &str, states: &[&[Entry]], expected: usize| {
        let states: Vec<Vec<Entry>> = states.iter().map(|state| [state, &BESIDE[..]].concat()).collect();
        let states: Vec<&[Entry]> = states.iter().map(Vec::as_slice).collect();
        check(name, &states, expected + BESIDE.len());
    };
    let snow = |guid, title, summary, date| -> Entry { (guid, title, "snow", summary, date) };
    let first = snow("a", "Snow closes the pass near Lars", TEXT, EIGHT);
    check_beside("another headline", &[&[first], &[snow("b", "Drivers are stuck at Lars", TEXT, EIGHT)]], 1);
    check_beside(
        "another headline and hour",
        &[&[first], &[snow("b", "Snow closes Lars pass to all", LONGER, NOON)]],
        1,
    );
    check("a longer text", &[&[first], &[snow("b", first.1, LONGER, NOON)]], 1);
    for title in [
        "Snow closes the pass near Lars.",
        "⚡️ Snow closes the pass near Lars",
        "SNOW CLOSES THE PASS NEAR LARS",
        "Snow closes the pass near Lars…",
        "Snow closes the pass near «Lars»",
    ] {
        check(title, &[&[first], &[snow("b", title, TEXT, NOON)]], 1);
        check(title, &[&[first], &[snow("b", title, TEXT, NOON), first]], 1);
        check_beside(title, &[&[first], &[snow("b", title, TEXT, NOON)]], 1);
    }
    let bare = snow("a", first.1, "", EIGHT);
    check_beside(
        "a longer headline",
        &[&[bare], &[snow("b", "Snow closes the pass near Lars, lorries wait", "", NOON)]],
        1,
    );
    let edited = snow("b", "Snow and ice close the pass near Lars", "", EIGHT);
    check_beside("both headlines in one document", &[&[bare], &[edited, bare], &[edited, bare]], 1);
    check("twice in one document", &[&[first, snow("b", first.1, TEXT, EIGHT)]], 1);
    let toll = |guid, title| -> Entry { (guid, title, "toll", "", EIGHT) };
    let (fewer, more) = (toll("a", "15 killed in a strike on Kharkiv"), toll("b", "17 killed in a strike on Kharkiv"));
    check_beside("a count that rises", &[&[fewer], &[more], &[more, fewer]], 1);
    // Ids, and then dates as well, are made anew at each poll.
    let two = |ids: [&'static str; 2], date| -> [Entry; 2] {
        let [one, other] = ids;
        [snow(one, first.1, "", date), (other, "Court in Gori frees a mayor", "court", "", date)]
    };
    check("ids of the poll", &[&two(["a", "b"], EIGHT), &two(["c", "d"], EIGHT), &two(["e", "f"], EIGHT)], 2);
    check("ids and dates of the poll", &[&two(["a", "b"], EIGHT), &two(["c", "d"], TEN), &two(["e", "f"], NOON)], 2);
    // A counter of edits after the address of the page.
    let page = |guid, date| [snow(guid, first.1, TEXT, date), ("k", "Court in Gori frees a mayor", "court", "", EIGHT)];
    let [one, two] = ["https://daily.example/snow#0", "https://daily.example/snow#1"];
    check("a counter behind the page", &[&page(one, EIGHT), &page(two, TEN)], 2);
    let tender = |title, date| -> Entry { ("", title, "tenders", "", date) };
    let tenders = [tender("Tender No 1541", EIGHT), tender("Tender No 1542", NINE), tender("Tender No 1543", TEN)];
    let [one, two, three] = tenders;
    check("a list without ids that grows", &[&[one], &[two, one], &[three, two, one], &[three, two]], 3);
    check("a list without ids that shrinks", &[&[two, one], &[two], &[three, two], &[three]], 3);
    let hour = |date| -> Entry { ("", "News of the hour", "", "", date) };
    check("titles alone", &[&[hour(EIGHT)], &[hour(NINE), hour(EIGHT)], &[hour(TEN), hour(NINE)]], 3);
    check("a title that comes again under an id it had", &[&[bare], &[snow("b", bare.1, "", NOON)], &[bare]], 2);
}

#[test]
fn an_edited_headline_is_shown_with_the_address_it_came_with() {
    let site = Site::start();
    let kazbek = Kazbek::polling(&[site.url("/feed")]);
    let links = || -> Vec<(String, String)> {
        let lines = kazbek.ok(&["export"]);
        let read = |line: &str| -> (String, String) {
            let item: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            let field = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            (field("title"), field("url").replace("https://daily.example/", ""))
        };
        lines.lines().map(read).collect()
    };
    let put = |title, link| site.put("/feed", "application/rss+xml", document(&[("1", title, link, "", MARCH)]));
    for (title, link) in [
        ("Snow closes the pass near Lars", "snow-closes-the-pass"),
        ("Snow and ice close the pass near Lars", "snow-and-ice-close-the-pass"),
        ("Snow and ice close the pass near Lars: drivers wait", "snow-and-ice-close-the-pass"),
    ] {
        put(title, link);
        kazbek.ok(&["poll"]);
        assert_eq!(links(), [(title.to_owned(), link.to_owned())]);
    }
    kazbek.is_sound("after the edits");
}

#[test]
fn an_edit_that_leaves_nothing_is_another_item_and_one_that_leaves_something_is_none() {
    const SNOW: Entry =
        ("1", "Snow closes the pass near Lars", "news", "Hundreds of lorries have to wait at the border.", MARCH);
    const COURT: Entry =
        ("1", "Court in Gori frees a mayor", "news", "The judge found no evidence and ended the trial.", MARCH);
    let check = |name: &str, states: &[&[Entry]], expected: &[&str]| assert_eq!(after(states), expected, "{name}");
    check("nothing is left", &[&[SNOW], &[COURT], &[SNOW], &[COURT]], &[COURT.1, SNOW.1]);
    let (_, title, link, summary, date) = COURT;
    check("the text is left", &[&[SNOW], &[("1", title, link, SNOW.3, date)]], &[title]);
    check("the title is left", &[&[SNOW], &[("1", SNOW.1, link, summary, date)]], &[SNOW.1]);
    let first: Entry = ("b", "State of the roads, no. 7", "roads", SNOW.3, MARCH);
    let second: Entry = ("b", "State of the roads, no. 8", "roads", summary, NOVEMBER);
    check("bulletins with a number", &[&[first], &[second], &[second]], &[first.1, second.1]);
    // An id that says where the item is in the list.
    let at =
        |id: &'static str, (_, title, _, summary, date): Entry, link: &'static str| (id, title, link, summary, date);
    let (snow, court) = (at("1", SNOW, "snow"), at("1", (title, title, link, summary, NOVEMBER), "court"));
    check("a place in the list", &[&[snow], &[court, at("2", SNOW, "snow")]], &[title, SNOW.1]);
}

#[test]
fn a_page_that_two_feeds_show_may_be_of_two_items() {
    let site = Site::start();
    let kazbek = Kazbek::polling(&[site.url("/a"), site.url("/b")]);
    let put = |path: &str, entry: Entry| site.put(path, "application/rss+xml", document(&[entry]));
    put("/a", ("1", "Snow closes the pass near Lars", "news", "Hundreds of lorries have to wait.", MARCH));
    put("/b", ("9", "Court in Gori frees a mayor", "news", "The judge found no evidence in the trial.", MARCH));
    // The first to be polled has the address.
    for path in ["/a", "/b", "/a", "/b"] {
        kazbek.ok(&["poll", &site.url(path)]);
    }
    assert_eq!(titles(&kazbek), ["Court in Gori frees a mayor", "Snow closes the pass near Lars"]);
    put("/b", ("10", "Lorries wait near Lars: snow", "news", "Hundreds of them.", MARCH));
    kazbek.ok(&["poll"]);
    assert_eq!(titles(&kazbek).len(), 2, "the same page under another headline");
}

#[test]
fn what_was_removed_stays_away_and_takes_no_later_item_of_its_page_along() {
    let site = Site::start();
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n[store]\nin_scope_days = 30\nout_of_scope_days = 30\n",
    );
    kazbek.list(&[site.url("/feed")]);
    let snow: Entry = ("1", "Snow closes the pass near Lars", "news", "", MARCH);
    site.put("/feed", "application/rss+xml", document(&[snow]));
    kazbek.ok(&["poll"]);
    kazbek.ok(&["db", "prune"]);
    assert!(titles(&kazbek).is_empty());
    // What is dated ahead is dated to the moment at which it is read.
    let court: Entry = ("2", "Court in Gori frees a mayor", "news", "", "Mon, 06 Mar 2090 10:00:00 GMT");
    site.put("/feed", "application/rss+xml", document(&[snow, court]));
    kazbek.ok(&["poll"]);
    assert_eq!(titles(&kazbek), [court.1]);
}

#[test]
fn a_feed_that_has_lost_its_items_is_not_ok() {
    let site = Site::start();
    let kazbek = Kazbek::polling(&[site.url("/feed")]);
    let state = || {
        let line = kazbek.ok(&["feeds", "list", "--json"]);
        let feed: serde_json::Value = serde_json::from_str(&line).expect("one feed");
        (feed["status"].as_str().unwrap_or_default().to_owned(), feed["reason"].as_str().map(str::to_owned))
    };
    site.put("/feed", "application/rss+xml", document(&[]));
    kazbek.ok(&["poll"]);
    assert_eq!(state(), ("ok".to_owned(), None), "it never had any");
    let snow: Entry = ("1", "Snow closes the pass near Lars", "news", "", MARCH);
    site.put("/feed", "application/rss+xml", document(&[snow]));
    kazbek.ok(&["poll"]);
    assert_eq!(state().0, "ok");
    site.put("/feed", "application/rss+xml", document(&[]));
    for _ in 0..2 {
        kazbek.ok(&["poll"]);
        assert_eq!(state(), ("incomplete".to_owned(), Some("the feed has no items, and had some before".to_owned())));
    }
    let last = site.requests().pop().unwrap_or_default().to_lowercase();
    assert!(!last.contains("if-none-match"), "it is asked for in full: {last}");
}

#[test]
fn a_line_under_every_item_tags_none_of_them() {
    const TAGLINE: &str = "Read about Georgia, Armenia, Azerbaijan and Russia every day. Subscribe now.";
    let entry = |guid: &'static str, title: &'static str| (guid, title, guid, TAGLINE, MARCH);
    let entries = [
        entry("a", "Bakers of Paris strike over flour"),
        entry("b", "A new telescope finds a comet"),
        entry("c", "Tram derails in Lisbon"),
        ("d", "Markets are calm", "d", "A court in Tbilisi sentenced a Russian blogger.", MARCH),
    ];
    let site = Site::start();
    let kazbek = Kazbek::polling(&[site.url("/feed")]);
    site.put("/feed", "application/rss+xml", document(&entries));
    kazbek.ok(&["poll"]);
    let lines = kazbek.ok(&["export"]);
    for line in lines.lines() {
        let item: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let is_own = item["title"] == "Markets are calm";
        assert_eq!(item["scope"].is_string(), is_own, "{item}");
    }
}
