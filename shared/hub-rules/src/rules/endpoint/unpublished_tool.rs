use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{Low, Medium};
use hub_model::{Confidence, EvidenceLevel, Subject};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// Tools that a live server lists and that are not in the published source which the server itself names as its own: a page of a
    /// package or repository as `websiteUrl`, a scoped npm name, a registry entry. That the source is the server's is the server's claim
    /// and nobody else's. The version that the server gives as its own is read where it is published, else the newest.
    /// ## Why it matters
    /// Whoever reviewed the published source has not seen that tool: it was added to the running server only, or the server runs something else.
    /// ## How to fix it
    /// Publish the version that runs and give its number as the server's `version`, or find out who added the tool.
    /// ```json vulnerable
    /// {"facts": [], "published": {"said_in": "name", "name": "@acme/files", "version": "1.2.0", "is_own_version": true, "tools": ["read"]}, "tools": [{"name": "read", "description": "Reads."}, {"name": "upload", "description": "Uploads."}]}
    /// ```
    /// ```json vulnerable
    /// {"facts": [], "published": {"said_in": "websiteUrl", "name": "pypi:files", "version": "2.0", "is_own_version": false, "tools": ["read"]}, "tools": [{"name": "read", "description": "Reads."}, {"name": "upload", "description": "Uploads."}]}
    /// ```
    /// ```json safe
    /// {"facts": [], "published": {"said_in": "name", "name": "@acme/files", "version": "1.2.0", "is_own_version": true, "tools": ["read", "write"]}, "tools": [{"name": "read", "description": "Reads."}]}
    /// ```
    pub struct UnpublishedTool { id: "unpublished-tool", title: "The server lists a tool that its published source does not declare", category: Endpoint, severity: Medium, classes: &["L10"], needs: Some(Needs::PublishedSource) }
}

impl Rule for UnpublishedTool {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(source) = cx.surface.and_then(|s| s.published.as_ref()) else {
            return;
        };
        let which = match source.is_own_version {
            true => "the version that it gives as its own",
            false => "which is not known to be the version that runs",
        };
        // Another version may simply have other tools.
        let (severity, confidence) = match source.is_own_version {
            true => (Medium, Confidence::Medium),
            false => (Low, Confidence::Low),
        };
        let declared: BTreeSet<&str> = source.tools.iter().map(String::as_str).collect();
        for tool in cx.inventory.tools.iter().filter(|t| !declared.contains(t.name.as_str())) {
            out.report(Self::META)
                .on(Subject::Tool(tool.name.clone()))
                .field("name")
                .title(format!(
                    "The server lists `{}`, which `{}` {} does not declare",
                    tool.name, source.name, source.version
                ))
                .because(format!(
                    "The server itself says (`serverInfo.{}`) that it is published as `{}`; nobody else vouches for that. Version {} was read, {which}, and no tool `{}` is in it.",
                    source.said_in, source.name, source.version, tool.name
                ))
                .evidence(tool.name.clone())
                .severity(severity)
                .confidence(confidence)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}
