//! The reader of feeds on bytes of any kind. Seeds: `tests/fixtures/feeds`, or any folder of feeds.
//!
//!     cargo +nightly fuzz run feed tests/fixtures/feeds/feedparser -- -max_total_time=600
#![cfg_attr(not(test), no_main)]

use kazbek::api::feed::{self, Source};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let now: jiff::Timestamp = "2026-11-23T00:00:00Z".parse().expect("a time");
    let source = Source { base_url: Some("https://base.example/a/b"), ..Source::at(now) };
    if let Ok(feed) = feed::parse(bytes, &source) {
        assert_eq!(feed::identities(&feed.items).len(), feed.items.len());
        for item in &feed.items {
            assert!(item.published.is_none_or(|date| date <= now));
            assert!(!item.title.contains(char::is_control));
        }
    }
});
