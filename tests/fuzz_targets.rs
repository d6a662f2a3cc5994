//! The fuzz targets compile and hold over random input, without nightly Rust or the fuzzer: what `fuzz/` runs for
//! minutes before a release runs here for a moment, so that every target keeps up with the code it tests.

// The targets name the fuzzer's crate; here that is this one.
extern crate self as libfuzzer_sys;

use proptest::prelude::*;

/// What a target takes, made from random bytes.
trait Input<'a> {
    fn from_bytes(bytes: &'a [u8]) -> Option<Self>
    where
        Self: Sized;
}

impl<'a> Input<'a> for &'a [u8] {
    fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        Some(bytes)
    }
}

impl<'a> Input<'a> for &'a str {
    fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok()
    }
}

impl<'a> Input<'a> for Vec<u8> {
    fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

/// Stands in for the fuzzer's macro: the target becomes a test.
#[macro_export]
macro_rules! fuzz_target {
    (|$input:ident: $kind:ty| $body:block) => {
        fn target($input: $kind) {
            $body
        }

        #[test]
        fn holds_over_random_input() {
            $crate::check(|bytes| $crate::Input::from_bytes(bytes).map(target).is_some());
        }
    };
}

/// Runs a target over 64 random inputs: half are bytes, half are text. It says whether it could take an input.
fn check(target: impl Fn(&[u8]) -> bool) {
    let input = prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), "\\PC{0,100}".prop_map(String::into_bytes)];
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) };
    proptest!(config, |(bytes in input)| {
        target(&bytes);
    });
}

#[path = "../fuzz/fuzz_targets/addresses.rs"]
mod addresses;
#[path = "../fuzz/fuzz_targets/dates.rs"]
mod dates;
#[path = "../fuzz/fuzz_targets/feed.rs"]
mod feed;
#[path = "../fuzz/fuzz_targets/json_feed.rs"]
mod json_feed;
#[path = "../fuzz/fuzz_targets/opml.rs"]
mod opml;
#[path = "../fuzz/fuzz_targets/search.rs"]
mod search;
#[path = "../fuzz/fuzz_targets/smtp_answers.rs"]
mod smtp_answers;
#[path = "../fuzz/fuzz_targets/upgrade.rs"]
mod upgrade;
