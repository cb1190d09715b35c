use super::{Connection, fact, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// A live server whose certificate does not prove whose it is: expired, self-signed or of an authority that nobody trusts, or for another name.
    /// ## Why it matters
    /// Clients either refuse the server or are told to skip the check; then anybody on the way can stand in for it, read credentials and change what the model is told.
    /// ## How to fix it
    /// Install a certificate of a public authority for this name and let it renew itself. Where an authority of your own is meant, give it to clients, and to the scan as `ca_cert`.
    /// ```json vulnerable
    /// {"facts": [{"name": "certificate_fault", "fault": "expired", "why": "its certificate expired 12 days ago; it must be renewed"}, {"name": "connection", "address": "public", "scheme": "https"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "certificate_fault", "fault": "unknown_issuer", "why": "its certificate is self-signed"}, {"name": "connection", "address": "private", "scheme": "https"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "connection", "address": "public", "scheme": "https"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "certificate_fault", "fault": "unknown_issuer", "why": "its certificate is self-signed"}, {"name": "connection", "address": "loopback", "scheme": "https"}], "tools": []}
    /// ```
    pub struct FaultyCertificate { id: "faulty-certificate", title: "The server's certificate proves nothing", category: Endpoint, severity: High, classes: &["L04", "S24"] }
}

impl Rule for FaultyCertificate {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(found) = fact(cx, "certificate_fault") else { return };
        let severity = match Connection::of(cx).address {
            // What stays on one machine has nobody on its way.
            "loopback" => return,
            "private" => Severity::Medium,
            _ => Severity::High,
        };
        let title = match text(found, "fault") {
            "expired" => "The server's certificate has expired",
            "not_yet_valid" => "The server's certificate is not valid yet",
            "unknown_issuer" => "The server's certificate is of no trusted authority",
            "wrong_name" => "The server's certificate is for another name",
            "revoked" => "The server's certificate was revoked",
            _ => "The server's certificate is not usable",
        };
        out.report(Self::META)
            .key(text(found, "fault"))
            .title(title)
            // Without the days that have passed, so that the finding is the same tomorrow.
            .evidence(format!("the TLS handshake failed: {}", text(found, "fault").replace('_', " ")))
            .severity(severity)
            .confidence(Confidence::High)
            .level(EvidenceLevel::Confirmed)
            .add();
    }
}
