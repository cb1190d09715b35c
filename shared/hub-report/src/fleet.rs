//! Several servers in one answer: those of a client configuration, with what is wrong with them together.

use crate::formats;
use crate::text::{cut, one_line};
use crate::{Format, complete_result};
use hub_model::{Grade, Report, Severity};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One server that was asked for.
#[derive(Clone, Debug)]
pub struct FleetServer {
    /// Its name in the configuration.
    pub name: String,
    /// What was scanned, without secrets; what would be started, where nothing was.
    pub target: String,
    /// Its report, or why there is none.
    pub outcome: Result<Report, String>,
}

/// All of them.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// What is wrong with the configuration and with the servers together.
    pub together: Report,
    /// In the configuration's order.
    pub servers: Vec<FleetServer>,
}

impl Fleet {
    /// The worst severity of anything found.
    #[must_use]
    pub fn worst(&self) -> Severity {
        self.reports().map(|r| r.overall_severity).max().unwrap_or(Severity::None)
    }

    fn reports(&self) -> impl Iterator<Item = &Report> {
        std::iter::once(&self.together).chain(self.servers.iter().filter_map(|s| s.outcome.as_ref().ok()))
    }

    /// The `complete_result` of the configuration, with `servers`: `name`, `target`, `error`, and each one's `complete_result`;
    /// and `overall`, which counts over all of them.
    #[must_use]
    pub fn document(&self) -> Value {
        let mut document = complete_result(&self.together);
        let count = |severity: Severity| -> usize { self.reports().flat_map(|r| &r.findings).filter(|f| f.severity == severity).count() };
        let counts: serde_json::Map<String, Value> = Severity::ALL
            .into_iter()
            .filter(|s| *s != Severity::None)
            .map(|s| (s.as_str().to_owned(), json!(count(s))))
            .collect();
        let score = self.reports().map(|r| r.score).min().unwrap_or(100);
        document["overall"] = json!({
            "overall_severity": self.worst(),
            "total_vulnerabilities": self.reports().map(|r| r.findings.len()).sum::<usize>(),
            "severity_counts": counts,
            "suppressed": self.reports().map(|r| r.suppressed.len()).sum::<usize>(),
            "score": score,
            "grade": Grade::of(score),
            "servers": self.servers.len(),
            "servers_not_scanned": self.servers.iter().filter(|s| s.outcome.is_err()).count(),
        });
        document["servers"] = self
            .servers
            .iter()
            .map(|s| {
                json!({
                    "name": s.name,
                    "target": s.target,
                    "error": s.outcome.as_ref().err(),
                    "complete_result": s.outcome.as_ref().ok().map(complete_result),
                })
            })
            .collect();
        document
    }

    /// In this format; `name` is the configuration's.
    #[must_use]
    pub fn write(&self, format: Format, name: &str) -> String {
        match format {
            Format::Json => formats::json::print(&self.document()),
            Format::Sarif => self.sarif(name),
            Format::Csv => self.csv(),
            Format::Html => {
                let mut sections = vec![(name.to_owned(), &self.together)];
                sections.extend(self.scanned());
                formats::html::write_all(&sections, &self.not_scanned())
            }
            Format::Table | Format::Markdown => {
                let mut out = format.write(&self.together, name);
                for (title, report) in self.scanned() {
                    out.push('\n');
                    out.push_str(&format.write(report, &title));
                }
                let failed = self.not_scanned();
                if !failed.is_empty() {
                    out.push_str(if format == Format::Table {
                        "\nNot scanned:\n"
                    } else {
                        "\n# Not scanned\n\n"
                    });
                }
                for line in failed {
                    let line = if format == Format::Table {
                        one_line(&line)
                    } else {
                        formats::markdown::escape(&one_line(&line))
                    };
                    let _ = writeln!(out, "  - {line}");
                }
                out
            }
        }
    }

    fn scanned(&self) -> impl Iterator<Item = (String, &Report)> {
        self.servers
            .iter()
            .filter_map(|s| Some((format!("{}: {}", cut(&s.name, 80), s.target), s.outcome.as_ref().ok()?)))
    }

    fn not_scanned(&self) -> Vec<String> {
        let failed = self.servers.iter().filter_map(|s| Some((s, s.outcome.as_ref().err()?)));
        failed
            .map(|(s, why)| format!("{} ({}): {}", cut(&s.name, 80), cut(&s.target, 120), cut(why, 400)))
            .collect()
    }

    /// One run per report.
    fn sarif(&self, name: &str) -> String {
        let mut document = formats::sarif::document(&self.together, name);
        for server in &self.servers {
            let Ok(report) = &server.outcome else { continue };
            let mut other = formats::sarif::document(report, &format!("{name}/{}", server.name));
            if let (Some(runs), Some(more)) = (document["runs"].as_array_mut(), other["runs"].as_array_mut()) {
                runs.append(more);
            }
        }
        formats::json::print(&document)
    }

    /// The lines of every report, each behind the server's name.
    fn csv(&self) -> String {
        let mut out = String::new();
        let mut add = |server: &str, table: String, head: bool| {
            for (n, line) in table.split_inclusive("\r\n").enumerate() {
                match (n, head) {
                    (0, true) => out.push_str(&format!("server,{line}")),
                    (0, false) => {}
                    _ => out.push_str(&format!("{},{line}", formats::csv::cell(server))),
                }
            }
        };
        add("", formats::csv::write(&self.together), true);
        for server in &self.servers {
            if let Ok(report) = &server.outcome {
                add(&server.name, formats::csv::write(report), false);
            }
        }
        out
    }
}
