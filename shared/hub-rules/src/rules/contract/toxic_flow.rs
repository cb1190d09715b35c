use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::Low;
use hub_model::{Confidence, EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// Private data, untrusted content and a way out together in one server's tools.
    /// ## Why it matters
    /// Text in the untrusted content can order the model to read the private data and send it out; each tool alone is harmless.
    /// ## How to fix it
    /// Split the tools over servers that are not enabled together, or have the user confirm every call that sends something out.
    /// ```json vulnerable
    /// {"tools": [{"name": "read_email", "description": "Reads an email from the inbox."}, {"name": "fetch_page", "description": "Fetches a web page.", "inputSchema": {"type": "object", "properties": {"url": {"type": "string"}}}}, {"name": "send_message", "description": "Sends a message."}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "read_email", "description": "Reads an email from the inbox."}, {"name": "count", "description": "Counts emails."}]}
    /// ```
    pub struct ToxicFlow { id: "toxic-flow", title: "Private data, untrusted content and a way out meet in one server", category: Contract, severity: Low, classes: &["P08"] }
}

impl Rule for ToxicFlow {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let with = |kinds: &[&str]| {
            cx.inventory
                .tools
                .iter()
                .find(|t| t.capabilities.iter().any(|c| kinds.contains(&c.kind.as_str())))
        };
        let private = with(&["reads_private_data", "reads_files"]);
        let untrusted = with(&["reads_untrusted_content"]);
        let way_out = with(&["sends_messages", "network_any_host"]);
        let (Some(private), Some(untrusted), Some(way_out)) = (private, untrusted, way_out) else {
            return;
        };
        out.report(Self::META)
            .on(Subject::Server)
            .evidence(format!(
                "private data: {}; untrusted content: {}; way out: {}",
                private.name, untrusted.name, way_out.name
            ))
            .severity(Low)
            .confidence(Confidence::Low)
            .level(EvidenceLevel::Signal)
            .add();
    }
}
