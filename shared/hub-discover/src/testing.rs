//! Snapshots for tests.

use hub_model::{Origin, OriginKind, Snapshot, SourceFile};

/// A local tree of these files (path, text).
pub(crate) fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    snapshot_of(OriginKind::Local, None, files)
}

/// A tree of these files, of one kind, with a base path.
pub(crate) fn snapshot_of(kind: OriginKind, base_path: Option<&str>, files: &[(&str, &str)]) -> Snapshot {
    let file = |(path, text): &(&str, &str)| SourceFile {
        path: path.parse().expect("a path"),
        text: (*text).into(),
    };
    let mut files: Vec<SourceFile> = files.iter().map(file).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Snapshot {
        origin: Origin {
            kind,
            name: "x".to_owned(),
            source_url: "x".to_owned(),
            resolved_version: "1.0.0".to_owned(),
            base_path: base_path.map(|b| b.parse().expect("a path")),
        },
        files,
        skipped: Vec::new(),
        warnings: Vec::new(),
        advisories: None,
        package: None,
    }
}
