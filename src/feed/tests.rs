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
