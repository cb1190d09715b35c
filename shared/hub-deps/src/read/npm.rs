//! npm's own files.

use super::Reader;
use crate::Ecosystem::Npm;
use serde_json::{Map, Value};

/// Deepest nesting of a version 1 lock file.
const MAX_DEPTH: u32 = 64;

pub(super) fn lock(r: &mut Reader<'_>) -> Result<bool, String> {
    let json: Value = serde_json::from_str(r.text).map_err(|e| e.to_string())?;
    if let Some(packages) = json.get("packages").and_then(Value::as_object) {
        for (path, p) in packages {
            let Some(name) = path.rfind("node_modules/").map(|i| &path[i + "node_modules/".len()..]) else {
                continue; // the project itself, or a workspace
            };
            if p.get("link").and_then(Value::as_bool) == Some(true) {
                continue;
            }
            let name = p.get("name").and_then(Value::as_str).unwrap_or(name);
            entry(r, name, p, &format!("\"{path}\""));
        }
        return Ok(true);
    }
    if let Some(dependencies) = json.get("dependencies").and_then(Value::as_object) {
        nested(r, dependencies, 0);
        return Ok(true);
    }
    Ok(true)
}

/// Version 1: dependencies inside dependencies.
fn nested(r: &mut Reader<'_>, all: &Map<String, Value>, depth: u32) {
    if depth > MAX_DEPTH {
        return;
    }
    for (name, p) in all {
        entry(r, name, p, &format!("\"{name}\""));
        if let Some(inner) = p.get("dependencies").and_then(Value::as_object) {
            nested(r, inner, depth + 1);
        }
    }
}

fn entry(r: &mut Reader<'_>, name: &str, p: &Value, needle: &str) {
    let text = |key: &str| p.get(key).and_then(Value::as_str);
    let is = |key: &str| p.get(key).and_then(Value::as_bool) == Some(true);
    let Some(version) = text("version") else { return };
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
    if let Some(out) = r.package(Npm, name, version, line) {
        out.is_dev = is("dev") || is("devOptional");
        out.has_install_script = is("hasInstallScript");
        out.source = source;
    }
}

pub(super) fn manifest(r: &mut Reader<'_>) -> Result<(), String> {
    let json: Value = serde_json::from_str(r.text).map_err(|e| e.to_string())?;
    if let (Some(name), version) = (
        json.get("name").and_then(Value::as_str),
        json.get("version").and_then(Value::as_str).unwrap_or_default(),
    ) {
        r.out.own.push((Npm, name.to_owned(), version.to_owned()));
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
