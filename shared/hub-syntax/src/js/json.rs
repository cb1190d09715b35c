//! JSON files: imported data, `package.json`, `tsconfig.json` (with comments and trailing commas).

use super::lower::Lowerer;
use crate::ir::*;
use crate::parse::{ParseError, on_big_stack};
use hub_model::{Budget, RelPath};
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::sync::Arc;

/// Lowers a JSON file to a module whose default export is its value, so that an import of it evaluates like any other.
/// Comments and trailing commas are forgiven.
///
/// # Errors
/// Why the file gave no module.
pub fn parse_json(path: &RelPath, text: &Arc<str>, budget: &Budget) -> Result<Module, ParseError> {
    if text.len() > budget.max_parse_bytes {
        return Err(ParseError::TooLarge {
            path: path.clone(),
            bytes: text.len(),
            max: budget.max_parse_bytes,
        });
    }
    super::check_nesting(path, text, budget)?;
    on_big_stack(|| {
        let allocator = Allocator::default();
        // In parentheses, else an object at the start would be a block.
        let wrapped = allocator.alloc_str(&format!("({})", text.trim_start_matches('\u{feff}')));
        let expression = Parser::new(&allocator, wrapped, SourceType::ts())
            .parse_expression()
            .map_err(|_| ParseError::Syntax { path: path.clone() })?;
        let mut lowerer = Lowerer::new(Module::empty(Language::JavaScript, path.clone(), text.clone()), SourceType::ts());
        let value = lowerer.expr(&expression);
        let default = lowerer.sym("default");
        let mut module = lowerer.module;
        // Undo the offset of the opening parenthesis.
        for expr in &mut module.exprs {
            expr.span.start = expr.span.start.saturating_sub(1);
            expr.span.end = expr.span.end.saturating_sub(1);
        }
        module.exports.push(Export {
            span: Span::default(),
            exported: Some(default),
            what: Exported::Expr(value),
        });
        module.stmts.push(Stmt {
            span: Span::default(),
            kind: StmtKind::Export(0),
        });
        module.body = List::from([StmtId(0)]);
        Ok(module)
    })
    .unwrap_or_else(|| Err(ParseError::Stack { path: path.clone() }))
}

/// The value of a literal expression as JSON; none when any part of it is no literal. Bounded by the tree's depth, see
/// [`Budget::max_nesting`].
#[must_use]
pub fn json_value(module: &Module, expr: ExprId) -> Option<serde_json::Value> {
    use serde_json::Value;
    fn value(module: &Module, expr: ExprId, depth: usize) -> Option<Value> {
        if depth > 500 {
            return None;
        }
        Some(match &module.expr(expr).kind {
            ExprKind::Null => Value::Null,
            ExprKind::Bool(b) => Value::Bool(*b),
            ExprKind::Number(n) => number(*n),
            ExprKind::Unary {
                op: UnaryOp::Minus,
                operand,
            } => match module.expr(*operand).kind {
                ExprKind::Number(n) => number(-n),
                _ => return None,
            },
            ExprKind::Str(s) => Value::String(module.str(*s).to_owned()),
            ExprKind::Array(items) => Value::Array(items.iter().map(|i| value(module, *i, depth + 1)).collect::<Option<_>>()?),
            ExprKind::Object(props) => {
                let mut map = serde_json::Map::new();
                for p in props {
                    let Prop::KeyValue {
                        key: Key::Name(key),
                        value: v,
                    } = p
                    else {
                        return None;
                    };
                    map.insert(module.str(*key).to_owned(), value(module, *v, depth + 1)?);
                }
                Value::Object(map)
            }
            _ => return None,
        })
    }
    value(module, expr, 0)
}

/// A number as JSON prints it: whole numbers without a fraction.
pub(crate) fn number(n: f64) -> serde_json::Value {
    if n.fract() == 0.0 && n.abs() < 9e15 {
        serde_json::Value::from(n as i64)
    } else {
        serde_json::Number::from_f64(n).map_or(serde_json::Value::Null, serde_json::Value::Number)
    }
}
