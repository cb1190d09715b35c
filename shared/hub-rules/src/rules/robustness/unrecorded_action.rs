use crate::own::own_modules;
use hub_engine::{Context, EntryKind, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity, Subject};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A server with tools that run commands or delete what the caller names, in whose code nothing at all is logged.
    /// ## Why it matters
    /// After an attack nobody can say which tool did what, when, and with which arguments.
    /// ## How to fix it
    /// Log each call of such a tool: its name, who called, and what it did, without secrets.
    /// ```py vulnerable
    /// import subprocess
    ///
    /// @mcp.tool()
    /// def run_command(command: str) -> str:
    ///     """Runs a command."""
    ///     return subprocess.run(command, shell=True, capture_output=True, text=True).stdout
    /// ```
    /// ```py safe
    /// import logging, subprocess
    /// log = logging.getLogger(__name__)
    ///
    /// @mcp.tool()
    /// def run_command(command: str) -> str:
    ///     """Runs a command."""
    ///     log.info("run_command: %s", command.split()[0])
    ///     return subprocess.run(command, shell=True, capture_output=True, text=True).stdout
    /// ```
    pub struct UnrecordedAction {
        id: "unrecorded-action",
        title: "High-impact tools leave no trace",
        category: Robustness,
        severity: Low,
        classes: &["S29"],
        cwe: &[778],
        references: &["https://cwe.mitre.org/data/definitions/778.html"],
    }
}

static RECORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\blog(?:ger|ging)?\b|\blog\w*\.(?:info|debug|warn|error)|console\.|\bprint\(|winston|\bpino\b|loguru|structlog|audit|telemetry|sentry|sendLoggingMessage|\bctx\.(?:info|debug|warning|error)|stderr|slog\.|tracing::|eprintln|fmt\.Fprint|Console\.Error")
        .ok()
});

impl Rule for UnrecordedAction {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(conduct), Some(records)) = (cx.conduct, RECORDS.as_ref()) else {
            return;
        };
        let own = own_modules(cx);
        if own.is_empty() || own.iter().any(|(_, m)| records.is_match(&m.source)) {
            return;
        }
        let modules: BTreeSet<_> = own.iter().map(|(id, _)| *id).collect();
        let mut tools: BTreeSet<&str> = BTreeSet::new();
        let mut first = None;
        for (entry, runs) in conduct.entries() {
            if entry.kind != EntryKind::Tool || !modules.contains(&entry.handler.module) {
                continue;
            }
            let heavy = conduct
                .capabilities(runs)
                .iter()
                .any(|c| matches!(c.kind.as_str(), "runs_commands" | "runs_code" | "destructive"));
            if heavy {
                tools.insert(&entry.name);
                first = first.or(Some(entry));
            }
        }
        let Some(entry) = first else { return };
        let module = conduct.program().module(entry.handler.module);
        let at = module.location(module.function(entry.handler.function).span);
        out.report(Self::META)
            .on(Subject::Server)
            .evidence(hub_engine::taint::line_of(module, &at))
            .at(at)
            .title(format!(
                "Nothing is logged, not what {} did either",
                tools.iter().take(5).map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ")
            ))
            .severity(Severity::Low)
            .confidence(Confidence::Medium)
            .add();
    }
}
