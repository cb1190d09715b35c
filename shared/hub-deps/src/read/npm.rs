//! npm's own files.

use super::Reader;
use super::about::{About, npm_licence, npm_repository};
use crate::Ecosystem::Npm;
use serde_json::{Map, Value};

/// Deepest nesting of a version 1 lock file.
const MAX_DEPTH: u32 = 64;
/// Longest path whose needs are looked for, in bytes, and how many folders up; real ones go four or five.
const MAX_PATH_BYTES: usize = 2_000;
const MAX_LEVELS: u32 = 16;

pub(super) fn lock(r: &mut Reader<'_>) -> Result<bool, String> {
    let json: Value = serde_json::from_str(r.text).map_err(|e| e.to_string())?;
    if let Some(packages) = json.get("packages").and_then(Value::as_object) {
        let mut taken = Vec::new();
        for (path, p) in packages {
            let Some(name) = path.rfind("node_modules/").map(|i| &path[i + "node_modules/".len()..]) else {
                // The project itself, or a workspace.
                for (key, is_dev) in [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true)] {
                    for name in p.get(key).and_then(Value::as_object).into_iter().flat_map(|m| m.keys()) {
                        r.graph.root(places(path, name), is_dev);
                    }
                }
                continue;
            };
            if p.get("link").and_then(Value::as_bool) == Some(true) {
                continue;
            }
            let name = p.get("name").and_then(Value::as_str).unwrap_or(name);
            if let Some(i) = entry(r, name, p, &format!("\"{path}\"")) {
                r.graph.key(path.as_str(), i);
                taken.push((path.as_str(), i, p));
            }
        }
        for (path, i, p) in taken {
            for key in ["dependencies", "optionalDependencies", "peerDependencies"] {
                for name in p.get(key).and_then(Value::as_object).into_iter().flat_map(|m| m.keys()) {
                    if !r.graph.need_of_known(i, &places(path, name)) {
                        return Ok(true);
                    }
                }
            }
        }
        return Ok(true);
    }
    if let Some(dependencies) = json.get("dependencies").and_then(Value::as_object) {
        let mut taken = Vec::new();
        nested(r, dependencies, "", 0, &mut taken);
        for (path, i, p) in taken {
            for name in p.get("requires").and_then(Value::as_object).into_iter().flat_map(|m| m.keys()) {
                if !r.graph.need_of_known(i, &places(&path, name)) {
                    return Ok(true);
                }
            }
        }
        return Ok(true);
    }
    Ok(true)
}

/// Where node looks for `name` from `path`, nearest first.
fn places(path: &str, name: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = path;
    if path.len() + name.len() > MAX_PATH_BYTES {
        return out;
    }
    for _ in 0..MAX_LEVELS {
        out.push(match at {
            "" => format!("node_modules/{name}"),
            at => format!("{at}/node_modules/{name}"),
        });
        if at.is_empty() {
            break;
        }
        at = at.rfind("/node_modules/").map_or("", |i| &at[..i]);
    }
    out
}

/// Version 1: dependencies inside dependencies.
fn nested<'v>(r: &mut Reader<'_>, all: &'v Map<String, Value>, inside: &str, depth: u32, taken: &mut Vec<(String, usize, &'v Value)>) {
    if depth > MAX_DEPTH {
        return;
    }
    for (name, p) in all {
        let path = match inside {
            "" => format!("node_modules/{name}"),
            inside => format!("{inside}/node_modules/{name}"),
        };
        if let Some(i) = entry(r, name, p, &format!("\"{name}\"")) {
            r.graph.key(path.as_str(), i);
            taken.push((path.clone(), i, p));
        }
        if let Some(inner) = p.get("dependencies").and_then(Value::as_object) {
            nested(r, inner, &path, depth + 1, taken);
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
    if let (Some(name), version) = (
        json.get("name").and_then(Value::as_str),
        json.get("version").and_then(Value::as_str).unwrap_or_default(),
    ) {
        r.out.own.push((Npm, name.to_owned(), version.to_owned()));
        r.out.about.push(About {
            file: Some(r.file.clone()),
            ecosystem: Some(Npm),
            name: name.to_owned(),
            repository: npm_repository(&json),
            licence: npm_licence(&json),
            is_inactive: false,
            is_private: json.get("private").and_then(Value::as_bool) == Some(true),
        });
    }
    for (key, is_dev) in [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true)] {
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
