use super::place;
use hub_deps::{Judges, Package};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Advisory, Confidence, EvidenceLevel, Severity, Subject};
use std::collections::BTreeMap;

declare_rule! {
    /// ## What it finds
    /// A dependency, direct or of another, whose resolved version an advisory names as affected. One finding for each package and version;
    /// what is only needed for development counts less.
    /// ## Why it matters
    /// The fault is known, and so is how to use it.
    /// ## How to fix it
    /// Update to the version named, or to a release of the dependency that brings it.
    /// ```package-lock.json vulnerable
    /// {"name": "example", "lockfileVersion": 3, "packages": {"": {}, "node_modules/left-padder": {"version": "1.0.0"}}}
    /// ```
    /// ```package-lock.json safe
    /// {"name": "example", "lockfileVersion": 3, "packages": {"": {}, "node_modules/left-padder": {"version": "2.0.0"}}}
    /// ```
    pub struct KnownVulnerableDependency {
        id: "known-vulnerable-dependency",
        title: "A dependency has a published vulnerability",
        category: SupplyChain,
        severity: High,
        classes: &["D01"],
        needs: Some(Needs::Advisories),
        references: &["https://cwe.mitre.org/data/definitions/1395.html"],
    }
}

impl Rule for KnownVulnerableDependency {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(deps), Some(known)) = (cx.dependencies, cx.snapshot.and_then(|s| s.advisories.as_ref())) else {
            return;
        };
        let mut by_package: BTreeMap<(&str, &str), Vec<(&Package, &Advisory)>> = BTreeMap::new();
        for package in &deps.packages {
            for advisory in known.list.iter().filter(|a| !a.is_malware() && a.affects(package)) {
                let list = by_package.entry((&package.name, &package.version)).or_default();
                if !list.iter().any(|(_, a)| a.best_id() == advisory.best_id()) {
                    list.push((package, advisory));
                }
            }
        }
        for ((name, version), list) in by_package {
            let Some((package, worst)) = list.iter().max_by_key(|(_, a)| a.how_bad()).copied() else {
                continue;
            };
            let ids: Vec<&str> = list.iter().map(|(_, a)| a.best_id()).collect();
            let bad = worst.how_bad().unwrap_or(Severity::Medium);
            let severity = if package.is_dev { Severity::Low } else { bad };
            // The version that fixes all of them.
            let mut fixed: Option<&str> = None;
            let mut all = true;
            for (_, a) in &list {
                match a.fixed_after(package.ecosystem, name, version) {
                    Some(f) if fixed.is_none_or(|b| hub_deps::compare(package.ecosystem, f, b) == Some(std::cmp::Ordering::Greater)) => {
                        fixed = Some(f)
                    }
                    Some(_) => {}
                    None => all = false,
                }
            }
            out.report(Self::META)
                .on(Subject::Dependency(format!("{name}@{version}")))
                .at(place(&package.file, package.line))
                .evidence(format!("{} {name} {version}: {}", package.ecosystem, ids.join(", ")))
                .title(format!(
                    "`{name}` {version} has {}",
                    match ids.as_slice() {
                        [one] => format!("a published vulnerability ({one})"),
                        many => format!("{} published vulnerabilities", many.len()),
                    }
                ))
                .because(format!(
                    "{}{}{}",
                    worst.summary,
                    if worst.summary.is_empty() || worst.summary.ends_with('.') {
                        ""
                    } else {
                        "."
                    },
                    if package.is_dev {
                        " It is needed for development only."
                    } else if package.is_direct {
                        ""
                    } else {
                        " It comes in through another dependency."
                    }
                ))
                .fix(match fixed {
                    Some(f) if all => format!("Update `{name}` to {f} or later."),
                    Some(f) => format!("Update `{name}` to {f} or later; for some of them no fixed version is published."),
                    None => format!("No fixed version of `{name}` is published: replace it, or check that the fault is out of reach."),
                })
                .severity(severity)
                .level(EvidenceLevel::Confirmed)
                .confidence(Confidence::High)
                .key(ids.join(","))
                .add();
        }
    }
}
