//! The walk: a node's form says what it becomes.

use super::form::{Form, Sel};
use super::text::{self, Escapes};
use super::{Lowering, child, child_of_kind, named, rust, span};
use crate::ir::{
    Arg, BinaryOp, Block, Class, ClassId, ExprId, ExprKind, FnId, Function, Handler, Import, Key, Language, Member, MemberKind, Param,
    ParamKind, PatId, PatKind, Prop, Span, StmtKind, Sym, UnaryOp,
};
use tree_sitter::Node;

impl Lowering<'_> {
    // ---- statements ----

    /// The statements of a node, as a block of their own.
    pub(super) fn block_of(&mut self, node: Node<'_>) -> Block {
        let around = std::mem::take(&mut self.out);
        self.statements(node);
        std::mem::replace(&mut self.out, around).into()
    }

    /// Runs `work` and takes the statements it leaves as a block.
    pub(super) fn in_block(&mut self, work: impl FnOnce(&mut Self)) -> Block {
        let around = std::mem::take(&mut self.out);
        work(self);
        std::mem::replace(&mut self.out, around).into()
    }

    /// Every child as a statement of the block being lowered.
    pub(super) fn statements(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.statement(child);
        }
    }

    /// Comments and attributes are kept for what they stand before; true when the node was one.
    pub(super) fn leading(&mut self, node: Node<'_>) -> bool {
        if node.kind().contains("comment") {
            if let Some(doc) = text::doc_comment(self.text(node)) {
                self.docs.push(doc);
            }
            return true;
        }
        if node.kind() == "attribute_item" {
            let attribute = rust::attribute(self, node);
            self.attributes.extend(attribute);
            return true;
        }
        false
    }

    pub(super) fn take_doc(&mut self) -> Option<Sym> {
        let lines = std::mem::take(&mut self.docs);
        let text = lines.join("\n");
        let text = text.trim();
        (!text.is_empty()).then(|| self.sym(text))
    }

    pub(super) fn statement(&mut self, node: Node<'_>) {
        if self.leading(node) {
            return;
        }
        if self.depth >= self.max_depth {
            let unknown = self.unknown(span(node), Vec::new());
            self.push_stmt(span(node), StmtKind::Expr(unknown));
            return;
        }
        self.depth += 1;
        self.statement_here(node);
        self.depth -= 1;
    }

    fn statement_here(&mut self, node: Node<'_>) {
        let at = span(node);
        let Some(form) = self.form(node) else {
            // A node that no table names: what stands in it still counts.
            if node.named_child_count() > 0 {
                self.statements(node);
            }
            return;
        };
        match form {
            Form::Skip | Form::Type => {}
            Form::Scope => self.statements(node),
            Form::ExprStmt => {
                for part in named(node) {
                    self.statement(part);
                }
            }
            Form::Block => {
                let block = self.block_of(node);
                self.push_stmt(at, StmtKind::Block(block));
            }
            Form::Return => {
                let values: Vec<ExprId> = named(node).into_iter().filter_map(|n| self.value(n)).collect();
                let value = self.one_of(at, values);
                self.push_stmt(at, StmtKind::Return(value));
            }
            Form::Throw => {
                let value = child(node, "#0").map(|n| self.expr(n));
                self.push_stmt(at, StmtKind::Throw(value));
            }
            Form::If { test, yes, no } => {
                let test = child(node, test).map(|n| self.expr(n));
                let test = test.unwrap_or_else(|| self.unknown(at, Vec::new()));
                let then = child(node, yes).map(|n| self.branch(n)).unwrap_or_default();
                let otherwise = child(node, no).map(|n| self.branch(n)).unwrap_or_default();
                self.push_stmt(at, StmtKind::If { test, then, otherwise });
            }
            Form::While { test, body } => {
                let test = child(node, test).map(|n| self.expr(n));
                let body = child(node, body).map(|n| self.branch(n)).unwrap_or_default();
                self.push_loop(at, test, body);
            }
            Form::ForEach { pattern, iterable, body } => {
                let iterable = child(node, iterable).map(|n| self.expr(n));
                let iterable = iterable.unwrap_or_else(|| self.unknown(at, Vec::new()));
                let pattern = child(node, pattern).map(|n| self.pattern(n));
                let pattern = pattern.unwrap_or_else(|| self.push_pat(at, PatKind::Unknown));
                let body = child(node, body).map(|n| self.branch(n)).unwrap_or_default();
                self.push_each(at, pattern, iterable, body);
            }
            Form::Let { pattern, value, ty, kind } => {
                let init = child(node, value).and_then(|n| self.value(n));
                let annotation = child(node, ty).map(|n| self.ty(n));
                if let Some(pattern) = child(node, pattern) {
                    let pattern = self.pattern(pattern);
                    self.push_stmt(
                        at,
                        StmtKind::Let {
                            kind,
                            pattern,
                            init,
                            annotation,
                        },
                    );
                }
            }
            Form::Function {
                name,
                params,
                body,
                returns,
            } => {
                let f = self.function(node, name, params, body, returns);
                self.push_stmt(at, StmtKind::Function(f));
            }
            Form::Class { name, bases, body } => {
                let class = self.class(node, name, bases, body);
                self.push_stmt(at, StmtKind::Class(class));
            }
            Form::Special(special) => {
                let before = self.out.len();
                if let Some(value) = special(self, node)
                    && (self.out.len() == before || !matches!(self.module.expr(value).kind, ExprKind::Unknown(_)))
                {
                    self.push_stmt(at, StmtKind::Expr(value));
                }
            }
            _ => {
                let value = self.expr_here(node, form);
                self.push_stmt(at, StmtKind::Expr(value));
            }
        }
        self.docs.clear();
        self.attributes.clear();
    }

    pub(super) fn push_loop(&mut self, at: Span, test: Option<ExprId>, body: Block) {
        let kind = StmtKind::Loop {
            init: Block::default(),
            test,
            update: None,
            body,
            otherwise: Block::default(),
        };
        self.push_stmt(at, kind);
    }

    pub(super) fn push_each(&mut self, at: Span, pattern: PatId, iterable: ExprId, body: Block) {
        let kind = StmtKind::ForEach {
            pattern,
            iterable,
            keys: false,
            body,
            otherwise: Block::default(),
        };
        self.push_stmt(at, kind);
    }

    /// A branch: the statements of a block, or the one statement.
    pub(super) fn branch(&mut self, node: Node<'_>) -> Block {
        match self.form(node) {
            Some(Form::Block | Form::Scope) | None => self.block_of(node),
            Some(_) => self.in_block(|l| l.statement(node)),
        }
    }

    /// None, the one, or an array of several.
    pub(super) fn one_of(&mut self, at: Span, mut values: Vec<ExprId>) -> Option<ExprId> {
        match values.len() {
            0 => None,
            1 => values.pop(),
            _ => Some(self.push_expr(at, ExprKind::Array(values.into()))),
        }
    }

    // ---- expressions ----

    /// An expression, or nothing for what stands for none.
    pub(super) fn value(&mut self, node: Node<'_>) -> Option<ExprId> {
        (!matches!(self.form(node), Some(Form::Skip))).then(|| self.expr(node))
    }

    pub(super) fn expr(&mut self, node: Node<'_>) -> ExprId {
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

    pub(super) fn parts(&mut self, node: Node<'_>) -> Vec<ExprId> {
        named(node).into_iter().filter_map(|n| self.value(n)).collect()
    }

    fn expr_here(&mut self, node: Node<'_>, form: Form) -> ExprId {
        let at = span(node);
        let kind = match form {
            Form::Skip => ExprKind::Unknown(Box::default()),
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
            Form::Number => number(self.text(node)).map_or_else(|| ExprKind::Unknown(Box::default()), ExprKind::Number),
            Form::Str => return self.string_node(node),
            Form::Symbol => {
                let name = self.text(node);
                ExprKind::Str(self.sym(name.trim_matches([':', '"'])))
            }
            Form::Member { object, property } => {
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
            Form::Index { object, index } => match (child(node, object), child(node, index)) {
                (Some(object), Some(index)) => ExprKind::Index {
                    object: self.expr(object),
                    index: self.expr(index),
                },
                _ => return self.rest(node),
            },
            Form::Call { callee, args } => {
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
            Form::Method { object, name, args } => {
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
            Form::New { class, args, init } => {
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
            Form::Binary { left, right } => match (child(node, left), child(node, right)) {
                (Some(l), Some(r)) => {
                    let operator = self.source.get(l.end_byte()..r.start_byte()).unwrap_or("").trim();
                    let (left, right) = (self.expr(l), self.expr(r));
                    match binary(operator) {
                        Some(op) => ExprKind::Binary { op, left, right },
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
            Form::Assign { left, right } => match (child(node, left), child(node, right)) {
                (Some(l), Some(r)) => {
                    let operator = self.source.get(l.end_byte()..r.start_byte()).unwrap_or("").trim();
                    let op = binary(operator.trim_end_matches('=')).filter(|_| operator.len() > 1 && operator != ":=");
                    let value = self.expr(r);
                    let target = self.pattern(l);
                    ExprKind::Assign { target, op, value }
                }
                _ => return self.rest(node),
            },
            Form::Conditional { test, yes, no } => {
                let part = |l: &mut Self, sel: Sel| {
                    let part = child(node, sel).map(|n| l.expr(n));
                    part.unwrap_or_else(|| l.unknown(at, Vec::new()))
                };
                let (test, yes, no) = (part(self, test), part(self, yes), part(self, no));
                ExprKind::Conditional { test, yes, no }
            }
            Form::If { test, yes, no } => {
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
            Form::Lambda { params, body } => ExprKind::Function(self.lambda(node, params, body)),
            Form::Await => match child(node, "#0") {
                Some(value) => ExprKind::Await(self.expr(value)),
                None => ExprKind::Unknown(Box::default()),
            },
            Form::Spread => match child(node, "#0") {
                Some(value) => ExprKind::Spread(self.expr(value)),
                None => ExprKind::Unknown(Box::default()),
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
            Form::Class { name, bases, body } => ExprKind::Class(self.class(node, name, bases, body)),
            Form::Function {
                name,
                params,
                body,
                returns,
            } => ExprKind::Function(self.function(node, name, params, body, returns)),
            // `x ?: return y`, `x ?? throw e`: it runs where there is no value, and then nothing follows.
            Form::Return | Form::Throw => ExprKind::Unknown(self.parts(node).into()),
            // Statements that stand where a value is wanted.
            Form::While { .. } | Form::ForEach { .. } | Form::Let { .. } => {
                self.statement_here(node);
                ExprKind::Unknown(Box::default())
            }
        };
        self.push_expr(at, kind)
    }

    fn rest(&mut self, node: Node<'_>) -> ExprId {
        let parts = self.parts(node);
        self.unknown(span(node), parts)
    }

    /// The value of a block: that of its last expression; the statements before it stand before.
    pub(super) fn block_value(&mut self, node: Node<'_>) -> ExprId {
        let mut parts = named(node);
        let Some(last) = parts.pop() else {
            return self.unknown(span(node), Vec::new());
        };
        for part in parts {
            self.statement(part);
        }
        self.expr(last)
    }

    pub(super) fn name_of(&mut self, node: Node<'_>) -> Sym {
        // `Name<T>` as a member: the name alone.
        let node = match node.kind() {
            "generic_name" | "generic_function" | "generic_type" => named(node).into_iter().next().unwrap_or(node),
            _ => node,
        };
        let text = self.text(node);
        self.sym(text.trim_start_matches(['$', '@', ':']))
    }

    pub(super) fn args(&mut self, node: Node<'_>) -> Vec<Arg> {
        named(node).into_iter().filter_map(|n| self.arg(n)).collect()
    }

    pub(super) fn arg(&mut self, node: Node<'_>) -> Option<Arg> {
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
            let object = self.object_of(span(node), &parts_of(node));
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
    pub(super) fn object(&mut self, node: Node<'_>) -> ExprId {
        self.object_of(span(node), &named(node))
    }

    pub(super) fn object_of(&mut self, at: Span, entries: &[Node<'_>]) -> ExprId {
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

    fn key(&mut self, node: Node<'_>) -> Key {
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

    // ---- strings ----

    pub(super) fn string_node(&mut self, node: Node<'_>) -> ExprId {
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

    // ---- types ----

    /// A type as an expression; see the module's documentation.
    pub(super) fn ty(&mut self, node: Node<'_>) -> ExprId {
        if self.depth >= self.max_depth {
            return self.unknown(span(node), Vec::new());
        }
        self.depth += 1;
        let id = self.ty_here(node);
        self.depth -= 1;
        id
    }

    fn ty_here(&mut self, node: Node<'_>) -> ExprId {
        let at = span(node);
        let kinds = named(node);
        let wrap = |l: &mut Self, name: &str, inner: Option<Node<'_>>| {
            let object = l.ident(at, name);
            let index = match inner {
                Some(inner) => l.ty(inner),
                None => l.unknown(at, Vec::new()),
            };
            l.push_expr(at, ExprKind::Index { object, index })
        };
        match node.kind() {
            "pointer_type" | "reference_type" | "parenthesized_type" | "non_nullable_type" | "type_elem" | "type_annotation" | "type"
            | "lifetime_type" | "named_type" | "dynamic_type" | "ref_type" | "scoped_type" | "type_projection" | "annotated_type" => {
                let inner = kinds
                    .into_iter()
                    .rfind(|n| !matches!(n.kind(), "lifetime" | "mutable_specifier" | "annotation"));
                match inner {
                    Some(inner) => self.ty(inner),
                    None => self.ident(at, self.text(node)),
                }
            }
            "slice_type" | "array_type" | "implicit_length_array_type" => {
                let inner = ["element", "type"].iter().find_map(|f| node.child_by_field_name(f));
                wrap(self, "[]", inner.or_else(|| kinds.into_iter().next()))
            }
            "nullable_type" | "optional_type" => wrap(self, "?", kinds.into_iter().next()),
            "map_type" => {
                let parts: Vec<ExprId> = kinds.into_iter().map(|n| self.ty(n)).collect();
                let object = self.ident(at, "map");
                let index = self.push_expr(at, ExprKind::Array(parts.into()));
                self.push_expr(at, ExprKind::Index { object, index })
            }
            "generic_type" | "generic_name" | "user_type" | "generic_type_with_turbofish" => {
                let args = child_of_kind(node, &["type_arguments", "type_argument_list"]);
                let names: Vec<Node<'_>> = kinds.iter().copied().filter(|n| Some(n.id()) != args.map(|a| a.id())).collect();
                let mut object = None;
                for name in names {
                    object = Some(match object {
                        None => self.ty(name),
                        Some(object) => {
                            let property = self.name_of(name);
                            self.push_expr(at, ExprKind::Member { object, property })
                        }
                    });
                }
                let object = object.unwrap_or_else(|| self.ident(at, self.text(node)));
                let Some(args) = args else { return object };
                let parts: Vec<ExprId> = named(args)
                    .into_iter()
                    .filter(|n| n.kind() != "lifetime")
                    .map(|n| self.ty(n))
                    .collect();
                let Some(index) = self.one_of(at, parts) else { return object };
                self.push_expr(at, ExprKind::Index { object, index })
            }
            "qualified_type"
            | "scoped_type_identifier"
            | "scoped_identifier"
            | "qualified_name"
            | "scope_resolution"
            | "member_access_expression"
            | "selector_expression" => match kinds.as_slice() {
                [path, name] => {
                    let object = self.ty(*path);
                    let property = self.name_of(*name);
                    self.push_expr(at, ExprKind::Member { object, property })
                }
                _ => self.ident(at, self.text(node).trim_start_matches('\\')),
            },
            "struct_type" => {
                let class = self.class(node, "", "", "#0");
                self.push_expr(at, ExprKind::Class(class))
            }
            "function_type" | "tuple_type" | "interface_type" | "union_type" | "intersection_type" | "func_type" => {
                let parts = kinds.into_iter().map(|n| self.ty(n)).collect();
                self.unknown(at, parts)
            }
            _ => {
                let text = self.text(node);
                if text.len() <= 300 && !text.contains(['(', '{', ' ', '\n']) {
                    self.ident(at, text.trim_start_matches('\\'))
                } else {
                    self.unknown(at, Vec::new())
                }
            }
        }
    }

    // ---- patterns ----

    pub(super) fn pattern(&mut self, node: Node<'_>) -> PatId {
        let at = span(node);
        if self.depth >= self.max_depth {
            return self.push_pat(at, PatKind::Unknown);
        }
        self.depth += 1;
        let kind = self.pattern_here(node);
        self.depth -= 1;
        self.push_pat(at, kind)
    }

    fn pattern_here(&mut self, node: Node<'_>) -> PatKind {
        let parts = named(node);
        match node.kind() {
            "identifier"
            | "variable_name"
            | "constant"
            | "name"
            | "simple_identifier"
            | "global_variable"
            | "class_variable"
            | "shorthand_field_identifier" => {
                let text = self.text(node);
                PatKind::Ident(self.sym(text.trim_start_matches(['$', '@'])))
            }
            // `a, b = …`; one alone is itself.
            "expression_list"
            | "left_assignment_list"
            | "tuple_pattern"
            | "list_literal"
            | "multi_variable_declaration"
            | "destructured_left_assignment"
            | "tuple_expression"
            | "parenthesized_variable_designation"
                if parts.len() != 1 || node.kind() != "expression_list" =>
            {
                let elements = parts.into_iter().map(|n| Some(self.pattern(n))).collect();
                PatKind::Array { elements, rest: None }
            }
            // The one name within: `mut x`, `Some(x)`, `Parameters(x)`, a typed variable.
            "expression_list"
            | "mut_pattern"
            | "ref_pattern"
            | "reference_pattern"
            | "variable_declaration"
            | "variable_declarator"
            | "captured_pattern"
            | "match_pattern"
            | "declaration_pattern" => match parts.first() {
                Some(inner) => self.pattern_here(*inner),
                None => PatKind::Unknown,
            },
            "tuple_struct_pattern" => match parts.as_slice() {
                [_, inner] => self.pattern_here(*inner),
                [_, inner @ ..] => {
                    let elements = inner.iter().map(|n| Some(self.pattern(*n))).collect();
                    PatKind::Array { elements, rest: None }
                }
                [] => PatKind::Unknown,
            },
            "struct_pattern" => {
                let mut props = Vec::new();
                for part in parts.iter().skip(1) {
                    let name = part.child_by_field_name("name").unwrap_or(*part);
                    let key = Key::Name(self.name_of(name));
                    let inner = part.child_by_field_name("pattern").unwrap_or(name);
                    props.push((key, self.pattern(inner)));
                }
                PatKind::Object {
                    props: props.into(),
                    rest: None,
                }
            }
            _ => match self.form(node) {
                Some(Form::Member { .. } | Form::Index { .. } | Form::Method { .. } | Form::Special(_) | Form::Call { .. }) => {
                    PatKind::Target(self.expr(node))
                }
                _ => PatKind::Unknown,
            },
        }
    }

    pub(super) fn name_pattern(&mut self, node: Node<'_>) -> PatId {
        let name = self.name_of(node);
        self.push_pat(span(node), PatKind::Ident(name))
    }

    // ---- functions and classes ----

    /// Attributes before and inside a declaration.
    pub(super) fn all_decorators(&mut self, node: Node<'_>) -> Vec<ExprId> {
        let mut all = std::mem::take(&mut self.attributes);
        all.extend((self.table.decorators)(self, node));
        all
    }

    /// The documentation comment just passed, as the decorator `doc("…")`.
    pub(super) fn doc_decorator(&mut self, at: Span) -> Option<ExprId> {
        let doc = self.take_doc()?;
        let value = self.push_expr(at, ExprKind::Str(doc));
        Some(self.call_of(at, "doc", vec![plain(value)]))
    }

    pub(super) fn call_of(&mut self, at: Span, name: &str, args: Vec<Arg>) -> ExprId {
        let callee = self.ident(at, name);
        self.push_expr(
            at,
            ExprKind::Call {
                callee,
                args: args.into(),
                new: false,
            },
        )
    }

    pub(super) fn function(&mut self, node: Node<'_>, name: Sel, params: Sel, body: Sel, returns: Sel) -> FnId {
        let doc = self.take_doc();
        let decorators = self.all_decorators(node);
        let name = child(node, name).map(|n| self.name_of(n));
        let returns = child(node, returns).map(|n| self.ty(n));
        let id = self.open_function(span(node), name);
        let mut list = Vec::new();
        if let Some(params) = child(node, params) {
            self.params(params, &mut list);
        }
        let body = child(node, body).map(|n| self.function_body(n)).unwrap_or_default();
        self.close_function();
        let f = &mut self.module.functions[id.index()];
        f.doc = doc;
        f.decorators = decorators;
        f.returns = returns;
        f.params = list;
        f.body = body;
        id
    }

    pub(super) fn lambda(&mut self, node: Node<'_>, params: Sel, body: Sel) -> FnId {
        let id = self.open_function(span(node), None);
        let mut list = Vec::new();
        if let Some(params) = child(node, params) {
            if matches!(params.kind(), "identifier" | "implicit_parameter") {
                let pattern = self.name_pattern(params);
                list.push(param(pattern, None, None));
            } else {
                self.params(params, &mut list);
            }
        }
        let body = child(node, body).map(|n| self.function_body(n)).unwrap_or_default();
        self.close_function();
        let f = &mut self.module.functions[id.index()];
        f.is_arrow = true;
        f.params = list;
        f.body = body;
        id
    }

    pub(super) fn params(&mut self, node: Node<'_>, list: &mut Vec<Param>) {
        let read = self.table.param;
        let mut cursor = node.walk();
        for part in node.named_children(&mut cursor) {
            if !self.leading(part) {
                read(self, part, list);
            }
        }
    }

    pub(super) fn open_function(&mut self, at: Span, name: Option<Sym>) -> FnId {
        let id = FnId(self.module.functions.len() as u32);
        let function = Function {
            span: at,
            name,
            params: Vec::new(),
            body: Block::default(),
            is_async: false,
            is_generator: false,
            is_arrow: false,
            decorators: Vec::new(),
            returns: None,
            doc: None,
            class: self.class.filter(|_| self.functions.is_empty()),
            parent: self.functions.last().copied(),
        };
        self.module.functions.push(function);
        self.functions.push(id);
        id
    }

    pub(super) fn close_function(&mut self) {
        self.functions.pop();
    }

    /// A body: its statements; an expression is returned, and so is a last one that no `;` ends.
    pub(super) fn function_body(&mut self, node: Node<'_>) -> Block {
        let is_block = matches!(self.form(node), Some(Form::Block | Form::Scope));
        if !is_block {
            return self.in_block(|l| {
                let value = l.expr(node);
                l.push_stmt(span(node), StmtKind::Return(Some(value)));
            });
        }
        let inner = match named(node).as_slice() {
            // `{ block }` of a wrapper node.
            [one] if matches!(self.form(*one), Some(Form::Block)) => *one,
            _ => node,
        };
        if let Some(block) = self.body_with_branching_tail(inner) {
            return block;
        }
        let mut block = self.block_of(inner).into_vec();
        if let Some(last) = block.last().copied()
            && let StmtKind::Expr(value) = self.module.stmt(last).kind
            && self.tail_is_value(inner)
        {
            self.module.stmts[last.index()].kind = StmtKind::Return(Some(value));
        }
        block.shrink_to_fit();
        block.into()
    }

    /// A body whose last expression is a branching one, the value of which it returns.
    fn body_with_branching_tail(&mut self, body: Node<'_>) -> Option<Block> {
        if !matches!(self.table.language, Language::Rust | Language::Ruby) {
            return None;
        }
        let mut parts = named(body);
        let mut last = parts.pop()?;
        if last.kind() == "expression_statement" && !self.text(last).ends_with(';') {
            last = child(last, "#0")?;
        }
        if !matches!(last.kind(), "if_expression" | "match_expression" | "if" | "unless" | "case") {
            return None;
        }
        Some(self.in_block(|l| {
            for part in parts {
                l.statement(part);
            }
            let value = l.expr(last);
            l.push_stmt(span(last), StmtKind::Return(Some(value)));
        }))
    }

    /// Whether the last expression of a body is what it returns.
    fn tail_is_value(&self, body: Node<'_>) -> bool {
        match self.table.language {
            Language::Ruby => true,
            Language::Rust => named(body).last().is_some_and(|n| !self.text(*n).ends_with(';')),
            Language::Kotlin => body.kind() == "function_body",
            _ => false,
        }
    }

    pub(super) fn class(&mut self, node: Node<'_>, name: Sel, bases: Sel, body: Sel) -> ClassId {
        let doc = self.take_doc();
        let decorators = self.all_decorators(node);
        let name = child(node, name).map(|n| self.ty(n)).and_then(|id| self.last_name(id));
        let mut list = Vec::new();
        for bases in bases.split('|').filter_map(|sel| child(node, sel)) {
            self.bases(bases, &mut list);
        }
        let id = self.open_class(span(node), name);
        {
            let class = &mut self.module.classes[id.index()];
            class.doc = doc;
            class.decorators = decorators;
            class.bases = list;
        }
        let around = self.class.replace(id);
        let functions = std::mem::take(&mut self.functions);
        let mut members = Vec::new();
        if let Some(body) = child(node, body) {
            self.members(body, &mut members);
        }
        // Parameters of a primary constructor are fields.
        if let Some(params) = child_of_kind(node, &["parameter_list", "primary_constructor", "formal_parameters"]) {
            self.params_as_fields(params, &mut members);
        }
        self.functions = functions;
        self.class = around;
        self.module.classes[id.index()].members = members;
        id
    }

    fn bases(&mut self, node: Node<'_>, out: &mut Vec<ExprId>) {
        for part in named(node) {
            match part.kind() {
                "type_list" | "delegation_specifier" => self.bases(part, out),
                "constructor_invocation" => out.extend(named(part).first().map(|n| self.ty(*n))),
                "argument_list" | "value_arguments" => {}
                _ => out.push(self.ty(part)),
            }
        }
        if named(node).is_empty() {
            out.push(self.ty(node));
        }
    }

    pub(super) fn last_name(&self, id: ExprId) -> Option<Sym> {
        match self.module.expr(id).kind {
            ExprKind::Ident(sym) => Some(sym),
            ExprKind::Member { property, .. } => Some(property),
            ExprKind::Index { object, .. } => match self.module.expr(object).kind {
                ExprKind::Ident(sym) | ExprKind::Member { property: sym, .. } => Some(sym),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn open_class(&mut self, at: Span, name: Option<Sym>) -> ClassId {
        let class = Class {
            span: at,
            name,
            bases: Vec::new(),
            keywords: Vec::new(),
            members: Vec::new(),
            decorators: Vec::new(),
            doc: None,
            parent: self.functions.last().copied(),
        };
        self.module.classes.push(class);
        ClassId(self.module.classes.len() as u32 - 1)
    }

    /// The class is what languages call an enumeration: its fields are its values.
    pub(super) fn mark_enum(&mut self, class: ClassId, at: Span) {
        let sym = self.sym("enum");
        let value = self.push_expr(at, ExprKind::Bool(true));
        self.module.classes[class.index()].keywords.push((sym, value));
    }

    fn params_as_fields(&mut self, node: Node<'_>, members: &mut Vec<Member>) {
        let mut list = Vec::new();
        let inner = child_of_kind(node, &["class_parameters"]).unwrap_or(node);
        self.params(inner, &mut list);
        for p in list {
            let PatKind::Ident(name) = self.module.pat(p.pattern).kind else {
                continue;
            };
            members.push(Member {
                span: self.module.pat(p.pattern).span,
                key: Key::Name(name),
                kind: MemberKind::Field {
                    value: p.default,
                    annotation: p.annotation,
                },
                is_static: false,
                decorators: p.decorators,
            });
        }
    }

    pub(super) fn members(&mut self, body: Node<'_>, members: &mut Vec<Member>) {
        let read = self.table.member;
        let mut cursor = body.walk();
        for part in body.named_children(&mut cursor) {
            if self.leading(part) || self.depth >= self.max_depth {
                continue;
            }
            self.depth += 1;
            if !read(self, part, members) {
                self.member(part, members);
            }
            self.depth -= 1;
            self.docs.clear();
            self.attributes.clear();
        }
    }

    /// Members that all languages have.
    fn member(&mut self, node: Node<'_>, members: &mut Vec<Member>) {
        match self.form(node) {
            Some(Form::Function {
                name,
                params,
                body,
                returns,
            }) => {
                let f = self.function(node, name, params, body, returns);
                self.push_method(node, f, members);
            }
            Some(Form::Class { .. } | Form::Special(_) | Form::ExprStmt) => {
                let block = self.in_block(|l| l.statement(node));
                self.push_block(node, block, members);
            }
            Some(Form::Scope) | None => self.members(node, members),
            _ => {
                let block = self.in_block(|l| l.statement(node));
                self.push_block(node, block, members);
            }
        }
    }

    /// Statements of a class body; a class within is a static field.
    fn push_block(&mut self, node: Node<'_>, block: Block, members: &mut Vec<Member>) {
        if let [one] = &*block
            && let StmtKind::Class(class) = self.module.stmt(*one).kind
            && let Some(name) = self.module.class(class).name
        {
            let value = self.push_expr(span(node), ExprKind::Class(class));
            members.push(field(span(node), name, Some(value), None, true, Vec::new()));
            return;
        }
        if !block.is_empty() {
            let name = self.sym("");
            members.push(Member {
                span: span(node),
                key: Key::Name(name),
                kind: MemberKind::Block(block),
                is_static: true,
                decorators: Vec::new(),
            });
        }
    }

    pub(super) fn push_method(&mut self, node: Node<'_>, f: FnId, members: &mut Vec<Member>) {
        let name = self.module.function(f).name.unwrap_or_else(|| self.sym(""));
        let decorators = self.module.function(f).decorators.clone();
        members.push(Member {
            span: span(node),
            key: Key::Name(name),
            kind: MemberKind::Method(f),
            is_static: false,
            decorators,
        });
    }

    /// `try { } catch (pattern) { } finally { }`, by the kinds of its parts.
    pub(super) fn try_statement(&mut self, node: Node<'_>) {
        let mut body = Block::default();
        let mut handlers = Vec::new();
        let mut finally = Block::default();
        for part in named(node) {
            match part.kind() {
                "catch_clause" | "catch_block" | "rescue" => {
                    let pattern = ["name", "variable"].iter().find_map(|f| part.child_by_field_name(f));
                    let pattern = pattern.map(|n| self.pattern(n));
                    let body = self.block_of(part);
                    handlers.push(Handler {
                        types: None,
                        pattern,
                        body,
                    });
                }
                "finally_clause" | "finally_block" | "ensure" => finally = self.block_of(part),
                _ => {
                    let mut more = body.into_vec();
                    more.extend(self.branch(part));
                    body = more.into();
                }
            }
        }
        let kind = StmtKind::Try {
            body,
            handlers: handlers.into(),
            otherwise: Block::default(),
            finally,
        };
        self.push_stmt(span(node), kind);
    }
}

/// `import a.b.C`, `using A.B`, `use A\\B`: the path as written.
pub(super) fn import_text(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let text = l.text(node);
    let path = text.split_once(char::is_whitespace).map_or(text, |(_, rest)| rest);
    let path: String = path.trim().trim_end_matches(';').chars().take(300).collect();
    let specifier = l.sym(&path);
    let index = l.module.imports.len() as u32;
    l.module.imports.push(Import {
        span: span(node),
        specifier,
        names: Vec::new(),
        type_only: false,
    });
    l.push_stmt(span(node), StmtKind::Import(index));
    None
}

/// A cast: the operand stands for it.
pub(super) fn cast(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    Some(l.expr(node.child_by_field_name("value")?))
}

pub(super) fn try_form(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    l.try_statement(node);
    None
}

fn parts_of(node: Node<'_>) -> [Node<'_>; 1] {
    [node]
}

pub(super) fn plain(value: ExprId) -> Arg {
    Arg {
        name: None,
        value,
        spread: false,
        kw_spread: false,
    }
}

pub(super) fn param(pattern: PatId, annotation: Option<ExprId>, default: Option<ExprId>) -> Param {
    Param {
        pattern,
        default,
        annotation,
        kind: ParamKind::Positional,
        decorators: Vec::new(),
    }
}

pub(super) fn field(
    span: Span,
    name: Sym,
    value: Option<ExprId>,
    annotation: Option<ExprId>,
    is_static: bool,
    decorators: Vec<ExprId>,
) -> Member {
    Member {
        span,
        key: Key::Name(name),
        kind: MemberKind::Field { value, annotation },
        is_static,
        decorators,
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
