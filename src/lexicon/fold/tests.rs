//! Tables of words and spellings.

use super::*;

fn words(text: &str) -> Vec<(String, u64)> {
    let table = CharTable::new();
    let mut out = Vec::new();
    each_word(
        &table,
        text,
        |_| {},
        |w| {
            out.push((text.get(w.start as usize..w.end as usize).unwrap().to_owned(), w.hash));
        },
    );
    out
}

#[test]
fn words_end_where_unicode_letters_end() {
    let check = |text: &str, expected: &[&str]| {
        let found: Vec<String> = words(text).into_iter().map(|w| w.0).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("Bakü'de, Russia’s d'Arménie", &["Bakü", "de", "Russia", "s", "d", "Arménie"]);
    check("армяно-азербайджанский", &["армяно", "азербайджанский"]);
    check("Հայաստանո՞ւմ։", &["Հայաստանո՞ւմ"]);
    check("علی\u{200c}اف، باکو", &["علی\u{200c}اف", "باکو"]);
    check("Hello\u{ad}world 102nd", &["Hello\u{ad}world", "102nd"]);
    check("В\u{2bc}ячеслав", &["В", "ячеслав"]);
    check("\u{301} —", &[]);
}

#[test]
fn spellings_of_one_word_fold_alike() {
    let check = |a: &str, b: &str| assert_eq!(words(a)[0].1, words(b)[0].1, "{a} {b}");
    check("Йемен", "и\u{306}емен");
    check("Iğdır", "iğdir");
    check("İRAN", "iran");
    check("ТБИЛИСИ", "Тбили\u{ad}си");
    check("Росси́и", "россии");
    check("Երևան", "Երեւան");
    check("ԵՐԵՎԱՆ", "Երեւան");
    check("Հայաստանո՞ւմ", "հայաստանում");
    check("ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "საქართველო");
    check("علي\u{200c}اف", "علیاف");
    check("Хамзёв", "хамзев");
}
