//! Database files of any kind: opened, upgraded or refused. The input changes a new file: pairs of a place (three bytes)
//! and a byte, the version of the schema first.
//!
//!     cargo +nightly fuzz run upgrade -- -max_total_time=600
#![cfg_attr(not(test), no_main)]

use std::sync::LazyLock;

use kazbek::api::store::{ItemFilter, Store};

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("kazbek.db");
    drop(Store::open(&path).expect("a new store"));
    std::fs::read(path).expect("the file")
});

libfuzzer_sys::fuzz_target!(|changes: &[u8]| {
    let mut bytes = WHOLE.clone();
    let Some((version, changes)) = changes.split_first() else { return };
    bytes[60..64].copy_from_slice(&u32::from(version % 8).to_be_bytes());
    for change in changes.chunks_exact(4) {
        let at = usize::from(change[0]) << 16 | usize::from(change[1]) << 8 | usize::from(change[2]);
        let length = bytes.len();
        bytes[at % length] = change[3];
    }
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("kazbek.db");
    std::fs::write(&path, bytes).expect("the file is written");
    if let Ok(store) = Store::open(&path) {
        drop(store.feeds());
        drop(store.search("Armenia", &ItemFilter::default(), 10));
    }
});
