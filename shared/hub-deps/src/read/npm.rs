//! npm's own files.

use super::Reader;
use super::about::{About, npm_licence, npm_repository};
use crate::Ecosystem::Npm;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Deepest nesting of a version 1 lock file.
const MAX_DEPTH: u32 = 64;
/// Longest path inside `node_modules` whose needs are looked for, in bytes, and how many folders up; real ones have some hundred bytes
/// and four or five folders.
const MAX_PATH_BYTES: usize = 1_000;
const MAX_LEVELS: usize = 16;
/// What the project itself needs, and what a package needs that is already installed.
const OF_PROJECT: [(&str, bool); 3] = [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true)];
const OF_PACKAGE: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

pub(super) fn lock(r: &mut Reader<'_>) -> Result<bool, String> {
    let json: Value = serde_json::from_str(r.text).map_err(|e| e.to_string())?;
    if let Some(packages) = json.get("packages").and_then(Value::as_object) {
        installed(r, packages);
    } else if let Some(dependencies) = json.get("dependencies").and_then(Value::as_object) {
        let mut taken = Vec::new();
        nested(r, dependencies, Some(""), 0, &mut taken);
        for (path, i, p) in taken {
            for name in names(p, "requires") {
                if !r.graph.need_of_known(i, places(&path, name)) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(true)
}

fn names<'v>(entry: &'v Value, key: &str) -> impl Iterator<Item = &'v String> {
    entry.get(key).and_then(Value::as_object).into_iter().flat_map(Map::keys)
}

/// Versions 2 and 3: every package by the place where it is installed.
fn installed(r: &mut Reader<'_>, packages: &Map<String, Value>) {
    let (mut taken, mut projects) = (Vec::new(), Vec::new());
    for (path, p) in packages {
        let Some(name) = path.rfind("node_modules/").map(|i| &path[i + "node_modules/".len()..]) else {
            // The project itself, or a workspace.
            projects.push((path.as_str(), p));
            continue;
        };
        if p.get("link").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        let name = p.get("name").and_then(Value::as_str).unwrap_or(name);
        if let Some(i) = entry(r, name, p, &format!("\"{path}\""))
            && path.len() <= MAX_PATH_BYTES
        {
            r.graph.key(path.as_str(), i);
            taken.push((path.as_str(), i, p));
        }
    }
    for (path, p) in projects {
        for (key, is_dev) in OF_PROJECT {
            for name in names(p, key) {
                if !r.graph.root_of_known(places(path, name), is_dev) {
                    return;
                }
            }
        }
    }
    for (path, i, p) in taken {
        for name in OF_PACKAGE.iter().flat_map(|key| names(p, key)) {
            if !r.graph.need_of_known(i, places(path, name)) {
                return;
            }
        }
    }
}

/// Where node looks for `name` from `path`, nearest first.
fn places<'p>(path: &'p str, name: &'p str) -> impl Iterator<Item = String> {
    let is_short = path.len() + name.len() <= MAX_PATH_BYTES;
    let up = |at: &&'p str| match *at {
        "" => None,
        at => Some(at.rfind("/node_modules/").map_or("", |i| &at[..i])),
    };
    std::iter::successors(Some(path).filter(|_| is_short), up)
        .take(MAX_LEVELS)
        .map(move |at| place(at, name))
}

fn place(inside: &str, name: &str) -> String {
    match inside {
        "" => format!("node_modules/{name}"),
        inside => format!("{inside}/node_modules/{name}"),
    }
}

/// Version 1: dependencies inside dependencies. `inside`: none below a place whose path is too long.
fn nested<'v>(
    r: &mut Reader<'_>,
    all: &'v Map<String, Value>,
    inside: Option<&str>,
    depth: u32,
    taken: &mut Vec<(Arc<str>, usize, &'v Value)>,
) {
    if depth > MAX_DEPTH {
        return;
    }
    for (name, p) in all {
        let fits = inside.filter(|i| i.len() + name.len() < MAX_PATH_BYTES);
        let path: Option<Arc<str>> = fits.map(|inside| place(inside, name).into());
        if let Some(i) = entry(r, name, p, &format!("\"{name}\""))
            && let Some(path) = &path
        {
            r.graph.key(Arc::clone(path), i);
            taken.push((Arc::clone(path), i, p));
        }
        if let Some(inner) = p.get("dependencies").and_then(Value::as_object) {
            nested(r, inner, path.as_deref(), depth + 1, taken);
        }
    }
}

/// Takes a package; its place among all.
fn entry(r: &mut Reader<'_>, name: &str, p: &Value, needle: &str) -> Option<usize> {
    let text = |key: &str| p.get(key).and_then(Value::as_str);
    let is = |key: &str| p.get(key).and_then(Value::as_bool) == Some(true);
    let version = text("version")?;
    let line = r.line_of(needle);
    // An alias: `npm:real@1.0.0` of version 1.
    let (name, version) = match version.strip_prefix("npm:").and_then(|v| v.rsplit_once('@')) {
        Some((real, v)) => (real, v),
        None => (name, version),
    };
    let source = [text("resolved"), Some(version)]
        .into_iter()
        .flatten()
        .find(|u| u.starts_with("git") || u.starts_with("github:"))
        .map(str::to_owned);
    let out = r.package(Npm, name, version, line)?;
    out.is_dev = is("dev") || is("devOptional");
    out.has_install_script = is("hasInstallScript");
    out.source = source;
    out.deprecated = text("deprecated").map(str::to_owned);
    Some(r.out.packages.len() - 1)
}

pub(super) fn manifest(r: &mut Reader<'_>) -> Result<(), String> {
    let json: Value = serde_json::from_str(r.text).map_err(|e| e.to_string())?;
    if let Some(name) = json.get("name").and_then(Value::as_str) {
        let version = json.get("version").and_then(Value::as_str).unwrap_or_default();
        r.own(
            version,
            About {
                file: Some(r.file.clone()),
                ecosystem: Some(Npm),
                name: name.to_owned(),
                version: None,
                repository: npm_repository(&json),
                licence: npm_licence(&json),
                is_inactive: false,
                is_private: json.get("private").and_then(Value::as_bool) == Some(true),
            },
        );
    }
    for (key, is_dev) in OF_PROJECT {
        for (name, range) in json.get(key).and_then(Value::as_object).into_iter().flatten() {
            let Some(range) = range.as_str() else { continue };
            if ["workspace:", "file:", "link:", "catalog:", "portal:"]
                .iter()
                .any(|p| range.starts_with(p))
            {
                continue;
            }
            let line = r.line_of(&format!("\"{name}\""));
            let (name, range) = match range
                .strip_prefix("npm:")
                .and_then(|v| v.rsplit_once('@').filter(|(n, _)| !n.is_empty()))
            {
                Some((real, v)) => (real, v),
                None => (name.as_str(), range),
            };
            r.requirement(Npm, name, range, line, is_dev);
        }
    }
    Ok(())
}
