//! What one file says about the places that it needs.

use super::names::{Names, artifacts, python_name};
use super::{Place, join};
use hub_model::RelPath;
use serde_json::Value;
use std::cell::Cell;
use std::collections::BTreeSet;

/// Longest quoted text that can be an import.
const MAX_IMPORT: usize = 300;

/// Names looked up for one tree; a large one has some ten thousand imports, each looked up in a few folders.
const MAX_LOOKUPS: u64 = 3_000_000;

/// What is left to look up.
pub(super) struct Lookups(Cell<u64>);

impl Lookups {
    pub(super) fn new() -> Self {
        Self(Cell::new(MAX_LOOKUPS))
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.get() == 0
    }

    /// One more, if it may be.
    fn take(&self) -> Option<()> {
        let left = self.0.get().checked_sub(1)?;
        self.0.set(left);
        Some(())
    }
}

/// Places that a file refers to, wherever they lie, while there is something left to look up.
pub(super) fn references(path: &RelPath, text: &str, names: &Names, lookups: &Lookups) -> Vec<Place> {
    let dir = path.parent();
    let tree = |relative: &str| join(dir, relative).map(Place::Tree);
    match (path.file_name(), path.extension().unwrap_or_default()) {
        ("package.json", _) => by_name(
            &json_keys(text, &["dependencies", "devDependencies", "peerDependencies"]),
            &names.npm,
        ),
        ("composer.json", _) => {
            let data: Value = serde_json::from_str(text).unwrap_or_default();
            let paths = data.get("repositories").and_then(Value::as_array).into_iter().flatten();
            let paths = paths
                .filter_map(|r| r.get("url").and_then(Value::as_str))
                .filter(|u| !u.contains(':'));
            let mut out: Vec<Place> = paths.filter_map(tree).collect();
            out.extend(by_name(&json_keys(text, &["require"]), &names.composer));
            out
        }
        ("Cargo.toml", _) => cargo(dir, text, names),
        ("pyproject.toml", _) => python_project(dir, text, names),
        ("pom.xml", _) => {
            let found = artifacts(text).filter_map(|a| names.maven.get(a));
            found.map(|dir| Place::Tree(dir.clone())).collect()
        }
        ("build.gradle" | "build.gradle.kts", _) => gradle(text, names),
        ("Gemfile", _) | (_, "gemspec") => quoted(text).filter(|q| q.starts_with("..")).filter_map(tree).collect(),
        (_, "csproj") => {
            let referred = text.split("ProjectReference").skip(1);
            let files = referred.filter_map(|rest| rest.split_once("Include=\"")?.1.split('"').next());
            let folders = files.filter_map(|f| f.rsplit_once(['/', '\\']).map(|(folder, _)| folder));
            folders.filter_map(tree).collect()
        }
        (_, "go") => quoted(text).filter_map(|import| go_folder(import, names, lookups)).collect(),
        (_, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "jsx" | "tsx") => {
            let outwards = quoted(text).filter(|q| q.starts_with("../"));
            outwards.filter_map(|q| script(dir, q, names, lookups)).collect()
        }
        (_, "py") => python(dir, text, names, lookups),
        (_, "rb") => {
            let outwards = text.lines().filter(|l| l.contains("require_relative"));
            let outwards = outwards.flat_map(quoted).filter(|q| q.starts_with("../"));
            outwards
                .filter_map(|q| Some(Place::File(format!("{}.rb", join(dir, q)?))))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Short texts in quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split(['"', '\'', '`']);
    pieces.filter(|p| !p.is_empty() && p.len() <= MAX_IMPORT && !p.contains(|c: char| c.is_whitespace() || c == ';'))
}

fn json_keys(text: &str, tables: &[&str]) -> Vec<String> {
    let data: Value = serde_json::from_str(text).unwrap_or_default();
    let tables = tables.iter().filter_map(|t| data.get(*t)?.as_object());
    tables.flat_map(|t| t.keys().cloned()).collect()
}

fn by_name(wanted: &[String], names: &std::collections::BTreeMap<String, String>) -> Vec<Place> {
    let found = wanted.iter().filter_map(|name| names.get(name));
    found.map(|dir| Place::Tree(dir.clone())).collect()
}

/// `x = { path = "…" }` and `x.workspace = true`, in every table of dependencies.
fn cargo(dir: &str, text: &str, names: &Names) -> Vec<Place> {
    let Ok(data) = text.parse::<toml::Table>() else { return Vec::new() };
    let tables = ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|t| data.get(*t)?.as_table());
    let mut out = Vec::new();
    for (name, entry) in tables.flatten() {
        if let Some(path) = entry.get("path").and_then(toml::Value::as_str) {
            out.extend(join(dir, path).map(Place::Tree));
        } else if entry.get("workspace").and_then(toml::Value::as_bool) == Some(true) {
            out.extend(names.cargo.get(name).cloned().map(Place::Tree));
        }
    }
    out
}

fn python_project(dir: &str, text: &str, names: &Names) -> Vec<Place> {
    let Ok(data) = text.parse::<toml::Table>() else { return Vec::new() };
    let asked = data
        .get("project")
        .and_then(|p| p.get("dependencies"))
        .and_then(toml::Value::as_array);
    let asked = asked.into_iter().flatten().filter_map(toml::Value::as_str);
    let mut out: Vec<Place> = asked
        .filter_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).next())
        .filter_map(|name| names.python.get(&python_name(name)?))
        .map(|dir| Place::Tree(dir.clone()))
        .collect();
    let sources = data.get("tool").and_then(|t| t.get("uv")).and_then(|u| u.get("sources"));
    let poetry = data.get("tool").and_then(|t| t.get("poetry")).and_then(|p| p.get("dependencies"));
    for entry in [sources, poetry]
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_table)
        .flat_map(toml::Table::values)
    {
        let path = entry.get("path").and_then(toml::Value::as_str);
        out.extend(path.and_then(|p| join(dir, p)).map(Place::Tree));
    }
    out
}

/// `project(":a:b")`; `projects.a.b` is the same in camel case.
fn gradle(text: &str, names: &Names) -> Vec<Place> {
    let root = names.gradle.as_deref().unwrap_or_default();
    let colons = quoted(text).filter_map(|q| q.strip_prefix(':')).map(|q| q.replace(':', "/"));
    let dots = text.split("projects.").skip(1).map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
        rest[..end].trim_matches('.').replace('.', "/")
    });
    let all = colons.chain(dots).filter_map(|p| join(root, &p));
    all.filter(|dir| names.folders.contains(dir)).map(Place::Tree).collect()
}

fn go_folder(import: &str, names: &Names, lookups: &Lookups) -> Option<Place> {
    let mut module = import;
    let dir = loop {
        lookups.take()?;
        match names.go.get(module) {
            Some(dir) => break dir,
            None => module = &module[..module.rfind('/')?],
        }
    };
    let folder = join(dir, &import[module.len()..])?;
    names.folders.contains(&folder).then_some(Place::Folder(folder))
}

/// The package or folder around what a script imports by a path.
fn script(dir: &str, import: &str, names: &Names, lookups: &Lookups) -> Option<Place> {
    lookups.take()?;
    let target = join(dir, import)?;
    let stem = target
        .rsplit_once('.')
        .filter(|(_, e)| !e.contains('/'))
        .map_or(target.as_str(), |(stem, _)| stem);
    let file = ["ts", "js", "mts", "mjs", "tsx", "jsx", "cjs", "cts", "json"]
        .iter()
        .map(|ext| format!("{stem}.{ext}"))
        .find(|f| names.files.contains(f));
    match file {
        Some(file) => Some(Place::File(file)),
        None => names.folders.contains(&target).then_some(Place::Tree(target)),
    }
}

/// `import a.b` and `from a.b import c` of a package that lies in this folder or one above.
fn python(dir: &str, text: &str, names: &Names, lookups: &Lookups) -> Vec<Place> {
    let mut modules = BTreeSet::new();
    for line in text.lines().map(str::trim_start) {
        let rest = line.strip_prefix("from ").or_else(|| line.strip_prefix("import "));
        modules.extend(rest.and_then(|r| r.split([' ', ',', '.', ';']).next()).filter(|m| !m.is_empty()));
    }
    modules
        .into_iter()
        .filter_map(|module| python_module(dir, module, names, lookups))
        .collect()
}

fn python_module(dir: &str, module: &str, names: &Names, lookups: &Lookups) -> Option<Place> {
    let mut above = dir;
    loop {
        lookups.take()?;
        let place = match above {
            "" => module.to_owned(),
            above => format!("{above}/{module}"),
        };
        let file = format!("{place}.py");
        if names.files.contains(&file) {
            return Some(Place::File(file));
        }
        if names.folders.contains(&place) {
            return Some(Place::Tree(place));
        }
        if above.is_empty() {
            return None;
        }
        above = above.rsplit_once('/').map_or("", |(a, _)| a);
    }
}
