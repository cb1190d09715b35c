use hub_engine::conduct::{ActKind, Conduct};
use hub_engine::{Context, Findings, FunctionRef, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, Module, StmtKind};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// An argument of a tool call that alone decides how often a loop runs, how much memory is taken, how long the server waits or how many
    /// threads and processes it starts, with no upper bound in the schema or the code.
    /// ## Why it matters
    /// One call stops the server for everyone.
    /// ## How to fix it
    /// Bound the argument: a `maximum` in the schema, or `min(n, LIMIT)` before use.
    /// ```py vulnerable
    /// import hashlib
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("hash")
    ///
    /// @mcp.tool()
    /// def stretch(data: str, rounds: int) -> str:
    ///     """Stretches a key."""
    ///     for _ in range(rounds):
    ///         data = hashlib.sha256(data.encode()).hexdigest()
    ///     return data
    /// ```
    /// ```ts vulnerable
    /// server.tool("pad", "Pads a text.", { text: z.string(), times: z.number() }, async ({ text, times }) => ({
    ///   content: [{ type: "text", text: text.repeat(times) }],
    /// }));
    /// ```
    /// ```py safe
    /// import hashlib
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("hash")
    ///
    /// @mcp.tool()
    /// def stretch(data: str, rounds: int) -> str:
    ///     """Stretches a key."""
    ///     for _ in range(min(rounds, 1000)):
    ///         data = hashlib.sha256(data.encode()).hexdigest()
    ///     return data
    /// ```
    /// ```ts safe
    /// server.tool("pad", "Pads a text.", { text: z.string(), times: z.number().max(10) }, async ({ text, times }) => ({
    ///   content: [{ type: "text", text: text.repeat(times) }],
    /// }));
    /// ```
    pub struct WorkWithoutBound {
        id: "work-without-bound",
        title: "An argument decides how much work is done, without a bound",
        category: Robustness,
        severity: Medium,
        classes: &["S26"],
        references: &["https://cwe.mitre.org/data/definitions/770.html"],
    }
}

impl Rule for WorkWithoutBound {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut seen: BTreeSet<FunctionRef> = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            let schema = entry.tool(cx.inventory).and_then(|t| t.input_schema.as_ref());
            for f in runs {
                for (at, amount, what) in amounts(conduct, *f) {
                    if is_length(conduct.program().module(f.module), amount) {
                        continue;
                    }
                    let Some(argument) = conduct.argument(f.module, amount) else {
                        continue;
                    };
                    if argument.is_bounded || argument.name.as_deref().is_some_and(|n| is_limited(schema, n)) || !seen.insert(*f) {
                        continue;
                    }
                    let module = conduct.program().module(f.module);
                    let place = module.location(module.expr(at).span);
                    let name = argument.name.map_or_else(|| "an argument".to_owned(), |n| format!("`{n}`"));
                    out.report(Self::META)
                        .on(entry.subject())
                        .evidence(hub_engine::taint::line_of(module, &place))
                        .at(place)
                        .title(format!("{name} alone decides {what}"))
                        .severity(Severity::Medium)
                        .level(EvidenceLevel::Reachable)
                        .confidence(Confidence::Medium)
                        .key(what)
                        .add();
                }
            }
        }
    }
}

/// Places where a number makes work: the place, the number, and what it decides.
fn amounts(conduct: &Conduct<'_>, f: FunctionRef) -> Vec<(ExprId, ExprId, &'static str)> {
    let module = conduct.program().module(f.module);
    let mut out = Vec::new();
    let first = |args: &[hub_syntax::ir::Arg], i: usize| args.get(i).filter(|a| a.name.is_none() && !a.spread).map(|a| a.value);
    for (at, e) in conduct.exprs_in(f) {
        match &e.kind {
            ExprKind::Call { callee, args, .. } => {
                let name = match module.expr(*callee).kind {
                    ExprKind::Member { property, .. } => module.str(property),
                    ExprKind::Ident(n) => module.str(n),
                    _ => continue,
                };
                let amount = match name {
                    "range" => first(args, args.len().min(2).saturating_sub(1)),
                    "repeat" if args.len() == 1 => first(args, 0),
                    "alloc" | "allocUnsafe" => first(args, 0),
                    "Array" | "bytearray" | "Uint8Array" => first(args, 0).filter(|a| is_number_like(module, *a)),
                    _ => None,
                };
                if let Some(a) = amount {
                    out.push((
                        at,
                        a,
                        match name {
                            "range" => "how often a loop runs",
                            _ => "how much memory is taken",
                        },
                    ));
                }
            }
            // b"0" * n, [0] * n
            ExprKind::Binary {
                op: BinaryOp::Mul,
                left,
                right,
            } => {
                for (text, n) in [(*left, *right), (*right, *left)] {
                    if matches!(module.expr(text).kind, ExprKind::Str(_) | ExprKind::Array(_)) {
                        out.push((at, n, "how much memory is taken"));
                    }
                }
            }
            _ => {}
        }
    }
    // for (let i = 0; i < n; i++), while i < n
    if let Some(scopes) = conduct.scopes(f.module) {
        for (i, stmt) in module.stmts.iter().enumerate() {
            if scopes.function_of_stmt(hub_syntax::ir::StmtId(i as u32)) != Some(f.function) {
                continue;
            }
            if let StmtKind::Loop(l) = &stmt.kind
                && let Some(test) = l.test
                && let ExprKind::Binary {
                    op: BinaryOp::Lt | BinaryOp::Le,
                    right,
                    ..
                } = module.expr(test).kind
                && matches!(module.expr(right).kind, ExprKind::Ident(_))
            {
                out.push((test, right, "how often a loop runs"));
            }
        }
    }
    for act in conduct.acts(std::slice::from_ref(&f)) {
        if act.kind == ActKind::Waits
            && let Some(n) = act.operand
        {
            out.push((act.expr, n, "how long the server waits"));
        }
    }
    out
}

/// As many as the caller sent: `len(ids)`, `ids.length`.
fn is_length(module: &Module, e: ExprId) -> bool {
    match &module.expr(e).kind {
        ExprKind::Call { callee, .. } => module.dotted(*callee).as_deref() == Some("len"),
        ExprKind::Member { property, .. } => module.str(*property) == "length",
        _ => false,
    }
}

/// A name that counts: `new Array(size)`, not `Array(items)`.
fn is_number_like(module: &Module, e: ExprId) -> bool {
    match module.expr(e).kind {
        ExprKind::Ident(n) => {
            let n = module.str(n).to_ascii_lowercase();
            ["size", "count", "len", "num", "n", "bytes", "mb", "amount", "times"]
                .iter()
                .any(|w| n == *w || w.len() > 2 && n.contains(w))
        }
        ExprKind::Binary { .. } => true,
        _ => false,
    }
}

/// The schema gives the argument an upper bound or a fixed choice.
fn is_limited(schema: Option<&serde_json::Value>, name: &str) -> bool {
    let Some(p) = schema.and_then(|s| s.get("properties")).and_then(|p| p.get(name)) else {
        return false;
    };
    let limited = |p: &serde_json::Value| {
        ["maximum", "exclusiveMaximum", "enum", "const", "maxItems", "maxLength"]
            .iter()
            .any(|k| p.get(k).is_some())
    };
    limited(p)
        || p.get("anyOf")
            .and_then(serde_json::Value::as_array)
            .is_some_and(|all| all.iter().any(limited))
}
