//! `kazbek lexicon lint`, and what `kazbek check` says of a lexicon that is wrong.

use crate::support::kazbek::Kazbek;

/// A small language and one place; what is under test goes into a second file.
const BASE: &str = r#"
[language.en]
script = "latin"
capital = ["name"]
[class.en-name]
language = "en"
row = [{ endings = ["", "s"] }]
[[guess]]
language = "en"
class = "en-name"
[scope.caucasus]
places = ["hill"]
[[entity]]
id = "hill"
kind = "place"
label = "Hill"
names.en = ["Hillo"]
"#;

fn with(extra: &str) -> Kazbek {
    let kazbek = Kazbek::with_config("lexicon = \"words\"\n");
    std::fs::create_dir(kazbek.path("words")).expect("a folder is made");
    kazbek.write("words/base.toml", BASE);
    kazbek.write("words/extra.toml", extra);
    kazbek
}

#[test]
fn lint_names_file_and_line_of_what_is_doubtful() {
    let kazbek = with("[[entity]]\nid = \"oz\"\nkind = \"city\"\nnames.en = [\"Oz\"]\n");
    let text = kazbek.ok(&["lexicon", "lint"]);
    let told = "extra.toml:4: `Oz` is short and has no rule: it may be another word\n";
    assert!(text.ends_with(told) && text.lines().count() == 1, "{text}");
    let json = kazbek.json(&["lexicon", "lint", "--json"]);
    assert_eq!(json["line"], 4, "{json}");
    assert!(json["file"].as_str().is_some_and(|file| file.ends_with("extra.toml")), "{json}");
    assert!(json["message"].as_str().is_some_and(|message| message.starts_with("`Oz` is short")), "{json}");
}

#[test]
fn lint_says_nothing_of_a_lexicon_without_doubts() {
    let kazbek = with("[[entity]]\nid = \"dale\"\nkind = \"city\"\nnames.en = [\"Dalesborough\"]\n");
    assert_eq!(kazbek.ok(&["lexicon", "lint"]), "");
    assert_eq!(kazbek.ok(&["lexicon", "lint", "--json"]), "");
}

#[test]
fn lint_of_a_faulty_lexicon_ends_as_check_does() {
    let kazbek = with("[[entity]]\nid = \"dale\"\nkind = \"city\"\nparents = [\"vale\"]\n");
    let (lint, check) = (kazbek.run(&["lexicon", "lint"]), kazbek.run(&["check"]));
    assert_eq!((lint.code, lint.stdout.as_str()), (78, ""));
    assert_eq!((lint.code, lint.stderr), (check.code, check.stderr));
}

#[test]
fn check_refuses_faults_of_the_lexicon_with_file_and_line() {
    let check = |extra: &str, expected: &str| {
        let ended = with(extra).run(&["check"]);
        assert_eq!(ended.code, 78, "{extra}: {}", ended.stdout);
        assert!(ended.stderr.contains(expected), "{expected}: {}", ended.stderr);
    };
    let entity = |rest: &str| format!("\n[[entity]]\nid = \"dale\"\nkind = \"city\"\n{rest}\n");
    check(&entity("parents = [\"vale\"]"), "extra.toml:2: entity `dale`: no file has its parent `vale`");
    check(&entity("names.en = [\"Hillo\"]"), "extra.toml:5: `Hillo` is a form of `hill` and of `dale`");
    check(&entity("names.en = [\"\\u200b…\"]"), "folds to nothing");
    check(&entity("names.en = [\"…\"]"), "extra.toml:5: `…` folds to nothing");
    check(&entity("names.en = [\"Dal*\"]"), "extra.toml:5: `Dal*`: an entity takes no wildcard");
    check(
        "[context.c]\nwords = [\"ab*\"]\n[[rule]]\nid = \"r\"\nprior = \"tag\"\nclues = [{ weight = 1, words = [\"@c\"] }]",
        "extra.toml:6: `ab*`: a wildcard needs at least 3 letters",
    );
    check(&entity("names.en = [\"Dale~odd\"]"), "extra.toml:5: there is no [class.odd]");
    check(&entity("rule = \"odd\"\nnames.en = [\"Dale\"]"), "there is no [[rule]] with id `odd`");
    check(&entity("colour = \"red\""), "extra.toml:5");
    check("id = ", "extra.toml:1");
}

#[test]
fn check_tells_all_faults_of_all_files_at_once() {
    let kazbek = with("[[entity]]\nid = \"dale\"\nkind = \"city\"\nparents = [\"vale\"]\nnames.en = [\"…\"]\n");
    kazbek.write("words/third.toml", "[[entity]]\nid = \"hill\"\nkind = \"city\"\n");
    let ended = kazbek.run(&["check"]);
    for expected in ["extra.toml:1: entity `dale`", "extra.toml:5: `…`", "third.toml:1: entity `hill` stands twice"] {
        assert!(ended.stderr.contains(expected), "{expected}: {}", ended.stderr);
    }
}
