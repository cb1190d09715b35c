//! What a module declares: functions, classes, imports, exports.

use super::{Block, ClassId, ExprId, FnId, Key, List, PatId, Span, Sym};

/// A function of any form.
#[derive(Clone, Debug)]
pub struct Function {
    pub span: Span,
    pub name: Option<Sym>,
    pub params: List<Param>,
    /// An arrow or lambda with an expression body has one `Return` statement.
    pub body: Block,
    pub is_async: bool,
    pub is_generator: bool,
    pub is_arrow: bool,
    pub decorators: List<ExprId>,
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
    pub decorators: List<ExprId>,
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
    pub bases: List<ExprId>,
    /// Python class keywords (`metaclass=…`, `total=False`).
    pub keywords: List<(Sym, ExprId)>,
    pub members: List<Member>,
    pub decorators: List<ExprId>,
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
    pub decorators: List<ExprId>,
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
    pub names: List<ImportName>,
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
