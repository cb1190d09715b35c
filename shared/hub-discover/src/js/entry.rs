//! Where a package starts: the modules that its manifest names.

use hub_model::Snapshot;
use hub_syntax::{JsResolver, ModuleId, Package, Program, join, source_or_file};
use serde_json::Value;

/// Modules to run, best guess first: those of `bin`, else of `main`, `exports` and `scripts.start`.
/// With a base path, only packages below it start anything, or else its own files.
pub(super) fn entry_modules(program: &Program, snapshot: &Snapshot, resolver: &JsResolver) -> Vec<ModuleId> {
    let base = snapshot.origin.base_path.as_ref();
    let starts = |dir: &str| base.is_none_or(|b| dir == b.as_str() || dir.strip_prefix(b.as_str()).is_some_and(|r| r.starts_with('/')));
    let aside = |dir: &str| base.is_none_or(|b| b.as_str() != dir) && is_aside(crate::inside(snapshot, dir));
    let mut packages: Vec<&Package> = resolver.packages().iter().filter(|p| starts(&p.dir) && !aside(&p.dir)).collect();
    packages.sort_by(|a, b| depth(&a.dir).cmp(&depth(&b.dir)).then(a.dir.cmp(&b.dir)));
    // What the registry's file names is the server; a tree may hold other packages around it.
    let published = crate::data::bundles::published(snapshot, "npm");
    let is_published = |p: &&Package| {
        p.manifest
            .get("name")
            .and_then(Value::as_str)
            .is_some_and(|n| published.contains(n))
    };
    if packages.iter().any(&is_published) {
        packages.retain(is_published);
    }
    let mut out = bundle_entries(program, snapshot);
    let declared = out.len();
    // The root package, when it is a server; else every package that depends on an MCP library.
    for package in &packages {
        let is_root = package.dir.is_empty() || base.is_some_and(|b| b.as_str() == package.dir);
        if is_root || depends_on_mcp(&package.manifest) {
            let found = entries_of(program, resolver, package);
            out.extend(found);
            if is_root && out.len() > declared {
                break;
            }
        }
    }
    let mut seen = Vec::new();
    out.retain(|m| {
        let new = !seen.contains(m);
        seen.push(*m);
        new
    });
    out
}

/// What the manifest of a desktop bundle (DXT, MCPB: `server.entry_point`, `server.mcp_config.args`) starts.
fn bundle_entries(program: &Program, snapshot: &Snapshot) -> Vec<ModuleId> {
    let mut out = Vec::new();
    for file in snapshot
        .files
        .iter()
        .filter(|f| f.path.file_name() == "manifest.json" && !is_aside(crate::inside(snapshot, f.path.parent())))
    {
        let targets = crate::data::bundles::targets(&file.text);
        out.extend(
            targets
                .iter()
                .filter_map(|target| source_or_file(program, &join(file.path.parent(), target)?)),
        );
    }
    out.retain(|m| program.module(*m).language.is_script());
    out
}

fn depth(dir: &str) -> usize {
    if dir.is_empty() { 0 } else { dir.split('/').count() }
}

/// Packages that are no part of the server itself.
fn is_aside(dir: &str) -> bool {
    dir.split('/').any(|s| {
        s == hub_model::DEPENDENCY_FOLDER
            || matches!(
                s,
                "node_modules"
                    | "examples"
                    | "example"
                    | "test"
                    | "tests"
                    | "__tests__"
                    | "fixtures"
                    | "templates"
                    | "template"
                    | "docs"
                    | "website"
                    | "demo"
            )
    })
}

fn depends_on_mcp(manifest: &Value) -> bool {
    ["dependencies", "devDependencies", "peerDependencies"].iter().any(|k| {
        manifest
            .get(*k)
            .and_then(Value::as_object)
            .is_some_and(|d| d.keys().any(|n| n.contains("modelcontextprotocol") || n.contains("mcp")))
    })
}

fn entries_of(program: &Program, resolver: &JsResolver, package: &Package) -> Vec<ModuleId> {
    let at = |target: &str| join(&package.dir, target).and_then(|p| source_or_file(program, &p));
    let mut out: Vec<ModuleId> = match package.manifest.get("bin") {
        Some(Value::String(s)) => at(s).into_iter().collect(),
        Some(Value::Object(map)) => map.values().filter_map(Value::as_str).filter_map(at).collect(),
        _ => Vec::new(),
    };
    if out.is_empty() {
        out.extend(resolver.package_main(program, package));
    }
    if out.is_empty() {
        for script in ["start", "dev", "serve", "server"] {
            let command = package
                .manifest
                .get("scripts")
                .and_then(|s| s.get(script))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let file = command
                .split_whitespace()
                .find(|w| [".js", ".mjs", ".cjs", ".ts", ".mts"].iter().any(|e| w.ends_with(e)));
            out.extend(file.and_then(at));
        }
    }
    if out.is_empty() {
        for guess in [
            "src/index",
            "src/server",
            "src/main",
            "index",
            "server",
            "main",
            "dist/index",
            "build/index",
            "src/stdio",
            "src/cli",
        ] {
            out.extend(at(guess));
            if !out.is_empty() {
                break;
            }
        }
    }
    out
}

/// Whether a file is no part of what is shipped to run: tests, examples, declarations of builds.
pub(crate) fn is_test_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let dirs = path.split('/').rev().skip(1);
    name.contains(".test.")
        || name.contains(".spec.")
        || name.contains(".stories.")
        || name.contains(".config.")
        || dirs.into_iter().any(|s| {
            matches!(
                s,
                "test"
                    | "tests"
                    | "__tests__"
                    | "__mocks__"
                    | "spec"
                    | "examples"
                    | "example"
                    | "fixtures"
                    | "e2e"
                    | "benchmarks"
                    | "node_modules"
                    | "mocks"
                    | "testing"
                    | "evals"
            )
        })
}
