//! Feeds whose items are all on one page: notices, court diaries, alerts. Within one document, different is different.

use std::collections::HashMap;

use crate::support::kazbek::Kazbek;
use crate::support::site::Site;

/// The title and the summary of each item of a list, the oldest first.
type List = [(&'static str, &'static str); 3];

const LISTS: [(&str, List); 11] = [
    (
        "a form under one title",
        [
            ("Hearing", "Case of Gelashvili, article 180, hall A, judge Beridze presides."),
            ("Hearing", "Case of Tsereteli, article 177, hall B, judge Kapanadze presides."),
            ("Hearing", "Case of Lomidze, article 126, hall C, judge Dolidze presides."),
        ],
    ),
    (
        "texts without a word in common",
        [
            ("Court hearing in Tbilisi today", "A jeweller in Rustavi was robbed, and the suspect is heard."),
            ("Court hearing in Tbilisi today", "Widow sues insurer about her burnt house near Mtskheta."),
            ("Court hearing in Tbilisi today", "Tax police versus a wine exporter over unpaid duties."),
        ],
    ),
    (
        "goods of one form",
        [
            ("For sale", "Washing machine, good condition, Tbilisi, price 300 GEL, call after six."),
            ("For sale", "Bicycle, good condition, Tbilisi, price 250 GEL, call after six."),
            ("For sale", "Guitar, good condition, Tbilisi, price 200 GEL, call after six."),
        ],
    ),
    (
        "alerts and their ends",
        [
            ("Air alert in Belgorod", ""),
            ("Air alert in Belgorod is over", ""),
            ("Cancelled: air alert in Belgorod", ""),
        ],
    ),
    (
        "numbered titles over one text",
        [
            ("Lot 12: land in Mtskheta", "Agricultural land is put up for auction by the state agency."),
            ("Lot 13: land in Mtskheta", "Agricultural land is put up for auction by the state agency."),
            ("Lot 14: land in Mtskheta", "Agricultural land is put up for auction by the state agency."),
        ],
    ),
    (
        "measurements",
        [
            ("Earthquake of magnitude 4.1 near Akhalkalaki", "The tremor was felt in Javakheti."),
            ("Earthquake of magnitude 3.8 near Akhalkalaki", "The tremor was felt in Javakheti."),
            ("Earthquake of magnitude 3.2 near Ninotsminda", "The tremor was felt in Javakheti."),
        ],
    ),
    (
        "the same words in another order or form",
        [
            ("Train delayed", "The night train from Tbilisi to Batumi is delayed."),
            ("Train delayed", "The night train from Batumi to Tbilisi is delayed."),
            ("Train delayed", "The night trains from Batumi to Tbilisi are delayed."),
        ],
    ),
    (
        "texts that add words to one another",
        [
            ("Larsi road", "The road is open for all vehicles today."),
            ("Larsi road", "The road is not open for all vehicles today."),
            ("Larsi road", "The road is not open for trucks and all vehicles today."),
        ],
    ),
    (
        "no titles",
        [
            ("", "Air alert in the Belgorod region"),
            ("", "End of the air alert in the Belgorod region"),
            ("", "Air alert in the Kursk and the Belgorod region"),
        ],
    ),
    ("symbols and signs", [("🔴 Larsi: −5", ""), ("🟢 Larsi: −5", ""), ("🔴 Larsi: +5", "")]),
    ("nothing but the hour", [("News of the hour", ""), ("News of the hour", ""), ("News of the hour", "")]),
];

/// Which items, by their place in the list, the feed shows at each poll.
const WAYS: [(&str, &[&[usize]]); 6] = [
    ("all at once", &[&[2, 1, 0], &[2, 1, 0]]),
    ("in another order", &[&[2, 1, 0], &[0, 1, 2]]),
    ("one more each time", &[&[0], &[1, 0], &[2, 1, 0]]),
    ("two and then three", &[&[1, 0], &[2, 1, 0], &[1, 2, 0]]),
    ("fewer each time", &[&[2, 1, 0], &[2, 1], &[2], &[2, 1]]),
    ("two at a time", &[&[1, 0], &[2, 1], &[1, 0]]),
];

/// Whether items have dates, and each its own.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Dates {
    Hours,
    One,
    None,
}

/// A feed that lists its items on one page.
#[derive(Clone, Copy, Debug)]
struct Case {
    list: (&'static str, List),
    way: (&'static str, &'static [&'static [usize]]),
    has_ids: bool,
    dates: Dates,
    link: &'static str,
}

impl Case {
    fn document(&self, number: usize, shown: &[usize]) -> String {
        let item = |&place: &usize| {
            let (title, summary) = self.list.1[place];
            let mut item = format!("<title>{title}</title><description>{summary}</description>");
            if self.has_ids {
                item.push_str(&format!("<guid isPermaLink=\"false\">n{place}</guid>"));
            }
            if !self.link.is_empty() {
                item.push_str(&format!("<link>https://court-{number}.example{}</link>", self.link));
            }
            let hour = match self.dates {
                Dates::Hours => Some(8 + place),
                Dates::One => Some(8),
                Dates::None => None,
            };
            if let Some(hour) = hour {
                item.push_str(&format!("<pubDate>Mon, 06 Mar 2023 {hour:02}:00:00 GMT</pubDate>"));
            }
            format!("<item>{item}</item>")
        };
        let items: String = shown.iter().map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>Court {number}</title>{items}</channel></rss>")
    }

    /// Whether something that people see distinguishes the items.
    fn is_distinct(&self) -> bool {
        self.dates == Dates::Hours || self.list.1[0] != self.list.1[1]
    }
}

#[test]
fn items_that_are_listed_on_one_page_are_all_kept() {
    let mut cases = Vec::new();
    for list in LISTS {
        for way in WAYS {
            for (has_ids, link) in [(true, "/diary"), (false, "/diary"), (false, ""), (false, "/"), (true, "")] {
                for dates in [Dates::Hours, Dates::One, Dates::None] {
                    cases.push(Case { list, way, has_ids, dates, link });
                }
            }
        }
    }
    cases.retain(Case::is_distinct);
    let site = Site::start();
    let path = |number: usize| format!("/{number}");
    let urls: Vec<String> = (0..cases.len()).map(|number| site.url(&path(number))).collect();
    let kazbek = Kazbek::polling(&urls);
    let polls = WAYS.iter().map(|(_, states)| states.len()).max().unwrap_or_default();
    for poll in 0..polls {
        for (number, case) in cases.iter().enumerate() {
            let shown = case.way.1.get(poll).or(case.way.1.last()).expect("a state");
            site.put(&path(number), "application/rss+xml", case.document(number, shown));
        }
        kazbek.ok(&["poll"]);
    }
    kazbek.is_sound("after the polls");
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for line in kazbek.ok(&["export"]).lines() {
        let item: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let field = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        found.entry(field("outlet")).or_default().push(field("title"));
    }
    let mut faults = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let mut stored = found.remove(&format!("Outlet {number}")).unwrap_or_default();
        stored.sort();
        let mut expected: Vec<String> = case.list.1.iter().map(|(title, _)| (*title).to_owned()).collect();
        expected.sort();
        if stored != expected {
            faults.push(format!("{}, {}, {case:?}: {stored:#?}", case.list.0, case.way.0));
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
}
