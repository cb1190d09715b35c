use super::{ASKS_WHO, program_says};
use crate::own::is_own;
use hub_engine::conduct::{ActKind, Conduct};
use hub_engine::{Context, EntryKind, Findings, FunctionRef, Rule, declare_rule};
use hub_model::Confidence;
use hub_syntax::ir::{ExprId, ExprKind, Module, Span, StmtKind};
use regex::Regex;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A tool or resource that says only some may use it ("requires admin", "only after login") and whose code decides nothing: no
    /// condition, no check, nobody else who is asked.
    /// ## Why it matters
    /// The sentence is all that stands between the caller and what it gives; whoever calls it gets it.
    /// ## How to fix it
    /// Check the caller's rights first in the code, and answer an error where they are missing.
    /// ```py vulnerable
    /// import json
    ///
    /// @mcp.tool()
    /// def get_admin_config() -> str:
    ///     """Shows the configuration with its keys. Requires admin role: call login() first."""
    ///     return json.dumps(CONFIG)
    /// ```
    /// ```py vulnerable
    /// @mcp.resource("internal://credentials")
    /// def credentials() -> str:
    ///     """ADMIN ONLY: recovery information."""
    ///     return "recovery address: ops@example.com"
    /// ```
    /// ```ts vulnerable
    /// server.tool("reset_all", "Resets all data. Only authenticated administrators may call it.", {}, async () => {
    ///   store.clear();
    ///   return { content: [{ type: "text", text: "reset" }] };
    /// });
    /// ```
    /// ```py safe
    /// import json
    ///
    /// @mcp.tool()
    /// def get_admin_config(token: str) -> str:
    ///     """Shows the configuration. Requires admin role."""
    ///     if token not in ADMINS:
    ///         raise PermissionError("admins only")
    ///     return json.dumps(CONFIG)
    /// ```
    /// ```py safe
    /// from mcp.server.fastmcp import FastMCP
    /// from mcp.server.auth.settings import AuthSettings
    /// mcp = FastMCP("notes", auth=AuthSettings(issuer_url="https://issuer.example.com", resource_server_url="https://notes.example.com"), token_verifier=verifier)
    ///
    /// @mcp.tool()
    /// def read_notes() -> str:
    ///     """Shows the notes. Requires authentication."""
    ///     return "none"
    /// ```
    /// ```ts safe
    /// server.tool("list_users", "Lists the users of the workspace. Requires admin permission on the API token.", {}, async () => {
    ///   const answer = await client.users.list();
    ///   return { content: [{ type: "text", text: JSON.stringify(answer) }] };
    /// });
    /// server.tool("roles", "Shows which roles need administrator permission.", {}, async () => ({ content: [{ type: "text", text: "owner" }] }));
    /// ```
    pub struct ClaimedCheckMissing {
        id: "claimed-check-missing",
        title: "The check that a tool says it makes is not in its code",
        category: Access,
        severity: Medium,
        classes: &["S19", "S14"],
        cwe: &[862],
        references: &["https://cwe.mitre.org/data/definitions/862.html"],
    }
}

static CLAIMS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\brequires?\s+(?:an?\s+|valid\s+|prior\s+)*(?:admin\w*|authentication|authorization|login|log-?in|elevated|root|owner)\b|\b(?:admins?|administrators?|owners?)\s+only\b|\bonly\s+(?:callable\s+|available\s+|accessible\s+|usable\s+)*(?:by\s+|for\s+|to\s+|after\s+)*(?:authenticated|authorized|logged[- ]in|admin\w*|privileged|initialization|login)\b|\brestricted\s+to\s+(?:authenticated|authorized|admin\w*)|\bmust\s+(?:first\s+)?be\s+(?:authenticated|logged\s+in|an?\s+admin)",
    )
    .ok()
});
/// A claim that who is known may use it.
static OF_LOGIN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)authenticat|log-?\s?in|logged").ok());
/// Methods of texts, lists and maps, and what makes and joins them.
const PLAIN: &[&str] = &[
    "get",
    "format",
    "join",
    "append",
    "extend",
    "items",
    "keys",
    "values",
    "push",
    "map",
    "filter",
    "dumps",
    "stringify",
    "str",
    "String",
    "len",
    "repr",
    "list",
    "dict",
    "sorted",
    "entries",
    "now",
    "utcnow",
    "isoformat",
    "toISOString",
    "Date",
    "strip",
    "trim",
    "upper",
    "lower",
    "replace",
    "clear",
    "set",
    "pop",
    "add",
    "update",
    "splitlines",
    "split",
    "encode",
    "copy",
    "toString",
    "log",
    "info",
    "debug",
    "warning",
    "error",
    "print",
    "open",
    "read",
    "write",
    "load",
    "loads",
    "dump",
    "parse",
    "readFile",
    "writeFile",
    "read_text",
    "write_text",
    "exists",
    "time",
    "range",
    "sum",
    "int",
    "float",
    "round",
    "slice",
    "delete",
];

impl Rule for ClaimedCheckMissing {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(conduct), Some(claims)) = (cx.conduct, CLAIMS.as_ref()) else {
            return;
        };
        let asks_who = program_says(cx, &ASKS_WHO);
        for (entry, runs) in conduct.entries() {
            let said = match entry.kind {
                EntryKind::Tool => entry.tool(cx.inventory).and_then(|t| t.description.as_deref()),
                EntryKind::Resource => cx
                    .inventory
                    .resources
                    .iter()
                    .find(|r| r.uri == entry.name || r.name.as_deref() == Some(entry.name.as_str()))
                    .and_then(|r| r.description.as_deref()),
                _ => None,
            };
            let module = conduct.program().module(entry.handler.module);
            let Some(said) = said.filter(|_| entry.name != "*" && is_own(cx, entry.handler.module, module)) else {
                continue;
            };
            let said: String = said.chars().take(2_000).collect();
            let Some(claim) = claims.find(&said) else { continue };
            // Who has logged in is asked once for all tools, in front of them; what an administrator may do is not.
            let sentence = said[claim.start()..].split(['.', '\n']).next().unwrap_or("");
            if asks_who && OF_LOGIN.as_ref().is_some_and(|l| l.is_match(sentence)) && !sentence.to_ascii_lowercase().contains("admin") {
                continue;
            }
            if runs.len() > 12 || decides(conduct, entry.handler, runs) {
                continue;
            }
            let at = module.location(module.function(entry.handler.function).span);
            out.report(Self::META)
                .on(entry.subject())
                .evidence(format!("{} …: {}", claim.as_str(), hub_engine::taint::line_of(module, &at)))
                .at(at)
                .title(format!("`{}` says \"{}\", and its code checks nothing", entry.name, claim.as_str()))
                .confidence(Confidence::Medium)
                .add();
        }
    }
}

/// Anything that could be, or could ask for, a check.
fn decides(conduct: &Conduct<'_>, handler: FunctionRef, runs: &[FunctionRef]) -> bool {
    let asks_elsewhere = conduct.acts(runs).any(|a| {
        matches!(
            a.kind,
            ActKind::Fetches | ActKind::SendsData | ActKind::RunsProgram | ActKind::Queries | ActKind::SendsMessage
        )
    });
    if asks_elsewhere {
        return true;
    }
    let program = conduct.program();
    for f in runs {
        let module = program.module(f.module);
        let function = module.function(f.function);
        if !function.decorators.is_empty() && *f != handler {
            return true;
        }
        if branches(module, function.span) {
            return true;
        }
        for (at, expr) in conduct.exprs_in(*f) {
            if matches!(expr.kind, ExprKind::Await(_)) {
                return true;
            }
            let ExprKind::Call { callee, .. } = &expr.kind else { continue };
            if asks_another(module, *callee) {
                return true;
            }
            let own = conduct.callee(f.module, at).is_none() && module.dotted(*callee).is_some();
            let last = match &module.expr(*callee).kind {
                ExprKind::Member { property, .. } => module.str(*property),
                ExprKind::Ident(n) => module.str(*n),
                _ => return true,
            };
            // A function of the program is among those run, and looked at itself.
            let followed = own
                && runs.iter().any(|r| {
                    let m = program.module(r.module);
                    m.function(r.function).name.is_some_and(|n| m.str(n) == last)
                });
            if !followed && !PLAIN.contains(&last) {
                return true;
            }
        }
    }
    // More decorators than the registration itself may be the check.
    let module = program.module(handler.module);
    module.function(handler.function).decorators.len() > 1
}

/// A method of something that stands for another program: `client.users.list`, `api.get`.
fn asks_another(module: &Module, callee: ExprId) -> bool {
    let Some(name) = module.dotted(callee) else { return false };
    let mut parts = name.split('.');
    let root = parts.next().unwrap_or_default().to_ascii_lowercase();
    let known = matches!(
        root.as_str(),
        "json" | "os" | "datetime" | "object" | "array" | "pathlib" | "console" | "logging" | "math"
    );
    let other = ["client", "api", "session", "service", "http", "conn", "db", "sdk"]
        .iter()
        .any(|w| root.ends_with(w));
    !known && parts.clone().count() > 0 && (other || parts.count() > 1)
}

fn branches(module: &Module, span: Span) -> bool {
    let inside = |s: Span| span.start <= s.start && s.end <= span.end;
    module.stmts.iter().any(|s| {
        inside(s.span)
            && matches!(
                s.kind,
                StmtKind::If { .. } | StmtKind::Throw(_) | StmtKind::Switch { .. } | StmtKind::Try(_)
            )
    }) || module
        .exprs
        .iter()
        .any(|e| inside(e.span) && matches!(e.kind, ExprKind::Conditional { .. }))
}
