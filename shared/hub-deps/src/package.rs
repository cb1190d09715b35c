//! The nouns.

use hub_model::{DependencyRef, RelPath};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

/// Where packages of one kind come from, named as OSV names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ecosystem {
    #[serde(rename = "npm")]
    Npm,
    PyPI,
    #[serde(rename = "crates.io")]
    Crates,
    Go,
}

impl Ecosystem {
    /// OSV's name: `npm`, `PyPI`, `crates.io`, `Go`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::PyPI => "PyPI",
            Self::Crates => "crates.io",
            Self::Go => "Go",
        }
    }

    /// By OSV's name; a suffix after a colon is ignored.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        match name.split(':').next()? {
            "npm" => Some(Self::Npm),
            "PyPI" => Some(Self::PyPI),
            "crates.io" => Some(Self::Crates),
            "Go" => Some(Self::Go),
            _ => None,
        }
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A package at the version that a lock file, or an exact requirement, settles on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    pub ecosystem: Ecosystem,
    /// As the ecosystem writes it (PyPI names normalised by PEP 503).
    pub name: String,
    pub version: String,
    /// The file that says so.
    pub file: RelPath,
    /// Counted from 1.
    pub line: u32,
    /// Named by a manifest, not only by another package. Always false where the lock file does not tell.
    pub is_direct: bool,
    /// Only needed to develop or test.
    pub is_dev: bool,
    /// The lock file says that it has a script that runs when it is installed.
    pub has_install_script: bool,
    /// Where it comes from when that is not the ecosystem's registry: a git or archive address.
    pub source: Option<String>,
    /// The publisher's note, kept by the lock file, that it should not be used.
    pub deprecated: Option<String>,
    /// What brings it in, from a direct dependency downwards, each `name@version`, itself left out; empty where it is direct or the
    /// lock file does not tell.
    pub path: Vec<Arc<str>>,
    /// How many more stand in that path after its first; a way that is too long is cut there.
    pub left_out_of_path: usize,
}

impl Package {
    /// The path in one line, with the package itself at its end: `a@1.0.0 → b@1.0.0`.
    #[must_use]
    pub fn way_in(&self) -> String {
        let mut out = String::new();
        for (i, step) in self.path.iter().enumerate() {
            out.push_str(step);
            out.push_str(" → ");
            if i == 0 && self.left_out_of_path > 0 {
                out.push_str(&format!("{} more → ", self.left_out_of_path));
            }
        }
        out + &format!("{}@{}", self.name, self.version)
    }

    /// One at a place in a file; the rest is filled in by whoever knows.
    pub(crate) fn at(ecosystem: Ecosystem, name: &str, version: &str, file: &RelPath, line: u32) -> Self {
        Self {
            ecosystem,
            name: normal_name(ecosystem, name),
            version: version.to_owned(),
            file: file.clone(),
            line,
            is_direct: false,
            is_dev: false,
            has_install_script: false,
            source: None,
            deprecated: None,
            path: Vec::new(),
            left_out_of_path: 0,
        }
    }
}

/// What a manifest asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    pub ecosystem: Ecosystem,
    pub name: String,
    /// As written; empty for none at all.
    pub range: String,
    pub file: RelPath,
    pub line: u32,
    pub is_dev: bool,
}

impl Requirement {
    /// The dependency whose manifest asks for it, where that was fetched along; none for what the artifact itself asks for.
    #[must_use]
    pub fn brought_by(&self) -> Option<DependencyRef<'_>> {
        DependencyRef::of(self.file.as_str())
    }

    /// The lowest version that it admits; none when that is any, or is not told.
    #[must_use]
    pub fn lowest(&self) -> Option<String> {
        let range = self.range.trim();
        if range.len() > 256 {
            return None;
        }
        let lowest = match self.ecosystem {
            Ecosystem::Npm => node_semver::Range::parse(range).ok()?.min_version()?.to_string(),
            Ecosystem::PyPI => {
                use pep440_rs::Operator::{Equal, EqualStar, ExactEqual, GreaterThanEqual, TildeEqual};
                let all = pep440_rs::VersionSpecifiers::from_str(range).ok()?;
                let bounds = all
                    .iter()
                    .filter(|s| matches!(s.operator(), Equal | EqualStar | ExactEqual | GreaterThanEqual | TildeEqual))
                    .map(|s| s.version());
                bounds.max()?.to_string()
            }
            Ecosystem::Crates => {
                let all = semver::VersionReq::parse(range).ok()?;
                let of = |c: &semver::Comparator| semver::Version {
                    pre: c.pre.clone(),
                    ..semver::Version::new(c.major, c.minor.unwrap_or(0), c.patch.unwrap_or(0))
                };
                let is_bound = |c: &&semver::Comparator| !matches!(c.op, semver::Op::Less | semver::Op::LessEq | semver::Op::Greater);
                all.comparators.iter().filter(is_bound).map(of).max()?.to_string()
            }
            Ecosystem::Go => return None,
        };
        (!lowest.starts_with("0.0.0")).then_some(lowest)
    }

    /// Whether a version fits; one that cannot be read does.
    #[must_use]
    pub fn admits(&self, version: &str) -> bool {
        let (range, version) = (self.range.trim(), version.trim());
        let fits = || match self.ecosystem {
            Ecosystem::Npm => Some(
                node_semver::Range::parse(range)
                    .ok()?
                    .satisfies(&node_semver::Version::parse(version).ok()?),
            ),
            Ecosystem::PyPI => Some(
                pep440_rs::VersionSpecifiers::from_str(range)
                    .ok()?
                    .contains(&pep440_rs::Version::from_str(version).ok()?),
            ),
            Ecosystem::Crates => Some(
                semver::VersionReq::parse(range)
                    .ok()?
                    .matches(&semver::Version::parse(version).ok()?),
            ),
            Ecosystem::Go => None,
        };
        range.len() > 256 || version.len() > 256 || fits().unwrap_or(true)
    }

    /// Anything goes: `*`, `latest`, nothing, or only a lower bound.
    #[must_use]
    pub fn is_floating(&self) -> bool {
        let r = self.range.trim();
        match self.ecosystem {
            Ecosystem::Npm => {
                matches!(r, "" | "*" | "x" | "latest" | "next") || r.starts_with(">=") && !r.contains('<') || r.starts_with('>')
            }
            Ecosystem::PyPI => r.is_empty() || r == "*",
            Ecosystem::Crates => r == "*",
            Ecosystem::Go => false,
        }
    }

    /// The code comes from a branch or an archive that can change: no registry, no digest, no full commit.
    #[must_use]
    pub fn is_moving_source(&self) -> bool {
        let r = self.range.as_str();
        let git = r.starts_with("git+")
            || r.starts_with("git:")
            || r.starts_with("github:")
            || r.contains(".git")
            || self.ecosystem == Ecosystem::Npm
                && r.split('/').count() == 2
                && !r.starts_with(['.', '/', '@', '~', '^'])
                && !r.contains(':');
        let archive = r.starts_with("http://") || r.starts_with("https://");
        if !git && !archive {
            return false;
        }
        let commit = r.rsplit(['#', '@']).next().unwrap_or_default();
        !(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()))
    }
}

/// The name by which two spellings are compared: PEP 503 for PyPI, as written elsewhere.
#[must_use]
pub fn normal_name(ecosystem: Ecosystem, name: &str) -> String {
    if ecosystem != Ecosystem::PyPI {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    let mut dash = false;
    for c in name.chars() {
        if matches!(c, '-' | '_' | '.') {
            dash = true;
        } else {
            if dash && !out.is_empty() {
                out.push('-');
            }
            dash = false;
            out.extend(c.to_lowercase());
        }
    }
    out
}
