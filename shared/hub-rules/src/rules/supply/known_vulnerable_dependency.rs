use super::{Known, NamedInCode, OtherParts, fix_of, lower, place, top_of, way};
use hub_deps::{Cause, Ecosystem, Judges, Package, causes};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, RelPath, Severity, Subject};
use std::collections::BTreeMap;

declare_rule! {
    /// ## What it finds
    /// A dependency, direct or of another, whose resolved version an advisory names as affected; where no lock file settles the version, a
    /// range that admits affected versions only. One finding for each package and version, with the way by which it comes in. What is only
    /// needed for development, or stands in the lock file of a part of the tree in which no tool lies, is Low; what no code names counts one step less.
    /// ## Why it matters
    /// The fault is known, and so is how to use it.
    /// ## How to fix it
    /// Update to the version named, or to a release of the dependency that brings it.
    /// ```package-lock.json vulnerable
    /// {"name": "example", "lockfileVersion": 3, "packages": {"": {}, "node_modules/left-padder": {"version": "1.0.0"}}}
    /// ```
    /// ```package.json vulnerable
    /// {"name": "example", "version": "1.0.0", "dependencies": {"left-padder": "^1.0.0"}}
    /// ```
    /// ```package-lock.json safe
    /// {"name": "example", "lockfileVersion": 3, "packages": {"": {}, "node_modules/left-padder": {"version": "2.0.0"}}}
    /// ```
    /// ```package.json safe
    /// {"name": "example", "version": "1.0.0", "dependencies": {"left-padder": ">=1.0.0 <3.0.0"}}
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
        let known = Known::of(known);
        let mut in_code: Option<NamedInCode<'_>> = None;
        let other_parts = OtherParts::of(cx);
        // One package may stand in several lock files; what more than development needs comes first.
        let rank = |p: &Package| (other_parts.hold(&p.file), p.is_dev, p.file.as_str().matches('/').count());
        let mut by_package: BTreeMap<(Ecosystem, &str, &str), &Package> = BTreeMap::new();
        for package in &deps.packages {
            let kept = by_package
                .entry((package.ecosystem, &package.name, &package.version))
                .or_insert(package);
            if rank(package) < rank(kept) {
                *kept = package;
            }
        }
        for ((ecosystem, name, version), package) in by_package {
            let about = known.about(ecosystem, name).filter(|a| !a.is_malware() && a.affects(package));
            let causes = causes(about);
            let Some(told) = Told::of(&causes, ecosystem, name) else { continue };
            let (mut severity, mut note) = (told.severity, String::new());
            if other_parts.hold(&package.file) {
                severity = severity.min(Severity::Low);
                note = format!(
                    " `{}` is the lock file of another part of the tree, in which no tool lies.",
                    package.file
                );
            } else if package.is_dev {
                (severity, note) = (severity.min(Severity::Low), " It is needed for development only.".to_owned());
            } else if in_code.get_or_insert_with(|| NamedInCode::of(cx)).names(package) == Some(false) {
                severity = lower(severity);
                note = format!(" No code of this package names `{}`, so it counts one step less.", top_of(package));
            } else if !package.is_direct && package.path.is_empty() {
                note = " It comes in through another dependency.".to_owned();
            }
            if !package.path.is_empty() {
                note = format!(" It comes in by {}.{note}", package.way_in());
            }
            out.report(Self::META)
                .on(Subject::Dependency(format!("{name}@{version}")))
                .at(place(&package.file, package.line))
                .evidence(format!("{ecosystem} {name} {version}: {}", told.ids.join(", ")))
                .title(format!("`{name}` {version} has {}", told.how_many()))
                .because(format!("{}{note}", told.summary))
                .fix(fix_of(&causes, ecosystem, name, version, package.path.first().map(|p| &**p)))
                .severity(severity)
                .level(EvidenceLevel::Confirmed)
                .confidence(Confidence::High)
                .flow(way(deps, package))
                .key(told.ids.join(","))
                .add();
        }
        // One range of one package is one finding, where the artifact itself asks for it if it does.
        let mut unsettled = deps.unsettled();
        unsettled.sort_by_key(|(r, _)| (r.ecosystem, &r.name, &r.range, r.brought_by().is_some()));
        unsettled.dedup_by(|(a, _), (b, _)| (a.ecosystem, &a.name, &a.range) == (b.ecosystem, &b.name, &b.range));
        for (r, lowest) in unsettled {
            let about = known
                .about(r.ecosystem, &r.name)
                .filter(|a| !a.is_malware() && a.affects_all_of(r, &lowest));
            let causes = causes(about);
            let Some(told) = Told::of(&causes, r.ecosystem, &r.name) else {
                continue;
            };
            let file: &RelPath = &r.file;
            out.report(Self::META)
                .on(Subject::Dependency(r.name.clone()))
                .at(place(file, r.line))
                .evidence(format!("{} {} {}: {}", r.ecosystem, r.name, r.range, told.ids.join(", ")))
                .title(format!(
                    "Every version of `{}` that {} admits has {}",
                    r.name,
                    r.range,
                    told.how_many()
                ))
                .because(match r.brought_by() {
                    Some(by) => format!("{} `{}@{}` asks for it.", told.summary, by.name, by.version),
                    None => told.summary.clone(),
                })
                .fix(fix_of(&causes, r.ecosystem, &r.name, &lowest, r.brought_by().map(|d| d.name)))
                .severity(told.severity)
                .level(EvidenceLevel::Confirmed)
                .confidence(Confidence::High)
                .key(told.ids.join(","))
                .add();
        }
    }
}

/// What several faults of one package come to.
struct Told<'a> {
    ids: Vec<&'a str>,
    severity: Severity,
    summary: String,
}

impl<'a> Told<'a> {
    fn of(causes: &[Cause<'a>], ecosystem: Ecosystem, name: &str) -> Option<Self> {
        let bad = |c: &Cause<'_>| c.how_bad(ecosystem, name).unwrap_or(Severity::Medium);
        let worst = causes.iter().max_by_key(|c| bad(c))?;
        let summary = worst.summary();
        let stop = if summary.is_empty() || summary.ends_with('.') { "" } else { "." };
        Some(Self {
            ids: causes.iter().map(Cause::best_id).collect(),
            severity: bad(worst),
            summary: format!("{summary}{stop}"),
        })
    }

    fn how_many(&self) -> String {
        match self.ids.as_slice() {
            [one] => format!("a published vulnerability ({one})"),
            many => format!("{} published vulnerabilities", many.len()),
        }
    }
}
