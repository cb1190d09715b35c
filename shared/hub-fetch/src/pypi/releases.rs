//! What an index has of a project, and which file of it is meant.

use crate::error::{FetchError, shown};
use hub_model::PackageFacts;
use pep440_rs::{Version, VersionSpecifiers};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::str::FromStr as _;

/// A project page (PEP 691).
#[derive(Debug, Deserialize)]
pub(super) struct Project {
    #[serde(default)]
    pub(super) files: Vec<IndexFile>,
}

/// One file of it.
#[derive(Debug, Deserialize)]
pub(super) struct IndexFile {
    pub(super) filename: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) hashes: HashMap<String, String>,
    /// `false`, `true`, or the reason.
    #[serde(default)]
    pub(super) yanked: Value,
    #[serde(default, rename = "upload-time")]
    pub(super) uploaded: Option<String>,
    /// Where a signed statement about where it was built lies (PEP 740).
    #[serde(default)]
    pub(super) provenance: Option<Value>,
}

impl IndexFile {
    pub(super) fn sha256(&self) -> Option<&str> {
        self.hashes.get("sha256").map(String::as_str)
    }

    pub(super) fn is_yanked(&self) -> bool {
        !matches!(self.yanked, Value::Null | Value::Bool(false))
    }

    fn has_provenance(&self) -> bool {
        self.provenance.as_ref().is_some_and(|p| !p.is_null())
    }
}

/// What a file is, best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    Sdist,
    /// `preference`: 2 for any platform, 1 for Linux, 0 for others.
    Wheel {
        preference: u8,
    },
}

/// A file with what its name says.
#[derive(Debug)]
pub(super) struct Chosen<'a> {
    pub(super) file: &'a IndexFile,
    pub(super) version: Version,
    pub(super) format: Format,
}

impl Project {
    /// Chooses a file: an exact version even when it is yanked; else the newest that matches and is not yanked, pre-releases
    /// only where the wish names one or there is nothing else. Of its files a pure wheel, any wheel, then the sdist.
    ///
    /// # Errors
    /// [`FetchError::NoVersions`], [`FetchError::NoSuchVersion`], [`FetchError::BadVersion`], [`FetchError::NoUsableFile`].
    pub(super) fn choose(&self, package: &str, wanted: Option<&str>) -> Result<Chosen<'_>, FetchError> {
        let files: Vec<Chosen<'_>> = self.files.iter().filter_map(|f| chosen(package, f)).collect();
        if files.is_empty() {
            let kinds: BTreeSet<&str> = self
                .files
                .iter()
                .filter_map(|f| f.filename.rsplit_once('.'))
                .map(|(_, ext)| ext)
                .take(10)
                .collect();
            return Err(match kinds.is_empty() {
                true => FetchError::NoVersions {
                    package: package.to_owned(),
                },
                false => FetchError::NoUsableFile {
                    package: package.to_owned(),

                    found: shown(&kinds.into_iter().collect::<Vec<_>>().join(", ")),
                },
            });
        }
        let wanted = wanted.map(str::trim).filter(|w| !w.is_empty() && *w != "latest");
        let newest_of = |test: &dyn Fn(&Chosen<'_>) -> bool| {
            files
                .iter()
                .filter(|c| test(c))
                .map(|c| (c.version.is_stable(), &c.version))
                .max()
                .map(|(_, v)| v)
        };
        let version = match wanted {
            None => newest_of(&|c| !c.file.is_yanked()),
            Some(text) => match Version::from_str(text.trim_start_matches("==").trim()) {
                Ok(exact) => files.iter().map(|c| &c.version).find(|v| **v == exact),
                Err(_) => {
                    let wish = VersionSpecifiers::from_str(text).map_err(|_| FetchError::BadVersion {
                        wanted: shown(text),
                        example: "1.2.3, ~=1.2 or >=1,<3",
                    })?;
                    let names_pre = wish.iter().any(|s| s.any_prerelease());
                    let matching = |c: &Chosen<'_>| !c.file.is_yanked() && wish.contains(&c.version);
                    match names_pre {
                        true => files.iter().filter(|c| matching(c)).map(|c| &c.version).max(),
                        false => newest_of(&matching),
                    }
                }
            },
        };
        let Some(version) = version.cloned() else {
            let Some(newest) = newest_of(&|c| !c.file.is_yanked()) else {
                let newest = newest_of(&|_| true).map_or_else(String::new, Version::to_string);
                return Err(FetchError::AllYanked {
                    package: package.to_owned(),
                    newest,
                });
            };
            let newest = newest.to_string();
            return Err(FetchError::NoSuchVersion {
                package: package.to_owned(),
                wanted: shown(wanted.unwrap_or("latest")),
                newest,
            });
        };
        let mut best: Option<Chosen<'_>> = None;
        for candidate in files.into_iter().filter(|c| c.version == version) {
            // A yanked file of a version that has others is the last choice; of equals the first listed stays.
            let rank = |c: &Chosen<'_>| (!c.file.is_yanked(), c.format);
            if best.as_ref().is_none_or(|b| rank(&candidate) > rank(b)) {
                best = Some(candidate);
            }
        }
        best.ok_or_else(|| FetchError::NoVersions {
            package: package.to_owned(),
        })
    }
}

impl Project {
    /// What is known of a version beside its files. `asked_on`: today. The rest stands in the package's own metadata.
    pub(super) fn facts(&self, package: &str, version: &Version, asked_on: String) -> PackageFacts {
        let files: Vec<Chosen<'_>> = self.files.iter().filter_map(|f| chosen(package, f)).collect();
        let of = |v: &Version| files.iter().filter(|c| c.version == *v).collect::<Vec<_>>();
        let on = |v: &Version| {
            let first = of(v).iter().filter_map(|c| c.file.uploaded.as_deref()).min()?;
            Some(first.get(..10)?.to_owned())
        };
        let own = of(version);
        let newest = files.iter().map(|c| (c.version.is_stable(), &c.version)).max().map(|(_, v)| v);
        let yanked = own.iter().all(|c| c.file.is_yanked()).then(|| {
            let reason = own.iter().find_map(|c| c.file.yanked.as_str()).filter(|r| !r.trim().is_empty());
            reason.map_or_else(|| "no reason given".to_owned(), |r| shown(r).chars().take(300).collect())
        });
        let before = files.iter().filter(|c| c.version < *version && c.file.has_provenance());
        PackageFacts {
            asked_on,
            published_on: on(version),
            newest: newest.map(Version::to_string),
            newest_on: newest.and_then(on),
            yanked: yanked.filter(|_| !own.is_empty()),
            has_provenance: own.iter().any(|c| c.file.has_provenance()),
            provenance_before: before.map(|c| &c.version).max().map(Version::to_string),
            ..PackageFacts::default()
        }
    }
}

/// What a file name says (wheels: PEP 427; sdists: PEP 625 and what came before it).
fn chosen<'a>(package: &str, file: &'a IndexFile) -> Option<Chosen<'a>> {
    let name = file.filename.as_str();
    if let Some(stem) = name.strip_suffix(".whl") {
        let parts: Vec<&str> = stem.split('-').collect();
        let (version, platform) = match parts.as_slice() {
            [_, version, .., platform] if parts.len() >= 5 => (version, platform),
            _ => return None,
        };
        let preference = match () {
            () if *platform == "any" => 2,
            () if platform.contains("linux") => 1,
            () => 0,
        };
        return Some(Chosen {
            file,
            version: Version::from_str(version).ok()?,
            format: Format::Wheel { preference },
        });
    }
    let stem = [".tar.gz", ".tgz", ".zip"].iter().find_map(|ext| name.strip_suffix(ext))?;
    // The name itself may hold dashes, and old sdists did not normalise it.
    stem.match_indices('-').find_map(|(at, _)| {
        let (before, after) = (&stem[..at], &stem[at + 1..]);
        let same = before.parse::<hub_model::PypiName>().is_ok_and(|n| n.as_str() == package);
        let version = Version::from_str(after).ok().filter(|_| same)?;
        Some(Chosen {
            file,
            version,
            format: Format::Sdist,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Project {
        let file = |name: &str, yanked: Value| serde_json::json!({ "filename": name, "url": name, "hashes": {}, "yanked": yanked });
        serde_json::from_value(serde_json::json!({ "files": [
            file("my-pkg-0.9.tar.gz", false.into()),
            file("my_pkg-1.0.tar.gz", false.into()),
            file("my_pkg-1.0-cp311-cp311-win_amd64.whl", false.into()),
            file("my_pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", false.into()),
            file("my_pkg-1.1-py3-none-any.whl", false.into()),
            file("my_pkg-1.1.tar.gz", false.into()),
            file("my_pkg-1.2-py3-none-any.whl", "broken".into()),
            file("my_pkg-2.0rc1-py3-none-any.whl", false.into()),
            file("my_pkg-2.0rc1.exe", false.into()),
        ]}))
        .unwrap()
    }

    #[test]
    fn a_file_is_chosen_as_pip_chooses_it() {
        let project = project();
        for (wanted, expected) in [
            (None, "my_pkg-1.1-py3-none-any.whl"),
            (Some("1.0"), "my_pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"),
            (Some("0.9.0"), "my-pkg-0.9.tar.gz"),
            (Some("==1.1"), "my_pkg-1.1-py3-none-any.whl"),
            (Some("1.2"), "my_pkg-1.2-py3-none-any.whl"),
            (Some(">=1,<1.1"), "my_pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"),
            (Some("~=1.0"), "my_pkg-1.1-py3-none-any.whl"),
            (Some(">=2.0rc0"), "my_pkg-2.0rc1-py3-none-any.whl"),
        ] {
            let chosen = project.choose("my-pkg", wanted).map(|c| c.file.filename.clone());
            assert_eq!(chosen.as_deref().ok(), Some(expected), "{wanted:?}: {chosen:?}");
        }
    }

    #[test]
    fn what_matches_nothing_names_the_newest() {
        let error = project().choose("my-pkg", Some("==7")).unwrap_err();
        assert_eq!(error.to_string(), "no version of `my-pkg` matches `==7`; newest is `1.1`");
        assert!(matches!(
            project().choose("my-pkg", Some("not a version")),
            Err(FetchError::BadVersion { .. })
        ));
    }
}
