use super::place;
use hub_deps::Judges;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity, Subject};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A dependency that a data base of malicious packages lists, at this version (identifiers `MAL-…` of OSV).
    /// ## Why it matters
    /// Its code was written to do harm, and most of it runs at installation.
    /// ## How to fix it
    /// Remove it, and treat every machine that installed it, and every secret on it, as taken.
    /// ```package-lock.json vulnerable
    /// {"name": "example", "lockfileVersion": 3, "packages": {"": {}, "node_modules/evil-padder": {"version": "1.0.0"}}}
    /// ```
    /// ```package-lock.json safe
    /// {"name": "example", "lockfileVersion": 3, "packages": {"": {}, "node_modules/left-padder": {"version": "2.0.0"}}}
    /// ```
    pub struct MaliciousDependency {
        id: "malicious-dependency",
        title: "A dependency is a known malicious package",
        category: SupplyChain,
        severity: Critical,
        classes: &["D02"],
        needs: Some(Needs::Advisories),
        references: &["https://cwe.mitre.org/data/definitions/506.html"],
    }
}

impl Rule for MaliciousDependency {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(deps), Some(known)) = (cx.dependencies, cx.snapshot.and_then(|s| s.advisories.as_ref())) else {
            return;
        };
        let mut seen = BTreeSet::new();
        for package in &deps.packages {
            for a in known.list.iter().filter(|a| a.is_malware() && a.affects(package)) {
                if seen.insert((&package.name, &package.version)) {
                    out.report(Self::META)
                        .on(Subject::Dependency(format!("{}@{}", package.name, package.version)))
                        .at(place(&package.file, package.line))
                        .evidence(format!("{} {} {}: {}", package.ecosystem, package.name, package.version, a.id))
                        .title(format!(
                            "`{}` {} is a known malicious package ({})",
                            package.name, package.version, a.id
                        ))
                        .severity(Severity::Critical)
                        .level(EvidenceLevel::Confirmed)
                        .confidence(Confidence::High)
                        .key(a.id.clone())
                        .add();
                }
            }
        }
    }
}
