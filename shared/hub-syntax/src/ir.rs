//! The tree. Nodes lie in vectors of their [`Module`] and are named by small ids, so that a tree of any depth can be
//! dropped, copied and walked without recursion in Rust's own code.
//!
//! What a lowering must keep: evaluation order, names, literals, calls, functions, classes, decorators, annotations,
//! docstrings, imports and exports. What it may drop: types of TypeScript (except where noted), comments (except a leading
//! documentation comment of a function or class), parentheses, `as` casts and non-null assertions (the operand stands for them).

use crate::scope::Scopes;
use hub_model::{Location, RelPath};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// A language with a lowering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    JavaScript,
    TypeScript,
    Python,
    Go,
    Rust,
    Java,
    Kotlin,
    CSharp,
    Php,
    Ruby,
}

impl Language {
    /// The name that reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Python => "python",
            Self::Go => "go",
            Self::Rust => "rust",
            Self::Java => "java",
            Self::Kotlin => "kotlin",
            Self::CSharp => "csharp",
            Self::Php => "php",
            Self::Ruby => "ruby",
        }
    }

    /// JavaScript or TypeScript.
    #[must_use]
    pub fn is_script(self) -> bool {
        matches!(self, Self::JavaScript | Self::TypeScript)
    }

    /// One of those that tree-sitter parses.
    #[must_use]
    pub fn is_native(self) -> bool {
        !self.is_script() && self != Self::Python
    }
}

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in its vector.
            #[must_use]
            pub fn index(self) -> usize { self.0 as usize }
        }
    )+};
}
index!(
    /// An expression of one module.
    ExprId,
    /// A statement of one module.
    StmtId,
    /// A pattern (something assigned to) of one module.
    PatId,
    /// A function, method, lambda or arrow of one module.
    FnId,
    /// A class of one module.
    ClassId,
    /// An interned string of one module: names and string literals alike. Compare across modules by text.
    Sym,
);

/// Byte offsets into the module's source, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`, `None`.
    Null,
    Undefined,
    Bool(bool),
    Number(f64),
    /// A string literal; also Python bytes (lossily).
    Str(Sym),
    /// `/pattern/flags`.
    Regex {
        pattern: Sym,
        flags: Sym,
    },
    /// Template literal or f-string: `Str` quasis and expressions, in order. Python implicit concatenation of literals is folded.
    Template(Box<[ExprId]>),
    /// `` tag`…` ``.
    TaggedTemplate(Box<TaggedTemplate>),
    Ident(Sym),
    This,
    Super,
    /// `object.property`, `object?.property`.
    Member {
        object: ExprId,
        property: Sym,
    },
    /// `object[index]`. Python slices have an index of kind `Unknown`.
    Index {
        object: ExprId,
        index: ExprId,
    },
    /// A call; `new` for JavaScript `new X(…)`.
    Call {
        callee: ExprId,
        args: Box<[Arg]>,
        new: bool,
    },
    /// List, tuple, set or array.
    Array(Box<[ExprId]>),
    /// Object or dict.
    Object(Box<[Prop]>),
    /// Function expression, arrow, lambda, object-literal method.
    Function(FnId),
    Class(ClassId),
    Unary {
        op: UnaryOp,
        operand: ExprId,
    },
    Binary {
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
    },
    /// `test ? yes : no`, `yes if test else no`.
    Conditional {
        test: ExprId,
        yes: ExprId,
        no: ExprId,
    },
    /// `target op= value`; plain `=` has no op. Python assignment statements too (as an `Expr` statement); the walrus as well.
    Assign {
        target: PatId,
        op: Option<BinaryOp>,
        value: ExprId,
    },
    /// `a, b, c` of JavaScript.
    Sequence(Box<[ExprId]>),
    Await(ExprId),
    /// `yield`, `yield from`, `yield*`.
    Yield(Option<ExprId>),
    /// `...x`, `*x` inside arrays, calls and sets.
    Spread(ExprId),
    Comprehension(Box<Comprehension>),
    /// `import("x")`.
    ImportCall(ExprId),
    /// `import.meta`.
    ImportMeta,
    Jsx(Box<Jsx>),
    /// Anything else. Its parts, where they are expressions, are kept so that data flow can pass through.
    Unknown(Box<[ExprId]>),
}

// The rare large kinds are boxed: a bundle has an expression for every few bytes, and each takes the room of the largest.
const _: () = assert!(size_of::<Expr>() <= 32);

/// `` tag`…` ``: `quasis` has one element more than `values`.
#[derive(Clone, Debug)]
pub struct TaggedTemplate {
    pub tag: ExprId,
    pub quasis: Box<[Sym]>,
    pub values: Box<[ExprId]>,
}

/// List, set, generator comprehension (`key` none) or dict comprehension.
#[derive(Clone, Debug)]
pub struct Comprehension {
    pub key: Option<ExprId>,
    pub element: ExprId,
    pub clauses: Box<[Clause]>,
}

/// `<Tag a={b}>…</Tag>`: tag, attributes and children as far as they are expressions.
#[derive(Clone, Debug)]
pub struct Jsx {
    pub tag: ExprId,
    pub props: Box<[Prop]>,
    pub children: Box<[ExprId]>,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Arg {
    /// Python keyword argument.
    pub name: Option<Sym>,
    pub value: ExprId,
    /// `...x`, `*x`; with a `**x` the name is none and `kw_spread` true.
    pub spread: bool,
    pub kw_spread: bool,
}

/// A property of an object literal, or an entry of a dict.
#[derive(Clone, Debug)]
pub enum Prop {
    /// `key: value`, shorthand and methods (value is a `Function`).
    KeyValue {
        key: Key,
        value: ExprId,
    },
    Getter {
        key: Key,
        function: FnId,
    },
    Setter {
        key: Key,
        function: FnId,
    },
    /// `...x`, `**x`.
    Spread(ExprId),
}

/// The name of a property or class member.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// Identifier, string or number key.
    Name(Sym),
    Computed(ExprId),
}

/// `for pattern in iterable if condition…` of a comprehension.
#[derive(Clone, Debug)]
pub struct Clause {
    pub pattern: PatId,
    pub iterable: ExprId,
    pub conditions: Box<[ExprId]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    Minus,
    Plus,
    BitNot,
    TypeOf,
    Void,
    Delete,
    /// `++`/`--` in any position: the operand is an expression that is also written to.
    Update,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    MatMul,
    /// `==` of either language.
    Eq,
    Ne,
    /// `===`, `is`.
    StrictEq,
    StrictNe,
    Lt,
    Le,
    Gt,
    Ge,
    /// `in` of either language.
    In,
    NotIn,
    InstanceOf,
    /// `&&`, `and`.
    And,
    /// `||`, `or`.
    Or,
    /// `??`.
    Nullish,
}

/// A statement and where it stands.
#[derive(Clone, Debug)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

/// A sequence of statements.
pub type Block = Box<[StmtId]>;

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
    /// `while`, `do while`, three-part `for`. `otherwise` is Python's `else`.
    Loop {
        init: Block,
        test: Option<ExprId>,
        update: Option<ExprId>,
        body: Block,
        otherwise: Block,
    },
    /// `for … of`, Python `for … in` (`keys` false); `for … in` of JavaScript (`keys` true).
    ForEach {
        pattern: PatId,
        iterable: ExprId,
        keys: bool,
        body: Block,
        otherwise: Block,
    },
    Try {
        body: Block,
        handlers: Box<[Handler]>,
        otherwise: Block,
        finally: Block,
    },
    /// Python `with`, and JavaScript `using`.
    With {
        items: Box<[(ExprId, Option<PatId>)]>,
        body: Block,
    },
    /// `switch`, `match`. A default case has no test; a Python case's pattern is lowered to the expression nearest to it.
    Switch {
        subject: ExprId,
        cases: Box<[Case]>,
    },
    Block(Block),
    Break,
    Continue,
    /// Index into [`Module::imports`].
    Import(u32),
    /// Index into [`Module::exports`]. An exported declaration is a statement of its own beside it.
    Export(u32),
    /// Python `del`, `assert`.
    Other(Box<[ExprId]>),
    /// Python `global`/`nonlocal`.
    Outer(Box<[Sym]>),
    Empty,
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

/// Something assigned to, and where it stands.
#[derive(Clone, Debug)]
pub struct Pat {
    pub span: Span,
    pub kind: PatKind,
}

#[derive(Clone, Debug)]
pub enum PatKind {
    Ident(Sym),
    /// `a.b = …`, `a[b] = …`: the expression (`Member` or `Index`) written to.
    Target(ExprId),
    Array {
        elements: Box<[Option<PatId>]>,
        rest: Option<PatId>,
    },
    Object {
        props: Box<[(Key, PatId)]>,
        rest: Option<PatId>,
    },
    /// `pattern = default`.
    Default {
        pattern: PatId,
        default: ExprId,
    },
    /// What could not be read.
    Unknown,
}

/// A function of any form.
#[derive(Clone, Debug)]
pub struct Function {
    pub span: Span,
    pub name: Option<Sym>,
    pub params: Vec<Param>,
    /// An arrow or lambda with an expression body has one `Return` statement.
    pub body: Block,
    pub is_async: bool,
    pub is_generator: bool,
    pub is_arrow: bool,
    pub decorators: Vec<ExprId>,
    /// Python return annotation.
    pub returns: Option<ExprId>,
    /// Python docstring, cleaned of indentation as `inspect.cleandoc` does; or the text of a leading `/** … */`, without its stars.
    pub doc: Option<Sym>,
    /// The class it is a method of.
    pub class: Option<ClassId>,
    /// The function it is written in.
    pub parent: Option<FnId>,
}

#[derive(Clone, Debug)]
pub struct Param {
    pub pattern: PatId,
    pub default: Option<ExprId>,
    /// Python annotation; for TypeScript, an `Object` for a type literal, an `Ident` for a named type, `Unknown` otherwise.
    pub annotation: Option<ExprId>,
    pub kind: ParamKind,
    /// Attributes or annotations of the parameter itself.
    pub decorators: Vec<ExprId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    Positional,
    PositionalOnly,
    KeywordOnly,
    /// `...rest`, `*args`.
    Rest,
    /// `**kwargs`.
    KwRest,
    /// The object that a method is called on, where languages write it as a parameter (Go, Rust).
    Receiver,
}

#[derive(Clone, Debug)]
pub struct Class {
    pub span: Span,
    pub name: Option<Sym>,
    pub bases: Vec<ExprId>,
    /// Python class keywords (`metaclass=…`, `total=False`).
    pub keywords: Vec<(Sym, ExprId)>,
    pub members: Vec<Member>,
    pub decorators: Vec<ExprId>,
    pub doc: Option<Sym>,
    /// The function it is written in.
    pub parent: Option<FnId>,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub span: Span,
    pub key: Key,
    pub kind: MemberKind,
    pub is_static: bool,
    pub decorators: Vec<ExprId>,
}

#[derive(Clone, Debug)]
pub enum MemberKind {
    Method(FnId),
    Getter(FnId),
    Setter(FnId),
    Field {
        value: Option<ExprId>,
        annotation: Option<ExprId>,
    },
    /// `static { … }`, and statements in a Python class body that are neither `def` nor assignment.
    Block(Block),
}

/// `import …`, `from … import …`, `export … from …`.
#[derive(Clone, Debug)]
pub struct Import {
    pub span: Span,
    /// As written; Python relative imports keep their dots (`..pkg.mod`).
    pub specifier: Sym,
    pub names: Vec<ImportName>,
    /// `import type`; such an import brings no value.
    pub type_only: bool,
}

#[derive(Clone, Debug)]
pub struct ImportName {
    pub imported: Imported,
    pub local: Sym,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    Default,
    /// `* as local`; Python `import a.b` (local `a` unless `as`).
    Namespace,
    /// Python `from x import *`.
    All,
    Name(Sym),
}

/// An ES module export. CommonJS exports are assignments and are read from the body.
#[derive(Clone, Debug)]
pub struct Export {
    pub span: Span,
    /// `default` for the default export; none for `export *`.
    pub exported: Option<Sym>,
    pub what: Exported,
}

#[derive(Clone, Copy, Debug)]
pub enum Exported {
    /// A binding of the module's own top level.
    Local(Sym),
    /// `export default <expression>`.
    Expr(ExprId),
    /// `export { imported as exported } from "specifier"`; `export * [as exported] from "specifier"` has no `imported`.
    From { specifier: Sym, imported: Option<Sym> },
}

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
            body: Box::default(),
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
