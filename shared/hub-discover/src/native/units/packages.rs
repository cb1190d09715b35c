//! PHP and Ruby: each folder with a `composer.json`, a gemspec or a `Gemfile`.

use super::{Tree, Unit, within};
use hub_syntax::ir::Language;
use hub_syntax::{ModuleId, join};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

/// A unit for each folder, of the modules that lie there and in none below.
fn by_folder(tree: &Tree<'_>, language: &'static [Language], folders: &[&str]) -> Vec<(String, FxHashSet<ModuleId>)> {
    let mut own: FxHashMap<&str, FxHashSet<ModuleId>> = FxHashMap::default();
    for id in tree.of(language) {
        let folder = folders.iter().find(|dir| within(dir, tree.path(id).as_str()));
        own.entry(folder.copied().unwrap_or_default()).or_default().insert(id);
    }
    let mut out: Vec<_> = own.into_iter().map(|(dir, modules)| (dir.to_owned(), modules)).collect();
    out.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    out
}

/// What `autoload-dev` maps is for tests.
pub(super) fn php(tree: &Tree<'_>) -> Vec<Unit> {
    let manifests = tree.manifests(|path| path.file_name() == "composer.json");
    let folders: Vec<&str> = manifests.iter().map(|(dir, ..)| *dir).collect();
    let for_tests: Vec<String> = manifests.iter().flat_map(|(dir, _, text)| autoload_dev(dir, text)).collect();
    let units = by_folder(tree, &[Language::Php], &folders).into_iter();
    units
        .map(|(start, mut modules)| {
            modules.retain(|id| !for_tests.iter().any(|dir| within(dir, tree.path(*id).as_str())));
            Unit { start, modules }
        })
        .collect()
}

fn autoload_dev(dir: &str, text: &str) -> Vec<String> {
    let data: Value = serde_json::from_str(text).unwrap_or_default();
    let maps = data.get("autoload-dev").and_then(Value::as_object);
    let leaves = maps.into_iter().flat_map(|m| m.values()).flat_map(|m| match m {
        Value::Object(map) => map.values().collect::<Vec<_>>(),
        Value::Array(list) => list.iter().collect(),
        _ => Vec::new(),
    });
    let paths = leaves.filter_map(Value::as_str).filter_map(|p| join(dir, p));
    // A project that maps its root for tests as well says nothing about where they lie.
    paths.filter(|p| p.len() > dir.len()).collect()
}

/// What the executables of a gem load; all of it where loading is automatic or nothing is executable.
pub(super) fn ruby(tree: &Tree<'_>) -> Vec<Unit> {
    let manifests = tree.manifests(|path| path.extension() == Some("gemspec") || path.file_name() == "Gemfile");
    let folders: Vec<&str> = manifests.iter().map(|(dir, ..)| *dir).collect();
    let files: FxHashMap<&str, ModuleId> = tree.of(&[Language::Ruby]).map(|id| (tree.path(id).as_str(), id)).collect();
    let mut out = Vec::new();
    for (dir, modules) in by_folder(tree, &[Language::Ruby], &folders) {
        let commands = tree.snapshot.files.iter().filter(|f| {
            let inside = f.path.as_str().strip_prefix(dir.as_str()).map(|r| r.trim_start_matches('/'));
            inside
                .and_then(|i| i.strip_prefix("exe/").or_else(|| i.strip_prefix("bin/")))
                .is_some_and(|n| !n.contains('/'))
                && !matches!(f.path.file_name(), "console" | "setup" | "rails" | "rake" | "rspec" | "bundle")
        });
        let loads: Option<Vec<FxHashSet<ModuleId>>> = commands.map(|f| loaded(tree, &dir, f.path.parent(), &f.text, &files)).collect();
        match loads.filter(|l| l.iter().any(|set| !set.is_empty())) {
            Some(loads) => out.push(Unit {
                start: dir,
                // A command's own file may be one of the modules.
                modules: modules
                    .into_iter()
                    .filter(|id| loads.iter().any(|l| l.contains(id)) || tree.path(*id).parent().ends_with("bin"))
                    .collect(),
            }),
            None => out.push(Unit { start: dir, modules }),
        }
    }
    out
}

/// The files that a text requires, and what those require; none when not all of it can be told.
fn loaded(tree: &Tree<'_>, dir: &str, folder: &str, text: &str, files: &FxHashMap<&str, ModuleId>) -> Option<FxHashSet<ModuleId>> {
    const AUTOMATIC: &[&str] = &[
        "Zeitwerk",
        "autoload",
        "eager_load",
        "Dir[",
        "Dir.glob",
        "require_all",
        "Rails",
        "load ",
    ];
    let mut seen = FxHashSet::default();
    let mut todo = vec![(folder.to_owned(), text)];
    while let Some((folder, text)) = todo.pop() {
        if AUTOMATIC.iter().any(|w| text.contains(w)) {
            return None;
        }
        for line in text.lines().map(str::trim_start).filter(|l| l.starts_with("require")) {
            let Some(name) = line.split(['"', '\'']).nth(1) else { continue };
            let name = name.trim_end_matches(".rb");
            let from = if line.starts_with("require_relative") {
                folder.as_str()
            } else {
                dir
            };
            let places = [join(from, &format!("{name}.rb")), join(dir, &format!("lib/{name}.rb"))];
            let found = places.iter().flatten().find_map(|p| files.get(p.as_str()));
            if let Some(id) = found
                && seen.insert(*id)
            {
                todo.push((tree.path(*id).parent().to_owned(), tree.text(*id)));
            }
        }
    }
    Some(seen)
}
