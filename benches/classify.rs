//! The classifier with the shipped lexicon: loading it, and raw text to tags with evidence.
//!
//! `cargo bench --bench classify`. Headlines are those of `tests/fixtures/classify/items.tsv`: nearly every one names the region, many twice, so they are
//! the dearest text there is. The articles are what a wire carries: one such headline over plain text of 4 kB that
//! names little.
//! `KAZBEK_BENCH_ITEMS=FILE` names a file of JSONL items (`title`, `summary`) of your own; they are measured as `classify/items`.

#![expect(clippy::unwrap_used, reason = "a bench may end where it cannot start")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kazbek::api::classify::{Classifier, ItemText, Scratch};
use kazbek::api::lexicon::{Lexicon, built_in_files};

const PLAIN: [&str; 2] = [
    "The council met for the third time this month and again put off the question that most people in the town had come to hear about. \
     Members spoke for nearly two hours on drains, on the price of paint and on whether the library should stay open on Sundays, while the \
     visitors waited in the corridor. A clerk read out the letters that had come in since the last sitting. One of them asked why the bridge \
     was still closed to lorries although the repairs had been paid for in spring. Nobody knew. The engineer had left in August and his notes \
     could not be found. In the end it was agreed that a smaller group would look into the matter and report back before the first frost. ",
    "Заседание началось с опозданием на сорок минут, потому что в зале не работало отопление и часть приглашённых ушла греться в соседнее здание. \
     Первым выступил заведующий мастерской: он рассказал, сколько окон удалось починить за осень и почему краска подорожала вдвое. Затем долго спорили о расписании \
     автобусов, о стоимости проезда и о том, кто должен чистить снег возле школы. Одна из жительниц принесла фотографии старой мельницы и попросила не сносить её, \
     пока не найдётся новое место для кружка рисования. Решение отложили до следующей недели, а протокол обещали вывесить у входа. ",
];

fn headlines() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/classify/items.tsv");
    let set = std::fs::read_to_string(path).unwrap();
    set.lines().skip(1).filter_map(|line| line.split('\t').nth(2)).map(str::to_owned).collect()
}

fn classify(c: &mut Criterion) {
    let files = built_in_files();
    c.bench_function("lexicon/load", |b| b.iter(|| Lexicon::load(black_box(&files), &[]).unwrap()));

    let classifier = Classifier::new(Arc::new(Lexicon::load(&files, &[]).unwrap()));
    let headlines = headlines();
    let texts: Vec<String> =
        headlines.iter().enumerate().map(|(n, title)| format!("{title}. {}", PLAIN[n % 2].repeat(4 + n % 3))).collect();
    let mut scratch = Scratch::default();
    let mut group = c.benchmark_group("classify");

    group.throughput(Throughput::Bytes(headlines.iter().map(|t| t.len() as u64).sum()));
    group.bench_function("headlines", |b| {
        b.iter(|| {
            for title in &headlines {
                black_box(classifier.classify_with(&mut scratch, &ItemText { title, ..ItemText::default() }));
            }
        });
    });

    group.throughput(Throughput::Bytes(texts.iter().map(|t| t.len() as u64).sum()));
    group.bench_function("articles", |b| {
        b.iter(|| {
            for (title, text) in headlines.iter().zip(&texts) {
                let item = ItemText { title, content: Some(text), ..ItemText::default() };
                black_box(classifier.classify_with(&mut scratch, &item));
            }
        });
    });
    if let Some(path) = std::env::var_os("KAZBEK_BENCH_ITEMS") {
        let items = items(Path::new(&path));
        group.throughput(Throughput::Bytes(items.iter().map(|(t, s)| (t.len() + s.len()) as u64).sum()));
        group.bench_function("items", |b| {
            b.iter(|| {
                for (title, summary) in &items {
                    black_box(
                        classifier.classify_with(&mut scratch, &ItemText { title, summary, ..ItemText::default() }),
                    );
                }
            });
        });
    }
    group.finish();
}

fn items(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let item = |line: &str| {
        let item: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |key: &str| item.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        (field("title"), field("summary"))
    };
    text.lines().map(item).collect()
}

criterion_group!(benches, classify);
criterion_main!(benches);
