use super::place;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity, Subject};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A direct dependency whose name is one slip away from a well-known package: a letter added, dropped, swapped or replaced by one that
    /// looks like it, other punctuation, or a scope left out.
    /// ## Why it matters
    /// Such names are registered to be installed by mistake.
    /// ## How to fix it
    /// Check that this is the package you mean, and replace it by the well-known one if not.
    /// ```package.json vulnerable
    /// {"name": "example", "version": "1.0.0", "dependencies": {"puppeter": "^1.0.0"}}
    /// ```
    /// ```package.json safe
    /// {"name": "example", "version": "1.0.0", "dependencies": {"puppeteer": "^24.0.0", "preact": "^10.0.0"}}
    /// ```
    pub struct LookalikeDependency {
        id: "lookalike-dependency",
        title: "A dependency's name is a near spelling of a well-known one",
        category: SupplyChain,
        severity: Medium,
        classes: &["D03", "M10"],
        references: &["https://cwe.mitre.org/data/definitions/1357.html"],
    }
}

impl Rule for LookalikeDependency {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(deps) = cx.dependencies else { return };
        let mut seen = BTreeSet::new();
        // A dependency's own needs are its publisher's choice, however it was read along.
        for r in deps.requirements.iter().filter(|r| r.brought_by().is_none()) {
            if let Some(like) = hub_deps::lookalike(r.ecosystem, &r.name)
                && seen.insert((r.ecosystem, &r.name))
            {
                out.report(Self::META)
                    .on(Subject::Dependency(r.name.clone()))
                    .at(place(&r.file, r.line))
                    .evidence(format!("{} {}", r.name, r.range))
                    .title(format!("`{}` is a near spelling of `{}`: {}", r.name, like.known, like.how))
                    .severity(if like.is_likely { Severity::Medium } else { Severity::Low })
                    .confidence(if like.is_likely { Confidence::Medium } else { Confidence::Low })
                    .key(like.known)
                    .add();
            }
        }
    }
}
