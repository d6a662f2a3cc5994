//! Deduplication: canonical addresses, fingerprints, and placing an item against a full window.
//!
//! Titles are made of pronounceable words whose frequencies follow Zipf's law, as words of news do, so that the index
//! meets both common and rare words.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use kazbek::api::dedup::{Candidate, Deduplicator, Features, Fingerprint, Options, Provenance, Rules, canonical_url};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Items in the window.
const WINDOW: usize = 100_000;
/// Items that are placed in one measured round.
const ROUND: usize = 2_000;
/// Words of the made language.
const WORDS: u32 = 40_000;

fn word(mut number: u32) -> String {
    let mut word = String::new();
    for _ in 0..3 {
        word.push(char::from(b"bdfgklmnprstvz"[number as usize % 14]));
        word.push(char::from(b"aeiou"[number as usize / 14 % 5]));
        number /= 70;
    }
    word
}

fn text(random: &mut StdRng, words: usize) -> String {
    let words: Vec<String> = (0..words)
        .map(|_| {
            let rank = (f64::from(WORDS).ln() * random.random::<f64>()).exp();
            word(rank as u32 * 7919 % 343_000)
        })
        .collect();
    words.join(" ")
}

fn items(count: usize) -> Vec<(String, String)> {
    let mut random = StdRng::seed_from_u64(11);
    let mut items: Vec<(String, String)> = Vec::with_capacity(count);
    for index in 0..count {
        // One item in five repeats an earlier one with another ending.
        if index > 100 && random.random_bool(0.2) {
            let (title, summary) = items[index - 1 - random.random_range(0..100)].clone();
            items.push((format!("{title} {}", text(&mut random, 1)), summary));
        } else {
            items.push((text(&mut random, 9), text(&mut random, 40)));
        }
    }
    items
}

fn dedup(criterion: &mut Criterion) {
    let rules = Rules::built_in().expect("the built-in rules are read by a test");
    let items = items(WINDOW + ROUND);
    let fingerprints: Vec<Fingerprint> = items
        .iter()
        .map(|(title, summary)| Fingerprint::new(&rules.texts, &Features { title, summary, ..Features::default() }))
        .collect();

    let mut group = criterion.benchmark_group("dedup");
    group.throughput(Throughput::Elements(1));
    let url =
        "https://www.example.org/2026/11/some-news-of-the-day.html?id=12345&utm_source=rss&utm_medium=feed#comments";
    group.bench_function("canonical_url", |bencher| bencher.iter(|| canonical_url(&rules.urls, black_box(url))));
    let (title, summary) = &items[0];
    group.bench_function("fingerprint", |bencher| {
        bencher.iter(|| {
            Fingerprint::new(&rules.texts, &Features { title: black_box(title), summary, ..Features::default() })
        });
    });

    group.throughput(Throughput::Elements(ROUND as u64));
    group.sample_size(10);
    let options = Options { capacity: WINDOW, ..Options::default() };
    let candidate = |index: usize| Candidate {
        key: index as i64,
        url_key: None,
        at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(index as i64),
        provenance: Provenance::of_list(Timestamp::UNIX_EPOCH),
        outlet: "",
        fingerprint: &fingerprints[index],
    };
    let mut window = Deduplicator::new(Arc::clone(&rules.pairs), options);
    for index in 0..WINDOW {
        window.assign(&candidate(index));
    }
    let mut next = WINDOW as i64;
    group.bench_function("assign_2000_at_100000", |bencher| {
        bencher.iter_batched(
            || (),
            |()| {
                for index in WINDOW..WINDOW + ROUND {
                    next += 1;
                    black_box(window.assign(&Candidate { key: next, ..candidate(index) }));
                }
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, dedup);
criterion_main!(benches);
