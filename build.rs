//! Lists the files of the built-in lexicon, so that a file that is added to the folder is in the next binary.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=config/lexicon");
    let root = std::env::var("CARGO_MANIFEST_DIR")?;
    let folder = Path::new(&root).join("config/lexicon");
    let mut paths = Vec::new();
    gather(&folder, &mut paths)?;
    paths.sort();
    let mut list = String::from("[\n");
    for path in paths {
        let name = path.strip_prefix(&folder)?.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        writeln!(list, "    ({name:?}, include_str!({path:?})),")?;
    }
    list.push_str("]\n");
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("lexicon_files.rs"), list)?;
    Ok(())
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
