//! Recorded feeds have the items that an independent reader finds in them.
//!
//! The folder is `tests/fixtures/recorded`, feeds written for this test, or the one that `KAZBEK_FEEDS` names. Its
//! `INDEX.tsv` has the columns file, title, format, encoding, language and number of items.

use std::path::PathBuf;

use kazbek::api::feed::{self, Source};

#[test]
fn recorded_feeds_have_the_items_that_they_are_known_to_have() {
    let written = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/recorded"));
    let folder = std::env::var_os("KAZBEK_FEEDS").map_or_else(written, PathBuf::from);
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let mut faults = Vec::new();
    for line in std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap().lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (file, title, format, items) = (columns[0], columns[1], columns[2], columns[5].parse::<usize>().unwrap());
        let bytes = std::fs::read(folder.join(file)).unwrap();
        match feed::parse(&bytes, &Source::at(now)) {
            Ok(_) if format == "no feed" => faults.push(format!("{file} is no feed")),
            Err(_) if format == "no feed" => {}
            Err(error) => faults.push(format!("{file}: {error}")),
            Ok(feed) => {
                // If the index says that the feed is ill-formed, more items may be right.
                let is_ill_formed = columns.get(11).is_some_and(|note| note.contains("feedparser"));
                if feed.items.len() != items && !(is_ill_formed && feed.items.len() > items) {
                    faults.push(format!("{file}: {} items, not {items}: {:?}", feed.items.len(), feed.warnings));
                }
                let squeezed = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
                if title != "-" && squeezed(feed.title.as_deref().unwrap_or("-")) != squeezed(title) {
                    faults.push(format!("{file}: title {:?}, not {title}", feed.title));
                }
                let is_broken_itself =
                    String::from_utf8_lossy(&bytes).contains('\u{FFFD}') && std::str::from_utf8(&bytes).is_ok();
                for item in feed.items.iter().filter(|_| !is_broken_itself) {
                    let texts = [Some(&item.title), item.summary.as_ref(), item.content.as_ref()];
                    if texts.into_iter().flatten().any(|text| text.contains(['\u{FFFD}', 'Ð', 'Ñ', 'Ã'])) {
                        faults.push(format!("{file}: broken letters in {:?}", item.title));
                    }
                }
                if !feed.warnings.is_empty() {
                    println!("{file}: {:?}", feed.warnings);
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
