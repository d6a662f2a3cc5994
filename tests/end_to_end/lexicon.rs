//! `kazbek lexicon lint`, and the errors of `kazbek check` for a faulty lexicon.

use crate::support::kazbek::Kazbek;
use crate::support::lexicon::ENGLISH;

/// One place; what is under test goes into a second file.
const PLACE: &str = r#"
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
    kazbek.write("words/base.toml", &format!("{ENGLISH}{PLACE}"));
    kazbek.write("words/extra.toml", extra);
    kazbek
}

#[test]
fn lint_names_file_and_line_of_what_is_doubtful() {
    let kazbek = with("[[entity]]\nid = \"oz\"\nkind = \"city\"\nnames.en = [\"Oz\"]\n");
    let text = kazbek.ok(&["lexicon", "lint"]);
    let told = "extra.toml:4: `Oz` is short and may be another word; give it a rule or `case = \"exact\"`\n";
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
    check(&entity("parents = [\"vale\"]"), "extra.toml:2: entity `dale`: no file defines its parent `vale`");
    check(&entity("names.en = [\"Hillo\"]"), "extra.toml:5: `Hillo` is a form of `hill` and of `dale`");
    check(&entity("names.en = [\"\\u200b…\"]"), "folds to nothing");
    check(&entity("names.en = [\"…\"]"), "extra.toml:5: `…` folds to nothing");
    check(&entity("names.en = [\"Dal*\"]"), "extra.toml:5: `Dal*` is a wildcard");
    check(
        "[context.c]\nwords = [\"ab*\"]\n[[rule]]\nid = \"r\"\nprior = \"tag\"\nclues = [{ weight = 1, words = [\"@c\"] }]",
        "extra.toml:6: `ab*` is too short; a wildcard needs at least 3 letters",
    );
    check(&entity("names.en = [\"Dale~odd\"]"), "extra.toml:5: no file defines [class.odd]");
    check(&entity("rule = \"odd\"\nnames.en = [\"Dale\"]"), "no file defines a [[rule]] with the id `odd`");
    check(&entity("colour = \"red\""), "extra.toml:5");
    check("id = ", "extra.toml:1");
}

#[test]
fn check_tells_all_faults_of_all_files_at_once() {
    let kazbek = with("[[entity]]\nid = \"dale\"\nkind = \"city\"\nparents = [\"vale\"]\nnames.en = [\"…\"]\n");
    kazbek.write("words/third.toml", "[[entity]]\nid = \"hill\"\nkind = \"city\"\n");
    let ended = kazbek.run(&["check"]);
    for expected in
        ["extra.toml:1: entity `dale`", "extra.toml:5: `…`", "third.toml:1: entity `hill` is already defined at"]
    {
        assert!(ended.stderr.contains(expected), "{expected}: {}", ended.stderr);
    }
}

#[test]
fn the_built_in_lexicon_is_laid_out_as_fmt_does_it() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/lexicon");
    assert_eq!(Kazbek::with_config("").ok(&["lexicon", "fmt", "--check", folder]), "");
}

#[test]
fn fmt_changes_the_files_that_are_laid_out_otherwise_and_check_names_them() {
    let entity = "[[entity]]\nid = \"dale\"\nkind = \"city\"\n";
    let kazbek = with(&format!("{entity}names.en=[\"Dalesborough\"] # a town\n"));
    std::fs::create_dir(kazbek.path("words/towns")).expect("a folder is made");
    kazbek.write("words/towns/oak.toml", "[[entity]]\nid=\"oak\"\nkind=\"city\"\n");
    let check = kazbek.run(&["lexicon", "fmt", "--check"]);
    let named: Vec<&str> = check.stdout.lines().filter_map(|line| line.rsplit("words/").next()).collect();
    assert_eq!((check.code, named), (1, vec!["base.toml", "extra.toml", "towns/oak.toml"]), "{}", check.stderr);
    assert_eq!(kazbek.ok(&["lexicon", "fmt"]), check.stdout);
    assert_eq!(kazbek.ok(&["lexicon", "fmt", "--check"]), "");
    let text = std::fs::read_to_string(kazbek.path("words/extra.toml")).expect("the file is there");
    assert_eq!(text, format!("{entity}names.en = [\"Dalesborough\"]  # a town\n"));

    // If one file has an error, no file is changed.
    kazbek.write("words/extra.toml", "[[entity]]\nid=\"dale\"\n");
    kazbek.write("words/towns/oak.toml", "[[entity]]\nid = \"oak\"\ncolour = \"red\"\n");
    let ended = kazbek.run(&["lexicon", "fmt"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (65, ""));
    assert!(ended.stderr.contains("towns/oak.toml:3: "), "{}", ended.stderr);
    let one = kazbek.path("words/extra.toml");
    assert!(kazbek.ok(&["lexicon", "fmt", one.to_str().expect("a path")]).ends_with("words/extra.toml\n"));
    let ended = Kazbek::with_config("").run(&["lexicon", "fmt"]);
    assert!(ended.code == 1 && ended.stderr.contains("the lexicon is built in; name"), "{}", ended.stderr);
}

#[test]
fn a_folder_is_read_with_the_folders_in_it_and_each_once() {
    let kazbek = with("");
    std::fs::create_dir_all(kazbek.path("words/towns/old")).expect("folders are made");
    std::fs::create_dir(kazbek.path("words/.git")).expect("a folder is made");
    kazbek.write("words/towns/old/oz.toml", "[[entity]]\nid = \"oz\"\nkind = \"city\"\nnames.en = [\"Oz\"]\n");
    kazbek.write("words/.git/broken.toml", "id = ");
    // A folder that contains itself, and one with two names.
    std::os::unix::fs::symlink("..", kazbek.path("words/towns/up")).expect("a link is made");
    std::os::unix::fs::symlink("towns", kazbek.path("words/villages")).expect("a link is made");
    let text = kazbek.ok(&["lexicon", "lint"]);
    assert!(text.contains("oz.toml:4: `Oz` is short") && text.lines().count() == 1, "{text}");
    std::os::unix::fs::symlink("nowhere", kazbek.path("words/lost.toml")).expect("a link is made");
    let ended = kazbek.run(&["check"]);
    assert!(
        ended.code == 78 && ended.stderr.contains("words/lost.toml: the lexicon's file cannot"),
        "{}",
        ended.stderr
    );
}

#[test]
fn additions_add_to_the_built_in_lexicon() {
    let kazbek = Kazbek::with_config("lexicon_additions = \"mine\"\n");
    std::fs::create_dir(kazbek.path("mine")).expect("a folder is made");
    let own = "[[entity]]\nid = \"zemlandia\"\nkind = \"place\"\nparents = [\"south-caucasus\"]\nnames.en = [\"Zemlandia\"]\n";
    kazbek.write("mine/own.toml", own);
    kazbek.write("mine/more.toml", "[[entity]]\nid = \"armenia\"\nextend = true\nnames.en = [\"Hayk Land\"]\n");
    kazbek.write("items.jsonl", "{\"id\":\"1\",\"title\":\"Zemlandia and Hayk Land sign a treaty\"}\n");
    let items = kazbek.path("items.jsonl");
    let item = kazbek.json(&["classify", "--json", items.to_str().expect("a path")]);
    let tags: Vec<&str> = item["tags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str()).collect();
    assert!(tags.contains(&"place:armenia") && tags.contains(&"place:zemlandia"), "{item}");
    kazbek.write("mine/more.toml", "[[entity]]\nid = \"armenia\"\nkind = \"place\"\n");
    let ended = kazbek.run(&["check"]);
    assert_eq!(ended.code, 78);
    assert!(
        ended.stderr.contains("more.toml:1: entity `armenia` is already defined at lexicon/entities/armenia.toml:"),
        "{}",
        ended.stderr
    );
}

#[test]
fn lint_names_words_offices_that_ended_and_files_that_are_old() {
    let kazbek = with(
        "checked = \"2020-01-31\"\n[[entity]]\nid = \"ada\"\nkind = \"person\"\nlabel = \"Ada Dale\"\noffice = \"Mayor of Hill\"\n\
         since = \"2015\"\nuntil = \"2019-06\"\nnames.en = [\"Ada Dale\", \"Dalesson\"]\n\
         [[entity]]\nid = \"market\"\nkind = \"city\"\nlabel = \"Market\"\nnames.en = [\"Market\", { form = \"Fair\", rule = \"\" }]\n",
    );
    let words = kazbek.write("list.dic", "3\nmarket/MS\nfair\nriver\n");
    let text = kazbek.ok(&["lexicon", "lint", "--words", &words.display().to_string()]);
    let messages: Vec<&str> =
        text.lines().filter_map(|line| line.split_once("extra.toml:").map(|found| found.1)).collect();
    assert_eq!(messages.len(), 3, "{text}");
    assert!(messages[0].starts_with("1: the file was last checked on 2020-01-31"), "{text}");
    assert!(messages[1].starts_with("8: Ada Dale: Mayor of Hill ended in 2019-06"), "{text}");
    assert!(messages[2].starts_with("14: `Market` (en) is also in the word list"), "{text}");
    let without = kazbek.ok(&["lexicon", "lint"]);
    assert!(!without.contains("Market"), "{without}");
    let ended = with("[[entity]]\nid = \"ada\"\nkind = \"person\"\nuntil = \"last year\"\n").run(&["check"]);
    assert!(ended.code == 78 && ended.stderr.contains("`last year` is not a date"), "{}", ended.stderr);
}

#[test]
fn check_prints_the_day_of_the_lexicon_beside_its_version() {
    let kazbek = with("checked = \"2026-11-01\"\n");
    let text = kazbek.ok(&["check"]);
    assert!(text.contains(" of 2026-11-01,"), "{text}");
}

/// An installation with stored items of these titles.
fn with_items(extra: &str, titles: &[String]) -> Kazbek {
    let kazbek = with(extra);
    let line = |(number, title): (usize, &String)| {
        let outlet = ["Gazette", "Herald"][number % 2];
        serde_json::json!({
            "url": format!("https://news.example/{number}"), "title": title, "summary": "", "language": "en",
            "published": "2026-01-05T00:00:00Z", "outlet": outlet,
        })
        .to_string()
    };
    let history: Vec<String> = titles.iter().enumerate().map(line).collect();
    let history = kazbek.write("history.jsonl", &history.join("\n"));
    kazbek.ok(&["import", &history.display().to_string()]);
    kazbek
}

#[test]
fn candidates_are_frequent_unknown_names_with_an_entry_to_paste() {
    let subjects = ["roads", "schools", "taxes", "bridges", "harvests", "hospitals"];
    let titles: Vec<String> =
        subjects.iter().map(|subject| format!("In Hillo today Bruno Quandell spoke about {subject}")).collect();
    let kazbek = with_items("", &titles);
    let text = kazbek.ok(&["lexicon", "candidates"]);
    assert!(text.starts_with("# Latin: Bruno Quandell (6 items, 2 outlets)\n#   In Hillo today"), "{text}");
    let entry = "[[entity]]\nid = \"bruno-quandell\"\nkind = \"person\"\nlabel = \"Bruno Quandell\"\nparents = [\"hill\"]\n\
                 names.en = [\"Bruno Quandell\"]\n";
    assert!(text.contains(entry) && text.matches("[[entity]]").count() == 1, "{text}");
    assert_eq!(kazbek.ok(&["lexicon", "candidates", "--min", "7"]), "");
    let json = kazbek.json(&["lexicon", "candidates", "--json"]);
    assert_eq!((json["items"].as_u64(), json["place"].as_str()), (Some(6), Some("hill")), "{json}");
    // Pasted, it is a candidate no more.
    kazbek.write("words/new.toml", entry);
    assert_eq!(kazbek.ok(&["lexicon", "candidates"]), "");
}

#[test]
fn lint_finds_names_that_are_never_in_the_company_of_their_country() {
    let part = "[[entity]]\nid = \"alder\"\nkind = \"city\"\nlabel = \"Alder\"\nparents = [\"hill\"]\nnames.en = [\"Alder\"]\n\
                [[entity]]\nid = \"birch\"\nkind = \"city\"\nlabel = \"Birch\"\nparents = [\"hill\"]\nnames.en = [\"Birchham\"]\n";
    let mut titles: Vec<String> =
        (0..9).map(|n| format!("Singer Alder gives concert number x{n} of her tour y{n}z")).collect();
    titles.extend((0..9).map(|n| format!("Birchham council of Hillo votes on bridge x{n} and road y{n}z")));
    let kazbek = with_items(part, &titles);
    let text = kazbek.ok(&["lexicon", "lint", "--store"]);
    assert!(text.contains("`alder` gave tags of `alder` to 9 stored items"), "{text}");
    assert!(!text.contains("birch"), "{text}");
    assert!(!kazbek.ok(&["lexicon", "lint"]).contains("alder"));
}

#[test]
fn a_copy_of_the_lexicon_that_lacks_a_file_is_refused() {
    fn copy(from: &std::path::Path, to: &std::path::Path) {
        std::fs::create_dir_all(to).expect("a folder is made");
        for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let target = to.join(entry.file_name().expect("a name"));
            match entry.is_dir() {
                true => copy(&entry, &target),
                false => assert!(std::fs::copy(&entry, &target).is_ok(), "{}", target.display()),
            }
        }
    }
    let kazbek = Kazbek::with_config("lexicon = \"copy\"\n");
    copy(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/lexicon"), &kazbek.path("copy"));
    let check = |file: &str, code: i32, expected: &str| {
        let ended = kazbek.run(&["check"]);
        assert_eq!(ended.code, code, "{file}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{file}: {}", ended.stderr);
    };
    check("all", 0, "");
    for file in ["relations.toml", "scope.toml", "topics.toml", "variants.toml", "rules/given-names.toml"] {
        let path = kazbek.path("copy").join(file);
        let text = std::fs::read(&path).expect("a file");
        let missing =
            format!("copy/{file}: the file is missing from this copy of the built-in lexicon, or empty; copy it");
        std::fs::remove_file(&path).expect("it is removed");
        check(file, 78, &missing);
        std::fs::write(&path, "").expect("it is written");
        check(file, 78, &missing);
        std::fs::remove_file(&path).expect("it is removed");
        std::fs::create_dir(&path).expect("a folder is made");
        check(file, 78, &format!("copy/{file}: it is a folder, and a lexicon's file is expected"));
        std::fs::remove_dir(&path).expect("it is removed");
        std::os::unix::fs::symlink("/nowhere", &path).expect("a link is made");
        check(file, 78, &format!("copy/{file}: the lexicon's file cannot be read"));
        std::fs::remove_file(&path).expect("it is removed");
        std::fs::write(&path, "\u{feff}".as_bytes().split_at(1).1).expect("it is written");
        check(file, 78, &format!("copy/{file}: the lexicon's file cannot be read"));
        std::fs::write(&path, text).expect("it is written");
    }
    // Without something on purpose.
    std::fs::write(kazbek.path("copy/variants.toml"), "# We do without.\n").expect("it is written");
    check("a comment", 0, "");
}
