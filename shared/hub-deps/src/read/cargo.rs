//! Cargo's files.

use super::Reader;
use super::about::About;
use crate::Ecosystem::Crates;
use toml::Value;

pub(super) fn lock(r: &mut Reader<'_>) -> Result<bool, String> {
    let table: toml::Table = r.text.parse().map_err(|e: toml::de::Error| e.message().to_owned())?;
    for p in table.get("package").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| p.get(key).and_then(Value::as_str);
        // Without a source it is a member of the workspace.
        // `name`, `name 1.0.0` where there are several, `name 1.0.0 (source)`.
        let needs = p
            .get("dependencies")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let needs: Vec<Vec<String>> = needs
            .map(|n| {
                let mut words = n.split(' ');
                let name = words.next().unwrap_or_default();
                let exact = words.next().map(|v| format!("{name}@{v}"));
                exact.into_iter().chain([name.to_owned()]).collect()
            })
            .collect();
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            continue;
        };
        let Some(source) = text("source") else { continue };
        let line = r.line_of(&format!("name = \"{name}\""));
        let git = source.starts_with("git+").then(|| source.to_owned());
        if let Some(out) = r.package(Crates, name, version, line) {
            out.source = git;
            let i = r.out.packages.len() - 1;
            r.graph.key(format!("{name}@{version}"), i);
            r.graph.key(name, i);
            for need in needs {
                r.graph.need(i, need);
            }
        }
    }
    Ok(true)
}

pub(super) fn manifest(r: &mut Reader<'_>) -> Result<(), String> {
    let table: toml::Table = r.text.parse().map_err(|e: toml::de::Error| e.message().to_owned())?;
    if let Some(name) = table.get("package").and_then(|p| p.get("name")).and_then(Value::as_str) {
        let version = table
            .get("package")
            .and_then(|p| p.get("version"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let own = table.get("package");
        let of = |key: &str| own.and_then(|p| p.get(key)).and_then(Value::as_str).map(str::to_owned);
        // `publish = false`, or no registry that it may go to.
        let is_private = own
            .and_then(|p| p.get("publish"))
            .is_some_and(|publish| publish.as_bool() == Some(false) || publish.as_array().is_some_and(Vec::is_empty));
        r.own(
            version,
            About {
                file: Some(r.file.clone()),
                ecosystem: Some(Crates),
                name: name.to_owned(),
                version: None,
                repository: of("repository"),
                licence: of("license").or_else(|| of("license-file")),
                is_inactive: false,
                is_private,
            },
        );
    }
    const TABLES: [(&str, bool); 3] = [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)];
    let targets = table.get("target").and_then(Value::as_table);
    let targets: Vec<&Value> = targets.into_iter().flat_map(toml::Table::values).collect();
    let mut tables: Vec<(&Value, bool)> = Vec::new();
    // What members of a workspace ask for without a version of their own stands at its root.
    tables.extend(table.get("workspace").and_then(|w| w.get("dependencies")).map(|t| (t, false)));
    for (key, is_dev) in TABLES {
        tables.extend(table.get(key).map(|t| (t, is_dev)));
        tables.extend(targets.iter().filter_map(|t| Some((t.get(key)?, is_dev))));
    }
    for (entries, is_dev) in tables {
        for (name, v) in entries.as_table().into_iter().flatten() {
            let of = |k: &str| v.get(k).and_then(Value::as_str);
            if v.get("path").is_some() || v.get("workspace").is_some() {
                continue;
            }
            let range = match (v.as_str().or_else(|| of("version")), of("git")) {
                (_, Some(git)) => format!("git+{git}#{}", of("rev").unwrap_or_default()),
                (Some(range), None) => range.to_owned(),
                _ => continue,
            };
            let line = r.line_of(name);
            r.requirement(Crates, of("package").unwrap_or(name), &range, line, is_dev);
        }
    }
    Ok(())
}
