//! What is known of a published package beside its files.

use serde::{Deserialize, Serialize};

/// Files that make a folder a package or a bundle of one of the languages that are understood, by name.
pub const PACKAGE_MANIFESTS: &[&str] = &[
    "package.json",
    "pyproject.toml",
    "setup.py",
    "go.mod",
    "Cargo.toml",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "composer.json",
    "Gemfile",
    "manifest.json",
];

/// What the registry says of a package, and how its files stand to the repository that it names. Everything is as the publisher or the
/// registry wrote it; what neither says is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageFacts {
    /// The day on which the registry was asked, `2026-11-24`; empty: no registry was asked.
    pub asked_on: String,
    /// The repository, as written.
    pub repository: Option<String>,
    pub licence: Option<String>,
    /// The commit that the version was built from (npm's `gitHead`).
    pub built_from: Option<String>,
    /// When this version was published, as a day.
    pub published_on: Option<String>,
    /// The newest version that is no pre-release, and when it was published, as a day.
    pub newest: Option<String>,
    pub newest_on: Option<String>,
    /// The account that published this version.
    pub publisher: Option<String>,
    /// The accounts that published the versions before it, the latest first, each once.
    pub earlier_publishers: Vec<String>,
    /// The publisher's note that this version, or the package, should not be used.
    pub deprecated: Option<String>,
    /// The reason for which this version was taken out of the index; some text even where none is given.
    pub yanked: Option<String>,
    /// Whether the registry holds a signed statement of where this version was built.
    pub has_provenance: bool,
    /// The latest version before this one that had such a statement.
    pub provenance_before: Option<String>,
    /// The files against the repository; none when it was not read.
    pub comparison: Option<RepositoryComparison>,
    /// Why the repository was not read although that was asked for.
    pub not_compared: Option<String>,
}

/// A package's files held against a repository's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RepositoryComparison {
    /// The repository's address, without credentials, or a folder's name.
    pub repository: String,
    /// Its commit; empty for a folder.
    pub revision: String,
    /// How the commit was chosen: `the commit that the registry names`, `the tag v1.0.0`, `the default branch`.
    pub chosen_by: String,
    /// The commit is that of the release, so that every difference is one.
    pub is_release: bool,
    /// Code files of the package that are in the repository, as they are or as the source that they were built from.
    pub same: u64,
    /// Code files that a build made out of several, which no single source can be held against.
    pub bundled: u64,
    /// Code files that are not in the repository, by path; at most [`MAX_DIFFERENCES`].
    pub only_in_package: Vec<String>,
    /// Code files whose text differs from the repository's file of that place; at most [`MAX_DIFFERENCES`].
    pub changed: Vec<String>,
    /// Hosts that a built file names and nothing in the repository does, as `path: host`; at most [`MAX_DIFFERENCES`].
    pub added_hosts: Vec<String>,
    /// Dependencies and install scripts that only the package's manifest has: `dependency x`, `postinstall: node x.js`.
    pub added_in_manifest: Vec<String>,
    /// Differences beyond those listed.
    pub more: u64,
}

/// Differences of one kind that are listed; further ones are counted.
pub const MAX_DIFFERENCES: usize = 100;
