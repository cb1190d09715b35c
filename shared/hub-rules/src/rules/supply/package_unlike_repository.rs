use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, RepositoryComparison, Severity};

declare_rule! {
    /// ## What it finds
    /// Code in a published package that is not in the repository which the package names, held against the commit of the release: files that no
    /// source was built into, files of another text, hosts that a built file names and nothing in the repository does, dependencies and install
    /// scripts that only the published manifest has. Bundles, whose parts cannot be told, are counted and not judged.
    /// ## Why it matters
    /// People review the repository and run the package. What was added in between is where stolen publishing rights show.
    /// ## How to fix it
    /// Publish from a build that starts at the tagged commit and nothing else, with provenance.
    /// ```facts vulnerable
    /// {"comparison": {"repository": "https://github.com/example/example", "chosen_by": "the tag v1.0.0", "is_release": true, "same": 8, "only_in_package": ["setup.js"], "added_in_manifest": ["postinstall: node setup.js"]}}
    /// ```
    /// ```facts safe
    /// {"comparison": {"repository": "https://github.com/example/example", "chosen_by": "the tag v1.0.0", "is_release": true, "same": 8, "bundled": 2}}
    /// ```
    pub struct PackageUnlikeRepository {
        id: "package-unlike-repository",
        title: "The published package holds code that its repository does not",
        category: SupplyChain,
        severity: Medium,
        classes: &["D06"],
        needs: Some(Needs::Repository),
        references: &["https://cwe.mitre.org/data/definitions/829.html"],
    }
}

impl Rule for PackageUnlikeRepository {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(found) = cx.beside.package.and_then(|p| p.comparison.as_ref()) else {
            return;
        };
        let against = format!(
            "Held against {} ({}{}): {} code files are the same or built from a source there, {} are bundles whose parts cannot be told.",
            found.repository,
            found.chosen_by,
            if found.revision.is_empty() {
                String::new()
            } else {
                format!(", {}", found.revision.chars().take(12).collect::<String>())
            },
            found.same,
            found.bundled
        );
        let mut report = |what: &str, list: &[String], severity: Severity, confidence| {
            if list.is_empty() {
                return;
            }
            let shown: Vec<&str> = list.iter().take(8).map(String::as_str).collect();
            let more = list.len() - shown.len();
            out.report(Self::META)
                .title(format!(
                    "{}: {}{}",
                    what,
                    shown.join(", "),
                    if more > 0 { format!(" and {more} more") } else { String::new() }
                ))
                .because(against.clone())
                .evidence(shown.join("\n"))
                .severity(if found.is_release { severity } else { severity.min(Severity::Low) })
                .level(EvidenceLevel::Confirmed)
                .confidence(confidence)
                .key(what)
                .add();
        };
        let sure = if found.is_release { Confidence::High } else { Confidence::Low };
        report("Only in the published manifest", &found.added_in_manifest, Severity::Medium, sure);
        report(
            "A built file names a host that the repository does not",
            &found.added_hosts,
            Severity::Medium,
            sure,
        );
        let (severity, confidence) = strange(found);
        report(
            "Code that is only in the package",
            &found.only_in_package,
            severity,
            confidence.min(sure),
        );
        report(
            "Code that differs from the repository's",
            &found.changed,
            severity,
            confidence.min(sure),
        );
    }
}

/// Where most of a package is not in the repository, the repository is another one than it was built from: said, and not taken for an intrusion.
fn strange(found: &RepositoryComparison) -> (Severity, Confidence) {
    let different = (found.only_in_package.len() + found.changed.len()) as u64 + found.more;
    if found.same >= different {
        (Severity::Medium, Confidence::High)
    } else {
        (Severity::Low, Confidence::Medium)
    }
}
