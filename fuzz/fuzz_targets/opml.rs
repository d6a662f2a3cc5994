//! The reader of feed lists on bytes of any kind; what it reads is written and read again.
//!
//!     cargo +nightly fuzz run opml -- -max_total_time=600
#![cfg_attr(not(test), no_main)]

use kazbek::api::feed::opml;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let feeds = opml::read(bytes).feeds;
    let again = opml::read(opml::write(&feeds).as_bytes());
    assert_eq!((again.feeds.len(), again.faults.len()), (feeds.len(), 0), "what is written can be read");
});
