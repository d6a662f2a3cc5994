//! The classifier against a labelled set of our own: a floor that nobody may sink below, and the table of `docs/methods.md`.
//!
//! `KAZBEK_WRITE_TABLE=1 cargo test --test classify_accuracy` writes the table; without it the test holds the page against the figures.

#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use kazbek::classify::{Classifier, ItemText, Scratch};
use kazbek::lexicon::{Lexicon, LexiconFile};

const BEGIN: &str = "<!-- table: classify -->\n";
const END: &str = "<!-- end of table -->\n";

#[derive(Clone, Copy, Default)]
struct Tally {
    right: u32,
    wrong: u32,
    missed: u32,
}

impl Tally {
    fn add(&mut self, gold: bool, said: bool) {
        match (gold, said) {
            (true, true) => self.right += 1,
            (false, true) => self.wrong += 1,
            (true, false) => self.missed += 1,
            (false, false) => {}
        }
    }

    fn figures(self) -> (f64, f64, f64) {
        let share = |of: u32| if of == 0 { 1.0 } else { f64::from(self.right) / f64::from(of) };
        let (precision, recall) = (share(self.right + self.wrong), share(self.right + self.missed));
        let f1 = if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
        (precision, recall, f1)
    }

    fn row(self, name: &str) -> String {
        let (precision, recall, f1) = self.figures();
        let Tally { right, wrong, missed } = self;
        format!("| {name} | {right} | {wrong} | {missed} | {precision:.3} | {recall:.3} | {f1:.3} |\n")
    }
}

fn shipped() -> Classifier {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/lexicon");
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    let files: Vec<LexiconFile> = paths
        .iter()
        .map(|path| LexiconFile { name: path.display().to_string(), text: std::fs::read_to_string(path).unwrap() })
        .collect();
    Classifier::new(Arc::new(Lexicon::load(&files).unwrap()))
}

/// Only the places of the beat are labelled; the labels name every one of them that the title deserves.
const CORE: [&str; 20] = [
    "armenia",
    "azerbaijan",
    "georgia",
    "abkhazia",
    "south-ossetia",
    "nagorno-karabakh",
    "nakhchivan",
    "russia",
    "chechnya",
    "dagestan",
    "ingushetia",
    "north-ossetia",
    "kabardino-balkaria",
    "karachay-cherkessia",
    "adygea",
    "stavropol",
    "krasnodar",
    "caucasus",
    "south-caucasus",
    "north-caucasus",
];

#[test]
fn place_tags_of_our_own_set_stay_above_the_floor() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let set = std::fs::read_to_string(root.join("tests/fixtures/classify/items.tsv")).unwrap();
    let classifier = shipped();
    let mut scratch = Scratch::default();
    let mut all = Tally::default();
    let mut languages: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut tags: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut errors = Vec::new();
    let mut items = 0;
    for line in set.lines().skip(1) {
        let [language, places, title] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        items += 1;
        let gold: Vec<&str> = places.split(' ').filter(|p| !p.is_empty()).collect();
        let said = classifier.classify_with(&mut scratch, &ItemText { title, ..ItemText::default() });
        for tag in CORE {
            let is_said = said.tags.iter().any(|t| t.strip_prefix("place:") == Some(tag));
            let is_gold = gold.contains(&tag);
            for tally in [&mut all, languages.entry(language).or_default(), tags.entry(tag).or_default()] {
                tally.add(is_gold, is_said);
            }
            if is_gold != is_said {
                errors.push(format!("{language} {}{tag}: {title}", if is_said { '+' } else { '-' }));
            }
        }
        assert!(gold.iter().all(|g| CORE.contains(g)), "{line}");
    }
    assert!(items >= 150, "{items}");
    let mut table =
        String::from("| | right | wrong | missed | precision | recall | F1 |\n|---|---|---|---|---|---|---|\n");
    table.push_str(&all.row("all"));
    for (name, tally) in &languages {
        table.push_str(&tally.row(name));
    }
    for (name, tally) in tags.iter().filter(|(_, t)| t.right + t.wrong + t.missed > 0) {
        table.push_str(&tally.row(&format!("place:{name}")));
    }
    let list = errors.join("\n");
    assert!(all.figures().2 >= 0.97, "{table}\n{list}");
    for (name, tally) in &languages {
        assert!(tally.figures().2 >= 0.95, "{name}\n{table}\n{list}");
    }
    hold_against_page(&root.join("docs/methods.md"), &table);
}

fn hold_against_page(page: &Path, table: &str) {
    let text = std::fs::read_to_string(page).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("docs/methods.md has the mark where the table begins");
    let (old, after) = rest.split_once(END).expect("docs/methods.md has the mark where the table ends");
    if std::env::var_os("KAZBEK_WRITE_TABLE").is_some() {
        let mut new = String::new();
        write!(new, "{before}{BEGIN}{table}{END}{after}").unwrap();
        std::fs::write(page, new).unwrap();
    } else {
        assert_eq!(old, table, "write the page anew with KAZBEK_WRITE_TABLE=1");
    }
}
