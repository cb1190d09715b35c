//! Exact versions out of lock files, read line by line: what is looked for is one name, and most of these files are large.

use hub_model::SourceFile;
use serde_json::Value;

/// The version that the lock files among `files` give a package of npm.
pub(super) fn npm(files: &[&SourceFile], name: &str) -> Option<String> {
    files.iter().find_map(|file| match file.path.file_name() {
        "package-lock.json" | "npm-shrinkwrap.json" => package_lock(&file.text, name),
        "pnpm-lock.yaml" => pnpm_lock(&file.text, name),
        "yarn.lock" => yarn_lock(&file.text, name),
        "bun.lock" => {
            let start = format!("\"{name}\": [\"{name}@");
            let rest = file.text.split_once(start.as_str())?.1;
            exact(rest.split('"').next()?)
        }
        _ => None,
    })
}

/// The version that the lock files among `files` give a Python package, by its normalised name.
pub(super) fn pypi(files: &[&SourceFile], name: &str) -> Option<String> {
    files.iter().find_map(|file| match file.path.file_name() {
        "uv.lock" | "poetry.lock" | "pdm.lock" => toml_blocks(&file.text, name),
        "Pipfile.lock" => {
            let data: Value = serde_json::from_str(&file.text).ok()?;
            let version = data.get("default")?.get(name)?.get("version")?.as_str()?;
            exact(version.trim_start_matches('='))
        }
        _ => None,
    })
}

/// npm's own, of any version of its format.
fn package_lock(text: &str, name: &str) -> Option<String> {
    let data: Value = serde_json::from_str(text).ok()?;
    let entry = data
        .get("packages")
        .and_then(|p| p.get(format!("node_modules/{name}")))
        .or_else(|| data.get("dependencies").and_then(|d| d.get(name)))?;
    exact(entry.get("version")?.as_str()?)
}

/// `importers`: the name, and below it `version: 1.2.3(peer@1)`.
fn pnpm_lock(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let key = line.trim().trim_end_matches(':').trim_matches('\'');
        if key == name && line.trim_end().ends_with(':') {
            let version = lines.by_ref().take(3).find_map(|l| l.trim().strip_prefix("version:"))?;
            return exact(version.trim().split('(').next()?);
        }
    }
    None
}

/// Both of its formats: `"name@^1", "name@^1.2":` and below it `version "1.2.3"` or `version: 1.2.3`.
fn yarn_lock(text: &str, name: &str) -> Option<String> {
    let start = format!("{name}@");
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with([' ', '#']) && line.trim_start_matches('"').starts_with(&start) {
            let version = lines.by_ref().take(3).find_map(|l| l.trim().strip_prefix("version"))?;
            return exact(version.trim_start_matches(':').trim().trim_matches('"'));
        }
    }
    None
}

/// `[[package]]`, `name = "x"`, `version = "1"`.
fn toml_blocks(text: &str, name: &str) -> Option<String> {
    let value = |line: &str, key: &str| {
        let rest = line.strip_prefix(key)?.trim_start().strip_prefix('=')?;
        Some(rest.trim().trim_matches('"').to_owned())
    };
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let found = value(line, "name").and_then(|n| n.parse::<hub_model::PypiName>().ok());
        if found.is_some_and(|n| n.as_str() == name) {
            return exact(&lines.by_ref().take(3).find_map(|l| value(l, "version"))?);
        }
    }
    None
}

/// A version, not a link, a path or a range.
fn exact(version: &str) -> Option<String> {
    let fits =
        version.starts_with(|c: char| c.is_ascii_digit()) && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+!".contains(c));
    fits.then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.parse().unwrap(),
            text: text.into(),
        }
    }

    #[test]
    fn every_kind_of_lock_file_names_the_version() {
        for (path, text) in [
            (
                "package-lock.json",
                r#"{"packages":{"":{"dependencies":{"@a/b":"^1"}},"node_modules/@a/b":{"version":"1.2.3"}}}"#,
            ),
            ("npm-shrinkwrap.json", r#"{"dependencies":{"@a/b":{"version":"1.2.3"}}}"#),
            (
                "pnpm-lock.yaml",
                "importers:\n  .:\n    dependencies:\n      '@a/b':\n        specifier: ^1\n        version: 1.2.3(zod@3.0.0)\n",
            ),
            (
                "yarn.lock",
                "# yarn\n\"@a/b@^1\", \"@a/b@^1.2\":\n  version \"1.2.3\"\n  resolved \"x\"\n",
            ),
            ("yarn.lock", "\"@a/b@npm:^1\":\n  version: 1.2.3\n"),
            ("bun.lock", "{ \"packages\": { \"@a/b\": [\"@a/b@1.2.3\", \"\", {}], }, }"),
        ] {
            let file = file(path, text);
            assert_eq!(npm(&[&file], "@a/b").as_deref(), Some("1.2.3"), "{path}");
            assert_eq!(npm(&[&file], "@a/c"), None, "{path}");
        }
        for (path, text) in [
            ("uv.lock", "[[package]]\nname = \"a-b\"\nversion = \"1.2.3\"\n"),
            ("poetry.lock", "[[package]]\nname = \"A_b\"\nversion = \"1.2.3\"\n"),
            ("Pipfile.lock", r#"{"default":{"a-b":{"version":"==1.2.3"}}}"#),
        ] {
            let file = file(path, text);
            assert_eq!(pypi(&[&file], "a-b").as_deref(), Some("1.2.3"), "{path}");
            assert_eq!(pypi(&[&file], "a"), None, "{path}");
        }
    }

    #[test]
    fn a_link_is_no_version() {
        let file = file(
            "pnpm-lock.yaml",
            "      b:\n        specifier: workspace:*\n        version: link:../b\n",
        );
        assert_eq!(npm(&[&file], "b"), None);
    }
}
