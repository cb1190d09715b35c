use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// A published package of which nothing shows where it comes from: no link to a repository, an account that published none of the versions
    /// before, or no signed statement of where it was built although earlier versions had one. That such statements are missing
    /// altogether, as for most packages, stands among the facts of the report and is no finding.
    /// ## Why it matters
    /// Without them, a version from a stolen account looks like any other.
    /// ## How to fix it
    /// Name the repository in the manifest, and publish from its build with provenance (trusted publishing).
    /// ```facts vulnerable
    /// {"asked_on": "2026-11-24", "publisher": "ann", "earlier_publishers": ["ann"]}
    /// ```
    /// ```facts vulnerable
    /// {"asked_on": "2026-11-24", "repository": "github:example/example", "publisher": "eve", "earlier_publishers": ["ann", "ben"]}
    /// ```
    /// ```facts safe
    /// {"asked_on": "2026-11-24", "repository": "github:example/example", "publisher": "ann", "earlier_publishers": ["ann"]}
    /// ```
    /// ```facts safe
    /// {"asked_on": "2026-11-24", "repository": "github:example/example", "publisher": "ci", "earlier_publishers": ["ann"], "has_provenance": true}
    /// ```
    pub struct UnverifiedOrigin {
        id: "unverified-origin",
        title: "Nothing shows where the package comes from",
        category: SupplyChain,
        severity: Low,
        classes: &["D07"],
        needs: Some(Needs::Registry),
        references: &["https://cwe.mitre.org/data/definitions/1357.html", "https://slsa.dev/spec/v1.0/provenance"],
    }
}

impl Rule for UnverifiedOrigin {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(facts) = cx.beside.package else { return };
        let own = |a: &&hub_deps::About| a.repository.is_some();
        let linked = facts.repository.is_some() || cx.dependencies.is_some_and(|d| d.about.iter().find(own).is_some());
        let mut reasons: Vec<(String, String)> = Vec::new();
        if !linked {
            reasons.push(("it names no repository".to_owned(), "repository: none".to_owned()));
        }
        if let Some(publisher) = &facts.publisher
            && !facts.has_provenance
            && !facts.earlier_publishers.is_empty()
            && !facts.earlier_publishers.contains(publisher)
        {
            let known: Vec<&str> = facts.earlier_publishers.iter().take(5).map(String::as_str).collect();
            reasons.push((
                format!("`{publisher}` published none of the versions before"),
                format!("published by {publisher}; before by {}", known.join(", ")),
            ));
        }
        if let Some(before) = facts.provenance_before.as_ref().filter(|_| !facts.has_provenance) {
            reasons.push((
                format!("version {before} had a signed statement of where it was built, this one has none"),
                format!("provenance: none; {before} had it"),
            ));
        }
        if reasons.is_empty() {
            return;
        }
        let (titles, evidence): (Vec<String>, Vec<String>) = reasons.into_iter().unzip();
        out.report(Self::META)
            .title(format!("The origin of the package is not certain: {}", titles.join("; ")))
            .evidence(evidence.join("\n"))
            .severity(Severity::Low)
            .level(EvidenceLevel::Confirmed)
            .confidence(Confidence::High)
            .key("origin")
            .add();
    }
}
