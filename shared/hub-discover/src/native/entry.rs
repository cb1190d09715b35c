//! Which modules count: those of what is built to run, not tests, examples, and what was copied in.

use hub_model::Snapshot;
use hub_syntax::ir::{Language, Module};
use hub_syntax::{ModuleId, Program};
use rustc_hash::{FxHashMap, FxHashSet};

/// Folders that are no part of the server.
const ASIDE: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "testutil",
    "testutils",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "it",
    "fixtures",
    "mocks",
    "mock",
    "examples",
    "example",
    "samples",
    "sample",
    "benches",
    "bench",
    "benchmark",
    "benchmarks",
    "vendor",
    "third_party",
    "node_modules",
    "target",
    "docs",
    "demo",
    "demos",
    "templates",
    "integration-tests",
    "integration_tests",
    "conformance",
];

fn is_aside(module: &Module) -> bool {
    let path = module.path.as_str();
    let name = module.path.file_name();
    // Below `src/main/java` folders are names of packages.
    let path = match module.language {
        Language::Java | Language::Kotlin => match path.find("src/main/").or_else(|| path.find("Main/kotlin/")) {
            Some(at) => &path[..at + 3],
            None => path,
        },
        _ => path,
    };
    let folder = |s: &str| {
        let small = s.to_ascii_lowercase();
        ASIDE.contains(&small.as_str())
            || small.ends_with(".tests")
            || small.ends_with(".test")
            || small.ends_with("-tests")
            || small.ends_with("_test")
            || module.language == Language::CSharp && (s.ends_with("Tests") || s.ends_with("Samples"))
    };
    let by_name = match module.language {
        Language::Go => name.ends_with("_test.go"),
        Language::Rust => name == "tests.rs" || name == "build.rs" || name.ends_with("_test.rs") || name.ends_with("_tests.rs"),
        Language::Java | Language::Kotlin | Language::CSharp | Language::Php => {
            let stem = name.split('.').next().unwrap_or("");
            stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("IT") && stem.len() > 2 && !stem.ends_with("GIT")
        }
        Language::Ruby => name.ends_with("_test.rb") || name.ends_with("_spec.rb"),
        _ => false,
    };
    by_name || path.split('/').rev().skip(1).any(folder)
}

/// The native modules that may be part of a server.
pub(super) fn modules(program: &Program) -> Vec<ModuleId> {
    program
        .iter()
        .filter(|(_, m)| m.language.is_native() && !is_aside(m))
        .map(|(id, _)| id)
        .collect()
}

/// Those that a start of the program reaches, where that can be told: Go packages from its `main` packages. All others count.
pub(super) fn reached(program: &Program, snapshot: &Snapshot, modules: &[ModuleId]) -> Vec<ModuleId> {
    let mut folders: FxHashMap<&str, Vec<ModuleId>> = FxHashMap::default();
    for id in modules {
        let m = program.module(*id);
        if m.language == Language::Go {
            folders.entry(m.path.parent()).or_default().push(*id);
        }
    }
    let is_main = |m: &Module| m.source.lines().take(200).any(|l| l.trim_end() == "package main");
    let mut todo: Vec<&str> = Vec::new();
    for (folder, ids) in &folders {
        if ids.iter().any(|id| is_main(program.module(*id))) {
            todo.push(folder);
        }
    }
    let mut seen: FxHashSet<&str> = todo.iter().copied().collect();
    if seen.is_empty() {
        return modules.to_vec();
    }
    let go_modules = go_modules(snapshot);
    let names: FxHashSet<&str> = folders.keys().copied().collect();
    while let Some(folder) = todo.pop() {
        for id in folders.get(folder).map(Vec::as_slice).unwrap_or_default() {
            let m = program.module(*id);
            for import in &m.imports {
                let path = m.str(import.specifier);
                if let Some(own) = own_folder(&go_modules, &names, path)
                    && seen.insert(own)
                {
                    todo.push(own);
                }
            }
        }
    }
    let counts = |id: &&ModuleId| {
        let m = program.module(**id);
        m.language != Language::Go || seen.contains(m.path.parent())
    };
    modules.iter().filter(counts).copied().collect()
}

/// Modules of Go and the folders they lie in, from their `go.mod`: the longest path first.
pub(super) fn go_modules(snapshot: &Snapshot) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    for file in snapshot.files.iter().filter(|f| f.path.file_name() == "go.mod") {
        let name = file.text.lines().find_map(|l| l.trim().strip_prefix("module "));
        if let Some(name) = name {
            out.push((name.trim().trim_matches('"'), file.path.parent()));
        }
    }
    out.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    out
}

/// The folder that an import names, when it is one of the program's own.
pub(super) fn own_folder<'f>(modules: &[(&str, &str)], folders: &FxHashSet<&'f str>, path: &str) -> Option<&'f str> {
    for (name, dir) in modules {
        if let Some(rest) = path.strip_prefix(name) {
            let folder = match (rest.strip_prefix('/'), dir.is_empty()) {
                (Some(rest), true) => rest.to_owned(),
                (Some(rest), false) => format!("{dir}/{rest}"),
                (None, _) if rest.is_empty() => (*dir).to_owned(),
                (None, _) => continue,
            };
            if let Some(own) = folders.get(folder.as_str()) {
                return Some(own);
            }
        }
    }
    // Without its `go.mod`: the longest folder that ends the path.
    let ends = |f: &&&str| !f.is_empty() && (path == **f || path.ends_with(&format!("/{f}")));
    folders.iter().filter(ends).max_by_key(|f| f.len()).copied()
}
