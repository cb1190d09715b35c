//! One page without scripts, links to elsewhere, or anything a scanned server wrote left unescaped.

use crate::text::{cut, fix_lines, not_counted, one_line, suppressed_line, written};
use hub_model::{Report, Subject};
use std::fmt::Write as _;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d8dee6;vertical-align:top}\
blockquote{margin:.5rem 0;padding:.4rem .8rem;background:#f3f5f8;border-left:3px solid #8a98a8;overflow-wrap:anywhere;font-family:monospace}\
.Critical,.High{color:#a1121f}.Medium{color:#8a5a00}";

/// The report as a page; `name` is what was scanned.
#[must_use]
pub fn write(report: &Report, name: &str) -> String {
    write_all(&[(name.to_owned(), report)], &[])
}

/// Several reports on one page, each under its name, and what could not be scanned.
pub(crate) fn write_all(reports: &[(String, &Report)], not_scanned: &[String]) -> String {
    let mut out = String::new();
    let name = escape(&cut(reports.first().map_or("", |(n, _)| n), 200));
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>MCP Hub: {name}</title><style>{STYLE}</style></head><body>\n"
    );
    for (name, report) in reports {
        section(report, name, &mut out);
    }
    if !not_scanned.is_empty() {
        out.push_str("<h1>Not scanned</h1>\n<ul>");
        for line in not_scanned {
            let _ = write!(out, "<li>{}</li>", escape(&one_line(line)));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</body></html>\n");
    out
}

fn section(report: &Report, name: &str, out: &mut String) {
    let _ = write!(
        out,
        "<h1>{}</h1>\n<p>Grade <strong>{}</strong> (score {}), {} findings, {} tools. {}</p>\n",
        escape(&cut(name, 200)),
        report.grade,
        report.score,
        report.findings.len(),
        report.inventory.tools.len(),
        escape(&report.scan_version)
    );
    for f in &report.findings {
        let about = match &f.subject {
            Subject::Server => "server".to_owned(),
            Subject::Tool(n) => format!("tool {}", cut(n, 80)),
            Subject::Resource(n) => format!("resource {}", cut(n, 80)),
            Subject::Prompt(n) => format!("prompt {}", cut(n, 80)),
            Subject::ConfigEntry(n) => format!("config entry {}", cut(n, 80)),
            Subject::Dependency(n) => format!("dependency {}", cut(n, 80)),
        };
        let _ = write!(
            out,
            "<h2><span class=\"{0}\">{0}</span>: {1}</h2>\n<p>{2} · {3}",
            f.severity,
            escape(&one_line(&f.title)),
            escape(&f.rule_id),
            escape(&about)
        );
        if let Some(place) = f.location.as_ref().map(ToString::to_string).or_else(|| f.field.clone()) {
            let _ = write!(out, " · {}", escape(&one_line(&place)));
        }
        out.push_str("</p>\n");
        if !f.evidence.is_empty() {
            let _ = writeln!(out, "<blockquote>{}</blockquote>", escape(&one_line(&f.evidence)));
        }
        if let Some(written) = written(f) {
            let _ = writeln!(out, "<p>As written:</p><blockquote>{}</blockquote>", escape(&written));
        }
        if !f.flow.0.is_empty() {
            out.push_str("<ol>");
            for step in &f.flow.0 {
                let _ = write!(
                    out,
                    "<li>{}: {}</li>",
                    escape(&one_line(&step.at.to_string())),
                    escape(&one_line(&step.what))
                );
            }
            out.push_str("</ol>\n");
        }
        let _ = writeln!(
            out,
            "<p>{}</p><p><strong>Fix:</strong> {}</p>",
            escape(&one_line(&f.description)),
            escape(&one_line(&f.remediation))
        );
        let lines: Vec<String> = fix_lines(f).collect();
        if !lines.is_empty() {
            let _ = writeln!(out, "<pre>{}</pre>", escape(&lines.join("\n")));
        }
    }
    out.push_str("<h2>Tools</h2>\n<table><tr><th>tool</th><th>capabilities</th><th>description</th></tr>\n");
    for tool in &report.inventory.tools {
        let capabilities: Vec<&str> = tool.capabilities.iter().map(|c| c.kind.as_str()).collect();
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&cut(&tool.name, 120)),
            escape(&capabilities.join(", ")),
            escape(&cut(tool.description.as_deref().unwrap_or(""), 300))
        );
    }
    out.push_str("</table>\n");
    if let Some(line) = not_counted(report) {
        let _ = write!(out, "<h2>{}</h2>\n<ul>", escape(&line));
        for s in &report.suppressed {
            let _ = write!(out, "<li>{}</li>", escape(&cut(&suppressed_line(s), 300)));
        }
        out.push_str("</ul>\n");
    }
    if !report.warnings.is_empty() {
        out.push_str("<h2>Not looked at, or not in full</h2>\n<ul>");
        for warning in &report.warnings {
            let _ = write!(out, "<li>{}</li>", escape(&cut(warning, 300)));
        }
        out.push_str("</ul>\n");
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
