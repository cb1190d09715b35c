//! A file as a tree, and where things stand in it.

use super::{Block, Class, ClassId, Export, Expr, ExprId, ExprKind, FnId, Function, Import, Language, Pat, PatId, Span, Stmt, StmtId, Sym};
use crate::scope::Scopes;
use hub_model::{Location, RelPath};
use std::sync::{Arc, OnceLock};

/// One source file, lowered.
#[derive(Clone, Debug)]
pub struct Module {
    pub language: Language,
    pub path: RelPath,
    pub source: Arc<str>,
    pub exprs: Vec<Expr>,
    pub stmts: Vec<Stmt>,
    pub pats: Vec<Pat>,
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub strings: Vec<Box<str>>,
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
    pub body: Block,
    /// Python module docstring, or none.
    pub doc: Option<Sym>,
    /// Syntax errors the parser recovered from.
    pub syntax_errors: u32,
    /// Byte offset of the start of each line.
    pub line_starts: Vec<u32>,
    scopes: OnceLock<Scopes>,
    /// Expressions by where they begin.
    by_start: OnceLock<Vec<ExprId>>,
}

/// A source whose tree is not copied for the sake of its size, in bytes.
const LARGE: usize = 512 << 10;

/// Bytes of a line before a place whose characters are counted for its column: of a 10 MB line, counting for every place would be
/// quadratic. Past that the byte offset stands in.
const COUNTED_BYTES: usize = 2_000;

/// The byte of the line at which a column counted from 1 stands, as [`Module::location`] counts.
#[must_use]
pub fn byte_of_column(line: &str, column: u32) -> usize {
    let before = column.saturating_sub(1) as usize;
    if before > COUNTED_BYTES {
        line.floor_char_boundary(before)
    } else {
        line.char_indices().nth(before).map_or(line.len(), |(at, _)| at)
    }
}

impl Module {
    /// Who means whom in this module: worked out when first asked for, once for all who ask. The tree must not change after that.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        self.scopes.get_or_init(|| Scopes::of(self))
    }

    /// An empty module over `source`, ready to be filled by a lowering.
    #[must_use]
    pub fn empty(language: Language, path: RelPath, source: Arc<str>) -> Self {
        let mut line_starts = vec![0];
        line_starts.extend(source.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        Self {
            language,
            path,
            source,
            exprs: Vec::new(),
            stmts: Vec::new(),
            pats: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            strings: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            body: Block::default(),
            doc: None,
            syntax_errors: 0,
            line_starts,
            scopes: OnceLock::new(),
            by_start: OnceLock::new(),
        }
    }

    /// Makes room before a lowering: growing by doubling would hold a bundle's tree twice while it is copied. Room that stays empty
    /// is never touched.
    pub(crate) fn reserve(&mut self) {
        let bytes = self.source.len();
        self.exprs.reserve(bytes / if bytes < LARGE { 8 } else { 4 });
        if bytes >= LARGE {
            self.stmts.reserve(bytes / 32);
            self.pats.reserve(bytes / 32);
            self.functions.reserve(bytes / 128);
        }
    }

    /// Gives back the room that was reserved and not used; of a large source it was never touched, and copying would hold both.
    pub(crate) fn shrink(&mut self) {
        if self.source.len() >= LARGE {
            return;
        }
        self.exprs.shrink_to_fit();
        self.stmts.shrink_to_fit();
        self.pats.shrink_to_fit();
        self.functions.shrink_to_fit();
        self.classes.shrink_to_fit();
        self.strings.shrink_to_fit();
    }

    #[must_use]
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.index()]
    }
    #[must_use]
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.index()]
    }
    #[must_use]
    pub fn pat(&self, id: PatId) -> &Pat {
        &self.pats[id.index()]
    }
    #[must_use]
    pub fn function(&self, id: FnId) -> &Function {
        &self.functions[id.index()]
    }
    #[must_use]
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.index()]
    }
    /// The text of an interned string.
    #[must_use]
    pub fn str(&self, sym: Sym) -> &str {
        &self.strings[sym.index()]
    }
    /// The expressions that stand in a span, by where they begin. Sorted when first asked for, so that a search for each candidate of
    /// a large file costs what it looks at and not the file. The tree must not change after that.
    pub fn exprs_within(&self, span: Span) -> impl Iterator<Item = (ExprId, &Expr)> {
        let all = self.by_start.get_or_init(|| {
            let mut all: Vec<ExprId> = (0..self.exprs.len() as u32).map(ExprId).collect();
            all.sort_by_key(|e| self.expr(*e).span.start);
            all
        });
        let first = all.partition_point(|e| self.expr(*e).span.start < span.start);
        all[first..]
            .iter()
            .map(|e| (*e, self.expr(*e)))
            .take_while(move |(_, e)| e.span.start < span.end.max(span.start + 1))
            .filter(move |(_, e)| e.span.end <= span.end)
    }
    /// The source text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or("")
    }
    /// Line, counted from 1, of a byte offset.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|s| *s <= offset) as u32
    }
    /// The place of a span, for findings and inventories.
    #[must_use]
    pub fn location(&self, span: Span) -> Location {
        let line = self.line(span.start);
        let line_start = self.line_starts[line as usize - 1];
        let column = match self.source.get(line_start as usize..span.start as usize) {
            Some(before) if before.len() <= COUNTED_BYTES => before.chars().count() as u32,
            _ => span.start - line_start,
        };
        Location {
            file: self.path.clone(),
            line,
            column: column + 1,
            end_line: self.line(span.end.saturating_sub(1).max(span.start)),
            original: None,
        }
    }
    /// `a.b.c` when the expression is a chain of plain names (`this` and `self` included); otherwise none.
    #[must_use]
    pub fn dotted(&self, id: ExprId) -> Option<String> {
        let mut parts = Vec::new();
        let mut at = id;
        loop {
            match &self.expr(at).kind {
                ExprKind::Member { object, property } => {
                    parts.push(self.str(*property));
                    at = *object;
                }
                ExprKind::Ident(name) => {
                    parts.push(self.str(*name));
                    break;
                }
                ExprKind::This => {
                    parts.push("this");
                    break;
                }
                _ => return None,
            }
            if parts.len() > 64 {
                return None;
            }
        }
        parts.reverse();
        Some(parts.join("."))
    }
}
