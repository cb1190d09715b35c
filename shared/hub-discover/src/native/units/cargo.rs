//! Rust: each command of a package is a program, made of the files that `mod` declares from its root, the package's library and
//! the libraries it names by path.

use super::{Tree, Unit};
use hub_syntax::ir::Language;
use hub_syntax::{ModuleId, join};
use rustc_hash::{FxHashMap, FxHashSet};

struct Package<'t> {
    dir: &'t str,
    library: Option<ModuleId>,
    commands: Vec<ModuleId>,
    /// Folders of packages that it depends on by path.
    needs: Vec<String>,
}

pub(super) fn units(tree: &Tree<'_>) -> Vec<Unit> {
    let files: FxHashMap<&str, ModuleId> = tree.of(&[Language::Rust]).map(|id| (tree.path(id).as_str(), id)).collect();
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
    let mut out = Vec::new();
    for package in &packages {
        for root in &package.commands {
            let mut modules = declared(tree, *root, &files);
            libraries(tree, package, &packages, &files, &mut modules, &mut FxHashSet::default());
            out.push(Unit {
                start: if package.commands.len() == 1 && !package.dir.is_empty() {
                    package.dir.to_owned()
                } else {
                    tree.path(*root).to_string()
                },
                modules,
            });
        }
    }
    out
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

fn package<'t>(dir: &'t str, data: &toml::Table, files: &FxHashMap<&str, ModuleId>, shared: &FxHashMap<String, String>) -> Package<'t> {
    let at = |path: &str| files.get(join(dir, path)?.as_str()).copied();
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
    if commands.is_empty() && !files.contains_key(join(dir, &library).unwrap_or_default().as_str()) {
        let examples = data.get("example").and_then(toml::Value::as_array).into_iter().flatten();
        commands.extend(examples.filter_map(|e| at(&text(e, "path")?)));
    }
    let folder = join(dir, "src/bin").unwrap_or_default();
    let mut found: Vec<_> = files
        .iter()
        .filter(|(path, _)| {
            let rest = path.strip_prefix(folder.as_str()).and_then(|r| r.strip_prefix('/'));
            rest.is_some_and(|r| !r.contains('/') || r.matches('/').count() == 1 && r.ends_with("/main.rs"))
        })
        .collect();
    found.sort_unstable();
    commands.extend(found.into_iter().map(|(_, id)| *id));
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
    tree: &Tree<'_>,
    package: &'p Package<'_>,
    packages: &'p [Package<'_>],
    files: &FxHashMap<&str, ModuleId>,
    modules: &mut FxHashSet<ModuleId>,
    seen: &mut FxHashSet<&'p str>,
) {
    let mut todo = vec![package];
    while let Some(package) = todo.pop() {
        if !seen.insert(package.dir) {
            continue;
        }
        if let Some(library) = package.library {
            modules.extend(declared(tree, library, files));
        }
        todo.extend(
            package
                .needs
                .iter()
                .filter_map(|dir| packages.iter().find(|p| p.dir == dir.as_str())),
        );
    }
}

/// The file at the root and those that `mod x;` declares from there; modules of tests are left out.
fn declared(tree: &Tree<'_>, root: ModuleId, files: &FxHashMap<&str, ModuleId>) -> FxHashSet<ModuleId> {
    let mut seen: FxHashSet<ModuleId> = std::iter::once(root).collect();
    let mut todo = vec![root];
    while let Some(id) = todo.pop() {
        let path = tree.path(id);
        let stem = path.file_name().trim_end_matches(".rs");
        let below = if id == root || stem == "mod" {
            path.parent().to_owned()
        } else {
            join(path.parent(), stem).unwrap_or_default()
        };
        for (name, at) in declarations(tree.text(id)) {
            let places = match at {
                Some(at) => vec![join(path.parent(), at)],
                None => vec![
                    join(&below, &format!("{name}.rs")),
                    join(&below, &format!("{name}/mod.rs")),
                    // Declared within a module of the same file.
                    files
                        .keys()
                        .find(|f| super::within(&below, f) && f.ends_with(&format!("/{name}.rs")))
                        .map(|f| (*f).to_owned()),
                ],
            };
            let found = places.iter().flatten().find_map(|p| files.get(p.as_str()));
            if let Some(found) = found
                && seen.insert(*found)
            {
                todo.push(*found);
            }
        }
    }
    seen
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
