use super::*;

fn source() -> Source<'static> {
    Source::at("2026-11-23T00:00:00Z".parse().unwrap())
}

#[test]
fn a_plain_feed_reads() {
    let feed = parse(
        b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>T</title><link>https://e.example/</link>\
          <item><title>One &amp;amp; two</title><description>&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;</description></item></channel></rss>",
        &source(),
    )
    .unwrap();
    assert_eq!(feed.title.as_deref(), Some("T"));
    let item = &feed.items[0];
    assert_eq!((item.title.as_str(), item.summary.as_deref()), ("One & two", Some("a\nb")));
    assert_eq!((item.id.as_ref(), item.published, item.updated), (None, None, None));
}

#[test]
fn what_is_no_feed_is_named() {
    assert_eq!(parse(b" \n", &source()), Err(NotAFeed::Empty));
    assert!(matches!(parse(b"<!doctype html><html></html>", &source()), Err(NotAFeed::Html { .. })));
    assert!(matches!(parse(b"\x89PNG", &source()), Err(NotAFeed::NotXmlNorJson { .. })));
}

/// Every file of the fixtures and of the folders that `KAZBEK_SUITES` and `KAZBEK_FEEDS` name.
fn files() -> Vec<(String, Vec<u8>)> {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds");
    let given = ["KAZBEK_SUITES", "KAZBEK_FEEDS"].into_iter().filter_map(std::env::var_os).map(Into::into);
    let mut folders: Vec<std::path::PathBuf> = std::iter::once(fixtures).chain(given).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("xml" | "json") => files.push((path.display().to_string(), std::fs::read(&path).unwrap())),
                _ => {}
            }
        }
    }
    files
}

#[test]
fn both_readers_agree_where_feed_rs_is_chosen() {
    let base = "https://base.example/feed/";
    let source = Source { base_url: Some(base), ..source() };
    let (mut chosen, mut refused, mut differences) = (0, Vec::new(), Vec::new());
    for (file, bytes) in files() {
        let decoded = charset::decode(&bytes, None);
        let text = decoded.text.trim();
        match survey::survey(text, &source.limits) {
            survey::Reader::FeedRs => {}
            survey::Reader::Tolerant(reason) => {
                refused.push(format!("{file}: {reason}"));
                continue;
            }
        }
        let feed_rs = feed_rs_reader::read(text, source.base_url, source.limits.items);
        let feed_rs = refine::refine(with_head(feed_rs.expect(&file), text, &source), &source);
        let tolerant = tolerant::read(text, url::Url::parse(base).ok().as_ref(), &source.limits, Extent::Whole);
        let tolerant = refine::refine(tolerant.expect(&file), &source);
        // The dates of the feed itself are looked at by feed-rs alone, so the warnings may differ.
        let printed = |feed: &ParsedFeed| {
            serde_json::to_string_pretty(&ParsedFeed { warnings: Vec::new(), ..feed.clone() }).unwrap()
        };
        let (left, right) = (printed(&feed_rs), printed(&tolerant));
        if let Some((left, right)) = left.lines().zip(right.lines()).find(|(left, right)| left != right) {
            differences.push(format!("{file}:\n{left}\n{right}"));
        }
        if left.lines().count() != right.lines().count() || feed_rs.hints != tolerant.hints {
            differences.push(file);
        }
        chosen += 1;
    }
    println!("feed-rs reads {chosen} files, the tolerant reader {}", refused.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    for refused in refused {
        println!("{refused}");
    }
}
