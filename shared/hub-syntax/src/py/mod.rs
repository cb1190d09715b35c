//! Python: ruff's tree becomes [`crate::ir`].
//!
//! What a reader of the tree should know:
//! - `...` is the name `Ellipsis`; `a < b < c` is `a < b and b < c`; `a = b = v` is an assignment inside an assignment.
//! - `import a.b` binds `a`, and `import a.b as c` binds the module `a.b`: both are [`Imported::Namespace`](crate::ir::Imported).
//! - A docstring stays in the body as its first statement, uncleaned; [`Function::doc`](crate::ir::Function) is cleaned.
//! - Assignments of a class body are static fields; `@property` is a getter; `is_static` of a method means `@staticmethod`;
//!   a nested class is a static field whose value is the class.
//! - An annotation written as one string is read as the expression it spells; strings further inside stay strings.
//! - A formatted value with a format or conversion (`{x:.2f}`, `{x!r}`) is `Unknown` over its parts: its text is not that of `x`.
//! - What a `case` pattern captures is assigned in front of the case's body.

mod doc;
mod expr;
mod pattern;
mod stmt;

pub use doc::clean_doc;

use crate::intern::Interner;
use crate::ir::{
    Block, Class, ClassId, Expr, ExprId, ExprKind, FnId, Language, List, Module, Pat, PatId, PatKind, Span, Stmt, StmtId, StmtKind, Sym,
};
use hub_model::{Budget, RelPath};
use ruff_python_ast::PySourceType;
use ruff_text_size::{Ranged, TextRange};
use std::sync::Arc;

/// Lowers one Python file. A broken file gives the tree of what could be read, with `syntax_errors` above 0; what is nested
/// deeper than [`Budget::max_nesting`] is `Unknown`. Size and bracket depth are for the caller to check first.
#[must_use]
pub fn lower(path: RelPath, source: Arc<str>, budget: &Budget) -> Module {
    let kind = if path.extension() == Some("pyi") {
        PySourceType::Stub
    } else {
        PySourceType::Python
    };
    let parsed = ruff_python_parser::parse_unchecked_source(&source, kind);
    let mut module = Module::empty(Language::Python, path, source.clone());
    module.syntax_errors = u32::try_from(parsed.errors().len()).unwrap_or(u32::MAX);
    let mut lowering = Lowering {
        module,
        names: Interner::default(),
        depth: 0,
        max_depth: budget.max_nesting,
        functions: Vec::new(),
        class: None,
        source: &source,
    };
    let suite = parsed.suite();
    lowering.module.doc = lowering.docstring(suite);
    lowering.module.body = lowering.block(suite);
    lowering.module
}

/// A module in the making.
struct Lowering<'s> {
    module: Module,
    names: Interner,
    depth: usize,
    max_depth: usize,
    /// Functions around the place being lowered, innermost last.
    functions: Vec<FnId>,
    /// The class whose body is being lowered, unless a function lies between.
    class: Option<ClassId>,
    source: &'s str,
}

fn span(range: TextRange) -> Span {
    Span {
        start: range.start().to_u32(),
        end: range.end().to_u32(),
    }
}

impl Lowering<'_> {
    fn sym(&mut self, text: &str) -> Sym {
        self.names.sym(&mut self.module.strings, text)
    }

    fn push_expr(&mut self, span: Span, kind: ExprKind) -> ExprId {
        self.module.exprs.push(Expr { span, kind });
        ExprId(self.module.exprs.len() as u32 - 1)
    }

    fn push_stmt(&mut self, span: Span, kind: StmtKind) -> StmtId {
        self.module.stmts.push(Stmt { span, kind });
        StmtId(self.module.stmts.len() as u32 - 1)
    }

    fn push_pat(&mut self, span: Span, kind: PatKind) -> PatId {
        self.module.pats.push(Pat { span, kind });
        PatId(self.module.pats.len() as u32 - 1)
    }

    fn unknown(&mut self, range: TextRange) -> ExprId {
        self.push_expr(span(range), ExprKind::Unknown(List::default()))
    }

    fn block(&mut self, suite: &[ruff_python_ast::Stmt]) -> Block {
        let mut out = Vec::with_capacity(suite.len());
        for stmt in suite {
            self.stmt(stmt, &mut out);
        }
        out.into()
    }

    /// The text of the string that opens a body, as written.
    fn raw_docstring(suite: &[ruff_python_ast::Stmt]) -> Option<String> {
        let ruff_python_ast::Stmt::Expr(first) = suite.first()? else {
            return None;
        };
        let ruff_python_ast::Expr::StringLiteral(literal) = first.value.as_ref() else {
            return None;
        };
        Some(literal.value.to_str().to_owned())
    }

    fn docstring(&mut self, suite: &[ruff_python_ast::Stmt]) -> Option<Sym> {
        let raw = Self::raw_docstring(suite)?;
        let clean = clean_doc(&raw);
        Some(self.sym(&clean))
    }

    fn class_def(&mut self, def: &ruff_python_ast::StmtClassDef) -> ClassId {
        let decorators = self.decorators(&def.decorator_list);
        let bases = def.bases().iter().map(|base| self.expr(base)).collect();
        let mut keywords = Vec::new();
        for keyword in def.keywords() {
            let value = self.expr(&keyword.value);
            if let Some(name) = &keyword.arg {
                let name = self.sym(name.as_str());
                keywords.push((name, value));
            }
        }
        let name = self.sym(def.name.as_str());
        let doc = self.docstring(&def.body);
        let id = ClassId(self.module.classes.len() as u32);
        let parent = self.functions.last().copied();
        let class = Class {
            span: span(def.range()),
            name: Some(name),
            bases,
            keywords: keywords.into(),
            members: List::default(),
            decorators: decorators.into(),
            doc,
            parent,
        };
        self.module.classes.push(class);
        let around = self.class.replace(id);
        let mut members = Vec::new();
        for stmt in &def.body {
            self.member(stmt, &mut members);
        }
        self.class = around;
        self.module.classes[id.index()].members = members.into();
        id
    }

    fn decorators(&mut self, list: &[ruff_python_ast::Decorator]) -> Vec<ExprId> {
        list.iter().map(|decorator| self.expr(&decorator.expression)).collect()
    }

    /// Runs `f` one level deeper, or gives none past the bound.
    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= self.max_depth {
            return None;
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        Some(result)
    }
}

#[cfg(test)]
mod tests;
