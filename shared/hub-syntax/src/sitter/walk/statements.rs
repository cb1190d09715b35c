//! What a statement becomes.

use crate::ir::{Block, ExprId, ExprKind, ForEach, Handler, Import, List, Loop, PatId, PatKind, Span, StmtKind, Sym, Try};
use crate::sitter::form::Form;
use crate::sitter::text;
use crate::sitter::{Lowering, child, named, rust, span};
use tree_sitter::Node;

impl Lowering<'_> {
    /// The statements of a node, as a block of their own.
    pub(crate) fn block_of(&mut self, node: Node<'_>) -> Block {
        let around = std::mem::take(&mut self.out);
        self.statements(node);
        std::mem::replace(&mut self.out, around).into()
    }

    /// Runs `work` and takes the statements it leaves as a block.
    pub(crate) fn in_block(&mut self, work: impl FnOnce(&mut Self)) -> Block {
        let around = std::mem::take(&mut self.out);
        work(self);
        std::mem::replace(&mut self.out, around).into()
    }

    /// Every child as a statement of the block being lowered.
    pub(crate) fn statements(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.statement(child);
        }
    }

    /// Comments and attributes are kept for what they stand before; true when the node was one.
    pub(crate) fn leading(&mut self, node: Node<'_>) -> bool {
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

    pub(crate) fn take_doc(&mut self) -> Option<Sym> {
        let lines = std::mem::take(&mut self.docs);
        let text = lines.join("\n");
        let text = text.trim();
        (!text.is_empty()).then(|| self.sym(text))
    }

    pub(crate) fn statement(&mut self, node: Node<'_>) {
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

    pub(crate) fn statement_here(&mut self, node: Node<'_>) {
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
            Form::If(test, yes, no) => {
                let test = child(node, test).map(|n| self.expr(n));
                let test = test.unwrap_or_else(|| self.unknown(at, Vec::new()));
                let then = child(node, yes).map(|n| self.branch(n)).unwrap_or_default();
                let otherwise = child(node, no).map(|n| self.branch(n)).unwrap_or_default();
                self.push_stmt(at, StmtKind::If { test, then, otherwise });
            }
            Form::While(test, body) => {
                let test = child(node, test).map(|n| self.expr(n));
                let body = child(node, body).map(|n| self.branch(n)).unwrap_or_default();
                self.push_loop(at, test, body);
            }
            Form::ForEach(pattern, iterable, body) => {
                let iterable = child(node, iterable).map(|n| self.expr(n));
                let iterable = iterable.unwrap_or_else(|| self.unknown(at, Vec::new()));
                let pattern = child(node, pattern).map(|n| self.pattern(n));
                let pattern = pattern.unwrap_or_else(|| self.push_pat(at, PatKind::Unknown));
                let body = child(node, body).map(|n| self.branch(n)).unwrap_or_default();
                self.push_each(at, pattern, iterable, body);
            }
            Form::Let(pattern, value, ty, kind) => {
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
            Form::Function(name, params, body, returns) => {
                let f = self.function(node, name, params, body, returns);
                self.push_stmt(at, StmtKind::Function(f));
            }
            Form::Class(name, bases, body) => {
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

    pub(crate) fn push_loop(&mut self, at: Span, test: Option<ExprId>, body: Block) {
        let kind = StmtKind::Loop(Box::new(Loop {
            init: Block::default(),
            test,
            update: None,
            body,
            otherwise: Block::default(),
        }));
        self.push_stmt(at, kind);
    }

    pub(crate) fn push_each(&mut self, at: Span, pattern: PatId, iterable: ExprId, body: Block) {
        let kind = StmtKind::ForEach(Box::new(ForEach {
            pattern,
            iterable,
            keys: false,
            body,
            otherwise: Block::default(),
        }));
        self.push_stmt(at, kind);
    }

    /// A branch: the statements of a block, or the one statement.
    pub(crate) fn branch(&mut self, node: Node<'_>) -> Block {
        match self.form(node) {
            Some(Form::Block | Form::Scope) | None => self.block_of(node),
            Some(_) => self.in_block(|l| l.statement(node)),
        }
    }

    /// None, the one, or an array of several.
    pub(crate) fn one_of(&mut self, at: Span, mut values: Vec<ExprId>) -> Option<ExprId> {
        match values.len() {
            0 => None,
            1 => values.pop(),
            _ => Some(self.push_expr(at, ExprKind::Array(values.into()))),
        }
    }

    /// `try { } catch (pattern) { } finally { }`, by the kinds of its parts.
    pub(crate) fn try_statement(&mut self, node: Node<'_>) {
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
                _ => body.extend(self.branch(part)),
            }
        }
        let kind = StmtKind::Try(Box::new(Try {
            body,
            handlers: handlers.into(),
            otherwise: Block::default(),
            finally,
        }));
        self.push_stmt(span(node), kind);
    }
}

/// `import a.b.C`, `using A.B`, `use A\\B`: the path as written.
pub(in crate::sitter) fn import_text(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let text = l.text(node);
    let path = text.split_once(char::is_whitespace).map_or(text, |(_, rest)| rest);
    import(l, node, path.trim().trim_end_matches(';'))
}

/// Characters of a name that is brought in.
const MAX_SPECIFIER: usize = 300;

/// A statement that brings in what `path` names, by no name of its own.
pub(in crate::sitter) fn import(l: &mut Lowering<'_>, node: Node<'_>, path: &str) -> Option<ExprId> {
    let path: String = path.chars().take(MAX_SPECIFIER).collect();
    let specifier = l.sym(&path);
    let index = l.module.imports.len() as u32;
    l.module.imports.push(Import {
        span: span(node),
        specifier,
        names: List::default(),
        type_only: false,
    });
    l.push_stmt(span(node), StmtKind::Import(index));
    None
}

pub(in crate::sitter) fn try_form(l: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    l.try_statement(node);
    None
}
