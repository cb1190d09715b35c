//! Dependencies whose source was added to a snapshot, because the target is a shell around them.

use crate::{OriginKind, RelPath};
use std::fmt;

/// A declared dependency, read along with the target that needs it. Its files lie in a snapshot below
/// `.dependencies/npm/NAME@VERSION/` or `.dependencies/pypi/NAME@VERSION/`; no file of a target itself ever lies in
/// `.dependencies`, so the path alone says whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DependencyRef<'p> {
    /// `npm` or `pypi`.
    pub registry: &'p str,
    /// Package name, with its scope.
    pub name: &'p str,
    /// Exact version.
    pub version: &'p str,
}

/// The folder of a snapshot that holds added dependencies.
pub const DEPENDENCY_FOLDER: &str = ".dependencies";

impl<'p> DependencyRef<'p> {
    /// Whose file a path is: none for the target's own.
    #[must_use]
    pub fn of(path: &'p str) -> Option<Self> {
        Self::split(path).map(|(dependency, _)| dependency)
    }

    /// As [`DependencyRef::of`], with the path inside of the dependency.
    #[must_use]
    pub fn split(path: &'p str) -> Option<(Self, &'p str)> {
        let rest = path.strip_prefix(DEPENDENCY_FOLDER)?.strip_prefix('/')?;
        let (registry, rest) = rest.split_once('/')?;
        // `@scope/name@1.0.0/…`: the scope holds a slash of its own.
        let from = if rest.starts_with('@') { rest.find('/')? + 1 } else { 0 };
        let end = from + rest[from..].find('/')?;
        let (name, version) = rest[..end].rsplit_once('@')?;
        let dependency = Self { registry, name, version };
        (!name.is_empty() && !version.is_empty()).then_some((dependency, &rest[end + 1..]))
    }

    /// Where its files lie, without a slash at the end. None when name or version cannot stand in a path.
    #[must_use]
    pub fn folder(&self) -> Option<RelPath> {
        let folder = format!("{DEPENDENCY_FOLDER}/{}/{}@{}", self.registry, self.name, self.version);
        let path: RelPath = folder.parse().ok()?;
        let back = format!("{folder}/x");
        let read = DependencyRef::of(&back)?;
        ((read.registry, read.name, read.version) == (self.registry, self.name, self.version)).then_some(path)
    }

    /// The registry of a package target.
    #[must_use]
    pub fn registry_of(kind: OriginKind) -> Option<&'static str> {
        match kind {
            OriginKind::Npm => Some("npm"),
            OriginKind::Pypi => Some("pypi"),
            OriginKind::Git | OriginKind::Local => None,
        }
    }
}

/// As a target is written: `npm:@scope/name@1.0.0`, `pypi:name==1.0.0`.
impl fmt::Display for DependencyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.registry == "pypi" { "==" } else { "@" };
        write!(f, "{}:{}{between}{}", self.registry, self.name, self.version)
    }
}

/// Name and range behind an alias of npm, `npm:NAME@RANGE`; the range is "" when there is none.
#[must_use]
pub fn npm_alias(range: &str) -> Option<(&str, &str)> {
    let spec = range.trim().strip_prefix("npm:")?;
    let scope = usize::from(spec.starts_with('@'));
    match spec[scope..].split_once('@') {
        Some((name, range)) => Some((&spec[..scope + name.len()], range)),
        None => Some((spec, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_whose_file_it_is() {
        for (path, shown, inside) in [
            (".dependencies/npm/@a/b@1.0.0/dist/x.js", "npm:@a/b@1.0.0", "dist/x.js"),
            (".dependencies/npm/b@1.0.0-rc.1+x/x.js", "npm:b@1.0.0-rc.1+x", "x.js"),
            (".dependencies/pypi/b-c@2.0/b_c/@x/y.py", "pypi:b-c==2.0", "b_c/@x/y.py"),
        ] {
            let (dependency, rest) = DependencyRef::split(path).expect(path);
            assert_eq!((dependency.to_string().as_str(), rest), (shown, inside));
            let folder = dependency.folder().expect(path);
            assert_eq!(format!("{folder}/{rest}"), path);
        }
        for path in [
            "src/x.js",
            ".dependencies/npm/b@1.0.0",
            ".dependencies/x",
            "a/.dependencies/npm/b@1/x.js",
        ] {
            assert_eq!(DependencyRef::of(path), None, "{path}");
        }
    }

    #[test]
    fn a_hostile_version_has_no_folder() {
        for version in ["../../x", "1/2", "", "1\u{7}"] {
            let dependency = DependencyRef {
                registry: "npm",
                name: "b",
                version,
            };
            assert_eq!(dependency.folder(), None, "{version:?}");
        }
    }

    #[test]
    fn an_alias_of_npm_names_a_package_and_a_range() {
        assert_eq!(npm_alias("npm:real@^1.2"), Some(("real", "^1.2")));
        assert_eq!(npm_alias("npm:@scope/real@1"), Some(("@scope/real", "1")));
        assert_eq!(npm_alias("npm:@scope/real"), Some(("@scope/real", "")));
        assert_eq!(npm_alias("^1.2"), None);
    }
}
