//! The web endpoints that a module registers by path, and what stands before each handler.

use hub_syntax::ir::{Arg, ExprId, ExprKind, FnId, Module, Span};
use regex::Regex;
use std::sync::LazyLock;

/// One endpoint: `@app.delete("/notes/{id}")`, `app.delete("/notes/:id", guard, async (req, res) => …)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route<'m> {
    pub verb: &'m str,
    pub path: &'m str,
    /// What it is registered on: `app`, `router`.
    pub on: &'m str,
    pub handler: FnId,
    /// From the registration to the first statement of the handler: decorators, middleware, parameters.
    pub header: &'m str,
    /// The handler's statements.
    pub body: &'m str,
    /// The registration.
    pub span: Span,
}

/// Names of what asks who is calling, or what they may do.
static GUARDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b\w*(?:auth|login_?required|current_?user|logged_?in|jwt|bearer|api_?key|is_?admin|admin_?only|protect|(?:require|verify|check|ensure|validate|has|need)s?_?\w*(?:user|admin|role|scope|permission|key|token|session|access|login|read|write))\w*",
    )
    .ok()
});

impl<'m> Route<'m> {
    /// Name of the first guard before the handler.
    pub(crate) fn guard(&self) -> Option<&'m str> {
        guard_in(self.header, self.path)
    }

    /// Whether it changes or sets something off, by its method.
    pub(crate) fn changes(&self) -> bool {
        matches!(self.verb, "post" | "put" | "patch" | "delete")
    }
}

/// The first name of a guard in a text that is not part of the path.
fn guard_in<'m>(text: &'m str, path: &str) -> Option<&'m str> {
    let guards = GUARDS.as_ref()?;
    let at = text.find(path).map_or(0..0, |i| i..i + path.len());
    guards
        .find_iter(text)
        .find(|m| m.end() <= at.start || m.start() >= at.end)
        .map(|m| m.as_str())
}

/// Whether a text names what asks who is calling.
pub(crate) fn names_guard(text: &str) -> bool {
    GUARDS.as_ref().is_some_and(|g| g.is_match(text))
}

/// Every endpoint of a module that is registered by a path, in the order of the text.
pub(crate) fn routes(module: &Module) -> Vec<Route<'_>> {
    let mut out = Vec::new();
    for (i, f) in module.functions.iter().enumerate() {
        let Some(first) = f.body.first().map(|s| module.stmt(*s).span.start) else {
            continue;
        };
        for d in &f.decorators {
            if let Some((verb, on, path)) = registration(module, *d) {
                let span = module.expr(*d).span;
                out.push(Route {
                    verb,
                    path,
                    on,
                    handler: FnId(i as u32),
                    header: module.text(Span {
                        start: span.start,
                        end: first,
                    }),
                    body: module.text(Span {
                        start: first,
                        end: f.span.end,
                    }),
                    span,
                });
            }
        }
    }
    for (i, e) in module.exprs.iter().enumerate() {
        let Some((verb, on, path)) = registration(module, ExprId(i as u32)) else {
            continue;
        };
        let ExprKind::Call { args, .. } = &e.kind else { continue };
        let Some(handler) = args.iter().skip(1).rev().find_map(|a| function_of(module, a)) else {
            continue;
        };
        let f = module.function(handler);
        out.push(Route {
            verb,
            path,
            on,
            handler,
            header: module.text(Span {
                start: e.span.start,
                end: f.span.start.max(e.span.start),
            }),
            body: module.text(f.span),
            span: e.span,
        });
    }
    out.sort_by_key(|r| r.span.start);
    out
}

/// The handler itself, or in a wrapper: `wrap(async (req, res) => …)`.
fn function_of(module: &Module, arg: &Arg) -> Option<FnId> {
    match &module.expr(arg.value).kind {
        ExprKind::Function(f) => Some(*f),
        ExprKind::Call { args, .. } => args.iter().find_map(|a| match &module.expr(a.value).kind {
            ExprKind::Function(f) => Some(*f),
            _ => None,
        }),
        _ => None,
    }
}

/// Method, object and path of `object.method("/path", …)`.
fn registration(module: &Module, e: ExprId) -> Option<(&str, &str, &str)> {
    let ExprKind::Call { callee, args, .. } = &module.expr(e).kind else {
        return None;
    };
    let ExprKind::Member { object, property } = &module.expr(*callee).kind else {
        return None;
    };
    let verb = module.str(*property);
    if !matches!(verb, "get" | "post" | "put" | "patch" | "delete") {
        return None;
    }
    let ExprKind::Str(path) = &module.expr(args.first()?.value).kind else {
        return None;
    };
    let path = module.str(*path);
    path.starts_with('/').then(|| (verb, module.text(module.expr(*object).span), path))
}
