//! `kazbek classify` and `explain` through the binary: broken and hostile lines, and how ambiguous names are explained.

use crate::support::kazbek::Kazbek;

/// A line of JSONL with this title.
fn line(id: &str, title: &str) -> Vec<u8> {
    serde_json::json!({ "id": id, "title": title, "summary": "" }).to_string().into_bytes()
}

/// The output of `classify --json` by item id, the exit code, and the messages.
fn classify(lines: &[Vec<u8>]) -> (Vec<serde_json::Value>, i32, String) {
    let kazbek = Kazbek::with_config("");
    let path = kazbek.path("items.jsonl");
    std::fs::write(&path, lines.join(&b'\n')).expect("a file is written");
    let ended = kazbek.run(&["classify", "--json", "items.jsonl"]);
    let said = ended.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    (said, ended.code, ended.stderr)
}

fn has(item: &serde_json::Value, tag: &str) -> bool {
    item["tags"].as_array().is_some_and(|tags| tags.iter().any(|t| t == tag))
}

#[test]
fn a_broken_line_is_told_by_its_number_and_the_rest_goes_on() {
    let mut no_utf8 = line("b", "Armenia");
    let at = no_utf8.iter().position(|&byte| byte == b'A').expect("the letter stands there");
    no_utf8[at] = 0xFF;
    let lines = [line("a", "Yerevan votes"), no_utf8, b"{\"id\": ".to_vec(), b"[1]".to_vec(), line("c", "Baku votes")];
    let (said, code, stderr) = classify(&lines);
    let ids: Vec<&str> = said.iter().filter_map(|item| item["id"].as_str()).collect();
    assert_eq!((ids, code), (vec!["a", "c"], 65), "{stderr}");
    assert!(has(&said[0], "place:armenia") && has(&said[1], "place:azerbaijan"), "{said:?}");
    for number in [2, 3, 4] {
        assert!(stderr.contains(&format!("items.jsonl:{number}: ")), "{number}: {stderr}");
    }
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
}

#[test]
fn odd_characters_hide_no_name_and_make_none() {
    let mut cases = Vec::new();
    let mut check = |title: &str, tag: &'static str, expected: bool| cases.push((title.to_owned(), tag, expected));
    // Zero-width characters, soft hyphens, a byte order mark, and marks of direction inside and beside names.
    check("Yere\u{200b}van votes", "place:armenia", true);
    check("\u{feff}Тби\u{ad}лиси голосует", "place:georgia", true);
    check("\u{202b}باکو\u{202c} و \u{2067}تفلیس\u{2069}", "place:georgia", true);
    check("\u{200f}ایروان\u{200f} میزبان نشست شد", "place:armenia", true);
    check("Ба\u{301}ку и Москва\u{301}", "place:azerbaijan", true);
    check("ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝᲨᲘ", "place:georgia", true);
    // A letter of another script that looks like the right one is read as that.
    check("M\u{43e}scow speaks", "place:russia", true);
    check("\u{410}rmenia speaks", "place:armenia", true);
    check("Росси\u{1d07e} \u{1f600}", "place:russia", false);
    // Two names of two scripts are both read.
    check("Երևան и Баку: talks in თბილისი", "place:armenia", true);
    check("Երևան и Баку: talks in თბილისი", "place:azerbaijan", true);
    check("Երևան и Баку: talks in თბილისი", "place:georgia", true);
    let lines: Vec<Vec<u8>> = cases.iter().map(|(title, ..)| line("a", title)).collect();
    let (said, code, stderr) = classify(&lines);
    assert_eq!((said.len(), code, stderr.as_str()), (cases.len(), 0, ""));
    for ((title, tag, expected), item) in cases.iter().zip(&said) {
        assert_eq!(has(item, tag), *expected, "{tag} in {title:?}: {item}");
        for evidence in item["evidence"].as_array().expect("a list") {
            let span = |key: &str| evidence[key].as_u64().expect("a number") as usize;
            assert_eq!(title.get(span("start")..span("end")), evidence["form"].as_str(), "{title:?}");
        }
    }
}

#[test]
fn a_line_of_five_megabytes_is_read_and_the_next_one_as_well() {
    let long = "Georgia and Armenia accuse the sheriff of Atlanta; Баку не верит. ".repeat((5 << 20) / 72);
    let (said, code, stderr) = classify(&[line("a", &long), line("b", "Grozny votes")]);
    assert_eq!((said.len(), code), (2, 0), "{stderr}");
    assert!(has(&said[0], "place:armenia") && has(&said[1], "place:chechnya"));
    let lines = said[0]["evidence"].as_array().expect("a list").len();
    assert!(lines < 200, "{lines} lines of evidence for one item");
}

#[test]
fn explain_says_what_spoke_for_and_against_a_name() {
    let kazbek = Kazbek::with_config("");
    let items = [
        r#"{"url":"https://news.example/1","title":"Georgia suspends talks, Tbilisi says","summary":"","published":"2026-01-02T10:00:00Z","outlet":"A","language":"en"}"#,
        r#"{"url":"https://news.example/2","title":"Storm kills two in Georgia and Alabama, Russian students safe","summary":"","published":"2026-01-03T10:00:00Z","outlet":"A","language":"en"}"#,
    ];
    kazbek.write("items.jsonl", &items.join("\n"));
    kazbek.ok(&["import", "items.jsonl"]);
    let country = kazbek.ok(&["explain", "https://news.example/1"]);
    for expected in [
        "place:georgia (Georgia)",
        "title: [Georgia] suspends talks",
        "taken for georgia by the rule georgia: ",
        "the text has `Tbilisi`",
    ] {
        assert!(country.contains(expected), "{expected}: {country}");
    }
    let state = kazbek.ok(&["explain", "https://news.example/2"]);
    for expected in
        ["not taken for georgia by the rule georgia: ", "-4 the text has `Alabama`", "+3 the text also mentions russia"]
    {
        assert!(state.contains(expected), "{expected}: {state}");
    }
    assert!(!state.contains("place:georgia"), "{state}");
    let doubts = &kazbek.json(&["explain", "--json", "https://news.example/2"])["doubts"];
    assert!(
        doubts.as_array().is_some_and(|d| d.iter().any(|d| d["entity"] == "georgia" && d["stands"] == false)),
        "{doubts}"
    );
}
