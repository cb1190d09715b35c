//! For a pull request or an issue.

use crate::text::{cut, fix_lines, not_counted, one_line, suppressed_line, written};
use hub_model::{Report, Subject};
use std::fmt::Write as _;

/// The report in markdown; `name` is what was scanned.
#[must_use]
pub fn write(report: &Report, name: &str) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# MCP Hub report: {}\n", escape(&cut(name, 200)));
    let _ = writeln!(
        out,
        "Grade **{}** (score {}), overall severity {}. {} tools, {} findings. {}\n",
        report.grade,
        report.score,
        report.overall_severity,
        report.inventory.tools.len(),
        report.findings.len(),
        escape(&report.scan_version)
    );
    if !report.findings.is_empty() {
        out.push_str("| severity | rule | about | what is wrong |\n|---|---|---|---|\n");
        for f in &report.findings {
            let about = match &f.subject {
                Subject::Server => "server",
                Subject::Tool(n) | Subject::Resource(n) | Subject::Prompt(n) | Subject::ConfigEntry(n) | Subject::Dependency(n) => n,
            };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                f.severity,
                f.rule_id,
                escape(&cut(about, 80)),
                escape(&one_line(&f.title))
            );
        }
        for f in &report.findings {
            let _ = writeln!(out, "\n## {}: {}\n", f.severity, escape(&one_line(&f.title)));
            if let Some(at) = &f.location {
                let _ = writeln!(out, "At {}.\n", escape(&one_line(&at.to_string())));
            }
            if !f.evidence.is_empty() {
                let _ = writeln!(out, "> {}\n", escape(&one_line(&f.evidence)));
            }
            if let Some(written) = written(f) {
                let _ = writeln!(out, "As written:\n\n> {}\n", escape(&written));
            }
            for step in &f.flow.0 {
                let _ = writeln!(
                    out,
                    "1. {}: {}",
                    escape(&one_line(&step.at.to_string())),
                    escape(&one_line(&step.what))
                );
            }
            let _ = writeln!(
                out,
                "{}\n\n**Fix:** {}",
                escape(&one_line(&f.description)),
                escape(&one_line(&f.remediation))
            );
            // Indented, and not fenced: no line of it can end the block.
            for (n, line) in fix_lines(f).enumerate() {
                let _ = writeln!(out, "{}    {line}", if n == 0 { "\n" } else { "" });
            }
        }
    }
    if let Some(line) = not_counted(report) {
        let _ = writeln!(out, "\n## {line}\n");
        for s in &report.suppressed {
            let _ = writeln!(out, "- {}", escape(&cut(&suppressed_line(s), 300)));
        }
    }
    if !report.warnings.is_empty() {
        out.push_str("\n## Not looked at, or not in full\n\n");
        for warning in &report.warnings {
            let _ = writeln!(out, "- {}", escape(&cut(warning, 300)));
        }
    }
    out
}

/// No markup of the scanned server is rendered: neither links, images and HTML nor table cells.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '!' | '|' | '#' | '~' | '@' | ':' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
