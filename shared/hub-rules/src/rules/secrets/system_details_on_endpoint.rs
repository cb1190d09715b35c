use crate::own::own_calls;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, ExprKind, FnId, Module};
use std::collections::{BTreeMap, BTreeSet};

declare_rule! {
    /// ## What it finds
    /// A web endpoint that puts together what describes the machine: operating system, versions, processor, host name, user.
    /// ## Why it matters
    /// Whoever reaches the port learns which known faults to try and what the machine and its user are called.
    /// ## How to fix it
    /// Answer a health check with its status alone, and keep the details for operators who are logged in, or for the log.
    /// ```py vulnerable
    /// import platform
    /// import psutil
    /// from fastapi import FastAPI
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// app = FastAPI()
    ///
    /// @app.get("/health/detailed")
    /// async def health():
    ///     return {"os": platform.system(), "release": platform.release(), "python": platform.python_version(), "cpus": psutil.cpu_count()}
    ///
    /// @mcp.tool()
    /// def ping() -> str:
    ///     """Answers."""
    ///     return "pong"
    /// ```
    /// ```ts vulnerable
    /// import os from "node:os";
    /// import express from "express";
    /// const app = express();
    /// app.get("/debug", (req, res) => {
    ///   res.json({ host: os.hostname(), release: os.release(), user: os.userInfo().username });
    /// });
    /// server.tool("ping", "Answers", {}, async () => ({ content: [] }));
    /// app.listen(3000, "127.0.0.1");
    /// ```
    /// ```py safe
    /// import platform
    /// import psutil
    /// from fastapi import FastAPI
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// app = FastAPI()
    /// print(platform.system(), platform.release(), platform.machine())
    ///
    /// @app.get("/health")
    /// async def health():
    ///     return {"status": "healthy", "memory": psutil.virtual_memory().percent}
    ///
    /// @mcp.tool()
    /// def machine() -> str:
    ///     """Shows the machine's system, release and processor."""
    ///     return " ".join([platform.system(), platform.release(), platform.machine()])
    /// ```
    pub struct SystemDetailsOnEndpoint {
        id: "system-details-on-endpoint",
        title: "A web endpoint describes the machine",
        category: Secrets,
        severity: Low,
        classes: &["S10", "S14"],
        needs: Some(Needs::Source),
        cwe: &[497, 200],
        references: &["https://cwe.mitre.org/data/definitions/497.html"],
    }
}

/// Calls that say what the machine is.
const DESCRIBES: &[&str] = &[
    "platform.system",
    "platform.release",
    "platform.version",
    "platform.machine",
    "platform.processor",
    "platform.node",
    "platform.platform",
    "platform.uname",
    "platform.python_version",
    "psutil.cpu_count",
    "psutil.users",
    "socket.gethostname",
    "os.uname",
    "getpass.getuser",
    "os.hostname",
    "os.release",
    "os.version",
    "os.machine",
    "os.arch",
    "os.platform",
    "os.cpus",
    "os.userInfo",
    "os.networkInterfaces",
    "os.getcwd",
    "os.getlogin",
    "process.cwd",
    "psutil.virtual_memory",
    "psutil.disk_usage",
];
/// As many in one answer are a description; one or two may be what the endpoint is for.
const MANY: usize = 3;

impl Rule for SystemDetailsOnEndpoint {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let mut by_function: BTreeMap<(ModuleId, FnId), Vec<(&hub_engine::taint::OutsideCall, &Module)>> = BTreeMap::new();
        for (call, module) in own_calls(cx) {
            if let Some(function) = call.function.filter(|_| DESCRIBES.contains(&call.name.as_str())) {
                by_function.entry((call.module, function)).or_default().push((call, module));
            }
        }
        for ((_, function), calls) in by_function {
            let names: BTreeSet<&str> = calls.iter().map(|(c, _)| c.name.as_str()).collect();
            let Some((call, module)) = calls.iter().min_by_key(|(c, _)| &c.at).filter(|_| names.len() >= MANY) else {
                continue;
            };
            if !answers_web(module, function) {
                continue;
            }
            let named: Vec<String> = names.iter().take(5).map(|n| format!("`{n}`")).collect();
            out.report(Self::META)
                .at(call.at.clone())
                .evidence(call.code.clone())
                .because(format!("Its answer is made of {}.", named.join(", ")))
                .severity(Severity::Low)
                .confidence(Confidence::Medium)
                .key(module.function(function).name.map_or("", |n| module.str(n)).to_owned())
                .add();
        }
    }
}

/// Whether the function is registered for a path: `@app.get("/path")`, `app.get("/path", …, (req, res) => …)`.
fn answers_web(module: &Module, function: FnId) -> bool {
    let has_path = |args: &[Arg]| {
        args.first()
            .is_some_and(|a| matches!(&module.expr(a.value).kind, ExprKind::Str(s) if module.str(*s).starts_with('/')))
    };
    let f = module.function(function);
    let decorated = f
        .decorators
        .iter()
        .any(|d| matches!(&module.expr(*d).kind, ExprKind::Call { args, .. } if has_path(args)));
    decorated
        || module.exprs.iter().any(|e| {
            let ExprKind::Call { args, .. } = &e.kind else { return false };
            has_path(args)
                && args
                    .iter()
                    .any(|a| matches!(&module.expr(a.value).kind, ExprKind::Function(g) if *g == function))
        })
}
