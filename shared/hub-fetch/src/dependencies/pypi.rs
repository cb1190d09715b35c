//! Which Python dependencies of a package may hold its tools.

use super::names::{Likelihood, is_code, likelihood, mentions_mcp, registers};
use super::{Package, Wish, locks};
use hub_model::PypiName;
use std::collections::{BTreeMap, BTreeSet};

/// What the package asks for in its metadata, imports or starts in, and may hold tools.
pub(super) fn wishes(package: &Package<'_>) -> Vec<Wish> {
    let Some(metadata) = metadata(package) else {
        return Vec::new();
    };
    if metadata.requires.is_empty() || !(package.is_dependency || metadata.is_about_mcp) {
        return Vec::new();
    }
    let code: Vec<_> = package.files.iter().filter(|f| f.path.as_str().ends_with(".py")).collect();
    let own_modules: BTreeSet<String> = code.iter().map(|f| normal(package.inside(f.path.as_str()))).collect();
    let code: Vec<_> = code.into_iter().filter(|f| is_code(f.path.as_str())).collect();
    let is_shell = !code.iter().any(|f| registers(f.path.as_str(), &f.text));
    let imported: BTreeSet<String> = code.iter().flat_map(|f| imports(&f.text)).collect();
    // A command that starts in a module which is not here starts in a dependency.
    let abroad: Vec<String> = scripts(package)
        .into_iter()
        .filter(|module| {
            let top = normal(module.split('.').next().unwrap_or(module));
            !own_modules.iter().any(|m| m == &top || m.starts_with(&format!("{top}-")))
        })
        .collect();
    metadata
        .requires
        .iter()
        .filter(|(name, _)| **name != metadata.name)
        .filter_map(|(name, wanted)| {
            let starts = abroad.iter().any(|m| is_of(m, name));
            // A package without code of its own, or one that starts elsewhere: the name of the dependency is all there is.
            let reached = starts || code.is_empty() || !abroad.is_empty() || imported.iter().any(|m| is_of(m, name));
            let by_name = likelihood(name, &metadata.name, is_shell).filter(|_| reached)?;
            Some(Wish {
                registry: "pypi",
                name: name.clone(),
                wanted: locks::pypi(&package.locks, name).or_else(|| wanted.clone()),
                likelihood: if starts { Likelihood::Named } else { by_name },
            })
        })
        .collect()
}

struct Metadata {
    name: String,
    is_about_mcp: bool,
    /// Normalised names with their version specifiers.
    requires: BTreeMap<String, Option<String>>,
}

fn metadata(package: &Package<'_>) -> Option<Metadata> {
    let built = package.files.iter().find(|f| {
        let path = package.inside(f.path.as_str());
        path == "PKG-INFO"
            || path
                .split_once('/')
                .is_some_and(|(d, f)| d.ends_with(".dist-info") && f == "METADATA")
    });
    let (name, about, lines) = match built {
        Some(file) => {
            let head = file.text.split("\n\n").next().unwrap_or_default();
            let field = |key: &'static str| head.lines().filter_map(move |l| l.strip_prefix(key)).map(str::trim);
            let lines: Vec<String> = field("Requires-Dist:").map(str::to_owned).collect();
            let about = field("Summary:").chain(field("Keywords:")).collect::<Vec<_>>().join(" ");
            (field("Name:").next()?.to_owned(), about, lines)
        }
        None => {
            let data: toml::Table = package.file("pyproject.toml")?.text.parse().ok()?;
            let project = data.get("project")?;
            let text = |key: &str| project.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
            let list = project.get("dependencies").and_then(toml::Value::as_array);
            let lines = list
                .into_iter()
                .flatten()
                .filter_map(toml::Value::as_str)
                .map(str::to_owned)
                .collect();
            (text("name"), text("description"), lines)
        }
    };
    let requires: BTreeMap<_, _> = lines.iter().filter_map(|l| requirement(l)).collect();
    let is_about_mcp = mentions_mcp(&name) || mentions_mcp(&about) || requires.keys().any(|n| mentions_mcp(n));
    let name = name.parse::<PypiName>().ok()?.as_str().to_owned();
    Some(Metadata {
        name,
        is_about_mcp,
        requires,
    })
}

/// A requirement (PEP 508) of the package itself, not of one of its extras; none for one with an address.
fn requirement(line: &str) -> Option<(String, Option<String>)> {
    let (line, marker) = line.split_once(';').unwrap_or((line, ""));
    if marker.contains("extra") || line.contains('@') {
        return None;
    }
    let end = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .unwrap_or(line.len());
    let name = line[..end].trim().parse::<PypiName>().ok()?;
    let rest = line[end..].trim();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1.trim(),
        None => rest,
    };
    let versions = rest.trim_matches(['(', ')']).trim();
    Some((name.as_str().to_owned(), (!versions.is_empty()).then(|| versions.to_owned())))
}

/// Modules in which the package's commands start.
fn scripts(package: &Package<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let module = |target: &str| target.split([':', '[']).next().unwrap_or_default().trim().to_owned();
    for file in &package.files {
        let path = package.inside(file.path.as_str());
        if path
            .split_once('/')
            .is_some_and(|(d, f)| d.ends_with(".dist-info") && f == "entry_points.txt")
        {
            let mut inside = false;
            for line in file.text.lines().map(str::trim) {
                if line.starts_with('[') {
                    inside = line == "[console_scripts]";
                } else if let (true, Some((_, target))) = (inside, line.split_once('=')) {
                    out.push(module(target));
                }
            }
        } else if path == "pyproject.toml"
            && let Ok(data) = file.text.parse::<toml::Table>()
        {
            let scripts = data.get("project").and_then(|p| p.get("scripts")).and_then(toml::Value::as_table);
            out.extend(
                scripts
                    .into_iter()
                    .flat_map(toml::Table::values)
                    .filter_map(toml::Value::as_str)
                    .map(module),
            );
        }
    }
    out.retain(|m| !m.is_empty());
    out
}

/// Dotted names of what a text imports absolutely.
fn imports(text: &str) -> impl Iterator<Item = String> {
    text.lines().flat_map(|line| {
        let line = line.trim_start();
        let list = match line.strip_prefix("from ") {
            Some(rest) => rest.split_once(" import").map_or("", |(module, _)| module),
            None => line.strip_prefix("import ").unwrap_or_default(),
        };
        list.split(',')
            .map(|item| item.split_whitespace().next().unwrap_or_default())
            .filter(|module| module.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    })
}

/// Whether a dotted name lies in a distribution of this normalised name: `acme_core.x` and `acme.core.x` in `acme-core`.
fn is_of(module: &str, distribution: &str) -> bool {
    let mut joined = String::new();
    module.split('.').take(4).any(|part| {
        if !joined.is_empty() {
            joined.push('-');
        }
        joined.push_str(&normal(part));
        joined == distribution
    })
}

/// A path or module name as distributions are named.
fn normal(name: &str) -> String {
    name.trim_end_matches(".py")
        .split(['/', '.', '_', '-'])
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join("-")
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
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
        wishes(&package).into_iter().map(|w| (w.name, w.wanted, w.likelihood)).collect()
    }

    const METADATA: &str = "Metadata-Version: 2.1\nName: Acme_MCP\nRequires-Dist: acme-core[all] (>=1,<2)\nRequires-Dist: mcp>=1\nRequires-Dist: acme-dev; extra == \"dev\"\nRequires-Dist: other==3 ; python_version > \"3.9\"\n\nacme text\n";

    #[test]
    fn a_command_that_starts_in_a_dependency_wishes_for_it() {
        let found = wishes_of(&[
            ("acme_mcp-1.0.dist-info/METADATA", METADATA),
            (
                "acme_mcp-1.0.dist-info/entry_points.txt",
                "[console_scripts]\nacme-mcp = acme_core.server:main\n",
            ),
            ("acme_mcp/__init__.py", ""),
        ]);
        assert_eq!(found[0], ("acme-core".to_owned(), Some(">=1,<2".to_owned()), Likelihood::Named));
    }

    #[test]
    fn a_shell_wishes_for_what_it_imports() {
        let found = wishes_of(&[
            ("acme_mcp-1.0.dist-info/METADATA", METADATA),
            ("acme_mcp/__main__.py", "from acme.core.app import main\nimport mcp, os\nmain()\n"),
        ]);
        assert_eq!(found, [("acme-core".to_owned(), Some(">=1,<2".to_owned()), Likelihood::Related)]);
    }

    #[test]
    fn a_server_with_its_own_tools_wishes_for_nothing_else() {
        let found = wishes_of(&[
            ("acme_mcp-1.0.dist-info/METADATA", METADATA),
            (
                "acme_mcp/__main__.py",
                "import other\nfrom mcp.server.fastmcp import FastMCP\nm = FastMCP('a')\n@m.tool()\ndef f(): ...\n",
            ),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
