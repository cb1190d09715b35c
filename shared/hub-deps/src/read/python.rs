//! Python's files.

use super::Reader;
use super::about::{About, is_source_link};
use crate::Ecosystem::PyPI;
use hub_model::RelPath;
use serde_json::Value as Json;
use toml::Value;

/// uv.lock, poetry.lock, pdm.lock: `[[package]]` with name and version.
pub(super) fn toml_lock(r: &mut Reader<'_>) -> Result<bool, String> {
    let table: toml::Table = r.text.parse().map_err(|e: toml::de::Error| e.message().to_owned())?;
    for p in table.get("package").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| p.get(key).and_then(Value::as_str);
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            continue;
        };
        let source = p.get("source");
        let source_text = |key: &str| source.and_then(|s| s.get(key)).and_then(Value::as_str);
        if ["virtual", "editable", "directory"].iter().any(|k| source_text(k).is_some()) || source_text("type") == Some("directory") {
            // The project itself: what it needs, it needs directly.
            for need in needs(p) {
                r.graph.root(need, false);
            }
            for key in ["optional-dependencies", "dev-dependencies"] {
                for group in p.get(key).and_then(Value::as_table).into_iter().flat_map(|t| t.values()) {
                    for need in group.as_array().into_iter().flatten().filter_map(needed) {
                        r.graph.root(need, key == "dev-dependencies");
                    }
                }
            }
            continue;
        }
        let line = r.line_of(&format!("name = \"{name}\""));
        let is_dev = text("category") == Some("dev");
        let git = source_text("git")
            .or_else(|| source_text("url").filter(|_| source_text("type") == Some("git")))
            .map(str::to_owned);
        if let Some(out) = r.package(PyPI, name, version, line) {
            out.is_dev = is_dev;
            out.source = git;
            let i = r.out.packages.len() - 1;
            let name = crate::normal_name(PyPI, name);
            r.graph.key(format!("{name}@{version}"), i);
            r.graph.key(name, i);
            for need in needs(p) {
                r.graph.need(i, need);
            }
        }
    }
    Ok(true)
}

/// What a locked package needs: a list of tables (uv) or of requirements (pdm), or a table by name (poetry).
fn needs(package: &Value) -> Vec<Vec<String>> {
    match package.get("dependencies") {
        Some(Value::Array(list)) => list.iter().filter_map(needed).collect(),
        Some(Value::Table(table)) => table.keys().map(|n| vec![crate::normal_name(PyPI, n)]).collect(),
        _ => Vec::new(),
    }
}

fn needed(entry: &Value) -> Option<Vec<String>> {
    if let Some(text) = entry.as_str() {
        return Some(vec![crate::normal_name(PyPI, &pep508(text)?.0)]);
    }
    let name = crate::normal_name(PyPI, entry.get("name").and_then(Value::as_str)?);
    let exact = entry.get("version").and_then(Value::as_str).map(|v| format!("{name}@{v}"));
    Some(exact.into_iter().chain([name]).collect())
}

pub(super) fn pipfile_lock(r: &mut Reader<'_>) -> Result<bool, String> {
    let json: Json = serde_json::from_str(r.text).map_err(|e| e.to_string())?;
    for (group, is_dev) in [("default", false), ("develop", true)] {
        for (name, p) in json.get(group).and_then(Json::as_object).into_iter().flatten() {
            let Some(version) = p.get("version").and_then(Json::as_str) else {
                continue;
            };
            let line = r.line_of(&format!("\"{name}\""));
            if let Some(out) = r.package(PyPI, name, version.trim_start_matches('='), line) {
                out.is_dev = is_dev;
            }
        }
    }
    Ok(true)
}

pub(super) fn pyproject(r: &mut Reader<'_>) -> Result<(), String> {
    let table: toml::Table = r.text.parse().map_err(|e: toml::de::Error| e.message().to_owned())?;
    let project = table.get("project");
    let poetry = table.get("tool").and_then(|t| t.get("poetry"));
    for own in [project, poetry].into_iter().flatten() {
        if let Some(name) = own.get("name").and_then(Value::as_str) {
            let version = own.get("version").and_then(Value::as_str).unwrap_or_default();
            r.own(version, of_project(own, name, r.file));
        }
    }
    let mut lists: Vec<(&Value, bool)> = Vec::new();
    lists.extend(project.and_then(|p| p.get("dependencies")).map(|v| (v, false)));
    let groups = |v: Option<&'_ Value>| -> Vec<Value> {
        v.and_then(Value::as_table)
            .map(|t| t.values().cloned().collect())
            .unwrap_or_default()
    };
    let optional = groups(project.and_then(|p| p.get("optional-dependencies")));
    let dev = groups(table.get("dependency-groups"));
    lists.extend(optional.iter().map(|v| (v, true)));
    lists.extend(dev.iter().map(|v| (v, true)));
    for (list, is_dev) in lists {
        for text in list.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let line = r.line_of(text);
            if let Some((name, range)) = pep508(text) {
                r.requirement(PyPI, &name, &range, line, is_dev);
            }
        }
    }
    let groups = poetry.and_then(|p| p.get("group")).and_then(Value::as_table).into_iter().flatten();
    let old = [("dependencies", false), ("dev-dependencies", true)]
        .into_iter()
        .map(|(key, is_dev)| (poetry.and_then(|p| p.get(key)), is_dev))
        .chain(groups.map(|(group, v)| (v.get("dependencies"), group != "main")));
    for (table, is_dev) in old {
        for (name, v) in table.and_then(Value::as_table).into_iter().flatten() {
            let range = v.as_str().or_else(|| v.get("version").and_then(Value::as_str)).unwrap_or_default();
            if name != "python" && v.get("path").is_none() {
                let line = r.line_of(name);
                r.requirement(PyPI, name, range, line, is_dev);
            }
        }
    }
    Ok(())
}

/// What a `[project]` or `[tool.poetry]` table says of itself.
fn of_project(own: &Value, name: &str, file: &RelPath) -> About {
    let of = |key: &str| own.get(key).and_then(Value::as_str).map(str::to_owned);
    let licence = own.get("license").and_then(|l| {
        let said = l
            .as_str()
            .or_else(|| l.get("text").or_else(|| l.get("file")).and_then(Value::as_str));
        said.map(str::to_owned)
    });
    let classifiers: Vec<&str> = own
        .get("classifiers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let classified = classifiers.iter().find(|c| c.starts_with("License ::")).map(|c| (*c).to_owned());
    let link = own
        .get("urls")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
        .find_map(|(label, url)| {
            let url = url.as_str()?;
            is_source_link(label, url).then(|| url.to_owned())
        });
    let home = || of("homepage").filter(|url| is_source_link("", url));
    About {
        file: Some(file.clone()),
        ecosystem: Some(PyPI),
        name: crate::normal_name(PyPI, name),
        version: None,
        repository: of("repository").or(link).or_else(home),
        licence: licence
            .or(classified)
            .or_else(|| own.get("license-files").map(|_| "license-files".to_owned())),
        is_inactive: classifiers.iter().any(|c| is_inactive(c)),
        is_private: classifiers.iter().any(|c| c.starts_with("Private ::")),
    }
}

fn is_inactive(classifier: &str) -> bool {
    classifier.trim() == "Development Status :: 7 - Inactive"
}

/// `METADATA` of a wheel, `PKG-INFO` of a source archive.
pub(super) fn metadata(r: &mut Reader<'_>) -> Result<(), String> {
    let (mut name, mut version) = (None, "");
    let mut about = About::default();
    for (i, line) in r.text.lines().enumerate() {
        if line.is_empty() {
            break;
        }
        if let Some(n) = line.strip_prefix("Name: ") {
            name = Some(n.trim());
        } else if let Some(v) = line.strip_prefix("Version: ") {
            version = v.trim();
        } else if let Some(link) = line.strip_prefix("Project-URL: ") {
            let (label, url) = link.split_once(',').unwrap_or(("", link));
            if about.repository.is_none() && is_source_link(label, url.trim()) {
                about.repository = Some(url.trim().to_owned());
            }
        } else if let Some(url) = line.strip_prefix("Home-page: ") {
            if about.repository.is_none() && is_source_link("", url.trim()) {
                about.repository = Some(url.trim().to_owned());
            }
        } else if let Some(licence) = ["License: ", "License-Expression: ", "License-File: ", "Classifier: License ::"]
            .iter()
            .find_map(|p| line.strip_prefix(p))
        {
            if !matches!(licence.trim(), "" | "UNKNOWN") {
                about
                    .licence
                    .get_or_insert_with(|| licence.trim_start_matches([':', ' ']).trim().to_owned());
            }
        } else if let Some(classifier) = line.strip_prefix("Classifier: ") {
            about.is_inactive |= is_inactive(classifier);
        } else if let Some(text) = line.strip_prefix("Requires-Dist: ")
            && let Some((n, range)) = pep508(text)
        {
            r.requirement(
                PyPI,
                &n,
                &range,
                u32::try_from(i + 1).unwrap_or(u32::MAX),
                text.contains("extra =="),
            );
        }
    }
    if let Some(name) = name {
        r.own(
            version,
            About {
                file: Some(r.file.clone()),
                ecosystem: Some(PyPI),
                name: crate::normal_name(PyPI, name),
                ..about
            },
        );
    }
    Ok(())
}

/// requirements.txt; a name with `dev` or `test` is for development.
pub(super) fn requirements(r: &mut Reader<'_>) -> Result<(), String> {
    let file = r.file.file_name();
    let is_dev = file.contains("dev") || file.contains("test") || file.contains("doc");
    for (i, line) in r.text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or_default().trim().trim_end_matches('\\').trim();
        if line.is_empty() || line.starts_with(['#', '-']) {
            continue;
        }
        if let Some((name, range)) = pep508(line) {
            r.requirement(PyPI, &name, &range, u32::try_from(i + 1).unwrap_or(u32::MAX), is_dev);
        }
    }
    Ok(())
}

/// `install_requires` of the section `[options]`.
pub(super) fn setup_cfg(r: &mut Reader<'_>) -> Result<(), String> {
    let (mut in_options, mut in_list) = (false, false);
    for (i, line) in r.text.lines().enumerate() {
        let mut item = line.trim();
        if item.starts_with('[') {
            (in_options, in_list) = (item == "[options]", false);
            continue;
        }
        if !line.starts_with([' ', '\t']) && !item.is_empty() {
            let value = item.split_once('=').filter(|(key, _)| key.trim() == "install_requires");
            in_list = in_options && value.is_some();
            item = value.map_or("", |(_, value)| value.trim());
        }
        if in_list
            && !item.starts_with('#')
            && let Some((name, range)) = pep508(item)
        {
            r.requirement(PyPI, &name, &range, u32::try_from(i + 1).unwrap_or(u32::MAX), false);
        }
    }
    Ok(())
}

/// The list of texts that `setup()` is called with as `install_requires`. One that is computed is not known.
pub(super) fn setup_py(r: &mut Reader<'_>) -> Result<(), String> {
    let Some((before, after)) = r.text.split_once("install_requires") else {
        return Ok(());
    };
    let Some(list) = after.trim_start().strip_prefix('=').and_then(|l| l.trim_start().strip_prefix('[')) else {
        return Ok(());
    };
    let mut line = before.matches('\n').count() + after[..after.len() - list.len()].matches('\n').count();
    let mut rest = list;
    while let Some(at) = rest.find(['"', '\'', ']', '#', '\n']) {
        let found = rest[at..].chars().next().unwrap_or_default();
        rest = &rest[at + 1..];
        match found {
            '\n' => line += 1,
            '#' => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            ']' => break,
            quote => {
                let Some((text, after)) = rest.split_once(quote) else { break };
                rest = after;
                if let Some((name, range)) = pep508(text).filter(|_| !text.contains('\n')) {
                    r.requirement(PyPI, &name, &range, u32::try_from(line + 1).unwrap_or(u32::MAX), false);
                }
            }
        }
    }
    Ok(())
}

/// Name and range of `name[extra]>=1,<2 ; marker`, `name (>=1)`, `name @ url`.
fn pep508(text: &str) -> Option<(String, String)> {
    let text = text.split(';').next()?.split("--hash").next()?.trim();
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let name = &text[..end];
    if name.is_empty() || !name.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let mut rest = text[end..].trim();
    if let Some(after) = rest.strip_prefix('[') {
        rest = after.split_once(']').map_or("", |(_, r)| r).trim();
    }
    let rest = rest.strip_prefix('@').map_or(rest, str::trim);
    Some((name.to_owned(), rest.trim_matches(['(', ')']).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::pep508;

    #[test]
    fn requirements_are_read_in_all_their_spellings() {
        for (text, name, range) in [
            ("requests>=2,<3", "requests", ">=2,<3"),
            ("mcp[cli]==1.20.0 ; python_version > '3.9'", "mcp", "==1.20.0"),
            ("httpx (>=0.27)", "httpx", ">=0.27"),
            (
                "tool @ git+https://example.com/x/tool.git@main",
                "tool",
                "git+https://example.com/x/tool.git@main",
            ),
            ("plain", "plain", ""),
        ] {
            assert_eq!(pep508(text), Some((name.to_owned(), range.to_owned())), "{text}");
        }
        assert_eq!(pep508("./local"), None);
    }
}
