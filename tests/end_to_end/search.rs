//! Search by what a name means, and the filters of a search.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use crate::support::kazbek::Kazbek;

const ITEMS: &[(&str, &str, &str, &str)] = &[
    ("Pashinyan visits Tbilisi", "en", "Hetq", "2026-03-01"),
    ("Пашиняна ждут в Москве", "ru", "TASS", "2026-03-02"),
    ("Փաշինյանը ժամանեց Թբիլիսի", "hy", "Hetq", "2026-03-03"),
    ("Paşinyan Bakıya gedəcək", "az", "Report", "2026-03-04"),
    ("Aliyev receives the envoy of Moscow in Baku", "en", "Report", "2026-03-05"),
    ("Russia condemns Georgia", "en", "TASS", "2026-03-06"),
    ("A new road from Tbilisi through the mountains", "en", "Hetq", "2026-03-07"),
];

fn with_items() -> Kazbek {
    let kazbek = Kazbek::polling(&[]);
    let lines: Vec<String> = (ITEMS.iter().enumerate())
        .map(|(number, (title, language, outlet, day))| {
            let bloc = if *outlet == "TASS" { Some("russian-state") } else { None };
            serde_json::json!({"url": format!("https://news.example/{number}"), "title": title, "outlet": outlet,
                "language": language, "bloc": bloc, "published": format!("{day}T08:00:00Z")})
            .to_string()
        })
        .collect();
    kazbek.write("in.jsonl", &lines.join("\n"));
    kazbek.ok(&["import", kazbek.path("in.jsonl").to_str().unwrap()]);
    kazbek
}

#[test]
fn a_name_finds_items_in_every_language() {
    let kazbek = with_items();
    for query in ["Pashinyan", "pashinyan", "Пашинян", "Пашиняном", "Փաշինյան", "Paşinyan"] {
        assert_eq!(kazbek.found(&[query]), ["0", "1", "2", "3"], "{query}");
    }
    assert_eq!(kazbek.found(&["Пашинян", "Tbilisi"]), ["0"]);
    // A place is a word: its tag is on all that belongs to it.
    assert_eq!(kazbek.found(&["Tbilisi"]), ["0", "6"]);
    assert_eq!(kazbek.found(&["pashinyan", "visits"]), ["0"]);
    // Quoted, it is a word like any other; so it is beside OR.
    assert_eq!(kazbek.found(&["\"Pashinyan\""]), ["0"]);
    assert_eq!(kazbek.found(&["Pashinyan", "OR", "Пашиняна"]), ["0", "1"]);
    let page = kazbek.ok(&["search", "Пашинян"]);
    assert!(page.starts_with("Пашинян: person:pashinyan"), "{page}");
    // The evidence is marked in every script.
    let hit = kazbek.json(&["search", "--json", "--language", "hy", "Пашинян"]);
    assert_eq!(hit["snippet"], "[Փաշինյանը] ժամանեց Թբիլիսի");
    // The newest first.
    let order = ["Paşinyan Bakıya", "Փաշինյանը", "Пашиняна ждут", "Pashinyan visits"].map(|title| page.find(title));
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{page}");
}

#[test]
fn filters_select_alone_and_together_with_words() {
    let kazbek = with_items();
    let check = |arguments: &[&str], expected: &[&str]| assert_eq!(kazbek.found(arguments), expected, "{arguments:?}");
    check(&["--language", "hy"], &["2"]);
    check(&["--bloc", "russian-state"], &["1", "5"]);
    check(&["--bloc", "russian-state", "Pashinyan"], &["1"]);
    check(&["--outlet", "Hetq", "--language", "en"], &["0", "6"]);
    check(&["--outlet", "Hetq", "--language", "en", "road"], &["6"]);
    check(&["--pair", "russia-georgia"], &["5"]);
    check(&["--pair", "georgia-russia", "condemns"], &["5"]);
    check(&["--pair", "georgia-russia", "road"], &[]);
    check(&["--since", "2026-03-06"], &["5", "6"]);
    check(&["--tag", "place:georgia", "--until", "2026-03-02"], &["0"]);
}

#[test]
fn a_search_without_words_and_options_says_what_to_give() {
    let kazbek = with_items();
    for (arguments, expected) in [
        (&["search"][..], "nothing to search for"),
        (&["search", "--pair", "georgia-rusia"], "did you mean georgia-russia?"),
        (&["search", "--bloc", "russian"], "russian-state"),
        (&["search", "*"], "it contains no word"),
    ] {
        let ended = kazbek.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{arguments:?}: {}", ended.stderr);
    }
}
