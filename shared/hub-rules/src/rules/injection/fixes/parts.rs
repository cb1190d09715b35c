//! A text that a program puts together, in parts.

use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, Module, PatKind, Span, StmtKind};

/// Deepest concatenation that is taken apart.
const MAX_DEPTH: usize = 40;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Constant(String),
    /// An expression, as it is written.
    Value(String),
}

/// The parts of a literal, template or concatenation, by way of the one `const` that holds it. None for anything else.
pub(super) fn parts_of(module: &Module, expr: ExprId) -> Option<Vec<Part>> {
    let mut out = Vec::new();
    collect(module, behind(module, expr), 0, &mut out)?;
    out.iter().any(|p| matches!(p, Part::Constant(_))).then_some(out)
}

/// What a name holds, when it is bound in one place only; otherwise the expression itself.
pub(super) fn behind(module: &Module, expr: ExprId) -> ExprId {
    let ExprKind::Ident(name) = module.expr(expr).kind else {
        return expr;
    };
    let is_it = |pattern| matches!(module.pat(pattern).kind, PatKind::Ident(n) if n == name);
    let mut bound = module.stmts.iter().filter_map(|s| match s.kind {
        StmtKind::Let { pattern, init, .. } if is_it(pattern) => Some(init),
        _ => None,
    });
    let mut assigned = module.exprs.iter().filter_map(|e| match e.kind {
        ExprKind::Assign { target, op, value } if is_it(target) => Some(op.is_none().then_some(value)),
        _ => None,
    });
    let found: Vec<Option<ExprId>> = bound.by_ref().take(2).chain(assigned.by_ref().take(2)).collect();
    match found[..] {
        [Some(one)] => one,
        _ => expr,
    }
}

fn collect(module: &Module, expr: ExprId, depth: usize, out: &mut Vec<Part>) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &module.expr(expr).kind {
        ExprKind::Str(text) => out.push(Part::Constant(module.str(*text).to_owned())),
        ExprKind::Template(all) => {
            for part in all {
                collect(module, *part, depth + 1, out)?;
            }
        }
        ExprKind::Binary {
            op: BinaryOp::Add,
            left,
            right,
        } => {
            collect(module, *left, depth + 1, out)?;
            collect(module, *right, depth + 1, out)?;
        }
        _ => out.push(Part::Value(written(module, module.expr(expr).span)?)),
    }
    Some(())
}

/// An expression as it is written, on one line.
pub(super) fn written(module: &Module, span: Span) -> Option<String> {
    let text = module.text(span).trim();
    (!text.is_empty() && text.len() <= 300 && !text.contains('\n')).then(|| text.to_owned())
}

/// The parts of a command line, by its words. None where a shell does more with it than split it: pipes, variables, patterns, a
/// quote that is not around a whole word.
pub(super) fn words_of(parts: &[Part]) -> Option<Vec<Vec<Part>>> {
    let mut words: Vec<Vec<Part>> = vec![Vec::new()];
    let mut quote = None;
    let add = |words: &mut Vec<Vec<Part>>, part: Part| {
        let word = words.last_mut()?;
        match (word.last_mut(), part) {
            (Some(Part::Constant(held)), Part::Constant(more)) => held.push_str(&more),
            (_, part) => word.push(part),
        }
        Some(())
    };
    for part in parts {
        match part {
            Part::Value(_) => add(&mut words, part.clone())?,
            Part::Constant(text) => {
                for c in text.chars() {
                    match (c, quote) {
                        (c, Some(open)) if c == open => quote = None,
                        ('$' | '`' | '\\', _)
                        | ('|' | '&' | ';' | '<' | '>' | '(' | ')' | '{' | '}' | '*' | '?' | '[' | '~' | '#' | '\n', None) => {
                            return None;
                        }
                        ('"' | '\'', None) => quote = Some(c),
                        (' ' | '\t', None) => words.push(Vec::new()),
                        (c, _) => add(&mut words, Part::Constant(c.to_string()))?,
                    }
                }
            }
        }
    }
    words.retain(|w| !w.is_empty());
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::{Part, words_of};

    fn constant(text: &str) -> Part {
        Part::Constant(text.to_owned())
    }

    #[test]
    fn a_command_line_is_split_as_a_shell_would_and_left_alone_where_a_shell_does_more() {
        let value = || Part::Value("x".to_owned());
        let line = [constant("git  log --author=\""), value(), constant("\" 'a b' "), value()];
        let words = words_of(&line).unwrap_or_default();
        let expected = [
            vec![constant("git")],
            vec![constant("log")],
            vec![constant("--author="), value()],
            vec![constant("a b")],
            vec![value()],
        ];
        assert_eq!(words, expected);
        for text in ["a | b ", "a > b ", "echo $HOME ", "a && b ", "echo \"", "ls *.txt "] {
            assert_eq!(words_of(&[constant(text), value()]), None, "{text}");
        }
    }
}
