//! A disk whose writes fail, for a process that is started with a library before all others (`io_faults.c`).

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles the library in a folder.
pub fn library(folder: &Path) -> PathBuf {
    let library = folder.join("io_faults.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/io_faults.c");
    // SQLite was compiled with it.
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(compiler.status().expect("a C compiler").success());
    library
}
