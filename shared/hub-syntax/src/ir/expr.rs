//! Expressions.

use super::{ClassId, ExprId, FnId, List, PatId, Span, Sym};

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
    Template(List<ExprId>),
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
        args: List<Arg>,
        new: bool,
    },
    /// List, tuple, set or array.
    Array(List<ExprId>),
    /// Object or dict.
    Object(List<Prop>),
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
    Sequence(List<ExprId>),
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
    Unknown(List<ExprId>),
}

// The rare large kinds are boxed: a bundle has an expression for every few bytes, and each takes the room of the largest.
const _: () = assert!(size_of::<Expr>() <= 24);

/// `` tag`…` ``: `quasis` has one element more than `values`.
#[derive(Clone, Debug)]
pub struct TaggedTemplate {
    pub tag: ExprId,
    pub quasis: List<Sym>,
    pub values: List<ExprId>,
}

/// List, set, generator comprehension (`key` none) or dict comprehension.
#[derive(Clone, Debug)]
pub struct Comprehension {
    pub key: Option<ExprId>,
    pub element: ExprId,
    pub clauses: List<Clause>,
}

/// `<Tag a={b}>…</Tag>`: tag, attributes and children as far as they are expressions.
#[derive(Clone, Debug)]
pub struct Jsx {
    pub tag: ExprId,
    pub props: List<Prop>,
    pub children: List<ExprId>,
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
    pub conditions: List<ExprId>,
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
