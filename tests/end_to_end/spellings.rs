//! Tags and search find a word in whatever form, composition and case it is written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use crate::support::kazbek::Kazbek;

/// Imports titles, one item each, and returns the installation.
fn with_titles(titles: &[&str]) -> Kazbek {
    let kazbek = Kazbek::polling(&[]);
    let line = |(number, title): (usize, &&str)| {
        serde_json::json!({"url": format!("https://news.example/{number}"), "title": title, "outlet": format!("Outlet {number}"),
            "published": format!("2026-03-{:02}T08:00:00Z", number + 1)})
        .to_string()
    };
    let lines: Vec<String> = titles.iter().enumerate().map(line).collect();
    kazbek.write("in.jsonl", &lines.join("\n"));
    kazbek.ok(&["import", kazbek.path("in.jsonl").to_str().unwrap()]);
    kazbek
}

#[test]
fn every_spelling_finds_and_tags_every_spelling() {
    for (tag, spellings) in [
        ("place:armenia", &["Երևանում", "Երեւանում", "ԵՐԵՎԱՆՈՒՄ", "ԵՐԵՒԱՆՈՒՄ", "Երև\u{55C}անում"][..]),
        (
            "place:azerbaijan",
            &["Баку", "БАКУ", "Ба\u{AD}ку", "Баку\u{301}", "Ба\u{200B}ку\u{2060}", "\u{FEFF}Баку", "Ба\u{20DD}ку"],
        ),
        ("place:azerbaijan", &["Баку", "Ба\u{3164}ку", "Ба\u{FFA0}ку", "Ба\u{115F}ку\u{1160}", "Ба\u{180B}ку\u{180F}"]),
        ("place:azerbaijan", &["Баку", "Ба\u{E0041}ку\u{E007F}", "Ба\u{FFF9}ку", "Ба\u{1D173}ку", "Ба\u{1BCA0}ку"]),
        ("place:azerbaijan", &["Baku", "ＢＡＫＵ", "Ｂａｋｕ", "Ba\u{AD}ku", "𝐁𝐚𝐤𝐮"]),
        ("place:russia", &["Russia", "Ruſſia", "RUSSIA", "Ruſ\u{AD}sia"]),
        ("city:shusha", &["Şuşa", "Șușa", "ŞUŞA", "S\u{326}us\u{326}a", "S\u{327}us\u{327}a"]),
        ("city:ganja", &["Gəncə", "Gәncә", "Gǝncǝ", "GӘNCӘ", "GƎNCƎ", "GƏNCƏ"]),
        ("place:chechnya", &["Грозный", "Грозныи\u{306}", "ГРОЗНЫИ\u{306}", "Гро\u{301}зный\u{AD}"]),
        ("place:azerbaijan", &["Азербайджан", "Азербаи\u{306}джан", "АЗЕРБАИ\u{306}ДЖАН", "Азер\u{200C}байджан"]),
        ("place:georgia", &["Грузия", "Гpузия", "ГРУЗИЯ", "ГPУЗИЯ", "Грузия\u{AD}"]),
        ("place:georgia", &["თბილისი", "ᲗᲑᲘᲚᲘᲡᲘ", "თბი\u{AD}ლისი", "ႧႡႨႪႨႱႨ"]),
    ] {
        let titles: Vec<String> =
            spellings.iter().enumerate().map(|(number, word)| format!("{word}, нота {number}")).collect();
        let kazbek = with_titles(&titles.iter().map(String::as_str).collect::<Vec<_>>());
        let all: Vec<String> = (0..spellings.len()).map(|number| number.to_string()).collect();
        for word in spellings {
            assert_eq!(kazbek.found(&["--tag", tag, word]), all, "{word:?}");
            assert_eq!(kazbek.found(&[&format!("{word}*")]), all, "{word:?}*");
        }
        assert_eq!(kazbek.found(&["Кызылжар"]), [] as [&str; 0]);
        kazbek.is_sound("after an import");
    }
}

#[test]
fn a_persian_plural_is_found_by_its_word() {
    let kazbek = with_titles(&["دیدار روس\u{200C}ها در باکو", "روس در باکو", "عروسی در باکو"]);
    assert_eq!(kazbek.found(&["روس"]), ["0", "1"]);
    assert_eq!(kazbek.found(&["روس\u{200C}ها"]), ["0"]);
    assert_eq!(kazbek.found(&["روسها"]), ["0"]);
}

#[test]
fn a_search_shows_the_text_as_it_was_written() {
    let kazbek = with_titles(&["Мин\u{AD}оборо\u{AD}ны Рос\u{AD}сии о Кара\u{AD}бахе"]);
    let found = kazbek.json(&["search", "--json", "минобороны", "карабахе"]);
    assert_eq!(found["title"], "Мин\u{AD}оборо\u{AD}ны Рос\u{AD}сии о Кара\u{AD}бахе");
    assert_eq!(found["snippet"], "[Мин\u{AD}оборо\u{AD}ны] Рос\u{AD}сии о [Кара\u{AD}бахе]");
}

#[test]
fn relations_are_found_from_both_sides() {
    let kazbek = with_titles(&["Armenia meets Azerbaijan", "Russia condemns Georgia"]);
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
    let count = |a: &str, b: &str| -> i64 {
        let sql = "SELECT count(*) FROM v_relations WHERE a = ?1 AND b = ?2";
        database.query_row(sql, [a, b], |row| row.get(0)).unwrap()
    };
    for (a, b) in [("armenia", "azerbaijan"), ("russia", "georgia")] {
        assert_eq!((count(a, b), count(b, a)), (1, 1), "{a} {b}");
    }
    let actors: String = database
        .query_row(
            "SELECT group_concat(coalesce(actor, '-'), ' ' ORDER BY item_id) FROM v_relations WHERE a < b",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(actors, "- russia");
}
