//! What the system does for a process that is started with a library before all others: a disk whose writes fail
//! (`io_faults.c`), a name service that hangs and a journal that can be read (`services.c`).

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a library in a folder.
fn library(folder: &Path, name: &str) -> PathBuf {
    let library = folder.join(format!("{name}.so"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/support/{name}.c"));
    // SQLite was compiled with it.
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(compiler.status().expect("a C compiler").success());
    library
}

/// Compiles the library of the faulty disk.
pub fn faulty_disk(folder: &Path) -> PathBuf {
    library(folder, "io_faults")
}

/// Compiles the library of the services.
pub fn services(folder: &Path) -> PathBuf {
    library(folder, "services")
}
