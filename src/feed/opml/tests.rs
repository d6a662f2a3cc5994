use super::*;
use crate::model::PressBloc;

fn feed(url: &str, title: &str, group: Option<&str>) -> Feed {
    Feed { url: url.into(), title: title.into(), outlet: title.into(), group: group.map(Into::into), ..Feed::default() }
}

#[test]
fn lists_of_other_readers_are_read() {
    let check = |body: &str, expected: &[Feed]| {
        let opml = format!("<?xml version='1.0'?>\n<opml version=\"1.1\"><body>{body}</body></opml>");
        let list = read(opml.as_bytes());
        assert_eq!((list.feeds.as_slice(), list.faults.as_slice()), (expected, [].as_slice()), "{body}");
    };
    check("", &[]);
    check(
        "<outline text='A &amp; B' xmlUrl='https://a.example/f?x=1&amp;y=2'/>",
        &[feed("https://a.example/f?x=1&y=2", "A & B", None)],
    );
    check(
        "<outline text='A & B' xmlurl='https://a.example/f?x=1&y=2'/>",
        &[feed("https://a.example/f?x=1&y=2", "A & B", None)],
    );
    check(
        "<outline text='News'><outline title='World'><outline text='t' title='T' type='rss' xmlUrl='http://w.example/'></outline></outline></outline>",
        &[feed("http://w.example/", "T", Some("News / World"))],
    );
    check(
        "<outline category='/News/World,/All' text='c' xmlUrl='http://c.example/'/>",
        &[feed("http://c.example/", "c", Some("News / World"))],
    );
    check(
        "<outline xmlUrl='http://d.example/'/><!-- note --><outline text='empty group'/>",
        &[feed("http://d.example/", "http://d.example/", None)],
    );
}

#[test]
fn padding_at_the_end_is_no_part_of_a_list() {
    for padding in ["\u{1A}", "\r\n\u{1A}", "\n\u{1A}\0\0\0\0", "\0"] {
        let opml = format!("<opml><body><outline text='A' xmlUrl='https://a.example/f'/></body></opml>{padding}");
        let list = read(opml.as_bytes());
        assert_eq!((list.feeds.len(), list.faults.len()), (1, 0), "{padding:?}: {:?}", list.faults);
    }
}

#[test]
fn a_faulty_list_is_refused_with_its_line() {
    let check = |opml: &str, expected: &str| {
        let list = read(opml.as_bytes());
        let faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with(expected), "{faults:?}");
        assert!(!faults[0].contains('\n'), "{faults:?}");
    };
    check("not xml at all", "line 1: this is not a feed list: it begins with `not xml");
    check("", "line 1: this is not a feed list: there is nothing in it");
    check(" \n\n", "line 3: this is not a feed list: there is nothing in it");
    check("{\"feeds\": []}", "line 1: this is not a feed list");
    check("\n<rss version='2.0'/>", "line 2: this is not a feed list: its root is `rss`");
    check("<opml>\n<body>\n<outline text='a'>\n</body></opml>", "line 4: the feed list is not well-formed XML");
    check("<opml>\n<body>\n", "line 3: the feed list is not well-formed XML: it ends");
    check(
        "<opml><body>\n\n<outline xmlUrl='ftp://a.example/'/></body></opml>",
        "line 3: `ftp://a.example/` is not an http",
    );
    check(
        "<opml><body>\n<outline bloc='moon' xmlUrl='http://a.example/'/></body></opml>",
        "line 2: bloc `moon` is not one of",
    );
    check(
        &format!("<opml>{}", "<outline text='x'>".repeat(10_000)),
        "line 1: the feed list is not well-formed XML: outlines",
    );
}

#[test]
fn what_is_written_is_read_again() {
    let feeds = vec![
        feed("https://a.example/?a=1&b=\"2\"", "A <& \"B\"'", None),
        Feed {
            outlet: "Эхо".into(),
            language: Some("ru".into()),
            country: Some("GE".into()),
            bloc: Some(PressBloc::of("abkhaz")),
            kind: Some("state".into()),
            ..feed("https://b.example/", "Эхо Кавказа", Some("Кавказ / Юг"))
        },
        feed("https://c.example/", "C", Some("Кавказ / Юг")),
    ];
    let has_outlet = vec![true; feeds.len()];
    assert_eq!(read(write(&feeds).as_bytes()), FeedList { feeds, faults: Vec::new(), has_outlet });
}

#[test]
fn every_fault_of_a_list_is_named_and_the_other_feeds_are_read() {
    let list = read(
        b"<opml><body>
        <outline text='A' xmlUrl='http://a.example/'/>
        <outline xmlUrl='ftp://b.example/'/>
        <outline xmlUrl='http://c.example/' bloc='moon'/>
        <outline text='A again' xmlUrl='http://a.example/'/>

        <outline text='D' xmlUrl='http://d.example/'/>
        <outline xmlUrl='nonsense'/>
        </body>",
    );
    let titles: Vec<&str> = list.feeds.iter().map(|feed| feed.title.as_str()).collect();
    assert_eq!(titles, ["A", "http://c.example/", "D"]);
    let faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
    for (fault, expected) in faults.iter().zip([
        "line 3: `ftp://b.example/` is not an http",
        "line 4: bloc `moon`",
        "line 5: `http://a.example/` is already in line 2",
        "line 8: `nonsense` is not an http",
        "line 9: the feed list is not well-formed XML",
    ]) {
        assert!(fault.starts_with(expected), "`{fault}` should begin with `{expected}`");
    }
    assert_eq!(faults.len(), 5, "{faults:?}");
    assert!(list.faults.last().is_some_and(|fault| fault.kind.is_fatal()));
}

#[test]
fn a_list_that_is_compressed_is_read() {
    use std::io::Write;
    let list = "<opml><body><outline text='A' xmlUrl='http://a.example/'/></body></opml>";
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(list.as_bytes()).unwrap();
    assert_eq!(read(&packer.finish().unwrap()), read(list.as_bytes()));
}

#[test]
fn an_outline_that_has_its_address_as_its_name_or_two_of_them_is_a_feed() {
    let check = |outline: &str, feeds: &[&str], expected: &[&str]| {
        let list = read(format!("<opml><body>{outline}</body></opml>").as_bytes());
        let faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
        let found: Vec<&str> = list.feeds.iter().map(|feed| feed.url.as_str()).collect();
        assert_eq!(
            (found.as_slice(), faults.as_slice()),
            (feeds, expected.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().as_slice()),
            "{outline}"
        );
    };
    let feed = ["https://a.example/f"];
    check("<outline text='https://a.example/f'/>", &feed, &[]);
    check("<outline text='A' title=' https://a.example/f '/>", &feed, &[]);
    check("<outline title='A' text='https://a.example/f' type='rss'/>", &feed, &[]);
    check("<outline text='News'/>", &[], &[]);
    check("<outline text='https://a.example/f is down'/>", &[], &[]);
    let left_out = "line 1: `https://a.example/f` has no xmlUrl and is left out; add one or remove the outline";
    check("<outline text='https://a.example/f' htmlUrl='https://a.example/'/>", &[], &[left_out]);
    let second =
        "line 1: `A` has two addresses; the first one counts, and https://b.example/f needs an outline of its own";
    for between in [" ", ", ", ";", "&#10;"] {
        let outline = format!("<outline text='A' xmlUrl='https://a.example/f{between}https://b.example/f'/>");
        check(&outline, &feed, &[second]);
    }
    check("<outline text='A' xmlUrl='https://a.example/my feed'/>", &["https://a.example/my feed"], &[]);
}

#[test]
fn a_feed_is_kept_whose_bloc_is_unknown() {
    let check = |bloc: &str, expected: Option<&str>, fault: &str| {
        let list =
            read(format!("<opml><body>\n<outline bloc='{bloc}' xmlUrl='http://a.example/'/></body></opml>").as_bytes());
        let found: Vec<Option<&str>> = list.feeds.iter().map(|feed| feed.bloc.map(PressBloc::as_str)).collect();
        assert_eq!(found, [expected], "{bloc}");
        let faults = list.faults.iter().map(ToString::to_string).collect::<String>();
        assert!(faults.contains(fault) && faults.is_empty() == fault.is_empty(), "{bloc}: {faults}");
        assert!(list.faults.iter().all(|fault| fault.kind.is_note() && !fault.kind.is_left_out()));
    };
    check("western", Some("western"), "");
    check("Western", Some("western"), "");
    check(" Russian State ", Some("russian-state"), "");
    check("north_caucasus", Some("north-caucasus"), "");
    check("", None, "");
    check("moon", None, "line 2: bloc `moon` is not one of: russian-state, ");
    check("westen", None, "; did you mean western?; the feed is read without a bloc");
    check("russian-stat", None, "did you mean russian-state?");
}

#[test]
fn a_fault_of_xml_is_in_the_line_in_which_it_is() {
    let check = |third: &str| {
        let text = format!("<?xml version='1.0'?>\n<opml version='2.0'><body>\n{third}");
        for (written, ends) in
            [(text.clone(), "LF"), (text.replace('\n', "\r\n"), "CRLF"), (text.replace('\n', "\r"), "CR")]
        {
            let faults = read(written.as_bytes()).faults;
            let fatal = faults.last().map(|fault| (fault.line, fault.kind.is_fatal()));
            assert_eq!(fatal, Some((3, true)), "{third} with {ends}: {faults:?}");
        }
    };
    let rest = "<outline xmlUrl='http://b.example/'/></body></opml>";
    for third in [
        "<outline text='a' bad=>",
        "<outline text='a",
        "<outline xmlUrl=http://a.example/ />",
        "<outline text='a' xmlUrl='http://a.example/'>x</body>",
        "</outline>",
        "</>",
        "a < b ",
        "<![CDATA[ x ",
        "<!-- x ",
        "<?x ",
        "<!x>",
    ] {
        check(third);
        check(&format!("{third}{rest}"));
    }
}

#[test]
fn an_address_is_known_however_it_is_written() {
    let check = |a: &str, b: &str, expected: bool| assert_eq!(address_key(a) == address_key(b), expected, "{a} {b}");
    check("HTTP://A.example:80/x#top", "http://a.example/x", true);
    check("http://пример.рф/rss", "http://xn--e1afmkfd.xn--p1ai/rss", true);
    check("http://a.example", "http://a.example/", true);
    check("http://a.example/X", "http://a.example/x", false);
    check("http://a.example/x?y=1", "http://a.example/x", false);
    check("https://a.example/x", "http://a.example/x", false);
}

#[test]
fn whatever_is_left_out_is_named_with_its_line() {
    let check = |outline: &str, expected: &str| {
        let opml =
            format!("<opml><body>\n<outline text='Kept' xmlUrl='http://kept.example/'/>\n{outline}</body></opml>");
        let list = read(opml.as_bytes());
        let faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults, [format!("line 3: {expected}")], "{outline}");
        assert_eq!(list.feeds.len(), 1, "{outline}");
    };
    let none = "has no xmlUrl and is left out; add one or remove the outline";
    check("<outline text='A' type='rss'/>", &format!("`A` {none}"));
    check("<outline text='A' type='RSS' htmlUrl='http://a.example/'></outline>", &format!("`A` {none}"));
    check("<outline text='A' xmlUrl=''/>", &format!("`A` {none}"));
    check("<outline htmlUrl='http://a.example/'/>", &format!("`http://a.example/` {none}"));
    check("<outline type='atom'/>", &format!("`an outline` {none}"));
    let list = "leads to another list and is left out; import that list as well:";
    check(
        "<outline text='B' type='include' url='http://b.example/more.opml'/>",
        &format!("`B` {list} http://b.example/more.opml"),
    );
    check(
        "<outline text='B' type='link' url='http://b.example/x.OPML?y'/>",
        &format!("`B` {list} http://b.example/x.OPML?y"),
    );
    check("<outline text='B' type='include'/>", &format!("`B` {none}"));
    check(
        "<outline text='C' type='link' url='http://c.example/'/>",
        "`C` is a link and not a feed, and is left out: http://c.example/",
    );
    let off = "is commented out and is left out";
    check("<outline text='D' isComment='true' type='rss' xmlUrl='http://d.example/'/>", &format!("`D` {off}"));
    check("<outline text='D' IsComment='TRUE' xmlUrl='http://kept.example/'/>", &format!("`D` {off}"));
    check(
        "<outline text='Off' isComment='true'><outline text='x'><outline text='D' xmlUrl='http://d.example/'/></outline></outline>",
        &format!("`D` {off}"),
    );
    check("<outline text='Off' isComment='true'><outline text='D' type='rss'/></outline>", &format!("`D` {off}"));
}

#[test]
fn a_comment_ends_with_its_outline_and_groups_stay_groups() {
    let list = read(
        b"<opml><body><outline text='Off' isComment='true'><outline text='a'/></outline>
        <outline text='On' isComment='false'><outline text='F' xmlUrl='http://f.example/'/></outline></body></opml>",
    );
    assert_eq!(list.feeds, [feed("http://f.example/", "F", Some("On"))]);
    assert_eq!(list.faults, []);
}

#[test]
fn addresses_and_attributes_as_other_programs_write_them() {
    let check = |outline: &str, expected: &str| {
        let list = read(format!("<opml><body><outline text='F' {outline}/></body></opml>").as_bytes());
        let urls: Vec<&str> = list.feeds.iter().map(|feed| feed.url.as_str()).collect();
        assert_eq!((urls.as_slice(), list.faults.as_slice()), ([expected].as_slice(), [].as_slice()), "{outline}");
    };
    check("xmlUrl='feed://f.example/x'", "http://f.example/x");
    check("xmlUrl='feed:https://f.example/x'", "https://f.example/x");
    check("XMLURL=' https://f.example/x '", "https://f.example/x");
    check("feedUrl='https://f.example/x'", "https://f.example/x");
    check("type='atom' url='https://f.example/x'", "https://f.example/x");
    check("xmlUrl='https://f.example/x' text='again'", "https://f.example/x");
    check("xmlUrl='https://f.example/x' xmlUrl='https://g.example/x'", "https://f.example/x");
    check("xmlUrl='//f.example/x'", "https://f.example/x");
}

/// They were left out without a word.
#[test]
fn an_outline_with_an_address_under_another_name_is_read_or_named() {
    let check = |element: &str, feeds: &[&str], faults: usize| {
        let list = read(format!("<opml><body>{element}</body></opml>").as_bytes());
        let urls: Vec<&str> = list.feeds.iter().map(|feed| feed.url.as_str()).collect();
        assert_eq!((urls.as_slice(), list.faults.len()), (feeds, faults), "{element}: {:?}", list.faults);
    };
    let feed = "http://f.example/x";
    check("<outline text='F' rssUrl='http://f.example/x'/>", &[feed], 0);
    check("<outline text='F' type='rss' xml_url='http://f.example/x'/>", &[feed], 0);
    check("<rss text='F' xmlUrl='http://f.example/x'/>", &[feed], 0);
    check("<feed url='http://f.example/x'/>", &[feed], 0);
    check("<outline text='F' url='http://f.example/x'/>", &[], 1);
    check("<outline text='F' href='http://f.example/x'/>", &[], 1);
    check("<outline text='F' feed='http://f.example/x'/>", &[], 1);
    check("<outline text='A group'/>", &[], 0);
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    for end in ["\n", "\r\n", "\r"] {
        let opml = [
            "<opml><body>",
            "<outline text='a",
            "b' xmlUrl='http://a.example/'/>",
            "",
            "<outline xmlUrl='x'/></body></opml>",
        ];
        let list = read(opml.join(end).as_bytes());
        assert_eq!(list.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [5], "{end:?}");
    }
}

#[test]
fn the_list_tells_which_feeds_name_their_outlet() {
    let list = read(b"<opml><body><outline text='A' outlet='O' xmlUrl='http://a.example/'/><outline text='B' xmlUrl='http://b.example/'/></body></opml>");
    assert_eq!(list.has_outlet, [true, false]);
}
