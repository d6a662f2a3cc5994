//! Nothing that a feed, a server or a feed list sends acts on the terminal of the person who reads about it.

use std::fmt::Write as _;

use crate::support::kazbek::{Ended, Kazbek};
use crate::support::server::{Server, answer};

/// What acts on a terminal, or hides what is written: ESC and BEL, the title and clipboard sequences of OSC, the same
/// in C1, backspace, DEL, a carriage return alone, and overrides of the writing direction.
const ATTACKS: [&str; 7] = [
    "\u{1b}[31mred\u{1b}[2J",
    "\u{1b}]52;c;ZWNobyBoaQ==\u{7}",
    "\u{9b}31m\u{9d}0;title\u{9c}",
    "over\rwritten",
    "back\u{8}\u{8}\u{7f}",
    "\u{202e}txt.exe\u{202c}",
    "\u{2066}inner\u{2069}",
];

/// The attacks as numeric references, which a reader of XML resolves.
fn references() -> String {
    ATTACKS.concat().chars().fold(String::new(), |mut out, letter| {
        write!(out, "&#{};", letter as u32).expect("a string takes what is written to it");
        out
    })
}

fn assert_is_printable(what: &str, text: &str) {
    let bad = |letter: char| {
        (letter.is_control() && letter != '\n' && letter != '\t')
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some((at, letter)) = text.char_indices().find(|(_, letter)| bad(*letter)) {
        let before = text.get(..at).unwrap_or_default();
        let around = before.get(before.floor_char_boundary(at.saturating_sub(80))..);
        panic!("{what} prints U+{:04X} after {around:?}", letter as u32);
    }
}

fn check(arguments: &[&str], ended: &Ended) {
    assert_is_printable(&format!("{arguments:?} on stdout"), &ended.stdout);
    assert_is_printable(&format!("{arguments:?} on stderr"), &ended.stderr);
    assert!(ended.code != 101, "{arguments:?}: {}", ended.stderr);
}

#[test]
fn no_command_prints_what_acts_on_a_terminal() {
    let server = Server::start();
    let all = ATTACKS.concat();
    let item = |number: usize, text: &str| {
        format!(
            "<item><title>Armenia and Russia {number} {text}</title><link>https://news.example/{number}?{text}</link>\
             <guid>g{number}{text}</guid><category>{text}</category><author>{text}</author>\
             <description>Yerevan and Moscow {text} talk about the border of Armenia</description>\
             <pubDate>Mon, 05 Jan 2026 08:00:00 GMT</pubDate></item>"
        )
    };
    let rss = |text: &str| {
        format!(
            "<rss version=\"2.0\"><channel><title>Feed {text}</title><link>https://news.example/{text}</link>{}{}</channel></rss>",
            item(1, text),
            item(2, text)
        )
    };
    let header = |text: &str| text.replace(['\r', '\n'], " ");
    server.answer("/raw.xml", answer("200 OK", "Content-Type: application/rss+xml\r\n", rss(&all)));
    server.answer("/escaped.xml", answer("200 OK", "Content-Type: application/rss+xml\r\n", rss(&references())));
    server.answer("/root.xml", answer("200 OK", "", format!("<a{0}b>x</a{0}b>", all.replace('\r', ""))));
    server.answer("/text", answer("200 OK", "", &all));
    server.answer("/json", answer("200 OK", "", format!("{{\"version\": \"{all}")));
    let charset = format!("Content-Type: application/xml; charset={}\r\n", header(&all));
    server.answer("/charset.xml", answer("200 OK", &charset, rss("")));
    let location = format!("Location: /{}\r\n", header(&all));
    server.answer("/moved", answer("302 Found", &location, ""));
    server.answer("/status", answer(&format!("503 {}", header(&all)), "", &all));
    let page =
        format!("<html><head><link rel=alternate type=application/rss+xml href='/{all}' title='{all}'></head></html>");
    server.answer("/page", answer("200 OK", "Content-Type: text/html\r\n", page));

    let paths =
        ["/raw.xml", "/escaped.xml", "/root.xml", "/text", "/json", "/charset.xml", "/moved", "/status", "/page"];
    let urls = paths.map(|path| server.url(path));
    let kazbek = Kazbek::polling(&[]);
    // The feed list of somebody else: names, groups and outlets with references.
    let bad = references();
    let outlines: Vec<String> = urls
        .iter()
        .map(|url| format!("<outline text=\"Group {bad}\"><outline type=\"rss\" text=\"{url} {bad}\" xmlUrl=\"{url}\" outlet=\"O {bad}\"/></outline>"))
        .collect();
    let outlines = outlines.concat();
    let list = |more: &str| format!("<opml version=\"2.0\"><body>{outlines}{more}</body></opml>");
    kazbek.write("feeds.opml", &list(""));
    let faulty = list(&format!("<outline text=\"x\" xmlUrl=\"gopher:{bad}\"/>"));
    let other = kazbek.write("other.opml", &faulty);
    let other = other.to_str().expect("UTF-8");
    let raw = kazbek.write("raw.xml", &rss(&all));
    let raw = raw.to_str().expect("UTF-8");

    let mut commands: Vec<Vec<&str>> = vec![
        vec!["check"],
        vec!["poll", "--log-level", "debug", "--log-format", "text"],
        vec!["poll", "--json", "--log-level", "debug", "--log-format", "json"],
        vec!["feeds", "list"],
        vec!["feeds", "list", "--json"],
        vec!["feeds", "list", "--failing"],
        vec!["feeds", "export"],
        vec!["feeds", "import", other],
        vec!["feeds", "disable", &all],
        vec!["feeds", "add", &urls[8]],
        vec!["search", "Armenia"],
        vec!["search", "Armenia", "--json"],
        vec!["search", &all],
        vec!["explain", "1"],
        vec!["explain", "1", "--json"],
        vec!["explain", &all],
        vec!["export"],
        vec!["export", "--format", "csv"],
        vec!["parse", raw],
        vec!["parse", raw, "--json"],
        vec!["trends", "--since", "2026-01-01", "--until", "2026-01-31"],
        vec!["trends", "--since", "2026-01-01", "--until", "2026-01-31", "--format", "json"],
        vec!["trends", "--since", "2026-01-01", "--until", "2026-01-31", "--by", "week", "--format", "json"],
        vec!["digest", "--date", "2026-01-05"],
        vec!["digest", "--date", "2026-01-05", "--format", "json"],
        vec!["digest", "--date", "2026-01-05", "--format", "html"],
        vec!["out-feed", "items"],
        vec!["out-feed", "items", "--format", "json"],
        vec!["outbox", "list"],
        vec!["db", "check"],
        vec!["db", "stats"],
        vec!["lexicon", "check", raw],
        vec!["man", &all],
        vec!["reclassify", "--log-format", "text"],
        // What is wrong with a command line is said with its words.
        vec![&all],
        vec!["digest", "--date", &all],
        vec!["outbox", "retry", &all],
        vec!["completions", &all],
        vec!["--config", &all, "check"],
        vec!["trends", "--by", &all],
    ];
    commands.extend(urls.iter().map(|url| vec!["feeds", "check", url]));
    commands.extend(urls.iter().map(|url| vec!["feeds", "check", "--json", url]));
    for arguments in &commands {
        check(arguments, &kazbek.run(arguments));
    }

    let line = serde_json::json!({"id": all, "title": format!("Armenia {all}"), "summary": all, "source": all});
    for arguments in [&["classify"][..], &["classify", "--json"], &["dedup"], &["dedup", "--json"], &["import", "-"]] {
        let broken = format!("{line}\n{{\"{all}\": }}\n");
        check(arguments, &kazbek.feed(arguments, broken.as_bytes()));
    }

    // JSON keeps the values: what is unsafe to print is escaped.
    let file = kazbek.ok(&["parse", raw, "--json"]);
    let parsed: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    assert!(parsed["items"][0]["title"].as_str().is_some_and(|title| title.contains('\u{202e}')), "{file}");
    assert!(kazbek.ok(&["search", "Armenia"]).contains("Armenia and Russia 1"));
}

#[test]
fn no_cell_of_an_export_is_a_formula() {
    let kazbek = Kazbek::with_config("");
    let titles = [
        "=HYPERLINK(\"https://evil.example\";\"Armenia\")",
        "+1 for Armenia and Russia",
        "-2+3 Armenia",
        "@SUM(A1) Armenia",
        "'=1 Armenia",
        "''-Armenia",
        "'Armenia' in quotes",
        "Armenia, plainly = so",
    ];
    let lines: Vec<String> = titles
        .iter()
        .enumerate()
        .map(|(number, title)| {
            let url = format!("https://news.example/{number}");
            let line = serde_json::json!({"url": url, "title": title, "summary": title, "outlet": title,
                "published": format!("2026-01-0{}T08:00:00Z", number + 1)});
            line.to_string()
        })
        .collect();
    assert_eq!(kazbek.feed(&["import", "-"], lines.join("\n").as_bytes()).code, 0);
    let csv = kazbek.ok(&["export", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("CSV")).collect();
    assert_eq!(records.len(), titles.len());
    for record in &records {
        let formula = record.iter().find(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
        assert!(formula.is_none(), "{formula:?}");
    }
    // The other way round nothing is lost.
    let other = Kazbek::with_config("");
    assert_eq!(other.feed(&["import", "-", "--format", "csv"], csv.as_bytes()).code, 0);
    let exported = other.ok(&["export"]);
    let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    for (line, title) in exported.lines().map(read).zip(titles) {
        for key in ["title", "summary", "outlet"] {
            assert_eq!(line[key].as_str(), Some(title), "{key}");
        }
    }
    assert_eq!(exported.lines().count(), titles.len());
}

#[test]
fn no_password_of_a_feed_address_is_printed_or_logged() {
    let server = Server::start();
    let item = "<rss version=\"2.0\"><channel><item><title>Armenia and Russia</title><link>https://news.example/1</link></item></channel></rss>";
    server.script("/good.xml", move |asked, stream| {
        let is_known = asked.header("authorization").is_some_and(|value| value.starts_with("Basic "));
        let status = if is_known { "200 OK" } else { "401 Unauthorized" };
        stream.write_all(&answer(status, "Content-Type: application/rss+xml\r\n", item))
    });
    let secret = "pa55word";
    let with_password = |path: &str| server.url(path).replace("http://", &format!("http://reader:{secret}@"));
    server.answer("/loop", answer("302 Found", &format!("Location: {}\r\n", with_password("/loop")), ""));
    server.answer("/away", answer("302 Found", &format!("Location: ftp://reader:{secret}@news.example/\r\n"), ""));
    let urls = ["/good.xml", "/loop", "/away", "/missing"].map(with_password);
    // Without names the addresses are the names.
    let outlines: String = urls.iter().map(|url| format!("<outline type=\"rss\" xmlUrl=\"{url}\"/>\n")).collect();
    let config = "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n";
    let kazbek = Kazbek::with_config(config);
    let list = |more: &str| format!("<opml version=\"2.0\"><body>\n{outlines}{more}</body></opml>");
    // An address twice, and one that cannot be polled.
    let twice = format!("<outline xmlUrl=\"{}\"/>\n", urls[0]);
    kazbek.write("feeds.opml", &list(&twice));
    let other = kazbek.write("other.opml", &list(&format!("<outline xmlUrl=\"ftp://a:{secret}@b.example/\"/>")));
    let other = other.to_str().expect("UTF-8").to_owned();
    let new = with_password("/good.xml?new");
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["check"],
        vec!["poll", "--log-level", "trace", "--log-format", "text"],
        vec!["poll", "--log-level", "trace", "--log-format", "json"],
        vec!["feeds", "list"],
        vec!["feeds", "list", "--json"],
        vec!["feeds", "export"],
        vec!["feeds", "import", &other],
        vec!["feeds", "add", "--unchecked", &new],
        vec!["feeds", "add", &new],
        vec!["feeds", "disable", &new],
        vec!["feeds", "enable", &new],
        vec!["feeds", "remove", &new],
        vec!["feeds", "remove", "http://a:pa55word@nowhere.example/"],
        vec!["explain", "1"],
        vec!["explain", "1", "--json"],
        vec!["search", "Armenia", "--json"],
        vec!["export"],
        vec!["digest"],
        vec!["digest", "--format", "json"],
        vec!["out-feed", "items", "--format", "json"],
    ];
    commands.extend(urls.iter().map(|url| vec!["feeds", "check", url]));
    commands.extend(urls.iter().map(|url| vec!["feeds", "check", "--json", url]));
    for arguments in &commands {
        let ended = kazbek.run(arguments);
        for text in [&ended.stdout, &ended.stderr] {
            assert!(!text.contains(secret), "{arguments:?}: {text}");
        }
    }
    let listed = kazbek.ok(&["feeds", "list"]);
    assert!(listed.contains("http://reader:***@127.0.0.1"), "{listed}");
    assert!(!kazbek.ok(&["feeds", "export"]).contains("xmlUrl=\"http://reader"));
    kazbek.write("kazbek.toml", &format!("{config}[[feed]]\nurl = \"http://x:{secret}@y.example/\"\n"));
    let ended = kazbek.run(&["check"]);
    assert!(ended.stderr.contains("x:***@y.example") && !ended.stderr.contains(secret), "{}", ended.stderr);
}
