use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprId, ExprKind};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A stack trace that is part of what a tool or an HTTP route gives back.
    /// ## Why it matters
    /// Traces show paths, versions, queries and values of variables to whoever makes the call fail.
    /// ## How to fix it
    /// Log the trace, and return a short message without internals.
    /// ```py vulnerable
    /// import traceback
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("db")
    ///
    /// @mcp.tool()
    /// def run(name: str) -> str:
    ///     """Runs a report."""
    ///     try:
    ///         return open("reports/" + str(int(name))).read()
    ///     except Exception:
    ///         return f"Error: {traceback.format_exc()}"
    /// ```
    /// ```ts vulnerable
    /// server.tool("report", "Runs a report.", { id: z.number() }, async ({ id }) => {
    ///   try { return { content: [{ type: "text", text: await load(id) }] }; }
    ///   catch (error) { return { content: [{ type: "text", text: error.stack }] }; }
    /// });
    /// ```
    /// ```py safe
    /// import logging, traceback
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("db")
    ///
    /// @mcp.tool()
    /// def run(name: str) -> str:
    ///     """Runs a report."""
    ///     try:
    ///         return open("reports/" + str(int(name))).read()
    ///     except Exception:
    ///         logging.error(traceback.format_exc())
    ///         return "The report failed."
    /// ```
    pub struct StackTraceReturned {
        id: "stack-trace-returned",
        title: "A stack trace is given back to the caller",
        category: Secrets,
        severity: Low,
        classes: &["S10"],
        needs: Some(Needs::Source),
        references: &["https://cwe.mitre.org/data/definitions/209.html"],
    }
}

impl Rule for StackTraceReturned {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut seen = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            for f in runs {
                let module = conduct.program().module(f.module);
                let sent = conduct.calls_in(*f).filter_map(|(at, name)| {
                    let last = name.rsplit('.').next().unwrap_or(name);
                    if !matches!(last, "json" | "send" | "JSONResponse" | "end") {
                        return None;
                    }
                    match &module.expr(at).kind {
                        ExprKind::Call { args, .. } => args.first().map(|a| a.value),
                        _ => None,
                    }
                });
                for given in conduct.returned(*f).iter().copied().chain(sent) {
                    let Some(at) = trace_in(conduct, f.module, given) else { continue };
                    if seen.insert((f.module, *f)) {
                        let place = module.location(module.expr(at).span);
                        out.report(Self::META)
                            .on(entry.subject())
                            .evidence(hub_engine::taint::line_of(module, &place))
                            .at(place)
                            .severity(Severity::Low)
                            .confidence(Confidence::High)
                            .add();
                    }
                }
            }
        }
    }
}

/// `traceback.format_exc()` or `error.stack` inside what is given back, not inside a call of something else.
fn trace_in(conduct: &hub_engine::conduct::Conduct<'_>, id: hub_syntax::ModuleId, top: ExprId) -> Option<ExprId> {
    let module = conduct.program().module(id);
    let outer = module.expr(top).span;
    // What an expression is made of is lowered before it, and nothing else in between: looking through the whole module for every
    // `return` would be quadratic.
    let last = top.index();
    let inside = module.exprs[..last]
        .iter()
        .rev()
        .take_while(|e| e.span.start >= outer.start)
        .count();
    (last - inside..=last).find_map(|i| {
        let e = &module.exprs[i];
        if e.span.start < outer.start || e.span.end > outer.end {
            return None;
        }
        let hit = match &e.kind {
            ExprKind::Call { callee, .. } => matches!(
                module.dotted(*callee).as_deref(),
                Some("traceback.format_exc" | "traceback.format_exception" | "traceback.format_tb")
            ),
            ExprKind::Member { object, property } => {
                module.str(*property) == "stack"
                    && matches!(&module.expr(*object).kind, ExprKind::Ident(n) if matches!(module.str(*n), "e" | "err" | "error" | "ex" | "exception"))
            }
            _ => false,
        };
        hit.then_some(ExprId(i as u32))
    })
}
