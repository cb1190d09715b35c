use crate::own::is_own;
use hub_engine::capability::words_of;
use hub_engine::conduct::{ActKind, Conduct};
use hub_engine::{Context, EntryKind, EntryPoint, Findings, FunctionRef, Rule, declare_rule};
use hub_model::Confidence;
use hub_syntax::ir::{ExprKind, Module};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A tool that changes or hands out something and does not make the check of rights that most other tools of the server make.
    /// ## Why it matters
    /// The check shows that callers differ in what they may do; the one tool without it is the way around all the others.
    /// ## How to fix it
    /// Make the same check first in every handler, or once for all in front of them.
    /// ```py vulnerable
    /// NOTES = {}
    /// def check_permission(token: str, right: str) -> None:
    ///     if right not in RIGHTS.get(token, ()):
    ///         raise PermissionError("no")
    ///
    /// @mcp.tool()
    /// def read_note(token: str, name: str) -> str:
    ///     """Reads a note."""
    ///     check_permission(token, "read")
    ///     return NOTES[name]
    ///
    /// @mcp.tool()
    /// def write_note(token: str, name: str, text: str) -> str:
    ///     """Writes a note."""
    ///     check_permission(token, "write")
    ///     NOTES[name] = text
    ///     return "written"
    ///
    /// @mcp.tool()
    /// def delete_note(token: str, name: str) -> str:
    ///     """Deletes a note."""
    ///     del NOTES[name]
    ///     return "deleted"
    /// ```
    /// ```ts vulnerable
    /// function requireAdmin(token: string) { if (!admins.has(token)) throw new Error("no"); }
    /// server.tool("list_users", "Lists users.", { token: z.string() }, async ({ token }) => { requireAdmin(token); return list(); });
    /// server.tool("add_user", "Adds a user.", { token: z.string(), name: z.string() }, async ({ token, name }) => { requireAdmin(token); return add(name); });
    /// server.tool("remove_user", "Removes a user.", { token: z.string(), name: z.string() }, async ({ name }) => remove(name));
    /// ```
    /// ```py safe
    /// NOTES = {}
    /// def check_permission(token: str, right: str) -> None:
    ///     if right not in RIGHTS.get(token, ()):
    ///         raise PermissionError("no")
    ///
    /// @mcp.tool()
    /// def read_note(token: str, name: str) -> str:
    ///     """Reads a note."""
    ///     check_permission(token, "read")
    ///     return NOTES[name]
    ///
    /// @mcp.tool()
    /// def delete_note(token: str, name: str) -> str:
    ///     """Deletes a note."""
    ///     check_permission(token, "delete")
    ///     del NOTES[name]
    ///     return "deleted"
    ///
    /// @mcp.tool()
    /// def get_delete_options() -> str:
    ///     """Shows the ways to delete."""
    ///     return "all"
    ///
    /// @mcp.tool()
    /// def server_version() -> str:
    ///     """Shows the version."""
    ///     return "1"
    /// ```
    /// ```py safe
    /// NOTES = {}
    /// def check_permission(token: str, right: str) -> None:
    ///     if right not in RIGHTS.get(token, ()):
    ///         raise PermissionError("no")
    ///
    /// def change(token: str, name: str, text: str | None) -> None:
    ///     check_permission(token, "write")
    ///     if text is None:
    ///         del NOTES[name]
    ///     else:
    ///         NOTES[name] = text
    ///
    /// @mcp.tool()
    /// def read_note(token: str, name: str) -> str:
    ///     """Reads a note."""
    ///     check_permission(token, "read")
    ///     return NOTES[name]
    ///
    /// @mcp.tool()
    /// def list_notes(token: str) -> str:
    ///     """Lists the notes."""
    ///     check_permission(token, "read")
    ///     return ", ".join(NOTES)
    ///
    /// @mcp.tool()
    /// def delete_note(token: str, name: str) -> str:
    ///     """Deletes a note."""
    ///     change(token, name, None)
    ///     return "deleted"
    /// ```
    /// ```ts safe
    /// async function ensureToken(client: any) { if (client.expired()) await client.refresh(); }
    /// server.tool("list_issues", "Lists issues.", {}, async () => { await ensureToken(api); return api.list(); });
    /// server.tool("get_issue", "Shows an issue.", { id: z.string() }, async ({ id }) => { await ensureToken(api); return api.get(id); });
    /// server.tool("delete_cache", "Deletes the local cache.", {}, async () => { fs.rmSync("cache", { recursive: true }); return { content: [] }; });
    /// ```
    pub struct CheckLeftOut {
        id: "check-left-out",
        title: "One tool leaves out the check of rights that the others make",
        category: Access,
        severity: Medium,
        classes: &["S19"],
        cwe: &[862, 285],
        references: &["https://cwe.mitre.org/data/definitions/862.html"],
    }
}

/// Functions that say who may do what.
static CHECKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^_*(?:check|require|verify|ensure|assert|validate|is|has|can|must)_?(?:\w*_)?(?:auth\w*|permissions?|access|roles?|admin|owner\w*|token|api_?key|session|scopes?|allowed|rights?|logged_?in)$|^_*(?:authorize|authenticate)\w*$",
    )
    .ok()
});
/// Most functions that are read for one tool.
const MAX_READ: usize = 64;

/// Words of tools that let people in, or that nobody needs rights for.
const OPEN: &[&str] = &[
    "login",
    "logout",
    "authenticate",
    "auth",
    "register",
    "signup",
    "signin",
    "health",
    "ping",
    "version",
    "status",
    "help",
    "info",
    "about",
    "token",
];
/// Words of tools that change or hand out something.
const HEAVY: &[&str] = &[
    "delete", "remove", "update", "set", "create", "add", "write", "edit", "admin", "reset", "transfer", "revoke", "grant", "export",
    "send", "execute", "run", "approve", "cancel", "modify", "change", "drop", "purge", "wipe", "refund", "pay",
];

/// Words of tools that only look: `get_create_fields`.
const READS: &[&str] = &[
    "get", "list", "search", "find", "show", "read", "describe", "view", "fetch", "count",
];

impl Rule for CheckLeftOut {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(conduct), Some(checks)) = (cx.conduct, CHECKS.as_ref()) else {
            return;
        };
        let tools: Vec<(&EntryPoint, &[FunctionRef])> = conduct
            .entries()
            .filter(|(e, _)| e.kind == EntryKind::Tool && e.name != "*")
            .filter(|(e, _)| is_own(cx, e.handler.module, conduct.program().module(e.handler.module)))
            .collect();
        // By check: the tools that make it.
        let mut made: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (entry, runs) in &tools {
            for name in checks_of(conduct, entry, runs, checks) {
                made.entry(name).or_default().push(&entry.name);
            }
        }
        let Some((check, guarded)) = made.iter().max_by_key(|(n, tools)| (tools.len(), std::cmp::Reverse(n.len()))) else {
            return;
        };
        if guarded.len() < 2 {
            return;
        }
        let any_check = |name: &str| made.values().any(|t| t.contains(&name));
        let bare: Vec<&(&EntryPoint, &[FunctionRef])> = tools
            .iter()
            .filter(|(e, _)| !any_check(&e.name))
            .filter(|(e, runs)| is_heavy(conduct, e, runs))
            .collect();
        // Most make it: otherwise it is no rule of the house.
        if bare.len() * 2 > guarded.len() {
            return;
        }
        for (entry, _) in bare {
            let module = conduct.program().module(entry.handler.module);
            let span = module.function(entry.handler.function).span;
            let at = module.location(span);
            out.report(Self::META)
                .on(entry.subject())
                .evidence(hub_engine::taint::line_of(module, &at))
                .at(at)
                .title(format!(
                    "`{}` does not make the check `{check}`, which {} other tools make",
                    entry.name,
                    guarded.len()
                ))
                .because(format!(
                    "{} call `{check}` before they do anything. This tool does not, so whoever may not use them can use it.",
                    guarded.iter().take(4).map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ")
                ))
                .fix(format!("Call `{check}` first in the handler of `{}`.", entry.name))
                .confidence(Confidence::Medium)
                .key(check.clone())
                .add();
        }
    }
}

/// Checks of something its caller gave that the handler makes, or a function that it calls; and the decorators that make one.
fn checks_of(conduct: &Conduct<'_>, entry: &EntryPoint, runs: &[FunctionRef], checks: &Regex) -> BTreeSet<String> {
    let module = conduct.program().module(entry.handler.module);
    let mut out = BTreeSet::new();
    for d in &module.function(entry.handler.function).decorators {
        let callee = match &module.expr(*d).kind {
            ExprKind::Call { callee, .. } => *callee,
            _ => *d,
        };
        out.extend(last_name(module, callee).filter(|n| checks.is_match(n)).map(str::to_owned));
    }
    for f in runs.iter().take(MAX_READ) {
        let module = conduct.program().module(f.module);
        for (_, expr) in conduct.exprs_in(*f) {
            let ExprKind::Call { callee, args, .. } = &expr.kind else {
                continue;
            };
            let Some(name) = last_name(module, *callee).filter(|n| checks.is_match(n)) else {
                continue;
            };
            let of_caller = args.iter().any(|a| {
                conduct.argument(f.module, a.value).is_some()
                    || matches!(&module.expr(a.value).kind, ExprKind::Ident(n) if matches!(module.str(*n), "ctx" | "context" | "extra" | "request"))
            });
            if of_caller {
                out.insert(name.to_owned());
            }
        }
    }
    out
}

fn last_name(module: &Module, callee: hub_syntax::ir::ExprId) -> Option<&str> {
    match &module.expr(callee).kind {
        ExprKind::Ident(n) => Some(module.str(*n)),
        ExprKind::Member { property, .. } => Some(module.str(*property)),
        _ => None,
    }
}

fn is_heavy(conduct: &Conduct<'_>, entry: &EntryPoint, runs: &[FunctionRef]) -> bool {
    let words = words_of(&entry.name);
    if words.iter().any(|w| OPEN.contains(&w.as_str())) {
        return false;
    }
    let reads = words.iter().any(|w| READS.contains(&w.as_str()));
    !reads && words.iter().any(|w| HEAVY.contains(&w.as_str()))
        || conduct.acts(runs).any(|a| {
            matches!(
                a.kind,
                ActKind::DeletesFile
                    | ActKind::WritesFile
                    | ActKind::MovesFile
                    | ActKind::RunsProgram
                    | ActKind::RunsCode
                    | ActKind::SendsMessage
            )
        })
}
