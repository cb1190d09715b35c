//! Which modules count: those of what is built to run, not tests, examples, and what was copied in.

use hub_model::Snapshot;
use hub_syntax::ir::{Language, Module};
use hub_syntax::{ModuleId, Program};

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

/// Whether a manifest lies where nothing is shipped from.
pub(crate) fn is_aside_path(path: &str) -> bool {
    path.split('/')
        .rev()
        .skip(1)
        .any(|s| ASIDE.contains(&s.to_ascii_lowercase().as_str()))
}

fn is_aside(module: &Module, snapshot: &Snapshot) -> bool {
    let path = crate::inside(snapshot, module.path.as_str());
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
pub(super) fn modules(program: &Program, snapshot: &Snapshot) -> Vec<ModuleId> {
    program
        .iter()
        .filter(|(_, m)| m.language.is_native() && !is_aside(m, snapshot))
        .map(|(id, _)| id)
        .collect()
}
