//! `match` statements.

use super::{Lowering, span};
use crate::ir::{Case, ExprId, ExprKind, Key, List, PatKind, Prop, StmtId, StmtKind};
use ruff_python_ast::{self as ast, Pattern};
use ruff_text_size::{Ranged, TextRange};

/// What a pattern amounts to.
enum Test {
    /// Always matches.
    Always,
    /// Matches what equals this.
    Equals(ExprId),
}

impl Lowering<'_> {
    pub(super) fn match_stmt(&mut self, s: &ast::StmtMatch) -> StmtKind {
        let subject = self.expr(&s.subject);
        let mut cases = Vec::with_capacity(s.cases.len());
        for case in &s.cases {
            let mut captured = Vec::new();
            let test = self.pattern(&case.pattern, Some(subject), &mut captured);
            let guard = case.guard.as_deref().map(|guard| self.expr(guard));
            let test = match (test, guard) {
                (Test::Always, None) => None,
                (Test::Equals(test), None) => Some(test),
                (Test::Always, Some(guard)) => Some(self.push_expr(span(case.range()), ExprKind::Unknown(List::from([guard])))),
                (Test::Equals(test), Some(guard)) => Some(self.push_expr(span(case.range()), ExprKind::Unknown(List::from([test, guard])))),
            };
            let mut body: Vec<StmtId> = Vec::new();
            for (name, range, whole) in captured {
                let value = if whole {
                    subject
                } else {
                    self.push_expr(span(range), ExprKind::Unknown(List::from([subject])))
                };
                let name = self.sym(&name);
                let target = self.push_pat(span(range), PatKind::Ident(name));
                let assign = self.push_expr(span(range), ExprKind::Assign { target, op: None, value });
                body.push(self.push_stmt(span(range), StmtKind::Expr(assign)));
            }
            for stmt in &case.body {
                self.stmt(stmt, &mut body);
            }
            cases.push(Case { test, body: body.into() });
        }
        StmtKind::Switch {
            subject,
            cases: cases.into(),
        }
    }

    /// `whole` is given where the pattern stands for the subject itself and not for a part of it.
    fn pattern(&mut self, pattern: &Pattern, whole: Option<ExprId>, captured: &mut Vec<(String, TextRange, bool)>) -> Test {
        match self.deeper(|this| this.pattern_inner(pattern, whole, captured)) {
            Some(test) => test,
            None => Test::Equals(self.unknown(pattern.range())),
        }
    }

    fn pattern_inner(&mut self, pattern: &Pattern, whole: Option<ExprId>, captured: &mut Vec<(String, TextRange, bool)>) -> Test {
        let at = span(pattern.range());
        let kind = match pattern {
            Pattern::MatchValue(p) => return Test::Equals(self.expr(&p.value)),
            Pattern::MatchSingleton(p) => match p.value {
                ast::Singleton::None => ExprKind::Null,
                ast::Singleton::True => ExprKind::Bool(true),
                ast::Singleton::False => ExprKind::Bool(false),
            },
            Pattern::MatchSequence(p) => ExprKind::Array(self.parts(p.patterns.iter(), captured)),
            Pattern::MatchMapping(p) => {
                let mut props = Vec::with_capacity(p.keys.len());
                for (key, value) in p.keys.iter().zip(p.patterns.iter()) {
                    let key = match key {
                        ast::Expr::StringLiteral(key) => Key::Name(self.sym(key.value.to_str())),
                        other => Key::Computed(self.expr(other)),
                    };
                    let value = self.part(value, captured);
                    props.push(Prop::KeyValue { key, value });
                }
                captured.extend(p.rest.as_ref().map(|rest| (rest.as_str().to_owned(), rest.range(), false)));
                // A mapping pattern matches dicts with further keys: not the same as being equal to it.
                let object = self.push_expr(at, ExprKind::Object(props.into()));
                ExprKind::Unknown(List::from([object]))
            }
            Pattern::MatchClass(p) => {
                let mut parts = vec![self.expr(&p.cls)];
                let inside = p
                    .arguments
                    .patterns
                    .iter()
                    .chain(p.arguments.keywords.iter().map(|keyword| &keyword.pattern));
                parts.extend(self.parts(inside, captured));
                ExprKind::Unknown(parts.into())
            }
            Pattern::MatchStar(p) => {
                captured.extend(p.name.as_ref().map(|name| (name.as_str().to_owned(), name.range(), false)));
                ExprKind::Unknown(List::default())
            }
            Pattern::MatchAs(p) => {
                let test = p
                    .pattern
                    .as_deref()
                    .map_or(Test::Always, |inner| self.pattern(inner, whole, captured));
                captured.extend(
                    p.name
                        .as_ref()
                        .map(|name| (name.as_str().to_owned(), name.range(), whole.is_some())),
                );
                return test;
            }
            Pattern::MatchOr(p) => {
                let mut parts = Vec::with_capacity(p.patterns.len());
                for inner in &p.patterns {
                    match self.pattern(inner, whole, captured) {
                        Test::Always => return Test::Always,
                        Test::Equals(test) => parts.push(test),
                    }
                }
                ExprKind::Unknown(parts.into())
            }
        };
        Test::Equals(self.push_expr(at, kind))
    }

    fn part(&mut self, pattern: &Pattern, captured: &mut Vec<(String, TextRange, bool)>) -> ExprId {
        match self.pattern(pattern, None, captured) {
            Test::Equals(test) => test,
            Test::Always => self.unknown(pattern.range()),
        }
    }

    fn parts<'a>(&mut self, patterns: impl Iterator<Item = &'a Pattern>, captured: &mut Vec<(String, TextRange, bool)>) -> List<ExprId> {
        patterns.map(|pattern| self.part(pattern, captured)).collect()
    }
}
