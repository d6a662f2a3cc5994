//! However a feed is damaged, the reader ends normally and soon, and its output is clean.
//!
//! Seeds are the fixtures, and the files of the folder that `KAZBEK_SUITES` names. With `KAZBEK_FUZZ_SECS` the
//! mutations go on for as many seconds, without it for some thousands of cases. `KAZBEK_FUZZ_SEED` repeats a run.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kazbek::api::feed::{self, NotAFeed, Source};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How often anything has panicked.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// What feeds are broken with.
const PIECES: [&str; 44] = [
    "<",
    ">",
    "&",
    "\"",
    "'",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "<?xml version='1.0' encoding='utf-16'?>",
    "<!DOCTYPE x [",
    "]>",
    "<!ENTITY a \"&b;&b;\">",
    "&a;",
    "&nbsp;",
    "&#0;",
    "&#xD800;",
    "&#99999999999;",
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<title>",
    "</title>",
    "<link href='/x'/>",
    "</channel>",
    "<rss version='2.0'>",
    "</rss>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "<rdf:RDF>",
    "xml:base='//'",
    "xmlns:a='http://www.w3.org/2005/Atom'",
    "<author>…a@b.cc</author>",
    "<table><tr><td>",
    "<script>",
    "\0",
    "\u{FEFF}",
    "\u{85}",
    "{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"\",\"items\":[{\"id\":1}]}",
    "[[[[[[",
    "İ",
    "Sun, 99 Foo 2026 99:99:99 +9999",
    "<pubDate>1 მარტი 2026</pubDate>",
    "<media:group><media:title>x</media:title></media:group>",
];

fn seeds() -> Vec<Vec<u8>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds");
    let mut folders: Vec<PathBuf> =
        std::iter::once(fixtures).chain(std::env::var_os("KAZBEK_SUITES").map(Into::into)).collect();
    let mut seeds = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xml" || extension == "json")
                && let Ok(bytes) = std::fs::read(&path)
            {
                seeds.push(bytes);
            }
        }
    }
    assert!(seeds.len() > 20, "the fixtures are there");
    seeds
}

/// Breaks a feed in one to eight places.
fn mutate(seeds: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..=8) {
        let at = random.random_range(0..=bytes.len());
        let to = (at + random.random_range(0..64)).min(bytes.len());
        match random.random_range(0..9) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            2 => drop(bytes.drain(at..to)),
            3 => {
                let piece = bytes[at..to].to_vec();
                let place = random.random_range(0..=bytes.len());
                bytes.splice(place..place, piece);
            }
            4 | 5 => drop(bytes.splice(at..at, PIECES[random.random_range(0..PIECES.len())].bytes())),
            6 => {
                let other = &seeds[random.random_range(0..seeds.len())];
                let from = random.random_range(0..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            7 => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                bytes = match random.random_range(0..4) {
                    0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                    1 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                    2 => [&[0xFE, 0xFF][..], &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>()]
                        .concat(),
                    _ => encoding_rs::WINDOWS_1251.encode(&text).0.into_owned(),
                };
            }
            _ => {
                let piece = PIECES[random.random_range(0..PIECES.len())].repeat(random.random_range(1..200));
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

const CONTENT_TYPES: [Option<&str>; 5] = [
    None,
    Some("text/xml"),
    Some("application/rss+xml; charset=windows-1251"),
    Some("text/xml; charset=\"utf-16\""),
    Some("charset=;;="),
];

/// Reads a body and checks the result.
fn check(bytes: &[u8], content_type: Option<&str>, base_url: Option<&str>) {
    let now: jiff::Timestamp = "2026-11-23T00:00:00Z".parse().expect("a time");
    let source = Source { content_type, base_url, ..Source::at(now) };
    let start = Instant::now();
    let read = feed::parse(bytes, &source);
    let took = start.elapsed();
    assert!(
        took < Duration::from_secs(2) + Duration::from_micros(bytes.len() as u64),
        "{took:?} for {} bytes",
        bytes.len()
    );
    let feed = match read {
        Ok(feed) => feed,
        Err(NotAFeed::Html { alternates }) => {
            return assert!(alternates.iter().all(|link| link.url.starts_with("http")));
        }
        Err(error) => return assert!(!error.to_string().contains('\n')),
    };
    assert_eq!(feed::identities(&feed.items).len(), feed.items.len());
    for item in &feed.items {
        let texts = [Some(&item.title), item.summary.as_ref(), item.content.as_ref()];
        for text in texts.into_iter().flatten().chain(&item.authors).chain(&item.categories) {
            assert!(text.chars().all(|character| !character.is_control() || character == '\n'), "{text:?}");
            assert_eq!(text.trim(), text);
        }
        assert!(!item.title.contains('\n'));
        assert!(
            item.link
                .as_deref()
                .is_none_or(|link| url::Url::parse(link).is_ok_and(|url| url.scheme().starts_with("http")))
        );
        assert!(item.published.is_none_or(|date| date <= now) && item.updated.is_none_or(|date| date <= now));
        assert!(item.id.as_deref().is_none_or(|id| !id.is_empty()));
    }
}

#[test]
fn broken_feeds_come_to_an_ordinary_end() {
    // The reader catches what the libraries beneath it panic on. That is the last resort, so it counts as a failure
    // here.
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        told(panic);
    }));
    let seeds = seeds();
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seed = number("KAZBEK_FUZZ_SEED").unwrap_or(20_261_123);
    let (start, time) = (Instant::now(), number("KAZBEK_FUZZ_SECS").map(Duration::from_secs));
    let mut cases = 0_u64;
    loop {
        // Each case has a seed of its own, so that one alone can be repeated.
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(cases));
        let bytes = mutate(&seeds, &mut random);
        let content_type = CONTENT_TYPES[random.random_range(0..CONTENT_TYPES.len())];
        let base = [None, Some("https://base.example/a/b?c"), Some("no address")][random.random_range(0..3)];
        let outcome = std::panic::catch_unwind(|| {
            check(&bytes, content_type, base);
            assert_eq!(PANICS.load(Ordering::Relaxed), 0, "a library panicked");
        });
        if let Err(panic) = outcome {
            println!("KAZBEK_FUZZ_SEED={} fails on {content_type:?}, {base:?}:", seed.wrapping_add(cases));
            println!("{:?}", String::from_utf8_lossy(&bytes));
            std::panic::resume_unwind(panic);
        }
        cases += 1;
        if time.map_or(cases >= 3000, |time| start.elapsed() >= time) {
            break;
        }
    }
    println!("{cases} cases in {:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_of_any_kind_come_to_an_ordinary_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes, None, None);
    }

    #[test]
    fn anything_within_a_feed_comes_to_an_ordinary_end(
        inside in "(\\PC|<|>|&|;|/|item|entry|title|link|\"|=){0,120}",
        root in proptest::sample::select(vec!["rss", "feed", "rdf:RDF", "rss version='2.0'"]),
    ) {
        check(format!("<{root}><channel><item><title>T</title>{inside}").as_bytes(), None, Some("https://base.example/"));
    }

    #[test]
    fn anything_within_a_json_feed_comes_to_an_ordinary_end(
        inside in "(\\PC|[{}\\[\\]:,\"0-9]|\"id\":|\"url\":|\"title\":|\"date_published\":|null|true|\\\\u0000|\\\\ud800){0,80}",
    ) {
        let start = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":[";
        check(format!("{start}{inside}]}}").as_bytes(), None, None);
        check(format!("{start}{{\"id\":\"1\",\"title\":\"T\",{inside}}}]}}").as_bytes(), None, None);
    }

    #[test]
    fn opml_of_any_kind_comes_to_an_ordinary_end(inside in "(\\PC|<|>|&|outline|xmlUrl=|'http://a.example/'|/| ){0,60}") {
        let opml = format!("<opml><body>{inside}</body></opml>");
        let (_, _) = (feed::opml::read(opml.as_bytes()), feed::opml::read(inside.as_bytes()));
    }
}
