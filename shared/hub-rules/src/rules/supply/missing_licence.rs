use super::place;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel};

declare_rule! {
    /// ## What it finds
    /// A package that is meant to be published and names no licence, neither in its manifest nor in a file beside it nor in the registry.
    /// ## Why it matters
    /// Without one, nobody else may lawfully mend, fork or pass it on, so its faults stay with whoever runs it.
    /// ## How to fix it
    /// Choose a licence, name it in the manifest by its SPDX identifier, and add its text.
    /// ```package.json vulnerable
    /// {"name": "example", "version": "1.0.0"}
    /// ```
    /// ```package.json safe
    /// {"name": "example", "version": "1.0.0", "license": "MIT"}
    /// ```
    /// ```package.json safe
    /// {"name": "example", "version": "1.0.0", "private": true}
    /// ```
    pub struct MissingLicence {
        id: "missing-licence",
        title: "The package names no licence",
        category: SupplyChain,
        severity: Info,
        classes: &["D08"],
        references: &["https://spdx.org/licenses/"],
    }
}

impl Rule for MissingLicence {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(deps), Some(snapshot)) = (cx.dependencies, cx.snapshot) else {
            return;
        };
        let top = |p: &hub_model::RelPath| p.parent().is_empty() || p.parent().ends_with(".dist-info") || p.parent().ends_with(".egg-info");
        let own: Vec<_> = deps.about.iter().filter(|a| a.file.as_ref().is_some_and(top)).collect();
        let said = own.iter().any(|a| a.licence.is_some() || a.is_private) || cx.beside.package.is_some_and(|p| p.licence.is_some());
        let is_text = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
            ["license", "licence", "copying", "unlicense"].iter().any(|w| name.starts_with(w))
        };
        let beside = snapshot.files.iter().any(|f| is_text(f.path.as_str())) || snapshot.skipped.iter().any(|s| is_text(&s.path));
        let Some(first) = own.first() else { return };
        if said || beside {
            return;
        }
        out.report(Self::META)
            .at(first.file.as_ref().map(|f| place(f, 1)))
            .title(format!("`{}` names no licence", first.name))
            .evidence(first.file.as_ref().map(ToString::to_string).unwrap_or_default())
            .level(EvidenceLevel::Signal)
            .confidence(Confidence::High)
            .add();
    }
}
