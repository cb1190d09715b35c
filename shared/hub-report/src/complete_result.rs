//! The `complete_result` document of the API. One place, one version: everything that reads a report as JSON reads this.

use hub_model::{
    DependencyRef, Discovered, DiscoveredBy, Finding, Location, Prompt, Report, Resource, Severity, Subject, Suppressed, Tool,
};
use serde_json::{Map, Value, json};

/// Version of the document's shape; it grows only when a reader could break.
pub const SCHEMA_VERSION: u32 = 1;

/// The document: `schema_version`, `scan_metadata`, `coverage`, `tools_scanned`, `resources_scanned`, `prompts_scanned`,
/// `vulnerabilities`, `suppressed`.
#[must_use]
pub fn complete_result(report: &Report) -> Value {
    json!({
        "schema_version": SCHEMA_VERSION,
        "scan_metadata": scan_metadata(report),
        "coverage": coverage(report),
        "tools_scanned": report.inventory.tools.iter().map(|t| tool(report, t)).collect::<Vec<_>>(),
        "resources_scanned": report.inventory.resources.iter().map(|r| resource(report, r)).collect::<Vec<_>>(),
        "prompts_scanned": report.inventory.prompts.iter().map(|p| prompt(report, p)).collect::<Vec<_>>(),
        "vulnerabilities": report.findings.iter().map(vulnerability).collect::<Vec<_>>(),
        "suppressed": report.suppressed.iter().map(suppressed).collect::<Vec<_>>(),
    })
}

fn scan_metadata(report: &Report) -> Value {
    let mut counts = Map::new();
    for severity in Severity::ALL.into_iter().filter(|s| *s != Severity::None) {
        let count = report.findings.iter().filter(|f| f.severity == severity).count();
        counts.insert(severity.as_str().to_owned(), json!(count));
    }
    let server = &report.inventory.server;
    json!({
        "overall_severity": report.overall_severity,
        "total_vulnerabilities": report.findings.len(),
        "severity_counts": counts,
        "total_suppressed": report.suppressed.len(),
        "score": report.score,
        "grade": report.grade,
        "scan_version": report.scan_version,
        "source_version": report.source_version,
        "artifact_digest": report.artifact_digest,
        "origin": report.origin,
        "package": report.package,
        "duration_ms": report.durations,
        "languages": report.coverage.languages,
        "files_scanned": report.coverage.files_read,
        "server_info": {
            "name": server.name, "title": server.title, "version": server.version, "instructions": server.instructions,
        },
        "protocol_version": server.protocol_version,
        "transport": report.transport,
        "total_tools": report.inventory.tools.len(),
        "warnings": report.warnings,
    })
}

fn coverage(report: &Report) -> Value {
    let c = &report.coverage;
    json!({
        "files_read": c.files_read,
        "bytes_read": c.bytes_read,
        "files_skipped": c.skipped,
        "languages": c.languages,
        "languages_not_understood": c.languages_not_understood,
        "registrations_not_understood": report.inventory.gaps.iter().map(|g| json!({
            "file": g.at.file, "line": g.at.line, "original": g.at.original, "what": g.what, "reason": g.reason,
        })).collect::<Vec<_>>(),
        "rules_run": c.rules_run,
        "rules_not_run": c.rules_not_run,
        "limits_hit": c.limits_hit,
        "advisory_data": c.advisory_data,
        "requests_sent": c.requests_sent,
        "endpoint_checks": c.endpoint_checks,
        "source_maps": c.source_maps,
        "dependencies_read": c.dependencies.iter().map(|(dependency, files)| json!({
            "dependency": dependency,
            "files_read": files,
            "tools": report.inventory.tools.iter().filter(|t| {
                in_dependency(t.declared_at.as_ref()).as_ref() == Some(dependency)
            }).count(),
        })).collect::<Vec<_>>(),
    })
}

/// The dependency, as a target is written, in which a place lies; none for the target's own files.
fn in_dependency(at: Option<&Location>) -> Option<String> {
    DependencyRef::of(at?.file.as_str()).map(|d| d.to_string())
}

/// What stands on every item: where it is declared, how it was found, and what was found in it.
fn item(report: &Report, subject: &Subject, declared_at: Option<&Location>, by: &DiscoveredBy) -> Map<String, Value> {
    let (mut ids, mut severity) = (Vec::new(), Severity::None);
    for finding in report.findings.iter().filter(|f| f.subject == *subject) {
        ids.push(json!(finding.fingerprint));
        severity = severity.max(finding.severity);
    }
    let mut map = Map::new();
    map.insert("file".to_owned(), json!(declared_at.map(|l| &l.file)));
    map.insert("line".to_owned(), json!(declared_at.map(|l| l.line)));
    map.insert("original".to_owned(), json!(declared_at.map(|l| &l.original)));
    map.insert("in_dependency".to_owned(), json!(in_dependency(declared_at)));
    map.insert(
        "discovered".to_owned(),
        json!(match by.method {
            Discovered::Static => "static",
            Discovered::Live => "live",
        }),
    );
    map.insert("discovery_rule".to_owned(), json!(by.rule));
    map.insert("severity".to_owned(), json!(severity));
    map.insert("vulnerability_ids".to_owned(), Value::Array(ids));
    map
}

fn tool(report: &Report, tool: &Tool) -> Value {
    let mut map = Map::new();
    map.insert("name".to_owned(), json!(tool.name));
    map.insert("title".to_owned(), json!(tool.title));
    map.insert("description".to_owned(), json!(tool.description));
    map.insert("input_schema".to_owned(), json!(tool.input_schema));
    map.insert("output_schema".to_owned(), json!(tool.output_schema));
    map.insert("annotations".to_owned(), json!(tool.annotations));
    map.insert("definition_hash".to_owned(), json!(tool.definition_hash()));
    map.insert("capabilities".to_owned(), json!(tool.capabilities));
    map.insert("unknowns".to_owned(), json!(tool.unknowns));
    map.extend(item(
        report,
        &Subject::Tool(tool.name.clone()),
        tool.declared_at.as_ref(),
        &tool.discovered_by,
    ));
    Value::Object(map)
}

fn resource(report: &Report, resource: &Resource) -> Value {
    let mut map = Map::new();
    map.insert("uri".to_owned(), json!(resource.uri));
    map.insert("is_template".to_owned(), json!(resource.is_template));
    map.insert("name".to_owned(), json!(resource.name));
    map.insert("title".to_owned(), json!(resource.title));
    map.insert("description".to_owned(), json!(resource.description));
    map.insert("mime_type".to_owned(), json!(resource.mime_type));
    map.insert("annotations".to_owned(), json!(resource.annotations));
    map.insert("definition_hash".to_owned(), json!(resource.definition_hash()));
    map.insert("capabilities".to_owned(), json!([]));
    map.insert("unknowns".to_owned(), json!(resource.unknowns));
    map.extend(item(
        report,
        &Subject::Resource(resource.uri.clone()),
        resource.declared_at.as_ref(),
        &resource.discovered_by,
    ));
    Value::Object(map)
}

fn prompt(report: &Report, prompt: &Prompt) -> Value {
    let mut map = Map::new();
    map.insert("name".to_owned(), json!(prompt.name));
    map.insert("title".to_owned(), json!(prompt.title));
    map.insert("description".to_owned(), json!(prompt.description));
    map.insert("arguments".to_owned(), json!(prompt.arguments));
    map.insert("definition_hash".to_owned(), json!(prompt.definition_hash()));
    map.insert("capabilities".to_owned(), json!([]));
    map.insert("unknowns".to_owned(), json!(prompt.unknowns));
    map.extend(item(
        report,
        &Subject::Prompt(prompt.name.clone()),
        prompt.declared_at.as_ref(),
        &prompt.discovered_by,
    ));
    Value::Object(map)
}

fn suppressed(s: &Suppressed) -> Value {
    json!({
        "id": s.fingerprint,
        "fingerprint": s.fingerprint,
        "rule_id": s.rule_id,
        "severity": s.finding.as_ref().map(|f| f.severity),
        "by": s.by,
        "reason": s.reason,
        "owner": s.owner,
        "expires": s.expires,
        "vulnerability": s.finding.as_deref().map(vulnerability),
    })
}

fn vulnerability(f: &Finding) -> Value {
    let named = |wanted: &str| match &f.subject {
        Subject::Tool(n) if wanted == "tool" => Some(n),
        Subject::Resource(n) if wanted == "resource" => Some(n),
        Subject::Prompt(n) if wanted == "prompt" => Some(n),
        Subject::Dependency(n) if wanted == "dependency" => Some(n),
        Subject::ConfigEntry(n) if wanted == "config_entry" => Some(n),
        _ => None,
    };
    json!({
        "id": f.fingerprint,
        "rule_id": f.rule_id,
        "title": f.title,
        "category": f.category,
        "detection_classes": f.classes,
        "severity": f.severity,
        "confidence": f.confidence,
        "evidence_level": f.evidence_level,
        "flow": f.flow.0.iter().map(|s| json!({
            "file": s.at.file, "line": s.at.line, "column": s.at.column, "original": s.at.original, "what": s.what, "code": s.code,
        })).collect::<Vec<_>>(),
        "description": f.description,
        "evidence": f.evidence,
        "remediation": f.remediation,
        "fix": f.fix,
        "tool_name": named("tool"),
        "resource": named("resource"),
        "prompt": named("prompt"),
        "dependency": named("dependency"),
        "config_entry": named("config_entry"),
        "field": f.field,
        "location": f.location,
        "in_dependency": in_dependency(f.location.as_ref()),
        "cwe": f.cwe,
        "owasp_mcp": f.owasp_mcp,
        "owasp_llm": f.owasp_llm,
        "references": f.references,
    })
}
