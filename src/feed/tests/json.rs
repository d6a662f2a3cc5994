//! JSON whose brackets do not match, and lists of items under names that nobody knows.

use super::*;

const VERSION: &str = "\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"F\"";

fn titles(feed: &ParsedFeed) -> Vec<&str> {
    feed.items.iter().map(|item| item.title.as_str()).collect()
}

/// Puts one wrong bracket after the other into a document, and returns how many of these read as the document itself.
fn wrong_brackets(document: &str) -> (usize, usize) {
    let whole = parse(document.as_bytes(), &source()).unwrap();
    let (mut read_right, mut all) = (0, 0);
    for (at, bracket) in document.match_indices(['{', '}', '[', ']']) {
        for instead in ["", "{", "}", "[", "]", &bracket.repeat(2)] {
            let mut broken = document.to_owned();
            broken.replace_range(at..=at, instead);
            if instead == bracket {
                continue;
            }
            all += 1;
            let Ok(read) = parse(broken.as_bytes(), &source()) else { continue };
            let is_right = format!("{:?}", read.items) == format!("{:?}", whole.items);
            read_right += usize::from(is_right);
            let is_said = !read.is_whole && !read.warnings.is_empty();
            assert!(is_right || is_said, "{broken} lost something in silence: {:?}", titles(&read));
        }
    }
    (read_right, all)
}

#[test]
fn a_wrong_bracket_costs_little_and_nothing_in_silence() {
    let item = |id: u8, more: &str| {
        format!("{{\"id\":\"{id}\",\"url\":\"https://e.example/{id}\",\"title\":\"T{id}\"{more}}}")
    };
    let found = |more: &str, end: &str| {
        let items = format!("{},\n{},\n{}", item(1, more), item(2, more), item(3, more));
        let document = format!("{{{VERSION},\"items\":[{items}]{end}}}");
        wrong_brackets(&document)
    };
    let found = [
        found("", ""),
        found(",\"tags\":[\"a\",\"b\"]", ""),
        found(",\"authors\":[{\"name\":\"A\"}],\"summary\":\"S\"", ""),
        found(",\"author\":{\"name\":\"A\"}", ""),
        found("", ",\"language\":\"ru\",\"hubs\":[]"),
    ];
    // At least so many of all that were tried are read as the document itself.
    for (found, (least, all)) in found.into_iter().zip([(45, 50), (58, 80), (74, 110), (53, 80), (47, 60)]) {
        assert!(found.0 >= least && found.1 == all, "{found:?} of {all}");
    }
}

#[test]
fn comments_around_a_document_are_skipped() {
    let feed = format!("{{{VERSION},\"items\":[{{\"id\":1,\"title\":\"T1\",\"url\":\"https://e.example/1\"}}]}}");
    let list = "[{\"title\":\"T1\",\"url\":\"https://e.example/1\",\"date\":\"2026-11-02\"}]";
    for document in [feed.as_str(), list] {
        for (before, after) in [
            ("/* one {x} */", ""),
            ("// one [\n# two {\n", ""),
            ("", "// end {"),
            ("", "/* end [1] */\n# more"),
            ("/* one */\n/* two */", "// end"),
        ] {
            let read = parse(format!("{before}{document} {after}").as_bytes(), &source());
            let read = read.unwrap_or_else(|error| panic!("{before} {after}: {error}"));
            assert_eq!((titles(&read).as_slice(), read.is_whole), (["T1"].as_slice(), true), "{before} {after}");
        }
    }
}

#[test]
fn the_link_is_that_of_the_page_rather_than_of_the_data() {
    let check = |links: &str, expected: Option<&str>| {
        let item = format!("{{\"title\":\"T\",\"date\":\"2026-11-02\",{links}}}");
        let read = parse(format!("{{\"data\":[{item}]}}").as_bytes(), &source()).unwrap();
        assert_eq!(read.items[0].link.as_deref(), expected, "{links}");
    };
    let (page, data) = ("https://e.example/1", "https://e.example/api/1");
    check(&format!("\"links\":{{\"self\":\"{data}\"}}"), Some(data));
    check(&format!("\"links\":{{\"self\":{{\"href\":\"{data}\"}}}}"), Some(data));
    check(&format!("\"links\":{{\"self\":\"{data}\",\"html\":{{\"href\":\"{page}\"}}}}"), Some(page));
    check(&format!("\"links\":{{\"alternate\":\"{page}\",\"self\":\"{data}\"}}"), Some(page));
    check(&format!("\"permalink\":\"{page}\""), Some(page));
    check(&format!("\"link\":\"https://e.example/\",\"permalink\":\"{page}\""), Some(page));
}

#[test]
fn elements_that_look_like_items_are_kept_or_named() {
    let check = |document: &str, expected: &[&str], is_whole: bool, warning: &str| {
        let feed = parse(document.as_bytes(), &source()).unwrap_or_else(|error| panic!("{document}: {error}"));
        let found = (titles(&feed), feed.is_whole, feed.warnings.concat());
        assert_eq!(found, (expected.to_vec(), is_whole, warning.to_owned()), "{document}");
    };
    let dated = "{\"id\":1,\"title\":\"T1\",\"url\":\"https://e.example/1\",\"date\":\"2026-11-02T10:00:00Z\"}";
    let undated = "{\"title\":\"T2\",\"link\":\"https://e.example/2\"}";
    let text = "{\"title\":\"T3\",\"text\":\"Words.\"}";
    let unread = "{\"title\":\"T4\",\"link\":\"https://e.example/4\",\"date\":\"yesterday\"}";
    let under = |name: &str| format!("the document has no list of `items`; those under `{name}` were read");
    // Beside one with a date all are items.
    let all = format!("[{dated},{undated},{text}]");
    check(&format!("{{\"entries2\":{all}}}"), &["T1", "T2", "T3"], true, &under("entries2"));
    check(&format!("{{\"result\":{{\"docs\":{all}}}}}"), &["T1", "T2", "T3"], true, &under("docs"));
    check(&format!("{{\"data\":{{\"news\":{all}}}}}"), &["T1", "T2", "T3"], true, "");
    check(&format!("{{{VERSION},\"page\":{{\"rows\":{all}}}}}"), &["T1", "T2", "T3"], true, &under("rows"));
    let date = format!("1 dates could not be read{}", under("rows"));
    let found = parse(format!("{{\"rows\":[{unread}]}}").as_bytes(), &source()).unwrap();
    assert_eq!((titles(&found).as_slice(), found.warnings.len()), (["T4"].as_slice(), 2), "{date}");
    // Sections of a site.
    let sections = format!("[{{\"title\":\"Politics\",\"url\":\"https://e.example/p\",\"articles\":{all}}}]");
    check(&format!("{{{VERSION},\"items\":{sections}}}"), &["T1", "T2", "T3"], true, "");
    check(&format!("{{\"sections\":{sections}}}"), &["T1", "T2", "T3"], true, &under("sections"));
    let with_related = dated.replace("}", &format!(",\"stories\":[{undated}]}}"));
    check(&format!("{{{VERSION},\"items\":[{with_related}]}}"), &["T1"], true, "");
    check(&format!("{{\"data\":{all}}}"), &["T1", "T2", "T3"], true, &under("data"));
    let spaced = dated.replace("\"title\"", "\" Title \"");
    check(&format!("{{{VERSION},\"items\":[{spaced}]}}"), &["T1"], true, "");
    // A feed that has nothing else.
    check(&format!("{{{VERSION},\"rows\":[{undated}]}}"), &["T2"], true, &under("rows"));
    // A menu, or items: nobody knows.
    let left_out = "1 elements of `rows` that may be items, without a date, were left out";
    check(&format!("{{{VERSION},\"items\":[],\"rows\":[{undated}]}}"), &[], false, left_out);
    check(&format!("{{{VERSION},\"items\":[{dated}],\"rows\":[{undated}]}}"), &["T1"], true, left_out);
    check(&format!("{{\"hits\":[{dated}],\"rows\":[{undated}]}}"), &["T1"], true, &(under("hits") + left_out));
    // Names with an address are no pages.
    let others = "\"people\":[{\"name\":\"A\",\"url\":\"https://e.example/a\"}],\"groups\":[{\"id\":1,\"name\":\"G\"}]";
    check(&format!("{{{VERSION},\"items\":[{dated}],{others}}}"), &["T1"], true, "");
}

#[test]
fn a_second_list_of_items_is_named_beside_a_good_first_one() {
    let item = |id: u8| {
        format!(
            "{{\"id\":\"{id}\",\"title\":\"T{id}\",\"url\":\"https://e.example/{id}\",\
             \"date_published\":\"2026-11-02T10:00:00Z\"}}"
        )
    };
    let document = format!("{{{VERSION},\"items\":[{}],\"more\":[{}]}}", item(1), item(2));
    let feed = parse(document.as_bytes(), &source()).unwrap();
    let warning = "1 items under `more` beside the list of `items` were left out";
    assert_eq!((titles(&feed), feed.warnings.concat()), (vec!["T1"], warning.to_owned()));
}
