//! Golden files of every format, and what holds for every document.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::digest::tests::{editing, items, options, sample, year};
use crate::digest::{DigestInput, Format, Panel, compose};
use crate::render::digest::{
    FeedHead, IssueEntry, ItemEntry, atom_of_items, chat, json_feed_of_issues, json_feed_of_items, mail, render,
};

mod hostile;
mod trends;

/// Compares with the golden file; with `KAZBEK_BLESS` set it writes it instead.
fn golden(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("KAZBEK_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        wanted == text,
        "{name} differs from its golden file; look at it, then bless it with KAZBEK_BLESS=1\n{text}"
    );
}

/// The items of a digest as entries of a feed.
fn entries(input: &DigestInput) -> Vec<ItemEntry<'_>> {
    input.items.iter().map(ItemEntry::from).collect()
}

/// The style is looked at by eye and changes often; it is left out of the golden page.
fn without_style(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, tail) = rest.split_once("</style>").unwrap();
    format!("{head}{tail}").replace("><", ">\n<")
}

#[test]
fn every_format_has_its_golden_issue() {
    let mut input = sample();
    let mut report = editing::burst(&input);
    // A story that is listed as a turning point is not listed again.
    report.turning_points[0].evidence.retain(|item| item.id == 4);
    input.trends = Some(report);
    let digest = compose(&input, &options()).digest;
    golden("digest/day.html", &without_style(&render(&digest, Format::Html)));
    golden("digest/day.mail.html", &without_style(&mail(&digest)));
    golden("digest/day.md", &render(&digest, Format::Markdown));
    golden("digest/day.txt", &render(&digest, Format::Text));
    golden("digest/day.chat.txt", &chat(&digest));
    golden("digest/day.json", &render(&digest, Format::Json));
    golden("digest/day.atom", &render(&digest, Format::Atom));
    let head = FeedHead {
        home_url: Some("https://kazbek.example/".to_owned()),
        self_url: Some("https://kazbek.example/feed".to_owned()),
        ..FeedHead::of(&digest)
    };
    golden("digest/items.atom", &atom_of_items(&head, &entries(&sample())));
    golden("digest/items.json", &json_feed_of_items(&head, &entries(&sample())));
    golden("digest/issues.json", &json_feed_of_issues(&head, &[IssueEntry::of(&digest)]));
}

#[test]
fn an_empty_issue_says_why() {
    let check = |total: u32, alive: u32, part: &str| {
        let mut input = sample();
        input.items.clear();
        input.panel = Panel { feeds_total: total, feeds_alive: alive, ..Panel::default() };
        let digest = compose(&input, &options()).digest;
        assert!(digest.sections.is_empty());
        for format in [Format::Html, Format::Markdown, Format::Text, Format::Json, Format::Atom] {
            let text = render(&digest, format);
            assert!(text.contains(part), "{part} is not in {text}");
        }
    };
    check(12, 0, "No feed could be read in this period (0 of 12)");
    check(12, 12, "Nothing in scope was published in this period.");
    check(12, 5, "7 of 12 feeds could not be read");
    check(0, 0, "Nothing in scope was published in this period.");
}

#[test]
fn every_format_has_its_golden_year() {
    let digest = compose(&year::input(Some(year::written())), &options()).digest;
    golden("digest/year.html", &without_style(&render(&digest, Format::Html)));
    golden("digest/year.mail.html", &without_style(&mail(&digest)));
    golden("digest/year.md", &render(&digest, Format::Markdown));
    golden("digest/year.txt", &render(&digest, Format::Text));
    golden("digest/year.chat.txt", &chat(&digest));
    golden("digest/year.json", &render(&digest, Format::Json));
}

#[test]
fn a_thin_year_is_written_without_a_review() {
    for trends in [None, Some(year::thin())] {
        let digest = compose(&year::input(trends), &options()).digest;
        for format in [Format::Html, Format::Markdown, Format::Text, Format::Json, Format::Atom] {
            let written = render(&digest, format);
            assert!(!written.contains("NaN") && !written.contains("Who moved"), "{written}");
        }
        assert!(!mail(&digest).contains("Who moved"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_from_a_feed_is_markup(list in items()) {
        let mut input = sample();
        input.labels = BTreeMap::new();
        input.items = list;
        let digest = compose(&input, &options()).digest;
        for section in &digest.sections {
            for story in &section.stories {
                prop_assert!(story.rank.is_finite() && (0.0..=1.0).contains(&story.rank));
            }
        }
        for text in [render(&digest, Format::Html), render(&digest, Format::Atom), mail(&digest).replace("<b>Rest", "")] {
            for bad in ["<script", "<img", "onerror=y>", "href=\"javascript", "href=\"data", "\u{202e}", "\u{200b}"] {
                prop_assert!(!text.contains(bad), "{} in {}", bad, text);
            }
        }
        let markdown = render(&digest, Format::Markdown);
        prop_assert!(!markdown.contains('<'), "{}", markdown);
        // What Atom carries must be XML.
        let atom = render(&digest, Format::Atom);
        let mut reader = quick_xml::Reader::from_str(&atom);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }
}
