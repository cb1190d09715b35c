//! For a terminal: plain lines, nothing hostile.

use crate::text::{cut, fix_lines, not_counted, one_line, suppressed_line, wrap, written};
use hub_model::{DependencyRef, Report, Severity, Subject};
use std::fmt::Write as _;

const WIDTH: usize = 100;
/// Most lines of code of a fix.
const MAX_FIX_LINES: usize = 8;

/// The report for a terminal; `name` is what was scanned.
#[must_use]
pub fn write(report: &Report, name: &str) -> String {
    let mut out = String::new();
    head(report, name, &mut out);
    tools(report, &mut out);
    findings(report, &mut out);
    suppressed(report, &mut out);
    not_looked_at(report, &mut out);
    out
}

fn head(report: &Report, name: &str, out: &mut String) {
    let version = if report.source_version.is_empty() {
        String::new()
    } else {
        format!(" {}", cut(&report.source_version, 60))
    };
    let _ = writeln!(out, "{}{version}", cut(name, 200));
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .filter_map(|s| {
            let n = report.findings.iter().filter(|f| f.severity == s).count();
            (n > 0).then(|| format!("{n} {s}"))
        })
        .collect();
    let counts = if counts.is_empty() {
        "no findings".to_owned()
    } else {
        counts.join(", ")
    };
    let _ = writeln!(
        out,
        "grade {} (score {})  {counts}  |  {} tools, {} resources, {} prompts\n",
        report.grade,
        report.score,
        report.inventory.tools.len(),
        report.inventory.resources.len(),
        report.inventory.prompts.len()
    );
}

fn tools(report: &Report, out: &mut String) {
    if report.inventory.tools.is_empty() {
        return;
    }
    // As shown: a name with control characters is longer on the screen than it is.
    let names: Vec<String> = report.inventory.tools.iter().map(|t| cut(&t.name, 39)).collect();
    let width = names.iter().map(|n| n.chars().count()).max().unwrap_or(0).max(4);
    let _ = writeln!(out, "{:width$}  {:8}  CAPABILITIES", "TOOL", "SEVERITY");
    for (tool, name) in report.inventory.tools.iter().zip(&names) {
        let subject = Subject::Tool(tool.name.clone());
        let worst = report
            .findings
            .iter()
            .filter(|f| f.subject == subject)
            .map(|f| f.severity)
            .max()
            .unwrap_or(Severity::None);
        let shown = if worst == Severity::None {
            "-".to_owned()
        } else {
            worst.to_string()
        };
        let mut notes: Vec<String> = tool.capabilities.iter().map(|c| c.kind.clone()).collect();
        let at = tool.declared_at.as_ref();
        if let Some(dependency) = at.and_then(|at| DependencyRef::of(at.file.as_str())) {
            notes.push(format!("(in {})", one_line(&dependency.to_string())));
        }
        let _ = writeln!(out, "{}", format!("{name:width$}  {shown:8}  {}", notes.join(" ")).trim_end());
    }
    out.push('\n');
}

fn findings(report: &Report, out: &mut String) {
    for finding in &report.findings {
        let about = match &finding.subject {
            Subject::Server => "server".to_owned(),
            Subject::Tool(n) => format!("tool {}", cut(n, 60)),
            Subject::Resource(n) => format!("resource {}", cut(n, 80)),
            Subject::Prompt(n) => format!("prompt {}", cut(n, 60)),
            Subject::ConfigEntry(n) => format!("config entry {}", cut(n, 60)),
            Subject::Dependency(n) => format!("dependency {}", cut(n, 80)),
        };
        let _ = writeln!(out, "{}  {}  {}", finding.severity.as_str().to_uppercase(), finding.rule_id, about);
        let place = finding.location.as_ref().map(ToString::to_string);
        if let Some(place) = place.or_else(|| finding.field.clone()) {
            let _ = writeln!(out, "  at {}", one_line(&place));
        }
        let at = finding.location.as_ref();
        if let Some(dependency) = at.and_then(|at| DependencyRef::of(at.file.as_str())) {
            let _ = writeln!(out, "  in the dependency {}", one_line(&dependency.to_string()));
        }
        paragraph(out, "", &one_line(&finding.title));
        if !finding.evidence.is_empty() {
            paragraph(out, "> ", &one_line(&finding.evidence));
        }
        if let Some(written) = written(finding) {
            paragraph(out, "as written: ", &written);
        }
        for step in &finding.flow.0 {
            let _ = writeln!(out, "    {}  {}", one_line(&step.at.to_string()), one_line(&step.what));
        }
        paragraph(out, "why: ", &one_line(&finding.description));
        paragraph(out, "fix: ", &one_line(&finding.remediation));
        // Of a whole example the other formats show the code.
        let code: Vec<String> = fix_lines(finding).collect();
        for line in code.iter().filter(|_| code.len() <= MAX_FIX_LINES) {
            let _ = writeln!(out, "       {line}");
        }
        out.push('\n');
    }
}

fn paragraph(out: &mut String, lead: &str, text: &str) {
    for (i, line) in wrap(text, WIDTH - 2 - lead.len()).into_iter().enumerate() {
        let lead = if i == 0 { lead.to_owned() } else { " ".repeat(lead.len()) };
        let _ = writeln!(out, "  {lead}{line}");
    }
}

fn suppressed(report: &Report, out: &mut String) {
    let Some(line) = not_counted(report) else { return };
    let _ = writeln!(out, "{line}:");
    for s in report.suppressed.iter().take(40) {
        let _ = writeln!(out, "  - {}", cut(&suppressed_line(s), 300));
    }
    out.push('\n');
}

fn not_looked_at(report: &Report, out: &mut String) {
    let coverage = &report.coverage;
    let mut lines: Vec<String> = report.warnings.iter().map(|w| cut(w, 300)).collect();
    lines.extend(coverage.limits_hit.iter().map(|l| cut(l, 300)));
    for (language, files) in &coverage.languages_not_understood {
        lines.push(format!("{files} files of {} were not understood", one_line(language)));
    }
    if !coverage.rules_not_run.is_empty() {
        lines.push(format!(
            "{} of {} rules did not run",
            coverage.rules_not_run.len(),
            coverage.rules_not_run.len() + coverage.rules_run.len()
        ));
    }
    if !lines.is_empty() {
        let _ = writeln!(out, "Not looked at, or not in full:");
        for line in lines.iter().take(40) {
            let _ = writeln!(out, "  - {line}");
        }
        if lines.len() > 40 {
            let _ = writeln!(out, "  - and {} more (see the JSON report)", lines.len() - 40);
        }
    }
    for (dependency, files) in &coverage.dependencies {
        let _ = writeln!(out, "{files} files read of the dependency {}", one_line(dependency));
    }
    let _ = writeln!(
        out,
        "{} files read, {} rules run, {}",
        coverage.files_read,
        coverage.rules_run.len(),
        report.scan_version
    );
}
