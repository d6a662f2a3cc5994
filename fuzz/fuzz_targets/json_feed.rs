//! The reader of JSON feeds: bytes as they are, and as the items of a feed.
//!
//!     cargo +nightly fuzz run json_feed -- -max_total_time=600
#![cfg_attr(not(test), no_main)]

use kazbek::api::feed::{self, Source};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let now: jiff::Timestamp = "2026-11-23T00:00:00Z".parse().expect("a time");
    let feed = format!(r#"{{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{text}]}}"#);
    for text in [text, &feed] {
        if let Ok(feed) = feed::parse(text.as_bytes(), &Source::at(now)) {
            assert_eq!(feed::identities(&feed.items).len(), feed.items.len());
            assert!(feed.items.iter().all(|item| !item.title.contains(char::is_control)));
        }
    }
});
