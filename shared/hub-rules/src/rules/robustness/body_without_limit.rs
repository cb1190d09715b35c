use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{BinaryOp, Expr, ExprId, ExprKind, FnId, Module, Span, StmtKind};
use std::collections::BTreeMap;

declare_rule! {
    /// ## What it finds
    /// A request body that is collected piece by piece into memory and never measured.
    /// ## Why it matters
    /// Whoever can reach the port, often before any login, fills the server's memory with one request.
    /// ## How to fix it
    /// Count the bytes and end the request with status 413 past a limit, or let the framework read the body with one.
    /// ```ts vulnerable
    /// import http from "node:http";
    /// http.createServer((req, res) => {
    ///   let body = "";
    ///   req.on("data", (chunk) => { body += chunk; });
    ///   req.on("end", () => handle(JSON.parse(body)));
    /// }).listen(3000, "127.0.0.1");
    /// server.tool("ping", "Pings.", {}, async () => ({ content: [] }));
    /// ```
    /// ```ts safe
    /// import http from "node:http";
    /// http.createServer((req, res) => {
    ///   let body = "";
    ///   req.on("data", (chunk) => {
    ///     body += chunk;
    ///     if (body.length > 1_000_000) req.destroy();
    ///   });
    ///   req.on("end", () => handle(JSON.parse(body)));
    /// }).listen(3000, "127.0.0.1");
    /// server.tool("ping", "Pings.", {}, async () => ({ content: [] }));
    /// ```
    pub struct BodyWithoutLimit {
        id: "body-without-limit",
        title: "A request body is read without a limit",
        category: Robustness,
        severity: Medium,
        classes: &["S26"],
        references: &["https://cwe.mitre.org/data/definitions/770.html"],
    }
}

/// Names of requests: what a server receives, not the answer a client reads.
fn is_request(name: &str) -> bool {
    matches!(name, "req" | "request" | "ctx.req" | "this.req" | "incoming" | "incomingMessage")
}

impl Rule for BodyWithoutLimit {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(program) = cx.program else { return };
        for (_, module) in program.iter() {
            if crate::apart::is_apart(module.path.as_str()) {
                continue;
            }
            // By function, read once: a large one may take in many bodies.
            let mut measuring: BTreeMap<FnId, bool> = BTreeMap::new();
            let mut found: Vec<(Span, Option<FnId>)> = Vec::new();
            for (i, e) in module.exprs.iter().enumerate() {
                let Some(collects) = taken_in_by(module, e) else { continue };
                let around = module.scopes().function_of_expr(ExprId(i as u32)).unwrap_or(collects);
                if grows(module, collects) && !*measuring.entry(around).or_insert_with(|| measures(module, around)) {
                    found.push((e.span, Some(around)));
                }
            }
            // for await (const chunk of req) …
            for stmt in &module.stmts {
                let StmtKind::ForEach(each) = &stmt.kind else {
                    continue;
                };
                if !module.dotted(each.iterable).is_some_and(|n| is_request(&n)) || each.body.is_empty() {
                    continue;
                }
                let text = module.text(stmt.span);
                let around = module.scopes().function_of_expr(each.iterable);
                let measured = around.is_some_and(|f| *measuring.entry(f).or_insert_with(|| measures(module, f)));
                if (text.contains("+=") || text.contains(".push(")) && !measured {
                    found.push((stmt.span, around));
                }
            }
            for (span, around) in found {
                let place = module.location(span);
                let name = around.and_then(|f| module.function(f).name);
                out.report(Self::META)
                    .evidence(hub_engine::taint::line_of(module, &place))
                    .at(place)
                    .severity(Severity::Medium)
                    .confidence(Confidence::Medium)
                    .key(name.map(|n| module.str(n).to_owned()).unwrap_or_default())
                    .add();
            }
        }
    }
}

/// The function that is given each chunk: `req.on("data", chunk => …)`.
fn taken_in_by(module: &Module, e: &Expr) -> Option<FnId> {
    let ExprKind::Call { callee, args, .. } = &e.kind else {
        return None;
    };
    let ExprKind::Member { object, property } = module.expr(*callee).kind else {
        return None;
    };
    let [event, handler] = args.as_ref() else { return None };
    let (ExprKind::Str(s), ExprKind::Function(f)) = (&module.expr(event.value).kind, &module.expr(handler.value).kind) else {
        return None;
    };
    let of_data = module.str(property) == "on" && module.str(*s) == "data";
    (of_data && module.dotted(object).is_some_and(|n| is_request(&n))).then_some(*f)
}

fn within(module: &Module, f: FnId) -> impl Iterator<Item = &ExprKind> {
    module.exprs_within(module.function(f).span).map(|(_, e)| &e.kind)
}

/// `body += chunk`, `chunks.push(chunk)`.
fn grows(module: &Module, f: FnId) -> bool {
    within(module, f).any(|e| match e {
        ExprKind::Assign {
            op: Some(BinaryOp::Add), ..
        } => true,
        ExprKind::Call { callee, .. } => {
            matches!(module.expr(*callee).kind, ExprKind::Member { property, .. } if module.str(property) == "push")
        }
        _ => false,
    })
}

/// Something is compared with a length or size.
fn measures(module: &Module, f: FnId) -> bool {
    within(module, f).any(|e| match e {
        ExprKind::Binary {
            op: BinaryOp::Gt | BinaryOp::Ge | BinaryOp::Lt | BinaryOp::Le,
            left,
            right,
        } => [*left, *right].iter().any(|s| {
            let t = module.text(module.expr(*s).span).to_ascii_lowercase();
            ["length", "size", "bytes", "total", "received", "limit", "max"]
                .iter()
                .any(|w| t.contains(w))
        }),
        _ => false,
    })
}
