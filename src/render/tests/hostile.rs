//! Titles, summaries, outlets and addresses that mean harm.

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use crate::digest::tests::{at, item};
use crate::digest::{Change, DigestItem, FailingFeed};
use crate::model::{Cadence, Period, PressBloc};

const TITLES: &[&str] = &[
    "<script>alert(1)</script>",
    "</title></style></bdi></a><script>x</script>",
    "\" onmouseover=\"x\" style=\"position:fixed",
    "' onfocus='x' autofocus='",
    "&lt;img src=x onerror=x&gt; &amp;#x3c;",
    "]]><!-- --><![CDATA[",
    "[x](javascript:alert(1)) ![y](http://tracker.example/p.gif)",
    "`code` **bold** _it_ # head \\ | cell |",
    "\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069}",
    "zero\u{200b}wi\u{feff}dth \u{2060}\u{ad}tags\u{e0041}",
    "\u{0}\u{7}\u{1b}[31mred\u{9b}0m\u{85}next",
    "\u{ffff}\u{fdd0}\u{fffe}",
    "=HYPERLINK(\"http://x.example\")",
    "",
    "   \u{3000}\u{a0} ",
];

const ADDRESSES: &[(&str, bool)] = &[
    ("javascript:alert(1)", false),
    ("JaVaScRiPt:alert(1)", false),
    (" \tjavascript:alert(1)", false),
    ("java\nscript:alert(1)", false),
    ("data:text/html;base64,PHNjcmlwdD4=", false),
    ("vbscript:x", false),
    ("file:///etc/passwd", false),
    ("ftp://x.example/", false),
    ("//x.example/", false),
    ("/relative", false),
    ("http://", false),
    ("https://x.example/\"><script>alert(1)</script>", true),
    ("https://x.example/?a=1&b='2'", true),
    ("https://user:secret@x.example/", true),
    ("https://x.example/\u{202e}fdp", true),
];

/// Every title with every address, each an item of its own, and what no format can be made of.
fn hostile() -> DigestInput {
    let mut input = sample();
    input.items.clear();
    let long = ["A".repeat(10_000), "слово ".repeat(2_000), "z\u{301}\u{302}".repeat(5_000), "😀".repeat(10_000)];
    let titles = TITLES.iter().map(|title| (*title).to_owned()).chain(long);
    for (place, title) in titles.enumerate() {
        let id = i64::try_from(place).unwrap();
        let (url, _) = ADDRESSES[place % ADDRESSES.len()];
        let mut bad = item(id, &title, &title, PressBloc::of("western"), &title, "10:00", &["place:georgia"]);
        bad.url = Some(url.to_owned());
        bad.summary = Some(format!("{title}. {title}"));
        bad.tags.push(title.clone().into());
        bad.feed_title.clone_from(&title);
        input.labels.insert(title.clone(), title.clone());
        input.changes.push(Change {
            item_id: 100 + id,
            issue: title.clone(),
            printed: format!("{title} before"),
            title: title.clone(),
            is_withdrawn: false,
            url: Some(url.to_owned()),
            outlet: title.clone(),
            language: Some(title.clone()),
        });
        input.late.push(DigestItem { id: 200 + id, published: Some(at("2026-11-20T10:00:00Z")), ..bad.clone() });
        input.panel.feeds_failing.push(FailingFeed { title: title.clone(), reason: title });
        input.items.push(bad);
    }
    input
}

/// The addresses that a page leads to, unescaped.
fn addresses(page: &str) -> Vec<String> {
    let after = page.split("href=\"").skip(1);
    after.map(|rest| rest.split('"').next().unwrap_or_default().replace("&amp;", "&")).collect()
}

#[test]
fn nothing_hostile_reaches_a_page_a_mail_or_a_feed() {
    let input = hostile();
    let digest = compose(&input, &options()).digest;
    let head = FeedHead::of(&digest);
    let pages = [
        ("html", render(&digest, Format::Html)),
        ("mail", mail(&digest)),
        ("atom", render(&digest, Format::Atom)),
        ("items.atom", atom_of_items(&head, &entries(&input))),
    ];
    for (name, page) in &pages {
        let lower = page.to_lowercase();
        for bad in ["<script", "<img", "<![cdata[", "]]>"] {
            assert!(!lower.contains(bad), "{bad} in {name}");
        }
        for letter in ['\u{202e}', '\u{2066}', '\u{0}', '\u{1b}', '\u{9b}', '\u{ffff}', '\u{fdd0}'] {
            assert!(!page.contains(letter), "{letter:?} in {name}");
        }
        for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            let names =
                tag.split('"').step_by(2).flat_map(str::split_whitespace).filter_map(|part| part.strip_suffix('='));
            for attribute in names {
                assert!(!attribute.starts_with("on") && attribute != "src", "{attribute} in <{tag}> of {name}");
            }
        }
        for address in addresses(page) {
            let good = ["http://", "https://", "#"].iter().any(|scheme| address.starts_with(scheme));
            assert!(good && !address.contains("secret@"), "{address} in {name}");
        }
        assert!(page.len() < 400_000, "{name} grew to {} bytes", page.len());
    }
    for (address, passes) in ADDRESSES {
        let escaped = address.replace('&', "&amp;").replace('"', "&quot;");
        if !passes {
            assert!(!pages.iter().any(|(_, page)| page.contains(&format!("href=\"{escaped}"))), "{address}");
        }
    }
    for text in [render(&digest, Format::Markdown), render(&digest, Format::Text)] {
        assert!(
            text.chars().all(|letter| letter == '\n' || !letter.is_control()),
            "a terminal obeys control characters"
        );
    }
    // A bracket after a backslash is a letter.
    let markdown = render(&digest, Format::Markdown).replace("\\[", "").replace("\\]", "");
    assert!(!markdown.contains("](javascript") && !markdown.contains("![y](") && !markdown.contains('<'), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&json_feed_of_items(&head, &entries(&input))).unwrap();
    assert_eq!(json["items"].as_array().map(Vec::len), Some(input.items.len()));
}

#[test]
fn a_title_of_any_script_keeps_its_own_direction_and_language() {
    let digest = compose(&sample(), &options()).digest;
    for page in [render(&digest, Format::Html), mail(&digest)] {
        let (before, _) = page.split_once("قطار تازه").unwrap();
        let (_, heading) = before.rsplit_once("<h3").unwrap();
        assert!(heading.contains("dir=\"auto\" lang=\"fa\"") && !heading.contains("<bdi"), "{heading}");
        let (before, _) = page.split_once("این قطار").unwrap();
        let (_, opening) = before.rsplit_once("<p").unwrap();
        assert!(opening.contains("dir=\"auto\" lang=\"fa\""), "{opening}");
        assert!(page.contains("<html lang=\"en\""));
    }
}

#[test]
fn a_mail_carries_its_style_with_it() {
    let page = mail(&compose(&sample(), &options()).digest);
    // A word without an end must not make the table wider than a phone.
    assert!(page.contains("table-layout:fixed") && page.contains("overflow-wrap:break-word"), "{page}");
    for bad in ["var(--", "<link", "<svg", "src=", "position:", "display:grid", "display:flex", "class=\"chip"] {
        assert!(!page.contains(bad), "{bad}");
    }
    // Gmail drops everything after 102 kB.
    assert!(page.len() < 100_000, "{}", page.len());
    let mut full = hostile();
    let more: Vec<DigestItem> = (1_000..3_000)
        .map(|id| {
            item(
                id,
                &format!("Story {id} of the pass"),
                &format!("Outlet {id}"),
                PressBloc::of("western"),
                "en",
                "10:00",
                &["place:georgia"],
            )
        })
        .collect();
    full.items.extend(more);
    full.period = Period::containing(Cadence::Month, date(2026, 11, 22), TimeZone::UTC).unwrap();
    let mut wide = options();
    wide.plan.sections.iter_mut().for_each(|section| section.max = 500);
    wide.plan.per_outlet = 500;
    let long = mail(&compose(&full, &wide).digest);
    assert!(long.len() < 100_000 && long.contains("There is no room for more in this mail: "), "{}", long.len());
    let (_, body) = page.split_once("<body").unwrap();
    for tag in ["<h1", "<h2", "<h3", "<p", "<a "] {
        for rest in body.split(tag).skip(1) {
            let opening = rest.split('>').next().unwrap_or_default();
            assert!(opening.contains("style=\""), "{tag}{opening}> has no style of its own");
        }
    }
}

#[test]
fn a_mail_that_is_too_long_tells_of_every_section_in_lines() {
    let words = "of the pass and of all who wait there for the thaw ".repeat(5);
    let mut items = Vec::new();
    for (place, tag) in
        ["place:armenia", "place:azerbaijan", "place:georgia", "place:abkhazia", "place:chechnya"].iter().enumerate()
    {
        for number in 0..60 {
            let id = 100 * place as i64 + number;
            let mut one = item(
                id,
                &format!("Story {id} {words}"),
                &format!("Outlet {id}"),
                PressBloc::of("western"),
                "en",
                "10:00",
                &[tag],
            );
            if *tag == "place:chechnya" {
                one.tags.extend(["place:north-caucasus", "place:russia"].map(Into::into));
            }
            one.summary = Some(format!("It is number {id} {words}"));
            items.push(one);
        }
    }
    let input = DigestInput { items, late: Vec::new(), changes: Vec::new(), ..sample() };
    let mut wide = options();
    wide.plan.sections.iter_mut().for_each(|section| section.max = 16);
    let digest = compose(&input, &wide).digest;
    let page = mail(&digest);
    assert!(page.len() < 100_000, "{}", page.len());
    for section in &digest.sections {
        let first = &section.stories[0];
        assert!(page.contains(&format!(">{}</h2>", section.title)), "{}", section.title);
        assert!(page.contains(&first.headline), "{}", section.title);
    }
}
