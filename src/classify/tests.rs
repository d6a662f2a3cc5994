//! Tables of texts and the tags that they give.

use std::sync::Arc;

use super::{Classifier, ItemText, Scratch};
use crate::lexicon::{Lexicon, LexiconFile};

pub(super) fn shipped() -> Vec<LexiconFile> {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/lexicon");
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    paths
        .into_iter()
        .map(|p| LexiconFile {
            name: p.file_name().unwrap().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&p).unwrap(),
        })
        .collect()
}

fn load(files: &[LexiconFile]) -> Arc<Lexicon> {
    match Lexicon::load(files) {
        Ok(lexicon) => Arc::new(lexicon),
        Err(faults) => {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"));
        }
    }
}

#[test]
fn shipped_lexicon_loads() {
    let lexicon = load(&shipped());
    assert!(lexicon.form_count() > 1000);
}

/// Reads items of JSONL from `$KAZBEK_CLASSIFY_IN` and writes what `kazbek classify --json` would; for measuring by hand.
#[test]
#[ignore = "reads a file that the environment names"]
fn classify_a_file() {
    let path = std::env::var("KAZBEK_CLASSIFY_IN").unwrap();
    let lexicon = load(&shipped());
    println!("forms {} memory {}", lexicon.form_count(), lexicon.size_bytes());
    let classifier = Classifier::new(lexicon);
    let mut scratch = Scratch::default();
    let mut out = String::new();
    for line in std::fs::read_to_string(&path).unwrap().lines() {
        let item: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| item.get(key).and_then(|v| v.as_str());
        let said = classifier.classify_with(
            &mut scratch,
            &ItemText {
                title: text("title").unwrap_or_default(),
                summary: text("summary").unwrap_or_default(),
                url: text("url"),
                language: text("language"),
                ..ItemText::default()
            },
        );
        let mut line = serde_json::to_value(&said).unwrap();
        line["id"] = item["id"].clone();
        out.push_str(&line.to_string());
        out.push('\n');
    }
    std::fs::write(path + ".out", out).unwrap();
}
