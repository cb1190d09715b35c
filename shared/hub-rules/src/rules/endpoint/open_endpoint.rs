use super::{Connection, at_stake, fact, some_of};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// A live server that lists tools worth protecting to anybody, without credentials. Tools that only read what is public anyway are no finding.
    /// ## Why it matters
    /// Whoever can reach the address can see, and in all likelihood call, tools that change or reveal what is not theirs.
    /// ## How to fix it
    /// Require credentials for every request, as the MCP specification's "Authorization" says, or take the tools away from the open server.
    /// ```json vulnerable
    /// {"facts": [{"name": "no_credentials_needed", "tools": 1}], "tools": [{"name": "execute_command", "description": "Executes a shell command.", "inputSchema": {"type": "object", "properties": {"command": {"type": "string"}}}}]}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "no_credentials_needed", "tools": 2}, {"name": "connection", "address": "public", "auth_type": "none"}], "tools": [{"name": "get_time", "description": "Tells the time."}, {"name": "delete_customer", "description": "Deletes a customer.", "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}}}]}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "no_credentials_needed", "tools": 1}], "tools": [{"name": "get_weather", "description": "Tells the weather of a city.", "inputSchema": {"type": "object", "properties": {"city": {"type": "string"}}}}]}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "connection", "auth_type": "bearer", "needs_credentials": true}], "tools": [{"name": "execute_command", "description": "Executes a shell command.", "inputSchema": {"type": "object", "properties": {"command": {"type": "string"}}}}]}
    /// ```
    pub struct OpenEndpoint { id: "open-endpoint", title: "Sensitive tools are listed without credentials", category: Endpoint, severity: High, classes: &["L01", "S18"] }
}

impl Rule for OpenEndpoint {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        if fact(cx, "no_credentials_needed").is_none() {
            return;
        }
        let Some((severity, tools)) = at_stake(cx) else { return };
        let connection = Connection::of(cx);
        let (severity, who) = match connection.address {
            "loopback" => (Severity::Low, "any program on the same machine"),
            "private" => (severity.min(Severity::Medium), "anybody in the same network"),
            _ => (severity, "anybody on the internet"),
        };
        out.report(Self::META)
            .title(format!("Sensitive tools are open to {who}"))
            .evidence(format!("no credentials were needed to list {}", some_of(&tools)))
            .severity(severity)
            .confidence(Confidence::High)
            .level(EvidenceLevel::Confirmed)
            .add();
    }
}
