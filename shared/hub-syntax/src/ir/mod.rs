//! The tree. Nodes lie in vectors of their [`Module`] and are named by small ids, so that a tree of any depth can be
//! dropped, copied and walked without recursion in Rust's own code.
//!
//! What a lowering must keep: evaluation order, names, literals, calls, functions, classes, decorators, annotations,
//! docstrings, imports and exports. What it may drop: types of TypeScript (except where noted), comments (except a leading
//! documentation comment of a function or class), parentheses, `as` casts and non-null assertions (the operand stands for them).

mod decl;
mod expr;
mod list;
mod module;
mod pat;
mod stmt;

pub use decl::*;
pub use expr::*;
pub use list::List;
pub use module::{Module, byte_of_column};
pub use pat::*;
pub use stmt::*;

use serde::{Deserialize, Serialize};

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
