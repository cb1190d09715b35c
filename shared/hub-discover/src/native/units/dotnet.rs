//! C#: each project that is built to a program, with the projects it refers to; those of tests do not count.

use super::{Tree, Unit, within};
use hub_syntax::ir::Language;
use hub_syntax::{ModuleId, join};
use rustc_hash::{FxHashMap, FxHashSet};

/// What a project file says when it is one of tests.
const TESTS: &[&str] = &[
    "Microsoft.NET.Test.Sdk",
    "<IsTestProject>true",
    "Include=\"xunit",
    "Include=\"NUnit\"",
    "Include=\"MSTest",
];
/// What it says when it is built to something that starts.
const PROGRAMS: &[&str] = &[
    "<OutputType>Exe",
    "<OutputType>WinExe",
    "Microsoft.NET.Sdk.Web",
    "Microsoft.NET.Sdk.Worker",
    "<PackAsTool>true",
    "<AzureFunctionsVersion>",
];

pub(super) fn units(tree: &Tree<'_>) -> Vec<Unit> {
    let projects = tree.manifests(|path| path.extension() == Some("csproj"));
    if projects.is_empty() {
        return Vec::new();
    }
    let says = |text: &str, words: &[&str]| words.iter().any(|w| text.contains(w));
    let mut own: FxHashMap<&str, FxHashSet<ModuleId>> = FxHashMap::default();
    let mut alone = Vec::new();
    for id in tree.of(&[Language::CSharp]) {
        match projects.iter().find(|(dir, ..)| within(dir, tree.path(id).as_str())) {
            Some((dir, ..)) => {
                own.entry(dir).or_default().insert(id);
            }
            // A program of one file has no project.
            None => alone.push(Unit {
                start: tree.path(id).to_string(),
                modules: std::iter::once(id).collect(),
            }),
        }
    }
    let real: Vec<_> = projects.iter().filter(|(_, _, text)| !says(text, TESTS)).collect();
    let mut out: Vec<Unit> = Vec::new();
    let mut programs: Vec<_> = real.iter().filter(|(_, _, text)| says(text, PROGRAMS)).collect();
    // What a solution leaves out is not built with it; a base path names what it means by itself.
    let built = in_solutions(tree);
    if tree.snapshot.origin.base_path.is_none() && programs.iter().any(|(_, path, _)| built.contains(path.as_str())) {
        programs.retain(|(_, path, _)| built.contains(path.as_str()));
    }
    for (dir, _, text) in programs {
        let mut folders: FxHashSet<String> = std::iter::once((*dir).to_owned()).collect();
        let mut todo: Vec<(&str, &str)> = vec![(dir, text)];
        while let Some((dir, text)) = todo.pop() {
            for folder in references(dir, text) {
                if folders.insert(folder.clone()) {
                    todo.extend(real.iter().filter(|(d, ..)| *d == folder).map(|(d, _, t)| (*d, *t)));
                }
            }
        }
        out.push(Unit {
            start: (*dir).to_owned(),
            modules: folders.iter().filter_map(|f| own.get(f.as_str())).flatten().copied().collect(),
        });
    }
    if out.is_empty() {
        // Libraries alone: all of them, but not their tests.
        let modules = real.iter().filter_map(|(dir, ..)| own.get(dir)).flatten().copied().collect();
        out.push(Unit {
            start: String::new(),
            modules,
        });
    }
    out.extend(alone);
    out
}

/// Folders of the projects that a project refers to.
fn references<'t>(dir: &'t str, text: &'t str) -> impl Iterator<Item = String> + use<'t> {
    let referred = text.split("ProjectReference").skip(1);
    let files = referred.filter_map(|rest| rest.split_once("Include=\"")?.1.split('"').next());
    files.filter_map(move |file| {
        let file = join(dir, &file.replace('\\', "/"))?;
        Some(file.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned()))
    })
}

/// Paths of the projects that the tree's solutions (`.sln`, `.slnx`) name.
fn in_solutions(tree: &Tree<'_>) -> FxHashSet<String> {
    let solutions = tree.manifests(|path| matches!(path.extension(), Some("sln" | "slnx")));
    let projects = solutions.iter().flat_map(|(dir, _, text)| {
        let quoted = text.split('"').filter(|part| part.ends_with(".csproj"));
        quoted.filter_map(|file| join(dir, &file.replace('\\', "/")))
    });
    projects.collect()
}
