//! Turns data of `config/` into tables of the binary: the files of the lexicon, and the press blocs.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let config = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../config");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=../../config/lexicon");
    std::fs::write(out.join("lexicon_files.rs"), lexicon_files(&config.join("lexicon"))?)?;
    println!("cargo::rerun-if-changed=../../config/blocs.toml");
    std::fs::write(out.join("blocs.rs"), blocs(&std::fs::read_to_string(config.join("blocs.toml"))?)?)?;
    Ok(())
}

/// The files of the lexicon with their text: one that is added to the folder is in the next binary.
fn lexicon_files(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut paths = Vec::new();
    gather(folder, &mut paths)?;
    paths.sort();
    let mut list = String::from("[\n");
    for path in paths {
        let name = path.strip_prefix(folder)?.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        writeln!(list, "    ({name:?}, include_str!({path:?})),")?;
    }
    list.push_str("]\n");
    Ok(list)
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            gather(&entry.path(), paths)?;
        } else if entry.path().extension().is_some_and(|extension| extension == "toml") {
            paths.push(entry.path());
        }
    }
    Ok(())
}

/// The ids and labels of the press blocs. The file is so simple that a TOML parser would cost more to compile than it
/// saves.
fn blocs(text: &str) -> Result<String, Box<dyn Error>> {
    let (mut ids, mut labels) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let value = |key: &str| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
        match (value("id"), value("label")) {
            (Some(id), _) if !ids.contains(&id) => ids.push(id),
            (_, Some(label)) if labels.len() + 1 == ids.len() => labels.push(label),
            _ if line == "[[bloc]]" && labels.len() == ids.len() => {}
            _ => return Err(format!("config/blocs.toml: `{line}`: expected [[bloc]], a new id, then its label").into()),
        }
    }
    let pairs: Vec<(&str, &str)> = ids.into_iter().zip(labels).collect();
    Ok(format!("&{pairs:?}\n"))
}
