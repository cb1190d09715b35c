//! Branches whose value is wanted: `let x = if a { b } else { return }`, `match`, `when`, `switch`. Each branch writes its value
//! to a variable of a name that no program can write, and that variable stands for the whole.

use super::form::Form;
use super::{Lowering, child_of_kind, named, span};
use crate::ir::{Block, Case, ExprId, ExprKind, LetKind, PatKind, Span, StmtKind, Sym};
use tree_sitter::Node;

impl Lowering<'_> {
    /// Declares the variable for the value of what stands at `at`.
    pub(super) fn result_name(&mut self, at: Span) -> Sym {
        let name = self.sym(&format!("value@{}", at.start));
        self.declare(at, name, None);
        name
    }

    /// `let name = init`.
    pub(super) fn declare(&mut self, at: Span, name: Sym, init: Option<ExprId>) {
        let pattern = self.push_pat(at, PatKind::Ident(name));
        let kind = StmtKind::Let {
            kind: LetKind::Let,
            pattern,
            init,
            annotation: None,
        };
        self.push_stmt(at, kind);
    }

    pub(super) fn assign(&mut self, at: Span, name: Sym, value: ExprId) {
        let target = self.push_pat(at, PatKind::Ident(name));
        let value = self.push_expr(at, ExprKind::Assign { target, op: None, value });
        self.push_stmt(at, StmtKind::Expr(value));
    }

    /// Whether a branch is an expression and nothing else.
    pub(super) fn is_plain_branch(&self, node: Node<'_>) -> bool {
        let mut at = node;
        for _ in 0..8 {
            match self.form(at) {
                Some(Form::Block | Form::Scope) => match named(at).as_slice() {
                    [one] => at = *one,
                    _ => return false,
                },
                Some(Form::Return | Form::Throw | Form::ExprStmt | Form::While(_, _) | Form::ForEach(_, _, _) | Form::Let(_, _, _, _)) => {
                    return false;
                }
                Some(Form::If(_, _, _) | Form::Special(_)) => {
                    return !matches!(at.kind(), "if_expression" | "match_expression" | "let_declaration");
                }
                _ => return true,
            }
        }
        false
    }

    /// The statements of a branch, the last of which writes the branch's value.
    pub(super) fn valued_branch(&mut self, node: Node<'_>, result: Sym) -> Block {
        self.in_block(|l| l.valued(node, result, 0))
    }

    fn valued(&mut self, node: Node<'_>, result: Sym, depth: u32) {
        match self.form(node) {
            Some(Form::Block | Form::Scope) if depth < 16 => {
                let mut parts = named(node);
                let Some(last) = parts.pop() else { return };
                for part in parts {
                    self.statement(part);
                }
                self.valued(last, result, depth + 1);
            }
            Some(Form::ExprStmt) if !self.text(node).ends_with(';') => match named(node).as_slice() {
                [one] => self.valued(*one, result, depth + 1),
                _ => self.statement(node),
            },
            Some(
                Form::Return
                | Form::Throw
                | Form::ExprStmt
                | Form::While(_, _)
                | Form::ForEach(_, _, _)
                | Form::Let(_, _, _, _)
                | Form::Skip,
            ) => {
                self.statement(node);
            }
            _ => {
                let value = self.expr(node);
                self.assign(span(node), result, value);
            }
        }
    }

    /// `if` where a value is wanted and its branches are more than expressions.
    pub(super) fn valued_if(&mut self, at: Span, test: ExprId, yes: Option<Node<'_>>, no: Option<Node<'_>>) -> ExprId {
        let result = self.result_name(at);
        let then = yes.map(|n| self.valued_branch(n, result)).unwrap_or_default();
        let otherwise = no.map(|n| self.valued_branch(n, result)).unwrap_or_default();
        self.push_stmt(at, StmtKind::If { test, then, otherwise });
        self.push_expr(at, ExprKind::Ident(result))
    }
}

/// `match` of Rust: what a pattern names is the subject, or the part of it that the pattern takes out.
pub(super) fn matching(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let at = span(node);
    let subject = l.expr(node.child_by_field_name("value")?);
    let held = l.sym(&format!("subject@{}", at.start));
    l.declare(at, held, Some(subject));
    let result = l.result_name(at);
    let mut cases = Vec::new();
    for arm in node.child_by_field_name("body").map(named).unwrap_or_default() {
        let pattern = arm.child_by_field_name("pattern").and_then(|p| named(p).into_iter().next());
        let body = arm.child_by_field_name("value");
        let test = pattern.map(|n| l.expr(n)).filter(|_| pattern.is_none_or(|n| l.text(n) != "_"));
        let body = l.in_block(|l| {
            if let Some(pattern) = pattern.filter(|n| binds(l, *n)) {
                let init = l.push_expr(span(pattern), ExprKind::Ident(held));
                let pattern_id = l.pattern(pattern);
                let kind = StmtKind::Let {
                    kind: LetKind::Let,
                    pattern: pattern_id,
                    init: Some(init),
                    annotation: None,
                };
                l.push_stmt(span(pattern), kind);
            }
            if let Some(body) = body {
                l.valued(body, result, 0);
            }
        });
        cases.push(Case { test, body });
    }
    let subject = l.push_expr(at, ExprKind::Ident(held));
    let kind = StmtKind::Switch {
        subject,
        cases: cases.into(),
    };
    l.push_stmt(at, kind);
    Some(l.push_expr(at, ExprKind::Ident(result)))
}

/// Whether a pattern gives a name to something.
fn binds(l: &Lowering<'_>, pattern: Node<'_>) -> bool {
    match pattern.kind() {
        "identifier" => l.text(pattern).starts_with(|c: char| c.is_ascii_lowercase() || c == '_'),
        "tuple_struct_pattern"
        | "struct_pattern"
        | "tuple_pattern"
        | "ref_pattern"
        | "mut_pattern"
        | "captured_pattern"
        | "reference_pattern" => true,
        _ => false,
    }
}

/// A switch, match, when or case: the subject, and each part that holds statements as a case.
pub(super) fn switch(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let at = span(node);
    let subject_node = ["value", "condition"]
        .iter()
        .find_map(|f| node.child_by_field_name(f))
        .or_else(|| child_of_kind(node, &["when_subject"]).and_then(|n| named(n).pop()))
        .or_else(|| named(node).into_iter().next());
    let subject = subject_node.map(|n| l.expr(n)).unwrap_or_else(|| l.unknown(at, Vec::new()));
    let mut parts = Vec::new();
    for part in named(node) {
        match part.kind() {
            "switch_body" | "switch_block" | "match_block" => parts.extend(named(part)),
            _ if Some(part.id()) != subject_node.map(|n| n.id()) && part.kind() != "when_subject" => parts.push(part),
            _ => {}
        }
    }
    let result = l.result_name(at);
    let mut cases = Vec::new();
    for part in parts {
        let inner = named(part);
        let tests = labels(l, part, &inner);
        let test = match tests {
            0 => None,
            1 => inner.first().map(|n| l.expr(*n)),
            n => {
                let all: Vec<ExprId> = inner.iter().take(n).map(|n| l.expr(*n)).collect();
                l.one_of(span(part), all)
            }
        };
        let statements: Vec<Node<'_>> = inner.iter().skip(tests.max(usize::from(is_default(l, &inner)))).copied().collect();
        let body = l.in_block(|l| {
            for (i, statement) in statements.iter().enumerate() {
                if i + 1 == statements.len() {
                    l.valued(*statement, result, 0);
                } else {
                    l.statement(*statement);
                }
            }
        });
        cases.push(Case { test, body });
    }
    let kind = StmtKind::Switch {
        subject,
        cases: cases.into(),
    };
    l.push_stmt(at, kind);
    Some(l.push_expr(at, ExprKind::Ident(result)))
}

/// `default` as a label of its own.
fn is_default(l: &Lowering<'_>, inner: &[Node<'_>]) -> bool {
    inner.len() > 1
        && inner
            .first()
            .is_some_and(|n| n.kind() == "switch_label" && l.text(*n).starts_with("default"))
}

/// How many of a case's first parts say when it is taken.
fn labels(l: &Lowering<'_>, part: Node<'_>, inner: &[Node<'_>]) -> usize {
    match part.kind() {
        "when_entry" => inner.len().saturating_sub(1),
        "when" => inner.iter().take_while(|n| n.kind() == "pattern").count(),
        "else" | "match_default_expression" => 0,
        "switch_section" => {
            if l.text(part).trim_start().starts_with("default") {
                return 0;
            }
            let count = inner
                .iter()
                .take_while(|n| n.kind().ends_with("_pattern") || n.kind().ends_with("_literal"))
                .count();
            count.max(usize::from(inner.len() > 1))
        }
        "switch_expression_arm" if inner.first().is_some_and(|n| l.text(*n) == "_") => 1,
        _ if is_default(l, inner) => 0,
        _ => usize::from(inner.len() > 1),
    }
}
