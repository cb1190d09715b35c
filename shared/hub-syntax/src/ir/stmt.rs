//! Statements.

use super::{ClassId, ExprId, FnId, List, PatId, Span, StmtId, Sym};

/// A statement and where it stands.
#[derive(Clone, Debug)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

/// A sequence of statements.
pub type Block = List<StmtId>;

#[derive(Clone, Debug)]
pub enum StmtKind {
    Expr(ExprId),
    /// `const/let/var pattern = init` (one per declarator), and Python `name: annotation [= init]`.
    Let {
        kind: LetKind,
        pattern: PatId,
        init: Option<ExprId>,
        annotation: Option<ExprId>,
    },
    /// A declared function: binds its name.
    Function(FnId),
    /// A declared class: binds its name.
    Class(ClassId),
    Return(Option<ExprId>),
    /// `throw`, `raise`.
    Throw(Option<ExprId>),
    If {
        test: ExprId,
        then: Block,
        otherwise: Block,
    },
    /// `while`, `do while`, three-part `for`.
    Loop(Box<Loop>),
    /// `for … of`, `for … in`.
    ForEach(Box<ForEach>),
    Try(Box<Try>),
    /// Python `with`, and JavaScript `using`.
    With {
        items: List<(ExprId, Option<PatId>)>,
        body: Block,
    },
    /// `switch`, `match`. A default case has no test; a Python case's pattern is lowered to the expression nearest to it.
    Switch {
        subject: ExprId,
        cases: List<Case>,
    },
    Block(Block),
    Break,
    Continue,
    /// Index into [`Module::imports`].
    Import(u32),
    /// Index into [`Module::exports`]. An exported declaration is a statement of its own beside it.
    Export(u32),
    /// Python `del`, `assert`.
    Other(List<ExprId>),
    /// Python `global`/`nonlocal`.
    Outer(List<Sym>),
    Empty,
}

// As with expressions: what is rare and large is boxed.
const _: () = assert!(size_of::<Stmt>() <= 32);

/// `while`, `do while`, three-part `for`. `otherwise` is Python's `else`.
#[derive(Clone, Debug, Default)]
pub struct Loop {
    pub init: Block,
    pub test: Option<ExprId>,
    pub update: Option<ExprId>,
    pub body: Block,
    pub otherwise: Block,
}

/// `for … of`, Python `for … in` (`keys` false); `for … in` of JavaScript (`keys` true).
#[derive(Clone, Debug)]
pub struct ForEach {
    pub pattern: PatId,
    pub iterable: ExprId,
    pub keys: bool,
    pub body: Block,
    pub otherwise: Block,
}

/// `try`, with its handlers in order.
#[derive(Clone, Debug)]
pub struct Try {
    pub body: Block,
    pub handlers: List<Handler>,
    pub otherwise: Block,
    pub finally: Block,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetKind {
    Const,
    Let,
    Var,
    /// Python annotated assignment.
    Annotated,
}

/// `catch (pattern)`, `except types as pattern`.
#[derive(Clone, Debug)]
pub struct Handler {
    pub types: Option<ExprId>,
    pub pattern: Option<PatId>,
    pub body: Block,
}

/// A case of a switch.
#[derive(Clone, Debug)]
pub struct Case {
    pub test: Option<ExprId>,
    pub body: Block,
}
