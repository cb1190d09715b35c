//! What an expression becomes, and the arguments, objects and strings in it.

use crate::ir::{Arg, BinaryOp, ExprId, ExprKind, Key, List, Prop, Span, Sym, UnaryOp};
use crate::sitter::form::{Form, Sel};
use crate::sitter::text::{self, Escapes};
use crate::sitter::{Lowering, child, named, span};
use tree_sitter::Node;

impl Lowering<'_> {
    /// An expression, or nothing for what stands for none.
    pub(crate) fn value(&mut self, node: Node<'_>) -> Option<ExprId> {
        (!matches!(self.form(node), Some(Form::Skip))).then(|| self.expr(node))
    }

    pub(crate) fn expr(&mut self, node: Node<'_>) -> ExprId {
        if self.depth >= self.max_depth {
            return self.unknown(span(node), Vec::new());
        }
        self.depth += 1;
        let form = self.form(node);
        let id = match form {
            Some(form) => self.expr_here(node, form),
            None => {
                let parts = self.parts(node);
                self.unknown(span(node), parts)
            }
        };
        self.depth -= 1;
        id
    }

    pub(crate) fn parts(&mut self, node: Node<'_>) -> Vec<ExprId> {
        named(node).into_iter().filter_map(|n| self.value(n)).collect()
    }

    pub(in crate::sitter) fn expr_here(&mut self, node: Node<'_>, form: Form) -> ExprId {
        let at = span(node);
        let kind = match form {
            Form::Skip => ExprKind::Unknown(List::default()),
            Form::Through => {
                let mut inner = named(node);
                inner.retain(|n| !matches!(self.form(*n), Some(Form::Skip | Form::Type)));
                let mut parts: Vec<ExprId> = inner.into_iter().map(|n| self.expr(n)).collect();
                if parts.len() == 1 {
                    return parts.remove(0);
                }
                ExprKind::Unknown(parts.into())
            }
            Form::Ident => {
                let name = self.text(node);
                ExprKind::Ident(self.sym(name.trim_start_matches(['$', '@'])))
            }
            Form::This => ExprKind::This,
            Form::Super => ExprKind::Super,
            Form::Null => ExprKind::Null,
            Form::Bool(b) => ExprKind::Bool(b),
            Form::Number => number(self.text(node)).map_or_else(|| ExprKind::Unknown(List::default()), ExprKind::Number),
            Form::Str => return self.string_node(node),
            Form::Symbol => {
                let name = self.text(node);
                ExprKind::Str(self.sym(name.trim_matches([':', '"'])))
            }
            Form::Member(object, property) => {
                let Some(property) = child(node, property) else {
                    return self.rest(node);
                };
                let property = self.name_of(property);
                match child(node, object) {
                    Some(object) => ExprKind::Member {
                        object: self.expr(object),
                        property,
                    },
                    None => ExprKind::Ident(property),
                }
            }
            Form::Index(object, index) => match (child(node, object), child(node, index)) {
                (Some(object), Some(index)) => ExprKind::Index {
                    object: self.expr(object),
                    index: self.expr(index),
                },
                _ => return self.rest(node),
            },
            Form::Call(callee, args) => {
                let Some(callee) = child(node, callee) else {
                    return self.rest(node);
                };
                let callee = self.expr(callee);
                let args = child(node, args).map(|n| self.args(n)).unwrap_or_default();
                ExprKind::Call {
                    callee,
                    args: args.into(),
                    new: false,
                }
            }
            Form::Method(object, name, args) => {
                let Some(name_node) = child(node, name) else {
                    return self.rest(node);
                };
                let property = self.name_of(name_node);
                let callee = match child(node, object) {
                    Some(object) => {
                        let object = self.expr(object);
                        self.push_expr(at, ExprKind::Member { object, property })
                    }
                    None => self.push_expr(span(name_node), ExprKind::Ident(property)),
                };
                let args = child(node, args).map(|n| self.args(n)).unwrap_or_default();
                ExprKind::Call {
                    callee,
                    args: args.into(),
                    new: false,
                }
            }
            Form::New(class, args, init) => {
                let callee = match child(node, class) {
                    Some(class) => self.ty(class),
                    None => self.unknown(at, Vec::new()),
                };
                let mut list = child(node, args).map(|n| self.args(n)).unwrap_or_default();
                if let Some(init) = child(node, init) {
                    let value = self.object(init);
                    list.push(plain(value));
                }
                ExprKind::Call {
                    callee,
                    args: list.into(),
                    new: true,
                }
            }
            Form::Array => ExprKind::Array(self.parts(node).into()),
            Form::Object => return self.object(node),
            Form::Binary(left, right) => match (child(node, left), child(node, right)) {
                (Some(l), Some(r)) => {
                    let operator = self.source.get(l.end_byte()..r.start_byte()).unwrap_or("").trim();
                    let (left, right) = (self.expr(l), self.expr(r));
                    match binary(operator) {
                        Some(op) => ExprKind::Binary { op, left, right },
                        // Ruby asks a text for a pattern so.
                        None if matches!(operator, "=~" | "!~") => {
                            let matched = self.matched(span(node), left, right);
                            if operator == "=~" {
                                return matched;
                            }
                            ExprKind::Unary {
                                op: UnaryOp::Not,
                                operand: matched,
                            }
                        }
                        None => ExprKind::Unknown([left, right].into()),
                    }
                }
                _ => return self.rest(node),
            },
            Form::Unary => {
                let Some(operand) = named(node).pop() else {
                    return self.rest(node);
                };
                let sign = self.source.get(node.start_byte()..operand.start_byte()).unwrap_or("").trim();
                let operand = self.expr(operand);
                let op = match sign {
                    "!" | "not" => UnaryOp::Not,
                    "-" => UnaryOp::Minus,
                    "+" => UnaryOp::Plus,
                    "~" | "^" => UnaryOp::BitNot,
                    // References, dereferences, channel reads: the operand stands for them.
                    _ => return operand,
                };
                ExprKind::Unary { op, operand }
            }
            Form::Assign(left, right) => match (child(node, left), child(node, right)) {
                (Some(l), Some(r)) => {
                    let operator = self.source.get(l.end_byte()..r.start_byte()).unwrap_or("").trim();
                    let op = binary(operator.trim_end_matches('=')).filter(|_| operator.len() > 1 && operator != ":=");
                    let value = self.expr(r);
                    let target = self.pattern(l);
                    ExprKind::Assign { target, op, value }
                }
                _ => return self.rest(node),
            },
            Form::Conditional(test, yes, no) => {
                let part = |l: &mut Self, sel: Sel| {
                    let part = child(node, sel).map(|n| l.expr(n));
                    part.unwrap_or_else(|| l.unknown(at, Vec::new()))
                };
                let (test, yes, no) = (part(self, test), part(self, yes), part(self, no));
                ExprKind::Conditional { test, yes, no }
            }
            Form::If(test, yes, no) => {
                let test = child(node, test).map(|n| self.expr(n));
                let test = test.unwrap_or_else(|| self.unknown(at, Vec::new()));
                let (yes, no) = (child(node, yes), child(node, no));
                if [yes, no].into_iter().flatten().any(|n| !self.is_plain_branch(n)) {
                    return self.valued_if(at, test, yes, no);
                }
                let yes = yes.map(|n| self.expr(n));
                let yes = yes.unwrap_or_else(|| self.unknown(at, Vec::new()));
                match no {
                    Some(no) => {
                        let no = self.expr(no);
                        ExprKind::Conditional { test, yes, no }
                    }
                    None => ExprKind::Unknown([test, yes].into()),
                }
            }
            Form::Lambda(params, body) => ExprKind::Function(self.lambda(node, params, body)),
            Form::Await => match child(node, "#0") {
                Some(value) => ExprKind::Await(self.expr(value)),
                None => ExprKind::Unknown(List::default()),
            },
            Form::Spread => match child(node, "#0") {
                Some(value) => ExprKind::Spread(self.expr(value)),
                None => ExprKind::Unknown(List::default()),
            },
            Form::Type => return self.ty(node),
            Form::ExprStmt => {
                let parts = self.parts(node);
                return match parts.as_slice() {
                    [one] => *one,
                    _ => self.unknown(at, parts),
                };
            }
            Form::Block | Form::Scope => return self.block_value(node),
            Form::Special(special) => {
                return match special(self, node) {
                    Some(id) => id,
                    None => self.unknown(at, Vec::new()),
                };
            }
            Form::Class(name, bases, body) => ExprKind::Class(self.class(node, name, bases, body)),
            Form::Function(name, params, body, returns) => ExprKind::Function(self.function(node, name, params, body, returns)),
            // `x ?: return y`, `x ?? throw e`: it runs where there is no value, and then nothing follows.
            Form::Return | Form::Throw => ExprKind::Unknown(self.parts(node).into()),
            // Statements that stand where a value is wanted.
            Form::While(..) | Form::ForEach(..) | Form::Let(..) => {
                self.statement_here(node);
                ExprKind::Unknown(List::default())
            }
        };
        self.push_expr(at, kind)
    }

    pub(crate) fn rest(&mut self, node: Node<'_>) -> ExprId {
        let parts = self.parts(node);
        self.unknown(span(node), parts)
    }

    /// The value of a block: that of its last expression; the statements before it stand before.
    fn block_value(&mut self, node: Node<'_>) -> ExprId {
        let mut parts = named(node);
        let Some(last) = parts.pop() else {
            return self.unknown(span(node), Vec::new());
        };
        for part in parts {
            self.statement(part);
        }
        self.expr(last)
    }

    pub(crate) fn name_of(&mut self, node: Node<'_>) -> Sym {
        // `Name<T>` as a member: the name alone.
        let node = match node.kind() {
            "generic_name" | "generic_function" | "generic_type" => named(node).into_iter().next().unwrap_or(node),
            _ => node,
        };
        let text = self.text(node);
        self.sym(text.trim_start_matches(['$', '@', ':']))
    }

    pub(crate) fn args(&mut self, node: Node<'_>) -> Vec<Arg> {
        named(node).into_iter().filter_map(|n| self.arg(n)).collect()
    }

    pub(crate) fn arg(&mut self, node: Node<'_>) -> Option<Arg> {
        let entry = self.table.named_args.iter().find(|(kind, ..)| *kind == node.kind());
        let Some(&(kind, name, value)) = entry else {
            if matches!(self.form(node), Some(Form::Skip | Form::Type)) {
                return None;
            }
            let value = self.expr(node);
            let value_of = |l: &Self, id: ExprId| match l.module.expr(id).kind {
                ExprKind::Spread(inner) => Some(inner),
                _ => None,
            };
            return Some(match value_of(self, value) {
                Some(inner) => Arg {
                    name: None,
                    value: inner,
                    spread: true,
                    kw_spread: false,
                },
                None => plain(value),
            });
        };
        // A name only when something else is the value.
        let parts = named(node);
        let value_node = child(node, value)?;
        let name_node = child(node, name).filter(|n| n.id() != value_node.id());
        let named_by_sign = name_node.is_some_and(|n| {
            let between = self.source.get(n.end_byte()..value_node.start_byte()).unwrap_or("").trim();
            matches!(between, "=" | ":" | "=>") || kind == "pair" && between.is_empty()
        });
        if kind == "pair" && name_node.is_none_or(|n| n.kind() != "hash_key_symbol") {
            // `"a" => 1` among arguments is a hash.
            let object = self.object_of(span(node), &[node]);
            return Some(plain(object));
        }
        let name = name_node.filter(|_| named_by_sign).map(|n| self.name_of(n));
        let spread = self.text(node).starts_with("...") || parts.first().is_some_and(|p| p.kind() == "spread_operator");
        let value = self.expr(value_node);
        let (value, spread) = match self.module.expr(value).kind {
            ExprKind::Spread(inner) => (inner, true),
            _ => (value, spread),
        };
        Some(Arg {
            name,
            value,
            spread,
            kw_spread: false,
        })
    }

    /// An object of a node's pairs and assignments.
    pub(crate) fn object(&mut self, node: Node<'_>) -> ExprId {
        self.object_of(span(node), &named(node))
    }

    fn object_of(&mut self, at: Span, entries: &[Node<'_>]) -> ExprId {
        let mut props = Vec::with_capacity(entries.len());
        let mut bare = Vec::new();
        for entry in entries {
            match self.prop(*entry) {
                Some(prop) => props.push(prop),
                None => bare.extend(self.value(*entry)),
            }
        }
        if props.is_empty() && !bare.is_empty() {
            return self.push_expr(at, ExprKind::Array(bare.into()));
        }
        for value in bare {
            props.push(Prop::Spread(value));
        }
        self.push_expr(at, ExprKind::Object(props.into()))
    }

    fn prop(&mut self, node: Node<'_>) -> Option<Prop> {
        let (key, value) = match node.kind() {
            "pair" => (node.child_by_field_name("key"), node.child_by_field_name("value")),
            "assignment_expression" => (node.child_by_field_name("left"), node.child_by_field_name("right")),
            "keyed_element" => (node.child_by_field_name("key"), node.child_by_field_name("value")),
            "array_element_initializer" => {
                let parts = named(node);
                match parts.as_slice() {
                    [key, value] => (Some(*key), Some(*value)),
                    _ => return None,
                }
            }
            "field_initializer" => (node.child_by_field_name("field"), node.child_by_field_name("value")),
            "shorthand_field_initializer" => (child(node, "#-1"), child(node, "#-1")),
            _ => return None,
        };
        let (key, value) = (key?, value?);
        let value = self.expr(value);
        let key = self.key(key);
        Some(Prop::KeyValue { key, value })
    }

    pub(crate) fn key(&mut self, node: Node<'_>) -> Key {
        match node.kind() {
            "identifier" | "field_identifier" | "hash_key_symbol" | "name" | "shorthand_field_identifier" => Key::Name(self.name_of(node)),
            "literal_element" => match child(node, "#0") {
                Some(inner) => self.key(inner),
                None => Key::Name(self.name_of(node)),
            },
            // `["a"] = 1` of a C# initializer.
            "implicit_element_access" | "element_binding_expression" | "bracketed_argument_list" | "argument" => match child(node, "#0") {
                Some(inner) => self.key(inner),
                None => Key::Name(self.name_of(node)),
            },
            _ => {
                let key = self.expr(node);
                match self.module.expr(key).kind {
                    ExprKind::Str(sym) => Key::Name(sym),
                    _ => Key::Computed(key),
                }
            }
        }
    }

    pub(crate) fn string_node(&mut self, node: Node<'_>) -> ExprId {
        let at = span(node);
        let whole = self.text(node);
        let quoted = (self.table.quotes)(whole, node.kind());
        let start = node.start_byte() + (quoted.inner.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
        let end = start + quoted.inner.len();
        let mut cursor = node.walk();
        let holes: Vec<Node<'_>> = node
            .named_children(&mut cursor)
            .filter(|n| self.table.interpolations.contains(&n.kind()))
            .collect();
        let literal = |l: &mut Self, from: usize, to: usize| {
            let raw = l.source.get(from..to).unwrap_or("");
            text::unescape(raw, quoted.escapes)
        };
        if holes.is_empty() {
            let raw = self.source.get(start..end).unwrap_or("");
            let text = if quoted.dedent {
                let dedented = text::dedent(raw, quoted.escapes == Escapes::C && node.kind() != "raw_string_literal");
                text::unescape(&dedented, quoted.escapes)
            } else {
                text::unescape(raw, quoted.escapes)
            };
            return self.string(at, &text);
        }
        let mut parts = Vec::new();
        let mut from = start;
        for hole in holes {
            let text = literal(self, from, hole.start_byte());
            if !text.is_empty() {
                parts.push(self.string(at, &text));
            }
            let inner = named(hole);
            parts.push(match inner.as_slice() {
                [one] if hole.kind().contains("interpolation") => self.expr(*one),
                _ if hole.kind().contains("interpolation") => match inner.iter().find(|n| self.form(**n).is_some()) {
                    Some(n) => self.expr(*n),
                    None => self.unknown(span(hole), Vec::new()),
                },
                _ => self.expr(hole),
            });
            from = hole.end_byte();
        }
        let text = literal(self, from.min(end), end);
        if !text.is_empty() {
            parts.push(self.string(at, &text));
        }
        self.push_expr(at, ExprKind::Template(parts.into()))
    }
}

/// A cast: the operand stands for it.
pub(in crate::sitter) fn cast(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    Some(l.expr(node.child_by_field_name("value")?))
}

pub(in crate::sitter) fn plain(value: ExprId) -> Arg {
    Arg {
        name: None,
        value,
        spread: false,
        kw_spread: false,
    }
}

fn number(text: &str) -> Option<f64> {
    let text = text.replace('_', "");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'a'..='f' | 'A'..='F'));
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(rest) = text.to_ascii_lowercase().strip_prefix(prefix) {
            return i64::from_str_radix(rest.trim_end_matches(['u', 'l', 'i']), radix)
                .ok()
                .map(|n| n as f64);
        }
    }
    let end = digits
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-')))
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

fn binary(op: &str) -> Option<BinaryOp> {
    Some(match op {
        // `.` of PHP joins texts; so does `<<` of Ruby, which is left unknown.
        "+" | "." => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "%" => BinaryOp::Mod,
        "**" => BinaryOp::Pow,
        "&" => BinaryOp::BitAnd,
        "|" => BinaryOp::BitOr,
        "^" => BinaryOp::BitXor,
        "==" | "===" => BinaryOp::Eq,
        "!=" | "!==" | "<>" => BinaryOp::Ne,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::Le,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::Ge,
        "&&" | "and" => BinaryOp::And,
        "||" | "or" => BinaryOp::Or,
        "??" | "?:" => BinaryOp::Nullish,
        "in" => BinaryOp::In,
        "!in" => BinaryOp::NotIn,
        _ => return None,
    })
}
