//! Dates as feeds write them, in the elements of RSS and Atom.
//!
//!     cargo +nightly fuzz run dates -- -max_total_time=600
#![cfg_attr(not(test), no_main)]

use kazbek::api::feed::{self, Source};

libfuzzer_sys::fuzz_target!(|date: &str| {
    let now: jiff::Timestamp = "2026-11-23T00:00:00Z".parse().expect("a time");
    let date = date.replace('&', "&amp;").replace('<', "&lt;");
    let rss = format!("<rss><channel><item><title>T</title><pubDate>{date}</pubDate></item></channel></rss>");
    let atom = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title>T</title><updated>{date}</updated></entry></feed>"
    );
    for text in [rss, atom] {
        if let Ok(feed) = feed::parse(text.as_bytes(), &Source::at(now)) {
            assert!(feed.items.iter().all(|item| item.published.is_none_or(|date| date <= now)));
        }
    }
});
