//! Expressions.

use super::{Lowering, span};
use crate::ir::{self, Arg, BinaryOp, Block, Clause, ExprId, ExprKind, FnId, Function, Key, List, PatKind, Prop, Span, StmtKind, UnaryOp};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

/// Longest string that is read as an annotation, in bytes.
const MAX_STRING_ANNOTATION: usize = 1_000;

impl Lowering<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> ExprId {
        match self.deeper(|this| this.expr_inner(expr)) {
            Some(id) => id,
            None => self.unknown(expr.range()),
        }
    }

    fn expr_inner(&mut self, expr: &Expr) -> ExprId {
        let at = span(expr.range());
        match expr {
            Expr::BoolOp(e) => self.bool_op(e, at),
            Expr::Named(e) => {
                let value = self.expr(&e.value);
                let target = self.target(&e.target);
                self.push_expr(at, ExprKind::Assign { target, op: None, value })
            }
            Expr::BinOp(e) => self.bin_op(e),
            Expr::UnaryOp(e) => {
                let op = match e.op {
                    ast::UnaryOp::Invert => UnaryOp::BitNot,
                    ast::UnaryOp::Not => UnaryOp::Not,
                    ast::UnaryOp::UAdd => UnaryOp::Plus,
                    ast::UnaryOp::USub => UnaryOp::Minus,
                };
                let operand = self.expr(&e.operand);
                self.push_expr(at, ExprKind::Unary { op, operand })
            }
            Expr::Lambda(e) => self.lambda(e, at),
            Expr::If(e) => {
                let test = self.expr(&e.test);
                let yes = self.expr(&e.body);
                let no = self.expr(&e.orelse);
                self.push_expr(at, ExprKind::Conditional { test, yes, no })
            }
            Expr::Dict(e) => self.dict(e, at),
            Expr::Set(e) => self.array(&e.elts, at),
            Expr::List(e) => self.array(&e.elts, at),
            Expr::Tuple(e) => self.array(&e.elts, at),
            Expr::ListComp(e) => self.comprehension(None, &e.elt, &e.generators, at),
            Expr::SetComp(e) => self.comprehension(None, &e.elt, &e.generators, at),
            Expr::Generator(e) => self.comprehension(None, &e.elt, &e.generators, at),
            Expr::DictComp(e) => self.comprehension(e.key.as_deref(), &e.value, &e.generators, at),
            Expr::Await(e) => {
                let value = self.expr(&e.value);
                self.push_expr(at, ExprKind::Await(value))
            }
            Expr::Yield(e) => {
                let value = e.value.as_deref().map(|value| self.expr(value));
                self.yields(at, value)
            }
            Expr::YieldFrom(e) => {
                let value = self.expr(&e.value);
                self.yields(at, Some(value))
            }
            Expr::Compare(e) => self.compare(e),
            Expr::Call(e) => self.call(e, at),
            Expr::FString(e) => self.f_string(e, at),
            Expr::TString(e) => {
                let mut parts = Vec::new();
                for element in e.value.elements() {
                    self.interpolated(element, &mut parts);
                }
                self.push_expr(at, ExprKind::Unknown(parts.into()))
            }
            Expr::StringLiteral(e) => {
                let text = self.sym(e.value.to_str());
                self.push_expr(at, ExprKind::Str(text))
            }
            Expr::BytesLiteral(e) => {
                let bytes: Vec<u8> = e.value.iter().flat_map(|part| part.value.iter().copied()).collect();
                let text = self.sym(&String::from_utf8_lossy(&bytes));
                self.push_expr(at, ExprKind::Str(text))
            }
            Expr::NumberLiteral(e) => {
                let kind = match &e.value {
                    ast::Number::Int(int) => ExprKind::Number(
                        int.as_i64()
                            .map_or_else(|| int.to_string().parse().unwrap_or(f64::INFINITY), |i| i as f64),
                    ),
                    ast::Number::Float(float) => ExprKind::Number(*float),
                    ast::Number::Complex { .. } => ExprKind::Unknown(List::default()),
                };
                self.push_expr(at, kind)
            }
            Expr::BooleanLiteral(e) => self.push_expr(at, ExprKind::Bool(e.value)),
            Expr::NoneLiteral(_) => self.push_expr(at, ExprKind::Null),
            Expr::EllipsisLiteral(_) => {
                let name = self.sym("Ellipsis");
                self.push_expr(at, ExprKind::Ident(name))
            }
            Expr::Attribute(e) => {
                let object = self.expr(&e.value);
                let property = self.sym(e.attr.as_str());
                self.push_expr(at, ExprKind::Member { object, property })
            }
            Expr::Subscript(e) => {
                let object = self.expr(&e.value);
                let index = self.expr(&e.slice);
                self.push_expr(at, ExprKind::Index { object, index })
            }
            Expr::Starred(e) => {
                let value = self.expr(&e.value);
                self.push_expr(at, ExprKind::Spread(value))
            }
            Expr::Name(e) if e.is_invalid() || e.id.is_empty() => self.unknown(e.range()),
            Expr::Name(e) => {
                let name = self.sym(e.id.as_str());
                self.push_expr(at, ExprKind::Ident(name))
            }
            Expr::Slice(e) => {
                let parts: Vec<_> = [&e.lower, &e.upper, &e.step]
                    .into_iter()
                    .flatten()
                    .map(|part| self.expr(part))
                    .collect();
                self.push_expr(at, ExprKind::Unknown(parts.into()))
            }
            Expr::IpyEscapeCommand(_) => self.unknown(expr.range()),
        }
    }

    fn bool_op(&mut self, e: &ast::ExprBoolOp, at: Span) -> ExprId {
        let op = match e.op {
            ast::BoolOp::And => BinaryOp::And,
            ast::BoolOp::Or => BinaryOp::Or,
        };
        let mut all = e.values.iter();
        let Some(first) = all.next() else {
            return self.push_expr(at, ExprKind::Unknown(List::default()));
        };
        let mut left = self.expr(first);
        for value in all {
            let right = self.expr(value);
            left = self.push_expr(
                Span {
                    start: at.start,
                    end: span(value.range()).end,
                },
                ExprKind::Binary { op, left, right },
            );
        }
        left
    }

    /// A chain of operators leans left and may be thousands long (texts put together over many lines): walked, not recursed.
    fn bin_op(&mut self, e: &ast::ExprBinOp) -> ExprId {
        let mut chain = vec![e];
        while let Expr::BinOp(inner) = chain[chain.len() - 1].left.as_ref() {
            chain.push(inner);
        }
        let mut left = self.expr(&chain[chain.len() - 1].left);
        for link in chain.into_iter().rev() {
            let right = self.expr(&link.right);
            left = self.push_expr(
                span(link.range()),
                ExprKind::Binary {
                    op: operator(link.op),
                    left,
                    right,
                },
            );
        }
        left
    }

    fn compare(&mut self, e: &ast::ExprCompare) -> ExprId {
        let mut left = self.expr(&e.left);
        let mut start = e.left.range().start();
        let mut all = None;
        for (op, comparator) in e.ops.iter().zip(&e.comparators) {
            let op = match op {
                ast::CmpOp::Eq => BinaryOp::Eq,
                ast::CmpOp::NotEq => BinaryOp::Ne,
                ast::CmpOp::Lt => BinaryOp::Lt,
                ast::CmpOp::LtE => BinaryOp::Le,
                ast::CmpOp::Gt => BinaryOp::Gt,
                ast::CmpOp::GtE => BinaryOp::Ge,
                ast::CmpOp::Is => BinaryOp::StrictEq,
                ast::CmpOp::IsNot => BinaryOp::StrictNe,
                ast::CmpOp::In => BinaryOp::In,
                ast::CmpOp::NotIn => BinaryOp::NotIn,
            };
            let right = self.expr(comparator);
            let at = span(TextRange::new(start, comparator.range().end()));
            let one = self.push_expr(at, ExprKind::Binary { op, left, right });
            all = Some(match all {
                None => one,
                Some(before) => {
                    let at = span(TextRange::new(e.range().start(), comparator.range().end()));
                    self.push_expr(
                        at,
                        ExprKind::Binary {
                            op: BinaryOp::And,
                            left: before,
                            right: one,
                        },
                    )
                }
            });
            left = right;
            start = comparator.range().start();
        }
        all.unwrap_or(left)
    }

    fn array(&mut self, elements: &[Expr], at: Span) -> ExprId {
        let elements: Vec<_> = elements.iter().map(|element| self.expr(element)).collect();
        self.push_expr(at, ExprKind::Array(elements.into()))
    }

    fn dict(&mut self, e: &ast::ExprDict, at: Span) -> ExprId {
        let mut props = Vec::with_capacity(e.items.len());
        for item in &e.items {
            let prop = match &item.key {
                Some(Expr::StringLiteral(key)) => {
                    let key = Key::Name(self.sym(key.value.to_str()));
                    Prop::KeyValue {
                        key,
                        value: self.expr(&item.value),
                    }
                }
                Some(key) => {
                    let key = Key::Computed(self.expr(key));
                    Prop::KeyValue {
                        key,
                        value: self.expr(&item.value),
                    }
                }
                None => Prop::Spread(self.expr(&item.value)),
            };
            props.push(prop);
        }
        self.push_expr(at, ExprKind::Object(props.into()))
    }

    fn comprehension(&mut self, key: Option<&Expr>, element: &Expr, generators: &[ast::Comprehension], at: Span) -> ExprId {
        let mut clauses = Vec::with_capacity(generators.len());
        for generator in generators {
            let iterable = self.expr(&generator.iter);
            let pattern = self.target(&generator.target);
            let conditions: Vec<_> = generator.ifs.iter().map(|condition| self.expr(condition)).collect();
            clauses.push(Clause {
                pattern,
                iterable,
                conditions: conditions.into(),
            });
        }
        let key = key.map(|key| self.expr(key));
        let element = self.expr(element);
        self.push_expr(
            at,
            ExprKind::Comprehension(Box::new(ir::Comprehension {
                key,
                element,
                clauses: clauses.into(),
            })),
        )
    }

    fn yields(&mut self, at: Span, value: Option<ExprId>) -> ExprId {
        if let Some(function) = self.functions.last() {
            self.module.functions[function.index()].is_generator = true;
        }
        self.push_expr(at, ExprKind::Yield(value))
    }

    fn call(&mut self, e: &ast::ExprCall, at: Span) -> ExprId {
        let callee = self.expr(&e.func);
        let mut args = Vec::with_capacity(e.arguments.args.len() + e.arguments.keywords.len());
        for arg in &e.arguments.args {
            let (value, spread) = match arg {
                Expr::Starred(starred) => (self.expr(&starred.value), true),
                plain => (self.expr(plain), false),
            };
            args.push(Arg {
                name: None,
                value,
                spread,
                kw_spread: false,
            });
        }
        for keyword in &e.arguments.keywords {
            let name = keyword.arg.as_ref().map(|name| self.sym(name.as_str()));
            let value = self.expr(&keyword.value);
            args.push(Arg {
                name,
                value,
                spread: false,
                kw_spread: name.is_none(),
            });
        }
        self.push_expr(
            at,
            ExprKind::Call {
                callee,
                args: args.into(),
                new: false,
            },
        )
    }

    fn f_string(&mut self, e: &ast::ExprFString, at: Span) -> ExprId {
        let mut parts = Vec::new();
        for part in &e.value {
            match part {
                ast::FStringPart::Literal(literal) => {
                    let text = self.sym(&literal.value);
                    let id = self.push_expr(span(literal.range()), ExprKind::Str(text));
                    parts.push(id);
                }
                ast::FStringPart::FString(f_string) => {
                    for element in &f_string.elements {
                        self.interpolated(element, &mut parts);
                    }
                }
            }
        }
        self.push_expr(at, ExprKind::Template(parts.into()))
    }

    fn interpolated(&mut self, element: &ast::InterpolatedStringElement, parts: &mut Vec<ExprId>) {
        match element {
            ast::InterpolatedStringElement::Literal(literal) => {
                let text = self.sym(&literal.value);
                parts.push(self.push_expr(span(literal.range()), ExprKind::Str(text)));
            }
            ast::InterpolatedStringElement::Interpolation(value) => {
                let at = span(value.range());
                if let Some(debug) = &value.debug_text {
                    let text = self.sym(debug.as_str());
                    parts.push(self.push_expr(at, ExprKind::Str(text)));
                }
                let inner = self.expr(&value.expression);
                let plain = value.format_spec.is_none()
                    && value.debug_text.is_none()
                    && matches!(value.conversion, ast::ConversionFlag::None | ast::ConversionFlag::Str);
                if plain {
                    parts.push(inner);
                    return;
                }
                let mut inside = vec![inner];
                if let Some(spec) = &value.format_spec {
                    self.deeper(|this| {
                        for element in &spec.elements {
                            if let ast::InterpolatedStringElement::Interpolation(_) = element {
                                this.interpolated(element, &mut inside);
                            }
                        }
                    });
                }
                parts.push(self.push_expr(at, ExprKind::Unknown(inside.into())));
            }
        }
    }

    fn lambda(&mut self, e: &ast::ExprLambda, at: Span) -> ExprId {
        let params = e
            .parameters
            .as_deref()
            .map(|parameters| self.params(parameters))
            .unwrap_or_default();
        let id = FnId(self.module.functions.len() as u32);
        self.module.functions.push(Function {
            span: at,
            name: None,
            params: params.into(),
            body: Block::default(),
            is_async: false,
            is_generator: false,
            is_arrow: true,
            decorators: List::default(),
            returns: None,
            doc: None,
            class: None,
            parent: self.functions.last().copied(),
        });
        self.functions.push(id);
        let class = self.class.take();
        let value = self.expr(&e.body);
        self.class = class;
        self.functions.pop();
        let body = self.push_stmt(span(e.body.range()), StmtKind::Return(Some(value)));
        self.module.functions[id.index()].body = List::from([body]);
        self.push_expr(at, ExprKind::Function(id))
    }

    /// An annotation: as [`Self::expr`], and a string that is the whole annotation is read as the expression it spells.
    pub(super) fn annotation(&mut self, annotation: &Expr) -> ExprId {
        if let Expr::StringLiteral(literal) = annotation
            && let Some(single) = literal.as_single_part_string()
            && single.value.len() <= MAX_STRING_ANNOTATION
            && let Ok(parsed) = ruff_python_parser::parse_string_annotation(self.source, single)
        {
            return self.expr(parsed.expr());
        }
        self.expr(annotation)
    }

    /// What an assignment, loop or `with` writes to.
    pub(super) fn target(&mut self, target: &Expr) -> crate::ir::PatId {
        let at = span(target.range());
        match target {
            Expr::Name(name) if !name.is_invalid() && !name.id.is_empty() => {
                let name = self.sym(name.id.as_str());
                self.push_pat(at, PatKind::Ident(name))
            }
            Expr::Attribute(_) | Expr::Subscript(_) => {
                let written = self.expr(target);
                self.push_pat(at, PatKind::Target(written))
            }
            Expr::Tuple(tuple) => self.sequence_target(&tuple.elts, at),
            Expr::List(list) => self.sequence_target(&list.elts, at),
            Expr::Starred(starred) => match self.deeper(|this| this.target(&starred.value)) {
                Some(id) => id,
                None => self.push_pat(at, PatKind::Unknown),
            },
            _ => self.push_pat(at, PatKind::Unknown),
        }
    }

    /// `a, *b, c`: what follows the star stands at no known index, so it is taken from the rest by an unknown key.
    fn sequence_target(&mut self, targets: &[Expr], at: Span) -> crate::ir::PatId {
        let star = targets.iter().position(|target| matches!(target, Expr::Starred(_)));
        let (before, from_star) = targets.split_at(star.unwrap_or(targets.len()));
        let kind = self.deeper(|this| {
            let elements: Vec<_> = before.iter().map(|target| Some(this.target(target))).collect();
            let rest = from_star.split_first().map(|(star, after)| {
                let rest = this.target(star);
                if after.is_empty() {
                    return rest;
                }
                let mut props = Vec::with_capacity(after.len());
                for target in after {
                    let key = Key::Computed(this.unknown(target.range()));
                    props.push((key, this.target(target)));
                }
                this.push_pat(
                    at,
                    PatKind::Object {
                        props: props.into(),
                        rest: Some(rest),
                    },
                )
            });
            PatKind::Array {
                elements: elements.into(),
                rest,
            }
        });
        self.push_pat(at, kind.unwrap_or(PatKind::Unknown))
    }
}

pub(super) fn operator(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Sub => BinaryOp::Sub,
        ast::Operator::Mult => BinaryOp::Mul,
        ast::Operator::MatMult => BinaryOp::MatMul,
        ast::Operator::Div => BinaryOp::Div,
        ast::Operator::Mod => BinaryOp::Mod,
        ast::Operator::Pow => BinaryOp::Pow,
        ast::Operator::LShift => BinaryOp::Shl,
        ast::Operator::RShift => BinaryOp::Shr,
        ast::Operator::BitOr => BinaryOp::BitOr,
        ast::Operator::BitXor => BinaryOp::BitXor,
        ast::Operator::BitAnd => BinaryOp::BitAnd,
        ast::Operator::FloorDiv => BinaryOp::FloorDiv,
    }
}
