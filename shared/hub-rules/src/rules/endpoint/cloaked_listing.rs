use super::{fact, facts, flag, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};
use serde_json::Value;

declare_rule! {
    /// ## What it finds
    /// A live server that lists other tools, or other words for them, to a client of another name, at the next request, or while the scan was listening.
    /// ## Why it matters
    /// A server that shows one thing to a scanner and another to an assistant hides what it does; one that changes its tools after they were approved can make them anything.
    /// ## How to fix it
    /// List the same tools in the same words to every client, and publish changes as a new version.
    /// ```json vulnerable
    /// {"facts": [{"name": "listing_differs_by_client", "client": "claude-ai", "steady": true, "difference": {"added": ["exfiltrate"], "removed": [], "changed": []}}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "listing_differs_on_repeat", "difference": {"added": [], "removed": [], "changed": [{"name": "read", "fields": ["description"]}]}}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "list_changed_during_scan", "lists": {"tools/list": {"added": [], "removed": [], "changed": [{"name": "read", "fields": ["description"]}]}}}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "list_changed_during_scan", "lists": {"tools/list": {"added": ["more"], "removed": [], "changed": []}}}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "checks", "cloaking": "done"}], "tools": []}
    /// ```
    pub struct CloakedListing { id: "cloaked-listing", title: "The listing depends on who asks, or when", category: Endpoint, severity: High, classes: &["L09"] }
}

/// A difference in words, and whether something known changed what it says.
fn described(difference: Option<&Value>) -> (String, bool) {
    let list = |key: &str| {
        difference
            .and_then(|d| d.get(key))
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let names = |key: &str| -> Vec<String> { list(key).iter().filter_map(Value::as_str).take(5).map(str::to_owned).collect() };
    let changed: Vec<String> = list("changed")
        .iter()
        .take(5)
        .map(|c| {
            let fields = c
                .get("fields")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            let name = c.get("name").and_then(Value::as_str).unwrap_or("?");
            format!("{name} ({})", fields.collect::<Vec<_>>().join(", "))
        })
        .collect();
    let parts = [
        ("added", names("added")),
        ("missing", names("removed")),
        ("changed", changed.clone()),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(word, names)| format!("{word}: {}", names.join(", ")))
        .collect();
    (parts.join("; "), !changed.is_empty())
}

impl Rule for CloakedListing {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for found in facts(cx, "listing_differs_by_client") {
            let client = text(found, "client");
            out.report(Self::META)
                .key(client)
                .title(format!("A client named `{client}` is shown another listing"))
                .evidence(described(found.details.get("difference")).0)
                // Where the listing changes by itself as well, the name may not be the reason.
                .severity(if flag(found, "steady") { Severity::High } else { Severity::Medium })
                .confidence(if flag(found, "steady") {
                    Confidence::High
                } else {
                    Confidence::Medium
                })
                .level(EvidenceLevel::Confirmed)
                .add();
        }
        if let Some(found) = fact(cx, "listing_differs_on_repeat") {
            out.report(Self::META)
                .key("repeat")
                .title("The same question gets another listing a moment later")
                .evidence(described(found.details.get("difference")).0)
                .severity(Severity::Medium)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
        if let Some(found) = fact(cx, "list_changed_during_scan") {
            let tools = found.details.get("lists").and_then(|l| l.get("tools/list"));
            // Tools that come and go with an announcement are what the protocol has it for; other words for a known tool are not.
            if let (evidence, true) = described(tools) {
                out.report(Self::META)
                    .key("announced")
                    .title("A tool changed after it had been listed")
                    .evidence(evidence)
                    .severity(Severity::Medium)
                    .confidence(Confidence::Medium)
                    .level(EvidenceLevel::Confirmed)
                    .add();
            }
        }
    }
}
