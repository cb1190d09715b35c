//! SARIF 2.1.0, for code scanning.

use crate::text::one_line;
use hub_model::{Finding, Location, RelPath, Report, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The report as SARIF; `name` is what was scanned.
#[must_use]
pub fn write(report: &Report, name: &str) -> String {
    super::json::print(&document(report, name))
}

/// The same as a value.
pub(crate) fn document(report: &Report, name: &str) -> Value {
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    let hidden = || report.suppressed.iter().filter_map(|s| Some((s, s.finding.as_deref()?)));
    for f in report.findings.iter().chain(hidden().map(|(_, f)| f)) {
        rules.entry(&f.rule_id).or_insert(f);
    }
    let order: Vec<&str> = rules.keys().copied().collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mcp-hub",
                "semanticVersion": report.scan_version,
                "rules": rules.iter().map(|(id, f)| json!({
                    "id": id,
                    "shortDescription": { "text": one_line(&f.title) },
                    "help": { "text": one_line(&f.remediation) },
                    "defaultConfiguration": { "level": level(f.severity) },
                    "properties": { "tags": tags(f), "security-severity": security_severity(f.severity) },
                })).collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": format!("mcp-hub/{}", one_line(name)) },
            "results": report.findings.iter().map(|f| result(f, &order)).chain(hidden().map(|(s, f)| {
                let mut result = result(f, &order);
                result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": one_line(&s.reason) }]);
                result
            })).collect::<Vec<_>>(),
        }],
    })
}

fn result(f: &Finding, order: &[&str]) -> Value {
    let mut result = json!({
        "ruleId": f.rule_id,
        "ruleIndex": order.iter().position(|id| *id == f.rule_id),
        "level": level(f.severity),
        "message": { "text": one_line(&format!("{}. {} Fix: {}", f.title.trim_end_matches('.'), f.description, f.remediation)) },
        "partialFingerprints": { "mcpHub/v1": f.fingerprint },
        "properties": {
            "severity": f.severity, "confidence": f.confidence, "evidence_level": f.evidence_level,
            "evidence": one_line(&f.evidence), "detection_classes": f.classes, "subject": f.subject, "field": f.field, "fix": f.fix,
        },
    });
    if let Some(at) = &f.location {
        result["locations"] = json!([place(at, None)]);
        if at.original.is_some() {
            result["relatedLocations"] = json!([read(at, Some("as published"))]);
        }
    }
    if !f.flow.0.is_empty() {
        result["codeFlows"] = json!([{ "threadFlows": [{
            "locations": f.flow.0.iter().map(|s| json!({ "location": place(&s.at, Some(&s.what)) })).collect::<Vec<_>>(),
        }] }]);
    }
    result
}

/// Where one would look: the place as it was written, where that is known, or else as it was read. The message names the other.
fn place(at: &Location, message: Option<&str>) -> Value {
    let Some(original) = &at.original else { return read(at, message) };
    let with = |other: String| message.map_or_else(|| other.clone(), |m| format!("{m} ({other})"));
    // What a map calls a file that is no path (`https://…`, `../x`) is a name: a viewer would look it up.
    if original.file.parse::<RelPath>().is_err() {
        return read(at, Some(&with(format!("written in {}:{}", original.file, original.line))));
    }
    let mut region = json!({ "startLine": original.line.max(1), "startColumn": original.column.max(1) });
    if !original.excerpt.is_empty() {
        region["snippet"] = json!({ "text": one_line(&original.excerpt) });
    }
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&original.file), "uriBaseId": "%SRCROOT%" },
            "region": region,
        },
        "message": { "text": one_line(&with(format!("published in {}:{}:{}", at.file, at.line, at.column))) },
    })
}

/// A place in a file that was read.
fn read(at: &Location, message: Option<&str>) -> Value {
    let mut value = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(at.file.as_str()), "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": at.line.max(1), "startColumn": at.column.max(1), "endLine": at.end_line.max(at.line).max(1) },
        },
    });
    if let Some(message) = message {
        value["message"] = json!({ "text": one_line(message) });
    }
    value
}

/// A relative URI reference (RFC 3986): everything but unreserved characters and `/` percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@+".contains(&byte) {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info | Severity::None => "note",
    }
}

/// The number GitHub sorts by.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info | Severity::None => "0.0",
    }
}

fn tags(f: &Finding) -> Vec<String> {
    let mut tags = vec!["security".to_owned(), f.category.to_string()];
    tags.extend(f.cwe.iter().map(|n| format!("external/cwe/cwe-{n}")));
    tags.extend(f.owasp_mcp.iter().cloned());
    tags
}
