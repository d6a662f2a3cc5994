//! Who did what toward whom, over a table of headlines: every root category of CAMEO in English and Russian, passives,
//! denials, negations.

#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use kazbek::api::classify::{Classifier, ItemText};
use kazbek::api::lexicon::Lexicon;
use kazbek::api::model::Relation;

fn shipped() -> Classifier {
    Classifier::new(Arc::new(Lexicon::built_in().unwrap()))
}

/// A relation in the table: `a>b` if `a` acts on `b`, `a=b` if it has no direction; the class; the sign of the tone.
fn written(relation: &Relation) -> String {
    let (mut a, mut b) = (relation.a.as_str(), relation.b.as_str());
    if !relation.directed && a > b {
        std::mem::swap(&mut a, &mut b);
    }
    let arrow = if relation.directed { '>' } else { '=' };
    let sign = if relation.tone > 0.0 { '+' } else { '-' };
    format!("{a}{arrow}{b} {} {sign}", relation.class)
}

fn rows<const COLUMNS: usize>(name: &str) -> Vec<[String; COLUMNS]> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/classify").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    text.lines().skip(1).map(row).collect()
}

fn table() -> Vec<[String; 4]> {
    rows("relations.tsv")
}

/// The ids of the cues of the built-in lexicon.
fn cue_ids() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/lexicon/relations.toml");
    let tables: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    tables["cue"].as_array().unwrap().iter().map(|cue| cue["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_cue_gives_a_relation_in_one_headline_and_none_in_another() {
    let classifier = shipped();
    let examples: Vec<[String; 3]> = rows("cues.tsv");
    let mut wrong = Vec::new();
    for [cue, expected, title] in &examples {
        let said = classifier.classify(&ItemText { title, ..ItemText::default() });
        let got: Vec<String> = said
            .relations
            .iter()
            .map(|relation| {
                let pair = written(relation);
                let by = relation.evidence.iter().find(|e| e.rule.starts_with("cue ")).map_or("", |e| &e.entity);
                format!("{by} {}", pair.split(' ').next().unwrap_or_default())
            })
            .collect();
        let expected: Vec<String> = if expected == "none" { Vec::new() } else { vec![format!("{cue} {expected}")] };
        if got != expected {
            wrong.push(format!("{title}: {got:?} for {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for cue in cue_ids() {
        for is_none in [false, true] {
            let has = examples.iter().any(|[id, expected, _]| *id == cue && (expected == "none") == is_none);
            assert!(has, "cue `{cue}` has no headline {} a relation", if is_none { "without" } else { "with" });
        }
    }
}

#[test]
fn headlines_have_the_relations_that_the_table_says() {
    let classifier = shipped();
    let mut wrong = Vec::new();
    for [language, kind, expected, title] in table() {
        let said = classifier.classify(&ItemText { title: &title, ..ItemText::default() });
        let got: Vec<String> = said.relations.iter().map(written).collect();
        let expected: Vec<String> = if expected == "none" { Vec::new() } else { vec![expected] };
        if got != expected {
            wrong.push(format!("{language} {kind}: {title}: {got:?} for {expected:?}"));
        }
        for relation in &said.relations {
            assert!((-10.0..=10.0).contains(&relation.tone) && relation.confidence > 0.0, "{title}");
            assert!(relation.evidence.len() >= 3, "{title}: two actors and a cue");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_every_root_category_of_cameo_in_both_languages() {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for [language, kind, ..] in table() {
        *seen.entry((language, kind)).or_default() += 1;
    }
    for language in ["en", "ru"] {
        for root in 1..=20 {
            let key = (language.to_owned(), format!("{root:02}"));
            // 19, fight, is distinguished from 18, assault, in English only: Russian headlines use the same words.
            assert!(seen.contains_key(&key) || key == ("ru".to_owned(), "19".to_owned()), "{key:?}");
        }
        for kind in ["passive", "denial", "negation", "history", "weak"] {
            assert!(seen.contains_key(&(language.to_owned(), kind.to_owned())), "{language} {kind}");
        }
    }
}

#[test]
fn a_plan_weakens_a_possibility_says_nothing_and_a_negation_turns() {
    let classifier = shipped();
    let tone = |title: &str| {
        let said = classifier.classify(&ItemText { title, ..ItemText::default() });
        said.relations.first().map_or(0.0, |r| r.tone)
    };
    for (plain, weak) in [
        ("Armenia signs peace treaty with Azerbaijan", "Armenia plans to sign peace treaty with Azerbaijan"),
        ("Армения подписала договор с Турцией", "Армения планирует подписать договор с Турцией"),
        ("Russia bans Georgian wine", "Russia to ban Georgian wine"),
    ] {
        assert!(tone(weak).abs() < tone(plain).abs() && tone(weak) * tone(plain) > 0.0, "{weak}");
    }
    for possible in ["Russia could ban Georgian wine", "Россия может запретить грузинское вино"]
    {
        assert!(tone(possible) == 0.0, "{possible}");
    }
    for (plain, turned) in [
        ("Armenia signs treaty with Russia", "Armenia will not sign treaty with Russia"),
        ("Азербайджан подписал договор с Россией", "Азербайджан отказался подписать договор с Россией"),
    ] {
        assert!(tone(plain) > 0.0 && tone(turned) < 0.0, "{turned}");
    }
}
