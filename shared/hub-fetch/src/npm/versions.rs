//! What a registry says of a package, and which of its versions is meant.

use crate::error::{FetchError, shown};
use node_semver::{Range, Version};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// A package document, as far as it is needed. Mirrors leave much out, so everything is optional.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    #[serde(default, rename = "dist-tags")]
    dist_tags: HashMap<String, String>,
    #[serde(default)]
    versions: HashMap<String, Release>,
}

/// One published version.
#[derive(Debug, Deserialize)]
pub(super) struct Release {
    #[serde(default)]
    pub(super) dist: Dist,
    #[serde(default)]
    deprecated: Option<Value>,
}

/// Where its tarball lies and what its digest is.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Dist {
    pub(super) tarball: Option<String>,
    /// Subresource integrity: `sha512-…`, perhaps several.
    pub(super) integrity: Option<String>,
    /// SHA-1, hex; all that old releases have.
    pub(super) shasum: Option<String>,
}

impl Release {
    /// The publisher's note that the version should not be used.
    pub(super) fn deprecation(&self) -> Option<String> {
        match self.deprecated.as_ref()? {
            Value::String(s) if !s.is_empty() => Some(shown(s)),
            Value::Bool(true) => Some("no reason given".to_owned()),
            _ => None,
        }
    }
}

impl Package {
    /// Chooses a version as `npm install` does: none means the tag `latest`; a tag by its name; an exact version as it is;
    /// of a range's versions the one tagged `latest` if it is among them, else the highest that is not deprecated.
    ///
    /// # Errors
    /// [`FetchError::NoVersions`], [`FetchError::NoSuchVersion`], [`FetchError::BadVersion`].
    pub(super) fn choose(&self, package: &str, wanted: Option<&str>) -> Result<(&str, &Release), FetchError> {
        if self.versions.is_empty() {
            return Err(FetchError::NoVersions {
                package: package.to_owned(),
            });
        }
        let wanted = wanted.map(str::trim).filter(|w| !w.is_empty()).unwrap_or("latest");
        if let Some(found) = self.dist_tags.get(wanted).and_then(|v| self.versions.get_key_value(v)) {
            return Ok((found.0, found.1));
        }
        let exact = wanted.trim_start_matches(['=', 'v']);
        if let Some(found) = self.versions.get_key_value(exact) {
            return Ok((found.0, found.1));
        }
        let newest = self.newest();
        let none = || FetchError::NoSuchVersion {
            package: package.to_owned(),
            wanted: shown(wanted),
            newest: newest.map_or_else(|| "unknown".to_owned(), |(v, _)| shown(v)),
        };
        if wanted == "latest" {
            return newest.ok_or_else(none);
        }
        // `1.2.3+build` is published as `1.2.3`.
        if let Ok(version) = Version::parse(exact) {
            return self
                .versions
                .iter()
                .find(|(v, _)| Version::parse(v).is_ok_and(|v| v == version))
                .map(|(v, r)| (v.as_str(), r))
                .ok_or_else(none);
        }
        let Ok(range) = Range::parse(wanted) else {
            // A word that is no tag of this package.
            return Err(if wanted.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
                none()
            } else {
                FetchError::BadVersion {
                    wanted: shown(wanted),
                    example: "1.2.3, ^1.2, >=1 <3 or next",
                }
            });
        };
        if let Some((version, release)) = self.dist_tags.get("latest").and_then(|v| self.versions.get_key_value(v))
            && Version::parse(version).is_ok_and(|v| range.satisfies(&v))
        {
            return Ok((version, release));
        }
        let matching = self.parsed().filter(|(v, _, _)| range.satisfies(v));
        matching
            .max_by(|(a, _, ra), (b, _, rb)| (ra.deprecation().is_none(), a).cmp(&(rb.deprecation().is_none(), b)))
            .map(|(_, v, r)| (v, r))
            .ok_or_else(none)
    }

    fn newest(&self) -> Option<(&str, &Release)> {
        let latest = self
            .dist_tags
            .get("latest")
            .and_then(|v| self.versions.get_key_value(v))
            .map(|(v, r)| (v.as_str(), r));
        latest.or_else(|| {
            self.parsed()
                .max_by(|(a, _, _), (b, _, _)| (!a.is_prerelease(), a).cmp(&(!b.is_prerelease(), b)))
                .map(|(_, v, r)| (v, r))
        })
    }

    fn parsed(&self) -> impl Iterator<Item = (Version, &str, &Release)> {
        self.versions
            .iter()
            .filter_map(|(v, r)| Some((Version::parse(v).ok()?, v.as_str(), r)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> Package {
        serde_json::from_value(serde_json::json!({
            "dist-tags": { "latest": "1.4.0", "next": "2.0.0-rc.1" },
            "versions": {
                "1.0.0": {}, "1.2.0": {}, "1.4.0": {}, "1.5.0": { "deprecated": "broken" }, "2.0.0-rc.1": {}, "0.9.0": {}, "0.9.1": { "deprecated": "x" },
            },
        }))
        .unwrap()
    }

    #[test]
    fn a_version_is_chosen_as_npm_chooses_it() {
        let package = package();
        for (wanted, expected) in [
            (None, "1.4.0"),
            (Some("latest"), "1.4.0"),
            (Some("next"), "2.0.0-rc.1"),
            (Some("1.2.0"), "1.2.0"),
            (Some("v1.2.0"), "1.2.0"),
            (Some("=1.2.0"), "1.2.0"),
            (Some("^1"), "1.4.0"),
            (Some("1.2"), "1.2.0"),
            (Some(">=1 <1.4"), "1.2.0"),
            (Some("~0.9"), "0.9.0"),
            (Some(">1.4.0"), "1.5.0"),
            (Some("*"), "1.4.0"),
            (Some("^2.0.0-rc.0"), "2.0.0-rc.1"),
        ] {
            let chosen = package.choose("p", wanted).map(|(v, _)| v.to_owned());
            assert_eq!(chosen.as_deref().ok(), Some(expected), "{wanted:?}: {chosen:?}");
        }
    }

    #[test]
    fn what_matches_nothing_names_the_newest() {
        let error = package().choose("p", Some("^3")).unwrap_err();
        assert_eq!(error.to_string(), "no version of `p` matches `^3`; newest is `1.4.0`");
        assert!(matches!(package().choose("p", Some("beta")), Err(FetchError::NoSuchVersion { .. })));
        assert!(matches!(package().choose("p", Some("<<<")), Err(FetchError::BadVersion { .. })));
        let empty: Package = serde_json::from_str("{}").unwrap();
        assert!(matches!(empty.choose("p", None), Err(FetchError::NoVersions { .. })));
    }
}
