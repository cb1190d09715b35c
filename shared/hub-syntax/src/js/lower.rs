//! State of a lowering, and its smallest steps.

use crate::ir::*;
use oxc_allocator::Allocator;
use oxc_ast::ast;
use rustc_hash::FxHashMap;

/// Deepest tree that is lowered; below it stands [`ExprKind::Unknown`]. The nesting check lets no deeper bracket nesting through:
/// this bounds chains (`a.b.c…`, `a + b + …`) that lean to the left.
const MAX_DEPTH: usize = 4_000;

pub(super) struct Lowerer<'a> {
    pub(super) module: Module,
    alloc: &'a Allocator,
    strings: FxHashMap<&'a str, Sym>,
    depth: usize,
    /// Functions being lowered, outermost first.
    pub(super) functions: Vec<FnId>,
    /// Leading `/** */` comments: offset of the token that follows → span of the text between the delimiters.
    pub(super) docs: FxHashMap<u32, (u32, u32)>,
}

impl<'a> Lowerer<'a> {
    pub(super) fn new(alloc: &'a Allocator, module: Module) -> Self {
        Self {
            module,
            alloc,
            strings: FxHashMap::default(),
            depth: 0,
            functions: Vec::new(),
            docs: FxHashMap::default(),
        }
    }

    pub(super) fn program(mut self, program: &ast::Program<'a>) -> Module {
        self.collect_docs(program);
        // Growing by doubling would hold a bundle's expressions twice over while they are copied. Room that stays empty is never touched.
        self.module.exprs.reserve(program.source_text.len() / 8);
        self.module.body = self.block(&program.body);
        self.module.shrink();
        self.module
    }

    pub(super) fn sym(&mut self, text: &'a str) -> Sym {
        if let Some(sym) = self.strings.get(text) {
            return *sym;
        }
        let sym = Sym(self.module.strings.len() as u32);
        self.module.strings.push(text.into());
        self.strings.insert(text, sym);
        sym
    }

    /// Interns a text that is not part of the tree.
    pub(super) fn own_sym(&mut self, text: &str) -> Sym {
        let text = self.alloc.alloc_str(text);
        self.sym(text)
    }

    pub(super) fn push_expr(&mut self, span: oxc_span::Span, kind: ExprKind) -> ExprId {
        let id = ExprId(self.module.exprs.len() as u32);
        self.module.exprs.push(Expr { span: to_span(span), kind });
        id
    }

    pub(super) fn push_pat(&mut self, span: oxc_span::Span, kind: PatKind) -> PatId {
        let id = PatId(self.module.pats.len() as u32);
        self.module.pats.push(Pat { span: to_span(span), kind });
        id
    }

    pub(super) fn push_stmt(&mut self, span: oxc_span::Span, kind: StmtKind) -> StmtId {
        let id = StmtId(self.module.stmts.len() as u32);
        self.module.stmts.push(Stmt { span: to_span(span), kind });
        id
    }

    pub(super) fn ident(&mut self, span: oxc_span::Span, name: &'a str) -> ExprId {
        if name == "undefined" {
            return self.push_expr(span, ExprKind::Undefined);
        }
        let sym = self.sym(name);
        self.push_expr(span, ExprKind::Ident(sym))
    }

    pub(super) fn str_expr(&mut self, span: oxc_span::Span, text: &'a str) -> ExprId {
        let sym = self.sym(text);
        self.push_expr(span, ExprKind::Str(sym))
    }

    /// Runs a step one level deeper, or gives none past the bound.
    pub(super) fn deeper<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = step(self);
        self.depth -= 1;
        Some(value)
    }

    /// Reserves a function, so that what is inside can name it as parent.
    pub(super) fn reserve_function(&mut self, span: oxc_span::Span, class: Option<ClassId>) -> FnId {
        let id = FnId(self.module.functions.len() as u32);
        self.module.functions.push(Function {
            span: to_span(span),
            name: None,
            params: Vec::new(),
            body: Box::default(),
            is_async: false,
            is_generator: false,
            is_arrow: false,
            decorators: Vec::new(),
            returns: None,
            doc: None,
            class,
            parent: self.functions.last().copied(),
        });
        id
    }
}

pub(super) fn to_span(span: oxc_span::Span) -> Span {
    Span {
        start: span.start,
        end: span.end,
    }
}
