use super::{line_of, place};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// Python packages taken from two indexes at once, without saying which package comes from which: `--extra-index-url` in a requirements
    /// file, `extra-index-url` in a project file, a supplemental source of Poetry.
    /// ## Why it matters
    /// The installer takes the highest version from either index, so that anyone who registers the name of an internal package on the public
    /// one is installed instead (dependency confusion).
    /// ## How to fix it
    /// Use one index that passes the other on, or bind each package to its index (`explicit = true`, `source = …`).
    /// ```requirements.txt vulnerable
    /// --extra-index-url https://pypi.corp.example/simple
    /// acme-internal>=1.0
    /// ```
    /// ```requirements.txt safe
    /// --index-url https://pypi.corp.example/simple
    /// acme-internal>=1.0
    /// ```
    pub struct MixedPackageIndex {
        id: "mixed-package-index",
        title: "Packages are taken from two indexes at once",
        category: SupplyChain,
        severity: Low,
        classes: &["D03"],
        cwe: &[427],
        references: &["https://cwe.mitre.org/data/definitions/427.html"],
    }
}

impl Rule for MixedPackageIndex {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(snapshot) = cx.snapshot else { return };
        for file in &snapshot.files {
            let name = file.path.file_name().to_ascii_lowercase();
            let found = if name.starts_with("requirements") && name.ends_with(".txt") {
                let set = |l: &&str| {
                    l.trim_start()
                        .strip_prefix("--extra-index-url")
                        .is_some_and(|r| r.starts_with([' ', '=']))
                };
                file.text.lines().find(set)
            } else if name == "pyproject.toml" {
                let set = |l: &&str| {
                    let l = l.trim();
                    l.strip_prefix("extra-index-url").is_some_and(|r| r.trim_start().starts_with('='))
                        || matches!(
                            l.replace([' ', '\''], "").replace('"', "").as_str(),
                            "priority=supplemental" | "priority=secondary" | "secondary=true"
                        )
                };
                file.text.lines().find(set)
            } else {
                None
            };
            // Folders of whole distributions with wheels of their own hold no names that anyone else uses.
            let Some(line) = found.filter(|l| !l.contains("download.pytorch.org")) else {
                continue;
            };
            out.report(Self::META)
                .at(place(&file.path, line_of(&file.text, line)))
                .evidence(line.trim())
                .severity(Severity::Low)
                .level(EvidenceLevel::Signal)
                .confidence(Confidence::Medium)
                .add();
        }
    }
}
