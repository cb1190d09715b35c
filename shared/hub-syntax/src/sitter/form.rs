//! What a node of a grammar means in the tree, as data.
//!
//! A *selector* names a child of a node: a field of the grammar (`"value"`), the nth named child (`"#0"`), the last (`"#-1"`),
//! the first named child of a kind (`"<block"`), or nothing (`""`). `|` between selectors of bases joins them.

use super::Lowering;
use crate::ir::{ExprId, Language, LetKind};
use tree_sitter::Node;

/// A selector.
pub(super) type Sel = &'static str;

/// Reads a node that no table entry describes; none when it stands for nothing.
pub(super) type Special = for<'t> fn(&mut Lowering<'_>, Node<'t>) -> Option<ExprId>;

/// What a node means; `Of` names the selectors in their order.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Nothing: comments, punctuation.
    Skip,
    /// Its parts, in its place: parentheses, casts, references.
    Through,
    Ident,
    This,
    Super,
    Null,
    Bool(bool),
    Number,
    Str,
    /// `:name` of Ruby.
    Symbol,
    /// `object.property`. Of `object`, `property`.
    Member(Sel, Sel),
    /// Of `object`, `index`.
    Index(Sel, Sel),
    /// A call; `callee` may be a `Member`. Of `callee`, `args`.
    Call(Sel, Sel),
    /// A call whose object and name are fields of their own; without an object, of a plain name. Of `object`, `name`, `args`.
    Method(Sel, Sel, Sel),
    /// `new class(args) initializer`. Of `class`, `args`, `init`.
    New(Sel, Sel, Sel),
    /// A list of its named children.
    Array,
    /// An object of its pairs.
    Object,
    /// Of `left`, `right`.
    Binary(Sel, Sel),
    Unary,
    /// Of `left`, `right`.
    Assign(Sel, Sel),
    /// Of `test`, `yes`, `no`.
    Conditional(Sel, Sel, Sel),
    /// Of `params`, `body`.
    Lambda(Sel, Sel),
    Await,
    /// `*list` inside arrays and calls.
    Spread,
    Type,
    ExprStmt,
    Return,
    Throw,
    /// `no` may be another `if` or a block. Of `test`, `yes`, `no`.
    If(Sel, Sel, Sel),
    /// Of `test`, `body`.
    While(Sel, Sel),
    /// Of `pattern`, `iterable`, `body`.
    ForEach(Sel, Sel, Sel),
    Block,
    /// `let pattern = value`. Of `pattern`, `value`, `ty`, `kind`.
    Let(Sel, Sel, Sel, LetKind),
    /// Of `name`, `params`, `body`, `returns`.
    Function(Sel, Sel, Sel, Sel),
    /// Of `name`, `bases`, `body`.
    Class(Sel, Sel, Sel),
    /// Statements of its own level: a namespace, a module, an error.
    Scope,
    Special(Special),
}

/// One language.
pub(super) struct Table {
    pub(super) language: Language,
    pub(super) grammar: fn() -> tree_sitter::Language,
    pub(super) forms: &'static [(&'static str, Form)],
    /// Reads a parameter list's child into parameters.
    pub(super) param: fn(&mut Lowering<'_>, Node<'_>, &mut Vec<crate::ir::Param>),
    /// Reads a child of a class body; false when it is none of the language's own.
    pub(super) member: fn(&mut Lowering<'_>, Node<'_>, &mut Vec<crate::ir::Member>) -> bool,
    /// The decorators that stand inside a declaration (not those before it).
    pub(super) decorators: fn(&mut Lowering<'_>, Node<'_>) -> Vec<ExprId>,
    /// The bare text of a string and whether escapes count.
    pub(super) quotes: for<'s> fn(&'s str, &str) -> super::text::Quoted<'s>,
    /// Kinds inside a string whose value is computed.
    pub(super) interpolations: &'static [&'static str],
    /// Kinds of the child of an argument list that carries a name: the name's and the value's selector.
    pub(super) named_args: &'static [(&'static str, Sel, Sel)],
}
