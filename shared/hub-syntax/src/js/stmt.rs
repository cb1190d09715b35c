//! Statements.

use super::lower::Lowerer;
use crate::ir::*;
use oxc_ast::ast;
use oxc_span::GetSpan;

impl Lowerer {
    pub(super) fn block(&mut self, statements: &[ast::Statement<'_>]) -> Block {
        let mut out = Vec::new();
        self.statements(statements, &mut out);
        out.into()
    }

    pub(super) fn statements(&mut self, statements: &[ast::Statement<'_>], out: &mut Vec<StmtId>) {
        for s in statements {
            self.stmt(s, out);
        }
    }

    /// The body of a branch or loop: a block's statements, or the one statement.
    fn body(&mut self, s: &ast::Statement<'_>) -> Block {
        match s {
            ast::Statement::BlockStatement(b) => self.deeper(|l| l.block(&b.body)).unwrap_or_default(),
            other => {
                let mut out = Vec::new();
                self.stmt(other, &mut out);
                out.into()
            }
        }
    }

    /// One statement may become several (one per declarator), or none (types).
    fn stmt(&mut self, s: &ast::Statement<'_>, out: &mut Vec<StmtId>) {
        if self.deeper(|l| l.stmt_inner(s, out)).is_none() {
            out.push(self.push_stmt(s.span(), StmtKind::Empty));
        }
    }

    fn stmt_inner(&mut self, s: &ast::Statement<'_>, out: &mut Vec<StmtId>) {
        use ast::Statement as S;
        let span = s.span();
        let kind = match s {
            S::BlockStatement(b) => StmtKind::Block(self.block(&b.body)),
            S::BreakStatement(_) => StmtKind::Break,
            S::ContinueStatement(_) => StmtKind::Continue,
            S::DebuggerStatement(_) | S::EmptyStatement(_) => return,
            S::DoWhileStatement(d) => {
                let body = self.body(&d.body);
                let test = self.expr(&d.test);
                StmtKind::Loop(Box::new(Loop {
                    init: Block::default(),
                    test: Some(test),
                    update: None,
                    body,
                    otherwise: Block::default(),
                }))
            }
            S::ExpressionStatement(e) => StmtKind::Expr(self.expr(&e.expression)),
            S::ForInStatement(f) => {
                let pattern = self.for_left(&f.left);
                let iterable = self.expr(&f.right);
                StmtKind::ForEach(Box::new(ForEach {
                    pattern,
                    iterable,
                    keys: true,
                    body: self.body(&f.body),
                    otherwise: Block::default(),
                }))
            }
            S::ForOfStatement(f) => {
                let pattern = self.for_left(&f.left);
                let iterable = self.expr(&f.right);
                StmtKind::ForEach(Box::new(ForEach {
                    pattern,
                    iterable,
                    keys: false,
                    body: self.body(&f.body),
                    otherwise: Block::default(),
                }))
            }
            S::ForStatement(f) => {
                let mut init = Vec::new();
                match &f.init {
                    Some(ast::ForStatementInit::VariableDeclaration(d)) => self.variables(d, &mut init),
                    Some(other) => {
                        if let Some(e) = other.as_expression() {
                            let value = self.expr(e);
                            init.push(self.push_stmt(e.span(), StmtKind::Expr(value)));
                        }
                    }
                    None => {}
                }
                let test = f.test.as_ref().map(|e| self.expr(e));
                let update = f.update.as_ref().map(|e| self.expr(e));
                StmtKind::Loop(Box::new(Loop {
                    init: init.into(),
                    test,
                    update,
                    body: self.body(&f.body),
                    otherwise: Block::default(),
                }))
            }
            S::IfStatement(i) => {
                let test = self.expr(&i.test);
                let then = self.body(&i.consequent);
                let otherwise = i.alternate.as_ref().map(|s| self.body(s)).unwrap_or_default();
                StmtKind::If { test, then, otherwise }
            }
            S::LabeledStatement(l) => return self.stmt(&l.body, out),
            S::ReturnStatement(r) => StmtKind::Return(r.argument.as_ref().map(|e| self.expr(e))),
            S::SwitchStatement(s) => {
                let subject = self.expr(&s.discriminant);
                let cases = s
                    .cases
                    .iter()
                    .map(|c| {
                        let test = c.test.as_ref().map(|t| self.expr(t));
                        Case {
                            test,
                            body: self.block(&c.consequent),
                        }
                    })
                    .collect();
                StmtKind::Switch { subject, cases }
            }
            S::ThrowStatement(t) => StmtKind::Throw(Some(self.expr(&t.argument))),
            S::TryStatement(t) => {
                let body = self.block(&t.block.body);
                let handlers = t
                    .handler
                    .iter()
                    .map(|h| {
                        let pattern = h.param.as_ref().map(|p| self.binding(&p.pattern));
                        Handler {
                            types: None,
                            pattern,
                            body: self.block(&h.body.body),
                        }
                    })
                    .collect();
                let finally = t.finalizer.as_ref().map(|b| self.block(&b.body)).unwrap_or_default();
                StmtKind::Try(Box::new(Try {
                    body,
                    handlers,
                    otherwise: Block::default(),
                    finally,
                }))
            }
            S::WhileStatement(w) => {
                let test = self.expr(&w.test);
                StmtKind::Loop(Box::new(Loop {
                    init: Block::default(),
                    test: Some(test),
                    update: None,
                    body: self.body(&w.body),
                    otherwise: Block::default(),
                }))
            }
            S::WithStatement(w) => {
                let object = self.expr(&w.object);
                StmtKind::With {
                    items: List::from([(object, None)]),
                    body: self.body(&w.body),
                }
            }
            other => {
                if let Some(d) = other.as_declaration() {
                    self.declaration(d, out);
                } else if let Some(m) = other.as_module_declaration() {
                    self.module_declaration(m, out);
                }
                return;
            }
        };
        out.push(self.push_stmt(span, kind));
    }

    fn for_left(&mut self, left: &ast::ForStatementLeft<'_>) -> PatId {
        match left {
            ast::ForStatementLeft::VariableDeclaration(d) => match d.declarations.first() {
                Some(first) => self.binding(&first.id),
                None => self.push_pat(d.span, PatKind::Unknown),
            },
            other => match other.as_assignment_target() {
                Some(t) => self.assignment_target(t),
                None => self.push_pat(other.span(), PatKind::Unknown),
            },
        }
    }

    fn variables(&mut self, d: &ast::VariableDeclaration<'_>, out: &mut Vec<StmtId>) {
        if d.declare {
            return;
        }
        use ast::VariableDeclarationKind as K;
        for v in &d.declarations {
            let init = v.init.as_ref().map(|e| self.expr(e));
            // A function or class takes the name of the variable it is given to.
            let pattern = self.binding(&v.id);
            if let (Some(init), PatKind::Ident(name)) = (init, self.module.pat(pattern).kind.clone()) {
                self.name_value(init, name, d.span.start);
            }
            let annotation = v.type_annotation.as_ref().and_then(|t| self.type_annotation(&t.type_annotation));
            let kind = match (d.kind, init) {
                (K::Using | K::AwaitUsing, Some(init)) => StmtKind::With {
                    items: List::from([(init, Some(pattern))]),
                    body: Block::default(),
                },
                (K::Var, _) => StmtKind::Let {
                    kind: LetKind::Var,
                    pattern,
                    init,
                    annotation,
                },
                (K::Let, _) => StmtKind::Let {
                    kind: LetKind::Let,
                    pattern,
                    init,
                    annotation,
                },
                _ => StmtKind::Let {
                    kind: LetKind::Const,
                    pattern,
                    init,
                    annotation,
                },
            };
            out.push(self.push_stmt(v.span, kind));
        }
    }

    fn name_value(&mut self, value: ExprId, name: Sym, declared_at: u32) {
        match self.module.expr(value).kind {
            ExprKind::Function(f) => {
                let doc = self.doc_at(declared_at);
                let slot = &mut self.module.functions[f.index()];
                slot.name = slot.name.or(Some(name));
                slot.doc = slot.doc.or(doc);
            }
            ExprKind::Class(c) => {
                let slot = &mut self.module.classes[c.index()];
                slot.name = slot.name.or(Some(name));
            }
            _ => {}
        }
    }

    pub(super) fn declaration(&mut self, d: &ast::Declaration<'_>, out: &mut Vec<StmtId>) {
        use ast::Declaration as D;
        match d {
            D::VariableDeclaration(v) => self.variables(v, out),
            // Overload signatures and `declare function` have no body and bind nothing.
            D::FunctionDeclaration(f) if f.body.is_some() => {
                let id = self.function(f, None);
                out.push(self.push_stmt(f.span, StmtKind::Function(id)));
            }
            D::ClassDeclaration(c) if !c.declare => {
                let id = self.class(c);
                out.push(self.push_stmt(c.span, StmtKind::Class(id)));
            }
            D::TSEnumDeclaration(e) if !e.declare => self.ts_enum(e, out),
            D::TSNamespaceDeclaration(n) if !n.declare => self.namespace(n, out),
            D::TSImportEqualsDeclaration(i) => self.import_equals(i, out),
            _ => {}
        }
    }

    /// `enum E { A, B = 4, C = "c" }` is the constant object that it compiles to, without the reverse mapping of numbers.
    fn ts_enum(&mut self, e: &ast::TSEnumDeclaration<'_>, out: &mut Vec<StmtId>) {
        let mut next = Some(0.0);
        let mut props = Vec::new();
        for member in &e.body.members {
            use ast::TSEnumMemberName as N;
            let name: &str = match &member.id {
                N::Identifier(id) => id.name.as_str(),
                N::String(s) | N::ComputedString(s) => s.value.as_str(),
                N::ComputedTemplateString(t) => t.quasis.first().map_or("", |q| q.value.raw.as_str()),
            };
            let key = Key::Name(self.sym(name));
            let value = match (&member.initializer, next) {
                (Some(init), _) => {
                    let value = self.expr(init);
                    next = match self.module.expr(value).kind {
                        ExprKind::Number(n) => Some(n + 1.0),
                        _ => None,
                    };
                    value
                }
                (None, Some(n)) => {
                    next = Some(n + 1.0);
                    self.push_expr(member.span, ExprKind::Number(n))
                }
                (None, None) => self.push_expr(member.span, ExprKind::Unknown(List::default())),
            };
            props.push(Prop::KeyValue { key, value });
        }
        let object = self.push_expr(e.span, ExprKind::Object(props.into()));
        self.constant(e.span, e.id.name.as_str(), object, out);
    }

    pub(super) fn constant(&mut self, span: oxc_span::Span, name: &str, init: ExprId, out: &mut Vec<StmtId>) {
        let name = self.sym(name);
        let pattern = self.push_pat(span, PatKind::Ident(name));
        out.push(self.push_stmt(
            span,
            StmtKind::Let {
                kind: LetKind::Const,
                pattern,
                init: Some(init),
                annotation: None,
            },
        ));
    }
}
