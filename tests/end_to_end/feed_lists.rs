//! Lists of other readers, and the feeds of a site.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

/// The addresses of the feeds that are known, sorted.
fn known(kazbek: &Kazbek) -> Vec<String> {
    let listed = kazbek.ok(&["feeds", "list", "--json"]);
    let url = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["url"].as_str().unwrap().to_owned();
    let mut urls: Vec<String> = listed.lines().map(url).collect();
    urls.sort();
    urls
}

#[test]
fn an_import_names_whatever_it_leaves_out() {
    let kazbek = Kazbek::polling(&[]);
    let list = "<opml version=\"2.0\"><body>
<outline text=\"Lost\" type=\"rss\" htmlUrl=\"https://lost.example/\"/>
<outline text=\"More\" type=\"include\" url=\"https://more.example/list.opml\"/>
<outline text=\"Off\" isComment=\"true\" xmlUrl=\"https://off.example/f\"/>
<outline text=\"Old\" xmlUrl=\"feed://old.example/f\"/>
<outline text=\"Again\" xmlUrl=\"http://old.example/f\"/>
<outline text=\"Good\" xmlUrl=\"https://good.example/f\"/></body></opml>";
    kazbek.write("in.opml", list);
    let ended = kazbek.run(&["feeds", "import", "in.opml"]);
    assert_eq!(ended.code, 65, "{}{}", ended.stdout, ended.stderr);
    for words in ["in.opml:2: `Lost`", "in.opml:3: `More`", "in.opml:4: `Off`", "in.opml:6: `http://old.example/f`"] {
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    }
    assert_eq!(ended.stdout, "2 feeds added, 0 already known, 4 outlines left out\n");
    assert_eq!(known(&kazbek), ["http://old.example/f", "https://good.example/f"]);
    // A list of one's own may be kept like this; the daemon only warns.
    kazbek.write("feeds.opml", list);
    let checked = kazbek.run(&["check"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(checked.stderr.contains("`Lost` has no xmlUrl"), "{}", checked.stderr);
}

#[test]
fn what_another_reader_dropped_stays_as_it_was_known() {
    let kazbek = Kazbek::polling(&[]);
    let outline = |attributes: &str| {
        format!(
            "<opml version=\"2.0\"><body><outline text=\"World\"><outline type=\"rss\" xmlUrl=\"https://a.example/f\" {attributes}/></outline></body></opml>"
        )
    };
    let whole = "text=\"A\" htmlUrl=\"https://a.example/\" sites=\"https://b.example/\" outlet=\"Agency\" language=\"ru\" country=\"GE\" bloc=\"western\" kind=\"state\"";
    kazbek.write("whole.opml", &outline(whole));
    kazbek.ok(&["feeds", "import", "whole.opml"]);
    let before = kazbek.json(&["feeds", "list", "--json"]);
    let exported = kazbek.ok(&["feeds", "export"]);
    kazbek.write("other.opml", &outline("text=\"A\" htmlUrl=\"https://a.example/\""));
    assert_eq!(kazbek.ok(&["feeds", "import", "other.opml"]), "0 feeds added, 1 already known\n");
    assert_eq!(kazbek.json(&["feeds", "list", "--json"]), before);
    assert_eq!(kazbek.ok(&["feeds", "export"]), exported);
    // What it does say counts.
    kazbek.write("renamed.opml", &outline("text=\"My name\" language=\"hy\" outlet=\"Other\""));
    kazbek.ok(&["feeds", "import", "renamed.opml"]);
    let after = kazbek.json(&["feeds", "list", "--json"]);
    let value = |key: &str| after[key].as_str().unwrap_or_default().to_owned();
    assert_eq!(["title", "language", "outlet", "country"].map(value), ["My name", "hy", "Other", "GE"]);
    // A feed that was switched off stays off.
    kazbek.ok(&["feeds", "disable", "feed:https://a.example/f"]);
    kazbek.ok(&["feeds", "import", "other.opml"]);
    assert_eq!(kazbek.json(&["feeds", "list", "--json"])["state"], "off");
}

#[test]
fn a_site_gives_the_feed_that_a_person_would_take() {
    let site = Site::start();
    let feed = rss(&[("One", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]);
    for path in ["/posts.xml", "/comments.xml"] {
        site.put(path, "application/rss+xml", feed.clone());
    }
    site.put("/empty.xml", "application/rss+xml", rss(&[]));
    let radio = feed.replace("</item>", "<enclosure url=\"/1.mp3\" type=\"audio/mpeg\" length=\"1\"/></item>");
    site.put("/radio.xml", "application/rss+xml", radio);
    site.put("/list", "text/html", "<html><body><a href=\"/posts.xml\">RSS</a></body></html>");
    site.put("/html", "text/html", "<html><body>no feed</body></html>");
    let link = |attributes: &str| format!("<link rel=\"alternate\" type=\"application/rss+xml\" {attributes}>");
    let posts = link("title=\"Posts\" href=\"/posts.xml\"");
    let host = site.url("").trim_start_matches("http:").to_owned();
    for (what, links) in [
        ("comments first", format!("{}{posts}", link("title=\"Site &raquo; Comments Feed\" href=\"/comments.xml\""))),
        ("the first is gone", format!("{}{posts}", link("href=\"/gone.xml\""))),
        ("the first is a page", format!("{}{posts}", link("href=\"/html\""))),
        ("the first is empty", format!("{}{posts}", link("href=\"/empty.xml\""))),
        (
            "the first is empty and the second gone",
            format!("{}{}{posts}", link("href=\"/empty.xml\""), link("href=\"/gone.xml\"")),
        ),
        ("a scheme of its own", link(&format!("href=\"feed:{host}/posts.xml\""))),
        (
            "a base",
            format!("<base href=\"{}\">{}", site.url("/posts.xml"), link("href=\"\"").replace("\"\"", "\"posts.xml\"")),
        ),
        (
            "a link in the text, and a page in the head",
            format!("{}<p><a href=\"/posts.xml\">RSS</a></p>", link("href=\"/html\"")),
        ),
        ("a podcast by its name", format!("{}{posts}", link("title=\"Podcast\" href=\"/comments.xml\""))),
        ("a podcast by its items", format!("{}{posts}", link("title=\"Radio\" href=\"/radio.xml\""))),
        ("a list of feeds", link("href=\"/list\"")),
        ("a list of feeds in the text", "<p><a href=\"/list\">RSS</a></p>".to_owned()),
        (
            "a link in the text",
            "<p><a href=\"/posts.xml\">x</a><a href=\"/rss\">RSS</a></p>".replace("/rss\"", "/posts.rss\""),
        ),
    ] {
        site.put("/posts.rss", "application/rss+xml", feed.clone());
        site.put("/page", "text/html", format!("<html><head>{links}</head></html>"));
        let kazbek = Kazbek::polling(&[]);
        kazbek.ok(&["feeds", "add", &site.url("/page")]);
        let found = known(&kazbek);
        let expected = if what == "a link in the text" { "/posts.rss" } else { "/posts.xml" };
        assert_eq!(found, [site.url(expected)], "{what}");
    }
    // The others are named.
    site.put(
        "/page",
        "text/html",
        format!("<html><head>{}{posts}</head></html>", link("title=\"Comments\" href=\"/comments.xml\"")),
    );
    let kazbek = Kazbek::polling(&[]);
    let ended = kazbek.run(&["feeds", "add", &site.url("/page")]);
    assert!(ended.stderr.contains("/comments.xml (Comments)"), "{}", ended.stderr);
    // An empty one is better than none, and taken where it is asked for.
    for path in ["/page", "/empty.xml"] {
        let links = format!("{}{}", link("href=\"/gone.xml\""), link("href=\"/empty.xml\""));
        site.put("/page", "text/html", format!("<html><head>{links}</head></html>"));
        let kazbek = Kazbek::polling(&[]);
        kazbek.ok(&["feeds", "add", &site.url(path)]);
        assert_eq!(known(&kazbek), [site.url("/empty.xml")], "{path}");
    }
    // If none answers, the reason is that of the first.
    site.put("/page", "text/html", format!("<html><head>{}</head></html>", link("href=\"/gone.xml\"")));
    let ended = kazbek.run(&["feeds", "add", &site.url("/page")]);
    assert!(ended.code == 1 && ended.stderr.contains("/gone.xml: not-found"), "{}", ended.stderr);
}
