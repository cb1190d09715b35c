//! One line per finding (RFC 4180).

use crate::text::{one_line, suppressed_line};
use hub_model::{Report, Subject};

/// The findings as CSV with a header line.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut out = String::from(
        "id,rule_id,severity,confidence,evidence_level,classes,subject_kind,subject,file,line,field,title,evidence,remediation,suppressed,original_file,original_line\r\n",
    );
    let open = report.findings.iter().map(|f| (f, String::new()));
    let hidden = report
        .suppressed
        .iter()
        .filter_map(|s| Some((s.finding.as_deref()?, suppressed_line(s))));
    for (f, suppressed) in open.chain(hidden) {
        let (kind, name) = match &f.subject {
            Subject::Server => ("server", ""),
            Subject::Tool(n) => ("tool", n.as_str()),
            Subject::Resource(n) => ("resource", n.as_str()),
            Subject::Prompt(n) => ("prompt", n.as_str()),
            Subject::ConfigEntry(n) => ("config_entry", n.as_str()),
            Subject::Dependency(n) => ("dependency", n.as_str()),
        };
        let word = |value: serde_json::Result<String>| value.unwrap_or_default().trim_matches('"').to_owned();
        let original = f.location.as_ref().and_then(|l| l.original.as_deref());
        let cells = [
            f.fingerprint.clone(),
            f.rule_id.clone(),
            f.severity.to_string(),
            word(serde_json::to_string(&f.confidence)),
            word(serde_json::to_string(&f.evidence_level)),
            f.classes.join(" "),
            kind.to_owned(),
            name.to_owned(),
            f.location.as_ref().map(|l| l.file.to_string()).unwrap_or_default(),
            f.location.as_ref().map(|l| l.line.to_string()).unwrap_or_default(),
            f.field.clone().unwrap_or_default(),
            f.title.clone(),
            f.evidence.clone(),
            f.remediation.clone(),
            suppressed,
            original.map(|o| o.file.clone()).unwrap_or_default(),
            original.map(|o| o.line.to_string()).unwrap_or_default(),
        ];
        out.push_str(&cells.map(|c| cell(&c)).join(","));
        out.push_str("\r\n");
    }
    out
}

/// Quoted where needed; a cell that a spreadsheet would take for a formula starts with an apostrophe.
pub(crate) fn cell(text: &str) -> String {
    let mut text = one_line(text);
    if text.starts_with(['=', '+', '-', '@']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
