//! Feeds whose publisher changes ids, addresses, dates or titles: an item is stored once all the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::fmt::Write as _;

use crate::support::kazbek::Kazbek;
use crate::support::site::Site;

/// Items of one snapshot, and how many of them are new in the next.
const ITEMS: u64 = 10;
const FRESH: u64 = 3;
const STEPS: u64 = 6;
/// The first snapshot in which the publisher does otherwise.
const CHANGE: u64 = 3;

/// SplitMix64 (Steele, Lea, Flood 2014).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Seven words that no other number gives.
fn title(number: u64) -> String {
    let mut title = String::new();
    for position in 0..7 {
        let mut bits = mixed(number * 7 + position + 1);
        for _ in 0..6 {
            title.push(char::from(b'a' + u8::try_from(bits % 26).unwrap()));
            bits /= 26;
        }
        title.push(' ');
    }
    title.trim_end().to_owned()
}

/// An item as a feed gives it; empty parts are left out.
#[derive(Clone, Debug)]
struct Published {
    title: String,
    guid: String,
    link: String,
    date: String,
    summary: String,
}

impl Published {
    fn of(number: u64) -> Published {
        Published {
            title: title(number),
            guid: format!("https://news.example/?p={number}"),
            link: format!("https://news.example/2026/{number}-{}.html", title(number).split(' ').next().unwrap()),
            date: format!("Mon, 05 Jan 2026 {:02}:{:02}:00 GMT", number / 60 % 24, number % 60),
            summary: format!("{} {}", title(number + 5_000), title(number + 9_000)),
        }
    }

    fn xml(&self) -> String {
        let part = |name: &str, text: &str| {
            let text = text.replace('&', "&amp;");
            if text.is_empty() { String::new() } else { format!("<{name}>{text}</{name}>") }
        };
        format!(
            "<item>{}{}{}{}{}</item>",
            part("title", &self.title),
            part("guid", &self.guid),
            part("link", &self.link),
            part("pubDate", &self.date),
            part("description", &self.summary)
        )
    }
}

/// What a publisher does to an item (of this number) in a snapshot.
type Change = fn(Published, u64, u64) -> Published;

/// Serves the snapshots of all feeds in order, twice, and gives how many items each feed was found to have.
fn replay(changes: &[(&str, Change)]) -> Vec<usize> {
    let site = Site::start();
    let path = |feed: usize| format!("/{feed}.xml");
    let urls: Vec<String> = (0..changes.len()).map(|feed| site.url(&path(feed))).collect();
    let kazbek = Kazbek::polling(&urls);
    let mut issued = 0;
    for step in 0..2 * STEPS {
        let first = step % STEPS * FRESH;
        for (feed, (_, change)) in changes.iter().enumerate() {
            let mut items = String::new();
            for number in first..first + ITEMS {
                let number = feed as u64 * 100 + number;
                write!(items, "{}", change(Published::of(number), number, step).xml()).unwrap();
            }
            let document = format!("<rss version=\"2.0\"><channel><title>News</title>{items}</channel></rss>");
            site.put(&path(feed), "application/rss+xml", document);
        }
        let summary = kazbek.json(&["poll", "--json"]);
        assert_eq!(summary["failed"], 0, "{summary}");
        issued += summary["items_new"].as_u64().unwrap() + summary["duplicates"].as_u64().unwrap();
    }
    let mut counts = vec![0; changes.len()];
    let mut stored = 0;
    for line in kazbek.ok(&["export", "--format", "jsonl"]).lines() {
        let item: serde_json::Value = serde_json::from_str(line).unwrap();
        let number =
            (0..changes.len() as u64 * 100).find(|number| item["title"].as_str().unwrap().contains(&title(*number)));
        counts[usize::try_from(number.unwrap() / 100).unwrap()] += 1;
        stored += 1;
    }
    assert_eq!(stored, issued, "as many are stored as were reported");
    counts
}

#[test]
fn an_item_comes_once_whatever_its_publisher_changes() {
    let cases: [(&str, Change); 14] = [
        ("nothing", |item, _, _| item),
        ("another scheme of ids", |item, number, step| match step < CHANGE {
            true => item,
            false => Published { guid: format!("urn:uuid:{:016x}", mixed(number)), ..item },
        }),
        ("ids shuffled at every fetch", |item, number, step| Published {
            guid: format!("{:016x}", mixed(number * 1_000 + step)),
            ..item
        }),
        ("ids and tracking shuffled at every fetch", |item, number, step| Published {
            guid: format!("{}#{step}", item.link),
            link: format!("{}?utm_content={:x}&fbclid={step}", item.link, mixed(number + step)),
            ..item
        }),
        ("a move to https", |item, _, step| match step < CHANGE {
            true => {
                Published { guid: item.guid.replace("https", "http"), link: item.link.replace("https", "http"), ..item }
            }
            false => item,
        }),
        ("another domain", |item, _, step| match step < CHANGE {
            true => item,
            false => Published {
                guid: item.guid.replace("news.example", "daily.example"),
                link: item.link.replace("news.example", "daily.example"),
                ..item
            },
        }),
        ("another layout of addresses, ids lost", |item, number, step| match step < CHANGE {
            true => item,
            false => Published { guid: String::new(), link: format!("https://news.example/articles/{number}"), ..item },
        }),
        ("titles edited", |item, number, step| Published {
            title: if step >= CHANGE && number % 2 == 0 { format!("{} and more", item.title) } else { item.title },
            ..item
        }),
        ("a counter in the titles", |item, number, step| Published {
            title: format!("{} ({} comments)", item.title, (number + 7 * step) % 50),
            ..item
        }),
        ("a counter in the titles, no ids", |item, number, step| Published {
            guid: String::new(),
            title: format!("({}) {}", (number + 7 * step) % 50, item.title),
            ..item
        }),
        ("dates of the fetch", |item, _, step| Published {
            date: format!("Tue, 06 Jan 2026 {step:02}:00:00 GMT"),
            ..item
        }),
        ("dates of the fetch, ids shuffled", |item, number, step| Published {
            guid: format!("{:016x}", mixed(number * 1_000 + step)),
            date: format!("Tue, 06 Jan 2026 {step:02}:00:00 GMT"),
            ..item
        }),
        ("titles alone", |item, _, step| match step < CHANGE {
            true => item,
            false => Published { guid: String::new(), link: String::new(), date: String::new(), ..item },
        }),
        // A daily bulletin: one layout, in which only the number differs from day to day.
        ("bulletins", |item, number, _| Published {
            title: format!("Bulletin {number} {}", item.title),
            summary: String::new(),
            ..item
        }),
    ];
    let wanted = usize::try_from(ITEMS + (STEPS - 1) * FRESH).unwrap();
    for ((name, _), found) in cases.iter().zip(replay(&cases)) {
        assert_eq!(found, wanted, "{name}");
    }
}
