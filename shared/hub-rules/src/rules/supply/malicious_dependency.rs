use super::{Known, place, way};
use hub_deps::{Judges, causes};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity, Subject};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A dependency that a data base of malicious packages lists, at this version (identifiers `MAL-…` of OSV), or of which every version that
    /// a manifest admits is listed.
    /// ## Why it matters
    /// Its code was written to do harm, and most of it runs at installation.
    /// ## How to fix it
    /// Remove it, and treat every machine that installed it, and every secret on it, as taken.
    /// ```package-lock.json vulnerable
    /// {"name": "example", "lockfileVersion": 3, "packages": {"": {}, "node_modules/evil-padder": {"version": "1.0.0"}}}
    /// ```
    /// ```package.json vulnerable
    /// {"name": "example", "version": "1.0.0", "dependencies": {"evil-padder": "^1.0.0"}}
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
        let known = Known::of(known);
        let mut seen = BTreeSet::new();
        for package in &deps.packages {
            let about = known
                .about(package.ecosystem, &package.name)
                .filter(|a| a.is_malware() && a.affects(package));
            let Some(cause) = causes(about).into_iter().next() else { continue };
            if seen.insert((package.ecosystem, &package.name, &package.version)) {
                let id = malware_id(&cause);
                out.report(Self::META)
                    .on(Subject::Dependency(format!("{}@{}", package.name, package.version)))
                    .at(place(&package.file, package.line))
                    .evidence(format!("{} {} {}: {id}", package.ecosystem, package.name, package.version))
                    .title(format!(
                        "`{}` {} is a known malicious package ({id})",
                        package.name, package.version
                    ))
                    .severity(Severity::Critical)
                    .level(EvidenceLevel::Confirmed)
                    .confidence(Confidence::High)
                    .flow(way(deps, package))
                    .key(id)
                    .add();
            }
        }
        for (r, lowest) in deps.unsettled() {
            let about = known
                .about(r.ecosystem, &r.name)
                .filter(|a| a.is_malware() && a.affects_all_of(r, &lowest));
            let Some(cause) = causes(about).into_iter().next() else { continue };
            let id = malware_id(&cause);
            out.report(Self::META)
                .on(Subject::Dependency(r.name.clone()))
                .at(place(&r.file, r.line))
                .evidence(format!("{} {} {}: {id}", r.ecosystem, r.name, r.range))
                .title(format!(
                    "Every version of `{}` that {} admits is known to be malicious ({id})",
                    r.name, r.range
                ))
                .severity(Severity::Critical)
                .level(EvidenceLevel::Confirmed)
                .confidence(Confidence::High)
                .key(id)
                .add();
        }
    }
}

fn malware_id<'a>(cause: &hub_deps::Cause<'a>) -> &'a str {
    cause
        .ids()
        .into_iter()
        .find(|i| i.starts_with("MAL-"))
        .unwrap_or_else(|| cause.best_id())
}
