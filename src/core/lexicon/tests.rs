//! Errors, warnings, forms and versions of small lexicons; how words are folded.

use super::{Lexicon, LexiconFile, fold};

mod format;

const BASE: &str = r#"
[language.xx]
script = "latin"
capital = ["name"]
vowels = "aeiou"
harmony.A = [["aou", "a"], ["ei", "e"]]
[class.xx-name]
language = "xx"
row = [{ endings = ["", "(n)An", "dA"] }, { strip = "q", add = "g", endings = ["A"] }]
[[guess]]
language = "xx"
class = "xx-name"
[scope.caucasus]
places = ["hill"]
[[entity]]
id = "hill"
kind = "place"
label = "Hill"
names.xx = ["Hillo"]
"#;

fn load(extra: &str) -> Result<Lexicon, Vec<String>> {
    let file = |name: &str, text: &str| LexiconFile { name: name.to_owned(), text: text.to_owned() };
    Lexicon::load(&[file("base.toml", BASE), file("extra.toml", extra)], &[])
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn errors_name_file_and_line() {
    let check = |extra: &str, expected: &str| {
        let errors = load(extra).unwrap_err();
        assert!(errors.iter().any(|error| error.contains(expected)), "{expected}: {errors:?}");
    };
    let entity = |id: &str, rest: &str| format!("\n[[entity]]\nid = \"{id}\"\nkind = \"city\"\n{rest}\n");
    check(
        &entity("dale", "parents = [\"vale\"]"),
        "extra.toml:2: entity `dale`: no file defines its parent `vale`; define it or correct the id",
    );
    check(
        &entity("hill", ""),
        "extra.toml:2: entity `hill` is already defined at base.toml:15; write both into one table",
    );
    check(
        "[[entity]]\nid = \"hill\"\nextend = true",
        "extra.toml:1: entity `hill` cannot be extended here; write this into its table at base.toml:15",
    );
    check(&entity("dale", "names.xx = [\"Hillo\"]"), "extra.toml:5: `Hillo` is a form of `hill` and of `dale`");
    check(&entity("dale", "names.xx = [\"…\"]"), "extra.toml:5: `…` folds to nothing");
    check(&entity("dale", "names.xx = [\"Dal*\"]"), "extra.toml:5: `Dal*` is a wildcard; write the lemma");
    check(&entity("dale", "names.yy = [\"Dale\"]"), "extra.toml:5: no file defines [language.yy]");
    check(&entity("dale", "names.xx = [\"Dale~odd\"]"), "extra.toml:5: no file defines [class.odd]");
    check(&entity("dale", "rule = \"odd\"\nnames.xx = [\"Dale\"]"), "no file defines a [[rule]] with the id `odd`");
    check(&entity("dale", "colour = \"red\""), "extra.toml:5");
    check(
        "[context.c]\nwords = [\"ab*\"]\n[[rule]]\nid = \"r\"\nprior = \"tag\"\nclues = [{ weight = 1, words = [\"@c\"] }]",
        "extra.toml:6: `ab*` is too short; a wildcard needs at least 3 letters",
    );
    check(
        "[[rule]]\nid = \"r\"\nprior = \"perhaps\"",
        "extra.toml:1: rule `r`: unknown prior; write `tag`, `abstain` or",
    );
    check("[[cue]]\nid = \"c\"\nclass = \"agree\"\ntone = 11", "tone 11 is not between");
    check("[scope.Up]\nplaces = [\"hill\"]", "extra.toml:1: `Up` cannot be a scope");
    check(
        "[scope.up]\nall_of = [\"down\"]",
        "extra.toml:1: [scope.up]: `all_of` names `down`; it may only name scopes",
    );
    check("[scope.up]\nplaces = [\"hill\"]\nall_of = [\"caucasus\"]", "[scope.up] has both `places` and `all_of`");
    check("[class.bad]\nlanguage = \"xx\"\nrow = [{ endings = [\"Zo\"] }]", "the language has no variable `Z`");
    check("id = ", "extra.toml:1");
}

#[test]
fn a_parent_that_is_its_own_child_is_an_error() {
    let text = "[[entity]]\nid = \"a\"\nkind = \"place\"\nparents = [\"b\"]\n[[entity]]\nid = \"b\"\nkind = \"place\"\nparents = [\"a\"]\n";
    let errors = load(text).unwrap_err();
    assert!(errors.iter().all(|error| error.contains("is its own ancestor")), "{errors:?}");
}

#[test]
fn classes_make_the_forms_that_their_tables_say() {
    let entity =
        |id: &str, name: &str| format!("[[entity]]\nid = \"{id}\"\nkind = \"city\"\nnames.xx = [\"{name}\"]\n");
    let lexicon = load(&[entity("dek", "Dek"), entity("baq", "Baq")].concat()).unwrap();
    let is_known = |form: &str| {
        let mut words = Vec::new();
        fold::each_word(lexicon.char_table(), form, |_| {}, |word| words.push(word));
        !lexicon.index().phrase_endings(&words).is_empty()
    };
    let check = |forms: &[&str], others: &[&str]| {
        for form in forms {
            assert!(is_known(form), "{form}");
        }
        for other in others {
            assert!(!is_known(other), "{other}");
        }
    };
    check(&["Hillo", "Hillonan", "Hilloda"], &["Hilloan", "Hillonen", "Hillode", "Hilla", "Hill"]);
    check(&["Dek", "Deken", "Dekde"], &["Deknen", "Dekan", "Dekda", "Dega"]);
    check(&["Baq", "Baqan", "Baqda", "Baga"], &["Baqa", "Baqnan", "Bag"]);
}

#[test]
fn short_names_without_a_rule_get_a_warning() {
    let lexicon = load("[[entity]]\nid = \"oz\"\nkind = \"city\"\nnames.xx = [\"Oz\"]\n").unwrap();
    let warnings: Vec<String> = lexicon.lint().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["extra.toml:4: `Oz` is short and may be another word; give it a rule or `case = \"exact\"`"]);
    assert_eq!(lexicon.label("city:oz"), Some("oz"));
    assert_eq!(lexicon.label("place:oz"), None);
}

#[test]
fn additions_extend_the_entities_of_the_lexicon_and_bring_their_own() {
    let file = |name: &str, text: &str| LexiconFile { name: name.to_owned(), text: text.to_owned() };
    let load = |additions: &[&str]| {
        let additions: Vec<LexiconFile> = additions.iter().map(|text| file("mine.toml", text)).collect();
        Lexicon::load(&[file("base.toml", BASE)], &additions)
    };
    let extension = "[[entity]]\nid = \"hill\"\nextend = true\nlabel = \"The Hill\"\nnames.xx = [\"Barro\"]\n";
    let own = "[[entity]]\nid = \"dale\"\nkind = \"city\"\nparents = [\"hill\"]\nnames.xx = [\"Dalo\"]\n";
    let lexicon = load(&[extension, own]).unwrap();
    assert_eq!(lexicon.entity("hill").unwrap().label, "The Hill");
    assert_eq!(lexicon.label("city:dale"), Some("dale"));
    assert_ne!(lexicon.version(), load(&[own]).unwrap().version());
    let check = |additions: &[&str], expected: &str| {
        let errors: Vec<String> = load(additions).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(errors.iter().any(|error| error.contains(expected)), "{expected}: {errors:?}");
    };
    check(
        &["[[entity]]\nid = \"hill\"\nkind = \"place\""],
        "mine.toml:1: entity `hill` is already defined at base.toml:15; write `extend = true`",
    );
    check(
        &[own, &extension.replace("hill", "dale")],
        "mine.toml:1: entity `dale` cannot be extended here; write this into its table",
    );
    check(&[&extension.replace("hill", "vale")], "mine.toml:1: entity `vale` is not defined, so it cannot be extended");
}

#[test]
fn the_version_is_that_of_the_content_and_not_of_its_files() {
    let file = |name: &str, text: &str| LexiconFile { name: name.to_owned(), text: text.to_owned() };
    let version = |texts: &[&str]| {
        let names = ["a.toml", "b.toml", "c.toml", "d.toml"];
        let files: Vec<LexiconFile> = names.iter().zip(texts).map(|(name, text)| file(name, text)).collect();
        Lexicon::load(&files, &[]).unwrap().version().to_owned()
    };
    let dale = "[[entity]]\nid = \"dale\"\nkind = \"city\"\nnames.xx = [\"Dalo\", \"Deyl\"]\n";
    let oak = "[[entity]]\nid = \"oak\"\nkind = \"city\"\nnames.xx = [\"Oako\"]\n";
    let known = version(&[BASE, dale, oak]);
    // Order, files, comments, a class that would be guessed anyway and a repeated form make no other tags.
    assert_eq!(version(&[oak, BASE, dale]), known);
    assert_eq!(version(&[BASE, &format!("# towns\n{oak}\n{dale}")]), known);
    assert_eq!(version(&[BASE, dale, &oak.replace("Oako", "Oako~xx-name")]), known);
    assert_eq!(version(&[BASE, dale, &oak.replace("\"Oako\"", "\"Oako\", \"Oako\"")]), known);
    let check = |changed: &str, from: &str, to: &str| {
        let texts =
            [BASE, dale, oak].map(|text| if text == changed { text.replace(from, to) } else { text.to_owned() });
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_ne!(version(&texts), known, "{from} -> {to}");
    };
    check(oak, "Oako", "Oaka");
    check(oak, "Oako", "Oako~fixed");
    check(oak, "Oako", "oako");
    check(oak, "names", "people");
    check(oak, "city", "person");
    check(oak, "kind", "label = \"Oak\"\nkind");
    check(oak, "kind", "tag = false\nkind");
    check(oak, "kind", "parents = [\"hill\"]\nkind");
    check(oak, "\"Oako\"", "{ form = \"Oako\", weight = 0.5 }");
    check(BASE, "\"dA\"", "\"lA\"");
    check(BASE, "places = [\"hill\"]", "places = []");
    check(BASE, "[scope", "[stop]\nxx = [\"Hillo Dalo\"]\n[scope");
    check(BASE, "capital", "words = [\"en\"]\ncapital");
}

/// Words of a text with their hashes.
fn words(text: &str) -> Vec<(String, u64)> {
    let table = fold::CharTable::new();
    let mut out = Vec::new();
    fold::each_word(
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
