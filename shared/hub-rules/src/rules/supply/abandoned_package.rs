use super::{OtherParts, place};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Location, Severity};

declare_rule! {
    /// ## What it finds
    /// A published package that its publisher deprecated, withdrew from the index or declared inactive, or whose newest release is more than two
    /// years old; and dependencies that a lock file says are deprecated. It counts as Medium only where the publisher's note speaks of security.
    /// ## Why it matters
    /// Nobody mends the faults that are found from now on.
    /// ## How to fix it
    /// Move to what the publisher names instead, or to a package that is kept.
    /// ```facts vulnerable
    /// {"asked_on": "2026-11-24", "deprecated": "No longer maintained, use example-next"}
    /// ```
    /// ```facts vulnerable
    /// {"asked_on": "2026-11-24", "newest": "1.0.0", "newest_on": "2021-03-01"}
    /// ```
    /// ```package-lock.json vulnerable
    /// {"name": "example", "lockfileVersion": 3, "packages": {"": {}, "node_modules/request": {"version": "2.88.2", "deprecated": "request has been deprecated"}}}
    /// ```
    /// ```facts safe
    /// {"asked_on": "2026-11-24", "newest": "1.0.0", "newest_on": "2025-03-01"}
    /// ```
    pub struct AbandonedPackage {
        id: "abandoned-package",
        title: "The package is no longer maintained",
        category: SupplyChain,
        severity: Low,
        classes: &["D08"],
        references: &["https://cwe.mitre.org/data/definitions/1104.html"],
    }
}

/// Age of the newest release from which on it counts, in months.
const STALE_MONTHS: i32 = 24;

impl Rule for AbandonedPackage {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let mut report = |title: String, evidence: String, severity, at: Option<Location>, key: &str| {
            out.report(Self::META)
                .at(at)
                .title(title)
                .evidence(evidence)
                .severity(severity)
                .level(EvidenceLevel::Confirmed)
                .confidence(Confidence::High)
                .key(key)
                .add();
        };
        if let Some(facts) = cx.beside.package {
            if let Some(note) = &facts.deprecated {
                report(
                    "The publisher says that this version should not be used".to_owned(),
                    note.clone(),
                    how_bad(note),
                    None,
                    "deprecated",
                );
            }
            if let Some(reason) = &facts.yanked {
                report(
                    "The publisher withdrew this version from the index".to_owned(),
                    reason.clone(),
                    how_bad(reason),
                    None,
                    "yanked",
                );
            }
            if let (Some(newest), Some(on)) = (&facts.newest, &facts.newest_on)
                && let Some(age) = months(&facts.asked_on).zip(months(on)).map(|(now, then)| now - then)
                && age > STALE_MONTHS
            {
                report(
                    format!("The newest release ({newest}) is of {on}, {} years old", age / 12),
                    format!("{newest} of {on}"),
                    Severity::Info,
                    None,
                    "stale",
                );
            }
        }
        let Some(deps) = cx.dependencies else { return };
        if let Some(about) = deps.about.iter().find(|a| a.is_inactive) {
            report(
                "The package declares itself inactive".to_owned(),
                "Development Status :: 7 - Inactive".to_owned(),
                Severity::Low,
                about.file.as_ref().map(|f| place(f, 1)),
                "inactive",
            );
        }
        let other_parts = OtherParts::of(cx);
        let old = deps
            .packages
            .iter()
            .filter(|p| p.deprecated.is_some() && !p.is_dev && !other_parts.hold(&p.file));
        let old: Vec<&hub_deps::Package> = old.collect();
        if let Some(first) = old.iter().find(|p| p.is_direct).or(old.first()) {
            let mut names: Vec<String> = old.iter().map(|p| format!("{}@{}", p.name, p.version)).collect();
            names.dedup();
            let more = names.len().saturating_sub(8);
            names.truncate(8);
            report(
                format!(
                    "Dependencies that their publishers deprecated: {}{}",
                    names.join(", "),
                    if more > 0 { format!(" and {more} more") } else { String::new() }
                ),
                format!(
                    "{}@{}: {}",
                    first.name,
                    first.version,
                    first.deprecated.as_deref().unwrap_or_default()
                ),
                Severity::Info,
                Some(place(&first.file, first.line)),
                "dependencies",
            );
        }
    }
}

/// A note that speaks of a fault is a warning; any other is advice.
fn how_bad(note: &str) -> Severity {
    let note = note.to_ascii_lowercase();
    let bad = [
        "security",
        "vulnerab",
        "malicious",
        "compromised",
        "malware",
        "cve-",
        "backdoor",
        "exploit",
    ];
    if bad.iter().any(|w| note.contains(w)) {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// Months since the year 0 of `2026-11-24`.
fn months(day: &str) -> Option<i32> {
    let mut parts = day.split('-');
    let (year, month): (i32, i32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    ((1970..10_000).contains(&year) && (1..=12).contains(&month)).then_some(year * 12 + month)
}
