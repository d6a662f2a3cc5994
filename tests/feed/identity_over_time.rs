//! Items keep their identity from one snapshot of a feed to the next: each is new once.
//!
//! The folder is `tests/fixtures/snapshots`, written for this test, or the one that `KAZBEK_REPLAY` names. It holds the
//! snapshots of each feed as `<feed>/00001.xml.gz` and on, and a `truth.json` with the numbers of distinct and of new
//! items.

use std::collections::HashSet;
use std::io::Read;
use std::path::PathBuf;

use kazbek::api::feed::{self, Source};
use serde_json::Value;

#[test]
fn items_are_new_once() {
    let written = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/snapshots"));
    let folder = std::env::var_os("KAZBEK_REPLAY").map_or_else(written, PathBuf::from);
    let truth: Value = serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    for (name, truth) in truth["feeds"].as_object().or(truth.as_object()).unwrap() {
        let Some(snapshots) = truth["snapshots"].as_u64() else { continue };
        let expected = truth.get("distinct_items_robust").unwrap_or(&truth["distinct_items"]).as_u64().unwrap();
        let (mut seen, mut sightings) = (HashSet::new(), 0);
        for number in 1..=snapshots {
            let file = std::fs::File::open(folder.join(format!("{name}/{number:05}.xml.gz"))).unwrap();
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
            let feed = feed::parse(&bytes, &Source::at("2026-11-23T00:00:00Z".parse().unwrap())).unwrap();
            sightings += feed.items.len() as u64;
            let new = feed::identities(&feed.items).into_iter().filter(|identity| seen.insert(*identity)).count();
            if truth.get("distinct_items_robust").is_none() {
                let index = usize::try_from(number - 1).unwrap();
                assert_eq!(new as u64, truth["new_at_snapshot"][index].as_u64().unwrap(), "{name}, snapshot {number}");
            }
        }
        println!("{name}: {} distinct items of {sightings} sightings, {expected} expected", seen.len());
        assert_eq!((seen.len() as u64, sightings), (expected, truth["sightings"].as_u64().unwrap()), "{name}");
    }
}
