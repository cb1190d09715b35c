//! Go, Rust, Java, Kotlin, C#, PHP and Ruby: tree-sitter's trees become [`crate::ir`], by one walker and a table per language.
//!
//! What a reader of the tree should know:
//! - Attributes, annotations and struct tags are decorators: `[Tool(Name = "x")]` is the call `Tool(Name: "x")`. A documentation
//!   comment of a class member or parameter is the decorator `doc("…")`, as Rust defines it.
//! - Types are expressions: `List<A>` is `List[A]`, `Map<A, B>` is `Map[[A, B]]`; what languages write with signs is named
//!   `"[]"` (a list of), `"?"` (may be missing) and `"map"`. References and pointers are what they point to.
//! - Methods written apart from their type (Go, `impl` of Rust) are members of a class of that name, of which there may be several.
//!   Their receiver is a parameter of kind [`ParamKind::Receiver`].
//! - Namespaces and modules inside a file are read through.
//! - `new`, struct and composite literals are calls with `new`; the fields given by name are one `Object` argument, the last.
//! - A closure after a call (Kotlin, Ruby) is the last argument.
//! - Blocks that are values leave their statements in front of the statement they stand in.

mod branch;
mod csharp;
mod form;
mod go;
mod java;
mod kotlin;
mod php;
mod ruby;
mod rust;
mod text;
mod walk;

use crate::intern::Interner;
use crate::ir::{ClassId, Expr, ExprId, ExprKind, FnId, Language, Module, Pat, PatId, PatKind, Span, Stmt, StmtId, StmtKind, Sym};
use crate::parse::ParseError;
use form::{Form, Table};
use hub_model::{Budget, RelPath};
use rustc_hash::FxHashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use tree_sitter::{Node, ParseOptions, Parser, Point};

/// The language of an extension, when it is one of these.
pub(crate) fn language(extension: &str) -> Option<Language> {
    Some(match extension {
        "go" => Language::Go,
        "rs" => Language::Rust,
        "java" => Language::Java,
        "kt" => Language::Kotlin,
        "cs" => Language::CSharp,
        "php" => Language::Php,
        "rb" => Language::Ruby,
        _ => return None,
    })
}

fn table(language: Language) -> Option<&'static Table> {
    Some(match language {
        Language::Go => &go::TABLE,
        Language::Rust => &rust::TABLE,
        Language::Java => &java::TABLE,
        Language::Kotlin => &kotlin::TABLE,
        Language::CSharp => &csharp::TABLE,
        Language::Php => &php::TABLE,
        Language::Ruby => &ruby::TABLE,
        Language::JavaScript | Language::TypeScript | Language::Python => return None,
    })
}

/// Parses and lowers one file. What is nested deeper than [`Budget::max_nesting`] is `Unknown`.
pub(crate) fn parse(language: Language, path: &RelPath, text: &Arc<str>, budget: &Budget) -> Result<Module, ParseError> {
    let failed = || ParseError::Parser { path: path.clone() };
    let table = table(language).ok_or_else(failed)?;
    let mut parser = Parser::new();
    parser.set_language(&(table.grammar)()).map_err(|_| failed())?;
    // Error recovery may go on for long on text made for it: the parser reports every hundred operations.
    let mut left = budget.max_parse_steps;
    let mut progress = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let bytes = text.as_bytes();
    let mut read = |at: usize, _: Point| bytes.get(at..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut progress);
    let Some(tree) = parser.parse_with_options(&mut read, None, Some(options)) else {
        return Err(ParseError::Steps {
            path: path.clone(),
            max: budget.max_parse_steps,
        });
    };
    let root = tree.root_node();
    let mut lowering = Lowering {
        module: Module::empty(language, path.clone(), text.clone()),
        names: Interner::default(),
        source: text,
        table,
        forms: forms(table),
        depth: 0,
        max_depth: budget.max_nesting,
        functions: Vec::new(),
        class: None,
        out: Vec::new(),
        docs: Vec::new(),
        attributes: Vec::new(),
        heredocs: FxHashMap::default(),
    };
    lowering.module.syntax_errors = u32::from(root.has_error());
    lowering.module.body = lowering.block_of(root);
    Ok(lowering.module)
}

/// The table by the grammar's own numbers.
fn forms(table: &Table) -> Vec<Option<Form>> {
    let grammar = (table.grammar)();
    let by_name: FxHashMap<&str, Form> = table.forms.iter().copied().collect();
    (0..grammar.node_kind_count())
        .map(|id| {
            let id = id as u16;
            let named = grammar.node_kind_is_named(id);
            grammar
                .node_kind_for_id(id)
                .filter(|_| named)
                .and_then(|kind| by_name.get(kind).copied())
        })
        .collect()
}

/// A module in the making.
pub(super) struct Lowering<'s> {
    module: Module,
    names: Interner,
    source: &'s str,
    table: &'static Table,
    forms: Vec<Option<Form>>,
    depth: usize,
    max_depth: usize,
    /// Functions around the place being lowered, innermost last.
    functions: Vec<FnId>,
    /// The class whose body is being lowered, unless a function lies between.
    class: Option<ClassId>,
    /// The statements of the block being lowered.
    out: Vec<StmtId>,
    /// Lines of the documentation comment just passed.
    docs: Vec<String>,
    /// Attributes just passed that belong to what follows.
    attributes: Vec<ExprId>,
    /// Ruby's heredocs: where each begins, and where its text lies.
    heredocs: FxHashMap<usize, (usize, usize)>,
}

fn span(node: Node<'_>) -> Span {
    let u = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span {
        start: u(node.start_byte()),
        end: u(node.end_byte()),
    }
}

/// The named children that are no comments.
fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|n| !n.kind().contains("comment")).collect()
}

/// A child by its selector.
fn child<'t>(node: Node<'t>, sel: &str) -> Option<Node<'t>> {
    if let Some(kind) = sel.strip_prefix('<') {
        return child_of_kind(node, &[kind]);
    }
    match sel.strip_prefix('#') {
        Some("-1") => named(node).pop(),
        Some(n) => named(node).into_iter().nth(n.parse().ok()?),
        None if sel.is_empty() => None,
        None => node.child_by_field_name(sel),
    }
}

/// The first named child of one of these kinds.
fn child_of_kind<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|n| kinds.contains(&n.kind()))
}

impl<'s> Lowering<'s> {
    fn sym(&mut self, text: &str) -> Sym {
        self.names.sym(&mut self.module.strings, text)
    }

    fn push_expr(&mut self, span: Span, kind: ExprKind) -> ExprId {
        self.module.exprs.push(Expr { span, kind });
        ExprId(self.module.exprs.len() as u32 - 1)
    }

    fn push_stmt(&mut self, span: Span, kind: StmtKind) {
        self.module.stmts.push(Stmt { span, kind });
        self.out.push(StmtId(self.module.stmts.len() as u32 - 1));
    }

    fn push_pat(&mut self, span: Span, kind: PatKind) -> PatId {
        self.module.pats.push(Pat { span, kind });
        PatId(self.module.pats.len() as u32 - 1)
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        self.source.get(node.byte_range()).unwrap_or("")
    }

    fn form(&self, node: Node<'_>) -> Option<Form> {
        self.forms.get(node.kind_id() as usize).copied().flatten()
    }

    /// A name as an expression.
    fn ident(&mut self, span: Span, name: &str) -> ExprId {
        let sym = self.sym(name);
        self.push_expr(span, ExprKind::Ident(sym))
    }

    fn string(&mut self, span: Span, text: &str) -> ExprId {
        let sym = self.sym(text);
        self.push_expr(span, ExprKind::Str(sym))
    }

    fn unknown(&mut self, span: Span, parts: Vec<ExprId>) -> ExprId {
        self.push_expr(span, ExprKind::Unknown(parts.into()))
    }
}

#[cfg(test)]
mod tests;
