use super::place;
use hub_deps::{Ecosystem, Requirement};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, RelPath, Severity};
use std::collections::{BTreeMap, BTreeSet};

declare_rule! {
    /// ## What it finds
    /// Dependencies that are settled only when they are installed: any version (`*`, `latest`, no version at all, a lower bound only) where no
    /// lock file fixes it, or code from a branch or archive that can change. All of one manifest are one finding.
    /// ## Why it matters
    /// Tomorrow's installation brings other code than the one that was looked at, also when a package was taken over.
    /// ## How to fix it
    /// Name a range with an upper bound and commit a lock file; name a full commit for code from git.
    /// ```package.json vulnerable
    /// {"name": "example", "version": "1.0.0", "dependencies": {"zod": "latest"}}
    /// ```
    /// ```package.json safe
    /// {"name": "example", "version": "1.0.0", "dependencies": {"zod": "^3.25.0"}}
    /// ```
    pub struct FloatingDependency {
        id: "floating-dependency",
        title: "Dependencies are not fixed to a version",
        category: SupplyChain,
        severity: Low,
        classes: &["D05"],
        references: &["https://cwe.mitre.org/data/definitions/1357.html"],
    }
}

impl Rule for FloatingDependency {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(deps) = cx.dependencies else { return };
        let locks: BTreeSet<&RelPath> = deps.locks.iter().collect();
        let locked: BTreeSet<(Ecosystem, &str)> = deps
            .packages
            .iter()
            .filter(|p| locks.contains(&p.file))
            .map(|p| (p.ecosystem, p.name.as_str()))
            .collect();
        // A library of PyPI asks for no bound by custom; what is taken from a moving place is another matter.
        let floating = deps.requirements.iter().filter(|r| {
            let is_open = r.is_moving_source() || r.is_floating() && r.ecosystem == Ecosystem::Npm;
            is_open && !r.is_dev && r.brought_by().is_none() && !locked.contains(&(r.ecosystem, r.name.as_str()))
        });
        let mut by_file: BTreeMap<&RelPath, Vec<&Requirement>> = BTreeMap::new();
        for r in floating {
            by_file.entry(&r.file).or_default().push(r);
        }
        for (file, of) in by_file {
            let Some(first) = of.iter().min_by_key(|r| r.line) else { continue };
            let names: Vec<&str> = of.iter().take(8).map(|r| r.name.as_str()).collect();
            let more = of.len() - names.len();
            out.report(Self::META)
                .at(place(file, first.line))
                .evidence(format!("{} {}", first.name, first.range))
                .title(format!(
                    "Not fixed to a version: {}{}",
                    names.join(", "),
                    if more > 0 { format!(" and {more} more") } else { String::new() }
                ))
                .severity(Severity::Low)
                .confidence(Confidence::High)
                .key(names.join(","))
                .add();
        }
    }
}
