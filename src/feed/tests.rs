mod json;

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

/// The one item of a channel.
fn item(inside: &str) -> crate::model::Item {
    let bytes = format!(
        "<?xml version='1.0'?>\n<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' \
         xmlns:yandex='http://news.yandex.ru' xmlns:media='http://search.yahoo.com/mrss/'>\
         <channel><title>T</title><link>https://e.example/</link><item>{inside}</item></channel></rss>"
    );
    let mut items = parse(bytes.as_bytes(), &source()).unwrap().items;
    assert_eq!(items.len(), 1, "{inside}");
    items.remove(0)
}

#[test]
fn titles_read_as_a_person_would() {
    let check =
        |title: &str, expected: &str| assert_eq!(item(&format!("<title>{title}</title>")).title, expected, "{title}");
    check("Plain", "Plain");
    check("  Two \n lines ", "Two lines");
    check("A &amp; B", "A & B");
    check("A & B", "A & B");
    check("A &amp;amp; B", "A & B");
    check("A &amp;amp;amp; B, A&amp;amp;amp;B", "A & B, A&B");
    check("<![CDATA[A &amp;amp; B]]>", "A & B");
    check("A&nbsp;&mdash;&nbsp;B", "A — B");
    check("5 &lt; 6 &gt; 4", "5 < 6 > 4");
    check("<![CDATA[A <b>bold</b> &laquo;title&raquo;]]>", "A bold «title»");
    check("A <b>bold</b> title", "A bold title");
    check("&lt;b&gt;bold&lt;/b&gt;", "bold");
    // Entities are decoded once: what an article on HTML is about stays.
    check("How to write &amp;lt;br&amp;gt;", "How to write <br>");
    // Publishers escape twice, and thrice.
    check("&amp;quot;Quoted&amp;quot; &amp;#8217;s", "\"Quoted\" ’s");
    check("&amp;amp;quot;Quoted&amp;amp;quot;", "\"Quoted\"");
    // CDATA within CDATA, escaped as it must be and as it is.
    check("<![CDATA[<![CDATA[ Title ]]]]><![CDATA[>]]>", "Title");
    check("<![CDATA[<![CDATA[ Title ]]>]]>", "Title");
    check("a\u{1}b\u{7f}c", "abc");
    check("\n  <![CDATA[ Title ]]>\n  ", "Title");
}

#[test]
fn elements_in_capitals_are_read() {
    let check = |document: &str| {
        let feed = parse(document.as_bytes(), &source()).unwrap();
        let item = &feed.items[0];
        assert_eq!((item.title.as_str(), item.link.as_deref()), ("T", Some("https://e.example/1")), "{document}");
        assert!(item.published.is_some(), "{document}");
    };
    let date = "Sun, 01 Nov 2026 03:05:00 GMT";
    check(&format!(
        "<RSS VERSION='2.0'><CHANNEL><ITEM><TITLE>T</TITLE><LINK>https://e.example/1</LINK><PUBDATE>{date}</PUBDATE></ITEM></CHANNEL></RSS>"
    ));
    check(&format!(
        "<Rss version='2.0'><Channel><Item><Title>T</Title><Link>https://e.example/1</Link><PubDate>{date}</PubDate></Item></Channel></Rss>"
    ));
    check(&format!(
        "<rss version='2.0'><channel><title>F</title><item><Title>T</Title><link>https://e.example/1</link><PubDate>{date}</PubDate></item></channel></rss>"
    ));
}

#[test]
fn what_a_feed_does_not_give_is_none() {
    let none = item("<title>T</title><description>d</description>");
    assert_eq!((none.id, none.link, none.published, none.updated), (None, None, None, None));
    let some = item("<title>T</title><link>/a</link><guid>g</guid><pubDate>Sun, 01 Nov 2026 03:05:00 GMT</pubDate>");
    assert_eq!((some.id.as_deref(), some.link.as_deref()), (Some("g"), Some("https://e.example/a")));
    assert_eq!((some.published, some.updated), ("2026-11-01T03:05:00Z".parse().ok(), None));
    let bad = item(
        "<title>T</title><link>javascript:alert(1)</link><guid isPermaLink='true'>https://e.example/p</guid><pubDate>soon</pubDate>",
    );
    assert_eq!((bad.link.as_deref(), bad.published), (Some("https://e.example/p"), None));
}

#[test]
fn the_elements_of_many_vocabularies_are_read() {
    let check = |inside: &str, field: fn(&crate::model::Item) -> Option<&str>, expected: &str| {
        assert_eq!(field(&item(inside)), Some(expected), "{inside}");
    };
    check("<guid>https://e.example/p</guid>", |item| item.link.as_deref(), "https://e.example/p");
    check(
        "<guid isPermaLink='false'>https://e.example/p</guid><link>/l</link>",
        |item| item.link.as_deref(),
        "https://e.example/l",
    );
    check("<dc:title>D</dc:title>", |item| Some(&item.title), "D");
    check("<media:group><media:title>M</media:title></media:group>", |item| Some(&item.title), "M");
    check("<media:title>M</media:title><title>T</title>", |item| Some(&item.title), "T");
    check("<description>s</description><content:encoded>c</content:encoded>", |item| item.content.as_deref(), "c");
    check("<yandex:full-text>whole</yandex:full-text>", |item| item.content.as_deref(), "whole");
    check("<description>a<p>b</p>c</description>", |item| item.summary.as_deref(), "a\nb\nc");
    check("<dc:creator>Jane</dc:creator>", |item| item.authors.first().map(String::as_str), "Jane");
    check("<author>a@b.example (Jane)</author>", |item| item.authors.first().map(String::as_str), "Jane");
    check(
        "<author>Иван …ivan@b.example</author>",
        |item| item.authors.first().map(String::as_str),
        "Иван …ivan@b.example",
    );
    check("<category>a &amp; b</category>", |item| item.categories.first().map(String::as_str), "a & b");
    check("<title>unclosed<link>/l</link>", |item| item.link.as_deref(), "https://e.example/l");
    check("<title>unclosed<link>/l</link>", |item| Some(&item.title), "unclosed");
}

#[test]
fn addresses_become_absolute() {
    let check = |link: &str, expected: Option<&str>| {
        assert_eq!(item(&format!("<title>T</title><link>{link}</link>")).link.as_deref(), expected, "{link}");
    };
    check("https://E.example/a b?x=1&amp;y=2", Some("https://e.example/a%20b?x=1&y=2"));
    check("https://e.example/?x=1&amp;amp;y=2", Some("https://e.example/?x=1&y=2"));
    check("https://e.example/?x=1&y=2", Some("https://e.example/?x=1&y=2"));
    check("<![CDATA[ https://e.example/a ]]>", Some("https://e.example/a"));
    check("/новости", Some("https://e.example/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"));
    check("//cdn.example/a", Some("https://cdn.example/a"));
    check("www.other.example/a", Some("https://www.other.example/a"));
    check("http://пример.example/", Some("http://xn--e1afmkfd.example/"));
    check("mailto:a@b.example", None);
    // What templates leave.
    check("://other.example/a", Some("https://other.example/a"));
    for left in ["://host", ":///a", "{{ url }}", "{{url}}", "{url}", "${item.url}", "%7B%7B url %7D%7D", "{% url %}"] {
        check(left, None);
    }
    for left in ["[link]", "$link", "%link%", "&lt;%= url %&gt;", "https://e.example/{{ slug }}"] {
        check(left, None);
    }
    check("http://", None);
}

#[test]
fn every_dialect_reads() {
    use crate::model::FeedFormat::{Atom03, Atom10, JsonFeed, Rss09, Rss10, Rss20};
    let check = |text: &str, format| {
        for bytes in [
            text.as_bytes().to_vec(),
            [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect(),
        ] {
            let feed = parse(&bytes, &source()).unwrap();
            assert_eq!((feed.format, feed.title.as_deref()), (format, Some("Лента")), "{text}");
            assert_eq!((feed.items.len(), feed.items[0].title.as_str()), (1, "Заголовок"), "{text}");
            assert_eq!(feed.items[0].link.as_deref(), Some("https://e.example/1"), "{text}");
            assert_eq!(feed.items[0].id.as_deref().unwrap_or("https://e.example/1"), "https://e.example/1", "{text}");
        }
    };
    let item = "<item><title>Заголовок</title><link>https://e.example/1</link></item>";
    check(&format!("<rss version='0.91'><channel><title>Лента</title>{item}</channel></rss>"), Rss09);
    check(&format!("<rss version='2.0'><channel><title>Лента</title>{item}</channel></rss>"), Rss20);
    check(&format!("<rss><channel><title>Лента</title>{item}</channel></rss>"), Rss20);
    check(
        &format!(
            "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel><title>Лента</title></channel>{item}</r:RDF>"
        ),
        Rss09,
    );
    check(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel rdf:about='x'><title>Лента</title></channel>\
         <item rdf:about='https://e.example/1'><title>Заголовок</title></item></rdf:RDF>",
        Rss10,
    );
    let entry = "<entry><title>Заголовок</title><link href='/1'/><id>https://e.example/1</id></entry>";
    check(
        &format!(
            "<feed version='0.3' xmlns='http://purl.org/atom/ns#' xml:base='https://e.example/'><title>Лента</title>{entry}</feed>"
        ),
        Atom03,
    );
    check(
        &format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://e.example/a/'><title>Лента</title>{entry}</feed>"
        ),
        Atom10,
    );
    check(
        &format!(
            "<a:feed xmlns:a='http://www.w3.org/2005/Atom' xmlns='http://www.w3.org/2005/Atom' xml:base='https://e.example/'><a:title>Лента</a:title>{entry}</a:feed>"
        ),
        Atom10,
    );
    check(
        "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"Лента\",\"items\":[{\"id\":\"https://e.example/1\",\"title\":\"Заголовок\",\"url\":\"https://e.example/1\"}]}",
        JsonFeed,
    );
    // What feed-rs refuses: no version, a number for an id.
    check("{\"title\":\"Лента\",\"items\":[{\"title\":\"Заголовок\",\"url\":\"https://e.example/1\"},7]}", JsonFeed);
}

#[test]
fn a_feed_is_read_through_what_is_around_it() {
    let feed = "<rss version='2.0'><channel><title>T</title><item><title>A</title><link>https://e.example/a</link></item></channel></rss>";
    let check = |before: &str, after: &str| {
        let read = parse(format!("{before}{feed}{after}").as_bytes(), &source()).unwrap();
        assert_eq!((read.title.as_deref(), read.items.len()), (Some("T"), 1), "{before} {after}");
    };
    check("\n\n<?xml version='1.0'?>", "\n");
    check("<br />\n<b>Warning</b>: something in <b>/x.php</b> on line <b>1</b><br />\n<?xml version='1.0'?>", "");
    check("<?xml version='1.0'?><?xml-stylesheet href='x'?><!-- <rss> --><!DOCTYPE rss>", "");
    check("", "<!-- cached --><script>track()</script>");
    check("text before ", " text after");
}

#[test]
fn dates_out_of_reason_are_named() {
    let read = |date: &str| {
        let bytes = format!(
            "<rss version='2.0'><channel><item><title>A</title><link>https://e.example/a</link><pubDate>{date}</pubDate></item></channel></rss>"
        );
        let feed = parse(bytes.as_bytes(), &source()).unwrap();
        (feed.items[0].published, feed.warnings.join("; "))
    };
    assert_eq!(read("Sun, 22 Nov 2026 00:00:00 GMT"), ("2026-11-22T00:00:00Z".parse().ok(), String::new()));
    let (date, warnings) = read("Tue, 24 Nov 2026 00:00:00 GMT");
    assert!(date == Some(source().now) && warnings.contains("future"), "{warnings}");
    let (date, warnings) = read("Thu, 01 Jan 1970 00:00:00 GMT");
    assert!(date.is_none() && warnings.contains("have no date"), "{warnings}");
    let (date, warnings) = read("tomorrow");
    assert!(date.is_none() && warnings.contains("could not be read"), "{warnings}");
}

#[test]
fn what_publishers_ask_of_pollers_is_read() {
    let bytes = b"<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel><title>T</title><ttl> 30 </ttl>\
        <skipHours><hour>0</hour><hour>24</hour><hour>5</hour><hour>77</hour></skipHours><skipDays><day>Sunday</day><day>Someday</day></skipDays>\
        <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>\
        <item><title>A</title><link>https://e.example/a</link></item></channel></rss>";
    let hints = parse(bytes, &source()).unwrap().hints;
    assert_eq!((hints.ttl_minutes, hints.skip_hours, hints.update_interval_secs), (Some(30), vec![0, 5], Some(1800)));
    assert_eq!(hints.skip_days, [jiff::civil::Weekday::Sunday]);
}

#[test]
fn a_link_that_leads_nowhere_leaves_its_place_to_the_guid() {
    for link in ["javascript:alert(1)", "http://", "https://", "mailto:a@e.example", "", "tag:e.example,2026:1"] {
        let read = item(&format!("<title>x</title><link>{link}</link><guid>https://e.example/9</guid>"));
        assert_eq!(read.link.as_deref(), Some("https://e.example/9"), "{link}");
    }
    // Closed before its address, as programs for web pages leave it.
    let read = item("<title>x</title><link/>https://e.example/9<guid isPermaLink='false'>1</guid>");
    assert_eq!(read.link.as_deref(), Some("https://e.example/9"));
    // Without a scheme, but with the feed's own host.
    let read = item("<title>x</title><link>www.e.example/9</link>");
    assert_eq!(read.link.as_deref(), Some("https://www.e.example/9"));
    let read = item("<title>x</title><link>e.example/9</link>");
    assert_eq!(read.link.as_deref(), Some("https://e.example/9"));
    let read = item("<title>x</title><link>news/9</link>");
    assert_eq!(read.link.as_deref(), Some("https://e.example/news/9"));
}

#[test]
fn an_item_without_bounds_costs_no_other() {
    let check = |inside: &str| {
        let bytes = format!(
            "<rss version='2.0'><channel><title>T</title><item><title>One</title><guid>1</guid></item><item><guid>2</guid>{inside}</item>\
             <item><title>Three</title><guid>3</guid></item></channel></rss>"
        );
        let feed = parse(bytes.as_bytes(), &source()).unwrap();
        let titles: Vec<&str> = feed.items.iter().map(|item| item.title.as_str()).collect();
        assert_eq!(titles, ["One", "Two", "Three"], "{:?}", inside.get(..60));
    };
    check("<title><![CDATA[Two</title>");
    check("<title>Two</title><description><![CDATA[a <b>b</b></description>");
    check(&format!("<title>Two</title>{}{}", "<q>".repeat(500), "</q>".repeat(500)));
    check(&format!("<title>Two</title>{}", "<q>".repeat(500)));
}

#[test]
fn atom_03_has_texts_in_base_64() {
    let feed = parse(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title mode='base64'>0KDQvtGB0YHQuNGP</title><link href='https://e.example/1'/>\
         <content mode='base64' type='text/html'>PHA+0J/RgNC4\n0LLQtdGCPC9wPg==</content></entry><entry><title>x</title>\
         <content mode='base64' type='image/png'>iVBORw0KGgo=</content></entry></feed>"
            .as_bytes(),
        &source(),
    )
    .unwrap();
    assert_eq!((feed.items[0].title.as_str(), feed.items[0].content.as_deref()), ("Россия", Some("Привет")));
    assert_eq!(feed.items[1].content, None);
}

#[test]
fn halves_of_a_character_make_one() {
    assert_eq!(item("<title>&#55357;&#56832; &#xD83D;&#xDE00; &#55357; x</title>").title, "😀 😀 &#55357; x");
}

#[test]
fn a_document_that_came_packed_is_read_and_its_break_and_its_size_are_borne() {
    use std::io::Write;
    let items: String = (0..500).map(|n| format!("<item><title>Item {n}</title><guid>{n}</guid></item>")).collect();
    let document = format!("<rss version='2.0'><channel><title>T</title>{items}</channel></rss>");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(document.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let whole = parse(&packed, &source()).unwrap();
    assert_eq!(whole.items.len(), 500);
    assert!(whole.warnings[0].contains("compressed with gzip"), "{:?}", whole.warnings);

    let broken = parse(&packed[..packed.len() * 2 / 3], &source()).unwrap();
    assert!((1..500).contains(&broken.items.len()), "{}", broken.items.len());
    assert!(broken.warnings[1].contains("breaks off"), "{:?}", broken.warnings);

    let mut small = source();
    small.limits.document_bytes = 4000;
    let cut = parse(&packed, &small).unwrap();
    assert!((1..100).contains(&cut.items.len()), "{}", cut.items.len());
    assert!(cut.warnings[1].contains("4000 bytes"), "{:?}", cut.warnings);
}

#[test]
fn something_serves_as_the_link_of_an_item_without_one() {
    let check = |inside: &str, expected: Option<&str>| {
        assert_eq!(item(&format!("<title>x</title>{inside}")).link.as_deref(), expected, "{inside}");
    };
    let recording = "<enclosure url='https://pod.example/17.mp3' type='audio/mpeg' length='1'/>";
    check(recording, Some("https://pod.example/17.mp3"));
    check(&format!("{recording}<link>https://e.example/17</link>"), Some("https://e.example/17"));
    check(&format!("<guid isPermaLink='false'>17</guid>{recording}"), Some("https://pod.example/17.mp3"));
    check("<guid isPermaLink='false'>https://e.example/?p=17</guid>", Some("https://e.example/?p=17"));
    check("<guid isPermaLink='false'>17</guid>", None);
    check("<guid isPermaLink='true'>/17</guid>", Some("https://e.example/17"));
    check("<guid>/17</guid>", None);
    check("<link>https//e.example/17</link>", Some("https://e.example/17"));
    let atom = |links: &str| {
        let bytes = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title>x</title><id>urn:1</id>{links}</entry></feed>"
        );
        parse(bytes.as_bytes(), &source()).unwrap().items.remove(0).link
    };
    let (related, alternate) =
        ("<link rel='related' href='https://r.example/'/>", "<link href='https://a.example/1'/>");
    let enclosure = "<link rel='enclosure' href='https://pod.example/17.mp3'/>";
    assert_eq!(atom(&format!("{enclosure}{related}{alternate}")).as_deref(), Some("https://a.example/1"));
    assert_eq!(atom(&format!("{enclosure}{related}")).as_deref(), Some("https://r.example/"));
    assert_eq!(atom(enclosure).as_deref(), Some("https://pod.example/17.mp3"));
    let own = "<link rel='self' href='https://a.example/1.atom'/>";
    assert_eq!(atom(&format!("{own}{enclosure}")).as_deref(), Some("https://pod.example/17.mp3"));
    assert_eq!(atom(own).as_deref(), Some("https://a.example/1.atom"));
    assert_eq!(atom("<link rel='Alternate' href='https://a.example/1'/>").as_deref(), Some("https://a.example/1"));
}

#[test]
fn a_front_page_gives_way_to_the_page_of_the_item() {
    let rss = |inside: &str| {
        let document = format!(
            "<rss version='2.0'><channel><title>F</title><link>https://e.example/news/</link>\
             <atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='self' href='https://e.example/all.xml'/>\
             <item><title>x</title><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>{inside}</item></channel></rss>"
        );
        parse(document.as_bytes(), &source()).unwrap().items.remove(0).link
    };
    let check = |inside: &str, expected: &str| assert_eq!(rss(inside).as_deref(), Some(expected), "{inside}");
    let page = "https://e.example/a/1";
    let guid = format!("<guid>{page}</guid>");
    for front in [
        "https://e.example",
        "https://www.e.example/#",
        "https://e.example/?utm_source=rss&amp;utm_medium=feed",
        "https://e.example/index.php",
        "https://e.example/index.html?from=rss",
        "https://e.example/home",
        "https://e.example/ru/",
        "https://e.example/en-us/index.aspx",
        // That of the feed.
        "http://www.e.example/news",
        "https://e.example/news/#",
        "https://e.example/news/?utm_source=rss&amp;utm_medium=feed",
        "https://e.example/news#utm_source=rss",
        "https://e.example/#top",
        "https://e.example/#!",
        "https://e.example/all.xml",
        "https://e.example/amp/",
        "https://e.example/news/index.php",
        "https://e.example/feed/",
        "https://e.example/ru/rss.xml?utm_source=rss",
        "https://e.example/undefined",
        "{{ post.url }}",
        "%link%",
        "[object Object]",
        "null",
        "http://e.example/all.xml?utm_source=rss#",
    ] {
        check(&format!("<link>{front}</link>{guid}"), page);
        check(&format!("{guid}<link>{front}</link>"), page);
        check(&format!("<link>{front}</link><link>{page}</link>"), page);
        check(&format!("<link>{front}</link><comments>{page}#comments</comments>"), &format!("{page}#comments"));
    }
    // Nothing is better, and what is better stays.
    let recording = "<enclosure url='https://e.example/1.mp3' type='audio/mpeg' length='1'/>";
    check(
        &format!("<link>https://e.example/ru/</link><guid isPermaLink='false'>17</guid>{recording}"),
        "https://e.example/ru/",
    );
    check(&format!("<link>https://e.example/?p=17</link>{guid}"), "https://e.example/?p=17");
    check(&format!("<link>https://e.example/ru/17</link>{guid}"), "https://e.example/ru/17");
    check(&format!("<link>https://e.example/#/17</link>{guid}"), "https://e.example/#/17");
    // Nobody else can reach it.
    check(&format!("<link>http://localhost:3000/a/1</link>{guid}"), page);
    check(&format!("<link>http://192.168.1.5/a/1</link>{guid}"), page);
    check("<link>http://localhost/a/1</link>", "http://localhost/a/1");
    // The first leads nowhere.
    check(&format!("<link>https://</link>{guid}"), page);
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title><entry><title>x</title><id>urn:1</id>\
        <updated>2026-11-02T10:00:00Z</updated><link href='https://e.example/ru/'/>\
        <link href='https://e.example/a/1'/></entry></feed>";
    assert_eq!(parse(atom.as_bytes(), &source()).unwrap().items[0].link.as_deref(), Some(page));
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"https://e.example/a/1\",\
        \"title\":\"x\",\"date_published\":\"2026-11-02T10:00:00Z\",\"url\":\"https://e.example/index.php\"}]}";
    assert_eq!(parse(json.as_bytes(), &source()).unwrap().items[0].link.as_deref(), Some(page));
    for front in ["/#", "/?utm_source=rss#", "/news/?utm_source=rss", "/news/#top", "/feed.json", "/feed.json?from=rss"]
    {
        let json = format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"F\",\
             \"home_page_url\":\"https://e.example/news/\",\"feed_url\":\"https://e.example/feed.json\",\
             \"items\":[{{\"id\":\"{page}\",\"title\":\"x\",\"date_published\":\"2026-11-02T10:00:00Z\",\
             \"url\":\"https://e.example{front}\"}}]}}"
        );
        assert_eq!(parse(json.as_bytes(), &source()).unwrap().items[0].link.as_deref(), Some(page), "{front}");
        let atom = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title><link href='https://e.example/news/'/>\
             <link rel='self' href='https://e.example/feed.json'/><id>urn:f</id>\
             <updated>2026-11-02T10:00:00Z</updated><entry><title>x</title><id>{page}</id>\
             <updated>2026-11-02T10:00:00Z</updated><link href='https://e.example{front}'/></entry></feed>"
        );
        assert_eq!(parse(atom.as_bytes(), &source()).unwrap().items[0].link.as_deref(), Some(page), "{front}");
    }
}

#[test]
fn an_address_is_found_in_what_is_around_it() {
    let check = |link: &str, expected: &str| {
        let read = item(&format!("<title>x</title><link>{link}</link>"));
        assert_eq!(read.link.as_deref(), Some(expected), "{link:?}");
    };
    let page = "https://e.example/a/1";
    check("\"https://e.example/a/1\"", page);
    check("‘’“https://e.example/a/1”".trim_start_matches(['‘', '’']), page);
    check("https://e.example/a/1\u{200b}", page);
    check("\u{feff}https://e.example/a/1", page);
    for around in [
        "‹…›",
        "&lt;…&gt;",
        "&amp;lt;…&amp;gt;",
        "«…»",
        "[…]",
        "(…)",
        "`…`",
        "„…“",
        "&lt;URL:…&gt;",
        "URL:…",
        "[Read](…)",
        "‹ … ›",
    ] {
        check(&around.replace('…', page), page);
    }
    check("&lt;![CDATA[https://e.example/a/1]]&gt;", page);
    check("https://e.example/a/(1)", "https://e.example/a/(1)");
    check("https://e.example/?q=[1]", "https://e.example/?q=[1]");
    check("https://e.example/a\u{ad}/1", page);
    check("https://e.example/a/1 https://e.example/a/2", page);
    check("Read: https://e.example/a/1", page);
    check("https%3A%2F%2Fe.example%2Fa%2F1", page);
    check("http%3a%2f%2Fe.example/a/1", "http://e.example/a/1");
    // A space within is a fault of the address, and is escaped.
    check("https://e.example/a 1", "https://e.example/a%201");
    check("https://e.example/a?to=https%3A%2F%2Fb.example", "https://e.example/a?to=https%3A%2F%2Fb.example");
}

#[test]
fn a_date_years_ahead_is_no_date() {
    for date in ["2099-01-01T00:00:00Z", "29.11.29", "Sat, 29 Nov 2028 10:00:00 GMT"] {
        let read = item(&format!("<title>x</title><pubDate>{date}</pubDate>"));
        assert_eq!((read.published, read.updated), (None, None), "{date}");
    }
}

#[test]
fn a_relative_link_leads_to_the_site_that_the_feed_names() {
    let check = |document: &str, base: &str, expected: &str| {
        let source = Source { base_url: Some(base), ..source() };
        let feed = parse(document.as_bytes(), &source).unwrap();
        assert_eq!(feed.items[0].link.as_deref(), Some(expected), "{base}: {document}");
    };
    let rss = |link: &str| {
        format!(
            "<rss version='2.0'><channel><title>T</title><link>https://site.example/</link>\
             <item><title>x</title><link>{link}</link></item></channel></rss>"
        )
    };
    let elsewhere = "https://feeds.example/site/rss.xml";
    check(&rss("/news/1"), elsewhere, "https://site.example/news/1");
    check(&rss("news/1"), elsewhere, "https://site.example/news/1");
    check(&rss("/news/1"), "https://site.example/rss.xml", "https://site.example/news/1");
    check(&rss("news/1"), "https://site.example/rss/all.xml", "https://site.example/rss/news/1");
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"home_page_url\":\"https://site.example/\",\
        \"items\":[{\"id\":\"1\",\"title\":\"x\",\"url\":\"/news/1\"}]}";
    check(json, elsewhere, "https://site.example/news/1");
}

#[test]
fn json_feeds_are_read_as_tolerantly_as_xml() {
    let check = |name: &str, document: &str, titles: &[&str], is_whole: bool| {
        let feed = parse(document.as_bytes(), &source()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found: Vec<&str> = feed.items.iter().map(|item| item.title.as_str()).collect();
        assert_eq!((found.as_slice(), feed.is_whole), (titles, is_whole), "{name}: {:?}", feed.warnings);
    };
    let item =
        |id: u8, title: &str| format!("{{\"id\":\"{id}\",\"title\":\"{title}\",\"url\":\"https://e.example/{id}\"}}");
    let feed = |items: &str| {
        format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":[{items}]}}")
    };
    let both = format!("{},{}", item(1, "One"), item(2, "Two"));
    check("whole", &feed(&both), &["One", "Two"], true);
    check("a comma too many", &feed(&format!("{both},")), &["One", "Two"], true);
    check("half a surrogate pair", &feed(&item(1, "One \\ud83d")), &["One \u{fffd}"], true);
    check("a raw line break", &feed(&item(1, "One\ntwo")), &["One two"], true);
    check("a comment", &feed(&format!("/* new */ {both}")), &["One", "Two"], true);
    let cut = feed(&format!("{both},{}", item(3, "Three")));
    check("cut in the third item", cut.split("Thr").next().unwrap(), &["One", "Two"], false);
    check("a guard", &format!(")]}}',\n{}", feed(&both)), &["One", "Two"], true);
    let number = feed(&both).replace("https://jsonfeed.org/version/1.1", "1.0");
    check("a number for a version", &number, &["One", "Two"], true);
    check("no items, and a number for a version", "{\"version\":\"1.0\",\"title\":\"T\",\"items\":[]}", &[], true);
    assert!(parse(b"{\"items\": [", &source()).is_err());
    check("a missing comma", &feed(&format!("{} {}", item(1, "One"), item(2, "Two"))), &["One", "Two"], true);
    check(
        "quotes in a title",
        &feed(&format!("{},{}", item(1, "A \"good\" one"), item(2, "Two"))),
        &["A \"good\" one", "Two"],
        true,
    );
    check("keys without quotes", &feed("{id: 1, title: 'One'}, {id: 002, title: \"Two\"}"), &["One", "Two"], true);
    check("warnings of a program", &format!("<br />\n<b>Notice</b>: x\n{}", feed(&both)), &["One", "Two"], true);
    check("a comment before and after", &format!("<!-- a -->{}<!-- b -->", feed(&both)), &["One", "Two"], true);
    check("a call", &format!("show({});", feed(&both)), &["One", "Two"], true);
    let object = feed(&both).replace(":[{", ":{\"0\":{").replace("},{", "},\"1\":{").replace("}]", "}}");
    check("items as an object", &object, &["One", "Two"], true);
    check("one item without its list", &feed(&item(1, "One")).replace(":[{", ":{").replace("}]", "}"), &["One"], true);
    check("objects in place of texts", &feed("{\"id\":\"1\",\"title\":{\"rendered\":\"One\"}}"), &["One"], true);
    // Nothing is lost in silence.
    let lost = |document: &str| parse(document.as_bytes(), &source()).unwrap().warnings.concat();
    assert!(lost(&feed(&format!("{both},\"three\""))).starts_with("1 values are of another kind"));
    check("another name for the list", &feed(&both).replace("items", "entries"), &["One", "Two"], true);
    check("a name that nobody knows", &feed(&both).replace("items", "lines"), &["One", "Two"], true);
    assert_eq!(lost(&feed("").replace("items", "lines")), "the document has no list of `items`");
    check("null and a list", &feed(&both).replace("[", "null, \"x\":["), &["One", "Two"], true);
    check("no list", &feed("").replace("[]", "null"), &[], false);
    check("addresses in place of items", &feed("\"https://e.example/1\""), &[], false);
    check("items with nothing in them", &feed("{\"colour\":\"red\"},{}"), &[], false);
    check("one of two with nothing in it", &feed(&format!("{{}},{}", item(2, "Two"))), &["Two"], true);
    let capitals = feed(&both).replace("items", "Items").replace("title", "Title").replace("url", "Url");
    check("capitals", &capitals, &["One", "Two"], true);
    check("within another object", &format!("{{\"feed\":{}}}", feed(&both)), &["One", "Two"], true);
    let keys = "{\"guid\":\"1\",\"headline\":\"One\",\"link\":\"https://e.example/1\",\
        \"pubDate\":\"2026-11-02 10:00\",\"description\":\"<p>x</p>\"}";
    check("keys of RSS", &feed(keys), &["One"], true);
    let read = parse(feed(keys).as_bytes(), &source()).unwrap().items.remove(0);
    let found = (read.id.as_deref(), read.link.as_deref(), read.published, read.content.as_deref());
    let date = "2026-11-02T10:00:00Z".parse().ok();
    assert_eq!(found, (Some("1"), Some("https://e.example/1"), date, Some("x")));
    let dated = "{\"id\":\"1\",\"title\":\"One\",\"url\":\"https://e.example/1\",\
        \"date_published\":{\"date\":\"2026-11-02 10:00:00.000000\",\"timezone\":\"UTC\"}}";
    assert_eq!(parse(feed(dated).as_bytes(), &source()).unwrap().items[0].published, date);
}

#[test]
fn items_of_json_are_read_whatever_their_list_is_called_and_whatever_they_are_wrapped_in() {
    let check = |document: &str, titles: &[&str], warning: &str| {
        let feed = parse(document.as_bytes(), &source()).unwrap_or_else(|error| panic!("{document}: {error}"));
        let found: Vec<&str> = feed.items.iter().map(|item| item.title.as_str()).collect();
        assert_eq!((found.as_slice(), feed.warnings.concat().as_str()), (titles, warning), "{document}");
    };
    let item = |id: u8| {
        format!(
            "{{\"id\":{id},\"title\":\"T{id}\",\"url\":\"https://e.example/{id}\",\"date\":\"2026-11-02T10:00:00Z\"}}"
        )
    };
    let (one, both) = (item(1), format!("{},{}", item(1), item(2)));
    let feed = |fields: &str| format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"F\",{fields}}}");
    // An empty list of items, and a filled one beside it.
    for name in ["posts", "entries", "articles", "stories", "results", "lines", "Top-News"] {
        let warning = format!("the list of `items` is empty; those under `{name}` were read");
        check(&feed(&format!("\"items\":[],\"{name}\":[{both}]")), &["T1", "T2"], &warning);
        check(&feed(&format!("\"{name}\":[{both}],\"items\":[]")), &["T1", "T2"], &warning);
    }
    check(&feed(&format!("\"items\":null,\"posts\":[{both}]")), &["T1", "T2"], "");
    let left_out = "1 items under `posts` beside the list of `items` were left out";
    check(&feed(&format!("\"posts\":[{one}],\"items\":[{}]", item(2))), &["T2"], left_out);
    check(&feed(&format!("\"_related\":[{one}],\"items\":[]")), &[], "");
    check(&feed("\"items\":[],\"hubs\":[{\"type\":\"WebSub\",\"url\":\"https://e.example\"}]"), &[], "");
    // What other programs put around items.
    let unknown = |name: &str| format!("the document has no list of `items`; those under `{name}` were read");
    check(&format!("[{both}]"), &["T1", "T2"], "the document is a bare list of items, not a JSON Feed");
    check(
        &format!(")]}}'\n[{both}]"),
        &["T1", "T2"],
        "broken JSON was repaired: expected value at line 1 column 1the document is a bare list of items, not a JSON Feed",
    );
    check(&feed(&format!("\"items\":{{\"item\":[{both}]}}")), &["T1", "T2"], "");
    check(&feed(&format!("\"items\":[[{one}],[{}]]", item(2))), &["T1", "T2"], "");
    check(&format!("{{\"data\":{{\"posts\":{{\"edges\":[{{\"node\":{one}}}]}}}}}}"), &["T1"], "");
    check(&format!("{{\"hits\":{{\"hits\":[{{\"_id\":\"a\",\"_source\":{one}}}]}}}}"), &["T1"], &unknown("hits"));
    let json_api = "{\"type\":\"post\",\"id\":\"7\",\"attributes\":\
        {\"title\":\"T7\",\"url\":\"https://e.example/7\",\"publishedAt\":\"2026-11-02T10:00:00Z\"}}";
    check(&format!("{{\"entries\":[{json_api}]}}"), &["T7"], "");
    let rss = "{\"rss\":{\"@version\":\"2.0\",\"channel\":{\"title\":\"F\",\"item\":\
        {\"title\":{\"__cdata\":\"T8\"},\"link\":\"https://e.example/8\",\"dc:date\":\"2026-11-02\"}}}}";
    check(rss, &["T8"], "");
    // What looks like items and has no dates is a list of anything.
    let refusal = |document: &str| parse(document.as_bytes(), &source()).unwrap_err().to_string();
    let menu = "[{\"id\":1,\"title\":\"<p>Tea</p>\",\"link\":\"https://e.example/tea\"}]";
    assert!(refusal(menu).contains("`a JSON array`"), "{}", refusal(menu));
    assert!(refusal("[1, 2]").contains("`a JSON array`"));
    assert!(refusal("{\"menu\":[{\"id\":1,\"title\":\"Tea\"}]}").contains("`a JSON object`"));
}

#[test]
fn texts_of_json_are_read_from_objects_and_under_other_keys_or_said_to_be_lost() {
    let check = |fields: &str, title: &str, warning: &str| {
        let document = format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{{\"id\":\"1\",\
             \"url\":\"https://e.example/1\",\"date_published\":\"2026-11-02T10:00:00Z\",{fields}}}]}}"
        );
        let feed = parse(document.as_bytes(), &source()).unwrap_or_else(|error| panic!("{fields}: {error}"));
        let found = (feed.items[0].title.as_str(), feed.warnings.concat());
        assert_eq!((found.0, found.1.as_str()), (title, warning), "{fields}");
    };
    for title in [
        "\"title\":{\"rendered\":\"One\"}",
        "\"title\":{\"text\":\"One\",\"lang\":\"en\"}",
        "\"title\":{\"type\":\"html\",\"#text\":\"One\"}",
        "\"title\":{\"en\":\"One\",\"ru\":\"Один\"}",
        "\"title\":{\"en-GB\":\"One\"}",
        "\"title\":{\"plain\":\"One\",\"html\":\"<b>One</b>\"}",
        "\"title\":[\"\",\"One\"]",
        "\"title\":[{\"value\":\"One\"}]",
        "\"headline\":\"One\"",
        "\"Headline\":{\"main\":\"x\",\"text\":\"One\"}",
        "\"title\":null,\"name\":\"One\"",
        "\"dc:title\":\"x\",\"title\":\"One\"",
    ] {
        check(title, "One", "");
    }
    let lost = "1 values are of another kind than JSON Feed has, and were left out";
    check("\"title\":{\"kicker\":\"One\"}", "", lost);
    check("\"title\":[[{\"k\":1}]]", "", lost);
    check("\"title\":true", "", lost);
    check("\"title\":[\"One\",\"Two\"]", "One", lost);
    check("\"title\":[{\"text\":\"One\"},{\"text\":\"two\"}]", "One", lost);
    // Programs say that there is none.
    check("\"title\":false,\"summary\":null,\"tags\":{},\"content_html\":[]", "", "");
}

#[test]
fn paragraphs_and_links_of_json_may_be_lists() {
    let check = |fields: &str, content: Option<&str>, link: Option<&str>| {
        let document = format!("{{\"version\":\"1.1\",\"items\":[{{\"id\":\"1\",\"title\":\"x\",{fields}}}]}}");
        let feed = parse(document.as_bytes(), &source()).unwrap();
        let found = (feed.items[0].content.as_deref(), feed.items[0].link.as_deref());
        assert_eq!((found, feed.warnings.as_slice()), ((content, link), [].as_slice()), "{fields}");
    };
    check("\"content_text\":[\"One.\",\"Two.\"]", Some("One.\nTwo."), None);
    check("\"content\":[{\"type\":\"p\",\"text\":\"One.\"},{\"text\":\"Two.\"}]", Some("One. Two."), None);
    check("\"body\":{\"value\":[\"<p>One.</p>\",\"<p>Two.</p>\"]}", Some("One.\nTwo."), None);
    let page = Some("https://e.example/1");
    let own = "{\"rel\":\"self\",\"href\":\"https://e.example/api/1\"}";
    check(&format!("\"link\":[{own},{{\"rel\":\"alternate\",\"href\":\"https://e.example/1\"}}]"), None, page);
    check(&format!("\"links\":[{own},{{\"href\":\"https://e.example/1\"}}]"), None, page);
    check("\"link\":[\"https://e.example/1\",\"https://e.example/2\"]", None, page);
    check("\"link\":{\"@href\":\"https://e.example/1\"}", None, page);
    check(&format!("\"links\":[{own}]"), None, Some("https://e.example/api/1"));
    check("\"_links\":{\"self\":[{\"href\":\"https://e.example/api/1\"}]}", None, None);
}

#[test]
fn ids_of_json_keep_their_digits() {
    let document = "{\"version\":\"1.1\",\"items\":[{\"id\":12345678901234567890123,\"title\":\"A\"},\
        {\"id\":12345678901234567890124,\"title\":\"B\"},{\"id\":9007199254740993,\"title\":\"C\"},\
        {\"id\":1.10,\"title\":\"D\"},{\"id\":1e400,\"title\":\"E\"},{\"id\":-7,\"title\":\"F 12345678901234567890\"}]}";
    let feed = parse(document.as_bytes(), &source()).unwrap();
    let ids: Vec<&str> = feed.items.iter().filter_map(|item| item.id.as_deref()).collect();
    let expected = ["12345678901234567890123", "12345678901234567890124", "9007199254740993", "1.10", "1e400", "-7"];
    assert_eq!((ids.as_slice(), feed.warnings.as_slice()), (expected.as_slice(), [].as_slice()));
    assert_eq!(feed.items[5].title, "F 12345678901234567890");
}

#[test]
fn a_date_of_wordpress_is_the_one_with_a_zone() {
    let document = "[{\"id\":12,\"date\":\"2026-11-02T14:00:00\",\"date_gmt\":\"2026-11-02T10:00:00\",\
        \"modified\":\"2026-11-02T15:00:00\",\"modified_gmt\":\"2026-11-02T11:00:00\",\
        \"link\":\"https://e.example/a\",\"title\":{\"rendered\":\"A &#8211; B\"},\
        \"content\":{\"rendered\":\"<p>Long</p>\",\"protected\":false},\"excerpt\":{\"rendered\":\"<p>Short</p>\"}}]";
    let read = parse(document.as_bytes(), &source()).unwrap().items.remove(0);
    let texts = (read.title.as_str(), read.content.as_deref(), read.summary.as_deref(), read.link.as_deref());
    assert_eq!(texts, ("A – B", Some("Long"), Some("Short"), Some("https://e.example/a")));
    assert_eq!(read.published, "2026-11-02T10:00:00Z".parse().ok());
    assert_eq!(read.updated, "2026-11-02T11:00:00Z".parse().ok());
}

#[test]
fn a_json_id_that_is_an_address_is_the_link() {
    let read = |fields: &str| {
        let document = format!(
            "{{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"T\",\"items\":[{{\"title\":\"x\",{fields}}}]}}"
        );
        parse(document.as_bytes(), &source()).unwrap().items.remove(0).link
    };
    assert_eq!(read("\"id\":\"https://e.example/1\"").as_deref(), Some("https://e.example/1"));
    assert_eq!(
        read("\"id\":\"https://e.example/1\",\"url\":\"https://e.example/2\"").as_deref(),
        Some("https://e.example/2")
    );
    let recording =
        "\"id\":\"1\",\"attachments\":[{\"url\":\"https://pod.example/1.mp3\",\"mime_type\":\"audio/mpeg\"}]";
    assert_eq!(read(recording).as_deref(), Some("https://pod.example/1.mp3"));
}

#[test]
fn a_good_date_of_change_stands_in_for_a_placeholder() {
    let read = item(
        "<title>x</title><pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate><dc:modified xmlns:dc='http://purl.org/dc/terms/'>2026-11-20T10:00:00Z</dc:modified>",
    );
    assert_eq!((read.published, read.updated), (None, "2026-11-20T10:00:00Z".parse().ok()));
}

#[test]
fn any_good_date_stands_in_for_one_that_means_none() {
    let check = |inside: &str, published: Option<&str>, updated: Option<&str>| {
        let read = item(&format!("<title>x</title>{inside}"));
        let date = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        assert_eq!((read.published, read.updated), (date(published), date(updated)), "{inside}");
    };
    let good = Some("2026-11-20T10:00:00Z");
    let epoch = "<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>";
    check(&format!("{epoch}<dc:date>2026-11-20T10:00:00Z</dc:date>"), good, None);
    check(&format!("{epoch}<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>"), good, None);
    check("<pubdate>Fri, 20 Nov 2026 10:00:00 GMT</pubdate>", good, None);
    // A date of next year, and one of this morning in the zone of the publisher.
    let later = "<pubDate>Fri, 20 Nov 2037 10:00:00 GMT</pubDate>";
    check(&format!("{later}<updated>2026-11-20T10:00:00Z</updated>"), None, good);
    let morning = "<pubDate>Mon, 23 Nov 2026 04:00:00 GMT</pubDate>";
    check(&format!("{morning}<updated>2026-11-20T10:00:00Z</updated>"), Some("2026-11-23T00:00:00Z"), good);
}

#[test]
fn the_link_is_what_leads_to_the_page() {
    let check = |inside: &str, expected: Option<&str>| {
        let read = item(&format!("<title>x</title>{inside}"));
        assert_eq!(read.link.as_deref(), expected, "{inside}");
    };
    let page = Some("https://e.example/1");
    let original = "<f:origLink xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'>https://e.example/1</f:origLink>";
    check(original, page);
    let proxy = "https://proxy.example/~r/1";
    let read = item(&format!("<title>x</title><link>{proxy}</link>{original}"));
    assert_eq!((read.link.as_deref(), read.original_link.as_deref()), (Some(proxy), page));
    check("<media:content url='https://e.example/1.mp4'/>", Some("https://e.example/1.mp4"));
    check("<media:group><media:content url='/1.mp4'/></media:group>", Some("https://e.example/1.mp4"));
    check("<media:player url='https://e.example/1'/>", page);
    check("<comments>https://e.example/1#comments</comments>", Some("https://e.example/1#comments"));
    check("<link>https://e.example/</link><guid>https://e.example/1</guid>", page);
    check(
        "<link>https://e.example/</link><guid isPermaLink='false'>https://e.example/1</guid>",
        Some("https://e.example/"),
    );
    check("<link>#</link><guid>https://e.example/1</guid>", page);
    check("<link>null</link><guid>https://e.example/1</guid>", page);
    check("<link>https://e.example/\n   1</link>", page);
    check("<link>https://e.example/&#13;1</link>", page);
    check("<link>http://https://e.example/1</link>", page);
    check("<link>https://https//e.example/1</link>", page);
    check("<link>https://e.example/https://e.example/1</link>", page);
    check(
        "<link>https://archive.example/2026/https://e.example/1</link>",
        Some("https://archive.example/2026/https://e.example/1"),
    );
    check("<link>&lt;a href=\"https://e.example/1\"&gt;x&lt;/a&gt;</link>", page);
    check("<link rdf:resource='https://e.example/1'/>", page);
}

#[test]
fn items_of_another_vocabulary_are_read_or_missed_aloud() {
    let check = |name: &str, document: &str, titles: &[&str], is_whole: bool| {
        let feed = parse(document.as_bytes(), &source()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found: Vec<&str> = feed.items.iter().map(|item| item.title.as_str()).collect();
        assert_eq!((found.as_slice(), feed.is_whole), (titles, is_whole), "{name}: {:?}", feed.warnings);
        assert!(is_whole || !feed.warnings.is_empty(), "{name}");
    };
    let of = |root: &str, prefix: &str| {
        let item = format!(
            "<{prefix}item><{prefix}title>One</{prefix}title><{prefix}link>https://e.example/1</{prefix}link></{prefix}item>"
        );
        format!(
            "<{prefix}rss {root}><{prefix}channel><{prefix}title>T</{prefix}title>{item}</{prefix}channel></{prefix}rss>"
        )
    };
    check("a prefix of its own", &of("xmlns:n='http://publisher.example/'", "n:"), &["One"], true);
    check("a prefix of a known vocabulary", &of("xmlns:dc='http://purl.org/dc/elements/1.1/'", "dc:"), &["One"], true);
    let channel = of("", "").replace("<channel>", "<channel xmlns='http://publisher.example/'>");
    check("a namespace at the channel", &channel, &["One"], true);
    check(
        "a namespace at the item",
        &of("", "").replace("<item>", "<item xmlns='http://publisher.example/'>"),
        &["One"],
        true,
    );
    let foreign = of("xmlns:n='http://publisher.example/'", "").replace("item>", "n:item>");
    check("items alone of a foreign vocabulary", &foreign, &[], false);
    check("the same, with its version", &foreign.replace("<rss ", "<rss version=\"2.0\" "), &[], false);
    check("items under another name", &of("", "").replace("item>", "article>"), &[], false);
    check("no items", "<rss><channel><title>T</title></channel></rss>", &[], true);
    check("two documents", &[of("", ""), of("", "").replace("One", "Two")].concat(), &["One", "Two"], true);
    check("empty items", &of("", "").replace("</channel>", "<item/><item></item></channel>"), &["One"], true);
}

#[test]
fn a_title_with_a_media_type_of_something_else_is_text() {
    let bytes = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><id>urn:1</id>\
        <title type='application/x-headline'>A bridge opens</title><link href='https://e.example/1'/></entry></feed>";
    assert_eq!(parse(bytes, &source()).unwrap().items[0].title, "A bridge opens");
}
