//! What comes in and what it may do: licences and sources of the dependencies as deny.toml allows them, and the sandbox
//! of the systemd unit.
//!
//! `cargo deny check`, which `.ci/run` runs where it is installed, knows the published advisories as well.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn table(file: &str) -> toml::Table {
    std::fs::read_to_string(root().join(file)).unwrap().parse().unwrap()
}

/// The packages of a lock file, each with its table.
fn locked(file: &str) -> Vec<toml::Table> {
    let lock = table(file);
    lock["package"].as_array().unwrap().iter().map(|package| package.as_table().unwrap().clone()).collect()
}

/// Whether a licence expression (SPDX, or with `/` for `OR` as once was usual) can be met by the licences in `allowed`.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "_WITH_");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let is_met = any(&words, &mut at, allowed);
    assert_eq!(at, words.len(), "`{expression}` is not an expression");
    is_met
}

fn any(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut is_met = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        is_met |= all(words, at, allowed);
    }
    is_met
}

fn all(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut is_met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        is_met &= one(words, at, allowed);
    }
    is_met
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let word = words[*at];
    *at += 1;
    if word != "(" {
        return allowed.contains(word.replace("_WITH_", " WITH ").as_str());
    }
    let is_met = any(words, at, allowed);
    assert_eq!(words[*at], ")");
    *at += 1;
    is_met
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]);
    let check = |expression: &str, expected: bool| {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    };
    check("MIT", true);
    check("GPL-3.0", false);
    check("MIT/X11", true);
    check("GPL-3.0 OR MIT", true);
    check("GPL-3.0 AND MIT", false);
    check("(MIT OR GPL-3.0) AND Apache-2.0", true);
    check("MIT AND (GPL-3.0 OR LGPL-3.0)", false);
    check("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true);
    check("Apache-2.0 WITH Classpath-exception", false);
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let deny = table("deny.toml");
    let allowed: BTreeSet<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().map(|licence| licence.as_str().unwrap()).collect();
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // The packages of other systems need not have been downloaded.
    let version = run("rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let arguments = ["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&run(env!("CARGO"), &arguments)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "{}", packages.len());
    let faults: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|licence| is_allowed(licence, &allowed)))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(faults.is_empty(), "not allowed by deny.toml:\n{}", faults.join("\n"));
}

#[test]
fn every_dependency_comes_from_the_registry_with_a_checksum() {
    for file in ["Cargo.lock", "fuzz/Cargo.lock"] {
        for package in locked(file).iter().filter(|package| !package["name"].as_str().unwrap().starts_with("kazbek")) {
            let source = package.get("source").and_then(toml::Value::as_str);
            assert!(source == Some(REGISTRY) && package.contains_key("checksum"), "{file}: {package:?}");
        }
    }
}

/// A second version of a package is compiled and carried along; each is known and has a reason in deny.toml.
#[test]
fn every_package_in_two_versions_is_listed() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in locked("Cargo.lock") {
        let text = |key: &str| package[key].as_str().unwrap().to_owned();
        versions.entry(text("name")).or_default().insert(text("version"));
    }
    let found: BTreeSet<&str> =
        versions.iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| name.as_str()).collect();
    let deny = table("deny.toml");
    let skipped: Vec<&str> =
        deny["bans"]["skip"].as_array().unwrap().iter().map(|skip| skip["crate"].as_str().unwrap()).collect();
    let listed: BTreeSet<&str> = skipped.iter().map(|name| name.split('@').next().unwrap()).collect();
    assert_eq!(found, listed, "packages in two versions, and those that [bans] skip of deny.toml lists");
}

/// systemd's own measure of what the service could do: 0 is nothing, 10 everything.
#[test]
fn the_unit_is_exposed_by_no_more_than_1_1() {
    let arguments = ["security", "--offline=true", "--no-pager", "--threshold=11", "systemd/kazbek.service"];
    match Command::new("systemd-analyze").args(arguments).current_dir(root()).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        // Without systemd the settings that the measure counts are compared.
        Err(_) => {
            let unit = std::fs::read_to_string(root().join("systemd/kazbek.service")).unwrap();
            for setting in [
                "CapabilityBoundingSet=",
                "DevicePolicy=closed",
                "DynamicUser=yes",
                "MemoryDenyWriteExecute=yes",
                "NoNewPrivileges=yes",
                "PrivateDevices=yes",
                "PrivateMounts=yes",
                "PrivateTmp=yes",
                "PrivateUsers=yes",
                "ProcSubset=pid",
                "ProtectHome=yes",
                "ProtectProc=invisible",
                "ProtectSystem=strict",
                "RestrictNamespaces=yes",
                "SystemCallArchitectures=native",
                "SystemCallFilter=~@privileged @resources",
            ] {
                assert!(unit.lines().any(|line| line == setting), "{setting}");
            }
        }
    }
}
