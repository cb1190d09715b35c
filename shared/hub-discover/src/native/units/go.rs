//! Go: each `package main` is a program; what it imports out of the tree belongs to it.

use super::{Tree, Unit};
use hub_model::Snapshot;
use hub_syntax::ModuleId;
use hub_syntax::ir::{Language, Module};
use rustc_hash::{FxHashMap, FxHashSet};

pub(super) fn units(tree: &Tree<'_>) -> Vec<Unit> {
    let mut folders: FxHashMap<&str, Vec<ModuleId>> = FxHashMap::default();
    for id in tree.of(&[Language::Go]) {
        folders.entry(tree.path(id).parent()).or_default().push(id);
    }
    let is_main = |m: &Module| m.source.lines().take(200).any(|l| l.trim_end() == "package main");
    let mut mains: Vec<&str> = folders
        .iter()
        .filter(|(_, ids)| ids.iter().any(|id| is_main(tree.program.module(*id))))
        .map(|(folder, _)| *folder)
        .collect();
    mains.sort_unstable();
    let names: FxHashSet<&str> = folders.keys().copied().collect();
    let go_modules = modules(tree.snapshot);
    let mut imported: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for (folder, ids) in &folders {
        let imports = ids.iter().flat_map(|id| {
            let m = tree.program.module(*id);
            m.imports.iter().map(|i| m.str(i.specifier))
        });
        imported.insert(folder, imports.filter_map(|path| own_folder(&go_modules, &names, path)).collect());
    }
    let unit = |main: &&str| {
        let mut todo = vec![*main];
        let mut seen: FxHashSet<&str> = todo.iter().copied().collect();
        while let Some(folder) = todo.pop() {
            todo.extend(imported.get(folder).into_iter().flatten().filter(|own| seen.insert(own)));
        }
        // The program at the root is chosen by its file: a folder would choose all.
        let root = || folders.get("").into_iter().flatten().find(|id| is_main(tree.program.module(**id)));
        Unit {
            start: match (main.is_empty(), root()) {
                (true, Some(file)) => tree.path(*file).to_string(),
                _ => (*main).to_owned(),
            },
            modules: seen.iter().filter_map(|f| folders.get(f)).flatten().copied().collect(),
        }
    };
    mains.iter().map(unit).collect()
}

/// Modules of Go and the folders they lie in, from their `go.mod`: the longest path first.
pub(in crate::native) fn modules(snapshot: &Snapshot) -> Vec<(&str, &str)> {
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

/// Packages of the SDKs. They are known by what they do, and never followed: neither in an SDK's own tree, beside its examples, nor
/// because the program has a folder of its own that is called `server` or `mcp`.
const SDKS: &[&str] = &[
    "github.com/modelcontextprotocol/go-sdk/mcp",
    "github.com/mark3labs/mcp-go/mcp",
    "github.com/mark3labs/mcp-go/server",
    "github.com/metoro-io/mcp-golang",
    "github.com/ThinkInAIXYZ/go-mcp/protocol",
    "github.com/ThinkInAIXYZ/go-mcp/server",
];

/// The folder that an import names, when it is one of the program's own.
pub(in crate::native) fn own_folder<'f>(modules: &[(&str, &str)], folders: &FxHashSet<&'f str>, path: &str) -> Option<&'f str> {
    if SDKS.contains(&path) {
        return None;
    }
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
