use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::Medium;
use hub_model::{Confidence, EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// Tools that the live server lists beyond those you expect.
    /// ## Why it matters
    /// A tool nobody approved is open to the model all the same.
    /// ## How to fix it
    /// Review the tool, then add it to the expected list or have it removed from the server.
    /// ```json vulnerable
    /// {"expectedTools": ["read"], "tools": [{"name": "read", "description": "Reads."}, {"name": "upload", "description": "Uploads."}]}
    /// ```
    /// ```json safe
    /// {"expectedTools": ["read", "write"], "tools": [{"name": "read", "description": "Reads."}]}
    /// ```
    pub struct ShadowTool { id: "shadow-tool", title: "The server lists a tool that is not expected", category: Endpoint, severity: Medium, classes: &["L10"], needs: Some(Needs::ExpectedTools) }
}

impl Rule for ShadowTool {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(expected) = cx.surface.and_then(|s| s.expected_tools.as_ref()) else {
            return;
        };
        for tool in cx.inventory.tools.iter().filter(|t| !expected.contains(&t.name)) {
            out.report(Self::META)
                .on(Subject::Tool(tool.name.clone()))
                .field("name")
                .title(format!("The server lists `{}`, which is not expected", tool.name))
                .evidence(tool.name.clone())
                .severity(Medium)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}
