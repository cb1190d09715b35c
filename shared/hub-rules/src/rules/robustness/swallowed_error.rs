use crate::own::is_own;
use hub_engine::conduct::ActKind;
use hub_engine::taint::line_of;
use hub_engine::{Context, EntryKind, Findings, FunctionRef, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{Block, ExprKind, Module, Span, StmtKind};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A tool that deletes, moves, runs or sends what its caller names and drops the error without a word where that fails.
    /// ## Why it matters
    /// User and model are told that it was done; nobody can tell afterwards what was and what was not.
    /// ## How to fix it
    /// Return the failure as a tool error (`isError: true`), and log it.
    /// ```py vulnerable
    /// import os
    ///
    /// @mcp.tool()
    /// def delete_file(path: str) -> str:
    ///     """Deletes a file."""
    ///     try:
    ///         os.remove(path)
    ///     except Exception:
    ///         pass
    ///     return "deleted"
    /// ```
    /// ```ts vulnerable
    /// server.tool("delete_file", "Deletes a file.", { path: z.string() }, async ({ path: file }) => {
    ///   try { fs.unlinkSync(file); } catch {}
    ///   return { content: [{ type: "text", text: "deleted" }] };
    /// });
    /// ```
    /// ```py safe
    /// import os, tempfile
    ///
    /// @mcp.tool()
    /// def delete_file(path: str) -> str:
    ///     """Deletes a file."""
    ///     try:
    ///         os.remove(path)
    ///     except FileNotFoundError:
    ///         pass
    ///     except OSError as e:
    ///         return f"not deleted: {e}"
    ///     return "deleted"
    ///
    /// @mcp.tool()
    /// def render(text: str) -> str:
    ///     """Renders a text."""
    ///     name = tempfile.mktemp()
    ///     try:
    ///         os.remove(name)
    ///     except Exception:
    ///         pass
    ///     return text
    /// ```
    pub struct SwallowedError {
        id: "swallowed-error",
        title: "A tool drops the error of what it was asked to do",
        category: Robustness,
        severity: Low,
        classes: &["S29"],
        cwe: &[390, 778],
        references: &["https://cwe.mitre.org/data/definitions/390.html"],
    }
}

impl Rule for SwallowedError {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut seen: BTreeSet<(FunctionRef, u32)> = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            if entry.kind != EntryKind::Tool {
                continue;
            }
            for act in conduct.acts(runs) {
                let heavy = matches!(
                    act.kind,
                    ActKind::DeletesFile | ActKind::MovesFile | ActKind::RunsProgram | ActKind::SendsMessage | ActKind::ChangesMode
                );
                let module = conduct.program().module(act.module);
                if !heavy || !is_own(cx, act.module, module) || !conduct.is_chosen(act) {
                    continue;
                }
                let span = module.expr(act.expr).span;
                let Some(at) = dropped(module, span) else { continue };
                if seen.insert((act.function, at.start)) {
                    let at = module.location(at);
                    out.report(Self::META)
                        .on(entry.subject())
                        .evidence(line_of(module, &at))
                        .at(at)
                        .title(format!("Where `{}` fails, nothing is said", act.api))
                        .severity(Severity::Low)
                        .confidence(Confidence::Medium)
                        .key(act.api.clone())
                        .add();
                }
            }
        }
    }
}

/// The handler that takes every error of the nearest `try` around a place and does nothing.
fn dropped(module: &Module, span: Span) -> Option<Span> {
    let inside = |b: &Block| b.iter().any(|s| covers(module.stmt(*s).span, span));
    let (_, handlers) = module
        .stmts
        .iter()
        .filter_map(|s| match &s.kind {
            StmtKind::Try(t) if inside(&t.body) => Some((s.span, &t.handlers)),
            _ => None,
        })
        .min_by_key(|(s, _)| s.end - s.start)?;
    let handler = handlers.first()?;
    let all = match handler.types {
        None => true,
        Some(t) => matches!(module.dotted(t).as_deref(), Some("Exception" | "BaseException")),
    };
    let nothing = handler.body.iter().all(|s| match &module.stmt(*s).kind {
        StmtKind::Empty | StmtKind::Other(_) | StmtKind::Continue => true,
        StmtKind::Expr(e) => matches!(module.expr(*e).kind, ExprKind::Str(_)),
        _ => false,
    });
    let place = handler.body.first().map_or(span, |s| module.stmt(*s).span);
    (handlers.len() == 1 && all && nothing).then_some(place)
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
