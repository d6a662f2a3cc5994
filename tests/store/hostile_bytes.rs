//! Search queries and database files of any kind come to an ordinary end: an answer or an error, no panic.

use kazbek::api::store::{ItemFilter, Reader, Store};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

#[test]
fn a_search_query_of_any_kind_is_a_query_or_named_a_bad_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kazbek.db");
    drop(Store::open(&path).unwrap());
    let store = Reader::open(&path).unwrap();
    let queries = "(\\PC|[\"*^:+()\\-{}'«»„“\u{0}\n]| |AND|OR|NOT|NEAR|title:|Москва){0,40}";
    let check = |query: String| {
        if let Err(error) = store.search(&query, &ItemFilter::default(), 10) {
            prop_assert!(error.to_string().contains("query"), "{query:?}: {error}");
        }
        Ok(())
    };
    runner(500).run(&queries, check).unwrap();
}

#[test]
fn a_database_of_any_kind_is_opened_upgraded_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kazbek.db");
    drop(Store::open(&path).unwrap());
    let whole = std::fs::read(&path).unwrap();
    // The first page has the version of the schema and the tables; each change may make an older or a foreign file.
    let places = prop_oneof![0..200_usize, 0..whole.len()];
    let changes = proptest::collection::vec((places, any::<u8>()), 1..12);
    let check = |(changes, version, length): (Vec<(usize, u8)>, Option<u32>, Option<usize>)| {
        let mut bytes = whole.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        if let Some(version) = version {
            bytes[60..64].copy_from_slice(&version.to_be_bytes());
        }
        bytes.truncate(length.unwrap_or(usize::MAX));
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        std::fs::write(&path, bytes).unwrap();
        if let Ok(store) = Store::open(&path) {
            drop(store.feeds());
            drop(store.search("Armenia", &ItemFilter::default(), 10));
        }
        Ok(())
    };
    let inputs = (changes, proptest::option::of(0..6_u32), proptest::option::weighted(0.2, 0..whole.len()));
    runner(150).run(&inputs, check).unwrap();
}
