use super::*;

#[test]
fn usual_feeds_are_for_feed_rs() {
    let check = |text: &str, expected: Result<(), &str>| {
        let found = prescan(text, None, &Limits::default()).map(|_| ());
        assert_eq!(found, expected, "{text}");
    };
    let rss = |item: &str| {
        format!(
            "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\">\
             <channel><title>T</title><item>{item}</item></channel></rss>"
        )
    };
    let whole = "<title>A &amp; B</title><link>https://e.example/1</link><guid isPermaLink=\"false\">1</guid>";
    check(&rss(whole), Ok(()));
    check(
        &rss(&format!("{whole}<dc:creator>N</dc:creator><slash:comments>1</slash:comments><category>c</category>")),
        Ok(()),
    );
    check(&rss(&format!("{whole}<description><![CDATA[<p>x</p>]]></description>")), Ok(()));
    check(&rss("<title>&nbsp;</title>"), Err("a reference that XML does not have"));
    check(&rss("<title>A</title>"), Err("an item without a link"));
    for odd in ["https://e.example/", "https://e.example", "http://https://e.example/1", "https://e.example/\n1"] {
        let item = format!("<title>A</title><link>{odd}</link>");
        check(&rss(&item), Err("an address that feed-rs reads otherwise"));
    }
    check(&rss(&format!("{whole}<pubdate>1 Nov 2026</pubdate>")), Err("a name of an element in capitals"));
    check(&rss(&format!("{whole}<title>B</title>")), Err("an element twice"));
    check(&rss(&format!("{whole}<description><p>x</p></description>")), Err("elements within a text"));
    check(&rss(&format!("{whole}<dc:date>2026-01-01</dc:date>")), Err("an element that feed-rs reads otherwise"));
    check(&rss(&format!("{whole}<author>…a@b.example</author>")), Err("an author's address"));
    check(&rss(&format!("{whole}<media:title>x</media:title>")), Err("a prefix that is not declared"));
    check(&rss(&format!("{whole}\u{1}")), Err("control characters"));
    check("<rss version=\"2.0\"><channel><item>", Err("the document breaks off"));
    check("<rss version=\"2.0\"><channel></rss></channel>", Err("tags do not match"));
    check("<rss><channel></channel></rss>", Err("another root"));
    check("<feed xmlns=\"http://purl.org/atom/ns#\"></feed>", Err("another root"));
    check(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title type=\"html\">x</title><link href=\"/a\"/><id>1</id></entry></feed>",
        Ok(()),
    );
    check(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title type=\"xhtml\"><b>x</b></title><link href=\"/a\"/></entry></feed>",
        Err("an unusual type of text"),
    );
}

#[test]
fn json_feeds_are_for_feed_rs_but_for_some_names() {
    let check = |name: &str, expected: bool| {
        let text = format!(
            "{{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"T\",\"items\":[{{\"id\":\"1\",\"author\":{{\"name\" : {name}}}}}]}}"
        );
        assert_eq!(suits_feed_rs(&text, 2_000), expected, "{text}");
        let source = crate::feed::Source::at("2026-11-23T00:00:00Z".parse().unwrap());
        assert_eq!(crate::feed::parse(text.as_bytes(), &source).unwrap().items.len(), 1, "{text}");
    };
    check("\"Jane\"", true);
    check("\"Иван\"", true);
    check("\"…a@b.example\"", false);
    check("\"…a\\u0040b.example\"", false);
    check("null", true);
}
