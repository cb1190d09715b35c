//! Where a Python package starts: declared scripts, `__main__` modules; and which `fastmcp` it asks for.

use super::DocStyle;
use super::dialect::run::Interp;
use hub_model::Snapshot;
use hub_syntax::ir::Language;
use hub_syntax::{ModuleId, Program, PyTarget};

/// A place to start: a module run as a script, or a function of a module.
pub(super) struct Start {
    pub(super) module: ModuleId,
    pub(super) function: Option<String>,
}

/// Folders whose code is not the server's.
const APART: &[&str] = &[
    "test",
    "tests",
    "testing",
    "example",
    "examples",
    "sample",
    "samples",
    "docs",
    "doc",
    "benchmarks",
    "benchmark",
    "scripts",
    "node_modules",
    "site-packages",
    "vendor",
    "_vendor",
    "third_party",
    ".github",
    hub_model::DEPENDENCY_FOLDER,
    "build",
    "dist",
    "evals",
    "e2e",
];

/// Whether a path is test, example or vendored code.
pub(crate) fn is_apart(path: &str) -> bool {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    folders
        .split('/')
        .any(|folder| APART.contains(&folder.to_ascii_lowercase().as_str()) || folder.ends_with(".egg-info"))
        || file.starts_with("test_")
        || file.ends_with("_test.py")
        || matches!(file, "conftest.py" | "setup.py" | "noxfile.py" | "tasks.py")
}

/// Modules to try when nothing is declared.
pub(super) fn candidates(program: &Program, snapshot: &Snapshot) -> Vec<ModuleId> {
    program
        .iter()
        .filter(|(_, module)| module.language == Language::Python && !is_apart(crate::inside(snapshot, module.path.as_str())))
        .map(|(id, _)| id)
        .collect()
}

/// Declared places to start, without doubles, in order of trust.
pub(super) fn declared(interp: &mut Interp<'_>) -> Vec<Start> {
    let mut scripts: Vec<(String, String)> = Vec::new();
    let mut mains: Vec<String> = Vec::new();
    let snapshot = interp.snapshot;
    let base = snapshot.origin.base_path.as_ref();
    let in_base = |path: &hub_model::RelPath| base.is_none_or(|b| path == b || path.strip_base(b).is_some());
    // What the registry's file names is the server; a tree may hold other packages around it.
    let published = crate::data::bundles::published(snapshot, "pypi");
    let is_published = |text: &str| published.iter().any(|name| names_project(text, name));
    let mut projects = snapshot.files.iter().filter(|f| f.path.file_name() == "pyproject.toml");
    let has_published = !published.is_empty() && projects.any(|f| is_published(&f.text));
    let is_other = |text: &str| has_published && !is_published(text);
    for file in &snapshot.files {
        let folder = file.path.parent().to_owned();
        if is_apart(crate::inside(snapshot, &format!("{folder}/x"))) || !in_base(&file.path) {
            continue;
        }
        match file.path.file_name() {
            "entry_points.txt" => scripts.extend(entry_points_txt(&file.text).into_iter().map(|target| (String::new(), target))),
            "pyproject.toml" if is_other(&file.text) => {}
            "pyproject.toml" => scripts.extend(pyproject(&file.text).into_iter().map(|target| (folder.clone(), target))),
            "setup.cfg" => scripts.extend(entry_points_txt(&file.text).into_iter().map(|target| (folder.clone(), target))),
            "setup.py" => scripts.extend(setup_py(&file.text).into_iter().map(|target| (folder.clone(), target))),
            "manifest.json" | "fastmcp.json" | "server.json" => {
                mains.extend(
                    manifest(&file.text)
                        .into_iter()
                        .map(|main| if folder.is_empty() { main } else { format!("{folder}/{main}") }),
                );
            }
            _ => {}
        }
    }
    let mut out: Vec<Start> = Vec::new();
    for (folder, target) in scripts {
        let (module, function) = target.split_once(':').unwrap_or((&target, ""));
        let function = function.split('[').next().unwrap_or("").trim();
        let from = if folder.is_empty() {
            "x.py".to_owned()
        } else {
            format!("{folder}/x.py")
        };
        if let Some(PyTarget::Module(module)) = interp.resolver.absolute(&from, module.trim()) {
            let function = Some(function.to_owned()).filter(|f| !f.is_empty());
            if !out.iter().any(|start| start.module == module && start.function == function) {
                out.push(Start { module, function });
            }
        }
    }
    for main in mains {
        if let Some(module) = interp.machine.program.find_path(main.trim_start_matches("./")) {
            out.push(Start { module, function: None });
        }
    }
    for (id, module) in interp.machine.program.iter() {
        if module.path.file_name() == "__main__.py" && !is_apart(crate::inside(snapshot, module.path.as_str())) && in_base(&module.path) {
            out.push(Start {
                module: id,
                function: None,
            });
        }
    }
    out
}

/// `[console_scripts]` of an `entry_points.txt` or `setup.cfg`.
fn entry_points_txt(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut out = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == "[console_scripts]" || line == "[mcp.servers]";
        } else if line.starts_with("console_scripts") {
            inside = true;
        } else if let (true, Some((_, target))) = (inside, line.split_once('=')) {
            out.push(target.trim().to_owned());
        }
    }
    out
}

/// Whether a `pyproject.toml` is that of a distribution, however its name is written.
fn names_project(text: &str, distribution: &str) -> bool {
    let normal = |name: &str| name.parse::<hub_model::PypiName>().ok();
    let data = text.parse::<toml::Table>().ok();
    let name = data.as_ref().and_then(|d| d.get("project")?.get("name")?.as_str());
    name.is_some_and(|n| normal(n).is_some() && normal(n) == normal(distribution))
}

fn pyproject(text: &str) -> Vec<String> {
    let Ok(data) = text.parse::<toml::Table>() else { return Vec::new() };
    let mut out = Vec::new();
    let tables = [
        data.get("project").and_then(|p| p.get("scripts")),
        data.get("project").and_then(|p| p.get("gui-scripts")),
        data.get("project")
            .and_then(|p| p.get("entry-points"))
            .and_then(|e| e.get("mcp.servers")),
        data.get("tool").and_then(|t| t.get("poetry")).and_then(|p| p.get("scripts")),
        data.get("tool").and_then(|t| t.get("pdm")).and_then(|p| p.get("scripts")),
    ];
    for table in tables.into_iter().flatten().filter_map(toml::Value::as_table) {
        for target in table.values() {
            let target = target.as_str().or_else(|| target.get("reference").and_then(toml::Value::as_str));
            out.extend(target.map(str::to_owned));
        }
    }
    out
}

/// `"name = module:function"` within a `setup.py`.
fn setup_py(text: &str) -> Vec<String> {
    let Some(at) = text.find("console_scripts") else {
        return Vec::new();
    };
    let part = &text[at..];
    let part = &part[..part.find(']').unwrap_or(part.len())];
    part.split(['"', '\''])
        .filter_map(|piece| piece.split_once('='))
        .map(|(_, target)| target.trim().to_owned())
        .filter(|target| target.contains(':'))
        .collect()
}

/// The script that a bundle's manifest starts.
fn manifest(text: &str) -> Vec<String> {
    let data: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let of_fastmcp = ["/source/path", "/entrypoint/file", "/source"];
    let of_fastmcp = of_fastmcp.iter().filter_map(|p| data.pointer(p)?.as_str()).map(str::to_owned);
    let mut out = crate::data::bundles::targets(text);
    out.extend(of_fastmcp);
    out.retain(|path| path.ends_with(".py"));
    out
}

/// How the newest `fastmcp` that the package allows serves docstrings.
pub(super) fn doc_style(snapshot: &Snapshot) -> DocStyle {
    let mut style = DocStyle::Split;
    for file in &snapshot.files {
        let name = file.path.file_name();
        let lines: Vec<String> = match name {
            "METADATA" | "PKG-INFO" => file
                .text
                .lines()
                .filter_map(|line| line.strip_prefix("Requires-Dist:"))
                .map(|line| line.trim().to_owned())
                .collect(),
            "requirements.txt" => file.text.lines().map(|line| line.trim().to_owned()).collect(),
            "pyproject.toml" => dependencies(&file.text),
            _ => continue,
        };
        for line in lines {
            let Some(rest) = line.strip_prefix("fastmcp") else { continue };
            if rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')) {
                continue;
            }
            style = newest_allowed(rest);
        }
    }
    style
}

fn dependencies(text: &str) -> Vec<String> {
    let Ok(data) = text.parse::<toml::Table>() else { return Vec::new() };
    let list = data
        .get("project")
        .and_then(|p| p.get("dependencies"))
        .and_then(toml::Value::as_array);
    let mut out: Vec<String> = list
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .map(str::to_owned)
        .collect();
    if let Some(table) = data
        .get("tool")
        .and_then(|t| t.get("poetry"))
        .and_then(|p| p.get("dependencies"))
        .and_then(toml::Value::as_table)
    {
        for (name, version) in table {
            let version = version
                .as_str()
                .or_else(|| version.get("version").and_then(toml::Value::as_str))
                .unwrap_or("");
            // `^2.3` allows up to the next major version.
            let bounds = match version.strip_prefix('^') {
                Some(v) => {
                    let major: u32 = v.split('.').next().and_then(|m| m.parse().ok()).unwrap_or(0);
                    format!(">={v},<{}", major + 1)
                }
                None => version.to_owned(),
            };
            out.push(format!("{name}{bounds}"));
        }
    }
    out
}

/// From the bounds of a requirement.
fn newest_allowed(requirement: &str) -> DocStyle {
    let requirement = requirement.split(';').next().unwrap_or("");
    let requirement = requirement.rsplit(']').next().unwrap_or(requirement);
    let number = |text: &str| -> (u32, u32) {
        let mut parts = text.trim().split('.').map(|part| {
            part.chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
                .parse()
                .unwrap_or(0)
        });
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    };
    let mut newest = (u32::MAX, 0);
    for bound in requirement.trim().trim_matches(['(', ')']).split(',') {
        let bound = bound.trim();
        let upper = if let Some(v) = bound.strip_prefix("===").or_else(|| bound.strip_prefix("==")) {
            number(v)
        } else if let Some(v) = bound.strip_prefix("<=") {
            number(v)
        } else if let Some(v) = bound.strip_prefix('<') {
            match number(v) {
                (0, 0) => (0, 0),
                (major, 0) => (major - 1, u32::MAX),
                (major, minor) => (major, minor - 1),
            }
        } else if let Some(v) = bound.strip_prefix("~=") {
            if v.split('.').count() > 2 {
                number(v)
            } else {
                (number(v).0, u32::MAX)
            }
        } else {
            continue;
        };
        newest = newest.min(upper);
    }
    match newest {
        (major, minor) if (major, minor) < (3, 2) => DocStyle::Whole,
        (3, _) => DocStyle::SplitParameters,
        _ => DocStyle::Split,
    }
}
