//! Advisories that tell of one fault.

use crate::{Ecosystem, Judges as _, compare};
use hub_model::{Advisory, Severity};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// One fault, as one or more data bases tell of it.
#[derive(Clone, Debug)]
pub struct Cause<'a> {
    /// The advisories, by id.
    pub told_by: Vec<&'a Advisory>,
    ids: BTreeSet<&'a str>,
}

impl<'a> Cause<'a> {
    /// The name by which people know it: its CVE number, else GitHub's id, else the first.
    #[must_use]
    pub fn best_id(&self) -> &'a str {
        let by = |prefix: &str| self.ids.iter().find(|i| i.starts_with(prefix)).copied();
        by("CVE-")
            .or_else(|| by("GHSA-"))
            .or_else(|| self.ids.first().copied())
            .unwrap_or_default()
    }

    /// All its names.
    #[must_use]
    pub fn ids(&self) -> Vec<&'a str> {
        self.ids.iter().copied().collect()
    }

    #[must_use]
    pub fn is_malware(&self) -> bool {
        self.told_by.iter().any(|a| a.is_malware())
    }

    /// The worst that any of them says of the package; none when none says.
    #[must_use]
    pub fn how_bad(&self, ecosystem: Ecosystem, name: &str) -> Option<Severity> {
        self.told_by.iter().filter_map(|a| a.how_bad_for(ecosystem, name)).max()
    }

    /// The longest of the summaries.
    #[must_use]
    pub fn summary(&self) -> &'a str {
        self.told_by
            .iter()
            .map(|a| a.summary.as_str())
            .max_by_key(|s| s.len())
            .unwrap_or_default()
    }

    /// The lowest fixed version above this one.
    #[must_use]
    pub fn fixed_after(&self, ecosystem: Ecosystem, name: &str, version: &str) -> Option<&'a str> {
        self.told_by
            .iter()
            .filter_map(|a| a.fixed_after(ecosystem, name, version))
            .min_by(|a, b| compare(ecosystem, a, b).unwrap_or(Ordering::Equal))
    }
}

/// One for each fault: advisories that share an id or alias are one.
#[must_use]
pub fn causes<'a>(advisories: impl IntoIterator<Item = &'a Advisory>) -> Vec<Cause<'a>> {
    let mut out: Vec<Cause<'a>> = Vec::new();
    for advisory in advisories {
        let mut new = Cause {
            told_by: vec![advisory],
            ids: std::iter::once(advisory.id.as_str())
                .chain(advisory.aliases.iter().map(String::as_str))
                .collect(),
        };
        // It may be what joins two that had nothing in common.
        let mut apart = Vec::new();
        for known in out.drain(..) {
            if known.ids.is_disjoint(&new.ids) {
                apart.push(known);
            } else {
                new.ids.extend(known.ids);
                new.told_by.extend(known.told_by);
            }
        }
        new.told_by.sort_by(|a, b| a.id.cmp(&b.id));
        new.told_by.dedup_by(|a, b| a.id == b.id);
        out = apart;
        out.push(new);
    }
    out.sort_by(|a, b| a.best_id().cmp(b.best_id()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(id: &str, aliases: &[&str]) -> Advisory {
        Advisory {
            id: id.to_owned(),
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
            ..Advisory::default()
        }
    }

    #[test]
    fn data_bases_that_share_an_alias_tell_of_one_fault() {
        let list = [
            advisory("GHSA-a", &["CVE-2026-1"]),
            advisory("PYSEC-1", &["CVE-2026-2"]),
            advisory("GHSA-b", &[]),
            advisory("OSV-1", &["CVE-2026-1", "PYSEC-1"]),
        ];
        let found: Vec<(&str, usize)> = causes(&list).iter().map(|c| (c.best_id(), c.told_by.len())).collect();
        assert_eq!(found, [("CVE-2026-1", 3), ("GHSA-b", 1)]);
    }
}
