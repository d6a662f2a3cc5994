//! Search queries: each has an answer, or is named a bad one.
//!
//!     cargo +nightly fuzz run search -- -max_total_time=600
#![cfg_attr(not(test), no_main)]

use std::cell::RefCell;

use kazbek::api::store::{ItemFilter, Reader, Store};

thread_local! {
    static STORE: RefCell<(tempfile::TempDir, Reader)> = RefCell::new({
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("kazbek.db");
        drop(Store::open(&path).expect("a new store"));
        (folder, Reader::open(&path).expect("the store"))
    });
}

libfuzzer_sys::fuzz_target!(|query: &str| {
    STORE.with_borrow(|(_, store)| {
        if let Err(error) = store.search(query, &ItemFilter::default(), 10) {
            assert!(error.to_string().contains("query"), "{query:?}: {error}");
        }
    });
});
