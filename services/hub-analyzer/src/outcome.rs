//! What lists, stats and the status page need of a report.

use hub_model::{Digest, Report, Severity, Subject};
use hub_wire::{EventKind, ToolOutcome};
use std::collections::BTreeMap;

/// Characters of a tool's name that an event carries; the report has all of it.
const MAX_NAME_CHARS: usize = 256;

/// Cuts a tool's name to what an event carries: a server chooses its length, and the broker and every list would carry it on.
pub(crate) fn shorten(name: &mut String) {
    if let Some((end, _)) = name.char_indices().nth(MAX_NAME_CHARS) {
        name.truncate(end);
    }
}

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
    let tools = report.inventory.tools.iter().map(|tool| {
        let mut tool_name = tool.name.clone();
        shorten(&mut tool_name);
        ToolOutcome {
            tool_name,
            severity: worst.get(tool.name.as_str()).copied().unwrap_or(Severity::None),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let mut name = "ü".repeat(300);
        shorten(&mut name);
        assert_eq!(name, "ü".repeat(256));
        shorten(&mut name);
        assert_eq!(name.chars().count(), 256);
    }
}
