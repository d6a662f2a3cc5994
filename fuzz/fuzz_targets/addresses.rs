//! Canonical addresses: the form of a form is itself.
//!
//!     cargo +nightly fuzz run addresses -- -max_total_time=600
#![cfg_attr(not(test), no_main)]

use std::sync::LazyLock;

use kazbek::api::dedup::{Rules, canonical_url, page_key};

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().expect("the built-in rules have no faults"));

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = page_key(&RULES.urls, text);
    if let Some(form) = canonical_url(&RULES.urls, text) {
        assert_eq!(canonical_url(&RULES.urls, &form).as_ref(), Some(&form), "{text:?}");
    }
});
