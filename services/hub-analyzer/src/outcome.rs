//! What lists, stats and the status page need of a report.

use hub_model::{Digest, Report, Severity, Subject};
use hub_wire::{EventKind, ToolOutcome};
use std::collections::BTreeMap;

/// The event that ends a scan well.
pub(crate) fn completed(report: &Report, digest: Digest, source_version: String) -> EventKind {
    let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
    let (mut severity_counts, mut category_counts) = (BTreeMap::new(), BTreeMap::new());
    for finding in &report.findings {
        *severity_counts.entry(finding.severity).or_insert(0) += 1;
        *category_counts.entry(finding.category.as_str().to_owned()).or_insert(0) += 1;
        if let Subject::Tool(name) = &finding.subject {
            let severity = worst.entry(name).or_insert(Severity::None);
            *severity = (*severity).max(finding.severity);
        }
    }
    let tools = report.inventory.tools.iter().map(|tool| ToolOutcome {
        tool_name: tool.name.clone(),
        severity: worst.get(tool.name.as_str()).copied().unwrap_or(Severity::None),
    });
    EventKind::Completed {
        report: digest,
        scan_version: report.scan_version.clone(),
        source_version,
        overall_severity: report.overall_severity,
        score: report.score,
        grade: report.grade,
        tools: tools.collect(),
        severity_counts,
        category_counts,
    }
}
