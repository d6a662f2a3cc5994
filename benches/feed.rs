//! How fast feeds are read: bytes to items, texts made plain, on one core.
//!
//! Without `KAZBEK_BENCH_FEEDS` a feed of thirty written items is read; with it, every feed in the folder that it
//! names.

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kazbek::api::feed::{self, Source};

/// A feed of thirty items of about a kilobyte, in two scripts.
fn written() -> Vec<u8> {
    let mut feed = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>Feed</title><link>https://feed.example/</link>",
    );
    for number in 0..30 {
        let sentence = if number % 2 == 0 {
            "The river rose by two metres overnight, and the road over the pass stayed closed &quot;until further notice&quot;. "
        } else {
            "За ночь вода в реке поднялась на два метра, и дорога через перевал осталась закрытой «до особого распоряжения». "
        };
        feed.push_str(&format!(
            "<item><title>Item {number} &amp; more</title><link>https://feed.example/{number}?utm_source=rss</link>\
             <guid isPermaLink=\"false\">{number}</guid><pubDate>Sun, 01 Nov 2026 03:05:00 +0000</pubDate>\
             <description>&lt;p&gt;{}&lt;/p&gt;</description></item>\n",
            sentence.repeat(6)
        ));
    }
    feed.push_str("</channel></rss>");
    feed.into_bytes()
}

fn feeds() -> Vec<Vec<u8>> {
    let Some(folder) = std::env::var_os("KAZBEK_BENCH_FEEDS").map(PathBuf::from) else { return vec![written()] };
    let files = std::fs::read_dir(folder).expect("the folder can be read").flatten();
    files.map(|file| file.path()).filter(|path| path.is_file()).filter_map(|path| std::fs::read(path).ok()).collect()
}

fn parse(criterion: &mut Criterion) {
    let feeds = feeds();
    let source = Source::at("2026-11-23T00:00:00Z".parse().expect("a time"));
    let bytes: usize = feeds.iter().map(Vec::len).sum();
    let mut group = criterion.benchmark_group("feed");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            for feed in &feeds {
                black_box(feed::parse(black_box(feed), &source).is_ok());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
