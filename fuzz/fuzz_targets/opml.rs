//! The reader of feed lists on bytes of any kind; what it reads is written and read again.
//!
//!     cargo +nightly fuzz run opml -- -max_total_time=600
#![no_main]

use kazbek::feed::opml;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(feeds) = opml::read(bytes) {
        let again = opml::read(opml::write(&feeds).as_bytes()).expect("what is written can be read");
        assert_eq!(again.len(), feeds.len());
    }
});
