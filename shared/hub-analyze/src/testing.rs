//! For tests: analysing a few lines of source or a listing, without a fetcher or connector.

use crate::{AnalyzeError, Subject, analyze};
use hub_model::{
    Advisories, Advisory, AffectedPackage, AffectedRange, Budget, Digest, EndpointFact, Origin, OriginKind, PackageName, RangeEvent,
    RelPath, Report, Snapshot, SourceFile, Surface, Transport,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// A snapshot of these files (path, text), as if from a local folder.
///
/// # Panics
/// When a path is no [`RelPath`].
#[must_use]
pub fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    let mut files: Vec<SourceFile> = files
        .iter()
        .map(|(path, text)| SourceFile {
            path: path.parse::<RelPath>().unwrap_or_else(|e| panic!("{path}: {e}")),
            text: (*text).into(),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Snapshot {
        origin: Origin {
            kind: OriginKind::Local,
            name: "example".to_owned(),
            source_url: "example".to_owned(),
            resolved_version: String::new(),
            base_path: None,
        },
        files,
        skipped: Vec::new(),
        warnings: Vec::new(),
        advisories: None,
        package: None,
    }
}

/// A surface from an object with `tools`, `prompts`, `resources`, `resourceTemplates`, `instructions`, `serverInfo`, `expectedTools`,
/// `published` (as [`hub_model::PublishedSource`]);
/// with `facts` (objects with `name` and details) it is that of a live server.
#[must_use]
pub fn surface(listing: &Value) -> Surface {
    let list = |key: &str| listing.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let fact = |fact: Value| -> Option<EndpointFact> {
        let mut details: BTreeMap<String, Value> = serde_json::from_value(fact).ok()?;
        let name = details.remove("name")?.as_str()?.to_owned();
        Some(EndpointFact { name, details })
    };
    let facts: Option<Vec<EndpointFact>> = listing
        .get("facts")
        .and_then(Value::as_array)
        .map(|facts| facts.iter().cloned().filter_map(fact).collect());
    Surface {
        endpoint: "listing.json".to_owned(),
        transport: if facts.is_some() {
            Transport::StreamableHttp
        } else {
            Transport::File
        },
        protocol_version: None,
        server_info: listing.get("serverInfo").cloned(),
        instructions: listing.get("instructions").and_then(Value::as_str).map(str::to_owned),
        capabilities: None,
        tools: list("tools"),
        prompts: list("prompts"),
        resources: list("resources"),
        resource_templates: list("resourceTemplates"),
        expected_tools: listing.get("expectedTools").and_then(|v| serde_json::from_value(v.clone()).ok()),
        published: listing.get("published").and_then(|v| serde_json::from_value(v.clone()).ok()),
        facts: facts.unwrap_or_default(),
        warnings: Vec::new(),
    }
}

/// The inventory of a listing, as [`surface`] reads it.
#[must_use]
pub fn inventory(listing: &Value) -> hub_model::Inventory {
    crate::listing::inventory_of(&surface(listing), &Budget::default()).0
}

/// The report of a snapshot.
///
/// # Errors
/// As [`analyze`].
pub fn scan_snapshot(snapshot: &Snapshot) -> Result<Report, AnalyzeError> {
    analyze(Subject::Snapshot(snapshot), Digest::of(b"example"), &Budget::default(), &mut |_| {})
}

/// The report of a listing.
///
/// # Panics
/// Never: a surface always has a report.
#[must_use]
pub fn scan_listing(listing: &Value) -> Report {
    analyze(
        Subject::Surface(&surface(listing)),
        Digest::of(b"example"),
        &Budget::default(),
        &mut |_| {},
    )
    .unwrap_or_else(|e| panic!("a listing always has a report: {e}"))
}

/// The report on client configurations (file name, text) alone.
///
/// # Errors
/// A file that is no configuration.
pub fn scan_clients(files: &[(&str, &str)]) -> Result<Report, hub_clients::ClientsError> {
    let limits = hub_clients::ClientLimits::default();
    let read = files.iter().map(|(file, text)| hub_clients::Clients::read(file, text, &limits));
    let configs: Vec<_> = read.map(|c| c.map(|c| crate::masked(&c))).collect::<Result<_, _>>()?;
    Ok(crate::analyze_together(&configs, &[], &Budget::default()))
}

/// The report on servers that are used together: an object of name to listing.
#[must_use]
pub fn scan_together(servers: &Value) -> Report {
    let reports: Vec<(String, Report)> = servers
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, listing)| (name.clone(), scan_listing(listing)))
        .collect();
    let siblings: Vec<_> = reports
        .iter()
        .map(|(name, report)| crate::Sibling {
            name,
            inventory: &report.inventory,
        })
        .collect();
    crate::analyze_together(&[], &siblings, &Budget::default())
}

/// The report of `after`, in the light of an earlier scan of `before`: two listings.
///
/// # Panics
/// Never: a surface always has a report.
#[must_use]
pub fn scan_change(before: &Value, after: &Value) -> Report {
    let old = scan_listing(before);
    let earlier = crate::Earlier {
        name: "before".to_owned(),
        source_version: old.source_version.clone(),
        artifact_digest: Some(old.artifact_digest),
        inventory: old.inventory,
        origin: None,
        package: None,
    };
    crate::analyze_after(
        Subject::Surface(&surface(after)),
        Digest::of(b"after"),
        Some(&earlier),
        &Budget::default(),
        &mut |_| {},
    )
    .unwrap_or_else(|e| panic!("a listing always has a report: {e}"))
}

/// The report of one example file; `facts` are what a registry says of a package (see `hub_model::PackageFacts`); a language that is a file's name (`Dockerfile`) is that file beside a small server. A few lines that use `server` or `mcp` without making one get the imports that a server file has.
///
/// # Errors
/// As [`analyze`].
pub fn scan_source(language: &str, code: &str) -> Result<Report, AnalyzeError> {
    if language == "facts" {
        let server = script_file("server.tool(\"ping\", \"Pings.\", {}, async () => ({ content: [] }));\n");
        let mut snapshot = snapshot(&[("package.json", PACKAGE), ("src/index.js", &server)]);
        snapshot.origin.kind = OriginKind::Npm;
        snapshot.origin.resolved_version = "1.0.0".to_owned();
        snapshot.package = Some(serde_json::from_str(code).unwrap_or_else(|e| panic!("facts about a package: {e}")));
        return scan_snapshot(&snapshot);
    }
    if language == "Dockerfile" || language.contains('.') {
        let server = script_file("server.tool(\"ping\", \"Pings.\", {}, async () => ({ content: [] }));\n");
        let mut files = vec![(language, code), ("src/index.js", server.as_str())];
        if language != "package.json" {
            files.push(("package.json", PACKAGE));
        }
        let mut snapshot = snapshot(&files);
        snapshot.advisories = Some(advisories());
        return scan_snapshot(&snapshot);
    }
    // A whole file of another language stands alone.
    let alone = match language {
        "go" => Some("main.go"),
        "rs" => Some("src/main.rs"),
        "java" => Some("src/main/java/Work.java"),
        "kt" => Some("src/main/kotlin/Main.kt"),
        "cs" => Some("Work.cs"),
        "php" => Some("src/Work.php"),
        "rb" => Some("server.rb"),
        _ => None,
    };
    if let Some(path) = alone {
        return scan_snapshot(&snapshot(&[(path, code)]));
    }
    let (path, manifest, text) = match language {
        "py" | "python" => ("server.py", ("pyproject.toml", PYPROJECT), python_file(code)),
        other => {
            let path = if other == "ts" { "src/index.ts" } else { "src/index.js" };
            (path, ("package.json", PACKAGE), script_file(code))
        }
    };
    scan_snapshot(&snapshot(&[(path, &text), manifest]))
}

/// What examples of the rules about packages stand against: `left-padder` and `known-bad` before 2.0.0, and `evil-padder`.
fn advisories() -> Advisories {
    let about = |id: &str, name: &str, fixed: Option<&str>| Advisory {
        id: id.to_owned(),
        summary: "Example.".to_owned(),
        affected: vec![AffectedPackage {
            package: PackageName {
                ecosystem: "npm".to_owned(),
                name: name.to_owned(),
            },
            ranges: vec![AffectedRange {
                kind: "SEMVER".to_owned(),
                events: vec![
                    RangeEvent {
                        introduced: Some("0".to_owned()),
                        ..RangeEvent::default()
                    },
                    RangeEvent {
                        fixed: fixed.map(str::to_owned),
                        ..RangeEvent::default()
                    },
                ],
            }],
            versions: Vec::new(),
            severity: Vec::new(),
        }],
        ..Advisory::default()
    };
    Advisories {
        source: "examples".to_owned(),
        as_of: "2026-01-01".to_owned(),
        list: vec![
            about("GHSA-0000-0000-0001", "left-padder", Some("2.0.0")),
            about("GHSA-0000-0000-0002", "known-bad", Some("2.0.0")),
            about("MAL-0000-1", "evil-padder", None),
        ],
        gaps: Vec::new(),
    }
}

const PACKAGE: &str = r#"{"name":"example","version":"1.0.0","type":"module","license":"MIT","main":"src/index.js","dependencies":{"@modelcontextprotocol/sdk":"1.20.0","zod":"3.25.0"}}"#;
const PYPROJECT: &str = "[project]\nname = \"example\"\nversion = \"1.0.0\"\ndependencies = [\"mcp==1.20.0\"]\n";

/// A few lines in JavaScript or TypeScript, with the imports that a server file has.
#[must_use]
pub fn script_file(code: &str) -> String {
    let mut head = String::new();
    if !code.contains("@modelcontextprotocol/sdk") {
        head.push_str("import { McpServer } from \"@modelcontextprotocol/sdk/server/mcp.js\";\n");
        if !code.contains("from \"zod\"") {
            head.push_str("import { z } from \"zod\";\n");
        }
        if !code.contains("child_process") {
            head.push_str("import { exec, execFile, spawn } from \"node:child_process\";\n");
        }
        if !code.contains("fs\"") && !code.contains("fs/promises") {
            head.push_str("import fs from \"node:fs\";\n");
        }
        if !code.contains("path\"") {
            head.push_str("import path from \"node:path\";\n");
        }
        if !code.contains("server =") {
            head.push_str("const server = new McpServer({ name: \"example\", version: \"1.0.0\" });\n");
        }
    }
    head + code
}

/// A few lines in Python, with the imports that a server file has.
#[must_use]
pub fn python_file(code: &str) -> String {
    let mut head = String::new();
    if !code.contains("mcp =") && code.contains("@mcp.") {
        head.push_str("from mcp.server.fastmcp import FastMCP\nmcp = FastMCP(\"example\")\n");
    }
    head + code
}
