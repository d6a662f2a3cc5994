//! The layout that `kazbek lexicon fmt` gives to files.

use super::super::{Lexicon, LexiconFile, built_in_files, format};

fn formatted(text: &str) -> Result<String, String> {
    let format = |text: &str| format(&LexiconFile { name: "x.toml".to_owned(), text: text.to_owned() });
    let once = format(text).map_err(|fault| fault.to_string())?;
    assert_eq!(format(&once).unwrap(), once, "to format again changes something");
    Ok(once)
}

#[test]
fn files_have_one_layout() {
    let check = |text: &str, expected: &str| assert_eq!(formatted(text).unwrap(), expected, "{text}");
    // Entities by kind and id, keys and languages in their order, one blank line between tables.
    check(
        "[[entity]]\nnames.ru=[\"Б\"]\nnames.en = [ \"B\" ]\nid='b'\nkind =\"city\"\n\n\n[[entity]]\nkind = \"place\"\nid = \"c\"\n[[entity]]\nid=\"a\"\nkind=\"city\"",
        "[[entity]]\nid = \"c\"\nkind = \"place\"\n\n[[entity]]\nid = \"a\"\nkind = \"city\"\n\n[[entity]]\nid = 'b'\nkind = \"city\"\nnames.en = [\"B\"]\nnames.ru = [\"Б\"]\n",
    );
    // Other ways to write a list, a repeated form, two tables of one entity.
    check(
        "[[entity]]\nid = \"a\"\nkind = \"city\"\npeople = { en = [\"P\"] }\n[entity.names]\nen = [\"A\", \"B\", \"A\"]\n[[entity]]\nid = \"a\"\nkind = \"city\"\nnames.en = [\"B\", \"C\"]\n",
        "[[entity]]\nid = \"a\"\nkind = \"city\"\nnames.en = [\"A\", \"B\", \"C\"]\npeople.en = [\"P\"]\n",
    );
    // Everything else stays in its order, before the entities.
    check(
        "[[entity]]\nid = \"a\"\nkind = \"city\"\n[[guess]]\nclass = \"z\"\nlanguage = \"xx\"\n[[guess]]\nlanguage = \"xx\"\nclass = \"y\"\n",
        "[[guess]]\nclass = \"z\"\nlanguage = \"xx\"\n\n[[guess]]\nlanguage = \"xx\"\nclass = \"y\"\n\n[[entity]]\nid = \"a\"\nkind = \"city\"\n",
    );
    check("", "");
}

#[test]
fn comments_stay_with_what_they_are_about() {
    let text = "# The file.\n# Its second line.\n\n# Cities\n\n# Second.\n[[entity]] # here\nid = \"b\"  # its id\nkind = \"city\"\n# names\nnames.en = [\n  \"B\", # best\n  # rare\n  \"C\"\n  # last\n]\n[[entity]]\nid = \"a\"\nkind = \"city\"\n# the end\n";
    let expected = "# The file.\n# Its second line.\n\n[[entity]]\nid = \"a\"\nkind = \"city\"\n\n# Cities\n\n# Second.\n[[entity]]  # here\nid = \"b\"  # its id\nkind = \"city\"\n# names\nnames.en = [\n    \"B\",  # best\n    # rare\n    \"C\",\n    # last\n]\n\n# the end\n";
    assert_eq!(formatted(text).unwrap(), expected);
    // An inline table has no place for a comment line.
    let text = "[[rule]]\nid = \"r\"\nprior = \"tag\"\nclues = [\n{ weight = 1, # one\n words = [\"w\"] },\n]\n";
    let expected =
        "[[rule]]\nid = \"r\"\nprior = \"tag\"\nclues = [\n    # one\n    { weight = 1, words = [\"w\"] },\n]\n";
    assert_eq!(formatted(text).unwrap(), expected);
}

#[test]
fn long_lines_are_wrapped() {
    let words = |count: usize| (0..count).map(|n| format!("\"word {n:02}\"")).collect::<Vec<_>>();
    let list = |count: usize| words(count).join(", ");
    // Ten columns are `names.xx =`.
    let lines = |count: usize| words(count).iter().map(|word| format!("    {word},\n")).collect::<String>();
    let entity = |names: &str| format!("[[entity]]\nid = \"a\"\nkind = \"city\"\nnames.xx = {names}\n");
    assert_eq!(formatted(&entity(&format!("[{}]", list(9)))).unwrap(), entity(&format!("[{}]", list(9))));
    assert_eq!(formatted(&entity(&format!("[{}]", list(12)))).unwrap(), entity(&format!("[\n{}]", lines(12))));
    assert_eq!(formatted(&entity(&format!("[\n{}]", lines(9)))).unwrap(), entity(&format!("[{}]", list(9))));
    let rule = |clue: &str| format!("[[rule]]\nid = \"r\"\nprior = \"tag\"\nclues = [\n    {clue},\n]\n");
    let wrapped = formatted(&rule(&format!("{{ weight = 1, words = [{}] }}", list(30)))).unwrap();
    assert!(wrapped.contains("    { weight = 1, words = [\n        \"word 00\", \"word 01\","), "{wrapped}");
    assert!(wrapped.contains(" \"word 09\",\n        \"word 10\","), "{wrapped}");
    assert!(wrapped.ends_with("\n    ] },\n]\n"), "{wrapped}");
    assert!(wrapped.lines().all(|line| line.chars().count() <= 120), "{wrapped}");
}

#[test]
fn errors_are_reported_and_not_laid_out() {
    let check = |text: &str, expected: &str| {
        let fault = formatted(text).unwrap_err();
        assert!(fault.starts_with(expected), "{expected}: {fault}");
    };
    check("id = ", "x.toml:1: ");
    check("\n[[entity]]\nid = \"a\"\ncolour = \"red\"\n", "x.toml:4: unknown field");
    check(
        "[[entity]]\nid = \"a\"\nkind = \"city\"\n[[entity]]\nid = \"a\"\nkind = \"city\"\nlabel = \"A\"\n[[entity]]\nid = \"a\"\nkind = \"city\"\nlabel = \"B\"\n",
        "x.toml:8: this table of the entity `a` has another `label` than the one before",
    );
}

#[test]
fn the_layout_changes_nothing_that_the_lexicon_says() {
    let files = built_in_files();
    let squeezed = |file: &LexiconFile| {
        // The same tables, each list on one line, each key with other blanks.
        let mut text = file.text.replace("\n    ", " ").replace("\n]", "]").replace(" = ", "=");
        if text.contains('#') {
            text.clone_from(&file.text);
        }
        LexiconFile { name: file.name.clone(), text: format(&LexiconFile { name: file.name.clone(), text }).unwrap() }
    };
    let formatted: Vec<LexiconFile> = files.iter().map(squeezed).collect();
    assert_eq!(formatted, files);
    let version = |files: &[LexiconFile]| Lexicon::load(files, &[]).unwrap().version().to_owned();
    assert_eq!(version(&formatted), version(&files));
}
