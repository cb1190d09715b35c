//! Patterns: what is assigned to.

use super::{ExprId, Key, List, PatId, Span, Sym};

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
        elements: List<Option<PatId>>,
        rest: Option<PatId>,
    },
    Object {
        props: List<(Key, PatId)>,
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

const _: () = assert!(size_of::<Pat>() <= 32);
