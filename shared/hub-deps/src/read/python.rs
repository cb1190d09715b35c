//! Python's files.

use super::Reader;
use crate::Ecosystem::PyPI;
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
        }
    }
    Ok(true)
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
            r.out.own.push((PyPI, crate::normal_name(PyPI, name), version.to_owned()));
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
    let old = [("dependencies", false), ("dev-dependencies", true)];
    for (key, is_dev) in old {
        for (name, v) in poetry.and_then(|p| p.get(key)).and_then(Value::as_table).into_iter().flatten() {
            let range = v.as_str().or_else(|| v.get("version").and_then(Value::as_str)).unwrap_or_default();
            if name != "python" && v.get("path").is_none() {
                let line = r.line_of(name);
                r.requirement(PyPI, name, range, line, is_dev);
            }
        }
    }
    Ok(())
}

/// `METADATA` of a wheel, `PKG-INFO` of a source archive.
pub(super) fn metadata(r: &mut Reader<'_>) -> Result<(), String> {
    let (mut name, mut version) = (None, "");
    for (i, line) in r.text.lines().enumerate() {
        if line.is_empty() {
            break;
        }
        if let Some(n) = line.strip_prefix("Name: ") {
            name = Some(n.trim());
        } else if let Some(v) = line.strip_prefix("Version: ") {
            version = v.trim();
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
        r.out.own.push((PyPI, crate::normal_name(PyPI, name), version.to_owned()));
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
