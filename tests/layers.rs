//! The walls of the house: what a module may use, and who owns which dependency.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "helpers of a test, which reads its own sources")]

use std::path::{Path, PathBuf};

/// Modules by layer, lowest first; a module may use those of lower layers, and those of its own layer that stand before it.
const LAYERS: &[&[&str]] = &[
    &["model"],
    &["text"],
    &["http", "feed", "lexicon"],
    &["classify", "dedup"],
    &["trends"],
    &["digest"],
    &["render"],
    &["poller", "store"],
    &["ingest"],
    &["alert"],
    &["deliver"],
    &["logging"],
    &["config"],
    &["app"],
    &["daemon"],
    &["cli"],
];

/// Dependencies with one owner; `anyhow` is for where errors are told and not branched on.
const OWNERS: &[(&str, &[&str])] = &[
    ("feed_rs", &["feed"]),
    ("html2text", &["feed"]),
    ("rusqlite", &["store"]),
    ("reqwest", &["http", "poller"]),
    ("lettre", &["deliver"]),
    ("ring", &["deliver"]),
    ("rustls", &["http", "poller"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("sd_notify", &["daemon"]),
    ("anyhow", &["app", "daemon", "cli"]),
];

fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let first = path.strip_prefix(&root).unwrap().components().next().unwrap().as_os_str();
                let module = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
                found.push((module, path));
            }
        }
    }
    let is_test = |path: &Path| path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
    found.retain(|(module, path)| {
        !["lib", "main"].contains(&module.as_str()) && !is_test(path.strip_prefix(&root).unwrap())
    });
    found.sort();
    found
}

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&module)).unwrap_or_else(|| panic!("`{module}` stands in no layer"))
}

/// The modules that a text names behind `crate::`, alone or in braces.
fn used(text: &str) -> Vec<String> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut modules = Vec::new();
    for (_, behind) in text.match_indices("crate::").map(|(at, found)| (at, &text[at + found.len()..])) {
        match behind.strip_prefix('{') {
            None => modules.push(behind.chars().take_while(|character| is_word(*character)).collect()),
            Some(list) => {
                let list = &list[..list.find("};").unwrap_or(list.len())];
                let mut depth = 0;
                let mut word = String::new();
                for character in list.chars().chain([',']) {
                    match character {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => modules.push(std::mem::take(&mut word)),
                        _ if depth == 0 => word.push(character),
                        _ => {}
                    }
                }
            }
        }
    }
    modules
        .iter()
        .map(|path| path.trim().split("::").next().unwrap_or_default().to_owned())
        .filter(|module| !module.is_empty())
        .collect()
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let mut faults = Vec::new();
    for (module, path) in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for other in used(&text) {
            if other != module && layer(&other) >= layer(&module) {
                faults.push(format!("{}: `{module}` uses `{other}`", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_heavy_dependency_has_one_owner() {
    let mut faults = Vec::new();
    for (module, path) in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for (dependency, owners) in OWNERS {
            let prefix = format!("{dependency}::");
            // The end of a longer word, or of another's path, is not the dependency.
            let is_whole = |at: usize| {
                !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
            };
            let named =
                text.match_indices(&prefix).any(|(at, _)| is_whole(at)) || text.contains(&format!("use {dependency}"));
            if named && !owners.contains(&module.as_str()) {
                faults.push(format!("{}: `{dependency}` belongs to {}", path.display(), owners.join(", ")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_says_what_it_owns() {
    for (_, path) in sources().into_iter().filter(|(_, path)| path.file_name().is_some_and(|name| name != "tests.rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} has no module documentation", path.display());
    }
}
