//! Help and manual pages.

use crate::support::kazbek::Kazbek;

/// The commands of a help text, but for `help` itself.
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_has_help_with_its_own_options_first_and_examples_last() {
    fn check(kazbek: &Kazbek, words: &[&str], count: &mut usize) {
        *count += 1;
        let help = kazbek.ok(&[words, &["--help"]].concat());
        let at = |what: &str| help.find(what).unwrap_or_else(|| panic!("{words:?}: no {what}: {help}"));
        assert!(at("\nOptions:") < at("\nGlobal options:"), "{words:?}");
        assert!(at("\nGlobal options:") < at("\nExamples:"), "{words:?}");
        assert!(!help.contains('\\') && !help.contains("[`"), "{words:?}: markup: {help}");
        let first = help.split_whitespace().next().unwrap_or_default();
        assert!(!first.ends_with('s') || first == "Process", "{words:?} is not in the imperative: {first}");
        // `kazbek help feeds add` is what people type who know git.
        let usage = |help: &str| help.lines().find(|line| line.starts_with("Usage:")).map(str::to_owned);
        let asked = kazbek.ok(&[&["help"], words].concat());
        assert_eq!((usage(&asked), asked.lines().next()), (usage(&help), help.lines().next()), "{words:?}");
        for command in commands(&help) {
            check(kazbek, &[words, &[&command]].concat(), count);
        }
    }
    let mut count = 0;
    check(&Kazbek::with_config(""), &[], &mut count);
    assert!(count > 30, "{count}");
}

#[test]
fn every_command_has_a_manual_page() {
    let kazbek = Kazbek::with_config("");
    let said = kazbek.ok(&["man", "--all", "man1"]);
    let mut names: Vec<String> = std::fs::read_dir(kazbek.path("man1"))
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(said.starts_with(&format!("{} pages", names.len())), "{said}");
    for name in ["kazbek.1", "kazbek-run.1", "kazbek-feeds.1", "kazbek-feeds-add.1", "kazbek-db-prune.1"] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    for name in &names {
        let page = std::fs::read_to_string(kazbek.path("man1").join(name)).expect("a page");
        for section in ["NAME", "SYNOPSIS", "OPTIONS", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "EXAMPLES"] {
            assert!(page.contains(&format!(".SH {section}\n")), "{name}: no {section}: {page}");
        }
        // A page that is named exists.
        for line in page.lines().filter(|line| line.starts_with("kazbek\\-") && line.ends_with("(1)")) {
            let named = line.replace('\\', "").replace("(1)", ".1");
            assert!(names.contains(&named), "{name} names {named}");
        }
        let examples = page.split(".SH EXAMPLES\n").nth(1).expect("examples");
        assert!(examples.contains("\nkazbek") || examples.contains("| kazbek"), "{name}: {examples}");
    }
    let one = kazbek.ok(&["man", "feeds", "add"]);
    assert!(one.contains(".TH kazbek\\-feeds\\-add 1") || one.contains(".TH kazbek-feeds-add 1"), "{one}");
    let unknown = kazbek.run(&["man", "fedes"]);
    assert_eq!((unknown.code, unknown.stderr.as_str()), (2, "kazbek: `fedes` is no command of `kazbek`\n"));
}
