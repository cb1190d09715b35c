//! Rust: each command of a package is a program, made of the files that `mod` declares from its root, the package's library and
//! the libraries it names by path.

use super::{Tree, Unit};
use hub_syntax::ir::Language;
use hub_syntax::{ModuleId, join};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

struct Package<'t> {
    dir: &'t str,
    library: Option<ModuleId>,
    commands: Vec<ModuleId>,
    /// Folders of packages that it depends on by path.
    needs: Vec<String>,
}

/// Most modules that all programs together are told to be made of; the programs after that count as one.
const MAX_TOLD: usize = 500_000;

pub(super) fn units(tree: &Tree<'_>) -> Vec<Unit> {
    let files = Files::of(tree);
    let manifests: Vec<(&str, toml::Table)> = tree
        .manifests(|path| path.file_name() == "Cargo.toml")
        .into_iter()
        .filter_map(|(dir, _, text)| Some((dir, text.parse().ok()?)))
        .collect();
    let shared: FxHashMap<String, String> = manifests.iter().flat_map(|(dir, data)| workspace_paths(dir, data)).collect();
    let packages: Vec<Package<'_>> = manifests
        .iter()
        .filter(|(_, data)| data.contains_key("package"))
        .map(|(dir, data)| package(dir, data, &files, &shared))
        .collect();
    let by_folder: FxHashMap<&str, &Package<'_>> = packages.iter().map(|p| (p.dir, p)).collect();
    let mut declared = Declared {
        tree,
        files: &files,
        made: FxHashMap::default(),
    };
    let mut out: Vec<Unit> = Vec::new();
    let (mut told, mut seen, mut merged) = (0, FxHashSet::default(), false);
    for package in &packages {
        for root in &package.commands {
            let apart = told < MAX_TOLD || out.is_empty();
            if apart {
                seen.clear();
                out.push(Unit {
                    start: if package.commands.len() == 1 && !package.dir.is_empty() {
                        package.dir.to_owned()
                    } else {
                        tree.path(*root).to_string()
                    },
                    modules: FxHashSet::default(),
                });
            }
            let Some(unit) = out.last_mut() else { continue };
            merged |= !apart;
            let before = unit.modules.len();
            declared.reach(*root, &mut unit.modules);
            libraries(package, &by_folder, &mut declared, &mut unit.modules, &mut seen);
            told += unit.modules.len() - before;
        }
    }
    if let (true, Some(last)) = (merged, out.last()) {
        let warning = format!(
            "there are more Rust programs than are told apart: those after `{}` count as part of it",
            last.start
        );
        tree.warnings.borrow_mut().push(warning);
    }
    out
}

/// Rust's files.
struct Files<'t> {
    by_path: FxHashMap<&'t str, ModuleId>,
    /// Sorted: the files of a folder lie together.
    paths: Vec<&'t str>,
    /// By file name, sorted.
    by_name: FxHashMap<&'t str, Vec<&'t str>>,
}

impl<'t> Files<'t> {
    fn of(tree: &Tree<'t>) -> Self {
        let by_path: FxHashMap<&str, ModuleId> = tree.of(&[Language::Rust]).map(|id| (tree.path(id).as_str(), id)).collect();
        let mut paths: Vec<&str> = by_path.keys().copied().collect();
        paths.sort_unstable();
        let mut by_name: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for path in &paths {
            by_name.entry(path.rsplit('/').next().unwrap_or(path)).or_default().push(path);
        }
        Self { by_path, paths, by_name }
    }

    /// The file at a path of a folder.
    fn at(&self, dir: &str, path: &str) -> Option<ModuleId> {
        self.by_path.get(join(dir, path)?.as_str()).copied()
    }

    /// The files below a folder, or those of them with a name.
    fn below<'s>(paths: &'s [&'t str], folder: &str) -> impl Iterator<Item = &'t str> + use<'s, 't> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let first = paths.partition_point(|path| **path < *start);
        paths[first..].iter().copied().take_while(move |path| path.starts_with(&start))
    }
}

/// `[workspace.dependencies]` that lie in the tree.
fn workspace_paths(dir: &str, data: &toml::Table) -> Vec<(String, String)> {
    let table = data
        .get("workspace")
        .and_then(|w| w.get("dependencies"))
        .and_then(toml::Value::as_table);
    let path = |(name, entry): (&String, &toml::Value)| {
        let path = entry.get("path").and_then(toml::Value::as_str)?;
        Some((name.clone(), join(dir, path)?))
    };
    table.into_iter().flatten().filter_map(path).collect()
}

fn package<'t>(dir: &'t str, data: &toml::Table, files: &Files<'_>, shared: &FxHashMap<String, String>) -> Package<'t> {
    let at = |path: &str| files.at(dir, path);
    let text = |entry: &toml::Value, key: &str| entry.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let library = data
        .get("lib")
        .and_then(|l| text(l, "path"))
        .unwrap_or_else(|| "src/lib.rs".to_owned());
    let mut commands: Vec<ModuleId> = Vec::new();
    for bin in data.get("bin").and_then(toml::Value::as_array).into_iter().flatten() {
        let named = text(bin, "name").unwrap_or_default();
        let found = text(bin, "path")
            .and_then(|p| at(&p))
            .or_else(|| at(&format!("src/bin/{named}.rs")))
            .or_else(|| at(&format!("src/bin/{named}/main.rs")));
        commands.extend(found);
    }
    commands.extend(at("src/main.rs"));
    // A package made of examples alone, as SDKs ship them.
    if commands.is_empty() && at(&library).is_none() {
        let examples = data.get("example").and_then(toml::Value::as_array).into_iter().flatten();
        commands.extend(examples.filter_map(|e| at(&text(e, "path")?)));
    }
    let folder = join(dir, "src/bin").unwrap_or_default();
    let found = Files::below(&files.paths, &folder).filter(|path| {
        let rest = &path[folder.len() + 1..];
        !rest.contains('/') || rest.matches('/').count() == 1 && rest.ends_with("/main.rs")
    });
    commands.extend(found.filter_map(|path| files.by_path.get(path)));
    let mut seen = FxHashSet::default();
    commands.retain(|c| seen.insert(*c));
    let table = data.get("dependencies").and_then(toml::Value::as_table);
    let need = |(name, entry): (&String, &toml::Value)| match text(entry, "path") {
        Some(path) => join(dir, &path),
        None if entry.get("workspace").is_some() => shared.get(name).cloned(),
        None => None,
    };
    Package {
        dir,
        library: at(&library),
        commands,
        needs: table.into_iter().flatten().filter_map(need).collect(),
    }
}

/// Adds a package's library and those it needs.
fn libraries<'p>(
    package: &'p Package<'_>,
    packages: &FxHashMap<&str, &'p Package<'_>>,
    declared: &mut Declared<'_, '_>,
    modules: &mut FxHashSet<ModuleId>,
    seen: &mut FxHashSet<&'p str>,
) {
    let mut todo = vec![package];
    while let Some(package) = todo.pop() {
        if !seen.insert(package.dir) {
            continue;
        }
        if let Some(library) = package.library {
            declared.reach(library, modules);
        }
        todo.extend(package.needs.iter().filter_map(|dir| packages.get(dir.as_str())));
    }
}

/// Which files `mod x;` declares from which, each file read once.
struct Declared<'d, 't> {
    tree: &'d Tree<'t>,
    files: &'d Files<'t>,
    /// By file, and whether it is the root of what is built.
    made: FxHashMap<(ModuleId, bool), Rc<[ModuleId]>>,
}

impl Declared<'_, '_> {
    /// Adds the file at a root and those that `mod x;` declares from there; modules of tests are left out.
    fn reach(&mut self, root: ModuleId, seen: &mut FxHashSet<ModuleId>) {
        let mut todo = vec![root];
        seen.insert(root);
        while let Some(id) = todo.pop() {
            for found in &*self.in_file(id, id == root) {
                if seen.insert(*found) {
                    todo.push(*found);
                }
            }
        }
    }

    fn in_file(&mut self, id: ModuleId, is_root: bool) -> Rc<[ModuleId]> {
        if let Some(known) = self.made.get(&(id, is_root)) {
            return known.clone();
        }
        let path = self.tree.path(id);
        let stem = path.file_name().trim_end_matches(".rs");
        let below = if is_root || stem == "mod" {
            path.parent().to_owned()
        } else {
            join(path.parent(), stem).unwrap_or_default()
        };
        let files = self.files;
        let found = declarations(self.tree.text(id)).into_iter().filter_map(|(name, at)| match at {
            Some(at) => files.at(path.parent(), at),
            None => {
                let name = format!("{name}.rs");
                let in_folder = || files.at(&below, &format!("{}/mod.rs", name.trim_end_matches(".rs")));
                // Declared within a module of the same file.
                let deeper = || {
                    let same_name = files.by_name.get(name.as_str())?;
                    files.by_path.get(Files::below(same_name, &below).next()?).copied()
                };
                files.at(&below, &name).or_else(in_folder).or_else(deeper)
            }
        });
        let found: Rc<[ModuleId]> = found.collect();
        self.made.insert((id, is_root), found.clone());
        found
    }
}

/// `mod name;` with what `#[path = "…"]` says, without those under `#[cfg(test)]`.
fn declarations(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut out = Vec::new();
    let (mut at, mut of_tests) = (None, false);
    for line in text.lines().map(str::trim) {
        let mut rest = line;
        while let Some(after) = rest.strip_prefix("#[") {
            let Some((attribute, after)) = after.split_once(']') else { break };
            of_tests |= attribute.starts_with("cfg(") && attribute.contains("test");
            at = attribute.strip_prefix("path").and_then(|a| a.split('"').nth(1)).or(at);
            rest = after.trim_start();
        }
        if rest.is_empty() || rest.starts_with("//") {
            continue;
        }
        let name = rest
            .strip_prefix("pub")
            .map_or(rest, |r| r.strip_prefix('(').and_then(|r| r.split_once(')')).map_or(r, |(_, r)| r))
            .trim_start()
            .strip_prefix("mod ")
            .and_then(|r| r.split_once(';'))
            .map(|(name, _)| name.trim().trim_start_matches("r#"));
        if let Some(name) = name.filter(|n| !of_tests && n.chars().all(|c| c.is_alphanumeric() || c == '_')) {
            out.push((name, at));
        } else if let Some(file) = rest.strip_prefix("include!(\"").and_then(|r| r.split('"').next()) {
            out.push(("", Some(file)));
        }
        (at, of_tests) = (None, false);
    }
    out
}
