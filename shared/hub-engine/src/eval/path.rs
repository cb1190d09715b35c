//! Paths of the snapshot, for code that reads its own files.

/// `base/rest`, with `.` and `..` resolved; never outside of the tree.
#[must_use]
pub fn join(base: &str, rest: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(rest.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// The folder of a path; empty at the top.
#[must_use]
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// The last part of a path.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The ending of the last part, with its dot; empty when there is none. A dot in front is none.
#[must_use]
pub fn extension(path: &str) -> &str {
    let name = file_name(path);
    name.rfind('.').filter(|at| *at > 0).map_or("", |at| &name[at..])
}

/// The last part without its ending.
#[must_use]
pub fn stem(path: &str) -> &str {
    let name = file_name(path);
    &name[..name.len() - extension(path).len()]
}
