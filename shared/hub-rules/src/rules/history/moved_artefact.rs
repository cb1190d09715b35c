use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{Low, Medium};
use hub_model::{Confidence, EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// A server that names itself differently than in an earlier scan, a package whose content is another one under the version that was scanned before, and a package that names another repository or was published by an account that had published none of it.
    /// ## Why it matters
    /// A version that has been looked at stands for its content; when the content or the server behind the name is exchanged, the look was for nothing.
    /// ## How to fix it
    /// Compare both artifacts, ask the publisher what happened, and pin the digest of the one that was approved.
    /// ```change vulnerable
    /// {"before": {"serverInfo": {"name": "acme-docs", "version": "1.0.0"}, "tools": [{"name": "a", "description": "A."}]}, "after": {"serverInfo": {"name": "other-docs", "version": "1.0.0"}, "tools": [{"name": "a", "description": "A."}]}}
    /// ```
    /// ```change safe
    /// {"before": {"serverInfo": {"name": "acme-docs", "version": "1.0.0"}, "tools": [{"name": "a", "description": "A."}]}, "after": {"serverInfo": {"name": "acme-docs", "version": "1.1.0"}, "tools": [{"name": "a", "description": "A."}, {"name": "b", "description": "B."}]}}
    /// ```
    pub struct MovedArtefact { id: "moved-artefact", title: "What stands behind the name is another artifact than before", category: History, severity: Medium, classes: &["H03"] }
}

/// A repository without the spelling of its address: host, owner and name.
fn place_of(address: &str) -> String {
    let text = address.trim().to_ascii_lowercase();
    let text = text.split(['#', '?']).next().unwrap_or_default();
    let text = text.rsplit("://").next().unwrap_or(text).replace("github:", "github.com/");
    let text = text.trim_start_matches("git@").replace(':', "/");
    let text = text.trim_end_matches('/').trim_end_matches(".git").trim_start_matches("www.");
    match text.matches('/').count() {
        1 => format!("github.com/{text}"),
        _ => text.to_owned(),
    }
}

impl Rule for MovedArtefact {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(earlier) = cx.beside.earlier else { return };
        let mut report = |title: String, evidence: String, severity, key: &str| {
            out.report(Self::META)
                .on(Subject::Server)
                .title(title)
                .evidence(evidence)
                .severity(severity)
                .confidence(Confidence::Medium)
                .level(EvidenceLevel::Confirmed)
                .key(key)
                .add();
        };
        let names = (earlier.inventory.server.name.as_deref(), cx.inventory.server.name.as_deref());
        if let (Some(before), Some(now)) = names
            && before != now
        {
            report(
                format!("The server calls itself `{now}`; in {} it was `{before}`", earlier.name),
                format!("{before} → {now}"),
                Low,
                "name",
            );
        }
        if let (Some(before), Some(now)) = (&earlier.package, cx.beside.package) {
            if let (Some(old), Some(new)) = (&before.repository, &now.repository)
                && place_of(old) != place_of(new)
            {
                report(
                    format!("The package names another repository than in {}", earlier.name),
                    format!("{old} → {new}"),
                    Medium,
                    "repository",
                );
            }
            let accounts = (&before.publisher, &now.publisher);
            if let (Some(old), Some(new)) = accounts
                && old != new
                && !before.earlier_publishers.contains(new)
                && !now.has_provenance
            {
                report(
                    format!(
                        "`{new}` published this version; the one in {} was published by `{old}`",
                        earlier.name
                    ),
                    format!("{old} → {new}"),
                    Medium,
                    "publisher",
                );
            }
        }
        let Some(origin) = cx.beside.origin else { return };
        // A commit names its content; a published version only promises to.
        let published = !origin.contains("://");
        if published
            && cx.beside.version == earlier.source_version
            && let (Some(before), Some(now)) = (earlier.artifact_digest, cx.beside.artifact_digest)
            && before != now
        {
            report(
                format!(
                    "Version {} of `{origin}` has another content than in {}",
                    cx.beside.version, earlier.name
                ),
                format!("{before} → {now}"),
                Medium,
                "digest",
            );
        }
        if let Some(before) = &earlier.origin
            && before != origin
        {
            report(
                format!("The source comes from `{origin}`; in {} it came from `{before}`", earlier.name),
                format!("{before} → {origin}"),
                Low,
                "origin",
            );
        }
    }
}
