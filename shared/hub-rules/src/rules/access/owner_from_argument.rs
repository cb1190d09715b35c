use crate::own::{is_own, own_modules};
use crate::routes::routes;
use hub_engine::capability::words_of;
use hub_engine::conduct::{ActKind, Conduct};
use hub_engine::taint::line_of;
use hub_engine::{Context, EntryKind, Findings, FunctionRef, Rule, declare_rule};
use hub_model::Confidence;
use hub_syntax::ir::ExprKind;
use regex::Regex;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A tool that takes from its arguments whose data to work on, in a server whose other tools take that from who is logged in; or a web
    /// endpoint that takes it from its path and never looks at who is logged in.
    /// ## Why it matters
    /// Whoever is logged in names somebody else and reads or changes what is theirs.
    /// ## How to fix it
    /// Take the owner from the session, or compare the argument with it before the data is touched.
    /// ```py vulnerable
    /// from mcp.server.auth.middleware.auth_context import get_access_token
    ///
    /// @mcp.tool()
    /// def list_notes() -> str:
    ///     """Lists your notes."""
    ///     user = get_access_token().client_id
    ///     return str(db.execute("SELECT title FROM notes WHERE owner = ?", (user,)).fetchall())
    ///
    /// @mcp.tool()
    /// def delete_notes(user_id: str) -> str:
    ///     """Deletes the notes of a user."""
    ///     db.execute("DELETE FROM notes WHERE owner = ?", (user_id,))
    ///     return "deleted"
    ///
    /// import sqlite3
    /// db = sqlite3.connect("notes.db")
    /// ```
    /// ```ts vulnerable
    /// const carts = new Map<string, string[]>();
    /// server.tool("add", "Adds to your cart", { item: z.string() }, async ({ item }, extra) => {
    ///   carts.get(extra.authInfo.extra.userId).push(item);
    ///   return { content: [] };
    /// });
    /// server.tool("show", "Shows a cart", { userId: z.string() }, async ({ userId }) => {
    ///   return { content: [{ type: "text", text: carts.get(userId).join() }] };
    /// });
    /// ```
    /// ```py safe
    /// from mcp.server.auth.middleware.auth_context import get_access_token
    ///
    /// @mcp.tool()
    /// def list_notes() -> str:
    ///     """Lists your notes."""
    ///     user = get_access_token().client_id
    ///     return str(db.execute("SELECT title FROM notes WHERE owner = ?", (user,)).fetchall())
    ///
    /// def own(user_id: str) -> None:
    ///     if user_id != get_access_token().client_id:
    ///         raise PermissionError("not yours")
    ///
    /// @mcp.tool()
    /// def delete_notes(user_id: str) -> str:
    ///     """Deletes the notes of a user."""
    ///     own(user_id)
    ///     db.execute("DELETE FROM notes WHERE owner = ?", (user_id,))
    ///     return "deleted"
    ///
    /// import sqlite3
    /// db = sqlite3.connect("notes.db")
    /// ```
    /// ```py vulnerable
    /// from fastapi import APIRouter, Depends
    /// router = APIRouter()
    ///
    /// @mcp.tool()
    /// def ping() -> str:
    ///     """Answers."""
    ///     return "pong"
    ///
    /// @router.get("/memories/{user_id}")
    /// async def memories(user_id: str, user: User = Depends(get_current_user)):
    ///     return await store.of(user_id)
    /// ```
    /// ```py safe
    /// from fastapi import APIRouter, Depends, HTTPException
    /// router = APIRouter()
    ///
    /// @mcp.tool()
    /// def ping() -> str:
    ///     """Answers."""
    ///     return "pong"
    ///
    /// @router.get("/memories/{user_id}")
    /// async def memories(user_id: str, user: User = Depends(get_current_user)):
    ///     if user.id != user_id:
    ///         raise HTTPException(404)
    ///     return await store.of(user_id)
    ///
    /// @router.get("/admin/memories/{user_id}")
    /// async def all_memories(user_id: str, admin: User = Depends(get_current_user)):
    ///     return await store.of(user_id)
    /// ```
    /// ```ts safe
    /// server.tool("me", "Shows who you are", {}, async (args, extra) => {
    ///   return { content: [{ type: "text", text: String(extra.authInfo.extra.userId) }] };
    /// });
    /// server.tool("show_user", "Shows a member of the workspace", { userId: z.string() }, async ({ userId }) => {
    ///   const answer = await fetch(`https://api.example.com/users/${encodeURIComponent(userId)}`, { headers: { authorization: token() } });
    ///   return { content: [{ type: "text", text: await answer.text() }] };
    /// });
    /// ```
    pub struct OwnerFromArgument {
        id: "owner-from-argument",
        title: "The caller says whose data it is",
        category: Access,
        severity: Medium,
        classes: &["S19"],
        cwe: &[639],
        references: &["https://cwe.mitre.org/data/definitions/639.html"],
    }
}

/// Who is logged in, as the code asks for it.
static SESSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\bget_access_token\(\)|\bauthInfo\b|\brequest\.state\.user|\bcurrent_user\b|\bcurrentUser\b|\breq\.(?:user|auth)\b|\bsession\.user|\b(?:ctx|context)\.(?:user|auth)\w*",
    )
    .ok()
});
/// Functions that may compare the two.
static CHECKS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)auth|permission|owner|access|allowed|^own|^can_?[a-zA-Z]|tenant").ok());
/// Arguments that name whose data it is.
const OWNERS: &[&str] = &[
    "user_id",
    "userid",
    "owner_id",
    "ownerid",
    "tenant_id",
    "tenantid",
    "customer_id",
    "customerid",
];

impl Rule for OwnerFromArgument {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        endpoints(cx, out);
        tools(cx, out);
    }
}

/// Endpoints that know who is logged in, take the owner from the path, and never look at who is logged in.
fn endpoints(cx: &Context<'_>, out: &mut Findings) {
    let Some(knows) = LOGGED_IN.as_ref() else { return };
    for (_, module) in own_modules(cx) {
        let all = routes(module);
        // Of a script only where others of its routes take the owner from the session.
        let by_session = all.iter().any(|r| BY_SESSION.iter().any(|w| r.body.contains(w)));
        for r in &all {
            let Some(owner) = OWNERS.iter().find(|o| {
                let path = r.path.to_ascii_lowercase();
                path.contains(&format!("{{{o}}}")) || path.split('/').any(|s| s.strip_prefix(':') == Some(o))
            }) else {
                continue;
            };
            let logged_in = match knows.captures(r.header) {
                Some(c) => c.get(1).is_some_and(|name| !has_word(r.body, name.as_str())),
                None => {
                    by_session
                        && r.guard().is_some()
                        && module.function(r.handler).decorators.is_empty()
                        && !BY_SESSION.iter().any(|w| r.body.contains(w))
                }
            };
            let others = ["admin", "Admin", "owner", "Owner", "self", "403", "orbidden"];
            if !logged_in
                || others
                    .iter()
                    .any(|w| r.header.replace(r.path, "").contains(w) || r.body.contains(w))
                || r.path.contains("admin")
            {
                continue;
            }
            let at = module.location(r.span);
            let what = format!("{} {}", r.verb.to_uppercase(), r.path);
            out.report(OwnerFromArgument::META)
                .evidence(line_of(module, &at))
                .at(at)
                .title(format!("`{what}` works on the data of whoever `{owner}` names"))
                .because("It asks who is logged in and never compares that with the owner in the path.".to_owned())
                .confidence(Confidence::Medium)
                .key(what)
                .add();
        }
    }
}

/// A parameter that holds who is logged in: `user: User = Depends(get_current_user)`.
static LOGGED_IN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(\w+)\s*(?::[^=,()]*)?=\s*(?:Depends|Security)\(\s*(?:\w+\.)*\w*(?:current_?user|current_?account|get_?user|logged_?in|authenticated_?user)\w*\s*\)|\b(?-i:[a-z_]\w*)\s*:\s*Annotated\[[^\]]*Depends\(\s*(?:\w+\.)*\w*current_?user\w*\s*\)").ok()
});
/// Who is logged in, as the routes of a script read it.
const BY_SESSION: &[&str] = &["req.user", "req.auth", "res.locals.user", "req.session", "request.user"];

/// Whether a text has a name as a word of its own.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(i, _)| !text[..i].chars().next_back().is_some_and(part) && !text[i + word.len()..].chars().next().is_some_and(part))
}

/// Tools that take the owner from their arguments where others take it from the session.
fn tools(cx: &Context<'_>, out: &mut Findings) {
    let (Some(conduct), Some(session)) = (cx.conduct, SESSION.as_ref()) else {
        return;
    };
    let asks = |runs: &[FunctionRef]| {
        runs.iter().take(MAX_READ).any(|f| {
            let module = conduct.program().module(f.module);
            session.is_match(module.text(module.function(f.function).span))
        })
    };
    let tools: Vec<_> = conduct
        .entries()
        .filter(|(e, _)| e.kind == EntryKind::Tool && e.name != "*")
        .filter(|(e, _)| is_own(cx, e.handler.module, conduct.program().module(e.handler.module)))
        .collect();
    if !tools.iter().any(|(_, runs)| asks(runs)) {
        return;
    }
    for (entry, runs) in tools {
        let properties = entry
            .tool(cx.inventory)
            .and_then(|t| t.input_schema.as_ref())
            .and_then(|s| s.get("properties"))
            .and_then(serde_json::Value::as_object);
        let owner = properties
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .find(|n| OWNERS.contains(&n.to_ascii_lowercase().as_str()));
        let Some(owner) = owner.filter(|_| !words_of(&entry.name).iter().any(|w| w == "admin")) else {
            continue;
        };
        if asks(runs) || !keeps(conduct, runs, owner) {
            continue;
        }
        let module = conduct.program().module(entry.handler.module);
        let at = module.location(module.function(entry.handler.function).span);
        out.report(OwnerFromArgument::META)
            .on(entry.subject())
            .evidence(line_of(module, &at))
            .at(at)
            .title(format!("`{}` works on the data of whoever `{owner}` names", entry.name))
            .because("Other tools of the server take the owner from who is logged in; this one takes the caller's word for it.".to_owned())
            .confidence(Confidence::Medium)
            .key(owner.to_owned())
            .add();
    }
}

/// Most functions that are read for one tool.
const MAX_READ: usize = 40;

/// Whether data that the server itself keeps is looked up by this argument, with no check between. A service that is asked with the
/// caller's own token decides itself.
fn keeps(conduct: &Conduct<'_>, runs: &[FunctionRef], owner: &str) -> bool {
    if conduct.acts(runs).any(|a| matches!(a.kind, ActKind::Fetches | ActKind::SendsData)) {
        return false;
    }
    let mut found = conduct.acts(runs).any(|a| a.kind == ActKind::Queries);
    for f in runs.iter().take(MAX_READ) {
        let module = conduct.program().module(f.module);
        let is_owner = |e| conduct.argument(f.module, e).is_some_and(|a| a.name.as_deref() == Some(owner));
        for (_, expr) in conduct.exprs_in(*f) {
            match &expr.kind {
                ExprKind::Index { index, .. } => found |= is_owner(*index),
                ExprKind::Call { callee, args, .. } => {
                    let name = match &module.expr(*callee).kind {
                        ExprKind::Ident(n) => module.str(*n),
                        ExprKind::Member { property, .. } => module.str(*property),
                        _ => continue,
                    };
                    if CHECKS.as_ref().is_some_and(|c| c.is_match(name)) {
                        return false;
                    }
                    found |= name == "get" && args.first().is_some_and(|a| is_owner(a.value));
                }
                _ => {}
            }
        }
    }
    found
}
