//! Names under which the packages of a tree refer to each other.

use super::is_below;
use hub_model::RelPath;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The folder of each package, by the name that its manifest gives it.
#[derive(Default)]
pub(super) struct Names {
    pub(super) npm: BTreeMap<String, String>,
    /// Normalised.
    pub(super) python: BTreeMap<String, String>,
    /// By the path that the root of a workspace gives for it.
    pub(super) cargo: BTreeMap<String, String>,
    pub(super) maven: BTreeMap<String, String>,
    pub(super) composer: BTreeMap<String, String>,
    /// By the import path of a module.
    pub(super) go: BTreeMap<String, String>,
    /// Folders that hold something, for imports by path.
    pub(super) folders: BTreeSet<String>,
    pub(super) files: BTreeSet<String>,
    /// Where a `Cargo.toml` with a package lies.
    crates: BTreeSet<String>,
    /// Where the outermost Gradle build starts.
    pub(super) gradle: Option<String>,
}

impl Names {
    pub(super) fn of<'f>(files: impl Iterator<Item = (&'f RelPath, &'f String)>) -> Self {
        let mut names = Self::default();
        for (path, text) in files {
            let dir = path.parent().to_owned();
            names.files.insert(path.as_str().to_owned());
            let mut above = dir.as_str();
            while !above.is_empty() && names.folders.insert(above.to_owned()) {
                above = above.rsplit_once('/').map_or("", |(a, _)| a);
            }
            match path.file_name() {
                "package.json" => {
                    if let Some(name) = json_name(text) {
                        names.npm.insert(name, dir);
                    }
                }
                "composer.json" => {
                    if let Some(name) = json_name(text) {
                        names.composer.insert(name, dir);
                    }
                }
                "pyproject.toml" => {
                    let data = text.parse::<toml::Table>().ok();
                    let name = data.as_ref().and_then(|d| d.get("project")?.get("name")?.as_str());
                    if let Some(name) = name.and_then(python_name) {
                        names.python.insert(name, dir);
                    }
                }
                "Cargo.toml" => names.cargo(text, dir),
                "pom.xml" => {
                    let own = text.rsplit_once("</parent>").map_or(text.as_str(), |(_, rest)| rest);
                    if let Some(name) = artifacts(own).next() {
                        names.maven.insert(name.to_owned(), dir);
                    }
                }
                "go.mod" => {
                    if let Some(name) = text.lines().find_map(|l| l.trim().strip_prefix("module ")) {
                        names.go.insert(name.trim().trim_matches('"').to_owned(), dir);
                    }
                }
                "settings.gradle" | "settings.gradle.kts" if names.gradle.as_ref().is_none_or(|known| dir.len() < known.len()) => {
                    names.gradle = Some(dir);
                }
                _ => {}
            }
        }
        names
    }

    fn cargo(&mut self, text: &str, dir: String) {
        let Ok(data) = text.parse::<toml::Table>() else { return };
        let members = data
            .get("workspace")
            .and_then(|w| w.get("dependencies"))
            .and_then(toml::Value::as_table);
        for (name, entry) in members.into_iter().flatten() {
            let path = entry.get("path").and_then(toml::Value::as_str);
            if let Some(path) = path.and_then(|p| super::join(&dir, p)) {
                self.cargo.insert(name.clone(), path);
            }
        }
        if data.contains_key("package") {
            self.crates.insert(dir);
        }
    }

    /// The crate in whose sources the base path lies: a command of it needs the rest.
    pub(super) fn crate_around(&self, base: &RelPath) -> Option<String> {
        let around = |dir: &&String| dir.as_str() != base.as_str() && is_below(dir, base.as_str());
        let dir = self.crates.iter().filter(around).max_by_key(|d| d.len())?;
        let inside = base.as_str().strip_prefix(dir.as_str())?.trim_start_matches('/');
        (inside.starts_with("src/") || inside.ends_with(".rs")).then(|| dir.clone())
    }
}

fn json_name(text: &str) -> Option<String> {
    let data: Value = serde_json::from_str(text).ok()?;
    Some(data.get("name")?.as_str()?.to_owned())
}

pub(super) fn python_name(name: &str) -> Option<String> {
    name.parse::<hub_model::PypiName>().ok().map(|n| n.as_str().to_owned())
}

/// What stands in `<artifactId>` elements.
pub(super) fn artifacts(text: &str) -> impl Iterator<Item = &str> {
    text.split("<artifactId>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
        .map(str::trim)
}
