//! Expressions.

use super::lower::Lowerer;
use crate::ir::*;
use oxc_ast::ast;
use oxc_span::GetSpan;

impl Lowerer {
    pub(super) fn expr(&mut self, e: &ast::Expression<'_>) -> ExprId {
        self.deeper(|l| l.expr_inner(e))
            .unwrap_or_else(|| self.push_expr(e.span(), ExprKind::Unknown(List::default())))
    }

    fn expr_inner(&mut self, e: &ast::Expression<'_>) -> ExprId {
        use ast::Expression as E;
        let span = e.span();
        let kind = match e {
            E::BooleanLiteral(b) => ExprKind::Bool(b.value),
            E::NullLiteral(_) => ExprKind::Null,
            E::NumericLiteral(n) => ExprKind::Number(n.value),
            E::BigIntLiteral(n) => ExprKind::Number(n.value.as_str().parse().unwrap_or(f64::NAN)),
            E::RegExpLiteral(r) => {
                let pattern = self.sym(r.regex.pattern.text.as_str());
                let flags = self.sym(&r.regex.flags.to_string());
                ExprKind::Regex { pattern, flags }
            }
            E::StringLiteral(s) => ExprKind::Str(self.sym(s.value.as_str())),
            E::TemplateLiteral(t) => return self.template(t),
            E::Identifier(id) => return self.ident(span, id.name.as_str()),
            E::Super(_) => ExprKind::Super,
            E::ArrayExpression(a) => {
                let items = a.elements.iter().map(|el| self.array_element(el)).collect();
                ExprKind::Array(items)
            }
            E::ArrowFunctionExpression(f) => return self.arrow(f),
            E::AssignmentExpression(a) => {
                let target = self.assignment_target(&a.left);
                let value = self.expr(&a.right);
                ExprKind::Assign {
                    target,
                    op: assignment_op(a.operator),
                    value,
                }
            }
            E::AwaitExpression(a) => ExprKind::Await(self.expr(&a.argument)),
            E::BinaryExpression(_) | E::LogicalExpression(_) => return self.binary_chain(e),
            E::CallExpression(c) => return self.call(c),
            E::ChainExpression(c) => return self.chain(&c.expression, span),
            E::ClassExpression(c) => {
                let id = self.class(c);
                ExprKind::Class(id)
            }
            E::ConditionalExpression(c) => {
                let (test, yes, no) = (self.expr(&c.test), self.expr(&c.consequent), self.expr(&c.alternate));
                ExprKind::Conditional { test, yes, no }
            }
            E::FunctionExpression(f) => ExprKind::Function(self.function(f, None)),
            E::ImportExpression(i) => ExprKind::ImportCall(self.expr(&i.source)),
            E::NewExpression(n) => {
                let callee = self.expr(&n.callee);
                let args = self.args(&n.arguments);
                ExprKind::Call { callee, args, new: true }
            }
            E::ObjectExpression(o) => {
                let props = o.properties.iter().filter_map(|p| self.property(p)).collect();
                ExprKind::Object(props)
            }
            E::ParenthesizedExpression(p) => return self.expr(&p.expression),
            E::SequenceExpression(s) => ExprKind::Sequence(s.expressions.iter().map(|x| self.expr(x)).collect()),
            E::TaggedTemplateExpression(t) => {
                let tag = self.expr(&t.tag);
                let quasis = t.quasi.quasis.iter().map(|q| self.quasi(q)).collect();
                let values = t.quasi.expressions.iter().map(|x| self.expr(x)).collect();
                ExprKind::TaggedTemplate(Box::new(TaggedTemplate { tag, quasis, values }))
            }
            E::ThisExpression(_) => ExprKind::This,
            E::UnaryExpression(u) => {
                let operand = self.expr(&u.argument);
                let op = match u.operator {
                    ast::UnaryOperator::UnaryPlus => UnaryOp::Plus,
                    ast::UnaryOperator::UnaryNegation => UnaryOp::Minus,
                    ast::UnaryOperator::LogicalNot => UnaryOp::Not,
                    ast::UnaryOperator::BitwiseNot => UnaryOp::BitNot,
                    ast::UnaryOperator::Typeof => UnaryOp::TypeOf,
                    ast::UnaryOperator::Void => UnaryOp::Void,
                    ast::UnaryOperator::Delete => UnaryOp::Delete,
                };
                ExprKind::Unary { op, operand }
            }
            E::UpdateExpression(u) => ExprKind::Unary {
                op: UnaryOp::Update,
                operand: self.simple_target_expr(&u.argument),
            },
            E::YieldExpression(y) => ExprKind::Yield(y.argument.as_ref().map(|a| self.expr(a))),
            E::PrivateInExpression(p) => {
                let right = self.expr(&p.right);
                ExprKind::Unknown(List::from([right]))
            }
            E::ImportMeta(_) => ExprKind::ImportMeta,
            E::NewTarget(_) => ExprKind::Unknown(List::default()),
            E::JSXElement(x) => return self.jsx_element(x),
            E::JSXFragment(x) => return self.jsx_fragment(x),
            E::TSAsExpression(x) => return self.expr(&x.expression),
            E::TSSatisfiesExpression(x) => return self.expr(&x.expression),
            E::TSTypeAssertion(x) => return self.expr(&x.expression),
            E::TSNonNullExpression(x) => return self.expr(&x.expression),
            E::TSInstantiationExpression(x) => return self.expr(&x.expression),
            E::V8IntrinsicExpression(x) => {
                let parts = self.args(&x.arguments);
                ExprKind::Unknown(parts.iter().map(|a| a.value).collect())
            }
            E::ComputedMemberExpression(m) => return self.computed_member(m),
            E::StaticMemberExpression(m) => return self.static_member(m),
            E::PrivateFieldExpression(m) => return self.private_member(m),
        };
        self.push_expr(span, kind)
    }

    /// `a + b + c + …` leans to the left: walked as a loop.
    fn binary_chain(&mut self, e: &ast::Expression<'_>) -> ExprId {
        let mut spine = Vec::new();
        let mut at = e;
        loop {
            at = match at {
                ast::Expression::BinaryExpression(b) => {
                    spine.push((binary_op(b.operator), &b.right, b.span));
                    &b.left
                }
                ast::Expression::LogicalExpression(b) => {
                    spine.push((logical_op(b.operator), &b.right, b.span));
                    &b.left
                }
                _ => break,
            };
        }
        let mut left = self.expr(at);
        for (op, right, span) in spine.into_iter().rev() {
            let right = self.expr(right);
            left = self.push_expr(span, ExprKind::Binary { op, left, right });
        }
        left
    }

    fn chain(&mut self, element: &ast::ChainElement<'_>, span: oxc_span::Span) -> ExprId {
        use ast::ChainElement as C;
        match element {
            C::CallExpression(c) => self.call(c),
            C::TSNonNullExpression(x) => self.expr(&x.expression),
            C::ComputedMemberExpression(m) => self.computed_member(m),
            C::StaticMemberExpression(m) => self.static_member(m),
            C::PrivateFieldExpression(m) => self.private_member(m),
            #[allow(unreachable_patterns)]
            _ => self.push_expr(span, ExprKind::Unknown(List::default())),
        }
    }

    fn call(&mut self, c: &ast::CallExpression<'_>) -> ExprId {
        let callee = self.expr(&c.callee);
        let args = self.args(&c.arguments);
        self.push_expr(c.span, ExprKind::Call { callee, args, new: false })
    }

    pub(super) fn static_member(&mut self, m: &ast::StaticMemberExpression<'_>) -> ExprId {
        let object = self.expr(&m.object);
        let property = self.sym(m.property.name.as_str());
        self.push_expr(m.span, ExprKind::Member { object, property })
    }

    pub(super) fn private_member(&mut self, m: &ast::PrivateFieldExpression<'_>) -> ExprId {
        let object = self.expr(&m.object);
        let property = self.sym(&format!("#{}", m.field.name.as_str()));
        self.push_expr(m.span, ExprKind::Member { object, property })
    }

    pub(super) fn computed_member(&mut self, m: &ast::ComputedMemberExpression<'_>) -> ExprId {
        let object = self.expr(&m.object);
        if let ast::Expression::StringLiteral(s) = &m.expression {
            let property = self.sym(s.value.as_str());
            return self.push_expr(m.span, ExprKind::Member { object, property });
        }
        let index = self.expr(&m.expression);
        self.push_expr(m.span, ExprKind::Index { object, index })
    }

    pub(super) fn args(&mut self, args: &[ast::Argument<'_>]) -> List<Arg> {
        args.iter()
            .map(|a| match a {
                ast::Argument::SpreadElement(s) => Arg {
                    name: None,
                    value: self.expr(&s.argument),
                    spread: true,
                    kw_spread: false,
                },
                other => {
                    let value = match other.as_expression() {
                        Some(e) => self.expr(e),
                        None => self.push_expr(other.span(), ExprKind::Unknown(List::default())),
                    };
                    Arg {
                        name: None,
                        value,
                        spread: false,
                        kw_spread: false,
                    }
                }
            })
            .collect()
    }

    fn array_element(&mut self, el: &ast::ArrayExpressionElement<'_>) -> ExprId {
        match el {
            ast::ArrayExpressionElement::SpreadElement(s) => {
                let value = self.expr(&s.argument);
                self.push_expr(s.span, ExprKind::Spread(value))
            }
            ast::ArrayExpressionElement::Elision(x) => self.push_expr(x.span, ExprKind::Undefined),
            other => match other.as_expression() {
                Some(e) => self.expr(e),
                None => self.push_expr(other.span(), ExprKind::Undefined),
            },
        }
    }

    fn property(&mut self, p: &ast::ObjectPropertyKind<'_>) -> Option<Prop> {
        match p {
            ast::ObjectPropertyKind::SpreadProperty(s) => Some(Prop::Spread(self.expr(&s.argument))),
            ast::ObjectPropertyKind::ObjectProperty(p) => {
                let key = self.key(&p.key, p.computed);
                let accessor = |l: &mut Self| match &p.value {
                    ast::Expression::FunctionExpression(f) => Some(l.function_named(f, None, key)),
                    _ => None,
                };
                match p.kind {
                    ast::PropertyKind::Get => accessor(self).map(|function| Prop::Getter { key, function }),
                    ast::PropertyKind::Set => accessor(self).map(|function| Prop::Setter { key, function }),
                    ast::PropertyKind::Init => {
                        let value = match &p.value {
                            ast::Expression::FunctionExpression(f) if p.method => {
                                let function = self.function_named(f, None, key);
                                let doc = self.doc_at(p.span.start);
                                let slot = &mut self.module.functions[function.index()];
                                slot.doc = slot.doc.or(doc);
                                self.push_expr(f.span, ExprKind::Function(function))
                            }
                            other => self.expr(other),
                        };
                        Some(Prop::KeyValue { key, value })
                    }
                }
            }
        }
    }

    pub(super) fn key(&mut self, key: &ast::PropertyKey<'_>, computed: bool) -> Key {
        use ast::PropertyKey as K;
        match key {
            K::StaticIdentifier(id) => Key::Name(self.sym(id.name.as_str())),
            K::PrivateIdentifier(id) => Key::Name(self.sym(&format!("#{}", id.name.as_str()))),
            K::StringLiteral(s) => Key::Name(self.sym(s.value.as_str())),
            K::NumericLiteral(n) => Key::Name(self.sym(&number_key(n.value))),
            other => match other.as_expression() {
                Some(e) => {
                    debug_assert!(computed || matches!(e, ast::Expression::BigIntLiteral(_)));
                    Key::Computed(self.expr(e))
                }
                None => Key::Name(self.sym("")),
            },
        }
    }

    fn template(&mut self, t: &ast::TemplateLiteral<'_>) -> ExprId {
        if t.expressions.is_empty()
            && let Some(only) = t.quasis.first()
        {
            let sym = self.quasi(only);
            return self.push_expr(t.span, ExprKind::Str(sym));
        }
        let mut parts = Vec::with_capacity(t.quasis.len() + t.expressions.len());
        for (i, quasi) in t.quasis.iter().enumerate() {
            if !quasi.value.raw.is_empty() {
                let sym = self.quasi(quasi);
                parts.push(self.push_expr(quasi.span, ExprKind::Str(sym)));
            }
            if let Some(e) = t.expressions.get(i) {
                parts.push(self.expr(e));
            }
        }
        self.push_expr(t.span, ExprKind::Template(parts.into()))
    }

    fn quasi(&mut self, q: &ast::TemplateElement<'_>) -> Sym {
        let text: &str = q.value.cooked.as_ref().map_or(q.value.raw.as_str(), |c| c.as_str());
        self.sym(text)
    }

    fn jsx_element(&mut self, x: &ast::JSXElement<'_>) -> ExprId {
        use ast::JSXElementName as N;
        let opening = &x.opening_element;
        let tag = match &opening.name {
            N::Identifier(id) => self.str_expr(id.span, id.name.as_str()),
            N::IdentifierReference(id) => self.ident(id.span, id.name.as_str()),
            N::NamespacedName(n) => {
                let sym = self.sym(&format!("{}:{}", n.namespace.name.as_str(), n.name.name.as_str()));
                self.push_expr(n.span, ExprKind::Str(sym))
            }
            N::MemberExpression(m) => self.jsx_member(m),
            N::ThisExpression(t) => self.push_expr(t.span, ExprKind::This),
        };
        let mut props = Vec::new();
        for item in &opening.attributes {
            match item {
                ast::JSXAttributeItem::SpreadAttribute(s) => {
                    let value = self.expr(&s.argument);
                    props.push(Prop::Spread(value));
                }
                ast::JSXAttributeItem::Attribute(a) => {
                    let key = match &a.name {
                        ast::JSXAttributeName::Identifier(id) => self.sym(id.name.as_str()),
                        ast::JSXAttributeName::NamespacedName(n) => {
                            self.sym(&format!("{}:{}", n.namespace.name.as_str(), n.name.name.as_str()))
                        }
                    };
                    let value = match &a.value {
                        None => self.push_expr(a.span, ExprKind::Bool(true)),
                        Some(ast::JSXAttributeValue::StringLiteral(s)) => self.str_expr(s.span, s.value.as_str()),
                        Some(ast::JSXAttributeValue::ExpressionContainer(c)) => self.jsx_expression(&c.expression, c.span),
                        Some(ast::JSXAttributeValue::Element(e)) => self.jsx_child_element(e),
                        Some(ast::JSXAttributeValue::Fragment(f)) => self.jsx_fragment(f),
                    };
                    props.push(Prop::KeyValue {
                        key: Key::Name(key),
                        value,
                    });
                }
            }
        }
        let children = self.jsx_children(&x.children);
        self.push_expr(
            x.span,
            ExprKind::Jsx(Box::new(Jsx {
                tag,
                props: props.into(),
                children,
            })),
        )
    }

    fn jsx_child_element(&mut self, x: &ast::JSXElement<'_>) -> ExprId {
        self.deeper(|l| l.jsx_element(x))
            .unwrap_or_else(|| self.push_expr(x.span, ExprKind::Unknown(List::default())))
    }

    fn jsx_fragment(&mut self, x: &ast::JSXFragment<'_>) -> ExprId {
        let tag = self.str_expr(x.span, "");
        let children = self.deeper(|l| l.jsx_children(&x.children)).unwrap_or_default();
        self.push_expr(
            x.span,
            ExprKind::Jsx(Box::new(Jsx {
                tag,
                props: List::default(),
                children,
            })),
        )
    }

    fn jsx_member(&mut self, m: &ast::JSXMemberExpression<'_>) -> ExprId {
        use ast::JSXMemberExpressionObject as O;
        let object = match &m.object {
            O::IdentifierReference(id) => self.ident(id.span, id.name.as_str()),
            O::MemberExpression(inner) => self
                .deeper(|l| l.jsx_member(inner))
                .unwrap_or_else(|| self.push_expr(m.span, ExprKind::Unknown(List::default()))),
            O::ThisExpression(t) => self.push_expr(t.span, ExprKind::This),
        };
        let property = self.sym(m.property.name.as_str());
        self.push_expr(m.span, ExprKind::Member { object, property })
    }

    fn jsx_expression(&mut self, e: &ast::JSXExpression<'_>, span: oxc_span::Span) -> ExprId {
        match e.as_expression() {
            Some(e) => self.expr(e),
            None => self.push_expr(span, ExprKind::Undefined),
        }
    }

    fn jsx_children(&mut self, children: &[ast::JSXChild<'_>]) -> List<ExprId> {
        use ast::JSXChild as C;
        let mut out = Vec::new();
        for child in children {
            out.push(match child {
                C::Text(t) if t.value.trim().is_empty() => continue,
                C::Text(t) => self.str_expr(t.span, t.value.as_str()),
                C::Element(e) => self.jsx_child_element(e),
                C::Fragment(f) => self.jsx_fragment(f),
                C::ExpressionContainer(c) => self.jsx_expression(&c.expression, c.span),
                C::Spread(s) => self.expr(&s.expression),
            });
        }
        out.into()
    }
}

/// A number as a property name, as JavaScript prints it for whole numbers.
pub(super) fn number_key(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{}", value as i64)
    } else {
        value.to_string()
    }
}

fn binary_op(op: ast::BinaryOperator) -> BinaryOp {
    use ast::BinaryOperator as B;
    match op {
        B::Equality => BinaryOp::Eq,
        B::Inequality => BinaryOp::Ne,
        B::StrictEquality => BinaryOp::StrictEq,
        B::StrictInequality => BinaryOp::StrictNe,
        B::LessThan => BinaryOp::Lt,
        B::LessEqualThan => BinaryOp::Le,
        B::GreaterThan => BinaryOp::Gt,
        B::GreaterEqualThan => BinaryOp::Ge,
        B::Addition => BinaryOp::Add,
        B::Subtraction => BinaryOp::Sub,
        B::Multiplication => BinaryOp::Mul,
        B::Division => BinaryOp::Div,
        B::Remainder => BinaryOp::Mod,
        B::Exponential => BinaryOp::Pow,
        B::ShiftLeft => BinaryOp::Shl,
        B::ShiftRight | B::ShiftRightZeroFill => BinaryOp::Shr,
        B::BitwiseOR => BinaryOp::BitOr,
        B::BitwiseXOR => BinaryOp::BitXor,
        B::BitwiseAnd => BinaryOp::BitAnd,
        B::In => BinaryOp::In,
        B::Instanceof => BinaryOp::InstanceOf,
    }
}

fn logical_op(op: ast::LogicalOperator) -> BinaryOp {
    match op {
        ast::LogicalOperator::Or => BinaryOp::Or,
        ast::LogicalOperator::And => BinaryOp::And,
        ast::LogicalOperator::Coalesce => BinaryOp::Nullish,
    }
}

fn assignment_op(op: ast::AssignmentOperator) -> Option<BinaryOp> {
    use ast::AssignmentOperator as A;
    Some(match op {
        A::Assign => return None,
        A::Addition => BinaryOp::Add,
        A::Subtraction => BinaryOp::Sub,
        A::Multiplication => BinaryOp::Mul,
        A::Division => BinaryOp::Div,
        A::Remainder => BinaryOp::Mod,
        A::Exponential => BinaryOp::Pow,
        A::ShiftLeft => BinaryOp::Shl,
        A::ShiftRight | A::ShiftRightZeroFill => BinaryOp::Shr,
        A::BitwiseOR => BinaryOp::BitOr,
        A::BitwiseXOR => BinaryOp::BitXor,
        A::BitwiseAnd => BinaryOp::BitAnd,
        A::LogicalOr => BinaryOp::Or,
        A::LogicalAnd => BinaryOp::And,
        A::LogicalNullish => BinaryOp::Nullish,
    })
}
