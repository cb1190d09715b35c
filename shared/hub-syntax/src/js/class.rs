//! Functions and classes.

use super::lower::Lowerer;
use crate::ir::*;
use oxc_ast::ast;

impl Lowerer {
    pub(super) fn function(&mut self, f: &ast::Function<'_>, class: Option<ClassId>) -> FnId {
        let id = self.reserve_function(f.span, class);
        let name = f.id.as_ref().map(|n| self.sym(n.name.as_str()));
        let doc = self.doc_at(f.span.start);
        self.functions.push(id);
        let (params, fields) = self.params(&f.params);
        let mut body = fields;
        if let Some(b) = &f.body {
            self.function_body(b, f.r#async, f.generator, &mut body);
        }
        self.functions.pop();
        let slot = &mut self.module.functions[id.index()];
        slot.name = name;
        slot.params = params.into();
        slot.body = body.into();
        slot.is_async = f.r#async;
        slot.is_generator = f.generator;
        slot.doc = doc;
        id
    }

    /// A function that takes its name from the property it is the value of.
    pub(super) fn function_named(&mut self, f: &ast::Function<'_>, class: Option<ClassId>, key: Key) -> FnId {
        let id = self.function(f, class);
        let slot = &mut self.module.functions[id.index()];
        if let (None, Key::Name(name)) = (slot.name, key) {
            slot.name = Some(name);
        }
        id
    }

    pub(super) fn arrow(&mut self, f: &ast::ArrowFunctionExpression<'_>) -> ExprId {
        let id = self.reserve_function(f.span, None);
        let doc = self.doc_at(f.span.start);
        self.functions.push(id);
        let (params, mut body) = self.params(&f.params);
        match &f.body {
            ast::ArrowFunctionBody::FunctionBody(b) => self.function_body(b, f.r#async, false, &mut body),
            other => {
                if let Some(e) = other.as_expression() {
                    let span = oxc_span::GetSpan::span(e);
                    let value = self.expr(e);
                    body.push(self.push_stmt(span, StmtKind::Return(Some(value))));
                }
            }
        }
        self.functions.pop();
        let slot = &mut self.module.functions[id.index()];
        slot.params = params.into();
        slot.body = body.into();
        slot.is_async = f.r#async;
        slot.is_arrow = true;
        slot.doc = doc;
        self.push_expr(f.span, ExprKind::Function(id))
    }

    /// Parameters, and the `this.x = x` statements of TypeScript's parameter properties.
    fn params(&mut self, params: &ast::FormalParameters<'_>) -> (Vec<Param>, Vec<StmtId>) {
        let mut out = Vec::new();
        let mut fields = Vec::new();
        for p in &params.items {
            let pattern = self.binding(&p.pattern);
            let default = p.initializer.as_ref().map(|e| self.expr(e));
            let annotation = p.type_annotation.as_ref().and_then(|t| self.type_annotation(&t.type_annotation));
            if (p.accessibility.is_some() || p.readonly)
                && let PatKind::Ident(name) = self.module.pat(pattern).kind
            {
                let this = self.push_expr(p.span, ExprKind::This);
                let member = self.push_expr(
                    p.span,
                    ExprKind::Member {
                        object: this,
                        property: name,
                    },
                );
                let target = self.push_pat(p.span, PatKind::Target(member));
                let value = self.push_expr(p.span, ExprKind::Ident(name));
                let assign = self.push_expr(p.span, ExprKind::Assign { target, op: None, value });
                fields.push(self.push_stmt(p.span, StmtKind::Expr(assign)));
            }
            out.push(Param {
                pattern,
                default,
                annotation,
                kind: ParamKind::Positional,
                decorators: List::default(),
            });
        }
        if let Some(rest) = &params.rest {
            let pattern = self.binding(&rest.rest.argument);
            out.push(Param {
                pattern,
                default: None,
                annotation: None,
                kind: ParamKind::Rest,
                decorators: List::default(),
            });
        }
        (out, fields)
    }

    /// A type as far as the tree keeps it: members of a type literal, the name of a named type.
    pub(super) fn type_annotation(&mut self, t: &ast::TSType<'_>) -> Option<ExprId> {
        match t {
            ast::TSType::TSTypeReference(r) => match &r.type_name {
                ast::TSTypeName::IdentifierReference(id) => Some(self.ident(id.span, id.name.as_str())),
                _ => None,
            },
            ast::TSType::TSStringKeyword(k) => Some(self.ident(k.span, "string")),
            ast::TSType::TSNumberKeyword(k) => Some(self.ident(k.span, "number")),
            ast::TSType::TSBooleanKeyword(k) => Some(self.ident(k.span, "boolean")),
            ast::TSType::TSTypeLiteral(l) => self.deeper(|s| s.type_members(l)),
            _ => None,
        }
    }

    fn type_members(&mut self, literal: &ast::TSTypeLiteral<'_>) -> ExprId {
        let mut props = Vec::new();
        for member in &literal.members {
            if let ast::TSSignature::TSPropertySignature(p) = member {
                let key = self.key(&p.key, p.computed);
                let value = p.type_annotation.as_ref().and_then(|t| self.type_annotation(&t.type_annotation));
                let value = value.unwrap_or_else(|| self.push_expr(p.span, ExprKind::Unknown(List::default())));
                props.push(Prop::KeyValue { key, value });
            }
        }
        self.push_expr(literal.span, ExprKind::Object(props.into()))
    }

    pub(super) fn class(&mut self, c: &ast::Class<'_>) -> ClassId {
        let id = ClassId(self.module.classes.len() as u32);
        let name = c.id.as_ref().map(|n| self.sym(n.name.as_str()));
        let doc = self.doc_at(c.span.start);
        self.module.classes.push(Class {
            span: self.place(c.span),
            name,
            bases: List::default(),
            keywords: List::default(),
            members: List::default(),
            decorators: List::default(),
            doc,
            parent: self.functions.last().copied(),
        });
        let decorators = self.decorators(&c.decorators);
        let bases = c.heritage.iter().map(|h| self.expr(&h.expression)).collect();
        let members = self
            .deeper(|l| c.body.body.iter().filter_map(|m| l.member(m, id)).collect::<Vec<_>>())
            .unwrap_or_default();
        let slot = &mut self.module.classes[id.index()];
        slot.decorators = decorators;
        slot.bases = bases;
        slot.members = members.into();
        id
    }

    fn member(&mut self, m: &ast::ClassElement<'_>, class: ClassId) -> Option<Member> {
        use ast::ClassElement as C;
        Some(match m {
            C::StaticBlock(b) => {
                let key = Key::Name(self.sym(""));
                let body = self.block(&b.body);
                Member {
                    span: self.place(b.span),
                    key,
                    kind: MemberKind::Block(body),
                    is_static: true,
                    decorators: List::default(),
                }
            }
            C::MethodDefinition(d) => {
                d.value.body.as_ref()?;
                let decorators = self.decorators(&d.decorators);
                let key = self.key(&d.key, d.computed);
                let function = self.function_named(&d.value, Some(class), key);
                let doc = self.doc_at(d.span.start);
                let slot = &mut self.module.functions[function.index()];
                slot.decorators.clone_from(&decorators);
                slot.doc = slot.doc.or(doc);
                let kind = match d.kind {
                    ast::MethodDefinitionKind::Get => MemberKind::Getter(function),
                    ast::MethodDefinitionKind::Set => MemberKind::Setter(function),
                    ast::MethodDefinitionKind::Constructor | ast::MethodDefinitionKind::Method => MemberKind::Method(function),
                };
                Member {
                    span: self.place(d.span),
                    key,
                    kind,
                    is_static: d.r#static,
                    decorators,
                }
            }
            C::PropertyDefinition(d) => {
                let decorators = self.decorators(&d.decorators);
                let key = self.key(&d.key, d.computed);
                let value = d.value.as_ref().map(|v| self.expr(v));
                let annotation = d.type_annotation.as_ref().and_then(|t| self.type_annotation(&t.type_annotation));
                Member {
                    span: self.place(d.span),
                    key,
                    kind: MemberKind::Field { value, annotation },
                    is_static: d.r#static,
                    decorators,
                }
            }
            C::AccessorProperty(d) => {
                let decorators = self.decorators(&d.decorators);
                let key = self.key(&d.key, d.computed);
                let value = d.value.as_ref().map(|v| self.expr(v));
                Member {
                    span: self.place(d.span),
                    key,
                    kind: MemberKind::Field { value, annotation: None },
                    is_static: d.r#static,
                    decorators,
                }
            }
            C::TSIndexSignature(_) => return None,
        })
    }

    fn decorators(&mut self, decorators: &[ast::Decorator<'_>]) -> List<ExprId> {
        decorators.iter().map(|d| self.expr(&d.expression)).collect()
    }
}
