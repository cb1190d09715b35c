//! Reads folders or files named on the command line, analyses each, and writes one line of JSON for each: path, findings, limits.

use hub_analyze::{Subject, analyze};
use hub_model::{Budget, Digest, Origin, OriginKind, Snapshot, SourceFile};
use std::io::Write as _;
use std::path::Path;

fn collect(root: &Path, at: &Path, files: &mut Vec<SourceFile>) {
    let Ok(meta) = std::fs::symlink_metadata(at) else { return };
    if meta.is_dir() {
        let Ok(entries) = std::fs::read_dir(at) else { return };
        let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        entries.sort();
        for e in entries {
            if e.file_name().is_some_and(|n| n == ".git" || n == "node_modules") {
                continue;
            }
            collect(root, &e, files);
        }
    } else if meta.is_file()
        && meta.len() < 12 << 20
        && let Ok(text) = std::fs::read_to_string(at)
    {
        let relative = if root == at {
            Path::new(at.file_name().unwrap_or_default())
        } else {
            at.strip_prefix(root).unwrap_or(at)
        };
        if let Ok(path) = relative.to_string_lossy().parse() {
            files.push(SourceFile { path, text: text.into() });
        }
    }
}

fn main() {
    let mut out = std::io::stdout().lock();
    for argument in std::env::args().skip(1) {
        let root = Path::new(&argument);
        let mut files = Vec::new();
        collect(root, root, &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let snapshot = Snapshot {
            origin: Origin {
                kind: OriginKind::Local,
                name: argument.clone(),
                source_url: argument.clone(),
                resolved_version: String::new(),
                base_path: None,
            },
            files,
            skipped: Vec::new(),
            warnings: Vec::new(),
            advisories: None,
            package: None,
        };
        let started = std::time::Instant::now();
        let line = match analyze(
            Subject::Snapshot(&snapshot),
            Digest::of(b"example"),
            &Budget::default(),
            &mut |_| {},
        ) {
            Ok(report) => serde_json::json!({
                "path": argument, "findings": report.findings, "limits": report.coverage.limits_hit, "ms": started.elapsed().as_millis() as u64,
                "tools": report.inventory.tools.iter().map(|t| &t.name).collect::<Vec<_>>(), "warnings": report.warnings,
            }),
            Err(e) => serde_json::json!({ "path": argument, "error": e.to_string() }),
        };
        let _ = writeln!(out, "{line}");
    }
}
