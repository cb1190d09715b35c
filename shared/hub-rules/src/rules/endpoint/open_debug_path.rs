use super::{Connection, facts, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// Pages for operators that a live server shows to anybody on the same origin: metrics, profilers, environment variables, debugger consoles, an MCP inspector, the description of an admin API. Only an answer that is in form what its path promises counts; a page that stands for every path does not.
    /// ## Why it matters
    /// They tell an attacker what runs inside and with which settings, and some of them run code or call tools for whoever asks.
    /// ## How to fix it
    /// Serve them on another port that only operators reach, or ask for credentials; leave debug modes and inspectors out of what is deployed.
    /// ```json vulnerable
    /// {"facts": [{"name": "debug_path_open", "path": "/metrics", "what": "metrics", "names": "process_cpu_seconds_total, tool_calls_total"}, {"name": "connection", "address": "public"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "debug_path_open", "path": "/debug", "what": "environment", "names": "PATH, HOME, DATABASE_URL"}, {"name": "connection", "address": "public"}], "tools": []}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "debug_path_open", "path": "/openapi.json", "what": "admin_api", "names": "/api/admin/users"}, {"name": "connection", "address": "private"}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "checks", "debug_paths": "done"}, {"name": "connection", "address": "public"}], "tools": []}
    /// ```
    pub struct OpenDebugPath { id: "open-debug-path", title: "A page for operators is open to anybody", category: Endpoint, severity: High, classes: &["L08"] }
}

/// What is open, what it is called, and what it is worth to a stranger.
const KINDS: [(&str, &str, Severity); 9] = [
    ("debugger_console", "a debugger's console", Severity::High),
    ("environment", "the environment of the process", Severity::High),
    ("actuator", "Spring Boot's actuator", Severity::Medium),
    ("profiler", "a profiler", Severity::Medium),
    ("process_variables", "the process's command line and memory", Severity::Medium),
    ("inspector", "an MCP inspector", Severity::Medium),
    ("admin_api", "the description of an admin API", Severity::Low),
    ("metrics", "metrics of the process", Severity::Low),
    ("server_status", "the web server's status page", Severity::Low),
];

impl Rule for OpenDebugPath {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let connection = Connection::of(cx);
        for found in facts(cx, "debug_path_open") {
            let Some((_, called, worth)) = KINDS.iter().find(|(what, ..)| *what == text(found, "what")) else {
                continue;
            };
            let severity = match connection.address {
                "public" => *worth,
                // Whoever is on this machine or network already is no stranger.
                "private" => (*worth).min(Severity::Medium),
                _ => (*worth).min(Severity::Low),
            };
            let path = text(found, "path");
            out.report(Self::META)
                .key(path)
                .title(format!("`{path}` is open to anybody: {called}"))
                .evidence(format!("GET {path} without credentials shows: {}", text(found, "names")))
                .severity(severity)
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}
