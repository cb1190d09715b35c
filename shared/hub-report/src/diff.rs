//! Two reports of one server, and what changed between them.

use crate::text::one_line;
use hub_engine::history::{Changes, Earlier, FieldChange};
use hub_model::PackageFacts;
use hub_model::{Capability, Digest, Discovered, Finding, Inventory, Prompt, PromptArgument, Report, Resource, ServerInfo, Severity, Tool};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The document is no report.
#[derive(Debug, thiserror::Error)]
#[error("the document is no report of mcp-hub on one server: it has no `tools_scanned` and `vulnerabilities`")]
pub struct NotAReport;

/// What of a report can be read back from its JSON.
#[derive(Clone, Debug, Default)]
pub struct ReadReport {
    pub scan_version: String,
    pub source_version: String,
    pub artifact_digest: Option<Digest>,
    pub origin: Option<String>,
    pub package: Option<PackageFacts>,
    pub inventory: Inventory,
    pub findings: Vec<FindingName>,
    pub score: Option<u8>,
}

/// A finding, as two reports tell it apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingName {
    pub id: String,
    pub rule_id: String,
    pub severity: Severity,
    pub title: String,
}

impl FindingName {
    fn of(f: &Finding) -> Self {
        Self {
            id: f.fingerprint.clone(),
            rule_id: f.rule_id.clone(),
            severity: f.severity,
            title: f.title.clone(),
        }
    }
}

impl From<&Report> for ReadReport {
    fn from(report: &Report) -> Self {
        let hidden = report.suppressed.iter().filter_map(|s| s.finding.as_deref());
        Self {
            scan_version: report.scan_version.clone(),
            source_version: report.source_version.clone(),
            artifact_digest: Some(report.artifact_digest),
            origin: report.origin.clone(),
            package: report.package.clone(),
            inventory: report.inventory.clone(),
            findings: report.findings.iter().chain(hidden).map(FindingName::of).collect(),
            score: Some(report.score),
        }
    }
}

impl ReadReport {
    /// Reads a `complete_result`, or an answer that holds one. Fields of a wrong shape are left out.
    ///
    /// # Errors
    /// It is something else.
    pub fn from_json(document: &Value) -> Result<Self, NotAReport> {
        let document = document.get("complete_result").filter(|c| c.is_object()).unwrap_or(document);
        let list = |key: &str| document.get(key).and_then(Value::as_array).ok_or(NotAReport);
        let metadata = &document["scan_metadata"];
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let server = &metadata["server_info"];
        let findings = list("vulnerabilities")?.iter();
        let hidden = document.get("suppressed").and_then(Value::as_array).into_iter().flatten();
        let findings = findings.chain(hidden.map(|s| &s["vulnerability"]));
        Ok(Self {
            scan_version: text(metadata, "scan_version").unwrap_or_default(),
            source_version: text(metadata, "source_version").unwrap_or_default(),
            artifact_digest: text(metadata, "artifact_digest").and_then(|d| d.parse().ok()),
            origin: text(metadata, "origin"),
            package: serde_json::from_value(metadata["package"].clone()).unwrap_or_default(),
            inventory: Inventory {
                server: ServerInfo {
                    name: text(server, "name"),
                    title: text(server, "title"),
                    version: text(server, "version"),
                    instructions: text(server, "instructions"),
                    protocol_version: text(metadata, "protocol_version"),
                },
                tools: list("tools_scanned")?.iter().filter_map(tool).collect(),
                resources: list("resources_scanned")
                    .map(|l| l.iter().filter_map(resource).collect())
                    .unwrap_or_default(),
                prompts: list("prompts_scanned")
                    .map(|l| l.iter().filter_map(prompt).collect())
                    .unwrap_or_default(),
                gaps: Vec::new(),
            },
            findings: findings
                .filter_map(|f| {
                    Some(FindingName {
                        id: text(f, "id")?,
                        rule_id: text(f, "rule_id")?,
                        severity: text(f, "severity")?.parse().ok()?,
                        title: text(f, "title").unwrap_or_default(),
                    })
                })
                .collect(),
            score: metadata.get("score").and_then(Value::as_u64).and_then(|s| u8::try_from(s).ok()),
        })
    }

    /// As what an analysis compares with; `name` is what the report is called.
    #[must_use]
    pub fn into_earlier(self, name: &str) -> Earlier {
        Earlier {
            name: name.to_owned(),
            inventory: self.inventory,
            source_version: self.source_version,
            artifact_digest: self.artifact_digest,
            origin: self.origin,
            package: self.package,
        }
    }
}

fn given(item: &Value, key: &str) -> Option<Value> {
    item.get(key).filter(|v| !v.is_null()).cloned()
}

fn words(item: &Value, key: &str) -> Option<String> {
    item.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn tool(item: &Value) -> Option<Tool> {
    let capability = |c: &Value| {
        Some(Capability {
            kind: words(c, "kind")?,
            evidence: words(c, "evidence").unwrap_or_default(),
        })
    };
    Some(Tool {
        title: words(item, "title"),
        description: words(item, "description"),
        input_schema: given(item, "input_schema"),
        output_schema: given(item, "output_schema"),
        annotations: given(item, "annotations"),
        capabilities: item
            .get("capabilities")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(capability)
            .collect(),
        ..Tool::named(words(item, "name")?, Discovered::Live, "report")
    })
}

fn resource(item: &Value) -> Option<Resource> {
    Some(Resource {
        uri: words(item, "uri")?,
        is_template: item.get("is_template").and_then(Value::as_bool).unwrap_or(false),
        name: words(item, "name"),
        title: words(item, "title"),
        description: words(item, "description"),
        mime_type: words(item, "mime_type"),
        annotations: given(item, "annotations"),
        declared_at: None,
        discovered_by: Tool::named("", Discovered::Live, "report").discovered_by,
        unknowns: Vec::new(),
    })
}

fn prompt(item: &Value) -> Option<Prompt> {
    let arguments = item.get("arguments").cloned().unwrap_or_default();
    Some(Prompt {
        name: words(item, "name")?,
        title: words(item, "title"),
        description: words(item, "description"),
        arguments: serde_json::from_value::<Vec<PromptArgument>>(arguments).unwrap_or_default(),
        text: None,
        declared_at: None,
        discovered_by: Tool::named("", Discovered::Live, "report").discovered_by,
        unknowns: Vec::new(),
    })
}

/// What changed from one report to another.
#[derive(Clone, Debug, Serialize)]
pub struct Diff {
    pub old_version: String,
    pub new_version: String,
    pub old_score: Option<u8>,
    pub new_score: Option<u8>,
    /// The artifact is another one though its version is the same.
    pub artefact_moved: bool,
    /// Both were made by the same engine and rules; otherwise findings may differ for that reason alone.
    pub same_rules: bool,
    #[serde(flatten)]
    pub items: Changes,
    pub findings_new: Vec<FindingName>,
    pub findings_fixed: Vec<FindingName>,
}

impl Diff {
    /// Compares.
    #[must_use]
    pub fn between(old: &ReadReport, new: &ReadReport) -> Self {
        // A finding that tells of the change itself is none of either state.
        let only = |these: &[FindingName], those: &[FindingName]| {
            let list = these.iter().filter(|f| !those.iter().any(|o| o.id == f.id));
            list.cloned().collect::<Vec<_>>()
        };
        Self {
            old_version: old.source_version.clone(),
            new_version: new.source_version.clone(),
            old_score: old.score,
            new_score: new.score,
            artefact_moved: !old.source_version.is_empty()
                && old.origin.is_some()
                && old.source_version == new.source_version
                && old.artifact_digest.is_some()
                && old.artifact_digest != new.artifact_digest,
            same_rules: old.scan_version == new.scan_version,
            items: Changes::between(&old.inventory, &new.inventory),
            findings_new: only(&new.findings, &old.findings),
            findings_fixed: only(&old.findings, &new.findings),
        }
    }

    /// The worst of what is new.
    #[must_use]
    pub fn worst(&self) -> Severity {
        self.findings_new.iter().map(|f| f.severity).max().unwrap_or(Severity::None)
    }

    /// As JSON: `added`, `removed`, `redefined` (each with its field changes), `findings_new`, `findings_fixed`, versions and scores.
    #[must_use]
    pub fn document(&self) -> Value {
        // A type of the house that always serialises.
        serde_json::to_value(self).unwrap_or_else(|_| json!({}))
    }

    /// Indented JSON that is safe to show.
    #[must_use]
    pub fn json(&self) -> String {
        crate::formats::json::print(&self.document())
    }

    /// For people, in plain lines.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::new();
        let score = |s: Option<u8>| s.map_or_else(|| "?".to_owned(), |s| s.to_string());
        let _ = writeln!(
            out,
            "version {} → {}, score {} → {}",
            one_line(&self.old_version),
            one_line(&self.new_version),
            score(self.old_score),
            score(self.new_score)
        );
        if self.artefact_moved {
            out.push_str("! the same version is another artifact now\n");
        }
        if !self.same_rules {
            out.push_str("! the reports were made by different rules: findings may differ for that reason alone\n");
        }
        for (sign, list) in [("+", &self.items.added), ("-", &self.items.removed)] {
            for item in list {
                let _ = writeln!(out, "{sign} {} {}", format!("{:?}", item.kind).to_lowercase(), one_line(&item.name));
            }
        }
        for item in &self.items.redefined {
            let _ = writeln!(out, "~ {} {}", format!("{:?}", item.kind).to_lowercase(), one_line(&item.name));
            for change in &item.changes {
                let _ = writeln!(out, "    {}: {}", one_line(&change.field), one_line(&shown(change)));
            }
            if !item.new_capabilities.is_empty() {
                let _ = writeln!(out, "    can now: {}", item.new_capabilities.join(", "));
            }
        }
        for (what, list) in [("new", &self.findings_new), ("fixed", &self.findings_fixed)] {
            for f in list {
                let _ = writeln!(out, "{what}: {} {} {}", f.severity, f.rule_id, one_line(&f.title));
            }
        }
        if self.items.is_empty() && self.findings_new.is_empty() && self.findings_fixed.is_empty() {
            out.push_str("nothing changed\n");
        }
        out
    }
}

fn shown(change: &FieldChange) -> String {
    match (&change.diff, &change.old, &change.new) {
        (Some(diff), ..) => diff.clone(),
        (None, old, new) => {
            let old = old.as_ref().map(|o| format!("[-{o}-] ")).unwrap_or_default();
            let new = new.as_ref().map(|n| format!("{{+{n}+}}")).unwrap_or_default();
            format!("{old}{new}")
        }
    }
}
