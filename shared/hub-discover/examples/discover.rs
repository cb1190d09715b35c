//! Prints what discovery finds in a folder, as JSON: `discover FOLDER`. For development; the command line program is `mcp-hub discover`.
#![allow(clippy::print_stdout)]

use hub_model::{Budget, Origin, OriginKind, RelPath, Snapshot, SourceFile};
use std::path::Path;

const TEXT: &[&str] = &[
    "py", "js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx", "json", "toml", "txt", "mod", "cfg", "yaml", "yml", "md", "go", "rs",
    "java", "kt", "cs", "php", "rb",
];

fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            collect(root, &path, files)?;
            continue;
        }
        let wanted = path.extension().and_then(|e| e.to_str()).is_some_and(|e| TEXT.contains(&e))
            || path.file_name().is_some_and(|n| n == "METADATA" || n == "PKG-INFO");
        if !kind.is_file() || !wanted {
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().parse::<RelPath>();
        if let Ok(relative) = relative {
            files.push(SourceFile {
                path: relative,
                text: String::from_utf8_lossy(&bytes).into(),
            });
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = std::env::args().nth(1).ok_or("give a folder")?;
    let mut files = Vec::new();
    collect(Path::new(&root), Path::new(&root), &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let origin = Origin {
        kind: OriginKind::Local,
        name: root.clone(),
        source_url: root,
        resolved_version: String::new(),
        base_path: None,
    };
    let snapshot = Snapshot {
        origin,
        files,
        skipped: Vec::new(),
        warnings: Vec::new(),
        advisories: None,
        package: None,
    };
    let found = hub_discover::discover(&snapshot, &Budget::default());
    let out = serde_json::json!({
        "inventory": found.inventory,
        "warnings": found.warnings,
        "entry_points": found.facts.entry_points.iter().map(|e| format!("{:?} {} {:?}", e.kind, e.name, e.arguments)).collect::<Vec<_>>(),
        "live": found.facts.live_modules.iter().map(|m| found.program.module(*m).path.to_string()).collect::<Vec<_>>(),
    });
    println!("{}", serde_json::to_string_pretty(&out)?);
    Ok(())
}
