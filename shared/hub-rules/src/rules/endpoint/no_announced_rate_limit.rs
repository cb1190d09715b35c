use super::{Connection, fact, number};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};
use serde_json::Value;

declare_rule! {
    /// ## What it finds
    /// A public live server whose answers carry no header about request limits. Only headers are read: no limit is ever tried out.
    /// ## Why it matters
    /// A model in a loop, or whoever guesses credentials, may ask as often as it likes if there is no limit; where there is one, clients cannot tell.
    /// ## How to fix it
    /// Limit requests per client and say so in `RateLimit-Policy` and `Retry-After` headers.
    /// ```json vulnerable
    /// {"facts": [{"name": "rate_limit_headers", "answers": 12, "found": []}, {"name": "connection", "address": "public"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "rate_limit_headers", "answers": 12, "found": ["ratelimit-policy"]}, {"name": "connection", "address": "public"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "rate_limit_headers", "answers": 12, "found": []}, {"name": "connection", "address": "loopback"}], "tools": []}
    /// ```
    pub struct NoAnnouncedRateLimit { id: "no-announced-rate-limit", title: "No answer speaks of request limits", category: Endpoint, severity: Info, classes: &["L07"] }
}

impl Rule for NoAnnouncedRateLimit {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        /// Fewer answers say nothing.
        const ENOUGH_ANSWERS: u64 = 5;
        let Some(found) = fact(cx, "rate_limit_headers") else { return };
        let none = found.details.get("found").and_then(Value::as_array).is_some_and(Vec::is_empty);
        let answers = number(found, "answers");
        if !none || answers < ENOUGH_ANSWERS || !Connection::of(cx).is_public() {
            return;
        }
        out.report(Self::META)
            .evidence("no answer of the scan has such a header")
            .severity(Severity::Info)
            .confidence(Confidence::High)
            .level(EvidenceLevel::Confirmed)
            .add();
    }
}
