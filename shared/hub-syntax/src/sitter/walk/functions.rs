//! What a function becomes, and what stands before it.

use super::expressions::plain;
use crate::ir::{Arg, Block, ExprId, ExprKind, FnId, Function, Language, List, Param, ParamKind, PatId, Span, StmtKind, Sym};
use crate::sitter::form::{Form, Sel};
use crate::sitter::{Lowering, child, named, span};
use tree_sitter::Node;

impl Lowering<'_> {
    /// Attributes before and inside a declaration.
    pub(crate) fn all_decorators(&mut self, node: Node<'_>) -> Vec<ExprId> {
        let mut all = std::mem::take(&mut self.attributes);
        all.extend((self.table.decorators)(self, node));
        all
    }

    /// The documentation comment just passed, as the decorator `doc("…")`.
    pub(crate) fn doc_decorator(&mut self, at: Span) -> Option<ExprId> {
        let doc = self.take_doc()?;
        let value = self.push_expr(at, ExprKind::Str(doc));
        Some(self.call_of(at, "doc", vec![plain(value)]))
    }

    pub(crate) fn call_of(&mut self, at: Span, name: &str, args: Vec<Arg>) -> ExprId {
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

    /// `text =~ pattern`, as the method call it is.
    pub(crate) fn matched(&mut self, at: Span, text: ExprId, pattern: ExprId) -> ExprId {
        let property = self.sym("=~");
        let callee = self.push_expr(at, ExprKind::Member { object: text, property });
        let args = vec![crate::sitter::walk::plain(pattern)].into();
        self.push_expr(at, ExprKind::Call { callee, args, new: false })
    }

    pub(crate) fn function(&mut self, node: Node<'_>, name: Sel, params: Sel, body: Sel, returns: Sel) -> FnId {
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
        f.decorators = decorators.into();
        f.returns = returns;
        f.params = list.into();
        f.body = body;
        id
    }

    pub(crate) fn lambda(&mut self, node: Node<'_>, params: Sel, body: Sel) -> FnId {
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
        f.params = list.into();
        f.body = body;
        id
    }

    pub(crate) fn params(&mut self, node: Node<'_>, list: &mut Vec<Param>) {
        let read = self.table.param;
        let mut cursor = node.walk();
        for part in node.named_children(&mut cursor) {
            if !self.leading(part) {
                read(self, part, list);
            }
        }
    }

    pub(crate) fn open_function(&mut self, at: Span, name: Option<Sym>) -> FnId {
        let id = FnId(self.module.functions.len() as u32);
        let function = Function {
            span: at,
            name,
            params: List::default(),
            body: Block::default(),
            is_async: false,
            is_generator: false,
            is_arrow: false,
            decorators: List::default(),
            returns: None,
            doc: None,
            class: self.class.filter(|_| self.functions.is_empty()),
            parent: self.functions.last().copied(),
        };
        self.module.functions.push(function);
        self.functions.push(id);
        id
    }

    pub(crate) fn close_function(&mut self) {
        self.functions.pop();
    }

    /// A body: its statements; an expression is returned, and so is a last one that no `;` ends.
    pub(crate) fn function_body(&mut self, node: Node<'_>) -> Block {
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
        let block = self.block_of(inner);
        if let Some(last) = block.last().copied()
            && let StmtKind::Expr(value) = self.module.stmt(last).kind
            && self.tail_is_value(inner)
        {
            self.module.stmts[last.index()].kind = StmtKind::Return(Some(value));
        }
        block
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
}

pub(in crate::sitter) fn param(pattern: PatId, annotation: Option<ExprId>, default: Option<ExprId>) -> Param {
    Param {
        pattern,
        default,
        annotation,
        kind: ParamKind::Positional,
        decorators: List::default(),
    }
}
