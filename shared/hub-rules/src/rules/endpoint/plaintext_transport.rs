use super::{Connection, fact};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// A live server that is reached over plain http from outside its own machine.
    /// ## Why it matters
    /// Whoever is on the way reads credentials and answers, and can change what the model is told.
    /// ## How to fix it
    /// Serve it over https only, and redirect or close the plain port.
    /// ```json vulnerable
    /// {"facts": [{"name": "plain_http"}, {"name": "connection", "address": "public", "scheme": "http", "auth_type": "bearer", "needs_credentials": true}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "plain_http"}, {"name": "connection", "address": "loopback", "scheme": "http", "auth_type": "none"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "connection", "address": "public", "scheme": "https", "auth_type": "bearer"}], "tools": []}
    /// ```
    pub struct PlaintextTransport { id: "plaintext-transport", title: "The server speaks plain http", category: Endpoint, severity: High, classes: &["L04", "S24"] }
}

impl Rule for PlaintextTransport {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        if fact(cx, "plain_http").is_none() {
            return;
        }
        let connection = Connection::of(cx);
        let severity = match (connection.address, connection.needs_credentials) {
            // What stays on one machine has no way to be listened to.
            ("loopback", _) => return,
            ("private", true) => Severity::Medium,
            ("private", false) => Severity::Low,
            (_, true) => Severity::High,
            (_, false) => Severity::Medium,
        };
        let sent = if connection.needs_credentials {
            "credentials and all"
        } else {
            "all"
        };
        out.report(Self::META)
            .evidence(format!("{sent} messages went over http to a {} address", connection.address))
            .severity(severity)
            .confidence(Confidence::High)
            .level(EvidenceLevel::Confirmed)
            .add();
    }
}
