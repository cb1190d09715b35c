use super::{fact, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// A live server that speaks only the HTTP+SSE transport or a protocol revision of 2024.
    /// ## Why it matters
    /// That transport and those revisions came before the specification's rules on Origin checks, authorization and tokens for one audience; SDKs that speak nothing newer miss the fixes since.
    /// ## How to fix it
    /// Update the server's SDK and serve streamable HTTP.
    /// ```json vulnerable
    /// {"facts": [{"name": "legacy_sse_transport"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "old_protocol_revision", "protocol_version": "2024-11-05"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "connection", "address": "public", "scheme": "https"}], "tools": []}
    /// ```
    pub struct OutdatedTransport { id: "outdated-transport", title: "The server speaks an outdated transport or protocol revision", category: Endpoint, severity: Low, classes: &["L04"] }
}

impl Rule for OutdatedTransport {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let revision = fact(cx, "old_protocol_revision").map(|f| format!("protocol revision {}", text(f, "protocol_version")));
        let transport = fact(cx, "legacy_sse_transport").map(|_| "the HTTP+SSE transport".to_owned());
        let spoken: Vec<String> = transport.into_iter().chain(revision).collect();
        if spoken.is_empty() {
            return;
        }
        let spoken = spoken.join(", ");
        out.report(Self::META)
            .title(format!("The server speaks {spoken}"))
            .evidence(spoken)
            .severity(Severity::Low)
            .confidence(Confidence::High)
            .level(EvidenceLevel::Confirmed)
            .add();
    }
}
