use crate::apart::is_apart;
use hub_engine::code::function_around;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::Span;
use hub_syntax::ir::{BinaryOp, Block, ExprId, ExprKind, Module, PatKind, StmtId, StmtKind};
use regex::Regex;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A check of who may do what that lets everything pass when it fails itself: an answer of "yes" where an error is caught, or a
    /// policy that is dropped when it cannot be loaded and then only asked "if there is one"; or middleware that reads a credential
    /// and goes on without one.
    /// ## Why it matters
    /// Whoever can make the check fail (a host that does not answer, a file that cannot be read, a malformed token) passes it.
    /// ## How to fix it
    /// Refuse where an error is caught, do not start without the policy, answer 401 to a request without a credential.
    /// ```py vulnerable
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("x")
    ///
    /// def is_allowed(user: str) -> bool:
    ///     try:
    ///         return user in open("/etc/x/users").read().split()
    ///     except OSError:
    ///         return True
    ///
    /// @mcp.tool()
    /// def wipe(user: str) -> str:
    ///     """Wipes everything."""
    ///     if not is_allowed(user):
    ///         raise PermissionError("no")
    ///     return "wiped"
    /// ```
    /// ```py safe
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("x")
    ///
    /// def is_allowed(user: str) -> bool:
    ///     try:
    ///         return user in open("/etc/x/users").read().split()
    ///     except OSError:
    ///         return False
    ///
    /// @mcp.tool()
    /// def wipe(user: str) -> str:
    ///     """Wipes everything."""
    ///     if not is_allowed(user):
    ///         raise PermissionError("no")
    ///     return "wiped"
    /// ```
    pub struct FailOpenCheck {
        id: "fail-open-check",
        title: "A check lets everything pass when it fails",
        category: Access,
        severity: Medium,
        classes: &["S19", "S18"],
        references: &["https://cwe.mitre.org/data/definitions/636.html"],
    }
}

/// Functions that say who may do what.
static ASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^_*(?:is|has|can|check|verify|validate|require|ensure|may|should)_?\w*(?:auth|allow|permi|access|token|signature|admin|scope|owner|trusted|credential|origin)\w*$|^_*(?:authorize|authenticate)\w*$",
    )
    .ok()
});
/// Values that say what is allowed.
static POLICY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)polic(?:y|ies)\b|polic(?:y|ies)_|permission|allow(?:ed)?_?list|deny_?list|block_?list|\bacl|access_?control|read_?only|read_?operations|security|guardrail|authoriz(?:er|ation)_?(?:rules|index)?$").ok()
});

impl Rule for FailOpenCheck {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(program) = cx.program else { return };
        for (_, m) in program.iter() {
            if is_apart(m.path.as_str()) {
                continue;
            }
            lets_everyone_through(m, out);
            for stmt in &m.stmts {
                let StmtKind::Try(attempt) = &stmt.kind else { continue };
                for handler in &attempt.handlers {
                    if let Some((span, title, because)) =
                        answers_yes(m, stmt.span, &handler.body).or_else(|| drops_policy(m, &handler.body))
                    {
                        let at = m.location(span);
                        out.report(Self::META)
                            .evidence(line_of(m, &at))
                            .at(at)
                            .title(title.clone())
                            .because(because)
                            .severity(Severity::Medium)
                            .confidence(Confidence::Medium)
                            .key(title)
                            .add();
                    }
                }
            }
        }
    }
}

/// Credentials of a request.
static CREDENTIAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:headers?|query_params|query|cookies)\s*(?:\?\.)?(?:\.get\(|\[|\.|\()\s*["']?(?:authorization|[\w-]*api[_-]?key|[\w-]*token|x-auth[\w-]*)\b"#).ok()
});
/// Ways of turning a request away.
static REFUSES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b40[13]\b|unauthorized|forbidden|\braise\b|\bthrow\b|HTTPException|next\(\s*(?:new\s|err|e\b)|reject|deny|abort").ok()
});

/// Middleware that reads who is asking and lets everyone through.
fn lets_everyone_through(m: &Module, out: &mut Findings) {
    let (Some(credential), Some(refuses)) = (CREDENTIAL.as_ref(), REFUSES.as_ref()) else {
        return;
    };
    for f in &m.functions {
        let Some(name) = f.name.map(|n| m.str(n)) else { continue };
        let last = f.params.last().map_or("", |p| m.text(m.pat(p.pattern).span));
        let middleware = matches!(last, "call_next" | "next") && (2..=4).contains(&f.params.len());
        let text = m.text(f.span);
        if !middleware || text.len() > 6_000 || !credential.is_match(text) || refuses.is_match(text) {
            continue;
        }
        // It goes on in more than one way, with a credential and without.
        let goes_on = text.matches(&format!("{last}(")).count();
        if goes_on < 2 && !text.contains("if ") {
            continue;
        }
        let at = m.location(f.span);
        out.report(FailOpenCheck::META)
            .evidence(line_of(m, &at))
            .at(at)
            .title(format!(
                "Middleware `{name}` reads a credential and lets requests without one through"
            ))
            .because(
                "A request that brings no credential goes on like any other: whatever the server holds of its own is used for it."
                    .to_owned(),
            )
            .severity(Severity::Medium)
            .confidence(Confidence::Medium)
            .key(name.to_owned())
            .add();
    }
}

/// `except …: return True` in a function that says who may do what.
fn answers_yes(m: &Module, at: Span, body: &Block) -> Option<(Span, String, String)> {
    let answer = body
        .iter()
        .find(|s| matches!(&m.stmt(**s).kind, StmtKind::Return(Some(e)) if matches!(m.expr(*e).kind, ExprKind::Bool(true))))?;
    let function = function_around(m, at)?;
    let name = m.function(function).name.map(|n| m.str(n))?;
    let lower = name.to_ascii_lowercase();
    if !ASKS.as_ref()?.is_match(name)
        || [
            "expired", "cache", "retry", "need", "require", "refresh", "empty", "block", "denied", "deny",
        ]
        .iter()
        .any(|w| lower.contains(w))
    {
        return None;
    }
    Some((
        m.stmt(*answer).span,
        format!("`{name}` answers yes when it fails"),
        "Where the check itself runs into an error, it says that everything is allowed.".to_owned(),
    ))
}

/// `except …: POLICY = None`, and the policy is asked only where there is one.
fn drops_policy(m: &Module, body: &Block) -> Option<(Span, String, String)> {
    if body.iter().any(|s| leaves(m, *s)) {
        return None;
    }
    for s in body.iter() {
        let StmtKind::Expr(e) = &m.stmt(*s).kind else { continue };
        let ExprKind::Assign { target, op: None, value } = &m.expr(*e).kind else {
            continue;
        };
        if !matches!(m.expr(*value).kind, ExprKind::Null | ExprKind::Undefined) {
            continue;
        }
        let name = match &m.pat(*target).kind {
            PatKind::Ident(n) => m.str(*n),
            PatKind::Target(e) => match &m.expr(*e).kind {
                ExprKind::Member { property, .. } => m.str(*property),
                _ => continue,
            },
            _ => continue,
        };
        if POLICY.as_ref()?.is_match(name) && asked_only_if_there(m, name) {
            return Some((
                m.stmt(*s).span,
                format!("Without `{name}` nothing is refused"),
                format!("When `{name}` cannot be loaded it is dropped, and it is asked only where it is there: every check is skipped."),
            ));
        }
    }
    None
}

fn leaves(m: &Module, s: StmtId) -> bool {
    match &m.stmt(s).kind {
        StmtKind::Throw(_) | StmtKind::Return(_) => true,
        StmtKind::Expr(e) => match &m.expr(*e).kind {
            ExprKind::Call { callee, .. } => m
                .dotted(*callee)
                .is_some_and(|d| matches!(d.rsplit('.').next(), Some("exit" | "_exit" | "abort"))),
            _ => false,
        },
        _ => false,
    }
}

/// Whether some `if` of the module asks for the value only where it is there.
fn asked_only_if_there(m: &Module, name: &str) -> bool {
    let is = |e: ExprId| match &m.expr(e).kind {
        ExprKind::Ident(n) => m.str(*n) == name,
        ExprKind::Member { property, .. } => m.str(*property) == name,
        _ => false,
    };
    m.stmts.iter().any(|s| {
        let StmtKind::If { test, .. } = &s.kind else { return false };
        match &m.expr(*test).kind {
            ExprKind::Binary {
                op: BinaryOp::Ne | BinaryOp::StrictNe,
                left,
                right,
            } => is(*left) && matches!(m.expr(*right).kind, ExprKind::Null | ExprKind::Undefined),
            ExprKind::Binary {
                op: BinaryOp::And, left, ..
            } => is(*left),
            _ => is(*test),
        }
    })
}
