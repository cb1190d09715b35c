//! A client's configuration as rules see it: which servers it starts or reaches, and nothing secret.

use serde::{Deserialize, Serialize};

/// One configuration file. Whoever makes this value has masked every secret; raw values never get this far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientConfig {
    /// As named on the command line or by the caller.
    pub file: String,
    /// Which client's dialect it is written in: `Claude Desktop, Claude Code or Cursor`.
    pub client: String,
    pub entries: Vec<ConfigEntry>,
    /// Names that stand twice in one object: readers disagree on which one counts.
    pub repeated: Vec<String>,
}

/// One server of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigEntry {
    pub name: String,
    /// Where it stands: `mcpServers.github`.
    pub at: String,
    /// Line of its name, from 1; 0 when not known.
    pub line: u32,
    /// The program started, without its folder's secrets.
    pub command: Option<String>,
    /// Arguments, secrets masked.
    pub args: Vec<String>,
    /// The endpoint, secrets masked.
    pub url: Option<String>,
    /// `env` and `headers`, values masked where they are or may be secret.
    pub values: Vec<ConfigValue>,
    pub secrets: Vec<ConfigSecret>,
    /// The package that a launcher fetches and starts.
    pub package: Option<LaunchedPackage>,
    /// Tools that are called without asking; `*` stands for all.
    pub unasked: Vec<String>,
    /// The client does not start it.
    pub disabled: bool,
}

/// An environment variable or a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigValue {
    /// `env` or `headers`.
    pub place: String,
    pub name: String,
    /// `***` where it is or may be secret.
    pub value: String,
}

/// A secret that stands in clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigSecret {
    /// `env.GITHUB_TOKEN`, `args[3]`, `headers.Authorization`, `url`.
    pub place: String,
    /// `GitHub token`, `value of a secret's name`.
    pub kind: String,
    /// Its look alone says what it is.
    pub certain: bool,
    /// Masked.
    pub shown: String,
}

/// Where a launcher takes what it starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchedFrom {
    Npm,
    Pypi,
    /// A container image.
    Image,
    /// A repository, or an archive or script at a URL.
    Url,
}

/// What a launcher fetches and starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchedPackage {
    pub from: LaunchedFrom,
    /// Package or image name, or the URL without credentials.
    pub name: String,
    /// Version, tag, range, digest or reference as written.
    pub version: Option<String>,
}

impl LaunchedPackage {
    /// Whether the same thing is started tomorrow: an exact version, a digest or a commit.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        let Some(version) = self.version.as_deref() else {
            return false;
        };
        let exact = |v: &str| {
            let core = v.split(['-', '+']).next().unwrap_or(v);
            core.split('.').count() >= 2
                && core
                    .split('.')
                    .all(|p| !p.is_empty() && p.chars().all(|c| c.is_ascii_alphanumeric()))
                && v.starts_with(|c: char| c.is_ascii_digit())
        };
        match self.from {
            LaunchedFrom::Npm => exact(version) && !version.split('.').any(|p| p == "x") && version.split('.').count() >= 3,
            LaunchedFrom::Pypi => exact(version),
            // A tag can be moved, though one with a version in it seldom is.
            LaunchedFrom::Image => version.starts_with("sha256:") || exact(version.trim_start_matches('v')),
            LaunchedFrom::Url => {
                exact(version.trim_start_matches('v')) || version.len() >= 7 && version.chars().all(|c| c.is_ascii_hexdigit())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_is_what_starts_the_same_thing_tomorrow() {
        let pinned = |from, version: &str| {
            LaunchedPackage {
                from,
                name: "x".to_owned(),
                version: (!version.is_empty()).then(|| version.to_owned()),
            }
            .is_pinned()
        };
        for (from, version) in [
            (LaunchedFrom::Npm, "1.2.3"),
            (LaunchedFrom::Npm, "1.2.3-beta.1"),
            (LaunchedFrom::Pypi, "1.2"),
            (LaunchedFrom::Pypi, "2025.11.25"),
            (LaunchedFrom::Image, "sha256:0a0a"),
            (LaunchedFrom::Image, "v1.2.3"),
            (LaunchedFrom::Url, "0123abcdef"),
            (LaunchedFrom::Url, "v1.2.0"),
        ] {
            assert!(pinned(from, version), "{from:?} {version}");
        }
        for (from, version) in [
            (LaunchedFrom::Npm, ""),
            (LaunchedFrom::Npm, "latest"),
            (LaunchedFrom::Npm, "^1.2.3"),
            (LaunchedFrom::Npm, "1"),
            (LaunchedFrom::Npm, "1.x.0"),
            (LaunchedFrom::Pypi, ">=1.0"),
            (LaunchedFrom::Image, "latest"),
            (LaunchedFrom::Url, "main"),
        ] {
            assert!(!pinned(from, version), "{from:?} {version}");
        }
    }
}
