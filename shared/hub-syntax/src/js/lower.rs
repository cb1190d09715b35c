//! State of a lowering, and its smallest steps.

use super::parts::Apart;
use crate::intern::Interner;
use crate::ir::*;
use oxc_ast::ast;
use oxc_span::SourceType;
use rustc_hash::FxHashMap;

/// Deepest tree that is lowered; below it stands [`ExprKind::Unknown`]. The nesting check lets no deeper bracket nesting through:
/// this bounds chains (`a.b.c…`, `a + b + …`) that lean to the left.
const MAX_DEPTH: usize = 4_000;

pub(super) struct Lowerer {
    pub(super) module: Module,
    names: Interner,
    /// Where the part being lowered starts in the source.
    pub(super) base: u32,
    depth: usize,
    /// Functions being lowered, outermost first.
    pub(super) functions: Vec<FnId>,
    /// How the source is parsed, for what is parsed on the way.
    pub(super) source_type: SourceType,
    pub(super) apart: Apart,
    /// Leading `/** */` comments: offset of the token that follows → span of the text between the delimiters.
    pub(super) docs: FxHashMap<u32, (u32, u32)>,
}

impl Lowerer {
    pub(super) fn new(module: Module, source_type: SourceType) -> Self {
        Self {
            module,
            names: Interner::default(),
            base: 0,
            depth: 0,
            functions: Vec::new(),
            source_type,
            apart: Apart::default(),
            docs: FxHashMap::default(),
        }
    }

    /// Lowers a part of the source that starts at `base`; its statements are added to `body`.
    pub(super) fn part(&mut self, program: &ast::Program<'_>, base: u32, body: &mut Vec<StmtId>) {
        self.base = base;
        self.docs.clear();
        self.collect_docs(program);
        self.statements(&program.body, body);
    }

    /// Interns a text.
    pub(super) fn sym(&mut self, text: &str) -> Sym {
        self.names.sym(&mut self.module.strings, text)
    }

    /// A place in the part being lowered as a place in the source.
    pub(super) fn place(&self, span: oxc_span::Span) -> Span {
        Span {
            start: self.base.wrapping_add(span.start),
            end: self.base.wrapping_add(span.end),
        }
    }

    pub(super) fn push_expr(&mut self, span: oxc_span::Span, kind: ExprKind) -> ExprId {
        let id = ExprId(self.module.exprs.len() as u32);
        let span = self.place(span);
        self.module.exprs.push(Expr { span, kind });
        id
    }

    pub(super) fn push_pat(&mut self, span: oxc_span::Span, kind: PatKind) -> PatId {
        let id = PatId(self.module.pats.len() as u32);
        let span = self.place(span);
        self.module.pats.push(Pat { span, kind });
        id
    }

    pub(super) fn push_stmt(&mut self, span: oxc_span::Span, kind: StmtKind) -> StmtId {
        let id = StmtId(self.module.stmts.len() as u32);
        let span = self.place(span);
        self.module.stmts.push(Stmt { span, kind });
        id
    }

    pub(super) fn ident(&mut self, span: oxc_span::Span, name: &str) -> ExprId {
        if name == "undefined" {
            return self.push_expr(span, ExprKind::Undefined);
        }
        let sym = self.sym(name);
        self.push_expr(span, ExprKind::Ident(sym))
    }

    pub(super) fn str_expr(&mut self, span: oxc_span::Span, text: &str) -> ExprId {
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
            span: self.place(span),
            name: None,
            params: List::default(),
            body: Block::default(),
            is_async: false,
            is_generator: false,
            is_arrow: false,
            decorators: List::default(),
            returns: None,
            doc: None,
            class,
            parent: self.functions.last().copied(),
        });
        id
    }
}
