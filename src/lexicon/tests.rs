use super::{Lexicon, LexiconFile};

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
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn faults_name_file_and_line() {
    let check = |extra: &str, expected: &str| {
        let faults = load(extra).unwrap_err();
        assert!(faults.iter().any(|f| f.contains(expected)), "{expected}: {faults:?}");
    };
    let entity = |id: &str, rest: &str| format!("\n[[entity]]\nid = \"{id}\"\nkind = \"city\"\n{rest}\n");
    check(&entity("dale", "parents = [\"vale\"]"), "extra.toml:2: entity `dale`: no file has its parent `vale`");
    check(&entity("hill", ""), "extra.toml:2: entity `hill` stands at base.toml:15 already");
    check(
        "[[entity]]\nid = \"hill\"\nextend = true",
        "extra.toml:1: entity `hill` is extended in the lexicon that has it",
    );
    check(&entity("dale", "names.xx = [\"Hillo\"]"), "extra.toml:5: `Hillo` is a form of `hill` and of `dale`");
    check(&entity("dale", "names.xx = [\"…\"]"), "extra.toml:5: `…` folds to nothing");
    check(&entity("dale", "names.xx = [\"Dal*\"]"), "extra.toml:5: `Dal*`: an entity takes no wildcard");
    check(&entity("dale", "names.yy = [\"Dale\"]"), "extra.toml:5: there is no [language.yy]");
    check(&entity("dale", "names.xx = [\"Dale~odd\"]"), "extra.toml:5: there is no [class.odd]");
    check(&entity("dale", "rule = \"odd\"\nnames.xx = [\"Dale\"]"), "there is no [[rule]] with id `odd`");
    check(&entity("dale", "colour = \"red\""), "extra.toml:5");
    check(
        "[context.c]\nwords = [\"ab*\"]\n[[rule]]\nid = \"r\"\nprior = \"tag\"\nclues = [{ weight = 1, words = [\"@c\"] }]",
        "a wildcard needs at least 3 letters",
    );
    check("[[rule]]\nid = \"r\"\nprior = \"perhaps\"", "extra.toml:1: rule `r`: prior is");
    check("[[cue]]\nid = \"c\"\nclass = \"agree\"\ntone = 11", "tone 11 is not between");
    check("[scope.Up]\nplaces = [\"hill\"]", "extra.toml:1: `Up` cannot be a scope");
    check("[scope.up]\nall_of = [\"down\"]", "extra.toml:1: [scope.up]: `all_of` names `down`, which is no scope");
    check("[scope.up]\nplaces = [\"hill\"]\nall_of = [\"caucasus\"]", "[scope.up] has both `places` and `all_of`");
    check("[class.bad]\nlanguage = \"xx\"\nrow = [{ endings = [\"Zo\"] }]", "the language has no variable `Z`");
    check("id = ", "extra.toml:1");
}

#[test]
fn a_parent_that_is_its_own_child_is_a_fault() {
    let text = "[[entity]]\nid = \"a\"\nkind = \"place\"\nparents = [\"b\"]\n[[entity]]\nid = \"b\"\nkind = \"place\"\nparents = [\"a\"]\n";
    let faults = load(text).unwrap_err();
    assert!(faults.iter().all(|f| f.contains("is its own ancestor")), "{faults:?}");
}

#[test]
fn classes_make_the_forms_that_their_tables_say() {
    let lexicon = load("").unwrap();
    let check = |lemma: &str, expected: &[&str]| assert_eq!(lexicon.inflect("xx-name", lemma).unwrap(), expected);
    check("Hillo", &["hillo", "hillo", "hillonan", "hilloda"]);
    check("Dek", &["dek", "dek", "deken", "dekde"]);
    check("Baq", &["baq", "baq", "baqan", "baqda", "baga"]);
    assert_eq!(lexicon.inflect("none", "Baq"), None);
}

#[test]
fn short_names_without_a_rule_are_doubtful() {
    let lexicon = load("[[entity]]\nid = \"oz\"\nkind = \"city\"\nnames.xx = [\"Oz\"]\n").unwrap();
    let doubts: Vec<String> = lexicon.lint().iter().map(ToString::to_string).collect();
    assert_eq!(doubts, ["extra.toml:4: `Oz` is short and has no rule: it may be another word"]);
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
        let faults: Vec<String> = load(additions).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
    };
    check(
        &["[[entity]]\nid = \"hill\"\nkind = \"place\""],
        "mine.toml:1: entity `hill` stands at base.toml:15 already; write `extend = true`",
    );
    check(
        &[own, &extension.replace("hill", "dale")],
        "mine.toml:1: entity `dale` is extended in the lexicon that has it",
    );
    check(&[&extension.replace("hill", "vale")], "mine.toml:1: entity `vale` cannot be extended");
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
    // Another order, other files, comments, a class that is written out where it was guessed, a form twice: nothing of it makes other tags.
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
