//! The order of versions, as each ecosystem has it.

use crate::Ecosystem;
use std::cmp::Ordering;
use std::str::FromStr;

/// How two versions compare; none when one of them is no version of the ecosystem.
#[must_use]
pub fn compare(ecosystem: Ecosystem, a: &str, b: &str) -> Option<Ordering> {
    match ecosystem {
        Ecosystem::Npm => Some(npm(a)?.cmp(&npm(b)?)),
        Ecosystem::PyPI => Some(
            pep440_rs::Version::from_str(a.trim())
                .ok()?
                .cmp(&pep440_rs::Version::from_str(b.trim()).ok()?),
        ),
        // Build metadata is no part of the order (semver.org, 10); Go's `v` and `+incompatible` likewise.
        Ecosystem::Crates | Ecosystem::Go => Some(plain(a)?.cmp_precedence(&plain(b)?)),
    }
}

fn npm(text: &str) -> Option<node_semver::Version> {
    if text.len() > 256 {
        return None;
    }
    node_semver::Version::parse(text.trim())
        .ok()
        .or_else(|| node_semver::Version::parse(filled(text)).ok())
}

fn plain(text: &str) -> Option<semver::Version> {
    if text.len() > 256 {
        return None;
    }
    let text = text.trim().trim_start_matches('v');
    semver::Version::parse(text)
        .ok()
        .or_else(|| semver::Version::parse(&filled(text)).ok())
}

/// `1` and `1.2` of advisories, with the missing zeros.
fn filled(text: &str) -> String {
    let text = text.trim();
    let (core, rest) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
    let mut core = core.to_owned();
    while core.matches('.').count() < 2 {
        core.push_str(".0");
    }
    core + rest
}

/// The version after this one: its last number of three raised. None for what is no such version.
pub(crate) fn next(text: &str) -> Option<String> {
    let mut version = plain(text)?;
    version.patch = version.patch.checked_add(1)?;
    Some(semver::Version::new(version.major, version.minor, version.patch).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ecosystem_has_its_own_order() {
        use Ecosystem::{Crates, Go, Npm, PyPI};
        for (e, a, b, order) in [
            (Npm, "1.2.3", "1.10.0", Ordering::Less),
            (Npm, "2.0.0-rc.1", "2.0.0", Ordering::Less),
            (Npm, "0", "0.0.1", Ordering::Less),
            (PyPI, "1.0rc1", "1.0", Ordering::Less),
            (PyPI, "1.0.post1", "1.0", Ordering::Greater),
            (PyPI, "1!0.5", "2.0", Ordering::Greater),
            (PyPI, "1.0", "1.0.0", Ordering::Equal),
            (Crates, "1.0.0+a", "1.0.0+b", Ordering::Equal),
            (Go, "v1.2.0", "1.2.0", Ordering::Equal),
            (Go, "v2.0.0+incompatible", "2.0.1", Ordering::Less),
        ] {
            assert_eq!(compare(e, a, b), Some(order), "{e} {a} {b}");
        }
        assert_eq!(compare(Npm, "not a version", "1.0.0"), None);
    }
}
