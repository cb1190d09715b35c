use crate::own::own_modules;
use hub_engine::conduct::ActKind;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Confidence;
use hub_syntax::Written;
use hub_syntax::ir::{ExprId, ExprKind, Key, Module, Prop, Span};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A variable or field named like a secret (password, token, API key) that is written to the log as it is.
    /// ## Why it matters
    /// Logs are kept longer and read by more people and programs than secrets may be.
    /// ## How to fix it
    /// Do not log it; log that it is set, or a few characters of it.
    /// ```py vulnerable
    /// import logging, os
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("mail")
    /// api_key = os.environ["API_KEY"]
    ///
    /// @mcp.tool()
    /// def send() -> str:
    ///     """Sends."""
    ///     logging.info(f"using key {api_key}")
    ///     return "sent"
    /// ```
    /// ```ts vulnerable
    /// server.tool("login", "Logs in.", { user: z.string(), password: z.string() }, async ({ user, password }) => {
    ///   console.log("login", user, password);
    ///   return { content: [] };
    /// });
    /// ```
    /// ```py vulnerable
    /// import logging, os
    /// import httpx
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("repos")
    /// logger = logging.getLogger(__name__)
    ///
    /// def headers() -> dict:
    ///     headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Accept": "application/json"}
    ///     logger.info("Request headers: %s", headers)
    ///     return headers
    ///
    /// @mcp.tool()
    /// def repos() -> str:
    ///     """Lists the repositories."""
    ///     return httpx.get("https://api.example.com/repos", headers=headers()).text
    /// ```
    /// ```ts vulnerable
    /// import express from "express";
    /// const app = express();
    /// app.use((req, res, next) => { console.log("incoming", req.method, req.headers); next(); });
    /// server.tool("ping", "Answers", {}, async () => ({ content: [] }));
    /// ```
    /// ```ts safe
    /// import express from "express";
    /// const app = express();
    /// app.use((req, res, next) => { console.log("incoming", req.method, req.headers["user-agent"], Object.keys(req.headers)); next(); });
    /// server.tool("ping", "Answers", {}, async () => ({ content: [] }));
    /// ```
    /// ```py safe
    /// import logging, os
    /// import httpx
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("repos")
    /// logger = logging.getLogger(__name__)
    ///
    /// def headers() -> dict:
    ///     headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Accept": "application/json"}
    ///     shown = {"Authorization": "***", "Accept": "application/json"}
    ///     logger.info("Request headers: %s %s", shown, sorted(headers))
    ///     return headers
    ///
    /// @mcp.tool()
    /// def repos() -> str:
    ///     """Lists the repositories."""
    ///     return httpx.get("https://api.example.com/repos", headers=headers()).text
    /// ```
    /// ```py safe
    /// import logging, os
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("mail")
    /// api_key = os.environ["API_KEY"]
    ///
    /// @mcp.tool()
    /// def send() -> str:
    ///     """Sends."""
    ///     logging.info(f"key set: {bool(api_key)}, {len(api_key)} characters")
    ///     return "sent"
    /// ```
    pub struct SecretInLog {
        id: "secret-in-log",
        title: "A secret is written to the log",
        category: Secrets,
        severity: Medium,
        classes: &["S10"],
        needs: Some(Needs::Source),
        references: &["https://cwe.mitre.org/data/definitions/532.html"],
    }
}

/// Calls that write to a log.
static LOGS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:this\.|self\.)?(?:console|log|logger|logging|_logger)\.(?:log|info|debug|warn|warning|error|trace)$").ok()
});
/// All headers of a request, and the credential with them.
static HEADERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:(?:JSON\.stringify|dict|str|json\.dumps)\()?(?:req|request|ctx\.req|ctx\.request|c\.req)\.headers\b(?:,[^()]*)?\)?$")
        .ok()
});

/// `console.log(req.headers)`, wherever it stands.
fn headers_in_log(cx: &Context<'_>, out: &mut Findings) {
    let (Some(logs), Some(headers)) = (LOGS.as_ref(), HEADERS.as_ref()) else {
        return;
    };
    for (_, module) in own_modules(cx) {
        if !module.source.contains(".headers") {
            continue;
        }
        for e in &module.exprs {
            let ExprKind::Call { callee, args, .. } = &e.kind else { continue };
            let shows = |e: ExprId| match &module.expr(e).kind {
                ExprKind::Template(parts) => parts.iter().any(|p| headers.is_match(module.text(module.expr(*p).span))),
                ExprKind::Object(props) => props
                    .iter()
                    .any(|p| matches!(p, Prop::KeyValue { value, .. } if headers.is_match(module.text(module.expr(*value).span)))),
                _ => headers.is_match(module.text(module.expr(e).span)),
            };
            if module.dotted(*callee).is_some_and(|n| logs.is_match(&n)) && args.iter().any(|a| shows(a.value)) {
                let at = module.location(e.span);
                out.report(SecretInLog::META)
                    .evidence(line_of(module, &at))
                    .at(at)
                    .title("Every header of a request is written to the log, credentials included")
                    .confidence(Confidence::Medium)
                    .key("headers")
                    .add();
            }
        }
    }
}

impl Rule for SecretInLog {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        headers_in_log(cx, out);
        let Some(conduct) = cx.conduct else { return };
        let mut seen = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            for act in conduct.acts(runs).filter(|a| a.kind == ActKind::Logs) {
                let module = conduct.program().module(act.module);
                let ExprKind::Call { args, .. } = &module.expr(act.expr).kind else {
                    continue;
                };
                let within = module.function(act.function.function).span;
                let name = args
                    .iter()
                    .find_map(|a| shown(module, a.value, 0).or_else(|| holder(module, a.value, within)));
                let Some(name) = name else { continue };
                if seen.insert((act.module, act.expr)) {
                    out.report(Self::META)
                        .on(entry.subject())
                        .at(act.at.clone())
                        .evidence(act.code.clone())
                        .title(format!("`{name}` is written to the log"))
                        .confidence(Confidence::Medium)
                        .key(name)
                        .add();
                }
            }
        }
    }
}

/// The name of a secret that stands in a text or beside it.
fn shown(module: &Module, e: ExprId, depth: u32) -> Option<String> {
    if depth > 4 {
        return None;
    }
    match &module.expr(e).kind {
        ExprKind::Ident(n) => Some(module.str(*n)).filter(|n| is_secret(n)).map(str::to_owned),
        ExprKind::Member { property, .. } => Some(module.str(*property)).filter(|n| is_secret(n)).map(str::to_owned),
        ExprKind::Template(parts) => parts.iter().find_map(|p| shown(module, *p, depth + 1)),
        ExprKind::Binary { left, right, op } if *op == hub_syntax::ir::BinaryOp::Add => {
            shown(module, *left, depth + 1).or_else(|| shown(module, *right, depth + 1))
        }
        _ => None,
    }
}

/// A variable of the function that is written as a whole and holds headers with the credential in them.
fn holder(module: &Module, e: ExprId, within: Span) -> Option<String> {
    let name = match &module.expr(e).kind {
        ExprKind::Ident(n) => *n,
        ExprKind::Call { callee, args, .. } => match (module.dotted(*callee)?.as_str(), &module.expr(args.first()?.value).kind) {
            ("JSON.stringify" | "json.dumps" | "str" | "repr" | "util.inspect", ExprKind::Ident(n)) => *n,
            _ => return None,
        },
        ExprKind::Template(parts) => return parts.iter().find_map(|p| holder(module, *p, within)),
        _ => return None,
    };
    let scopes = module.scopes();
    let written = scopes
        .iter()
        .filter(|(_, b)| b.name == name)
        .flat_map(|(id, _)| scopes.definitions(id))
        .find_map(|d| match d.value {
            Written::Value { value, .. } => {
                let span = module.expr(value).span;
                (within.start <= span.start && span.end <= within.end).then_some(value)
            }
            _ => None,
        })?;
    holds_credential(module, written).then(|| module.str(name).to_owned())
}

/// An object with a credential among its fields, as it is and not masked.
pub(super) fn holds_credential(module: &Module, e: ExprId) -> bool {
    let ExprKind::Object(props) = &module.expr(e).kind else {
        return false;
    };
    props.iter().any(|p| match p {
        Prop::KeyValue { key: Key::Name(k), value } => {
            let key = module.str(*k).to_ascii_lowercase();
            let credential = matches!(key.as_str(), "authorization" | "x-api-key" | "cookie" | "proxy-authorization") || is_secret(&key);
            let known = matches!(module.expr(*value).kind, ExprKind::Str(_) | ExprKind::Conditional { .. });
            let text = module.text(module.expr(*value).span);
            credential && !known && !["mask", "redact", "***", "len(", ".length"].iter().any(|w| text.contains(w))
        }
        _ => false,
    })
}

/// `password`, `api_key`, `accessToken`: the thing itself, not a count, a flag or a file of it.
fn is_secret(name: &str) -> bool {
    let n = name.to_ascii_lowercase().replace(['_', '-'], "");
    const ENDS: [&str; 12] = [
        "password",
        "passwd",
        "apikey",
        "apitoken",
        "accesstoken",
        "authtoken",
        "bearertoken",
        "refreshtoken",
        "clientsecret",
        "secretkey",
        "privatekey",
        "secretaccesskey",
    ];
    ENDS.iter().any(|e| n.ends_with(e)) && !n.starts_with("has") && !n.starts_with("is")
}
