//! What a class becomes, with its members.

use crate::ir::{Block, Class, ClassId, ExprId, ExprKind, FnId, Key, List, Member, MemberKind, PatKind, Span, StmtKind, Sym};
use crate::sitter::form::{Form, Sel};
use crate::sitter::{Lowering, child, child_of_kind, named, span};
use tree_sitter::Node;

impl Lowering<'_> {
    pub(crate) fn class(&mut self, node: Node<'_>, name: Sel, bases: Sel, body: Sel) -> ClassId {
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
            class.decorators = decorators.into();
            class.bases = list.into();
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
        self.module.classes[id.index()].members = members.into();
        id
    }

    pub(crate) fn bases(&mut self, node: Node<'_>, out: &mut Vec<ExprId>) {
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

    pub(crate) fn last_name(&self, id: ExprId) -> Option<Sym> {
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

    pub(crate) fn open_class(&mut self, at: Span, name: Option<Sym>) -> ClassId {
        let class = Class {
            span: at,
            name,
            bases: List::default(),
            keywords: List::default(),
            members: List::default(),
            decorators: List::default(),
            doc: None,
            parent: self.functions.last().copied(),
        };
        self.module.classes.push(class);
        ClassId(self.module.classes.len() as u32 - 1)
    }

    /// The class is what languages call an enumeration: its fields are its values.
    pub(crate) fn mark_enum(&mut self, class: ClassId, at: Span) {
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

    pub(crate) fn members(&mut self, body: Node<'_>, members: &mut Vec<Member>) {
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
    pub(crate) fn member(&mut self, node: Node<'_>, members: &mut Vec<Member>) {
        match self.form(node) {
            Some(Form::Function(name, params, body, returns)) => {
                let f = self.function(node, name, params, body, returns);
                self.push_method(node, f, members);
            }
            Some(Form::Class(..) | Form::Special(_) | Form::ExprStmt) => {
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
                decorators: List::default(),
            });
        }
    }

    fn push_method(&mut self, node: Node<'_>, f: FnId, members: &mut Vec<Member>) {
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
}

pub(in crate::sitter) fn field(
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
        decorators: decorators.into(),
    }
}
