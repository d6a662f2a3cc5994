//! Bodies made to hurt, and bodies that hurt by accident: each is read, or refused by name, in time linear in its
//! length.

use kazbek::api::feed::{self, NotAFeed, Source};
use kazbek::api::model::ParsedFeed;

use crate::support::cpu_time::spent_secs;

/// Optimised code needs a hundredth of this. A quadratic reader would need hours.
const SECONDS: f64 = 20.0;

fn read(bytes: &[u8]) -> Result<ParsedFeed, NotAFeed> {
    let source = Source {
        base_url: Some("https://base.example/"),
        ..Source::at("2026-11-23T00:00:00Z".parse().expect("a time"))
    };
    let (read, secs) = spent_secs(|| feed::parse(bytes, &source));
    assert!(secs < SECONDS, "{secs} seconds");
    read
}

/// RSS with one complete item, and `inside` before, within or after it.
fn rss(before: &str, inside: &str, behind: &str) -> Vec<u8> {
    format!(
        "<rss version=\"2.0\"><channel><title>T</title>{before}<item><title>Whole</title><link>https://e.example/1</link>\
         <guid>1</guid>{inside}</item>{behind}</channel></rss>"
    )
    .into_bytes()
}

/// Checks that the complete item is read, whatever is around it.
fn check_whole(name: &str, bytes: &[u8]) {
    let feed = read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        feed.items.iter().any(|item| item.title == "Whole"),
        "{name}: {} items, {:?}",
        feed.items.len(),
        feed.warnings
    );
}

const MANY: usize = 100_000;

#[test]
fn bombs_cost_no_item() {
    let laughs: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let whole =
        String::from_utf8(rss("<description>&l9;</description>", "<description>&l9;&x;</description>", "")).unwrap();
    check_whole(
        "billion laughs",
        format!("<!DOCTYPE rss [<!ENTITY l0 \"lol\">{laughs}<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{whole}")
            .as_bytes(),
    );
    let blow_up = format!("<!DOCTYPE rss [<!ENTITY a \"{}\">]>", "a".repeat(1000));
    let whole = String::from_utf8(rss("", &format!("<description>{}</description>", "&a;".repeat(MANY)), "")).unwrap();
    check_whole("quadratic blow-up", format!("{blow_up}{whole}").as_bytes());
    check_whole("deep elements behind", &rss("", "", &"<a>".repeat(MANY)));
    check_whole("deep elements in the item", &rss("", &"<a><b>".repeat(50), ""));
    check_whole(
        "attributes",
        &rss("", &format!("<enclosure {}/>", (0..5000).map(|n| format!("a{n}=\"\" ")).collect::<String>()), ""),
    );
    check_whole("the same attribute", &rss("", &format!("<enclosure {}/>", "url='x' ".repeat(5000)), ""));
    check_whole(
        "namespaces",
        &rss("", &format!("<a {}/>", (0..5000).map(|n| format!("xmlns:a{n}=\"{n}\" ")).collect::<String>()), ""),
    );
    check_whole("categories", &rss("", &"<category>c</category>".repeat(MANY), ""));
    check_whole(
        "media",
        &rss("", &"<media:content url='x'><media:thumbnail url='y'/></media:content>".repeat(MANY / 4), ""),
    );
    check_whole(
        "depth in markup",
        &rss("", &format!("<description>{}</description>", "&lt;div&gt;&lt;table&gt;".repeat(MANY)), ""),
    );
    check_whole("NUL", &rss("\0", "\0<description>a\0b</description>", "\0"));
}

#[test]
fn broken_markup_costs_no_item_before_it() {
    for piece in [
        "<title>x",
        "<title>",
        "<description><a href=\"",
        "<a b='",
        "<",
        "&",
        "<!--",
        "<![CDATA[",
        "<!DOCTYPE[>",
        "<?",
        "</x>",
        "<a b=\"<a b='",
        "</item>",
        "<item>",
        "<description>&lt;!--",
        "&lt;a b=\"",
        "<description>&lt;script&gt;",
        "]]>",
        "<link>",
        "<guid><guid>",
        "<image><title>",
    ] {
        check_whole(piece, &rss("", "", &piece.repeat(MANY)));
    }
}

#[test]
fn texts_in_descriptions_cost_no_more_than_their_length() {
    for piece in [
        "&lt;",
        "&amp;",
        "&lt;!DOCTYPE[&gt;",
        "&lt;!--",
        "&lt;![CDATA[",
        "&lt;table&gt;&lt;tr&gt;&lt;td&gt;",
        "&lt;script&gt;",
        "&lt;a b=\"",
        "&lt;a b='\"",
        "&lt;/",
        "&lt;b&gt;&lt;i&gt;",
        "&amp;#x",
        "&lt;unknown&gt;",
        "&lt;svg&gt;",
        "&lt;select&gt;",
        "&lt;iframe&gt;",
        "&lt;iframe&gt;&lt;/x&gt;",
        "&lt;p&gt;&lt;table&gt;",
        "&lt;li&gt;&lt;ol&gt;",
    ] {
        check_whole(piece, &rss("", &format!("<description>{}</description>", piece.repeat(MANY / 4)), ""));
    }
}

#[test]
fn large_feeds_are_read() {
    let item =
        |n: usize| format!("<item><title>Item {n}</title><link>https://e.example/{n}</link><guid>{n}</guid></item>");
    let items: String = (0..100_000).map(item).collect();
    let feed = read(format!("<rss version=\"2.0\"><channel>{items}</channel></rss>").as_bytes()).unwrap();
    assert_eq!((feed.items.len(), feed.items_left_out), (2_000, 98_000));
    assert_eq!(feed.items[1_999].title, "Item 1999");
    assert_eq!(feed.warnings, ["100000 items: the newest 2000 were read and 98000 left out"]);
    assert_eq!(feed::identities(&feed.items).len(), 2_000);
    // The oldest first.
    let dated = |n: usize| format!("<item><title>Item {n}</title><pubDate>{}</pubDate></item>", 1_700_000_000 + n);
    let items: String = (0..5_000).map(dated).collect();
    let feed = read(format!("<rss version=\"2.0\"><channel>{items}</channel></rss>").as_bytes()).unwrap();
    let titles = [0, 1_999].map(|place| feed.items[place].title.as_str());
    assert_eq!((titles, feed.items_left_out), (["Item 3000", "Item 4999"], 3_000));
    let feed = read(&rss("", "", &format!("<item><title>{}</title></item>", "long ".repeat(1 << 20)))).unwrap();
    assert_eq!(feed.items.len(), 2);
    assert!(feed.items[1].title.len() <= 4096 && !feed.warnings.is_empty(), "{:?}", feed.warnings);
    let author = "{\"name\":\"a\"},".repeat(MANY);
    let json = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"authors\":[{author}{{}}],\"items\":[{}{{\"id\":1}}]}}",
        "{\"id\":\"x\"},".repeat(10_000)
    );
    let feed = read(json.as_bytes()).unwrap();
    assert_eq!((feed.items.len(), feed.items_left_out), (2_000, 8_001));
    // Ten megabytes of items that are nothing: as a tree they would take gigabytes.
    let json = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":[{}{{\"id\":1}}]}}",
        "{},".repeat(3_000_000)
    );
    let feed = read(json.as_bytes()).unwrap();
    assert_eq!((feed.items.len(), feed.items_left_out), (1, 0));
    assert_eq!(feed.warnings, ["3000000 items have nothing that can be read, and were left out"]);
}

#[test]
fn a_document_that_breaks_off_gives_the_items_before_the_break() {
    let whole = "<rss version=\"2.0\"><channel><title>T</title><item><title>A</title><link>https://e.example/a</link><guid>a</guid></item>\
                 <item><title>B</title><link>https://e.example/b</link><guid>b</guid><description>Some &amp; text</description></item></channel></rss>";
    let first = whole.find("</item>").unwrap() + "</item>".len();
    for end in (whole.find("<item>").unwrap()..whole.len()).rev() {
        let feed = read(whole.as_bytes().get(..end).unwrap()).unwrap();
        let titles: Vec<&str> = feed.items.iter().map(|item| item.title.as_str()).collect();
        assert!(["A", "B"].starts_with(&titles), "{titles:?} at {end}");
        assert!(end < first || titles.contains(&"A"), "{titles:?} at {end}");
        assert!(!feed.warnings.is_empty(), "no word of the break at {end}");
    }
}

#[test]
fn what_is_no_feed_is_refused_by_name() {
    let check = |body: &[u8], expected: &str| {
        let error = read(body).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}, not {expected}");
    };
    check(b"", "empty");
    check(b"\xEF\xBB\xBF  \n", "empty");
    check(b"\x89PNG\r\n\x1a\n", "neither XML nor JSON");
    check(b"\x1f\x8b\x08\0\0\0\0\0", "neither XML nor JSON");
    check(b"User-agent: *\nDisallow:", "begins with `User-agent: * Disallow:`");
    check(b"<!DOCTYPE html><html><head><title>404</title></head></html>", "a web page");
    check(
        b"<html><head><link rel=alternate type='application/rss+xml' href='/rss.xml'></head></html>",
        "it links to this feed: https://base.example/rss.xml",
    );
    check(b"<html><head><title>Just a moment...</title></head><script src='/cdn-cgi/challenge-platform/x'></script></html>", "Cloudflare");
    check(
        b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url/></urlset>",
        "`urlset`",
    );
    check(b"<script>location='/__qrator/validate'</script>", "Qrator");
    check(b"<h1>502 Bad Gateway</h1>", "a web page");
    check(b"[1, 2]", "a JSON array");
    check(b"{\"error\": \"not found\"}", "a JSON object");
    check(b"{\"version\": \"https://jsonfeed.org/version/1\", \"items\": [", "broken JSON");
    check(b"{", "neither XML nor JSON");
    check(b"<", "neither XML nor JSON");
}
