use super::fact;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};
use serde_json::Value;

declare_rule! {
    /// ## What it finds
    /// A live server that accepts an access token which says of itself that it was made for the API of somebody else.
    /// ## Why it matters
    /// A token that works here and there lets either side act as the user at the other (confused deputy); the MCP specification forbids passing tokens through.
    /// ## How to fix it
    /// Accept only tokens whose audience is this server (RFC 8707), and get a token of its own for every API behind it.
    /// ```json vulnerable
    /// {"facts": [{"name": "token_of_other_audience_accepted", "audience": ["https://graph.other.example"]}], "tools": [{"name": "a", "description": "A."}]}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "connection", "auth_type": "bearer", "needs_credentials": true}], "tools": [{"name": "a", "description": "A."}]}
    /// ```
    pub struct ForeignTokenAccepted { id: "foreign-token-accepted", title: "A token made for another API is accepted", category: Endpoint, severity: Medium, classes: &["S20", "L02"] }
}

impl Rule for ForeignTokenAccepted {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(found) = fact(cx, "token_of_other_audience_accepted") else {
            return;
        };
        let audience = found.details.get("audience").and_then(Value::as_array).into_iter().flatten();
        let audience: Vec<&str> = audience.filter_map(Value::as_str).collect();
        out.report(Self::META)
            .evidence(format!("the accepted token is for {}", audience.join(", ")))
            .severity(Severity::Medium)
            .confidence(Confidence::Medium)
            .level(EvidenceLevel::Confirmed)
            .add();
    }
}
