//! Statements, functions and class members.

use super::expr::operator;
use super::{Lowering, span};
use crate::ir::{
    Block, ExprKind, FnId, ForEach, Function, Handler, Import, ImportName, Imported, Key, LetKind, List, Loop, Member, MemberKind, Param,
    ParamKind, PatKind, StmtId, StmtKind, Try,
};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

impl Lowering<'_> {
    /// Lowers one statement; imports of several modules become several.
    pub(super) fn stmt(&mut self, stmt: &Stmt, out: &mut Vec<StmtId>) {
        if self.deeper(|this| this.stmt_inner(stmt, out)).is_none() {
            let empty = self.push_stmt(span(stmt.range()), StmtKind::Empty);
            out.push(empty);
        }
    }

    fn stmt_inner(&mut self, stmt: &Stmt, out: &mut Vec<StmtId>) {
        let at = span(stmt.range());
        let kind = match stmt {
            Stmt::FunctionDef(def) => StmtKind::Function(self.function_def(def, None)),
            Stmt::ClassDef(def) => StmtKind::Class(self.class_def(def)),
            Stmt::Return(s) => StmtKind::Return(s.value.as_deref().map(|value| self.expr(value))),
            Stmt::Delete(s) => StmtKind::Other(s.targets.iter().map(|target| self.expr(target)).collect()),
            Stmt::TypeAlias(s) => {
                let value = self.expr(&s.value);
                let target = self.target(&s.name);
                StmtKind::Expr(self.push_expr(at, ExprKind::Assign { target, op: None, value }))
            }
            Stmt::Assign(s) => {
                let mut value = self.expr(&s.value);
                for target in s.targets.iter().rev() {
                    let target = self.target(target);
                    value = self.push_expr(at, ExprKind::Assign { target, op: None, value });
                }
                StmtKind::Expr(value)
            }
            Stmt::AugAssign(s) => {
                let value = self.expr(&s.value);
                let target = self.target(&s.target);
                StmtKind::Expr(self.push_expr(
                    at,
                    ExprKind::Assign {
                        target,
                        op: Some(operator(s.op)),
                        value,
                    },
                ))
            }
            Stmt::AnnAssign(s) => {
                let annotation = Some(self.annotation(&s.annotation));
                let init = s.value.as_deref().map(|value| self.expr(value));
                let pattern = self.target(&s.target);
                StmtKind::Let {
                    kind: LetKind::Annotated,
                    pattern,
                    init,
                    annotation,
                }
            }
            Stmt::For(s) => {
                let iterable = self.expr(&s.iter);
                let pattern = self.target(&s.target);
                StmtKind::ForEach(Box::new(ForEach {
                    pattern,
                    iterable,
                    keys: false,
                    body: self.block(&s.body),
                    otherwise: self.block(&s.orelse),
                }))
            }
            Stmt::While(s) => {
                let test = Some(self.expr(&s.test));
                let (body, otherwise) = (self.block(&s.body), self.block(&s.orelse));
                StmtKind::Loop(Box::new(Loop {
                    init: Block::default(),
                    test,
                    update: None,
                    body,
                    otherwise,
                }))
            }
            Stmt::If(s) => self.if_chain(s),
            Stmt::With(s) => {
                let mut items = Vec::with_capacity(s.items.len());
                for item in &s.items {
                    let value = self.expr(&item.context_expr);
                    items.push((value, item.optional_vars.as_deref().map(|target| self.target(target))));
                }
                StmtKind::With {
                    items: items.into(),
                    body: self.block(&s.body),
                }
            }
            Stmt::Match(s) => self.match_stmt(s),
            Stmt::Raise(s) => StmtKind::Throw(s.exc.as_deref().map(|value| self.expr(value))),
            Stmt::Try(s) => self.try_stmt(s),
            Stmt::Assert(s) => {
                let mut parts = vec![self.expr(&s.test)];
                parts.extend(s.msg.as_deref().map(|message| self.expr(message)));
                StmtKind::Other(parts.into())
            }
            Stmt::Import(s) => {
                for alias in &s.names {
                    let import = self.import(alias);
                    out.push(self.push_stmt(at, StmtKind::Import(import)));
                }
                return;
            }
            Stmt::ImportFrom(s) => StmtKind::Import(self.import_from(s)),
            Stmt::Global(s) => StmtKind::Outer(s.names.iter().map(|name| self.sym(name.as_str())).collect()),
            Stmt::Nonlocal(s) => StmtKind::Outer(s.names.iter().map(|name| self.sym(name.as_str())).collect()),
            Stmt::Expr(s) => StmtKind::Expr(self.expr(&s.value)),
            Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => StmtKind::Empty,
            Stmt::Break(_) => StmtKind::Break,
            Stmt::Continue(_) => StmtKind::Continue,
        };
        out.push(self.push_stmt(at, kind));
    }

    /// `elif` chains are flat in ruff's tree and may be long: built from the last branch up, without recursion.
    fn if_chain(&mut self, s: &ast::StmtIf) -> StmtKind {
        let test = self.expr(&s.test);
        let then = self.block(&s.body);
        let mut branches = Vec::with_capacity(s.elif_else_clauses.len());
        for clause in &s.elif_else_clauses {
            let test = clause.test.as_ref().map(|test| self.expr(test));
            branches.push((test, self.block(&clause.body), clause.range()));
        }
        let mut otherwise = Block::default();
        for (test, body, range) in branches.into_iter().rev() {
            otherwise = match test {
                None => body,
                Some(test) => {
                    let at = span(TextRange::new(range.start(), s.range().end().max(range.end())));
                    List::from([self.push_stmt(
                        at,
                        StmtKind::If {
                            test,
                            then: body,
                            otherwise,
                        },
                    )])
                }
            };
        }
        StmtKind::If { test, then, otherwise }
    }

    fn try_stmt(&mut self, s: &ast::StmtTry) -> StmtKind {
        let body = self.block(&s.body);
        let mut handlers = Vec::with_capacity(s.handlers.len());
        for ast::ExceptHandler::ExceptHandler(handler) in &s.handlers {
            let types = handler.type_.as_deref().map(|types| self.expr(types));
            let pattern = handler.name.as_ref().map(|name| {
                let sym = self.sym(name.as_str());
                self.push_pat(span(name.range()), PatKind::Ident(sym))
            });
            handlers.push(Handler {
                types,
                pattern,
                body: self.block(&handler.body),
            });
        }
        StmtKind::Try(Box::new(Try {
            body,
            handlers: handlers.into(),
            otherwise: self.block(&s.orelse),
            finally: self.block(&s.finalbody),
        }))
    }

    fn import(&mut self, alias: &ast::Alias) -> u32 {
        let module = alias.name.as_str();
        let specifier = self.sym(module);
        let local = match &alias.asname {
            Some(name) => self.sym(name.as_str()),
            None => self.sym(module.split('.').next().unwrap_or(module)),
        };
        let names = vec![ImportName {
            imported: Imported::Namespace,
            local,
        }];
        self.push_import(Import {
            span: span(alias.range()),
            specifier,
            names: names.into(),
            type_only: false,
        })
    }

    fn import_from(&mut self, s: &ast::StmtImportFrom) -> u32 {
        let mut specifier = ".".repeat(s.level.min(64) as usize);
        if let Some(module) = &s.module {
            specifier.push_str(module.as_str());
        }
        let specifier = self.sym(&specifier);
        let mut names = Vec::with_capacity(s.names.len());
        for alias in &s.names {
            let name = self.sym(alias.name.as_str());
            let imported = if alias.name.as_str() == "*" {
                Imported::All
            } else {
                Imported::Name(name)
            };
            let local = alias.asname.as_ref().map_or(name, |local| self.sym(local.as_str()));
            names.push(ImportName { imported, local });
        }
        self.push_import(Import {
            span: span(s.range()),
            specifier,
            names: names.into(),
            type_only: false,
        })
    }

    fn push_import(&mut self, import: Import) -> u32 {
        self.module.imports.push(import);
        self.module.imports.len() as u32 - 1
    }

    fn function_def(&mut self, def: &ast::StmtFunctionDef, class: Option<crate::ir::ClassId>) -> FnId {
        let decorators = self.decorators(&def.decorator_list);
        let params = self.params(&def.parameters);
        let returns = def.returns.as_deref().map(|returns| self.annotation(returns));
        let name = self.sym(def.name.as_str());
        let doc = self.docstring(&def.body);
        let id = FnId(self.module.functions.len() as u32);
        self.module.functions.push(Function {
            span: span(def.range()),
            name: Some(name),
            params: params.into(),
            body: Block::default(),
            is_async: def.is_async,
            is_generator: false,
            is_arrow: false,
            decorators: decorators.into(),
            returns,
            doc,
            class,
            parent: self.functions.last().copied(),
        });
        self.functions.push(id);
        let around = self.class.take();
        let body = self.block(&def.body);
        self.class = around;
        self.functions.pop();
        self.module.functions[id.index()].body = body;
        id
    }

    pub(super) fn params(&mut self, parameters: &ast::Parameters) -> Vec<Param> {
        let mut out = Vec::new();
        for param in &parameters.posonlyargs {
            out.push(self.param(&param.parameter, param.default.as_deref(), ParamKind::PositionalOnly));
        }
        for param in &parameters.args {
            out.push(self.param(&param.parameter, param.default.as_deref(), ParamKind::Positional));
        }
        if let Some(param) = parameters.vararg.as_deref() {
            out.push(self.param(param, None, ParamKind::Rest));
        }
        for param in &parameters.kwonlyargs {
            out.push(self.param(&param.parameter, param.default.as_deref(), ParamKind::KeywordOnly));
        }
        if let Some(param) = parameters.kwarg.as_deref() {
            out.push(self.param(param, None, ParamKind::KwRest));
        }
        out
    }

    fn param(&mut self, parameter: &ast::Parameter, default: Option<&Expr>, kind: ParamKind) -> Param {
        let name = self.sym(parameter.name.as_str());
        let pattern = self.push_pat(span(parameter.name.range()), PatKind::Ident(name));
        let default = default.map(|default| self.expr(default));
        let annotation = parameter.annotation.as_deref().map(|annotation| self.annotation(annotation));
        Param {
            pattern,
            default,
            annotation,
            kind,
            decorators: List::default(),
        }
    }

    /// A statement of a class body.
    pub(super) fn member(&mut self, stmt: &Stmt, out: &mut Vec<Member>) {
        if self.depth >= self.max_depth {
            return;
        }
        self.depth += 1;
        self.member_inner(stmt, out);
        self.depth -= 1;
    }

    fn member_inner(&mut self, stmt: &Stmt, out: &mut Vec<Member>) {
        let at = span(stmt.range());
        match stmt {
            Stmt::FunctionDef(def) => {
                let id = self.function_def(def, self.class);
                let key = Key::Name(self.sym(def.name.as_str()));
                let decorators = self.module.functions[id.index()].decorators.clone();
                let mut kind = MemberKind::Method(id);
                let mut is_static = false;
                for decorator in &decorators {
                    match &self.module.expr(*decorator).kind {
                        ExprKind::Ident(name) => match self.module.str(*name) {
                            "property" | "cached_property" => kind = MemberKind::Getter(id),
                            "staticmethod" => is_static = true,
                            _ => {}
                        },
                        ExprKind::Member { property, .. } => match self.module.str(*property) {
                            "cached_property" => kind = MemberKind::Getter(id),
                            "setter" => kind = MemberKind::Setter(id),
                            _ => {}
                        },
                        _ => {}
                    }
                }
                out.push(Member {
                    span: at,
                    key,
                    kind,
                    is_static,
                    decorators,
                });
            }
            Stmt::ClassDef(def) => {
                let id = self.class_def(def);
                let key = Key::Name(self.sym(def.name.as_str()));
                let value = Some(self.push_expr(at, ExprKind::Class(id)));
                let kind = MemberKind::Field { value, annotation: None };
                out.push(Member {
                    span: at,
                    key,
                    kind,
                    is_static: true,
                    decorators: List::default(),
                });
            }
            Stmt::AnnAssign(s) if matches!(s.target.as_ref(), Expr::Name(_)) => {
                let annotation = Some(self.annotation(&s.annotation));
                let value = s.value.as_deref().map(|value| self.expr(value));
                self.field(&s.target, at, MemberKind::Field { value, annotation }, out);
            }
            Stmt::Assign(s) if s.targets.iter().all(|target| matches!(target, Expr::Name(_))) => {
                let value = Some(self.expr(&s.value));
                for target in &s.targets {
                    self.field(target, at, MemberKind::Field { value, annotation: None }, out);
                }
            }
            Stmt::Pass(_) => {}
            Stmt::Expr(s) if matches!(s.value.as_ref(), Expr::StringLiteral(_) | Expr::EllipsisLiteral(_)) => {}
            other => {
                let mut block = Vec::new();
                self.stmt(other, &mut block);
                let key = Key::Name(self.sym(""));
                out.push(Member {
                    span: at,
                    key,
                    kind: MemberKind::Block(block.into()),
                    is_static: true,
                    decorators: List::default(),
                });
            }
        }
    }

    fn field(&mut self, target: &Expr, at: crate::ir::Span, kind: MemberKind, out: &mut Vec<Member>) {
        if let Expr::Name(name) = target {
            let key = Key::Name(self.sym(name.id.as_str()));
            out.push(Member {
                span: at,
                key,
                kind,
                is_static: true,
                decorators: List::default(),
            });
        }
    }
}
