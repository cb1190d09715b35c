//! Reading a module for what its author named things: the value behind each name, and the function around a place.

use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, FnId, Key, MemberKind, Module, PatId, PatKind, Prop, Span, StmtKind};

/// A value that the code gives a name: a variable, a field, a property, a keyword argument.
#[derive(Clone, Copy, Debug)]
pub struct Named<'m> {
    pub name: &'m str,
    pub value: ExprId,
    /// Of the value.
    pub span: Span,
}

/// Every named value of a module, in the order of the tree.
#[must_use]
pub fn named_values(module: &Module) -> Vec<Named<'_>> {
    let mut out: Vec<Named<'_>> = Vec::new();
    for stmt in &module.stmts {
        if let StmtKind::Let {
            pattern,
            init: Some(value),
            ..
        } = &stmt.kind
        {
            push(module, written(module, *pattern), *value, &mut out);
        }
    }
    for expr in &module.exprs {
        match &expr.kind {
            ExprKind::Assign { target, value, .. } => push(module, written(module, *target), *value, &mut out),
            ExprKind::Object(props) => {
                for p in props.iter() {
                    if let Prop::KeyValue { key: Key::Name(k), value } = p {
                        push(module, Some(module.str(*k)), *value, &mut out);
                    }
                }
            }
            ExprKind::Call { args, .. } => {
                for a in args.iter() {
                    push(module, a.name.map(|n| module.str(n)), a.value, &mut out);
                }
            }
            _ => {}
        }
    }
    for class in &module.classes {
        for member in &class.members {
            if let (Key::Name(k), MemberKind::Field { value: Some(value), .. }) = (member.key, &member.kind) {
                push(module, Some(module.str(k)), *value, &mut out);
            }
        }
    }
    out
}

/// The word of `env || "word"`, `os.getenv("X", "word")`, `env ?? "word"`, and where it stands.
#[must_use]
pub fn stand_in(module: &Module, e: ExprId) -> Option<(ExprId, &str)> {
    match &module.expr(e).kind {
        ExprKind::Binary {
            op: BinaryOp::Or | BinaryOp::Nullish,
            left,
            right,
        } => match &module.expr(*right).kind {
            ExprKind::Str(s) if module.text(module.expr(*left).span).contains("env") => Some((*right, module.str(*s))),
            _ => None,
        },
        ExprKind::Call { callee, args, .. } => {
            let name = module.dotted(*callee)?;
            if !matches!(
                name.as_str(),
                "os.getenv" | "os.environ.get" | "getenv" | "environ.get" | "env.get" | "config"
            ) {
                return None;
            }
            let given = args.get(1)?.value;
            match &module.expr(given).kind {
                ExprKind::Str(s) => Some((given, module.str(*s))),
                _ => None,
            }
        }
        _ => None,
    }
}

fn push<'m>(module: &'m Module, name: Option<&'m str>, value: ExprId, out: &mut Vec<Named<'m>>) {
    if let Some(name) = name {
        out.push(Named {
            name,
            value,
            span: module.expr(value).span,
        });
    }
}

/// The last name of what is written to: `x`, `this.x`, `o["x"]`.
fn written(module: &Module, pattern: PatId) -> Option<&str> {
    match &module.pat(pattern).kind {
        PatKind::Ident(n) => Some(module.str(*n)),
        PatKind::Target(e) => match &module.expr(*e).kind {
            ExprKind::Member { property, .. } => Some(module.str(*property)),
            ExprKind::Index { index, .. } => match &module.expr(*index).kind {
                ExprKind::Str(s) => Some(module.str(*s)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The innermost function with a name around a place.
#[must_use]
pub fn function_around(module: &Module, span: Span) -> Option<FnId> {
    module
        .functions
        .iter()
        .enumerate()
        .filter(|(_, f)| f.span.start <= span.start && span.end <= f.span.end && f.name.is_some())
        .min_by_key(|(_, f)| f.span.end - f.span.start)
        .map(|(i, _)| FnId(i as u32))
}
