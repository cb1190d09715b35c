use crate::own::own_modules;
use crate::routes::routes;
use hub_engine::capability::words_of;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, FunctionRef, Rule, declare_rule};
use hub_model::Confidence;
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, FnId, Function, Module, Span, StmtKind};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// An endpoint that is guarded by the right to read and calls operations by name, some of which write.
    /// ## Why it matters
    /// One door for all operations is as wide as the widest of them: a token that was given out for reading changes and deletes.
    /// ## How to fix it
    /// Ask for the right to write before an operation that writes, as the endpoints of their own do.
    /// ```py vulnerable
    /// from fastapi import APIRouter, Depends
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// router = APIRouter()
    ///
    /// @mcp.tool()
    /// def ping() -> str:
    ///     """Answers."""
    ///     return "pong"
    ///
    /// @router.post("/mcp")
    /// async def endpoint(request: Message, user: User = Depends(require_read_access)):
    ///     return await call_tool(request.params["name"], request.params["arguments"])
    ///
    /// async def call_tool(name: str, arguments: dict):
    ///     if name == "list_notes":
    ///         return await store.all()
    ///     elif name == "delete_note":
    ///         return await store.delete(arguments["id"])
    /// ```
    /// ```py safe
    /// from fastapi import APIRouter, Depends
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// router = APIRouter()
    ///
    /// @mcp.tool()
    /// def ping() -> str:
    ///     """Answers."""
    ///     return "pong"
    /// WRITES = {"delete_note"}
    ///
    /// @router.post("/mcp")
    /// async def endpoint(request: Message, user: User = Depends(require_read_access)):
    ///     name = request.params["name"]
    ///     if name in WRITES and not user.has_scope("write"):
    ///         raise HTTPException(403)
    ///     return await call_tool(name, request.params["arguments"])
    ///
    /// async def call_tool(name: str, arguments: dict):
    ///     if name == "list_notes":
    ///         return await store.all()
    ///     elif name == "delete_note":
    ///         return await store.delete(arguments["id"])
    /// ```
    /// ```py safe
    /// from fastapi import APIRouter, Depends
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// router = APIRouter()
    ///
    /// @mcp.tool()
    /// def ping() -> str:
    ///     """Answers."""
    ///     return "pong"
    ///
    /// @router.post("/search")
    /// async def search(request: Query, user: User = Depends(require_read_access)):
    ///     if request.mode == "delete_pending":
    ///         return await store.pending()
    ///     return await find(request.mode)
    ///
    /// async def find(mode: str):
    ///     if mode == "list_notes":
    ///         return await store.all()
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
    /// @router.post("/documents")
    /// async def create(document: Document, user: User = Depends(require_write_access)):
    ///     return await store.add(document)
    ///
    /// @router.delete("/documents/{id}")
    /// async def remove(id: str, user: User = Depends(require_read_access)):
    ///     return await store.remove(id)
    /// ```
    /// ```ts vulnerable
    /// app.post("/rpc", requireScope("notes:read"), async (req, res) => {
    ///   res.json(await dispatch(req.body.name, req.body.arguments));
    /// });
    /// async function dispatch(name: string, args: any) {
    ///   switch (name) {
    ///     case "get_note": return store.get(args.id);
    ///     case "remove_note": return store.remove(args.id);
    ///   }
    /// }
    /// ```
    /// ```ts safe
    /// app.post("/rpc", requireScope("notes:write"), async (req, res) => {
    ///   res.json(await dispatch(req.body.name, req.body.arguments));
    /// });
    /// async function dispatch(name: string, args: any) {
    ///   switch (name) {
    ///     case "get_note": return store.get(args.id);
    ///     case "remove_note": return store.remove(args.id);
    ///   }
    /// }
    /// ```
    pub struct ReadAccessWrites {
        id: "read-access-writes",
        title: "The right to read is enough to write",
        category: Access,
        severity: Medium,
        classes: &["S19"],
        cwe: &[863, 285],
        references: &["https://cwe.mitre.org/data/definitions/863.html"],
    }
}

/// A guard that asks for the right to read, and no other: as a dependency, a middleware or a decorator.
static READS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?:depends|security)\(\s*(?:\w+\.)*(?:require|check|verify|ensure|need)s?_?\w*read\w*|\b(?:require|check|verify|ensure)\w*(?:scopes?|permissions?|access|role)\(\s*\[?\s*["'][\w.:-]*read(?:[-_:.]?only)?["']\s*\]?\s*\)|\brequire_?read\w*\b"#,
    )
    .ok()
});
/// Anything about the right to write.
static WRITES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:scopes?|permissions?|access|rights?|role|require\w*)\W{0,6}\w*[("'\s:.]{0,4}\w*(?:write|admin|modify)|(?:write|admin)_?(?:access|scope|permission|right)"#)
        .ok()
});
/// Verbs of operations that change what is kept.
const CHANGES: &[&str] = &[
    "delete", "remove", "update", "store", "create", "add", "write", "insert", "edit", "drop", "purge", "save", "set", "upload", "rename",
    "move",
];

impl Rule for ReadAccessWrites {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(flows), Some(reads), Some(writes)) = (cx.flows, READS.as_ref(), WRITES.as_ref()) else {
            return;
        };
        let mut callees: BTreeMap<FunctionRef, Vec<FunctionRef>> = BTreeMap::new();
        for (from, to) in &flows.edges {
            callees.entry(*from).or_default().push(*to);
        }
        let own = own_modules(cx);
        let module_of = |f: &FunctionRef| own.iter().find(|(id, _)| *id == f.module).map(|(_, m)| *m);
        // A house that has no right to write has no other guard to choose.
        let tells_apart = own.iter().any(|(_, m)| writes.is_match(&m.source));
        for (id, module) in &own {
            if !reads.is_match(&module.source) {
                continue;
            }
            for r in routes(module).into_iter().filter(|_| tells_apart) {
                let name = module.function(r.handler).name.map_or("", |n| module.str(n));
                let alters = matches!(r.verb, "put" | "patch" | "delete") || r.verb == "post" && changes(name);
                if !alters || !reads.is_match(r.header) || writes.is_match(r.header) || writes.is_match(r.body) {
                    continue;
                }
                let at = module.location(r.span);
                let what = format!("{} {}", r.verb.to_uppercase(), r.path);
                out.report(Self::META)
                    .evidence(line_of(module, &at))
                    .at(at)
                    .title(format!("The right to read is enough for `{what}`"))
                    .because(
                        "Other endpoints ask for the right to write; this one changes something and asks for the right to read.".to_owned(),
                    )
                    .confidence(Confidence::Medium)
                    .key(what)
                    .add();
            }
            for (i, f) in module.functions.iter().enumerate() {
                let Some(guard) = guards_of(module, f).find(|g| reads.is_match(module.text(*g))) else {
                    continue;
                };
                let handler = FunctionRef {
                    module: *id,
                    function: FnId(i as u32),
                };
                // The handler, and what it calls.
                let mut runs: BTreeSet<FunctionRef> = callees.get(&handler).into_iter().flatten().copied().collect();
                runs.extend(named_in(module, f).map(|function| FunctionRef { module: *id, function }));
                runs.remove(&handler);
                let doors: Vec<(&Module, Span)> = std::iter::once((*module, f.span))
                    .chain(
                        runs.iter()
                            .filter_map(|f| module_of(f).map(|m| (m, m.function(f.function).span)))
                            .take(MAX_READ)
                            .filter(|(m, span)| operations(m, *span).next().is_some()),
                    )
                    .collect();
                if doors.iter().any(|(m, span)| writes.is_match(m.text(*span))) {
                    continue;
                }
                let names: BTreeSet<&str> = doors.iter().flat_map(|(m, span)| operations(m, *span)).collect();
                let Some(changing) = names.iter().find(|n| changes(n)) else {
                    continue;
                };
                if names.len() < 2 {
                    continue;
                }
                let at = module.location(guard);
                let name = f.name.map_or("", |n| module.str(n));
                out.report(Self::META)
                    .evidence(line_of(module, &at))
                    .at(at)
                    .title(format!("The right to read is enough for `{changing}`"))
                    .because(format!(
                        "The endpoint asks for the right to read alone and runs `{changing}` when it is named, among {} operations.",
                        names.len()
                    ))
                    .confidence(Confidence::Medium)
                    .key(name.to_owned())
                    .add();
            }
        }
    }
}

/// Most functions that are read for one endpoint.
const MAX_READ: usize = 40;

/// Where the guards of a handler stand: its decorators and the defaults of its parameters, or what is registered before it.
fn guards_of<'m>(module: &'m Module, f: &'m Function) -> impl Iterator<Item = Span> + 'm {
    /// A registration that puts more before its handler is not looked at.
    const MAX_BEFORE: u32 = 200;
    let line = f.span.start - MAX_BEFORE.min(f.span.start);
    let before = module.source.get(line as usize..f.span.start as usize).unwrap_or("");
    // `app.post("/path", guard, async (req, res) => …)`: on the line that the handler begins on.
    let from = before.rfind(['\n', ';']).map_or(line, |i| line + i as u32 + 1);
    let registered = (f.name.is_none() || f.is_arrow).then_some(Span {
        start: from,
        end: f.span.start,
    });
    let decorators = f.decorators.iter().map(|d| module.expr(*d).span);
    let defaults = f.params.iter().filter_map(|p| p.default).map(|d| module.expr(d).span);
    decorators.chain(defaults).chain(registered)
}

/// Functions of the module that a handler calls by name.
fn named_in<'m>(module: &'m Module, f: &'m Function) -> impl Iterator<Item = FnId> + 'm {
    let called: BTreeSet<&str> = module
        .exprs_within(f.span)
        .filter_map(|(_, e)| match &e.kind {
            ExprKind::Call { callee, .. } => match &module.expr(*callee).kind {
                ExprKind::Ident(n) => Some(module.str(*n)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    module
        .functions
        .iter()
        .enumerate()
        .filter(move |(_, f)| f.parent.is_none() && f.name.is_some_and(|n| called.contains(module.str(n))))
        .map(|(i, _)| FnId(i as u32))
}

/// Names that the name of an operation is compared with: the operations that are told apart.
fn operations(module: &Module, span: Span) -> impl Iterator<Item = &str> {
    let names_one = |e: ExprId| match &module.expr(e).kind {
        ExprKind::Ident(n) => NAMES_ONE.contains(&words_of(module.str(*n)).pop().unwrap_or_default().as_str()),
        ExprKind::Member { property, .. } => NAMES_ONE.contains(&words_of(module.str(*property)).pop().unwrap_or_default().as_str()),
        _ => false,
    };
    let compared = module.exprs_within(span).filter_map(move |(_, e)| match &e.kind {
        ExprKind::Binary {
            op: BinaryOp::Eq | BinaryOp::StrictEq,
            left,
            right,
        } if names_one(*left) => Some(*right),
        _ => None,
    });
    let within = move |s: Span| span.start <= s.start && s.end <= span.end;
    let cases = module
        .stmts
        .iter()
        .filter(move |s| within(s.span))
        .flat_map(move |s| match &s.kind {
            StmtKind::Switch { subject, cases } if names_one(*subject) => cases.iter().filter_map(|c| c.test).collect(),
            _ => Vec::<ExprId>::new(),
        });
    compared.chain(cases).filter_map(|e| match &module.expr(e).kind {
        ExprKind::Str(s) => Some(module.str(*s)).filter(|n| n.contains(['_', '-']) && n.len() < 60),
        _ => None,
    })
}

/// Last words of variables that name an operation.
const NAMES_ONE: &[&str] = &["name", "tool", "method", "operation", "op", "action", "command", "cmd"];

fn changes(name: &str) -> bool {
    words_of(name).first().is_some_and(|w| CHANGES.contains(&w.as_str()))
}
