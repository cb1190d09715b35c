//! What a registry says of a package, and which of its versions is meant.

use crate::error::{FetchError, shown};
use hub_model::PackageFacts;
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
    /// When each version was published; a package that was taken down has an object here.
    #[serde(default)]
    time: HashMap<String, Value>,
    #[serde(flatten)]
    said: Said,
}

/// What stands on the package and on each of its versions. Old packages have anything in these places.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(default)]
    repository: Option<Value>,
    #[serde(default)]
    license: Option<Value>,
    #[serde(default)]
    licenses: Option<Value>,
}

/// One published version.
#[derive(Debug, Deserialize)]
pub(super) struct Release {
    #[serde(default)]
    pub(super) dist: Dist,
    #[serde(default)]
    deprecated: Option<Value>,
    #[serde(default, rename = "gitHead")]
    git_head: Option<Value>,
    /// Who published it.
    #[serde(default, rename = "_npmUser")]
    user: Option<Value>,
    #[serde(flatten)]
    said: Said,
}

/// Where its tarball lies and what its digest is.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Dist {
    pub(super) tarball: Option<String>,
    /// Subresource integrity: `sha512-…`, perhaps several.
    pub(super) integrity: Option<String>,
    /// SHA-1, hex; all that old releases have.
    pub(super) shasum: Option<String>,
    /// Signed statements about where it was built.
    #[serde(default)]
    attestations: Option<Value>,
}

/// Longest text of a publisher that is kept.
const MAX_TEXT: usize = 300;
/// Earlier publishers that are kept.
const MAX_PUBLISHERS: usize = 20;

fn kept(text: &str) -> String {
    shown(text.trim()).chars().take(MAX_TEXT).collect()
}

impl Said {
    fn manifest(&self) -> Value {
        let mut map = serde_json::Map::new();
        let all = [
            ("repository", &self.repository),
            ("license", &self.license),
            ("licenses", &self.licenses),
        ];
        for (key, value) in all {
            map.extend(value.clone().map(|v| (key.to_owned(), v)));
        }
        Value::Object(map)
    }
}

impl Release {
    fn publisher(&self) -> Option<String> {
        let user = self.user.as_ref()?;
        let name = user.as_str().or_else(|| user.get("name").and_then(Value::as_str))?;
        // The old form holds the address too: `name <address>`.
        Some(kept(name.split('<').next().unwrap_or(name))).filter(|n| !n.is_empty())
    }

    fn has_provenance(&self) -> bool {
        self.dist
            .attestations
            .as_ref()
            .and_then(|a| a.get("provenance"))
            .is_some_and(|p| !p.is_null())
    }

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

    /// What is known of a version beside its files. `asked_on`: today.
    pub(super) fn facts(&self, version: &str, asked_on: String) -> PackageFacts {
        let Some(release) = self.versions.get(version) else {
            return PackageFacts::default();
        };
        let on = |v: &str| {
            self.time
                .get(v)
                .and_then(Value::as_str)
                .and_then(|t| t.get(..10))
                .map(str::to_owned)
        };
        let at = |v: &str| self.time.get(v).and_then(Value::as_str).unwrap_or_default();
        let newest = self.newest().map(|(v, _)| v.to_owned());
        // By time, since a fix of an old line comes after a new one.
        let mut before: Vec<(&str, &Release)> = self
            .versions
            .iter()
            .filter(|(v, _)| *v != version && !at(v).is_empty() && at(v) < at(version))
            .map(|(v, r)| (v.as_str(), r))
            .collect();
        before.sort_by(|(a, _), (b, _)| at(b).cmp(at(a)).then_with(|| b.cmp(a)));
        let mut earlier_publishers: Vec<String> = Vec::new();
        for publisher in before.iter().filter_map(|(_, r)| r.publisher()) {
            if earlier_publishers.len() < MAX_PUBLISHERS && !earlier_publishers.contains(&publisher) {
                earlier_publishers.push(publisher);
            }
        }
        let (own, all) = (release.said.manifest(), self.said.manifest());
        PackageFacts {
            asked_on,
            repository: hub_deps::npm_repository(&own)
                .or_else(|| hub_deps::npm_repository(&all))
                .map(|r| kept(&r)),
            licence: hub_deps::npm_licence(&own)
                .or_else(|| hub_deps::npm_licence(&all))
                .map(|l| kept(&l)),
            built_from: release.git_head.as_ref().and_then(Value::as_str).map(kept),
            published_on: on(version),
            newest_on: newest.as_deref().and_then(on),
            newest,
            publisher: release.publisher(),
            earlier_publishers,
            deprecated: release.deprecation(),
            yanked: None,
            has_provenance: release.has_provenance(),
            provenance_before: before.iter().find(|(_, r)| r.has_provenance()).map(|(v, _)| (*v).to_owned()),
            comparison: None,
            not_compared: None,
        }
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
    fn facts_tell_who_published_what_when_and_from_where() {
        let package: Package = serde_json::from_value(serde_json::json!({
            "dist-tags": { "latest": "1.1.0" },
            "repository": { "type": "git", "url": "git+https://github.com/o/r.git" },
            "time": { "created": "2020-01-01T00:00:00Z", "1.0.0": "2024-01-01T00:00:00Z", "1.1.0": "2025-05-05T10:00:00Z", "0.9.0": "2023-01-01T00:00:00Z" },
            "versions": {
                "0.9.0": { "_npmUser": "ann <a@example.com>" },
                "1.0.0": { "_npmUser": { "name": "ben" }, "dist": { "attestations": { "provenance": { "predicateType": "x" } } } },
                "1.1.0": { "_npmUser": { "name": "eve" }, "license": { "type": "MIT" }, "gitHead": "abc", "deprecated": "use q" },
            },
        }))
        .unwrap();
        let facts = package.facts("1.1.0", "2026-01-01".to_owned());
        assert_eq!(facts.repository.as_deref(), Some("git+https://github.com/o/r.git"));
        assert_eq!(facts.licence.as_deref(), Some("MIT"));
        assert_eq!(
            (facts.publisher.as_deref(), facts.earlier_publishers),
            (Some("eve"), vec!["ben".to_owned(), "ann".to_owned()])
        );
        assert_eq!(
            (facts.published_on.as_deref(), facts.newest.as_deref()),
            (Some("2025-05-05"), Some("1.1.0"))
        );
        assert_eq!((facts.has_provenance, facts.provenance_before.as_deref()), (false, Some("1.0.0")));
        assert_eq!(
            (facts.built_from.as_deref(), facts.deprecated.as_deref()),
            (Some("abc"), Some("use q"))
        );
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
