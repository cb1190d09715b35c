//! Which npm dependencies of a package may hold its tools.

use super::names::{is_code, likelihood, mentions_mcp, registers};
use super::{Package, Wish, locks};
use hub_model::{NpmName, npm_alias};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Longest quoted text that can be the name of a package with a path in it.
const MAX_SPECIFIER: usize = 300;

/// What the package asks for in its `package.json`, imports, and may hold tools. `inside`: names of packages in the same tree.
pub(super) fn wishes(package: &Package<'_>, inside: &BTreeSet<String>) -> Vec<Wish> {
    let manifest = package
        .file("package.json")
        .and_then(|f| serde_json::from_str::<Value>(&f.text).ok());
    let Some(Value::Object(manifest)) = manifest else {
        return Vec::new();
    };
    let own = manifest.get("name").and_then(Value::as_str).unwrap_or_default();
    let declared = declared(&manifest);
    if declared.is_empty() || !(package.is_dependency || is_about_mcp(&manifest)) {
        return Vec::new();
    }
    let code: Vec<_> = package
        .files
        .iter()
        .filter(|f| is_code(f.path.as_str()) && !f.path.as_str().ends_with(".py"))
        .collect();
    let is_shell = !code.iter().any(|f| registers(f.path.as_str(), &f.text));
    let imported: BTreeSet<&str> = code.iter().flat_map(|f| imported(&f.text, &declared)).collect();
    imported
        .into_iter()
        .filter(|name| !inside.contains(*name))
        .filter_map(|name| {
            let range = declared.get(name)?;
            // `npm:other@^1` is another package under this name.
            let (real, range) = npm_alias(range).unwrap_or((name, range));
            let likelihood = likelihood(real, own, is_shell)?;
            let range = wanted(range)?;
            Some(Wish {
                registry: "npm",
                name: real.to_owned(),
                wanted: locks::npm(&package.locks, name).or(range),
                likelihood,
            })
        })
        .collect()
}

/// Names of the packages that stand in a tree.
pub(super) fn names_inside<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    texts
        .filter_map(|t| serde_json::from_str::<Value>(t).ok())
        .filter_map(|m| m.get("name").and_then(Value::as_str).map(str::to_owned))
        .collect()
}

/// Whether a manifest's name, description, keywords, commands or dependencies speak of MCP.
fn is_about_mcp(manifest: &Map<String, Value>) -> bool {
    let text = |v: &Value| v.as_str().is_some_and(mentions_mcp);
    let keys = |v: &Value| v.as_object().is_some_and(|o| o.keys().any(|k| mentions_mcp(k)));
    let any = |name: &str, test: &dyn Fn(&Value) -> bool| manifest.get(name).is_some_and(test);
    any("name", &text)
        || any("description", &text)
        || any("bin", &keys)
        || any("mcpName", &|_| true)
        || any("keywords", &|v| v.as_array().is_some_and(|k| k.iter().any(text)))
        || ["dependencies", "devDependencies", "peerDependencies"]
            .iter()
            .any(|k| any(k, &keys))
}

/// Names with the ranges asked for; of several entries that of `dependencies`.
fn declared(manifest: &Map<String, Value>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for table in ["peerDependencies", "optionalDependencies", "dependencies"] {
        for (name, range) in manifest.get(table).and_then(Value::as_object).into_iter().flatten() {
            if let (Ok(name), Some(range)) = (name.parse::<NpmName>(), range.as_str()) {
                out.insert(name.as_str().to_owned(), range.trim().to_owned());
            }
        }
    }
    out
}

/// What to ask a registry for: none for what does not come from one (paths, repositories, other members of a workspace); within, none for any version.
#[allow(clippy::option_option)] // two different questions
fn wanted(range: &str) -> Option<Option<String>> {
    let range = range.strip_prefix("workspace:").unwrap_or(range);
    match range {
        "" | "*" | "x" | "latest" | "^" | "~" => Some(None),
        range if range.contains([':', '/']) => None,
        range => Some(Some(range.to_owned())),
    }
}

/// The declared packages that stand in quotes in a text: in imports, in `require`, in `import()`.
fn imported<'d>(text: &str, declared: &'d BTreeMap<String, String>) -> BTreeSet<&'d str> {
    let bytes = text.as_bytes();
    let mut out = BTreeSet::new();
    for (start, quote) in bytes.iter().enumerate().filter(|(_, b)| matches!(b, b'"' | b'\'' | b'`')) {
        let rest = &bytes[start + 1..bytes.len().min(start + 1 + MAX_SPECIFIER)];
        let Some(len) = rest
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || b"@/._-~".contains(b)))
            .filter(|len| *len > 0 && rest[*len] == *quote)
        else {
            continue;
        };
        let specifier = &text[start + 1..start + 1 + len];
        let slashes = if specifier.starts_with('@') { 2 } else { 1 };
        let name = specifier
            .match_indices('/')
            .nth(slashes - 1)
            .map_or(specifier, |(at, _)| &specifier[..at]);
        if let Some((name, _)) = declared.get_key_value(name) {
            out.insert(name.as_str());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::names::Likelihood;
    use super::*;
    use hub_model::SourceFile;

    fn wishes_of(files: &[(&str, &str)]) -> Vec<(String, Option<String>, Likelihood)> {
        let files: Vec<SourceFile> = files
            .iter()
            .map(|(path, text)| SourceFile {
                path: path.parse().unwrap(),
                text: (*text).into(),
            })
            .collect();
        let package = Package::new("", files.iter(), &[], false);
        wishes(&package, &BTreeSet::new())
            .into_iter()
            .map(|w| (w.name, w.wanted, w.likelihood))
            .collect()
    }

    #[test]
    fn a_shell_wishes_for_what_it_imports_and_not_for_known_libraries() {
        let manifest =
            r#"{"name":"@acme/mcp","dependencies":{"engine":"^2","zod":"3","unused":"1","git":"git+ssh://x/y","@acme/x":"workspace:*"}}"#;
        let found = wishes_of(&[
            ("package.json", manifest),
            (
                "cli.js",
                "const { start } = require(\"engine/lib/mcp\"); import('git'); import z from 'zod'; import '@acme/x'; start();",
            ),
            ("cli.test.js", "import 'unused'"),
        ]);
        assert_eq!(
            found,
            [
                ("@acme/x".to_owned(), None, Likelihood::Related),
                ("engine".to_owned(), Some("^2".to_owned()), Likelihood::Imported),
            ]
        );
    }

    #[test]
    fn a_server_that_registers_its_own_tools_wishes_only_for_what_speaks_of_mcp() {
        let found = wishes_of(&[
            (
                "package.json",
                r#"{"name":"@acme/mcp","dependencies":{"engine":"^2","@acme/mcp-provider-a":"1.0.0","@acme/log":"1"}}"#,
            ),
            (
                "index.js",
                "import 'engine'; import { A } from '@acme/mcp-provider-a'; import '@acme/log'; server.registerTool('x', {}, f);",
            ),
        ]);
        assert_eq!(
            found,
            [("@acme/mcp-provider-a".to_owned(), Some("1.0.0".to_owned()), Likelihood::Named)]
        );
    }

    #[test]
    fn a_dependency_under_another_name_is_asked_for_under_its_own() {
        let found = wishes_of(&[
            (
                "package.json",
                r#"{"name":"@acme/mcp","dependencies":{"core":"npm:@acme/mcp-core@^2","e":"npm:engine"}}"#,
            ),
            ("index.js", "import { start } from 'core'; import 'e'; start();"),
        ]);
        assert_eq!(
            found,
            [
                ("@acme/mcp-core".to_owned(), Some("^2".to_owned()), Likelihood::Named),
                ("engine".to_owned(), None, Likelihood::Imported),
            ]
        );
    }

    #[test]
    fn what_has_nothing_to_do_with_mcp_wishes_for_nothing() {
        let found = wishes_of(&[
            ("package.json", r#"{"name":"tool","dependencies":{"engine":"^2"}}"#),
            ("index.js", "import 'engine'"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
