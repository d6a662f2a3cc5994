//! The structure of the source: which module may use which, who owns which dependency, and that no imports form a
//! circle.
//!
//! The sources are parsed, so comments and strings do not count. Paths inside macros are read from their tokens.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

/// Modules by layer, lowest first. A module may use modules of lower layers only.
const LAYERS: &[&[&str]] = &[
    &["model", "parallel"],
    &["text", "files"],
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
    &["serve"],
    &["daemon", "mcp"],
    &["cli"],
];

/// Dependencies that only some modules may name. `anyhow` is for errors that are reported and not branched on.
const OWNERS: &[(&str, &[&str])] = &[
    ("feed_rs", &["feed"]),
    ("rusqlite", &["store"]),
    ("reqwest", &["http"]),
    ("lettre", &["deliver"]),
    ("axum", &["serve"]),
    ("hyper", &["serve"]),
    ("hyper_util", &["serve"]),
    ("listenfd", &["serve"]),
    ("rustix", &["files", "serve", "app"]),
    ("utoipa", &["serve"]),
    ("rmcp", &["mcp"]),
    ("ring", &["deliver", "serve"]),
    ("rustls", &["http"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("sd_notify", &["daemon"]),
    ("anyhow", &["app", "daemon", "cli"]),
];

type ModulePath = Vec<String>;

/// One source file: its module and its text.
struct Source {
    path: PathBuf,
    module: ModulePath,
    syntax: syn::File,
}

/// The folder of the package that has the lowest layers. Its modules are the program's under the same names.
const CORE: &str = "src/core";

/// The source files without tests, the module path of each from its place in the tree.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join(CORE);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if name.ends_with("tests") || name == "main" || path == core.join("lib.rs") || path == core.join("build.rs")
            {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(&core).or(path.strip_prefix(&root)).unwrap().with_extension("");
                let mut module: ModulePath =
                    relative.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
                if name == "mod" || name == "lib" {
                    module.pop();
                }
                let syntax = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
                found.push(Source { path, module, syntax });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The paths that a file names, each as its segments; `use` trees are flattened.
#[derive(Default)]
struct Paths {
    named: Vec<Vec<String>>,
    /// Names that a `use` or `pub use` brings into the file, each with its path.
    imported: BTreeMap<String, Vec<String>>,
    /// Whether code that is compiled for tests only is read as well.
    with_tests: bool,
}

impl Paths {
    fn of(file: &syn::File) -> Paths {
        let mut paths = Paths::default();
        paths.visit_file(file);
        paths
    }

    fn flatten(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.flatten(&with(&path.ident), &path.tree),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.flatten(prefix, tree)),
            syn::UseTree::Glob(_) => self.named.push(prefix.to_vec()),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.import(prefix.last().unwrap().clone(), prefix.to_vec())
            }
            syn::UseTree::Name(name) => self.import(name.ident.to_string(), with(&name.ident)),
            syn::UseTree::Rename(rename) if rename.ident == "self" => {
                self.import(rename.rename.to_string(), prefix.to_vec())
            }
            syn::UseTree::Rename(rename) => self.import(rename.rename.to_string(), with(&rename.ident)),
        }
    }

    fn import(&mut self, name: String, path: Vec<String>) {
        self.named.push(path.clone());
        self.imported.insert(name, path);
    }

    /// Reads `a::b::c` out of the tokens of a macro.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if colons == 2 && !path.is_empty() => {
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Ident(name) => {
                    self.named.push(std::mem::replace(&mut path, vec![name.to_string()]));
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.named.push(std::mem::take(&mut path));
                    colons = 0;
                    self.scan(group.stream());
                }
                _ => {
                    self.named.push(std::mem::take(&mut path));
                    colons = 0;
                }
            }
        }
        self.named.push(path);
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if self.with_tests || !is_for_tests(&item.attrs) {
            self.flatten(&[], &item.tree);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if self.with_tests || !is_for_tests(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if self.with_tests || !is_for_tests(&item.attrs) {
            syn::visit::visit_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.named.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    /// `pub(super)` and `pub(in path)` say who may use an item, and use nothing themselves.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.scan(list.tokens.clone());
        }
        syn::visit::visit_attribute(self, attribute);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.named.push(call.path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        self.scan(call.tokens.clone());
    }
}

/// A path from the root of the crate, if it begins with `crate`, `self` or `super`, or with a module below `here`.
fn from_root(here: &[String], path: &[String], modules: &BTreeSet<ModulePath>) -> Option<ModulePath> {
    let mut base = here.to_vec();
    let mut rest = path;
    match path.first().map(String::as_str) {
        Some("crate") => (base, rest) = (Vec::new(), &path[1..]),
        Some("self") => rest = &path[1..],
        Some("super") => {
            while rest.first().is_some_and(|segment| segment == "super") {
                base.pop()?;
                rest = &rest[1..];
            }
        }
        Some(first) if modules.contains(&[here, &[first.to_owned()]].concat()) => {}
        _ => return None,
    }
    Some([base.as_slice(), rest].concat())
}

/// The structure that the sources have: for each module (a file) the modules whose items it names.
struct Structure {
    uses: BTreeMap<ModulePath, BTreeSet<ModulePath>>,
    files: BTreeMap<ModulePath, PathBuf>,
}

impl Structure {
    fn read() -> Structure {
        let sources = sources();
        let modules: BTreeSet<ModulePath> = sources.iter().map(|source| source.module.clone()).collect();
        let paths: BTreeMap<ModulePath, Paths> =
            sources.iter().map(|source| (source.module.clone(), Paths::of(&source.syntax))).collect();
        // The module that defines what a path from the root names, through re-exports.
        let owner = |path: &[String]| -> ModulePath {
            let mut path = path.to_vec();
            for _ in 0..8 {
                let length = (0..=path.len()).rev().find(|length| modules.contains(&path[..*length])).unwrap_or(0);
                let module = &path[..length];
                let Some(name) = path.get(length) else { return module.to_vec() };
                let Some(target) = paths.get(module).and_then(|paths| paths.imported.get(name)) else {
                    return module.to_vec();
                };
                let Some(target) = from_root(module, target, &modules) else { return module.to_vec() };
                path = [target.as_slice(), &path[length + 1..]].concat();
            }
            path
        };
        let mut uses = BTreeMap::new();
        for (module, of) in &paths {
            let mut used: BTreeSet<ModulePath> = BTreeSet::new();
            for path in &of.named {
                if let Some(path) = from_root(module, path, &modules) {
                    let target = owner(&path);
                    if target != *module && !target.is_empty() {
                        used.insert(target);
                    }
                }
            }
            uses.insert(module.clone(), used);
        }
        // A `mod.rs` re-exports what its parts have; that is a name for them, and no use.
        for source in &sources {
            let only_names =
                source.syntax.items.iter().all(|item| matches!(item, syn::Item::Mod(_) | syn::Item::Use(_)));
            if only_names {
                uses.remove(&source.module);
            }
        }
        let files = sources.into_iter().map(|source| (source.module, source.path)).collect();
        Structure { uses, files }
    }

    fn name(&self, module: &ModulePath) -> String {
        self.files[module].strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string()
    }
}

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&module)).unwrap_or_else(|| panic!("`{module}` is in no layer"))
}

#[test]
fn modules_use_only_lower_layers() {
    let structure = Structure::read();
    let mut faults = Vec::new();
    for (module, uses) in structure.uses.iter().filter(|(module, _)| !module.is_empty()) {
        for used in uses.iter().filter(|used| used[0] != module[0] && layer(&used[0]) >= layer(&module[0])) {
            faults.push(format!("{} uses {}", structure.name(module), used.join("::")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_imports_form_a_circle() {
    let structure = Structure::read();
    let mut found = Vec::new();
    for circle in circles(&structure.uses) {
        let names: Vec<String> = circle.iter().map(|module| structure.name(module)).collect();
        found.push(names.join(" -> "));
    }
    assert!(found.is_empty(), "{} circles of imports:\n{}", found.len(), found.join("\n"));
}

/// The strongly connected components of more than one module, each shown as one shortest circle in it.
fn circles(uses: &BTreeMap<ModulePath, BTreeSet<ModulePath>>) -> Vec<Vec<ModulePath>> {
    let mut found: Vec<Vec<ModulePath>> = Vec::new();
    let mut seen: BTreeSet<ModulePath> = BTreeSet::new();
    for start in uses.keys() {
        if seen.contains(start) {
            continue;
        }
        // Breadth first from the start back to the start.
        let mut before: BTreeMap<&ModulePath, &ModulePath> = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        let mut end = None;
        while let Some(module) = queue.pop_front() {
            for next in uses.get(module).into_iter().flatten() {
                if next == start {
                    end = Some(module);
                    queue.clear();
                    break;
                }
                if !before.contains_key(next) {
                    before.insert(next, module);
                    queue.push_back(next);
                }
            }
        }
        if let Some(end) = end {
            let mut circle = vec![start.clone()];
            let mut at = end;
            while at != start {
                circle.insert(1, at.clone());
                at = before[at];
            }
            seen.extend(circle.iter().cloned());
            circle.push(start.clone());
            found.push(circle);
        }
    }
    found
}

#[test]
fn each_heavy_dependency_has_its_owners() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.module.is_empty()) {
        let paths = Paths::of(&source.syntax);
        for (dependency, owners) in OWNERS {
            let is_named = paths.named.iter().any(|path| path.first().is_some_and(|first| first == dependency));
            if is_named && !owners.contains(&source.module[0].as_str()) {
                faults.push(format!("{}: `{dependency}` belongs to {}", source.path.display(), owners.join(", ")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    for source in sources() {
        let has_doc = source.syntax.attrs.iter().any(|attribute| attribute.path().is_ident("doc"));
        assert!(has_doc, "{} has no module documentation", source.path.display());
    }
}

/// The sources of a folder, tests included, and those of the folders in it but for `without`.
fn files_in(folder: &Path, without: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path != without {
            files.extend(files_in(&path, without));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    files
}

/// The paths that files name, those of their tests included.
fn paths_named(files: &[String]) -> impl Iterator<Item = Vec<String>> {
    files.iter().flat_map(|file| {
        let mut paths = Paths { with_tests: true, ..Paths::default() };
        paths.visit_file(&syn::parse_file(file).unwrap());
        paths.named
    })
}

/// Every build pays for a dependency, also for one that nothing uses.
#[test]
fn no_dependency_is_unused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let core = root.join(CORE);
    let mut unused = Vec::new();
    let mut check = |manifest: &Path, library: Vec<String>, others: Vec<String>| {
        let table: toml::Table = std::fs::read_to_string(manifest).unwrap().parse().unwrap();
        let first = |files: &[String]| -> BTreeSet<String> {
            paths_named(files).filter_map(|path| path.into_iter().next()).collect()
        };
        let library = first(&library);
        let all = &library | &first(&others);
        for (kind, names) in [("dependencies", &library), ("dev-dependencies", &all)] {
            let unnamed = |dependency: &&String| !names.contains(&dependency.replace('-', "_"));
            let list = table[kind].as_table().unwrap().keys().filter(unnamed);
            unused.extend(list.map(|dependency| format!("{}: [{kind}] {dependency}", manifest.display())));
        }
    };
    let others = ["tests", "benches"].iter().flat_map(|folder| files_in(&root.join(folder), &core)).collect();
    check(&root.join("Cargo.toml"), files_in(&root.join("src"), &core), others);
    check(&core.join("Cargo.toml"), files_in(&core, &core), Vec::new());
    assert!(unused.is_empty(), "no source names these; remove them: {}", unused.join(", "));
}

/// The names of the functions, types and constants that a file offers to other packages.
#[derive(Default)]
struct PublicNames(BTreeSet<String>);

impl<'ast> Visit<'ast> for PublicNames {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.vis, &item.sig.ident);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.vis, &item.sig.ident);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(&item.vis, &item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(&item.vis, &item.ident);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.add(&item.vis, &item.ident);
    }
}

impl PublicNames {
    fn add(&mut self, visibility: &syn::Visibility, name: &syn::Ident) {
        if matches!(visibility, syn::Visibility::Public(_)) {
            self.0.insert(name.to_string());
        }
    }
}

/// All names that a text of Rust mentions, how often each.
fn count_names(tokens: TokenStream, counts: &mut BTreeMap<String, usize>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => *counts.entry(name.to_string()).or_default() += 1,
            TokenTree::Group(group) => count_names(group.stream(), counts),
            _ => {}
        }
    }
}

/// The compiler finds dead code in the program, whose modules are private. What the core offers is public, so that it
/// is looked for here.
#[test]
fn nothing_that_the_core_offers_is_unused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut counts = BTreeMap::new();
    for folder in ["src", "tests", "benches", "fuzz/fuzz_targets"] {
        for file in files_in(&root.join(folder), Path::new("")) {
            count_names(file.parse().unwrap(), &mut counts);
        }
    }
    let mut offered = PublicNames::default();
    files_in(&root.join(CORE), Path::new(""))
        .iter()
        .for_each(|file| offered.visit_file(&syn::parse_file(file).unwrap()));
    assert!(offered.0.len() > 100, "{} names", offered.0.len());
    let unused: Vec<&String> = offered.0.iter().filter(|name| counts[*name] < 2).collect();
    assert!(unused.is_empty(), "only their definitions name these; remove them: {unused:?}");
}
