//! Advisories in OSV format (ossf.github.io/osv-schema): parsing, and matching.

use crate::{Ecosystem, Package, Requirement, compare, normal_name};
use hub_model::{Advisory, AdvisoryScore, AffectedPackage, AffectedRange, Severity};
use std::cmp::Ordering;
use std::str::FromStr as _;

/// Largest advisory read, in bytes.
pub const MAX_ADVISORY_BYTES: usize = 4 << 20;
/// Events and versions looked at per affected package.
const MAX_EVENTS: usize = 20_000;

/// Why a document is no advisory.
#[derive(Debug)]
pub enum AdvisoryError {
    /// Larger than [`MAX_ADVISORY_BYTES`].
    TooLarge,
    /// No OSV document.
    NotOsv(serde_json::Error),
}

impl std::fmt::Display for AdvisoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge => write!(f, "an advisory is larger than {MAX_ADVISORY_BYTES} bytes"),
            Self::NotOsv(e) => write!(f, "no advisory in OSV format: {e}"),
        }
    }
}
impl std::error::Error for AdvisoryError {}

/// What an advisory says of a package.
pub trait Judges: Sized {
    /// Reads an OSV document.
    ///
    /// # Errors
    /// [`AdvisoryError`].
    fn parse(json: &[u8]) -> Result<Self, AdvisoryError>;

    /// Whether it is about a package of this name.
    #[must_use]
    fn names(&self, ecosystem: Ecosystem, name: &str) -> bool;

    /// Whether the package's version is affected. A withdrawn advisory affects nothing.
    #[must_use]
    fn affects(&self, package: &Package) -> bool;

    /// As [`Advisory::affects`].
    #[must_use]
    fn affects_version(&self, ecosystem: Ecosystem, name: &str, version: &str) -> bool;

    /// The lowest version above this one that is said to be fixed.
    #[must_use]
    fn fixed_after(&self, ecosystem: Ecosystem, name: &str, version: &str) -> Option<&str>;

    /// Whether every version that the requirement admits is affected, `lowest` being the lowest of them: no fixed one is among them.
    #[must_use]
    fn affects_all_of(&self, requirement: &Requirement, lowest: &str) -> bool;

    /// Of a data base of malicious packages.
    #[must_use]
    fn is_malware(&self) -> bool;

    /// Its CVE number, when it has one; else its own id.
    #[must_use]
    fn best_id(&self) -> &str;

    /// `Critical`, `High`, `Medium` or `Low` for a package: the rating of its newest CVSS vector (4.0, 3.1, 3.0, 2.0), else the data base's
    /// word; none when neither is there.
    #[must_use]
    fn how_bad_for(&self, ecosystem: Ecosystem, name: &str) -> Option<hub_model::Severity>;

    /// Without what is about other packages.
    #[must_use]
    fn only_about(self, wanted: impl Fn(Ecosystem, &str) -> bool) -> Self;
}

impl Judges for Advisory {
    fn parse(json: &[u8]) -> Result<Self, AdvisoryError> {
        if json.len() > MAX_ADVISORY_BYTES {
            return Err(AdvisoryError::TooLarge);
        }
        serde_json::from_slice(json).map_err(AdvisoryError::NotOsv)
    }

    fn names(&self, ecosystem: Ecosystem, name: &str) -> bool {
        self.affected.iter().any(|a| is_of(a, ecosystem, name))
    }

    fn affects(&self, package: &Package) -> bool {
        self.affects_version(package.ecosystem, &package.name, &package.version)
    }

    fn affects_version(&self, ecosystem: Ecosystem, name: &str, version: &str) -> bool {
        self.withdrawn.is_none()
            && self
                .affected
                .iter()
                .any(|a| is_of(a, ecosystem, name) && a.holds(ecosystem, version))
    }

    fn fixed_after(&self, ecosystem: Ecosystem, name: &str, version: &str) -> Option<&str> {
        let mut best: Option<&str> = None;
        for fixed in self
            .affected
            .iter()
            .filter(|a| is_of(a, ecosystem, name))
            .flat_map(|a| &a.ranges)
            .flat_map(|r| r.events.iter().take(MAX_EVENTS))
            .filter_map(|e| e.fixed.as_deref())
        {
            if compare(ecosystem, fixed, version) == Some(Ordering::Greater)
                && best.is_none_or(|b| compare(ecosystem, fixed, b) == Some(Ordering::Less))
            {
                best = Some(fixed);
            }
        }
        best
    }

    fn affects_all_of(&self, requirement: &Requirement, lowest: &str) -> bool {
        let (ecosystem, name) = (requirement.ecosystem, requirement.name.as_str());
        if !self.affects_version(ecosystem, name, lowest) {
            return false;
        }
        let of = || self.affected.iter().filter(|a| is_of(a, ecosystem, name));
        // Versions that are only listed say nothing of those published since.
        if of().any(|a| a.ranges.iter().all(|r| r.kind == "GIT") && !a.versions.is_empty()) {
            return false;
        }
        let mut ends = of().flat_map(|a| &a.ranges).flat_map(|r| r.events.iter().take(MAX_EVENTS));
        !ends.any(|e| match (&e.fixed, &e.last_affected) {
            (Some(fixed), _) => requirement.admits(fixed),
            (None, Some(last)) => crate::version::next(last).is_none_or(|after| requirement.admits(&after)),
            (None, None) => false,
        })
    }

    fn is_malware(&self) -> bool {
        self.id.starts_with("MAL-") || self.aliases.iter().any(|a| a.starts_with("MAL-"))
    }

    fn best_id(&self) -> &str {
        std::iter::once(&self.id)
            .chain(&self.aliases)
            .find(|i| i.starts_with("CVE-"))
            .unwrap_or(&self.id)
    }

    fn how_bad_for(&self, ecosystem: Ecosystem, name: &str) -> Option<Severity> {
        use Severity::{Critical, High, Low, Medium};
        let mut own = self.affected.iter().filter(|a| is_of(a, ecosystem, name)).flat_map(|a| &a.severity);
        let rated = |scores: &mut dyn Iterator<Item = &AdvisoryScore>| {
            let best = scores.filter_map(rating).max_by_key(|(version, _)| *version)?;
            Some(best.1)
        };
        if let Some(found) = rated(&mut own).or_else(|| rated(&mut self.severity.iter())) {
            return Some(found);
        }
        match self.database_specific.severity.as_deref()?.to_ascii_uppercase().as_str() {
            "CRITICAL" => Some(Critical),
            "HIGH" => Some(High),
            "MODERATE" | "MEDIUM" => Some(Medium),
            "LOW" => Some(Low),
            _ => None,
        }
    }

    fn only_about(mut self, wanted: impl Fn(Ecosystem, &str) -> bool) -> Self {
        self.affected
            .retain(|a| Ecosystem::find(&a.package.ecosystem).is_some_and(|e| wanted(e, &normal_name(e, &a.package.name))));
        self
    }
}

/// A CVSS vector's version, for comparing, and its rating (CVSS 3.1 section 5, the same scale for all). Some write the bare number.
fn rating(score: &AdvisoryScore) -> Option<(u8, Severity)> {
    let text = score.score.trim();
    if text.len() > 400 {
        return None;
    }
    let (version, value) = match cvss::Cvss::from_str(text) {
        Ok(vector) => {
            let version = match &vector {
                cvss::Cvss::CvssV20(_) => 20,
                cvss::Cvss::CvssV30(_) => 30,
                cvss::Cvss::CvssV31(_) => 31,
                _ => 40,
            };
            (version, vector.score())
        }
        Err(_) => (0, text.parse().ok()?),
    };
    Some((
        version,
        match value {
            v if v >= 9.0 => Severity::Critical,
            v if v >= 7.0 => Severity::High,
            v if v >= 4.0 => Severity::Medium,
            v if v > 0.0 => Severity::Low,
            _ => Severity::Info,
        },
    ))
}

fn is_of(a: &AffectedPackage, ecosystem: Ecosystem, name: &str) -> bool {
    Ecosystem::find(&a.package.ecosystem) == Some(ecosystem) && normal_name(ecosystem, &a.package.name) == normal_name(ecosystem, name)
}

/// Matching, by package and by range.
trait Holds {
    fn holds(&self, ecosystem: Ecosystem, version: &str) -> bool;
}

impl Holds for AffectedPackage {
    /// The evaluation algorithm of the specification: listed by name, or inside a range of the ecosystem's order.
    fn holds(&self, ecosystem: Ecosystem, version: &str) -> bool {
        let same = |v: &String| v == version || compare(ecosystem, v, version) == Some(Ordering::Equal);
        if self.versions.iter().take(MAX_EVENTS).any(same) {
            return true;
        }
        if self.ranges.is_empty() && self.versions.is_empty() {
            return true;
        }
        self.ranges
            .iter()
            .filter(|r| matches!(r.kind.as_str(), "SEMVER" | "ECOSYSTEM"))
            .any(|r| r.holds(ecosystem, version))
    }
}

impl Holds for AffectedRange {
    fn holds(&self, ecosystem: Ecosystem, version: &str) -> bool {
        let at = |text: &str| {
            if text == "0" {
                Some(Ordering::Greater)
            } else {
                compare(ecosystem, version, text)
            }
        };
        // The last event at or below the version decides; events need not be in order.
        let mut decided: Option<(&str, bool)> = None;
        for e in self.events.iter().take(MAX_EVENTS) {
            let (text, starts) = match (&e.introduced, &e.fixed) {
                (Some(t), _) => (t.as_str(), true),
                (None, Some(t)) => (t.as_str(), false),
                _ => continue,
            };
            if !matches!(at(text), Some(Ordering::Greater | Ordering::Equal)) {
                continue;
            }
            let later =
                decided.is_none_or(|(known, _)| known == "0" || text != "0" && compare(ecosystem, text, known) != Some(Ordering::Less));
            if later {
                decided = Some((text, starts));
            }
        }
        let Some((from, true)) = decided else { return false };
        // The first `last_affected` at or above where it began ends it, inclusive.
        let end = self
            .events
            .iter()
            .filter_map(|e| e.last_affected.as_deref())
            .filter(|t| from == "0" || matches!(compare(ecosystem, t, from), Some(Ordering::Greater | Ordering::Equal)))
            .min_by(|a, b| compare(ecosystem, a, b).unwrap_or(Ordering::Equal));
        end.is_none_or(|t| matches!(at(t), Some(Ordering::Less | Ordering::Equal)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(ranges: serde_json::Value) -> Advisory {
        let json = serde_json::json!({
            "id": "GHSA-x", "aliases": ["CVE-2026-1"], "modified": "2026-01-02T00:00:00Z",
            "affected": [{ "package": { "ecosystem": "npm", "name": "left" }, "ranges": ranges }],
        });
        Advisory::parse(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn ranges_follow_their_events_in_any_order() {
        let a = advisory(serde_json::json!([{ "type": "SEMVER", "events": [
            { "introduced": "2.0.0" }, { "fixed": "1.2.0" }, { "introduced": "0" }, { "fixed": "2.1.0" } ] }]));
        for (v, hit) in [
            ("0.1.0", true),
            ("1.1.9", true),
            ("1.2.0", false),
            ("1.9.0", false),
            ("2.0.0", true),
            ("2.0.5", true),
            ("2.1.0", false),
        ] {
            assert_eq!(a.affects_version(Ecosystem::Npm, "left", v), hit, "{v}");
        }
        assert_eq!(a.fixed_after(Ecosystem::Npm, "left", "1.0.0"), Some("1.2.0"));
        assert_eq!(a.fixed_after(Ecosystem::Npm, "left", "2.0.1"), Some("2.1.0"));
        assert!(!a.affects_version(Ecosystem::PyPI, "left", "1.0.0"));
        assert!(!a.affects_version(Ecosystem::Npm, "right", "1.0.0"));
        assert_eq!(a.best_id(), "CVE-2026-1");
    }

    #[test]
    fn last_affected_is_inclusive_and_prereleases_count() {
        let a = advisory(serde_json::json!([{ "type": "SEMVER", "events": [{ "introduced": "1.0.0" }, { "last_affected": "1.4.0" }] }]));
        for (v, hit) in [
            ("0.9.0", false),
            ("1.0.0-rc.1", false),
            ("1.0.0", true),
            ("1.4.0", true),
            ("1.4.1", false),
        ] {
            assert_eq!(a.affects_version(Ecosystem::Npm, "left", v), hit, "{v}");
        }
    }

    #[test]
    fn how_bad_it_is_says_the_newest_vector_and_else_the_data_base() {
        let of = |json: serde_json::Value| {
            Advisory::parse(json.to_string().as_bytes())
                .unwrap()
                .how_bad_for(Ecosystem::Npm, "left")
        };
        let v2 = serde_json::json!({ "type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C" });
        let v3 = serde_json::json!({ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N" });
        let v4 = serde_json::json!({ "type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N" });
        let low = serde_json::json!({ "severity": "LOW" });
        assert_eq!(of(serde_json::json!({ "id": "a", "severity": [v2] })), Some(Severity::Critical));
        assert_eq!(of(serde_json::json!({ "id": "a", "severity": [v2, v3] })), Some(Severity::Medium));
        assert_eq!(
            of(serde_json::json!({ "id": "a", "severity": [v4, v3], "database_specific": low })),
            Some(Severity::Critical)
        );
        assert_eq!(
            of(serde_json::json!({ "id": "a", "severity": [{ "type": "X", "score": "CVSS:9" }], "database_specific": low })),
            Some(Severity::Low)
        );
        assert_eq!(
            of(serde_json::json!({ "id": "a", "severity": [{ "type": "X", "score": "7.5" }] })),
            Some(Severity::High)
        );
        assert_eq!(of(serde_json::json!({ "id": "a" })), None);
        let own = serde_json::json!({ "id": "a", "severity": [v4], "affected": [{ "package": { "ecosystem": "npm", "name": "left" }, "severity": [v3] }] });
        assert_eq!(of(own), Some(Severity::Medium));
    }

    #[test]
    fn a_git_range_alone_and_a_withdrawn_advisory_match_nothing() {
        let git = advisory(serde_json::json!([{ "type": "GIT", "events": [{ "introduced": "0" }] }]));
        assert!(!git.affects_version(Ecosystem::Npm, "left", "1.0.0"));
        let mut gone = advisory(serde_json::json!([{ "type": "SEMVER", "events": [{ "introduced": "0" }] }]));
        assert!(gone.affects_version(Ecosystem::Npm, "left", "1.0.0"));
        gone.withdrawn = Some("2026-02-01T00:00:00Z".to_owned());
        assert!(!gone.affects_version(Ecosystem::Npm, "left", "1.0.0"));
    }
}
